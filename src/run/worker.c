/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "ahead.h"
#include "clock.h"
#include "due.h"
#include "learned.h"
#include "steady.h"

enum {
	PUBLISH_EVERY = 1024, /* packets */
	LOOK_MS = 20,         /* live: so long is waited for a frame */
	LEARNED_TRIES = 1000,
};

#define TICK_NS SECONDS(1)
#define LEARNED_EVERY_NS  MILLISECONDS(100)
#define LEARNED_BUDGET_NS MILLISECONDS(2)
/* A frame whose time is so far ahead came before the clock was set back. */
#define AHEAD_NS SECONDS(5)
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
	int64_t first_ns, clock_ns, next_tick_ns; /* the tick that is due at once begins it */
	uint64_t number; /* of the last frame taken */
	struct ahead ahead;
	struct due_list due;
	struct eve_stats stats;
	struct clock clock;     /* live; likewise: */
	uint64_t lost_frames;   /* by the kernel and the adapters, as far as is known */
	int64_t lost_ns;        /* when the last were, on the wall's clock */
	struct flow **room;     /* for the flows of a shard */
	struct learned learned; /* live, while learning; likewise: */
	bool has_put;           /* all, and learns no more */
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
	worker->room = setup->live ? malloc(setup->shard.flows_max * sizeof(struct flow *)) : NULL;
	if (setup->live && !worker->room)
		goto no_memory;
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

static void finish_shard(struct worker *worker, unsigned i)
{
	if (worker->shards[i])
		shard_finish(worker->shards[i]);
	free(worker->shards[i]);
	worker->shards[i] = NULL;
}

void worker_destroy(struct worker *worker)
{
	if (!worker)
		return;
	for (unsigned i = 0; i < SHARD_COUNT; i++)
		finish_shard(worker, i);
	due_finish(&worker->due);
	free(worker->room);
	capture_reader_destroy(worker->reader);
	labeller_destroy(worker->lent.labeller);
	decoder_destroy(worker->decoder);
	ring_destroy(worker->ring);
	free(worker);
}

static __attribute__((cold)) void count_odd(struct eve_stats *stats, const struct packet *packet,
					    enum decode_result result)
{
	stats->cut += packet->cut;
	stats->reassembled += packet->reassembled;
	stats->held_fragments += result == DECODE_HELD;
	stats->failed += result == DECODE_FAILED;
	for (unsigned bit = 0; packet->problems && bit < DECODE_PROBLEM_COUNT; bit++)
		stats->problems[bit] += packet->problems >> bit & 1;
}

static void count_frame(struct worker *worker, const struct ahead_frame *at)
{
	const struct packet *packet = &at->packet;

	worker->stats.packets++;
	worker->stats.bytes += at->frame.wire;
	if (at->result != DECODE_PACKET || packet->problems | packet->cut | packet->reassembled)
		count_odd(&worker->stats, packet, at->result);
}

static void look_at(struct worker *worker, const struct ahead_frame *at)
{
	count_frame(worker, at);
	worker->lent.now_ns = at->now_ns;
	worker->lent.news.packet = at->frame.number;
	worker->lent.news.origin = news_origin(NEWS_PACKET, 0);
	if (at->result == DECODE_PACKET)
		shard_packet(at->shard, &at->packet, &at->search);
	else if (at->packet.problems)
		tell_problems(at->shard, &at->packet);
}

/* Looks at all that waits; from then on it is the time of the frame that was taken last. */
static void catch_up(struct worker *worker)
{
	while (!ahead_is_empty(&worker->ahead))
		look_at(worker, ahead_leave(&worker->ahead));
	worker->lent.now_ns = worker->clock_ns;
	worker->lent.news.packet = worker->number;
}

/* What fell due before the packet at hand: what waits behind a hole may hold the answers that the
 * requests wait for, and both belong to flows. */
