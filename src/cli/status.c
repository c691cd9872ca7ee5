/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong with a running sensor, and the table for a person.
 */
#include "status.h"

#include <stdarg.h>
#include <string.h>

#include "text.h"

enum {
	NAME = 64,
};

/* ---- numbers ---- */

double status_lost(const struct scrape *scrape, const char *interface)
{
	return scrape_value(scrape, "bittern_interface_kernel_dropped_packets_total", "interface",
			    interface) +
	       scrape_value(scrape, "bittern_interface_adapter_missed_packets_total", "interface",
			    interface);
}

static double per_second(const struct status *status, double grown)
{
	return status->seconds > 0 && grown > 0 ? grown / status->seconds : 0;
}

double status_rate(const struct status *status, const char *name, const char *key,
		   const char *value)
{
	if (!key)
		return per_second(status, scrape_sum(&status->now, name) -
						  scrape_sum(&status->before, name));
	return per_second(status, scrape_value(&status->now, name, key, value) -
					  scrape_value(&status->before, name, key, value));
}

const char *status_mode(const struct status *status)
{
	const struct scrape_sample *sample = NULL;

	while ((sample = scrape_next(&status->now, "bittern_mode", sample)) && sample->value < 1)
		;
	return sample ? scrape_label(sample, "mode") : "";
}

uint64_t status_whole(double number)
{
	return number < 0       ? 0
	       : number >= 9e18 ? UINT64_C(9000000000000000000)
				: (uint64_t)(number + 0.5);
}

int64_t status_ns(double seconds)
{
	return (int64_t)status_whole(seconds < 9e9 ? seconds * 1e9 : 9e18);
}

static const char *count(char text[TEXT_TIME], double number)
{
	return text_count(text, status_whole(number));
}

/* Whoever answered may be anybody, and this goes to a terminal. */
static const char *shown(char text[NAME], const char *from)
{
	text_printable(text, NAME, cur_of(from, strlen(from)));
	return text;
}

static const char *state_of(const struct status *status, const struct scrape_sample *up)
{
	if (up->value > 0)
		return "up";
	return scrape_value(&status->now, "bittern_interface_removed", "interface",
			    scrape_label(up, "interface")) > 0
		       ? "gone"
		       : "down";
}

/* ---- what is wrong ---- */

