/* SPDX-License-Identifier: Apache-2.0
 *
 * An MQTT conversation under the lab's engine, over TCP or over WebSocket. The input is one byte that
 * chooses the road and what is known of the flow, then a list of steps: one byte of control, one or two
 * of length, that many bytes of one direction. Every operation is described, so all of reading, pairing
 * and writing is under test, Sparkplug's share too.
 */
#include "lab.h"

extern const struct bt_dissector dissector_mqtt, dissector_mqtt_websocket, dissector_sparkplug;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FLOW_PROVEN = 1 << 0,
	FLOW_WEBSOCKET = 1 << 1,
	FLOW_MIDSTREAM = 1 << 2,

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
	uint8_t flow = cur_u8(&input);
	const struct bt_dissector *dissector =
		flow & FLOW_WEBSOCKET ? &dissector_mqtt_websocket : &dissector_mqtt;

	lab_init(&lab, dissector);
	lab.inside = &dissector_sparkplug;
	lab.flow.server_proven = flow & FLOW_PROVEN;
	lab.flow.seen = flow & FLOW_MIDSTREAM ? BT_SEEN_MIDSTREAM : 0;
	while (cur_left(&input)) {
		uint8_t control = cur_u8(&input);
		size_t length = control & CONTROL_LONG ? cur_u16be(&input) : cur_u8(&input);
		struct bt_cursor bytes = cur_take_upto(&input, length);

		lab.context.dir = control & CONTROL_TO_CLIENT ? BT_TO_CLIENT : BT_TO_SERVER;
		dissector->probe(bytes, control & CONTROL_RESYNC);
		if (control & CONTROL_PAUSE)
			lab_wait(&lab, 1000000000);
		if (control & CONTROL_GAP)
			dissector->gap(&lab.context);
		lab_send(&lab, lab.context.dir, bytes, control & CONTROL_RESYNC);
		if (control & CONTROL_GIVE_UP)
			lab_give_up(&lab);
	}
	lab_give_up(&lab);
	lab_finish(&lab);
	return 0;
}
