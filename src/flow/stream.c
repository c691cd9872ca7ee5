/* SPDX-License-Identifier: Apache-2.0
 *
 * Reassembly (the rules are in stream.h; sequence numbers as in RFC 9293).
 *
 * stream_segment() only judges the segment and leaves it in the pool as `todo`. stream_next() then
 * takes one step at a time: a piece of `todo` that is next in order is given out as a view, one that
 * came too early is copied and held, one that was held before is compared; held bytes whose turn has
 * come are given out; a hole that has waited long enough becomes a gap. So a cap that is reached in
 * the middle of a segment is only another reason for a gap, and nothing is copied in steady state.
 */
#include "stream.h"

#include "inside.h"
#include "stream_inside.h"

enum {
	WINDOW_MAX = 4 << 20,     /* further away from what is expected is no data */
	STRAYS_TO_BELIEVE = 3,    /* ... unless so many follow one another */
	LOST_PACKETS = 3,         /* of the flow, after the receiver acknowledged what we have not */
};

#define HOLE_WAIT_NS SECONDS(2)
#define LOST_WAIT_NS MILLISECONDS(200)

/* How far `seq` is after `from`, modulo 2^32. */
static int32_t ahead(uint32_t seq, uint32_t from)
{
	return (int32_t)(seq - from);
}

static int64_t elapsed(int64_t from_ns, int64_t to_ns)
{
	return (int64_t)((uint64_t)to_ns - (uint64_t)from_ns);
}

static uint32_t end_of(const struct block *block)
{
	return block->seq + block->size;
}

static unsigned side_of(const struct stream *stream, enum bt_dir dir)
{
	return (unsigned)dir ^ stream->swapped;
}

/* ---- what was given out ---- */

/* The bytes given last are used up unless they were carried. */
static void settle(struct stream_pool *pool)
{
	if (!pool->given)
		return;
	if (!pool->given_carried) {
		block_put(pool, pool->given->carry);
		pool->given->carry = NULL;
	}
	block_put(pool, pool->lent);
	pool->lent = NULL;
	pool->given = NULL;
}

static void drop_carry(struct stream_pool *pool, struct half *half)
{
	block_put(pool, half->carry);
	half->carry = NULL;
}

/* Keeps `count` bytes at `from`, a view of the packet or of a block that is about to go. */
static bool carry_copy(struct stream_pool *pool, struct half *half, const uint8_t *from, size_t count)
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
	struct half *half = pool->given;
	struct block *block;
	const uint8_t *from;

	if (!half || count == 0)
		return half != NULL;
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

/* Bytes that the receiver has and we have not. A FIN takes a sequence number without being a byte;
 * `next` does not count it, so that a forged one cannot shift the stream. */
static bool is_behind(const struct half *half)
{
	uint32_t acked = half->acked;

	if (half->has_fin && acked == half->fin_seq + 1)
		acked--;
	return half->has_acked && ahead(acked, half->next) > 0;
}

/* `next` has moved, or a FIN was seen. */
static void moved(struct half *half)
{
	half->has_fin &= ahead(half->fin_seq, half->next) >= 0;
	half->lost &= is_behind(half);
}

/* The run of bytes ends, another begins `missing` bytes further on. */
static void jump(struct half *half, uint32_t missing)
{
	if (!half->doubtful)
		half->sure = half->next;
	half->next += missing;
	half->run = half->next;
	half->doubtful = !half->has_acked || ahead(half->acked, half->run) < 0;
}

static bool give_gap(struct stream_pool *pool, struct flow *flow, struct half *half,
		     uint32_t missing, struct stream_part *part)
{
	drop_carry(pool, half);
	if (missing)
		jump(half, missing);
	moved(half);
	flow->gaps++;
	flow->gap_bytes += missing;
	flow->pub.seen |= BT_SEEN_GAP;
	part->kind = STREAM_GAP;
	part->missing = missing;
	return true;
}

