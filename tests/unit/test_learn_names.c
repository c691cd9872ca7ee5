/* SPDX-License-Identifier: Apache-2.0
 *
 * src/learn: things that go by name (topics, node ids), what is written to them, and what a server
 * tells unasked.
 */
#include <math.h>

#include "learn_site.h"
#include "limits.h"
#include "suite.h"

enum {
	TELL = 30,  /* functions of a made-up protocol */
	SEND = 31,
	SET = 32,
	ORDER = 33,
};

/* One operation on up to 64 things of one space. */
struct act_on {
	enum bt_act act;
	uint32_t function;
	bool by_server;
	const char *space;
	const struct bt_cursor *names;
	unsigned count;
	const double *values; /* all of them to each thing */
	uint32_t value_count;
};

static unsigned perform_by(struct learn *learn, struct learn_pair *pair, struct learn_memo *memo,
			   const struct act_on *deed)
{
	struct bt_access accesses[80] = {0};
	struct bt_operation op = {.act = deed->act, .unit = BT_NO_UNIT, .function = deed->function,
				  .name = deed->function == TELL ? "tell" :
					  deed->function == SEND ? "send" :
					  deed->function == SET ? "set" : "order",
				  .by_server = deed->by_server, .accesses = accesses,
				  .access_count = deed->count,
				  .request_ns = INT64_C(1700000000000000000)};

	for (unsigned i = 0; i < deed->count; i++) {
		accesses[i] = (struct bt_access){.act = deed->act, .space = deed->space,
						 .count = 1, .name = deed->names[i]};
		if (deed->value_count)
			accesses[i].values = bt_numbers(deed->values, deed->value_count);
	}
	memset(findings, 0, sizeof(findings));
	return learn_operation(learn, pair, memo, &op, findings, 8);
}

static unsigned perform(struct learn *learn, struct learn_pair *pair, const struct act_on *deed)
{
	return perform_by(learn, pair, NULL, deed);
}

static struct bt_cursor named(const char *name)
{
	return cur_of(name, strlen(name));
}

static unsigned sending(struct learn *learn, struct learn_pair *pair, const char *topic)
{
	struct bt_cursor name = named(topic);

	return perform(learn, pair, &(struct act_on){BT_ACT_PUBLISH, SEND, false, "topic", &name, 1,
						     NULL, 0});
}

static unsigned telling(struct learn *learn, struct learn_pair *pair, const char *topic)
{
	struct bt_cursor name = named(topic);

	return perform(learn, pair, &(struct act_on){BT_ACT_REPORT, TELL, true, "topic", &name, 1,
						     NULL, 0});
}

static unsigned setting(struct learn *learn, struct learn_pair *pair, const char *node, double value)
{
	struct bt_cursor name = named(node);

	return perform(learn, pair, &(struct act_on){BT_ACT_WRITE, SET, false, "node", &name, 1,
						     &value, 1});
}

static struct learn_pair *open_talk(struct learn *learn)
{
	return quiet_talk(learn, HMI, PLC, 1883, "telltale");
}

static void teach_names(struct learn *learn)
{
	static const char *const topics[] = {"plant/line1/level", "plant/line1/pump", "plant/line2/level"};
	struct learn_pair *pair = open_talk(learn);

	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 3; i++) {
			sending(learn, pair, topics[i]);
			telling(learn, pair, topics[i]);
		}
		for (unsigned i = 0; i < 3; i++)
			setting(learn, pair, "ns=2;s=Set", 21.5);
		setting(learn, pair, "ns=2;s=Mode", round % 2);
	}
}

/* Written, read back, and now judging. */
static struct site reopened(struct learn *learn)
{
	struct baseline *learned = export(learn);
	char *text = document_of(learned), *again;
	struct site site = judging_text(text);

	again = document_of(site.baseline);
	ck_assert_str_eq(text, again);
	free(text);
	free(again);
	baseline_destroy(learned);
	learn_destroy(learn);
	return site;
}