static void run_due(struct worker *worker, bool at_the_end)
{
	struct news_writer *news = &worker->lent.news;

	catch_up(worker);
	due_run_streams(&worker->due, worker->shards, worker->lent.now_ns, news);
	due_run_requests(&worker->due, worker->shards, worker->lent.now_ns, news);
	due_run_flows(&worker->due, worker->shards, worker->lent.now_ns, news, at_the_end);
	due_run_reports(&worker->due, worker->shards, news);
}

static void on_tick(struct worker *worker);

static void begin_clock(struct worker *worker, int64_t now_ns)
{
	worker->has_begun = true;
	worker->first_ns = worker->clock_ns = now_ns;
	worker->next_tick_ns = now_ns + TICK_NS;
}

/* Time is that of the packets and never runs backwards; every worker sees all of them, so all tick
 * at the same packet. */
static void advance_clock(struct worker *worker, const struct frame *frame)
{
	if (frame->time_ns > worker->clock_ns)
		worker->clock_ns = frame->time_ns;
	if (worker->clock_ns < worker->next_tick_ns)
		return;
	if (!worker->has_begun) {
		begin_clock(worker, frame->time_ns);
		return;
	}
	run_due(worker, false);
	if (worker->setup->live)
		on_tick(worker);
	worker->next_tick_ns = worker->clock_ns + TICK_NS;
}

static bool is_time_to_stop(const struct worker *worker, const struct frame *frame)
{
	return worker->setup->stop_ns && worker->has_begun &&
	       frame->time_ns - worker->first_ns >= worker->setup->stop_ns;
}

/* Where the next frame is to be read to. */
static struct ahead_frame *make_room(struct worker *worker)
{
	if (ahead_is_full(&worker->ahead))
		look_at(worker, ahead_leave(&worker->ahead));
	return ahead_room(&worker->ahead);
}

/* The frame that was read to `at`. `stays`: its bytes stay where they are, so that it may wait for
 * others. */
static void take(struct worker *worker, struct ahead_frame *at, bool stays)
{
	struct pair pair;

	worker->number = at->frame.number;
	advance_clock(worker, &at->frame);
	at->now_ns = worker->clock_ns;
	at->result = decode_frame(worker->decoder, &at->frame, &at->packet);
	pair = pair_of(&at->packet.src, &at->packet.dst);
	at->shard = worker->by_pair[pair_shard(pair)];
	if (at->shard)
		ahead_enter(&worker->ahead, at, &pair);
	/* The next datagram put together takes the place of this one. */
	if (!stays || at->packet.reassembled)
		catch_up(worker);
}

/* ---- recorded ---- */

static void walk(struct worker *worker)
{
	bool stays = !capture_is_stream(worker->setup->capture);
	struct ahead_frame *at = make_room(worker);
	enum capture_status status;

	while ((status = capture_next(worker->reader, &at->frame)) == CAPTURE_FRAME) {
		uint64_t number = at->frame.number;

		if (is_time_to_stop(worker, &at->frame))
			break;
		take(worker, at, stays);
		if (capture_lost(worker->setup->capture))
			break;
		if (number % PUBLISH_EVERY == 0) {
			catch_up(worker);
			ring_publish(worker->ring, number);
			if (ring_abandoned(worker->ring))
				break;
		}
		at = make_room(worker);
	}
	/* The frames at hand may have turned to zeros: the run ends before them, as failed. */
	worker->lost = status == CAPTURE_LOST || capture_lost(worker->setup->capture);
	if (worker->lost)
		ahead_clear(&worker->ahead);
}

/* ---- live ---- */

/* Where the clock was set back, time goes on from there: nobody waits until it is as late as it was. */
static void look_at_clock(struct worker *worker)
{
	int64_t wall_ns = read_clock(CLOCK_REALTIME);
	int64_t step_ns = clock_show(&worker->clock, wall_ns, steady_ns());

	worker->lost_ns += step_ns;
	if (step_ns >= 0)
		return;
	worker->lent.now_ns = worker->clock_ns = wall_ns - QUIET_NS;
	if (worker->has_begun)
		worker->next_tick_ns = worker->clock_ns + TICK_NS;
}

