/* SPDX-License-Identifier: Apache-2.0
 *
 * src/learn: what is learned, how each deviation is told, that the document is the same whatever the
 * order, that it survives being edited, and that no cap and no missing memory becomes a false alarm.
 *
 * The operations are of a made-up protocol: the baseline knows none.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "limits.h"
#include "profile.h"
#include "ranges.h"
#include "text.h"

/* ---- memory that runs out (the test is linked with --wrap) ---- */

static long allocations_left = -1; /* -1: no limit */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool spend(void)
{
	if (allocations_left == 0)
		return false;
	if (allocations_left > 0)
		allocations_left--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return spend() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return spend() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return spend() ? __real_realloc(old, size) : NULL;
}

/* ---- a small site ---- */

static const char hmi[] = "10.0.0.5", plc[] = "10.0.0.10", rogue[] = "10.0.0.66";
static struct finding findings[8];
static struct error err;

static struct bt_addr address(const char *text)
{
	struct bt_addr addr = {0};

	ck_assert(text_parse_addr(text, &addr));
	return addr;
}

static struct bt_flow flow_between(const char *client, const char *server, uint16_t port)
{
	return (struct bt_flow){
		.client = address(client), .server = address(server), .client_port = 50123,
		.server_port = port, .ip_proto = 6, .transport = BT_OVER_TCP, .server_proven = true};
}

static unsigned one_shard(const struct bt_addr *a, const struct bt_addr *b)
{
	return 0;
}

static unsigned two_shards(const struct bt_addr *a, const struct bt_addr *b)
{
	return (a->bytes[3] ^ b->bytes[3]) & 1;
}

static struct learn *learning(void)
{
	struct learn *learn = learn_create(NULL, 0, one_shard, LEARN_LEARN);

	ck_assert_ptr_nonnull(learn);
	return learn;
}

/* One operation with at most one access; values as 16-bit numbers. */
struct deed {
	enum bt_act act;
	uint32_t unit, function;
	const char *name, *space;
	uint64_t first;
	uint32_t count;
	uint16_t value[4];
	unsigned values;
	uint32_t error;
	bool bits;
};

static struct deed reading(uint32_t unit, uint64_t first, uint32_t count)
{
	return (struct deed){.act = BT_ACT_READ, .unit = unit, .function = 3, .name = "read_words",
			     .space = "word", .first = first, .count = count};
}

static struct deed writing(uint32_t unit, uint64_t number, uint16_t value)
{
	return (struct deed){.act = BT_ACT_WRITE, .unit = unit, .function = 6,
			     .name = "write_word", .space = "word", .first = number, .count = 1,
			     .value = {value}, .values = 1};
}

static unsigned operate(struct learn *learn, struct learn_pair *pair, const struct deed *deed)
{
	uint8_t bytes[8];
	struct bt_access access = {.act = deed->act, .space = deed->space, .first = deed->first,
				   .count = deed->count};
	struct bt_operation op = {.act = deed->act, .unit = deed->unit, .function = deed->function,
				  .name = deed->name, .accesses = &access,
				  .access_count = deed->space ? 1 : 0,
				  .request_ns = INT64_C(1700000000000000000)};

	for (unsigned i = 0; i < deed->values; i++) {
		bytes[2 * i] = (uint8_t)(deed->value[i] >> 8);
		bytes[2 * i + 1] = (uint8_t)deed->value[i];
	}
	if (deed->values)
		access.values = (struct bt_values){deed->bits ? BT_VALUES_BITS : BT_VALUES_U16BE,
						   deed->values, cur_of(bytes, 2 * deed->values)};
	if (deed->error) {
		op.result = BT_RESULT_REFUSED;
		op.error = deed->error;
		op.error_name = "illegal_address";
	}
	memset(findings, 0, sizeof(findings));
	return learn_operation(learn, pair, &op, findings, 8);
}

static unsigned doing(struct learn *learn, struct learn_pair *pair, struct deed deed)
{
	return operate(learn, pair, &deed);
}

/* A flow that begins and is then recognised; what either found is in findings[0 .. *n). */
static struct learn_pair *talk(struct learn *learn, const struct bt_flow *flow, const char *protocol,
			       unsigned *n)
{
	bool found;
	struct learn_pair *pair = learn_flow(learn, flow, NULL, 1000000, &findings[0], &found);

	*n = found;
	if (!protocol)
		return pair;
	pair = learn_protocol(learn, flow, protocol, 1000000, &findings[*n], &found);
	*n += found;
	return pair;
}

