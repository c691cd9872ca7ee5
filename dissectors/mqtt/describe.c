/* SPDX-License-Identifier: Apache-2.0
 *
 * The "mqtt" object of an event. Keys and values are Suricata's where it has them (connect, publish,
 * topics, qos_granted, properties ...); ours stand beside: keep-alive, the will's QoS, reasons by name,
 * the topic behind an alias, what the payload is.
 *
 * Passwords are never written, payloads not beyond their first bytes. User properties are a list, because
 * their names are the sender's.
 */
#include "mqtt.h"

enum {
	TEXTS_MAX = 6 << 10, /* bytes of the wire in one record, whatever a packet holds */
	TEXT_MAX = 1024,
	PREVIEW_MAX = 64,    /* bytes of a payload */
	LISTED_MAX = 64,     /* filters, codes */
	USER_PROPERTIES_MAX = 16,
};

struct writer {
	struct bt_record *rec;
	size_t left; /* of TEXTS_MAX */
};

static struct bt_cursor rationed(struct writer *out, struct bt_cursor text, size_t most)
{
	if (most > out->left)
		most = out->left;
	text = cur_take_upto(&text, most);
	out->left -= cur_left(&text);
	return text;
}

static void put_text(struct writer *out, const char *name, struct bt_cursor text)
{
	bt_put_text(out->rec, name, rationed(out, text, TEXT_MAX));
}

static void put_users(struct writer *out, struct bt_cursor at)
{
	struct mqtt_property_value value;
	unsigned count = 0;

	while (count < USER_PROPERTIES_MAX && mqtt_property_next(&at, &value)) {
		if (value.property->kind != PROPERTY_PAIR)
			continue;
		if (count++ == 0)
			bt_open_array(out->rec, "user_properties");
		bt_open(out->rec, NULL);
		put_text(out, "name", value.text);
		put_text(out, "value", value.second);
		bt_close(out->rec);
	}
	if (count)
		bt_close_array(out->rec);
}

/* Each once, though a hostile packet says it twice, and only where it may be. */
static void put_properties(struct writer *out, struct bt_cursor properties, enum mqtt_type packet)
{
	struct bt_cursor at = properties;
	struct mqtt_property_value value;
	uint64_t seen = 0;

	if (!cur_left(&properties))
		return;
	bt_open(out->rec, "properties");
	while (mqtt_property_next(&at, &value)) {
		const struct mqtt_property *property = value.property;
		uint64_t bit = 1ull << property->id;

		if (seen & bit || !(property->packets & 1 << packet))
			continue;
		seen |= bit;
		switch (property->kind) {
		case PROPERTY_PAIR: break;
		case PROPERTY_TEXT: put_text(out, property->name, value.text); break;
		case PROPERTY_BINARY:
			/* of a login it is what passwords are of another */
			if (property->id == 22)
				bt_put_uint(out->rec, "authentication_data_size", cur_left(&value.text));
			else
				put_text(out, property->name, value.text);
			break;
		default: bt_put_uint(out->rec, property->name, value.number); break;
		}
	}
	put_users(out, properties);
	bt_close(out->rec);
}

static void put_payload(struct writer *out, struct bt_cursor payload, uint32_t size,
			const uint8_t *hash)
{
	bool whole = cur_left(&payload) == size;
	const char *kind = mqtt_payload_kind(payload, whole);
	struct bt_cursor head = payload;
	uint8_t sum[BT_SHA256_BYTES];

	head = cur_take_upto(&head, PREVIEW_MAX);
	if (mqtt_printable(payload))
		bt_put_text(out->rec, "message", rationed(out, head, PREVIEW_MAX));
	bt_open(out->rec, "payload");
	bt_put_uint(out->rec, "size", size);
	bt_put_string(out->rec, "kind", kind);
	if (whole && !hash) {
		bt_sha256(payload, sum);
		hash = sum;
	}
	if (hash)
		bt_put_hex(out->rec, "sha256", cur_of(hash, BT_SHA256_BYTES));
	bt_close(out->rec);
}

static void put_reason(struct writer *out, const struct mqtt_packet *packet, const char *name)
{
	if (!packet->has_reason)
		return;
	bt_put_uint(out->rec, name, packet->reason);
	bt_put_string(out->rec, "reason",
		      mqtt_reason_name(packet->header.type, packet->version, packet->reason));
}

static void put_will(struct writer *out, const struct mqtt_connect *connect)
{
	bt_open(out->rec, "will");
	put_text(out, "topic", connect->will_topic);
	bt_put_uint(out->rec, "qos", connect->flags >> 3 & 3);
	bt_put_bool(out->rec, "retain", connect->flags & CONNECT_WILL_RETAIN);
	put_payload(out, connect->will_payload, (uint32_t)cur_left(&connect->will_payload), NULL);
	put_properties(out, connect->will_properties, MQTT_WILL);
	bt_close(out->rec);
}