static struct site judging_names(void)
{
	struct learn *learn = learning();

	teach_names(learn);
	return reopened(learn);
}

static bool document_has(const struct baseline *site, const char *text)
{
	char *document = document_of(site);
	bool has = strstr(document, text) != NULL;

	free(document);
	return has;
}

/* ---- what is told ---- */

START_TEST(known_names_are_silent)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct learn_counts counts = {0};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(sending(site.learn, pair, "plant/line1/level"), 0);
		ck_assert_uint_eq(telling(site.learn, pair, "plant/line2/level"), 0);
		ck_assert_uint_eq(setting(site.learn, pair, "ns=2;s=Set", 21.5), 0);
	}
	learn_count(site.learn, &counts);
	ck_assert_uint_eq(counts.deviating, 0);
	ck_assert_uint_eq(counts.known, 6); /* each function, and each name in it */
	ck_assert(document_has(site.baseline,
			       "                  - act: publish\n"
			       "                    space: topic\n"
			       "                    names:\n"
			       "                      - plant/line1/level\n"
			       "                      - plant/line1/pump\n"
			       "                      - plant/line2/level\n"));
	close_site(&site);
}
END_TEST

START_TEST(a_new_name_is_told_with_the_one_most_like_it)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(sending(site.learn, pair, "plant/line1/set"), 1);
		expect(&findings[0], "baseline.new_name", 3, "topic plant/line1/set",
		       "published to topic plant/line1/set",
		       "topic plant/line1/set was never published to by this pair; nearest known: "
		       "plant/line1/pump");
		ck_assert_str_eq(findings[0].technique[0], "T0855");
	}
	ck_assert_uint_eq(sending(site.learn, pair, "$SYS/x"), 1);
	ck_assert_str_eq(findings[0].expected,
			 "topic $SYS/x was never published to by this pair; known: "
			 "plant/line1/level, plant/line1/pump, plant/line2/level");
	ck_assert_uint_eq(setting(site.learn, pair, "ns=2;s=Safety", 1), 1);
	expect(&findings[0], "baseline.new_name", 4, "node ns=2;s=Safety",
	       "wrote 1 to node ns=2;s=Safety",
	       "node ns=2;s=Safety was never written by this pair; nearest known: ns=2;s=Set");
	ck_assert_str_eq(findings[0].technique[0], "T0836");
	close_site(&site);
}
END_TEST

START_TEST(a_flood_of_names_is_a_few_alerts)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct learn_counts before = {0}, after = {0};
	char topic[32];

	learn_count(site.learn, &before);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(topic, sizeof(topic), "plant/%u", i);
		ck_assert_uint_eq(sending(site.learn, pair, topic), 1);
		ck_assert_int_eq(strcmp(findings[0].object, "topic") == 0, i >= 8);
	}
	learn_count(site.learn, &after);
	ck_assert_uint_le(after.known, before.known + 1);
	ck_assert_uint_eq(after.dropped, 0);
	close_site(&site);
}
END_TEST

START_TEST(many_new_names_at_once_are_one_finding)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct act_on deed = {BT_ACT_PUBLISH, SEND, false, "topic", NULL, 64, NULL, 0};
	struct bt_cursor names[80];
	char text[80][16];

	for (unsigned i = 0; i < 80; i++) {
		snprintf(text[i], sizeof(text[i]), "n%u", i);
		names[i] = named(text[i]);
	}
	names[0] = named("plant/line1/pump"); /* one that is known among them */
	deed.names = names;
	ck_assert_uint_eq(perform(site.learn, pair, &deed), 1);
	ck_assert_str_eq(findings[0].object, "topic n1");
	ck_assert_str_eq(findings[0].seen, "published to topic n1 (and 62 more like it)");
	deed.count = 80; /* more than there may be: the rest is not looked at */
	ck_assert_uint_eq(perform(site.learn, pair, &deed), 1);
	ck_assert_str_eq(findings[0].seen, "published to topic n1 (and 62 more like it)");
	close_site(&site);
}
END_TEST

