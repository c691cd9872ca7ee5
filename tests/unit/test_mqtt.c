/* SPDX-License-Identifier: Apache-2.0
 *
 * The MQTT dissector alone, under the lab's engine: every packet in 3.1.1 and 5, which properties belong
 * where, aliases, payloads, versions told without a CONNECT, what it believes after loss, broken packets,
 * and the road through WebSocket frames.
 *
 * Packets are written as hexadecimal in which 'text' is a text with its 16 bits of length, `text` one
 * without, and <...> properties with their length; the remaining length is put in.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../dissectors/sparkplug/sparkplug.h"
#include "lab.h"

extern const struct bt_dissector dissector_mqtt, dissector_mqtt_websocket;

enum {
	ROOM = 256 << 10,
};

static struct bt_engine lab;
static uint8_t room[ROOM];

static void setup(void)
{
	lab_init(&lab, &dissector_mqtt);
	lab.inside = &dissector_sparkplug;
	lab.flow.server_proven = true;
}

static void setup_websocket(void)
{
	lab_init(&lab, &dissector_mqtt_websocket);
	lab.inside = &dissector_sparkplug;
	lab.flow.server_proven = true;
}

static void teardown(void)
{
	lab_finish(&lab);
}

/* ---- packets as text ---- */

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static size_t write_text(uint8_t *to, const char **text, char end, bool counted)
{
	size_t size = strcspn(*text, (char[]){end, 0});

	if (counted) {
		to[0] = (uint8_t)(size >> 8);
		to[1] = (uint8_t)size;
		to += 2;
	}
	memcpy(to, *text, size);
	*text += size + 1;
	return size + (counted ? 2 : 0);
}

static size_t write_bytes(uint8_t *to, const char **text)
{
	size_t size = 0, properties = 0;

	while (**text) {
		char c = *(*text)++;

		ck_assert_uint_lt(size, 60000);
		if (c == '\'' || c == '`') {
			size += write_text(to + size, text, c, c == '\'');
		} else if (c == '<') {
			properties = size++;
		} else if (c == '>') {
			ck_assert_uint_lt(size - properties - 1, 128);
			to[properties] = (uint8_t)(size - properties - 1);
		} else if (c != ' ') {
			to[size++] = (uint8_t)(digit(c) << 4 | digit(*(*text)++));
		}
	}
	return size;
}

static size_t write_packet(uint8_t *to, const char *text)
{
	static uint8_t body[65536];
	size_t size = write_bytes(body, &text), rest = size - 1, at = 1;

	to[0] = body[0];
	do {
		to[at++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
		rest >>= 7;
	} while (rest);
	memcpy(to + at, body + 1, size - 1);
	return at + size - 1;
}

static struct bt_cursor packet(const char *text)
{
	return cur_of(room, write_packet(room, text));
}

static void up(const char *text)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, packet(text), false), 0);
}

static void down(const char *text)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_CLIENT, packet(text), false), 0);
}

#define CONNECT_OLD "10 'MQTT' 04 02 003c 'me'"
#define CONNECT_NEW "10 'MQTT' 05 02 003c <22 000a> 'me'"

static void open_old(void)
{
	up(CONNECT_OLD);
	down("20 00 00");
}

static void open_new(void)
{
	up(CONNECT_NEW);
	down("20 00 00 <22 000a>");
}

/* ---- what came of it ---- */

static const struct lab_operation *last(void)
{
	ck_assert_uint_gt(lab.operation_count, 0);
	return &lab.operations[(lab.operation_count - 1) % LAB_OPERATIONS];
}

static json_t *document(const struct lab_operation *operation)
{
	json_error_t error;
	json_t *root = json_loads(operation->json, 0, &error);
	const char *unlisted;

	ck_assert_msg(root, "%s: %s", error.text, operation->json);
	unlisted = lab_unlisted(root, operation->op.protocol ? operation->op.protocol->fields
							     : dissector_mqtt.fields);
	ck_assert_msg(!unlisted, "%s is not listed", unlisted);
	return root;
}

static json_t *member(json_t *at, const char *path)
{
	char part[64];

	while (at && *path) {
		size_t size = strcspn(path, ".");

		ck_assert_uint_lt(size, sizeof(part));
		memcpy(part, path, size);
		part[size] = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part))
				       : json_object_get(at, part);
		path += size + (path[size] == '.');
	}
	return at;
}

/* `value` is how JSON writes it. */
static void expect(const char *path, const char *value)
{
	json_t *root = document(last()), *found = member(root, path);
	char *text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	ck_assert_msg(text && strcmp(text, value) == 0, "%s is %s in %s", path, text ? text : "missing",
		      last()->json);
	free(text);
	json_decref(root);
}

static void expect_missing(const char *path)
{
	json_t *root = document(last());

	ck_assert_msg(!member(root, path), "%s in %s", path, last()->json);
	json_decref(root);
}

static void expect_operation(const char *name, enum bt_act act, enum bt_result result)
{
	ck_assert_str_eq(last()->op.name, name);
	ck_assert_int_eq(last()->op.act, act);
	ck_assert_msg(last()->op.result == result, "%s: %s", name,
		      bt_result_name(last()->op.result));
}

static void expect_access(unsigned index, const char *space, const char *name)
{
	ck_assert_uint_gt(last()->op.access_count, index);
	ck_assert_str_eq(last()->accesses[index].space, space);
	ck_assert_str_eq(last()->names[index], name);
}

static void expect_calm(void)
{
	ck_assert_msg(lab.break_count == 0, "%s: %s", lab.breaks[0].violation->name,
		      lab.breaks[0].detail);
}

