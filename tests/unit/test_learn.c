/* SPDX-License-Identifier: Apache-2.0
 *
 * src/learn: what is learned is silent, and how each deviation from it is told.
 */
#include "learn_site.h"
#include "limits.h"
#include "suite.h"

/* ---- deviations ---- */

START_TEST(known_behaviour_is_silent)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	struct learn_counts counts = {0};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(doing(site.learn, pair, reading(1, 0, 10)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, reading(1, 3, 2)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 500)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 42, 218)), 0);
	}
	quiet_talk(site.learn, HMI, PLC, 80, NULL);
	learn_count(site.learn, &counts);
	ck_assert_uint_eq(counts.judged, 12);
	ck_assert_uint_eq(counts.deviating, 0);
	ck_assert_uint_eq(counts.known, 4);
	ck_assert_uint_eq(counts.dropped, 0);
	close_site(&site);
}
END_TEST

START_TEST(a_new_client_is_told_once_and_its_commands)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(ROGUE, PLC, 502);
	struct learn_pair *pair;
	unsigned n;

	pair = talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	/* one alert that becomes worse: the same but for what is said */
	expect(&findings[0], "baseline.new_client", 3, "plcnet",
	       "10.0.0.66 opened tcp/502 on 10.0.0.10",
	       "plcnet clients of this device: 10.0.0.5");
	expect(&findings[1], "baseline.new_client", 4, "plcnet",
	       "10.0.0.66 opened tcp/502 plcnet on 10.0.0.10",
	       "plcnet clients of this device: 10.0.0.5");
	ck_assert_str_eq(findings[1].technique[0], "T0848");
	ck_assert_uint_eq(doing(site.learn, pair, reading(1, 0, 10)), 0);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 900)), 1);
	expect(&findings[0], "baseline.new_write", 4, "write", "wrote 900 to word 40 of unit 1",
	       "no command at all of this pair");
	ck_assert_uint_eq(findings[0].unit, 1);
	ck_assert_str_eq(findings[0].technique[0], "T0855");
	ck_assert_str_eq(findings[0].technique[1], "T0836");
	/* again: the same finding, for the alert to count */
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 41, 1)), 1);
	ck_assert_str_eq(findings[0].object, "write");
	close_site(&site);
}
END_TEST

/* The rogue's pair belongs to another shard than that of its victim's clients. */
START_TEST(shards_judge_by_one_document)
{
	struct site site = judging();
	struct learn *other = learn_create(site.baseline, 1, two_shards, LEARN_JUDGE);
	struct bt_flow flow = flow_between(ROGUE, PLC, 502);
	struct learn_counts counts = {0};
	bool found;

	ck_assert_ptr_nonnull(other);
	learn_count(other, &counts);
	ck_assert_uint_eq(counts.pairs, 0); /* none of them is its own */
	learn_flow(other, &flow, "plcnet", 1, findings, &found);
	ck_assert(found);
	expect(&findings[0], "baseline.new_client", 4, "plcnet",
	       "10.0.0.66 opened tcp/502 plcnet on 10.0.0.10",
	       "plcnet clients of this device: 10.0.0.5");
	quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	learn_count(site.learn, &counts);
	ck_assert_uint_eq(counts.pairs, 2);
	ck_assert_uint_eq(counts.entries, 3);
	learn_destroy(other);
	close_site(&site);
}
END_TEST

START_TEST(judging_changes_no_document)
{
	struct site site = judging();
	struct learn *other = learn_create(site.baseline, 1, one_shard, LEARN_JUDGE);
	char *before = document_of(site.baseline), *after;
	struct learn_counts counts = {0};
	struct bt_flow flow = flow_between(HMI, PLC, 8080);
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	bool found;

	ck_assert_uint_gt(doing(site.learn, pair, reading(9, 0, 10)), 0);
	ck_assert_uint_gt(doing(site.learn, pair, writing(1, 40, 900)), 0);
	ck_assert_uint_gt(doing(site.learn, pair, reading(1, 600, 10)), 0);
	learn_flow(site.learn, &flow, NULL, 1000000, findings, &found);
	ck_assert(found);
	ck_assert_str_eq(findings[0].object, "tcp/8080");
	after = document_of(site.baseline);
	ck_assert_str_eq(before, after);
	/* what one has met and named is news to the other */
	learn_count(other, &counts);
	ck_assert_uint_eq(counts.pairs, 2);
	learn_flow(other, &flow, NULL, 1000000, findings, &found);
	ck_assert(found);
	ck_assert_str_eq(findings[0].object, "tcp/8080");
	free(before);
	free(after);
	learn_destroy(other);
	close_site(&site);
}
END_TEST

