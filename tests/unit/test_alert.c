/* SPDX-License-Identifier: Apache-2.0
 *
 * Alerts: identity, life, grouping, gates and the cap.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "alert.h"
#include "crowd.h"
#include "parcel.h"
#include "suite.h"

enum {
	MINUTE = 60,
};

static int64_t at(int64_t seconds)
{
	return SECONDS(1700000000) + SECONDS(seconds);
}

static struct bt_addr ip(unsigned number)
{
	return (struct bt_addr){
		.family = BT_ADDR_IPV4,
		.bytes = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number},
	};
}

static struct finding finding(const char *name, unsigned source, int64_t seconds)
{
	struct finding made = {
		.source = FINDING_FROM_RULE,
		.title = "Something",
		.severity = 3,
		.flow = {.client = ip(source), .server = ip(200), .server_port = 502},
		.protocol = "modbus",
		.time_ns = at(seconds),
		.packet = 100 + (uint64_t)seconds,
		.unit = 1,
		.object = "holding_register",
	};

	snprintf(made.name, sizeof(made.name), "%s", name);
	return made;
}

static const struct alert *raise(struct alerts *alerts, const char *name, unsigned source,
				 int64_t seconds)
{
	struct finding made = finding(name, source, seconds);

	return alerts_raise(alerts, &made);
}

START_TEST(same_thing_is_one_alert)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert = raise(alerts, "t.a", 1, 0);
	char id[ALERT_ID];
	size_t count;

	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	ck_assert_uint_eq(strlen(alert->id), 16);
	memcpy(id, alert->id, sizeof(id));
	for (int i = 1; i < 9; i++)
		ck_assert_ptr_null(raise(alerts, "t.a", 1, i));
	alert = raise(alerts, "t.a", 1, 9);
	ck_assert_ptr_nonnull(alert); /* the tenth */
	ck_assert_int_eq(alert->state, ALERT_UPDATE);
	ck_assert_str_eq(alert->id, id);
	ck_assert_uint_eq(alert->count, 10);
	ck_assert_int_eq(alert->first_ns, at(0));
	ck_assert_int_eq(alert->last_ns, at(9));
	ck_assert_uint_eq(alert->packet_count, ALERT_EVIDENCE);
	ck_assert_uint_eq(alert->packets[0], 100);
	for (int i = 10; i < 99; i++)
		ck_assert_ptr_null(raise(alerts, "t.a", 1, i));
	ck_assert_ptr_nonnull(raise(alerts, "t.a", 1, 99)); /* the hundredth */
	alerts_list(alerts, &count);
	ck_assert_uint_eq(count, 1);
	alerts_destroy(alerts);
}
END_TEST

START_TEST(each_part_of_the_identity_counts)
{
	struct alerts *alerts = alerts_create();
	struct finding base = finding("t.a", 1, 0), other;
	size_t count;

	ck_assert_ptr_nonnull(alerts_raise(alerts, &base));
	other = base, other.flow.client_port = 4711; /* drawn anew by each connection */
	ck_assert_ptr_null(alerts_raise(alerts, &other));
	other = base, other.name[0] = 'u';
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	other = base, other.flow.client = ip(9);
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	other = base, other.flow.server = ip(9);
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	other = base, other.protocol = NULL;
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	other = base, other.unit = BT_NO_UNIT;
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	other = base, other.object[0] = 'x';
	ck_assert_ptr_nonnull(alerts_raise(alerts, &other));
	alerts_list(alerts, &count);
	ck_assert_uint_eq(count, 7);
	alerts_destroy(alerts);
}
END_TEST

/* The id is printed and stored by others: it must never change between versions by accident. */
START_TEST(id_is_the_same_for_ever)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert = raise(alerts, "modbus.force_listen_only", 1, 0);

	ck_assert_str_eq(alert->id, "1a149ee6e6ff0248");
	ck_assert_str_eq(alert->incident, "1604c8563cf71d77");
	alerts_destroy(alerts);
}
END_TEST

