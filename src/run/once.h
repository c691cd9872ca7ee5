/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device says of itself it may say in every message; the inventory is told of it once a
 * minute. A memory of what was told lately, by hash: bounded, one per shard. What it forgets for want
 * of room is told again, which costs little and changes nothing.
 */
#ifndef RUN_ONCE_H
#define RUN_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "limits.h"

enum {
	ONCE_SETS = 512, /* a power of two */
	ONCE_WAYS = 4,
};

#define ONCE_AGAIN_NS SECONDS(60)

struct once {
	struct once_entry {
		uint64_t what; /* a stable hash: what is told shows in the output */
		int64_t time_ns;
	} sets[ONCE_SETS][ONCE_WAYS];
};

/* A clock that was set back makes everything due. */
static inline bool once_is_fresh(int64_t told_ns, int64_t now_ns)
{
	return now_ns >= told_ns && (uint64_t)now_ns - (uint64_t)told_ns < (uint64_t)ONCE_AGAIN_NS;
}

/* True: it was told in the last minute of packet time. False: tell it, it is noted as told now.
 * *told_ns: when it was, for whoever remembers it himself. */
bool once_told(struct once *once, uint64_t what, int64_t now_ns, int64_t *told_ns);
/* The other way round, for all others. */
static inline bool once_pass(struct once *once, uint64_t what, int64_t now_ns)
{
	int64_t told_ns;

	return !once_told(once, what, now_ns, &told_ns);
}

#endif
