/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole messages out of contiguous bytes. The dissector says how long a message is; here it is
 * decided what to do when it cannot: wait for more, or look for the next place where one begins.
 */
#include "engine_private.h"

enum {
	HOPELESS_BYTES =
		16 << 10, /* passed over without one message, away from the protocol's ports:
				    * it is not the protocol */
};

static struct bt_frame frame_at(const struct bt_dissector *dissector, struct bt_cursor bytes,
				enum bt_dir dir, enum bt_sync sync)
{
	struct bt_frame frame = dissector->frame(bytes, dir, sync);

	if (frame.length > dissector->max_message)
		frame.kind = BT_FRAME_BAD;
	return frame;
}

/* Of a place that is lost. The last `fresh` bytes begin with a segment. */
static enum bt_sync sync_of(struct bt_cursor bytes, size_t fresh)
{
	return cur_left(&bytes) == fresh ? BT_LOST_AT_SEGMENT : BT_LOST;
}

size_t messages_find(const struct bt_dissector *dissector, struct bt_cursor bytes, size_t from,
		     size_t fresh, enum bt_dir dir)
{
	size_t size = cur_left(&bytes);

	cur_skip(&bytes, from);
	for (size_t at = from; at < size; at++) {
		if (frame_at(dissector, bytes, dir, sync_of(bytes, fresh)).kind != BT_FRAME_BAD)
			return at;
		cur_skip(&bytes, 1);
	}
	return size;
}

/* These were not understood: the place is lost, and in the end the claim. */
static void lose_place(struct bt_context *ctx, size_t bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;

	engine_undecoded(ctx->engine, app, bytes);
	app->resync[ctx->dir] = true;
	app->skipped_bytes += (uint32_t)bytes;
	if (app->skipped_bytes > HOPELESS_BYTES && app->good == 0 && !recognise_hinted(ctx->flow))
		app->claim = CLAIM_FOREIGN;
}

/* Passes over what belongs to no message. After a gap that is no news: it is the rest of a message
 * whose beginning was lost. */
static void pass_over(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;
	bool expected = app->resync[ctx->dir];

	lose_place(ctx, cur_left(&bytes));
	if (app->claim == CLAIM_OURS && !expected && app->dissector->skipped)
		app->dissector->skipped(ctx, bytes);
}

static void dissect(struct bt_context *ctx, struct engine_flow *app, struct bt_cursor message)
{
	if (app->dissector->dissect(ctx, message) == BT_DISSECTED) {
		app->good++;
		app->skipped_bytes = 0;
		app->resync[ctx->dir] = false;
	} else {
		lose_place(ctx, cur_left(&message));
	}
}

/* What is left of a lost message may look like the beginning of one. Senders begin messages where
 * segments begin: a whole one there is believed first. */
static void prefer_segment(struct bt_context *ctx, struct bt_cursor *bytes, size_t fresh)
{
	const struct engine_flow *app = ctx->engine->flow->app;
	const struct bt_dissector *dissector = app->dissector;
	size_t old = cur_left(bytes) > fresh ? cur_left(bytes) - fresh : 0;
	struct bt_cursor segment = *bytes;

	if (!old || !app->resync[ctx->dir])
		return;
	cur_skip(&segment, old);
	if (frame_at(dissector, *bytes, ctx->dir, BT_LOST).kind != BT_FRAME_WHOLE &&
	    frame_at(dissector, segment, ctx->dir, BT_LOST_AT_SEGMENT).kind == BT_FRAME_WHOLE)
		pass_over(ctx, cur_take(bytes, old));
}

/* The end of a message that is too long to keep. */
static void pass_beyond(struct bt_context *ctx, struct bt_cursor *bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;
	struct bt_cursor passed = cur_take_upto(bytes, app->beyond[ctx->dir]);

	app->beyond[ctx->dir] -= (uint32_t)cur_left(&passed);
}

/* Returns how many bytes are to be carried. */
static size_t read_messages(struct bt_context *ctx, struct bt_cursor bytes, size_t fresh)
{
	struct engine_flow *app = ctx->engine->flow->app;

	pass_beyond(ctx, &bytes);
	prefer_segment(ctx, &bytes, fresh);
	while (cur_left(&bytes) && app->claim == CLAIM_OURS) {
		enum bt_sync sync = app->resync[ctx->dir] ? sync_of(bytes, fresh) : BT_IN_SYNC;
		struct bt_frame frame = frame_at(app->dissector, bytes, ctx->dir, sync);

		switch (frame.kind) {
		case BT_FRAME_WHOLE:
			dissect(ctx, app, cur_take(&bytes, frame.length));
			app->beyond[ctx->dir] = frame.beyond;
			pass_beyond(ctx, &bytes);
			break;
		case BT_FRAME_PARTIAL: return cur_left(&bytes);
		case BT_FRAME_BAD:
			pass_over(ctx, cur_take(&bytes, messages_find(app->dissector, bytes, 1,
								      fresh, ctx->dir)));
			break;
		}
	}
	if (cur_left(&bytes)) /* the claim has ended */
		engine_undecoded(ctx->engine, app, cur_left(&bytes));
	return 0;
}

