/* SPDX-License-Identifier: Apache-2.0
 *
 * src/config/yaml.h: what is read, what is refused and how it is said, and that what is written
 * reads back.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "yaml.h"

static struct error err;

static struct yaml *parse(const char *text)
{
	memset(&err, 0, sizeof(err));
	return yaml_parse("t.yaml", text, strlen(text), &err);
}

static struct yaml *good(const char *text)
{
	struct yaml *doc = parse(text);

	ck_assert_msg(doc != NULL, "%s", err.text);
	return doc;
}

static void refused(const char *text, const char *message)
{
	struct yaml *doc = parse(text);

	ck_assert_msg(!doc, "accepted: %s", text);
	ck_assert_str_eq(err.text, message);
}

START_TEST(a_tree_knows_its_lines)
{
	struct yaml *doc = good("# head\nname: \"a b\"\nlist:\n  - 1\n  - {x: 2,\n     y: ''}\n");
	const struct yaml_node *root = yaml_root(doc), *list, *map;
	const char *text;
	uint64_t number;

	ck_assert_str_eq(yaml_name(doc), "t.yaml");
	ck_assert_int_eq(root->kind, YAML_MAP);
	ck_assert_uint_eq(root->count, 2);
	ck_assert(yaml_text(doc, root, "name", &text, &err));
	ck_assert_str_eq(text, "a b");
	ck_assert_uint_eq(yaml_get(root, "name")->line, 2);
	ck_assert(yaml_list(doc, root, "list", &list, &err));
	ck_assert_uint_eq(list->count, 2);
	ck_assert_uint_eq(list->line, 3);
	ck_assert(yaml_uint_of(doc, list->first, 9, &number, &err));
	ck_assert_uint_eq(number, 1);
	map = list->first->next;
	ck_assert_ptr_null(map->next);
	ck_assert_uint_eq(map->line, 5);
	ck_assert_uint_eq(yaml_get(map, "y")->line, 6);
	ck_assert_str_eq(yaml_get(map, "y")->text, "");
	ck_assert_ptr_null(yaml_get(map, "z"));
	ck_assert_ptr_null(yaml_get(list, "z"));
	yaml_free(doc);
}
END_TEST

START_TEST(an_empty_document_is_an_empty_map)
{
	static const char *const texts[] = {"", "# nothing\n", "---\n"};

	for (size_t i = 0; i < 3; i++) {
		struct yaml *doc = good(texts[i]);

		ck_assert_int_eq(yaml_root(doc)->kind, YAML_MAP);
		ck_assert_uint_eq(yaml_root(doc)->count, 0);
		yaml_free(doc);
	}
	yaml_free(NULL);
}
END_TEST

START_TEST(surprises_are_refused)
{
	refused("a: &x 1\n", "t.yaml:1: anchors, aliases and tags are not allowed; write it out");
	refused("a: 1\nb: *x\n", "t.yaml:2: anchors, aliases and tags are not allowed; write it out");
	refused("a: !!int 1\n", "t.yaml:1: anchors, aliases and tags are not allowed; write it out");
	refused("a: &x [1]\n", "t.yaml:1: anchors, aliases and tags are not allowed; write it out");
	refused("&x {a: 1}\n", "t.yaml:1: anchors, aliases and tags are not allowed; write it out");
	refused("a: 1\nb: 2\na: 3\n", "t.yaml:3: \"a\" is already set in line 1; keep one of them");
	refused("a: 1\n---\nb: 2\n", "t.yaml:2: a second document; one per file");
	refused("[a]: 1\n", "t.yaml:1: a list or map as a key; keys are plain texts");
	refused("a: \"x\\0y\"\n", "t.yaml:1: a text with a NUL in it; remove it");
	ck_assert(!parse("a: [1\nb: 2\n"));
	ck_assert_ptr_nonnull(strstr(err.text, "t.yaml:2: "));
	ck_assert(!parse("a: \xff\n"));
	ck_assert_ptr_nonnull(strstr(err.text, "UTF-8"));
}
END_TEST

START_TEST(depth_is_capped)
{
	char text[2 * YAML_DEPTH_MAX + 4] = "";
	struct yaml *doc;

	memset(text, '[', YAML_DEPTH_MAX);
	memset(text + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
	doc = good(text);
	yaml_free(doc);
	memset(text, '[', YAML_DEPTH_MAX + 1);
	memset(text + YAML_DEPTH_MAX + 1, ']', YAML_DEPTH_MAX + 1);
	refused(text, "t.yaml:1: nested too deeply; at most 32 levels");
}
END_TEST

START_TEST(size_is_capped)
{
	size_t size = (size_t)YAML_BYTES_MAX + 1;
	char *text = malloc(size);

	memset(text, '\n', size);
	ck_assert_ptr_null(yaml_parse("big", text, size, &err));
	ck_assert_str_eq(err.text, "big: larger than 64 MiB; split it");
	/* as many nodes as fit, of the kind that is read soonest: "[{},{},...]" */
	text[0] = '[';
	for (size_t i = 1; i < size; i++)
		text[i] = "{},"[(i - 1) % 3];
	ck_assert_ptr_null(yaml_parse("big", text, size - 1, &err));
	ck_assert_str_eq(err.text, "big:1: too many entries; split the document");
	free(text);
}
END_TEST

