/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of all metrics, and how each kind of them is written.
 */
#include "metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "decode.h"
#include "text.h"

struct source {
	const struct metrics_process *process;
	const struct metrics_snapshot *snapshot;
};

struct metric {
	const char *name;
	bool is_counter;           /* else it goes up and down */
	const char *unit, *labels; /* "": none */
	void (*put)(FILE *out, const struct metric *metric, const struct source *source);
	size_t offset; /* of the number, where it stands as such in what `put` looks at */
	const char *help;
};

/* ---- samples ---- */

enum {
	LABEL = 128,
};

/* Whatever an interface is called: valid UTF-8, and what would end the value escaped. */
static const char *label(char text[LABEL], const char *value)
{
	char printable[LABEL / 2];
	char *at = text;

	text_printable(printable, sizeof(printable), cur_of(value, strlen(value)));
	for (const char *from = printable; *from; from++) {
		if (*from == '\\' || *from == '"')
			*at++ = '\\';
		*at++ = *from;
	}
	*at = '\0';
	return text;
}

static uint64_t number_at(const void *of, size_t offset)
{
	return *(const uint64_t *)(const void *)((const char *)of + offset);
}

static void put_labelled(FILE *out, const struct metric *metric, const char *key, const char *value,
			 uint64_t number)
{
	char text[LABEL];

	fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", metric->name, key, label(text, value), number);
}

static void put_number(FILE *out, const struct metric *metric, uint64_t number)
{
	fprintf(out, "%s %" PRIu64 "\n", metric->name, number);
}

static void put_seconds(FILE *out, const struct metric *metric, double seconds)
{
	fprintf(out, "%s %.3f\n", metric->name, seconds);
}

/* ---- where numbers come from ---- */

static void of_sum(FILE *out, const struct metric *metric, const struct source *source)
{
	put_number(out, metric, number_at(&source->snapshot->sum, metric->offset));
}

static void of_each_worker(FILE *out, const struct metric *metric, const struct source *source)
{
	for (unsigned i = 0; i < source->snapshot->worker_count; i++)
		fprintf(out, "%s{worker=\"%u\"} %" PRIu64 "\n", metric->name, i + 1,
			number_at(&source->snapshot->workers[i], metric->offset));
}

static void of_each_interface(FILE *out, const struct metric *metric, const struct source *source)
{
	const struct eve_stats *sum = &source->snapshot->sum;

	for (unsigned i = 0; i < sum->interface_count; i++)
		put_labelled(out, metric, "interface", sum->interfaces[i].name,
			     number_at(&sum->interfaces[i], metric->offset));
}

static void up(FILE *out, const struct metric *metric, const struct source *source)
{
	const struct eve_stats *sum = &source->snapshot->sum;

	for (unsigned i = 0; i < sum->interface_count; i++)
		put_labelled(out, metric, "interface", sum->interfaces[i].name,
			     sum->interfaces[i].is_up);
}

static void removed(FILE *out, const struct metric *metric, const struct source *source)
{
	const struct eve_stats *sum = &source->snapshot->sum;

	for (unsigned i = 0; i < sum->interface_count; i++)
		put_labelled(out, metric, "interface", sum->interfaces[i].name,
			     sum->interfaces[i].is_removed);
}

static void silent(FILE *out, const struct metric *metric, const struct source *source)
{
	const struct eve_stats *sum = &source->snapshot->sum;
	char text[LABEL];

	for (unsigned i = 0; i < sum->interface_count; i++)
		fprintf(out, "%s{interface=\"%s\"} %.3f\n", metric->name,
			label(text, sum->interfaces[i].name),
			(double)sum->interfaces[i].silent_ns / 1e9);
}

static void problems(FILE *out, const struct metric *metric, const struct source *source)
{
	for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++)
		put_labelled(out, metric, "problem", decode_problem_name(bit),
			     source->snapshot->sum.problems[bit]);
}

static void modes(FILE *out, const struct metric *metric, const struct source *source)
{
	static const char *const names[METRICS_MODES] = {
		[METRICS_WATCHING] = "watching",
		[METRICS_LEARNING] = "learning",
		[METRICS_JUDGING] = "judging",
	};

	for (unsigned mode = 0; mode < METRICS_MODES; mode++)
		put_labelled(out, metric, "mode", names[mode], mode == source->snapshot->mode);
}

static void by_severity(FILE *out, const struct metric *metric, const struct source *source)
{
	const char *counts = (const char *)&source->snapshot->alerts + metric->offset;

	for (unsigned i = 1; i < ALERT_SEVERITIES; i++)
		put_labelled(out, metric, "severity", severity_name(i),
			     number_at(counts, i * sizeof(uint64_t)));
}

static void alerts_closed(FILE *out, const struct metric *metric, const struct source *source)
{
	put_number(out, metric, source->snapshot->alerts.closed);
}

static void health(FILE *out, const struct metric *metric, const struct source *source)
{
	char text[LABEL];

	for (unsigned i = 0; i < source->snapshot->condition_count; i++) {
		const struct metrics_condition *condition = &source->snapshot->conditions[i];

		fprintf(out, "%s{condition=\"%s\"", metric->name, condition->name);
		if (*condition->interface)
			fprintf(out, ",interface=\"%s\"", label(text, condition->interface));
		fprintf(out, "} %d\n", condition->is_open);
	}
}

