/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys that describe.c writes. What all packets have is written once, and each property once, with
 * the packet's name put in front.
 */
#include "mqtt.h"

#define PACKET(name, help)                                                                         \
	{name, BT_FIELD_OBJECT, help},                                                             \
	{name ".qos", BT_FIELD_UINT, "quality of service, of the packet's header"},                \
	{name ".retain", BT_FIELD_BOOL, "the broker keeps it for later subscribers"},              \
	{name ".dup", BT_FIELD_BOOL, "sent before"},                                               \
	{name ".truncated", BT_FIELD_BOOL, "too long to be kept: only its beginning was read"},    \
	{name ".skipped_length", BT_FIELD_UINT, "bytes of the whole packet that was truncated"}

#define ID(name) {name ".message_id", BT_FIELD_UINT, "packet identifier"}
#define REASON(name, key)                                                                          \
	{name "." key, BT_FIELD_UINT, "reason code; before MQTT 5 the return code"},               \
	{name ".reason", BT_FIELD_STRING, "the same by name"}
#define MORE(name) {name ".more", BT_FIELD_UINT, "entries that are not listed"}
#define PAYLOAD(name)                                                                              \
	{name ".message", BT_FIELD_STRING, "first 64 bytes of the payload, where it is text"},     \
	{name ".payload", BT_FIELD_OBJECT, "what is carried"},                                     \
	{name ".payload.size", BT_FIELD_UINT, "bytes"},                                            \
	{name ".payload.kind", BT_FIELD_STRING,                                                    \
	 "empty, number, boolean, json, text, binary, or the kind of file by its first bytes"},    \
	{name ".payload.sha256", BT_FIELD_STRING, "hash of the whole payload"}

#define PROPERTIES(name)                                                                           \
	{name ".properties", BT_FIELD_OBJECT, "properties (MQTT 5)"},                              \
	{name ".properties.user_properties", BT_FIELD_ARRAY, "names and values of the sender's"},  \
	{name ".properties.user_properties.name", BT_FIELD_STRING, "name"},                        \
	{name ".properties.user_properties.value", BT_FIELD_STRING, "value"}
#define UINT_PROPERTY(name, key, help) {name ".properties." key, BT_FIELD_UINT, help}
#define TEXT_PROPERTY(name, key, help) {name ".properties." key, BT_FIELD_STRING, help}

#define REASON_STRING(name)                                                                        \
	PROPERTIES(name), TEXT_PROPERTY(name, "reason_string", "the reason in words")
#define MESSAGE_PROPERTIES(name)                                                                   \
	PROPERTIES(name),                                                                          \
	UINT_PROPERTY(name, "payload_format_indicator", "1: the payload is text"),                 \
	UINT_PROPERTY(name, "message_expiry_interval", "seconds until it is outdated"),            \
	TEXT_PROPERTY(name, "content_type", "kind of content, in the sender's words"),             \
	TEXT_PROPERTY(name, "response_topic", "where an answer is wanted"),                        \
	TEXT_PROPERTY(name, "correlation_data", "what an answer is to repeat")
#define SESSION_PROPERTIES(name)                                                                   \
	PROPERTIES(name),                                                                          \
	UINT_PROPERTY(name, "session_expiry_interval", "seconds the session outlives the connection"), \
	UINT_PROPERTY(name, "receive_maximum", "unacknowledged messages accepted at once"),        \
	UINT_PROPERTY(name, "maximum_packet_size", "bytes of the longest packet accepted"),        \
	UINT_PROPERTY(name, "topic_alias_maximum", "highest topic alias accepted"),                \
	AUTH_PROPERTIES(name)
#define AUTH_PROPERTIES(name)                                                                      \
	TEXT_PROPERTY(name, "authentication_method", "method of the extended login"),              \
	UINT_PROPERTY(name, "authentication_data_size", "bytes of its data, which are not shown")
#define AVAILABLE(key) UINT_PROPERTY("connack", key, "1 (or absent): the broker offers it")
#define OUTCOME(name, help) PACKET(name, help), ID(name), REASON(name, "reason_code"), REASON_STRING(name)

