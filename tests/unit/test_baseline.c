/* SPDX-License-Identifier: Apache-2.0
 *
 * src/learn: the document is the same whatever the order of learning, survives being edited, refuses
 * what is wrong, and neither a cap nor missing memory becomes a false alarm.
 */
#include <errno.h>

#include "allocations.h"
#include "learn_site.h"
#include "limits.h"
#include "suite.h"

/* ---- the document ---- */

START_TEST(the_document_reads_back_to_the_same_bytes)
{
	struct learn *learn = learning();
	struct baseline *site, *again;
	struct baseline_source source = {1700000000000000000, 1700000060123456000, 1234, 99};
	static const uint8_t mac[6] = {0, 0x11, 0x22, 0x33, 0x44, 0x55};
	struct bt_addr device = address(PLC), other = address("fe80::1"), nobody = address(ROGUE);
	char *text, *back;

	teach(learn);
	site = export(learn);
	baseline_set_source(site, &source);
	baseline_add_device(site, &other, NULL, NULL);
	baseline_add_device(site, &device, mac, "Pump 1: \"north\"");
	device = address("00:11:22:33:44:55"); /* its MAC without its address is another device */
	baseline_add_device(site, &device, mac, NULL);
	device = address(PLC);
	ck_assert_uint_eq(baseline_device_count(site), 3);
	text = document_of(site);
	again = parse(text);
	back = document_of(again);
	ck_assert_str_eq(text, back);
	ck_assert(baseline_has_device(again, &device));
	ck_assert(!baseline_has_device(again, &nobody));
	/* heard without its IP address */
	device = address("00:11:22:33:44:55");
	ck_assert(baseline_has_device(again, &device));
	device = address("00:11:22:33:44:56");
	ck_assert(!baseline_has_device(again, &device));
	ck_assert_ptr_nonnull(strstr(text, "label: \"Pump 1: \\\"north\\\"\"\n"));
	ck_assert_ptr_nonnull(strstr(text, "{act: read, space: word, ranges: [\"0-9\", \"40\"]}"));
	ck_assert_ptr_nonnull(strstr(text, "{space: word, number: 40, value: 500, writes: 12}"));
	ck_assert_ptr_nonnull(strstr(text, "number: 41, set: [0, 1, 2], writes: 12}"));
	ck_assert_ptr_nonnull(strstr(text, "number: 42, band: [100, 210], writes: 12}"));
	free(text);
	free(back);
	baseline_destroy(site);
	baseline_destroy(again);
	learn_destroy(learn);
}
END_TEST