START_TEST(a_document_whose_pairs_were_taken_still_knows_who_asks)
{
	struct learn *learned = learning();
	struct baseline *site;
	struct learn *more, *late;
	struct bt_flow flow = flow_between(ROGUE, PLC, 502);
	struct learn_counts counts = {0};
	bool found;

	teach(learned);
	site = export(learned);
	more = learn_create(site, 1, one_shard, LEARN_LEARN);
	baseline_taken(site);
	quiet_talk(more, HMI, PLC, 502, "plcnet");
	late = learn_create(site, 1, one_shard, LEARN_JUDGE);
	learn_count(late, &counts);
	ck_assert_uint_eq(counts.pairs, 0); /* there once: in the shard that took it */
	learn_flow(late, &flow, "plcnet", 1, findings, &found);
	ck_assert(found);
	expect(&findings[0], "baseline.new_client", 4, "plcnet",
	       "10.0.0.66 opened tcp/502 plcnet on 10.0.0.10",
	       "plcnet clients of this device: 10.0.0.5");
	learn_destroy(late);
	learn_destroy(more);
	learn_destroy(learned);
	baseline_destroy(site);
}
END_TEST

START_TEST(a_new_pair_is_one_finding)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(ROGUE, PLC, 8080);
	unsigned n;

	talk(site.learn, &flow, NULL, &n);
	ck_assert_uint_eq(n, 1);
	expect(&findings[0], "baseline.new_pair", 2, "", "10.0.0.66 opened tcp/8080 on 10.0.0.10",
	       "no conversation from this client to this server");
	flow.server_port = 22; /* another try: the same alert */
	talk(site.learn, &flow, NULL, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(findings[0].object, "");
	flow = flow_between(PLC, ROGUE, 123); /* a controller that begins something new */
	talk(site.learn, &flow, NULL, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(findings[0].severity, 3);
	close_site(&site);
}
END_TEST

START_TEST(new_services_of_a_known_pair_are_named_up_to_a_few)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(HMI, PLC, 1000);
	char object[24];
	unsigned n;

	for (unsigned i = 0; i < 20; i++) {
		flow.server_port = (uint16_t)(1000 + i);
		snprintf(object, sizeof(object), "tcp/%u", 1000 + i);
		talk(site.learn, &flow, NULL, &n);
		ck_assert_uint_eq(n, 1);
		ck_assert_str_eq(findings[0].object, i < 8 ? object : "other services");
		ck_assert_str_eq(findings[0].expected,
				 "services of this pair: tcp/80, tcp/502 plcnet");
	}
	close_site(&site);
}
END_TEST

START_TEST(a_device_that_changes_sides_is_told)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(PLC, "10.0.0.11", 502);
	unsigned n;

	talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	expect(&findings[1], "baseline.role_flip", 4, "plcnet",
	       "10.0.0.10 opened tcp/502 plcnet on 10.0.0.11",
	       "10.0.0.10 has only been a server of plcnet");
	flow = flow_between(ROGUE, HMI, 502);
	talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(findings[1].expected, "10.0.0.5 has only been a client of plcnet");
	close_site(&site);
}
END_TEST

