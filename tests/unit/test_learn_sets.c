/* SPDX-License-Identifier: Apache-2.0
 *
 * src/learn: sets of numbers and profiles of values.
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "profile.h"
#include "ranges.h"
#include "sorted.h"
#include "suite.h"

/* ---- sets of numbers ---- */

START_TEST(ranges_melt_together)
{
	struct ranges set = {0};
	size_t budget = 10;

	ck_assert_int_eq(ranges_add(&set, (struct range){5, 9}, &budget), RANGES_GREW);
	ck_assert_int_eq(ranges_add(&set, (struct range){20, 20}, &budget), RANGES_GREW);
	ck_assert_int_eq(ranges_add(&set, (struct range){10, 10}, &budget), RANGES_GREW);
	ck_assert_int_eq(ranges_add(&set, (struct range){6, 8}, &budget), RANGES_KNOWN);
	ck_assert_uint_eq(set.count, 2);
	ck_assert_uint_eq(ranges_at(&set, 0).last, 10);
	ck_assert_int_eq(ranges_add(&set, (struct range){0, 3}, &budget), RANGES_GREW);
	ck_assert_uint_eq(set.count, 3);
	ck_assert_uint_eq(budget, 7);
	ck_assert_int_eq(ranges_add(&set, (struct range){4, 19}, &budget), RANGES_GREW);
	ck_assert_uint_eq(set.count, 1);
	ck_assert_uint_eq(budget, 9);
	ck_assert(ranges_have(&set, (struct range){0, 20}));
	ck_assert(!ranges_have(&set, (struct range){20, 21}));
	ck_assert_int_eq(ranges_add(&set, (struct range){UINT64_MAX, UINT64_MAX}, &budget),
			 RANGES_GREW);
	ck_assert(ranges_have(&set, range_of(UINT64_MAX, 9)));
	ranges_finish(&set);
}
END_TEST

/* The only range stands in its place up to a width; then, as beside others, in memory of its own. */
START_TEST(a_range_may_be_of_any_width)
{
	static const uint64_t widths[] = {0, UINT32_MAX - 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX - 7};

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct range wide = {7, 7 + widths[i]};
		struct ranges set = {0};
		size_t budget = 3;

		ck_assert_int_eq(ranges_add(&set, wide, &budget), RANGES_GREW);
		ck_assert_uint_eq(ranges_at(&set, 0).first, wide.first);
		ck_assert_uint_eq(ranges_at(&set, 0).last, wide.last);
		ck_assert(!ranges_have(&set, (struct range){6, 6}));
		/* what stands before it, and what makes them one */
		ck_assert_int_eq(ranges_add(&set, (struct range){0, 3}, &budget), RANGES_GREW);
		ck_assert_uint_eq(ranges_at(&set, 1).last, wide.last);
		ck_assert_int_eq(ranges_add(&set, (struct range){4, 6}, &budget), RANGES_GREW);
		ck_assert_uint_eq(set.count, 1);
		ck_assert_uint_eq(budget, 2);
		ck_assert(ranges_have(&set, (struct range){0, wide.last}));
		ranges_finish(&set);
	}
}
END_TEST

START_TEST(ranges_agree_with_a_bitmap)
{
	struct ranges set = {0};
	bool bitmap[200] = {false};
	size_t budget = 1000;

	srand(7);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t first = (uint64_t)rand() % 190, last = first + (uint64_t)rand() % 10;
		bool known = true;

		for (uint64_t n = first; n <= last; n++)
			known &= bitmap[n];
		ck_assert_int_eq(ranges_have(&set, (struct range){first, last}), known);
		if (i % 40 == 39) {
			ranges_finish(&set);
			memset(bitmap, 0, sizeof(bitmap));
			continue;
		}
		ck_assert_int_eq(ranges_add(&set, (struct range){first, last}, &budget),
				 known ? RANGES_KNOWN : RANGES_GREW);
		for (uint64_t n = first; n <= last; n++)
			bitmap[n] = true;
		for (uint32_t r = 1; r < set.count; r++)
			ck_assert_uint_gt(ranges_at(&set, r).first, ranges_at(&set, r - 1).last + 1);
	}
	ranges_finish(&set);
}
END_TEST