/* A few hundred deeds of four pairs, in the order that `seed` gives, by one shard or two. */
static char *learned_in_order(unsigned seed, unsigned shards)
{
	static const char *const clients[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"};
	struct learn *learn[2];
	struct baseline *site = baseline_create();
	unsigned order[400], n;
	char *text;

	for (unsigned i = 0; i < 400; i++)
		order[i] = i;
	srand(seed);
	for (unsigned i = 399; i > 0; i--) {
		unsigned other = (unsigned)rand() % (i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	for (unsigned s = 0; s < shards; s++)
		learn[s] = learning();
	for (unsigned i = 0; i < 400; i++) {
		unsigned k = order[i];
		struct bt_flow flow = flow_between(clients[k % 4], PLC, k % 5 ? 502 : 44818);
		struct learn *mine = learn[shards == 1 ? 0 : two_shards(&flow.client, &flow.server)];
		struct learn_pair *pair = talk(mine, &flow, k % 7 ? "plcnet" : "other", &n);
		struct deed deed = k % 3 ? writing(k % 6, k % 50, (uint16_t)(k * k % 40)) :
					   reading(k % 6, k * 3 % 90, 1 + k % 4);

		deed.error = k % 11 == 0 ? 1 + k % 12 : 0;
		operate(mine, pair, &deed);
	}
	for (unsigned s = shards; s-- > 0;) {
		ck_assert(learn_export(learn[s], site));
		learn_destroy(learn[s]);
	}
	text = document_of(site);
	baseline_destroy(site);
	return text;
}

START_TEST(the_order_of_learning_does_not_show)
{
	char *first = learned_in_order(1, 1);

	for (unsigned seed = 2; seed < 12; seed++) {
		char *other = learned_in_order(seed, 1 + seed % 2);

		ck_assert_str_eq(first, other);
		free(other);
	}
	free(first);
}
END_TEST

START_TEST(learning_goes_on_where_it_stopped)
{
	struct learn *learn = learning();
	struct baseline *site, *both;
	struct learn *more;
	char *text;

	teach(learn);
	site = export(learn);
	more = learn_create(site, 1, one_shard, LEARN_LEARN);
	teach(more);
	both = export(more);
	text = document_of(both);
	ck_assert_ptr_nonnull(strstr(text, "number: 40, value: 500, writes: 24}"));
	free(text);
	learn_destroy(learn);
	learn_destroy(more);
	baseline_destroy(site);
	baseline_destroy(both);
}
END_TEST

START_TEST(a_person_may_edit_it)
{
	struct site site = judging_text(BY_HAND);
	struct learn_pair *pair = quiet_talk(site.learn, HMI, PLC, 502, "plcnet");
	struct deed refused = writing(1, 40, 1);

	refused.error = 99;
	ck_assert_uint_eq(doing(site.learn, pair, reading(1, 60000, 10)), 0);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 1000)), 0);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 41, 9999)), 0); /* no profile: any */
	ck_assert_uint_eq(operate(site.learn, pair, &refused), 0);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 1101)), 1);
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 101, 0)), 1);
	close_site(&site);
}
END_TEST

START_TEST(numbers_read_back_as_the_same)
{
	static const double values[] = {500, -7, 0.1, 1.0 / 3, 1e15, 9007199254740993.0, 1e300, 5e-324,
					(double)21.3f, -0.25, 123456789.125};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char number[TEXT_NUMBER], text[sizeof(BY_HAND) + 64], *back;
		const char *at = strstr(BY_HAND, "band: [0, 1000]");
		struct baseline *site;

		text_number_exact(number, values[i]);
		ck_assert(strtod(number, NULL) == values[i]);
		snprintf(text, sizeof(text), "%.*svalue: %s%s", (int)(at - BY_HAND), BY_HAND, number,
			 at + strlen("band: [0, 1000]"));
		site = parse(text);
		back = document_of(site);
		snprintf(text, sizeof(text), "number: 40, value: %s}", number);
		ck_assert_ptr_nonnull(strstr(back, text));
		free(back);
		baseline_destroy(site);
	}
}
END_TEST

