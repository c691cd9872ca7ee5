/* SPDX-License-Identifier: Apache-2.0
 *
 * A DNP3 conversation under the lab's engine. The input is a byte of how it travels, and a list of steps. A step
 * is raw bytes, or the user data of frames whose headers and crcs are made here, so that the application layer
 * is reached.
 */
#include "steps.h"

extern const struct bt_dissector dissector_dnp3;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STEP_RAW = STEP_MADE,          /* as they are */
	STEP_ADDRESS = STEP_MADE_ELSE, /* first the outstation's address, and what differs in the link
					* control: bits of both, or a wrong crc */
	LINK_WRONG_CRC = 1 << 5,
	FRAGMENT_BYTES = 249,
	WIRE_BYTES = 96 << 10,
};

struct wire {
	uint8_t bytes[WIRE_BYTES];
	size_t size;
	uint8_t sequence[2];
};

static void put(struct wire *wire, const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < size; i++) {
		wire->bytes[wire->size++] = bytes[i];
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	crc = (uint16_t)~crc;
	wire->bytes[wire->size++] = (uint8_t)crc;
	wire->bytes[wire->size++] = (uint8_t)(crc >> 8);
}

static void put_frame(struct wire *wire, bool to_client, uint8_t outstation, uint8_t differs,
		      const uint8_t *user, size_t size)
{
	uint8_t usual = to_client ? 0x44 : 0xc4;
	uint8_t header[8] = {0x05, 0x64, (uint8_t)(size + 5), (uint8_t)(usual ^ differs)};

	header[to_client ? 6 : 4] = outstation;
	header[to_client ? 4 : 6] = 1;
	put(wire, header, sizeof(header));
	for (size_t at = 0; at < size; at += 16)
		put(wire, user + at, size - at < 16 ? size - at : 16);
	if (differs & LINK_WRONG_CRC)
		wire->bytes[wire->size - 1] ^= 1;
}

/* A fragment in as many segments as it takes. */
static void put_fragment(struct wire *wire, bool to_client, struct bt_cursor bytes)
{
	uint8_t *sequence = &wire->sequence[to_client];
	uint8_t outstation = 10, user[1 + FRAGMENT_BYTES];
	uint8_t first = 0x40;

	wire->size = 0;
	do {
		struct bt_cursor part = cur_take_upto(&bytes, FRAGMENT_BYTES);
		size_t size = cur_left(&part);

		user[0] = (uint8_t)(first | (cur_left(&bytes) ? 0 : 0x80) | *sequence);
		*sequence = (*sequence + 1) & 63;
		cur_copy(&part, user + 1, size);
		put_frame(wire, to_client, outstation, 0, user, size + 1);
		first = 0;
	} while (cur_left(&bytes));
}

static struct wire wire;

static struct bt_cursor on_the_wire(uint8_t control, struct bt_cursor bytes)
{
	bool to_client = control & STEP_TO_CLIENT;
	uint8_t user[250], outstation, differs;
	size_t size;

	if (control & STEP_RAW)
		return bytes;
	if (!(control & STEP_ADDRESS)) {
		put_fragment(&wire, to_client, bytes);
		return cur_of(wire.bytes, wire.size);
	}
	outstation = cur_u8(&bytes);
	differs = cur_u8(&bytes);
	bytes = cur_take_upto(&bytes, sizeof(user));
	size = cur_left(&bytes);
	cur_copy(&bytes, user, size);
	wire.size = 0;
	put_frame(&wire, to_client, outstation, differs, user, size);
	return cur_of(wire.bytes, wire.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_engine lab;
	struct bt_cursor input = cur_of(data, size);

	dissector_dnp3.probe(input, false);
	dissector_dnp3.probe(input, true);
	lab_init(&lab, &dissector_dnp3);
	wire.sequence[0] = wire.sequence[1] = 0;
	if (cur_u8(&input) & 1)
		lab.flow.transport = BT_OVER_UDP;
	run_steps(&lab, input, on_the_wire);
	return 0;
}