static void expect_broken(const char *violation)
{
	ck_assert_msg(lab_broke(&lab, violation), "%s is not said, of %u that are", violation,
		      lab.break_count);
}

/* ---- every packet ---- */

/* What both sides say, first the request; the operation it makes. */
static const struct exchange {
	const char *request, *answer; /* answer NULL: none is due */
	bool by_server;
	const char *name;
	enum bt_act act;
	enum bt_result result;
	const char *error;
} old_exchanges[] = {
	{"30 'a/b' `21.5`", NULL, false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"30 'a/b' `21.5`", NULL, true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"33 'a/b' 0007 `on`", "40 0007", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"32 'a/b' 0007 `on`", "40 0007", true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"34 'a/b' 0008 `on`", "50 0008", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"62 0008", "70 0008", false, "pubrel", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"62 0008", "70 0008", true, "pubrel", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"82 0009 'a/#' 01 '+/b' 02", "90 0009 01 80", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_OK, NULL},
	{"82 0009 '$share/g/a/#' 01", "90 0009 80", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_REFUSED, "unspecified_error"},
	{"a2 000a 'a/#' '+/b'", "b0 000a", false, "unsubscribe", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"c0", "d0", false, "pingreq", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"e0", NULL, false, "disconnect", BT_ACT_OTHER, BT_RESULT_OK, NULL},
};

static const struct exchange new_exchanges[] = {
	{"30 'a/b' <> `21.5`", NULL, false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"31 'a/b' <01 01 02 0000003c 03 'text/plain' 08 're/ply' 09 'id' 26 'k' 'v'> `21.5`", NULL,
	 false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"30 'a/b' <0b 05 0b 8001> `x`", NULL, true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"32 'a/b' 0007 <> `on`", "40 0007 87 <1f 'no'>", false, "publish", BT_ACT_PUBLISH,
	 BT_RESULT_REFUSED, "not_authorized"},
	{"32 'a/b' 0007 <> `on`", "40 0007 10", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"34 'a/b' 0008 <> `on`", "50 0008 97", false, "publish", BT_ACT_PUBLISH, BT_RESULT_REFUSED,
	 "quota_exceeded"},
	{"62 0008 00 <>", "70 0008 92", false, "pubrel", BT_ACT_OTHER, BT_RESULT_REFUSED,
	 "packet_identifier_not_found"},
	{"82 0009 <0b 07> 'a/#' 2d '+/b' 16", "90 0009 <> 01 02", false, "subscribe",
	 BT_ACT_SUBSCRIBE, BT_RESULT_OK, NULL},
	{"82 0009 <> 'a/#' 01", "90 0009 <1f 'no'> 9e", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_REFUSED, "shared_subscriptions_not_supported"},
	{"a2 000a <26 'k' 'v'> 'a/#'", "b0 000a <> 11", false, "unsubscribe", BT_ACT_OTHER,
	 BT_RESULT_OK, NULL},
	{"e0", NULL, false, "disconnect", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"e0 04 <11 00000010>", NULL, false, "disconnect", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"e0 8e <1c 'other' 1f 'moved'>", NULL, true, "disconnect", BT_ACT_OTHER, BT_RESULT_OK, NULL},
	{"f0 18 <15 'SCRAM' 16 'proof'>", NULL, false, "auth", BT_ACT_AUTHENTICATE, BT_RESULT_OK,
	 NULL},
	{"f0 18 <15 'SCRAM' 16 'proof'>", NULL, true, "auth", BT_ACT_AUTHENTICATE, BT_RESULT_OK, NULL},
};

enum {
	OLD = sizeof(old_exchanges) / sizeof(old_exchanges[0]),
	NEW = sizeof(new_exchanges) / sizeof(new_exchanges[0]),
};

static const struct exchange *exchange(int index)
{
	return index < OLD ? &old_exchanges[index] : &new_exchanges[index - OLD];
}

static void say(bool by_server, const char *text)
{
	(by_server ? down : up)(text);
}

START_TEST(test_exchange)
{
	const struct exchange *it = exchange(_i);

	_i < OLD ? open_old() : open_new();
	say(it->by_server, it->request);
	if (it->answer)
		say(!it->by_server, it->answer);
	expect_operation(it->name, it->act, it->result);
	ck_assert(last()->op.by_server == it->by_server);
	ck_assert_uint_eq(last()->op.subfunction, it->by_server);
	ck_assert_uint_eq(!it->answer, !last()->op.answer_packet);
	if (it->error)
		ck_assert_str_eq(last()->op.error_name, it->error);
	ck_assert_uint_eq(lab.pending_count, 0);
	expect_calm();
	json_decref(document(last()));
}
END_TEST

/* The answer lost, then the request lost. */
START_TEST(test_halves)
{
	const struct exchange *it = exchange(_i);

	_i < OLD ? open_old() : open_new();
	if (!it->answer)
		return;
	say(it->by_server, it->request);
	lab_give_up(&lab);
	expect_operation(it->name, it->act, BT_RESULT_UNANSWERED);
	expect_calm();
	say(!it->by_server, it->answer);
	expect_operation(it->name, it->act, BT_RESULT_UNSOLICITED);
	expect_broken("mqtt.unexpected_answer");
	json_decref(document(last()));
}
END_TEST

