/* SPDX-License-Identifier: Apache-2.0
 *
 * How a packet says what came of it: the reason codes of MQTT 5.0 (2.4) with the packets that may
 * carry each, and the return codes of 3.1 and 3.1.1 (their 3.2.2.3 and 3.9.3).
 */
#include "mqtt.h"

enum {
	CONNACK = 1 << MQTT_CONNACK,
	PUBACK = 1 << MQTT_PUBACK | 1 << MQTT_PUBREC,
	PUBREL = 1 << MQTT_PUBREL | 1 << MQTT_PUBCOMP,
	SUBACK = 1 << MQTT_SUBACK,
	UNSUBACK = 1 << MQTT_UNSUBACK,
	DISCONNECT = 1 << MQTT_DISCONNECT,
	AUTH = 1 << MQTT_AUTH,
	ANSWERS = PUBACK | SUBACK | UNSUBACK,
};

static const struct mqtt_reason reasons[] = {
	{0x00, CONNACK | PUBACK | PUBREL | UNSUBACK | AUTH, "success"},
	{0x00, DISCONNECT, "normal_disconnection"},
	{0x00, SUBACK, "granted_qos_0"},
	{0x01, SUBACK, "granted_qos_1"},
	{0x02, SUBACK, "granted_qos_2"},
	{0x04, DISCONNECT, "disconnect_with_will_message"},
	{0x10, PUBACK, "no_matching_subscribers"},
	{0x11, UNSUBACK, "no_subscription_existed"},
	{0x18, AUTH, "continue_authentication"},
	{0x19, AUTH, "re_authenticate"},
	{0x80, CONNACK | ANSWERS | DISCONNECT, "unspecified_error"},
	{0x81, CONNACK | DISCONNECT, "malformed_packet"},
	{0x82, CONNACK | DISCONNECT, "protocol_error"},
	{0x83, CONNACK | ANSWERS | DISCONNECT, "implementation_specific_error"},
	{0x84, CONNACK, "unsupported_protocol_version"},
	{0x85, CONNACK, "client_identifier_not_valid"},
	{0x86, CONNACK, "bad_user_name_or_password"},
	{0x87, CONNACK | ANSWERS | DISCONNECT, "not_authorized"},
	{0x88, CONNACK, "server_unavailable"},
	{0x89, CONNACK | DISCONNECT, "server_busy"},
	{0x8a, CONNACK, "banned"},
	{0x8b, DISCONNECT, "server_shutting_down"},
	{0x8c, CONNACK | DISCONNECT, "bad_authentication_method"},
	{0x8d, DISCONNECT, "keep_alive_timeout"},
	{0x8e, DISCONNECT, "session_taken_over"},
	{0x8f, SUBACK | UNSUBACK | DISCONNECT, "topic_filter_invalid"},
	{0x90, CONNACK | PUBACK | DISCONNECT, "topic_name_invalid"},
	{0x91, ANSWERS, "packet_identifier_in_use"},
	{0x92, PUBREL, "packet_identifier_not_found"},
	{0x93, DISCONNECT, "receive_maximum_exceeded"},
	{0x94, DISCONNECT, "topic_alias_invalid"},
	{0x95, CONNACK | DISCONNECT, "packet_too_large"},
	{0x96, DISCONNECT, "message_rate_too_high"},
	{0x97, CONNACK | PUBACK | SUBACK | DISCONNECT, "quota_exceeded"},
	{0x98, DISCONNECT, "administrative_action"},
	{0x99, CONNACK | PUBACK | DISCONNECT, "payload_format_invalid"},
	{0x9a, CONNACK | DISCONNECT, "retain_not_supported"},
	{0x9b, CONNACK | DISCONNECT, "qos_not_supported"},
	{0x9c, CONNACK | DISCONNECT, "use_another_server"},
	{0x9d, CONNACK | DISCONNECT, "server_moved"},
	{0x9e, SUBACK | DISCONNECT, "shared_subscriptions_not_supported"},
	{0x9f, CONNACK | DISCONNECT, "connection_rate_exceeded"},
	{0xa0, DISCONNECT, "maximum_connect_time"},
	{0xa1, SUBACK | DISCONNECT, "subscription_identifiers_not_supported"},
	{0xa2, SUBACK | DISCONNECT, "wildcard_subscriptions_not_supported"},
};

/* Before 5.0. The same names where they mean the same, so that a rule serves all versions. */
static const struct mqtt_reason old_reasons[] = {
	{0, CONNACK, "success"},
	{1, CONNACK, "unsupported_protocol_version"},
	{2, CONNACK, "client_identifier_not_valid"},
	{3, CONNACK, "server_unavailable"},
	{4, CONNACK, "bad_user_name_or_password"},
	{5, CONNACK, "not_authorized"},
	{0x00, SUBACK, "granted_qos_0"},
	{0x01, SUBACK, "granted_qos_1"},
	{0x02, SUBACK, "granted_qos_2"},
	{0x80, SUBACK, "unspecified_error"},
};

enum {
	REASONS = sizeof(reasons) / sizeof(reasons[0]),
	OLD_REASONS = sizeof(old_reasons) / sizeof(old_reasons[0]),
};

static const struct mqtt_reason *find(enum mqtt_type type, uint8_t version, uint8_t code)
{
	const struct mqtt_reason *list = version == MQTT_5 ? reasons : old_reasons;
	size_t count = version == MQTT_5 ? REASONS : OLD_REASONS;

	for (size_t i = 0; i < count; i++) {
		if (list[i].code == code && list[i].packets & 1 << type)
			return &list[i];
	}
	return NULL;
}

const char *mqtt_reason_name(enum mqtt_type type, uint8_t version, uint8_t code)
{
	const struct mqtt_reason *reason = find(type, version, code);

	return reason ? reason->name : "unknown";
}

bool mqtt_reason_legal(enum mqtt_type type, uint8_t version, uint8_t code)
{
	return find(type, version, code) != NULL;
}

const struct mqtt_reason *mqtt_reason_at(size_t index)
{
	if (index < REASONS)
		return &reasons[index];
	index -= REASONS;
	return index < OLD_REASONS ? &old_reasons[index] : NULL;
}
