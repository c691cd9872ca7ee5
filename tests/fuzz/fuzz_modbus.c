/* SPDX-License-Identifier: Apache-2.0
 *
 * A Modbus conversation under the lab's engine, on one of its roads. The input is a byte that says
 * which, and a list of steps: one byte of control, one or two of length, that many bytes of one
 * direction, behind which a checksum is put where the control says so (chance would find none).
 * Every operation is described, so all of reading, pairing and writing is under test.
 */
#include "lab.h"

extern const struct bt_dissector dissector_modbus, dissector_modbus_rtu, dissector_modbus_ascii;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL_TO_CLIENT = 1 << 0,
	CONTROL_RESYNC = 1 << 1,
	CONTROL_PAUSE = 1 << 2,
	CONTROL_GAP = 1 << 3,
	CONTROL_GIVE_UP = 1 << 4,
	CONTROL_LONG = 1 << 5,
	CONTROL_CHECKSUM = 1 << 6,
};

enum {
	BODY_MAX = 300,
};

/* The bytes as a frame of the serial mode with the right checksum. */
static size_t framed(const struct bt_dissector *road, struct bt_cursor bytes, uint8_t *out)
{
	static const char digits[] = "0123456789ABCDEF";
	uint16_t crc = 0xffff;
	uint8_t sum = 0;
	size_t size = 0;

	if (road == &dissector_modbus_ascii)
		out[size++] = ':';
	while (cur_left(&bytes) || road == &dissector_modbus_ascii) {
		bool last = !cur_left(&bytes);
		uint8_t byte = last ? (uint8_t)-sum : cur_u8(&bytes);

		sum = (uint8_t)(sum + byte);
		crc ^= byte;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
		if (road == &dissector_modbus_ascii) {
			out[size++] = (uint8_t)digits[byte >> 4];
			out[size++] = (uint8_t)digits[byte & 15];
			if (last)
				break;
		} else {
			out[size++] = byte;
		}
	}
	out[size++] = road == &dissector_modbus_ascii ? '\r' : (uint8_t)crc;
	out[size++] = road == &dissector_modbus_ascii ? '\n' : (uint8_t)(crc >> 8);
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bt_dissector *const roads[] = {&dissector_modbus, &dissector_modbus_rtu,
							   &dissector_modbus_ascii};
	static struct bt_engine lab;
	static uint8_t frame[2 * BODY_MAX + 8];
	struct bt_cursor input = cur_of(data, size);
	uint8_t first = cur_u8(&input);
	const struct bt_dissector *road = roads[(first >> 1) % 3];

	for (size_t i = 0; i < sizeof(roads) / sizeof(roads[0]); i++)
		roads[i]->probe(cur_of(data, size), first & 1);
	lab_init(&lab, road);
	lab.flow.server_proven = first & 1;
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & CONTROL_LONG ? cur_u16be(&input) : cur_u8(&input);
		struct bt_cursor bytes = cur_take_upto(&input, length);

		if (control & CONTROL_CHECKSUM && road != &dissector_modbus) {
			size_t there = framed(road, cur_take_upto(&bytes, BODY_MAX), frame);

			bytes = cur_of(frame, there);
		}
		road->probe(bytes, control & CONTROL_RESYNC);
		if (control & CONTROL_PAUSE)
			lab_wait(&lab, 1000000000);
		if (control & CONTROL_GAP)
			road->gap(&lab.context);
		lab_send(&lab, control & CONTROL_TO_CLIENT ? BT_TO_CLIENT : BT_TO_SERVER, bytes,
			 control & CONTROL_RESYNC);
		if (control & CONTROL_GIVE_UP)
			lab_give_up(&lab);
	}
	lab_give_up(&lab);
	lab_finish(&lab);
	return 0;
}
