/* SPDX-License-Identifier: Apache-2.0
 *
 * A Modbus conversation under the lab's engine. The input is a list of steps: one byte of control,
 * one or two of length, that many bytes of one direction. Every operation is described, so all of
 * reading, pairing and writing is under test.
 */
#include "lab.h"

extern const struct bt_dissector dissector_modbus;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL_TO_CLIENT = 1 << 0,
	CONTROL_RESYNC = 1 << 1,
	CONTROL_PAUSE = 1 << 2,
	CONTROL_GAP = 1 << 3,
	CONTROL_GIVE_UP = 1 << 4,
	CONTROL_LONG = 1 << 5,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_engine lab;
	struct bt_cursor input = cur_of(data, size);

	dissector_modbus.probe(input, false);
	dissector_modbus.probe(input, true);
	lab_init(&lab, &dissector_modbus);
	lab.flow.server_proven = cur_u8(&input) & 1;
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & CONTROL_LONG ? cur_u16be(&input) : cur_u8(&input);
		struct bt_cursor bytes = cur_take_upto(&input, length);

		dissector_modbus.probe(bytes, control & CONTROL_RESYNC);
		if (control & CONTROL_PAUSE)
			lab_wait(&lab, 1000000000);
		if (control & CONTROL_GAP)
			dissector_modbus.gap(&lab.context);
		lab_send(&lab, control & CONTROL_TO_CLIENT ? BT_TO_CLIENT : BT_TO_SERVER, bytes,
			 control & CONTROL_RESYNC);
		if (control & CONTROL_GIVE_UP)
			lab_give_up(&lab);
	}
	lab_give_up(&lab);
	lab_finish(&lab);
	return 0;
}