START_TEST(becoming_worse_is_an_update)
{
	struct alerts *alerts = alerts_create();
	struct finding worse = finding("t.a", 1, 1);
	const struct alert *alert;

	raise(alerts, "t.a", 1, 0);
	worse.severity = 5;
	strcpy(worse.seen, "something worse");
	alert = alerts_raise(alerts, &worse);
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_UPDATE);
	ck_assert_uint_eq(alert->finding.severity, 5);
	ck_assert_str_eq(alert->finding.seen, "something worse");
	worse.severity = 2;
	strcpy(worse.seen, "nothing much");
	ck_assert_ptr_null(alerts_raise(alerts, &worse));
	ck_assert_uint_eq(alert->finding.severity, 5);
	ck_assert_str_eq(alert->finding.seen, "something worse");
	alerts_destroy(alerts);
}
END_TEST

/* A connection to a controller, and then its protocol on it. */
START_TEST(what_is_about_a_protocol_waits_for_no_recognition)
{
	struct finding before = finding("t.a", 1, 1), after = before;

	strcpy(before.object, "modbus");
	strcpy(after.object, "modbus");
	before.protocol = NULL;
	after.protocol = "modbus";
	ck_assert_uint_eq(alert_identity(&before), alert_identity(&after));
	strcpy(before.object, "write");
	strcpy(after.object, "write");
	ck_assert_uint_ne(alert_identity(&before), alert_identity(&after));
}
END_TEST

START_TEST(what_is_over_is_closed_once)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert;
	char id[ALERT_ID], incident[ALERT_ID];

	alert = raise(alerts, "t.a", 1, 0);
	memcpy(id, alert->id, sizeof(id));
	memcpy(incident, alert->incident, sizeof(incident));
	raise(alerts, "t.b", 1, 10 * MINUTE);
	raise(alerts, "t.a", 1, 20 * MINUTE);
	ck_assert_ptr_null(alerts_close_due(alerts, at(69 * MINUTE + 59)));
	alert = alerts_close_due(alerts, at(70 * MINUTE));
	ck_assert_ptr_nonnull(alert);
	ck_assert_str_eq(alert->finding.name, "t.b");
	ck_assert_int_eq(alert->state, ALERT_CLOSED);
	ck_assert_int_eq(alert->ended_ns, at(70 * MINUTE));
	ck_assert_ptr_null(alerts_close_due(alerts, at(70 * MINUTE)));
	alert = alerts_close_due(alerts, at(200 * MINUTE));
	ck_assert_str_eq(alert->finding.name, "t.a");
	ck_assert_uint_eq(alert->count, 2);
	ck_assert_ptr_null(alerts_close_due(alerts, at(2000 * MINUTE)));
	/* again: the same alert, begun anew, in another incident */
	alert = raise(alerts, "t.a", 1, 300 * MINUTE);
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	ck_assert_str_eq(alert->id, id);
	ck_assert_str_ne(alert->incident, incident);
	ck_assert_uint_eq(alert->count, 1);
	alerts_destroy(alerts);
}
END_TEST

START_TEST(what_is_known_to_be_over_is_closed_at_once)
{
	struct alerts *alerts = alerts_create();
	struct finding made = finding("t.a", 1, 0);
	uint64_t identity = alert_identity(&made);
	const struct alert *alert;

	ck_assert_ptr_null(alerts_close(alerts, identity, at(1))); /* of nothing */
	alerts_raise(alerts, &made);
	alert = alerts_close(alerts, identity, at(5));
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_CLOSED);
	ck_assert_int_eq(alert->ended_ns, at(5));
	ck_assert_ptr_null(alerts_close(alerts, identity, at(6)));
	ck_assert_ptr_null(alerts_close_due(alerts, at(200 * MINUTE)));
	alert = raise(alerts, "t.a", 1, 10);
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	alerts_destroy(alerts);
}
END_TEST

