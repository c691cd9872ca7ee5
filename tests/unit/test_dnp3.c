/* SPDX-License-Identifier: Apache-2.0
 *
 * The DNP3 dissector alone, under the lab's engine: exchanges of every kind, every object and
 * qualifier it lists, frames and segments cut and mixed, select before operate, and what it says
 * about broken traffic. All messages are hand-made.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab_check.h"
#include "suite.h"

extern const struct bt_dissector dissector_dnp3;

enum {
	MASTER = 3,
	OUTSTATION = 4,
	SEGMENT_BYTES = 249,
	ROOM_BYTES = 128 << 10,
};

static struct bt_engine lab;
static uint8_t room[ROOM_BYTES], wire[2 * ROOM_BYTES];
static size_t wire_size;
static uint8_t transport[2]; /* next sequence number of the master, of the outstation */
static uint16_t outstation = OUTSTATION;

static void setup(void)
{
	lab_init(&lab, &dissector_dnp3);
	transport[0] = 62; /* so that it turns over */
	transport[1] = 63;
	outstation = OUTSTATION;
}

static void teardown(void)
{
	lab_finish(&lab);
}

/* ---- making frames: nothing here is shared with the dissector ---- */

static uint16_t crc_of(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	return (uint16_t)~crc;
}

static void put(const uint8_t *bytes, size_t size)
{
	uint16_t crc = crc_of(bytes, size);

	ck_assert_uint_le(wire_size + size + 2, sizeof(wire));
	memcpy(wire + wire_size, bytes, size);
	wire[wire_size + size] = (uint8_t)crc;
	wire[wire_size + size + 1] = (uint8_t)(crc >> 8);
	wire_size += size + 2;
}

static void put_frame(uint8_t control, uint16_t to, uint16_t from, const uint8_t *user, size_t size)
{
	put((uint8_t[]){0x05, 0x64, (uint8_t)(size + 5), control, (uint8_t)to, (uint8_t)(to >> 8),
			(uint8_t)from, (uint8_t)(from >> 8)},
	    8);
	for (size_t at = 0; at < size; at += 16)
		put(user + at, size - at < 16 ? size - at : 16);
}

static void put_segment(bool from_master, uint8_t fin_fir, const uint8_t *bytes, size_t size)
{
	uint8_t user[1 + SEGMENT_BYTES];
	uint8_t *sequence = &transport[!from_master];

	user[0] = (uint8_t)(fin_fir | *sequence);
	*sequence = (*sequence + 1) & 63;
	memcpy(user + 1, bytes, size);
	put_frame(from_master ? 0xc4 : 0x44, from_master ? outstation : MASTER,
		  from_master ? MASTER : outstation, user, size + 1);
}

