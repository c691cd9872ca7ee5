/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <stdlib.h>
#include <time.h>

#include "keep.h"
#include "reporter.h"
#include "steady.h"
#include "text.h"
#include "worker.h"

#define PROGRESS_EVERY_NS MILLISECONDS(250)

struct crew {
	const struct run_options *options;
	struct worker_setup setup;
	struct worker *workers[WORKERS_MAX];
	unsigned started;
	int64_t progress_due_ns; /* on the wall's clock: it only paces the display */
};

static void show_progress(void *owner)
{
	struct crew *crew = owner;
	uint64_t slowest = UINT64_MAX;
	int64_t now = steady_ns();

	if (!crew->options->progress || now < crew->progress_due_ns)
		return;
	crew->progress_due_ns = now + PROGRESS_EVERY_NS;
	for (unsigned i = 0; i < crew->setup.count; i++) {
		uint64_t mark = ring_mark(worker_ring(crew->workers[i]));

		if (mark < slowest)
			slowest = mark;
	}
	crew->options->progress(crew->options->progress_owner, worker_bytes_read(crew->workers[0]),
				slowest);
}

static bool crew_hire(struct crew *crew, struct error *err)
{
	for (unsigned i = 0; i < crew->setup.count; i++) {
		crew->workers[i] = worker_create(&crew->setup, i, err);
		if (!crew->workers[i])
			return false;
	}
	return true;
}

static bool is_ready(const struct run_options *options, struct error *err)
{
	return !options->ready || options->ready(options->ready_owner, err);
}

static bool crew_start(struct crew *crew, struct error *err)
{
	for (; crew->started < crew->setup.count; crew->started++) {
		if (!worker_start(crew->workers[crew->started]))
			return error_set(err, "cannot start worker %u of %u; use fewer --workers",
					 crew->started + 1, crew->setup.count);
	}
	return true;
}

static void crew_dismiss(struct crew *crew)
{
	for (unsigned i = 0; i < crew->setup.count; i++)
		worker_destroy(crew->workers[i]);
}

static const struct asset *const *devices(struct assets *assets, size_t *count)
{
	assets_settle(assets);
	return assets_list(assets, count);
}

/* The document of what all shards learned and which devices were there. */
static bool put_together(const struct crew *crew, struct run_result *result)
{
	const struct eve_stats *stats = &result->stats;
	struct baseline_source source = {stats->first_ns, stats->last_ns, stats->packets,
					 stats->operations};
	const struct asset *const *list;
	char label[96];
	size_t count;

	result->learned = baseline_create();
	if (!result->learned)
		return false;
	for (unsigned i = 0; i < crew->setup.count; i++) {
		if (!worker_hand_over(crew->workers[i], result->learned))
			return false;
	}
	list = devices(result->assets, &count);
	for (size_t i = 0; i < count; i++) {
		asset_label(list[i], label, sizeof(label));
		baseline_add_device(result->learned, &list[i]->addr,
				    list[i]->has_mac ? list[i]->mac : NULL, label);
	}
	baseline_set_source(result->learned, &source);
	return true;
}

/* Did a file shrink under a worker? */
static bool lost_input(const struct crew *crew, struct error *err)
{
	unsigned i = 0;

	while (i < crew->setup.count && !worker_lost(crew->workers[i]))
		i++;
	if (i == crew->setup.count)
		return false;
	error_set(err, "%s shrank while it was read; what came before is reported",
		  capture_lost_path(crew->options->capture));
	return true;
}

/* One pass over the capture with the crew as set up. */
static enum run_failure one_pass(struct crew *crew, struct run_result *result, struct error *err)
{
	enum run_failure failure = RUN_OTHER;
	struct ring *rings[WORKERS_MAX];
	struct reporter *reporter = NULL;
	struct keep_clock clock;

