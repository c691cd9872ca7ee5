/* SPDX-License-Identifier: Apache-2.0
 *
 * Reassembly (the rules are in stream.h; sequence numbers as in RFC 9293).
 *
 * stream_segment() (segment.c) leaves the packet's payload in the pool as `todo`. stream_next() then
 * takes one step at a time: a piece of `todo` that is next in order is given out as a view, one that
 * came too early is copied and held, one that was held before is compared; held bytes whose turn has
 * come are given out; a hole that has waited long enough becomes a gap. So a cap that is reached in
 * the middle of a segment is only another reason for a gap, and nothing is copied in steady state.
 */
#include "stream.h"

#include "stream_inside.h"

#define HOLE_WAIT_NS SECONDS(2)
#define LOST_WAIT_NS MILLISECONDS(200)

static uint32_t end_of(const struct block *block)
{
	return block->seq + block->size;
}

/* ---- what was given out ---- */

static void drop_carry(struct stream_pool *pool, struct half *half)
{
	block_put(pool, half->carry);
	half->carry = NULL;
}

/* The bytes given last are used up unless they were carried. */
static void settle(struct stream_pool *pool)
{
	if (!pool->given)
		return;
	if (!pool->given_carried && pool->given->unrest)
		drop_carry(pool, &pool->given->unrest->halves[pool->given_side]);
	block_put(pool, pool->lent);
	pool->lent = NULL;
	pool->given = NULL;
}

/* Keeps `count` bytes at `from`, a view of the packet or of a block that is about to go. */
static bool carry_copy(struct stream_pool *pool, struct half *half, const uint8_t *from,
		       size_t count)
{
	struct block *block = block_get(pool, count);

	if (!block)
		return false;
	memcpy(block->bytes, from, count);
	block->size = (uint32_t)count;
	drop_carry(pool, half);
	half->carry = block;
	return true;
}

bool stream_carry(struct stream_pool *pool, struct flow *flow, enum bt_dir dir, size_t count)
{
	struct half *half;
	struct block *block;
	const uint8_t *from;

	if (!pool->given || count == 0)
		return pool->given != NULL;
	if (!stream_stir(pool, pool->given))
		return false;
	half = &pool->given->unrest->halves[pool->given_side];
	if (count > pool->given_bytes.left)
		count = pool->given_bytes.left;
	from = pool->given_bytes.ptr + (pool->given_bytes.left - count);
	block = half->carry ? half->carry : pool->lent;
	/* A small rest moves out of a big block, so that it does not hold on to the shard's memory. */
	if (!block || (block->class > BLOCK_CLASS_MIN && block_room(block) > 4 * count)) {
		pool->given_carried = carry_copy(pool, half, from, count);
		if (pool->given_carried || !block)
			goto out;
	}
	memmove(block->bytes, from, count);
	block->size = (uint32_t)count;
	if (block == pool->lent)
		pool->lent = NULL;
	half->carry = block;
	pool->given_carried = true;
out:
	if (!pool->given_carried)
		return false;
	half->carry->packet = pool->given_packet;
	half->carry->time_ns = pool->given_ns;
	pool->given_bytes = cur_of(half->carry->bytes, count);
	return true;
}

/* Makes room for `extra` bytes behind what is carried. */
static bool carry_fits(struct stream_pool *pool, struct half *half, size_t extra)
{
	struct block *old = half->carry, *bigger;

	if (!old || block_room(old) - old->size >= extra)
		return !old || old->size + extra <= STREAM_HELD_BYTES_MAX;
	bigger = block_get(pool, old->size + extra);
	if (!bigger)
		return false;
	memcpy(bigger->bytes, old->bytes, old->size);
	bigger->size = old->size;
	bigger->packet = old->packet;
	bigger->time_ns = old->time_ns;
	block_put(pool, old);
	half->carry = bigger;
	return true;
}

/* ---- steps forward ---- */

/* The run of bytes ends, another begins `count` bytes further on. */
static void jump(struct half *half, uint32_t count)
{
	if (!half->doubtful)
		half->sure = half->next;
	half_advance(half, count);
	half->run = half->next;
	half->past.size = 0;
	half->doubtful = !half->has_acked || ahead(half->acked, half->run) < 0;
}

