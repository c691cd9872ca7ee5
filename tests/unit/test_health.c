/* SPDX-License-Identifier: Apache-2.0
 *
 * The sensor about itself: counts added up, a clock that is set, and what becomes an alert. Every
 * duration is given, none is waited for.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "clock.h"
#include "health.h"
#include "suite.h"
#include "tally.h"

#define START SECONDS(1700000000)

/* ---- what health tells ---- */

static struct {
	struct health health;
	struct eve_stats stats;
	int64_t steady_ns;
	unsigned raised, closed;
	struct finding last;
	uint64_t last_closed;
} is;

static void on_raise(void *owner, const struct finding *finding)
{
	is.raised++;
	memcpy(&is.last, finding, offsetof(struct finding, detail));
}

static void on_close(void *owner, uint64_t identity)
{
	is.closed++;
	is.last_closed = identity;
}

static void set_up(void)
{
	memset(&is, 0, sizeof(is));
	is.health.raise = on_raise;
	is.health.close = on_close;
	is.steady_ns = SECONDS(1000);
	is.stats.interface_count = 2;
	is.stats.interfaces[0] = (struct eve_interface){.name = "eth1", .is_up = true};
	is.stats.interfaces[1] = (struct eve_interface){.name = "eth2", .is_up = true};
}

static void tear_down(void)
{
}

/* Seconds pass; eth2 always speaks, eth1 so many frames in each. */
static void pass(unsigned seconds, uint64_t frames)
{
	for (unsigned i = 0; i < seconds; i++) {
		is.stats.interfaces[0].packets += frames;
		is.stats.interfaces[1].packets++;
		is.steady_ns += SECONDS(1);
		health_look(&is.health, &is.stats, START + is.steady_ns, is.steady_ns);
	}
}

static void expect(unsigned raised, unsigned closed, const char *name)
{
	ck_assert_uint_eq(is.raised, raised);
	ck_assert_uint_eq(is.closed, closed);
	if (!name)
		return;
	ck_assert_str_eq(is.last.name, name);
	ck_assert_int_eq(is.last.source, FINDING_FROM_SENSOR);
	ck_assert(*is.last.seen && *is.last.expected && *is.last.title);
	/* It is explained in its own words, not in those for what nobody knows. */
	ck_assert_str_ne(finding_why(&is.last),
			 finding_why(&(struct finding){.source = FINDING_FROM_SENSOR, .name = "health.x"}));
}

START_TEST(silence_is_told_and_over_when_frames_come)
{
	pass(10, 5);
	pass(59, 0);
	expect(0, 0, NULL);
	pass(1, 0);
	expect(1, 0, "health.no_traffic");
	ck_assert_str_eq(is.last.object, "eth1");
	ck_assert_uint_eq(is.stats.interfaces[0].silent_ns, SECONDS(60));
	ck_assert_uint_eq(is.stats.interfaces[1].silent_ns, 0);
	pass(60, 0); /* once a minute as long as it lasts */
	expect(2, 0, "health.no_traffic");
	pass(59, 1);
	expect(2, 0, NULL); /* a minute of frames, but one second */
	pass(1, 1);
	expect(2, 1, NULL);
	ck_assert_uint_eq(is.last_closed, alert_identity(&is.last));
}
END_TEST

START_TEST(no_frame_since_the_start_is_silence)
{
	pass(61, 0);
	expect(1, 0, "health.no_traffic");
}
END_TEST

START_TEST(up_and_down_all_day_is_one_alert)
{
	pass(1, 1);
	for (unsigned i = 0; i < 100; i++) {
		is.stats.interfaces[0].is_up = i % 2;
		pass(1, 1);
	}
	expect(2, 0, "health.interface_down"); /* the second: its first minute is over */
	ck_assert_str_eq(is.last.object, "eth1");
	is.stats.interfaces[0].is_up = true;
	pass(60, 1);
	expect(2, 1, NULL);
}
END_TEST

START_TEST(what_is_down_is_not_silent_besides)
{
	is.stats.interfaces[0].is_up = false;
	pass(200, 0);
	expect(4, 0, "health.interface_down");
	ck_assert_ptr_null(strstr(is.last.seen, "removed"));
	is.stats.interfaces[0].is_removed = true;
	pass(60, 0);
	expect(5, 0, "health.interface_down");
	ck_assert_ptr_nonnull(strstr(is.last.seen, "eth1 was removed"));
}
END_TEST

START_TEST(a_lost_frame_is_told_and_many_are_worse)
{
	pass(5, 1000);
	is.stats.interfaces[0].missed = 1;
	pass(1, 1000);
	expect(1, 0, "health.packets_lost");
	ck_assert_uint_eq(is.last.severity, 2);
	ck_assert_ptr_nonnull(strstr(is.last.seen, "1 of 6001 frames on eth1"));
	is.stats.interfaces[0].dropped = 500;
	pass(1, 1000);
	expect(2, 0, "health.packets_lost");
	ck_assert_uint_eq(is.last.severity, 3);
	pass(599, 1000);
	expect(2, 0, NULL);
	pass(1, 1000);
	expect(2, 1, NULL);
}
END_TEST