START_TEST(any_few_of_the_known_names_are_known)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct act_on deed = {BT_ACT_SUBSCRIBE, SEND, false, "topic", NULL, 16, NULL, 0};
	struct learn_counts counts = {0};
	struct bt_cursor names[16];
	char text[16][8];

	for (unsigned i = 0; i < 16; i++) {
		snprintf(text[i], sizeof(text[i]), "n%u", i);
		names[i] = named(text[i]);
	}
	deed.names = names;
	for (unsigned i = 0; i < 2; i++)
		perform(learn, pair, &deed);
	learn_set_mode(learn, LEARN_JUDGE);
	for (unsigned i = 0; i < 1000; i++) {
		struct bt_cursor first = names[0];

		deed.count = 1 + i % 16;
		memmove(names, names + 1, 15 * sizeof(names[0]));
		names[15] = first;
		ck_assert_uint_eq(perform(learn, pair, &deed), 0);
	}
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.known, 1 + 16);
	learn_destroy(learn);
}
END_TEST

/* ---- written values ---- */

START_TEST(a_memo_knows_names_only_together)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct learn_memo memo = {0};
	struct bt_cursor names[] = {named("plant/line1/pump"), named("plant/line1/level")};
	struct act_on deed = {BT_ACT_PUBLISH, SEND, false, "topic", names, 2, NULL, 0};

	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(perform_by(site.learn, pair, &memo, &deed), 0);
	ck_assert_mem_ne(&memo, &(struct learn_memo){0}, sizeof(memo));
	names[1] = named("plant/line1/leveL");
	ck_assert_uint_eq(perform_by(site.learn, pair, &memo, &deed), 1);
	names[1] = names[0];
	names[0] = named("plant/line1/leveL");
	ck_assert_uint_eq(perform_by(site.learn, pair, &memo, &deed), 1);
	names[0] = named("plant/line1/level");
	ck_assert_uint_eq(perform_by(site.learn, pair, &memo, &deed), 0);
	close_site(&site);
}
END_TEST

START_TEST(values_are_judged_by_name)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct bt_cursor name = named("ns=2;s=Set");
	const double values[] = {21.5, 7, 8};

	ck_assert(document_has(site.baseline,
			       "{space: node, name: \"ns=2;s=Set\", value: 21.5, writes: 12}"));
	ck_assert(document_has(site.baseline,
			       "{space: node, name: \"ns=2;s=Mode\", set: [0, 1], writes: 4}"));
	ck_assert_uint_eq(setting(site.learn, pair, "ns=2;s=Set", 90.25), 1);
	expect(&findings[0], "baseline.value", 4, "node ns=2;s=Set", "wrote 90.25 to node ns=2;s=Set",
	       "always 21.5 in 12 writes");
	ck_assert_uint_eq(setting(site.learn, pair, "ns=2;s=Set", (double)21.3f), 1);
	ck_assert_str_eq(findings[0].seen, "wrote 21.3 to node ns=2;s=Set");
	/* the second and third value in it have no profile: any */
	ck_assert_uint_eq(perform(site.learn, pair,
				  &(struct act_on){BT_ACT_WRITE, SET, false, "node", &name, 1,
						   values, 3}),
			  0);
	ck_assert_uint_eq(setting(site.learn, pair, "ns=2;s=Set", (double)NAN), 0);
	close_site(&site);
}
END_TEST

