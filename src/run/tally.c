/* SPDX-License-Identifier: Apache-2.0 */
#include "tally.h"

bool tally_add(struct tally *tally, const struct news_stats *news, unsigned workers,
	       struct news_stats *sum)
{
	uint64_t all = UINT64_MAX >> (WORKERS_MAX - workers);

	tally->latest[news->worker] = *news;
	tally->told |= (uint64_t)1 << news->worker;
	if (tally->told != all)
		return false;
	tally->told = 0;
	*sum = (struct news_stats){0};
	for (unsigned i = 0; i < workers; i++) {
		const struct news_stats *one = &tally->latest[i];

		eve_stats_add(&sum->stats, &one->stats);
		if (one->now_ns > sum->now_ns)
			sum->now_ns = one->now_ns;
		if (one->steady_ns > sum->steady_ns)
			sum->steady_ns = one->steady_ns;
	}
	return true;
}