static void put_fragment(bool from_master, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at == 0 || at < size; at += SEGMENT_BYTES) {
		size_t part = size - at < SEGMENT_BYTES ? size - at : SEGMENT_BYTES;

		put_segment(from_master,
			    (uint8_t)((at == 0 ? 0x40 : 0) | (at + part == size ? 0x80 : 0)),
			    bytes + at, part);
	}
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Hexadecimal with blanks, into `room`. */
static size_t hex(const char *text)
{
	size_t size = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		room[size++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return size;
}

static size_t send_wire(bool from_master)
{
	size_t left = lab_send(&lab, from_master ? BT_TO_SERVER : BT_TO_CLIENT,
			       cur_of(wire, wire_size), false);

	wire_size = 0;
	return left;
}

static void say(bool from_master, const char *fragment)
{
	size_t size = hex(fragment);

	put_fragment(from_master, room, size);
	ck_assert_uint_eq(send_wire(from_master), 0);
}

static void ask(const char *fragment)
{
	say(true, fragment);
}

static void answer(const char *fragment)
{
	say(false, fragment);
}

static void link_frame(bool from_master, uint8_t control)
{
	put_frame(control, from_master ? OUTSTATION : MASTER, from_master ? MASTER : OUTSTATION,
		  NULL, 0);
	ck_assert_uint_eq(send_wire(from_master), 0);
}

/* ---- looking at what was said ---- */

static const struct lab_operation *last(void)
{
	return lab_last(&lab);
}

static json_t *document(void)
{
	return lab_document(&lab, last());
}

/* Does the last operation's JSON have this text? */
static void expect(const char *text)
{
	json_decref(document());
	ck_assert_msg(strstr(last()->json, text), "no %s in %s", text, last()->json);
}

static void expect_break(const char *name, bool wanted)
{
	ck_assert_msg(lab_broke(&lab, name) == wanted, "%s %s", name, wanted ? "missing" : "said");
}

static void expect_no_breaks(void)
{
	ck_assert_msg(lab.break_count == 0, "%s: %s",
		      lab.break_count ? lab.breaks[0].violation->name : "", lab.breaks[0].detail);
}

/* ---- exchanges ---- */

static const struct exchange {
	const char *request, *answer; /* answer NULL: none is due */
	const char *name;
	enum bt_act act;
	const char *space; /* of the access that is checked: the last; NULL: none */
	uint64_t first;
	uint32_t count;
	int64_t value; /* the first; -1: it has none */
	const char *json;
} exchanges[] = {
	{"c0 01 3c 02 06 3c 03 06", "c0 81 00 00 02 02 17 01 05 81 ab 0f bc c4 70 01", "read",
	 BT_ACT_READ, "binary_input", 5, 1, 1, "\"timestamp\":1583848624043"},
	{"c1 01 01 00 00 00 09", "c1 81 00 00 01 01 00 00 09 05 02", "read", BT_ACT_READ,
	 "binary_input", 0, 10, 1, "\"state\":1"},
	{"c1 01 03 00 06", "c1 81 00 00 03 01 00 02 04 24", "read", BT_ACT_READ, "double_bit_input",
	 2, 3, 0, "\"state\":2"},
	{"c2 01 1e 00 06", "c2 81 00 00 1e 02 01 0a 00 0b 00 01 10 00 01 ff ff", "read",
	 BT_ACT_READ, "analog_input", 10, 2, 16, "\"value\":-1"},
	{"c2 01 1e 05 06", "c2 81 00 00 1e 05 00 01 01 01 00 00 c0 3f", "read", BT_ACT_READ,
	 "analog_input", 1, 1, 1, "\"value\":1.5"},
	{"c3 01 14 00 06", "c3 81 00 00 14 01 28 01 00 07 00 01 ff ff ff ff", "read", BT_ACT_READ,
	 "counter", 7, 1, 4294967295, "\"count\":4294967295"},
	{"c3 01 65 01 00 00 00", "c3 81 00 00 65 02 00 00 00 78 56 34 12", "read", BT_ACT_READ,
	 "bcd", 0, 1, 12345678, "\"value\":12345678"},
	{"c4 02 32 01 07 01 ab 0f bc c4 70 01", "c4 81 00 00", "write", BT_ACT_CONFIGURE,
	 "time_and_date", 0, 1, -1, "\"timestamp\":1583848624043"},
	{"c4 02 50 01 00 07 07 00", "c4 81 00 00", "write", BT_ACT_CONFIGURE, "internal_indication",
	 7, 1, 0, "\"index\":7"},
	{"c4 02 22 01 00 03 03 0a 00", "c4 81 00 00", "write", BT_ACT_CONFIGURE,
	 "analog_input_deadband", 3, 1, 10, "\"deadband_value\":10"},
	{"c5 05 0c 01 28 01 00 02 00 81 01 64 00 00 00 c8 00 00 00 00",
	 "c5 81 00 00 0c 01 28 01 00 02 00 81 01 64 00 00 00 c8 00 00 00 00", "direct_operate",
	 BT_ACT_CONTROL, "crob", 2, 1, 0x81, "\"tcc_name\":\"trip\""},
	{"c5 06 0c 01 17 01 02 03 01 64 00 00 00 c8 00 00 00 00", NULL, "direct_operate_nr",
	 BT_ACT_CONTROL, "crob", 2, 1, 3, "\"op_type_name\":\"latch_on\""},
	{"c5 05 29 02 17 01 07 f6 ff 00", "c5 81 00 00 29 02 17 01 07 f6 ff 00", "direct_operate",
	 BT_ACT_CONTROL, "analog_output", 7, 1, -10, "\"control_status\":0"},
	{"c6 07 14 00 06", "c6 81 00 00", "immed_freeze", BT_ACT_CONTROL, NULL, 0, 0, -1,
	 "\"immed_freeze\""},
	{"c6 0b 32 02 07 01 ab 0f bc c4 70 01 10 27 00 00 14 00 06", "c6 81 00 00",
	 "freeze_at_time", BT_ACT_CONTROL, "time_and_date", 0, 1, -1, "\"interval\":10000"},
	{"c7 0d", "c7 81 80 00 34 02 07 01 e8 03", "cold_restart", BT_ACT_CONTROL, NULL, 0, 0, -1,
	 "\"delay_ms\":1000"},
	{"c7 14 3c 02 06 3c 03 06", "c7 81 00 00", "enable_unsolicited", BT_ACT_CONFIGURE, "class",
	 2, 1, -1, "\"variation\":3"},
	{"c8 16 3c 02 06 01 00 00 00 05", "c8 81 00 00", "assign_class", BT_ACT_CONFIGURE,
	 "binary_input", 0, 6, -1, "\"stop\":5"},
	{"c9 19 46 03 5b 01 1e 00 1a 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "
	 "00 00 04 01 00 2f 61 2e 62",
	 "c9 81 00 00 46 04 5b 01 0d 00 01 00 00 00 10 00 00 00 00 04 01 00 00", "open_file",
	 BT_ACT_PROGRAM, "file", 0, 1, -1, "\"filename\":\"/a.b\""},
	{"c9 01 46 05 5b 01 08 00 01 00 00 00 00 00 00 00",
	 "c9 81 00 00 46 05 5b 01 0b 00 01 00 00 00 00 00 00 80 61 62 63", "read", BT_ACT_PROGRAM,
	 "file", 1, 1, -1, "\"data_bytes\":3"},
	{"ca 01 00 f0 00 00 00", "ca 81 00 00 00 f0 00 00 00 02 02 00 08", "read", BT_ACT_IDENTIFY,
	 "device_attribute", 240, 1, -1, "\"value\":2048"},
	{"cb 12 5a 01 5b 01 03 00 61 62 63", "cb 81 00 00", "stop_appl", BT_ACT_PROGRAM,
	 "application", 0, 1, -1, "\"application\":\"abc\""},
	{"cb 02 70 03 17 01 04 61 62 63", "cb 81 00 00", "write", BT_ACT_WRITE, "virtual_terminal",
	 4, 1, -1, "\"data\":\"616263\""},
	{"cc 20 78 04 07 01 01 00",
	 "cc 83 00 00 78 05 5b 01 0f 00 01 00 00 00 01 00 02 02 04 04 00 11 22 33 44",
	 "session_key_status_request", BT_ACT_AUTHENTICATE, NULL, 0, 0, -1,
	 "\"challenge_data\":\"11223344\""},
	{"cd 01 79 01 00 00 00", "cd 81 00 00 79 01 00 00 00 01 02 00 05 00 00 00", "read",
	 BT_ACT_READ, "security_statistic", 0, 1, 5, "\"count_value\":5"},
};

enum {
	EXCHANGES = sizeof(exchanges) / sizeof(exchanges[0]),
};

START_TEST(test_exchange)
{
	const struct exchange *e = &exchanges[_i];
	const struct bt_operation *op;

	ask(e->request);
	if (e->answer)
		answer(e->answer);
	expect_no_breaks();
	ck_assert_uint_eq(lab.operation_count, 1);
	op = &last()->op;
	ck_assert_str_eq(op->name, e->name);
	ck_assert_int_eq(op->act, e->act);
	ck_assert_int_eq(op->result, BT_RESULT_OK);
	ck_assert_uint_eq(op->unit, OUTSTATION);
	ck_assert(!op->by_server);
	expect(e->json);
	if (!e->space)
		return;
	ck_assert_uint_gt(op->access_count, 0);
	ck_assert_str_eq(op->accesses[op->access_count - 1].space, e->space);
	ck_assert_uint_eq(op->accesses[op->access_count - 1].first, e->first);
	ck_assert_uint_eq(op->accesses[op->access_count - 1].count, e->count);
	if (e->value != -1)
		ck_assert_int_eq(last()->first_value[op->access_count - 1], e->value);
}
END_TEST

/* Each message cut at every length, in whole frames: nothing is read that is not there. */
START_TEST(test_cut)
{
	const struct exchange *e = &exchanges[_i];
	const char *const messages[] = {e->request, e->answer};

	for (int side = 0; side < 2 && messages[side]; side++) {
		size_t size = hex(messages[side]);

		for (size_t cut = 1; cut <= size; cut++) {
			put_fragment(side == 0, room, cut);
			send_wire(side == 0);
		}
	}
	lab_give_up(&lab);
	ck_assert_uint_gt(lab.operation_count, 0);
}
END_TEST

/* Frames cut anywhere are waited for; so is the rest of the header. */
START_TEST(test_frame_cut)
{
	size_t size = hex(exchanges[_i].request);
	struct bt_frame frame;

	put_fragment(true, room, size);
	for (size_t cut = 1; cut < wire_size; cut++) {
		uint8_t *exact = malloc(cut);

		ck_assert(exact);
		memcpy(exact, wire, cut);
		frame = dissector_dnp3.frame(cur_of(exact, cut), BT_TO_SERVER, BT_IN_SYNC);
		ck_assert_int_eq(frame.kind, BT_FRAME_PARTIAL);
		ck_assert_uint_gt(frame.length, cut);
		ck_assert_int_ne(dissector_dnp3.probe(cur_of(exact, cut), false), BT_MATCH_NO);
		free(exact);
	}
	frame = dissector_dnp3.frame(cur_of(wire, wire_size), BT_TO_SERVER, BT_LOST);
	ck_assert_int_eq(frame.kind, BT_FRAME_WHOLE);
	ck_assert_uint_eq(frame.length, wire_size);
	ck_assert_int_eq(dissector_dnp3.probe(cur_of(wire, wire_size), false), BT_MATCH_REQUEST);
	wire_size = 0;
}
END_TEST

/* ---- what the feature list promises ---- */

static bool listed_feature(size_t index, const char *kind, struct bt_feature *feature, char *text)
{
	return dissector_dnp3.feature(index, feature, text) && strcmp(feature->kind, kind) == 0 &&
	       feature->decoded;
}

/* Every object, behind a size of forty octets, is decoded and all its keys are listed. */
START_TEST(test_every_object)
{
	char text[BT_FEATURE_TEXT], fragment[256];
	struct bt_feature feature;
	unsigned objects = 0;

	for (size_t i = 0; dissector_dnp3.feature(i, &feature, text); i++) {
		unsigned group, variation = 40;

		if (!listed_feature(i, "object", &feature, text))
			continue;
		ck_assert_int_ge(sscanf(text, "g%uv%u", &group, &variation), 1);
		snprintf(fragment, sizeof(fragment),
			 "c0 81 00 00 %02x %02x 5b 01 28 00 %040d %040d", group, variation, 0, 0);
		answer(fragment);
		json_decref(document());
		ck_assert(strstr(last()->json, "\"complete\":true"));
		ck_assert_msg(strstr(last()->json, feature.name), "%s: %s", text, last()->json);
		objects++;
	}
	ck_assert_uint_gt(objects, 150);
	expect_break("dnp3.unknown_object", false);
}
END_TEST

/* Every qualifier names the same three points. */
START_TEST(test_every_qualifier)
{
	static const struct {
		const char *qualifier, *rest;
	} reads[] = {
		{"0x00", "02 04"},
		{"0x01", "0200 0400"},
		{"0x02", "02000000 04000000"},
		{"0x03", "02 04"},
		{"0x04", "0200 0400"},
		{"0x05", "02000000 04000000"},
		{"0x06", ""},
		{"0x07", "03"},
		{"0x08", "0300"},
		{"0x09", "03000000"},
		{"0x17", "03 02 03 04"},
		{"0x28", "0300 0200 0300 0400"},
		{"0x39", "03000000 02000000 03000000 04000000"},
		{"0x27", "03 0200 0300 0400"},
		{"0x4B", "01 00"},
		{"0x5B", "01 0000"},
		{"0x6B", "01 00000000"},
	};
	char text[BT_FEATURE_TEXT], fragment[128];
	struct bt_feature feature;
	size_t seen = 0;

	for (size_t i = 0; dissector_dnp3.feature(i, &feature, text); i++) {
		if (!listed_feature(i, "qualifier", &feature, text))
			continue;
		ck_assert_uint_lt(seen, sizeof(reads) / sizeof(reads[0]));
		ck_assert_str_eq(text, reads[seen].qualifier);
		snprintf(fragment, sizeof(fragment), "c0 01 01 02 %c%c %s", text[2],
			 text[3] == 'B' ? 'b' : text[3], reads[seen].rest);
		lab_wait(&lab, 1000000000);
		ask(fragment);
		lab_give_up(&lab);
		expect("\"complete\":true");
		if (strchr("0123", text[2]) && seen != 6 && (seen < 7 || seen > 9)) {
			ck_assert_uint_eq(last()->op.access_count, 1);
			ck_assert_uint_eq(last()->accesses[0].first, 2);
			ck_assert_uint_eq(last()->accesses[0].count, 3);
		}
		seen++;
	}
	ck_assert_uint_eq(seen, sizeof(reads) / sizeof(reads[0]));
	expect_no_breaks();
}
END_TEST

/* ---- broken and strange ---- */

static const struct broken {
	bool from_master;
	const char *fragment, *violation;
} broken[] = {
	{true, "c0", "dnp3.short_fragment"},
	{false, "c0 81 00", "dnp3.short_fragment"},
	{true, "c0 29 01 02 06", "dnp3.undefined_function"},
	{true, "c0 01 01 02", "dnp3.object_header"},
	{true, "c0 01 01 02 00 05", "dnp3.object_header"},
	{true, "c0 01 01 02 00 05 04", "dnp3.bad_range"},
	{true, "c0 01 01 02 0a 05 04", "dnp3.bad_qualifier"},
	{true, "c0 01 01 02 70 05 06", "dnp3.bad_qualifier"},
	{true, "c0 01 01 02 87 05", "dnp3.bad_qualifier"},
	{false, "c0 81 00 00 1e 01 00 00 09 01 00 00 00 00", "dnp3.bad_count"},
	{false, "c0 81 00 00 01 01 01 00 00 ff ff 00", "dnp3.bad_count"},
	{false, "c0 81 00 00 1e 01 02 00 00 00 00 ff ff ff ff 00", "dnp3.bad_count"},
	{true, "c0 01 01 02 39 ff ff ff ff 00 00 00 00", "dnp3.bad_count"},
	{false, "c0 81 00 00 00 fc 00 00 00 01 20 61 62", "dnp3.bad_object"},
	{false, "c0 81 00 00 c8 01 00 00 00 01 20 61 62", "dnp3.unknown_object"},
	{false, "c0 81 00 00 c8 01 00 00 00 01 20 61 62", "dnp3.undecoded"},
	{false, "c0 01 01 02 06", "dnp3.wrong_direction"},
};

START_TEST(test_broken)
{
	const struct broken *b = &broken[_i];

	say(b->from_master, b->fragment);
	expect_break(b->violation, true);
	lab_give_up(&lab);
	ask("c1 01 01 02 00 00 00"); /* and the connection goes on */
	answer("c1 81 00 00 01 02 00 00 00 81");
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

/* An unknown object that brings its size along takes nothing from those behind it. */
START_TEST(test_unknown_skipped)
{
	ask("c0 01 3c 01 06");
	answer("c0 81 00 00 c8 09 5b 01 04 00 de ad be ef 1e 02 00 00 00 01 2a 00");
	expect_break("dnp3.unknown_object", true);
	expect_break("dnp3.undecoded", false);
	expect("\"data\":\"deadbeef\"");
	expect("\"value\":42");
	expect("\"complete\":true");
}
END_TEST

START_TEST(test_500_unknown)
{
	size_t size = hex("c0 81 00 00");

	for (int i = 0; i < 500; i++) {
		memcpy(room + size, (uint8_t[]){200, (uint8_t)i, 0x4b, 1, 1, 0xff}, 6);
		size += 6;
	}
	memcpy(room + size, (uint8_t[]){30, 4, 0, 0, 0, 7, 0}, 7);
	ask("c0 01 3c 01 06");
	hex("c0 81 00 00");
	put_fragment(false, room, size + 7);
	ck_assert_uint_eq(send_wire(false), 0);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_uint_eq(lab.break_count, 1);
	ck_assert_uint_eq(last()->op.access_count, 2); /* class 0, and the one behind them */
	ck_assert_int_eq(last()->first_value[1], 7);
	expect("\"more_objects\":437");
	ck_assert_uint_lt(strlen(last()->json), 60 << 10);
}
END_TEST

/* The most points a fragment can hold, with the longest texts: the line stays short. */
START_TEST(test_longest)
{
	size_t size = hex("c0 81 ff ff 1e 02 01 00 00 ff 3f");

	memset(room + size, 0xff, 0x4000 * 3);
	put_fragment(false, room, size + 0x4000 * 3);
	ck_assert_uint_eq(send_wire(false), 0);
	expect("\"more\":");
	ck_assert_uint_lt(strlen(last()->json), 60 << 10);
	ck_assert_uint_eq(last()->accesses[0].count, 2048);

	size = hex("c0 81 ff ff 6e ff 01 00 00 fa 00");
	memset(room + size, 0xff, 251 * 255);
	put_fragment(false, room, size + 251 * 255);
	ck_assert_uint_eq(send_wire(false), 0);
	ck_assert_uint_lt(strlen(last()->json), 60 << 10);
}
END_TEST

START_TEST(test_too_long)
{
	memset(room, 0, SEGMENT_BYTES);
	put_segment(true, 0x40, room, SEGMENT_BYTES);
	for (int i = 0; i < 500; i++) {
		put_segment(true, 0, room, SEGMENT_BYTES);
		send_wire(true);
	}
	expect_break("dnp3.fragment_too_long", true);
	ck_assert_uint_eq(lab.break_count, 1);
	ck_assert_uint_eq(lab.operation_count, 0);
}
END_TEST

/* ---- link layer ---- */

START_TEST(test_bad_crc)
{
	size_t size = hex("c0 01 3c 02 06 3c 03 06");

	put_fragment(true, room, size);
	wire[12] ^= 1; /* in the data: still read */
	send_wire(true);
	expect_break("dnp3.block_crc", true);
	put_fragment(true, room, hex("c1 01 3c 02 06"));
	wire[8] ^= 1; /* the header's crc itself */
	send_wire(true);
	expect_break("dnp3.header_crc", true);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 2);
}
END_TEST

/* A header with a wrong crc claims the bytes of a right frame: this one is read all the same. */
START_TEST(test_bad_header_hides_nothing)
{
	put((uint8_t[]){0x05, 0x64, 60, 0xc4, 4, 0, 3, 0}, 8);
	wire[9] ^= 0xff;
	put_fragment(true, room, hex("c1 0d"));
	for (int i = 0; i < 3; i++)
		put_fragment(true, room, hex("c2 01 3c 02 06"));
	send_wire(true);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 4);
	ck_assert_str_eq(lab.operations[0].op.name, "cold_restart");
	expect_break("dnp3.stray_bytes", true);
}
END_TEST

