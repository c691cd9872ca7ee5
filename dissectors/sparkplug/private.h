/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the Sparkplug B dissector share. Specifications: Sparkplug 3.0.0 (Eclipse) for
 * topics, births and counters; sparkplug_b.proto, which it carries, for the payload, a message in
 * the encoding of Protocol Buffers.
 *
 *	spBv1.0 / group / NDATA / edge node		an edge node's own metrics
 *	spBv1.0 / group / DDATA / edge node / device	those of a device behind it
 *	spBv1.0 / STATE / host				a host comes or goes
 */
#ifndef DISSECTORS_SPARKPLUG_PRIVATE_H
#define DISSECTORS_SPARKPLUG_PRIVATE_H

#include "bittern/memory.h"
#include "sparkplug.h"

enum {
	FUNCTION_BASE = 256, /* MQTT's own functions are below */
	NESTING_MAX = 8,     /* templates within templates */
	PATH_BYTES = 256,    /* of a metric's name with those of the templates around it */
	EDGES_MAX = 512,     /* edge nodes of one connection */
	ALIASES_MAX = 16384, /* of one edge node */
	EDGE_NAME_BYTES = 94,
};

/* ---- wire.c: Protocol Buffers ---- */

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_32 = 5,
};

struct wire_field {
	uint32_t number;
	uint8_t type;           /* enum wire_type */
	uint64_t bits;          /* all but WIRE_BYTES */
	struct bt_cursor bytes; /* WIRE_BYTES */
};

uint64_t wire_long_varint(struct bt_cursor *at);
/* Tags, lengths and most numbers are one byte. */
static inline uint64_t wire_varint(struct bt_cursor *at)
{
	struct bt_cursor next = *at;
	uint8_t byte = cur_u8(&next);

	if (byte & 0x80 || !cur_ok(&next))
		return wire_long_varint(at);
	*at = next;
	return byte;
}
/* The next field. False at the end, or where nothing can be read any more: then `at` is bad. */
bool wire_next(struct bt_cursor *at, struct wire_field *field);

/* ---- types.c: data types and values ---- */

/* A value as it was sent: the number of its field tells which, in the order all messages share. */
enum value_kind {
	VALUE_NONE,
	VALUE_INT,
	VALUE_LONG,
	VALUE_FLOAT,
	VALUE_DOUBLE,
	VALUE_BOOLEAN,
	VALUE_STRING,
	VALUE_BYTES,
	VALUE_DATASET,
	VALUE_TEMPLATE,
	VALUE_EXTENSION,
};

struct sparkplug_value {
	uint8_t kind;           /* enum value_kind */
	uint64_t bits;          /* of a number */
	struct bt_cursor bytes; /* of the rest */
};

enum type_form {
	FORM_NONE,
	FORM_SIGNED,
	FORM_UNSIGNED,
	FORM_REAL,
	FORM_BOOLEAN,
	FORM_TEXT,
	FORM_BYTES,
	FORM_OTHER, /* described, but no value by itself */
};

struct sparkplug_type {
	const char *name;
	uint8_t form;   /* of the value, or of an array's elements */
	uint8_t width;  /* bytes of a number; of an array's elements */
	uint16_t kinds; /* bits 1 << enum value_kind that may carry it */
	bool array;     /* packed into bytes */
};

enum {
	TYPE_UNKNOWN = 0,
	TYPE_INT64 = 4,
	TYPE_UINT32 = 7,
	TYPE_FLOAT = 9,
	TYPE_DOUBLE = 10,
	TYPE_BOOLEAN = 11,
	TYPE_STRING = 12,
	TYPE_DATE_TIME = 13,
	TYPE_BYTES = 17,
	TYPE_DATE_TIME_ARRAY = 34,
	TYPE_COUNT = 35,
};

const struct sparkplug_type *sparkplug_type(uint32_t number); /* NULL: not in the specification */
/* Takes a value out of the field whose number is `first` + kind - VALUE_INT; false: it is none. */
bool sparkplug_value(const struct wire_field *field, uint32_t first, enum value_kind last,
		     struct sparkplug_value *value);
bool sparkplug_is_number(const struct sparkplug_value *value);
/* Two's complement of the type's width is told by the type; 0 for what is no number. */
double sparkplug_number(uint32_t type, const struct sparkplug_value *value);
int64_t sparkplug_signed(uint32_t type, const struct sparkplug_value *value);

/* The elements of an array, one after the other. */
struct sparkplug_array {
	const struct sparkplug_type *type;
	struct bt_cursor rest;
	uint32_t bits, bit; /* booleans: how many, and how many were read */
	uint8_t byte;
};
void sparkplug_array(uint32_t type, struct bt_cursor bytes, struct sparkplug_array *array);
/* A number into `*value`, a text into `*text`. */
bool sparkplug_element(struct sparkplug_array *array, struct sparkplug_value *value);

/* ---- topic.c ---- */

enum sparkplug_kind {
	NBIRTH,
	NDEATH,
	DBIRTH,
	DDEATH,
	NDATA,
	DDATA,
	NCMD,
	DCMD,
	STATE,
	KIND_COUNT,
};

enum topic_verdict {
	TOPIC_FOREIGN,
	TOPIC_GOOD,
	TOPIC_BAD, /* in Sparkplug's name space, but none of its topics */
	/* A command's, with a device too many or too few: edge nodes exist that subscribe to all below
	 * their name and look no further. */
	TOPIC_ODD,
};