/* Whose they were nobody knows: no flow that is under way was seen whole. */
static void note_loss(struct worker *worker, uint64_t lost_frames)
{
	if (lost_frames == worker->lost_frames)
		return;
	worker->lost_frames = lost_frames;
	worker->lost_ns = worker->clock.wall_ns;
	if (worker->lent.is_losing)
		return; /* what was there is marked, and what began since was born so */
	worker->lent.is_losing = true;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (worker->shards[i])
			shard_lose(worker->shards[i], worker->room);
	}
}

/* Before the frames that stand in the ring: those behind the loss are among them at the earliest. */
static void look_for_loss(struct worker *worker)
{
	struct live *live = worker->setup->live;
	uint64_t lost_frames = 0;

	for (unsigned i = 0; i < live_interfaces(live); i++) {
		struct live_counts counts = live_count(live, worker->index, i);

		/* How many went past while it was away nobody counted: one at least. */
		lost_frames += counts.dropped + counts.returns + worker->stats.interfaces[i].missed;
	}
	note_loss(worker, lost_frames);
	/* What waited in the ring meanwhile is of before. */
	if (worker->lent.now_ns - worker->lost_ns >= TICK_NS)
		worker->lent.is_losing = false;
}

static void count_interfaces(struct worker *worker)
{
	struct live *live = worker->setup->live;
	struct eve_stats *stats = &worker->stats;

	stats->interface_count = live_interfaces(live);
	stats->kernel_dropped = 0;
	for (unsigned i = 0; i < stats->interface_count; i++) {
		struct live_counts counts = live_count(live, worker->index, i);
		struct live_state state = live_state(live, worker->index, i);

		stats->interfaces[i] = (struct eve_interface){
			.name = state.name,
			.is_up = state.is_up,
			.is_removed = state.is_removed,
			.packets = counts.received,
			.dropped = counts.dropped,
			.missed = state.missed,
		};
		stats->kernel_dropped += counts.dropped;
	}
	stats->clock_steps = worker->clock.steps;
	stats->clock_step_ns = worker->clock.step_ns;
}

/* The reporter is told what was counted so far. */
static void on_tick(struct worker *worker)
{
	struct news_stats news = {
		.worker = worker->index,
		.now_ns = worker->lent.now_ns,
		.steady_ns = worker->clock.steady_ns,
	};

	count_interfaces(worker);
	worker->stats.first_ns = worker->first_ns;
	worker->stats.last_ns = worker->lent.now_ns;
	worker_count(worker, &news.stats);
	worker->lent.news.origin = news_origin(NEWS_COUNTS, worker->index);
	news_post(&worker->lent.news, NEWS_STATS, &news, sizeof(news));
}

static uint64_t next_number(const struct worker *worker, int64_t time_ns)
{
	uint64_t now = clock_number(&worker->clock, time_ns), last = worker->number;

	return now > last ? now : last + 1;
}

static void on_frame(void *owner, struct frame *frame)
{
	struct worker *worker = owner;
	struct ahead_frame *at = make_room(worker);

	if (frame->time_ns > worker->clock.wall_ns + AHEAD_NS)
		frame->time_ns = worker->clock.wall_ns;
	frame->number = next_number(worker, frame->time_ns);
	at->frame = *frame;
	take(worker, at, true);
}

/* Nothing came: time passes all the same, and the fellows' news must not wait for ours. */
static void pass_time(struct worker *worker)
{
	struct frame nothing = {.time_ns = worker->clock.wall_ns - QUIET_NS};

	worker->number = next_number(worker, nothing.time_ns);
	advance_clock(worker, &nothing);
	catch_up(worker);
}

/* Little of the time, and often, goes into saving what is learned; in the end all that it takes. */
static void save_learned(struct worker *worker)
{
	struct exchange *exchange = worker->setup->exchange;
	bool ends = exchange_ends_learning(exchange);

	if (worker->has_put || (!ends && worker->clock.steady_ns < worker->learned.due_ns))
		return;
	worker->learned.due_ns = worker->clock.steady_ns + LEARNED_EVERY_NS;
	for (unsigned i = 0; ends && i < SHARD_COUNT; i++) {
		if (worker->shards[i])
			learn_set_mode(worker->shards[i]->learn, LEARN_WATCH);
	}
	if (!learned_put(&worker->learned, worker->shards, LEARNED_BUDGET_NS) || !ends)
		return;
	worker->has_put = true;
	exchange_has_put(exchange);
}