static struct learn_pair *quiet_talk(struct learn *learn, const char *client, const char *server,
				     uint16_t port, const char *protocol)
{
	struct bt_flow flow = flow_between(client, server, port);
	unsigned n;
	struct learn_pair *pair = talk(learn, &flow, protocol, &n);

	ck_assert_msg(n == 0, "%s", findings[0].name);
	return pair;
}

static void teach(struct learn *learn)
{
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");

	for (unsigned i = 0; i < 12; i++) {
		doing(learn, pair, reading(1, 0, 10));
		doing(learn, pair, reading(1, 40, 1));
		doing(learn, pair, writing(1, 40, 500));
		doing(learn, pair, writing(1, 41, (uint16_t)(i % 3)));
		doing(learn, pair, writing(1, 42, (uint16_t)(100 + 10 * i)));
	}
	for (uint16_t number = 43; number < 50; number++)
		doing(learn, pair, writing(1, number, 7));
	doing(learn, pair, reading(2, 0, 4));
	quiet_talk(learn, hmi, plc, 80, NULL);
}

static char *document_of(const struct baseline *site)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert(baseline_write(site, out));
	fclose(out);
	return text;
}

static struct baseline *parse(const char *text)
{
	struct baseline *site = baseline_parse("b.yaml", text, strlen(text), &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

static struct baseline *export(const struct learn *learn)
{
	struct baseline *site = baseline_create();

	ck_assert(learn_export(learn, site));
	return site;
}

/* Learned, written, read back, and now judging. */
struct site {
	struct baseline *baseline;
	struct learn *learn;
};

static struct site judging_text(const char *text)
{
	struct site site = {.baseline = parse(text)};

	site.learn = learn_create(site.baseline, 0, one_shard, LEARN_JUDGE);
	return site;
}

static struct site judging(void)
{
	struct learn *learn = learning();
	struct baseline *learned;
	struct site site;
	char *text;

	teach(learn);
	learned = export(learn);
	text = document_of(learned);
	site = judging_text(text);
	free(text);
	baseline_destroy(learned);
	learn_destroy(learn);
	return site;
}

static void close_site(struct site *site)
{
	learn_destroy(site->learn);
	baseline_destroy(site->baseline);
}

static void expect(const struct finding *finding, const char *name, unsigned severity,
		   const char *object, const char *seen, const char *expected)
{
	ck_assert_str_eq(finding->name, name);
	ck_assert_uint_eq(finding->severity, severity);
	ck_assert_str_eq(finding->object, object);
	ck_assert_str_eq(finding->seen, seen);
	ck_assert_str_eq(finding->expected, expected);
	ck_assert_int_eq(finding->source, FINDING_FROM_BASELINE);
	ck_assert_uint_gt(strlen(finding->title), 0);
	ck_assert_int_eq(finding->technique[0][0], 'T');
}

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
	ck_assert_uint_eq(set.at[0].last, 10);
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
			ck_assert_uint_gt(set.at[r].first, set.at[r - 1].last + 1);
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

START_TEST(values_are_constant_set_or_band)
{
	struct profile profile = {0};
	char text[160] = "";

	profile_add(&profile, 500, 1);
	ck_assert(profile_allows(&profile, 500));
	ck_assert(!profile_allows(&profile, 501));
	profile_explain(&profile, 501, text, sizeof(text));
	ck_assert_str_eq(text, "always 500 in 1 write (few seen)");
	profile_add(&profile, 0, 1);
	profile_add(&profile, 900, 1);
	ck_assert(!profile_allows(&profile, 400));
	text[0] = 0;
	profile_explain(&profile, 400, text, sizeof(text));
	ck_assert_str_eq(text, "one of 0, 500, 900 in 3 writes");
	profile_add(&profile, 1000, 1);
	ck_assert(profile_allows(&profile, 400)); /* four different numbers are a band */
	ck_assert(profile_allows(&profile, 1100));
	ck_assert(profile_allows(&profile, -100));
	ck_assert(!profile_allows(&profile, 1101));
	text[0] = 0;
	profile_explain(&profile, 1101, text, sizeof(text));
	ck_assert_str_eq(text, "0 to 1000 in 4 writes; nearest 1000");
	for (int64_t value = 1; value < 9; value++)
		profile_add(&profile, value, 1);
	ck_assert_uint_eq(profile.distinct, 0);
	ck_assert_int_eq(profile.max, 1000);
	ck_assert(!profile_allows(&profile, INT64_MAX));
	ck_assert(!profile_allows(&profile, INT64_MIN));
}
END_TEST

/* ---- deviations ---- */

START_TEST(known_behaviour_is_silent)
{
	struct site site = judging();
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");
	struct learn_counts counts = {0};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(doing(site.learn, pair, reading(1, 0, 10)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, reading(1, 3, 2)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 40, 500)), 0);
		ck_assert_uint_eq(doing(site.learn, pair, writing(1, 42, 218)), 0);
	}
	quiet_talk(site.learn, hmi, plc, 80, NULL);
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
	struct bt_flow flow = flow_between(rogue, plc, 502);
	struct learn_pair *pair;
	unsigned n;

