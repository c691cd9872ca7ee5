/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT-SN messages: the table of types (5.2.2, 5.4), reading one, and recognising them. There is
 * little to recognise: a length, a small number, and fields that mostly have few values. A CONNECT
 * is believed anywhere, the rest is weak.
 */
#include "../mqtt/mqtt.h"
#include "mqttsn.h"

enum {
	LONG_LENGTH = 1, /* in place of a length: two bytes of it follow */
	FORWARDS_MAX = 3,
	CLIENT_ID_MAX = 23,
	CODES = 4,
	PROTOCOL_ID = 1,
};

static const struct mqttsn_type types[SN_TYPES] = {
	[SN_ADVERTISE] = {"advertise", "ADVERTISE", "GD", 0, FROM_BOTH, 0, BT_ACT_REPORT},
	[SN_SEARCHGW] = {"searchgw", "SEARCHGW", "B", 0, FROM_BOTH, 0, BT_ACT_IDENTIFY},
	[SN_GWINFO] = {"gwinfo", "GWINFO", "GA", 0, FROM_BOTH, 0, BT_ACT_REPORT},
	[SN_CONNECT] = {"connect", "CONNECT", "FPDC", FLAG_WILL | FLAG_CLEAN, FROM_CLIENT, 0,
			BT_ACT_AUTHENTICATE},
	[SN_CONNACK] = {"connack", "CONNACK", "R", 0, FROM_GATEWAY, SN_CONNECT,
			BT_ACT_AUTHENTICATE},
	[SN_WILLTOPICREQ] = {"willtopicreq", "WILLTOPICREQ", "", 0, FROM_GATEWAY, 0, BT_ACT_SESSION},
	[SN_WILLTOPIC] = {"willtopic", "WILLTOPIC", "?FW", FLAG_QOS | FLAG_RETAIN, FROM_CLIENT,
			  SN_WILLTOPICREQ, BT_ACT_OTHER},
	[SN_WILLMSGREQ] = {"willmsgreq", "WILLMSGREQ", "", 0, FROM_GATEWAY, 0, BT_ACT_SESSION},
	[SN_WILLMSG] = {"willmsg", "WILLMSG", "X", 0, FROM_CLIENT, SN_WILLMSGREQ, BT_ACT_OTHER},
	[SN_REGISTER] = {"register", "REGISTER", "TMN", 0, FROM_BOTH, 0, BT_ACT_SESSION},
	[SN_REGACK] = {"regack", "REGACK", "TMR", 0, FROM_BOTH, SN_REGISTER, BT_ACT_SESSION},
	[SN_PUBLISH] = {"publish", "PUBLISH", "FTMX",
			FLAG_DUP | FLAG_QOS | FLAG_RETAIN | FLAG_TOPIC, FROM_BOTH, 0,
			BT_ACT_PUBLISH},
	[SN_PUBACK] = {"puback", "PUBACK", "TMR", 0, FROM_BOTH, SN_PUBLISH, BT_ACT_SESSION},
	[SN_PUBCOMP] = {"pubcomp", "PUBCOMP", "M", 0, FROM_BOTH, SN_PUBREL, BT_ACT_SESSION},
	[SN_PUBREC] = {"pubrec", "PUBREC", "M", 0, FROM_BOTH, SN_PUBLISH, BT_ACT_SESSION},
	[SN_PUBREL] = {"pubrel", "PUBREL", "M", 0, FROM_BOTH, 0, BT_ACT_SESSION},
	[SN_SUBSCRIBE] = {"subscribe", "SUBSCRIBE", "FMS", FLAG_DUP | FLAG_QOS | FLAG_TOPIC,
			  FROM_CLIENT, 0, BT_ACT_SUBSCRIBE},
	[SN_SUBACK] = {"suback", "SUBACK", "FTMR", FLAG_QOS, FROM_GATEWAY, SN_SUBSCRIBE,
		       BT_ACT_SUBSCRIBE},
	[SN_UNSUBSCRIBE] = {"unsubscribe", "UNSUBSCRIBE", "FMS", FLAG_TOPIC, FROM_CLIENT, 0,
			    BT_ACT_SESSION},
	[SN_UNSUBACK] = {"unsuback", "UNSUBACK", "M", 0, FROM_GATEWAY, SN_UNSUBSCRIBE,
			 BT_ACT_SESSION},
	[SN_PINGREQ] = {"pingreq", "PINGREQ", "C", 0, FROM_BOTH, 0, BT_ACT_SESSION},
	[SN_PINGRESP] = {"pingresp", "PINGRESP", "", 0, FROM_BOTH, SN_PINGREQ, BT_ACT_SESSION},
	[SN_DISCONNECT] = {"disconnect", "DISCONNECT", "?D", 0, FROM_BOTH, SN_DISCONNECT,
			   BT_ACT_SESSION},
	[SN_WILLTOPICUPD] = {"willtopicupd", "WILLTOPICUPD", "?FW", FLAG_QOS | FLAG_RETAIN,
			     FROM_CLIENT, 0, BT_ACT_OTHER},
	[SN_WILLTOPICRESP] = {"willtopicresp", "WILLTOPICRESP", "R", 0, FROM_GATEWAY,
			      SN_WILLTOPICUPD, BT_ACT_OTHER},
	[SN_WILLMSGUPD] = {"willmsgupd", "WILLMSGUPD", "X", 0, FROM_CLIENT, 0, BT_ACT_OTHER},
	[SN_WILLMSGRESP] = {"willmsgresp", "WILLMSGRESP", "R", 0, FROM_GATEWAY, SN_WILLMSGUPD,
			    BT_ACT_OTHER},
};