static void by_rank(FILE *out, const struct metric *metric, const uint64_t counts[EVE_RANKS])
{
	static const char *const kinds[EVE_RANKS] = {
		[EVE_RANK_LOG] = "log",
		[EVE_RANK_EVENT] = "event",
		[EVE_RANK_ALERT] = "alert",
	};

	for (unsigned rank = 0; rank < EVE_RANKS; rank++)
		put_labelled(out, metric, "kind", kinds[rank], counts[rank]);
}

static void lines(FILE *out, const struct metric *metric, const struct source *source)
{
	by_rank(out, metric, source->snapshot->lines);
}

static void unwritten(FILE *out, const struct metric *metric, const struct source *source)
{
	by_rank(out, metric, source->snapshot->sum.unwritten);
}

static void stuck(FILE *out, const struct metric *metric, const struct source *source)
{
	put_number(out, metric, source->snapshot->is_log_stuck);
}

static void learning_left(FILE *out, const struct metric *metric, const struct source *source)
{
	put_seconds(out, metric, (double)source->snapshot->learning_left_ns / 1e9);
}

static void uptime(FILE *out, const struct metric *metric, const struct source *source)
{
	put_seconds(out, metric, (double)source->snapshot->uptime_ns / 1e9);
}

static void build(FILE *out, const struct metric *metric, const struct source *source)
{
	put_labelled(out, metric, "version", source->process->version, 1);
}

static void started(FILE *out, const struct metric *metric, const struct source *source)
{
	put_seconds(out, metric, source->process->start_s);
}

static void cpu(FILE *out, const struct metric *metric, const struct source *source)
{
	put_seconds(out, metric, source->process->cpu_s);
}

static void resident(FILE *out, const struct metric *metric, const struct source *source)
{
	put_number(out, metric, source->process->resident_bytes);
}

/* ---- the table ---- */

#define COUNTER(name, unit) "bittern_" name "_total", true, unit
#define GAUGE(name, unit)   "bittern_" name, false, unit
#define SUM(field)          "", of_sum, offsetof(struct eve_stats, field)
#define WORKER(field)       "worker", of_each_worker, offsetof(struct eve_stats, field)
#define INTERFACE(field)    "interface", of_each_interface, offsetof(struct eve_interface, field)
#define SEVERITY(field)     "severity", by_severity, offsetof(struct alert_counts, field)