/* The end was asked for: what was learned is saved, if the disk takes it. */
static void save_rest(struct worker *worker)
{
	const struct timespec moment = {.tv_nsec = MILLISECONDS(5)};

	for (unsigned i = 0; i < LEARNED_TRIES && !worker->has_put; i++) {
		worker->has_put = learned_put(&worker->learned, worker->shards, SECONDS(1));
		if (!worker->has_put)
			nanosleep(&moment, NULL);
	}
}

static void watch(struct worker *worker)
{
	struct live *live = worker->setup->live;
	bool is_ending = false;
	int taken = 0;

	clock_start(&worker->clock, read_clock(CLOCK_REALTIME), steady_ns());
	clock_resume(&worker->clock, worker->setup->last_number);
	worker->learned.state = worker->setup->state;
	worker->has_put = worker->shared.mode != LEARN_LEARN;
	while (taken >= 0 && !ring_abandoned(worker->ring)) {
		if (!is_ending && atomic_load_explicit(worker->setup->stop, memory_order_relaxed)) {
			is_ending = true;
			live_finish(live, worker->index);
		}
		look_at_clock(worker);
		look_for_loss(worker);
		taken = live_look(live, worker->index, LOOK_MS, on_frame, worker);
		catch_up(worker); /* the frames stay no longer */
		if (taken == 0)
			pass_time(worker);
		save_learned(worker);
		exchange_work(worker->setup->exchange, worker->index, &worker->shared, worker->shards);
		ring_publish(worker->ring, worker->number);
	}
	save_rest(worker);
	count_interfaces(worker);
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	(worker->setup->live ? watch : walk)(worker);
	catch_up(worker);
	worker->stats.first_ns = worker->first_ns;
	worker->stats.last_ns = worker->clock_ns;
	worker->number++;
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

	*stats = worker->stats;
	stats->decoded = stats->packets - stats->held_fragments - stats->failed;
	stats->duplicates = counts->duplicates;
	stats->flows = counts->flows;
	stats->tcp_gaps = counts->gaps;
	stats->tcp_gap_bytes = counts->gap_bytes;
	stats->tcp_packets = counts->tcp_packets;
	stats->one_way_packets = counts->one_way_packets;
	stats->conflicts = counts->conflicts;
	stats->operations = counts->operations;
	stats->operations_incomplete = counts->operations_incomplete;
	stats->violations = counts->violations;
	stats->unknown_flows = counts->unknown_flows;
	stats->records_dropped = counts->records_dropped;
	stats->learn_dropped = counts->learn_dropped;
	stats->ring_waits = worker->lent.news.waits;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		const struct shard *shard = worker->shards[i];
		struct learn_counts learned = {0};

		if (!shard)
			continue;
		learn_count(shard->learn, &learned);
		stats->learn_dropped += learned.dropped;
		stats->learned_entries += learned.entries;
		stats->flows_evicted += flow_evicted(shard->flows);
		stats->flows_open += flow_count(shard->flows);
		stats->undecoded_bytes += engine_undecoded_bytes(shard->engine);
		stats->memory_refused += engine_memory_refused(shard->engine);
		stats->held_bytes += stream_pool_used(flow_streams(shard->flows)) +
				     engine_memory_used(shard->engine);
	}
}

bool worker_hand_over(struct worker *worker, struct baseline *site)
{
	bool ok = true;

	for (unsigned i = 0; i < SHARD_COUNT && ok; i++) {
		if (!worker->shards[i])
			continue;
		ok = learn_export(worker->shards[i]->learn, site);
		finish_shard(worker, i);
		malloc_trim(0); /* what it had was the worker's thread's: nobody else would use it again */
	}
	return ok;
}
