/* SPDX-License-Identifier: Apache-2.0
 *
 * A small site for the tests of src/learn: an operator station, a controller, a stranger, and the
 * operations of a made-up protocol, because the baseline knows none.
 */
#ifndef TESTS_LEARN_SITE_H
#define TESTS_LEARN_SITE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "text.h"

#define HMI "10.0.0.5"
#define PLC "10.0.0.10"
#define ROGUE "10.0.0.66"

static struct finding findings[8];
static struct error err;

static inline struct bt_addr address(const char *text)
{
	struct bt_addr addr = {0};

	ck_assert(text_parse_addr(text, &addr));
	return addr;
}

static inline struct bt_flow flow_between(const char *client, const char *server, uint16_t port)
{
	return (struct bt_flow){
		.client = address(client), .server = address(server), .client_port = 50123,
		.server_port = port, .ip_proto = 6, .transport = BT_OVER_TCP, .server_proven = true};
}

static inline unsigned one_shard(const struct bt_addr *a, const struct bt_addr *b)
{
	return 0;
}

static inline unsigned two_shards(const struct bt_addr *a, const struct bt_addr *b)
{
	return (a->bytes[3] ^ b->bytes[3]) & 1;
}

static inline struct learn *learning(void)
{
	struct learn *learn = learn_create(NULL, 1, one_shard, LEARN_LEARN);

	ck_assert_ptr_nonnull(learn);
	return learn;
}

/* One operation with at most one access; values as 16-bit numbers. */
struct deed {
	enum bt_act act;
	uint32_t unit, function, sub;
	const char *name, *space;
	uint64_t first;
	uint32_t count;
	uint16_t value[4];
	unsigned values;
	uint32_t error;
	bool bits, unasked;
};

static inline struct deed reading(uint32_t unit, uint64_t first, uint32_t count)
{
	return (struct deed){.act = BT_ACT_READ, .unit = unit, .function = 3, .name = "read_words",
			     .space = "word", .first = first, .count = count};
}

static inline struct deed writing(uint32_t unit, uint64_t number, uint16_t value)
{
	return (struct deed){.act = BT_ACT_WRITE, .unit = unit, .function = 6,
			     .name = "write_word", .space = "word", .first = number, .count = 1,
			     .value = {value}, .values = 1};
}

static inline unsigned operate_by(struct learn *learn, struct learn_pair *pair, struct learn_memo *memo,
				  const struct deed *deed)
{
	uint8_t bytes[8];
	struct bt_access access = {.act = deed->act, .space = deed->space, .first = deed->first,
				   .count = deed->count};
	struct bt_operation op = {.act = deed->act, .unit = deed->unit, .function = deed->function,
				  .name = deed->name, .accesses = &access,
				  .access_count = deed->space ? 1 : 0,
				  .result = deed->unasked ? BT_RESULT_UNSOLICITED : BT_RESULT_OK,
				  .subfunction = deed->sub,
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
	return learn_operation(learn, pair, memo, &op, findings, 8);
}

static inline unsigned operate(struct learn *learn, struct learn_pair *pair, const struct deed *deed)
{
	return operate_by(learn, pair, NULL, deed);
}

static inline unsigned doing(struct learn *learn, struct learn_pair *pair, struct deed deed)
{
	return operate(learn, pair, &deed);
}

/* A flow that begins and is then recognised; what either found is in findings[0 .. *n). */
static inline struct learn_pair *talk(struct learn *learn, const struct bt_flow *flow, const char *protocol,
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

static inline struct learn_pair *quiet_talk(struct learn *learn, const char *client, const char *server,
				     uint16_t port, const char *protocol)
{
	struct bt_flow flow = flow_between(client, server, port);
	unsigned n;
	struct learn_pair *pair = talk(learn, &flow, protocol, &n);

	ck_assert_msg(n == 0, "%s", findings[0].name);
	return pair;
}

static inline void teach(struct learn *learn)
{
	struct learn_pair *pair = quiet_talk(learn, HMI, PLC, 502, "plcnet");

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
	quiet_talk(learn, HMI, PLC, 80, NULL);
}

static inline char *document_of(const struct baseline *site)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert(baseline_write(site, out));
	fclose(out);
	return text;
}

static inline struct baseline *parse(const char *text)
{
	struct baseline *site = baseline_parse("b.yaml", text, strlen(text), &err);

	ck_assert_msg(site != NULL, "%s", err.text);
	return site;
}

static inline struct baseline *export(const struct learn *learn)
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

static inline struct site judging_text(const char *text)
{
	struct site site = {.baseline = parse(text)};

	site.learn = learn_create(site.baseline, 1, one_shard, LEARN_JUDGE);
	return site;
}

static inline struct site judging(void)
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

static inline void close_site(struct site *site)
{
	learn_destroy(site->learn);
	baseline_destroy(site->baseline);
}

static inline void expect(const struct finding *finding, const char *name, unsigned severity,
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

/* A document as a person would write it. */
#define BY_HAND \
	"version: 1\n" \
	"pairs:\n" \
	"  - client: 10.0.0.5\n" \
	"    server: 10.0.0.10\n" \
	"    services:\n" \
	"      - service: tcp/502\n" \
	"        protocol: plcnet\n" \
	"        units:\n" \
	"          - unit: 1\n" \
	"            functions:\n" \
	"              - name: write_word\n" \
	"                function: 6\n" \
	"                act: write\n" \
	"                errors: any\n" \
	"                objects:\n" \
	"                  - {act: write, space: word, ranges: [\"0-100\"]}\n" \
	"              - {name: read_words, function: 3, act: read, objects: [{act: read, space: word, ranges: any}]}\n" \
	"            values:\n" \
	"              - {space: word, number: 40, band: [0, 1000]}\n"

#endif
