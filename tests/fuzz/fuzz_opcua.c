/* SPDX-License-Identifier: Apache-2.0
 *
 * An OPC UA conversation under the lab's engine. The input is a list of steps: one byte of control,
 * one or two of length, that many bytes of one direction. A step may leave out the header of a chunk:
 * it is put in front, so that the fuzzer need not find out about sizes and channels. Every operation is
 * described, so all of reading, pairing and writing is under test.
 */
#include "lab.h"

extern const struct bt_dissector dissector_opcua;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL_TO_CLIENT = 1 << 0,
	CONTROL_RESYNC = 1 << 1,
	CONTROL_PAUSE = 1 << 2,
	CONTROL_GAP = 1 << 3,
	CONTROL_GIVE_UP = 1 << 4,
	CONTROL_LONG = 1 << 5,
	CONTROL_HEADER = 1 << 6, /* of a final chunk */
	CONTROL_CHUNK = 1 << 7,  /* that one: of a chunk that others follow */
};

static void put_u32(uint8_t *at, size_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

/* One MSG chunk on channel 1 around what follows its request id; sequence numbers count up. */
static struct bt_cursor with_header(struct bt_cursor bytes, bool more, bool answer)
{
	static uint8_t chunk[24 + 65536];
	static uint32_t sequence[2];
	size_t size = cur_left(&bytes);

	memcpy(chunk, more ? "MSGC" : "MSGF", 4);
	put_u32(chunk + 4, size + 24);
	put_u32(chunk + 8, 1);
	put_u32(chunk + 12, 1);
	put_u32(chunk + 16, ++sequence[answer]);
	put_u32(chunk + 20, 1);
	cur_copy(&bytes, chunk + 24, size);
	return cur_of(chunk, size + 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_engine lab;
	struct bt_cursor input = cur_of(data, size);

	dissector_opcua.probe(input, false);
	dissector_opcua.probe(input, true);
	lab_init(&lab, &dissector_opcua);
	lab.flow.server_proven = cur_u8(&input) & 1;
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & CONTROL_LONG ? cur_u16be(&input) : cur_u8(&input);
		struct bt_cursor bytes = cur_take_upto(&input, length);
		bool answer = control & CONTROL_TO_CLIENT;

		dissector_opcua.probe(bytes, control & CONTROL_RESYNC);
		if (control & CONTROL_PAUSE)
			lab_wait(&lab, 1000000000);
		lab.context.dir = answer ? BT_TO_CLIENT : BT_TO_SERVER;
		if (control & CONTROL_GAP)
			dissector_opcua.gap(&lab.context);
		if (control & CONTROL_HEADER)
			bytes = with_header(bytes, control & CONTROL_CHUNK, answer);
		lab_send(&lab, answer ? BT_TO_CLIENT : BT_TO_SERVER, bytes,
			 control & CONTROL_RESYNC);
		if (control & CONTROL_GIVE_UP)
			lab_give_up(&lab);
	}
	lab_give_up(&lab);
	lab_finish(&lab);
	return 0;
}
