/* SPDX-License-Identifier: Apache-2.0
 *
 * Between flows and dissectors: recognises protocols by content, cuts whole messages out of streams
 * and datagrams, keeps requests until their answers come, resynchronises after a gap. What it learns
 * goes to a sink. One engine per shard.
 */
#ifndef PROTO_ENGINE_H
#define PROTO_ENGINE_H

#include "bittern/dissector.h"
#include "flow.h"
#include "map.h"
#include "owned.h"
#include "stream.h"

enum engine_claim {
	CLAIM_OPEN,    /* too little seen to tell */
	CLAIM_OURS,    /* `dissector` reads it */
	CLAIM_FOREIGN, /* none of ours */
};

/* The engine's part of a flow: the first member of whatever flow->app points to. Zeroed at first. */
struct engine_flow {
	const struct bt_dissector *dissector;
	void *state;                 /* the dissector's */
	struct pending *oldest, *newest;
	struct owned memory;         /* the dissector's: bt_alloc() and big requests */
	uint64_t perhaps;            /* bit i: a look was a weak match of roster[i] */
	uint32_t good;               /* messages understood */
	uint32_t skipped_bytes;      /* since the last of them, or in all without one */
	uint8_t pending_count;
	uint8_t claim;               /* enum engine_claim */
	uint8_t protocol;            /* index of `dissector` in the roster */
	uint8_t tries[2];            /* looks taken, by direction */
	bool said_foreign : 1;       /* none of ours so far, on a port of ours: still looked at */
	bool turned : 1;             /* sides were swapped by content */
	bool resync[2];              /* bytes before were lost or were not understood */
	uint32_t beyond[2];          /* bytes to come that belong to the last message, unread */
	uint32_t begun[2];           /* bytes carried: a message that is not complete */
	uint64_t undecoded_bytes;    /* seen, and part of no message that was understood */
};

/* What happened, with the context it happened in. Called during engine_ calls only. */
struct engine_sink {
	void (*operation)(void *owner, struct flow *flow, const struct bt_context *ctx,
			  const struct bt_operation *op);
	void (*violation)(void *owner, struct flow *flow, const struct bt_context *ctx,
			  const struct bt_violation *violation, const char *detail);
	void (*identity)(void *owner, struct flow *flow, const struct bt_context *ctx,
			 struct bt_station who, enum bt_identity what, struct bt_cursor text,
			 const char *source);
	void (*station)(void *owner, struct flow *flow, const struct bt_context *ctx,
			struct bt_station who, const char *source);
	void (*claimed)(void *owner, struct flow *flow, const struct bt_context *ctx);
	/* Content on a port that belongs to `expected` is not that protocol. */
	void (*foreign)(void *owner, struct flow *flow, const struct bt_context *ctx,
			const struct bt_dissector *expected);
	void (*gap)(void *owner, struct flow *flow, const struct bt_context *ctx, uint32_t missing);
	void (*conflict)(void *owner, struct flow *flow, const struct bt_context *ctx);
};

struct bt_engine;

struct bt_engine *engine_create(const struct engine_sink *sink, void *owner,
				struct stream_pool *streams);
void engine_destroy(struct bt_engine *engine);

/* One packet of a flow whose app begins with a struct engine_flow. */
void engine_packet(struct bt_engine *engine, struct flow *flow, enum bt_dir dir,
		   const struct packet *packet);

/* Ahead of engine_packet(): tells the processor what it will need besides. */
static inline void engine_prefetch(const struct engine_flow *app)
{
	enum { REQUEST = 256, STATE = 128 }; /* what is commonly used of them */

	if (app->oldest)
		memory_prefetch(app->oldest, REQUEST);
	if (app->state)
		memory_prefetch(app->state, STATE);
}

/* A hole in the flow's stream has waited long enough (stream_due()). */
void engine_timeout(struct bt_engine *engine, struct flow *flow, int64_t now_ns, uint64_t packet);

/* A request whose answer is overdue; `origin` (its packet) orders it among the shards of a worker. */
struct engine_due {
	struct bt_engine *engine;
	struct pending *pending;
	uint64_t origin;
	uint32_t index; /* among those of one call: orders the requests of one packet */
};
/* Requests overdue at `now_ns`, at most `cap`; they stay until engine_expire(). */
size_t engine_due(struct bt_engine *engine, int64_t now_ns, struct engine_due *due, size_t cap);
/* Reports one of them unanswered. */
void engine_expire(const struct engine_due *due, int64_t now_ns, uint64_t packet);
/* The flow is over: what is still held in its streams is looked at, its requests are reported
 * unanswered, its state is freed. */
void engine_end(struct bt_engine *engine, struct flow *flow, int64_t now_ns, uint64_t packet);

/* Bytes seen on flows of our protocols that are part of no message that was understood. */
uint64_t engine_undecoded_bytes(const struct bt_engine *engine);
size_t engine_memory_used(const struct bt_engine *engine); /* bytes, by dissectors */
/* Times a dissector wanted more memory than a flow or shard has. */
uint64_t engine_memory_refused(const struct bt_engine *engine);

#endif