/* Each packet with its end missing, and a length that says so: never a byte beyond it is read. */
START_TEST(test_cut)
{
	const struct exchange *it = exchange(_i);
	const char *texts[] = {it->request, it->answer, CONNECT_NEW, CONNECT_OLD,
			       "20 00 00 <12 'id' 13 0005 1a 'r' 24 01>"};

	_i < OLD ? open_old() : open_new();
	for (size_t i = 0; i < 5; i++) {
		struct bt_cursor whole = texts[i] ? packet(texts[i]) : cur_of(NULL, 0);
		size_t size = cur_left(&whole);

		for (size_t cut = 2; cut < size; cut++) {
			room[1] = (uint8_t)(cut - 2);
			lab_send(&lab, BT_TO_SERVER, cur_of(room, cut), false);
			lab_send(&lab, BT_TO_CLIENT, cur_of(room, cut), false);
			lab_give_up(&lab);
		}
	}
	ck_assert_uint_gt(lab.operation_count, 0);
}
END_TEST

START_TEST(test_frame_waits)
{
	struct bt_cursor whole = packet(CONNECT_NEW);
	size_t size = cur_left(&whole);

	for (size_t cut = 1; cut < size; cut++)
		ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, cut), false), cut);
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false), 0);
	ck_assert_uint_eq(lab.pending_count, 1);
}
END_TEST

/* ---- sessions ---- */

START_TEST(test_connect_in_full)
{
	up("10 'MQTT' 05 ee 003c <11 00000078 21 0014 22 000a 26 'k' 'v'> "
	   "'pump-7' <18 00000005 01 01> 'plant/lost' 'bye' 'operator' 'secret'");
	down("20 01 00 <12 'auto-1' 13 001e 22 0005 24 01 25 01 28 01 29 01 2a 01>");
	expect_calm();
	expect("connect.protocol_string", "\"MQTT\"");
	expect("connect.protocol_version", "5");
	expect("connect.keep_alive", "60");
	expect("connect.client_id", "\"pump-7\"");
	expect("connect.username", "\"operator\"");
	expect("connect.flags", "{\"username\":true,\"password\":true,\"will_retain\":true,\"will\":true,"
				"\"clean_session\":true}");
	expect("connect.will.topic", "\"plant/lost\"");
	expect("connect.will.qos", "1");
	expect("connect.will.retain", "true");
	expect("connect.will.message", "\"bye\"");
	expect("connect.will.payload.size", "3");
	expect("connect.will.properties",
	       "{\"will_delay_interval\":5,\"payload_format_indicator\":1}");
	expect("connect.properties",
	       "{\"session_expiry_interval\":120,\"receive_maximum\":20,\"topic_alias_maximum\":10,"
	       "\"user_properties\":[{\"name\":\"k\",\"value\":\"v\"}]}");
	expect("connack.session_present", "true");
	expect("connack.reason", "\"success\"");
	expect("connack.properties.server_keep_alive", "30");
	ck_assert_ptr_null(strstr(last()->json, "secret"));
	expect_access(0, "user", "operator");
	expect_access(1, "will", "plant/lost");
	ck_assert_uint_eq(lab.identity_count, 3);
	ck_assert_str_eq(lab.identities[0].text, "pump-7");
	ck_assert_int_eq(lab.identities[0].what, BT_ID_CLIENT);
	ck_assert(lab.identities[0].who.client);
	ck_assert_str_eq(lab.identities[1].text, "operator");
	ck_assert_int_eq(lab.identities[1].what, BT_ID_USER);
	ck_assert_str_eq(lab.identities[2].text, "auto-1");
	up("c0");
	down("d0");
	expect("client_id", "\"auto-1\"");
}
END_TEST

START_TEST(test_refused)
{
	up("10 'MQIsdp' 03 c2 003c 'me' 'user' 'wrong'");
	down("20 00 04");
	expect_operation("connect", BT_ACT_AUTHENTICATE, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "bad_user_name_or_password");
	ck_assert_uint_eq(last()->op.error, 4);
	expect("connect.protocol_version", "3");
	expect("connack.return_code", "4");
	up(CONNECT_NEW);
	expect_broken("mqtt.second_connect");
	down("20 00 87 <>");
	ck_assert_str_eq(last()->op.error_name, "not_authorized");
	ck_assert_uint_eq(last()->op.error, 0x87);
}
END_TEST

START_TEST(test_bridge)
{
	up("10 'MQTT' 84 02 003c 'me'");
	down("20 00 00");
	expect("connect.bridge", "true");
	expect("connect.protocol_version", "4");
	expect_calm();
}
END_TEST

START_TEST(test_subscribe)
{
	open_new();
	up("82 0009 <0b 07> 'a/#' 2d '+/b' 16");
	down("90 0009 <> 01 a2");
	expect("subscribe.topics",
	       "[{\"topic\":\"a/#\",\"qos\":1,\"no_local\":true,\"retain_as_published\":true,"
	       "\"retain_handling\":2},{\"topic\":\"+/b\",\"qos\":2,\"no_local\":true,"
	       "\"retain_as_published\":false,\"retain_handling\":1}]");
	expect("suback.qos_granted", "[1,162]");
	expect("suback.reasons", "[\"granted_qos_1\",\"wildcard_subscriptions_not_supported\"]");
	expect_access(0, "filter", "a/#");
	expect_access(1, "filter", "+/b");
}
END_TEST

/* ---- messages ---- */

START_TEST(test_values)
{
	open_old();
	up("30 'tank/level' ` 21.5\x0a`");
	expect_access(0, "topic", "tank/level");
	ck_assert_double_eq(last()->first_value[0], 21.5);
	up("30 'tank' `{\"level\":-2.5e1,\"pump\":{\"on\":true,\"name\":\"p\"},\"t\":[1,{\"v\":7}],\"x\":null}`");
	ck_assert_uint_eq(last()->op.access_count, 5);
	expect_access(0, "topic", "tank");
	ck_assert_double_eq(last()->first_value[0], -1);
	expect_access(1, "topic", "tank#level");
	ck_assert_double_eq(last()->first_value[1], -25);
	expect_access(2, "topic", "tank#pump.on");
	ck_assert_double_eq(last()->first_value[2], 1);
	expect_access(3, "topic", "tank#t.0");
	expect_access(4, "topic", "tank#t.1.v");
	ck_assert_double_eq(last()->first_value[4], 7);
	expect("publish.payload.kind", "\"json\"");
	expect_calm();
}
END_TEST