START_TEST(test_link_only)
{
	link_frame(true, 0xc0);
	link_frame(false, 0x00);
	ck_assert_str_eq(last()->op.name, "link_reset");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_int_eq(last()->op.act, BT_ACT_OTHER);
	link_frame(true, 0xc9);
	link_frame(false, 0x0b);
	ck_assert_str_eq(last()->op.name, "link_request_status");
	expect("\"type\":\"link\"");
	link_frame(true, 0xd2);
	link_frame(false, 0x01);
	ck_assert_str_eq(last()->op.error_name, "link_nack");
	link_frame(false, 0x49); /* keep-alive of the outstation */
	link_frame(true, 0x8b);
	ck_assert_str_eq(last()->op.name, "link_request_status");
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
	expect_no_breaks();
	link_frame(true, 0xc5);
	expect_break("dnp3.link_function", true);
	link_frame(true, 0xc2);
	expect_break("dnp3.link_control", true);
	link_frame(true, 0xc4);
	expect_break("dnp3.link_length", true);
}
END_TEST

START_TEST(test_confirmed_data)
{
	size_t size = hex("c0 c0 01 3c 02 06");

	put_frame(0xf3, OUTSTATION, MASTER, room, size);
	send_wire(true);
	link_frame(false, 0x00);
	ck_assert_str_eq(last()->op.name, "link_ack");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_uint_eq(last()->op.request_packet, 1);
	answer("c0 81 00 00");
	ck_assert_str_eq(last()->op.name, "read");
	put_frame(0xd3, OUTSTATION, MASTER, room, hex("c1 c1 01 3c 02 06"));
	send_wire(true);
	link_frame(true, 0xc0); /* the ACK is for the newest */
	link_frame(false, 0x00);
	ck_assert_str_eq(last()->op.name, "link_reset");
	expect_no_breaks();
}
END_TEST

