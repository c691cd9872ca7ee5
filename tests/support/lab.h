/* SPDX-License-Identifier: Apache-2.0
 *
 * A small engine for testing one dissector alone: it frames, dissects, keeps pending requests, and
 * writes down what the dissector said. For unit tests and fuzzers of dissectors; the real engine is
 * src/proto.
 */
#ifndef TESTS_SUPPORT_LAB_H
#define TESTS_SUPPORT_LAB_H

#include <jansson.h>

#include "bittern/dissector.h"
#include "bittern/memory.h"
#include "owned.h"

enum {
	LAB_OPERATIONS = 64,
	LAB_BREAKS = 64,
	LAB_IDENTITIES = 64,
	LAB_PENDING = 16,
	LAB_ACCESSES = BT_ACCESSES_MAX,
	LAB_JSON = 64 << 10,
	LAB_MEMORY = 512 << 10, /* as much as the engine gives a flow */
};

struct lab_operation {
	struct bt_operation
		op; /* `detail` and the accesses' bytes are gone; values are in `json` */
	struct bt_access accesses[LAB_ACCESSES];
	char names[LAB_ACCESSES][128];    /* of each access, cut */
	double first_value[LAB_ACCESSES]; /* of each access; -1: none */
	char *json;                        /* what describe() wrote, as an object */
};

struct lab_break {
	const struct bt_violation *violation;
	char detail[200];
};

struct lab_identity {
	struct bt_station who; /* its name is gone, and stands in `station` */
	char station[256];
	enum bt_identity what; /* BT_ID_COUNT: only that the station is there */
	char text[256];
	const char *source;
};

/* A request is kept in a block of exactly its size, and shortened as the engine does: of a long one all
 * is kept while there is memory. */
struct lab_pending {
	struct bt_request request;
	uint8_t *bytes;
	bool big; /* the flow's memory */
};

/* Opaque to dissectors: struct bt_engine of this program. */
struct bt_engine {
	const struct bt_dissector *dissector;
	const struct bt_dissector *inside; /* speaks inside it; NULL: none. The test's to set */
	struct bt_flow flow;
	struct bt_context context;
	struct owned memory; /* what bt_alloc() gave */
	struct owned_budget budget;
	bool without_memory; /* the test's to set: bt_alloc() gives nothing, long requests are shortened */
	uint32_t beyond[2];  /* bytes to come that are passed over unread */
	unsigned swaps;

	unsigned operation_count, break_count, identity_count; /* all; the arrays wrap around */
	struct lab_operation operations[LAB_OPERATIONS];
	struct lab_break breaks[LAB_BREAKS];
	struct lab_identity identities[LAB_IDENTITIES];

	struct lab_pending pending[LAB_PENDING]; /* oldest first */
	unsigned pending_count;
	struct lab_pending answered; /* the one that bt_answer() handed out; freed at the next */
};

/* `lab` is zeroed first. A flow to the dissector's first port, sides not proven. */
void lab_init(struct bt_engine *lab, const struct bt_dissector *dissector);
void lab_finish(struct bt_engine *lab);
/* Bytes of one direction, all there is; time moves on by a millisecond. `sync`: what is known of the
 * place where they begin. Returns the bytes left over because a message is not complete. */
size_t lab_send(struct bt_engine *lab, enum bt_dir dir, struct bt_cursor bytes, enum bt_sync sync);
void lab_wait(struct bt_engine *lab, int64_t ns); /* time passes; nobody gives up */
void lab_give_up(struct bt_engine *lab);          /* all pending requests are unanswered */
void lab_forget(struct bt_engine *lab);           /* what was written down so far */
bool lab_broke(const struct bt_engine *lab, const char *violation);
/* The first path of a document that is not in `fields`, or whose type differs; NULL: all are. */
const char *lab_unlisted(const json_t *document, const struct bt_field *fields);

#endif
