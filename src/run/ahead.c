/* SPDX-License-Identifier: Apache-2.0 */
#include "ahead.h"

#include "shard.h"

static bool has_flow(const struct ahead_frame *at)
{
	return at->result == DECODE_PACKET && flow_has(&at->packet);
}

void ahead_enter(struct ahead *ahead)
{
	struct ahead_frame *newest = ahead_room(ahead);

	if (has_flow(newest))
		flow_search(&newest->packet, &newest->search);
	ahead->entered++;
	for (uint32_t step = 0; step * AHEAD_STEP < ahead->entered - ahead->left; step++) {
		uint32_t number = ahead->entered - 1 - step * AHEAD_STEP;
		struct ahead_frame *at = &ahead->frames[number % AHEAD_FRAMES];

		if (has_flow(at))
			shard_approach(at->shard, &at->search, (enum shard_step)step);
	}
}
