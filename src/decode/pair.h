/* SPDX-License-Identifier: Apache-2.0
 *
 * A packet's two addresses as numbers, in a fixed order: what chooses its shard, and what its flow is
 * found by. Numbers are made once for both.
 */
#ifndef DECODE_PAIR_H
#define DECODE_PAIR_H

#include "packet.h"

struct pair {
	uint64_t low, high;
	bool from_high; /* the source has the higher */
};

/* decode.c: of an address that is none of IPv4. Different ones may have the same, of IPv6 alone. */
uint64_t pair_other_number(const struct bt_addr *addr);

/* Reads exactly what was written: more would stall the processor until it reached the cache. */
static inline uint64_t pair_number(const struct bt_addr *addr)
{
	struct bt_cursor bytes = cur_of(addr->bytes, sizeof(addr->bytes));

	return addr->family == BT_ADDR_IPV4 ? cur_u32be(&bytes) : pair_other_number(addr);
}

static inline struct pair pair_of(const struct bt_addr *src, const struct bt_addr *dst)
{
	uint64_t one = pair_number(src), other = pair_number(dst);

	return (struct pair){
		.low = one < other ? one : other,
		.high = one < other ? other : one,
		.from_high = one > other,
	};
}

/* Two rounds of multiply and fold. The top bits choose the shard: all address bits reach them. */
static inline uint64_t pair_mix(uint64_t word)
{
	word *= 0x9e3779b97f4a7c15;
	word ^= word >> 32;
	word *= 0xd6e8feb86659fd93;
	return word ^ word >> 32;
}

/* Which of the SHARD_COUNT shards owns it: a stable hash, so both directions meet. */
static inline unsigned pair_shard(struct pair pair)
{
	return (unsigned)(pair_mix(pair_mix(pair.low) + pair.high) >> 32) % SHARD_COUNT;
}

#endif
