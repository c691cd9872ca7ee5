/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the MQTT dissector share. Specifications: MQTT 3.1 (IBM and Eurotech, 2010), MQTT
 * 3.1.1 and MQTT 5.0 (OASIS); section numbers in comments are those of MQTT 5.0.
 *
 *	  type  flags   remaining length   variable header, properties (5.0), payload
 *	+------+------+------------------+---------------------------------------------+
 *	|4 bits|4 bits| 1 to 4 bytes     |  as many bytes as remaining length says     |
 *	+------+------+------------------+---------------------------------------------+
 *
 * The version stands in CONNECT alone. Without it the later packets say a little about it (version.c).
 */
#ifndef DISSECTORS_MQTT_H
#define DISSECTORS_MQTT_H

#include "bittern/digest.h"
#include "bittern/dissector.h"
#include "bittern/memory.h"

struct sparkplug_state;

enum mqtt_type {
	MQTT_WILL, /* no packet: the number 0 is forbidden, and stands for the will in masks */
	MQTT_CONNECT,
	MQTT_CONNACK,
	MQTT_PUBLISH,
	MQTT_PUBACK,
	MQTT_PUBREC,
	MQTT_PUBREL,
	MQTT_PUBCOMP,
	MQTT_SUBSCRIBE,
	MQTT_SUBACK,
	MQTT_UNSUBSCRIBE,
	MQTT_UNSUBACK,
	MQTT_PINGREQ,
	MQTT_PINGRESP,
	MQTT_DISCONNECT,
	MQTT_AUTH,
	MQTT_TYPES,
};

enum {
	MQTT_3_1 = 3,
	MQTT_3_1_1 = 4,
	MQTT_5 = 5,

	HEAD_MAX = 64 << 10,  /* bytes of a packet that are looked at */
	BEYOND_MAX = 1 << 28, /* and more of it there may be */
	HEADER_MAX = 5,       /* type and flags, remaining length */
	ALIASES_MAX = 4096,   /* topic aliases kept per direction */
	CLIENT_MAX = 64,      /* bytes of the client id that later events repeat */
	VALUES_MAX = 32,      /* numbers taken out of one payload */
	VALUE_NAME_MAX = 256,
};

#define MQTT_ANSWER_WAIT_NS (10LL * 1000 * 1000 * 1000)

/* Bits of the PUBLISH flags, the CONNECT flags and the subscription options. */
enum {
	PUBLISH_RETAIN = 1 << 0,
	PUBLISH_DUP = 1 << 3,
	CONNECT_RESERVED = 1 << 0,
	CONNECT_CLEAN = 1 << 1,
	CONNECT_WILL = 1 << 2,
	CONNECT_WILL_QOS = 3 << 3,
	CONNECT_WILL_RETAIN = 1 << 5,
	CONNECT_PASSWORD = 1 << 6,
	CONNECT_USER = 1 << 7,
	OPTION_QOS = 3 << 0,
	OPTION_NO_LOCAL = 1 << 2,
	OPTION_RETAIN_AS_PUBLISHED = 1 << 3,
	OPTION_RETAIN_HANDLING = 3 << 4,
	LEVEL_BRIDGE = 0x80, /* of the protocol level: a broker that connects as a client */
	REASON_ERROR = 0x80, /* reason codes from here on are errors */
};

/* What is wrong with a packet. */
enum mqtt_fault {
	FAULT_TYPE = 1 << 0,            /* no such packet in this version */
	FAULT_FLAGS = 1 << 1,
	FAULT_LENGTH = 1 << 2,          /* ends before its content does */
	FAULT_TRAILING = 1 << 3,        /* all there, and bytes after it */
	FAULT_TEXT = 1 << 4,            /* not UTF-8 */
	FAULT_NUL = 1 << 5,             /* U+0000 in a text */
	FAULT_QOS = 1 << 6,             /* 3 */
	FAULT_ID = 1 << 7,              /* packet identifier 0 */
	FAULT_TOPIC = 1 << 8,           /* empty, or with a wildcard */
	FAULT_FILTER = 1 << 9,          /* empty, or a wildcard out of place */
	FAULT_OPTIONS = 1 << 10,        /* of a subscription: reserved bits */
	FAULT_EMPTY = 1 << 11,          /* nothing in a list that needs one entry */
	FAULT_REASON = 1 << 12,         /* a reason code that this packet cannot have */
	FAULT_PROTOCOL = 1 << 13,       /* protocol name and level nobody knows */
	FAULT_CONNECT_FLAGS = 1 << 14,
	FAULT_PROPERTY = 1 << 15,       /* one that this packet cannot have */
	FAULT_PROPERTY_TWICE = 1 << 16,
	FAULT_PROPERTY_VALUE = 1 << 17,
	FAULT_PROPERTIES = 1 << 18,     /* unknown, or not as long as they say */
};

struct mqtt_header {
	uint8_t type, flags;
	uint8_t size; /* of the header itself */
	uint32_t remaining;
};