START_TEST(values_within_a_named_thing_have_numbers)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct bt_cursor name = named("ns=2;s=Recipe");
	double values[] = {1, 2.5, 3};
	struct act_on deed = {BT_ACT_WRITE, SET, false, "node", &name, 1, values, 3};
	struct site site;

	for (unsigned i = 0; i < 5; i++)
		perform(learn, pair, &deed);
	site = reopened(learn);
	ck_assert(document_has(site.baseline,
			       "name: \"ns=2;s=Recipe\", number: 1, value: 2.5, writes: 5}"));
	pair = open_talk(site.learn);
	values[1] = 2.75;
	values[2] = 4;
	ck_assert_uint_eq(perform(site.learn, pair, &deed), 1);
	expect(&findings[0], "baseline.value", 4, "node ns=2;s=Recipe [1]",
	       "wrote 2.75 to node ns=2;s=Recipe [1] (and 1 more like it)",
	       "always 2.5 in 5 writes");
	close_site(&site);
}
END_TEST

START_TEST(an_operation_has_no_more_numbers_than_can_be_looked_at)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	static double values[LEARN_NUMBERS_PER_OPERATION_MAX];
	struct bt_cursor names[2] = {named("a"), named("b")};
	struct act_on deed = {BT_ACT_WRITE, SET, false, "node", names, 2, values,
			      LEARN_NUMBERS_PER_OPERATION_MAX};
	struct learn_counts counts = {0};

	perform(learn, pair, &deed);
	perform(learn, pair, &deed);
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.values, LEARN_NUMBERS_PER_OPERATION_MAX);
	learn_destroy(learn);
}
END_TEST

/* ---- what is kept of names ---- */

START_TEST(every_byte_of_a_name_survives)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	uint8_t bytes[2][240], odd[] = {'\\', 'x', '0', '0', '\\', '\\', 0, 0xc3, 0xbc, ' ', '"'};
	struct bt_cursor names[] = {cur_of(bytes[0], 240), cur_of(bytes[1], 240),
				    cur_of(odd, sizeof(odd)), cur_of(odd, 1), cur_of(odd + 6, 1),
				    named("any"), named("- x: {y"), named(" "), named("12")};
	struct act_on deed = {BT_ACT_WRITE, SET, false, "node", names, 9, &(double){1.5}, 1};
	struct site site;

	for (unsigned i = 0; i < 240; i++) {
		bytes[0][i] = (uint8_t)i;
		bytes[1][i] = (uint8_t)(255 - i);
	}
	for (unsigned i = 0; i < 5; i++)
		perform(learn, pair, &deed);
	site = reopened(learn);
	pair = open_talk(site.learn);
	ck_assert_uint_eq(perform(site.learn, pair, &deed), 0);
	for (unsigned i = 0; i < 9; i++) {
		struct act_on one = deed;

		one.names = &names[i];
		one.count = 1;
		one.values = &(double){2.5};
		ck_assert_uint_eq(perform(site.learn, pair, &one), 1);
		ck_assert_str_eq(findings[0].name, "baseline.value");
	}
	ck_assert_uint_eq(setting(site.learn, pair, "\\x00", 1.5), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_name");
	close_site(&site);
}
END_TEST

START_TEST(long_names_are_told_apart)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	char name[1000], other[1000];
	struct site site;

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memcpy(other, name, sizeof(name));
	other[990] = 'b';
	for (unsigned i = 0; i < 3; i++)
		setting(learn, pair, name, 1);
	site = reopened(learn);
	pair = open_talk(site.learn);
	ck_assert_uint_eq(setting(site.learn, pair, name, 1), 0);
	ck_assert_uint_eq(setting(site.learn, pair, name, 2), 1);
	ck_assert_uint_eq(setting(site.learn, pair, other, 1), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_name");
	ck_assert_str_eq(findings[0].object, "node aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaa"
					     "aaaaaaaaaaaaabaaaaaaaa");
	close_site(&site);
}
END_TEST