START_TEST(what_is_wrong_is_refused_with_its_line)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "b.yaml:1: \"version\" is missing here"},
		{"version: 2\n", "b.yaml:1: version 2 of a baseline; this program reads version 1"},
		{"version: 1\npears: []\n",
		 "b.yaml:2: \"pears\" is not known here; did you mean \"pairs\"?"},
		{"version: 1\npairs: 3\n",
		 "b.yaml:2: \"pairs\" is a single value; it must be a list ([] for none)"},
		{"version: 1\npairs:\n- client: 10.0.0.1\n", "b.yaml:3: \"server\" is missing here"},
		{"version: 1\npairs:\n- {client: 10.0.0.300, server: 10.0.0.1}\n",
		 "b.yaml:3: client must be an IPv4, IPv6 or MAC address"},
		{"version: 1\npairs:\n- {client: 10.0.0.3, server: 10.0.0.1}\n"
		 "- {client: 10.0.0.3, server: 10.0.0.1}\n",
		 "b.yaml:4: this pair is there twice; join the entries"},
		{"version: 1\ndevices: [{address: 10.0.0.1}, {address: 10.0.0.1}]\n",
		 "b.yaml:2: this device is there twice; join the entries"},
		{"version: 1\ndevices: [{address: 10.0.0.1, mac: 10.0.0.2}]\n",
		 "b.yaml:2: mac must be like \"00:11:22:33:44:55\""},
		{"version: 1\ndevices: [{address: 10.0.0.1, mac: zz}]\n",
		 "b.yaml:2: mac must be like \"00:11:22:33:44:55\""},
		{"version: 1\nsource: {from: yesterday}\n",
		 "b.yaml:2: from must be a time like \"2026-11-21T23:56:00.000000+0000\""},
		{"version: 1\nsource: {from: \"9999-11-21T23:56:00Z\"}\n",
		 "b.yaml:2: from must be a time like \"2026-11-21T23:56:00.000000+0000\""},
		{"version: 1\ncomplete: maybe\n", "b.yaml:2: complete must be true or false"},
	};
	static const struct {
		const char *from, *to, *message;
	} edits[] = {
		{"tcp/502", "tcp/70000",
		 "b.yaml:6: service must be like tcp/502, udp/high, tcp/dialled/20000, icmp, ip/47 or "
		 "link/0x8892"},
		{"tcp/502", "tcp/dialled/",
		 "b.yaml:6: service must be like tcp/502, udp/high, tcp/dialled/20000, icmp, ip/47 or "
		 "link/0x8892"},
		{"unit: 1", "unit: -1",
		 "b.yaml:9: unit is -1; it must be a number from 0 to 4294967294"},
		{"act: write\n", "act: wrote\n",
		 "b.yaml:13: act must be one of other, session, report, read, subscribe, identify, "
		 "authenticate, publish, write, control, configure, program"},
		{"\"0-100\"", "\"100-0\"", "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"\"0-100\"", "\"0-\"", "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"\"0-100\"", "\"99999999999999999999\"",
		 "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"function: 3", "function: 6",
		 "b.yaml:17: this function is there twice; join the entries"},
		{"[0, 1000]", "[1000, 0]", "b.yaml:19: band must be [min, max] with min <= max"},
		{"[0, 1000]", "[0]", "b.yaml:19: band must be a list of two: [min, max]"},
		{"[0, 1000]", "[0, 1e999]", "b.yaml:19: a value must be a number"},
		{", band: [0, 1000]", "", "b.yaml:19: needs one of value, set or band"},
		{"band: [0, 1000]", "set: []",
		 "b.yaml:19: set must be a list of 1 to 8 values; use band for more"},
		{"[0, 1000]", "[0, 0x10]", "b.yaml:19: a value must be a number"},
		{"[0, 1000]", "[0, nan]", "b.yaml:19: a value must be a number"},
		{"[0, 1000]", "[0, 1.5.2]", "b.yaml:19: a value must be a number"},
		{"ranges: [\"0-100\"]", "names: [\"a\\\\b\"]",
		 "b.yaml:16: a name must have 1 to 240 bytes, a backslash written \\\\ and what cannot be "
		 "shown \\x00"},
		{"ranges: [\"0-100\"]", "names: [\"\"]",
		 "b.yaml:16: a name must have 1 to 240 bytes, a backslash written \\\\ and what cannot be "
		 "shown \\x00"},
		{", ranges: [\"0-100\"]", "", "b.yaml:16: \"ranges\" is missing here"},
		{"errors: any", "by: me",
		 "b.yaml:14: by can only be server: what the server asks or tells unasked"},
		{"number: 40,", "", "b.yaml:19: \"number\" is missing here"},
		{"number: 40, band: [0, 1000]}\n",
		 "name: a, value: 1}\n              - {space: word, name: \"\\\\x61\", value: 2}\n",
		 "b.yaml:20: this name is there twice; join the entries"},
		{"errors: any", "errors: [1,2,3,4,5,6,7,8,9]",
		 "b.yaml:14: more than 8 errors; write \"any\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_ptr_null(baseline_parse("b.yaml", cases[i].text, strlen(cases[i].text),
						  &err));
		ck_assert_str_eq(err.text, cases[i].message);
	}
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		char text[sizeof(BY_HAND) + 128];
		const char *at = strstr(BY_HAND, edits[i].from);

		ck_assert_ptr_nonnull(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - BY_HAND), BY_HAND, edits[i].to,
			 at + strlen(edits[i].from));
		ck_assert_ptr_null(baseline_parse("b.yaml", text, strlen(text), &err));
		ck_assert_str_eq(err.text, edits[i].message);
	}
	ck_assert_ptr_null(baseline_load("/nonexistent/b.yaml", &err));
}
END_TEST