START_TEST(test_banner)
{
	static const char text[] = "DNP3 outstation ready\r\n";
	struct bt_cursor banner = cur_of(text, sizeof(text) - 1);

	ck_assert_int_eq(dissector_dnp3.probe(banner, true), BT_MATCH_WEAK);
	ck_assert_int_eq(dissector_dnp3.probe(banner, false), BT_MATCH_NO);
	ck_assert_uint_eq(lab_send(&lab, BT_TO_CLIENT, banner, false), 0);
	expect_break("dnp3.banner", true);
	ask("c0 01 3c 02 06");
	answer("c0 81 00 00");
	ck_assert_uint_eq(lab.operation_count, 1);
}
END_TEST

/* The DIR bit says who is the master, whoever opened the connection. */
START_TEST(test_sides)
{
	put_fragment(false, room, hex("f0 82 80 00"));
	ck_assert_int_eq(dissector_dnp3.probe(cur_of(wire, wire_size), false), BT_MATCH_RESPONSE);
	lab_send(&lab, BT_TO_SERVER, cur_of(wire, wire_size), false);
	ck_assert_uint_eq(lab.swaps, 1);
	ck_assert(last()->op.by_server);
	ck_assert_int_eq(last()->op.act, BT_ACT_REPORT);
	expect("device_restart");
	wire_size = 0;
}
END_TEST