static size_t read_bytes(struct bt_context *ctx, struct bt_cursor bytes, size_t fresh)
{
	struct engine_flow *app = ctx->engine->flow->app;

	if (app->claim == CLAIM_OPEN) {
		size_t rest = recognise(ctx, bytes);

		if (app->claim != CLAIM_OURS)
			return rest;
	}
	return app->claim == CLAIM_OURS ? read_messages(ctx, bytes, fresh) : 0;
}

/* `missing` bytes are news, `skipped` ones will not come (0: nobody knows how many). */
static void lose_bytes(struct bt_context *ctx, uint32_t missing, uint32_t skipped)
{
	struct engine_flow *app = ctx->engine->flow->app;
	uint32_t *beyond = &app->beyond[ctx->dir];

	engine_undecoded(ctx->engine, app, app->begun[ctx->dir]);
	app->begun[ctx->dir] = 0;
	if (missing || !skipped)
		ctx->engine->sink->gap(ctx->engine->owner, ctx->engine->flow, ctx, missing);
	if (*beyond && (missing || skipped) && skipped <= *beyond) { /* nobody would have read them */
		*beyond -= skipped;
		return;
	}
	*beyond = 0;
	app->resync[ctx->dir] = true;
	if (app->claim == CLAIM_OURS && app->dissector->gap)
		app->dissector->gap(ctx);
}

/* Bytes of a stream, the last `fresh` of which are new: what is incomplete is kept for the next. */
static void read_part(struct bt_context *ctx, struct bt_cursor bytes, size_t fresh)
{
	struct bt_engine *engine = ctx->engine;
	struct flow *flow = engine->flow;
	struct engine_flow *app = flow->app;
	size_t rest = read_bytes(ctx, bytes, fresh);

	app->begun[ctx->dir] = 0;
	if (rest && stream_carry(engine->streams, flow, ctx->dir, rest))
		app->begun[ctx->dir] = (uint32_t)rest;
	else if (rest)
		lose_bytes(ctx, (uint32_t)rest, 0);
}

void engine_read_stream(struct bt_engine *engine, struct flow *flow, int64_t now_ns,
			uint64_t packet)
{
	struct stream_part part;

	while (flow->stream && stream_next(engine->streams, flow, &part)) {
		struct bt_context ctx = engine_context(engine, flow, part.dir, now_ns, packet);

		switch (part.kind) {
		case STREAM_BYTES: /* what was held came with an earlier packet */
			ctx.packet = part.packet;
			ctx.time_ns = part.time_ns;
			read_part(&ctx, part.bytes, part.fresh);
			break;
		case STREAM_GAP:
			lose_bytes(&ctx, part.missing, part.skipped);
			break;
		case STREAM_CONFLICT: engine->sink->conflict(engine->owner, flow, &ctx); break;
		}
	}
}

void engine_timeout(struct bt_engine *engine, struct flow *flow, int64_t now_ns, uint64_t packet)
{
	stream_timeout(engine->streams, flow, now_ns);
	engine_read_stream(engine, flow, now_ns, packet);
}

/* A datagram holds whole messages: what a dissector would wait for in a stream never comes. */
static void read_datagram(struct bt_context *ctx, struct bt_cursor payload)
{
	struct engine_flow *app = ctx->engine->flow->app;
	size_t rest = read_bytes(ctx, payload, cur_left(&payload));

	if (rest && app->claim == CLAIM_OURS) {
		cur_skip(&payload, cur_left(&payload) - rest);
		app->resync[ctx->dir] = false;
		pass_over(ctx, payload);
	}
	app->resync[ctx->dir] = false;
}

/* The short way of what nearly every segment is: one message, where one is expected. False: nothing was
 * done. */
static inline bool read_whole(struct bt_context *ctx, struct engine_flow *app,
			      const struct bt_cursor *payload)
{
	struct bt_frame frame;

	if (app->claim != CLAIM_OURS || app->beyond[ctx->dir] || app->resync[ctx->dir])
		return false;
	frame = frame_at(app->dissector, *payload, ctx->dir, BT_IN_SYNC);
	if (frame.kind != BT_FRAME_WHOLE || frame.length != cur_left(payload) || frame.beyond)
		return false;
	dissect(ctx, app, *payload);
	return true;
}

void engine_packet(struct bt_engine *engine, struct flow *flow, enum bt_dir dir,
		   const struct packet *packet)
{
	struct engine_flow *app = flow->app;
	int64_t now_ns = packet->frame->time_ns;
	bool is_tcp = flow->pub.transport == BT_OVER_TCP;
	struct bt_context ctx;

	if (app->claim == CLAIM_FOREIGN) {
		stream_destroy(engine->streams, flow); /* nobody will read it */
		engine_undecoded(engine, app, cur_left(&packet->payload));
		return;
	}
	if (is_tcp && !stream_in_order(engine->streams, flow, dir, packet)) {
		stream_segment(engine->streams, flow, dir, packet);
		engine_read_stream(engine, flow, now_ns, packet->frame->number);
		return;
	}
	if (!cur_left(&packet->payload))
		return;
	ctx = engine_context(engine, flow, dir, now_ns, packet->frame->number);
	if (!is_tcp)
		read_datagram(&ctx, packet->payload);
	else if (!read_whole(&ctx, app, &packet->payload))
		read_part(&ctx, packet->payload, cur_left(&packet->payload));
}