START_TEST(the_nearest_number_is_named)
{
	struct ranges set = {0};
	struct range range;
	uint64_t number;
	size_t budget = 10;

	ck_assert(!ranges_nearest(&set, (struct range){1, 1}, &range, &number));
	ranges_add(&set, (struct range){10, 19}, &budget);
	ranges_add(&set, (struct range){40, 49}, &budget);
	ck_assert(ranges_nearest(&set, (struct range){52, 52}, &range, &number));
	ck_assert_uint_eq(number, 49);
	ck_assert(ranges_nearest(&set, (struct range){0, 3}, &range, &number));
	ck_assert_uint_eq(number, 10);
	ck_assert(ranges_nearest(&set, (struct range){38, 38}, &range, &number));
	ck_assert_uint_eq(number, 40);
	ck_assert(ranges_nearest(&set, (struct range){15, 25}, &range, &number));
	ck_assert_uint_eq(number, 19); /* 20 is the first that is missing */
	ck_assert_uint_eq(ranges_first_missing(&set, (struct range){15, 25}), 20);
	ranges_finish(&set);
}
END_TEST

START_TEST(too_many_ranges_are_all)
{
	struct ranges set = {0};
	size_t budget = LEARN_RANGES_PER_OBJECT_MAX + 10, none = 0;

	for (uint64_t i = 0; i < LEARN_RANGES_PER_OBJECT_MAX; i++)
		ck_assert_int_eq(ranges_add(&set, range_of(i * 2, 1), &budget), RANGES_GREW);
	ck_assert_int_eq(ranges_add(&set, range_of(1 << 20, 1), &budget), RANGES_FULL);
	ck_assert(ranges_have(&set, range_of(1 << 30, 1)));
	ranges_finish(&set);
	ck_assert_int_eq(ranges_add(&set, range_of(0, 1), &none), RANGES_FULL);
	ck_assert(set.any);
	ranges_finish(&set);
}
END_TEST

/* ---- values ---- */

static void explained(const struct profile *profile, double value, const char *expected)
{
	char text[160] = "";

	ck_assert(!profile_allows(profile, value));
	profile_explain(profile, value, text, sizeof(text));
	ck_assert_str_eq(text, expected);
}

START_TEST(values_are_constant_set_or_band)
{
	struct profile profile = {0};

	profile_add(&profile, 500, 1);
	ck_assert(profile_allows(&profile, 500));
	explained(&profile, 501, "always 500 in 1 write (few seen)");
	profile_add(&profile, 0, 4);
	profile_add(&profile, 900, 4);
	explained(&profile, 400, "one of 0, 500, 900 in 9 writes");
	profile_add(&profile, 1000, 1);
	ck_assert(profile_allows(&profile, 400)); /* four different numbers are a band */
	ck_assert(profile_allows(&profile, 1100));
	ck_assert(profile_allows(&profile, -100));
	explained(&profile, 1101, "0 to 1000 in 10 writes; nearest 1000");
	for (double value = 1; value < 9; value++)
		profile_add(&profile, value, 1);
	ck_assert_uint_eq(profile.distinct, 0);
	ck_assert_double_eq(profile.max, 1000);
	ck_assert(!profile_allows(&profile, DBL_MAX));
	ck_assert(!profile_allows(&profile, -DBL_MAX));
}
END_TEST

START_TEST(values_that_never_repeat_are_no_enumeration)
{
	struct profile profile = {0}, by_hand = {0}, widest = {0};

	profile_add(&profile, 20, 1);
	profile_add(&profile, 80, 1);
	profile_add(&profile, 50, 1);
	ck_assert(profile_allows(&profile, 32));
	ck_assert(profile_allows(&profile, 110)); /* half the span: three writes show little */
	explained(&profile, 111, "20 to 80 in 3 writes; nearest 80");
	for (unsigned i = 0; i < 6; i++)
		profile_add(&profile, 20, 1);
	explained(&profile, 32, "one of 20, 50, 80 in 9 writes");
	profile_add(&by_hand, 20, 0);
	profile_add(&by_hand, 80, 0);
	ck_assert(!profile_allows(&by_hand, 32));
	profile_widen(&widest, -DBL_MAX, DBL_MAX);
	widest.count = 1;
	ck_assert(profile_allows(&widest, DBL_MAX));
}
END_TEST

