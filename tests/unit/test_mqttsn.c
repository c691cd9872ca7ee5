/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT-SN alone, under the lab's engine: every message type, what is believed, topic ids and their
 * names, pairs, forwarders, and messages that nobody should send.
 */
#include <check.h>
#include <stdlib.h>

#include "lab_said.h"
#include "suite.h"

extern const struct bt_dissector dissector_mqttsn;

static uint8_t room[4096];

static void setup(void)
{
	lab_init(&lab, &dissector_mqttsn);
	lab.flow.transport = BT_OVER_UDP;
}

static void teardown(void)
{
	lab_finish(&lab);
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Hexadecimal with blanks; 'text' stands for itself. */
static size_t bytes_of(const char *text, uint8_t *to)
{
	size_t size = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (*text == '\'') {
			while (*++text != '\'')
				to[size++] = (uint8_t)*text;
			continue;
		}
		to[size++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return size;
}

/* A type and its body, with the length in front. */
static struct bt_cursor message(const char *text)
{
	size_t size = bytes_of(text, room + 1);

	ck_assert_uint_lt(size, 255);
	room[0] = (uint8_t)(size + 1);
	return cur_of(room, size + 1);
}

static void send_message(enum bt_dir dir, const char *text)
{
	ck_assert_uint_eq(lab_send(&lab, dir, message(text), false), 0);
}

static void ask(const char *text)
{
	send_message(BT_TO_SERVER, text);
}

static void answer(const char *text)
{
	send_message(BT_TO_CLIENT, text);
}

static void open_session(void)
{
	ask("04 04 01 003c 'sensor'");
	answer("05 00");
}

static void expect_operation(const char *name, unsigned function, enum bt_act act,
			     enum bt_result result)
{
	const struct bt_operation *op = &last()->op;

	ck_assert_str_eq(op->name, name);
	ck_assert_uint_eq(op->function, function);
	ck_assert_int_eq(op->act, act);
	ck_assert_int_eq(op->result, result);
	json_decref(document());
}

static void expect_access(unsigned index, const char *space, const char *name)
{
	const struct lab_operation *operation = last();

	ck_assert_uint_lt(index, operation->op.access_count);
	ck_assert_str_eq(operation->accesses[index].space, space);
	ck_assert_str_eq(operation->names[index], name);
}

static bool identified(enum bt_identity what, const char *station, const char *text)
{
	for (unsigned i = 0; i < lab.identity_count && i < LAB_IDENTITIES; i++) {
		const struct lab_identity *identity = &lab.identities[i];

		if (identity->what == what && strcmp(identity->station, station) == 0 &&
		    strcmp(identity->text, text) == 0)
			return true;
	}
	return false;
}

/* ---- every message, with its answer ---- */

START_TEST(connect_and_accept)
{
	open_session();
	ck_assert_uint_eq(lab.operation_count, 1);
	expect_operation("connect", 4, BT_ACT_AUTHENTICATE, BT_RESULT_OK);
	expect_text("request.type", "CONNECT");
	expect_text("request.client_id", "sensor");
	expect_number("request.duration", 60);
	expect_number("request.protocol_id", 1);
	expect_true("request.clean_session");
	expect_text("response.reason", "accepted");
	ck_assert(identified(BT_ID_CLIENT, "", "sensor"));
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(connect_with_will)
{
	ask("04 0c 01 003c 'sensor'");
	answer("06");
	ask("07 30 'plant/lost'");
	expect_operation("willtopicreq", 6, BT_ACT_SESSION, BT_RESULT_OK);
	ck_assert(last()->op.by_server);
	expect_access(0, "will", "plant/lost");
	expect_text("response.will_topic", "plant/lost");
	expect_number("response.qos", 1);
	expect_true("response.retain");
	answer("08");
	ask("09 'gone'");
	expect_operation("willmsgreq", 8, BT_ACT_SESSION, BT_RESULT_OK);
	expect_text("response.message", "gone");
	answer("05 00");
	expect_operation("connect", 4, BT_ACT_AUTHENTICATE, BT_RESULT_OK);
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(refused)
{
	ask("04 04 01 003c 'sensor'");
	answer("05 01");
	expect_operation("connect", 4, BT_ACT_AUTHENTICATE, BT_RESULT_REFUSED);
	ck_assert_uint_eq(last()->op.error, 1);
	ck_assert_str_eq(last()->op.error_name, "congestion");
}
END_TEST

START_TEST(registered_topic)
{
	open_session();
	ask("0a 0000 0001 'tank/level'");
	answer("0b 0007 0001 00");
	expect_operation("register", 10, BT_ACT_SESSION, BT_RESULT_OK);
	expect_text("request.topic", "tank/level");
	expect_number("response.topic_id", 7);
	ask("0c 00 0007 0000 '21.5'");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	expect_access(0, "topic", "tank/level");
	ck_assert(last()->first_value[0] == 21.5);
	expect_text("topic", "tank/level");
	expect_text("request.message", "21.5");
	expect_text("request.payload.kind", "number");
	expect_text("request.topic_id_type", "normal");
	expect_text("client_id", "sensor");
	ck_assert_uint_eq(lab.break_count, 0);
	ask("0c 00 0008 0000 '21.5'");
	ck_assert_uint_eq(last()->op.access_count, 0);
}
END_TEST

/* Ids that were given before the capture began are nobody's fault, and no name. */
START_TEST(unknown_topic)
{
	ask("0c 00 0007 0000 '21.5'");
	ck_assert_uint_eq(last()->op.access_count, 0);
	expect_absent("topic");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(refused_registration)
{
	ask("0a 0000 0001 'tank/level'");
	answer("0b 0007 0001 03");
	expect_operation("register", 10, BT_ACT_SESSION, BT_RESULT_REFUSED);
	ask("0c 00 0007 0000 '21.5'");
	ck_assert_uint_eq(last()->op.access_count, 0);
}
END_TEST

START_TEST(topic_of_the_gateway)
{
	open_session();
	ask("12 20 0002 'pump/+'");
	answer("13 20 0000 0002 00");
	expect_operation("subscribe", 18, BT_ACT_SUBSCRIBE, BT_RESULT_OK);
	expect_access(0, "filter", "pump/+");
	answer("0a 0009 0003 'pump/set'");
	ask("0b 0009 0003 00");
	expect_operation("register", 10, BT_ACT_SESSION, BT_RESULT_OK);
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(last()->op.subfunction, 1);
	answer("0c 20 0009 0004 '{\"speed\":40,\"on\":true}'");
	ask("0d 0009 0004 00");
	expect_operation("publish", 12, BT_ACT_REPORT, BT_RESULT_OK);
	expect_access(0, "topic", "pump/set");
	expect_access(1, "topic", "pump/set#speed");
	ck_assert(last()->first_value[1] == 40);
	expect_access(2, "topic", "pump/set#on");
	expect_text("response.type", "PUBACK");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(topic_of_a_subscription)
{
	ask("12 00 0002 'pump/set'");
	answer("13 00 0005 0002 00");
	answer("0c 00 0005 0000 'x'");
	expect_access(0, "topic", "pump/set");
	ask("14 00 0003 'pump/set'");
	answer("15 0003");
	expect_operation("unsubscribe", 20, BT_ACT_SESSION, BT_RESULT_OK);
	expect_access(0, "filter", "pump/set");
}
END_TEST

START_TEST(short_and_predefined)
{
	ask("0c 62 'tl' 0000 '5'"); /* QoS -1: without a connection */
	expect_access(0, "topic", "tl");
	expect_number("request.qos", -1);
	expect_text("request.topic_id_type", "short");
	expect_text("topic", "tl");
	ask("0c 61 0011 0000 '5'");
	expect_access(0, "predefined_topic", "");
	ck_assert_uint_eq(last()->accesses[0].first, 17);
	ck_assert(last()->first_value[0] == 5);
	ask("12 01 0002 0011");
	answer("13 00 0011 0002 00");
	expect_operation("subscribe", 18, BT_ACT_SUBSCRIBE, BT_RESULT_OK);
	expect_number("request.topic_id", 17);
	expect_access(0, "predefined_topic", "");
	ask("12 02 0002 'tl'");
	answer("13 00 0000 0002 00");
	expect_access(0, "filter", "tl");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(qos_2)
{
	ask("0c 42 'tl' 0005 '5'");
	ck_assert_uint_eq(lab.operation_count, 0);
	answer("0f 0005");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	ask("10 0005");
	answer("0e 0005");
	expect_operation("pubrel", 16, BT_ACT_SESSION, BT_RESULT_OK);
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* A PUBLISH that wanted no answer gets one when its id is wrong. */
START_TEST(refused_without_being_asked)
{
	ask("0c 00 0008 0000 '5'");
	answer("0d 0008 0000 02");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_UNSOLICITED);
	ck_assert_str_eq(last()->op.error_name, "invalid_topic_id");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(sleep_and_ping)
{
	open_session();
	ask("18 0e10");
	answer("18");
	expect_operation("disconnect", 24, BT_ACT_SESSION, BT_RESULT_OK);
	expect_number("request.duration", 3600);
	expect_absent("response.duration");
	ask("16 'sensor'");
	answer("17");
	expect_operation("pingreq", 22, BT_ACT_SESSION, BT_RESULT_OK);
	expect_text("request.client_id", "sensor");
	answer("18"); /* the gateway ends it */
	expect_operation("disconnect", 24, BT_ACT_SESSION, BT_RESULT_OK);
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(will_updates)
{
	ask("1a 10 'plant/lost'");
	answer("1b 00");
	expect_operation("willtopicupd", 26, BT_ACT_OTHER, BT_RESULT_OK);
	expect_access(0, "will", "plant/lost");
	ask("1a");
	answer("1b 00");
	expect_absent("request.will_topic");
	ask("1c 'gone'");
	answer("1d 00");
	expect_operation("willmsgupd", 28, BT_ACT_OTHER, BT_RESULT_OK);
	expect_number("request.payload.size", 4);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(discovery)
{
	ask("00 05 0384");
	expect_operation("advertise", 0, BT_ACT_REPORT, BT_RESULT_OK);
	expect_number("request.gateway_id", 5);
	expect_number("request.duration", 900);
	ck_assert(last()->op.broadcast);
	ck_assert(identified(BT_ID_OTHER, "", "MQTT-SN gateway 5"));
	ask("01 01");
	expect_operation("searchgw", 1, BT_ACT_IDENTIFY, BT_RESULT_OK);
	expect_number("request.radius", 1);
	answer("02 05 0a000001");
	expect_operation("gwinfo", 2, BT_ACT_REPORT, BT_RESULT_OK);
	expect_text("request.gateway_address", "0a000001");
	answer("02 05");
	expect_absent("request.gateway_address");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* ---- forwarders ---- */

static void forward(enum bt_dir dir, const char *node, const char *text)
{
	uint8_t bytes[512];
	size_t head = bytes_of(node, bytes + 3), size;

	bytes[0] = (uint8_t)(head + 3);
	bytes[1] = 0xfe;
	bytes[2] = 1;
	size = bytes_of(text, bytes + head + 4);
	bytes[head + 3] = (uint8_t)(size + 1);
	ck_assert_uint_eq(lab_send(&lab, dir, cur_of(bytes, head + size + 4), false), 0);
}

START_TEST(forwarded)
{
	forward(BT_TO_SERVER, "00aa", "04 04 01 003c 'one'");
	forward(BT_TO_SERVER, "00bb", "04 04 01 003c 'two'");
	forward(BT_TO_CLIENT, "00aa", "05 00");
	expect_operation("connect", 4, BT_ACT_AUTHENTICATE, BT_RESULT_OK);
	expect_text("request.client_id", "one");
	expect_text("forwarder.node", "00aa");
	expect_number("forwarder.radius", 1);
	forward(BT_TO_CLIENT, "00bb", "05 00");
	expect_text("request.client_id", "two");
	ck_assert(identified(BT_ID_CLIENT, "00aa", "one"));
	ck_assert(identified(BT_ID_COUNT, "00bb", ""));
	forward(BT_TO_SERVER, "00aa", "0a 0000 0001 'tank/level'");
	forward(BT_TO_CLIENT, "00aa", "0b 0001 0001 00");
	forward(BT_TO_SERVER, "00bb", "0c 00 0001 0000 '1'"); /* an id of its own */
	ck_assert_uint_eq(last()->op.access_count, 0);
	forward(BT_TO_SERVER, "00aa", "0c 00 0001 0000 '1'");
	expect_access(0, "topic", "tank/level");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(forwarded_without_end)
{
	uint8_t bytes[300];

	for (size_t i = 0; i + 3 <= sizeof(bytes); i += 3)
		memcpy(bytes + i, "\x03\xfe\x01", 3);
	ck_assert_int_eq(dissector_mqttsn.probe(cur_of(bytes, sizeof(bytes)), true), BT_MATCH_NO);
	lab_send(&lab, BT_TO_SERVER, cur_of(bytes, sizeof(bytes)), false);
	ck_assert_uint_eq(lab.operation_count, 0);
}
END_TEST

/* ---- what is believed ---- */

START_TEST(belief)
{
	static const struct {
		const char *text;
		enum bt_match off_port, on_port;
	} table[] = {
		{"04 04 01 003c 'sensor'", BT_MATCH_REQUEST, BT_MATCH_REQUEST},
		{"04 84 01 003c 'sensor'", BT_MATCH_NO, BT_MATCH_NO},
		{"04 04 02 003c 'sensor'", BT_MATCH_NO, BT_MATCH_NO},
		{"05 00", BT_MATCH_WEAK, BT_MATCH_WEAK},
		{"05 07", BT_MATCH_NO, BT_MATCH_NO},
		{"0a 0000 0001 'tank/level'", BT_MATCH_WEAK, BT_MATCH_WEAK},
		{"0a 0000 0001 ff", BT_MATCH_NO, BT_MATCH_NO},
		{"0c 00 0007 0000 '21.5'", BT_MATCH_WEAK, BT_MATCH_WEAK},
		{"0c 0c 0007 0000 '21.5'", BT_MATCH_NO, BT_MATCH_WEAK},
		{"16", BT_MATCH_NO, BT_MATCH_WEAK},
		{"17", BT_MATCH_NO, BT_MATCH_WEAK},
		{"03 00", BT_MATCH_NO, BT_MATCH_NO},
	};
	struct bt_cursor longer;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ck_assert_msg(dissector_mqttsn.probe(message(table[i].text), false) ==
				      table[i].off_port,
			      "%s", table[i].text);
		ck_assert_msg(dissector_mqttsn.probe(message(table[i].text), true) ==
				      table[i].on_port,
			      "%s", table[i].text);
	}
	longer = message("04 04 01 003c 'sensor'");
	longer = cur_of(room, cur_left(&longer) + 1); /* a datagram holds one message */
	ck_assert_int_eq(dissector_mqttsn.probe(longer, true), BT_MATCH_NO);
}
END_TEST

START_TEST(sides)
{
	send_message(BT_TO_CLIENT, "04 04 01 003c 'sensor'");
	ck_assert_uint_eq(lab.swaps, 1);
	send_message(BT_TO_CLIENT, "05 00"); /* the lab knows the sides as they are now */
	expect_operation("connect", 4, BT_ACT_AUTHENTICATE, BT_RESULT_OK);
	answer("12 00 0001 'x'");
	ck_assert(lab_broke(&lab, "mqttsn.wrong_direction"));
}
END_TEST

/* ---- loss, and messages sent again ---- */

START_TEST(sent_again)
{
	ask("0c 22 'tl' 0005 '5'");
	ask("0c a2 'tl' 0005 '5'");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_UNANSWERED);
	answer("0d 'tl' 0005 00");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	expect_true("request.dup");
	ck_assert_uint_eq(lab.operation_count, 2);
	ask("14 02 0006 'tl'");
	lab_give_up(&lab);
	expect_operation("unsubscribe", 20, BT_ACT_SESSION, BT_RESULT_UNANSWERED);
	answer("15 0006");
	expect_operation("unsubscribe", 20, BT_ACT_SESSION, BT_RESULT_UNSOLICITED);
	ck_assert_uint_eq(lab.break_count, 0); /* the request may have been lost on its way to us */
}
END_TEST

START_TEST(long_message)
{
	static uint8_t bytes[40000];

	memcpy(bytes, "\x01\x9c\x40\x0c\x22tl\0\5", 9);
	memset(bytes + 9, 'a', sizeof(bytes) - 9);
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(bytes, sizeof(bytes)), false), 0);
	answer("0d 'tl' 0005 00");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	expect_number("request.length", 40000);
	expect_absent("request.payload.sha256"); /* not all of it was kept */
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* ---- messages that nobody should send ---- */

START_TEST(faults)
{
	static const struct {
		const char *text, *violation;
	} table[] = {
		{"0c 00 00", "mqttsn.too_short"},
		{"05", "mqttsn.too_short"},
		{"17 00", "mqttsn.trailing_bytes"},
		{"04 f4 01 003c 'sensor'", "mqttsn.bad_flags"},
		{"0c 03 0007 0000 'x'", "mqttsn.bad_topic"},
		{"12 00 0001 'a/#/b'", "mqttsn.bad_topic"},
		{"0a 0000 0001", "mqttsn.bad_topic"},
		{"04 04 01 003c", "mqttsn.bad_client_id"},
		{"04 04 01 003c 'longer-than-the-23-bytes-allowed'", "mqttsn.bad_client_id"},
		{"04 04 02 003c 'sensor'", "mqttsn.bad_protocol_id"},
		{"05 04", "mqttsn.bad_return_code"},
		{"03 01", "mqttsn.reserved_type"},
		{"f0 01", "mqttsn.reserved_type"},
	};

	ask(table[0].text);
	ck_assert_uint_eq(lab.operation_count + lab.break_count, 0); /* it may be anything */
	open_session();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		unsigned before = lab.operation_count;

		lab.break_count = 0;
		ask(table[i].text);
		ck_assert_msg(lab_broke(&lab, table[i].violation), "%s", table[i].text);
		lab_give_up(&lab);
		ck_assert_uint_gt(lab.operation_count, before);
		json_decref(document());
	}
}
END_TEST

/* Every message, cut at every length: the length says that there is more, or that there is not. */
START_TEST(cut_anywhere)
{
	static const char *const table[] = {
		"00 05 0384",
		"02 05 0a000001",
		"04 0c 01 003c 'sensor'",
		"07 30 'plant/lost'",
		"0a 0000 0001 'tank/level'",
		"0b 0007 0001 00",
		"0c 42 'tl' 0005 '5'",
		"0d 0007 0005 00",
		"0e 0005",
		"12 00 0002 'pump/set'",
		"12 01 0002 0011",
		"13 00 0005 0002 00",
		"18 0e10",
		"1a 10 'plant/lost'",
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t whole = bytes_of(table[i], room + 1) + 1;

		for (size_t size = 0; size < whole; size++) {
			room[0] = (uint8_t)whole;
			lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false);
			room[0] = (uint8_t)size;
			lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false);
			lab_give_up(&lab);
			if (lab.operation_count)
				json_decref(document());
		}
	}
}
END_TEST

START_TEST(stray_bytes)
{
	uint8_t bytes[] = {2, 0x17, 0, 0, 0, 0};

	lab_send(&lab, BT_TO_SERVER, cur_of(bytes, sizeof(bytes)), false);
	ck_assert_uint_eq(lab.operation_count, 1);
	bytes[1] = 0;
	bytes[4] = 2;
	bytes[5] = 0x17;
	lab_send(&lab, BT_TO_SERVER, cur_of(bytes + 2, 4), false);
	ck_assert(lab_broke(&lab, "mqttsn.stray_bytes"));
	ck_assert_uint_eq(lab.operation_count, 2);
}
END_TEST

START_TEST(many_topics)
{
	char text[64];

	open_session();
	for (unsigned i = 1; i < 6000; i++) {
		snprintf(text, sizeof(text), "0a %04x 0001 'tank/level'", i);
		answer(text);
		ask("0b 0001 0001 00");
	}
	ck_assert_uint_eq(lab.break_count, 0);
	ask("0c 00 0001 0000 '1'"); /* made room */
	ck_assert_uint_eq(last()->op.access_count, 0);
	ck_assert(lab_broke(&lab, "mqttsn.forgotten_topic"));
}
END_TEST

/* A publication is for what its id stood for when it was sent. */
START_TEST(topic_when_sent)
{
	open_session();
	ask("0a 0000 0001 'plant/valve'");
	answer("0b 0005 0001 00");
	ask("0c 20 0005 0002 '1'");
	ask("04 04 01 003c 'sensor'"); /* clean: the ids are gone */
	answer("0d 0005 0002 00");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	expect_access(0, "topic", "plant/valve");
	expect_text("topic", "plant/valve");
}
END_TEST

/* A REGISTER without a name takes the name from an id, and the id from its name. */
START_TEST(register_nothing)
{
	open_session();
	answer("0a 0005 0001 'plant/valve'");
	ask("0b 0005 0001 00");
	answer("0a 0005 0002");
	ask("0b 0005 0002 00");
	expect_operation("register", 10, BT_ACT_SESSION, BT_RESULT_OK);
}
END_TEST

START_TEST(gateway_names_no_client)
{
	lab.flow.server_proven = true;
	open_session();
	lab_forget(&lab);
	answer("04 04 01 003c 'spoofed'");
	ck_assert(lab_broke(&lab, "mqttsn.wrong_direction"));
	ck_assert_uint_eq(lab.identity_count, 0);
	ask("16");
	answer("17");
	expect_text("client_id", "sensor");
}
END_TEST

/* Gateways take it: no CONNECT, and flags that it does not have. */
START_TEST(odd_flags_hide_nothing)
{
	struct bt_cursor publish = message("0c 6d 0007 0000 '1'");

	ck_assert_int_eq(dissector_mqttsn.probe(publish, true), BT_MATCH_WEAK);
	ck_assert_int_eq(dissector_mqttsn.probe(publish, false), BT_MATCH_NO);
	ask("0c 6d 0007 0000 '1'");
	expect_operation("publish", 12, BT_ACT_PUBLISH, BT_RESULT_OK);
	expect_number("request.qos", -1);
	ck_assert_uint_eq(last()->op.access_count, 1);
	ck_assert(lab_broke(&lab, "mqttsn.bad_flags"));
}
END_TEST

/* Two addresses that a weak hash takes for one. */
START_TEST(nodes_alike)
{
	forward(BT_TO_SERVER, "d067f1e500af", "04 04 01 003c 'one'");
	forward(BT_TO_CLIENT, "d067f1e500af", "05 00");
	forward(BT_TO_SERVER, "d067f1e500af", "0a 0000 0001 'tank/level'");
	forward(BT_TO_CLIENT, "d067f1e500af", "0b 0001 0001 00");
	forward(BT_TO_SERVER, "6b382c062fc4", "0c 00 0001 0000 '1'");
	ck_assert_uint_eq(last()->op.access_count, 0);
	forward(BT_TO_SERVER, "d067f1e500af", "0c 00 0001 0000 '1'");
	expect_access(0, "topic", "tank/level");
}
END_TEST

START_TEST(features)
{
	struct bt_feature feature;
	char text[BT_FEATURE_TEXT];
	size_t count = 0;

	for (; dissector_mqttsn.feature(count, &feature, text); count++)
		ck_assert(feature.kind && feature.number && feature.name && feature.decoded);
	ck_assert_uint_eq(count, 28);
	ck_assert_str_eq(feature.name, "Forwarder encapsulation");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mqttsn");
	TCase *tests = tcase_create("mqttsn");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, connect_and_accept);
	tcase_add_test(tests, connect_with_will);
	tcase_add_test(tests, refused);
	tcase_add_test(tests, registered_topic);
	tcase_add_test(tests, unknown_topic);
	tcase_add_test(tests, refused_registration);
	tcase_add_test(tests, topic_of_the_gateway);
	tcase_add_test(tests, topic_of_a_subscription);
	tcase_add_test(tests, short_and_predefined);
	tcase_add_test(tests, qos_2);
	tcase_add_test(tests, refused_without_being_asked);
	tcase_add_test(tests, sleep_and_ping);
	tcase_add_test(tests, will_updates);
	tcase_add_test(tests, discovery);
	tcase_add_test(tests, forwarded);
	tcase_add_test(tests, forwarded_without_end);
	tcase_add_test(tests, belief);
	tcase_add_test(tests, sides);
	tcase_add_test(tests, sent_again);
	tcase_add_test(tests, long_message);
	tcase_add_test(tests, faults);
	tcase_add_test(tests, cut_anywhere);
	tcase_add_test(tests, stray_bytes);
	tcase_add_test(tests, many_topics);
	tcase_add_test(tests, topic_when_sent);
	tcase_add_test(tests, register_nothing);
	tcase_add_test(tests, gateway_names_no_client);
	tcase_add_test(tests, nodes_alike);
	tcase_add_test(tests, odd_flags_hide_nothing);
	tcase_add_test(tests, features);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
