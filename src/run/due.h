/* SPDX-License-Identifier: Apache-2.0
 *
 * What falls due with time, over all shards of a worker, in the order in which it began. (Each ring
 * must be in order, or the merged stream would depend on which shards share a worker.)
 */
#ifndef RUN_DUE_H
#define RUN_DUE_H

#include "shard.h"

struct due_list { /* scratch, kept between ticks */
	void *items;
	size_t bytes;
};

void due_run_streams(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		     struct news_writer *news);
void due_run_requests(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		      struct news_writer *news);
void due_run_flows(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		   struct news_writer *news, bool all);
void due_run_reports(struct due_list *list, struct shard *const *shards, struct news_writer *news);
void due_finish(struct due_list *list);

#endif
