/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose protocol is this? Content decides, on any port and from the middle of a session; a hinted
 * port lowers what is asked of the content. A flow stays open for a few looks in each direction,
 * because a capture that begins in the middle of a message begins with nonsense; on a hinted port it
 * stays open for good.
 */
#include "engine_private.h"
#include "roster.h"

enum {
	LOOKS_MAX = 4,    /* at the beginning of a segment or datagram, per direction */
	HEAD_MAX = 512,   /* bytes carried while a dissector wants to see more */
	INSIDE_LEAST = 8, /* bytes without which nothing is taken for the beginning of a message */
};

static unsigned carrier_of(const struct bt_flow *flow)
{
	switch (flow->transport) {
	case BT_OVER_TCP: return BT_CARRIER_TCP;
	case BT_OVER_UDP: return BT_CARRIER_UDP;
	case BT_OVER_LINK: return BT_CARRIER_LINK;
	default: return 0;
	}
}

static bool is_hinted(const struct bt_dissector *dissector, const struct bt_flow *flow)
{
	for (const uint16_t *port = dissector->ports; *port; port++) {
		if (*port == flow->server_port || *port == flow->client_port)
			return true;
	}
	return false;
}

static size_t protocol_of(const struct bt_dissector *dissector)
{
	size_t protocol = 0;

	while (roster[protocol] != dissector)
		protocol++;
	return protocol;
}

static bool claim(struct bt_context *ctx, size_t protocol, enum bt_match match)
{
	const struct bt_dissector *dissector = roster[protocol];
	struct engine_flow *app = ctx->engine->flow->app;

	if (dissector->state_size) {
		app->state = pool_get(&ctx->engine->states[protocol]);
		if (!app->state)
			return false;
	}
	app->dissector = dissector;
	ctx->engine->undecoded_bytes += app->undecoded_bytes;
	app->protocol = (uint8_t)protocol;
	app->claim = CLAIM_OURS;
	app->skipped_bytes = 0;
	stream_remember(ctx->engine->streams, ctx->engine->flow);
	/* A session that was running before the capture may begin anywhere in a message. */
	for (int dir = 0; dir < 2; dir++)
		app->resync[dir] |= ctx->flow->seen & BT_SEEN_MIDSTREAM;
	ctx->state = app->state;
	if (match == (ctx->dir == BT_TO_CLIENT ? BT_MATCH_REQUEST : BT_MATCH_RESPONSE) &&
	    engine_may_turn(app, ctx->engine->flow))
		bt_swap_sides(ctx); /* tells it too */
	else
		ctx->engine->sink->claimed(ctx->engine->owner, ctx->engine->flow, ctx);
	return true;
}

/* Both directions had their looks (a silent one cannot have them: its looks count as taken once the
 * other has had twice as many). */
static bool all_looked(const struct engine_flow *app)
{
	return app->tries[0] + app->tries[1] >= 2 * LOOKS_MAX ||
	       (app->tries[0] >= LOOKS_MAX && app->tries[1] >= LOOKS_MAX);
}

const struct bt_dissector *recognise_hinted(const struct bt_flow *flow)
{
	for (size_t i = 0; i < roster_count; i++) {
		if (!roster[i]->of && !roster[i]->ports_shared &&
		    (roster[i]->carriers & carrier_of(flow)) && is_hinted(roster[i], flow))
			return roster[i];
	}
	return NULL;
}

/* The end of a message whose beginning was not captured is no other protocol, however long it takes. */
static bool may_be_rest(const struct bt_context *ctx, const struct bt_dissector *expected)
{
	const struct engine_flow *app = ctx->engine->flow->app;

	return ctx->flow->transport == BT_OVER_TCP && ctx->flow->seen & ~BT_SEEN_ONE_WAY &&
	       app->skipped_bytes <= expected->max_message + expected->max_beyond;
}

/* Where a protocol's own port says something else, that is told, and the looking goes on: nonsense
 * that the server throws away must not hide what follows. */
