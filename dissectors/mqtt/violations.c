/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break MQTT.
 *
 * Severities are calm on purpose: what sloppy clients do is an anomaly event (0), what brokers have
 * crashed of, or what hides a message from others, is low. Brokers close the connection of who does it,
 * so none of it is daily business.
 */
#include <stdio.h>

#include "mqtt.h"

static const struct bt_violation reserved_type = {
	.name = "mqtt.reserved_type",
	.title = "MQTT packet of a type that its version does not have",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_flags = {
	.name = "mqtt.bad_flags",
	.title = "MQTT packet with flags that its type does not allow",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_length = {
	.name = "mqtt.bad_length",
	.title = "MQTT packet whose content does not fit its length",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation trailing_bytes = {
	.name = "mqtt.trailing_bytes",
	.title = "MQTT packet with bytes behind its content",
	.severity = 0,
};
static const struct bt_violation bad_text = {
	.name = "mqtt.bad_text",
	.title = "MQTT text that is not UTF-8",
	.severity = 0,
};
static const struct bt_violation nul_in_text = {
	.name = "mqtt.nul_in_text",
	.title = "MQTT text with a NUL character, which may hide its rest",
	.severity = 2,
	.technique = "T0849",
};
static const struct bt_violation bad_qos = {
	.name = "mqtt.bad_qos",
	.title = "MQTT packet with a quality of service that does not exist",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation zero_packet_id = {
	.name = "mqtt.zero_packet_id",
	.title = "MQTT packet with packet identifier 0",
	.severity = 1,
};
static const struct bt_violation bad_topic = {
	.name = "mqtt.bad_topic",
	.title = "MQTT message for an empty topic or one with wildcards",
	.severity = 2,
	.technique = "T0855",
};
static const struct bt_violation bad_filter = {
	.name = "mqtt.bad_filter",
	.title = "MQTT topic filter that is empty or has a wildcard out of place",
	.severity = 1,
};
static const struct bt_violation bad_options = {
	.name = "mqtt.bad_options",
	.title = "MQTT subscription with reserved options",
	.severity = 1,
};
static const struct bt_violation empty_list = {
	.name = "mqtt.empty_list",
	.title = "MQTT subscription, or answer to one, without an entry",
	.severity = 1,
};
static const struct bt_violation unknown_reason = {
	.name = "mqtt.unknown_reason",
	.title = "MQTT packet with a reason code that it cannot have",
	.severity = 0,
};
static const struct bt_violation unknown_version = {
	.name = "mqtt.unknown_version",
	.title = "MQTT connection with an unknown protocol name or version",
	.severity = 1,
};
static const struct bt_violation bad_connect_flags = {
	.name = "mqtt.bad_connect_flags",
	.title = "MQTT connection with contradictory flags",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation illegal_property = {
	.name = "mqtt.illegal_property",
	.title = "MQTT packet with a property that it cannot have",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation repeated_property = {
	.name = "mqtt.repeated_property",
	.title = "MQTT packet with a property twice",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_property_value = {
	.name = "mqtt.bad_property_value",
	.title = "MQTT property with a value that it cannot have",
	.severity = 1,
};
static const struct bt_violation malformed_properties = {
	.name = "mqtt.malformed_properties",
	.title = "MQTT properties that are unknown or do not fit their length",
	.severity = 2,
	.technique = "T0814",
};

const struct bt_violation mqtt_second_connect = {
	.name = "mqtt.second_connect",
	.title = "Second MQTT CONNECT on one connection",
	.severity = 2,
	.technique = "T0814",
	.needs_whole = true,
};
const struct bt_violation mqtt_before_connect = {
	.name = "mqtt.before_connect",
	.title = "MQTT packet before the CONNECT",
	.severity = 2,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation mqtt_wrong_direction = {
	.name = "mqtt.wrong_direction",
	.title = "MQTT packet from the side that never sends it",
	.severity = 2,
	.technique = "T0855",
};
const struct bt_violation mqtt_packet_id_reused = {
	.name = "mqtt.packet_id_reused",
	.title = "MQTT packet identifier used again before its exchange was over",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation mqtt_unexpected_answer = {
	.name = "mqtt.unexpected_answer",
	.title = "MQTT answer to what was not asked",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation mqtt_unknown_alias = {
	.name = "mqtt.unknown_alias",
	.title = "MQTT message under a topic alias that was never given",
	.severity = 1,
	.needs_whole = true,
};
const struct bt_violation mqtt_forgotten_alias = {
	.name = "mqtt.forgotten_alias",
	.title = "MQTT message under one of more topic aliases than can be kept: its topic is unknown",
	.severity = 1,
	.technique = "T0849",
	.needs_whole = true,
};
const struct bt_violation mqtt_alias_too_large = {
	.name = "mqtt.alias_too_large",
	.title = "MQTT topic alias beyond what the other side allows",
	.severity = 2,
	.technique = "T0814",
	.needs_whole = true,
};
const struct bt_violation mqtt_unread = {
	.name = "mqtt.unread",
	.title = "MQTT packet whose topics or content lie behind what is read of it",
	.severity = 1,
	.technique = "T0849",
};
const struct bt_violation mqtt_stray_bytes = {
	.name = "mqtt.stray_bytes",
	.title = "Bytes in an MQTT connection that are no packet",
	.severity = 1,
	.technique = "T0814",
};
const struct bt_violation mqtt_websocket_frame = {
	.name = "mqtt.websocket_frame",
	.title = "WebSocket frame that breaks the protocol",
	.severity = 1,
	.technique = "T0814",
};
const struct bt_violation mqtt_websocket_unreadable = {
	.name = "mqtt.websocket_unreadable",
	.title = "MQTT over WebSocket that was not read: compressed, or behind the beginning of a frame",
	.severity = 0,
};

static const struct {
	unsigned fault;
	const struct bt_violation *violation;
} faults_told[] = {
	{FAULT_TYPE, &reserved_type},
	{FAULT_FLAGS, &bad_flags},
	{FAULT_LENGTH, &bad_length},
	{FAULT_TRAILING, &trailing_bytes},
	{FAULT_TEXT, &bad_text},
	{FAULT_NUL, &nul_in_text},
	{FAULT_QOS, &bad_qos},
	{FAULT_ID, &zero_packet_id},
	{FAULT_TOPIC, &bad_topic},
	{FAULT_FILTER, &bad_filter},
	{FAULT_OPTIONS, &bad_options},
	{FAULT_EMPTY, &empty_list},
	{FAULT_REASON, &unknown_reason},
	{FAULT_PROTOCOL, &unknown_version},
	{FAULT_CONNECT_FLAGS, &bad_connect_flags},
	{FAULT_PROPERTY, &illegal_property},
	{FAULT_PROPERTY_TWICE, &repeated_property},
	{FAULT_PROPERTY_VALUE, &bad_property_value},
	{FAULT_PROPERTIES, &malformed_properties},
};

const struct bt_violation *const mqtt_violations[] = {
	&reserved_type, &bad_flags, &bad_length, &trailing_bytes, &bad_text, &nul_in_text, &bad_qos,
	&zero_packet_id, &bad_topic, &bad_filter, &bad_options, &empty_list, &unknown_reason,
	&unknown_version, &bad_connect_flags, &illegal_property, &repeated_property,
	&bad_property_value, &malformed_properties, &mqtt_second_connect, &mqtt_before_connect,
	&mqtt_wrong_direction, &mqtt_packet_id_reused, &mqtt_unexpected_answer, &mqtt_unknown_alias,
	&mqtt_forgotten_alias, &mqtt_alias_too_large, &mqtt_unread, &mqtt_stray_bytes,
	&mqtt_websocket_frame, &mqtt_websocket_unreadable, NULL,
};

/* The property that is meant, in words. */
static void first_odd_property(const struct mqtt_packet *packet, char *text, size_t cap)
{
	struct bt_cursor at = packet->properties;
	struct mqtt_property_value value;

	text[0] = '\0';
	while (mqtt_property_next(&at, &value)) {
		if (value.property->packets & 1 << packet->header.type)
			continue;
		snprintf(text, cap, ", %s", value.property->name);
		return;
	}
}

void mqtt_report(struct bt_context *ctx, const struct mqtt_packet *packet, unsigned faults)
{
	char property[64];

	first_odd_property(packet, property, sizeof(property));
	for (size_t i = 0; i < sizeof(faults_told) / sizeof(faults_told[0]); i++) {
		if (faults & faults_told[i].fault)
			bt_break(ctx, faults_told[i].violation,
				 "%s, flags %u, remaining length %u%s",
				 mqtt_types[packet->header.type].name, packet->header.flags,
				 packet->header.remaining,
				 faults_told[i].fault == FAULT_PROPERTY ? property : "");
	}
}