static const struct {
	const char *payload, *kind;
} kinds[] = {
	{"", "empty"},
	{"`12`", "number"},
	{"`-0.5e-3`", "number"},
	{"`012`", "text"},
	{"`1.`", "text"},
	{"`true`", "boolean"},
	{"`trues`", "text"},
	{"`{}`", "json"},
	{"`[]`", "json"},
	{"`[1,2,[3,[]]]`", "json"},
	{"`{\"a\":}`", "text"},
	{"`{\"a\":1,}`", "text"},
	{"`{a:1}`", "text"},
	{"`[1,2`", "text"},
	{"`[1 2]`", "text"},
	{"`{\"a\":1]`", "text"},
	{"`hello`", "text"},
	{"00", "binary"},
	{"c0c1c2", "binary"},
	{"ffd8ffe0", "jpeg"},
	{"1f8b0800", "gzip"},
	{"7f `ELF`", "elf"},
};

START_TEST(test_kind)
{
	char text[128], quoted[32];

	open_old();
	snprintf(text, sizeof(text), "30 't' %s", kinds[_i].payload);
	snprintf(quoted, sizeof(quoted), "\"%s\"", kinds[_i].kind);
	up(text);
	expect("publish.payload.kind", quoted);
}
END_TEST

START_TEST(test_json_bounds)
{
	char text[8192] = "30 't' `", *at = text + strlen(text);

	open_old();
	memset(at, '[', 5000);
	strcpy(at + 5000, "1`");
	up(text);
	ck_assert_uint_eq(last()->op.access_count, 1);
	strcpy(at, "[0");
	for (int i = 1; i < 100; i++)
		sprintf(at + strlen(at), ",%d", i);
	strcat(at, "]`");
	up(text);
	ck_assert_uint_eq(last()->op.access_count, 33);
	strcpy(at, "{\"");
	memset(at + 2, 'k', 1000);
	strcpy(at + 1002, "\":{\"a\":1}}`");
	up(text);
	ck_assert_uint_eq(last()->op.access_count, 1);
}
END_TEST

START_TEST(test_preview)
{
	char text[400] = "30 't' `", sixty_four[80];

	open_old();
	memset(text + strlen(text), 'a', 300);
	strcat(text, "`");
	up(text);
	memset(sixty_four, 'a', 66);
	sixty_four[0] = sixty_four[65] = '"';
	sixty_four[66] = '\0';
	expect("publish.message", sixty_four);
	expect("publish.payload.size", "300");
}
END_TEST

/* A payload that is not kept whole while it waits for its answer. */
START_TEST(test_long_payload)
{
	char text[30000] = "32 't' 0001 `";

	open_old();
	memset(text + strlen(text), 'a', 20000);
	strcat(text, "`");
	up(text);
	down("40 0001");
	expect("publish.payload.size", "20000");
	expect("publish.payload.sha256",
	       "\"cc17faaad36649c4603dda4d8ff97cb149722af0bcac0746305a2134ad2d0b97\"");
}
END_TEST

START_TEST(test_alias)
{
	open_new();
	up("30 'long/topic' <23 0003> `1`");
	up("30 '' <23 0003> `2`");
	expect_access(0, "topic", "long/topic");
	expect("publish.topic", "\"\"");
	expect("publish.resolved_topic", "\"long/topic\"");
	expect("publish.properties.topic_alias", "3");
	up("32 '' 0001 <23 0003> `3`");
	down("40 0001");
	expect_access(0, "topic", "long/topic");
	down("30 'other' <23 0003> `1`");
	down("30 '' <23 0003> `2`");
	expect_access(0, "topic", "other");
	up("30 '' <23 0003> `4`");
	expect_access(0, "topic", "long/topic");
	expect_calm();
	up("30 '' <23 0004> `2`");
	expect_broken("mqtt.unknown_alias");
	up("30 'x' <23 000b> `2`");
	expect_broken("mqtt.alias_too_large");
}
END_TEST

START_TEST(test_packet_ids)
{
	open_old();
	up("32 'a/b' 0007 `1`");
	up("3a 'a/b' 0007 `1`");
	expect_calm(); /* a copy */
	down("40 0007");
	down("40 0007");
	ck_assert_uint_eq(lab.pending_count, 0);
	up("32 'a/b' 0007 `1`");
	down("32 'a/b' 0007 `1`"); /* the other side's identifiers are its own */
	expect_calm();
	up("32 'a/b' 0007 `1`");
	expect_broken("mqtt.packet_id_reused");
	expect_operation("publish", BT_ACT_PUBLISH, BT_RESULT_UNANSWERED);
	down("50 0007");
	expect_broken("mqtt.unexpected_answer");
}
END_TEST

START_TEST(test_sparkplug)
{
	open_old();
	up("30 'spBv1.0/g/NDATA/e' 08 01 18 05");
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_ptr_null(lab.operations[1].op.protocol);
	ck_assert_ptr_eq(lab.operations[2].op.protocol, &dissector_sparkplug);
	json_decref(document(last()));
}
END_TEST

