/* SPDX-License-Identifier: Apache-2.0
 *
 * Records are written many bytes at a time; here they are held against what writes them byte by byte, at
 * each length, and into buffers that end with the last byte (a sanitizer sees one more).
 */
#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bittern/phrase.h"
#include "bittern/record.h"
#include "digest.h"
#include "digits.h"
#include "suite.h"

enum {
	LENGTH_MAX = 40,
	ROOM = 8 * LENGTH_MAX,
};

/* What one byte among plain ones becomes. */
static size_t expected_byte(char *to, uint8_t byte)
{
	if (byte == '"' || byte == '\\')
		return (size_t)sprintf(to, "\\%c", byte);
	if (byte == '\n' || byte == '\r' || byte == '\t')
		return (size_t)sprintf(to, "\\%c", byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
	if (byte < 0x20 || byte >= 0x7f)
		return (size_t)sprintf(to, "\\\\x%02x", byte);
	*to = (char)byte;
	return 1;
}

/* Writes `text` into exactly `room` bytes. */
static bool fits(const uint8_t *text, size_t size, size_t room, const char *expected)
{
	char *memory = malloc(room);
	struct bt_record rec = {.at = memory, .cap = room};
	bool fit;

	bt_put_text(&rec, NULL, cur_of(text, size));
	fit = !rec.cut;
	/* So often asked, ck_assert is slow: */
	if (fit && (rec.len != strlen(expected) || memcmp(memory, expected, rec.len) != 0))
		ck_abort_msg("not %s", expected);
	free(memory);
	return fit;
}

static void check_text(size_t size, size_t at, uint8_t byte)
{
	uint8_t *text = malloc(size);
	char expected[ROOM];
	size_t length = 0;

	memset(text, '~', size);
	text[at] = byte;
	expected[length++] = '"';
	for (size_t i = 0; i < size; i++)
		length += expected_byte(expected + length, text[i]);
	expected[length++] = '"';
	expected[length] = '\0';
	if (!fits(text, size, length, expected) || !fits(text, size, length + 1, expected) ||
	    fits(text, size, length - 1, expected) || fits(text, size, (byte + at) % length, expected))
		ck_abort_msg("%s: no room for it, or too little is enough", expected);
	free(text);
}

START_TEST(each_byte_is_seen_wherever_it_stands)
{
	for (size_t size = 1; size <= 36; size++) {
		for (size_t at = 0; at < size; at++) {
			for (unsigned byte = 0; byte < 256; byte++)
				check_text(size, at, (uint8_t)byte);
		}
	}
}
END_TEST

START_TEST(names_and_values_of_any_length)
{
	char name[LENGTH_MAX + 1] = "", expected[ROOM], text[ROOM];

	for (size_t size = 0; size < LENGTH_MAX; size++) {
		int length = sprintf(expected, "{\"%s\":1,\"%s\":\"%s\",\"%s\":[{}]}", name, name, name, name);
		struct bt_record rec = {.at = text, .cap = (size_t)length};

		bt_open(&rec, NULL);
		bt_put_uint(&rec, name, 1);
		bt_put_string(&rec, name, name);
		bt_put_raw(&rec, name, "[{}]", 4);
		bt_close(&rec);
		ck_assert(!rec.cut && rec.len == (size_t)length);
		text[length] = '\0';
		ck_assert_str_eq(text, expected);
		name[size] = (char)('a' + size % 26);
	}
}
END_TEST

/* All kinds of members, by the names given. */
#define PUT_ALL(rec, a, b, c)                                     \
	do {                                                      \
		bt_open(rec, NULL);                               \
		bt_put_uint(rec, a, 90210);                       \
		bt_put_int(rec, b, INT64_MIN);                    \
		bt_put_bool(rec, c, true);                        \
		bt_put_string(rec, a, "plain");                   \
		bt_put_string(rec, b, "a \"quoted\" \\ \x01\xff text"); \
		bt_open_array(rec, c);                            \
		bt_put_bool(rec, NULL, false);                    \
		bt_put_uint(rec, NULL, 7);                        \
		bt_open(rec, NULL);                               \
		bt_close(rec);                                    \
		bt_put_string(rec, NULL, "");                     \
		bt_close_array(rec);                              \
		bt_put_raw(rec, a, "[{}]", 4);                    \
		bt_close(rec);                                    \
	} while (0)

/* Names that the compiler knows are written another way: into any room it must be the same. */
START_TEST(literal_names_are_written_like_others)
{
	const char *volatile a = "a", *volatile b = "boundary", *volatile c = "a_longer_name_of_25_bytes";
	char whole[400], given[sizeof(whole)];
	struct bt_record all = {.at = whole, .cap = sizeof(whole)};

	PUT_ALL(&all, a, b, c);
	ck_assert(!all.cut && all.len < sizeof(whole) - 40);
	for (size_t room = 0; room < sizeof(whole); room++) {
		char *memory = malloc(room);
		struct bt_record short_way = {.at = memory, .cap = room}, long_way = {.at = given, .cap = room};

		PUT_ALL(&short_way, "a", "boundary", "a_longer_name_of_25_bytes");
		PUT_ALL(&long_way, a, b, c);
		ck_assert(long_way.cut == short_way.cut);
		ck_assert(short_way.cut == (room < all.len));
		if (!short_way.cut) {
			ck_assert_uint_eq(short_way.len, all.len);
			ck_assert_int_eq(memcmp(memory, whole, all.len), 0);
		}
		free(memory);
	}
}
END_TEST

static struct bt_phrase phrases[BT_PHRASES];
static unsigned written; /* phrases, not copied ones */

static void put_phrase(struct bt_record *rec, const char *what, uint64_t key)
{
	struct bt_phrase *phrase = bt_phrase(phrases, what, key);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	written++;
	bt_put_string(rec, "what", what);
	bt_put_uint(rec, "key", key);
	bt_keep_phrase(phrase, rec, from);
}

START_TEST(phrases_are_written_once)
{
	static const char one[] = "one", other[] = "other";
	char text[200];
	struct bt_record rec = {.at = text, .cap = sizeof(text)};

	bt_open(&rec, NULL);
	for (unsigned i = 0; i < 2; i++) {
		put_phrase(&rec, one, 1);
		put_phrase(&rec, one, 2);
		put_phrase(&rec, other, 1);
	}
	bt_close(&rec);
	ck_assert_uint_eq(written, 3);
	ck_assert(!rec.cut);
	text[rec.len] = '\0';
	ck_assert_str_eq(text, "{\"what\":\"one\",\"key\":1,\"what\":\"one\",\"key\":2,\"what\":\"other\",\"key\":1,"
			       "\"what\":\"one\",\"key\":1,\"what\":\"one\",\"key\":2,\"what\":\"other\",\"key\":1}");
}
END_TEST

/* Many more than there are places: each drives another out, and none is taken for another. */
START_TEST(phrases_are_never_taken_for_others)
{
	static const char what[] = "what";
	char text[64], expected[64];

	for (uint64_t i = 0; i < 4000; i++) {
		uint64_t key = i * i % 1999;
		struct bt_record rec = {.at = text, .cap = sizeof(text)};

		put_phrase(&rec, what, key);
		text[rec.len] = '\0';
		sprintf(expected, "\"what\":\"what\",\"key\":%" PRIu64, key);
		ck_assert_str_eq(text, expected);
	}
}
END_TEST

/* Neither is what was cut, nor what is too long. */
START_TEST(phrases_are_kept_whole)
{
	static char what[BT_PHRASE_TEXT];
	char text[2 * sizeof(what)];

	memset(what, 'w', sizeof(what) - 1);
	for (size_t cap = 0; cap < sizeof(text); cap++) {
		struct bt_record rec = {.at = text, .cap = cap};

		put_phrase(&rec, "short", 1);
		ck_assert(rec.cut == (cap < strlen("\"what\":\"short\",\"key\":1")));
		put_phrase(&rec, what, 1);
		ck_assert(rec.cut == (cap < strlen("\"what\":\"short\",\"key\":1,\"what\":\"\",\"key\":1") +
						     strlen(what)));
	}
}
END_TEST

static void check_integer(int64_t value)
{
	char text[64], expected[64];
	struct bt_record rec = {.at = text, .cap = sizeof(text)};

	bt_put_int(&rec, NULL, value);
	bt_put_uint(&rec, NULL, (uint64_t)value);
	text[rec.len] = '\0';
	sprintf(expected, "%" PRId64 ",%" PRIu64, value, (uint64_t)value);
	ck_assert_str_eq(text, expected);
}

START_TEST(integers_are_as_printf_writes_them)
{
	int64_t power = 1;

	for (unsigned i = 0; i < 18; i++) {
		power *= 10;
		for (int64_t near = -2; near <= 2; near++) {
			check_integer(power + near);
			check_integer(-power + near);
		}
	}
	check_integer(INT64_MAX);
	check_integer(INT64_MIN);
	for (int64_t small = -1100; small <= 11000; small++)
		check_integer(small);
}
END_TEST

/* The shortest of 15 and 17 digits that reads back. */
static void check_double(double value)
{
	char text[64], expected[64];
	struct bt_record rec = {.at = text, .cap = sizeof(text)};

	bt_put_double(&rec, NULL, value);
	text[rec.len] = '\0';
	sprintf(expected, "%.15g", value);
	if (strtod(expected, NULL) != value)
		sprintf(expected, "%.17g", value);
	if (strcmp(text, expected) != 0)
		ck_abort_msg("%s in place of %s", text, expected);
}

START_TEST(numbers_are_as_printf_writes_them)
{
	static const double others[] = {
		0.0,  -0.0, 0.1 + 0.2, 1.0 / 3, 2.0 / 3e3, 19.3f, 5e-324, 1e300, 1e14, 1e15, 1e16,
		1e-4, 9.9e-5, 99999999999999.99, 9999999999999.995, 999999999.9999999, 9.999999999999999,
		0.1, 0.01, 0.001, 0.00099999999999999, 0.5, 0.25, 1.0 / (1 << 26), 1 + 1.0 / (1 << 26),
		4503599627370496.5, 70368744177663.992, 2.5, 1.0000000000000002,
	};
	uint64_t bits = 88172645463325252;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		check_double(others[i]);
		check_double(-others[i]);
	}
	for (unsigned i = 0; i < 50000; i++) {
		double any;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&any, &bits, sizeof(any));
		if (isfinite(any))
			check_double(any);
		check_double((double)(int64_t)(bits >> 30) / pow(10, (double)(i % 12)));
		check_double(nextafter((double)(bits >> 44) / pow(10, (double)(i % 7)), 0));
		check_double((float)(bits >> 20) / powf(10, (float)(i % 17)));
	}
}
END_TEST

START_TEST(hashes_are_the_published_ones)
{
	struct bt_cursor abc = cur_of("abc", 3);
	uint8_t hash[BT_SHA256_BYTES];
	char text[DIGEST_SHA1_BASE64], hex[2 * BT_SHA256_BYTES + 1] = "";

	digest_sha1_base64("abc", 3, text);
	ck_assert_str_eq(text, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
	bt_sha256(abc, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		digits_put_byte(hex + 2 * i, hash[i]);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("record");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, each_byte_is_seen_wherever_it_stands);
	tcase_add_test(tcase, names_and_values_of_any_length);
	tcase_add_test(tcase, literal_names_are_written_like_others);
	tcase_add_test(tcase, phrases_are_written_once);
	tcase_add_test(tcase, phrases_are_never_taken_for_others);
	tcase_add_test(tcase, phrases_are_kept_whole);
	tcase_add_test(tcase, integers_are_as_printf_writes_them);
	tcase_add_test(tcase, numbers_are_as_printf_writes_them);
	tcase_add_test(tcase, hashes_are_the_published_ones);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
