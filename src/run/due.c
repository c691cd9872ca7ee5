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

/* ---- flows: those of a kind, over all shards, in the order in which they began ---- */

struct due_flow {
	struct shard *shard;
	struct flow *flow;
};

typedef size_t find_flows(struct shard *shard, int64_t now_ns, struct flow **flows, size_t cap);

static size_t find_with_holes(struct shard *shard, int64_t now_ns, struct flow **flows, size_t cap)
{
	return stream_due(flow_streams(shard->flows), now_ns, flows, cap);
}

static size_t find_silent(struct shard *shard, int64_t now_ns, struct flow **flows, size_t cap)
{
	return flow_due(shard->flows, now_ns, flows, cap);
}

static size_t find_all(struct shard *shard, int64_t now_ns, struct flow **flows, size_t cap)
{
	return flow_all(shard->flows, flows, cap);
}

static int by_flow(const void *a, const void *b)
{
	return compare(((const struct due_flow *)a)->flow->pub.id,
		       ((const struct due_flow *)b)->flow->pub.id);
}

/* Of each shard: all have the same cap. */
static size_t flows_max(struct shard *const *shards)
{
	unsigned i = 0;

	while (i < SHARD_COUNT - 1 && !shards[i])
		i++;
	return shards[i] ? shards[i]->setup->flows_max : 1;
}

static struct due_flow *gather(struct due_list *list, struct shard *const *shards, int64_t now_ns,
			       find_flows *find, size_t *count)
{
	size_t most = flows_max(shards);
	struct flow **flows = malloc(most * sizeof(*flows));
	struct due_flow *due = NULL;

	*count = 0;
	for (unsigned i = 0; i < SHARD_COUNT && flows; i++) {
		size_t found = shards[i] ? find(shards[i], now_ns, flows, most) : 0;

		if (!found)
			continue;
		due = room(list, *count + found, sizeof(*due));
		if (!due)
			break;
		for (size_t k = 0; k < found; k++)
			due[(*count)++] = (struct due_flow){shards[i], flows[k]};
	}
	free(flows);
	if (due)
		qsort(due, *count, sizeof(*due), by_flow);
	else
		*count = 0;
	return due;
}

void due_run_streams(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		     struct news_writer *news)
{
	size_t count;
	const struct due_flow *due = gather(list, shards, now_ns, find_with_holes, &count);

	for (size_t i = 0; i < count; i++) {
		news->origin = news_origin(NEWS_STREAMS, due[i].flow->pub.id);
		engine_timeout(due[i].shard->engine, due[i].flow, now_ns, news->packet);
	}
}

void due_run_flows(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		   struct news_writer *news, bool all)
{
	size_t count;
	const struct due_flow *due = gather(list, shards, now_ns, all ? find_all : find_silent, &count);

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