START_TEST(another_protocol_on_a_known_service_is_told)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(HMI, PLC, 502);
	struct learn_pair *pair;
	unsigned n;

	pair = talk(site.learn, &flow, "shell", &n);
	ck_assert_uint_eq(n, 1);
	expect(&findings[0], "baseline.protocol", 3, "tcp/502 shell", "shell spoken on tcp/502",
	       "services of this pair: tcp/80, tcp/502 plcnet");
	ck_assert_uint_eq(doing(site.learn, pair, reading(1, 0, 1)), 0);
	flow.server_port = 80; /* learned without a protocol */
	talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(findings[0].name, "baseline.protocol");
	close_site(&site);
}
END_TEST

START_TEST(a_new_unit_hides_what_is_below_but_commands)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");

	ck_assert_uint_eq(doing(site.learn, pair, reading(9, 700, 1)), 1);
	expect(&findings[0], "baseline.new_unit", 3, "", "read word 700 of unit 9",
	       "units of this pair: 1, 2");
	ck_assert_uint_eq(findings[0].unit, 9);
	ck_assert_uint_eq(doing(site.learn, pair, writing(9, 1, 1)), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_write");
	ck_assert_uint_eq(doing(site.learn, pair, writing(10, 1, 1)), 2);
	ck_assert_str_eq(findings[0].name, "baseline.new_write");
	ck_assert_str_eq(findings[0].expected, "no command of this pair to this unit");
	ck_assert_str_eq(findings[1].name, "baseline.new_unit");
	for (uint32_t unit = 11; unit < 250; unit++) { /* a sweep is a few alerts, not 240 */
		ck_assert_uint_eq(doing(site.learn, pair, reading(unit, 0, 1)), 1);
		ck_assert_uint_eq(findings[0].unit, unit < 17 ? unit : BT_NO_UNIT);
		ck_assert_str_eq(findings[0].object, unit < 17 ? "" : "other units");
	}
	close_site(&site);
}
END_TEST

START_TEST(a_new_function_is_as_grave_as_what_it_does)
{
	static const struct {
		enum bt_act act;
		unsigned severity;
		const char *technique;
	} cases[] = {
		{BT_ACT_IDENTIFY, 2, "T0888"}, {BT_ACT_READ, 2, "T0801"},
		{BT_ACT_WRITE, 4, "T0855"},    {BT_ACT_CONTROL, 5, "T0855"},
		{BT_ACT_PROGRAM, 5, "T0843"},
	};
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");

	for (unsigned i = 0; i < 5; i++) {
		struct deed deed = {.act = cases[i].act, .unit = 1, .function = 90 + i,
				    .name = "special"};

		ck_assert_uint_eq(operate(site.learn, pair, &deed), 1);
		expect(&findings[0], "baseline.new_function", cases[i].severity, "special",
		       "used special of unit 1",
		       "this pair uses read_words, write_word of unit 1");
		ck_assert_str_eq(findings[0].technique[0], cases[i].technique);
	}
	close_site(&site);
}
END_TEST

START_TEST(an_answer_alone_is_new_only_when_its_function_is)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	struct deed asked = {.act = BT_ACT_PROGRAM, .unit = 1, .function = 90, .sub = 40,
			     .name = "upload"};
	struct deed alone = {.act = BT_ACT_PROGRAM, .unit = 1, .function = 90, .name = "private",
			     .unasked = true};

	doing(learn, pair, asked);
	learn_set_mode(learn, LEARN_JUDGE);
	ck_assert_uint_eq(doing(learn, pair, alone), 0);
	alone.function = 91;
	ck_assert_uint_eq(doing(learn, pair, alone), 1);
	alone.function = 90;
	alone.unasked = false;
	ck_assert_uint_eq(doing(learn, pair, alone), 1);
	learn_destroy(learn);
}
END_TEST

START_TEST(the_first_command_of_a_reader_is_told)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");

	doing(learn, pair, reading(1, 0, 10));
	learn_set_mode(learn, LEARN_JUDGE);
	ck_assert_uint_eq(doing(learn, pair, writing(1, 3, 1)), 1);
	expect(&findings[0], "baseline.new_write", 4, "write", "wrote 1 to word 3 of unit 1",
	       "no command at all of this pair");
	learn_destroy(learn);
}
END_TEST

