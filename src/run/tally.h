/* SPDX-License-Identifier: Apache-2.0
 *
 * What the workers have counted, added up: each tells it once a second, a sum is made when all have.
 */
#ifndef RUN_TALLY_H
#define RUN_TALLY_H

#include "news.h"

struct tally {
	struct news_stats latest[WORKERS_MAX];
	uint64_t told; /* bit i: worker i has, since the last sum */
};

/* True: all `workers` have told; *sum has their counts and the latest of their times. */
bool tally_add(struct tally *tally, const struct news_stats *news, unsigned workers,
	       struct news_stats *sum);

#endif
