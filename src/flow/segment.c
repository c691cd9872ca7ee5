/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging a TCP segment (RFC 9293): where it stands in its stream, what it acknowledges, whether it
 * is data at all, and whether its bytes are those that were there before.
 */
#include "stream.h"

#include "inside.h"
#include "stream_inside.h"

enum {
	STRAYS_TO_BELIEVE = 3, /* far away, but one behind the other */
};

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

	if (!stream || !stream_stir(pool, stream)) {
		pool_put(&pool->streams, stream);
		return NULL;
	}
	for (unsigned side = 0; side < 2; side++) {
		if (tcp_isn(flow, (enum bt_dir)side, &isn))
			start_at(&stream->unrest->halves[side], isn + 1);
	}
	return stream;
}

/* True: it is the highest so far. */
static bool note_ack(struct half *half, uint32_t ack)
{
	half->expects = ack;
	half->expecting = true;
	if (ahead(ack, half->run) > 0 && ahead(ack, half->next) <= 0)
		half->doubtful = false;
	if (!half->started || ahead(ack, half->next) > WINDOW_MAX ||
	    (half->has_acked && ahead(ack, half->acked) <= 0))
		return false;
	half->acked = ack;
	half->has_acked = true;
	return true;
}

/* The direction that is acknowledged is captured, so what is missing of it can be lost. */
static void note_loss(struct half *half, int64_t now_ns)
{
	if (half->lost || !is_behind(half))
		return;
	half->lost = true;
	half->lost_ns = now_ns;
	half->lost_packets = 0;
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
	half->past.size = 0;
	half->told = 0;
	half->has_acked = half->lost = half->has_fin = half->doubtful = false;
	half->resync = true;
}

static void take_payload(struct stream_pool *pool, struct half *half, const struct packet *packet,
			 uint32_t seq)
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
		if (!believe_stray(half, seq, wire))
			return;
		move_to(pool, half, seq);
	}
	half->wild_count = 0;
	old = ahead(seq, half->next) < 0;
	if (old && size && recent(half, seq, size, pool->payload_hash, &same))
		pool->conflict = !same;
	else if (size)
		remember(half, seq, size, pool->payload_hash);
	pool->todo = packet->payload;
	pool->todo_seq = seq;
	pool->todo_missing = wire - (uint32_t)size;
}

/* The server's first byte, when the answer to the SYN was not captured: told by who answers that. */
static void learn_beginning(const struct flow *flow, enum bt_dir dir, const struct packet *packet,
			    struct half *peer)
{
	uint32_t isn;

	if (peer->started || !tcp_isn(flow, dir, &isn) || packet->tcp_seq != isn + 1)
		return;
	start_at(peer, packet->tcp_ack);
}

/* `calm` is its sender's. Nothing that it says about either direction is a surprise. */
static bool is_next(const struct calm *calm, const struct calm *other, const struct packet *packet)
{
	return packet->tcp_seq == calm->next && calm->started && other->started &&
	       !(calm->has_fin | other->has_fin) &&
	       (packet->tcp_flags | TCP_PSH) == (TCP_ACK | TCP_PSH) &&
	       packet->payload.left == packet->payload_wire && packet->payload.left <= UINT16_MAX &&
	       ahead(packet->tcp_ack, other->next) <= 0 &&
	       !(other->has_acked && ahead(packet->tcp_ack, other->acked) < 0);
}

/* An acknowledgement that is_next(): it becomes the highest. */
static void calm_ack(struct calm *calm, uint32_t ack)
{
	if (ahead(ack, calm->run) > 0)
		calm->doubtful = false;
	calm->acked = ack;
	calm->has_acked = calm->expecting = true;
}

static void calm_advance(struct calm *calm, uint16_t size, uint32_t hash)
{
	calm->recent_size[calm->recent_at] = size;
	calm->recent_hash[calm->recent_at] = hash;
	calm->recent_at = (uint8_t)((calm->recent_at + 1) % RECENT);
	calm->next += size;
	if (ahead(calm->next, calm->run) < 0) { /* as in half_advance() */
		calm->run = calm->next - RUN_MAX;
		calm->doubtful = false;
	}
}

bool stream_in_order(struct stream_pool *pool, struct flow *flow, enum bt_dir dir,
		     const struct packet *packet)
{
	struct stream *stream = flow->stream;
	struct calm *calm, *other;
	unsigned side;

	if (!stream || stream->unrest)
		return false;
	side = side_of(stream, dir);
	calm = &stream->calm[side];
	other = &stream->calm[side ^ 1];
	if (!is_next(calm, other, packet))
		return false;
	stream_begin_packet(pool, stream, side, packet->frame->time_ns);
	calm_ack(other, packet->tcp_ack);
	if (!packet->payload.left)
		return true;
	calm_advance(calm, (uint16_t)packet->payload.left, pool->payload_hash);
	past_add(stream, side, packet->payload);
	pool->given = stream;
	pool->given_side = side;
	pool->given_bytes = packet->payload;
	pool->given_packet = packet->frame->number;
	pool->given_ns = pool->now_ns;
	pool->given_carried = false;
	return true;
}

/* The long way is a call of its own: the short one shares no registers with it. */
__attribute__((noinline)) void stream_segment(struct stream_pool *pool, struct flow *flow,
					      enum bt_dir dir, const struct packet *packet)
{
	uint8_t flags = packet->tcp_flags;
	bool payload =
		packet->payload_wire && !(flags & TCP_RST); /* a RST's is a text for people */
	uint32_t seq = packet->tcp_seq + !!(flags & TCP_SYN);
	struct half *half, *other;
	struct stream *stream;

	if (!flow->stream && payload)
		flow->stream = make_stream(pool, flow);
	stream = flow->stream;
	if (!stream || !stream_stir(pool, stream)) {
		stream_begin_packet(pool, NULL, 0, packet->frame->time_ns);
		return;
	}
	stream_begin_packet(pool, stream, side_of(stream, dir), packet->frame->time_ns);
	half = &stream->unrest->halves[pool->side];
	other = &stream->unrest->halves[pool->side ^ 1];
	pool->packet = packet->frame->number;
	pool->todo_ack = flags & TCP_ACK ? packet->tcp_ack : untold(other);
	note_packet(half, pool->now_ns);
	note_packet(other, pool->now_ns);
	if (flags & TCP_ACK && !(flags & (TCP_RST | TCP_SYN)))
		learn_beginning(flow, dir, packet, other);
	if (flags & TCP_ACK && !(flags & TCP_RST) && note_ack(other, packet->tcp_ack) &&
	    !(flow->pub.seen & BT_SEEN_ONE_WAY))
		note_loss(other, pool->now_ns);
	if (payload)
		take_payload(pool, half, packet, seq);
	if (flags & TCP_FIN) {
		note_fin(half, seq + packet->payload_wire);
		moved(half);
	}
}