START_TEST(names_made_up_for_each_use_are_any)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct site site;
	char topic[48];

	for (unsigned i = 0; i < 60; i++) {
		sending(learn, pair, i % 2 ? "rpc/a" : "rpc/b");
		snprintf(topic, sizeof(topic), "rpc/answer/%08x", i * 2654435761u);
		sending(learn, pair, topic);
		setting(learn, pair, topic, 1); /* commands go to things that exist */
	}
	site = reopened(learn);
	ck_assert(document_has(site.baseline, "act: publish\n                    space: topic\n"
					      "                    names: any\n"));
	pair = open_talk(site.learn);
	ck_assert_uint_eq(sending(site.learn, pair, "rpc/answer/none"), 0);
	ck_assert_uint_eq(setting(site.learn, pair, "rpc/answer/none", 1), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_name");
	close_site(&site);
}
END_TEST

START_TEST(names_that_come_back_or_came_together_are_no_such_names)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct bt_cursor names[64];
	char text[64][16], topic[16];
	struct site site;

	for (unsigned i = 0; i < 100; i++) {
		snprintf(topic, sizeof(topic), "t/%u", i % 50);
		sending(learn, pair, topic);
	}
	for (unsigned i = 0; i < 64; i++) {
		snprintf(text[i], sizeof(text[i]), "n/%u", i);
		names[i] = named(text[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		perform(learn, pair, &(struct act_on){BT_ACT_SUBSCRIBE, ORDER + i, false, "topic",
						      names, 64, NULL, 0});
	site = reopened(learn);
	ck_assert(!document_has(site.baseline, "names: any"));
	pair = open_talk(site.learn);
	ck_assert_uint_eq(sending(site.learn, pair, "t/50"), 1);
	close_site(&site);
}
END_TEST

START_TEST(too_many_names_are_any)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct learn_counts counts = {0};
	struct site site;
	char node[300];

	for (unsigned i = 0; i <= LEARN_NAMES_PER_OBJECT_MAX; i++) {
		snprintf(node, sizeof(node), "n%u", i);
		setting(learn, pair, node, 1);
	}
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.dropped, 1);
	site = reopened(learn);
	ck_assert(document_has(site.baseline, "act: write\n                    space: node\n"
					      "                    names: any\n"));
	pair = open_talk(site.learn);
	ck_assert_uint_eq(setting(site.learn, pair, "x", 1), 0);
	close_site(&site);
}
END_TEST

START_TEST(bytes_of_names_are_bounded)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct learn_counts counts = {0};
	struct bt_cursor unknown = named("q");
	struct act_on last = {BT_ACT_READ, 0, false, "node", &unknown, 1, NULL, 0};
	struct site site;
	char topic[240];

	for (uint32_t i = 0; i < 40000 && !counts.dropped; i++) {
		struct bt_cursor name = cur_of(topic, sizeof(topic));

		memset(topic, 'x', sizeof(topic));
		memcpy(topic, &i, sizeof(i));
		perform(learn, pair, &(struct act_on){BT_ACT_READ, 100 + i / 1000, false, "node", &name,
						      1, NULL, 0});
		counts = (struct learn_counts){0};
		learn_count(learn, &counts);
	}
	ck_assert_uint_gt(counts.dropped, 0);
	ck_assert_uint_lt(counts.entries, 10); /* at some 260 bytes each */
	site = reopened(learn);
	pair = open_talk(site.learn);
	last.function = 100 + (uint32_t)counts.entries - 1;
	ck_assert_uint_eq(perform(site.learn, pair, &last), 0);
	close_site(&site);
}
END_TEST

/* ---- the server's own words ---- */

START_TEST(what_a_server_reports_is_no_alert)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);

	ck_assert(document_has(site.baseline, "act: report\n                by: server\n"));
	ck_assert_uint_eq(telling(site.learn, pair, "plant/line9/trip"), 1);
	expect(&findings[0], "baseline.new_name", 0, "topic plant/line9/trip",
	       "the server reported topic plant/line9/trip",
	       "topic plant/line9/trip was never reported by this server; nearest known: "
	       "plant/line2/level");
	close_site(&site);
}
END_TEST

