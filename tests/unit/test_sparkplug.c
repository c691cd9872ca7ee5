/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug B alone, inside a carrier that stands for MQTT: births and what they name, every kind
 * of value, counters, commands, host applications, and payloads that no edge node would send.
 */
#include <assert.h>
#include <check.h>
#include <stdlib.h>

#include "../../dissectors/sparkplug/sparkplug.h"
#include "lab_said.h"
#include "suite.h"

enum {
	RETAIN = 1 << 0,
	WILL = 1 << 1,
	CUT = 1 << 2, /* the payload was longer than what is there */
	QOS = 1 << 3,
};

/* ---- a carrier: flags, the topic's size, the topic, the payload ---- */

static struct bt_frame carrier_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	(void)dir;
	(void)sync;
	return (struct bt_frame){BT_FRAME_WHOLE, (uint32_t)cur_left(&head), 0};
}

static bool taken; /* what sparkplug_publish() said last */

static enum bt_verdict carrier_dissect(struct bt_context *ctx, struct bt_cursor at)
{
	uint8_t flags = cur_u8(&at);
	struct sparkplug_message message = {
		.qos = flags & QOS ? 1 : 0,
		.retain = flags & RETAIN,
		.will = flags & WILL,
		.by_server = ctx->dir == BT_TO_CLIENT,
	};

	message.topic = cur_take(&at, cur_u8(&at));
	message.payload = at;
	message.payload_bytes = cur_left(&at) + (flags & CUT ? 1000 : 0);
	taken = sparkplug_publish(ctx, ctx->state, &message);
	return BT_DISSECTED;
}

static const struct bt_violation *const no_violations[] = {NULL};
static const uint16_t ports[] = {1883, 0};
static const struct bt_dissector carrier = {
	.name = "carrier",
	.ports = ports,
	.violations = no_violations,
	.state_size = sizeof(struct sparkplug_state *),
	.max_message = 65535,
	.frame = carrier_frame,
	.dissect = carrier_dissect,
};


static void setup(void)
{
	lab_init(&lab, &carrier);
	lab.inside = &dissector_sparkplug;
	lab.flow.server_proven = true;
}

static void teardown(void)
{
	lab_finish(&lab);
}

/* ---- payloads ---- */

struct made {
	size_t size;
	uint8_t bytes[16384];
};

static void add_byte(struct made *made, unsigned byte)
{
	assert(made->size < sizeof(made->bytes)); /* Check's own is slow */
	made->bytes[made->size++] = (uint8_t)byte;
}

static void add_varint(struct made *made, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		add_byte(made, (number & 0x7f) | 0x80);
	add_byte(made, (unsigned)number);
}

static void add_number(struct made *made, unsigned field, uint64_t number)
{
	add_varint(made, field << 3 | 0);
	add_varint(made, number);
}

static void add_fixed(struct made *made, unsigned field, uint64_t bits, unsigned width)
{
	add_varint(made, field << 3 | (width == 8 ? 1 : 5));
	for (unsigned i = 0; i < width; i++)
		add_byte(made, bits >> (8 * i) & 0xff);
}

static void add_float(struct made *made, unsigned field, float number)
{
	uint32_t bits;

	memcpy(&bits, &number, sizeof(bits));
	add_fixed(made, field, bits, 4);
}

static void add_double(struct made *made, unsigned field, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	add_fixed(made, field, bits, 8);
}

static void add_bytes(struct made *made, unsigned field, const void *bytes, size_t size)
{
	add_varint(made, field << 3 | 2);
	add_varint(made, size);
	for (size_t i = 0; i < size; i++)
		add_byte(made, ((const uint8_t *)bytes)[i]);
}

static void add_text(struct made *made, unsigned field, const char *text)
{
	add_bytes(made, field, text, strlen(text));
}

static void add_made(struct made *made, unsigned field, const struct made *inner)
{
	add_bytes(made, field, inner->bytes, inner->size);
}

/* A metric with a name, and an alias and a type unless 0: the value comes behind. */
static struct made metric(const char *name, uint64_t alias, unsigned type)
{
	struct made made = {0};

	if (name)
		add_text(&made, 1, name);
	if (alias)
		add_number(&made, 2, alias);
	if (type)
		add_number(&made, 4, type);
	return made;
}

static struct made payload(int seq)
{
	struct made made = {0};

	add_number(&made, 1, 1700000000000);
	if (seq >= 0)
		add_number(&made, 3, (uint64_t)seq);
	return made;
}

static void send_bytes(enum bt_dir dir, unsigned flags, const char *topic, const void *bytes,
		       size_t size)
{
	static struct made message;

	message.size = 0;
	add_byte(&message, flags);
	add_byte(&message, (unsigned)strlen(topic));
	for (; *topic; topic++)
		add_byte(&message, (uint8_t)*topic);
	for (size_t i = 0; i < size; i++)
		add_byte(&message, ((const uint8_t *)bytes)[i]);
	lab_send(&lab, dir, cur_of(message.bytes, message.size), false);
}

static void publish(const char *topic, const struct made *made)
{
	send_bytes(BT_TO_SERVER, 0, topic, made->bytes, made->size);
}

static void deliver(const char *topic, const struct made *made)
{
	send_bytes(BT_TO_CLIENT, 0, topic, made->bytes, made->size);
}

/* The birth of group "plant", node "gate": bdSeq 5, Level = alias 1, Int16, 21; Open = no alias. */
static struct made birth(void)
{
	struct made made = payload(0), bd_seq = metric("bdSeq", 0, 8),
		    level = metric("Level", 1, 2), open = metric("Open", 0, 11);

	add_number(&bd_seq, 11, 5);
	add_number(&level, 10, 21);
	add_number(&open, 14, 1);
	add_made(&made, 2, &bd_seq);
	add_made(&made, 2, &level);
	add_made(&made, 2, &open);
	return made;
}

static void be_born(void)
{
	struct made made = birth();

	publish("spBv1.0/plant/NBIRTH/gate", &made);
}

