/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT on its road through WebSocket frames: the same packets, whatever the frames' borders; compressed,
 * broken, too long, or met in the middle.
 */
#include "mqtt_lab.h"
#include "suite.h"

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

/* As browsers do: the first byte, the length and each field in a frame of its own. */
static void ws_up_in_pieces(const char *text)
{
	uint8_t bytes[256];
	size_t size = write_packet(bytes, text);

	for (size_t i = 0; i < size; i++) {
		room[0] = bytes[i];
		ws_up(0x82, 1);
	}
}

/* What a browser says behind a gap is read from the next packet on, whatever is left of the one before. */
START_TEST(test_ws_pieces_behind_a_gap)
{
	upgrade();
	ws_up_in_pieces(CONNECT_OLD);
	lab.flow.seen |= BT_SEEN_GAP;
	dissector_mqtt_websocket.gap(&lab.context);
	room[0] = 'b'; /* could be a PUBREL's */
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, ws(0x82, true, 1), true), 0);
	ws_up_in_pieces("30 'plant/level' `1`");
	ws_up_in_pieces("30 'plant/level' `2`");
	ws_up_in_pieces("30 'plant/level' `3`");
	ws_up_in_pieces("30 'plant/level' `4`"); /* ends what the PUBREL could have been */
	ck_assert_uint_eq(lab.operation_count, 4);
	expect("publish.message", "\"4\"");
	expect_calm();
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

/* What stands behind the beginning of a long frame is not read, and that is told. */
START_TEST(test_ws_behind_the_beginning)
{
	size_t size = 70000;

	upgrade();
	ws_up(0x82, write_packet(room, CONNECT_OLD));
	memset(room, 'x', size);
	memcpy(room, "\x30\xa0\x93\x04\x00\x03" "big", 9); /* 68004 bytes */
	write_packet(room + 68004, "30 'plant/valve' `1`");
	ws_up(0x82, size);
	expect("publish.topic", "\"big\"");
	expect_broken("mqtt.websocket_unreadable");
	lab_forget(&lab);
	memcpy(room, "\x30\xed\xff\x03\x00\x03" "big", 9); /* 65521 bytes: one is read behind it */
	ws_up(0x82, size);
	expect_broken("mqtt.websocket_unreadable");
}
END_TEST

/* Only the first frame of a compressed message says so. */
START_TEST(test_ws_compressed_to_its_end)
{
	upgrade();
	ws_up(0x82, write_packet(room, CONNECT_OLD));
	ws_up(0x42, write_packet(room, "30 'plant/level' `1`"));
	ws_up(0x80, write_packet(room, "30 'plant/level' `2`"));
	ck_assert_uint_eq(lab.operation_count, 0);
	expect_broken("mqtt.websocket_unreadable");
	ws_up(0x82, write_packet(room, "30 'plant/level' `3`"));
	expect("publish.message", "\"3\"");
}
END_TEST

/* Where the place is lost nobody searches for the end of a header at each "GET ". */
START_TEST(test_ws_no_http_where_lost)
{
	struct bt_cursor bytes = cur_of("GET GET GET GET ", 16);

	ck_assert_int_eq(dissector_mqtt_websocket.frame(bytes, BT_TO_SERVER, BT_LOST).kind,
			 BT_FRAME_BAD);
	ck_assert_int_eq(dissector_mqtt_websocket.frame(bytes, BT_TO_SERVER, BT_IN_SYNC).kind,
			 BT_FRAME_PARTIAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mqtt_websocket");
	TCase *tests = tcase_create("mqtt_websocket");

	tcase_add_checked_fixture(tests, setup_websocket, teardown);
	tcase_add_loop_test(tests, test_ws_exchange, 0, OLD + NEW);
	tcase_add_test(tests, test_ws_borders);
	tcase_add_test(tests, test_ws_long);
	tcase_add_test(tests, test_ws_midstream);
	tcase_add_test(tests, test_ws_pieces_behind_a_gap);
	tcase_add_test(tests, test_ws_broken);
	tcase_add_test(tests, test_ws_behind_the_beginning);
	tcase_add_test(tests, test_ws_compressed_to_its_end);
	tcase_add_test(tests, test_ws_no_http_where_lost);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
