/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT that is not as it should be: connections whose CONNECT was not seen, places that were lost, other
 * protocols, packets that break the rules, properties where they do not belong, and packets too long.
 */
#include <time.h>

#include "mqtt_lab.h"
#include "suite.h"

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
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(test_guessed_file)
{
	lab.flow.seen = BT_SEEN_MIDSTREAM;
	up("30 'a/b' 00 ffd8ffe0");
	expect("publish.payload.kind", "\"jpeg\"");
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
	down("82 0001 'a/#' 01"); /* what looks like a packet, where the place may not be one */
	ck_assert(!lab_broke(&lab, "mqtt.wrong_direction"));
	for (int i = 0; i < 8; i++)
		down("30 'plant/level' `1`");
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
	static const char *const texts[] = {"30 '' `1`", "40 0000", "20 00 09",
					    "30 'a+b' `1`", "90 0001 05"};
	struct bt_cursor bytes;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bytes = packet(texts[i]);
		ck_assert_msg(dissector_mqtt.frame(bytes, BT_TO_SERVER, BT_LOST_AT_SEGMENT).kind ==
				      BT_FRAME_BAD,
			      "%s", texts[i]);
	}
	/* what could be chance is believed where it fills the segment, and nowhere else */
	bytes = packet("40 0001");
	ck_assert_int_eq(dissector_mqtt.frame(bytes, BT_TO_SERVER, BT_LOST).kind, BT_FRAME_WHOLE);
	bytes = cur_of(room, cur_left(&bytes) + 1);
	room[4] = 0x40;
	ck_assert_int_eq(dissector_mqtt.frame(bytes, BT_TO_SERVER, BT_LOST).kind, BT_FRAME_BAD);
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
	expect_operation("pingreq", BT_ACT_SESSION, BT_RESULT_OK);
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

/* A topic that ends in the middle of a character, because the bytes do. */
START_TEST(test_resync_in_character)
{
	struct bt_cursor whole = packet("30 'plant/k\xc3\xb6nig/\xe2\x82\xac' `1`");

	for (size_t size = 10; size < cur_left(&whole); size++) {
		struct bt_cursor at = whole;

		ck_assert_int_eq(dissector_mqtt.frame(cur_take(&at, size), BT_TO_SERVER, BT_LOST).kind,
				 BT_FRAME_PARTIAL);
	}
}
END_TEST

/* Headers of large packets at every third byte, each with a topic that is none far behind: what is looked
 * at for each of them is bounded. */
START_TEST(test_resync_is_cheap)
{
	size_t size = 60 << 10;
	clock_t begun;

	for (size_t i = 0; i < size; i++)
		room[i] = (uint8_t)"\x31\xc4\x81"[i % 3];
	room[size - 1] = '#';
	begun = clock();
	lab_send(&lab, BT_TO_SERVER, cur_of(room, size), true);
	ck_assert_uint_lt(clock() - begun, CLOCKS_PER_SEC);
}
END_TEST

/* Only a client says CONNECT, and only a server accepts. */
START_TEST(test_wrong_side_names_nobody)
{
	open_new();
	lab_forget(&lab);
	down("10 'MQTT' 04 02 003c 'spoofed'");
	up("20 00 00 <12 'spoofed'>");
	expect_broken("mqtt.wrong_direction");
	ck_assert_uint_eq(lab.identity_count, 0);
	up("30 'a/b' <01 01> `x`");
	expect("client_id", "\"me\"");
	expect("publish.message", "\"x\"");
}
END_TEST

/* A topic's name is told to its end, whatever waits for an answer. */
START_TEST(test_long_alias)
{
	char text[1024], topic[400];

	memset(topic, 'x', sizeof(topic) - 1);
	topic[sizeof(topic) - 1] = '\0';
	open_new();
	snprintf(text, sizeof(text), "30 '%s' <23 0001> `1`", topic);
	up(text);
	up("32 '' 0007 <23 0001> `2`");
	down("40 0007");
	snprintf(text, sizeof(text), "\"%s\"", topic);
	expect("publish.resolved_topic", text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mqtt_broken");
	TCase *tests = tcase_create("mqtt_broken");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_probe, 0, sizeof(looks) / sizeof(looks[0]));
	tcase_add_loop_test(tests, test_broken, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(tests, test_property_homes, 0, sizeof(homes) / sizeof(homes[0]));
	tcase_add_test(tests, test_guessed);
	tcase_add_test(tests, test_guessed_file);
	tcase_add_test(tests, test_sides);
	tcase_add_test(tests, test_resync);
	tcase_add_test(tests, test_resync_refuses);
	tcase_add_test(tests, test_resync_in_character);
	tcase_add_test(tests, test_resync_is_cheap);
	tcase_add_test(tests, test_wrong_side_names_nobody);
	tcase_add_test(tests, test_long_alias);
	tcase_add_test(tests, test_endless);
	tcase_add_test(tests, test_probe_others);
	tcase_add_test(tests, test_bad_header);
	tcase_add_test(tests, test_early);
	tcase_add_test(tests, test_features);
	tcase_add_test(tests, test_largest);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
