/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <pthread.h>
#include <stdlib.h>

#include "due.h"

enum {
	PUBLISH_EVERY = 1024, /* packets */
};

#define TICK_NS SECONDS(1)

struct worker {
	const struct worker_setup *setup;
	unsigned index;
	struct shard_worker lent;
	struct capture_reader *reader;
	struct decoder *decoder;
	struct ring *ring;
	struct shard *shards[SHARD_COUNT]; /* NULL: another worker's */
	bool has_begun; /* the clock runs since the first frame */
	int64_t first_ns, next_tick_ns;
	struct due_list due;
	struct eve_stats stats;
	pthread_t thread;
	bool lost;
};

struct worker *worker_create(const struct worker_setup *setup, unsigned index, struct error *err)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		goto no_memory;
	worker->setup = setup;
	worker->index = index;
	worker->ring = ring_create(RING_BYTES);
	worker->decoder = decoder_create();
	worker->lent.labeller = labeller_create();
	if (!worker->ring || !worker->decoder || !worker->lent.labeller)
		goto no_memory;
	worker->lent.news.ring = worker->ring;
	worker->reader = capture_reader_create(setup->capture, err);
	if (!worker->reader) {
		worker_destroy(worker);
		return NULL;
	}
	for (unsigned i = index; i < SHARD_COUNT; i += setup->count) {
		worker->shards[i] = malloc(sizeof(struct shard));
		if (!worker->shards[i] ||
		    !shard_init(worker->shards[i], &setup->shard, &worker->lent, i))
			goto no_memory;
	}
	return worker;

no_memory:
	error_set(err, "not enough memory for worker %u", index + 1);
	worker_destroy(worker);
	return NULL;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (worker->shards[i])
			shard_finish(worker->shards[i]);
		free(worker->shards[i]);
	}
	due_finish(&worker->due);
	capture_reader_destroy(worker->reader);
	labeller_destroy(worker->lent.labeller);
	decoder_destroy(worker->decoder);
	ring_destroy(worker->ring);
	free(worker);
}

/* What fell due before the packet at hand: what waits behind a hole may hold the answers that the
 * requests wait for, and both belong to flows. */
static void run_due(struct worker *worker, bool at_the_end)
{
	struct news_writer *news = &worker->lent.news;

	due_run_streams(&worker->due, worker->shards, worker->lent.now_ns, news);
	due_run_requests(&worker->due, worker->shards, worker->lent.now_ns, news);
	due_run_flows(&worker->due, worker->shards, worker->lent.now_ns, news, at_the_end);
	due_run_reports(&worker->due, worker->shards, news);
}

/* Time is that of the packets and never runs backwards; every worker sees all of them, so all tick
 * at the same packet. */
static void advance_clock(struct worker *worker, const struct frame *frame)
{
	if (frame->time_ns > worker->lent.now_ns || !worker->has_begun)
		worker->lent.now_ns = frame->time_ns;
	if (!worker->has_begun) {
		worker->has_begun = true;
		worker->first_ns = frame->time_ns;
		worker->next_tick_ns = frame->time_ns + TICK_NS;
	}
	if (worker->lent.now_ns < worker->next_tick_ns)
		return;
	run_due(worker, false);
	worker->next_tick_ns = worker->lent.now_ns + TICK_NS;
}

static void count_frame(struct worker *worker, const struct frame *frame, const struct packet *packet,
			enum decode_result result)
{
	struct eve_stats *stats = &worker->stats;

	stats->packets++;
	stats->bytes += frame->wire;
	stats->cut += packet->cut;
	stats->reassembled += packet->reassembled;
	if (result == DECODE_PACKET)
		stats->decoded++;
	else if (result == DECODE_HELD)
		stats->held_fragments++;
	else
		stats->failed++;
	for (unsigned bit = 0; packet->problems && bit < DECODE_PROBLEM_COUNT; bit++)
		stats->problems[bit] += packet->problems >> bit & 1;
}