START_TEST(one_direction_is_a_share_of_what_goes_on)
{
	pass(1, 1);
	is.stats.tcp_packets += 1000;
	is.stats.one_way_packets += 99;
	pass(60, 1);
	expect(0, 0, NULL);
	is.stats.tcp_packets += 1000;
	is.stats.one_way_packets += 100;
	pass(62, 1);
	expect(1, 0, "health.one_way");
	ck_assert_str_eq(is.last.object, "");
	is.stats.tcp_packets += 1000;
	pass(180, 1);
	ck_assert_uint_eq(is.closed, 1);
}
END_TEST

START_TEST(few_packets_one_way_are_nothing)
{
	pass(1, 1);
	is.stats.tcp_packets = is.stats.one_way_packets = 99;
	pass(200, 1);
	expect(0, 0, NULL);
}
END_TEST

START_TEST(a_clock_that_is_set_is_told_once)
{
	pass(3, 1);
	is.stats.clock_steps = 1;
	is.stats.clock_step_ns = -SECONDS(3600);
	pass(1, 1);
	expect(1, 0, "health.clock_jump");
	ck_assert_ptr_nonnull(strstr(is.last.seen, "back by 3600.000 s"));
	pass(600, 1);
	expect(1, 1, NULL);
}
END_TEST

/* ---- the clock ---- */

START_TEST(numbers_go_on_when_the_clock_is_set)
{
	const int64_t steps[] = {-SECONDS(3600), SECONDS(3600), -SECONDS(86400) * 400};
	struct clock clock;
	int64_t wall_ns = START, steady_ns = SECONDS(5);
	uint64_t first;

	clock_start(&clock, wall_ns, steady_ns);
	first = clock_number(&clock, wall_ns);
	ck_assert_uint_eq(first, (uint64_t)START / 1000);
	for (unsigned i = 0; i < 3; i++) {
		wall_ns += steps[i] + SECONDS(1);
		steady_ns += SECONDS(1);
		/* before anybody has noticed */
		ck_assert_uint_le(clock_number(&clock, wall_ns), first + (i + 2) * 1000000);
		ck_assert_int_eq(clock_show(&clock, wall_ns, steady_ns), steps[i]);
		ck_assert_uint_eq(clock_number(&clock, wall_ns), first + (i + 1) * 1000000);
		/* what came before it was set */
		ck_assert_uint_le(clock_number(&clock, wall_ns - steps[i]), first + (i + 2) * 1000000);
		ck_assert_uint_eq(clock.steps, i + 1);
	}
}
END_TEST

/* A box without a battery begins in 1970. */
START_TEST(what_came_before_a_clock_was_set_far_ahead_has_no_number_of_the_future)
{
	struct clock clock;

	clock_start(&clock, SECONDS(60), SECONDS(5));
	clock_show(&clock, START, SECONDS(6));
	ck_assert_uint_le(clock_number(&clock, SECONDS(61)), 61000000);
	ck_assert_uint_eq(clock_number(&clock, START), 61000000);
}
END_TEST

/* Else each worker would count on for itself, and whoever has little to do hold up the others' news. */
START_TEST(numbers_keep_the_pace_of_time_after_a_restart)
{
	const int64_t back[] = {-SECONDS(3600), 0, SECONDS(3600)};

	for (unsigned i = 0; i < 3; i++) {
		const uint64_t last = (uint64_t)(START + back[i]) / 1000;
		struct clock clock;
		uint64_t first;

		clock_start(&clock, START, SECONDS(5));
		clock_resume(&clock, last);
		first = clock_number(&clock, START);
		ck_assert_uint_gt(first, last);
		ck_assert_uint_le(first, last + UINT64_C(3600) * 1000000);
		clock_show(&clock, START + SECONDS(7), SECONDS(12));
		ck_assert_uint_eq(clock_number(&clock, START + SECONDS(7)), first + 7000000);
	}
}
END_TEST

START_TEST(a_last_number_that_makes_no_sense_changes_nothing)
{
	const uint64_t senseless[] = {0, UINT64_MAX, UINT64_MAX / 1000, INT64_MAX / 1000};

	for (unsigned i = 0; i < 4; i++) {
		struct clock clock;

		clock_start(&clock, START, SECONDS(5));
		clock_resume(&clock, senseless[i]);
		ck_assert_uint_eq(clock_number(&clock, START), (uint64_t)START / 1000);
	}
}
END_TEST

START_TEST(a_clock_that_is_drawn_is_not_set)
{
	struct clock clock;

	clock_start(&clock, START, 0);
	for (unsigned i = 1; i <= 100; i++)
		ck_assert_int_eq(clock_show(&clock, START + i * SECONDS(1) + i * MILLISECONDS(400),
					    i * SECONDS(1)), 0);
	ck_assert_uint_eq(clock.steps, 0);
}
END_TEST

/* ---- counts ---- */

