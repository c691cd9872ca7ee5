/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP reassembly against an enemy who chooses every segment: order, overlaps, holes, wraps, cut
 * frames, acknowledgements, clock, and what the caller carries, swaps and flushes.
 *
 * The bytes of both directions are a function of their sequence number, so the model needs no copy:
 * whatever is delivered must be that function at the place where the model stands. With the first
 * input byte's lowest bit set the enemy may also send other bytes; then only the invariants hold.
 * Where segments in order go the short way, all is heard and known as if they went the long one.
 */
#include <stdlib.h>

#include "hash.h"
#include "inside.h"
#include "stream_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SEGMENT_MAX = 4096,
	STEPS_MAX = 4000,
};

struct model {
	uint32_t next;
	size_t carried;
	bool started;
	uint32_t cursor; /* where the sender stands */
};

struct world {
	struct bt_cursor input;
	struct stream_pool *pool;
	struct flow flow;
	struct model models[2]; /* by the half's index */
	int64_t now_ns;
	bool lies, remembers, short_way;
	uint64_t heard; /* hash of all that was given out, and of what was known after each packet */
	uint8_t carry_mode;
	uint8_t bytes[SEGMENT_MAX];
};

static void require(bool good)
{
	if (!good)
		abort();
}

static uint8_t truth(unsigned side, uint32_t seq)
{
	return (uint8_t)((seq * 2654435761u) >> 24 ^ seq ^ side * 85);
}

static void note(struct world *world, uint64_t one, uint64_t other)
{
	world->heard = hash_add(world->heard, one, other);
}

static void note_part(struct world *world, const struct stream_part *part, unsigned side)
{
	const uint8_t *bytes = part->bytes.ptr;

	note(world, (uint64_t)part->kind << 8 | side, bytes ? hash_keyed(bytes, part->bytes.left) : 0);
	note(world, part->fresh, part->missing | (uint64_t)part->skipped << 32);
}

static void note_half(struct world *world, const struct half *half)
{
	note(world, half->next | (uint64_t)half->run << 32, half->sure | (uint64_t)half->told << 32);
	note(world, half->acked | (uint64_t)half->expects << 32,
	     half->wild_count | (uint64_t)half->started << 8 | (uint64_t)half->has_acked << 16 |
		     (uint64_t)half->expecting << 24 | (uint64_t)half->doubtful << 32 |
		     (uint64_t)half->lost << 40 | (uint64_t)half->has_fin << 41 |
		     (uint64_t)half->past.size << 48);
	note(world, half->cut_off, half->carry ? half->carry->size : 0);
}

static size_t check_half(const struct half *half, const struct half *peer)
{
	uint32_t at = half->next, bytes = 0;
	unsigned count = 0;
	size_t memory = 0;

	for (const struct block *block = half->held; block; block = block->next) {
		require((int32_t)(block->seq - at) >= 0 || !block->size);
		require(block->size <= block_room(block));
		if (block->size)
			at = block->seq + block->size;
		bytes += block->size;
		count++;
		memory += (size_t)1 << block->class;
	}
	require(count == half->held_count && count <= STREAM_SEGMENTS_MAX);
	require(bytes == half->held_bytes && bytes <= STREAM_HELD_BYTES_MAX);
	require(!half->held || (int32_t)(half->held->seq - half->next) > 0 || peer->lost);
	require(!half->lost || half->has_acked);
	if (half->carry) {
		require(half->carry->size <= block_room(half->carry));
		require(half->carry->size <= STREAM_HELD_BYTES_MAX);
		memory += (size_t)1 << half->carry->class;
	}
	return memory;
}

static void check_world(struct world *world)
{
	const struct stream_pool *pool = world->pool;
	struct stream *stream = world->flow.stream;
	size_t memory = 0;

	require(pool->used <= pool->max && pool->used + pool->cached <= pool->max);
	if (stream) {
		bool calm = !stream->unrest;
		const struct half *a, *b;

		require(stream_stir(world->pool, stream)); /* nothing is lost by it, nor by its end */
		a = &stream->unrest->halves[0], b = a + 1;
		memory = check_half(a, b) + check_half(b, a);
		require(a->past.size <= PAST_BYTES && b->past.size <= PAST_BYTES);
		require((stream->unrest->waiting != 0) ==
			(a->held || b->held || a->lost || b->lost));
		note_half(world, a);
		note_half(world, b);
		stream_calm(world->pool, stream);
		require(calm == !stream->unrest);
	}
	require(pool->unrests.used == (stream && stream->unrest));
	require(memory == pool->used);
	require(!pool->given && !pool->lent);
}