START_TEST(numbers_outside_the_ranges_are_told)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");

	ck_assert_uint_eq(doing(site.learn, pair, reading(1, 8, 4)), 1);
	expect(&findings[0], "baseline.new_range", 2, "word 10", "read word 8-11 of unit 1",
	       "word 0-9 read by this pair (and 1 other ranges); nearest 9");
	ck_assert_str_eq(findings[0].technique[0], "T0861");
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 52, 900)), 1);
	expect(&findings[0], "baseline.new_range", 4, "word 52", "wrote 900 to word 52 of unit 1",
	       "word 40-49 written by this pair; nearest 49");
	ck_assert_str_eq(findings[0].technique[0], "T0836");
	ck_assert_str_eq(findings[0].technique[1], "");
	for (unsigned i = 0; i < 100; i++)
		doing(site.learn, pair, writing(1, 1000 + i, 1));
	ck_assert_str_eq(findings[0].object, "word"); /* a sweep is not a hundred alerts */
	close_site(&site);
}
END_TEST

START_TEST(values_outside_their_profile_are_told)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	struct deed many = writing(1, 40, 501);

	for (unsigned i = 0; i < 2; i++) { /* the second by the short way */
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 900)), 1);
		expect(&findings[0], "baseline.value", 4, "word 40",
		       "wrote 900 to word 40 of unit 1", "always 500 in 12 writes");
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 500)), 0);
	}
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 41, 3)), 1);
	ck_assert_str_eq(findings[0].expected, "one of 0, 1, 2 in 12 writes");
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 42, 222)), 1);
	ck_assert_str_eq(findings[0].expected, "100 to 210 in 12 writes; nearest 210");
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 42, 221)), 0);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 43, 8)), 1);
	ck_assert_uint_eq(findings[0].severity, 2); /* one write is weak evidence */
	many.count = many.values = 4;
	many.value[1] = 7;
	many.value[2] = 110;
	many.value[3] = 8;
	ck_assert_uint_eq(operate(site.learn, pair, &many), 1);
	ck_assert_str_eq(findings[0].seen,
			 "wrote 501 to word 40 of unit 1 (and 2 more like it)");
	close_site(&site);
}
END_TEST

START_TEST(errors_are_learned)
{
	struct site site;
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	struct deed refused = reading(1, 0, 10);

	refused.error = 2;
	operate(learn, pair, &refused);
	learn_set_mode(learn, LEARN_JUDGE);
	ck_assert_uint_eq(operate(learn, pair, &refused), 0);
	refused.error = 4;
	ck_assert_uint_eq(operate(learn, pair, &refused), 1);
	expect(&findings[0], "baseline.new_error", 2, "read_words illegal_address",
	       "read word 0-9 of unit 1 (refused: illegal_address)", "errors of read_words: 2");
	ck_assert(findings[0].needs_whole);
	refused.first = 900; /* a new request that is refused is one event */
	ck_assert_uint_eq(operate(learn, pair, &refused), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_range");
	learn_destroy(learn);

	site = judging();
	pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	refused = reading(1, 0, 10);
	refused.error = 2;
	ck_assert_uint_eq(operate(site.learn, pair, &refused), 1);
	ck_assert_str_eq(findings[0].expected, "read_words was never refused");
	close_site(&site);
}
END_TEST

/* ---- which service a flow belongs to ---- */

START_TEST(guessed_sides_prefer_the_known_way)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(PLC, HMI, 50123);
	bool found;

	flow.client_port = 502;
	flow.server_proven = false;
	ck_assert_ptr_nonnull(learn_flow(site.learn, &flow, NULL, 1, findings, &found));
	ck_assert(!found);
	flow.server_proven = true;
	learn_flow(site.learn, &flow, NULL, 1, findings, &found);
	ck_assert(found);
	close_site(&site);
}
END_TEST

