/* SPDX-License-Identifier: Apache-2.0
 *
 * What a dissector asks for (bt_emit, bt_ask ...) and the life of a claim: see engine.h.
 */
#include "engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "bittern/memory.h"
#include "engine_private.h"

struct bt_engine *engine_create(const struct engine_sink *sink, void *owner,
				struct stream_pool *streams)
{
	struct bt_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->sink = sink;
	engine->owner = owner;
	engine->streams = streams;
	engine->budget = (struct owned_budget){
		.each = FLOW_MEMORY_MAX, .all = SHARD_MEMORY_MAX, .due = FLOW_MEMORY_DUE};
	pending_init(&engine->pending);
	for (size_t i = 0; i < roster_count; i++)
		pool_init(&engine->states[i], roster[i]->state_size, SIZE_MAX);
	return engine;
}

void engine_destroy(struct bt_engine *engine)
{
	if (!engine)
		return;
	pending_finish(&engine->pending);
	for (size_t i = 0; i < roster_count; i++)
		pool_finish(&engine->states[i]);
	free(engine);
}

struct bt_context engine_context(struct bt_engine *engine, struct flow *flow, enum bt_dir dir,
				 int64_t time_ns, uint64_t packet)
{
	struct engine_flow *app = flow->app;

	engine->flow = flow;
	return (struct bt_context){
		.flow = &flow->pub,
		.state = app->state,
		.dir = dir,
		.packet = packet,
		.time_ns = time_ns,
		.engine = engine,
	};
}

void bt_emit(struct bt_context *ctx, const struct bt_operation *op)
{
	ctx->engine->sink->operation(ctx->engine->owner, ctx->engine->flow, ctx, op);
}

void bt_break(struct bt_context *ctx, const struct bt_violation *violation, const char *format, ...)
{
	char detail[200];
	va_list args;

	/* What loss could explain is said of nobody whose bytes were not all seen. */
	if (violation->needs_whole && ctx->flow->seen)
		return;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	ctx->engine->sink->violation(ctx->engine->owner, ctx->engine->flow, ctx, violation, detail);
}

void bt_identity(struct bt_context *ctx, struct bt_station who, enum bt_identity what,
		 struct bt_cursor text, const char *source)
{
	if (cur_left(&text))
		ctx->engine->sink->identity(ctx->engine->owner, ctx->engine->flow, ctx, who, what, text,
					    source);
}

void bt_station_seen(struct bt_context *ctx, struct bt_station who, const char *source)
{
	ctx->engine->sink->station(ctx->engine->owner, ctx->engine->flow, ctx, who, source);
}

void *bt_alloc(struct bt_context *ctx, size_t bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;

	return owned_get(&app->memory, &ctx->engine->budget, bytes);
}

void *bt_resize(struct bt_context *ctx, void *memory, size_t bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;

	return owned_resize(&app->memory, &ctx->engine->budget, memory, bytes);
}

void bt_free(struct bt_context *ctx, void *memory)
{
	struct engine_flow *app = ctx->engine->flow->app;

	owned_put(&app->memory, &ctx->engine->budget, memory);
}

/* Out of both lists, told to the dissector as unanswered, freed. */
static __attribute__((noinline)) void give_up(struct bt_context *ctx, struct pending *pending)
{
	struct engine_flow *app = ctx->engine->flow->app;

	pending_unlink(&ctx->engine->pending, app, pending);
	app->dissector->unanswered(ctx, &pending->request);
	bt_free(ctx, pending->big);
	pending_free(&ctx->engine->pending, pending);
}

/* A full store belongs to many flows: this request alone goes without an answer. */
static __attribute__((noinline)) void cannot_keep(struct bt_context *ctx, struct bt_request request,
						  uint8_t *big)
{
	struct engine_flow *app = ctx->engine->flow->app;

	app->dissector->unanswered(ctx, &request);
	bt_free(ctx, big);
}

static inline void ask(struct bt_context *ctx, uint64_t key, struct bt_cursor bytes, bool patient)
{
	struct bt_engine *engine = ctx->engine;
	struct engine_flow *app = engine->flow->app;
	size_t length = cur_left(&bytes);
	uint8_t *big = NULL;
	const struct bt_request request = {
		.key = key,
		.packet = ctx->packet,
		.time_ns = ctx->time_ns,
		.length = (uint32_t)length,
		.bytes = bytes,
	};

	if (app->pending_count >= PENDING_PER_FLOW_MAX)
		give_up(ctx, app->oldest);
	if (length > BT_REQUEST_BYTES)
		big = bt_alloc(ctx, length < BT_REQUEST_BYTES_MAX ? length : BT_REQUEST_BYTES_MAX);
	if (!pending_add(&engine->pending, engine->flow, app, &request, patient, big))
		cannot_keep(ctx, request, big);
}

void bt_ask(struct bt_context *ctx, uint64_t key, struct bt_cursor request)
{
	ask(ctx, key, request, false);
}

void bt_ask_patiently(struct bt_context *ctx, uint64_t key, struct bt_cursor request)
{
	ask(ctx, key, request, true);
}

/* From `at` on; NULL: none. */
static struct pending *find(struct pending *at, uint64_t key)
{
	while (at && at->request.key != key)
		at = at->newer;
	return at;
}