struct mqtt_connect {
	struct bt_cursor protocol;
	uint8_t level; /* without the bridge bit */
	bool bridge;
	uint8_t flags;
	uint16_t keep_alive; /* seconds */
	struct bt_cursor client_id, will_properties, will_topic, will_payload, user;
};

/* One packet, or as much of it as there is. */
struct mqtt_packet {
	struct mqtt_header header;
	uint8_t version; /* it was read as: MQTT_3_1, MQTT_3_1_1 or MQTT_5 */
	bool cut;        /* bytes at its end are not there */
	bool again;      /* read before: what its texts break was found then */
	unsigned faults;
	bool has_id, has_reason, session_present;
	uint16_t id;
	uint8_t reason;
	struct bt_cursor properties; /* 5.0 */
	struct bt_cursor topic, payload; /* PUBLISH */
	uint32_t payload_size;           /* all of it */
	struct bt_cursor list; /* filters of (UN)SUBSCRIBE, codes of their answers */
	struct mqtt_connect connect; /* of CONNECT; in other packets nothing */
};

struct mqtt_filter {
	struct bt_cursor text;
	uint8_t options; /* SUBSCRIBE */
};

struct mqtt_type_of_packet {
	const char *name;      /* "publish" */
	uint8_t flags;         /* the legal ones, but for PUBLISH */
	uint8_t side;          /* who sends it: bits of enum mqtt_side */
	uint8_t asked_by;      /* type of the packet that this one answers; 0: it answers none */
};

enum mqtt_side {
	SIDE_CLIENT = 1 << 0,
	SIDE_SERVER = 1 << 1,
};

enum mqtt_property_kind {
	PROPERTY_FLAG, /* a byte that is 0 or 1 */
	PROPERTY_U16,
	PROPERTY_U32,
	PROPERTY_VARINT,
	PROPERTY_TEXT,
	PROPERTY_BINARY,
	PROPERTY_PAIR,
};

struct mqtt_property {
	uint8_t id;
	uint8_t kind;
	uint16_t packets; /* bit 1 << enum mqtt_type of those that may have it */
	const char *name; /* Suricata's */
	bool not_zero;
	uint16_t many;    /* packets that may have it more than once */
};

struct mqtt_property_value {
	const struct mqtt_property *property;
	uint32_t number;
	struct bt_cursor text, second; /* second: the value of a pair */
};

/* An answer's `request` is NULL when it was not seen, and the other way round. */
struct mqtt_detail {
	const struct mqtt_packet *request, *answer;
	uint64_t id;            /* counts the flow's operations from 1 */
	struct bt_cursor topic; /* that the alias of the PUBLISH stands for; empty: it names its topic */
	const uint8_t *hash;    /* of the payload, where the packet is cut; or NULL */
	struct bt_cursor client_id;
	bool guessed;           /* CONNECT was not seen: the version is a guess */
	bool carries;           /* a Sparkplug operation, which was emitted */
};

struct mqtt_state {
	uint64_t operations;
	uint8_t version;           /* 0: not known yet */
	bool connected;            /* CONNECT was seen, and says the version */
	bool accepted;             /* its CONNACK too */
	bool alias_lost;           /* one could not be kept */
	bool sides_confirmed;
	bool early_told;           /* packets before CONNECT were reported */
	uint16_t alias_max[2];     /* of the direction's PUBLISH; 0: none allowed */
	struct bt_table aliases[2];
	uint32_t sound[2];         /* well-formed packets since bytes were last lost */
	uint8_t client_size;
	char client[CLIENT_MAX];
	struct sparkplug_state *sparkplug;
};

/* packet.c */
extern const struct mqtt_type_of_packet mqtt_types[MQTT_TYPES];
enum mqtt_header_kind {
	HEADER_WHOLE,
	HEADER_SHORT, /* too few bytes to tell */
	HEADER_BAD,   /* a length of five bytes */
};
enum mqtt_header_kind mqtt_header(struct bt_cursor head, struct mqtt_header *header);
bool mqtt_flags_legal(uint8_t type, uint8_t flags);
/* Reads one packet as `version` (a CONNECT says its own). False: not even a header. */
bool mqtt_read(struct bt_cursor message, uint8_t version, struct mqtt_packet *packet);
bool mqtt_read_again(struct bt_cursor message, uint8_t version, struct mqtt_packet *packet);
uint32_t mqtt_varint(struct bt_cursor *at);
struct bt_cursor mqtt_counted(struct bt_cursor *at); /* 16 bits of length, and so many bytes */
bool mqtt_filter_next(const struct mqtt_packet *packet, struct bt_cursor *list,
		      struct mqtt_filter *filter);
static inline unsigned mqtt_qos(const struct mqtt_packet *packet)
{
	return packet->header.flags >> 1 & 3;
}

