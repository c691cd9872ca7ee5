/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug B speaks inside MQTT: what the MQTT dissector hands over and nothing else.
 * Specification: Sparkplug 3.0.0 (Eclipse), with 2.2's STATE.
 */
#ifndef DISSECTORS_SPARKPLUG_H
#define DISSECTORS_SPARKPLUG_H

#include "bittern/dissector.h"

extern const struct bt_dissector dissector_sparkplug;

/* What is remembered of one MQTT connection: edge nodes, their aliases, their counters. */
struct sparkplug_state;

/* One MQTT message whose topic may be Sparkplug's; packet and time are the context's. */
struct sparkplug_message {
	struct bt_cursor topic;   /* with its alias resolved */
	struct bt_cursor payload; /* all of it, or what was kept of it */
	uint64_t payload_bytes;   /* of all of it */
	uint8_t qos;
	bool retain;
	bool by_server; /* the broker delivers it; else the flow's client publishes it */
	bool will; /* of a CONNECT: left with the broker, not published; no operation comes of it */
};

/* True: the topic is Sparkplug's, and the operation was emitted. `*state` is NULL at the
 * connection's first message and the flow's memory from then on; an MQTT CONNECT needs no reset of
 * it. */
bool sparkplug_publish(struct bt_context *ctx, struct sparkplug_state **state,
		       const struct sparkplug_message *message);

#endif
