/* SPDX-License-Identifier: Apache-2.0
 *
 * The properties of MQTT 5.0 (2.2.2): which there are, what they hold, and which packet may have which.
 * Names are Suricata's. Brokers have died of properties in packets that cannot have them.
 */
#include "mqtt.h"

enum {
	IN_WILL = 1 << MQTT_WILL,
	IN_CONNECT = 1 << MQTT_CONNECT,
	IN_CONNACK = 1 << MQTT_CONNACK,
	IN_PUBLISH = 1 << MQTT_PUBLISH,
	IN_SUBSCRIBE = 1 << MQTT_SUBSCRIBE,
	IN_DISCONNECT = 1 << MQTT_DISCONNECT,
	IN_AUTH = 1 << MQTT_AUTH,
	IN_OUTCOMES = IN_CONNACK | 1 << MQTT_PUBACK | 1 << MQTT_PUBREC | 1 << MQTT_PUBREL |
		      1 << MQTT_PUBCOMP | 1 << MQTT_SUBACK | 1 << MQTT_UNSUBACK | IN_DISCONNECT |
		      IN_AUTH,
	IN_ALL = IN_OUTCOMES | IN_WILL | IN_CONNECT | IN_PUBLISH | IN_SUBSCRIBE |
		 1 << MQTT_UNSUBSCRIBE,
};

/* By number: 5.0 leaves some out. */
static const struct mqtt_property properties[] = {
	[1] = {1, PROPERTY_FLAG, IN_PUBLISH | IN_WILL, "payload_format_indicator", false, 0},
	[2] = {2, PROPERTY_U32, IN_PUBLISH | IN_WILL, "message_expiry_interval", false, 0},
	[3] = {3, PROPERTY_TEXT, IN_PUBLISH | IN_WILL, "content_type", false, 0},
	[8] = {8, PROPERTY_TEXT, IN_PUBLISH | IN_WILL, "response_topic", false, 0},
	[9] = {9, PROPERTY_BINARY, IN_PUBLISH | IN_WILL, "correlation_data", false, 0},
	[11] = {11, PROPERTY_VARINT, IN_PUBLISH | IN_SUBSCRIBE, "subscription_identifier", true,
		IN_PUBLISH},
	[17] = {17, PROPERTY_U32, IN_CONNECT | IN_CONNACK | IN_DISCONNECT,
		"session_expiry_interval", false, 0},
	[18] = {18, PROPERTY_TEXT, IN_CONNACK, "assigned_client_identifier", false, 0},
	[19] = {19, PROPERTY_U16, IN_CONNACK, "server_keep_alive", false, 0},
	[21] = {21, PROPERTY_TEXT, IN_CONNECT | IN_CONNACK | IN_AUTH, "authentication_method",
		false, 0},
	[22] = {22, PROPERTY_BINARY, IN_CONNECT | IN_CONNACK | IN_AUTH, "authentication_data",
		false, 0},
	[23] = {23, PROPERTY_FLAG, IN_CONNECT, "request_problem_information", false, 0},
	[24] = {24, PROPERTY_U32, IN_WILL, "will_delay_interval", false, 0},
	[25] = {25, PROPERTY_FLAG, IN_CONNECT, "request_response_information", false, 0},
	[26] = {26, PROPERTY_TEXT, IN_CONNACK, "response_information", false, 0},
	[28] = {28, PROPERTY_TEXT, IN_CONNACK | IN_DISCONNECT, "server_reference", false, 0},
	[31] = {31, PROPERTY_TEXT, IN_OUTCOMES, "reason_string", false, 0},
	[33] = {33, PROPERTY_U16, IN_CONNECT | IN_CONNACK, "receive_maximum", true, 0},
	[34] = {34, PROPERTY_U16, IN_CONNECT | IN_CONNACK, "topic_alias_maximum", false, 0},
	[35] = {35, PROPERTY_U16, IN_PUBLISH, "topic_alias", true, 0},
	[36] = {36, PROPERTY_FLAG, IN_CONNACK, "maximum_qos", false, 0},
	[37] = {37, PROPERTY_FLAG, IN_CONNACK, "retain_available", false, 0},
	[38] = {38, PROPERTY_PAIR, IN_ALL, "user_property", false, IN_ALL},
	[39] = {39, PROPERTY_U32, IN_CONNECT | IN_CONNACK, "maximum_packet_size", true, 0},
	[40] = {40, PROPERTY_FLAG, IN_CONNACK, "wildcard_subscription_available", false, 0},
	[41] = {41, PROPERTY_FLAG, IN_CONNACK, "subscription_identifier_available", false, 0},
	[42] = {42, PROPERTY_FLAG, IN_CONNACK, "shared_subscription_available", false, 0},
};

enum {
	PROPERTIES = sizeof(properties) / sizeof(properties[0]),
};

const struct mqtt_property *mqtt_property(uint32_t id)
{
	return id < PROPERTIES && properties[id].name ? &properties[id] : NULL;
}

const struct mqtt_property *mqtt_property_at(size_t index)
{
	for (uint32_t id = 0; id < PROPERTIES; id++) {
		if (mqtt_property(id) && !index--)
			return &properties[id];
	}
	return NULL;
}

bool mqtt_property_next(struct bt_cursor *at, struct mqtt_property_value *value)
{
	if (!cur_left(at))
		return false;
	*value = (struct mqtt_property_value){.property = mqtt_property(mqtt_varint(at))};
	if (!value->property)
		return cur_skip(at, SIZE_MAX);
	switch (value->property->kind) {
	case PROPERTY_FLAG: value->number = cur_u8(at); break;
	case PROPERTY_U16: value->number = cur_u16be(at); break;
	case PROPERTY_U32: value->number = cur_u32be(at); break;
	case PROPERTY_VARINT: value->number = mqtt_varint(at); break;
	case PROPERTY_TEXT:
	case PROPERTY_BINARY: value->text = mqtt_counted(at); break;
	case PROPERTY_PAIR:
		value->text = mqtt_counted(at);
		value->second = mqtt_counted(at);
		break;
	}
	return cur_ok(at);
}

static unsigned value_faults(const struct mqtt_property_value *value)
{
	switch (value->property->kind) {
	case PROPERTY_FLAG: return value->number > 1 ? FAULT_PROPERTY_VALUE : 0;
	case PROPERTY_TEXT: return mqtt_text_faults(value->text);
	case PROPERTY_PAIR: return mqtt_text_faults(value->text) | mqtt_text_faults(value->second);
	case PROPERTY_BINARY: return 0;
	default: return value->property->not_zero && !value->number ? FAULT_PROPERTY_VALUE : 0;
	}
}

unsigned mqtt_property_faults(struct bt_cursor at, enum mqtt_type packet)
{
	struct mqtt_property_value value;
	unsigned mask = 1u << packet, faults = 0;
	uint64_t seen = 0;

	while (mqtt_property_next(&at, &value)) {
		const struct mqtt_property *property = value.property;
		uint64_t bit = 1ull << property->id;

		if (!(property->packets & mask))
			faults |= FAULT_PROPERTY;
		if (seen & bit && !(property->many & mask))
			faults |= FAULT_PROPERTY_TWICE;
		faults |= value_faults(&value);
		seen |= bit;
	}
	return cur_ok(&at) ? faults : faults | FAULT_PROPERTIES;
}

bool mqtt_property_find(struct bt_cursor at, uint8_t id, struct mqtt_property_value *value)
{
	while (mqtt_property_next(&at, value)) {
		if (value->property->id == id)
			return true;
	}
	return false;
}
