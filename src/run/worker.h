/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker: one thread, one reader over all frames, the shards whose number falls to it. It decodes
 * every frame (cheaply) and looks into those of its own shards; nothing is shared with its fellows.
 *
 * On the wire the kernel has dealt out the frames already, by host pair: a worker takes all that it is
 * given. There is no file to count packets in, so what numbers and orders them there is the
 * microsecond since 1970 in which each came (the next one free, so that no two have the same; as if
 * nobody had ever set the clock, see clock.h).
 */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <stdatomic.h>

#include "capture.h"
#include "decode.h"
#include "exchange.h"
#include "live.h"
#include "shard.h"

struct worker_setup {
	struct shard_setup shard;
	struct capture *capture; /* recorded; or NULL and: */
	struct live *live;
	const atomic_bool *stop; /* live: no more */
	struct exchange *exchange; /* live; or NULL */
	struct state *state;       /* live: where what is learned goes; or NULL */
	uint64_t last_number; /* live: of the last packet before a restart; 0: unknown */
	unsigned count;  /* workers */
	int64_t stop_ns; /* packet time after the first frame at which to stop; 0: at the end */
};

struct worker;

struct worker *worker_create(const struct worker_setup *setup, unsigned index, struct error *err);
bool worker_start(struct worker *worker); /* its thread; false: none to be had */
void worker_join(struct worker *worker);
void worker_destroy(struct worker *worker);

struct ring *worker_ring(struct worker *worker);
uint64_t worker_bytes_read(const struct worker *worker); /* any thread */

/* After worker_join(). What it counted. */
void worker_count(const struct worker *worker, struct eve_stats *stats);
/* What its shards learned. They are finished one by one, so that little is there twice. */
bool worker_hand_over(struct worker *worker, struct baseline *site);
bool worker_lost(const struct worker *worker); /* a file shrank under it */

#endif
