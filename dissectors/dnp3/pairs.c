/* SPDX-License-Identifier: Apache-2.0
 *
 * Two link addresses are a conversation of their own: one socket may carry many outstations, and
 * each numbers its segments for itself. Here is what has to be remembered of each, and how its
 * segments become fragments (IEEE 1815-2012, clause 8).
 *
 * A segment that does not follow the last one ends what was begun: rather no message than one made
 * of two. A frame that its receiver may throw away neither ends nor continues what right ones began.
 */
#include "dnp3.h"

static void forget(struct bt_context *ctx, struct dnp3_pair *pair)
{
	for (int i = 0; i < 2; i++) {
		bt_free(ctx, pair->assemblies[i].bytes);
		bt_free(ctx, pair->dubious[i].bytes);
	}
	bt_free(ctx, pair->select.message.bytes);
	bt_free(ctx, pair->operated.bytes);
	bt_free(ctx, pair->told.bytes);
	*pair = (struct dnp3_pair){0};
}

static struct dnp3_pair *room_for_pair(struct bt_context *ctx)
{
	struct dnp3_state *state = ctx->state;
	struct dnp3_pair *oldest;

	if (state->pair_count == state->pair_room && state->pair_room < PAIRS_MAX) {
		uint32_t room = state->pair_room ? state->pair_room * 2 : 1;
		struct dnp3_pair *pairs =
			bt_resize(ctx, state->pairs, room * sizeof(*state->pairs));

		if (pairs) {
			state->pairs = pairs;
			state->pair_room = room;
		}
	}
	if (state->pair_count < state->pair_room)
		return &state->pairs[state->pair_count++];
	oldest = state->pair_count ? &state->pairs[0] : &state->spare;
	for (uint32_t i = 1; i < state->pair_count; i++) {
		if (state->turn - state->pairs[i].turn > state->turn - oldest->turn)
			oldest = &state->pairs[i];
	}
	forget(ctx, oldest);
	return oldest;
}

static bool is_pair(const struct dnp3_pair *pair, uint16_t master, uint16_t outstation)
{
	return pair->turn && pair->master == master && pair->outstation == outstation;
}

struct dnp3_pair *dnp3_known_pair(struct dnp3_state *state, uint16_t master, uint16_t outstation)
{
	for (uint32_t i = 0; i < state->pair_count; i++) {
		if (is_pair(&state->pairs[i], master, outstation))
			return &state->pairs[i];
	}
	return is_pair(&state->spare, master, outstation) ? &state->spare : NULL;
}

struct dnp3_pair *dnp3_pair(struct bt_context *ctx, uint16_t master, uint16_t outstation)
{
	struct dnp3_state *state = ctx->state;
	struct dnp3_pair *pair = dnp3_known_pair(state, master, outstation);

	if (!pair) {
		pair = room_for_pair(ctx);
		pair->master = master;
		pair->outstation = outstation;
	}
	if (!++state->turn) /* 0 is nobody's */
		state->turn = 1;
	pair->turn = state->turn;
	return pair;
}

bool dnp3_keep(struct bt_context *ctx, struct dnp3_copy *copy, struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes);

	if (size > copy->room) {
		uint8_t *more = bt_resize(ctx, copy->bytes, size);

		if (!more) {
			copy->size = 0;
			return false;
		}
		copy->bytes = more;
		copy->room = (uint32_t)size;
	}
	copy->size = (uint32_t)size;
	if (size)
		cur_copy(&bytes, copy->bytes, size);
	return true;
}

struct bt_cursor dnp3_kept(const struct dnp3_copy *copy)
{
	return cur_of(copy->bytes, copy->size);
}

static void drop(struct bt_context *ctx, struct dnp3_assembly *assembly)
{
	if (assembly->open)
		return;
	bt_free(ctx, assembly->bytes);
	assembly->bytes = NULL;
	assembly->size = assembly->room = 0;
}

/* The rooms of fragments that have ended. */
static void reclaim(struct bt_context *ctx)
{
	struct dnp3_state *state = ctx->state;

	for (uint32_t i = 0; i < state->pair_count; i++) {
		for (int side = 0; side < 2; side++) {
			drop(ctx, &state->pairs[i].assemblies[side]);
			drop(ctx, &state->pairs[i].dubious[side]);
		}
	}
}

