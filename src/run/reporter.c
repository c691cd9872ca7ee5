/* SPDX-License-Identifier: Apache-2.0 */
#include "reporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "health.h"
#include "keep.h"
#include "lines.h"
#include "merge.h"
#include "steady.h"
#include "tally.h"
#include "text.h"
#include "told.h"

enum {
	IDLE_EVERY = 4096, /* pieces of news between two looks at the clock on the wall */
	HAND_EVERY = 256,  /* the same, for lines that wait */
};

#define ASSETS_EVERY_NS SECONDS(60)
#define STATS_EVERY_NS SECONDS(60)
#define HAND_NS        MILLISECONDS(50) /* a line waits so long, however much there is to do */

struct reporter {
	const struct run_options *options;
	const struct baseline *site; /* NULL: nothing is judged */
	struct assets *assets;
	struct alerts *alerts;
	struct lines lines;
	int told_trouble, told_state_trouble; /* errno */
	struct keep keep; /* over a restart */
	int64_t handed_ns; /* when lines were given to the kernel; CLOCK_MONOTONIC */
	uint64_t number;   /* of the last packet that brought news */
	int64_t first_ns;  /* live: of this run */
	struct merge merge;
	int64_t now_ns, assets_due_ns;
	struct tally tally; /* live; likewise: */
	struct health health;
	int64_t stats_due_ns; /* CLOCK_MONOTONIC */
};

static void raise_health(void *owner, const struct finding *finding);
static void close_health(void *owner, uint64_t identity);
static void tell_again(void *owner, const struct alert *alert);

static void tell_unreadable(const struct reporter *reporter)
{
	char line[160];

	if (!reporter->keep.unreadable || !reporter->options->notice)
		return;
	snprintf(line, sizeof(line), "records of the state that make no sense or are larger than %d MiB, and are "
				     "forgotten: %llu",
		 STATE_VALUE_MAX >> 20, (unsigned long long)reporter->keep.unreadable);
	reporter->options->notice(line);
}

struct reporter *reporter_create(const struct run_options *options, const struct baseline *site,
				 struct ring *const *rings, unsigned ring_count, struct error *err)
{
	struct reporter *reporter = calloc(1, sizeof(*reporter));

	if (!reporter) {
		error_set(err, "not enough memory");
		return NULL;
	}
	reporter->options = options;
	reporter->site = site;
	reporter->health.raise = raise_health;
	reporter->health.close = close_health;
	reporter->health.owner = reporter;
	lines_init(&reporter->lines, options->eve_fd, options->live != NULL);
	for (unsigned i = 0; i < ring_count; i++)
		reporter->merge.rings[i] = rings[i];
	reporter->merge.count = ring_count;
	reporter->assets = assets_create(&options->assets, err);
	if (!reporter->assets)
		goto fail;
	reporter->alerts = alerts_create();
	if (!reporter->alerts) {
		error_set(err, "not enough memory");
		goto fail;
	}
	reporter->keep.learns = options->live && options->learn;
	if (!keep_open(&reporter->keep, options->state, reporter->alerts, reporter->assets, err) ||
	    !keep_each_untold(&reporter->keep, tell_again, reporter, err))
		goto fail;
	tell_unreadable(reporter);
	reporter->now_ns = reporter->keep.before.last_ns;
	return reporter;

fail:
	alerts_destroy(reporter->alerts);
	assets_destroy(reporter->assets);
	lines_finish(&reporter->lines);
	free(reporter);
	return NULL;
}

/* Once when it begins and once when it is over. */
static void tell_trouble(struct reporter *reporter)
{
	const struct run_options *options = reporter->options;
	int trouble = reporter->lines.trouble;
	char line[320];

	if (trouble == reporter->told_trouble)
		return;
	reporter->told_trouble = trouble;
	if (!options->notice)
		return;
	if (trouble)
		snprintf(line, sizeof(line), "cannot write events to %.200s: %s; they are held back, what "
					     "finds no room is counted in stats", options->eve_name, strerror(trouble));
	else
		snprintf(line, sizeof(line), "events are written to %.200s again", options->eve_name);
	options->notice(line);
}

static void tell_state_trouble(struct reporter *reporter)
{
	const struct run_options *options = reporter->options;
	struct state_counts counts = {0};
	char line[320];

	if (!options->state || !options->notice)
		return;
	state_count(options->state, &counts);
	if (counts.trouble == reporter->told_state_trouble)
		return;
	reporter->told_state_trouble = counts.trouble;
	if (counts.trouble)
		snprintf(line, sizeof(line), "cannot write the state %.200s: %s; it is tried again every "
					     "second", options->state_name, strerror(counts.trouble));
	else
		snprintf(line, sizeof(line), "the state %.200s is written again", options->state_name);
	options->notice(line);
}