/* ---- segments ---- */

START_TEST(test_two_outstations)
{
	uint8_t sequences[2] = {transport[1], 7};
	size_t size = hex("c0 81 00 00 1e 04 01 00 00 ff 00");

	memset(room + size, 0, 512);
	outstation = 4;
	ask("c0 01 1e 00 06");
	outstation = 5;
	ask("c0 01 1e 00 06");
	hex("c0 81 00 00 1e 04 01 00 00 ff 00");
	for (size_t at = 0; at < size + 512; at += SEGMENT_BYTES) {
		size_t part = size + 512 - at < SEGMENT_BYTES ? size + 512 - at : SEGMENT_BYTES;

		for (int i = 0; i < 2; i++) {
			outstation = (uint16_t)(4 + i);
			transport[1] = sequences[i];
			put_segment(
				false,
				(uint8_t)((at ? 0 : 0x40) | (at + part == size + 512 ? 0x80 : 0)),
				room + at, part);
			sequences[i] = transport[1];
		}
	}
	ck_assert_uint_eq(send_wire(false), 0);
	expect_no_breaks();
	ck_assert_uint_eq(lab.operation_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(lab.operations[i].op.unit, 4 + i);
		ck_assert_uint_eq(lab.operations[i].accesses[0].count, 256);
	}
}
END_TEST

START_TEST(test_segment_lost_and_repeated)
{
	memset(room, 0, sizeof(room));
	hex("c0 81 00 00 6e c8 00 00 02"); /* three strings of 200 octets */
	put_segment(false, 0x40, room, SEGMENT_BYTES);
	transport[1] = (transport[1] - 1) & 63;
	put_segment(false, 0x40, room, SEGMENT_BYTES); /* once more */
	put_segment(false, 0, room + SEGMENT_BYTES, SEGMENT_BYTES);
	transport[1] = (transport[1] - 1) & 63;
	put_segment(false, 0, room + SEGMENT_BYTES, SEGMENT_BYTES); /* once more */
	put_segment(false, 0x80, room + 2 * SEGMENT_BYTES, 609 - 2 * SEGMENT_BYTES);
	send_wire(false);
	ck_assert_uint_eq(lab.operation_count, 1);
	expect_break("dnp3.lost_segment", false);
	expect("\"complete\":true");

	put_segment(false, 0x40, room, SEGMENT_BYTES);
	transport[1] = (transport[1] + 1) & 63; /* this one is missing */
	put_segment(false, 0x80, room + 2 * SEGMENT_BYTES, 609 - 2 * SEGMENT_BYTES);
	send_wire(false);
	ck_assert_uint_eq(lab.operation_count, 1);
	expect_break("dnp3.lost_segment", true);
}
END_TEST

/* ---- answers ---- */

START_TEST(test_fragments_of_an_answer)
{
	ask("c3 01 3c 01 06");
	answer("a3 81 00 00 01 02 00 00 00 81");
	ck_assert_str_eq(last()->op.name, "read");
	expect("\"request\"");
	ask("c3 00");
	ck_assert_str_eq(last()->op.name, "confirm");
	answer("44 81 00 00 1e 02 00 05 05 01 09 00");
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_uint_eq(last()->op.request_packet, 1);
	ck_assert_int_eq(last()->first_value[0], 9);
	expect("\"continued\":true");
	ck_assert(!strstr(last()->json, "\"request\""));
	expect_no_breaks();
}
END_TEST

START_TEST(test_unsolicited)
{
	answer("f0 82 02 00 02 01 17 01 05 81");
	ck_assert_str_eq(last()->op.name, "unsolicited_response");
	ck_assert(last()->op.by_server);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_int_eq(last()->accesses[0].act, BT_ACT_REPORT);
	expect("\"class_1_events\"");
	ck_assert(!strstr(last()->json, "retransmission"));
	answer("f0 82 02 00 02 01 17 01 05 81");
	expect("\"retransmission\":true");
	ask("d0 00");
	ck_assert_str_eq(last()->op.name, "confirm");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	expect_no_breaks();
}
END_TEST

START_TEST(test_refused)
{
	ask("c0 01 01 02 06");
	answer("c0 81 00 02");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "object_unknown");
	ask("c1 05 0c 01 17 01 02 03 01 64 00 00 00 c8 00 00 00 00");
	answer("c1 81 00 00 0c 01 17 01 02 03 01 64 00 00 00 c8 00 00 00 09");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "not_authorized");
	expect("\"status\":\"not_authorized\"");
	ask("c2 1b 46 03 5b 01 00 00");
	answer("c2 81 00 00 46 04 5b 01 0d 00 00 00 00 00 00 00 00 00 00 00 00 00 03");
	ck_assert_str_eq(last()->op.error_name, "file_not_found");
	expect_no_breaks();
}
END_TEST

START_TEST(test_unanswered_and_unasked)
{
	ask("c0 01 3c 02 06");
	lab_wait(&lab, 3000000000);
	ask("c0 01 3c 02 06"); /* tried again */
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNANSWERED);
	answer("c0 81 00 00");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	expect("\"retransmission\":true");
	expect_no_breaks();
	answer("c0 81 00 00"); /* once more, as after a lost link confirmation */
	expect("\"retransmission\":true");
	expect_no_breaks();
	answer("c5 81 00 00 1e 02 00 05 05 01 09 00");
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNSOLICITED);
	ck_assert_str_eq(last()->op.name, "read");
	expect_break("dnp3.unasked_response", true);
}
END_TEST