START_TEST(test_broker)
{
	open_old();
	down("31 '$SYS/broker/version' `mosquitto version 2.0.11`");
	ck_assert_str_eq(lab.identities[lab.identity_count - 1].text, "mosquitto version 2.0.11");
	ck_assert(!lab.identities[lab.identity_count - 1].who.client);
	expect("publish.retain", "true");
}
END_TEST

/* ---- without a CONNECT ---- */

START_TEST(test_guessed)
{
	lab.flow.seen = BT_SEEN_MIDSTREAM;
	up("30 'a/b' 00 `21.5`"); /* could be both, but is 5 */
	expect("version_guessed", "true");
	expect("publish.message", "\"21.5\"");
	up("30 'a/b' `21.5`"); /* cannot be 5 */
	expect("publish.message", "\"21.5\"");
	up("30 'a/b' 00000000");
	expect("publish.payload.size", "4");
	up("82 0001 <> 'a/#' 01"); /* cannot be 3.1.1 */
	down("90 0001 <> 01");
	expect("suback.qos_granted", "[1]");
	up("30 'a/b' 00000000");
	expect("publish.payload.size", "3");
	ck_assert(!lab_broke(&lab, "mqtt.bad_length"));
	ck_assert(!lab_broke(&lab, "mqtt.malformed_properties"));
	ck_assert_uint_eq(lab.break_count, 1); /* the lab does not know what needs a whole flow */
	expect_broken("mqtt.before_connect");
}
END_TEST

START_TEST(test_sides)
{
	lab.flow.server_proven = false;
	lab.flow.seen = BT_SEEN_MIDSTREAM;
	down("82 0001 'a/#' 01");
	ck_assert_uint_eq(lab.swaps, 1);
	down("90 0001 01");
	expect_operation("subscribe", BT_ACT_SUBSCRIBE, BT_RESULT_OK);
	lab_forget(&lab);
	down("82 0001 'a/#' 01");
	expect_broken("mqtt.wrong_direction");
}
END_TEST

START_TEST(test_resync)
{
	size_t size = 0;

	/* the end of a packet, then three; what looks like an answer is not one */
	memcpy(room, "zz\x40\x02\x00", 5);
	size = 5;
	size += write_packet(room + size, "30 'plant/level' `1`");
	size += write_packet(room + size, "30 'plant/level' `2`");
	size += write_packet(room + size, "40 0001");
	ck_assert_uint_eq(lab_send(&lab, BT_TO_CLIENT, cur_of(room, size), true), 0);
	ck_assert_uint_eq(lab.operation_count, 3);
}
END_TEST

START_TEST(test_resync_refuses)
{
	static const char *const texts[] = {"30 '' `1`", "30 'a' `1`", "40 0000", "20 00 09",
					    "30 'a+b' `1`", "90 0001 05"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct bt_cursor bytes = packet(texts[i]);
		enum bt_sync sync = i == 1 ? BT_LOST : BT_LOST_AT_SEGMENT;

		ck_assert_msg(dissector_mqtt.frame(bytes, BT_TO_SERVER, sync).kind == BT_FRAME_BAD,
			      "%s", texts[i]);
	}
}
END_TEST

START_TEST(test_endless)
{
	static const uint8_t head[] = {0x30, 0xff, 0xff, 0xff, 0x7f, 0, 3, 'b', 'i', 'g'};

	open_old();
	memset(room, 'x', sizeof(room));
	memcpy(room, head, sizeof(head));
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, 65536), false), 0);
	expect("publish.topic", "\"big\"");
	expect("publish.truncated", "true");
	expect("publish.skipped_length", "268435460");
	expect("publish.payload.size", "268435450");
	expect_missing("publish.payload.sha256");
	for (uint32_t left = 268435460 - 65536; left;) {
		size_t now = left < sizeof(room) ? left : sizeof(room);

		ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, now), false), 0);
		left -= (uint32_t)now;
	}
	up("c0");
	down("d0");
	expect_operation("pingreq", BT_ACT_OTHER, BT_RESULT_OK);
	expect_calm();
}
END_TEST

/* ---- what it believes ---- */

static const struct {
	const char *bytes; /* a packet */
	bool hinted;
	enum bt_match match;
} looks[] = {
	{CONNECT_OLD, false, BT_MATCH_REQUEST},
	{CONNECT_NEW, false, BT_MATCH_REQUEST},
	{"10 'MQTX' 04 02 003c 'me'", true, BT_MATCH_NO},
	{"20 00 00", true, BT_MATCH_WEAK},
	{"20 00 00", false, BT_MATCH_WEAK},
	{"40 0001", false, BT_MATCH_NO},
	{"40 0001", true, BT_MATCH_WEAK},
	{"40 0000", true, BT_MATCH_NO},
	{"30 'plant/level' `1`", false, BT_MATCH_WEAK},
	{"30 'plant/level' `1`", true, BT_MATCH_EITHER},
	{"82 0001 'plant/#' 01", true, BT_MATCH_REQUEST},
	{"00 0001", true, BT_MATCH_NO},
	{"36 'plant/level' 0001 `1`", true, BT_MATCH_NO},
	{"c0", true, BT_MATCH_WEAK},
	{"c0", false, BT_MATCH_NO},
};

START_TEST(test_probe)
{
	struct bt_cursor bytes = packet(looks[_i].bytes);
	enum bt_match match = dissector_mqtt.probe(bytes, looks[_i].hinted);

	ck_assert_msg(match == looks[_i].match, "%s: %d", looks[_i].bytes, match);
}
END_TEST

