/* SPDX-License-Identifier: Apache-2.0
 *
 * One control packet: its fixed header (2.1) and what each type holds (section 3). Reading never
 * stops at a fault: it is noted, and as much as possible is read, because what an attacker sends
 * wrong is what one wants to see.
 */
#include "mqtt.h"

const struct mqtt_type_of_packet mqtt_types[MQTT_TYPES] = {
	[MQTT_WILL] = {"reserved", 0, 0, 0},
	[MQTT_CONNECT] = {"connect", 0, SIDE_CLIENT, 0},
	[MQTT_CONNACK] = {"connack", 0, SIDE_SERVER, MQTT_CONNECT},
	[MQTT_PUBLISH] = {"publish", 0, SIDE_CLIENT | SIDE_SERVER, 0},
	[MQTT_PUBACK] = {"puback", 0, SIDE_CLIENT | SIDE_SERVER, MQTT_PUBLISH},
	[MQTT_PUBREC] = {"pubrec", 0, SIDE_CLIENT | SIDE_SERVER, MQTT_PUBLISH},
	[MQTT_PUBREL] = {"pubrel", 2, SIDE_CLIENT | SIDE_SERVER, 0},
	[MQTT_PUBCOMP] = {"pubcomp", 0, SIDE_CLIENT | SIDE_SERVER, MQTT_PUBREL},
	[MQTT_SUBSCRIBE] = {"subscribe", 2, SIDE_CLIENT, 0},
	[MQTT_SUBACK] = {"suback", 0, SIDE_SERVER, MQTT_SUBSCRIBE},
	[MQTT_UNSUBSCRIBE] = {"unsubscribe", 2, SIDE_CLIENT, 0},
	[MQTT_UNSUBACK] = {"unsuback", 0, SIDE_SERVER, MQTT_UNSUBSCRIBE},
	[MQTT_PINGREQ] = {"pingreq", 0, SIDE_CLIENT, 0},
	[MQTT_PINGRESP] = {"pingresp", 0, SIDE_SERVER, MQTT_PINGREQ},
	[MQTT_DISCONNECT] = {"disconnect", 0, SIDE_CLIENT | SIDE_SERVER, 0},
	[MQTT_AUTH] = {"auth", 0, SIDE_CLIENT | SIDE_SERVER, 0},
};

enum mqtt_header_kind mqtt_header(struct bt_cursor head, struct mqtt_header *header)
{
	uint8_t first = cur_u8(&head);
	uint32_t remaining = 0;

	for (unsigned size = 2; size <= HEADER_MAX; size++) {
		uint8_t byte = cur_u8(&head);

		remaining |= (uint32_t)(byte & 0x7f) << 7 * (size - 2);
		if (!cur_ok(&head))
			return HEADER_SHORT;
		if (byte & 0x80)
			continue;
		*header = (struct mqtt_header){first >> 4, first & 15, (uint8_t)size, remaining};
		return HEADER_WHOLE;
	}
	return HEADER_BAD;
}

bool mqtt_flags_legal(uint8_t type, uint8_t flags)
{
	unsigned qos = flags >> 1 & 3;

	if (type == MQTT_PUBLISH)
		return qos < 3 && (qos > 0 || !(flags & PUBLISH_DUP));
	return type != 0 && flags == mqtt_types[type].flags;
}

uint32_t mqtt_varint(struct bt_cursor *at)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 28; shift += 7) {
		uint8_t byte = cur_u8(at);

		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	cur_skip(at, SIZE_MAX); /* a fifth byte: bad */
	return 0;
}

struct bt_cursor mqtt_counted(struct bt_cursor *at)
{
	return cur_take(at, cur_u16be(at));
}

/* A text whose end may be missing where the packet's is. */
static struct bt_cursor counted(const struct mqtt_packet *packet, struct bt_cursor *at)
{
	uint16_t size = cur_u16be(at);

	return packet->cut ? cur_take_upto(at, size) : cur_take(at, size);
}

static struct bt_cursor text(struct mqtt_packet *packet, struct bt_cursor *at)
{
	struct bt_cursor found = counted(packet, at);

	if (!packet->cut && !packet->again)
		packet->faults |= mqtt_text_faults(found);
	return found;
}

static struct bt_cursor properties(struct mqtt_packet *packet, struct bt_cursor *at,
				   enum mqtt_type of)
{
	struct bt_cursor found;
	uint32_t size;

	if (packet->version != MQTT_5)
		return cur_of(NULL, 0);
	size = mqtt_varint(at);
	if (packet->cut)
		return cur_take_upto(at, size);
	if (cur_ok(at) && size > cur_left(at)) { /* where the rest begins nobody knows */
		packet->faults |= FAULT_PROPERTIES;
		cur_skip(at, SIZE_MAX);
		return cur_of(NULL, 0);
	}
	found = cur_take(at, size);
	packet->faults |= mqtt_property_faults(found, of);
	return found;
}

