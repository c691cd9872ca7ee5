/* SPDX-License-Identifier: Apache-2.0
 *
 * The way in, and which shard a packet belongs to.
 */
#include "layers.h"

#include <stdlib.h>

#include "hash.h"

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

enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame,
				struct packet *packet)
{
	struct span span = {.cur = cur_of(frame->data, frame->captured)};
	enum decode_result result;

	if (frame->wire > frame->captured)
		span.missing = frame->wire - frame->captured;
	*packet = (struct packet){.frame = frame};
	result = link_frame(decoder, packet, span, frame->link);
	if (result == DECODE_FAILED) {
		packet->kind = PACKET_NONE;
		if (packet->src.family == BT_ADDR_NONE)
			link_stations(packet);
	}
	return result;
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

/* Two rounds of multiply and fold. The top bits choose the shard: all address bits reach them. */
static uint64_t mix(uint64_t word)
{
	word *= 0x9e3779b97f4a7c15;
	word ^= word >> 32;
	word *= 0xd6e8feb86659fd93;
	return word ^ word >> 32;
}

static uint64_t number_of(const struct bt_addr *addr, size_t at)
{
	struct bt_cursor bytes = cur_of(addr->bytes + at, 8);

	return cur_u64be(&bytes);
}

/* Both addresses enter alike, so either order gives the same. */
static unsigned shard_of(uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	return (unsigned)(mix(mix(low) + high) >> 32) % SHARD_COUNT;
}

unsigned decode_shard(const struct packet *packet)
{
	const struct bt_addr *src = &packet->src, *dst = &packet->dst;

	if (src->family == BT_ADDR_NONE)
		return 0;
	if (src->family == BT_ADDR_IPV6)
		return shard_of(mix(number_of(src, 0)) + number_of(src, 8),
				mix(number_of(dst, 0)) + number_of(dst, 8));
	return shard_of(number_of(src, 0), number_of(dst, 0));
}