static bool make_room(struct bt_context *ctx, struct dnp3_assembly *assembly, uint32_t size)
{
	uint32_t room = assembly->room ? assembly->room : FRAGMENT_USUAL + ENVELOPE_BYTES;
	uint8_t *bytes;

	while (room < size)
		room *= 2;
	if (room == assembly->room)
		return true;
	bytes = bt_resize(ctx, assembly->bytes, room);
	if (!bytes) {
		reclaim(ctx);
		bytes = bt_resize(ctx, assembly->bytes, room);
	}
	if (!bytes)
		return false;
	assembly->bytes = bytes;
	assembly->room = room;
	return true;
}

/* UDP loses segments, and nobody can tell who did. */
static void say_lost(struct bt_context *ctx, const char *how, uint32_t bytes)
{
	if (ctx->flow->transport != BT_OVER_UDP)
		bt_break(ctx, &dnp3_lost_segment, "%s, after %u bytes of a fragment", how, bytes);
}

static void give_up(struct bt_context *ctx, struct dnp3_assembly *assembly, const char *why)
{
	if (assembly->open)
		say_lost(ctx, why, assembly->size - ENVELOPE_BYTES);
	assembly->open = false;
}

/* The segment's part of the fragment, the envelope too when it is the first. */
static bool append(struct bt_context *ctx, struct dnp3_assembly *assembly,
		   const struct dnp3_segment *segment)
{
	struct bt_cursor bytes = cur_of(segment->bytes, segment->size);
	uint32_t skip = assembly->size ? ENVELOPE_BYTES : 0;
	uint32_t size = assembly->size + segment->size - skip;

	if (size > FRAGMENT_MAX)
		bt_break(ctx, &dnp3_too_long, "%u bytes and no end", size);
	if (size > FRAGMENT_MAX || !make_room(ctx, assembly, size)) {
		assembly->given_up = true;
		assembly->open = false;
		return false;
	}
	cur_skip(&bytes, skip);
	cur_copy(&bytes, assembly->bytes + assembly->size, segment->size - skip);
	assembly->size = size;
	return true;
}

/* The same octets once more: the segment was repeated, not the fragment begun anew. */
static bool is_repeated(const struct dnp3_assembly *assembly, const struct dnp3_segment *segment)
{
	uint32_t size = segment->size - ENVELOPE_BYTES;
	struct bt_cursor bytes = cur_of(segment->bytes, segment->size);
	struct bt_cursor end = cur_of(assembly->bytes, assembly->size);

	if ((segment->transport & TRANSPORT_SEQUENCE) != assembly->last ||
	    size + ENVELOPE_BYTES > assembly->size)
		return false;
	cur_skip(&bytes, ENVELOPE_BYTES);
	cur_skip(&end, assembly->size - size);
	return cur_equal(bytes, end);
}

bool dnp3_assemble(struct bt_context *ctx, struct dnp3_pair *pair,
		   const struct dnp3_segment *segment, struct bt_cursor *fragment)
{
	struct dnp3_assembly *assembly =
		&(segment->faults ? pair->dubious : pair->assemblies)[ctx->dir == BT_TO_CLIENT];
	uint8_t transport = segment->transport, sequence = transport & TRANSPORT_SEQUENCE;

	if (transport & TRANSPORT_FIR) {
		if (assembly->open && !(transport & TRANSPORT_FIN) &&
		    is_repeated(assembly, segment))
			return false;
		give_up(ctx, assembly, "a new one begins");
		assembly->given_up = false;
		assembly->size = 0;
		if (transport & TRANSPORT_FIN) { /* alone, as most are: nothing to keep */
			*fragment = cur_of(segment->bytes, segment->size);
			return true;
		}
	} else if (is_repeated(assembly, segment)) {
		return false;
	} else if (!assembly->open) {
		if (!assembly->given_up)
			say_lost(ctx, "a segment without those before it", 0);
		return false;
	} else if (sequence != ((assembly->last + 1) & TRANSPORT_SEQUENCE)) {
		give_up(ctx, assembly, "the next segment is missing");
		return false;
	}
	if (!append(ctx, assembly, segment))
		return false;
	assembly->last = sequence;
	assembly->open = !(transport & TRANSPORT_FIN);
	*fragment = cur_of(assembly->bytes, assembly->size);
	return !assembly->open;
}
