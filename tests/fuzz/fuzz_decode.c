/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole capture per input, so that fragments and time-outs are reached:
 *
 *   link type (1) { wire bytes cut off (1), seconds since the last frame (1), size (2) frame (size) }
 *
 * Each frame lies in a heap block of exactly its size. Two decoders read the same frames and must
 * agree: nothing may depend on memory.
 */
#include <pcap/dlt.h>
#include <stdlib.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int links[] = {DLT_EN10MB, DLT_RAW,       DLT_IPV4,       DLT_IPV6, DLT_NULL,
			    DLT_LOOP,   DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_PPP,  DLT_PPP_SERIAL};

static void demand(bool truth)
{
	if (!truth)
		abort();
}

static void check(enum decode_result result, const struct packet *packet)
{
	struct packet back = *packet;
	struct bt_cursor payload = packet->payload;
	uint64_t sum = 0;

	while (cur_left(&payload))
		sum += cur_u8(&payload);
	demand(sum <= UINT8_MAX * (uint64_t)packet->payload.left);
	demand(packet->payload.left <= packet->payload_wire);
	demand(packet->cut || packet->payload.left == packet->payload_wire);
	demand(result == DECODE_PACKET || packet->kind == PACKET_NONE);
	demand(result != DECODE_FAILED || packet->problems);
	demand(packet->vlan_count <= VLAN_TAGS_MAX);
	demand(packet->tunnel_depth <= TUNNEL_DEPTH_MAX);
	demand((packet->tunnel_depth > 0) == (packet->tunnel != NULL));
	demand(packet->problems < 1U << DECODE_PROBLEM_COUNT);
	back.src = packet->dst;
	back.dst = packet->src;
	demand(decode_shard(packet) < SHARD_COUNT);
	demand(decode_shard(packet) == decode_shard(&back));
}

static void same(const struct packet *a, const struct packet *b)
{
	demand(a->kind == b->kind && a->problems == b->problems && a->cut == b->cut);
	demand(memcmp(&a->src, &b->src, sizeof(a->src)) == 0);
	demand(memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0);
	demand(a->src_port == b->src_port && a->payload_wire == b->payload_wire);
	demand(cur_equal(a->payload, b->payload));
}

static void decode_block(struct decoder *const decoders[2], const struct frame *frame)
{
	struct packet packets[2];
	enum decode_result results[2];

	for (unsigned i = 0; i < 2; i++) {
		results[i] = decode_frame(decoders[i], frame, &packets[i]);
		check(results[i], &packets[i]);
	}
	demand(results[0] == results[1]);
	same(&packets[0], &packets[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoder *decoders[2] = {decoder_create(), decoder_create()};
	struct bt_cursor input = cur_of(data, size);
	struct frame frame = {.link = links[cur_u8(&input) % (sizeof(links) / sizeof(*links))]};

	demand(decoders[0] && decoders[1]);
	while (cur_left(&input) >= 4) {
		uint32_t cut = cur_u8(&input);
		int64_t pause_ns = SECONDS(cur_u8(&input));
		struct bt_cursor bytes = cur_take_upto(&input, cur_u16be(&input));
		uint8_t *block = malloc(cur_left(&bytes) ? cur_left(&bytes) : 1);

		demand(block);
		frame.data = block;
		frame.captured = (uint32_t)cur_left(&bytes);
		frame.wire = frame.captured + cut;
		frame.time_ns += pause_ns;
		frame.number++;
		cur_copy(&bytes, block, frame.captured);
		decode_block(decoders, &frame);
		free(block);
	}
	decoder_destroy(decoders[0]);
	decoder_destroy(decoders[1]);
	return 0;
}
