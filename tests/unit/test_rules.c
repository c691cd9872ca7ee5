/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules: what is shipped, the language, its refusals, and what matching costs.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alert.h"
#include "pattern.h"
#include "rules.h"
#include "suite.h"

static struct rules *parse(const char *text)
{
	struct error err = {""};
	struct rules *rules = rules_parse("test.yaml", text, strlen(text), &err);

	ck_assert_msg(rules != NULL, "%s", err.text);
	return rules;
}

static void refuse(const char *text, const char *what)
{
	struct error err = {""};
	struct rules *rules = rules_parse("test.yaml", text, strlen(text), &err);

	ck_assert_msg(rules == NULL, "accepted:\n%s", text);
	ck_assert_msg(strncmp(err.text, "test.yaml:", 10) == 0 && strstr(err.text, what),
		      "expected \"%s\" in \"%s\"", what, err.text);
}

#define HEAD "rules:\n  - name: t.one\n    title: One\n    why: Because.\n    severity: high\n"

static struct bt_operation modbus(uint32_t function, uint32_t subfunction, enum bt_act act)
{
	return (struct bt_operation){
		.act = act,
		.unit = 1,
		.function = function,
		.subfunction = subfunction,
		.name = "some_function",
	};
}

static bool fires(const struct rules *rules, const struct bt_operation *op, const char *name)
{
	struct finding found[8];
	unsigned count = rules_match(rules_of(rules, "modbus"), op, found, 8);

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(found[i].name, name) == 0)
			return true;
	}
	return false;
}

START_TEST(shipped_rules_are_sound)
{
	struct error err = {""};
	struct rules *rules = rules_load(NULL, 0, &err);
	struct rule_summary rule;
	size_t count = 0;

	ck_assert_msg(rules != NULL, "%s", err.text);
	for (; rules_at(rules, count, &rule); count++) {
		ck_assert_msg(rule.technique[0][0], "%s has no technique", rule.name);
		for (unsigned i = 0; i < 2; i++)
			ck_assert_msg(!rule.technique[i][0] || attack_technique_name(rule.technique[i]),
				      "%s: %s is no technique", rule.name, rule.technique[i]);
		ck_assert(rule.severity >= 1 && rule.severity <= 5);
	}
	ck_assert_uint_eq(count, rules_count(rules));
	ck_assert_uint_ge(count, 14);
	rules_free(rules);
}
END_TEST

static const struct {
	uint32_t function, subfunction;
	enum bt_act act;
	const char *name;
} shipped[] = {
	{8, 4, BT_ACT_CONTROL, "modbus.force_listen_only"},
	{8, 1, BT_ACT_CONTROL, "modbus.restart_communications"},
	{8, 10, BT_ACT_CONFIGURE, "modbus.clear_counters"},
	{8, 20, BT_ACT_CONFIGURE, "modbus.clear_counters"},
	{90, 0x10, BT_ACT_CONFIGURE, "modbus.umas_reservation"},
	{90, 0x30, BT_ACT_PROGRAM, "modbus.umas_program_download"},
	{90, 0x32, BT_ACT_PROGRAM, "modbus.umas_program_download"},
	{90, 0x34, BT_ACT_PROGRAM, "modbus.umas_program_upload"},
	{90, 0x40, BT_ACT_CONTROL, "modbus.umas_start"},
	{90, 0x41, BT_ACT_CONTROL, "modbus.umas_stop"},
	{90, 0x23, BT_ACT_WRITE, "modbus.umas_write"},
	{90, 0x21, BT_ACT_WRITE, "modbus.umas_write"},
	{21, 0, BT_ACT_PROGRAM, "modbus.file_record_write"},
	{20, 0, BT_ACT_PROGRAM, "modbus.file_record_read"},
	{125, 0, BT_ACT_PROGRAM, "modbus.firmware_replacement"},
	{126, 0, BT_ACT_PROGRAM, "modbus.legacy_programming"},
	{9, 0, BT_ACT_PROGRAM, "modbus.legacy_programming"},
};

START_TEST(shipped_rule_fires_on_its_own_operation_only)
{
	struct rules *rules = rules_load(NULL, 0, NULL);
	struct bt_operation op = modbus(shipped[_i].function, shipped[_i].subfunction,
					shipped[_i].act);
	struct finding found[8];

	ck_assert_msg(fires(rules, &op, shipped[_i].name), "%s does not fire", shipped[_i].name);
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, found, 8), 1);
	ck_assert_uint_eq(rules_match(rules_of(rules, "other"), &op, found, 8), 0);
	ck_assert_uint_eq(rules_match(rules_of(rules, NULL), &op, found, 8), 0);
	rules_free(rules);
}
END_TEST

