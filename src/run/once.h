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
	struct once_told {
		uint64_t what; /* a stable hash: what is told shows in the output */
		int64_t time_ns;
	} sets[ONCE_SETS][ONCE_WAYS];
};

/* True: tell it, it is noted as told now. False: it was told in the last minute of packet time. */
bool once_pass(struct once *once, uint64_t what, int64_t now_ns);

#endif
