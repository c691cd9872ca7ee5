/* SPDX-License-Identifier: Apache-2.0
 *
 * The document in pieces: all of them together are the whole, in whatever portions they came, and one that is
 * none costs the others nothing.
 */
#include "learn_site.h"
#include "limits.h"
#include "suite.h"

enum {
	PIECES_MAX = 4096,
};

/* As a state file has them: sorted by key, the newest under each. */
struct kept {
	struct piece piece;
	char *text;
};

static struct kept kept[PIECES_MAX];
static size_t kept_count;
static unsigned bad_count;

static int by_key(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;
	size_t size = a->piece.key_size < b->piece.key_size ? a->piece.key_size : b->piece.key_size;
	int order = memcmp(a->piece.key, b->piece.key, size);

	return order ? order : (a->piece.key_size > b->piece.key_size) - (a->piece.key_size < b->piece.key_size);
}

static void keep(const struct piece *piece, char *text)
{
	struct kept one = {*piece, text};

	for (size_t i = 0; i < kept_count; i++) {
		if (by_key(&kept[i], &one) == 0) {
			free(kept[i].text);
			kept[i].text = text;
			return;
		}
	}
	ck_assert_uint_lt(kept_count, PIECES_MAX);
	kept[kept_count++] = one;
}

/* How many there were. */
static unsigned save(struct learn *learn)
{
	unsigned count = 0;

	for (;; count++) {
		struct piece piece;
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		bool any = learn_unsaved(learn, &piece, out);

		fclose(out);
		if (!any) {
			free(text);
			return count;
		}
		keep(&piece, text);
		learn_saved(learn);
	}
}

static void on_bad(void *owner, struct bt_cursor key)
{
	bad_count++;
}

static struct baseline *load(void)
{
	struct baseline *site = baseline_create();
	struct pieces *pieces = pieces_create(site);

	qsort(kept, kept_count, sizeof(kept[0]), by_key);
	pieces_on_bad(pieces, on_bad, NULL);
	for (size_t i = 0; i < kept_count; i++)
		ck_assert(pieces_add(pieces, cur_of(kept[i].piece.key, kept[i].piece.key_size),
				     cur_of(kept[i].text, strlen(kept[i].text))));
	pieces_finish(pieces);
	return site;
}

static void expect_same(const struct learn *learn)
{
	struct baseline *whole = export(learn), *together = load();
	char *expected = document_of(whole), *found = document_of(together);

	ck_assert_str_eq(found, expected);
	free(expected);
	free(found);
	baseline_destroy(whole);
	baseline_destroy(together);
}

static void setup(void)
{
	kept_count = bad_count = 0;
}

static void teardown(void)
{
	while (kept_count)
		free(kept[--kept_count].text);
}

START_TEST(together_they_are_the_whole)
{
	struct learn *learn = learning();

	teach(learn);
	ck_assert_uint_eq(save(learn), 1);
	ck_assert_uint_eq(save(learn), 0);
	expect_same(learn);
	quiet_talk(learn, ROGUE, PLC, 502, "plcnet");
	ck_assert_uint_eq(save(learn), 1);
	expect_same(learn);
	ck_assert_uint_eq(bad_count, 0);
	learn_destroy(learn);
}
END_TEST

/* What is known costs nothing; its counts come along now and then. */
START_TEST(what_is_known_is_not_saved_again)
{
	struct learn *learn = learning();
	struct learn_pair *pair;
	unsigned saved = 0;

	teach(learn);
	pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	save(learn);
	for (unsigned i = 0; i < 5120; i++) {
		doing(learn, pair, reading(1, 0, 10));
		saved += save(learn);
	}
	ck_assert_uint_eq(saved, 20);
	doing(learn, pair, reading(1, 500, 1));
	ck_assert_uint_eq(save(learn), 1);
	doing(learn, pair, writing(1, 40, 501));
	ck_assert_uint_eq(save(learn), 1);
	expect_same(learn);
	learn_destroy(learn);
}
END_TEST

