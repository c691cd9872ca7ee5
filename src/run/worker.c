/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "due.h"

enum {
	PUBLISH_EVERY = 1024, /* packets */
	LOOK_MS = 20,         /* live: so long is waited for a frame */
};

#define TICK_NS SECONDS(1)
/* Frames that came so long ago may still stand in a block that the kernel has not handed over. */
#define QUIET_NS MILLISECONDS(100)

struct worker {
	const struct worker_setup *setup;
	unsigned index;
	struct shard_worker lent;
	struct shard_setup shared; /* by all its shards */
	struct capture_reader *reader;
	struct decoder *decoder;
	struct ring *ring;
	struct shard *shards[SHARD_COUNT]; /* NULL: another worker's */
	struct shard *by_pair[SHARD_COUNT]; /* of each hash of a pair: the same; live: always one of ours */
	bool has_begun; /* the clock runs since the first frame */
	int64_t first_ns, next_tick_ns;
	struct due_list due;
	struct eve_stats stats;
	pthread_t thread;
	bool lost;
};

/* Which shard looks at the pairs of a hash. On the wire the kernel's choice of worker is not the
 * shards': what comes is ours, whatever its hash. */
static unsigned shard_for(const struct worker *worker, unsigned hash)
{
	unsigned count = worker->setup->count, ours = hash / count * count + worker->index;

	if (!worker->setup->live)
		return hash;
	return ours < SHARD_COUNT ? ours : worker->index;
}

static uint64_t hashes_of(const struct worker *worker, unsigned shard)
{
	uint64_t hashes = 0;

	for (unsigned i = 0; i < SHARD_COUNT; i++)
		hashes |= (uint64_t)(shard_for(worker, i) == shard) << i;
	return hashes;
}

struct worker *worker_create(const struct worker_setup *setup, unsigned index, struct error *err)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		goto no_memory;
	worker->setup = setup;
	worker->index = index;
	worker->shared = setup->shard;
	worker->ring = ring_create(RING_BYTES);
	worker->decoder = decoder_create();
	worker->lent.labeller = labeller_create();
	if (!worker->ring || !worker->decoder || !worker->lent.labeller)
		goto no_memory;
	worker->lent.news.ring = worker->ring;
	worker->reader = setup->live ? NULL : capture_reader_create(setup->capture, err);
	if (!worker->reader && !setup->live) {
		worker_destroy(worker);
		return NULL;
	}
	for (unsigned i = index; i < SHARD_COUNT; i += setup->count) {
		worker->shards[i] = malloc(sizeof(struct shard));
		if (!worker->shards[i] ||
		    !shard_init(worker->shards[i], &worker->shared, &worker->lent, hashes_of(worker, i)))
			goto no_memory;
	}
	for (unsigned i = 0; i < SHARD_COUNT; i++)
		worker->by_pair[i] = worker->shards[shard_for(worker, i)];
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
	struct shard *shard = worker->by_pair[decode_shard(&packet)];

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

static void take(struct worker *worker, const struct frame *frame)
{
	worker->lent.news.packet = frame->number;
	advance_clock(worker, frame);
	look_at(worker, frame);
}

/* ---- recorded ---- */

static void walk(struct worker *worker)
{
	struct frame frame;
	enum capture_status status;

	while ((status = capture_next(worker->reader, &frame)) == CAPTURE_FRAME) {
		if (is_time_to_stop(worker, &frame))
			break;
		take(worker, &frame);
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
}

/* ---- live ---- */

static uint64_t next_number(const struct worker *worker, int64_t time_ns)
{
	uint64_t now = (uint64_t)time_ns / 1000, last = worker->lent.news.packet;

	return now > last ? now : last + 1;
}

static void on_frame(void *owner, struct frame *frame)
{
	struct worker *worker = owner;

	frame->number = next_number(worker, frame->time_ns);
	take(worker, frame);
}

/* Nothing came: time passes all the same, and the fellows' news must not wait for ours. */
static void pass_time(struct worker *worker)
{
	struct timespec now;
	struct frame nothing = {0};

	clock_gettime(CLOCK_REALTIME, &now);
	nothing.time_ns = SECONDS(now.tv_sec) + now.tv_nsec - QUIET_NS;
	worker->lent.news.packet = next_number(worker, nothing.time_ns);
	advance_clock(worker, &nothing);
}

static void watch(struct worker *worker)
{
	struct live *live = worker->setup->live;
	int taken = 0;

	while (taken >= 0 && !ring_abandoned(worker->ring)) {
		/* What stands in the rings when the end is asked for is looked at, and no more. */
		bool last = atomic_load_explicit(worker->setup->stop, memory_order_relaxed);

		taken = live_look(live, worker->index, last ? 0 : LOOK_MS, on_frame, worker);
		if (last)
			break;
		if (taken == 0)
			pass_time(worker);
		exchange_work(worker->setup->exchange, worker->index, &worker->shared, worker->shards);
		ring_publish(worker->ring, worker->lent.news.packet);
	}
	worker->lost = taken < 0;
	worker->stats.kernel_dropped = live_count(live, worker->index).dropped;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct news_writer *news = &worker->lent.news;

	(worker->setup->live ? watch : walk)(worker);
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
	return worker->reader ? capture_bytes_read(worker->reader) : 0;
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
	stats->kernel_dropped += worker->stats.kernel_dropped;
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
	stats->learn_dropped += counts->learn_dropped;
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