/* ---- events ---- */

/* All lines to the kernel. */
static void hand_over(struct reporter *reporter)
{
	lines_flush(&reporter->lines);
	if (!reporter->lines.used)
		keep_written(&reporter->keep);
}

static void write_alert(struct reporter *reporter, const struct alert *alert)
{
	struct bt_record rec;

	if (!keep_telling(&reporter->keep, alert)) {
		hand_over(reporter);
		if (reporter->lines.used)
			keep_unwritten(&reporter->keep, NULL);
		keep_telling(&reporter->keep, alert);
	}
	if (!lines_begin_alert(&reporter->lines, &rec)) {
		if (reporter->lines.fd >= 0)
			keep_unwritten(&reporter->keep, alert);
		return;
	}
	eve_alert(&rec, alert, assets_find(reporter->assets, &alert->finding.flow.client),
		  assets_find(reporter->assets, &alert->finding.flow.server));
	lines_end(&reporter->lines, &rec);
	reporter->lines.waits = reporter->keep.told_count > 0; /* for its record, however many lines follow */
}

static void tell_again(void *owner, const struct alert *alert)
{
	struct reporter *reporter = owner;

	if (told_has(reporter->options->told, alert))
		keep_is_told(&reporter->keep, alert);
	else
		write_alert(reporter, alert);
}

static void write_anomaly(struct reporter *reporter, const struct finding *finding)
{
	struct bt_record rec;

	if (!lines_begin(&reporter->lines, &rec))
		return;
	eve_anomaly(&rec, finding);
	lines_end(&reporter->lines, &rec);
}

static void write_changed_assets(struct reporter *reporter)
{
	const struct asset *asset;
	struct bt_record rec;

	assets_settle(reporter->assets);
	while ((asset = assets_take_changed(reporter->assets))) {
		if (!lines_begin(&reporter->lines, &rec))
			continue;
		eve_asset(&rec, asset, reporter->now_ns);
		lines_end(&reporter->lines, &rec);
	}
}

static void add_state(struct reporter *reporter, struct eve_stats *stats)
{
	struct state_counts counts;

	if (!reporter->options->state)
		return;
	state_count(reporter->options->state, &counts);
	stats->has_state = true;
	stats->state_failures = counts.failures;
	stats->state_refused = counts.refused;
	stats->first_ns = keep_began(&reporter->keep, stats->first_ns);
}

/* What the workers do not know is added. */
static void complete(struct reporter *reporter, struct eve_stats *stats)
{
	stats->alerts = alerts_known(reporter->alerts);
	stats->assets = assets_count(reporter->assets);
	stats->alerts_dropped = alerts_dropped(reporter->alerts);
	stats->assets_dropped = assets_dropped(reporter->assets);
	stats->records_dropped += reporter->lines.dropped;
	lines_count(&reporter->lines, stats->unwritten);
	add_state(reporter, stats);
}

static void write_stats(struct reporter *reporter, const struct eve_stats *stats)
{
	struct bt_record rec;

	if (!lines_begin(&reporter->lines, &rec))
		return;
	eve_stats(&rec, stats);
	lines_end(&reporter->lines, &rec);
}

/* ---- news ---- */

static void close_due_alerts(struct reporter *reporter, int64_t now_ns)
{
	const struct alert *alert;

	while ((alert = alerts_close_due(reporter->alerts, now_ns)))
		write_alert(reporter, alert);
}

static void raise_finding(struct reporter *reporter, const struct finding *finding)
{
	const struct alert *alert;

	/* What was over before this finding is told as closed before it begins anew. */
	close_due_alerts(reporter, finding->time_ns);
	alert = alerts_raise(reporter->alerts, finding);
	if (alert)
		write_alert(reporter, alert);
}

static void on_finding(struct reporter *reporter, const struct finding *finding)
{
	if (finding->source == FINDING_FROM_PROTOCOL)
		write_anomaly(reporter, finding);
	raise_finding(reporter, finding);
}

static void on_repeat(struct reporter *reporter, const struct news_repeat *repeat)
{
	const struct alert *alert = alerts_repeat(reporter->alerts, repeat->identity, repeat->count,
						  repeat->last_ns, repeat->seen);

	if (alert)
		write_alert(reporter, alert);
}