struct sparkplug_topic {
	enum sparkplug_kind kind;
	struct bt_cursor name_space, group, node, device; /* device: empty where there is none */
	struct bt_cursor host;                            /* STATE only */
};

extern const char *const sparkplug_kinds[KIND_COUNT];
enum topic_verdict sparkplug_topic(struct bt_cursor text, struct sparkplug_topic *topic);
static inline bool sparkplug_is_birth(enum sparkplug_kind kind)
{
	return kind == NBIRTH || kind == DBIRTH;
}
static inline bool sparkplug_is_command(enum sparkplug_kind kind)
{
	return kind == NCMD || kind == DCMD;
}

/* ---- payload.c: metrics ---- */

struct sparkplug_payload {
	bool has_timestamp, has_seq, malformed;
	uint64_t timestamp, seq;
	struct bt_cursor uuid, body;
	bool compressed; /* the metrics are in the body, packed */
	struct bt_cursor message;
};

struct sparkplug_metric {
	struct bt_cursor name; /* with those of the templates around it; empty: unknown */
	bool has_name;         /* it stands in the message */
	bool has_alias, has_type, has_timestamp, historical, transient, null;
	uint8_t depth; /* templates around it */
	uint64_t alias, timestamp;
	uint32_t type; /* of the message, else of the birth */
	struct sparkplug_value value;
	struct bt_cursor metadata, properties;
};

struct sparkplug_edge;

/* Visits all metrics, those inside templates after the template they are in. */
struct sparkplug_walk {
	const struct sparkplug_edge *edge; /* whose births name the aliases; NULL: nobody's */
	struct bt_cursor device;
	struct {
		struct bt_cursor rest;
		uint16_t path_bytes;
	} level[NESTING_MAX];
	unsigned depth;
	struct bt_cursor inside; /* the template just returned, entered next */
	bool enter, malformed, too_deep;
	uint16_t path_bytes; /* of the metric just returned */
	char path[PATH_BYTES];
};

void sparkplug_payload(struct bt_cursor message, struct sparkplug_payload *payload);
void sparkplug_walk(const struct sparkplug_payload *payload, const struct sparkplug_edge *edge,
		    struct bt_cursor device, struct sparkplug_walk *walk);
bool sparkplug_next(struct sparkplug_walk *walk, struct sparkplug_metric *metric);

/* ---- edges.c: what births said ---- */

struct sparkplug_edge {
	uint64_t hash;
	uint16_t name_bytes;
	char name[EDGE_NAME_BYTES]; /* "group/node", or its beginning */
	bool born;                  /* its birth was seen, and no death since */
	bool forgetful;             /* not all aliases could be kept */
	bool speaks;                /* the flow's client publishes for it: it is the edge node */
	bool stranger;              /* told of already: it speaks and was not born */
	bool has_seq, has_bd_seq, has_will_bd_seq;
	uint8_t seq;
	uint64_t bd_seq, will_bd_seq;
	struct bt_table aliases; /* device and alias -> type, name */
	struct bt_table types;   /* hash of device and name -> type */
};

struct sparkplug_state {
	struct sparkplug_edge *edges;
	uint32_t count, cap, turn, last;
};

/* Of the topic's edge node, made if it is new; NULL: no memory. */
struct sparkplug_edge *sparkplug_edge(struct bt_context *ctx, struct sparkplug_state *state,
				      struct bt_cursor group, struct bt_cursor node);
void sparkplug_forget(struct bt_context *ctx, struct sparkplug_edge *edge);
/* A metric of a birth. */
void sparkplug_learn(struct bt_context *ctx, struct sparkplug_edge *edge, struct bt_cursor device,
		     const struct sparkplug_metric *metric);
/* Name and type where the message has none. `*name` is a view of the edge's memory. */
bool sparkplug_alias(const struct sparkplug_edge *edge, struct bt_cursor device, uint64_t alias,
		     struct bt_cursor *name, uint32_t *type);
bool sparkplug_type_of(const struct sparkplug_edge *edge, struct bt_cursor device,
		       struct bt_cursor name, uint32_t *type);

/* ---- identity.c ---- */

/* A metric of a birth, with a text. */
void sparkplug_identify(struct bt_context *ctx, struct bt_station who,
			const struct sparkplug_metric *metric);

/* ---- host.c ---- */

struct sparkplug_host {
	bool known; /* the payload is one that a host application sends */
	bool online, has_timestamp;
	uint64_t timestamp;
};
void sparkplug_host(struct bt_cursor payload, struct sparkplug_host *host);

/* ---- describe.c, fields.c, violations.c ---- */

struct sparkplug_detail {
	const struct sparkplug_message *message;
	const struct sparkplug_topic *topic;
	const struct sparkplug_payload *payload;
	const struct sparkplug_host *host;
	const struct sparkplug_edge *edge;
	bool has_bd_seq;
	uint64_t bd_seq;
};

void sparkplug_describe(const struct bt_operation *op, struct bt_record *rec);
bool sparkplug_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);
extern const struct bt_field sparkplug_fields[];
extern const struct bt_violation *const sparkplug_violations[];
extern const struct bt_violation sparkplug_bad_topic, sparkplug_bad_payload, sparkplug_bad_metric,
	sparkplug_nesting, sparkplug_seq_gap, sparkplug_unborn, sparkplug_bd_seq_mismatch,
	sparkplug_unknown_alias, sparkplug_delivery;

#endif