	pair = talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	expect(&findings[0], "baseline.new_pair", 3, "tcp/502",
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

START_TEST(a_new_pair_is_one_finding)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(rogue, plc, 8080);
	unsigned n;

	talk(site.learn, &flow, NULL, &n);
	ck_assert_uint_eq(n, 1);
	expect(&findings[0], "baseline.new_pair", 2, "", "10.0.0.66 opened tcp/8080 on 10.0.0.10",
	       "no conversation from this client to this server");
	flow.server_port = 22; /* another try: the same alert */
	talk(site.learn, &flow, NULL, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(findings[0].object, "");
	close_site(&site);
}
END_TEST

START_TEST(new_services_of_a_known_pair_are_named_up_to_a_few)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(hmi, plc, 1000);
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
	struct bt_flow flow = flow_between(plc, "10.0.0.11", 502);
	unsigned n;

	talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	expect(&findings[1], "baseline.role_flip", 4, "plcnet",
	       "10.0.0.10 opened tcp/502 plcnet on 10.0.0.11",
	       "10.0.0.10 has only been a server of plcnet");
	flow = flow_between(rogue, hmi, 502);
	talk(site.learn, &flow, "plcnet", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(findings[1].expected, "10.0.0.5 has only been a client of plcnet");
	close_site(&site);
}
END_TEST

START_TEST(another_protocol_on_a_known_service_is_told)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(hmi, plc, 502);
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
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");

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
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");

	for (unsigned i = 0; i < 5; i++) {
		struct deed deed = {.act = cases[i].act, .unit = 1, .function = 90 + i,
				    .name = "special"};

		ck_assert_uint_eq(operate(site.learn, pair, &deed), 1);
		expect(&findings[0], "baseline.new_function", cases[i].severity, "special",
		       "used special: used special of unit 1",
		       "this pair uses read_words, write_word of unit 1");
		ck_assert_str_eq(findings[0].technique[0], cases[i].technique);
	}
	close_site(&site);
}
END_TEST

START_TEST(the_first_command_of_a_reader_is_told)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");

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
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");