static void new_device(struct reporter *reporter, const struct asset *asset)
{
	struct finding finding = {
		.source = FINDING_FROM_BASELINE,
		.severity = 3,
		.unit = BT_NO_UNIT,
		.flow = {.client = asset->addr, .server = asset->addr},
		.time_ns = asset->first_ns,
		.packet = asset->first_packet,
		.has_mac = asset->has_mac,
	};
	char text[TEXT_ADDR];

	if (!reporter->site || baseline_has_device(reporter->site, &asset->addr))
		return;
	snprintf(finding.name, sizeof(finding.name), "baseline.new_device");
	snprintf(finding.title, sizeof(finding.title), "A device that was never seen on this network");
	snprintf(finding.technique[0], sizeof(finding.technique[0]), "T0848");
	snprintf(finding.technique[1], sizeof(finding.technique[1]), "T0864");
	memcpy(finding.mac[0], asset->mac, sizeof(asset->mac));
	text_addr(text, &asset->addr);
	snprintf(finding.object, sizeof(finding.object), "%s", text);
	snprintf(finding.seen, sizeof(finding.seen), "%s began to speak", text);
	if (asset->has_mac)
		text_add(finding.seen, sizeof(finding.seen), " (MAC %s%s%s)",
			 text_mac(text, asset->mac), *asset->vendor ? ", " : "", asset->vendor);
	snprintf(finding.expected, sizeof(finding.expected), "one of the %zu devices learned",
		 baseline_device_count(reporter->site));
	raise_finding(reporter, &finding);
}

static void on_sighting(struct reporter *reporter, const struct sighting *sighting)
{
	const struct asset *asset = assets_sighting(reporter->assets, sighting);

	if (asset)
		new_device(reporter, asset);
}

static void advance_clock(struct reporter *reporter, int64_t now_ns)
{
	if (now_ns <= reporter->now_ns)
		return;
	reporter->now_ns = now_ns;
	if (!reporter->assets_due_ns)
		reporter->assets_due_ns = now_ns + ASSETS_EVERY_NS;
	if (now_ns < reporter->assets_due_ns)
		return;
	reporter->assets_due_ns = now_ns + ASSETS_EVERY_NS;
	write_changed_assets(reporter);
	close_due_alerts(reporter, now_ns);
}

/* ---- the sensor itself ---- */

static void raise_health(void *owner, const struct finding *finding)
{
	raise_finding(owner, finding);
}

static void close_health(void *owner, uint64_t identity)
{
	struct reporter *reporter = owner;
	const struct alert *alert = alerts_close(reporter->alerts, identity, reporter->health.now_ns);

	if (alert)
		write_alert(reporter, alert);
}

/* The clock was set back, perhaps while nobody ran: what is due does not wait until it is as late again. */
static void follow_clock(struct reporter *reporter, int64_t now_ns)
{
	if (now_ns < reporter->now_ns - ASSETS_EVERY_NS) {
		alerts_set_back(reporter->alerts, now_ns);
		reporter->now_ns = now_ns;
		reporter->assets_due_ns = now_ns + ASSETS_EVERY_NS;
	}
	advance_clock(reporter, now_ns);
}

static enum metrics_mode mode_of(const struct reporter *reporter)
{
	if (reporter->site)
		return METRICS_JUDGING;
	return reporter->keep.learns && !exchange_ends_learning(reporter->options->exchange)
		       ? METRICS_LEARNING
		       : METRICS_WATCHING;
}

static int64_t learning_left(const struct reporter *reporter)
{
	int64_t left_ns = reporter->options->learn_end_ns - boot_ns();

	return left_ns > 0 ? left_ns : 0;
}

static void publish(const struct reporter *reporter, const struct news_stats *sum)
{
	struct metrics_board *board = reporter->options->board;
	struct metrics_snapshot *snapshot;

	if (!board)
		return;
	snapshot = board_fill(board, sum->steady_ns);
	snapshot->mode = mode_of(reporter);
	snapshot->learning_left_ns = snapshot->mode == METRICS_LEARNING ? learning_left(reporter) : 0;
	snapshot->sum = sum->stats;
	for (unsigned i = 0; i < snapshot->worker_count; i++)
		snapshot->workers[i] = reporter->tally.latest[i].stats;
	alerts_count(reporter->alerts, &snapshot->alerts);
	snapshot->condition_count = health_list(&reporter->health, &sum->stats, snapshot->conditions);
	memcpy(snapshot->lines, reporter->lines.taken, sizeof(snapshot->lines));
	snapshot->is_log_stuck = reporter->lines.trouble != 0;
	board_publish(board);
}

