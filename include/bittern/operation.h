/* SPDX-License-Identifier: Apache-2.0
 *
 * The one vocabulary. Every dissector turns what it reads into operations: who asked whom to do
 * what, on which objects, with which values, with what result. Inventory, baseline, rules and
 * outputs speak only this language and never look into a protocol.
 *
 * An operation is one transaction: a request with its answer, or whichever half was seen. All
 * pointers in it are views or static strings; they live until bt_emit() returns.
 */
#ifndef BITTERN_OPERATION_H
#define BITTERN_OPERATION_H

#include "bittern/cursor.h"

struct bt_dissector;

/* Ordered by how much harm it can do: the act of an operation is the highest of its accesses. */
enum bt_act {
	BT_ACT_OTHER,
	BT_ACT_SESSION,      /* keeps a session alive, acknowledges, says goodbye: never news */
	BT_ACT_REPORT,       /* the server speaks unasked: unsolicited data, notifications */
	BT_ACT_READ,         /* process values */
	BT_ACT_SUBSCRIBE,
	BT_ACT_IDENTIFY,     /* who and what are you: identity, status, counters, diagnostics */
	BT_ACT_AUTHENTICATE, /* sessions, users, keys */
	BT_ACT_PUBLISH,
	BT_ACT_WRITE,        /* process values, set-points */
	BT_ACT_CONTROL,      /* operate, start, stop, restart, silence */
	BT_ACT_CONFIGURE,    /* parameters, time, counters, reservations */
	BT_ACT_PROGRAM,      /* logic, firmware, files, in either direction */
	BT_ACT_COUNT,
};

enum bt_result {
	BT_RESULT_OK,
	BT_RESULT_REFUSED,     /* the server answered with an error; see error, error_name */
	BT_RESULT_UNANSWERED,  /* request seen, no answer in time (or the answer was not captured) */
	BT_RESULT_UNSOLICITED, /* answer seen without its request */
};

enum bt_value_kind {
	BT_VALUES_NONE,
	BT_VALUES_BITS,  /* one bit each, least significant bit of the first byte first */
	BT_VALUES_U16BE, /* one big-endian 16-bit number each */
	BT_VALUES_NUMBERS, /* a `double` each, in memory: bt_numbers() makes them */
	BT_VALUES_BYTES, /* opaque: size and hash matter, numbers do not */
};

struct bt_values {
	enum bt_value_kind kind;
	uint32_t count; /* numbers in `bytes`; a dissector never says more than there are */
	struct bt_cursor bytes;
};

/* One thing touched: numbers `first` .. `first + count - 1` in a named address space of the unit, or
 * where things go by name (a topic, a node id) the one called `name`, with first = 0 and count = 1.
 * An operation that touches many named things has an access for each, at most BT_ACCESSES_MAX. */
struct bt_access {
	enum bt_act act;
	const char *space; /* static, e.g. "holding_register"; NULL: touches nothing addressable */
	uint64_t first;
	uint32_t count;
	struct bt_cursor name;   /* empty: it goes by number */
	struct bt_values values; /* written values for a write, values answered for a read */
};

enum {
	BT_ACCESSES_MAX = 64,
};

#define BT_NO_UNIT UINT32_MAX /* no enumerator: it does not fit in an int */

struct bt_operation {
	enum bt_act act;
	enum bt_result result;
	uint32_t unit;        /* station within the server (unit id, ...) or BT_NO_UNIT */
	uint32_t function;    /* the protocol's own number of the function */
	uint32_t subfunction; /* 0 where there is none */
	const char *name;     /* static: function (and sub-function) in the protocol's words, snake_case */
	uint32_t error;       /* with BT_RESULT_REFUSED: the protocol's error number */
	const char *error_name;

	/* The protocol that speaks inside the flow's own (Sparkplug B inside MQTT); NULL: the flow's.
	 * Its functions are numbered so that they differ from those of the flow's protocol. */
	const struct bt_dissector *protocol;
	/* The operation inside this one was emitted before, with the same `request_packet`: what is new of
	 * that is not told again of this. */
	bool carries;
	/* Asked or told by the flow's server, unasked: notifications, unsolicited data. What answers it,
	 * if anything does, comes from the client. Functions that both sides can ask for have another
	 * `subfunction` here, for what is normal is learned by function. */
	bool by_server;

	const struct bt_access *accesses;
	unsigned access_count;

	uint64_t request_packet, answer_packet; /* 0: not seen */
	int64_t request_ns, answer_ns;          /* packet time, ns since 1970; 0: not seen */
	bool broadcast;                         /* addressed to all units: no answer is due */

	const void *detail; /* the dissector's own view of both messages, for its describe() */
};

static inline struct bt_values bt_numbers(const double *numbers, uint32_t count)
{
	return (struct bt_values){BT_VALUES_NUMBERS, count,
				  cur_of(numbers, count * sizeof(*numbers))};
}

/* Value number `index` (< count). BT_VALUES_NONE and BT_VALUES_BYTES have none: 0. */
static inline double bt_value(const struct bt_values *values, uint32_t index)
{
	struct bt_cursor bytes = values->bytes;
	double number = 0;

	switch (values->kind) {
	case BT_VALUES_BITS:
		cur_skip(&bytes, index / 8);
		return cur_u8(&bytes) >> (index % 8) & 1;
	case BT_VALUES_U16BE:
		cur_skip(&bytes, (size_t)index * 2);
		return cur_u16be(&bytes);
	case BT_VALUES_NUMBERS:
		cur_skip(&bytes, (size_t)index * sizeof(number));
		cur_copy(&bytes, &number, sizeof(number));
		return number;
	default:
		return 0;
	}
}

const char *bt_act_name(enum bt_act act);          /* "read", "write", ... */
const char *bt_result_name(enum bt_result result); /* "ok", "refused", ... */

#endif
