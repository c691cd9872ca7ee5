/* SPDX-License-Identifier: Apache-2.0
 *
 * DNP3 (IEEE 1815-2012) over TCP and UDP: from frames to fragments, and the dissector itself.
 *
 * The engine cuts link frames; a frame's segment joins those of its pair of addresses, and a whole
 * fragment becomes an operation. Function and DIR bit say which side is the master, whichever of
 * them opened the connection.
 */
#include "dnp3.h"

#define ANSWER_WAIT_NS (10LL * 1000 * 1000 * 1000)

/* The master is the client. Once that is settled, what contradicts is the odd one. */
static void settle_sides(struct bt_context *ctx, const struct dnp3_segment *segment)
{
	struct dnp3_state *state = ctx->state;
	bool fits = (ctx->dir == BT_TO_SERVER) ==
		    dnp3_from_master(segment->control, segment->transport,
				     cur_of(segment->bytes + ENVELOPE_BYTES,
					    segment->size - ENVELOPE_BYTES));

	if (!fits && !state->sides_known)
		bt_swap_sides(ctx);
	else if (!fits)
		bt_break(ctx, &dnp3_wrong_direction, "from %u to %u, link control 0x%02x",
			 segment->source, segment->destination, segment->control);
	state->sides_known = true;
}

/* Whose conversation? There are outstations that answer with the master's addresses and DIR bit. */
static struct dnp3_pair *pair_of(struct bt_context *ctx, const struct dnp3_segment *segment)
{
	uint16_t source = segment->source, destination = segment->destination;
	bool turned = ctx->dir == BT_TO_CLIENT;

	if (turned && (segment->control & LINK_DIR))
		turned = dnp3_known_pair(ctx->state, destination, source) != NULL;
	return turned ? dnp3_pair(ctx, destination, source) : dnp3_pair(ctx, source, destination);
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	struct dnp3_segment segment;
	struct bt_cursor enveloped;
	struct dnp3_pair *pair;
	bool of_outstation;

	if (!dnp3_gather(message, &segment)) {
		if (!dnp3_banner(message))
			return BT_NOT_MINE;
		bt_break(ctx, &dnp3_banner_seen, "%zu bytes", cur_left(&message));
		return BT_DISSECTED;
	}
	settle_sides(ctx, &segment);
	if (segment.faults)
		dnp3_report_link(ctx, &segment);
	of_outstation = ctx->dir == BT_TO_CLIENT;
	pair = pair_of(ctx, &segment);
	if ((segment.control & (LINK_PRM | LINK_FUNCTION)) == (LINK_PRM | LINK_CONFIRMED_DATA)) {
		pair->confirmed[of_outstation].packet = ctx->packet;
		pair->confirmed[of_outstation].time_ns = ctx->time_ns;
	}
	if (!segment.has_data || (segment.faults & LINK_STRAY_DATA))
		dnp3_take_link_frame(ctx, pair, cur_of(segment.bytes, ENVELOPE_BYTES));
	else if (dnp3_assemble(ctx, pair, &segment, &enveloped))
		dnp3_take_fragment(ctx, pair, enveloped);
	return BT_DISSECTED;
}

static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct bt_cursor at = bytes;

	bt_break(ctx, &dnp3_stray_bytes, "%zu bytes that begin with %08x", cur_left(&bytes),
		 cur_left(&at) >= 4 ? cur_u32be(&at) : cur_u8(&at));
}

/* What was begun in this direction does not go on, and a select may be among what was lost. */
static void gap(struct bt_context *ctx)
{
	struct dnp3_state *state = ctx->state;
	bool of_outstation = ctx->dir == BT_TO_CLIENT;

	for (uint32_t i = 0; i <= state->pair_count; i++) {
		struct dnp3_pair *pair = i ? &state->pairs[i - 1] : &state->spare;

		pair->assemblies[of_outstation].open = false;
		pair->dubious[of_outstation].open = false;
		pair->select.known = false;
	}
}

static const uint16_t ports[] = {20000, 0};

const struct bt_dissector dissector_dnp3 = {
	.name = "dnp3",
	.title = "DNP3",
	.carriers = BT_CARRIER_TCP | BT_CARRIER_UDP,
	.ports = ports,
	.fields = dnp3_fields,
	.violations = dnp3_violations,
	.state_size = sizeof(struct dnp3_state),
	.max_message = LINK_FRAME_MAX,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.either_opens = true,
	.probe = dnp3_probe,
	.frame = dnp3_frame,
	.dissect = dissect,
	.unanswered = dnp3_unanswered,
	.skipped = skipped,
	.gap = gap,
	.describe = dnp3_describe,
	.feature = dnp3_feature,
};
