/* SPDX-License-Identifier: Apache-2.0
 *
 * An MQTT-SN conversation under the lab's engine. The input is a list of steps: one byte of
 * control, one or two of length, that many bytes of one direction, which is one datagram. A step
 * may be given its length byte, so that messages need not guess it.
 */
#include "lab.h"

extern const struct bt_dissector dissector_mqttsn;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL_TO_CLIENT = 1 << 0,
	CONTROL_RESYNC = 1 << 1,
	CONTROL_PAUSE = 1 << 2,
	CONTROL_GIVE_UP = 1 << 3,
	CONTROL_LONG = 1 << 4,
	CONTROL_HEADER = 1 << 5, /* the length is put in front */
};

static void step(struct bt_engine *lab, uint8_t control, struct bt_cursor bytes)
{
	uint8_t whole[256];
	size_t size = cur_left(&bytes);

	if (control & CONTROL_HEADER && size + 1 < sizeof(whole)) {
		whole[0] = (uint8_t)(size + 1);
		cur_copy(&bytes, whole + 1, size);
		bytes = cur_of(whole, size + 1);
	}
	dissector_mqttsn.probe(bytes, control & CONTROL_RESYNC);
	if (control & CONTROL_PAUSE)
		lab_wait(lab, 1000000000);
	lab_send(lab, control & CONTROL_TO_CLIENT ? BT_TO_CLIENT : BT_TO_SERVER, bytes,
		 control & CONTROL_RESYNC);
	if (control & CONTROL_GIVE_UP)
		lab_give_up(lab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_engine lab;
	struct bt_cursor input = cur_of(data, size);

	lab_init(&lab, &dissector_mqttsn);
	lab.flow.transport = BT_OVER_UDP;
	lab.flow.server_proven = cur_u8(&input) & 1;
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & CONTROL_LONG ? cur_u16be(&input) : cur_u8(&input);

		step(&lab, control, cur_take_upto(&input, length));
	}
	lab_give_up(&lab);
	lab_finish(&lab);
	return 0;
}
