/* SPDX-License-Identifier: Apache-2.0
 *
 * The MQTT dissector alone, under the lab's engine: every packet in 3.1.1 and 5, sessions, messages and
 * what is in them, aliases and packet identifiers.
 */
#include "mqtt_lab.h"
#include "suite.h"

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

/* Who gives more aliases than are kept does not publish unseen. */
START_TEST(test_forgotten_alias)
{
	char text[64];

	up(CONNECT_NEW);
	down("20 00 00 <22 ffff>");
	for (unsigned i = 1; i < 5000; i++) {
		snprintf(text, sizeof(text), "30 'a/b' <23 %04x> `1`", i);
		up(text);
	}
	expect_calm();
	up("30 '' <23 0001> `2`");
	expect_broken("mqtt.forgotten_alias");
}
END_TEST

static bool touched(const char *space, const char *name)
{
	for (unsigned i = 0; i < lab.operation_count && i < LAB_OPERATIONS; i++) {
		const struct lab_operation *operation = &lab.operations[i];

		for (unsigned k = 0; k < operation->op.access_count; k++) {
			if (strcmp(operation->accesses[k].space, space) == 0 &&
			    strcmp(operation->names[k], name) == 0)
				return true;
		}
	}
	return false;
}

/* Behind more filters than one operation tells stands the one that matters. */
START_TEST(test_many_filters)
{
	char text[4096], *at = text;

	open_old();
	at += sprintf(at, "82 0001");
	for (int i = 0; i < 150; i++)
		at += sprintf(at, " 'a/%d' 00", i);
	sprintf(at, " '#' 02");
	lab_forget(&lab);
	up(text);
	down("90 0001 00");
	ck_assert(touched("filter", "a/0"));
	ck_assert(touched("filter", "a/63"));
	ck_assert(touched("filter", "a/64"));
	ck_assert(touched("filter", "#"));
	ck_assert_uint_eq(lab.operation_count, 3);
	expect_operation("subscribe", BT_ACT_SUBSCRIBE, BT_RESULT_OK);
	expect("subscribe.more", "87");
	expect_calm();
}
END_TEST

/* And behind more properties than are kept. */
START_TEST(test_filter_behind_properties)
{
	char text[20000];
	size_t size = (size_t)sprintf(text, "82 0001 e88401 26 'k' '");

	open_new();
	memset(text + size, 'x', 16994);
	strcpy(text + size + 16994, "' '#' 02");
	lab_forget(&lab);
	up(text);
	down("90 0001 <> 02");
	ck_assert(touched("filter", "#"));
	expect_calm();
}
END_TEST

/* And behind all that is read. */
START_TEST(test_filter_behind_all)
{
	static const uint8_t head[] = {0x82, 0xf0, 0xa2, 0x04, 0, 1, 0x88, 0x9b, 0x04};

	open_new();
	memset(room, 'x', sizeof(room));
	memcpy(room, head, sizeof(head));
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, 65536), false), 0);
	expect_broken("mqtt.unread");
}
END_TEST

/* A key of no characters does not lend its value to what was named before. */
START_TEST(test_empty_key)
{
	open_old();
	up("30 'a' `{\"x\":1,\"\":2}`");
	ck_assert_uint_eq(last()->op.access_count, 2);
	expect_access(0, "topic", "a");
	expect_access(1, "topic", "a#x");
	ck_assert_double_eq(last()->first_value[0], -1);
	ck_assert_double_eq(last()->first_value[1], 1);
}
END_TEST

/* Neither a long key before it nor many digits hide a value. */
START_TEST(test_hidden_value)
{
	char text[512];

	open_old();
	snprintf(text, sizeof(text), "30 'a' `{\"%0200d\":{\"y\":[3]},\"x\":21.5%0100d}`", 0, 0);
	up(text);
	ck_assert_uint_eq(last()->op.access_count, 2);
	expect_access(1, "topic", "a#x");
	ck_assert_double_eq(last()->first_value[1], 21.5);
}
END_TEST

/* Neither do properties, where an answer is waited for. */
START_TEST(test_value_behind_properties)
{
	char text[20000];
	size_t size = (size_t)sprintf(text, "32 'a' 0001 e88401 26 'k' '");

	open_new();
	memset(text + size, 'x', 16994);
	strcpy(text + size + 16994, "' `{\"x\":3}`");
	up(text);
	down("40 0001");
	ck_assert(touched("topic", "a#x"));
	expect_operation("publish", BT_ACT_PUBLISH, BT_RESULT_OK);
	ck_assert_uint_eq(lab.pending_count, 0);
	expect_calm();
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
	ck_assert_ptr_eq(lab.operations[1].op.protocol, &dissector_sparkplug);
	ck_assert_ptr_null(lab.operations[2].op.protocol);
	ck_assert(lab.operations[2].op.carries);
	up("32 'spBv1.0/g/NDEATH/e' 0007 08 01");
	down("40 0007");
	ck_assert_ptr_eq(lab.operations[3].op.protocol, &dissector_sparkplug);
	ck_assert(lab.operations[4].op.carries);
	ck_assert_uint_eq(lab.operations[4].op.request_packet, lab.operations[3].op.request_packet);
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

int main(void)
{
	Suite *suite = suite_create("mqtt");
	TCase *tests = tcase_create("mqtt");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_exchange, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_halves, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_cut, 0, OLD + NEW);
	tcase_add_loop_test(tests, test_kind, 0, sizeof(kinds) / sizeof(kinds[0]));
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
	tcase_add_test(tests, test_forgotten_alias);
	tcase_add_test(tests, test_many_filters);
	tcase_add_test(tests, test_filter_behind_properties);
	tcase_add_test(tests, test_filter_behind_all);
	tcase_add_test(tests, test_empty_key);
	tcase_add_test(tests, test_hidden_value);
	tcase_add_test(tests, test_value_behind_properties);
	tcase_add_test(tests, test_packet_ids);
	tcase_add_test(tests, test_sparkplug);
	tcase_add_test(tests, test_broker);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
