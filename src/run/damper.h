/* SPDX-License-Identifier: Apache-2.0
 *
 * The same finding a million times must not be a million pieces of news. The first few of an
 * identity go through whole; the rest are counted here and reported as a count, once per tick.
 * One per shard; bounded: when two identities fall on one place, the older one's count is reported
 * at once.
 */
#ifndef RUN_DAMPER_H
#define RUN_DAMPER_H

#include "news.h"

struct damper;

struct damper *damper_create(void);
void damper_destroy(struct damper *damper);

/* True: send it whole. False: it was counted. */
bool damper_pass(struct damper *damper, struct news_writer *news, uint64_t identity,
		 const struct finding *finding);

/* Identities with counts to report, as (origin, place) pairs, at most `cap`; damper_report() sends
 * one. Origins are first packets, so they order the reports of all shards of a worker. */
struct damper_due {
	struct damper *damper;
	uint64_t origin;
	unsigned place;
};
size_t damper_due(struct damper *damper, struct damper_due *due, size_t cap);
void damper_report(const struct damper_due *due, struct news_writer *news);

#endif
