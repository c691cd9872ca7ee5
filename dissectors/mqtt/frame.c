/* SPDX-License-Identifier: Apache-2.0
 *
 * Is this MQTT, and where does a packet end? The header is two bytes of which the first has few legal
 * values: little proof. What its type says must fit the length, and what follows must begin another
 * packet. A topic that can be read is the best proof there is.
 */
#include "mqtt.h"

enum {
	TELLING_TEXT = 3,        /* bytes of a topic that chance does not make */
	TELLING_PROPERTIES = 4,  /* bytes of them */
	LOOK_MAX = 256,          /* bytes of a packet that are proof enough, tried at every byte */
	LOST_MAX = 1 << 20,      /* of a packet whose beginning had to be searched for */
	FOLLOWERS_MAX = 8,       /* packets looked at behind one */
};

enum proof {
	PROOF_NONE, /* it is no packet */
	PROOF_OPEN, /* nothing contradicts, but its end is not there */
	PROOF_WEAK, /* it could be chance */
	PROOF_SURE,
};

static bool legal_first(struct bt_cursor head)
{
	uint8_t first = cur_u8(&head);

	return mqtt_flags_legal(first >> 4, first & 15);
}

static uint32_t total_of(const struct mqtt_header *header)
{
	return header->size + header->remaining;
}

/* The first text of a PUBLISH or of a list of filters tells, once it is all there. */
static bool telling(struct bt_cursor text)
{
	return cur_left(&text) >= TELLING_TEXT && mqtt_printable(text);
}

/* Of a PUBLISH whose end is not there: what there is of its topic. */
static enum proof proof_of_topic(struct bt_cursor body, uint32_t remaining)
{
	uint16_t size = cur_u16be(&body);
	struct bt_cursor topic = cur_take_upto(&body, size);

	if (!cur_ok(&body))
		return PROOF_OPEN;
	if (cur_left(&topic) < size)
		topic = mqtt_whole_characters(topic);
	if (size > remaining - 2 || (cur_left(&topic) && mqtt_topic_faults(topic)))
		return PROOF_NONE;
	return telling(topic) ? PROOF_SURE : PROOF_OPEN;
}

static bool filter_tells(const struct mqtt_packet *packet)
{
	struct bt_cursor list = packet->list;

	return telling(mqtt_counted(&list)) && cur_ok(&list);
}

/* Of a list whose end is not there: its first filter. */
static enum proof proof_of_filter(struct bt_cursor part)
{
	struct mqtt_packet old, new;

	mqtt_read(part, MQTT_3_1_1, &old);
	mqtt_read(part, MQTT_5, &new);
	return filter_tells(&old) || filter_tells(&new) ? PROOF_SURE : PROOF_OPEN;
}

/* "MQTT" or "MQIsdp", with its length, as far as it is there. */
static enum bt_match match_connect(struct bt_cursor body)
{
	static const char *const names[] = {"\0\4MQTT", "\0\6MQIsdp"};
	static const size_t sizes[] = {6, 8};

	for (size_t i = 0; i < 2; i++) {
		struct bt_cursor at = body;
		struct bt_cursor there = cur_take_upto(&at, sizes[i]);

		if (cur_equal(there, cur_of(names[i], cur_left(&there))))
			return cur_left(&there) < sizes[i] ? BT_MATCH_MORE : BT_MATCH_REQUEST;
	}
	return BT_MATCH_NO;
}

/* Of the beginning of a packet. */
static enum proof proof_of_part(struct bt_cursor part, const struct mqtt_header *header)
{
	struct bt_cursor body = part;

	cur_skip(&body, header->size);
	switch (header->type) {
	case MQTT_CONNECT:
		switch (match_connect(body)) {
		case BT_MATCH_REQUEST: return PROOF_SURE;
		case BT_MATCH_MORE: return PROOF_OPEN;
		default: return PROOF_NONE;
		}
	case MQTT_PUBLISH: return proof_of_topic(body, header->remaining);
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE: return proof_of_filter(part);
	case MQTT_PINGREQ:
	case MQTT_PINGRESP: return PROOF_NONE;
	default: return header->remaining <= LOOK_MAX ? PROOF_OPEN : PROOF_NONE;
	}
}

static enum proof proof_of(struct bt_cursor head, const struct mqtt_header *header)
{
	struct bt_cursor part = cur_take_upto(&head, LOOK_MAX);
	struct mqtt_packet old, new;
	const struct mqtt_packet *good;

	if (!mqtt_flags_legal(header->type, header->flags))
		return PROOF_NONE;
	if (cur_left(&part) < total_of(header))
		return proof_of_part(part, header);
	mqtt_read(part, MQTT_3_1_1, &old);
	mqtt_read(part, MQTT_5, &new);
	if (old.faults && new.faults)
		return PROOF_NONE;
	good = old.faults ? &new : &old;
	switch (header->type) {
	case MQTT_CONNECT: return PROOF_SURE;
	case MQTT_PUBLISH: return telling(good->topic) ? PROOF_SURE : PROOF_WEAK;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE: return filter_tells(good) ? PROOF_SURE : PROOF_WEAK;
	default:
		return cur_left(&good->properties) >= TELLING_PROPERTIES ? PROOF_SURE : PROOF_WEAK;
	}
}