	ck_assert_uint_eq(doing(site.learn, pair, reading(1, 8, 4)), 1);
	expect(&findings[0], "baseline.new_range", 2, "word 10", "read word 8-11 of unit 1",
	       "word 0-9 read by this pair (and 1 other ranges); nearest 9");
	ck_assert_str_eq(findings[0].technique[0], "T0861");
	ck_assert_uint_eq(doing(site.learn, pair, writing(1, 52, 900)), 1);
	expect(&findings[0], "baseline.new_range", 4, "word 52", "wrote 900 to word 52 of unit 1",
	       "word 40-49 wrote by this pair; nearest 49");
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
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");
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
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");
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
	pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");
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
	struct bt_flow flow = flow_between(plc, hmi, 50123);
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
	struct bt_flow flow = flow_between(hmi, plc, 49700);
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

START_TEST(a_recognised_flow_leaves_no_trace_of_its_beginning)
{
	struct learn *learn = learning();
	struct bt_flow flow = flow_between(hmi, plc, 49700);
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
	struct bt_flow flow = flow_between(plc, hmi, 0);
	bool found;

	flow.transport = BT_OVER_ICMP;
	learn_flow(site.learn, &flow, NULL, 1, findings, &found);
	ck_assert(!found);
	flow.client = address(rogue);
	learn_flow(site.learn, &flow, NULL, 1, findings, &found);
	ck_assert(found);
	close_site(&site);
}
END_TEST

/* ---- the document ---- */

START_TEST(the_document_reads_back_to_the_same_bytes)
{
	struct learn *learn = learning();
	struct baseline *site, *again;
	struct baseline_source source = {1700000000000000000, 1700000060123456000, 1234, 99};
	static const uint8_t mac[6] = {0, 0x11, 0x22, 0x33, 0x44, 0x55};
	struct bt_addr device = address(plc), other = address("fe80::1"), nobody = address(rogue);
	char *text, *back;

	teach(learn);
	site = export(learn);
	baseline_set_source(site, &source);
	baseline_add_device(site, &other, NULL, NULL);
	baseline_add_device(site, &device, mac, "Pump 1: \"north\"");
	ck_assert_uint_eq(baseline_device_count(site), 2);
	text = document_of(site);
	again = parse(text);
	back = document_of(again);
	ck_assert_str_eq(text, back);
	ck_assert(baseline_has_device(again, &device));
	ck_assert(!baseline_has_device(again, &nobody));
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
		struct bt_flow flow = flow_between(clients[k % 4], plc, k % 5 ? 502 : 44818);
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
	struct baseline *site, *once;
	struct learn *more;
	char *text, *twice;

	teach(learn);
	site = export(learn);
	more = learn_create(site, 0, one_shard, LEARN_LEARN);
	teach(more);
	ck_assert(learn_export(more, site)); /* only what is new is counted */
	twice = document_of(site);
	ck_assert_ptr_nonnull(strstr(twice, "number: 40, value: 500, writes: 24}"));
	once = export(more);                 /* into another document: all of it */
	text = document_of(once);
	ck_assert_str_eq(text, twice);
	free(text);
	free(twice);
	learn_destroy(learn);
	learn_destroy(more);
	baseline_destroy(site);
	baseline_destroy(once);
}
END_TEST

static const char by_hand[] =
	"version: 1\n"
	"pairs:\n"
	"  - client: 10.0.0.5\n"
	"    server: 10.0.0.10\n"
	"    services:\n"
	"      - service: tcp/502\n"
	"        protocol: plcnet\n"
	"        units:\n"
	"          - unit: 1\n"
	"            functions:\n"
	"              - name: write_word\n"
	"                function: 6\n"
	"                act: write\n"
	"                errors: any\n"
	"                objects:\n"
	"                  - {act: write, space: word, ranges: [\"0-100\"]}\n"
	"              - {name: read_words, function: 3, act: read, objects: [{act: read, space: word, ranges: any}]}\n"
	"            values:\n"
	"              - {space: word, number: 40, band: [0, 1000]}\n";

START_TEST(a_person_may_edit_it)
{
	struct site site = judging_text(by_hand);
	struct learn_pair *pair = quiet_talk(site.learn, hmi, plc, 502, "plcnet");
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
		 "b.yaml:6: service must be like tcp/502, udp/high, icmp, ip/47 or link/0x8892"},
		{"unit: 1", "unit: -1",
		 "b.yaml:9: unit is -1; it must be a number from 0 to 4294967294"},
		{"act: write\n", "act: wrote\n",
		 "b.yaml:13: act must be one of other, report, read, subscribe, identify, "
		 "authenticate, publish, write, control, configure, program"},
		{"\"0-100\"", "\"100-0\"", "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"\"0-100\"", "\"0-\"", "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"\"0-100\"", "\"99999999999999999999\"",
		 "b.yaml:16: a range must be like \"40\" or \"0-9\""},
		{"function: 3", "function: 6",
		 "b.yaml:17: this function is there twice; join the entries"},
		{"[0, 1000]", "[1000, 0]", "b.yaml:19: band must be [min, max] with min <= max"},
		{"[0, 1000]", "[0]", "b.yaml:19: band must be a list of two: [min, max]"},
		{"[0, 1000]", "[0, 99999999999999999999]",
		 "b.yaml:19: a value must be a whole number"},
		{", band: [0, 1000]", "", "b.yaml:19: needs one of value, set or band"},
		{"band: [0, 1000]", "set: []",
		 "b.yaml:19: set must be a list of 1 to 8 values; use band for more"},
		{"errors: any", "errors: [1,2,3,4,5,6,7,8,9]",
		 "b.yaml:14: more than 8 errors; write \"any\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_ptr_null(baseline_parse("b.yaml", cases[i].text, strlen(cases[i].text),
						  &err));
		ck_assert_str_eq(err.text, cases[i].message);
	}
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		char text[sizeof(by_hand) + 64];
		const char *at = strstr(by_hand, edits[i].from);

		ck_assert_ptr_nonnull(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - by_hand), by_hand, edits[i].to,
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
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");
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
	pair = quiet_talk(judge.learn, hmi, plc, 502, "plcnet");
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
	struct bt_flow flow = flow_between(hmi, plc, 502);
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
	learn = learn_create(again, 0, one_shard, LEARN_JUDGE);
	learn_flow(learn, &flow, NULL, 1, findings, &found);
	ck_assert(!found); /* perhaps it was one of the three */
	learn_destroy(learn);
	baseline_destroy(site);
	baseline_destroy(again);
	free(text);
}
END_TEST