START_TEST(what_is_over_begins_anew_even_when_nobody_closed_it)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert;

	raise(alerts, "t.a", 1, 0);
	ck_assert_ptr_null(raise(alerts, "t.a", 1, 59 * MINUTE));
	alert = raise(alerts, "t.a", 1, 119 * MINUTE);
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_NEW);
	ck_assert_uint_eq(alert->count, 1);
	ck_assert_ptr_null(alerts_close_due(alerts, at(119 * MINUTE)));
	alerts_destroy(alerts);
}
END_TEST

START_TEST(repetitions_told_in_short_count)
{
	struct alerts *alerts = alerts_create();
	struct finding made = finding("t.a", 1, 0);
	uint64_t identity = alert_identity(&made);
	const struct alert *alert;

	ck_assert_ptr_null(alerts_repeat(alerts, identity, 5, at(1), 0)); /* of nothing */
	alerts_raise(alerts, &made);
	ck_assert_ptr_null(alerts_repeat(alerts, identity, 8, at(1), 0));
	alert = alerts_repeat(alerts, identity, 5000, at(2), BT_SEEN_GAP);
	ck_assert_ptr_nonnull(alert);
	ck_assert_int_eq(alert->state, ALERT_UPDATE);
	ck_assert_uint_eq(alert->count, 5009);
	ck_assert_int_eq(alert->last_ns, at(2));
	ck_assert_uint_eq(alert->incomplete, BT_SEEN_GAP);
	ck_assert_ptr_null(alerts_repeat(alerts, identity, 4990, at(3), 0));
	ck_assert_ptr_nonnull(alerts_repeat(alerts, identity, 1, at(4), 0)); /* 10,000 */
	alerts_destroy(alerts);
}
END_TEST

START_TEST(incidents_group_by_source_and_quiet)
{
	struct alerts *alerts = alerts_create();
	char first[ALERT_ID];

	memcpy(first, raise(alerts, "t.a", 1, 0)->incident, sizeof(first));
	ck_assert_str_eq(raise(alerts, "t.b", 1, 29 * MINUTE)->incident, first);
	ck_assert_str_ne(raise(alerts, "t.a", 2, 29 * MINUTE)->incident, first);
	/* a repetition keeps the incident open */
	ck_assert_ptr_null(raise(alerts, "t.a", 1, 50 * MINUTE));
	ck_assert_str_eq(raise(alerts, "t.c", 1, 79 * MINUTE)->incident, first);
	ck_assert_str_ne(raise(alerts, "t.d", 1, 109 * MINUTE)->incident, first);
	alerts_destroy(alerts);
}
END_TEST

START_TEST(loss_makes_no_alert)
{
	static const uint8_t seen[] = {BT_SEEN_MIDSTREAM, BT_SEEN_GAP, BT_SEEN_ONE_WAY, BT_SEEN_CUT};
	struct alerts *alerts = alerts_create();
	struct finding doubtful = finding("t.a", 1, 0);
	size_t count;

	doubtful.needs_whole = true;
	for (size_t i = 0; i < sizeof(seen); i++) {
		doubtful.flow.seen = seen[i];
		ck_assert_ptr_null(alerts_raise(alerts, &doubtful));
	}
	ck_assert_ptr_null(alerts_list(alerts, &count));
	ck_assert_uint_eq(count, 0);
	doubtful.flow.seen = 0;
	ck_assert_ptr_nonnull(alerts_raise(alerts, &doubtful));
	/* what needs no whole flow is an alert, and says so */
	doubtful = finding("t.b", 1, 0);
	doubtful.flow.seen = BT_SEEN_GAP;
	ck_assert_uint_eq(alerts_raise(alerts, &doubtful)->incomplete, BT_SEEN_GAP);
	doubtful.severity = 0;
	doubtful.name[0] = 'z';
	ck_assert_ptr_null(alerts_raise(alerts, &doubtful));
	alerts_destroy(alerts);
}
END_TEST