	if (!keep_read_clock(crew->options->state, &clock, err))
		return RUN_OTHER;
	crew->setup.last_number = clock.number;
	if (!crew_hire(crew, err))
		goto dismiss;
	if (crew->setup.shard.mode == LEARN_LEARN)
		baseline_taken(crew->options->site);
	for (unsigned i = 0; i < crew->setup.count; i++)
		rings[i] = worker_ring(crew->workers[i]);
	reporter = reporter_create(crew->options,
				   crew->setup.shard.mode == LEARN_JUDGE ? crew->setup.shard.site : NULL,
				   rings, crew->setup.count, err);
	if (!reporter || !is_ready(crew->options, err) || !crew_start(crew, err))
		goto join;
	reporter_run(reporter, show_progress, crew);
	failure = RUN_OK;

join:
	for (unsigned i = 0; failure != RUN_OK && i < crew->started; i++)
		ring_close_reader(rings[i]);
	for (unsigned i = 0; i < crew->started; i++)
		worker_join(crew->workers[i]);
	for (unsigned i = 0; i < crew->started; i++) {
		struct eve_stats counted;

		worker_count(crew->workers[i], &counted);
		eve_stats_add(&result->stats, &counted);
	}
	if (failure == RUN_OK)
		reporter_end(reporter, &result->stats);
	if (!reporter_finish(reporter, result, err))
		failure = RUN_OUTPUT;
	else if (failure == RUN_OK && lost_input(crew, err))
		failure = RUN_INPUT;
	if (crew->setup.shard.mode == LEARN_LEARN && !crew->options->live && failure == RUN_OK &&
	    !put_together(crew, result)) {
		error_set(err, "not enough memory for what was learned");
		failure = RUN_OTHER;
	}
dismiss:
	crew_dismiss(crew);
	return failure;
}

static struct crew crew_for(const struct run_options *options)
{
	struct crew crew = {
		.options = options,
		.setup = {
			.capture = options->capture,
			.live = options->live,
			.stop = options->stop,
			.exchange = options->exchange,
			.state = options->state,
			.count = options->capture && capture_is_stream(options->capture) ? 1
											 : options->workers,
			.shard = {
				.site = options->site,
				.mode = options->learn   ? LEARN_LEARN
					: options->site ? LEARN_JUDGE
							: LEARN_WATCH,
				.flows_max = options->flows_max ? (options->flows_max + SHARD_COUNT - 1) / SHARD_COUNT
								: FLOWS_MAX,
				.log_flows = options->log_flows,
				.log_protocols = options->log_protocols,
			},
		},
	};

	shard_setup_rules(&crew.setup.shard, options->rules);
	return crew;
}

/* --learn-for: the first part is read twice, once to learn from it, and then, known, in front of the
 * rest, so that the events are those of the whole timeline. */
static enum run_failure learn_first(const struct run_options *options, struct run_result *result,
				    struct error *err)
{
	struct run_options quiet = *options;
	struct run_result first = {0};
	enum run_failure failure;
	struct crew crew;

	quiet.learn = true;
	quiet.site = NULL;
	quiet.log_flows = false;
	quiet.log_protocols = 0;
	quiet.eve_fd = -1;
	crew = crew_for(&quiet);
	crew.setup.stop_ns = options->learn_for_ns;
	failure = one_pass(&crew, &first, err);
	result->learned = first.learned;
	first.learned = NULL;
	run_result_finish(&first);
	return failure;
}

enum run_failure run_capture(const struct run_options *options, struct run_result *result,
			     struct error *err)
{
	struct run_options judged = *options;
	enum run_failure failure;
	struct crew crew;

	*result = (struct run_result){0};
	if (options->learn_for_ns) {
		failure = learn_first(options, result, err);
		if (failure != RUN_OK)
			return failure;
		judged.site = result->learned;
	}
	crew = crew_for(&judged);
	return one_pass(&crew, result, err);
}

void run_result_finish(struct run_result *result)
{
	assets_destroy(result->assets);
	alerts_destroy(result->alerts);
	baseline_destroy(result->learned);
	*result = (struct run_result){0};
}
