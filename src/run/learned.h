/* SPDX-License-Identifier: Apache-2.0
 *
 * Learning live: what the shards learn goes to the state file piece by piece, so that a restart goes on
 * with it, and in the end it is read from there as one and judged by.
 *
 * The three steps of that end (run/exchange.h carries them to the workers): all stop learning and put
 * what is left; when all of it is in the file, it is read, by whoever runs the service; all judge by it.
 * In between nothing is learned or judged: moments, and what is under way then is looked up after it.
 */
#ifndef RUN_LEARNED_H
#define RUN_LEARNED_H

#include <stdio.h>

#include "assets.h"
#include "learn.h"
#include "state.h"

struct shard;

/* Of a worker: where it is with its shards. */
struct learned {
	struct state *state;
	unsigned next;  /* shard */
	int64_t due_ns; /* CLOCK_MONOTONIC */
};

/* What the shards (NULL: another worker's) have learned and not yet put, for so long. True: nothing is left. */
bool learned_put(struct learned *learned, struct shard *const *shards, int64_t budget_ns);
/* A device belongs to the site, or (absorbed) is none any more. */
void learned_put_device(struct state *state, const struct asset *asset);

/* When learning began, on the clock on the wall: noted in the file the first time this is asked for, and when it
 * would begin only later (the clock was wrong then, or is now). 0: not yet, and `now_ns` is 0. False: `err`. */
bool learned_began(struct state *state, int64_t now_ns, int64_t *began_ns, struct error *err);
/* For how long it learned to the end, 0: never. Once noted, no clock that is set back lets it learn again what
 * may be an intruder's work by now; a longer time does. */
bool learned_done(struct state *state, int64_t *done_ns, struct error *err);
void learned_note_done(struct state *state, int64_t done_ns);
/* All that was learned from `began_ns` to `now_ns`, as the document is to say. *bad: pieces that make no sense,
 * which are dropped. NULL: `err`. */
struct baseline *learned_load(struct state *state, int64_t began_ns, int64_t now_ns, uint64_t *bad,
			      struct error *err);

#endif