static void put_connect(struct writer *out, const struct mqtt_packet *packet)
{
	const struct mqtt_connect *connect = &packet->connect;
	struct bt_record *rec = out->rec;
	uint8_t flags = connect->flags;

	put_text(out, "protocol_string", connect->protocol);
	bt_put_uint(rec, "protocol_version", connect->level);
	if (connect->bridge)
		bt_put_bool(rec, "bridge", true);
	bt_open(rec, "flags");
	bt_put_bool(rec, "username", flags & CONNECT_USER);
	bt_put_bool(rec, "password", flags & CONNECT_PASSWORD);
	bt_put_bool(rec, "will_retain", flags & CONNECT_WILL_RETAIN);
	bt_put_bool(rec, "will", flags & CONNECT_WILL);
	bt_put_bool(rec, "clean_session", flags & CONNECT_CLEAN);
	bt_close(rec);
	bt_put_uint(rec, "keep_alive", connect->keep_alive);
	if (!(packet->faults & (FAULT_LENGTH | FAULT_PROPERTIES)) || cur_left(&connect->client_id))
		put_text(out, "client_id", connect->client_id);
	if (flags & CONNECT_USER && cur_left(&connect->user))
		put_text(out, "username", connect->user);
	if (flags & CONNECT_WILL)
		put_will(out, connect);
}

static void put_publish(struct writer *out, const struct mqtt_packet *packet,
			const struct mqtt_detail *detail)
{
	put_text(out, "topic", packet->topic);
	if (cur_left(&detail->topic))
		put_text(out, "resolved_topic", detail->topic);
	put_payload(out, packet->payload, packet->payload_size, detail->hash);
}

static void put_filters(struct writer *out, const struct mqtt_packet *packet)
{
	bool options = packet->header.type == MQTT_SUBSCRIBE;
	struct bt_cursor list = packet->list;
	struct mqtt_filter filter;
	uint64_t count = 0;

	bt_open_array(out->rec, "topics");
	for (; mqtt_filter_next(packet, &list, &filter); count++) {
		if (count >= LISTED_MAX)
			continue;
		if (!options) {
			put_text(out, NULL, filter.text);
			continue;
		}
		bt_open(out->rec, NULL);
		put_text(out, "topic", filter.text);
		bt_put_uint(out->rec, "qos", filter.options & OPTION_QOS);
		if (packet->version == MQTT_5) {
			bt_put_bool(out->rec, "no_local", filter.options & OPTION_NO_LOCAL);
			bt_put_bool(out->rec, "retain_as_published",
				    filter.options & OPTION_RETAIN_AS_PUBLISHED);
			bt_put_uint(out->rec, "retain_handling", filter.options >> 4 & 3);
		}
		bt_close(out->rec);
	}
	bt_close_array(out->rec);
	if (count > LISTED_MAX)
		bt_put_uint(out->rec, "more", count - LISTED_MAX);
}

static void put_codes(struct writer *out, const struct mqtt_packet *packet)
{
	enum mqtt_type type = packet->header.type;
	struct bt_cursor list = packet->list, at = list;
	unsigned count;

	if (!cur_left(&list))
		return;
	bt_open_array(out->rec, type == MQTT_SUBACK ? "qos_granted" : "reason_codes");
	for (count = 0; count < LISTED_MAX && cur_left(&at); count++)
		bt_put_uint(out->rec, NULL, cur_u8(&at));
	bt_close_array(out->rec);
	bt_open_array(out->rec, "reasons");
	for (at = list, count = 0; count < LISTED_MAX && cur_left(&at); count++)
		bt_put_string(out->rec, NULL, mqtt_reason_name(type, packet->version, cur_u8(&at)));
	bt_close_array(out->rec);
	if (cur_left(&at))
		bt_put_uint(out->rec, "more", cur_left(&at));
}

static void put_packet(struct writer *out, const struct mqtt_packet *packet,
		       const struct mqtt_detail *detail)
{
	uint8_t type = packet->header.type, flags = packet->header.flags;
	uint64_t total = packet->header.size + (uint64_t)packet->header.remaining;

	bt_open(out->rec, mqtt_types[type].name);
	bt_put_uint(out->rec, "qos", flags >> 1 & 3);
	bt_put_bool(out->rec, "retain", flags & PUBLISH_RETAIN);
	bt_put_bool(out->rec, "dup", flags & PUBLISH_DUP);
	if (packet->cut && total > HEAD_MAX) {
		bt_put_bool(out->rec, "truncated", true);
		bt_put_uint(out->rec, "skipped_length", total);
	}
	if (packet->has_id)
		bt_put_uint(out->rec, "message_id", packet->id);
	switch (type) {
	case MQTT_CONNECT: put_connect(out, packet); break;
	case MQTT_CONNACK:
		bt_put_bool(out->rec, "session_present", packet->session_present);
		put_reason(out, packet, "return_code");
		break;
	case MQTT_PUBLISH: put_publish(out, packet, detail); break;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE: put_filters(out, packet); break;
	case MQTT_SUBACK:
	case MQTT_UNSUBACK: put_codes(out, packet); break;
	default: put_reason(out, packet, "reason_code"); break;
	}
	put_properties(out, packet->properties, type);
	bt_close(out->rec);
}

void mqtt_describe(const struct bt_operation *op, struct bt_record *rec)
{
	const struct mqtt_detail *detail = op->detail;
	struct writer out = {.rec = rec, .left = TEXTS_MAX};

	bt_put_uint(rec, "id", detail->id);
	bt_put_string(rec, "function", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "latency_us", (uint64_t)(op->answer_ns - op->request_ns) / 1000);
	if (op->by_server)
		bt_put_bool(rec, "by_server", true);
	if (cur_left(&detail->client_id))
		put_text(&out, "client_id", detail->client_id);
	if (detail->guessed)
		bt_put_bool(rec, "version_guessed", true);
	if (detail->request)
		put_packet(&out, detail->request, detail);
	if (detail->answer)
		put_packet(&out, detail->answer, detail);
}
