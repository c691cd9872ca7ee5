/* SPDX-License-Identifier: Apache-2.0 */
#include "ahead.h"

#include "shard.h"

/* The frame that entered `step` strides ago comes closer by one step, if it still waits. */
static void approach(struct ahead *ahead, enum shard_step step)
{
	uint32_t back = (uint32_t)step * AHEAD_STEP;
	struct ahead_frame *at = &ahead->frames[(ahead->entered - back) % AHEAD_FRAMES];

	if (at->seeks_flow)
		shard_approach(at->shard, &at->search, step);
}

void ahead_enter(struct ahead *ahead, struct ahead_frame *newest, const struct pair *pair)
{
	newest->seeks_flow = newest->result == DECODE_PACKET && flow_has(&newest->packet);
	if (newest->seeks_flow) {
		flow_search(&newest->packet, pair, &newest->search);
		shard_approach(newest->shard, &newest->search, SHARD_FLOW_SLOT);
	}
	approach(ahead, SHARD_FLOW);
	approach(ahead, SHARD_STREAM);
	approach(ahead, SHARD_REQUEST);
	ahead->entered++;
}