/* An outstation that answers with the master's addresses and DIR bit. */
START_TEST(test_unturned_answer)
{
	ask("c0 01 3c 02 06");
	put_frame(0xc4, OUTSTATION, MASTER, room, hex("c0 c0 81 00 00"));
	ck_assert_int_eq(dissector_dnp3.probe(cur_of(wire, wire_size), false), BT_MATCH_RESPONSE);
	send_wire(false);
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
	expect_break("dnp3.unasked_response", false);
}
END_TEST

/* Requests sent at once under the same numbers are answered in their order. */
START_TEST(test_pipelined)
{
	ask("c7 01 3c 02 06");
	ask("c8 01 3c 03 06");
	ask("c7 01 3c 04 06");
	answer("c7 81 00 00");
	answer("c8 81 00 00");
	answer("c7 81 00 00");
	ck_assert_uint_eq(lab.operation_count, 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(lab.operations[i].op.result, BT_RESULT_OK);
	expect_no_breaks();
}
END_TEST

START_TEST(test_broadcast)
{
	outstation = 0xffff;
	ask("c0 0d");
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert(last()->op.broadcast);
	ck_assert_uint_eq(last()->op.unit, 0xffff);
	expect("\"broadcast\":true");
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
}
END_TEST

START_TEST(test_identity)
{
	static const enum bt_identity wanted[] = {BT_ID_FIRMWARE, BT_ID_SERIAL, BT_ID_MODEL,
						  BT_ID_VENDOR};

	ask("c0 01 00 fe 00 00 00");
	answer("c0 81 00 00 00 f2 00 00 00 01 03 31 2e 32 00 f8 00 00 00 01 02 53 4e "
	       "00 fa 00 00 00 01 03 52 54 55 00 fc 00 00 00 01 04 41 63 6d 65 "
	       "00 f1 00 00 00 02 02 00 08 00 fc 00 01 01 01 01 5a");
	ck_assert_uint_eq(lab.identity_count, 4);
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(lab.identities[i].what, wanted[i]);
		ck_assert_uint_eq(lab.identities[i].who.unit, OUTSTATION);
		ck_assert(!lab.identities[i].who.client);
	}
	ck_assert_str_eq(lab.identities[3].text, "Acme");
	ck_assert_int_eq(last()->op.act, BT_ACT_IDENTIFY);
	expect("\"attribute\":\"software_version\"");
	expect_no_breaks();
}
END_TEST

/* ---- select and operate ---- */

#define BLOCK " 0c 01 17 01 02 03 01 64 00 00 00 c8 00 00 00 "

static const struct control {
	const char *select, *selected, *operate, *violation;
	int64_t pause_ns;
} controls[] = {
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "00", "c2 04" BLOCK "00", NULL, 0},
	{NULL, NULL, "c2 04" BLOCK "00", "dnp3.operate_without_select", 0},
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "00",
	 "c2 04 0c 01 17 01 03 03 01 64 00 00 00 c8 00 00 00 00", "dnp3.operate_differs", 0},
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "00",
	 "c2 04 0c 01 17 01 02 04 01 64 00 00 00 c8 00 00 00 00", "dnp3.operate_differs", 0},
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "04", "c2 04" BLOCK "00",
	 "dnp3.operate_refused_select", 0},
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "00", "c3 04" BLOCK "00", "dnp3.operate_sequence",
	 0},
	{"c1 03" BLOCK "00", "c1 81 00 00" BLOCK "00", "c2 04" BLOCK "00", "dnp3.operate_late",
	 61000000000},
};

START_TEST(test_control)
{
	const struct control *c = &controls[_i];

	if (c->select) {
		ask(c->select);
		answer(c->selected);
	}
	lab_wait(&lab, c->pause_ns);
	ask(c->operate);
	ck_assert_uint_eq(lab.break_count, c->violation != NULL);
	if (c->violation)
		expect_break(c->violation, true);
	lab_forget(&lab);
	ask(c->operate); /* repeated: no news */
	expect_no_breaks();
}
END_TEST

/* The same over UDP, where the select may have been lost. */
START_TEST(test_control_udp)
{
	lab.flow.transport = BT_OVER_UDP;
	ask("c2 04" BLOCK "00");
	expect_no_breaks();
}
END_TEST

START_TEST(test_echo)
{
	ask("c1 05" BLOCK "00");
	answer("c1 81 00 00 0c 01 17 01 02 04 01 64 00 00 00 c8 00 00 00 00");
	expect_break("dnp3.echo_mismatch", true);
	lab_forget(&lab);
	ask("c2 05 29 01 28 01 00 07 00 10 00 00 00 00");
	answer("c2 81 00 00 29 01 28 01 00 07 00 11 00 00 00 00");
	expect_break("dnp3.echo_mismatch", true);
}
END_TEST

/* ---- secure authentication ---- */

#define CHALLENGE       "83 00 00 78 01 5b 01 0c 00 07 00 00 00 01 00 04 01 11 22 33 44"
#define REPLY(sequence) "20 78 02 5b 01 0a 00 " sequence " 00 00 00 01 00 aa bb cc dd"

START_TEST(test_authentication)
{
	ask("c1 05" BLOCK "00");
	answer("c1 " CHALLENGE);
	ck_assert_str_eq(last()->op.name, "authentication_challenge");
	ck_assert_int_eq(last()->op.act, BT_ACT_AUTHENTICATE);
	ck_assert(last()->op.by_server);
	expect("\"csq\":7");
	ask("c1 " REPLY("07"));
	ck_assert_str_eq(last()->op.name, "authentication_reply");
	answer("c1 81 00 00" BLOCK "00");
	ck_assert_str_eq(last()->op.name, "direct_operate");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	expect_no_breaks();
	ask("c1 " REPLY("08"));
	expect_break("dnp3.reply_without_challenge", true);
}
END_TEST

START_TEST(test_authentication_failed)
{
	ask("c1 05" BLOCK "00");
	answer("c1 " CHALLENGE);
	ask("c1 " REPLY("07"));
	answer("c1 83 00 00 78 07 5b 01 0f 00 07 00 00 00 01 00 01 00 01 00 00 00 00 00 00");
	ck_assert_str_eq(last()->op.name, "direct_operate");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "authentication_failed");
	expect("\"error\":\"authentication_failed\"");
}
END_TEST