/* ---- caps and memory ---- */

START_TEST(what_was_forgotten_at_a_cap_is_no_alarm)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");
	struct learn_counts counts = {0};
	struct baseline *site;
	struct site judge;
	char *text;

	for (uint32_t i = 0; i < LEARN_ENTRIES_MAX + 10; i++) {
		struct deed deed = {.act = BT_ACT_READ, .unit = 1, .function = i, .name = "f"};

		operate(learn, pair, &deed);
	}
	for (uint32_t i = 0; i < LEARN_VALUES_MAX + 10; i++)
		doing(learn, pair, writing(1, i, 5));
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.entries, LEARN_ENTRIES_MAX);
	ck_assert_uint_ge(counts.dropped, 20);
	site = export(learn);
	text = document_of(site);
	ck_assert_ptr_nonnull(strstr(text, "complete: false"));
	judge = judging_text(text);
	pair = quiet_talk(judge.learn, HMI, PLC, 502, "plcnet");
	ck_assert_uint_eq(doing(judge.learn, pair, reading(1, 0, 10)), 0);
	ck_assert_uint_eq(doing(judge.learn, pair, reading(7, 0, 10)), 0);
	for (uint32_t i = LEARN_ENTRIES_MAX; i < LEARN_ENTRIES_MAX + 10; i++) {
		struct deed deed = {.act = BT_ACT_READ, .unit = 1, .function = i, .name = "f"};

		ck_assert_uint_eq(operate(judge.learn, pair, &deed), 0);
	}
	free(text);
	close_site(&judge);
	baseline_destroy(site);
	learn_destroy(learn);
}
END_TEST

START_TEST(pairs_are_capped)
{
	struct learn *learn = learning();
	struct bt_flow flow = flow_between(HMI, PLC, 502);
	struct learn_counts counts = {0};
	struct baseline *site, *again;
	char *text;
	bool found;

	for (unsigned i = 0; i < LEARN_PAIRS_MAX + 3; i++) {
		flow.client.bytes[1] = (uint8_t)(i >> 8);
		flow.client.bytes[2] = (uint8_t)i;
		ck_assert_int_eq(learn_flow(learn, &flow, NULL, 1, findings, &found) != NULL,
				 i < LEARN_PAIRS_MAX);
	}
	ck_assert_uint_eq(operate(learn, NULL, &(struct deed){.act = BT_ACT_READ}), 0);
	learn_count(learn, &counts);
	ck_assert_uint_eq(counts.pairs, LEARN_PAIRS_MAX);
	ck_assert_uint_eq(counts.dropped, 3);
	site = export(learn);
	text = document_of(site);
	ck_assert_ptr_nonnull(strstr(text, "\ncomplete: false\n"));
	again = parse(text);
	learn_destroy(learn);
	learn = learn_create(again, 1, one_shard, LEARN_JUDGE);
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	ck_assert(!found); /* perhaps it was one of the three */
	learn_destroy(learn);
	baseline_destroy(site);
	baseline_destroy(again);
	free(text);
}
END_TEST

#define NAMES_BY_HAND \
	"          - unit: 2\n" \
	"            functions:\n" \
	"              - name: set\n" \
	"                function: 7\n" \
	"                act: write\n" \
	"                objects: [{act: write, space: node, names: [a, b, c, d, e]}]\n" \
	"            values:\n" \
	"              - {space: node, name: a, value: 1.5}\n"