void recognise_give_up(struct bt_context *ctx)
{
	struct engine_flow *app = ctx->engine->flow->app;
	const struct bt_dissector *expected = recognise_hinted(ctx->flow);

	if (!expected) {
		app->claim = CLAIM_FOREIGN;
	} else if (!app->said_foreign && !may_be_rest(ctx, expected)) {
		app->said_foreign = true;
		ctx->engine->sink->foreign(ctx->engine->owner, ctx->engine->flow, ctx, expected);
	}
}

/* Without a port's hint it takes two weak matches of one protocol. */
static bool is_perhaps_again(struct engine_flow *app, size_t protocol)
{
	uint64_t before = app->perhaps;

	app->perhaps |= 1ull << protocol;
	return before >> protocol & 1;
}

enum look {
	LOOK_NO,
	LOOK_MORE,
	LOOK_CLAIMED,
};

/* Do the bytes begin like one of ours? */
static enum look look_at(struct bt_context *ctx, struct bt_cursor head)
{
	struct engine_flow *app = ctx->engine->flow->app;
	unsigned carrier = carrier_of(ctx->flow);
	enum look look = LOOK_NO;

	for (size_t i = 0; i < roster_count; i++) {
		const struct bt_dissector *dissector = roster[i];
		bool hinted = is_hinted(dissector, ctx->flow);
		enum bt_match match;

		if (!(dissector->carriers & carrier))
			continue;
		match = dissector->probe(head, hinted);
		if (match == BT_MATCH_NO)
			continue;
		if (match == BT_MATCH_MORE) {
			look = LOOK_MORE;
			continue;
		}
		if (match == BT_MATCH_WEAK && !hinted && !is_perhaps_again(app, i))
			continue;
		return claim(ctx, i, match) ? LOOK_CLAIMED : LOOK_NO;
	}
	return look;
}

/* On a protocol's own port: is there a message of it behind something else? *at: where. */
static enum look look_inside(struct bt_context *ctx, struct bt_cursor bytes, size_t *at)
{
	const struct bt_dissector *dissector = recognise_hinted(ctx->flow);
	struct engine_flow *app = ctx->engine->flow->app;
	size_t size = cur_left(&bytes);

	for (*at = 0; dissector && *at + INSIDE_LEAST <= size; ++*at) {
		struct bt_cursor head = bytes;
		enum bt_match match;

		*at = messages_find(dissector, bytes, *at, 0, ctx->dir);
		if (*at + INSIDE_LEAST > size)
			break;
		cur_skip(&head, *at);
		match = dissector->probe(head, true);
		if (match == BT_MATCH_MORE)
			return LOOK_MORE;
		if (match == BT_MATCH_NO || match == BT_MATCH_WEAK ||
		    !claim(ctx, protocol_of(dissector), match))
			continue;
		app->resync[0] = app->resync[1] = true;
		return LOOK_CLAIMED;
	}
	return LOOK_NO;
}

size_t recognise(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct engine_flow *app = ctx->engine->flow->app;
	bool stream = carrier_of(ctx->flow) == BT_CARRIER_TCP;
	size_t size = cur_left(&bytes), at = 0, rest = 0;
	enum look look = all_looked(app) ? LOOK_NO : look_at(ctx, bytes);

	if (look == LOOK_NO)
		look = look_inside(ctx, bytes, &at);
	if (look == LOOK_CLAIMED)
		return 0;
	if (look == LOOK_MORE && stream && size - at < HEAD_MAX) {
		engine_undecoded(ctx->engine, app, at);
		return size - at;
	}
	app->tries[ctx->dir] += app->tries[ctx->dir] < 2 * LOOKS_MAX;
	app->skipped_bytes += (uint32_t)size;
	if (all_looked(app))
		recognise_give_up(ctx);
	if (stream && app->claim == CLAIM_OPEN && all_looked(app)) /* a message may begin there */
		rest = size < INSIDE_LEAST ? size : INSIDE_LEAST - 1;
	engine_undecoded(ctx->engine, app, size - rest);
	return rest;
}
