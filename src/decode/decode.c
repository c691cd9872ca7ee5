/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in, and which shard a packet belongs to.
 */
#include "layers.h"

#include <assert.h>
#include <pcap/dlt.h>
#include <stdlib.h>

#include "pair.h"

struct decoder *decoder_create(void)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (decoder)
		fragments_init(&decoder->fragments);
	return decoder;
}

void decoder_destroy(struct decoder *decoder)
{
	if (!decoder)
		return;
	fragments_finish(&decoder->fragments);
	free(decoder);
}

/* By cache lines, each small enough for a few plain stores: for the whole, gcc takes `rep stos`, and
 * that takes as long as all the rest of decoding. */
static void clear(struct packet *packet)
{
	enum { LINE = 64 };
	char *at = (char *)packet;

	static_assert(sizeof(*packet) > 2 * LINE && sizeof(*packet) <= 3 * LINE, "three parts");
	memset(at, 0, LINE);
	memset(at + LINE, 0, LINE);
	memset(at + 2 * LINE, 0, sizeof(*packet) - 2 * LINE);
}

/* A call of its own: what it needs of the stack and of registers, common frames do without. */
static __attribute__((noinline)) enum decode_result by_layers(struct decoder *decoder,
							      struct packet *packet)
{
	const struct frame *frame = packet->frame;
	struct span span = {.cur = cur_of(frame->data, frame->captured)};
	enum decode_result result;

	if (frame->wire > frame->captured)
		span.missing = frame->wire - frame->captured;
	result = link_frame(decoder, packet, &span, frame->link);
	if (result == DECODE_FAILED) {
		packet->kind = PACKET_NONE;
		if (packet->src.family == BT_ADDR_NONE)
			link_stations(packet);
	}
	return result;
}

enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame,
				struct packet *packet)
{
	clear(packet);
	packet->frame = frame;
	if (frame->link == DLT_EN10MB && common_frame(packet, frame))
		return DECODE_PACKET;
	return by_layers(decoder, packet);
}

const char *decode_problem_name(unsigned bit)
{
	static const char *const names[DECODE_PROBLEM_COUNT] = {
		"header_cut",   "ip_length",     "ip_header", "tcp_header",
		"udp_length",   "too_many_tags", "too_deep",  "fragment_overlap",
		"fragment_cap", "fragment_bad",  "arp",       "tunnel",
	};

	return bit < DECODE_PROBLEM_COUNT ? names[bit] : "unknown";
}

uint64_t pair_other_number(const struct bt_addr *addr)
{
	struct bt_cursor bytes = cur_of(addr->bytes, sizeof(addr->bytes));

	switch (addr->family) {
	case BT_ADDR_MAC: return (uint64_t)cur_u32be(&bytes) << 16 | cur_u16be(&bytes);
	case BT_ADDR_IPV6: {
		uint64_t network = cur_u64be(&bytes);

		return pair_mix(network) + cur_u64be(&bytes);
	}
	default: return 0;
	}
}

unsigned decode_shard_of(const struct bt_addr *a, const struct bt_addr *b)
{
	return pair_shard(pair_of(a, b));
}

unsigned decode_shard(const struct packet *packet)
{
	return decode_shard_of(&packet->src, &packet->dst);
}