/* The request carries its proof itself; its other objects are what they always are. */
START_TEST(test_aggressive)
{
	ask("c1 05 78 03 07 01 07 00 00 00 01 00" BLOCK "00 78 09 5b 01 04 00 aa bb cc dd");
	answer("c1 81 00 00" BLOCK "00");
	ck_assert_str_eq(last()->op.name, "direct_operate");
	ck_assert_str_eq(last()->accesses[0].space, "crob");
	expect("\"mac_value\":\"aabbccdd\"");
	expect_no_breaks();
}
END_TEST

/* ---- hostile: nothing hides what a receiver does ---- */

/* Bytes cut in the middle of a segment of TCP, in `room` what was left over. */
static void send_in_two(size_t cut)
{
	size_t left = lab_send(&lab, BT_TO_SERVER, cur_of(wire, cut), false);

	memmove(wire, wire + cut - left, wire_size - cut + left);
	wire_size -= cut - left;
	send_wire(true);
}

/* A frame with a wrong crc ends where a right one has begun, of which no more is there yet. */
START_TEST(test_bad_header_takes_no_beginning)
{
	put((uint8_t[]){0x05, 0x64, 14, 0xc4, 4, 0, 3, 0}, 8); /* claims 21 bytes */
	wire[9] ^= 0xff;
	memset(wire + wire_size, 0xaa, 8);
	wire_size += 8;
	put_fragment(true, room, hex("c1 0d"));
	send_in_two(21);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_str_eq(last()->op.name, "cold_restart");
}
END_TEST

/* A right header, wrong data, and a whole right frame among them: receivers read that one. */
START_TEST(test_bad_data_hide_nothing)
{
	put((uint8_t[]){0x05, 0x64, 5 + 32, 0xc4, 4, 0, 3, 0}, 8);
	memset(wire + wire_size, 0xaa, 6);
	wire_size += 6;
	put_fragment(true, room, hex("c1 0d"));
	memset(wire + wire_size, 0xaa, 16);
	wire_size = 10 + 32 + 4;
	send_wire(true);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_str_eq(last()->op.name, "cold_restart");
}
END_TEST

static const uint8_t long_write[] = {0xc1, 0x02, 0x70, 0x03, 0x17, 0x01, 0x04, 0x61, 0x62, 0x63};

/* Between the segments of a write comes a frame that the outstation throws away. */
START_TEST(test_thrown_away_ends_nothing)
{
	static const uint8_t fin_fir[] = {0xc0, 0x40, 0x00, 0x80};
	static const uint8_t links[] = {0xc4, 0xc4, 0xd4, 0xc5};
	uint8_t user[] = {0, 0xc1, 0x01, 0x3c, 0x02, 0x06};
	uint8_t sequence = transport[0];
	size_t at;

	put_segment(true, 0x40, long_write, 5);
	user[0] = (uint8_t)(fin_fir[_i & 3] | ((sequence + (_i & 3)) & 63));
	at = wire_size;
	put_frame(links[_i >> 2], OUTSTATION, MASTER, user, sizeof(user));
	if (_i >> 2 == 0)
		wire[wire_size - 1] ^= 1; /* the data's crc */
	else if (_i >> 2 == 1)
		wire[at + 9] ^= 1; /* the header's */
	put_segment(true, 0x80, long_write + 5, sizeof(long_write) - 5);
	send_wire(true);
	lab_give_up(&lab);
	for (unsigned i = 0; i < lab.operation_count; i++) {
		if (strcmp(lab.operations[i].op.name, "write") == 0)
			return;
	}
	ck_abort_msg("no write");
}
END_TEST

/* The same octets long after are no repetition: somebody has recorded them. */
START_TEST(test_operate_replayed)
{
	ask("c1 03" BLOCK "00");
	answer("c1 81 00 00" BLOCK "00");
	ask("c2 04" BLOCK "00");
	answer("c2 81 00 00" BLOCK "00");
	ask("c3 01 3c 02 06");
	answer("c3 81 00 00");
	expect_no_breaks();
	ask("c2 04" BLOCK "00");
	expect_break("dnp3.operate_without_select", true);
}
END_TEST

/* Sixteen requests later the sequence number fits again, the select is over all the same. */
START_TEST(test_operate_after_others)
{
	ask("c1 03" BLOCK "00");
	answer("c1 81 00 00" BLOCK "00");
	ask("c2 01 3c 02 06");
	answer("c2 81 00 00");
	ask("c2 04" BLOCK "00");
	expect_break("dnp3.operate_sequence", true);
}
END_TEST

/* The mask of a pattern is the same, its points are others. */
START_TEST(test_operate_other_pattern)
{
	ask("c1 03 0c 03 00 00 07 ff");
	answer("c1 81 00 00 0c 03 00 00 07 ff");
	ask("c2 04 0c 03 00 08 0f ff");
	expect_break("dnp3.operate_differs", true);
}
END_TEST

/* What no outstation says takes nobody's answer. */
START_TEST(test_undefined_answer)
{
	ask("c0 01 3c 02 06");
	answer("c0 c8 00 00");
	expect_break("dnp3.undefined_function", true);
	ck_assert_str_eq(last()->op.name, "undefined");
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNSOLICITED);
	answer("c0 81 00 00");
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

/* A master may not answer itself. */
START_TEST(test_answer_of_the_asker)
{
	ask("c0 0d");
	ask("c0 81 00 00");
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNSOLICITED);
	answer("c0 81 00 00");
	ck_assert_str_eq(last()->op.name, "cold_restart");
}
END_TEST

/* The address that every outstation hears as its own: it answers with its real one. */
START_TEST(test_self_address)
{
	outstation = 0xfffc;
	ask("c0 01 00 f2 00 00 00");
	outstation = OUTSTATION;
	answer("c0 81 00 00 00 f2 00 00 00 01 03 31 2e 32");
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
	expect_no_breaks();
}
END_TEST

/* Who asked is the side that sent it, whatever its DIR bit says. */
START_TEST(test_false_dir_bit)
{
	put_frame(0x44, OUTSTATION, MASTER, room, hex("c0 c0 0e"));
	send_wire(true);
	lab_give_up(&lab);
	ck_assert_str_eq(last()->op.name, "warm_restart");
	ck_assert(!last()->op.by_server);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
	put_frame(0x40, OUTSTATION, MASTER, NULL, 0);
	send_wire(true);
	link_frame(false, 0x00);
	ck_assert_str_eq(last()->op.name, "link_reset");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert(!last()->op.by_server);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
}
END_TEST