static const struct alert *raise_as(struct alerts *alerts, unsigned severity, unsigned source,
				    int64_t seconds)
{
	struct finding made = finding("t.a", source, seconds);

	made.severity = (uint8_t)severity;
	return alerts_raise(alerts, &made);
}

START_TEST(cap_is_reached_and_counted)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert;
	size_t count;

	for (unsigned i = 0; i < ALERTS_MAX; i++)
		ck_assert_ptr_nonnull(raise(alerts, "t.a", i, 0));
	ck_assert_ptr_null(raise_as(alerts, 2, ALERTS_MAX, 1)); /* all that are there are worse */
	ck_assert_ptr_null(raise_as(alerts, 2, ALERTS_MAX + 1, 1));
	ck_assert_uint_eq(alerts_dropped(alerts), 2);
	ck_assert_ptr_null(raise(alerts, "t.a", 7, 2)); /* a known one still counts */
	/* what has ended makes room */
	alert = alerts_close_due(alerts, at(3600));
	ck_assert_ptr_nonnull(alert);
	ck_assert(alert->finding.flow.client.bytes[3] == 0);
	ck_assert_ptr_nonnull(raise_as(alerts, 2, ALERTS_MAX, 3600));
	ck_assert_uint_eq(alerts_dropped(alerts), 2);
	alerts_list(alerts, &count);
	ck_assert_uint_eq(count, ALERTS_MAX);
	alerts_destroy(alerts);
}
END_TEST

/* Whoever fills the table with noise cannot keep what matters out of it, nor push it out. */
START_TEST(noise_hides_nothing)
{
	struct alerts *alerts = alerts_create();
	const struct alert *const *list;
	size_t count;

	ck_assert_ptr_nonnull(raise_as(alerts, 4, 1000000, 0));
	for (unsigned i = 0; i < 2 * ALERTS_MAX; i++)
		ck_assert_ptr_nonnull(raise_as(alerts, 3, i, 1));
	ck_assert_uint_eq(alerts_dropped(alerts), ALERTS_MAX + 1);
	ck_assert_ptr_nonnull(raise_as(alerts, 5, 1000001, 2));
	list = alerts_list(alerts, &count);
	ck_assert_uint_eq(count, ALERTS_MAX);
	ck_assert_uint_eq(list[0]->finding.severity, 5);
	ck_assert_uint_eq(list[1]->finding.severity, 4);
	/* In time, what is over is told in the order in which it went quiet. */
	ck_assert_uint_eq(alerts_close_due(alerts, at(3602))->finding.severity, 4);
	alerts_destroy(alerts);
}
END_TEST

START_TEST(flush_gives_what_was_not_written_by_id)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert;
	char last[ALERT_ID] = "";
	unsigned flushed = 0;

	for (unsigned i = 0; i < 20; i++) {
		raise(alerts, "t.a", i, 0);
		if (i % 2)
			raise(alerts, "t.a", i, 1);
	}
	while ((alert = alerts_flush(alerts))) {
		ck_assert_int_eq(alert->state, ALERT_UPDATE);
		ck_assert_uint_eq(alert->count, 2);
		ck_assert(strcmp(alert->id, last) > 0);
		memcpy(last, alert->id, sizeof(last));
		flushed++;
	}
	ck_assert_uint_eq(flushed, 10);
	ck_assert_ptr_null(alerts_flush(alerts));
	alerts_destroy(alerts);
}
END_TEST