static void add(struct status *status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void add(struct status *status, const char *format, ...)
{
	va_list args;

	if (status->trouble_count == TROUBLES_MAX)
		return;
	va_start(args, format);
	vsnprintf(status->troubles[status->trouble_count++], TROUBLE_TEXT, format, args);
	va_end(args);
}

static void judge_interfaces(struct status *status)
{
	const struct scrape_sample *sample = NULL;
	char text[TEXT_TIME], name[NAME];

	while ((sample = scrape_next(&status->now, "bittern_interface_up", sample))) {
		const char *interface = scrape_label(sample, "interface");
		double lost = status_lost(&status->now, interface) -
			      status_lost(&status->before, interface);

		if (sample->value < 1)
			add(status, "%s is %s", shown(name, interface), state_of(status, sample));
		if (lost > 0)
			add(status, "%s packets were lost on %s just now", count(text, lost),
			    shown(name, interface));
	}
}

static void judge_health(struct status *status)
{
	const struct scrape_sample *sample = NULL;
	char condition[NAME], name[NAME];

	while ((sample = scrape_next(&status->now, "bittern_health_alert", sample))) {
		const char *interface = scrape_label(sample, "interface");

		if (sample->value < 1)
			continue;
		add(status, "the alert health.%s is open%s%s",
		    shown(condition, scrape_label(sample, "condition")), *interface ? ": " : "",
		    shown(name, interface));
	}
}

void status_judge(struct status *status)
{
	char text[TEXT_TIME];
	double unwritten = scrape_sum(&status->now, "bittern_log_lines_unwritten_total") -
			   scrape_sum(&status->before, "bittern_log_lines_unwritten_total");

	if (status->seconds <= 0)
		add(status, "it does not count any more: a worker or the reporter hangs");
	judge_interfaces(status);
	judge_health(status);
	if (scrape_sum(&status->now, "bittern_log_stuck") > 0)
		add(status, "events cannot be written: the disk takes none");
	if (status_rate(status, "bittern_state_failures_total", NULL, NULL) > 0)
		add(status, "its state cannot be written: a restart now would forget what is new");
	if (unwritten > 0)
		add(status, "%s lines of events were given up just now", count(text, unwritten));
}

/* ---- for a person ---- */

static void print_head(FILE *out, const struct status *status)
{
	const struct scrape_sample *build = scrape_next(&status->now, "bittern_build_info", NULL);
	char span[TEXT_TIME], since[TEXT_TIME], version[NAME];

	fprintf(out, "bittern %s, listening for %s (since %.19s UTC), asked at %s\n",
		shown(version, build ? scrape_label(build, "version") : "?"),
		text_duration(span, status_ns(scrape_sum(&status->now, "bittern_uptime_seconds"))),
		text_time(since, status_ns(scrape_sum(&status->now, "process_start_time_seconds"))),
		status->address);
}

static void print_interfaces(FILE *out, const struct status *status)
{
	const char *packets = "bittern_interface_packets_total";
	const struct scrape_sample *sample = NULL;
	char rate[TEXT_TIME], all[TEXT_TIME], lost[TEXT_TIME], name[NAME];

	fprintf(out, "\n%-24s %-5s %14s %18s %14s\n", "Interface", "", "packets/s", "packets",
		"lost");
	while ((sample = scrape_next(&status->now, "bittern_interface_up", sample))) {
		const char *interface = scrape_label(sample, "interface");

		fprintf(out, "  %-22s %-5s %14s %18s %14s\n", shown(name, interface),
			state_of(status, sample),
			count(rate, status_rate(status, packets, "interface", interface)),
			count(all, scrape_value(&status->now, packets, "interface", interface)),
			count(lost, status_lost(&status->now, interface)));
	}
}

static void print_workers(FILE *out, const struct status *status)
{
	const struct scrape_sample *sample = NULL;
	char rate[TEXT_TIME], all[TEXT_TIME], flows[TEXT_TIME], name[NAME];

	fprintf(out, "\n%-24s %-5s %14s %18s %14s\n", "Worker", "", "packets/s", "packets",
		"flows now");
	while ((sample = scrape_next(&status->now, "bittern_packets_total", sample))) {
		const char *worker = scrape_label(sample, "worker");

		fprintf(out, "  %-22s %-5s %14s %18s %14s\n", shown(name, worker), "",
			count(rate, status_rate(status, sample->name, "worker", worker)),
			count(all, sample->value),
			count(flows,
			      scrape_value(&status->now, "bittern_flows_open", "worker", worker)));
	}
}

static void print_mode(FILE *out, const struct status *status)
{
	const char *mode = status_mode(status);
	int64_t left_ns = status_ns(scrape_sum(&status->now, "bittern_learning_left_seconds"));
	const char *by = strcmp(mode, "judging") == 0    ? "rules and a baseline"
			 : strcmp(mode, "learning") == 0 ? "rules; it is learning what is normal"
							 : "rules alone";
	char left[TEXT_TIME];

	fprintf(out, "\n%-10s by %s", "Judges", by);
	if (left_ns > 0)
		fprintf(out, ", for %s more", text_duration(left, left_ns));
	fputc('\n', out);
}

static void print_seen(FILE *out, const struct status *status)
{
	const struct scrape *now = &status->now;
	char devices[TEXT_TIME], flows[TEXT_TIME], operations[TEXT_TIME], rate[TEXT_TIME],
		learned[TEXT_TIME];

	fprintf(out, "%-10s %s devices, %s flows, ", "Seen",
		count(devices, scrape_sum(now, "bittern_assets")),
		count(flows, scrape_sum(now, "bittern_flows_total")));
	fprintf(out, "%s operations (%s/s); %s functions learned\n",
		count(operations, scrape_sum(now, "bittern_operations_total")),
		count(rate, status_rate(status, "bittern_operations_total", NULL, NULL)),
		count(learned, scrape_sum(now, "bittern_learned_entries")));
}

static void print_alerts(FILE *out, const struct status *status)
{
	const struct scrape_sample *sample = NULL;
	char open[TEXT_TIME], raised[TEXT_TIME], name[NAME];
	const char *before = ": ";

	fprintf(out, "%-10s %s open", "Alerts",
		count(open, scrape_sum(&status->now, "bittern_alerts_open")));
	while ((sample = scrape_next(&status->now, "bittern_alerts_open", sample))) {
		if (sample->value < 1)
			continue;
		fprintf(out, "%s%s %s", before, count(open, sample->value),
			shown(name, scrape_label(sample, "severity")));
		before = ", ";
	}
	fprintf(out, "; %s since the start\n",
		count(raised, scrape_sum(&status->now, "bittern_alerts_raised_total")));
}

static void print_unseen(FILE *out, const struct status *status)
{
	const struct scrape *now = &status->now;
	double tcp = scrape_sum(now, "bittern_tcp_packets_total");
	double alone = scrape_sum(now, "bittern_tcp_one_way_packets_total");
	char gaps[TEXT_TIME], failed[TEXT_TIME], bytes[TEXT_BYTES];

	fprintf(out,
		"%-10s %s gaps in TCP streams, %.1f %% of TCP one way, %s packets and %s of "
		"payload not understood\n",
		"Not seen", count(gaps, scrape_sum(now, "bittern_tcp_gaps_total")),
		tcp > 0 ? 100 * alone / tcp : 0,
		count(failed, scrape_sum(now, "bittern_packets_invalid_total")),
		text_bytes(bytes, status_whole(scrape_sum(now, "bittern_undecoded_bytes_total"))));
}

static void print_costs(FILE *out, const struct status *status)
{
	const struct scrape *now = &status->now;
	char memory[TEXT_BYTES], held[TEXT_BYTES], lines[TEXT_TIME], lost[TEXT_TIME];

	fprintf(out, "%-10s %s, %s of it kept of streams; %.1f %% of a core\n", "Memory",
		text_bytes(memory, status_whole(scrape_sum(now, "process_resident_memory_bytes"))),
		text_bytes(held, status_whole(scrape_sum(now, "bittern_held_bytes"))),
		100 * status_rate(status, "process_cpu_seconds_total", NULL, NULL));
	fprintf(out, "%-10s %s lines, %s given up\n", "Log",
		count(lines, scrape_sum(now, "bittern_log_lines_total")),
		count(lost, scrape_sum(now, "bittern_log_lines_unwritten_total")));
}

void status_print(FILE *out, const struct status *status)
{
	print_head(out, status);
	print_interfaces(out, status);
	print_workers(out, status);
	print_mode(out, status);
	print_seen(out, status);
	print_alerts(out, status);
	print_unseen(out, status);
	print_costs(out, status);
	fprintf(out, "\n%s\n", status->trouble_count ? "Something is wrong:" : "All is well.");
	for (unsigned i = 0; i < status->trouble_count; i++)
		fprintf(out, "  %s\n", status->troubles[i]);
}
