/* SPDX-License-Identifier: Apache-2.0
 *
 * A Modbus conversation under the lab's engine, on one of its roads. The input is a byte that says
 * which, and a list of steps, behind whose bytes a checksum is put where the control says so (chance would
 * find none).
 */
#include "steps.h"

extern const struct bt_dissector dissector_modbus, dissector_modbus_rtu, dissector_modbus_ascii;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STEP_CHECKSUM = STEP_MADE,
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

static struct bt_engine lab;

static struct bt_cursor with_checksum(uint8_t control, struct bt_cursor bytes)
{
	static uint8_t frame[2 * BODY_MAX + 8];
	size_t size;

	if (!(control & STEP_CHECKSUM) || lab.dissector == &dissector_modbus)
		return bytes;
	size = framed(lab.dissector, cur_take_upto(&bytes, BODY_MAX), frame);
	return cur_of(frame, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct bt_dissector *const roads[] = {&dissector_modbus, &dissector_modbus_rtu,
							   &dissector_modbus_ascii};
	struct bt_cursor input = cur_of(data, size);
	uint8_t first = cur_u8(&input);

	for (size_t i = 0; i < sizeof(roads) / sizeof(roads[0]); i++)
		roads[i]->probe(cur_of(data, size), first & 1);
	lab_init(&lab, roads[(first >> 1) % 3]);
	lab.flow.server_proven = first & 1;
	run_steps(&lab, input, with_checksum);
	return 0;
}