static void refused_number(const char *text, const char *message)
{
	struct yaml *doc = good(text);
	uint64_t number = 7;

	ck_assert_msg(!yaml_uint(doc, yaml_root(doc), "n", 100, &number, &err), "%s", text);
	ck_assert_str_eq(err.text, message);
	ck_assert_uint_eq(number, 7);
	yaml_free(doc);
}

START_TEST(numbers_are_checked)
{
	static const char *const bad[] = {"-1", "+1", "1.0", "1e2", "0x", "0xg", "101", "010",
					  "99999999999999999999999", "0x10000000000000000", "1_0"};
	struct yaml *doc = good("n: 0x1F\nm: 18446744073709551615\nz: 0\n");
	uint64_t number;

	ck_assert(yaml_uint(doc, yaml_root(doc), "n", 31, &number, &err));
	ck_assert_uint_eq(number, 31);
	ck_assert(yaml_uint(doc, yaml_root(doc), "m", UINT64_MAX, &number, &err));
	ck_assert(number == UINT64_MAX);
	ck_assert(yaml_uint(doc, yaml_root(doc), "z", 0, &number, &err));
	ck_assert_uint_eq(number, 0);
	yaml_free(doc);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[64], message[160];

		snprintf(text, sizeof(text), "\nn: %s\n", bad[i]);
		snprintf(message, sizeof(message),
			 "t.yaml:2: n is %s; it must be a number from 0 to 100", bad[i]);
		refused_number(text, message);
	}
	refused_number("n:\n", "t.yaml:1: n is empty; it must be a number from 0 to 100");
	refused_number("n: [1]\n", "t.yaml:1: n is a list; it must be a number from 0 to 100");
	refused_number("x: 1\n", "t.yaml:1: \"n\" is missing here");
}
END_TEST

START_TEST(kinds_are_checked)
{
	struct yaml *doc = good("a: 1\nb: [x]\n");
	const struct yaml_node *root = yaml_root(doc), *list;
	const char *text;

	ck_assert(!yaml_list(doc, root, "a", &list, &err));
	ck_assert_str_eq(err.text, "t.yaml:1: \"a\" is a single value; it must be a list ([] for none)");
	ck_assert(!yaml_text(doc, root, "b", &text, &err));
	ck_assert_str_eq(err.text, "t.yaml:2: b is a list; it must be a single value");
	ck_assert(!yaml_map_of(doc, root->first, "a pair", &err));
	ck_assert_str_eq(err.text,
			 "t.yaml:1: a pair is a single value; it must be a map of keys and values");
	yaml_free(doc);
}
END_TEST

START_TEST(an_unknown_key_names_the_nearest)
{
	static const char *const keys[] = {"client", "server", "services", NULL};
	struct yaml *doc = good("client: 1\nsevrices: 2\n");

	ck_assert(!yaml_only(doc, yaml_root(doc), keys, &err));
	ck_assert_str_eq(err.text,
			 "t.yaml:2: \"sevrices\" is not known here; did you mean \"services\"?");
	yaml_free(doc);
	doc = good("colour: 1\n");
	ck_assert(!yaml_only(doc, yaml_root(doc), keys, &err));
	ck_assert_str_eq(err.text,
			 "t.yaml:1: \"colour\" is not known here; known: client, server, services");
	yaml_free(doc);
	doc = good("client: 1\nserver: 2\n");
	ck_assert(yaml_only(doc, yaml_root(doc), keys, &err));
	yaml_free(doc);
}
END_TEST