START_TEST(a_servers_commands_are_not_its_clients)
{
	struct learn *learn = learning();
	struct learn_pair *pair = open_talk(learn);
	struct bt_cursor name = named("valve");
	struct act_on order = {BT_ACT_CONTROL, ORDER, true, "thing", &name, 1, NULL, 0};
	struct site site;

	telling(learn, pair, "plant/line1/level");
	learn_set_mode(learn, LEARN_JUDGE);
	ck_assert_uint_eq(perform(learn, pair, &order), 1);
	expect(&findings[0], "baseline.new_write", 5, "control", "the server controlled thing valve",
	       "no command at all of this server");
	ck_assert_str_eq(findings[0].title, "Commands from a server that never gave any");
	learn_set_mode(learn, LEARN_LEARN);
	perform(learn, pair, &order);
	site = reopened(learn);
	pair = open_talk(site.learn);
	ck_assert_uint_eq(perform(site.learn, pair, &order), 0);
	/* and the client has given none for it */
	ck_assert_uint_eq(setting(site.learn, pair, "valve", 1), 1);
	expect(&findings[0], "baseline.new_write", 4, "write", "wrote 1 to node valve",
	       "no command at all of this pair");
	order.function = ORDER + 1;
	ck_assert_uint_eq(perform(site.learn, pair, &order), 1);
	ck_assert_str_eq(findings[0].name, "baseline.new_function");
	ck_assert_str_eq(findings[0].seen, "the server used order: controlled thing valve");
	close_site(&site);
}
END_TEST

START_TEST(what_follows_from_a_new_client_is_not_told)
{
	struct site site = judging_names();
	struct bt_flow flow = flow_between(ROGUE, PLC, 1883);
	struct bt_cursor name = named("valve");
	struct act_on order = {BT_ACT_CONTROL, ORDER, true, "thing", &name, 1, NULL, 0};
	unsigned n;
	struct learn_pair *pair = talk(site.learn, &flow, "telltale", &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(telling(site.learn, pair, "plant/line1/level"), 0);
	ck_assert_uint_eq(perform(site.learn, pair, &order), 0);
	order.by_server = false;
	ck_assert_uint_eq(perform(site.learn, pair, &order), 1);
	close_site(&site);
}
END_TEST

/* A function that was never used, but of no consequence: an anomaly event. */
START_TEST(goodbye_is_no_alert)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	struct bt_operation op = {.act = BT_ACT_SESSION, .unit = BT_NO_UNIT, .function = 14,
				  .name = "goodbye", .request_packet = 7};

	ck_assert_uint_eq(learn_operation(site.learn, pair, NULL, &op, findings, 8), 1);
	expect(&findings[0], "baseline.new_function", 0, "goodbye", "used goodbye",
	       "this pair uses send, set");
	op.act = BT_ACT_OTHER;
	ck_assert_uint_eq(learn_operation(site.learn, pair, NULL, &op, findings, 8), 1);
	ck_assert_uint_eq(findings[0].severity, 2);
	op = (struct bt_operation){.act = BT_ACT_REPORT, .unit = BT_NO_UNIT, .function = 15,
				   .name = "trip", .by_server = true};
	ck_assert_uint_eq(learn_operation(site.learn, pair, NULL, &op, findings, 8), 1);
	expect(&findings[0], "baseline.new_function", 0, "trip", "the server used trip",
	       "this server sends tell");
	ck_assert_str_eq(findings[0].title, "A server does by itself what it never did");
	close_site(&site);
}
END_TEST