static bool give_gap(struct stream_pool *pool, struct flow *flow, struct half *half,
		     uint32_t missing, uint32_t skipped, struct stream_part *part)
{
	drop_carry(pool, half);
	part->kind = STREAM_GAP;
	part->missing = missing;
	part->skipped = skipped;
	if (!missing && skipped)
		return true; /* was told before */
	flow->gaps++;
	flow->gap_bytes += missing;
	flow->pub.seen |= BT_SEEN_GAP;
	return true;
}

/* Nobody knows how many bytes. */
static bool give_break(struct stream_pool *pool, struct flow *flow, struct half *half,
		       struct stream_part *part)
{
	return give_gap(pool, flow, half, 0, 0, part);
}

static bool skip(struct stream_pool *pool, struct flow *flow, struct half *half, uint32_t count,
		 struct stream_part *part)
{
	uint32_t missing = count > half->told ? count - half->told : 0;

	jump(half, count);
	return give_gap(pool, flow, half, missing, count, part);
}

/* Gives out bytes that are next in order and came with `packet`. Whoever calls has asked carry_fits(). */
static bool give_bytes(struct stream_pool *pool, struct stream *stream, struct half *half,
		       struct bt_cursor bytes, uint64_t packet, int64_t time_ns,
		       struct stream_part *part)
{
	unsigned side = half != stream->unrest->halves;
	struct block *carry = half->carry;
	bool later = carry && carry->packet > packet;

	part->kind = STREAM_BYTES;
	part->packet = pool->given_packet = later ? carry->packet : packet;
	part->time_ns = pool->given_ns = later ? carry->time_ns : time_ns;
	part->fresh = (uint32_t)bytes.left;
	half_advance(half, part->fresh);
	past_add(stream, side, bytes);
	if (carry) {
		memcpy(carry->bytes + carry->size, bytes.ptr, bytes.left);
		carry->size += part->fresh;
		bytes = cur_of(carry->bytes, carry->size);
	}
	part->bytes = bytes;
	pool->given = stream;
	pool->given_side = side;
	pool->given_bytes = bytes;
	pool->given_carried = false;
	return true;
}

/* The first held block, whose turn has come. True: `part` is filled. */
static bool give_held(struct stream_pool *pool, struct flow *flow, struct half *half,
		      struct stream_part *part)
{
	struct block *block = half->held;
	uint32_t old = half->next - block->seq;
	struct bt_cursor bytes = cur_of(block->bytes, block->size);
	uint32_t end = end_of(block) + block->missing;

	if (!carry_fits(pool, half, block->size))
		return give_break(pool, flow, half, part);
	unhold_first(half);
	pool->lent = block;
	if (old < bytes.left) {
		cur_skip(&bytes, old);
		give_bytes(pool, flow->stream, half, bytes, block->packet, block->time_ns, part);
	}
	if (block->missing && ahead(end, half->next) > 0)
		half->cut_off = end - half->next;
	if (pool->given)
		return true;
	block_put(pool, block);
	pool->lent = NULL;
	return false;
}

/* Whoever sent this had received `ack` by then. True: part of that has neither come nor been told to
 * be missing, but will be one or the other soon. */
static bool must_wait(const struct half *peer, uint32_t ack)
{
	int32_t lacking = ahead(bytes_acked(peer, ack), untold(peer));

	return peer->lost && lacking > 0 && lacking <= WINDOW_MAX;
}

/* ---- finding the segment's place ---- */

enum placing {
	PLACED,     /* one step done: look again */
	PLACE_NEXT, /* `piece` is next in order */
	PLACE_FULL, /* must be held and cannot */
};

static void todo_skip(struct stream_pool *pool, size_t count)
{
	cur_skip(&pool->todo, count);
	pool->todo_seq += (uint32_t)count;
}

