/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bittern/record.h"
#include "hash.h"
#include "map.h"
#include "pool.h"
#include "ring.h"
#include "suite.h"
#include "text.h"

START_TEST(a_read_past_the_end_is_sticky)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct bt_cursor cur = cur_of(bytes, sizeof(bytes));

	ck_assert_uint_eq(cur_u16be(&cur), 0x0102);
	ck_assert_uint_eq(cur_u16be(&cur), 0);
	ck_assert(!cur_ok(&cur));
	ck_assert_uint_eq(cur_u8(&cur), 0);
	ck_assert_uint_eq(cur_left(&cur), 0);
}
END_TEST

START_TEST(a_child_ends_where_its_length_says)
{
	static const uint8_t bytes[] = {1, 2, 3, 4};
	struct bt_cursor cur = cur_of(bytes, sizeof(bytes));
	struct bt_cursor child = cur_take(&cur, 2);

	ck_assert_uint_eq(cur_u32be(&child), 0);
	ck_assert(!cur_ok(&child));
	ck_assert_uint_eq(cur_u16be(&cur), 0x0304);
	child = cur_take(&cur, 1);
	ck_assert(!cur_ok(&child) && !cur_ok(&cur));
}
END_TEST

struct item {
	uint64_t key;
};

static bool same_key(const void *item, const void *key)
{
	return ((const struct item *)item)->key == *(const uint64_t *)key;
}

/* Few distinct hashes: long probe chains that wrap, holes in the middle of them. */
START_TEST(a_map_agrees_with_an_array)
{
	enum { KEYS = 500, STEPS = 200000 };
	static struct item items[KEYS];
	bool in[KEYS] = {false};
	struct map map = {0};
	unsigned seed = 1;
	size_t count = 0;

	for (int step = 0; step < STEPS; step++) {
		uint64_t key = (uint64_t)rand_r(&seed) % KEYS, hash = key % 7;
		bool fine;

		items[key].key = key;
		fine = map_find(&map, hash, same_key, &key) == (in[key] ? &items[key] : NULL);
		fine &= in[key] ? map_remove(&map, hash, &items[key]) : map_insert(&map, hash, &items[key]);
		in[key] = !in[key];
		count += in[key] ? 1 : (size_t)-1;
		if (!fine || map.count != count) /* ck_assert is slow */
			ck_abort_msg("step %d, key %llu", step, (unsigned long long)key);
	}
	for (size_t at = 0; map_next(&map, &at);)
		count--;
	ck_assert_uint_eq(count, 0);
	map_finish(&map);
}
END_TEST

START_TEST(a_pool_ends_at_its_cap)
{
	struct pool pool;
	void *got[100];

	pool_init(&pool, 24, 100);
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(got[i] = pool_get(&pool));
	ck_assert_ptr_null(pool_get(&pool));
	memset(got[7], 0xff, 24);
	pool_put(&pool, got[7]);
	ck_assert_ptr_eq(pool_get(&pool), got[7]);
	ck_assert_mem_eq(got[7], (char[24]){0}, 24);
	pool_finish(&pool);
}
END_TEST

enum { MESSAGES = 200000 };

static void *write_messages(void *ring)
{
	unsigned seed = 3;

	for (uint64_t i = 1; i <= MESSAGES; i++) {
		size_t size = 8 + (size_t)rand_r(&seed) % 500;
		char *at = ring_reserve_wait(ring, size + 100);

		memcpy(at, &i, sizeof(i));
		memset(at + 8, (int)(i & 0xff), size - 8);
		ring_commit(ring, size);
		if (i % 64 == 0)
			ring_publish(ring, i);
	}
	ring_close_writer(ring);
	return NULL;
}

START_TEST(a_ring_keeps_order_and_bytes)
{
	struct ring *ring = ring_create(16 << 10);
	uint64_t expected = 1, number;
	unsigned seed = 3;
	pthread_t writer;
	bool broken = false;
	const char *at;
	size_t size;

	pthread_create(&writer, NULL, write_messages, ring);
	while (!ring_ended(ring)) {
		at = ring_front(ring, &size);
		if (!at) {
			ring_wait(ring, expected % 2 ? expected : UINT64_MAX);
			continue;
		}
		memcpy(&number, at, sizeof(number));
		if (number != expected || size != 8 + (size_t)rand_r(&seed) % 500)
			ck_abort_msg("%llu of %zu bytes in place of %llu", (unsigned long long)number, size,
				     (unsigned long long)expected);
		for (size_t i = 8; i < size; i++)
			broken |= (uint8_t)at[i] != (expected & 0xff);
		expected++;
		ring_pop(ring);
	}
	ck_assert(!broken);
	ck_assert_uint_eq(expected, MESSAGES + 1);
	pthread_join(writer, NULL);
	ring_destroy(ring);
}
END_TEST