static void look_at(struct worker *worker, const struct frame *frame)
{
	struct packet packet;
	enum decode_result result = decode_frame(worker->decoder, frame, &packet);
	struct shard *shard = worker->shards[decode_shard(&packet)];

	if (!shard)
		return;
	count_frame(worker, frame, &packet, result);
	worker->lent.news.origin = news_origin(NEWS_PACKET, 0);
	if (result == DECODE_PACKET)
		shard_packet(shard, &packet);
	else if (packet.problems)
		tell_problems(shard, &packet);
}

static bool is_time_to_stop(const struct worker *worker, const struct frame *frame)
{
	return worker->setup->stop_ns && worker->has_begun &&
	       frame->time_ns - worker->first_ns >= worker->setup->stop_ns;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct news_writer *news = &worker->lent.news;
	struct frame frame;
	enum capture_status status;

	while ((status = capture_next(worker->reader, &frame)) == CAPTURE_FRAME) {
		if (is_time_to_stop(worker, &frame))
			break;
		news->packet = frame.number;
		advance_clock(worker, &frame);
		look_at(worker, &frame);
		if (capture_lost(worker->setup->capture))
			break;
		if (frame.number % PUBLISH_EVERY)
			continue;
		ring_publish(worker->ring, frame.number);
		if (ring_abandoned(worker->ring))
			break;
	}
	/* The frame at hand may have turned to zeros while it was read: the run ends here, as failed. */
	worker->lost = status == CAPTURE_LOST || capture_lost(worker->setup->capture);
	worker->stats.first_ns = worker->first_ns;
	worker->stats.last_ns = worker->lent.now_ns;
	news->packet++;
	run_due(worker, true);
	ring_publish(worker->ring, UINT64_MAX);
	ring_close_writer(worker->ring);
	return NULL;
}

bool worker_start(struct worker *worker)
{
	return pthread_create(&worker->thread, NULL, work, worker) == 0;
}

void worker_join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
}

struct ring *worker_ring(struct worker *worker)
{
	return worker->ring;
}

uint64_t worker_bytes_read(const struct worker *worker)
{
	return capture_bytes_read(worker->reader);
}

bool worker_lost(const struct worker *worker)
{
	return worker->lost;
}

void worker_count(const struct worker *worker, struct eve_stats *stats)
{
	const struct shard_counts *counts = &worker->lent.counts;

	stats->first_ns = worker->stats.first_ns;
	if (worker->stats.last_ns > stats->last_ns)
		stats->last_ns = worker->stats.last_ns;
	stats->packets += worker->stats.packets;
	stats->bytes += worker->stats.bytes;
	stats->decoded += worker->stats.decoded;
	stats->failed += worker->stats.failed;
	stats->held_fragments += worker->stats.held_fragments;
	stats->reassembled += worker->stats.reassembled;
	stats->cut += worker->stats.cut;
	for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++)
		stats->problems[bit] += worker->stats.problems[bit];
	stats->duplicates += counts->duplicates;
	stats->flows += counts->flows;
	stats->tcp_gaps += counts->gaps;
	stats->tcp_gap_bytes += counts->gap_bytes;
	stats->conflicts += counts->conflicts;
	stats->operations += counts->operations;
	stats->operations_incomplete += counts->operations_incomplete;
	stats->violations += counts->violations;
	stats->unknown_flows += counts->unknown_flows;
	stats->records_dropped += counts->records_dropped;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		struct learn_counts learned = {0};

		if (!worker->shards[i])
			continue;
		learn_count(worker->shards[i]->learn, &learned);
		stats->learn_dropped += learned.dropped;
		stats->flows_evicted += flow_evicted(worker->shards[i]->flows);
		stats->undecoded_bytes += engine_undecoded_bytes(worker->shards[i]->engine);
		stats->memory_refused += engine_memory_refused(worker->shards[i]->engine);
	}
}

bool worker_export(const struct worker *worker, struct baseline *site)
{
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (worker->shards[i] && !learn_export(worker->shards[i]->learn, site))
			return false;
	}
	return true;
}