static enum placing hold(struct stream_pool *pool, struct half *half, struct block **at,
			 size_t count)
{
	struct block *block;

	if (half->held_count >= STREAM_SEGMENTS_MAX ||
	    half->held_bytes + count > STREAM_HELD_BYTES_MAX || pool->used >= pool->max / 4 * 3)
		return PLACE_FULL; /* the last quarter is for messages that have begun */
	block = block_get(pool, count);
	if (!block)
		return PLACE_FULL;
	block->seq = pool->todo_seq;
	block->ack = pool->todo_ack;
	block->time_ns = pool->now_ns;
	block->packet = pool->packet;
	block->size = (uint32_t)count;
	if (count)
		memcpy(block->bytes, pool->todo.ptr, count);
	todo_skip(pool, count);
	if (!pool->todo.left) {
		block->missing = pool->todo_missing;
		pool->todo_missing = 0;
	}
	block->next = *at;
	*at = block;
	half->held_count++;
	half->held_bytes += block->size;
	return PLACED;
}

/* Only bytes that the snap length cut off are left of the segment. */
static enum placing place_missing(struct stream_pool *pool, struct half *half)
{
	uint32_t end = pool->todo_seq + pool->todo_missing;
	struct block **at = &half->held;

	if (ahead(pool->todo_seq, half->next) <= 0) {
		half->cut_off = ahead(end, half->next) > 0 ? end - half->next : 0;
		pool->todo_missing = 0;
		return PLACED;
	}
	for (; *at && ahead(end_of(*at), pool->todo_seq) <= 0; at = &(*at)->next) {
		if (end_of(*at) == pool->todo_seq && (*at)->missing) { /* known */
			pool->todo_missing = 0;
			return PLACED;
		}
	}
	if (*at && ahead((*at)->seq, pool->todo_seq) <= 0) { /* another copy of them is held */
		uint32_t held = end_of(*at) - pool->todo_seq;

		held = held < pool->todo_missing ? held : pool->todo_missing;
		pool->todo_seq += held;
		pool->todo_missing -= held;
		return PLACED;
	}
	return hold(pool, half, at, 0);
}

static enum placing place(struct stream_pool *pool, const struct stream *stream, struct half *half,
			  const struct half *peer, size_t *piece)
{
	struct block **at = &half->held, *there;
	int32_t old = ahead(half->next, pool->todo_seq);

	if (old > 0) {
		pool->conflict |= !past_agrees(stream, pool->side, pool->todo, pool->todo_seq);
		todo_skip(pool, (size_t)old < pool->todo.left ? (size_t)old : pool->todo.left);
	}
	if (!pool->todo.left)
		return place_missing(pool, half);
	while (*at && ahead(end_of(*at), pool->todo_seq) <= 0)
		at = &(*at)->next;
	there = *at;
	*piece = pool->todo.left;
	if (there && ahead(there->seq, pool->todo_seq) <= 0) { /* these bytes are held already */
		uint32_t offset = pool->todo_seq - there->seq;

		if (*piece > there->size - offset)
			*piece = there->size - offset;
		pool->conflict |= memcmp(there->bytes + offset, pool->todo.ptr, *piece) != 0;
		todo_skip(pool, *piece);
		return PLACED;
	}
	if (there && *piece > there->seq - pool->todo_seq)
		*piece = there->seq - pool->todo_seq;
	if (pool->todo_seq != half->next)
		return hold(pool, half, at, *piece);
	if (must_wait(peer, pool->todo_ack) && hold(pool, half, at, *piece) == PLACED)
		return PLACED;
	return PLACE_NEXT;
}

/* Something of the packet is left for this half. */
static bool has_todo(const struct stream_pool *pool, const struct stream *stream, unsigned side)
{
	return pool->at == stream && pool->side == side && (pool->todo.left || pool->todo_missing);
}

/* Where the hole at `next` ends when it has to be given up. */
static uint32_t hole_end(const struct stream_pool *pool, const struct half *half)
{
	if (half->held && ahead(half->held->seq, pool->todo_seq) < 0)
		return half->held->seq;
	return pool->todo_seq;
}

/* ---- waiting for holes ---- */

/* How far the bytes go of which we know that they were sent. */
static uint32_t known_end(const struct half *half)
{
	uint32_t end = untold(half);

	if (half->lost)
		end = bytes_acked(half, half->acked);
	if (half->flushing && half->has_fin && ahead(half->fin_seq, end) > 0)
		end = half->fin_seq;
	return end;
}