START_TEST(ordinary_operations_fire_nothing)
{
	static const struct {
		uint32_t function, subfunction;
		enum bt_act act;
	} calm[] = {
		{1, 0, BT_ACT_READ},	  {3, 0, BT_ACT_READ},	     {4, 0, BT_ACT_READ},
		{5, 0, BT_ACT_WRITE},	  {6, 0, BT_ACT_WRITE},	     {16, 0, BT_ACT_WRITE},
		{23, 0, BT_ACT_WRITE},	  {8, 0, BT_ACT_IDENTIFY},   {8, 11, BT_ACT_IDENTIFY},
		{43, 14, BT_ACT_IDENTIFY}, {17, 0, BT_ACT_IDENTIFY}, {90, 0x22, BT_ACT_READ},
		{90, 0x12, BT_ACT_OTHER}, {300, 0, BT_ACT_WRITE},
	};
	struct rules *rules = rules_load(NULL, 0, NULL);
	struct finding found;

	for (size_t i = 0; i < sizeof(calm) / sizeof(calm[0]); i++) {
		struct bt_operation op =
			modbus(calm[i].function, calm[i].subfunction, calm[i].act);

		ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 0);
	}
	rules_free(rules);
}
END_TEST

START_TEST(broadcast_rule_serves_every_protocol)
{
	struct rules *rules = rules_load(NULL, 0, NULL);
	struct bt_operation op = modbus(16, 0, BT_ACT_WRITE);
	struct finding found;

	op.broadcast = true;
	ck_assert(fires(rules, &op, "common.broadcast_command"));
	ck_assert_uint_eq(rules_match(rules_of(rules, "a_new_protocol"), &op, &found, 1), 1);
	ck_assert_uint_eq(rules_match(rules_of(rules, NULL), &op, &found, 1), 1);
	op.act = BT_ACT_READ;
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 0);
	rules_free(rules);
}
END_TEST

START_TEST(finding_says_what_happened)
{
	static const uint8_t bytes[] = {0x03, 0x84, 0x00, 0x07};
	const struct bt_access access = {
		.act = BT_ACT_WRITE,
		.space = "holding_register",
		.first = 40,
		.count = 2,
		.values = {BT_VALUES_U16BE, 2, cur_of(bytes, sizeof(bytes))},
	};
	struct rules *rules = parse(HEAD "    expected: never\n    techniques: [T0836]\n"
					 "    match: {protocol: modbus, act: write}\n");
	struct bt_operation op = modbus(16, 0, BT_ACT_WRITE);
	struct finding found;

	op.accesses = &access;
	op.access_count = 1;
	op.result = BT_RESULT_REFUSED;
	op.error = 2;
	op.error_name = "illegal_data_address";
	memset(&found, 0, sizeof(found));
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 1);
	ck_assert_str_eq(found.name, "t.one");
	ck_assert_str_eq(found.title, "One");
	ck_assert_str_eq(found.why, "Because.");
	ck_assert_str_eq(found.expected, "never");
	ck_assert_str_eq(found.object, "holding_register");
	ck_assert_str_eq(found.technique[0], "T0836");
	ck_assert_str_eq(found.technique[1], "");
	ck_assert_uint_eq(found.severity, 4);
	ck_assert_uint_eq(found.unit, 1);
	ck_assert_int_eq(found.source, FINDING_FROM_RULE);
	ck_assert_str_eq(found.seen, "some_function (function 16) on holding_register 40-41 = 900, 7 to "
				     "unit 1: refused (illegal_data_address)");
	rules_free(rules);
}
END_TEST