static void written(const char *text, const char *as, const char *back)
{
	char *buffer = NULL, line[512];
	size_t size = 0;
	FILE *out = open_memstream(&buffer, &size);
	const char *value;
	struct yaml *doc;

	yaml_write_text(out, text);
	fclose(out);
	if (as)
		ck_assert_str_eq(buffer, as);
	snprintf(line, sizeof(line), "a: %s\nb: [%s, %s]\n%s: c\n", buffer, buffer, buffer, buffer);
	doc = good(line);
	ck_assert(yaml_text(doc, yaml_root(doc), "a", &value, &err));
	ck_assert_str_eq(value, back);
	ck_assert_str_eq(yaml_get(yaml_root(doc), "b")->first->next->text, back);
	ck_assert_ptr_nonnull(yaml_get(yaml_root(doc), back));
	yaml_free(doc);
	free(buffer);
}

START_TEST(what_is_written_reads_back)
{
	written("holding_register", "holding_register", "holding_register");
	written("10.0.0.1", "10.0.0.1", "10.0.0.1");
	written("PLC 7 (line 2)", "PLC 7 (line 2)", "PLC 7 (line 2)");
	written("", "\"\"", "");
	written("0-9", "\"0-9\"", "0-9");
	written("2026-01-02", "\"2026-01-02\"", "2026-01-02");
	written("no", "\"no\"", "no");
	written("1e3", "\"1e3\"", "1e3");
	written("fe80::1", "\"fe80::1\"", "fe80::1");
	written("x #y", "\"x #y\"", "x #y");
	written("- x", "\"- x\"", "- x");
	written("x ", "\"x \"", "x ");
	written("q\"\\\n\t\x7f", "\"q\\\"\\\\\\u000a\\u0009\\u007f\"", "q\"\\\n\t\x7f");
	written("Pumpe \xc3\xbc \xf0\x9f\x8c\xbe", NULL, "Pumpe \xc3\xbc \xf0\x9f\x8c\xbe");
	written("\xe2\x80\xa8\xc2\x85\xef\xbb\xbf", "\"\\u2028\\u0085\\ufeff\"",
		"\xe2\x80\xa8\xc2\x85\xef\xbb\xbf");
	written("\xff\xc3", "\"\\\\xff\\\\xc3\"", "\\xff\\xc3");
	written("\xed\xa0\x80", NULL, "\\xed\\xa0\\x80"); /* a lone surrogate is not UTF-8 */
}
END_TEST

START_TEST(files_are_loaded)
{
	char path[] = "/tmp/bittern-yaml-XXXXXX", want[128];
	int fd = mkstemp(path);
	FILE *out = fdopen(fd, "w");
	struct yaml *doc;

	for (unsigned i = 0; i < 20000; i++)
		fprintf(out, "- {number: %u}\n", i);
	fclose(out);
	doc = yaml_load(path, &err);
	ck_assert_msg(doc != NULL, "%s", err.text);
	ck_assert_uint_eq(yaml_root(doc)->count, 20000);
	yaml_free(doc);
	remove(path);
	ck_assert_ptr_null(yaml_load(path, &err));
	snprintf(want, sizeof(want), "%s: cannot be read: No such file or directory", path);
	ck_assert_str_eq(err.text, want);
	ck_assert_ptr_null(yaml_load("/tmp", &err));
	ck_assert_str_eq(err.text, "/tmp: cannot be read: Is a directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *tcase = tcase_create("yaml");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_tree_knows_its_lines);
	tcase_add_test(tcase, an_empty_document_is_an_empty_map);
	tcase_add_test(tcase, surprises_are_refused);
	tcase_add_test(tcase, depth_is_capped);
	tcase_add_test(tcase, size_is_capped);
	tcase_add_test(tcase, numbers_are_checked);
	tcase_add_test(tcase, kinds_are_checked);
	tcase_add_test(tcase, an_unknown_key_names_the_nearest);
	tcase_add_test(tcase, what_is_written_reads_back);
	tcase_add_test(tcase, files_are_loaded);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
