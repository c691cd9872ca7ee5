/* SPDX-License-Identifier: Apache-2.0
 *
 * An MQTT conversation under the lab's engine, over TCP or over WebSocket. The input is one byte that
 * chooses the road and what is known of the flow, then a list of steps. Sparkplug's share is under test, too.
 */
#include "steps.h"

extern const struct bt_dissector dissector_mqtt, dissector_mqtt_websocket, dissector_sparkplug;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FLOW_PROVEN = 1 << 0,
	FLOW_WEBSOCKET = 1 << 1,
	FLOW_MIDSTREAM = 1 << 2,
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
	run_steps(&lab, input, NULL);
	return 0;
}