START_TEST(what_is_sent_is_told)
{
	struct site site = judging_names();
	struct learn_pair *pair = open_talk(site.learn);
	const double values[] = {95, 0.5, 1, 2, 3};
	struct bt_cursor name = named("plant/line1/set");
	struct act_on deed = {BT_ACT_PUBLISH, SEND, false, "topic", &name, 1, values, 1};

	ck_assert_uint_eq(perform(site.learn, pair, &deed), 1);
	ck_assert_str_eq(findings[0].seen, "published 95 to topic plant/line1/set");
	deed.act = BT_ACT_CONTROL;
	deed.function = SET;
	deed.value_count = 5;
	ck_assert_uint_eq(perform(site.learn, pair, &deed), 1);
	expect(&findings[0], "baseline.new_name", 5, "topic",
	       "controlled topic plant/line1/set = 95, 0.5, 1, 2, ...", "set accesses node (write)");
	close_site(&site);
}
END_TEST

/* ---- merging ---- */

static char *learned_in_order(unsigned seed)
{
	struct learn *learn = learning();
	struct baseline *site = baseline_create();
	struct learn_pair *pair = open_talk(learn);
	unsigned order[600];
	char *text, name[24];

	for (unsigned i = 0; i < 600; i++)
		order[i] = i;
	srand(seed);
	for (unsigned i = 599; i > 0; i--) {
		unsigned other = (unsigned)rand() % (i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	for (unsigned i = 0; i < 600; i++) {
		unsigned k = order[i];

		snprintf(name, sizeof(name), "%c/%u", "abc"[k % 3], k % 2 ? k : k % 20);
		if (k % 5 == 0)
			setting(learn, pair, name, k % 7 * 0.1);
		else
			sending(learn, pair, k % 9 ? "same" : name);
		if (k % 4 == 0)
			telling(learn, pair, name);
	}
	ck_assert(learn_export(learn, site));
	learn_destroy(learn);
	text = document_of(site);
	baseline_destroy(site);
	return text;
}

START_TEST(the_order_of_learning_does_not_show)
{
	char *first = learned_in_order(1);

	ck_assert_ptr_nonnull(strstr(first, "names: any"));
	for (unsigned seed = 2; seed < 8; seed++) {
		char *other = learned_in_order(seed);

		ck_assert_str_eq(first, other);
		free(other);
	}
	free(first);
}
END_TEST

START_TEST(learning_goes_on_where_it_stopped)
{
	struct learn *learn = learning(), *more;
	struct baseline *site, *read, *both;
	char *text, *twice;

	teach_names(learn);
	site = export(learn);
	text = document_of(site);
	read = parse(text);
	more = learn_create(read, 1, one_shard, LEARN_LEARN);
	teach_names(more);
	sending(more, open_talk(more), "plant/line3/level");
	both = export(more);
	twice = document_of(both);
	ck_assert_ptr_nonnull(strstr(twice, "value: 21.5, writes: 24}"));
	ck_assert_ptr_nonnull(strstr(twice, "- plant/line2/level\n                      - "
					    "plant/line3/level\n"));
	free(text);
	free(twice);
	learn_destroy(learn);
	learn_destroy(more);
	baseline_destroy(site);
	baseline_destroy(read);
	baseline_destroy(both);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		known_names_are_silent,
		a_new_name_is_told_with_the_one_most_like_it,
		a_flood_of_names_is_a_few_alerts,
		many_new_names_at_once_are_one_finding,
		any_few_of_the_known_names_are_known,
		a_memo_knows_names_only_together,
		values_are_judged_by_name,
		values_within_a_named_thing_have_numbers,
		an_operation_has_no_more_numbers_than_can_be_looked_at,
		every_byte_of_a_name_survives,
		long_names_are_told_apart,
		names_made_up_for_each_use_are_any,
		names_that_come_back_or_came_together_are_no_such_names,
		too_many_names_are_any,
		bytes_of_names_are_bounded,
		what_a_server_reports_is_no_alert,
		a_servers_commands_are_not_its_clients,
		what_follows_from_a_new_client_is_not_told,
		goodbye_is_no_alert,
		what_is_sent_is_told,
		the_order_of_learning_does_not_show,
		learning_goes_on_where_it_stopped,
	};
	Suite *suite = suite_create("learn_names");
	TCase *tcase = tcase_create("learn_names");

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