static const char *const codes[CODES] = {"accepted", "congestion", "invalid_topic_id",
					 "not_supported"};

const struct mqttsn_type *mqttsn_type(uint8_t number)
{
	return number < SN_TYPES && types[number].name ? &types[number] : NULL;
}

const char *mqttsn_code(uint8_t code)
{
	return code < CODES ? codes[code] : "reserved";
}

bool mqttsn_has(const struct mqttsn_message *message, char field)
{
	const struct mqttsn_type *type = mqttsn_type(message->type);

	return type && strchr(type->body, field);
}

/* ---- reading ---- */

static bool read_length(struct bt_cursor *at, uint32_t *length)
{
	size_t before = cur_left(at);

	*length = cur_u8(at);
	if (*length == LONG_LENGTH)
		*length = cur_u16be(at);
	/* It counts itself, and there is a type behind it. */
	return cur_ok(at) && *length > before - cur_left(at);
}

static unsigned name_faults(struct bt_cursor name)
{
	return mqtt_topic_faults(name) ? SN_FAULT_TOPIC : 0;
}

static void read_topic_id(struct bt_cursor *at, struct mqttsn_message *read)
{
	struct bt_cursor look = *at;

	read->topic_id = cur_u16be(at);
	if (cur_ok(at) && (read->flags & FLAG_TOPIC) == TOPIC_SHORT)
		read->text = cur_take(&look, 2);
}

/* The topic of a (UN)SUBSCRIBE is a name, or an id like anywhere else. */
static void read_topic(struct bt_cursor *at, struct mqttsn_message *read)
{
	switch (read->flags & FLAG_TOPIC) {
	case TOPIC_NORMAL:
		read->text = cur_take(at, cur_left(at));
		if (mqtt_filter_faults(read->text))
			read->faults |= SN_FAULT_TOPIC;
		break;
	case TOPIC_RESERVED: read->text = cur_take(at, cur_left(at)); break;
	default: read_topic_id(at, read); break;
	}
}

static void read_rest(struct bt_cursor *at, char field, struct mqttsn_message *read)
{
	if (field == 'S') {
		read_topic(at, read);
	} else if (field == 'X') {
		read->payload = cur_take(at, cur_left(at));
	} else {
		read->text = cur_take(at, cur_left(at));
		if ((field == 'N' || field == 'W') && !read->cut)
			read->faults |= name_faults(read->text);
	}
}

static void read_field(struct bt_cursor *at, char field, struct mqttsn_message *read)
{
	switch (field) {
	case 'F':
		read->has_flags = true;
		read->flags = cur_u8(at);
		break;
	case 'T': read_topic_id(at, read); break;
	case 'M': read->id = cur_u16be(at); break;
	case 'R': read->code = cur_u8(at); break;
	case 'D':
		read->has_duration = true;
		read->duration = cur_u16be(at);
		break;
	case 'P': read->protocol = cur_u8(at); break;
	case 'G': read->gateway = cur_u8(at); break;
	case 'B': read->radius = cur_u8(at); break;
	default: read_rest(at, field, read); break;
	}
}