static void packet_id(struct mqtt_packet *packet, struct bt_cursor *at)
{
	packet->id = cur_u16be(at);
	packet->has_id = cur_ok(at);
	if (packet->has_id && packet->id == 0)
		packet->faults |= FAULT_ID;
}

static void reason(struct mqtt_packet *packet, struct bt_cursor *at)
{
	packet->reason = cur_u8(at);
	packet->has_reason = cur_ok(at);
	if (packet->has_reason &&
	    !mqtt_reason_legal(packet->header.type, packet->version, packet->reason))
		packet->faults |= FAULT_REASON;
}

static uint8_t version_of(struct mqtt_packet *packet, const struct mqtt_connect *connect)
{
	bool old = mqtt_same(connect->protocol, "MQIsdp");

	if ((old && connect->level == MQTT_3_1) ||
	    (mqtt_same(connect->protocol, "MQTT") &&
	     (connect->level == MQTT_3_1_1 || connect->level == MQTT_5)))
		return connect->level;
	packet->faults |= FAULT_PROTOCOL;
	return connect->level >= MQTT_5 ? MQTT_5 : old ? MQTT_3_1 : MQTT_3_1_1;
}

/* 3.1.2.3 to 3.1.2.9. That a password needs a user name was so until 5.0. */
static unsigned connect_flags_faults(uint8_t flags, uint8_t version)
{
	bool will = flags & CONNECT_WILL;

	if ((flags & CONNECT_RESERVED && version != MQTT_3_1) ||
	    (flags & CONNECT_WILL_QOS) == CONNECT_WILL_QOS)
		return FAULT_CONNECT_FLAGS;
	if (!will && flags & (CONNECT_WILL_QOS | CONNECT_WILL_RETAIN))
		return FAULT_CONNECT_FLAGS;
	if (flags & CONNECT_PASSWORD && !(flags & CONNECT_USER) && version != MQTT_5)
		return FAULT_CONNECT_FLAGS;
	return 0;
}

static void read_connect(struct mqtt_packet *packet, struct bt_cursor *at)
{
	struct mqtt_connect *connect = &packet->connect;

	*connect = (struct mqtt_connect){0};
	connect->protocol = text(packet, at);
	connect->level = cur_u8(at);
	connect->bridge = connect->level & LEVEL_BRIDGE;
	connect->level &= (uint8_t)~LEVEL_BRIDGE;
	connect->flags = cur_u8(at);
	connect->keep_alive = cur_u16be(at);
	packet->version = version_of(packet, connect);
	if (connect->level > MQTT_5) { /* whatever follows */
		cur_skip(at, cur_left(at));
		return;
	}
	packet->faults |= connect_flags_faults(connect->flags, packet->version);
	packet->properties = properties(packet, at, MQTT_CONNECT);
	connect->client_id = text(packet, at);
	if (connect->flags & CONNECT_WILL) {
		connect->will_properties = properties(packet, at, MQTT_WILL);
		connect->will_topic = text(packet, at);
		if (!packet->cut && !packet->again && cur_ok(at))
			packet->faults |= mqtt_topic_faults(connect->will_topic);
		connect->will_payload = counted(packet, at);
	}
	if (connect->flags & CONNECT_USER)
		connect->user = text(packet, at);
	if (connect->flags & CONNECT_PASSWORD)
		counted(packet, at);
}

static void read_connack(struct mqtt_packet *packet, struct bt_cursor *at)
{
	uint8_t flags = cur_u8(at);

	packet->session_present = flags & 1;
	if (flags & ~1u && packet->version != MQTT_3_1)
		packet->faults |= FAULT_FLAGS;
	reason(packet, at);
	packet->properties = properties(packet, at, MQTT_CONNACK);
}

static void read_publish(struct mqtt_packet *packet, struct bt_cursor *at, size_t there)
{
	packet->topic = counted(packet, at);
	if (mqtt_qos(packet) > 0)
		packet_id(packet, at);
	if (mqtt_qos(packet) == 3)
		packet->faults |= FAULT_QOS;
	packet->properties = properties(packet, at, MQTT_PUBLISH);
	packet->payload = *at;
	packet->payload_size = packet->header.remaining - (uint32_t)(there - cur_left(at));
	if (!cur_ok(at)) {
		packet->payload = cur_of(NULL, 0);
		packet->payload_size = 0;
	}
	cur_skip(at, cur_left(at));
	/* an empty topic is a fault unless an alias stands for it: see below */
	if (packet->again)
		return;
	if (cur_left(&packet->topic) || packet->version != MQTT_5)
		packet->faults |= packet->cut ? 0 : mqtt_topic_faults(packet->topic);
	else if (!mqtt_property_find(packet->properties, 35, &(struct mqtt_property_value){0}))
		packet->faults |= FAULT_TOPIC;
}