START_TEST(test_probe_others)
{
	static const char *const others[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "220 mail ESMTP\r\n",
		"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x02\x80\x00",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_int_eq(dissector_mqtt.probe(cur_of(others[i], strlen(others[i])), true),
				 BT_MATCH_NO);
}
END_TEST

/* ---- broken packets ---- */

static const struct {
	bool new;
	const char *packet, *violation;
} broken[] = {
	{false, "31 '' `x`", "mqtt.bad_topic"},
	{false, "30 'a/+/b' `x`", "mqtt.bad_topic"},
	{false, "30 'a/#' `x`", "mqtt.bad_topic"},
	{true, "30 '' <> `x`", "mqtt.bad_topic"},
	{false, "30 0003 61 00 62", "mqtt.nul_in_text"},
	{false, "30 0003 ed a0 80", "mqtt.bad_text"},
	{false, "30 0003 c0 80 61", "mqtt.bad_text"},
	{false, "30 0009 61", "mqtt.bad_length"},
	{false, "32 'a' 0000 `x`", "mqtt.zero_packet_id"},
	{false, "c0 00", "mqtt.trailing_bytes"},
	{false, "82 0001 'a#' 00", "mqtt.bad_filter"},
	{false, "82 0001 '#/a' 00", "mqtt.bad_filter"},
	{false, "82 0001 'a+' 00", "mqtt.bad_filter"},
	{false, "82 0001 '$share/a' 00", "mqtt.bad_filter"},
	{false, "82 0001 '$share/#/a' 00", "mqtt.bad_filter"},
	{false, "82 0001 'a' 03", "mqtt.bad_qos"},
	{false, "82 0001 'a' 04", "mqtt.bad_options"},
	{true, "82 0001 <> 'a' 30", "mqtt.bad_options"},
	{true, "82 0001 <> '$share/g/a' 04", "mqtt.bad_options"},
	{false, "82 0001", "mqtt.empty_list"},
	{true, "e0 01", "mqtt.unknown_reason"},
	{true, "30 'a' <13 0001> `x`", "mqtt.illegal_property"},
	{true, "30 'a' <01 01 01 01> `x`", "mqtt.repeated_property"},
	{true, "30 'a' <01 02> `x`", "mqtt.bad_property_value"},
	{true, "30 'a' <23 0000> `x`", "mqtt.bad_property_value"},
	{true, "30 'a' <7f> `x`", "mqtt.malformed_properties"},
	{true, "30 'a' <02 00> `x`", "mqtt.malformed_properties"},
	{true, "30 'a' 70 `x`", "mqtt.malformed_properties"},
	{false, "10 'MQTT' 04 03 003c 'me'", "mqtt.bad_connect_flags"},
	{false, "10 'MQTT' 04 0a 003c 'me'", "mqtt.bad_connect_flags"},
	{false, "10 'MQTT' 04 42 003c 'me' 'pw'", "mqtt.bad_connect_flags"},
	{false, "10 'MQTT' 09 02 003c 'me'", "mqtt.unknown_version"},
	{false, "10 'MQTX' 04 02 003c 'me'", "mqtt.unknown_version"},
	{false, "f0 18", "mqtt.reserved_type"},
};

START_TEST(test_broken)
{
	broken[_i].new ? open_new() : open_old();
	expect_calm();
	up(broken[_i].packet);
	lab_give_up(&lab);
	expect_broken(broken[_i].violation);
	ck_assert_uint_gt(lab.operation_count, 1); /* what it tried to be is told all the same */
	lab_forget(&lab);
	up("c0");
	down("d0");
	expect_calm();
}
END_TEST

/* Headers that are none: believed when a packet follows, else passed over. */
START_TEST(test_bad_header)
{
	size_t size = write_packet(room, "80 0001 'a' 00");

	size += write_packet(room + size, "c0");
	lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false);
	expect_broken("mqtt.bad_flags");
	lab_forget(&lab);
	size = write_packet(room, "36 'a' 0001 `x`");
	size += write_packet(room + size, "c0");
	lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false);
	expect_broken("mqtt.bad_qos");
	lab_forget(&lab);
	memcpy(room, "\x30\xff\xff\xff\xff", 5);
	size = 5 + write_packet(room + 5, "30 'plant' `x`");
	lab_send(&lab, BT_TO_SERVER, cur_of(room, size), false);
	expect_broken("mqtt.stray_bytes");
	expect("publish.topic", "\"plant\"");
}
END_TEST

START_TEST(test_early)
{
	up("30 'plant' `x`");
	up("30 'plant' `x`");
	expect_broken("mqtt.before_connect");
	ck_assert_uint_eq(lab.break_count, 1);
}
END_TEST

/* Which property may be where: the table of the specification, by packet. */
static const struct {
	const char *before, *behind; /* the properties */
	const char *legal;  /* their numbers */
	bool up;
} homes[] = {
	{"10 'MQTT' 05 02 003c <", "> 'me'", " 11 15 16 17 19 21 22 26 27 ", true},
	{"10 'MQTT' 05 06 003c <> 'me' <", "> 't' 'p'", " 01 02 03 08 09 18 26 ", true},
	{"20 00 00 <", ">", " 11 12 13 15 16 1a 1c 1f 21 22 24 25 26 27 28 29 2a ", false},
	{"30 't' <", ">", " 01 02 03 08 09 0b 23 26 ", true},
	{"40 0001 00 <", ">", " 1f 26 ", false},
	{"50 0001 00 <", ">", " 1f 26 ", false},
	{"62 0001 00 <", ">", " 1f 26 ", true},
	{"70 0001 00 <", ">", " 1f 26 ", false},
	{"82 0001 <", "> 't' 00", " 0b 26 ", true},
	{"90 0001 <", "> 00", " 1f 26 ", false},
	{"a2 0001 <", "> 't'", " 26 ", true},
	{"b0 0001 <", "> 00", " 1f 26 ", false},
	{"e0 00 <", ">", " 11 1c 1f 26 ", true},
	{"f0 00 <", ">", " 15 16 1f 26 ", true},
};