START_TEST(every_condition_is_needed)
{
	struct rules *rules = parse(HEAD "    match:\n"
					 "      protocol: modbus\n"
					 "      act: [write, control]\n"
					 "      function: [5-7, some_name]\n"
					 "      subfunction: 0x2\n"
					 "      unit: [1, 10-20]\n"
					 "      result: refused\n"
					 "      error: [4, busy]\n"
					 "      broadcast: false\n");
	const struct bt_operation right = {
		.act = BT_ACT_WRITE,
		.function = 6,
		.subfunction = 2,
		.unit = 12,
		.result = BT_RESULT_REFUSED,
		.error = 4,
	};
	struct bt_operation op = right;

	ck_assert(fires(rules, &op, "t.one"));
	op.act = BT_ACT_READ;
	ck_assert(!fires(rules, &op, "t.one"));
	op = right, op.function = 8;
	ck_assert(!fires(rules, &op, "t.one"));
	op.name = "some_name";
	ck_assert(fires(rules, &op, "t.one"));
	op.function = 100000;
	ck_assert(fires(rules, &op, "t.one"));
	op = right, op.subfunction = 3;
	ck_assert(!fires(rules, &op, "t.one"));
	op = right, op.unit = 9;
	ck_assert(!fires(rules, &op, "t.one"));
	op.unit = BT_NO_UNIT;
	ck_assert(!fires(rules, &op, "t.one"));
	op = right, op.result = BT_RESULT_OK;
	ck_assert(!fires(rules, &op, "t.one"));
	op = right, op.error = 5;
	ck_assert(!fires(rules, &op, "t.one"));
	op.error_name = "busy";
	ck_assert(fires(rules, &op, "t.one"));
	op = right, op.broadcast = true;
	ck_assert(!fires(rules, &op, "t.one"));
	rules_free(rules);
}
END_TEST