START_TEST(dynamic_ports_are_one_service)
{
	struct learn *learn = learning();
	struct bt_flow flow = flow_between(HMI, PLC, 49700);
	struct baseline *site;
	bool found;
	char *text;

	learn_flow(learn, &flow, NULL, 1, findings, &found);
	flow.server_port = 51000;
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	flow.server_port = 44818; /* registered: its own service */
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	site = export(learn);
	text = document_of(site);
	ck_assert_ptr_nonnull(strstr(text, "service: tcp/high\n        seen: {count: 2"));
	ck_assert_ptr_nonnull(strstr(text, "service: tcp/44818\n"));
	learn_set_mode(learn, LEARN_JUDGE);
	flow.server_port = 60001;
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	ck_assert(!found);
	flow.server_port = 47808;
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	ck_assert(found);
	free(text);
	baseline_destroy(site);
	learn_destroy(learn);
}
END_TEST

/* An outstation opens the connection to its master, from another port each time. Its first packets
 * show the sides as they opened; the content then turns them. */
static unsigned dial(struct learn *learn, const char *outstation, uint16_t port, const char *master)
{
	struct bt_flow opened = flow_between(outstation, master, 20000);
	struct bt_flow turned = flow_between(master, outstation, port);
	bool first, second;

	opened.client_port = port;
	turned.client_port = 20000;
	learn_flow(learn, &opened, NULL, 1, findings, &first);
	learn_protocol(learn, &turned, "plcnet", 1, findings + first, &second);
	return first + second;
}

START_TEST(a_server_that_dials_in_is_one_service)
{
	struct learn *learn = learning();
	struct baseline *learned;
	struct site site;
	char *text;

	dial(learn, PLC, 50001, HMI);
	dial(learn, PLC, 33100, HMI);
	learned = export(learn);
	text = document_of(learned);
	ck_assert_ptr_nonnull(strstr(text, "pairs:\n  - client: 10.0.0.5\n    server: 10.0.0.10\n"
					   "    services:\n      - service: tcp/dialled/20000\n"));
	ck_assert_ptr_null(strstr(text, "client: 10.0.0.10"));
	site = judging_text(text);
	ck_assert_uint_eq(dial(site.learn, PLC, 44444, HMI), 0);
	/* to listen oneself, or to dial somebody else, is another matter */
	ck_assert_uint_eq(dial(site.learn, HMI, 44444, PLC), 2);
	ck_assert_uint_gt(dial(site.learn, PLC, 44444, ROGUE), 0);
	free(text);
	close_site(&site);
	baseline_destroy(learned);
	learn_destroy(learn);
}
END_TEST

START_TEST(a_recognised_flow_leaves_no_trace_of_its_beginning)
{
	struct learn *learn = learning();
	struct bt_flow flow = flow_between(HMI, PLC, 49700);
	struct baseline *site;
	unsigned n;
	char *text;

	talk(learn, &flow, "plcnet", &n); /* began as a dynamic port, is a service of its own */
	site = export(learn);
	text = document_of(site);
	ck_assert_ptr_null(strstr(text, "tcp/high"));
	ck_assert_ptr_nonnull(strstr(text, "service: tcp/49700\n        protocol: plcnet\n"));
	free(text);
	baseline_destroy(site);
	learn_destroy(learn);
}
END_TEST

START_TEST(icmp_between_two_that_talk_is_nothing)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(PLC, HMI, 0);
	bool found;

	flow.transport = BT_OVER_ICMP;
	learn_flow(site.learn, &flow, NULL, 1, findings, &found);
	ck_assert(!found);
	flow.client = address(ROGUE);
	learn_flow(site.learn, &flow, NULL, 1, findings, &found);
	ck_assert(found);
	close_site(&site);
}
END_TEST

/* ---- the table ---- */

START_TEST(a_scan_while_judging_is_reported_beyond_the_cap)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(ROGUE, PLC, 502);
	bool found;

	for (unsigned i = 0; i < LEARN_PAIRS_MAX + 100; i++) {
		flow.server_port = (uint16_t)(1000 + i);
		learn_flow(site.learn, &flow, NULL, 1, findings, &found);
		ck_assert(found);
		ck_assert_str_eq(findings[0].object, "");
	}
	quiet_talk(site.learn, HMI, PLC, 502, "plcnet"); /* what is known stays known */
	/* whoever filled the table hides no command behind it */
	flow.client = address("10.0.0.99");
	flow.server_port = 502;
	ck_assert_uint_eq(
		doing(site.learn, talk(site.learn, &flow, "plcnet", &(unsigned){0}), writing(1, 40, 900)),
		1);
	ck_assert_str_eq(findings[0].name, "baseline.new_write");
	close_site(&site);
}
END_TEST