static unsigned value_faults(const struct mqttsn_message *read, const struct mqttsn_type *type)
{
	size_t client = cur_left(&read->text);
	unsigned faults = 0;

	if (read->flags & ~type->flags)
		faults |= SN_FAULT_FLAGS;
	if ((type->flags & FLAG_TOPIC) && (read->flags & FLAG_TOPIC) == TOPIC_RESERVED)
		faults |= SN_FAULT_TOPIC;
	if (read->code >= CODES)
		faults |= SN_FAULT_CODE;
	if (read->type != SN_CONNECT)
		return faults;
	if (client == 0 || client > CLIENT_ID_MAX || mqtt_text_faults(read->text))
		faults |= SN_FAULT_CLIENT_ID;
	if (read->protocol != PROTOCOL_ID)
		faults |= SN_FAULT_PROTOCOL;
	return faults;
}

static void read_body(struct bt_cursor body, struct mqttsn_message *read)
{
	const struct mqttsn_type *type = mqttsn_type(read->type);
	const char *field;

	if (!type) {
		read->faults |= SN_FAULT_TYPE;
		read->payload = body;
		return;
	}
	for (field = type->body; *field; field++) {
		if (*field != '?')
			read_field(&body, *field, read);
		else if (cur_left(&body) == 0)
			break;
	}
	if (!cur_ok(&body) && !read->cut)
		read->faults |= SN_FAULT_SHORT;
	if (cur_left(&body))
		read->faults |= SN_FAULT_TRAILING;
	read->faults |= value_faults(read, type);
}

/* A forwarder's header: its length ends with the node's address, and the message follows. */
static bool read_forwarded(struct bt_cursor *at, struct bt_cursor header,
			   struct mqttsn_message *read)
{
	read->forwarded = true;
	read->node_radius = cur_u8(&header) & 3;
	read->node = header;
	return cur_ok(&header) && cur_left(at) > 0;
}

bool mqttsn_read(struct bt_cursor message, struct mqttsn_message *read)
{
	*read = (struct mqttsn_message){0};
	for (unsigned forwards = 0; forwards <= FORWARDS_MAX; forwards++) {
		size_t before = cur_left(&message);
		struct bt_cursor body;
		uint32_t length;

		if (!read_length(&message, &length))
			return false;
		read->length += length;
		read->type = cur_u8(&message);
		read->cut = length > before;
		length -= (uint32_t)(before - cur_left(&message));
		if (!cur_ok(&message))
			return false;
		body = cur_take_upto(&message, length);
		if (read->type != SN_FORWARDED) {
			read_body(body, read);
			return true;
		}
		if (!read_forwarded(&message, body, read))
			return false;
	}
	return false;
}

/* ---- recognising ---- */

/* Which of them could hardly be anything else, away from the usual ports? */
static bool says_enough(const struct mqttsn_message *read)
{
	switch (read->type) {
	case SN_CONNACK:
	case SN_REGISTER:
	case SN_REGACK:
	case SN_PUBACK:
	case SN_SUBSCRIBE:
	case SN_SUBACK: return true;
	case SN_PUBLISH: return read->topic_id && (read->id || mqttsn_qos(read->flags) <= 0);
	default: return read->forwarded;
	}
}

bool mqttsn_disproved(const struct mqttsn_message *read, bool hinted)
{
	bool publish = hinted && read->type == SN_PUBLISH;

	return read->faults & ~(publish ? SN_FAULT_FLAGS : 0u);
}

enum bt_match mqttsn_probe(struct bt_cursor head, bool hinted)
{
	struct mqttsn_message read;

	if (!mqttsn_read(head, &read) || read.length != cur_left(&head) ||
	    mqttsn_disproved(&read, hinted))
		return BT_MATCH_NO;
	if (read.type == SN_CONNECT && mqtt_printable(read.text))
		return BT_MATCH_REQUEST;
	return hinted || says_enough(&read) ? BT_MATCH_WEAK : BT_MATCH_NO;
}

/* A datagram is one message. Of three things that speak for it two are wanted: that it fills what
 * there is, that nothing is wrong with it, and that it begins where one is due. */
struct bt_frame mqttsn_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	struct mqttsn_message read;
	bool known = mqttsn_read(head, &read);
	int exact = read.length == cur_left(&head), sound = !read.faults;

	(void)dir;
	if (!known || exact + sound + (sync == BT_IN_SYNC) < 2)
		return (struct bt_frame){BT_FRAME_BAD, 0, 0};
	return (struct bt_frame){read.cut ? BT_FRAME_PARTIAL : BT_FRAME_WHOLE, read.length, 0};
}