/* ---- what came of it ---- */

static void expect_operation(enum bt_act act, unsigned function, unsigned subfunction,
			     const char *name)
{
	const struct bt_operation *op = &last()->op;

	ck_assert_int_eq(op->act, act);
	ck_assert_uint_eq(op->function, function);
	ck_assert_uint_eq(op->subfunction, subfunction);
	ck_assert_str_eq(op->name, name);
	ck_assert_ptr_eq(op->protocol, &dissector_sparkplug);
	ck_assert_int_eq(op->result, BT_RESULT_OK);
}

static void expect_access(unsigned index, const char *name, double value)
{
	const struct lab_operation *operation = last();

	ck_assert_uint_lt(index, operation->op.access_count);
	ck_assert_str_eq(operation->accesses[index].space, "metric");
	ck_assert_str_eq(operation->names[index], name);
	ck_assert_msg(operation->first_value[index] == value, "%s = %f", name,
		      operation->first_value[index]);
}

static bool identified(enum bt_identity what, const char *station, const char *text, bool client)
{
	for (unsigned i = 0; i < lab.identity_count && i < LAB_IDENTITIES; i++) {
		const struct lab_identity *identity = &lab.identities[i];

		if (identity->what == what && strcmp(identity->station, station) == 0 &&
		    strcmp(identity->text, text) == 0 && identity->who.client == client)
			return true;
	}
	return false;
}

/* ---- topics ---- */

START_TEST(topics)
{
	static const struct {
		const char *topic;
		bool ours, bad;
	} table[] = {
		{"spBv1.0/g/NBIRTH/n", true, false},
		{"spBv1.0/g/NDEATH/n", true, false},
		{"spBv1.0/g/NDATA/n", true, false},
		{"spBv1.0/g/NCMD/n", true, false},
		{"spBv1.0/g/DBIRTH/n/d", true, false},
		{"spBv1.0/g/DDEATH/n/d", true, false},
		{"spBv1.0/g/DDATA/n/d", true, false},
		{"spBv1.0/g/DCMD/n/d", true, false},
		{"spBv1.0/g/NDATA/n/d", false, true},
		{"spBv1.0/g/DDATA/n", false, true},
		{"spBv1.0/g/DDATA/n/d/e", false, true},
		{"spBv1.0/g/DDATA/n/", false, true},
		{"spBv1.0/g/STATE/n", false, true},
		{"spBv1.0/g/NCMD/n/d", true, true}, /* obeyed by who subscribes to NCMD/n/# */
		{"spBv1.0/g/NCMD/n/", true, true},
		{"spBv1.0/g/DCMD/n", true, true},
		{"spBv1.0/g/DCMD/n/", true, true},
		{"spBv1.0/g/DCMD/n/d/e", true, true},
		{"spBv1.0/g/NCMD/", false, true},
		{"spBv1.0/g/NSOMETHING/n", false, true},
		{"spBv1.0//NDATA/n", false, true},
		{"spBv1.0/g", false, true},
		{"spBv1.0", false, true},
		{"spBv1.0/STATE", false, true},
		{"spBv1.0/STATE/a/b", false, true},
		{"spAv1.0/g/NDATA/n", false, false},
		{"STATE/host", false, false}, /* and no word of a host application */
		{"STATE", false, false},
		{"plant/level", false, false},
		{"", false, false},
	};
	struct made empty = {0};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		lab_forget(&lab);
		deliver(table[i].topic, &empty);
		ck_assert_msg(taken == table[i].ours, "%s", table[i].topic);
		ck_assert_msg(lab.operation_count == table[i].ours, "%s", table[i].topic);
		ck_assert_msg(lab_broke(&lab, "sparkplug.bad_topic") == table[i].bad, "%s",
			      table[i].topic);
	}
}
END_TEST

/* ---- births name what data does not ---- */

