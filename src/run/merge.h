/* SPDX-License-Identifier: Apache-2.0
 *
 * Several rings, each in order, read as one in order.
 */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "news.h"

struct merge {
	struct ring *rings[WORKERS_MAX];
	uint64_t marks[WORKERS_MAX]; /* all news up to this packet is in the ring */
	unsigned count;
	unsigned behind; /* the ring that is waited for ... */
	uint64_t wanted; /* ... and the mark that it should reach */
};

enum merge_status {
	MERGE_NEWS,
	MERGE_WAIT, /* a worker has not got that far yet */
	MERGE_END,
};

/* The next piece of news; it stays valid until merge_pop(). */
enum merge_status merge_next(struct merge *merge, unsigned *from, const struct news **news);
void merge_pop(struct merge *merge, unsigned from);
void merge_wait(struct merge *merge); /* for a worker that merge_next() is waiting for */
void merge_close(struct merge *merge); /* nobody reads any more: writers do not wait */

#endif