START_TEST(list_is_by_weight)
{
	struct alerts *alerts = alerts_create();
	struct finding worst = finding("t.worst", 3, 50);
	const struct alert *const *list;
	size_t count;

	raise(alerts, "t.late", 1, 20);
	raise(alerts, "t.early", 2, 10);
	worst.severity = 5;
	alerts_raise(alerts, &worst);
	list = alerts_list(alerts, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(list[0]->finding.name, "t.worst");
	ck_assert_str_eq(list[1]->finding.name, "t.early");
	ck_assert_str_eq(list[2]->finding.name, "t.late");
	alerts_destroy(alerts);
}
END_TEST

START_TEST(any_time_is_survived)
{
	static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_MAX, INT64_MIN};
	struct alerts *alerts = alerts_create();

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct finding strange = finding("t.a", 1, 0);

		strange.time_ns = times[i];
		while (alerts_close_due(alerts, times[i]))
			;
		alerts_raise(alerts, &strange);
	}
	alerts_destroy(alerts);
}
END_TEST

/* ---- what somebody else may have written ---- */

/* An alert as it would come back from a state file. */
static const struct alert *come_back(struct alerts *alerts, const struct alert *alert)
{
	static uint8_t room[8192];
	struct parcel parcel;
	size_t size;

	parcel_pack(&parcel, room, sizeof(room));
	alert_pack(alert, &parcel);
	ck_assert(parcel_done(&parcel));
	size = parcel.used;
	parcel_unpack(&parcel, cur_of(room, size));
	return alerts_unpack(alerts, alert_identity(&alert->finding), &parcel);
}

START_TEST(any_count_is_survived)
{
	struct alerts *alerts = alerts_create(), *after = alerts_create();
	struct alert alert = *raise(alerts, "t.a", 1, 0);

	alert.count = UINT64_MAX - 5;
	ck_assert_ptr_nonnull(come_back(after, &alert));
	ck_assert_ptr_null(raise(after, "t.a", 1, 1));
	ck_assert_uint_eq(alerts_find(after, alert_identity(&alert.finding))->count, UINT64_MAX - 4);
	alerts_destroy(alerts);
	alerts_destroy(after);
}
END_TEST

static bool detail_comes_back(struct alert alert, const char *detail)
{
	struct alerts *after = alerts_create();
	bool came;

	alert.finding.detail_len = (uint32_t)strlen(detail);
	memcpy(alert.finding.detail, detail, alert.finding.detail_len);
	came = come_back(after, &alert);
	alerts_destroy(after);
	return came;
}

/* What an event line takes over as it is. */
START_TEST(no_line_is_forged)
{
	static const char *const wrong[] = {
		"{}\n{\"event_type\":\"alert\"}", "{\n}", "{\"a\":\"\\\n\"}", "{}},{", "{},\"alert\":{}", "{",
		"{\"a\":\"}", "{\"a\":\"\\\"}", "{[}", "1", "\"a\"", "[]", " {}", "{} ",
	};
	static const char *const right[] = {
		"", "{}", "{\"a\":[{\"b\":\"}\\\"{\\\\\"},-1.5,null]}", "{\"a\":\"\xc3\xa4\"}",
	};
	struct alerts *alerts = alerts_create(), *after = alerts_create();
	struct alert alert = *raise(alerts, "t.a", 1, 0);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!detail_comes_back(alert, wrong[i]), "%s", wrong[i]);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		ck_assert_msg(detail_comes_back(alert, right[i]), "%s", right[i]);
	alert.finding.protocol = "modbus\":{}}\n{\"a";
	ck_assert_ptr_null(come_back(after, &alert));
	alert.finding.protocol = "modbus";
	strcpy(alert.incident, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n1");
	ck_assert_ptr_null(come_back(after, &alert));
	alerts_destroy(alerts);
	alerts_destroy(after);
}
END_TEST

/* ---- clocks ---- */