/* Learned in two lives, the second from what the first has left. */
START_TEST(it_goes_on_after_a_restart)
{
	struct learn *learn = learning(), *next;
	struct baseline *left;
	struct learn_pair *pair;

	teach(learn);
	save(learn);
	left = load();
	next = learn_create(left, 1, one_shard, LEARN_LEARN);
	ck_assert_uint_eq(save(next), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct learn *one = i ? next : learn;

		pair = quiet_talk(one, HMI, PLC, 502, "plcnet");
		doing(one, pair, reading(1, 600, 5));
		doing(one, pair, writing(1, 40, 900));
		quiet_talk(one, ROGUE, PLC, 502, "plcnet");
	}
	save(next);
	expect_same(learn);
	learn_destroy(learn);
	learn_destroy(next);
	baseline_destroy(left);
}
END_TEST

START_TEST(many_in_portions)
{
	enum { MANY = 1500 };
	struct learn *learn = learning();

	for (unsigned i = 0; i < MANY; i++) {
		char client[32];

		snprintf(client, sizeof(client), "10.7.%u.%u", i >> 8, i & 255);
		doing(learn, quiet_talk(learn, client, PLC, 502, "plcnet"), reading(1, i, 3));
	}
	ck_assert_uint_eq(save(learn), MANY);
	expect_same(learn);
	learn_destroy(learn);
}
END_TEST

static char *copy(const char *text)
{
	return strdup(text);
}

START_TEST(one_that_is_none_costs_the_others_nothing)
{
	static const char *const texts[] = {
		"  - client: 10.0.0.5\n", "nonsense: {", "", "  - client: 1.2.3.4\n    server: 1.2.3.5\n    more: 1\n",
		"  - client: 1.2.3.4\n    server: 1.2.3.5\nversion: 1\n", "\xff\xfe\n",
	};
	struct learn *learn = learning();
	struct piece piece = {.key = {'p', 9}, .key_size = 3};
	unsigned wrong = 0;

	teach(learn);
	quiet_talk(learn, ROGUE, PLC, 502, "plcnet");
	save(learn);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		piece.key[2] = (uint8_t)i;
		keep(&piece, copy(texts[i]));
		wrong++;
	}
	piece.key[0] = 'x'; /* of no kind that is known */
	keep(&piece, copy("?"));
	expect_same(learn);
	ck_assert_uint_eq(bad_count, wrong + 1);
	learn_destroy(learn);
}
END_TEST

/* As the state gives what it does not read. */
START_TEST(one_without_bytes_is_none)
{
	const struct piece piece = {.key = {'p', 9}, .key_size = 2};
	struct baseline *site = baseline_create();
	struct pieces *pieces = pieces_create(site);

	pieces_on_bad(pieces, on_bad, NULL);
	ck_assert(pieces_add(pieces, cur_of(piece.key, piece.key_size), (struct bt_cursor){.bad = true}));
	pieces_finish(pieces);
	ck_assert_uint_eq(bad_count, 1);
	baseline_destroy(site);
}
END_TEST

START_TEST(devices_and_what_is_missing)
{
	struct bt_addr plc = address(PLC);
	const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct baseline *site, *expected = baseline_create();
	char *text, *whole, *found;
	struct piece piece;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	piece_device(&piece, &plc);
	piece_write_device(&plc, mac, "a \"label\": # \x01", out);
	fclose(out);
	keep(&piece, text);
	keep(&(struct piece){.key = {'c'}, .key_size = 1}, copy("complete: false\n"));
	site = load();
	baseline_add_device(expected, &plc, mac, "a \"label\": # \x01");
	whole = document_of(expected);
	found = document_of(site);
	ck_assert(baseline_has_device(site, &plc));
	ck_assert_ptr_nonnull(strstr(found, "complete: false\n"));
	ck_assert_str_eq(strstr(found, "source:"), strstr(whole, "source:"));
	free(whole);
	free(found);
	baseline_destroy(site);
	baseline_destroy(expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pieces");
	TCase *tcase = tcase_create("pieces");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, together_they_are_the_whole);
	tcase_add_test(tcase, what_is_known_is_not_saved_again);
	tcase_add_test(tcase, it_goes_on_after_a_restart);
	tcase_add_test(tcase, many_in_portions);
	tcase_add_test(tcase, one_that_is_none_costs_the_others_nothing);
	tcase_add_test(tcase, one_without_bytes_is_none);
	tcase_add_test(tcase, devices_and_what_is_missing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