static const char *const properties[] = {
	"01 01",       "02 00000001", "03 'a'", "08 'a'",      "09 'a'",   "0b 01",      "11 00000001",
	"12 'a'",      "13 0001",     "15 'a'", "16 'a'",      "17 01",    "18 00000001", "19 01",
	"1a 'a'",      "1c 'a'",      "1f 'a'", "21 0001",     "22 0001",  "23 0001",    "24 01",
	"25 01",       "26 'a' 'a'",  "27 00000001", "28 01",  "29 01",    "2a 01",
};

START_TEST(test_property_homes)
{
	open_new();
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		char text[160], number[5] = {' ', properties[i][0], properties[i][1], ' ', 0};
		bool legal = strstr(homes[_i].legal, number);

		lab_forget(&lab);
		snprintf(text, sizeof(text), "%s%s%s", homes[_i].before, properties[i],
			 homes[_i].behind);
		say(!homes[_i].up, text);
		ck_assert_msg(lab_broke(&lab, "mqtt.illegal_property") == !legal, "%s", text);
		ck_assert_msg(!lab_broke(&lab, "mqtt.malformed_properties"), "%s", text);
		lab_give_up(&lab);
		json_decref(document(last()));
	}
}
END_TEST

START_TEST(test_features)
{
	struct bt_feature feature;
	char text[BT_FEATURE_TEXT];
	size_t types = 0, all = 0;

	for (; dissector_mqtt.feature(all, &feature, text); all++) {
		ck_assert(feature.decoded && feature.name && feature.number);
		types += strcmp(feature.kind, "packet type") == 0;
	}
	ck_assert_uint_eq(types, 15);
	ck_assert_uint_gt(all, 15 + 27 + 43);
}
END_TEST

/* The largest record there can be fits. */
START_TEST(test_largest)
{
	char *text = calloc(1, 1 << 16), *at = text;

	open_new();
	at += sprintf(at, "82 0001 <>");
	for (int i = 0; i < 400; i++)
		at += sprintf(at, " 0020 %064d 00", 0);
	up(text);
	down("90 0001 <> 00");
	expect("subscribe.more", "336");
	ck_assert_uint_eq(last()->op.access_count, BT_ACCESSES_MAX);
	free(text);
}
END_TEST

/* ---- WebSocket ---- */

/* One frame around the bytes in `room`. */
static struct bt_cursor ws(uint8_t first, bool masked, size_t size)
{
	static uint8_t frame[ROOM + 14];
	static const uint8_t key[4] = {0x11, 0x22, 0x33, 0x44};
	size_t at = 2;

	frame[0] = first;
	frame[1] = masked ? 0x80 : 0;
	if (size < 126) {
		frame[1] |= (uint8_t)size;
	} else {
		frame[1] |= 127;
		for (int i = 0; i < 8; i++)
			frame[at++] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
	}
	if (masked) {
		memcpy(frame + at, key, 4);
		at += 4;
	}
	for (size_t i = 0; i < size; i++)
		frame[at++] = room[i] ^ (masked ? key[i & 3] : 0);
	return cur_of(frame, at);
}

static size_t ws_up(uint8_t first, size_t size)
{
	return lab_send(&lab, BT_TO_SERVER, ws(first, true, size), false);
}

static size_t ws_down(uint8_t first, size_t size)
{
	return lab_send(&lab, BT_TO_CLIENT, ws(first, false, size), false);
}

static void upgrade(void)
{
	static const char ask[] = "GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n"
				  "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
	static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\n"
				  "sec-websocket-protocol: mqtt\r\n\r\n";

	ck_assert_int_eq(dissector_mqtt_websocket.probe(cur_of(ask, sizeof(ask) - 1), false),
			 BT_MATCH_REQUEST);
	ck_assert_int_eq(dissector_mqtt_websocket.probe(cur_of(ask, 20), false), BT_MATCH_MORE);
	ck_assert_int_eq(dissector_mqtt_websocket.probe(cur_of(yes, sizeof(yes) - 1), false),
			 BT_MATCH_RESPONSE);
	lab_send(&lab, BT_TO_SERVER, cur_of(ask, sizeof(ask) - 1), false);
	lab_send(&lab, BT_TO_CLIENT, cur_of(yes, sizeof(yes) - 1), false);
}

START_TEST(test_ws_exchange)
{
	const struct exchange *it = exchange(_i);

	upgrade();
	ws_up(0x82, write_packet(room, _i < OLD ? CONNECT_OLD : CONNECT_NEW));
	ws_down(0x82, write_packet(room, _i < OLD ? "20 00 00" : "20 00 00 <22 000a>"));
	(it->by_server ? ws_down : ws_up)(0x82, write_packet(room, it->request));
	if (it->answer)
		(it->by_server ? ws_up : ws_down)(0x82, write_packet(room, it->answer));
	expect_operation(it->name, it->act, it->result);
	expect_calm();
}
END_TEST