START_TEST(the_cache_forgets_and_nothing_changes)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	struct learn_counts counts = {0};

	doing(learn, pair, reading(1, 0, 60000));
	learn_set_mode(learn, LEARN_JUDGE);
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < LEARN_KNOWN_MAX + 5000; i++)
			ck_assert_uint_eq(doing(learn, pair, reading(1, i, 1)), 0);
	learn_count(learn, &counts);
	ck_assert_uint_le(counts.known, LEARN_KNOWN_MAX);
	ck_assert_uint_gt(counts.known, LEARN_KNOWN_MAX / 2);
	learn_destroy(learn);
}
END_TEST

/* What it has seen known is known without another look, and nothing else is. */
START_TEST(a_memo_answers_for_nothing_but_what_was_known)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	struct learn_memo memo = {0};
	struct deed poll = reading(1, 0, 10), write = writing(1, 40, 500), other;
	struct learn_counts counts = {0};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &poll), 0);
		ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &write), 0);
	}
	ck_assert_mem_ne(&memo, &(struct learn_memo){0}, sizeof(memo));
	/* whatever differs is looked at */
	other = reading(1, 0, 200);
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	other = reading(1, 900, 10);
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	other = reading(9, 0, 10);
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	other = poll;
	other.function = 99;
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	other = poll;
	other.error = 2;
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	other = poll;
	other.act = BT_ACT_WRITE;
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	/* a known write of an unknown value */
	other = writing(1, 40, 65000);
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	ck_assert_str_eq(findings[0].name, "baseline.value");
	/* what was found is found again, and what is known is counted like all else */
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &other), 1);
	ck_assert_uint_eq(operate_by(site.learn, pair, &memo, &poll), 0);
	learn_count(site.learn, &counts);
	ck_assert_uint_eq(counts.judged, 15);
	ck_assert_uint_eq(counts.deviating, 8);
	close_site(&site);
}
END_TEST

START_TEST(watching_finds_and_learns_nothing)
{
	struct learn *learn = learn_create(NULL, 1, one_shard, LEARN_WATCH);
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	struct learn_counts counts = {0};

	ck_assert_uint_eq(doing(learn, pair, writing(1, 1, 1)), 0);
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.entries, 0);
	ck_assert_uint_eq(counts.judged, 0);
	learn_destroy(learn);
	learn_destroy(NULL);
	baseline_destroy(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		known_behaviour_is_silent,
		a_new_client_is_told_once_and_its_commands,
		shards_judge_by_one_document,
		judging_changes_no_document,
		a_document_whose_pairs_were_taken_still_knows_who_asks,
		a_new_pair_is_one_finding,
		new_services_of_a_known_pair_are_named_up_to_a_few,
		a_device_that_changes_sides_is_told,
		another_protocol_on_a_known_service_is_told,
		a_new_unit_hides_what_is_below_but_commands,
		a_new_function_is_as_grave_as_what_it_does,
		an_answer_alone_is_new_only_when_its_function_is,
		the_first_command_of_a_reader_is_told,
		numbers_outside_the_ranges_are_told,
		values_outside_their_profile_are_told,
		errors_are_learned,
		guessed_sides_prefer_the_known_way,
		dynamic_ports_are_one_service,
		a_server_that_dials_in_is_one_service,
		a_recognised_flow_leaves_no_trace_of_its_beginning,
		icmp_between_two_that_talk_is_nothing,
		a_scan_while_judging_is_reported_beyond_the_cap,
		the_cache_forgets_and_nothing_changes,
		a_memo_answers_for_nothing_but_what_was_known,
		watching_finds_and_learns_nothing,
	};
	Suite *suite = suite_create("learn");
	TCase *tcase = tcase_create("learn");

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
