/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ENGINE_PRIVATE_H
#define PROTO_ENGINE_PRIVATE_H

#include "engine.h"
#include "pending.h"
#include "pool.h"
#include "roster.h"

struct bt_engine {
	const struct engine_sink *sink;
	void *owner;
	struct stream_pool *streams;
	struct flow *flow; /* at hand */
	struct pending_store pending;
	struct owned_budget budget; /* of dissectors' memory */
	struct pool states[ROSTER_MAX]; /* dissectors' fixed state, by dissector */
	struct pending *answered; /* given out by bt_answer(), freed at the next */
	uint64_t undecoded_bytes;
};

/* May content say that client and server are the other way round? Once, and against a handshake only
 * where servers open connections. */
bool engine_may_turn(const struct engine_flow *app, const struct flow *flow);

/* Bytes of a flow that nobody will understand. Before a claim they are the flow's alone: they may be
 * none of ours. */
void engine_undecoded(struct bt_engine *engine, struct engine_flow *app, size_t bytes);

struct bt_context engine_context(struct bt_engine *engine, struct flow *flow, enum bt_dir dir,
				 int64_t time_ns, uint64_t packet);

/* recognise.c: is it one of ours? Looks at contiguous bytes of a direction; sets app->claim. Returns how
 * many of them, at the end, are to be looked at again with what comes next. */
size_t recognise(struct bt_context *ctx, struct bt_cursor bytes);
/* The dissector whose port the flow has; NULL: none. */
const struct bt_dissector *recognise_hinted(const struct bt_flow *flow);
/* None of ours: says so where one was expected. */
void recognise_give_up(struct bt_context *ctx);

/* messages.c: whole messages out of contiguous bytes, and what a stream has ready. */
/* Where the next message could begin, from `from` on; the end when nowhere. The last `fresh` bytes begin
 * with a segment. */
size_t messages_find(const struct bt_dissector *dissector, struct bt_cursor bytes, size_t from,
		     size_t fresh, enum bt_dir dir);
void engine_read_stream(struct bt_engine *engine, struct flow *flow, int64_t now_ns,
			uint64_t packet);

#endif