/* How many packets stand one behind the other at the start of `head`, the last perhaps cut; 0: what
 * follows one of them is none. *exact: the last one ends where the bytes do. */
static unsigned packets_in_row(struct bt_cursor head, bool *exact)
{
	struct mqtt_header header;
	unsigned count = 0;

	*exact = false;
	while (count < FOLLOWERS_MAX && cur_left(&head)) {
		if (!legal_first(head))
			return 0;
		if (mqtt_header(head, &header) == HEADER_SHORT)
			return count;
		if (mqtt_header(head, &header) == HEADER_BAD ||
		    proof_of(head, &header) == PROOF_NONE)
			return 0;
		count++;
		if (cur_left(&head) < total_of(&header))
			return count;
		cur_skip(&head, total_of(&header));
	}
	*exact = !cur_left(&head);
	return count;
}

static struct bt_frame frame_of(struct bt_cursor head, const struct mqtt_header *header)
{
	uint32_t total = total_of(header), kept = total < HEAD_MAX ? total : HEAD_MAX;

	if (cur_left(&head) < kept)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = kept};
	return (struct bt_frame){BT_FRAME_WHOLE, kept, total - kept};
}

/* In an unbroken stream the header is the sender's word; what cannot be a packet is believed when
 * packets follow it, so that dissect() can say what is wrong with it. */
static struct bt_frame frame_in_sync(struct bt_cursor head, const struct mqtt_header *header)
{
	struct bt_frame frame = frame_of(head, header);
	struct bt_cursor next = head;
	bool exact;

	if (mqtt_flags_legal(header->type, header->flags))
		return frame;
	if (frame.kind == BT_FRAME_WHOLE && cur_skip(&next, frame.length) &&
	    (frame.beyond || (cur_left(&next) && !packets_in_row(next, &exact))))
		frame.kind = BT_FRAME_BAD;
	return frame;
}

/* Where the place is lost, what could be chance is believed where a segment begins, or where packets
 * fill all there is: senders end segments where packets end. */
static struct bt_frame frame_lost(struct bt_cursor head, const struct mqtt_header *header,
				  enum bt_sync sync)
{
	const struct bt_frame bad = {.kind = BT_FRAME_BAD};
	enum proof proof = proof_of(head, header);
	bool exact;

	if (proof == PROOF_NONE || header->remaining > LOST_MAX || !packets_in_row(head, &exact))
		return bad;
	if (sync == BT_LOST && proof < PROOF_SURE && !exact)
		return bad;
	return frame_of(head, header);
}

struct bt_frame mqtt_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	const struct bt_frame bad = {.kind = BT_FRAME_BAD};
	struct mqtt_header header;

	(void)dir;
	if (sync != BT_IN_SYNC && !legal_first(head))
		return bad;
	switch (mqtt_header(head, &header)) {
	case HEADER_BAD: return bad;
	case HEADER_SHORT:
		return sync == BT_LOST ? bad
				       : (struct bt_frame){.kind = BT_FRAME_PARTIAL,
							   .length = (uint32_t)cur_left(&head) + 1};
	case HEADER_WHOLE: break;
	}
	return sync == BT_IN_SYNC ? frame_in_sync(head, &header) : frame_lost(head, &header, sync);
}

static enum bt_match match_of_side(uint8_t type)
{
	switch (mqtt_types[type].side) {
	case SIDE_CLIENT: return BT_MATCH_REQUEST;
	case SIDE_SERVER: return BT_MATCH_RESPONSE;
	default: return BT_MATCH_EITHER;
	}
}

enum bt_match mqtt_probe(struct bt_cursor head, bool hinted)
{
	struct mqtt_header header;
	struct bt_cursor body = head;
	enum proof proof;
	unsigned row;
	bool exact;

	if (cur_left(&head) && !legal_first(head))
		return BT_MATCH_NO;
	switch (mqtt_header(head, &header)) {
	case HEADER_BAD: return BT_MATCH_NO;
	case HEADER_SHORT: return BT_MATCH_MORE;
	case HEADER_WHOLE: break;
	}
	cur_skip(&body, header.size);
	if (header.type == MQTT_CONNECT)
		return match_connect(body);
	proof = proof_of(head, &header);
	row = packets_in_row(head, &exact);
	if (!row)
		return BT_MATCH_NO;
	if (proof == PROOF_OPEN)
		return hinted || header.type == MQTT_PUBLISH ? BT_MATCH_MORE : BT_MATCH_NO;
	if (proof == PROOF_SURE && (hinted || row > 1))
		return match_of_side(header.type);
	if (hinted)
		return BT_MATCH_WEAK;
	return proof == PROOF_SURE || (header.type == MQTT_CONNACK && cur_left(&head) == 4)
		       ? BT_MATCH_WEAK
		       : BT_MATCH_NO;
}