/* Packets over several frames, several in one, a ping in between. */
START_TEST(test_ws_borders)
{
	uint8_t bytes[256];
	size_t size;

	upgrade();
	size = write_packet(room, CONNECT_OLD);
	size += write_packet(room + size, "30 'plant/level' `1`");
	size += write_packet(room + size, "30 'plant/level' `2`");
	memcpy(bytes, room, size);
	for (size_t i = 0; i < size; i++) {
		room[0] = bytes[i];
		ws_up(i + 1 < size ? (i ? 0x00 : 0x02) : 0x80, 1);
		ws_up(0x89, 0);
	}
	ck_assert_uint_eq(lab.operation_count, 2);
	memcpy(room, bytes, size);
	size = write_packet(room, "30 'plant/level' `3`");
	size += write_packet(room + size, "30 'plant/level' `4`");
	ws_up(0x82, size);
	ck_assert_uint_eq(lab.operation_count, 4);
	expect("publish.message", "\"4\"");
	expect_calm();
}
END_TEST

START_TEST(test_ws_long)
{
	size_t size = 200 << 10;

	upgrade();
	ws_up(0x82, write_packet(room, CONNECT_OLD));
	memset(room, 'x', size);
	memcpy(room, "\x30\xfc\xbf\x0c\x00\x03" "big", 9); /* as long as the frame */
	ws_up(0x82, size);
	ck_assert_uint_eq(lab.operation_count, 1);
	expect("publish.topic", "\"big\"");
	ws_up(0x82, write_packet(room, "30 'plant/level' `3`"));
	expect("publish.topic", "\"plant/level\"");
	/* one packet over many frames, each kept whole */
	memset(room, 'x', size);
	memcpy(room, "\x30\xfc\xbf\x0c\x00\x03" "big", 9);
	for (size_t i = 0; i < 200; i++) {
		ws_up(i ? 0x00 : 0x02, 1024);
		memset(room, 'x', 1024);
	}
	expect("publish.truncated", "true");
	size = write_packet(room, "30 'plant/level' `5`");
	ws_up(0x82, size);
	expect("publish.message", "\"5\"");
	expect_calm();
}
END_TEST

START_TEST(test_ws_midstream)
{
	struct bt_cursor frame = ws(0x82, true, write_packet(room, "30 'plant/level' `1`"));

	ck_assert_int_eq(dissector_mqtt_websocket.probe(frame, false), BT_MATCH_REQUEST);
	lab_send(&lab, BT_TO_SERVER, frame, true);
	expect("publish.message", "\"1\"");
	frame = ws(0x82, false, write_packet(room, "30 'plant/level' `1`"));
	ck_assert_int_eq(dissector_mqtt_websocket.probe(frame, false), BT_MATCH_RESPONSE);
	memcpy(room, "hello", 5);
	frame = ws(0x81, false, 5);
	ck_assert_int_eq(dissector_mqtt_websocket.probe(frame, true), BT_MATCH_NO);
	frame = ws(0x82, false, 5);
	ck_assert_int_eq(dissector_mqtt_websocket.probe(frame, true), BT_MATCH_NO);
	ck_assert_int_eq(dissector_mqtt_websocket.frame(frame, BT_TO_SERVER, BT_LOST_AT_SEGMENT).kind,
			 BT_FRAME_BAD);
}
END_TEST

START_TEST(test_ws_broken)
{
	size_t size;

	upgrade();
	lab_send(&lab, BT_TO_SERVER, ws(0x82, false, write_packet(room, CONNECT_OLD)), false);
	expect_broken("mqtt.websocket_frame");
	lab_forget(&lab);
	ws_up(0xc2, write_packet(room, "c0"));
	expect_broken("mqtt.websocket_unreadable");
	size = write_packet(room, "30 'plant/level' `1`");
	ws_up(0x82, size);
	expect("publish.message", "\"1\"");
	lab_forget(&lab);
	ws_up(0x81, write_packet(room, "c0"));
	expect_broken("mqtt.websocket_frame");
	memset(room, 0xff, 5);
	ws_up(0x82, 5);
	expect_broken("mqtt.stray_bytes");
	ws_up(0x82, write_packet(room, "30 'plant/level' `2`"));
	expect("publish.message", "\"2\"");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mqtt");
	TCase *tests = tcase_create("mqtt"), *road = tcase_create("websocket");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_exchange, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_halves, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_cut, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_kind, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_loop_test(tests, test_probe, 0, sizeof(looks) / sizeof(looks[0]));
	tcase_add_loop_test(tests, test_broken, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(tests, test_property_homes, 0, sizeof(homes) / sizeof(homes[0]));
	tcase_add_test(tests, test_frame_waits);
	tcase_add_test(tests, test_connect_in_full);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_bridge);
	tcase_add_test(tests, test_subscribe);
	tcase_add_test(tests, test_values);
	tcase_add_test(tests, test_json_bounds);
	tcase_add_test(tests, test_preview);
	tcase_add_test(tests, test_long_payload);
	tcase_add_test(tests, test_alias);
	tcase_add_test(tests, test_packet_ids);
	tcase_add_test(tests, test_sparkplug);
	tcase_add_test(tests, test_broker);
	tcase_add_test(tests, test_guessed);
	tcase_add_test(tests, test_sides);
	tcase_add_test(tests, test_resync);
	tcase_add_test(tests, test_resync_refuses);
	tcase_add_test(tests, test_endless);
	tcase_add_test(tests, test_probe_others);
	tcase_add_test(tests, test_bad_header);
	tcase_add_test(tests, test_early);
	tcase_add_test(tests, test_features);
	tcase_add_test(tests, test_largest);
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(road, setup_websocket, teardown);
	tcase_add_loop_test(road, test_ws_exchange, 0, OLD + NEW);
	tcase_add_test(road, test_ws_borders);
	tcase_add_test(road, test_ws_long);
	tcase_add_test(road, test_ws_midstream);
	tcase_add_test(road, test_ws_broken);
	suite_add_tcase(suite, road);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
