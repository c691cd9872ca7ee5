/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose protocol is this? Content decides, on any port and from the middle of a session; a hinted
 * port only lowers what is asked of the content. A flow stays open for a few looks in each
 * direction, because a capture that begins in the middle of a message begins with nonsense.
 */
#include "engine_private.h"

#include <stdlib.h>

#include "roster.h"

enum {
	LOOKS_MAX = 4,    /* at the beginning of a segment or datagram, per direction */
	HEAD_MAX = 512,   /* bytes carried while a dissector wants to see more */
	WEAK_ENOUGH = 2,  /* weak looks that make a claim without a port's hint */
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

static bool claim(struct bt_context *ctx, size_t protocol, enum bt_match match)
{
	const struct bt_dissector *dissector = roster[protocol];
	struct engine_flow *app = ctx->engine->flow->app;

	if (dissector->state_size) {
		app->state = calloc(1, dissector->state_size);
		if (!app->state)
			return false;
	}
	app->dissector = dissector;
	app->protocol = (uint8_t)protocol;
	app->claim = CLAIM_OURS;
	/* A session that was running before the capture may begin anywhere in a message. */
	app->resync[0] = app->resync[1] = ctx->flow->seen & BT_SEEN_MIDSTREAM;
	ctx->state = app->state;
	if ((match == BT_MATCH_REQUEST && ctx->dir == BT_TO_CLIENT) ||
	    (match == BT_MATCH_RESPONSE && ctx->dir == BT_TO_SERVER))
		bt_swap_sides(ctx);
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

void recognise_give_up(struct bt_context *ctx)
{
	struct engine_flow *app = ctx->engine->flow->app;

	app->claim = CLAIM_FOREIGN;
	for (size_t i = 0; i < roster_count; i++) {
		if ((roster[i]->carriers & carrier_of(ctx->flow)) && is_hinted(roster[i], ctx->flow)) {
			ctx->engine->sink->foreign(ctx->engine->owner, ctx->engine->flow, ctx, roster[i]);
			return;
		}
	}
}

bool recognise(struct bt_context *ctx, struct bt_cursor head)
{
	struct engine_flow *app = ctx->engine->flow->app;
	unsigned carrier = carrier_of(ctx->flow);
	bool wants_more = false;

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
			wants_more = true;
			continue;
		}
		if (match == BT_MATCH_WEAK && !hinted && ++app->weak < WEAK_ENOUGH)
			continue;
		return claim(ctx, i, match);
	}
	if (wants_more && carrier == BT_CARRIER_TCP && cur_left(&head) < HEAD_MAX)
		return false;
	app->tries[ctx->dir]++;
	if (all_looked(app))
		recognise_give_up(ctx);
	return true;
}