START_TEST(names_are_matched_by_pattern)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} cases[] = {
		{"*", "", true},		    {"", "", true},
		{"?", "", false},		    {"plant/?/set", "plant/1/set", true},
		{"plant/?/set", "plant/12/set", false}, {"plant/*/set", "plant/a/b/set", true},
		{"plant/*/set", "plant/a/set/x", false}, {"*set", "setsetse", false},
		{"*set", "setset", true},	    {"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},	    {"$share/*", "$share/g/t", true},
		{"Plant", "plant", false},	    {"\xc3*", "\xc3\xbc", true},
		{"a**", "a", true},		    {"a?", "a", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(pattern_fits(cases[i].pattern,
					cur_of(cases[i].name, strlen(cases[i].name))) == cases[i].fits,
			      "%s of %s", cases[i].pattern, cases[i].name);
}
END_TEST

/* The worst pattern and name there can be: their product, and no more. */
START_TEST(no_name_is_slow)
{
	char pattern[RULES_TEXT_MAX + 1], *name = malloc(65535);
	clock_t began = clock();

	memset(name, 'a', 65535);
	memset(pattern, 'a', sizeof(pattern));
	for (size_t i = 0; i < sizeof(pattern); i += 64)
		pattern[i] = '*';
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert(!pattern_fits(pattern, cur_of(name, 65535)));
	ck_assert_uint_lt((clock() - began) / (CLOCKS_PER_SEC / 1000), 2000);
	free(name);
}
END_TEST

static struct bt_access named(const char *space, const char *name)
{
	return (struct bt_access){.act = BT_ACT_WRITE, .space = space, .count = 1,
				  .name = cur_of(name, strlen(name))};
}

START_TEST(objects_are_conditions)
{
	struct rules *rules = parse(HEAD "    match: {space: [topic, node], name: [\"*/set\", safety]}\n");
	struct rules *numbers = parse(HEAD "    match: {space: word, number: [40-49, 60]}\n");
	struct bt_access access[2] = {named("topic", "plant/level"), named("alias", "plant/set")};
	struct bt_operation op = modbus(3, 0, BT_ACT_WRITE);
	double value = 21.5;
	struct finding found;

	op.accesses = access;
	op.access_count = 2;
	ck_assert(!fires(rules, &op, "t.one")); /* not both of one access */
	access[1] = named("node", "safety");
	access[1].values = bt_numbers(&value, 1);
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 1);
	ck_assert_str_eq(found.object, "node");
	ck_assert_str_eq(found.seen,
			 "some_function (function 3) on node safety = 21.5 to unit 1: ok");
	access[0] = (struct bt_access){.space = "word", .first = 38, .count = 2};
	ck_assert(!fires(numbers, &op, "t.one"));
	access[0].count = 3;
	ck_assert(fires(numbers, &op, "t.one"));
	access[0].first = UINT64_MAX;
	ck_assert(!fires(numbers, &op, "t.one"));
	access[0] = named("word", "40");
	ck_assert(!fires(numbers, &op, "t.one"));
	op.access_count = 0;
	ck_assert(!fires(numbers, &op, "t.one"));
	rules_free(rules);
	rules_free(numbers);
}
END_TEST

START_TEST(who_asked_is_a_condition)
{
	struct rules *server = parse(HEAD "    match: {act: write, by_server: true}\n");
	struct rules *client = parse(HEAD "    match: {act: write, by_server: false}\n");
	struct bt_operation op = modbus(3, 0, BT_ACT_WRITE);
	struct finding found;

	ck_assert(!fires(server, &op, "t.one"));
	ck_assert(fires(client, &op, "t.one"));
	op.by_server = true;
	ck_assert(!fires(client, &op, "t.one"));
	ck_assert_uint_eq(rules_match(rules_of(server, "modbus"), &op, &found, 1), 1);
	ck_assert_str_eq(found.seen, "the server: some_function (function 3) to unit 1: ok");
	rules_free(server);
	rules_free(client);
}
END_TEST

START_TEST(large_function_numbers_match)
{
	struct rules *rules = parse(HEAD "    match: {protocol: modbus, function: [300, 255-256]}\n");
	struct bt_operation op = modbus(300, 0, BT_ACT_OTHER);

	ck_assert(fires(rules, &op, "t.one"));
	op.function = 301;
	ck_assert(!fires(rules, &op, "t.one"));
	op.function = 255;
	ck_assert(fires(rules, &op, "t.one"));
	op.function = 256;
	ck_assert(fires(rules, &op, "t.one"));
	op.function = 254;
	ck_assert(!fires(rules, &op, "t.one"));
	rules_free(rules);
}
END_TEST

START_TEST(mistakes_are_refused_with_their_line)
{
	refuse("rule: []\n", "rule");
	refuse("rules:\n  - title: x\n", "name");
	refuse("rules:\n  - name: Bad Name\n", "a rule's name is");
	refuse("rules:\n  - name: a.b\n    colour: red\n", "colour");
	refuse(HEAD, "needs `match`");
	refuse(HEAD "    match: {}\n", "matches everything");
	refuse(HEAD "    match: {act: dance}\n", "no act");
	refuse(HEAD "    match: {act: []}\n", "never matches");
	refuse(HEAD "    match: {result: perhaps}\n", "no result");
	refuse(HEAD "    match: {function: [9-5]}\n", "no range");
	refuse(HEAD "    match: {function: [4294967296]}\n", "no number");
	refuse(HEAD "    match: {subfunction: write}\n", "no number");
	refuse(HEAD "    match: {function: []}\n", "1 to 64");
	refuse(HEAD "    match: {broadcast: 1}\n", "true or false");
	refuse(HEAD "    match: {functoin: 5}\n", "functoin");
	refuse(HEAD "    match: {by_server: maybe}\n", "true or false");
	refuse(HEAD "    match: {name: \"\"}\n", "1 to 255 bytes");
	refuse(HEAD "    match: {space: []}\n", "1 to 64");
	refuse(HEAD "    match: {number: level}\n", "no number");
	refuse(HEAD "    techniques: [T1]\n    match: {act: write}\n", "ATT&CK for ICS id");
	refuse(HEAD "    techniques: [T0801, T0802, T0803]\n    match: {act: write}\n", "at most two");
	refuse("rules:\n  - name: a.b\n    title: t\n    why: w\n    severity: severe\n"
	       "    match: {act: write}\n",
	       "info, low, medium, high, critical");
	refuse(HEAD "    match: {act: write}\n  - {name: t.one, enabled: false}\n", "a second rule");
	refuse("rules:\n  - {name: a.b, enabled: false}\n", "no rule `a.b`");
}
END_TEST

START_TEST(too_many_rules_are_refused)
{
	size_t cap = 200000, used = 0;
	char *text = malloc(cap);
	struct error err = {""};

	used += (size_t)snprintf(text, cap, "rules:\n");
	for (int i = 0; i <= RULES_MAX; i++)
		used += (size_t)snprintf(text + used, cap - used,
					 "  - {name: r.n%d, title: t, why: w, severity: low, match: {act: read}}\n",
					 i);
	ck_assert_ptr_null(rules_parse("many.yaml", text, used, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "more than 1024"));
	free(text);
}
END_TEST

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

START_TEST(site_rules_replace_and_switch_off)
{
	char folder[] = "/tmp/bittern-rules-XXXXXX", off[64], other[64];
	const char *paths[] = {folder};
	struct bt_operation op = modbus(8, 4, BT_ACT_CONTROL);
	struct error err = {""};
	struct rules *rules;
	struct finding found;
	size_t shipped_count;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(off, sizeof(off), "%s/a.yaml", folder);
	snprintf(other, sizeof(other), "%s/b.yaml", folder);
	write_file(off, "rules:\n  - {name: modbus.clear_counters, enabled: false}\n");
	write_file(other, "rules:\n  - name: modbus.force_listen_only\n    title: Ours\n    why: w\n"
			  "    severity: info\n    match: {protocol: modbus, function: 8, "
			  "subfunction: 4}\n");
	rules = rules_load(NULL, 0, &err);
	shipped_count = rules_count(rules);
	rules_free(rules);
	rules = rules_load(paths, 1, &err);
	ck_assert_msg(rules != NULL, "%s", err.text);
	ck_assert_uint_eq(rules_count(rules), shipped_count - 1);
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 1);
	ck_assert_str_eq(found.title, "Ours");
	op = modbus(8, 10, BT_ACT_CONFIGURE);
	ck_assert_uint_eq(rules_match(rules_of(rules, "modbus"), &op, &found, 1), 0);
	rules_free(rules);
	unlink(off);
	unlink(other);
	rmdir(folder);
	ck_assert_ptr_null(rules_load(paths, 1, &err));
	ck_assert_ptr_nonnull(strstr(err.text, folder));
}
END_TEST