START_TEST(a_scan_while_judging_is_reported_beyond_the_cap)
{
	struct site site = judging();
	struct bt_flow flow = flow_between(rogue, plc, 502);
	bool found;

	for (unsigned i = 0; i < LEARN_PAIRS_MAX + 100; i++) {
		flow.server_port = (uint16_t)(1000 + i);
		learn_flow(site.learn, &flow, NULL, 1, findings, &found);
		ck_assert(found);
		ck_assert_str_eq(findings[0].object, "");
	}
	quiet_talk(site.learn, hmi, plc, 502, "plcnet"); /* what is known stays known */
	close_site(&site);
}
END_TEST

START_TEST(the_cache_forgets_and_nothing_changes)
{
	struct learn *learn = learning();
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");
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

/* All that a shard and a document do, with whatever memory there is. */
static bool whole_life(const struct bt_flow *flow)
{
	struct baseline *site = baseline_parse("b.yaml", by_hand, sizeof(by_hand) - 1, &err);
	struct learn *learn = site ? learn_create(site, 0, one_shard, LEARN_LEARN) : NULL;
	struct baseline *out = learn ? baseline_create() : NULL;
	bool ok = false;

	if (out) {
		unsigned n;
		struct learn_pair *pair = talk(learn, flow, "plcnet", &n);

		doing(learn, pair, reading(1, 0, 10));
		doing(learn, pair, writing(1, 40, 5));
		doing(learn, pair, writing(3, 41, 5));
		baseline_add_device(out, &flow->server, NULL, "x");
		ok = learn_export(learn, out);
		learn_set_mode(learn, LEARN_JUDGE);
		doing(learn, pair, writing(9, 41, 5));
		doing(learn, pair, reading(1, 0, 10));
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
	struct bt_flow flow = flow_between(hmi, plc, 502);
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

START_TEST(watching_finds_and_learns_nothing)
{
	struct learn *learn = learn_create(NULL, 0, one_shard, LEARN_WATCH);
	struct learn_pair *pair = quiet_talk(learn, hmi, plc, 502, "plcnet");
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
		ranges_melt_together, ranges_agree_with_a_bitmap, the_nearest_number_is_named,
		too_many_ranges_are_all, values_are_constant_set_or_band, known_behaviour_is_silent,
		a_new_client_is_told_once_and_its_commands, a_new_pair_is_one_finding,
		new_services_of_a_known_pair_are_named_up_to_a_few,
		a_device_that_changes_sides_is_told, another_protocol_on_a_known_service_is_told,
		a_new_unit_hides_what_is_below_but_commands,
		a_new_function_is_as_grave_as_what_it_does, the_first_command_of_a_reader_is_told,
		numbers_outside_the_ranges_are_told, values_outside_their_profile_are_told,
		errors_are_learned, guessed_sides_prefer_the_known_way,
		dynamic_ports_are_one_service, a_recognised_flow_leaves_no_trace_of_its_beginning,
		icmp_between_two_that_talk_is_nothing, the_document_reads_back_to_the_same_bytes,
		the_order_of_learning_does_not_show, learning_goes_on_where_it_stopped,
		a_person_may_edit_it, what_is_wrong_is_refused_with_its_line,
		what_was_forgotten_at_a_cap_is_no_alarm, pairs_are_capped,
		a_scan_while_judging_is_reported_beyond_the_cap,
		the_cache_forgets_and_nothing_changes, missing_memory_is_survived,
		a_full_disk_is_an_error, watching_finds_and_learns_nothing,
	};
	Suite *suite = suite_create("learn");
	TCase *tcase = tcase_create("learn");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