/* Gives out bytes that are next in order and came with `packet`. Whoever calls has asked carry_fits(). */
static bool give_bytes(struct stream_pool *pool, struct half *half, struct bt_cursor bytes,
		       uint64_t packet, int64_t time_ns, struct stream_part *part)
{
	struct block *carry = half->carry;
	bool later = carry && carry->packet > packet;

	part->kind = STREAM_BYTES;
	part->packet = pool->given_packet = later ? carry->packet : packet;
	part->time_ns = pool->given_ns = later ? carry->time_ns : time_ns;
	part->fresh = (uint32_t)bytes.left;
	half->next += part->fresh;
	moved(half);
	if (carry) {
		memcpy(carry->bytes + carry->size, bytes.ptr, bytes.left);
		carry->size += part->fresh;
		bytes = cur_of(carry->bytes, carry->size);
	}
	part->bytes = bytes;
	pool->given = half;
	pool->given_bytes = bytes;
	pool->given_carried = false;
	return true;
}

static struct block *unhold_first(struct half *half)
{
	struct block *block = half->held;

	half->held = block->next;
	half->held_count--;
	half->held_bytes -= block->size;
	return block;
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
		return give_gap(pool, flow, half, 0, part);
	unhold_first(half);
	pool->lent = block;
	if (old < bytes.left) {
		cur_skip(&bytes, old);
		give_bytes(pool, half, bytes, block->packet, block->time_ns, part);
	}
	if (block->missing && ahead(end, half->next) > 0)
		half->cut_off = end - half->next;
	if (pool->given == half)
		return true;
	block_put(pool, block);
	pool->lent = NULL;
	return false;
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

static enum placing hold(struct stream_pool *pool, struct half *half, struct block **at, size_t count)
{
	struct block *block;

	if (half->held_count >= STREAM_SEGMENTS_MAX ||
	    half->held_bytes + count > STREAM_HELD_BYTES_MAX || pool->used >= pool->max / 4 * 3)
		return PLACE_FULL; /* the last quarter is for messages that have begun */
	block = block_get(pool, count);
	if (!block)
		return PLACE_FULL;
	block->seq = pool->todo_seq;
	block->packet = pool->packet;
	block->time_ns = pool->now_ns;
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

static enum placing place(struct stream_pool *pool, struct half *half, size_t *piece)
{
	struct block **at = &half->held, *there;
	int32_t old = ahead(half->next, pool->todo_seq);

	if (old > 0)
		todo_skip(pool, (size_t)old < pool->todo.left ? (size_t)old : pool->todo.left);
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
	if (pool->todo_seq == half->next)
		return PLACE_NEXT;
	return hold(pool, half, at, *piece);
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

static bool hole_due(const struct half *half, int64_t now_ns)
{
	const struct block *first = half->held;

	if (!first)
		return false;
	if (half->flushing || elapsed(first->time_ns, now_ns) >= HOLE_WAIT_NS)
		return true;
	return half->lost && ahead(half->acked, first->seq) >= 0 &&
	       (half->lost_packets >= LOST_PACKETS ||
		elapsed(half->lost_ns, now_ns) >= LOST_WAIT_NS);
}

/* What is certain before anything else is looked at: bytes that nobody will bring. */
static bool give_known_gap(struct stream_pool *pool, struct flow *flow, struct half *half,
			   struct stream_part *part)
{
	uint32_t missing = half->cut_off;

	if (half->resync) {
		half->resync = false;
		return give_gap(pool, flow, half, 0, part);
	}
	half->cut_off = 0;
	if (half->held && half->held->seq - half->next < missing)
		missing = half->held->seq - half->next;
	if (!missing)
		return false;
	give_gap(pool, flow, half, missing, part);
	half->doubtful = false; /* they were there, and a retransmission of them is cut off too */
	return true;
}

/* The packet's bytes find their place before held ones are given out: to be compared with them. */
static bool next_part(struct stream_pool *pool, struct flow *flow, unsigned side,
		      struct stream_part *part)
{
	struct half *half = &flow->stream->halves[side];
	enum placing placing;
	size_t piece = 0;

