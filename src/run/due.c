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

/* One shard's, in order: there may be millions, so they are merged where they lie. */
struct due_flows {
	struct flow **next, **end;
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
	return compare((*(struct flow *const *)a)->pub.id, (*(struct flow *const *)b)->pub.id);
}

static void gather(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		   find_flows *find, struct due_flows due[SHARD_COUNT])
{
	size_t counts[SHARD_COUNT] = {0}, count = 0;
	struct flow **flows;

	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		/* room for one more than there are: the search never ends for want of it */
		size_t most = shards[i] ? flow_count(shards[i]->flows) + 1 : 0;

		flows = most ? room(list, count + most, sizeof(struct flow *)) : NULL;
		if (!flows)
			continue;
		counts[i] = find(shards[i], now_ns, flows + count, most);
		qsort(flows + count, counts[i], sizeof(struct flow *), by_flow);
		count += counts[i];
	}
	flows = list->items;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		due[i].next = due[i].end = flows;
		if (counts[i])
			due[i].end = flows += counts[i];
	}
}

/* NULL: there are no more. */
static struct flow *take_first(struct due_flows due[SHARD_COUNT], unsigned *shard)
{
	struct due_flows *first = NULL;

	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (due[i].next != due[i].end &&
		    (!first || (*due[i].next)->pub.id < (*first->next)->pub.id))
			first = &due[i];
	}
	if (!first)
		return NULL;
	*shard = (unsigned)(first - due);
	return *first->next++;
}

void due_run_streams(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		     struct news_writer *news)
{
	struct due_flows due[SHARD_COUNT];
	struct flow *flow;
	unsigned shard;

	gather(list, shards, now_ns, find_with_holes, due);
	while ((flow = take_first(due, &shard))) {
		news->origin = news_origin(NEWS_STREAMS, flow->pub.id);
		engine_timeout(shards[shard]->engine, flow, now_ns, news->packet);
	}
}

void due_run_flows(struct due_list *list, struct shard *const *shards, int64_t now_ns,
		   struct news_writer *news, bool all)
{
	struct due_flows due[SHARD_COUNT];
	struct flow *flow;
	unsigned shard;

	gather(list, shards, now_ns, all ? find_all : find_silent, due);
	while ((flow = take_first(due, &shard))) {
		news->origin = news_origin(NEWS_FLOWS, flow->pub.id);
		flow_end(shards[shard]->flows, flow, all ? FLOW_END_FINISHED : FLOW_END_TIMEOUT);
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
