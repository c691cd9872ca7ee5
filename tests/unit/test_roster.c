/* SPDX-License-Identifier: Apache-2.0
 *
 * What every dissector of the roster must say of itself. A member that was forgotten is 0, and 0 would
 * mean: read nothing, wait for no answer; and nobody would be told.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "roster.h"
#include "suite.h"

/* A bit each in a uint64_t. */
START_TEST(test_fits)
{
	ck_assert_uint_gt(roster_count, 0);
	ck_assert_uint_le(roster_count, ROSTER_MAX);
}
END_TEST

START_TEST(test_is_described)
{
	const struct bt_dissector *dissector = roster[_i], *usual = bt_protocol(dissector);

	ck_assert_str_ne(dissector->name, "");
	ck_assert_str_ne(dissector->title, "");
	for (int i = 0; i < _i; i++)
		ck_assert_str_ne(dissector->name, roster[i]->name);
	ck_assert_ptr_nonnull(usual->fields);
	ck_assert_ptr_nonnull(usual->violations);
	ck_assert(usual->describe);
	ck_assert(usual->feature);
}
END_TEST

/* What speaks only inside another protocol is called by that one. */
START_TEST(test_can_be_read)
{
	const struct bt_dissector *dissector = roster[_i];

	if (!dissector->carriers)
		return;
	ck_assert_ptr_nonnull(dissector->ports);
	ck_assert(dissector->probe);
	ck_assert(dissector->frame);
	ck_assert(dissector->dissect);
	ck_assert(dissector->unanswered);
	ck_assert_msg(dissector->max_message, "%s reads nothing", dissector->name);
	ck_assert_msg(dissector->answer_wait_ns > 0, "%s waits for no answer", dissector->name);
}
END_TEST

START_TEST(test_roads)
{
	const struct bt_dissector *usual = bt_protocol(roster[_i]);

	ck_assert_ptr_null(usual->of);
	ck_assert_ptr_eq(roster_find(usual->name), usual);
}
END_TEST

START_TEST(test_violations)
{
	const struct bt_dissector *usual = bt_protocol(roster[_i]);
	size_t size = strlen(usual->name);

	for (const struct bt_violation *const *at = usual->violations; *at; at++) {
		const char *name = (*at)->name;

		ck_assert_msg(strncmp(name, usual->name, size) == 0 && name[size] == '.',
			      "%s is not named after %s", name, usual->name);
		ck_assert_str_ne((*at)->title, "");
		ck_assert_uint_le((*at)->severity, 5);
		for (size_t i = 0; &usual->violations[i] < at; i++)
			ck_assert_str_ne(name, usual->violations[i]->name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("roster");
	TCase *tests = tcase_create("roster");

	tcase_add_test(tests, test_fits);
	tcase_add_loop_test(tests, test_is_described, 0, (int)roster_count);
	tcase_add_loop_test(tests, test_can_be_read, 0, (int)roster_count);
	tcase_add_loop_test(tests, test_roads, 0, (int)roster_count);
	tcase_add_loop_test(tests, test_violations, 0, (int)roster_count);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
