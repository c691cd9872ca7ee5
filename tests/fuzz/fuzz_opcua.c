/* SPDX-License-Identifier: Apache-2.0
 *
 * An OPC UA conversation under the lab's engine. The input is a byte of what is known of the flow, and a list
 * of steps. A step may leave out the header of a chunk: it is put in front, so that the fuzzer need not find
 * out about sizes and channels.
 */
#include "steps.h"

extern const struct bt_dissector dissector_opcua;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STEP_HEADER = STEP_MADE,      /* of a final chunk */
	STEP_CHUNK = STEP_MADE_ELSE, /* that one: of a chunk that others follow */
};

static void put_u32(uint8_t *at, size_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

/* One MSG chunk on channel 1 around what follows its request id; sequence numbers count up. */
static struct bt_cursor with_header(uint8_t control, struct bt_cursor bytes)
{
	static uint8_t chunk[24 + 65536];
	static uint32_t sequence[2];
	size_t size = cur_left(&bytes);

	if (!(control & STEP_HEADER))
		return bytes;
	memcpy(chunk, control & STEP_CHUNK ? "MSGC" : "MSGF", 4);
	put_u32(chunk + 4, size + 24);
	put_u32(chunk + 8, 1);
	put_u32(chunk + 12, 1);
	put_u32(chunk + 16, ++sequence[control & STEP_TO_CLIENT]);
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
	run_steps(&lab, input, with_header);
	return 0;
}
