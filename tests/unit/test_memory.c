/* SPDX-License-Identifier: Apache-2.0
 *
 * What dissectors remember of a flow: budgets hold, tables find what was put and give up old entries
 * first, and nothing is left behind.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab.h"
#include "suite.h"

static struct bt_engine lab;
static struct bt_context *const ctx = &lab.context;
static struct bt_table table;

static void setup(void)
{
	static const uint16_t ports[] = {7, 0};
	static const struct bt_dissector nobody = {.ports = ports};

	lab_init(&lab, &nobody);
	lab.budget = (struct owned_budget){.each = 64 << 10, .all = 100 << 10};
	table = (struct bt_table){0};
}

static void teardown(void)
{
	lab_finish(&lab);
	ck_assert_uint_eq(lab.budget.used, 0);
	ck_assert_uint_eq(lab.memory.bytes, 0);
}

START_TEST(memory_is_zeroed_and_keeps_its_bytes)
{
	uint8_t *bytes = bt_alloc(ctx, 10);

	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(bytes[i], 0);
	memset(bytes, 7, 10);
	bytes = bt_resize(ctx, bytes, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(bytes[i], i < 10 ? 7 : 0);
	bytes = bt_resize(ctx, bytes, 5);
	ck_assert_uint_eq(bytes[4], 7);
	ck_assert_ptr_nonnull(bt_resize(ctx, NULL, 1));
	bt_free(ctx, NULL);
	bt_free(ctx, bytes);
}
END_TEST

START_TEST(nobody_gets_more_than_the_budget)
{
	struct owned other = {0};
	void *big = bt_alloc(ctx, 60 << 10), *more;

	ck_assert_ptr_nonnull(big);
	ck_assert_ptr_null(bt_alloc(ctx, 10 << 10)); /* over `each` */
	ck_assert_ptr_null(bt_alloc(ctx, SIZE_MAX));
	ck_assert_ptr_null(bt_resize(ctx, big, 70 << 10));
	ck_assert_ptr_null(bt_resize(ctx, big, SIZE_MAX - 8));
	more = owned_get(&other, &lab.budget, 30 << 10);
	ck_assert_ptr_nonnull(more);
	ck_assert_ptr_null(owned_get(&other, &lab.budget, 20 << 10)); /* over `all` */
	bt_free(ctx, big);
	ck_assert_ptr_nonnull(owned_get(&other, &lab.budget, 20 << 10));
	owned_finish(&other, &lab.budget);
}
END_TEST

/* Whoever fills the memory that all share hides nothing of the flows of others. */
START_TEST(what_is_due_is_nobody_elses)
{
	struct owned other = {0}, third = {0};

	lab.budget = (struct owned_budget){.each = 64 << 10, .all = 64 << 10, .due = 256};
	ck_assert_ptr_nonnull(bt_alloc(ctx, (64 << 10) - 64));
	ck_assert_ptr_null(owned_get(&other, &lab.budget, 2 << 10));
	ck_assert_ptr_nonnull(owned_get(&other, &lab.budget, 200));
	ck_assert_ptr_null(owned_get(&other, &lab.budget, 900)); /* beyond what is due */
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(owned_get(&third, &lab.budget, 40));
	ck_assert_ptr_null(owned_get(&third, &lab.budget, 900));
	ck_assert_ptr_null(bt_alloc(ctx, 1000));
	owned_finish(&other, &lab.budget);
	owned_finish(&third, &lab.budget);
}
END_TEST

static void put(uint32_t max, uint64_t key)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "value %llu", (unsigned long long)key);

	ck_assert(bt_table_put(ctx, &table, max, key, cur_of(text, (size_t)length)));
}

static bool has(uint64_t key)
{
	struct bt_cursor bytes;
	char text[32];
	int length = snprintf(text, sizeof(text), "value %llu", (unsigned long long)key);

	if (!bt_table_get(&table, key, &bytes))
		return false;
	if (!cur_equal(bytes, cur_of(text, (size_t)length)))
		ck_abort_msg("other bytes");
	return true;
}

START_TEST(table_gives_up_the_oldest)
{
	ck_assert(!has(1));
	for (uint64_t key = 0; key < 1000; key++) {
		put(100, key * key);
		ck_assert_uint_le(table.used, 100);
		for (uint64_t old = 0; old <= key; old++) {
			if (has(old * old) != (old + 100 > key))
				ck_abort_msg("%llu of %llu", (unsigned long long)old,
					     (unsigned long long)key);
		}
	}
}
END_TEST

START_TEST(table_replaces_and_drops)
{
	struct bt_cursor bytes;

	put(10, 5);
	ck_assert(bt_table_put(ctx, &table, 10, 5, cur_of(NULL, 0)));
	ck_assert(bt_table_get(&table, 5, &bytes) && !cur_left(&bytes));
	ck_assert_uint_eq(table.used, 1);
	bt_table_drop(ctx, &table, 6);
	bt_table_drop(ctx, &table, 5);
	bt_table_drop(ctx, &table, 5);
	ck_assert_uint_eq(table.used, 0);
	put(10, 5);
	bt_table_clear(ctx, &table);
	ck_assert(!has(5));
	ck_assert_uint_eq(lab.memory.bytes, 0);
}
END_TEST

/* Against a list that remembers everything. */
START_TEST(table_agrees_with_a_list)
{
	bool there[64] = {false};
	unsigned state = 1;

	for (int i = 0; i < 20000; i++) {
		uint64_t key;

		state = state * 1103515245 + 12345;
		key = state >> 16 & 63;
		if (state >> 24 & 1) {
			put(64, key);
			there[key] = true;
		} else {
			bt_table_drop(ctx, &table, key);
			there[key] = false;
		}
		for (key = 0; key < 64; key++) {
			if (has(key) != there[key]) /* ck_assert is slow */
				ck_abort_msg("step %d, key %llu", i, (unsigned long long)key);
		}
	}
}
END_TEST

START_TEST(table_lives_with_little_memory)
{
	static const uint8_t big[20000];

	for (uint64_t key = 0; key < 50; key++)
		bt_table_put(ctx, &table, 64, key, cur_of(big, sizeof(big)));
	ck_assert_uint_le(lab.memory.bytes, 64 << 10);
	ck_assert_uint_le(table.used, 3);
	bt_table_clear(ctx, &table);
	for (uint64_t key = 0; key < 2000; key++)
		bt_table_put(ctx, &table, 4096, key, cur_of(big, 10));
	ck_assert_uint_le(lab.memory.bytes, 64 << 10);
	ck_assert_uint_gt(table.used, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tests = tcase_create("memory");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, memory_is_zeroed_and_keeps_its_bytes);
	tcase_add_test(tests, nobody_gets_more_than_the_budget);
	tcase_add_test(tests, what_is_due_is_nobody_elses);
	tcase_add_test(tests, table_gives_up_the_oldest);
	tcase_add_test(tests, table_replaces_and_drops);
	tcase_add_test(tests, table_agrees_with_a_list);
	tcase_add_test(tests, table_lives_with_little_memory);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