/* Where bytes were lost the older answers may be among them: an old request must not take the answer of
 * a new one, and shift every pair from then on. */
static __attribute__((noinline)) struct pending *give_up_older(struct bt_context *ctx,
							       struct pending *pending)
{
	struct pending *newer;

	while ((newer = find(pending->newer, pending->request.key))) {
		give_up(ctx, pending);
		pending = newer;
	}
	return pending;
}

/* The request given out last, which may be another flow's. */
static void forget_answered(struct bt_engine *engine)
{
	struct pending *answered = engine->answered;

	engine->answered = NULL;
	if (!answered)
		return;
	if (answered->big) {
		struct engine_flow *app = answered->flow->app;

		owned_put(&app->memory, &engine->budget, answered->big);
	}
	pending_free(&engine->pending, answered);
}

bool bt_answer(struct bt_context *ctx, uint64_t key, struct bt_request *request)
{
	struct bt_engine *engine = ctx->engine;
	struct engine_flow *app = engine->flow->app;
	struct pending *pending = find(app->oldest, key);

	forget_answered(engine);
	if (!pending)
		return false;
	if (ctx->flow->seen & BT_SEEN_GAP)
		pending = give_up_older(ctx, pending);
	pending_unlink(&engine->pending, app, pending);
	engine->answered = pending;
	*request = pending->request;
	return true;
}

bool engine_may_turn(const struct engine_flow *app, const struct flow *flow)
{
	return !flow->pub.server_proven || (app->dissector->either_opens && !app->turned);
}

void bt_swap_sides(struct bt_context *ctx)
{
	struct flow *flow = ctx->engine->flow;
	struct engine_flow *app = flow->app;
	uint8_t tries = app->tries[0];
	bool resync = app->resync[0];
	uint32_t beyond = app->beyond[0], begun = app->begun[0];

	if (!engine_may_turn(app, flow))
		return;
	flow_swap_sides(flow);
	flow->pub.server_proven = app->turned = true;
	app->tries[0] = app->tries[1];
	app->tries[1] = tries;
	app->resync[0] = app->resync[1];
	app->resync[1] = resync;
	app->beyond[0] = app->beyond[1];
	app->beyond[1] = beyond;
	app->begun[0] = app->begun[1];
	app->begun[1] = begun;
	ctx->dir = bt_reverse(ctx->dir);
	ctx->engine->sink->claimed(ctx->engine->owner, flow, ctx);
}

size_t engine_due(struct bt_engine *engine, int64_t now_ns, struct engine_due *due, size_t cap)
{
	const struct pending_store *store = &engine->pending;
	uint32_t count = 0;

	for (uint64_t asked = store->asked; asked; asked &= asked - 1) {
		unsigned protocol = (unsigned)__builtin_ctzll(asked);
		int64_t waits_ns[] = {roster[protocol]->answer_wait_ns, roster[protocol]->patience_ns};

		for (int patient = 0; patient < 2; patient++) {
			struct pending *at = store->lists[protocol][patient].first;

			for (; at && count < cap && now_ns - at->request.time_ns >= waits_ns[patient];
			     at = at->after) {
				due[count] = (struct engine_due){engine, at, at->request.packet, count};
				count++;
			}
		}
	}
	return count;
}

void engine_expire(const struct engine_due *due, int64_t now_ns, uint64_t packet)
{
	struct bt_context ctx =
		engine_context(due->engine, due->pending->flow, BT_TO_SERVER, now_ns, packet);

	give_up(&ctx, due->pending);
}

void engine_end(struct bt_engine *engine, struct flow *flow, int64_t now_ns, uint64_t packet)
{
	struct engine_flow *app = flow->app;
	struct bt_context ctx;

	if (flow->stream) {
		stream_flush(engine->streams, flow);
		engine_read_stream(engine, flow, now_ns, packet);
	}
	ctx = engine_context(engine, flow, BT_TO_SERVER, now_ns, packet);
	engine_undecoded(engine, app, (size_t)app->begun[0] + app->begun[1]);
	while (app->oldest)
		give_up(&ctx, app->oldest);
	/* A few looks prove nothing where they may have shown the middle of a message. */
	if (app->claim == CLAIM_OPEN && !app->said_foreign && app->tries[0] + app->tries[1] > 0 &&
	    !(flow->pub.seen & (BT_SEEN_MIDSTREAM | BT_SEEN_GAP | BT_SEEN_CUT)))
		recognise_give_up(&ctx);
	if (engine->answered && engine->answered->flow == flow)
		forget_answered(engine);
	owned_finish(&app->memory, &engine->budget);
	if (app->state)
		pool_put(&engine->states[app->protocol], app->state);
	app->state = NULL;
}

void engine_undecoded(struct bt_engine *engine, struct engine_flow *app, size_t bytes)
{
	app->undecoded_bytes += bytes;
	if (app->dissector)
		engine->undecoded_bytes += bytes;
}

uint64_t engine_undecoded_bytes(const struct bt_engine *engine)
{
	return engine->undecoded_bytes;
}

size_t engine_memory_used(const struct bt_engine *engine)
{
	return engine->budget.used;
}

uint64_t engine_memory_refused(const struct bt_engine *engine)
{
	return engine->budget.refused;
}