START_TEST(what_came_back_is_over_when_its_time_has_come)
{
	struct alerts *alerts = alerts_create(), *after = alerts_create();
	struct alert old = *raise(alerts, "t.old", 1, 0), newer = *raise(alerts, "t.new", 2, 50 * MINUTE);
	const struct alert *closed;

	come_back(after, &newer); /* in the order of their numbers, whatever that is */
	come_back(after, &old);
	alerts_unpacked(after);
	closed = alerts_close_due(after, at(61 * MINUTE));
	ck_assert_ptr_nonnull(closed);
	ck_assert_str_eq(closed->finding.name, "t.old");
	ck_assert_ptr_null(alerts_close_due(after, at(61 * MINUTE)));
	ck_assert_ptr_nonnull(alerts_close_due(after, at(111 * MINUTE)));
	alerts_destroy(alerts);
	alerts_destroy(after);
}
END_TEST

START_TEST(a_clock_that_was_wrong_keeps_nothing_open)
{
	struct alerts *alerts = alerts_create();
	const int64_t years = 3 * 365 * 24 * 60 * MINUTE;

	raise(alerts, "t.future", 1, years);
	raise(alerts, "t.now", 2, 0);
	alerts_set_back(alerts, at(0));
	ck_assert_ptr_nonnull(alerts_close_due(alerts, at(61 * MINUTE)));
	ck_assert_ptr_nonnull(alerts_close_due(alerts, at(61 * MINUTE)));
	ck_assert_ptr_null(alerts_close_due(alerts, at(61 * MINUTE)));
	alerts_destroy(alerts);
}
END_TEST

START_TEST(techniques_are_the_83_of_the_matrix)
{
	const char *last = "";
	size_t count = 0;

	for (const char *id; (id = attack_technique_at(count)); count++) {
		ck_assert(strcmp(id, last) > 0);
		ck_assert_ptr_nonnull(attack_technique_name(id));
		ck_assert_uint_ne(attack_technique_tactics(id), 0);
		last = id;
	}
	ck_assert_uint_eq(count, 83);
	ck_assert_str_eq(attack_technique_name("T0836"), "Modify Parameter");
	ck_assert_str_eq(attack_tactic(10)->id, "TA0106");
	ck_assert_uint_eq(attack_technique_tactics("T0836"), 1 << 10);
	ck_assert_ptr_null(attack_technique_name("T0808"));
	ck_assert_ptr_null(attack_technique_name(""));
	ck_assert_ptr_null(attack_technique_name(NULL));
	ck_assert_ptr_null(attack_tactic(ATTACK_TACTICS));
}
END_TEST

START_TEST(every_finding_has_a_reason)
{
	struct finding found = finding("baseline.value", 1, 0);

	found.source = FINDING_FROM_BASELINE;
	ck_assert_ptr_nonnull(strstr(finding_why(&found), "value"));
	found.why = "Not its own.";
	ck_assert_ptr_nonnull(strstr(finding_why(&found), "value"));
	found.source = FINDING_FROM_RULE;
	found.why = "Mine.";
	ck_assert_str_eq(finding_why(&found), "Mine.");
	found = finding("baseline.something_new", 1, 0);
	for (int source = FINDING_FROM_PROTOCOL; source <= FINDING_FROM_BASELINE; source++) {
		found.source = (enum finding_source)source;
		ck_assert_uint_gt(strlen(finding_why(&found)), 20);
	}
}
END_TEST

START_TEST(severities_have_words)
{
	unsigned severity = 0;

	for (unsigned i = 1; i <= 5; i++) {
		ck_assert(severity_parse(severity_name(i), &severity));
		ck_assert_uint_eq(severity, i);
	}
	ck_assert_str_eq(severity_name(0), "none");
	ck_assert_str_eq(severity_name(200), "critical");
	ck_assert(!severity_parse("none", &severity));
	ck_assert_uint_eq(severity, 5);
}
END_TEST

static const struct alert *knock(struct alerts *alerts, unsigned source, unsigned target, int64_t seconds)
{
	struct finding made = finding("baseline.new_client", source, seconds);

	made.flow.server = ip(target);
	return alerts_raise(alerts, &made);
}

