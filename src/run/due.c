/* SPDX-License-Identifier: Apache-2.0 */
#include "due.h"

#include <stdlib.h>

/* Room for `count` items of `size` bytes; NULL without memory: then nothing is due this time. */
static void *room(struct due_list *list, size_t count, size_t size)
{
	void *bigger;

	if (count * size <= list->bytes)
		return list->items;
	bigger = realloc(list->items, count * size);
	if (!bigger)
		return NULL;
	list->items = bigger;
	list->bytes = count * size;
	return bigger;
}

void due_finish(struct due_list *list)
{
	free(list->items);
	*list = (struct due_list){0};
}

static int compare(uint64_t one, uint64_t other)
{
	return one < other ? -1 : one > other;
}

/* Several requests of one packet are of one shard, which numbered them. */
static int by_request(const void *a, const void *b)
{
	const struct engine_due *one = a, *other = b;
	int order = compare(one->origin, other->origin);

	return order ? order : compare(one->index, other->index);
}

void due_run_requests(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		      struct news_writer *news)
{
	struct engine_due *due = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (!shards[i])
			continue;
		due = room(list, count + PENDING_MAX, sizeof(*due));
		if (!due)
			return;
		count += engine_due(shards[i]->engine, now_ns, due + count, PENDING_MAX);
	}
	if (count == 0)
		return;
	qsort(due, count, sizeof(*due), by_request);
	for (size_t i = 0; i < count; i++) {
		news->origin = news_origin(NEWS_REQUESTS, due[i].origin);
		engine_expire(&due[i], now_ns, news->packet);
	}
}

struct due_flow {
	struct shard *shard;
	struct flow *flow;
};

static int by_flow(const void *a, const void *b)
{
	return compare(((const struct due_flow *)a)->flow->pub.id,
		       ((const struct due_flow *)b)->flow->pub.id);
}

static size_t collect_flows(struct due_flow *due, struct shard *shard, struct flow **flows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		due[i] = (struct due_flow){shard, flows[i]};
	return count;
}

void due_run_flows(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		   struct news_writer *news, bool all)
{
	struct flow **flows = malloc(FLOWS_MAX * sizeof(*flows));
	struct due_flow *due = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < SHARD_COUNT && flows; i++) {
		size_t found;

		if (!shards[i])
			continue;
		found = all ? flow_all(shards[i]->flows, flows, FLOWS_MAX)
			    : flow_due(shards[i]->flows, now_ns, flows, FLOWS_MAX);
		if (!found)
			continue;
		due = room(list, count + found, sizeof(*due));
		if (!due)
			break;
		count += collect_flows(due + count, shards[i], flows, found);
	}
	free(flows);
	if (!due || count == 0)
		return;
	qsort(due, count, sizeof(*due), by_flow);
	for (size_t i = 0; i < count; i++) {
		news->origin = news_origin(NEWS_FLOWS, due[i].flow->pub.id);
		flow_end(due[i].shard->flows, due[i].flow, all ? FLOW_END_FINISHED : FLOW_END_TIMEOUT);
	}
}

static int by_report(const void *a, const void *b)
{
	const struct damper_due *one = a, *other = b;
	int order = compare(one->origin, other->origin);

	return order ? order : compare(one->place, other->place);
}

enum {
	REPORTS_PER_SHARD = 256,
};

void due_run_reports(struct due_list *list, struct shard *const *shards, struct news_writer *news)
{
	struct damper_due *due = NULL;
	size_t count = 0;

	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (!shards[i])
			continue;
		due = room(list, count + REPORTS_PER_SHARD, sizeof(*due));
		if (!due)
			return;
		count += damper_due(shards[i]->damper, due + count, REPORTS_PER_SHARD);
	}
	if (count == 0)
		return;
	qsort(due, count, sizeof(*due), by_report);
	for (size_t i = 0; i < count; i++) {
		news->origin = news_origin(NEWS_REPORTS, due[i].origin);
		damper_report(&due[i], news);
	}
}