/* Whatever stops this half has been waited for long enough. */
static bool wait_over(const struct half *half, int64_t now_ns)
{
	const struct block *first = half->held;

	if (half->flushing)
		return first || known_end(half) != untold(half);
	if (first && elapsed(first->time_ns, now_ns) >= HOLE_WAIT_NS)
		return true;
	return half->lost && (!first || ahead(half->acked, first->seq) >= 0) &&
	       (half->lost_packets >= LOST_PACKETS ||
		elapsed(half->lost_ns, now_ns) >= LOST_WAIT_NS);
}

/* The hole at `next`: passed over when something lies behind it, else only told. */
static bool give_up_hole(struct stream_pool *pool, struct flow *flow, struct half *half,
			 struct stream_part *part)
{
	uint32_t missing;

	if (half->held)
		return skip(pool, flow, half, half->held->seq - half->next, part);
	missing = known_end(half) - untold(half);
	half->told += missing;
	moved(half);
	return give_gap(pool, flow, half, missing, 0, part);
}

/* What is certain before anything else is looked at: bytes that nobody will bring. */
static bool give_known_gap(struct stream_pool *pool, struct flow *flow, struct half *half,
			   struct stream_part *part)
{
	uint32_t missing = half->cut_off;

	if (half->resync) {
		half->resync = false;
		return give_break(pool, flow, half, part);
	}
	half->cut_off = 0;
	if (half->held && half->held->seq - half->next < missing)
		missing = half->held->seq - half->next;
	if (!missing)
		return false;
	skip(pool, flow, half, missing, part);
	half->doubtful = false; /* they were there, and a retransmission of them is cut off too */
	return true;
}

/* Nothing is given up while anything goes on by itself, and no order while a hole can be. */
enum patience {
	WAIT,
	GIVE_UP_HOLE,
	GIVE_UP_ORDER, /* peers that wait for each other: one of them lied */
	NO_PATIENCE,
};

/* The packet's bytes find their place before held ones are given out: to be compared with them. */
static bool next_part(struct stream_pool *pool, struct flow *flow, unsigned side,
		      enum patience patience, struct stream_part *part)
{
	struct half *half = &flow->stream->unrest->halves[side];
	const struct half *peer = &flow->stream->unrest->halves[side ^ 1];
	enum placing placing;
	size_t piece = 0;
	int32_t hole;

	for (;;) {
		if ((half->resync || half->cut_off) && give_known_gap(pool, flow, half, part))
			return true;
		placing = PLACED;
		if (has_todo(pool, flow->stream, side)) {
			placing = place(pool, flow->stream, half, peer, &piece);
			if (placing == PLACED)
				continue;
		}
		if (placing == PLACE_NEXT) {
			if (!carry_fits(pool, half, piece))
				return give_break(pool, flow, half, part);
			give_bytes(pool, flow->stream, half, cur_of(pool->todo.ptr, piece),
				   pool->packet, pool->now_ns, part);
			todo_skip(pool, piece);
			return true;
		}
		hole = half->held ? ahead(half->held->seq, half->next) : 1;
		if (half->held && hole > 0 && (uint32_t)hole <= half->told)
			return skip(pool, flow, half, (uint32_t)hole, part);
		if (hole > 0) {
			if (placing == PLACE_FULL)
				return skip(pool, flow, half, hole_end(pool, half) - half->next,
					    part);
			return patience == GIVE_UP_HOLE && wait_over(half, pool->now_ns) &&
			       give_up_hole(pool, flow, half, part);
		}
		if (placing != PLACE_FULL && must_wait(peer, half->held->ack) &&
		    !(patience == GIVE_UP_ORDER && wait_over(half, pool->now_ns)))
			return false;
		if (give_held(pool, flow, half, part))
			return true;
	}
}

/* 2: neither side has anything. */
static unsigned find_part(struct stream_pool *pool, struct flow *flow, struct stream_part *part)
{
	for (enum patience patience = WAIT; patience < NO_PATIENCE; patience++) {
		if (next_part(pool, flow, pool->side, patience, part))
			return pool->side;
		if (next_part(pool, flow, pool->side ^ 1, patience, part))
			return pool->side ^ 1;
	}
	return 2;
}

static bool has_hole(const struct half *half)
{
	return half->held || half->lost;
}