static const struct metric metrics[] = {
	/* interfaces */
	{GAUGE("interface_up", ""), "interface", up, 0, "1: up, with a carrier; 0: not"},
	{GAUGE("interface_removed", ""), "interface", removed, 0,
	 "1: nothing has its name; 0: it is there"},
	{COUNTER("interface_packets", "packets"), INTERFACE(packets), "Frames captured"},
	{COUNTER("interface_kernel_dropped_packets", "packets"), INTERFACE(dropped),
	 "Frames lost because they came faster than they were read"},
	{COUNTER("interface_adapter_missed_packets", "packets"), INTERFACE(missed),
	 "Frames that the adapter could not hand over"},
	{GAUGE("interface_silent_seconds", "seconds"), "interface", silent, 0,
	 "Since the last frame"},

	/* workers */
	{COUNTER("packets", "packets"), WORKER(packets), "Frames looked at"},
	{COUNTER("bytes", "bytes"), WORKER(bytes), "Of these frames, as they were on the wire"},
	{COUNTER("packets_decoded", "packets"), WORKER(decoded), "Frames understood"},
	{COUNTER("packets_invalid", "packets"), WORKER(failed), "Frames not understood"},
	{COUNTER("packets_cut", "packets"), WORKER(cut), "Frames cut by the snap length"},
	{COUNTER("packets_duplicate", "packets"), WORKER(duplicates),
	 "Packets that the mirror port sent twice"},
	{COUNTER("fragments", "packets"), WORKER(held_fragments), "IP fragments held for the rest"},
	{COUNTER("fragments_reassembled", "datagrams"), WORKER(reassembled),
	 "Datagrams put together of them"},
	{GAUGE("flows_open", "flows"), WORKER(flows_open), "Conversations in the table"},
	{COUNTER("flows", "flows"), WORKER(flows), "Conversations seen"},
	{COUNTER("flows_evicted", "flows"), WORKER(flows_evicted),
	 "Ended early because the table was full"},
	{COUNTER("flows_unknown", "flows"), WORKER(unknown_flows), "Claimed by no dissector"},
	{COUNTER("tcp_packets", "packets"), WORKER(tcp_packets),
	 "TCP packets after the first eight of a flow's direction"},
	{COUNTER("tcp_one_way_packets", "packets"), WORKER(one_way_packets),
	 "Of these: of flows whose other direction was never seen"},
	{COUNTER("tcp_gaps", "gaps"), WORKER(tcp_gaps), "Times bytes of a TCP stream were missing"},
	{COUNTER("tcp_gap_bytes", "bytes"), WORKER(tcp_gap_bytes), "Bytes that were missing"},
	{COUNTER("tcp_conflicts", "conflicts"), WORKER(conflicts),
	 "The same bytes twice with other content"},
	{COUNTER("operations", "operations"), WORKER(operations),
	 "Requests with their answers, of all protocols"},
	{COUNTER("operations_incomplete", "operations"), WORKER(operations_incomplete),
	 "Of these: only one half was seen"},
	{COUNTER("violations", "violations"), WORKER(violations), "Times a protocol was broken"},
	{COUNTER("undecoded_bytes", "bytes"), WORKER(undecoded_bytes),
	 "Bytes that the dissectors of their flows did not understand"},
	{GAUGE("learned_entries", "entries"), WORKER(learned_entries),
	 "Functions of pairs that are remembered, beside the baseline's"},
	{COUNTER("learn_dropped", "times"), WORKER(learn_dropped),
	 "Behaviour not remembered at a cap"},
	{GAUGE("held_bytes", "bytes"), WORKER(held_bytes),
	 "Kept of streams (behind a hole, half a message) and by dissectors"},
	{COUNTER("memory_refused", "times"), WORKER(memory_refused),
	 "A dissector had no memory left to remember something"},
	{COUNTER("ring_waits", "times"), WORKER(ring_waits), "The worker waited for the reporter"},

	/* the reporter */
	{COUNTER("decode_problems", "packets"), "problem", problems, 0,
	 "What was wrong with headers; docs/events.md, stats.decoder.event"},
	{GAUGE("assets", "devices"), SUM(assets), "Devices known"},
	{COUNTER("assets_dropped", "entries"), SUM(assets_dropped),
	 "Devices and conversations not kept at a cap"},
	{GAUGE("mode", ""), "mode", modes, 0,
	 "1: what it does: watching by rules alone, learning, judging by a baseline too"},
	{GAUGE("learning_left_seconds", "seconds"), "", learning_left, 0,
	 "Until it has learned long enough and judges by that; 0 when it does not learn"},
	{GAUGE("alerts_open", "alerts"), SEVERITY(open),
	 "Alerts that are open, those about the sensor too"},
	{COUNTER("alerts_raised", "alerts"), SEVERITY(raised),
	 "Alerts that were new, by the severity they began with"},
	{COUNTER("alerts_closed", "alerts"), "", alerts_closed, 0, "Alerts that ended"},
	{COUNTER("alerts_dropped", "alerts"), SUM(alerts_dropped),
	 "Open alerts forgotten and findings lost because the table was full"},
	{GAUGE("health_alert", ""), "condition, interface", health, 0,
	 "1: this alert about the sensor is open; 0: it is not"},
	{COUNTER("clock_steps", "times"), SUM(clock_steps),
	 "The sensor's clock was set by half a second or more"},
	{COUNTER("log_lines", "lines"), "kind", lines, 0, "Event lines written, or waiting to be"},
	{COUNTER("log_lines_unwritten", "lines"), "kind", unwritten, 0,
	 "Event lines for which there was no room while the disk took none"},
	{COUNTER("log_lines_too_long", "lines"), SUM(records_dropped),
	 "Event lines left out as longer than 64 KiB"},
	{GAUGE("log_stuck", ""), "", stuck, 0,
	 "1: events cannot be written at the moment; 0: they can"},
	{COUNTER("state_failures", "times"), SUM(state_failures),
	 "The state file could not be written"},
	{COUNTER("state_refused", "records"), SUM(state_refused),
	 "What found no room meanwhile, and is tried again later"},
	{GAUGE("uptime_seconds", "seconds"), "", uptime, 0,
	 "How long it had been listening when all of the above was counted, once a second"},

	/* the process */
	{GAUGE("build_info", ""), "version", build, 0,
	 "Always 1; the label has what there is to say"},
	{"process_start_time_seconds", false, "seconds", "", started, 0,
	 "When it began, since 1970"},
	{"process_cpu_seconds_total", true, "seconds", "", cpu, 0, "Processor time used"},
	{"process_resident_memory_bytes", false, "bytes", "", resident, 0,
	 "Memory in use, its capture rings included"},
};

enum {
	METRICS = sizeof(metrics) / sizeof(metrics[0]),
};

static const char *type_of(const struct metric *metric)
{
	return metric->is_counter ? "counter" : "gauge";
}

void metrics_text(FILE *out, const struct metrics_process *process,
		  const struct metrics_snapshot *snapshot)
{
	const struct source source = {process, snapshot};

	for (size_t i = 0; i < METRICS; i++) {
		const struct metric *metric = &metrics[i];

		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
			metric->name, type_of(metric));
		metric->put(out, metric, &source);
	}
}

void metrics_help(FILE *out)
{
	fputs("| metric | type | labels | unit | |\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < METRICS; i++) {
		const struct metric *metric = &metrics[i];

		fprintf(out, "| `%s` | %s | %s | %s | %s |\n", metric->name, type_of(metric),
			metric->labels, metric->unit, metric->help);
	}
}