/* The line of the table that begins with the name has its severity and techniques. */
static void expect_row(const char *text, const struct rule_summary *rule)
{
	char row[128], line[512];
	const char *at;

	snprintf(row, sizeof(row), "\n| `%s` |", rule->name);
	at = strstr(text, row);
	ck_assert_msg(at != NULL, "docs/alerts.md has no row for %s", rule->name);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
	ck_assert_msg(strstr(line, severity_name(rule->severity)) != NULL, "%s is not %s there",
		      rule->name, severity_name(rule->severity));
	for (unsigned i = 0; i < 2; i++)
		ck_assert_msg(strstr(line, rule->technique[i]) != NULL, "%s lacks %s there", rule->name,
			      rule->technique[i]);
}

START_TEST(every_shipped_rule_is_documented)
{
	struct rules *rules = rules_load(NULL, 0, NULL);
	FILE *file = fopen(ALERTS_MD, "r");
	static char text[1 << 18];
	struct rule_summary rule;

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; rules_at(rules, i, &rule); i++)
		expect_row(text, &rule);
	rules_free(rules);
}
END_TEST

/* Not a limit, a report: sanitizers and other people's builds share the machine. */
START_TEST(not_matching_is_cheap)
{
	enum { ROUNDS = 2000000 };
	struct rules *rules = rules_load(NULL, 0, NULL);
	struct bt_operation op = modbus(3, 0, BT_ACT_READ);
	struct timespec from, to;
	struct finding found;
	unsigned matched = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned i = 0; i < ROUNDS; i++) {
		op.function = 1 + (i & 3);
		matched += rules_match(rules_of(rules, "modbus"), &op, &found, 1);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_uint_eq(matched, 0);
	printf("rules_match, nothing matches: %.1f ns\n",
	       ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / ROUNDS);
	rules_free(rules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules");
	TCase *tests = tcase_create("rules");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, shipped_rules_are_sound);
	tcase_add_loop_test(tests, shipped_rule_fires_on_its_own_operation_only, 0,
			    sizeof(shipped) / sizeof(shipped[0]));
	tcase_add_test(tests, ordinary_operations_fire_nothing);
	tcase_add_test(tests, broadcast_rule_serves_every_protocol);
	tcase_add_test(tests, finding_says_what_happened);
	tcase_add_test(tests, every_condition_is_needed);
	tcase_add_test(tests, names_are_matched_by_pattern);
	tcase_add_test(tests, no_name_is_slow);
	tcase_add_test(tests, objects_are_conditions);
	tcase_add_test(tests, who_asked_is_a_condition);
	tcase_add_test(tests, large_function_numbers_match);
	tcase_add_test(tests, mistakes_are_refused_with_their_line);
	tcase_add_test(tests, too_many_rules_are_refused);
	tcase_add_test(tests, site_rules_replace_and_switch_off);
	tcase_add_test(tests, every_shipped_rule_is_documented);
	tcase_add_test(tests, not_matching_is_cheap);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