/* What the packet, or its time, brings. */
static bool find_next(struct stream_pool *pool, struct flow *flow, struct stream_part *part)
{
	struct stream *stream = flow->stream;
	struct half *halves = stream->unrest->halves;
	unsigned side = find_part(pool, flow, part);

	if (side == 2 && pool->conflict && pool->at == stream) {
		pool->conflict = false;
		part->kind = STREAM_CONFLICT;
		side = pool->side;
	}
	if (side < 2) {
		part->dir = (enum bt_dir)side_of(stream, (enum bt_dir)side);
		return true;
	}
	halves[0].flushing = halves[1].flushing = false;
	if (has_hole(&halves[0]) || has_hole(&halves[1]))
		waiting_add(pool, flow);
	else
		waiting_remove(pool, flow);
	return false;
}

bool stream_next(struct stream_pool *pool, struct flow *flow, struct stream_part *part)
{
	struct stream *stream = flow->stream;

	settle(pool);
	if (!stream || !stream->unrest)
		return false;
	*part = (struct stream_part){0};
	if ((!is_quiet(stream->unrest) || has_todo(pool, stream, pool->side) || pool->conflict) &&
	    find_next(pool, flow, part))
		return true;
	stream_calm(pool, stream);
	return false;
}

void stream_remember(struct stream_pool *pool, struct flow *flow)
{
	struct stream *stream = flow->stream;

	if (!stream || stream->past)
		return;
	stream->past = pool_take(&pool->pasts);
	if (pool->given && pool->at == stream)
		past_add(stream, pool->given_side, pool->given_bytes);
}

/* ---- the ends of a packet ---- */

void stream_hashed(struct stream_pool *pool, uint32_t payload_hash)
{
	pool->payload_hash = payload_hash;
}

void stream_begin_packet(struct stream_pool *pool, const struct stream *stream, unsigned side,
			 int64_t now_ns)
{
	settle(pool);
	pool->at = stream;
	pool->side = side;
	pool->now_ns = now_ns;
	pool->todo = (struct bt_cursor){0};
	pool->todo_missing = 0;
	pool->conflict = false;
}

void stream_flush(struct stream_pool *pool, struct flow *flow)
{
	struct stream *stream = flow->stream;

	stream_begin_packet(pool, stream, 0, pool->now_ns);
	if (!stream)
		return;
	pool->side = side_of(stream, BT_TO_SERVER);
	if (stream->unrest) /* else nothing is held or missing */
		stream->unrest->halves[0].flushing = stream->unrest->halves[1].flushing = true;
}

void stream_timeout(struct stream_pool *pool, struct flow *flow, int64_t now_ns)
{
	stream_begin_packet(pool, flow->stream, 0, now_ns);
	if (flow->stream)
		pool->side = side_of(flow->stream, BT_TO_SERVER);
}

size_t stream_due(const struct stream_pool *pool, int64_t now_ns, struct flow **due, size_t cap)
{
	size_t found = 0;

	for (uint32_t i = 0; i < pool->waiting_count && found < cap; i++) {
		const struct half *halves = pool->waiting[i]->stream->unrest->halves;

		if (wait_over(&halves[0], now_ns) || wait_over(&halves[1], now_ns))
			due[found++] = pool->waiting[i];
	}
	return found;
}

static void drop_unrest(struct stream_pool *pool, struct flow *flow)
{
	struct unrest *unrest = flow->stream->unrest;

	waiting_remove(pool, flow);
	for (unsigned side = 0; side < 2; side++) {
		while (unrest->halves[side].held)
			block_put(pool, unhold_first(&unrest->halves[side]));
		drop_carry(pool, &unrest->halves[side]);
	}
	pool_put(&pool->unrests, unrest);
}

void stream_destroy(struct stream_pool *pool, struct flow *flow)
{
	struct stream *stream = flow->stream;

	if (!stream)
		return;
	settle(pool);
	if (pool->at == stream)
		stream_begin_packet(pool, NULL, 0, pool->now_ns);
	if (stream->unrest)
		drop_unrest(pool, flow);
	pool_put(&pool->pasts, stream->past);
	pool_put(&pool->streams, stream);
	flow->stream = NULL;
}

void stream_swap_sides(struct stream *stream)
{
	if (stream)
		stream->calm[0].swapped = !stream->calm[0].swapped;
}