/* In place of libc's, for whoever asks what time it is just before the clock on the wall is set back. */
static time_t set_back_s;

int clock_gettime(clockid_t clock, struct timespec *now)
{
	long failed = syscall(SYS_clock_gettime, clock, now);

	if (!failed && clock == CLOCK_REALTIME)
		now->tv_sec += set_back_s;
	return (int)failed;
}

START_TEST(a_clock_that_is_set_back_lets_nobody_sleep_on)
{
	struct ring *ring = ring_create(16 << 10);

	set_back_s = 24 * 3600;
	ring_wait(ring, UINT64_MAX);
	ring_destroy(ring);
}
END_TEST

START_TEST(a_record_is_json_whatever_was_on_the_wire)
{
	static const uint8_t wire[] = {'a', '"', '\\', '\n', 0, 0x7f, 0xff, 0xc3, 0xa9, 0xed, 0xa0, 0x80};
	char text[256];
	struct bt_record rec = {.at = text, .cap = sizeof(text)};

	bt_open(&rec, NULL);
	bt_put_uint(&rec, "u", UINT64_MAX);
	bt_put_int(&rec, "i", INT64_MIN);
	bt_put_double(&rec, "d", 0.1);
	bt_put_double(&rec, "n", NAN);
	bt_put_string(&rec, "none", NULL);
	bt_open_array(&rec, "a");
	bt_put_bool(&rec, NULL, true);
	bt_put_hex(&rec, NULL, cur_of("\x01\xfe", 2));
	bt_close_array(&rec);
	bt_put_text(&rec, "t", cur_of(wire, sizeof(wire)));
	bt_close(&rec);
	ck_assert(!rec.cut);
	text[rec.len] = '\0';
	ck_assert_str_eq(text, "{\"u\":18446744073709551615,\"i\":-9223372036854775808,\"d\":0.1,\"n\":null,"
			       "\"a\":[true,\"01fe\"],\"t\":\"a\\\"\\\\\\n\\\\x00\\\\x7f\\\\xff\u00e9"
			       "\\\\xed\\\\xa0\\\\x80\"}");
}
END_TEST

START_TEST(a_record_that_does_not_fit_says_so)
{
	char text[32];

	for (size_t cap = 0; cap < 20; cap++) {
		struct bt_record rec = {.at = text, .cap = cap};

		memset(text, '#', sizeof(text));
		bt_open(&rec, NULL);
		bt_put_string(&rec, "name", "value\n");
		bt_close(&rec);
		ck_assert(rec.cut == (cap < 18));
		ck_assert_int_eq(text[cap], '#');
	}
}
END_TEST

START_TEST(times_are_calendar_times)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000000+0000"},
		{-1, "1969-12-31T23:59:59.999999+0000"},
		{1582934400000001000, "2020-02-29T00:00:00.000001+0000"},
		{1795305599999999999, "2026-11-21T23:59:59.999999+0000"},
		{4107542399000000000, "2100-02-28T23:59:59.000000+0000"},
	};
	char text[TEXT_TIME];
	int64_t back;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_str_eq(text_time(text, cases[i].ns), cases[i].text);
		ck_assert(text_parse_time(text, &back));
		ck_assert(back <= cases[i].ns && cases[i].ns - back < 1000);
	}
}
END_TEST

START_TEST(addresses_read_back)
{
	static const char *const good[] = {"10.0.0.1", "255.255.255.255", "0.0.0.0", "2001:db8::1",
					   "00:80:f4:01:02:03"};
	static const char *const bad[] = {"", "10.0.0", "10.0.0.256", "00:80:f4:01:02", "g::"};
	char text[TEXT_ADDR];
	struct bt_addr addr;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(text_parse_addr(good[i], &addr));
		ck_assert_str_eq(text_addr(text, &addr), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!text_parse_addr(bad[i], &addr));
}
END_TEST