START_TEST(counts_are_added_when_all_have_told)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	struct news_stats news = {.now_ns = 10, .steady_ns = 20}, sum;

	ck_assert_ptr_nonnull(tally);
	news.stats = (struct eve_stats){
		.first_ns = 5, .last_ns = 7, .packets = 3, .interface_count = 1, .clock_steps = 2,
		.interfaces = {{.name = "eth1", .is_up = true, .packets = 4, .dropped = 1, .missed = 9}},
	};
	ck_assert(!tally_add(tally, &news, 2, &sum));
	ck_assert(!tally_add(tally, &news, 2, &sum)); /* it alone, again: the latest counts */
	news.worker = 1;
	news.now_ns = 11;
	news.stats.first_ns = 4;
	news.stats.interfaces[0].is_up = false;
	ck_assert(tally_add(tally, &news, 2, &sum));
	ck_assert_int_eq(sum.now_ns, 11);
	ck_assert_int_eq(sum.stats.first_ns, 4);
	ck_assert_uint_eq(sum.stats.packets, 6);
	ck_assert_uint_eq(sum.stats.clock_steps, 2); /* there is one clock, and one adapter */
	ck_assert_uint_eq(sum.stats.interfaces[0].missed, 9);
	ck_assert_uint_eq(sum.stats.interfaces[0].packets, 8);
	ck_assert_uint_eq(sum.stats.interfaces[0].dropped, 2);
	ck_assert(!sum.stats.interfaces[0].is_up);
	ck_assert(!tally_add(tally, &news, 2, &sum)); /* anew */
	free(tally);
}
END_TEST

START_TEST(no_count_is_forgotten)
{
	struct eve_stats one = {0}, sum = {0};
	const struct {
		const char *name;
		uint64_t *of_one;
		const uint64_t *of_sum;
	} counts[] = {
#define COUNT(name) {#name, &one.name, &sum.name}
		COUNT(packets), COUNT(bytes), COUNT(kernel_dropped), COUNT(decoded), COUNT(failed),
		COUNT(held_fragments), COUNT(reassembled), COUNT(duplicates), COUNT(cut), COUNT(flows),
		COUNT(flows_evicted), COUNT(tcp_gaps), COUNT(tcp_gap_bytes), COUNT(conflicts),
		COUNT(tcp_packets), COUNT(one_way_packets), COUNT(operations), COUNT(operations_incomplete),
		COUNT(violations), COUNT(undecoded_bytes), COUNT(memory_refused), COUNT(unknown_flows),
		COUNT(records_dropped), COUNT(learn_dropped), COUNT(ring_waits), COUNT(flows_open),
		COUNT(learned_entries), COUNT(held_bytes), COUNT(problems[0]),
#undef COUNT
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		*counts[i].of_one = i + 1;
	eve_stats_add(&sum, &one);
	eve_stats_add(&sum, &one);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		ck_assert_msg(*counts[i].of_sum == 2 * (i + 1), "%s is not added up", counts[i].name);
}
END_TEST

START_TEST(as_many_workers_as_there_can_be)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	struct news_stats news = {0}, sum;

	ck_assert_ptr_nonnull(tally);
	news.stats.packets = 1;
	for (; news.worker < WORKERS_MAX - 1; news.worker++)
		ck_assert(!tally_add(tally, &news, WORKERS_MAX, &sum));
	ck_assert(tally_add(tally, &news, WORKERS_MAX, &sum));
	ck_assert_uint_eq(sum.stats.packets, WORKERS_MAX);
	free(tally);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("health");
	TCase *tells = tcase_create("tells"), *counts = tcase_create("counts");

	tcase_add_checked_fixture(tells, set_up, tear_down);
	tcase_add_test(tells, silence_is_told_and_over_when_frames_come);
	tcase_add_test(tells, no_frame_since_the_start_is_silence);
	tcase_add_test(tells, up_and_down_all_day_is_one_alert);
	tcase_add_test(tells, what_is_down_is_not_silent_besides);
	tcase_add_test(tells, a_lost_frame_is_told_and_many_are_worse);
	tcase_add_test(tells, one_direction_is_a_share_of_what_goes_on);
	tcase_add_test(tells, few_packets_one_way_are_nothing);
	tcase_add_test(tells, a_clock_that_is_set_is_told_once);
	suite_add_tcase(suite, tells);
	tcase_add_test(counts, numbers_go_on_when_the_clock_is_set);
	tcase_add_test(counts, what_came_before_a_clock_was_set_far_ahead_has_no_number_of_the_future);
	tcase_add_test(counts, numbers_keep_the_pace_of_time_after_a_restart);
	tcase_add_test(counts, a_last_number_that_makes_no_sense_changes_nothing);
	tcase_add_test(counts, a_clock_that_is_drawn_is_not_set);
	tcase_add_test(counts, counts_are_added_when_all_have_told);
	tcase_add_test(counts, no_count_is_forgotten);
	tcase_add_test(counts, as_many_workers_as_there_can_be);
	suite_add_tcase(suite, counts);
	return run_suite(suite);
}
