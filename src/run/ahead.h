/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames that are decoded and not yet looked into. What is known of a flow lies in a dozen places of
 * memory, each found through the one before, and on a large network none of them is in the cache when
 * a packet comes. So the frames wait here for a moment, in their order, while the processor is told
 * what each of them will need.
 *
 * Only frames that stay where they are may wait, and nothing that depends on time may happen while
 * any does: whoever lets time pass or needs the frame's bytes elsewhere takes all of them out first.
 */
#ifndef RUN_AHEAD_H
#define RUN_AHEAD_H

#include "decode.h"
#include "flow.h"

enum {
	AHEAD_FRAMES = 16, /* a power of two */
	AHEAD_STEP = 4,    /* frames between two steps of one: time enough for the memory */
};

struct shard;

struct ahead_frame {
	struct frame frame;
	struct packet packet; /* of `frame` */
	enum decode_result result;
	struct shard *shard;
	bool seeks_flow;           /* while it waits */
	struct flow_search search; /* of the flow */
	int64_t now_ns;
};

struct ahead {
	struct ahead_frame frames[AHEAD_FRAMES];
	uint32_t entered, left; /* how many ever did */
};

static inline bool ahead_is_empty(const struct ahead *ahead)
{
	return ahead->entered == ahead->left;
}

static inline bool ahead_is_full(const struct ahead *ahead)
{
	return ahead->entered - ahead->left == AHEAD_FRAMES;
}

/* Where the next one is to be read and decoded to; it must not be full. */
static inline struct ahead_frame *ahead_room(struct ahead *ahead)
{
	return &ahead->frames[ahead->entered % AHEAD_FRAMES];
}

/* The one in ahead_room() is complete: it waits from now on. `pair`: of its addresses. */
void ahead_enter(struct ahead *ahead, struct ahead_frame *newest, const struct pair *pair);

/* The oldest: not empty. Valid until the next one enters. */
static inline struct ahead_frame *ahead_leave(struct ahead *ahead)
{
	struct ahead_frame *at = &ahead->frames[ahead->left++ % AHEAD_FRAMES];

	at->seeks_flow = false;
	return at;
}

static inline void ahead_clear(struct ahead *ahead)
{
	while (!ahead_is_empty(ahead))
		ahead_leave(ahead);
}

#endif