START_TEST(durations_and_counts)
{
	char text[TEXT_TIME];
	int64_t ns = 7;

	ck_assert(text_parse_duration("10m", &ns) && ns == 600000000000);
	ck_assert(!text_parse_duration("10", &ns) && !text_parse_duration("-1s", &ns) &&
		  !text_parse_duration("0s", &ns) && !text_parse_duration("99999999999999d", &ns));
	ck_assert_int_eq(ns, 600000000000);
	ck_assert_str_eq(text_count(text, 1234567), "1,234,567");
	ck_assert_str_eq(text_bytes(text, 1536), "1.5 KiB");
	ck_assert_str_eq(text_duration(text, 90000000000), "90.0 s");
	text_printable(text, sizeof(text), cur_of("Sch\xc3\xbctz\x01  \0\0", 12));
	ck_assert_str_eq(text, "Sch\xc3\xbctz\\x01");
	/* CSI as one character, right-to-left override, no width: steer the terminal, show nothing */
	text_printable(text, sizeof(text), cur_of("\xc2\x9b" "2J", 4));
	ck_assert_str_eq(text, "\\xc2\\x9b2J");
	text_printable(text, sizeof(text), cur_of("\xe2\x80\xae" "a\xe2\x82\xac", 7));
	ck_assert_str_eq(text, "\\xe2\\x80\\xaea\xe2\x82\xac");
	text_printable(text, sizeof(text), cur_of("\xf3\xa0\x81\x81\xf0\x9f\x98\x80", 8));
	ck_assert_str_eq(text, "\\xf3\\xa0\\x81\\x81\xf0\x9f\x98\x80");
	text_printable(text, 5, cur_of("abc\xc3\xbc", 5));
	ck_assert_str_eq(text, "abc");
	text_printable(text, 4, cur_of("abcd", 4));
	ck_assert_str_eq(text, "abc");
	text_printable(text, 5, cur_of("abcd", 4));
	ck_assert_str_eq(text, "abcd");
}
END_TEST

/* Texts are looked at eight bytes at a time: a byte that cannot be shown is found wherever it stands. */
START_TEST(printable_at_each_place)
{
	char text[32], expected[32];
	uint8_t bytes[17];

	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		for (size_t place = 0; place + 1 < sizeof(bytes); place++) {
			memset(bytes, 'a', sizeof(bytes));
			bytes[place] = (uint8_t)byte;
			snprintf(expected, sizeof(expected),
				 byte >= 0x20 && byte < 0x7f ? "%.*s%c%s" : "%.*s\\x%02x%s",
				 (int)place, "aaaaaaaaaaaaaaaa", byte, &"aaaaaaaaaaaaaaaa"[place]);
			text_printable(text, sizeof(text), cur_of(bytes, sizeof(bytes)));
			ck_assert_str_eq(text, expected);
			expected[11] = '\0';
			if (byte >= 0x20 && byte < 0x7f) {
				text_printable(text, 12, cur_of(bytes, sizeof(bytes)));
				ck_assert_str_eq(text, expected);
			}
		}
	}
}
END_TEST

START_TEST(every_byte_and_its_place_count_in_a_keyed_hash)
{
	uint8_t bytes[200], other[200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * i + 7 * i);
	for (size_t size = 0; size + 1 < sizeof(bytes); size++) {
		uint64_t hash = hash_keyed(bytes, size);

		ck_assert_uint_ne(hash, hash_keyed(bytes, size + 1));
		memcpy(other + 1, bytes, size);
		ck_assert_uint_eq(hash, hash_keyed(other + 1, size));
		for (size_t at = 0; at < size; at++) {
			other[1 + at] ^= 1;
			ck_assert_uint_ne(hash, hash_keyed(other + 1, size));
			other[1 + at] ^= 1;
		}
		for (size_t at = 0; at + 32 <= size; at += 16) { /* two neighbours change places */
			memcpy(other, bytes, size);
			memcpy(other + at, bytes + at + 16, 16);
			memcpy(other + at + 16, bytes + at, 16);
			ck_assert_uint_ne(hash, hash_keyed(other, size));
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *tcase = tcase_create("base");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_read_past_the_end_is_sticky);
	tcase_add_test(tcase, a_child_ends_where_its_length_says);
	tcase_add_test(tcase, a_map_agrees_with_an_array);
	tcase_add_test(tcase, a_pool_ends_at_its_cap);
	tcase_add_test(tcase, every_byte_and_its_place_count_in_a_keyed_hash);
	tcase_add_test(tcase, a_ring_keeps_order_and_bytes);
	tcase_add_test(tcase, a_clock_that_is_set_back_lets_nobody_sleep_on);
	tcase_add_test(tcase, a_record_is_json_whatever_was_on_the_wire);
	tcase_add_test(tcase, a_record_that_does_not_fit_says_so);
	tcase_add_test(tcase, times_are_calendar_times);
	tcase_add_test(tcase, addresses_read_back);
	tcase_add_test(tcase, durations_and_counts);
	tcase_add_test(tcase, printable_at_each_place);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
