/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break MQTT-SN. Sensors' stacks are small and take liberties, and datagrams get lost:
 * only what no stack sends is more than an anomaly.
 */
#include "mqttsn.h"

static const struct bt_violation too_short = {
	.name = "mqttsn.too_short",
	.title = "MQTT-SN message that ends before its content does",
	.severity = 1,
	.technique = "T0814",
};
static const struct bt_violation trailing = {
	.name = "mqttsn.trailing_bytes",
	.title = "MQTT-SN message with bytes behind its content",
};
static const struct bt_violation flags = {
	.name = "mqttsn.bad_flags",
	.title = "MQTT-SN message with flags that it does not have",
};
static const struct bt_violation topic = {
	.name = "mqttsn.bad_topic",
	.title = "MQTT-SN topic that there cannot be",
};
static const struct bt_violation client_id = {
	.name = "mqttsn.bad_client_id",
	.title = "MQTT-SN client id that is empty, too long or no text",
};
static const struct bt_violation protocol = {
	.name = "mqttsn.bad_protocol_id",
	.title = "MQTT-SN connection with an unknown protocol id",
};
static const struct bt_violation code = {
	.name = "mqttsn.bad_return_code",
	.title = "MQTT-SN answer with a reserved return code",
};
static const struct bt_violation type = {
	.name = "mqttsn.reserved_type",
	.title = "MQTT-SN message type that is reserved",
	.severity = 1,
	.technique = "T0814",
};
const struct bt_violation mqttsn_wrong_direction = {
	.name = "mqttsn.wrong_direction",
	.title = "MQTT-SN message from the side that does not send it",
	.severity = 1,
	.technique = "T0856",
	.needs_whole = true,
};
const struct bt_violation mqttsn_forgotten_topic = {
	.name = "mqttsn.forgotten_topic",
	.title = "MQTT-SN message under one of more topic ids than can be kept: its topic is unknown",
	.severity = 1,
	.technique = "T0849",
	.needs_whole = true,
};
const struct bt_violation mqttsn_stray_bytes = {
	.name = "mqttsn.stray_bytes",
	.title = "Bytes in an MQTT-SN conversation that are no message",
};

const struct bt_violation *const mqttsn_violations[] = {
	&too_short,
	&trailing,
	&flags,
	&topic,
	&client_id,
	&protocol,
	&code,
	&type,
	&mqttsn_wrong_direction,
	&mqttsn_forgotten_topic,
	&mqttsn_stray_bytes,
	NULL,
};

void mqttsn_report(struct bt_context *ctx, const struct mqttsn_message *message)
{
	static const struct {
		unsigned fault;
		const struct bt_violation *violation;
	} table[] = {
		{SN_FAULT_SHORT, &too_short},     {SN_FAULT_TRAILING, &trailing},
		{SN_FAULT_FLAGS, &flags},         {SN_FAULT_TOPIC, &topic},
		{SN_FAULT_CLIENT_ID, &client_id}, {SN_FAULT_PROTOCOL, &protocol},
		{SN_FAULT_CODE, &code},           {SN_FAULT_TYPE, &type},
	};
	const struct mqttsn_type *known = mqttsn_type(message->type);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (message->faults & table[i].fault)
			bt_break(ctx, table[i].violation, "%s, type 0x%02x, length %u",
				 known ? known->title : "reserved", message->type, message->length);
	}
}