/* text.c */
unsigned mqtt_text_faults(struct bt_cursor text);   /* FAULT_TEXT, FAULT_NUL */
unsigned mqtt_topic_faults(struct bt_cursor topic); /* these and FAULT_TOPIC */
unsigned mqtt_filter_faults(struct bt_cursor filter);
bool mqtt_is_shared(struct bt_cursor filter);
bool mqtt_printable(struct bt_cursor text); /* UTF-8 without control characters */
struct bt_cursor mqtt_whole_characters(struct bt_cursor text); /* without the last, which may be cut */
bool mqtt_begins(struct bt_cursor text, const char *prefix);
bool mqtt_same(struct bt_cursor text, const char *other);

/* properties.c */
const struct mqtt_property *mqtt_property(uint32_t id);     /* NULL: there is none */
const struct mqtt_property *mqtt_property_at(size_t index); /* all, in order; NULL past the last */
/* False at the end, and where they are malformed (then the cursor is bad). */
bool mqtt_property_next(struct bt_cursor *properties, struct mqtt_property_value *value);
unsigned mqtt_property_faults(struct bt_cursor properties, enum mqtt_type packet);
bool mqtt_property_find(struct bt_cursor properties, uint8_t id, struct mqtt_property_value *value);

/* reasons.c */
struct mqtt_reason {
	uint8_t code;
	uint16_t packets;
	const char *name;
};
/* "unknown" where this packet cannot have that code. */
const char *mqtt_reason_name(enum mqtt_type type, uint8_t version, uint8_t code);
bool mqtt_reason_legal(enum mqtt_type type, uint8_t version, uint8_t code);
const struct mqtt_reason *mqtt_reason_at(size_t index); /* NULL past the last */

/* frame.c */
enum bt_match mqtt_probe(struct bt_cursor head, bool hinted);
struct bt_frame mqtt_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);

/* version.c: the version of a packet on a connection whose CONNECT was not seen. */
/* MQTT_3_1_1, MQTT_5, or 0 where it could be both; *sure: it cannot be the other. */
uint8_t mqtt_version_of(struct bt_cursor message, bool *sure);

/* payload.c, json.c */
struct mqtt_value {
	double number;
	struct bt_cursor path; /* "motor.speed", "0.value"; empty: the payload is the value */
};
struct mqtt_values {
	unsigned count;
	struct mqtt_value values[VALUES_MAX];
	char text[2048]; /* what the paths show */
	size_t used;
};
const char *mqtt_payload_kind(struct bt_cursor payload, bool whole);
/* Numbers and booleans of a payload that is a number or JSON; the first VALUES_MAX of them. */
void mqtt_payload_values(struct bt_cursor payload, bool whole, struct mqtt_values *values);
/* True: it is JSON from end to end (`whole`), or as far as it goes. `values` may be NULL. */
bool mqtt_json(struct bt_cursor text, bool whole, struct mqtt_values *values);

/* accesses.c */
struct mqtt_accesses {
	unsigned count;
	struct bt_access access[BT_ACCESSES_MAX];
	struct mqtt_values values;
	char names[VALUES_MAX][VALUE_NAME_MAX];
};
void mqtt_accesses(const struct bt_operation *op, const struct mqtt_detail *detail,
		   struct mqtt_accesses *accesses);
struct bt_cursor mqtt_topic(const struct mqtt_detail *detail); /* named, or by its alias */

/* session.c: what lasts longer than a packet. */
void mqtt_opened(struct bt_context *ctx, const struct mqtt_packet *connect);
void mqtt_accepted(struct bt_context *ctx, const struct mqtt_packet *connack);
/* The topic that the alias of this PUBLISH stands for; empty where it names its own. */
struct bt_cursor mqtt_resolve(struct bt_context *ctx, const struct mqtt_packet *publish);
void mqtt_identify_broker(struct bt_context *ctx, const struct mqtt_packet *publish,
			  struct bt_cursor topic);

/* mqtt.c */
enum bt_verdict mqtt_dissect(struct bt_context *ctx, struct bt_cursor message);
void mqtt_unanswered(struct bt_context *ctx, const struct bt_request *request);
void mqtt_gap(struct bt_context *ctx);
extern const struct bt_dissector dissector_mqtt, dissector_mqtt_websocket;

/* violations.c */
extern const struct bt_violation *const mqtt_violations[];
extern const struct bt_violation mqtt_second_connect, mqtt_before_connect, mqtt_wrong_direction,
	mqtt_packet_id_reused, mqtt_unexpected_answer, mqtt_unknown_alias, mqtt_forgotten_alias,
	mqtt_alias_too_large, mqtt_unread, mqtt_stray_bytes, mqtt_websocket_frame,
	mqtt_websocket_unreadable;
void mqtt_report(struct bt_context *ctx, const struct mqtt_packet *packet, unsigned faults);

/* describe.c, fields.c, features.c */
void mqtt_describe(const struct bt_operation *op, struct bt_record *rec);
extern const struct bt_field mqtt_fields[];
bool mqtt_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);

#endif