static void on_stats(struct reporter *reporter, const struct news_stats *news)
{
	int64_t every_ns = reporter->options->stats_every_ns ? reporter->options->stats_every_ns
							     : STATS_EVERY_NS;
	struct news_stats sum;

	if (!tally_add(&reporter->tally, news, reporter->merge.count, &sum))
		return;
	reporter->first_ns = sum.stats.first_ns;
	follow_clock(reporter, sum.now_ns);
	health_look(&reporter->health, &sum.stats, sum.now_ns, sum.steady_ns);
	complete(reporter, &sum.stats);
	publish(reporter, &sum);
	if (!reporter->stats_due_ns)
		reporter->stats_due_ns = sum.steady_ns + every_ns;
	if (sum.steady_ns < reporter->stats_due_ns)
		return;
	reporter->stats_due_ns = sum.steady_ns + every_ns;
	write_stats(reporter, &sum.stats);
}

static void take(struct reporter *reporter, const struct news *news)
{
	const void *body = news + 1;

	reporter->number = news->packet;
	switch (news->kind) {
	case NEWS_LINE: lines_put(&reporter->lines, body, news->size); break;
	case NEWS_FINDING:
		on_finding(reporter, body);
		advance_clock(reporter, ((const struct finding *)body)->time_ns);
		break;
	case NEWS_REPEAT:
		on_repeat(reporter, body);
		advance_clock(reporter, ((const struct news_repeat *)body)->last_ns);
		break;
	case NEWS_SIGHTING:
		on_sighting(reporter, body);
		advance_clock(reporter, ((const struct sighting *)body)->time_ns);
		break;
	case NEWS_STATS: on_stats(reporter, body); break;
	}
}

/* What changed from outside, and whether the disk takes events again. */
static void look_around(struct reporter *reporter)
{
	int fd = exchange_take_output(reporter->options->exchange);

	exchange_report(reporter->options->exchange, &reporter->site);
	if (fd >= 0)
		lines_reopen(&reporter->lines, fd);
	if (reporter->lines.trouble)
		lines_flush(&reporter->lines);
	tell_trouble(reporter);
	tell_state_trouble(reporter);
}

static struct keep_clock clock_of(const struct reporter *reporter)
{
	return (struct keep_clock){reporter->first_ns, reporter->now_ns, reporter->number};
}

/* Live, whoever watches does not wait for a full buffer: lines leave when nothing else is to do, and at
 * least so often. */
static void keep_up(struct reporter *reporter, bool is_idle)
{
	const struct keep_clock clock = clock_of(reporter);
	int64_t now_ns = steady_ns();

	if (!is_idle && !reporter->lines.waits && now_ns - reporter->handed_ns < HAND_NS)
		return;
	keep_look(&reporter->keep, now_ns, &clock);
	if (reporter->keep.learns && exchange_ends_learning(reporter->options->exchange) &&
	    keep_learned(&reporter->keep))
		exchange_has_put(reporter->options->exchange);
	if (!keep_may_write(&reporter->keep))
		return;
	reporter->handed_ns = now_ns;
	hand_over(reporter);
}

void reporter_run(struct reporter *reporter, void (*idle)(void *owner), void *owner)
{
	enum merge_status status;
	const struct news *news;
	unsigned from, taken = 0;

	while ((status = merge_next(&reporter->merge, &from, &news)) != MERGE_END) {
		if (status == MERGE_WAIT || ++taken % IDLE_EVERY == 0) {
			look_around(reporter);
			idle(owner);
		}
		if (reporter->options->live && (status == MERGE_WAIT || taken % HAND_EVERY == 0))
			keep_up(reporter, status == MERGE_WAIT);
		if (status == MERGE_WAIT) {
			merge_wait(&reporter->merge);
			continue;
		}
		take(reporter, news);
		merge_pop(&reporter->merge, from);
		if (reporter->lines.failed)
			break;
	}
	merge_close(&reporter->merge);
}

void reporter_end(struct reporter *reporter, struct eve_stats *stats)
{
	struct keep_clock clock;
	const struct alert *alert;

	reporter->now_ns = stats->last_ns;
	close_due_alerts(reporter, reporter->now_ns);
	while ((alert = alerts_flush(reporter->alerts)))
		write_alert(reporter, alert);
	write_changed_assets(reporter);
	health_silence(&reporter->health, stats);
	reporter->first_ns = stats->first_ns;
	complete(reporter, stats);
	write_stats(reporter, stats);
	hand_over(reporter);
	clock = clock_of(reporter);
	keep_end(&reporter->keep, &clock);
}

bool reporter_finish(struct reporter *reporter, struct run_result *result, struct error *err)
{
	bool written;

	if (!reporter)
		return true;
	written = lines_close(&reporter->lines);
	if (!written)
		error_set(err, "cannot write events to %s: %s", reporter->options->eve_name,
			  strerror(reporter->lines.failed));
	result->assets = reporter->assets;
	result->alerts = reporter->alerts;
	lines_finish(&reporter->lines);
	free(reporter);
	return written;
}
