/* SPDX-License-Identifier: Apache-2.0
 *
 * Every key of the "mqttsn" object, and what of the specification is decoded.
 */
#include <stdio.h>

#include "mqttsn.h"

/* Which of them there are, the type says. */
#define MESSAGE(name, help)                                                                        \
	{name, BT_FIELD_OBJECT, help},                                                             \
		{name ".clean_session", BT_FIELD_BOOL, "forget an earlier session"},               \
		{name ".client_id", BT_FIELD_STRING, "client id"},                                 \
		{name ".dup", BT_FIELD_BOOL, "sent before"},                                       \
		{name ".duration", BT_FIELD_UINT,                                                  \
		 "seconds: of keep-alive, of sleep, until the next advertisement"},                \
		{name ".gateway_address", BT_FIELD_STRING,                                         \
		 "address of the gateway, in hexadecimal"},                                        \
		{name ".gateway_id", BT_FIELD_UINT, "number of the gateway"},                      \
		{name ".length", BT_FIELD_UINT, "bytes, with a forwarder's header"},               \
		{name ".message", BT_FIELD_STRING,                                                 \
		 "first 64 bytes of the payload, where it is text"},                               \
		{name ".message_id", BT_FIELD_UINT,                                                \
		 "number that a request shares with its answer"},                                  \
		{name ".payload", BT_FIELD_OBJECT, "what is carried"},                             \
		{name ".payload.kind", BT_FIELD_STRING,                                            \
		 "empty, number, boolean, json, text, binary, or the kind of file by its first "   \
		 "bytes"},                                                                         \
		{name ".payload.sha256", BT_FIELD_STRING, "hash of the payload"},                  \
		{name ".payload.size", BT_FIELD_UINT, "bytes"},                                    \
		{name ".protocol_id", BT_FIELD_UINT, "1: MQTT-SN 1.2"},                            \
		{name ".qos", BT_FIELD_INT, "quality of service; -1: without a connection"},       \
		{name ".radius", BT_FIELD_UINT, "hops that a broadcast may go"},                   \
		{name ".reason", BT_FIELD_STRING, "the return code by name"},                      \
		{name ".retain", BT_FIELD_BOOL, "the broker keeps it for later subscribers"},      \
		{name ".return_code", BT_FIELD_UINT, "0: accepted"},                               \
		{name ".topic", BT_FIELD_STRING, "topic or filter by name"},                       \
		{name ".topic_id", BT_FIELD_UINT, "number that stands for a topic"},               \
		{name ".topic_id_type", BT_FIELD_STRING, "normal, predefined, short or reserved"}, \
		{name ".type", BT_FIELD_STRING, "message type"},                                   \
		{name ".type_number", BT_FIELD_UINT, "the same as a number"},                      \
		{name ".will", BT_FIELD_BOOL, "a will is to follow"},                              \
	{                                                                                          \
		name ".will_topic", BT_FIELD_STRING,                                               \
			"topic of the will; empty: there is none any more"                         \
	}

const struct bt_field mqttsn_fields[] = {
	{"by_server", BT_FIELD_BOOL, "the gateway's side sent the request"},
	{"client_id", BT_FIELD_STRING, "client id of the flow, where its CONNECT was seen"},
	{"forwarder", BT_FIELD_OBJECT, "what the forwarder says of the node"},
	{"forwarder.node", BT_FIELD_STRING, "address of the wireless node, in hexadecimal"},
	{"forwarder.radius", BT_FIELD_UINT, "hops that the message may go"},
	{"function", BT_FIELD_STRING, "message type of the request"},
	{"latency_us", BT_FIELD_UINT, "microseconds from the request to its answer"},
	MESSAGE("request", "the request, or the message that wants no answer"),
	MESSAGE("response", "the answer"),
	{"result", BT_FIELD_STRING, "ok, refused, unanswered or unsolicited"},
	{"topic", BT_FIELD_STRING, "topic of a PUBLISH by name, where it is known"},
	{0},
};

bool mqttsn_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	const struct mqttsn_type *type = NULL;
	unsigned number;

	for (number = 0; number < SN_TYPES; number++) {
		type = mqttsn_type((uint8_t)number);
		if (type && index-- == 0)
			break;
	}
	if (number == SN_TYPES) {
		if (index != 0)
			return false;
		number = SN_FORWARDED;
	}
	snprintf(text, BT_FEATURE_TEXT, "0x%02X", number);
	*feature = (struct bt_feature){
		.kind = "message type",
		.number = text,
		.name = number < SN_TYPES ? type->title : "Forwarder encapsulation",
		.decoded = true,
	};
	return true;
}