START_TEST(node_birth)
{
	be_born();
	expect_operation(BT_ACT_PUBLISH, 256, 0, "nbirth");
	ck_assert_uint_eq(last()->op.access_count, 2); /* bdSeq is no metric of the plant */
	expect_access(0, "plant/gate/Level", 21);
	expect_access(1, "plant/gate/Open", 1);
	expect_text("namespace", "spBv1.0");
	expect_text("group", "plant");
	expect_text("edge_node", "gate");
	expect_text("type", "NBIRTH");
	expect_number("timestamp", 1700000000000);
	expect_number("seq", 0);
	expect_number("bd_seq", 5);
	expect_text("metrics.1.name", "Level");
	expect_number("metrics.1.alias", 1);
	expect_text("metrics.1.type", "Int16");
	expect_number("metrics.1.value", 21);
	expect_true("metrics.2.value");
	expect_absent("device");
	expect_absent("more");
	ck_assert(identified(BT_ID_COUNT, "plant/gate", "", true));
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(data_by_alias)
{
	struct made data = payload(1), level = metric(NULL, 1, 0), open = metric("Open", 0, 0);

	be_born();
	add_number(&level, 10,
		   0xfffe); /* -2 in 16 bits, and only the birth said that there is a sign */
	add_number(&open, 14, 0);
	add_made(&data, 2, &level);
	add_made(&data, 2, &open);
	publish("spBv1.0/plant/NDATA/gate", &data);
	expect_operation(BT_ACT_PUBLISH, 260, 0, "ndata");
	expect_access(0, "plant/gate/Level", -2);
	expect_access(1, "plant/gate/Open", 0);
	expect_text("metrics.0.name", "Level");
	expect_text("metrics.0.type", "Int16");
	expect_number("metrics.0.value", -2);
	expect_text("metrics.1.type", "Boolean");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(device_by_alias)
{
	struct made born = payload(1), data = payload(2), speed = metric("Speed", 7, 9);

	be_born();
	add_float(&speed, 12, 1.5f);
	add_made(&born, 2, &speed);
	publish("spBv1.0/plant/DBIRTH/gate/pump", &born);
	expect_operation(BT_ACT_PUBLISH, 258, 0, "dbirth");
	expect_access(0, "plant/gate/pump/Speed", 1.5);
	ck_assert(identified(BT_ID_COUNT, "plant/gate/pump", "", true));
	speed = metric(NULL, 7, 0);
	add_float(&speed, 12, 2.5f);
	add_made(&data, 2, &speed);
	publish("spBv1.0/plant/DDATA/gate/pump", &data);
	expect_operation(BT_ACT_PUBLISH, 261, 0, "ddata");
	expect_access(0, "plant/gate/pump/Speed", 2.5);
	expect_text("device", "pump");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* Against the rule, but seen: each device counts from 1. */
START_TEST(alias_of_each_device)
{
	static const char *const names[] = {"Speed", "Torque"};
	struct made made, one;
	char topic[64], name[64];

	be_born();
	for (int i = 0; i < 2; i++) {
		made = payload(1 + i);
		one = metric(names[i], 1, 3);
		add_made(&made, 2, &one);
		snprintf(topic, sizeof(topic), "spBv1.0/plant/DBIRTH/gate/pump%d", i);
		publish(topic, &made);
	}
	for (int i = 0; i < 2; i++) {
		made = payload(3 + i);
		one = metric(NULL, 1, 0);
		add_number(&one, 10, 5);
		add_made(&made, 2, &one);
		snprintf(topic, sizeof(topic), "spBv1.0/plant/DDATA/gate/pump%d", i);
		snprintf(name, sizeof(name), "plant/gate/pump%d/%s", i, names[i]);
		publish(topic, &made);
		expect_access(0, name, 5);
	}
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* Started in the middle: numbers have no names, and nothing is said against that. */
START_TEST(data_before_birth)
{
	struct made data = payload(9), level = metric(NULL, 1, 0);

	add_number(&level, 10, 3);
	add_made(&data, 2, &level);
	deliver("spBv1.0/plant/NDATA/gate", &data);
	expect_operation(BT_ACT_REPORT, 260, 1, "ndata");
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(last()->op.access_count, 0);
	expect_number("metrics.0.alias", 1);
	expect_absent("metrics.0.name");
	ck_assert_uint_eq(lab.break_count, 0);
	ck_assert(identified(BT_ID_COUNT, "plant/gate", "", false));
}
END_TEST

/* One edge node's birth names nothing of another's, and a new birth forgets the old one's. */
START_TEST(aliases_are_kept_apart)
{
	struct made data = payload(1), level = metric(NULL, 1, 0), again = payload(0);

	be_born();
	add_number(&level, 10, 3);
	add_made(&data, 2, &level);
	deliver("spBv1.0/plant/NDATA/other", &data);
	ck_assert_uint_eq(last()->op.access_count, 0);
	deliver("spBv1.0/plan/NDATA/t/gate", &data);
	deliver("spBv1.0/plant/NDATA/gate", &data);
	ck_assert_uint_eq(last()->op.access_count, 1);
	publish("spBv1.0/plant/NBIRTH/gate", &again);
	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert_uint_eq(last()->op.access_count, 0);
	ck_assert(lab_broke(&lab, "sparkplug.unknown_alias"));
}
END_TEST

START_TEST(many_edge_nodes)
{
	char topic[64];
	struct made made = birth(), data = payload(1), level = metric(NULL, 1, 0);

	add_number(&level, 10, 3);
	add_made(&data, 2, &level);
	for (int i = 0; i < 600; i++) {
		snprintf(topic, sizeof(topic), "spBv1.0/plant/NBIRTH/gate%d", i);
		deliver(topic, &made);
		ck_assert(taken);
	}
	deliver("spBv1.0/plant/NDATA/gate599", &data);
	ck_assert_uint_eq(last()->op.access_count, 1);
	deliver("spBv1.0/plant/NDATA/gate0", &data); /* made room */
	ck_assert_uint_eq(last()->op.access_count, 0);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(more_aliases_than_memory)
{
	for (unsigned turn = 0; turn < 40; turn++) {
		struct made made = payload((int)turn + 1);
		char name[96];

		for (unsigned i = 0; i < 150; i++) {
			struct made one;

			snprintf(name, sizeof(name), "Folder/With/A/Long/Name/Of/A/Metric/%u/%u",
				 turn, i);
			one = metric(name, turn * 150 + i + 1, 3);
			add_number(&one, 10, i);
			add_made(&made, 2, &one);
		}
		if (turn == 0)
			be_born();
		publish("spBv1.0/plant/DBIRTH/gate/pump", &made);
		ck_assert_uint_eq(last()->op.access_count, BT_ACCESSES_MAX);
		expect_number("more", 150 - 64);
	}
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* Where the table of aliases cannot grow any more, the first of them go: no fault of the data. */
START_TEST(more_aliases_than_table)
{
	struct made data = payload(1), first = metric(NULL, 1, 0);
	char name[16];

	be_born();
	for (unsigned alias = 2; alias < 6000; alias += 500) {
		struct made made = payload((int)(alias / 500 + 1));

		for (unsigned i = 0; i < 500; i++) {
			struct made one;

			snprintf(name, sizeof(name), "%x", alias + i);
			one = metric(name, alias + i, 3);
			add_made(&made, 2, &one);
		}
		publish("spBv1.0/plant/DBIRTH/gate/pump", &made);
	}
	lab_forget(&lab);
	add_number(&first, 10, 3);
	add_made(&data, 2, &first);
	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert(!lab_broke(&lab, "sparkplug.unknown_alias"));
}
END_TEST

/* ---- values ---- */

/* The payload of one metric of type `type` whose value is in `value`, published; its JSON is
 * looked at. */
static void one_value(unsigned type, const struct made *value)
{
	struct made made = payload(1), one = metric("X", 0, type);

	for (size_t i = 0; i < value->size; i++)
		add_byte(&one, value->bytes[i]);
	add_made(&made, 2, &one);
	deliver("spBv1.0/plant/NDATA/gate", &made);
}

START_TEST(numbers)
{
	static const struct {
		unsigned type, field;
		uint64_t sent;
		double value;
		const char *name;
	} table[] = {
		{1, 10, 0xff, -1, "Int8"},
		{1, 10, 0xffffffff, -1, "Int8"},
		{2, 10, 0x8000, -32768, "Int16"},
		{3, 10, 0xffffffff, -1, "Int32"},
		{3, 10, 0xffffffffffffffff, -1, "Int32"},
		{4, 11, 0xffffffffffffffff, -1, "Int64"},
		{5, 10, 255, 255, "UInt8"},
		{6, 10, 65535, 65535, "UInt16"},
		{7, 10, 0xffffffff, 4294967295.0, "UInt32"},
		{7, 11, 0xffffffff, 4294967295.0, "UInt32"},
		{8, 11, 1ull << 40, 1099511627776.0, "UInt64"},
		{13, 11, 1700000000000, 1700000000000.0, "DateTime"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct made value = {0};

		add_number(&value, table[i].field, table[i].sent);
		one_value(table[i].type, &value);
		expect_text("metrics.0.type", table[i].name);
		expect_number("metrics.0.value", table[i].value);
		if (table[i].type != 13) /* a time is no value to learn */
			expect_access(0, "plant/gate/X", table[i].value);
	}
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* Numbers are read eight bytes at a time where there are so many. Of 64 bits are those that are negative. */
START_TEST(numbers_of_each_length)
{
	const uint64_t all_bits = 0x1f2e3d4c5b6a79; /* as many as a double holds */

	for (unsigned bit = 0; bit < 63; bit++) {
		const uint64_t sent[] = {1ull << bit, bit < 53 ? all_bits >> bit : 0};

		for (size_t i = 0; i < 2; i++) {
			struct made value = {0};

			add_number(&value, 11, sent[i]);
			one_value(8, &value);
			expect_number("metrics.0.value", (double)sent[i]);
		}
	}
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(reals_and_texts)
{
	struct made value = {0};

	add_float(&value, 12, 0.25f);
	one_value(9, &value);
	expect_number("metrics.0.value", 0.25);
	value.size = 0;
	add_double(&value, 13, -1e300);
	one_value(10, &value);
	expect_access(0, "plant/gate/X", -1e300);
	value.size = 0;
	add_fixed(&value, 13, 0x7ff8000000000000, 8);
	one_value(10, &value);
	expect_text("metrics.0.value", "nan");
	value.size = 0;
	add_fixed(&value, 12, 0xff800000, 4);
	one_value(9, &value);
	expect_text("metrics.0.value", "-inf");
	value.size = 0;
	add_text(&value, 15, "auf");
	one_value(12, &value);
	expect_text("metrics.0.value", "auf");
	ck_assert_int_eq(last()->accesses[0].values.kind, BT_VALUES_BYTES);
	value.size = 0;
	add_bytes(&value, 16, "abc", 3);
	one_value(17, &value);
	expect_number("metrics.0.size", 3);
	expect_text("metrics.0.sha256",
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	value.size = 0;
	add_number(&value, 7, 1);
	one_value(3, &value);
	expect_true("metrics.0.null");
	ck_assert_int_eq(last()->accesses[0].values.kind, BT_VALUES_NONE);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(arrays)
{
	static const struct {
		unsigned type;
		size_t size;
		const char *bytes;
		double first, second;
	} table[] = {
		{22, 2, "\xef\x7b", -17, 123},
		{23, 4, "\x30\x8a\xbb\x39", -30160, 14779},
		{24, 8, "\xff\xff\xff\xff\x02\0\0\0", -1, 2},
		{25, 16, "\xff\xff\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\0\0\0", -1, 2},
		{26, 2, "\x17\xfa", 23, 250},
		{27, 4, "\x1e\0\x88\xcc", 30, 52360},
		{28, 8, "\x34\0\0\0\xf9\xcb\xff\xff", 52, 4294953977.0},
		{29, 16, "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0", 1, 2},
		{30, 8, "\0\0\x80\x3e\0\0\0\xc0", 0.25, -2},
		{31, 16, "\0\0\0\0\0\0\xd0\x3f\0\0\0\0\0\0\0\xc0", 0.25, -2},
	};
	struct made value = {0};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		value.size = 0;
		add_bytes(&value, 16, table[i].bytes, table[i].size);
		one_value(table[i].type, &value);
		expect_number("metrics.0.values.0", table[i].first);
		expect_number("metrics.0.values.1", table[i].second);
		expect_access(0, "plant/gate/X", table[i].first);
		ck_assert_uint_eq(last()->accesses[0].values.count, 2);
	}
	value.size = 0;
	add_bytes(&value, 16, "\x0c\0\0\0\x34\xd0", 6);
	one_value(32, &value);
	expect_true("metrics.0.values.2");
	expect_true("metrics.0.values.11");
	expect_absent("metrics.0.values.12");
	value.size = 0;
	add_bytes(&value, 16, "ABC\0hello", 10);
	one_value(33, &value);
	expect_text("metrics.0.values.0", "ABC");
	expect_text("metrics.0.values.1", "hello");
	value.size = 0;
	add_bytes(&value, 16, "\x01\0\0\0\0\0\0\0", 8);
	one_value(34, &value);
	expect_number("metrics.0.values.0", 1);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* It promises four billion truths and brings eight. */
START_TEST(array_that_lies)
{
	struct made value = {0};

	add_bytes(&value, 16, "\xff\xff\xff\xff\xff", 5);
	one_value(32, &value);
	ck_assert_uint_eq(last()->accesses[0].values.count, 8);
	value.size = 0;
	add_bytes(&value, 16, "\xff\xff", 2);
	one_value(32, &value);
	ck_assert_uint_eq(last()->accesses[0].values.count, 0);
}
END_TEST

START_TEST(data_set)
{
	struct made set = {0}, row = {0}, cell = {0}, value = {0};

	add_number(&set, 1, 2);
	add_text(&set, 2, "Name");
	add_text(&set, 2, "Offset");
	add_number(&set, 3, 12);
	add_number(&set, 3, 3);
	add_text(&cell, 6, "zero");
	add_made(&row, 1, &cell);
	cell.size = 0;
	add_number(&cell, 1, 0xfffffffe);
	add_made(&row, 1, &cell);
	add_made(&set, 4, &row);
	add_made(&set, 4, &row);
	add_made(&value, 17, &set);
	one_value(16, &value);
	expect_text("metrics.0.dataset.columns.1", "Offset");
	expect_text("metrics.0.dataset.types.0", "String");
	expect_text("metrics.0.dataset.cells.0", "zero");
	expect_number("metrics.0.dataset.cells.1", -2);
	expect_number("metrics.0.dataset.rows", 2);
}
END_TEST

START_TEST(template)
{
	struct made made = payload(1), one = metric("Motor", 3, 19), motor = {0}, parameter = {0},
		    rpm = metric("RPM", 0, 3), deep = metric("Drive", 0, 19), drive = {0};

	add_number(&rpm, 10, 1500);
	add_made(&drive, 2, &rpm);
	add_made(&deep, 18, &drive);
	add_text(&motor, 1, "v1");
	add_made(&motor, 2, &rpm);
	add_made(&motor, 2, &deep);
	add_text(&parameter, 1, "Index");
	add_number(&parameter, 2, 3);
	add_number(&parameter, 3, 4);
	add_made(&motor, 3, &parameter);
	add_text(&motor, 4, "MotorType");
	add_made(&one, 18, &motor);
	add_made(&made, 2, &one);
	publish("spBv1.0/plant/NBIRTH/gate", &made);
	expect_text("metrics.0.template.reference", "MotorType");
	expect_text("metrics.0.template.version", "v1");
	expect_text("metrics.0.template.parameters.0.name", "Index");
	expect_number("metrics.0.template.parameters.0.value", 4);
	expect_text("metrics.1.name", "Motor/RPM");
	expect_text("metrics.2.name", "Motor/Drive");
	expect_text("metrics.3.name", "Motor/Drive/RPM");
	expect_access(3, "plant/gate/Motor/Drive/RPM", 1500);

	/* Later by alias, and without types. */
	made = payload(2);
	one = metric(NULL, 3, 0);
	rpm = metric("RPM", 0, 0);
	motor.size = 0;
	add_number(&rpm, 10, 0xffffffff);
	add_made(&motor, 2, &rpm);
	add_made(&one, 18, &motor);
	add_made(&made, 2, &one);
	publish("spBv1.0/plant/NDATA/gate", &made);
	expect_access(1, "plant/gate/Motor/RPM", -1);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(templates_without_end)
{
	struct made inner = metric("T", 0, 19), made = payload(1);

	for (int i = 0; i < 500; i++) {
		struct made body = {0}, outer = metric("T", 0, 19);

		add_made(&body, 2, &inner);
		add_made(&outer, 18, &body);
		inner = outer;
	}
	add_made(&made, 2, &inner);
	deliver("spBv1.0/plant/NDATA/gate", &made);
	ck_assert(lab_broke(&lab, "sparkplug.nesting"));
	ck_assert_uint_eq(last()->op.access_count, 8);
}
END_TEST

START_TEST(metadata_and_properties)
{
	struct made value = {0}, meta = {0}, set = {0}, property = {0}, inner = {0};

	add_text(&meta, 2, "text/plain");
	add_number(&meta, 3, 99);
	add_text(&meta, 8, "what it is");
	add_made(&value, 8, &meta);
	add_number(&property, 1, 12);
	add_text(&property, 8, "bar");
	add_text(&inner, 1, "unit");
	add_made(&inner, 2, &property);
	add_text(&set, 1, "engUnit");
	add_made(&set, 2, &property);
	add_text(&set, 1, "more");
	property.size = 0;
	add_number(&property, 1, 20);
	add_made(&property, 9, &inner);
	add_made(&set, 2, &property);
	add_made(&value, 9, &set);
	add_number(&value, 10, 4);
	one_value(3, &value);
	expect_text("metrics.0.metadata.content_type", "text/plain");
	expect_number("metrics.0.metadata.size", 99);
	expect_text("metrics.0.properties.0.name", "engUnit");
	expect_text("metrics.0.properties.0.value", "bar");
	expect_text("metrics.0.properties.1.type", "PropertySet");
	expect_text("metrics.0.properties.2.name", "unit");
	expect_number("metrics.0.properties.2.depth", 1);
}
END_TEST

START_TEST(wrong_type)
{
	struct made value = {0};

	add_text(&value, 15, "no number");
	one_value(3, &value);
	ck_assert(lab_broke(&lab, "sparkplug.bad_metric"));
	lab_forget(&lab);
	value.size = 0;
	add_number(&value, 10, 1);
	one_value(35, &value);
	ck_assert(lab_broke(&lab, "sparkplug.bad_metric"));
	expect_text("metrics.0.type", "unknown");
}
END_TEST

/* ---- births, deaths, counters ---- */

START_TEST(sequence)
{
	struct made data;

	be_born();
	for (int seq = 1; seq < 300; seq++) {
		data = payload(seq % 256);
		publish("spBv1.0/plant/NDATA/gate", &data);
	}
	ck_assert_uint_eq(lab.break_count, 0);
	data = payload(45);
	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert(lab_broke(&lab, "sparkplug.seq_gap"));
}
END_TEST

START_TEST(delivered_twice)
{
	struct made data = payload(7);

	deliver("spBv1.0/plant/NDATA/gate", &data);
	deliver("spBv1.0/plant/NDATA/gate", &data);
	ck_assert_uint_eq(lab.break_count, 0);
	data = payload(9);
	deliver("spBv1.0/plant/NDATA/gate", &data);
	ck_assert(lab_broke(&lab, "sparkplug.seq_gap"));
}
END_TEST

START_TEST(stranger)
{
	struct made data = payload(7);

	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert(lab_broke(&lab, "sparkplug.unborn"));
	lab_forget(&lab);
	data = payload(8);
	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert_uint_eq(lab.break_count, 0); /* said once */
	publish("spBv1.0/plant/NCMD/other", &data);
	ck_assert_uint_eq(lab.break_count, 0); /* whoever commands is not born */
}
END_TEST

static struct made death(unsigned bd_seq)
{
	struct made made = payload(-1), one = metric("bdSeq", 0, 8);

	add_number(&one, 11, bd_seq);
	add_made(&made, 2, &one);
	return made;
}

START_TEST(death_of_its_birth)
{
	struct made made = death(5);

	send_bytes(BT_TO_SERVER, WILL | QOS, "spBv1.0/plant/NDEATH/gate", made.bytes, made.size);
	ck_assert(taken);
	ck_assert_uint_eq(lab.operation_count, 0);
	be_born();
	publish("spBv1.0/plant/NDEATH/gate", &made);
	expect_operation(BT_ACT_PUBLISH, 257, 0, "ndeath");
	expect_number("bd_seq", 5);
	ck_assert_uint_eq(lab.break_count, 0);
	be_born();
	made = death(4);
	deliver("spBv1.0/plant/NDEATH/gate", &made);
	ck_assert(lab_broke(&lab, "sparkplug.bd_seq_mismatch"));
}
END_TEST

START_TEST(will_of_another_birth)
{
	struct made made = death(4);

	send_bytes(BT_TO_SERVER, WILL, "spBv1.0/plant/NDEATH/gate", made.bytes, made.size);
	be_born();
	ck_assert(lab_broke(&lab, "sparkplug.bd_seq_mismatch"));
}
END_TEST

START_TEST(delivery)
{
	struct made made = birth();

	send_bytes(BT_TO_SERVER, RETAIN, "spBv1.0/plant/NBIRTH/gate", made.bytes, made.size);
	ck_assert(lab_broke(&lab, "sparkplug.delivery"));
}
END_TEST

/* ---- commands ---- */

static void command(const char *topic, enum bt_dir dir, const char *name, bool value)
{
	struct made made = payload(-1), one = metric(name, 0, 11);

	add_number(&one, 14, value);
	add_made(&made, 2, &one);
	send_bytes(dir, 0, topic, made.bytes, made.size);
}

START_TEST(commands)
{
	const char *node = "spBv1.0/plant/NCMD/gate", *device = "spBv1.0/plant/DCMD/gate/pump";

	command(node, BT_TO_SERVER, "Valve", true);
	expect_operation(BT_ACT_WRITE, 262, 0, "ncmd");
	expect_access(0, "plant/gate/Valve", 1);
	command(node, BT_TO_SERVER, "Node Control/Rebirth", true);
	expect_operation(BT_ACT_IDENTIFY, 262, 2, "ncmd_rebirth");
	command(node, BT_TO_SERVER, "Node Control/Reboot", true);
	expect_operation(BT_ACT_CONTROL, 262, 4, "ncmd_reboot");
	command(node, BT_TO_SERVER, "Node Control/Next Server", true);
	expect_operation(BT_ACT_CONTROL, 262, 6, "ncmd_next_server");
	command(node, BT_TO_SERVER, "Node Control/Reboot", false);
	expect_operation(BT_ACT_WRITE, 262, 0, "ncmd");
	command(device, BT_TO_SERVER, "Position", true);
	expect_operation(BT_ACT_WRITE, 263, 0, "dcmd");
	expect_access(0, "plant/gate/pump/Position", 1);
	ck_assert_uint_eq(lab.identity_count, 0); /* a command proves nobody's existence */
	be_born();
	command(device, BT_TO_CLIENT, "Device Control/Reboot", true);
	expect_operation(BT_ACT_CONTROL, 263, 5, "dcmd_reboot");
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* Delivered to one who is not the edge node. */
START_TEST(overheard_commands)
{
	struct made made = birth();

	deliver("spBv1.0/plant/NBIRTH/gate", &made);
	command("spBv1.0/plant/NCMD/gate", BT_TO_CLIENT, "Node Control/Reboot", true);
	expect_operation(BT_ACT_REPORT, 262, 5, "ncmd_reboot");
	ck_assert_int_eq(last()->accesses[0].act, BT_ACT_REPORT);
}
END_TEST

START_TEST(commands_by_alias)
{
	struct made made = payload(-1), one = metric(NULL, 1, 0);

	be_born();
	add_number(&one, 10, 0xfff0);
	add_made(&made, 2, &one);
	deliver("spBv1.0/plant/NCMD/gate", &made);
	expect_operation(BT_ACT_WRITE, 262, 1, "ncmd");
	expect_access(0, "plant/gate/Level", -16);
}
END_TEST

/* An edge node takes both names of a metric for its own. */
START_TEST(command_with_two_names)
{
	struct made made = payload(-1), one = metric("Open", 1, 3);

	be_born();
	add_number(&one, 10, 900);
	add_made(&made, 2, &one);
	deliver("spBv1.0/plant/NCMD/gate", &made);
	ck_assert_uint_eq(last()->op.access_count, 2);
	expect_access(0, "plant/gate/Open", 900);
	expect_access(1, "plant/gate/Level", 900);
	ck_assert(lab_broke(&lab, "sparkplug.bad_metric"));
}
END_TEST

/* The field has the value; the type may be any, and there are edge nodes that do not look at it. */
START_TEST(command_with_a_false_type)
{
	static const unsigned types[] = {1, 13, 34};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct made made = payload(-1), one = metric("Level", 0, types[i]);

		add_number(&one, 7, 1); /* and there is none */
		add_number(&one, 10, 256 + 50);
		add_made(&made, 2, &one);
		deliver("spBv1.0/plant/NCMD/gate", &made);
		expect_access(0, "plant/gate/Level", 256 + 50);
	}
}
END_TEST

/* Sparkplug's own counter is no edge node's to be commanded. */
START_TEST(command_named_as_a_counter)
{
	struct made made = death(3);

	deliver("spBv1.0/plant/NCMD/gate", &made);
	expect_access(0, "plant/gate/bdSeq", 3);
}
END_TEST

static void expect_unread(unsigned index, const char *name)
{
	ck_assert_uint_eq(last()->op.access_count, index + 1);
	ck_assert_str_eq(last()->accesses[index].space, "payload");
	ck_assert_str_eq(last()->names[index], name);
	ck_assert_int_eq(last()->accesses[index].act, BT_ACT_WRITE);
}

/* One metric more than is told of, behind those that are known. */
START_TEST(command_of_too_many)
{
	struct made made = payload(-1), one = metric("Level", 0, 3), other = metric("Pump", 0, 3);

	be_born();
	add_number(&one, 10, 1);
	add_number(&other, 10, 1);
	for (unsigned i = 0; i < BT_ACCESSES_MAX; i++)
		add_made(&made, 2, &one);
	deliver("spBv1.0/plant/NCMD/gate", &made);
	expect_access(BT_ACCESSES_MAX - 1, "plant/gate/Level", 1);
	add_made(&made, 2, &other);
	deliver("spBv1.0/plant/NCMD/gate", &made);
	expect_unread(BT_ACCESSES_MAX - 1, "plant/gate");
}
END_TEST

/* What calls itself packed is obeyed by whoever does not know what that is. */
START_TEST(command_that_is_packed)
{
	struct made made = payload(-1), how = metric("algorithm", 0, 12),
		    one = metric("Node Control/Reboot", 0, 11);

	be_born();
	add_text(&how, 15, "GZIP");
	add_number(&one, 14, 1);
	add_made(&made, 2, &how);
	add_text(&made, 4, "SPBV1.0_COMPRESSED");
	add_bytes(&made, 5, "\x1f\x8b", 2);
	deliver("spBv1.0/plant/DCMD/gate/pump", &made);
	expect_operation(BT_ACT_WRITE, 263, 1, "dcmd");
	expect_unread(0, "plant/gate/pump");
	add_made(&made, 2, &one);
	deliver("spBv1.0/plant/NCMD/gate", &made);
	expect_operation(BT_ACT_CONTROL, 262, 5, "ncmd_reboot");
	expect_unread(1, "plant/gate");
}
END_TEST

START_TEST(command_cut_short)
{
	struct made made = payload(-1);

	be_born();
	send_bytes(BT_TO_CLIENT, CUT, "spBv1.0/plant/NCMD/gate", made.bytes, made.size);
	expect_unread(0, "plant/gate");
}
END_TEST

START_TEST(command_to_an_odd_topic)
{
	be_born();
	command("spBv1.0/plant/NCMD/gate/x", BT_TO_CLIENT, "Node Control/Reboot", true);
	expect_operation(BT_ACT_CONTROL, 262, 5, "ncmd_reboot");
	expect_access(0, "plant/gate/Node Control/Reboot", 1);
	ck_assert(lab_broke(&lab, "sparkplug.bad_topic"));
}
END_TEST

/* ---- who they are ---- */

START_TEST(identities)
{
	static const struct {
		const char *name, *text;
		enum bt_identity what;
	} table[] = {
		{"Properties/Hardware Make", "Advantage", BT_ID_VENDOR},
		{"Properties/Hardware Model", "T-1000", BT_ID_MODEL},
		{"Properties/FW", "1.2.3", BT_ID_FIRMWARE},
		{"Node Info/serial_number", "0815", BT_ID_SERIAL},
		{"Properties/OS Version", "Debian 12", BT_ID_OTHER},
	};
	struct made made = payload(1);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct made one = metric(table[i].name, 0, 12);

		add_text(&one, 15, table[i].text);
		add_made(&made, 2, &one);
	}
	deliver("spBv1.0/plant/DBIRTH/gate/pump", &made);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_msg(identified(table[i].what, "plant/gate/pump", table[i].text, false),
			      "%s", table[i].name);
	lab_forget(&lab);
	deliver("spBv1.0/plant/DDATA/gate/pump", &made);
	ck_assert_uint_eq(lab.identity_count, 1); /* data is no birth */
}
END_TEST

START_TEST(hosts)
{
	const char *json = "{ \"timestamp\" : 1668114759262, \"online\": true }";

	send_bytes(BT_TO_SERVER, RETAIN | QOS, "spBv1.0/STATE/scada", json, strlen(json));
	expect_operation(BT_ACT_PUBLISH, 264, 0, "state");
	expect_text("host", "scada");
	expect_true("online");
	expect_number("timestamp", 1668114759262);
	ck_assert(identified(BT_ID_APPLICATION, "", "scada", true));
	send_bytes(BT_TO_CLIENT, RETAIN, "STATE/scada", "OFFLINE", 7);
	expect_operation(BT_ACT_REPORT, 264, 1, "state");
	expect_text("namespace", "STATE");
	ck_assert_uint_eq(lab.break_count, 0);
	send_bytes(BT_TO_CLIENT, RETAIN, "spBv1.0/STATE/scada", "{\"online\"", 9);
	ck_assert(lab_broke(&lab, "sparkplug.bad_payload"));
	ck_assert_uint_eq(lab.operation_count, 3);
}
END_TEST

/* A retained message is taken from the broker by one without a payload. */
START_TEST(host_removed)
{
	send_bytes(BT_TO_SERVER, RETAIN, "spBv1.0/STATE/scada", "", 0);
	expect_operation(BT_ACT_PUBLISH, 264, 0, "state");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* ---- payloads that are not ---- */

START_TEST(cut_anywhere)
{
	struct made whole = birth();

	for (size_t size = 0; size < whole.size; size++) {
		lab_forget(&lab);
		send_bytes(BT_TO_CLIENT, 0, "spBv1.0/plant/NBIRTH/gate", whole.bytes, size);
		ck_assert_uint_eq(lab.operation_count, 1);
		json_decref(document());
		lab_forget(&lab);
		send_bytes(BT_TO_CLIENT, CUT, "spBv1.0/plant/NBIRTH/gate", whole.bytes, size);
		expect_true("truncated");
		ck_assert(!lab_broke(&lab, "sparkplug.bad_payload")); /* it went on */
	}
}
END_TEST

START_TEST(not_protobuf)
{
	static const struct {
		const char *bytes;
		size_t size;
	} table[] = {
		{"{\"level\": 4}", 12},
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11}, /* a varint of 66 bits */
		{"\x08\x80", 2},
		{"\x12\xff\xff\xff\xff\x0f", 6},
		{"\x12\x04\x0a\x7f\x41\x42", 6}, /* a name longer than its metric */
		{"\x00\x01", 2},
		{"\x0b\x0c", 2}, /* groups */
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		lab_forget(&lab);
		send_bytes(BT_TO_SERVER, 0, "spBv1.0/plant/NCMD/gate", table[i].bytes,
			   table[i].size);
		ck_assert_msg(lab_broke(&lab, "sparkplug.bad_payload"), "%zu", i);
		ck_assert_uint_eq(lab.operation_count, 1);
	}
}
END_TEST

START_TEST(fields_of_tomorrow)
{
	struct made made = payload(1), one = metric("X", 0, 3);

	add_number(&one, 10, 4);
	add_text(&one, 100, "new");
	add_made(&made, 2, &one);
	add_fixed(&made, 200, 1, 8);
	add_fixed(&made, 201, 1, 4);
	deliver("spBv1.0/plant/NDATA/gate", &made);
	expect_access(0, "plant/gate/X", 4);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(compressed)
{
	struct made made = payload(1), one = metric("algorithm", 0, 12);

	add_text(&one, 15, "GZIP");
	add_made(&made, 2, &one);
	add_text(&made, 4, "SPBV1.0_COMPRESSED");
	add_bytes(&made, 5, "\x1f\x8b", 2);
	deliver("spBv1.0/plant/NDATA/gate", &made);
	expect_true("compressed");
	expect_number("body_size", 2);
	ck_assert_uint_eq(last()->op.access_count, 0);
}
END_TEST

/* Of a birth too long to be kept whole the last names are missing: no fault of the data. */
START_TEST(birth_cut_short)
{
	struct made made = birth(), data = payload(1), level = metric(NULL, 77, 0);

	send_bytes(BT_TO_SERVER, CUT, "spBv1.0/plant/NBIRTH/gate", made.bytes, made.size);
	add_number(&level, 10, 3);
	add_made(&data, 2, &level);
	publish("spBv1.0/plant/NDATA/gate", &data);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* As much as one message can hold of everything that grows: the line stays whole. */
START_TEST(lines_are_bounded)
{
	char name[250];
	struct made made = payload(1), set = {0}, property = {0};

	memset(name, 1, sizeof(name)); /* written as \\x01 */
	add_number(&property, 1, 12);
	add_bytes(&property, 8, name, sizeof(name));
	for (int i = 0; i < 10; i++) {
		add_bytes(&set, 1, name, sizeof(name));
		add_made(&set, 2, &property);
	}
	for (int i = 0; i < 2; i++) {
		struct made one = metric("X", 0, 12);

		add_bytes(&one, 15, name, sizeof(name));
		add_made(&one, 9, &set);
		add_made(&made, 2, &one);
	}
	deliver("spBv1.0/plant/NDATA/gate", &made);
	ck_assert_uint_lt(strlen(last()->json), 32 << 10);
	expect_number("more", 1);
}
END_TEST

START_TEST(features)
{
	struct bt_feature feature;
	char text[BT_FEATURE_TEXT];
	size_t count = 0;

	for (; dissector_sparkplug.feature(count, &feature, text); count++) {
		ck_assert(feature.kind && feature.number && feature.name);
		ck_assert(feature.decoded);
	}
	ck_assert_uint_eq(count, 9 + 35);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sparkplug");
	TCase *tests = tcase_create("sparkplug");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, topics);
	tcase_add_test(tests, node_birth);
	tcase_add_test(tests, data_by_alias);
	tcase_add_test(tests, device_by_alias);
	tcase_add_test(tests, alias_of_each_device);
	tcase_add_test(tests, data_before_birth);
	tcase_add_test(tests, aliases_are_kept_apart);
	tcase_add_test(tests, many_edge_nodes);
	tcase_add_test(tests, more_aliases_than_memory);
	tcase_add_test(tests, more_aliases_than_table);
	tcase_add_test(tests, numbers);
	tcase_add_test(tests, numbers_of_each_length);
	tcase_add_test(tests, reals_and_texts);
	tcase_add_test(tests, arrays);
	tcase_add_test(tests, array_that_lies);
	tcase_add_test(tests, data_set);
	tcase_add_test(tests, template);
	tcase_add_test(tests, templates_without_end);
	tcase_add_test(tests, metadata_and_properties);
	tcase_add_test(tests, wrong_type);
	tcase_add_test(tests, sequence);
	tcase_add_test(tests, delivered_twice);
	tcase_add_test(tests, stranger);
	tcase_add_test(tests, death_of_its_birth);
	tcase_add_test(tests, will_of_another_birth);
	tcase_add_test(tests, delivery);
	tcase_add_test(tests, commands);
	tcase_add_test(tests, overheard_commands);
	tcase_add_test(tests, commands_by_alias);
	tcase_add_test(tests, command_with_two_names);
	tcase_add_test(tests, command_with_a_false_type);
	tcase_add_test(tests, command_named_as_a_counter);
	tcase_add_test(tests, command_of_too_many);
	tcase_add_test(tests, command_that_is_packed);
	tcase_add_test(tests, command_cut_short);
	tcase_add_test(tests, command_to_an_odd_topic);
	tcase_add_test(tests, identities);
	tcase_add_test(tests, host_removed);
	tcase_add_test(tests, hosts);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, not_protobuf);
	tcase_add_test(tests, fields_of_tomorrow);
	tcase_add_test(tests, compressed);
	tcase_add_test(tests, birth_cut_short);
	tcase_add_test(tests, lines_are_bounded);
	tcase_add_test(tests, features);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
