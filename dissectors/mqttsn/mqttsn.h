/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the MQTT-SN dissector share. Specification: MQTT For Sensor Networks 1.2 (IBM,
 * 2013); section numbers in comments are its.
 *
 *	  length         type   body
 *	+--------------+------+-----------------+	one byte of length; or 1, and two bytes;
 *	| 1 or 3 bytes |  1   | length - 2 or 4 |	it counts itself
 *	+--------------+------+-----------------+
 *
 * A message that came through a forwarder has another header in front, which says for which node of
 * the wireless side it is (5.5).
 */
#ifndef DISSECTORS_MQTTSN_H
#define DISSECTORS_MQTTSN_H

#include "bittern/dissector.h"
#include "bittern/memory.h"

enum mqttsn_number {
	SN_ADVERTISE = 0x00,
	SN_SEARCHGW = 0x01,
	SN_GWINFO = 0x02,
	SN_CONNECT = 0x04,
	SN_CONNACK = 0x05,
	SN_WILLTOPICREQ = 0x06,
	SN_WILLTOPIC = 0x07,
	SN_WILLMSGREQ = 0x08,
	SN_WILLMSG = 0x09,
	SN_REGISTER = 0x0a,
	SN_REGACK = 0x0b,
	SN_PUBLISH = 0x0c,
	SN_PUBACK = 0x0d,
	SN_PUBCOMP = 0x0e,
	SN_PUBREC = 0x0f,
	SN_PUBREL = 0x10,
	SN_SUBSCRIBE = 0x12,
	SN_SUBACK = 0x13,
	SN_UNSUBSCRIBE = 0x14,
	SN_UNSUBACK = 0x15,
	SN_PINGREQ = 0x16,
	SN_PINGRESP = 0x17,
	SN_DISCONNECT = 0x18,
	SN_WILLTOPICUPD = 0x1a,
	SN_WILLTOPICRESP = 0x1b,
	SN_WILLMSGUPD = 0x1c,
	SN_WILLMSGRESP = 0x1d,
	SN_TYPES = 0x1e, /* the table's; the rest is reserved, but for: */
	SN_FORWARDED = 0xfe,
};

enum mqttsn_flag {
	FLAG_DUP = 0x80,
	FLAG_QOS = 0x60, /* 3: -1, sent without a connection */
	FLAG_RETAIN = 0x10,
	FLAG_WILL = 0x08,
	FLAG_CLEAN = 0x04,
	FLAG_TOPIC = 0x03, /* enum mqttsn_topic */
};

enum mqttsn_topic {
	TOPIC_NORMAL, /* an id that was registered; in (UN)SUBSCRIBE a name */
	TOPIC_PREDEFINED,
	TOPIC_SHORT, /* two characters in place of the id */
	TOPIC_RESERVED,
};

enum mqttsn_side { /* who sends it */
		   FROM_CLIENT = 1 << 0,
		   FROM_GATEWAY = 1 << 1,
		   FROM_BOTH = FROM_CLIENT | FROM_GATEWAY,
};

enum mqttsn_fault {
	SN_FAULT_SHORT = 1 << 0,
	SN_FAULT_TRAILING = 1 << 1,
	SN_FAULT_FLAGS = 1 << 2, /* one that this message does not have */
	SN_FAULT_TOPIC = 1 << 3, /* reserved kind of topic, or no name that a topic can have */
	SN_FAULT_CLIENT_ID = 1 << 4,
	SN_FAULT_PROTOCOL = 1 << 5,
	SN_FAULT_CODE = 1 << 6, /* reserved return code */
	SN_FAULT_TYPE = 1 << 7, /* reserved message type */
};

enum {
	NODE_BYTES_MAX = 32, /* of a wireless node's address that are kept */
	CLIENT_BYTES_MAX = 64,
	TOPICS_MAX = 4096, /* ids of one flow */
};

/* The body is a row of fields, one letter each:
 *	F flags, T topic id, M message id, R return code, D duration, P protocol id, G gateway id,
 *	B broadcast radius; and to its end: A gateway's address, C client id, N topic name,
 *	S topic as the flags say, W will topic, X payload. '?': the rest may be absent. */
struct mqttsn_type {
	const char *name;
	const char *title;
	const char *body;
	uint8_t flags;    /* bits of enum mqttsn_flag that it has */
	uint8_t side;     /* who sends it */
	uint8_t asked_by; /* type of the message that this one answers; 0: none */
	uint8_t act;
};

struct mqttsn_message {
	uint8_t type;
	uint32_t length;
	bool cut; /* bytes at its end are not there */
	unsigned faults;
	/* What is there of these, says the type's body. */
	uint8_t flags, code, protocol, gateway, radius;
	uint16_t topic_id, id, duration;
	bool has_duration, has_flags;
	struct bt_cursor text;    /* client id, topic name, will topic, gateway's address */
	struct bt_cursor payload; /* X */
	/* Behind a forwarder: the node's address, and how far its message may go. */
	bool forwarded;
	uint8_t node_radius;
	struct bt_cursor node;
};

/* An answer's `request` is NULL when it was not seen, and the other way round. */
struct mqttsn_detail {
	const struct mqttsn_message *request, *answer;
	struct bt_cursor topic;  /* name behind the id, where it is known */
	struct bt_cursor client; /* that said its id on this flow */
	bool by_gateway;
};

struct mqttsn_state {
	bool sides_confirmed;
	uint8_t client_bytes;
	char client[CLIENT_BYTES_MAX];
	bool topic_lost;        /* one could not be kept */
	struct bt_table topics; /* node and id -> name */
};

/* message.c */
/* NULL: reserved. */
const struct mqttsn_type *mqttsn_type(uint8_t number);
bool mqttsn_has(const struct mqttsn_message *message, char field);
static inline int mqttsn_qos(uint8_t flags)
{
	return (flags & FLAG_QOS) == FLAG_QOS ? -1 : (flags & FLAG_QOS) >> 5;
}
/* False: not even a header, or one that is longer than it may be. */
bool mqttsn_read(struct bt_cursor message, struct mqttsn_message *read);
const char *mqttsn_code(uint8_t code);
/* What nothing else has proved to be MQTT-SN is none with a fault in it; but gateways take a PUBLISH
 * with odd flags, and without a CONNECT. */
bool mqttsn_disproved(const struct mqttsn_message *read, bool hinted);
enum bt_match mqttsn_probe(struct bt_cursor head, bool hinted);
struct bt_frame mqttsn_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);

/* topics.c */
void mqttsn_topic_put(struct bt_context *ctx, const struct mqttsn_message *message, uint16_t id,
		      struct bt_cursor name);
/* The name of a message's topic: a view of the flow's memory or of the message; empty: unknown. */
struct bt_cursor mqttsn_topic_name(const struct mqttsn_state *state,
				   const struct mqttsn_message *message);
/* 48 bits of it; 0: no node, but the client itself. */
uint64_t mqttsn_node_hash(const struct mqttsn_message *message);

/* violations.c */
extern const struct bt_violation *const mqttsn_violations[];
extern const struct bt_violation mqttsn_wrong_direction, mqttsn_forgotten_topic,
	mqttsn_stray_bytes;
void mqttsn_report(struct bt_context *ctx, const struct mqttsn_message *message);

/* describe.c, fields.c */
void mqttsn_describe(const struct bt_operation *op, struct bt_record *rec);
extern const struct bt_field mqttsn_fields[];
bool mqttsn_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);

#endif