bool mqtt_filter_next(const struct mqtt_packet *packet, struct bt_cursor *list,
		      struct mqtt_filter *filter)
{
	if (!cur_left(list))
		return false;
	filter->text = mqtt_counted(list);
	filter->options = packet->header.type == MQTT_SUBSCRIBE ? cur_u8(list) : 0;
	return cur_ok(list);
}

static unsigned options_faults(const struct mqtt_filter *filter, uint8_t version)
{
	unsigned options = filter->options;

	if ((options & OPTION_QOS) == 3)
		return FAULT_QOS;
	if (version != MQTT_5)
		return options > 2 ? FAULT_OPTIONS : 0;
	if (options & 0xc0 || (options & OPTION_RETAIN_HANDLING) == OPTION_RETAIN_HANDLING)
		return FAULT_OPTIONS;
	return options & OPTION_NO_LOCAL && mqtt_is_shared(filter->text) ? FAULT_OPTIONS : 0;
}

static void read_filters(struct mqtt_packet *packet, struct bt_cursor *at)
{
	struct mqtt_filter filter;
	struct bt_cursor list;

	packet_id(packet, at);
	packet->properties = properties(packet, at, packet->header.type);
	packet->list = *at;
	list = *at;
	cur_skip(at, cur_left(at));
	if (!cur_left(&list))
		packet->faults |= FAULT_EMPTY;
	if (packet->cut || packet->again)
		return;
	while (mqtt_filter_next(packet, &list, &filter)) {
		packet->faults |= mqtt_filter_faults(filter.text);
		packet->faults |= options_faults(&filter, packet->version);
	}
	if (!cur_ok(&list))
		packet->faults |= FAULT_LENGTH;
}

static void read_codes(struct mqtt_packet *packet, struct bt_cursor *at)
{
	struct bt_cursor list;

	packet_id(packet, at);
	packet->properties = properties(packet, at, packet->header.type);
	if (packet->header.type == MQTT_UNSUBACK && packet->version != MQTT_5)
		return;
	packet->list = list = *at;
	cur_skip(at, cur_left(at));
	if (!cur_left(&list) && !packet->cut)
		packet->faults |= FAULT_EMPTY;
	while (cur_left(&list)) {
		if (!mqtt_reason_legal(packet->header.type, packet->version, cur_u8(&list)))
			packet->faults |= FAULT_REASON;
	}
}

/* Reason and properties that 5.0 lets one leave out when there is nothing to say. */
static void read_outcome(struct mqtt_packet *packet, struct bt_cursor *at)
{
	if (packet->version != MQTT_5 || !cur_left(at))
		return;
	reason(packet, at);
	if (cur_left(at))
		packet->properties = properties(packet, at, packet->header.type);
}

static void read_body(struct mqtt_packet *packet, struct bt_cursor *at)
{
	size_t there = cur_left(at);

	switch (packet->header.type) {
	case MQTT_CONNECT: read_connect(packet, at); break;
	case MQTT_CONNACK: read_connack(packet, at); break;
	case MQTT_PUBLISH: read_publish(packet, at, there); break;
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		packet_id(packet, at);
		read_outcome(packet, at);
		break;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE: read_filters(packet, at); break;
	case MQTT_SUBACK:
	case MQTT_UNSUBACK: read_codes(packet, at); break;
	case MQTT_AUTH:
		if (packet->version != MQTT_5)
			packet->faults |= FAULT_TYPE;
		read_outcome(packet, at);
		break;
	case MQTT_DISCONNECT: read_outcome(packet, at); break;
	case MQTT_PINGREQ:
	case MQTT_PINGRESP: break;
	default:
		packet->faults |= FAULT_TYPE;
		cur_skip(at, cur_left(at));
		break;
	}
}

static bool read_packet(struct bt_cursor message, uint8_t version, bool again,
			struct mqtt_packet *packet)
{
	struct mqtt_header header;
	struct bt_cursor body = message;

	if (mqtt_header(message, &header) != HEADER_WHOLE)
		return false;
	cur_skip(&body, header.size);
	memset(packet, 0, offsetof(struct mqtt_packet, connect));
	packet->header = header;
	packet->version = version;
	packet->again = again;
	packet->cut = cur_left(&body) < header.remaining;
	body = cur_take_upto(&body, header.remaining);
	read_body(packet, &body);
	if (header.type && !mqtt_flags_legal(header.type, header.flags) &&
	    !(packet->faults & FAULT_QOS))
		packet->faults |= FAULT_FLAGS;
	if (!packet->cut && !cur_ok(&body) && !(packet->faults & FAULT_PROPERTIES))
		packet->faults |= FAULT_LENGTH;
	if (cur_ok(&body) && cur_left(&body))
		packet->faults |= FAULT_TRAILING;
	return true;
}

bool mqtt_read(struct bt_cursor message, uint8_t version, struct mqtt_packet *packet)
{
	return read_packet(message, version, false, packet);
}

bool mqtt_read_again(struct bt_cursor message, uint8_t version, struct mqtt_packet *packet)
{
	return read_packet(message, version, true, packet);
}
