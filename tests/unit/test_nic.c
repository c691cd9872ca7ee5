/* SPDX-License-Identifier: Apache-2.0
 *
 * What an adapter says that it missed. Files stand for those of /sys; there is no interface.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "nic.h"
#include "suite.h"

static FILE *counter;

static uint64_t missed_when_it_says(struct nic *nic, unsigned long long count)
{
	rewind(counter);
	ck_assert(fprintf(counter, "%-20llu\n", count) > 0 && fflush(counter) == 0);
	nic_look(nic, -1);
	return atomic_load(&nic->missed);
}

START_TEST(what_was_missed_stays_counted_when_a_driver_begins_at_zero_again)
{
	struct nic nic = {.name = "absent", .counters = {-1, -1}, .missed_before = 100};

	counter = tmpfile();
	ck_assert_ptr_nonnull(counter);
	nic.counters[0] = fileno(counter);
	ck_assert_uint_eq(missed_when_it_says(&nic, 100), 0);
	ck_assert_uint_eq(missed_when_it_says(&nic, 5100), 5000);
	ck_assert_uint_eq(missed_when_it_says(&nic, 10), 5000);
	ck_assert_uint_eq(missed_when_it_says(&nic, 30), 5020);
	ck_assert_uint_eq(missed_when_it_says(&nic, 4000000000), 4000004990);
	ck_assert_uint_eq(missed_when_it_says(&nic, 0), 4000004990);
	fclose(counter);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nic");
	TCase *tests = tcase_create("counters");

	tcase_add_test(tests, what_was_missed_stays_counted_when_a_driver_begins_at_zero_again);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