	for (;;) {
		if ((half->resync || half->cut_off) && give_known_gap(pool, flow, half, part))
			return true;
		placing = PLACED;
		if (has_todo(pool, flow->stream, side)) {
			placing = place(pool, half, &piece);
			if (placing == PLACED)
				continue;
		}
		if (placing == PLACE_NEXT) {
			if (!carry_fits(pool, half, piece))
				return give_gap(pool, flow, half, 0, part);
			give_bytes(pool, half, cur_of(pool->todo.ptr, piece), pool->packet, pool->now_ns,
				   part);
			todo_skip(pool, piece);
			return true;
		}
		if (half->held && ahead(half->held->seq, half->next) <= 0) {
			if (give_held(pool, flow, half, part))
				return true;
			continue;
		}
		if (placing == PLACE_FULL)
			return give_gap(pool, flow, half, hole_end(pool, half) - half->next, part);
		if (!hole_due(half, pool->now_ns))
			return false;
		return give_gap(pool, flow, half, half->held->seq - half->next, part);
	}
}

/* Nothing to look at: the common end of a packet. */
static bool is_idle(const struct stream_pool *pool, const struct stream *stream)
{
	const struct half *halves = stream->halves;

	return !has_todo(pool, stream, pool->side) && !pool->conflict && !stream->waiting &&
	       !halves[0].held && !halves[1].held && !(halves[0].cut_off | halves[1].cut_off) &&
	       !(halves[0].resync | halves[1].resync);
}

bool stream_next(struct stream_pool *pool, struct flow *flow, struct stream_part *part)
{
	struct stream *stream = flow->stream;
	unsigned side = pool->side;

	settle(pool);
	if (!stream || is_idle(pool, stream))
		return false;
	*part = (struct stream_part){0};
	if (!next_part(pool, flow, side, part)) {
		side ^= 1;
		if (!next_part(pool, flow, side, part))
			side = 2;
	}
	if (side < 2) {
		part->dir = (enum bt_dir)(side ^ stream->swapped);
		return true;
	}
	if (pool->conflict && pool->at == stream) {
		pool->conflict = false;
		part->kind = STREAM_CONFLICT;
		part->dir = (enum bt_dir)(pool->side ^ stream->swapped);
		return true;
	}
	for (side = 0; side < 2; side++)
		stream->halves[side].flushing &= stream->halves[side].held != NULL;
	if (stream->halves[0].held || stream->halves[1].held)
		waiting_add(pool, flow);
	else if (stream->waiting)
		waiting_remove(pool, flow);
	return false;
}

/* ---- judging a segment ---- */

/* A SYN can be forged like any segment, so the beginning is doubtful until it is acknowledged. */
static void start_at(struct half *half, uint32_t seq)
{
	half->started = half->doubtful = true;
	half->next = half->run = seq;
	half->sure = seq - WINDOW_MAX;
}

static struct stream *make_stream(struct stream_pool *pool, const struct flow *flow)
{
	struct stream *stream = pool_get(&pool->streams);
	uint32_t isn;