const struct bt_field mqtt_fields[] = {
	{"id", BT_FIELD_UINT, "counts the connection's operations from 1"},
	{"function", BT_FIELD_STRING, "packet type of the request"},
	{"result", BT_FIELD_STRING, "ok, refused, unanswered or unsolicited"},
	{"latency_us", BT_FIELD_UINT, "microseconds from the request to its answer"},
	{"by_server", BT_FIELD_BOOL, "the broker sent the request"},
	{"client_id", BT_FIELD_STRING, "client id of the connection, where its CONNECT was seen"},
	{"version_guessed", BT_FIELD_BOOL,
	 "CONNECT was not seen: whether it is MQTT 5 was told from the packets"},

	PACKET("connect", "a client opens a session"),
	{"connect.protocol_string", BT_FIELD_STRING, "MQTT, or MQIsdp for 3.1"},
	{"connect.protocol_version", BT_FIELD_UINT, "3: 3.1, 4: 3.1.1, 5: 5.0"},
	{"connect.bridge", BT_FIELD_BOOL, "the client is another broker"},
	{"connect.flags", BT_FIELD_OBJECT, "what follows"},
	{"connect.flags.username", BT_FIELD_BOOL, "a user name was sent"},
	{"connect.flags.password", BT_FIELD_BOOL, "a password was sent; it is never shown"},
	{"connect.flags.will_retain", BT_FIELD_BOOL, "the will is to be retained"},
	{"connect.flags.will", BT_FIELD_BOOL, "there is a will"},
	{"connect.flags.clean_session", BT_FIELD_BOOL, "forget an earlier session"},
	{"connect.keep_alive", BT_FIELD_UINT, "seconds; 0: none"},
	{"connect.client_id", BT_FIELD_STRING, "client id; empty: the broker assigns one"},
	{"connect.username", BT_FIELD_STRING, "user name"},
	{"connect.will", BT_FIELD_OBJECT, "what the broker publishes when the client is lost"},
	{"connect.will.topic", BT_FIELD_STRING, "where"},
	{"connect.will.qos", BT_FIELD_UINT, "its quality of service"},
	{"connect.will.retain", BT_FIELD_BOOL, "it is to be retained"},
	PAYLOAD("connect.will"),
	MESSAGE_PROPERTIES("connect.will"),
	UINT_PROPERTY("connect.will", "will_delay_interval", "seconds until the will is published"),
	SESSION_PROPERTIES("connect"),
	UINT_PROPERTY("connect", "request_problem_information", "1: reasons in words are wanted"),
	UINT_PROPERTY("connect", "request_response_information", "1: a response topic is wanted"),

	PACKET("connack", "the broker's answer"),
	{"connack.session_present", BT_FIELD_BOOL, "an earlier session goes on"},
	REASON("connack", "return_code"),
	SESSION_PROPERTIES("connack"),
	TEXT_PROPERTY("connack", "reason_string", "the reason in words"),
	TEXT_PROPERTY("connack", "assigned_client_identifier", "client id that the broker chose"),
	UINT_PROPERTY("connack", "server_keep_alive", "keep-alive that holds instead"),
	TEXT_PROPERTY("connack", "response_information", "where to make response topics"),
	TEXT_PROPERTY("connack", "server_reference", "another broker to use"),
	UINT_PROPERTY("connack", "maximum_qos", "highest quality of service offered"),
	AVAILABLE("retain_available"),
	AVAILABLE("wildcard_subscription_available"),
	AVAILABLE("subscription_identifier_available"),
	AVAILABLE("shared_subscription_available"),

	PACKET("publish", "a message, published or delivered"),
	ID("publish"),
	{"publish.topic", BT_FIELD_STRING, "topic; empty: it goes by its alias"},
	{"publish.resolved_topic", BT_FIELD_STRING, "the topic that the alias stands for"},
	PAYLOAD("publish"),
	MESSAGE_PROPERTIES("publish"),
	UINT_PROPERTY("publish", "subscription_identifier", "first subscription that it matches"),
	UINT_PROPERTY("publish", "topic_alias", "number that stands for the topic from now on"),
	OUTCOME("puback", "QoS 1: received"),
	OUTCOME("pubrec", "QoS 2, first step: received"),
	OUTCOME("pubrel", "QoS 2, second step: forget the identifier"),
	OUTCOME("pubcomp", "QoS 2, third step: forgotten"),

	PACKET("subscribe", "topics are wanted"),
	ID("subscribe"),
	{"subscribe.topics", BT_FIELD_ARRAY, "filters"},
	{"subscribe.topics.topic", BT_FIELD_STRING, "filter"},
	{"subscribe.topics.qos", BT_FIELD_UINT, "highest quality of service wanted"},
	{"subscribe.topics.no_local", BT_FIELD_BOOL, "not what the client publishes itself"},
	{"subscribe.topics.retain_as_published", BT_FIELD_BOOL, "keep the retain flag"},
	{"subscribe.topics.retain_handling", BT_FIELD_UINT,
	 "retained messages: 0 send, 1 send if new, 2 do not send"},
	MORE("subscribe"),
	PROPERTIES("subscribe"),
	UINT_PROPERTY("subscribe", "subscription_identifier", "number that deliveries repeat"),
	PACKET("suback", "what was granted"),
	ID("suback"),
	{"suback.qos_granted", BT_FIELD_ARRAY, "per filter: quality of service, or 128 and more"},
	{"suback.reasons", BT_FIELD_ARRAY, "the same by name"},
	MORE("suback"),
	REASON_STRING("suback"),
	PACKET("unsubscribe", "topics are no longer wanted"),
	ID("unsubscribe"),
	{"unsubscribe.topics", BT_FIELD_ARRAY, "filters"},
	MORE("unsubscribe"),
	PROPERTIES("unsubscribe"),
	PACKET("unsuback", "what came of it"),
	ID("unsuback"),
	{"unsuback.reason_codes", BT_FIELD_ARRAY, "per filter (MQTT 5)"},
	{"unsuback.reasons", BT_FIELD_ARRAY, "the same by name"},
	MORE("unsuback"),
	REASON_STRING("unsuback"),

	PACKET("pingreq", "are you there?"),
	PACKET("pingresp", "I am"),
	PACKET("disconnect", "the end of the session"),
	REASON("disconnect", "reason_code"),
	REASON_STRING("disconnect"),
	UINT_PROPERTY("disconnect", "session_expiry_interval",
		      "seconds the session outlives the connection"),
	TEXT_PROPERTY("disconnect", "server_reference", "another broker to use"),
	PACKET("auth", "a step of an extended login (MQTT 5)"),
	REASON("auth", "reason_code"),
	REASON_STRING("auth"),
	AUTH_PROPERTIES("auth"),
	PACKET("reserved", "a packet of type 0, which there is not"),
	{0},
};