/* An answer that was not turned round, whose request was lost. */
START_TEST(test_unturned_alone)
{
	put_frame(0xc4, OUTSTATION, MASTER, room, hex("c0 c0 81 10 00"));
	send_wire(false);
	ck_assert_uint_eq(last()->op.unit, OUTSTATION);
}
END_TEST

/* A command behind more others than an operation can hold. */
START_TEST(test_command_behind_many)
{
	size_t size = hex("c1 06 29 02 28 c9 00");
	unsigned touched = 0;

	for (unsigned i = 0; i <= 200; i++) { /* every second point, and one far away */
		uint16_t index = i < 200 ? (uint16_t)(2 * i) : 9999;

		memcpy(room + size, (uint8_t[]){(uint8_t)index, (uint8_t)(index >> 8), 7, 0, 0}, 5);
		size += 5;
	}
	put_fragment(true, room, size);
	send_wire(true);
	for (unsigned i = 0; i < lab.operation_count; i++) {
		ck_assert_int_eq(lab.operations[i].op.act, BT_ACT_CONTROL);
		ck_assert_uint_eq(lab.operations[i].op.request_packet, 1);
		touched += lab.operations[i].op.access_count;
	}
	ck_assert_uint_eq(lab.operation_count, 4);
	ck_assert_uint_eq(touched, 201);
	ck_assert_uint_eq(last()->accesses[last()->op.access_count - 1].first, 9999);
	json_decref(document());
}
END_TEST

/* A command in a request too long to be kept until its answer comes. */
START_TEST(test_command_behind_much)
{
	size_t size = hex("c1 05 6e ff 00 00 50") + 81 * 255, at = size;

	memset(room, 0, size);
	hex("c1 05 6e ff 00 00 50");
	memcpy(room + at, (uint8_t[]){41, 2, 0x17, 1, 99, 7, 0, 0}, 8);
	put_fragment(true, room, size + 8);
	send_wire(true);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_str_eq(last()->accesses[last()->op.access_count - 1].space, "analog_output");
	ck_assert_uint_eq(last()->accesses[last()->op.access_count - 1].first, 99);
}
END_TEST

/* The last segment once more is no piece of something lost. */
START_TEST(test_last_segment_repeated)
{
	put_segment(true, 0x40, long_write, 5);
	put_segment(true, 0x80, long_write + 5, sizeof(long_write) - 5);
	transport[0] = (transport[0] - 1) & 63;
	put_segment(true, 0x80, long_write + 5, sizeof(long_write) - 5);
	send_wire(true);
	expect_no_breaks();
}
END_TEST

/* ---- memory ---- */

/* More pairs of addresses than are remembered, each with half a fragment. */
START_TEST(test_many_pairs)
{
	memset(room, 0, SEGMENT_BYTES);
	for (unsigned i = 0; i < 2000; i++) {
		outstation = (uint16_t)i;
		put_segment(true, 0x40, room, SEGMENT_BYTES);
		send_wire(true);
	}
	outstation = 7;
	ask("c0 01 3c 02 06");
	answer("c0 81 00 00");
	ck_assert_uint_eq(lab.operation_count, 1);
}
END_TEST

/* More outstations than there is memory for, each with an answer in several segments. */
START_TEST(test_many_outstations)
{
	size_t size = hex("c0 81 00 00 6e c8 00 00 02") + 600;

	memset(room, 0, sizeof(room));
	for (unsigned i = 0; i < 1000; i++) {
		outstation = (uint16_t)(i % 250);
		ask("c0 01 3c 01 06");
		hex("c0 81 00 00 6e c8 00 00 02");
		put_fragment(false, room, size);
		send_wire(false);
		lab_wait(&lab, 1000000000);
	}
	expect_no_breaks();
	ck_assert_uint_eq(lab.operation_count, 1000);
	expect("\"complete\":true");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dnp3");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_exchange, 0, EXCHANGES);
	tcase_add_loop_test(tests, test_cut, 0, EXCHANGES);
	tcase_add_loop_test(tests, test_frame_cut, 0, EXCHANGES);
	tcase_add_test(tests, test_every_object);
	tcase_add_test(tests, test_every_qualifier);
	tcase_add_loop_test(tests, test_broken, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tests, test_unknown_skipped);
	tcase_add_test(tests, test_500_unknown);
	tcase_add_test(tests, test_longest);
	tcase_add_test(tests, test_too_long);
	tcase_add_test(tests, test_bad_crc);
	tcase_add_test(tests, test_bad_header_hides_nothing);
	tcase_add_test(tests, test_link_only);
	tcase_add_test(tests, test_confirmed_data);
	tcase_add_test(tests, test_banner);
	tcase_add_test(tests, test_sides);
	tcase_add_test(tests, test_two_outstations);
	tcase_add_test(tests, test_segment_lost_and_repeated);
	tcase_add_test(tests, test_fragments_of_an_answer);
	tcase_add_test(tests, test_unsolicited);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_unanswered_and_unasked);
	tcase_add_test(tests, test_unturned_answer);
	tcase_add_test(tests, test_pipelined);
	tcase_add_test(tests, test_broadcast);
	tcase_add_test(tests, test_identity);
	tcase_add_loop_test(tests, test_control, 0, sizeof(controls) / sizeof(controls[0]));
	tcase_add_test(tests, test_control_udp);
	tcase_add_test(tests, test_echo);
	tcase_add_test(tests, test_authentication);
	tcase_add_test(tests, test_authentication_failed);
	tcase_add_test(tests, test_aggressive);
	tcase_add_test(tests, test_bad_header_takes_no_beginning);
	tcase_add_test(tests, test_bad_data_hide_nothing);
	tcase_add_loop_test(tests, test_thrown_away_ends_nothing, 0, 16);
	tcase_add_test(tests, test_operate_replayed);
	tcase_add_test(tests, test_operate_after_others);
	tcase_add_test(tests, test_operate_other_pattern);
	tcase_add_test(tests, test_undefined_answer);
	tcase_add_test(tests, test_answer_of_the_asker);
	tcase_add_test(tests, test_self_address);
	tcase_add_test(tests, test_false_dir_bit);
	tcase_add_test(tests, test_unturned_alone);
	tcase_add_test(tests, test_command_behind_many);
	tcase_add_test(tests, test_command_behind_much);
	tcase_add_test(tests, test_last_segment_repeated);
	tcase_add_test(tests, test_many_pairs);
	tcase_add_test(tests, test_many_outstations);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