START_TEST(broken_numbers_are_numbers)
{
	struct profile profile = {0};

	ck_assert(!profile_add(&profile, NAN, 1));
	ck_assert(!profile_add(&profile, -INFINITY, 1));
	ck_assert(!profile.used);
	ck_assert_uint_eq(profile.count, 0);
	for (unsigned i = 0; i < 4; i++) {
		profile_add(&profile, 0.5, 1);
		profile_add(&profile, -0.0, 1);
	}
	ck_assert_int_eq(signbit(profile.set[0]), 0);
	ck_assert(profile_allows(&profile, 0.5));
	ck_assert(profile_allows(&profile, NAN)); /* nothing can be said of it */
	explained(&profile, (double)0.1f, "one of 0, 0.5 in 8 writes");
	profile_widen(&profile, -1.25, 1e300);
	explained(&profile, -1e300, "-1.25 to 1e+300 in 8 writes; nearest -1.25");
}
END_TEST

/* Twelve even numbers make one that is nearly normally distributed, of deviation 1. */
static double noise(void)
{
	double sum = 0;

	for (unsigned i = 0; i < 12; i++)
		sum += rand() / (RAND_MAX + 1.0);
	return sum - 6;
}

/* A measured value that is written all the time, learned for a while and then judged for long. */
static unsigned surprises(unsigned learned, unsigned judged, double jump)
{
	struct profile profile = {0};
	unsigned n = 0;

	for (unsigned i = 0; i < learned; i++)
		profile_add(&profile, 20 + noise(), 1);
	for (unsigned i = 0; i < judged; i++)
		n += !profile_allows(&profile, 20 + jump + noise());
	return n;
}

START_TEST(noise_is_a_band_with_room)
{
	unsigned n = 0;

	srand(11);
	for (unsigned i = 0; i < 50; i++) {
		n += surprises(50, 1000, 0);
		n += surprises(200, 10000, 0);
		n += surprises(20000, 10000, 0);
	}
	ck_assert_uint_le(n, 10); /* of 1,050,000 */
	ck_assert_uint_eq(surprises(20000, 1000, 12), 1000);
	ck_assert_uint_eq(surprises(200, 1000, 12), 1000);
}
END_TEST

/* ---- the children of one parent ---- */

static uint64_t key_of(const void *item)
{
	return *(const uint32_t *)item;
}

START_TEST(children_are_found_in_any_order)
{
	enum { COUNT = 1009, STEP = 379 }; /* a prime and any other: each number once */
	static uint32_t numbers[COUNT];
	struct sorted *list = NULL;

	ck_assert_ptr_null(sorted_find(list, key_of, 0));
	for (uint32_t i = 0; i < COUNT; i++) {
		numbers[i] = i * STEP % COUNT * 2;
		ck_assert_ptr_null(sorted_find(list, key_of, numbers[i]));
		list = sorted_add(list, key_of, &numbers[i]);
		ck_assert_uint_eq(sorted_count(list), i + 1);
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		ck_assert_ptr_eq(sorted_find(list, key_of, numbers[i]), &numbers[i]);
		ck_assert_ptr_null(sorted_find(list, key_of, numbers[i] + 1));
		ck_assert_uint_eq(key_of(list->at[i]), 2 * i);
	}
	free(list);
}
END_TEST

START_TEST(children_are_capped)
{
	static uint32_t numbers[LEARN_ENTRIES_MAX + 1];
	struct sorted *list = NULL;

	for (uint32_t i = 0; i < LEARN_ENTRIES_MAX; i++) {
		numbers[i] = i;
		list = sorted_add(list, key_of, &numbers[i]);
	}
	numbers[LEARN_ENTRIES_MAX] = LEARN_ENTRIES_MAX;
	ck_assert_ptr_null(sorted_add(list, key_of, &numbers[LEARN_ENTRIES_MAX]));
	ck_assert_uint_eq(sorted_count(list), LEARN_ENTRIES_MAX);
	free(list);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ranges_melt_together,
		a_range_may_be_of_any_width,
		ranges_agree_with_a_bitmap,
		the_nearest_number_is_named,
		too_many_ranges_are_all,
		values_are_constant_set_or_band,
		values_that_never_repeat_are_no_enumeration,
		broken_numbers_are_numbers,
		noise_is_a_band_with_room,
		children_are_found_in_any_order,
		children_are_capped,
	};
	Suite *suite = suite_create("learn_sets");
	TCase *tcase = tcase_create("learn_sets");

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