static uint32_t next_of(const struct stream *stream, unsigned side)
{
	return stream->unrest ? stream->unrest->halves[side].next : stream->calm[side].next;
}

static bool has_started(const struct stream *stream, unsigned side)
{
	return stream->unrest ? stream->unrest->halves[side].started : stream->calm[side].started;
}

static void take_bytes(struct world *world, const struct stream_part *part, unsigned side)
{
	struct model *model = &world->models[side];
	uint32_t first = model->next - (uint32_t)model->carried;
	size_t keep = 0;

	note_part(world, part, side);
	require(part->fresh > 0 && part->fresh + model->carried == part->bytes.left);
	for (size_t i = 0; i < part->bytes.left && !world->lies; i++)
		require(part->bytes.ptr[i] == truth(side, first + (uint32_t)i));
	model->next += part->fresh;
	if (world->remembers)
		stream_remember(world->pool, &world->flow);
	switch (world->carry_mode++ % 5) {
	case 1: keep = part->bytes.left; break;
	case 2: keep = part->bytes.left / 2; break;
	case 3: keep = part->bytes.left < 3 ? part->bytes.left : 3; break;
	case 4: keep = part->bytes.left; break;
	}
	if (world->carry_mode % 7 == 0)
		flow_swap_sides(&world->flow); /* a dissector may find out in the middle */
	model->carried =
		keep && stream_carry(world->pool, &world->flow, part->dir, keep) ? keep : 0;
}

static void drain(struct world *world)
{
	struct stream *stream = world->flow.stream;
	struct stream_part part;
	unsigned parts = 0;

	for (unsigned side = 0; stream && side < 2; side++) {
		if (!world->models[side].started && has_started(stream, side)) {
			world->models[side].started = true;
			world->models[side].next = next_of(stream, side);
		}
	}
	while (stream_next(world->pool, &world->flow, &part)) {
		unsigned side = side_of(stream, part.dir);
		struct model *model = &world->models[side];

		require(++parts < 1000);
		if (part.kind == STREAM_CONFLICT) {
			require(world->lies);
			note_part(world, &part, side);
		} else if (part.kind == STREAM_GAP) {
			require(world->flow.pub.seen & BT_SEEN_GAP);
			note_part(world, &part, side);
			model->next += part.skipped;
			model->carried = 0;
			if (!part.missing && !part.skipped) /* unknown: where the stream is now */
				model->next = next_of(stream, side);
		} else {
			take_bytes(world, &part, side);
		}
		require(model->next == next_of(stream, side));
	}
	for (unsigned side = 0; stream && side < 2; side++) {
		require(!world->models[side].started ||
			world->models[side].next == next_of(stream, side));
	}
	check_world(world);
}

static void send(struct world *world, unsigned side, uint32_t seq, uint32_t size, uint8_t flags,
		 uint32_t cut, uint32_t ack)
{
	struct frame frame = {.time_ns = world->now_ns, .number = 1};
	struct packet packet = {
		.frame = &frame,
		.kind = PACKET_TCP,
		.tcp_seq = seq,
		.tcp_ack = ack,
		.tcp_flags = flags,
		.payload_wire = size,
	};
	uint32_t first = seq + !!(flags & TCP_SYN), captured = size > cut ? size - cut : 0;
	uint8_t *exact = malloc(captured + !captured); /* so that one byte too many is seen */
	enum bt_dir dir = (enum bt_dir)(side ^ (world->flow.stream &&
						world->flow.stream->calm[0].swapped));
	struct stream_part whole = {.dir = dir};

	require(exact != NULL);
	for (uint32_t i = 0; i < captured; i++)
		exact[i] = truth(side, first + i);
	if (world->lies && captured && cur_u8(&world->input) & 1)
		exact[captured / 2] ^= cur_u8(&world->input);
	packet.payload = cur_of(exact, captured);
	stream_hashed(world->pool, (uint32_t)hash_keyed(exact, captured));
	if (world->short_way && stream_in_order(world->pool, &world->flow, dir, &packet)) {
		whole.bytes = packet.payload;
		whole.fresh = captured;
		if (captured)
			take_bytes(world, &whole, side);
	} else {
		stream_segment(world->pool, &world->flow, dir, &packet);
	}
	drain(world);
	free(exact);
}