static const char *object_of(const struct alert *alert)
{
	return alert ? alert->finding.object : "";
}

START_TEST(of_too_many_only_some_are_named)
{
	struct alerts *alerts = alerts_create();
	const struct bt_addr target = ip(200);
	const struct alert *alert;
	size_t count;

	for (unsigned i = 0; i < CROWD_NAMED; i++)
		ck_assert_str_eq(object_of(knock(alerts, 1000 + i, 200, 0)), "holding_register");
	alert = knock(alerts, 5000, 200, 1);
	ck_assert_str_eq(object_of(alert), "other clients");
	ck_assert_mem_eq(&alert->finding.flow.client, &target, sizeof(target));
	for (unsigned i = 1; i < 100000; i++)
		knock(alerts, 5000 + i, 200, 2);
	alerts_list(alerts, &count);
	ck_assert_uint_eq(count, CROWD_NAMED + 1);
	/* Who has a name keeps it; what is more than a knock is told of everybody. */
	ck_assert_ptr_null(knock(alerts, 1000, 200, 3));
	ck_assert_str_eq(object_of(raise(alerts, "baseline.new_write", 5000, 3)), "holding_register");
	/* Another device is another crowd, and an hour later all begins anew. */
	ck_assert_str_eq(object_of(knock(alerts, 5000, 201, 3)), "holding_register");
	while (alerts_close_due(alerts, at(3700)))
		;
	ck_assert_str_eq(object_of(knock(alerts, 5000, 200, 3700)), "holding_register");
	alerts_destroy(alerts);
}
END_TEST

START_TEST(too_many_targets_are_one_crowd)
{
	struct alerts *alerts = alerts_create();
	const struct alert *alert = NULL;
	size_t count;

	for (unsigned i = 0; i < 1000; i++) {
		const struct alert *told = knock(alerts, 100000 + i, 200 + i, 0);

		alert = told ? told : alert;
	}
	ck_assert_str_eq(object_of(alert), "other clients");
	ck_assert_int_eq(alert->finding.flow.client.family, BT_ADDR_NONE);
	alerts_list(alerts, &count);
	ck_assert_uint_lt(count, 100);
	alerts_destroy(alerts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alert");
	TCase *tests = tcase_create("alert");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, same_thing_is_one_alert);
	tcase_add_test(tests, each_part_of_the_identity_counts);
	tcase_add_test(tests, id_is_the_same_for_ever);
	tcase_add_test(tests, becoming_worse_is_an_update);
	tcase_add_test(tests, what_is_about_a_protocol_waits_for_no_recognition);
	tcase_add_test(tests, what_is_over_is_closed_once);
	tcase_add_test(tests, what_is_known_to_be_over_is_closed_at_once);
	tcase_add_test(tests, what_is_over_begins_anew_even_when_nobody_closed_it);
	tcase_add_test(tests, repetitions_told_in_short_count);
	tcase_add_test(tests, incidents_group_by_source_and_quiet);
	tcase_add_test(tests, loss_makes_no_alert);
	tcase_add_test(tests, cap_is_reached_and_counted);
	tcase_add_test(tests, noise_hides_nothing);
	tcase_add_test(tests, of_too_many_only_some_are_named);
	tcase_add_test(tests, too_many_targets_are_one_crowd);
	tcase_add_test(tests, flush_gives_what_was_not_written_by_id);
	tcase_add_test(tests, list_is_by_weight);
	tcase_add_test(tests, any_time_is_survived);
	tcase_add_test(tests, any_count_is_survived);
	tcase_add_test(tests, no_line_is_forged);
	tcase_add_test(tests, what_came_back_is_over_when_its_time_has_come);
	tcase_add_test(tests, a_clock_that_was_wrong_keeps_nothing_open);
	tcase_add_test(tests, techniques_are_the_83_of_the_matrix);
	tcase_add_test(tests, every_finding_has_a_reason);
	tcase_add_test(tests, severities_have_words);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