static unsigned setting(struct learn *learn, struct learn_pair *pair, const char *name)
{
	const double value = 1.5;
	const struct bt_access access = {.act = BT_ACT_WRITE, .space = "node", .count = 1,
					 .name = cur_of(name, strlen(name)),
					 .values = bt_numbers(&value, 1)};
	const struct bt_operation op = {.act = BT_ACT_WRITE, .unit = 2, .function = 7,
					.name = "set", .accesses = &access, .access_count = 1};

	return learn_operation(learn, pair, NULL, &op, findings, 8);
}

/* All that a shard and a document do, with whatever memory there is. */
static bool whole_life(const struct bt_flow *flow)
{
	static const char text[] = BY_HAND NAMES_BY_HAND;
	struct baseline *site = baseline_parse("b.yaml", text, sizeof(text) - 1, &err);
	struct learn *learn = site ? learn_create(site, 1, one_shard, LEARN_LEARN) : NULL;
	struct baseline *out = learn ? baseline_create() : NULL;
	bool ok = false;

	if (out) {
		unsigned n;
		struct learn_pair *pair = talk(learn, flow, "plcnet", &n);

		doing(learn, pair, reading(1, 0, 10));
		doing(learn, pair, writing(1, 40, 5));
		doing(learn, pair, writing(3, 41, 5));
		setting(learn, pair, "f");
		setting(learn, pair, "g");
		baseline_add_device(out, &flow->server, NULL, "x");
		ok = learn_export(learn, out);
		learn_set_mode(learn, LEARN_JUDGE);
		doing(learn, pair, writing(9, 41, 5));
		doing(learn, pair, reading(1, 0, 10));
		setting(learn, pair, "h");
	}
	if (out) {
		struct bt_flow other = *flow;
		struct learn *judge = learn_create(site, 1, one_shard, LEARN_JUDGE);
		unsigned n;

		ok &= judge != NULL;
		if (judge) {
			struct learn_pair *pair = talk(judge, flow, "plcnet", &n);

			other.server_port = 8080;
			talk(judge, &other, NULL, &n);
			doing(judge, pair, writing(9, 41, 5));
			doing(judge, pair, reading(1, 700, 1));
			setting(judge, pair, "h");
		}
		learn_destroy(judge);
	}
	if (out) {
		FILE *null = fopen("/dev/null", "w");

		ok &= baseline_write(out, null);
		fclose(null);
	}
	baseline_destroy(out);
	learn_destroy(learn);
	baseline_destroy(site);
	return ok;
}

START_TEST(missing_memory_is_survived)
{
	struct bt_flow flow = flow_between(HMI, PLC, 502);
	long limit = 0;
	bool ok;

	do {
		allocations_left = limit;
		ok = whole_life(&flow);
		ok &= allocations_left != 0;
		allocations_left = -1;
		ck_assert_int_lt(limit++, 1000);
	} while (!ok);
	ck_assert_int_gt(limit, 30);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
	struct baseline *site = baseline_create();
	FILE *full = fopen("/dev/full", "w");

	if (full) {
		ck_assert(!baseline_write(site, full));
		ck_assert_int_eq(errno, ENOSPC);
		fclose(full);
	}
	baseline_destroy(site);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_document_reads_back_to_the_same_bytes,
		the_order_of_learning_does_not_show,
		learning_goes_on_where_it_stopped,
		a_person_may_edit_it,
		numbers_read_back_as_the_same,
		what_is_wrong_is_refused_with_its_line,
		what_was_forgotten_at_a_cap_is_no_alarm,
		pairs_are_capped,
		missing_memory_is_survived,
		a_full_disk_is_an_error,
	};
	Suite *suite = suite_create("baseline");
	TCase *tcase = tcase_create("baseline");

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