static void step(struct world *world)
{
	struct bt_cursor *in = &world->input;
	uint8_t what = cur_u8(in);
	unsigned side = what >> 7;
	struct model *model = &world->models[side], *peer = &world->models[side ^ 1];
	uint32_t size = cur_u8(in), offset;
	struct flow *due[4];

	world->now_ns += (int64_t)size * 10000;
	switch (what % 14) {
	case 0: /* what comes next */
	case 1:
		send(world, side, model->cursor, size, TCP_ACK | TCP_PSH, 0, peer->cursor);
		model->cursor += size;
		break;
	case 2: /* lost on the way */ model->cursor += size; break;
	case 3: /* anywhere near */
		offset = cur_u16be(in);
		send(world, side, model->cursor + offset - 0x8000, size, TCP_ACK, 0, peer->cursor);
		break;
	case 4: /* big, and a bit before or behind */
		offset = cur_u8(in);
		send(world, side, model->cursor + offset - 128, size * 16, TCP_ACK, 0,
		     peer->cursor);
		break;
	case 5: /* cut by the snap length */
		send(world, side, model->cursor, size, TCP_ACK | TCP_PSH, cur_u8(in), peer->cursor);
		model->cursor += size;
		break;
	case 6:
		send(world, side, model->cursor, 0, TCP_ACK, 0, peer->cursor + cur_u16be(in));
		break;
	case 7: /* keep-alive */
		send(world, side, model->cursor - 1, 1, TCP_ACK, 0, peer->cursor);
		break;
	case 8:
		send(world, side, model->cursor, size % 4 ? 0 : size, cur_u8(in) & 0x3f, 0,
		     peer->cursor);
		break;
	case 9: world->now_ns += (int64_t)(int8_t)size * MILLISECONDS(50); break;
	case 10:
		if (world->flow.stream)
			stream_timeout(world->pool, &world->flow, world->now_ns);
		drain(world);
		if (world->flow.stream)
			require(stream_due(world->pool, world->now_ns, due, 4) == 0);
		break;
	case 11:
		stream_flush(world->pool, &world->flow);
		drain(world);
		require(!world->flow.stream || !world->flow.stream->unrest ||
			!world->flow.stream->unrest->waiting);
		break;
	case 12: flow_swap_sides(&world->flow); break;
	case 13: /* far away */ model->cursor = cur_u32be(in); break;
	}
}

/* Returns what was heard. */
static uint64_t play(const uint8_t *data, size_t size, bool short_way)
{
	struct world *world = calloc(1, sizeof(*world));
	uint64_t heard;
	uint8_t mode;

	require(world != NULL);
	world->input = cur_of(data, size);
	mode = cur_u8(&world->input);
	world->lies = mode & 1;
	world->remembers = mode & 8;
	world->short_way = short_way;
	world->carry_mode = mode >> 4;
	world->now_ns = SECONDS(1000000);
	world->pool = stream_pool_create(mode & 2 ? KIB(16) : STREAM_SHARD_BYTES_MAX);
	require(world->pool != NULL);
	world->flow.pub.transport = BT_OVER_TCP;
	for (unsigned side = 0; side < 2; side++) {
		world->models[side].cursor = cur_u32be(&world->input);
		if (mode & 4)
			tcp_opened(&world->flow, (enum bt_dir)side, world->models[side].cursor - 1);
	}
	for (unsigned i = 0; i < STEPS_MAX && cur_left(&world->input); i++)
		step(world);
	stream_flush(world->pool, &world->flow);
	drain(world);
	stream_destroy(world->pool, &world->flow);
	require(stream_pool_used(world->pool) == 0 && world->pool->streams.used == 0);
	require(world->pool->waiting_count == 0);
	stream_pool_destroy(world->pool);
	heard = world->heard;
	free(world);
	return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	require(play(data, size, false) == play(data, size, true));
	return 0;
}
