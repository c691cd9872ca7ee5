/* SPDX-License-Identifier: Apache-2.0
 *
 * What was told lately is not told again: once a minute, bounded, and new things always.
 */
#include <check.h>
#include <stdlib.h>

#include "once.h"
#include "suite.h"

static struct once *once;

static void setup(void)
{
	once = calloc(1, sizeof(*once));
	ck_assert_ptr_nonnull(once);
}

static void teardown(void)
{
	free(once);
}

START_TEST(a_thousand_times_a_second_is_once_a_minute)
{
	unsigned told = 0;

	for (int64_t at = 0; at < SECONDS(180); at += SECONDS(1) / 1000)
		told += once_pass(once, 4711, SECONDS(1700000000) + at);
	ck_assert_uint_eq(told, 3);
}
END_TEST

/* As many outstations as one front end may have: each is told once. */
START_TEST(many_are_each_told_once)
{
	unsigned told = 0;

	for (unsigned round = 0; round < 10; round++) {
		for (uint64_t unit = 0; unit < 1000; unit++)
			told += once_pass(once, unit * 0x9e3779b97f4a7c15u, SECONDS(1000 + round));
	}
	ck_assert_uint_ge(told, 1000);
	ck_assert_uint_lt(told, 1400);
}
END_TEST

/* What falls on one place pushes out what was told longest ago; it is told again, and that is all. */
START_TEST(the_oldest_gives_way)
{
	for (uint64_t i = 1; i <= ONCE_WAYS; i++)
		ck_assert(once_pass(once, i * ONCE_SETS, SECONDS((int64_t)i)));
	for (uint64_t i = 1; i <= ONCE_WAYS; i++)
		ck_assert(!once_pass(once, i * ONCE_SETS, SECONDS(10)));
	ck_assert(once_pass(once, 99 * ONCE_SETS, SECONDS(10)));
	for (uint64_t i = 2; i <= ONCE_WAYS; i++)
		ck_assert(!once_pass(once, i * ONCE_SETS, SECONDS(10)));
	ck_assert(once_pass(once, ONCE_SETS, SECONDS(10)));
}
END_TEST

/* Packet time is whatever the capture says. */
START_TEST(clocks_may_jump)
{
	ck_assert(once_pass(once, 1, INT64_MAX));
	ck_assert(!once_pass(once, 1, INT64_MAX));
	ck_assert(once_pass(once, 1, INT64_MIN));
	ck_assert(once_pass(once, 1, 0));
	ck_assert(once_pass(once, 1, -1));
	ck_assert(!once_pass(once, 1, -1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("once");
	TCase *tests = tcase_create("once");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_thousand_times_a_second_is_once_a_minute);
	tcase_add_test(tests, many_are_each_told_once);
	tcase_add_test(tests, the_oldest_gives_way);
	tcase_add_test(tests, clocks_may_jump);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