	if (!stream)
		return NULL;
	for (unsigned side = 0; side < 2; side++) {
		stream->halves[side].started = tcp_isn(flow, (enum bt_dir)side, &isn);
		if (stream->halves[side].started)
			start_at(&stream->halves[side], isn + 1);
	}
	return stream;
}

static void note_ack(struct half *half, uint32_t ack, int64_t now_ns)
{
	half->expects = ack;
	half->expecting = true;
	if (ahead(ack, half->run) > 0 && ahead(ack, half->next) <= 0)
		half->doubtful = false;
	if (!half->started || ahead(ack, half->next) > WINDOW_MAX ||
	    (half->has_acked && ahead(ack, half->acked) <= 0))
		return;
	half->acked = ack;
	half->has_acked = true;
	if (!half->lost && is_behind(half)) {
		half->lost = true;
		half->lost_ns = now_ns;
		half->lost_packets = 0;
	}
}

/* One more packet of the flow went by. Where the clock stepped back, waiting begins anew. */
static void note_packet(struct half *half, int64_t now_ns)
{
	if (half->lost) {
		half->lost_packets += half->lost_packets < LOST_PACKETS;
		if (elapsed(half->lost_ns, now_ns) < 0)
			half->lost_ns = now_ns;
	}
	if (half->held && elapsed(half->held->time_ns, now_ns) < 0)
		half->held->time_ns = now_ns;
}

static void note_fin(struct half *half, uint32_t fin_seq)
{
	if (!half->started || ahead(fin_seq, half->next) < 0 ||
	    ahead(fin_seq, half->next) > WINDOW_MAX)
		return;
	half->has_fin = true;
	half->fin_seq = fin_seq;
}

/* A known segment again? Then tells whether with the same bytes. */
static bool recent(const struct half *half, uint32_t seq, size_t size, uint32_t hash, bool *same)
{
	for (unsigned i = 0; i < RECENT; i++) {
		if (half->recent_seq[i] != seq || half->recent_size[i] != size)
			continue;
		*same = half->recent_hash[i] == hash;
		return true;
	}
	return false;
}

static void remember(struct half *half, uint32_t seq, size_t size, uint32_t hash)
{
	half->recent_seq[half->recent_at] = seq;
	half->recent_size[half->recent_at] = (uint16_t)size;
	half->recent_hash[half->recent_at] = hash;
	half->recent_at = (uint8_t)((half->recent_at + 1) % RECENT);
}

/* Far outside the window. True once so many followed one another that the stream must be there. */
static bool believe_stray(struct half *half, uint32_t seq, uint32_t size)
{
	half->wild_count = half->wild_count && seq == half->wild_next ? half->wild_count + 1 : 1;
	half->wild_next = seq + size;
	if (half->wild_count < STRAYS_TO_BELIEVE)
		return false;
	half->wild_count = 0;
	return true;
}

/* Were we led away from where the stream is? One forged segment far ahead is enough for it, once
 * the hole before it is given up, and all that is really sent would then be old. The bytes that the
 * receiver waits for are no old ones, nor are those for which nobody ever came back. */
static bool led_away(const struct half *half, uint32_t seq)
{
	bool before = ahead(seq, half->run) < 0;

	if (before && half->doubtful && ahead(seq, half->sure) >= 0)
		return true;
	return half->expecting && seq == half->expects &&
	       (before || ahead(seq, half->next) > WINDOW_MAX);
}

static void move_to(struct stream_pool *pool, struct half *half, uint32_t seq)
{
	while (half->held)
		block_put(pool, unhold_first(half));
	half->next = half->run = seq;
	half->has_acked = half->lost = half->has_fin = half->doubtful = false;
	half->resync = true;
}

static void take_payload(struct stream_pool *pool, struct flow *flow, struct half *half,
			 const struct packet *packet, uint32_t seq)
{
	uint32_t wire = packet->payload_wire;
	size_t size = packet->payload.left;
	bool same = false, old;

	if (wire < size)
		wire = (uint32_t)size;
	if (!half->started) {
		if (wire == 1 && !(packet->tcp_flags & TCP_PSH))
			return; /* a keep-alive's byte is no beginning */
		half->started = true;
		half->next = half->run = seq;
	}
	if (wire == 1 && (seq + 1 == half->next || (half->has_fin && seq == half->fin_seq)))
		return; /* a keep-alive, before or after the FIN */
	if (led_away(half, seq)) {
		move_to(pool, half, seq);
	} else if (ahead(seq, half->next) > WINDOW_MAX || ahead(seq, half->next) < -WINDOW_MAX) {
		flow->strays++;
		if (!believe_stray(half, seq, wire))
			return;
		move_to(pool, half, seq);
	}
	half->wild_count = 0;
	old = ahead(seq, half->next) < 0;
	if (old && size && recent(half, seq, size, flow->payload_hash, &same))
		pool->conflict = !same;
	else if (size)
		remember(half, seq, size, flow->payload_hash);
	pool->todo = packet->payload;
	pool->todo_seq = seq;
	pool->todo_missing = wire - (uint32_t)size;
}

static void begin_packet(struct stream_pool *pool, const struct stream *stream, unsigned side,
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

void stream_segment(struct stream_pool *pool, struct flow *flow, enum bt_dir dir,
		    const struct packet *packet)
{
	uint8_t flags = packet->tcp_flags;
	bool payload = packet->payload_wire && !(flags & TCP_RST); /* a RST's is a text for people */
	uint32_t seq = packet->tcp_seq + !!(flags & TCP_SYN);
	struct half *half, *other;
	struct stream *stream;

	pool->packet = packet->frame->number;
	if (!flow->stream && payload)
		flow->stream = make_stream(pool, flow);
	stream = flow->stream;
	if (!stream) {
		begin_packet(pool, NULL, 0, packet->frame->time_ns);
		return;
	}
	begin_packet(pool, stream, side_of(stream, dir), packet->frame->time_ns);
	half = &stream->halves[pool->side];
	other = &stream->halves[pool->side ^ 1];
	note_packet(half, pool->now_ns);
	note_packet(other, pool->now_ns);
	if (flags & TCP_ACK && !(flags & TCP_RST))
		note_ack(other, packet->tcp_ack, pool->now_ns);
	if (payload)
		take_payload(pool, flow, half, packet, seq);
	if (flags & TCP_FIN) {
		note_fin(half, seq + packet->payload_wire);
		moved(half);
	}
}

void stream_flush(struct stream_pool *pool, struct flow *flow)
{
	struct stream *stream = flow->stream;

	begin_packet(pool, stream, 0, pool->now_ns);
	if (!stream)
		return;
	pool->side = side_of(stream, BT_TO_SERVER);
	stream->halves[0].flushing = stream->halves[0].held != NULL;
	stream->halves[1].flushing = stream->halves[1].held != NULL;
}

void stream_timeout(struct stream_pool *pool, struct flow *flow, int64_t now_ns)
{
	begin_packet(pool, flow->stream, 0, now_ns);
	if (flow->stream)
		pool->side = side_of(flow->stream, BT_TO_SERVER);
}

size_t stream_due(const struct stream_pool *pool, int64_t now_ns, struct flow **due, size_t cap)
{
	size_t found = 0;

	for (uint32_t i = 0; i < pool->waiting_count && found < cap; i++) {
		const struct stream *stream = pool->waiting[i]->stream;

		if (hole_due(&stream->halves[0], now_ns) || hole_due(&stream->halves[1], now_ns))
			due[found++] = pool->waiting[i];
	}
	return found;
}

void stream_destroy(struct stream_pool *pool, struct flow *flow)
{
	struct stream *stream = flow->stream;

	if (!stream)
		return;
	settle(pool);
	if (pool->at == stream)
		begin_packet(pool, NULL, 0, pool->now_ns);
	waiting_remove(pool, flow);
	for (unsigned side = 0; side < 2; side++) {
		while (stream->halves[side].held)
			block_put(pool, unhold_first(&stream->halves[side]));
		drop_carry(pool, &stream->halves[side]);
	}
	pool_put(&pool->streams, stream);
	flow->stream = NULL;
}

void stream_swap_sides(struct stream *stream)
{
	if (stream)
		stream->swapped = !stream->swapped;
}
