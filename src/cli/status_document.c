/* SPDX-License-Identifier: Apache-2.0
 *
 * How a running sensor does, for programs: what the table shows, as one JSON document.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "status.h"
#include "text.h"

static json_t *number(double value)
{
	return json_integer((json_int_t)status_whole(value));
}

static json_t *sum(const struct status *status, const char *name)
{
	return number(scrape_sum(&status->now, name));
}

static json_t *of(const struct status *status, const char *name, const char *key, const char *value)
{
	return number(scrape_value(&status->now, name, key, value));
}

/* With one digit behind the point, as nobody can use more. */
static json_t *rate(const struct status *status, const char *name, const char *key,
		    const char *value)
{
	return json_real(round(10 * status_rate(status, name, key, value)) / 10);
}

static json_t *text(const char *from)
{
	char printable[TROUBLE_TEXT];

	text_printable(printable, sizeof(printable), cur_of(from, strlen(from)));
	return json_string(printable);
}

static json_t *interfaces_of(const struct status *status)
{
	const struct scrape_sample *sample = NULL;
	json_t *list = json_array();

	while ((sample = scrape_next(&status->now, "bittern_interface_up", sample))) {
		const char *name = scrape_label(sample, "interface");

		json_array_append_new(
			list,
			json_pack(
				"{s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "interface", text(name),
				"up", sample->value > 0, "removed",
				scrape_value(&status->now, "bittern_interface_removed", "interface",
					     name) > 0,
				"packets",
				of(status, "bittern_interface_packets_total", "interface", name),
				"packets_per_second",
				rate(status, "bittern_interface_packets_total", "interface", name),
				"lost", number(status_lost(&status->now, name)), "silent_seconds",
				of(status, "bittern_interface_silent_seconds", "interface", name)));
	}
	return list;
}

static json_t *workers_of(const struct status *status)
{
	const struct scrape_sample *sample = NULL;
	json_t *list = json_array();

	while ((sample = scrape_next(&status->now, "bittern_packets_total", sample))) {
		const char *name = scrape_label(sample, "worker");

		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "worker", text(name),
				  "packets", number(sample->value), "packets_per_second",
				  rate(status, sample->name, "worker", name), "flows_open",
				  of(status, "bittern_flows_open", "worker", name), "learned_entries",
				  of(status, "bittern_learned_entries", "worker", name),
				  "held_bytes", of(status, "bittern_held_bytes", "worker", name),
				  "ring_waits",
				  of(status, "bittern_ring_waits_total", "worker", name)));
	}
	return list;
}

static json_t *alerts_of(const struct status *status)
{
	const struct scrape_sample *sample = NULL;
	json_t *open = json_object();

	while ((sample = scrape_next(&status->now, "bittern_alerts_open", sample)))
		json_object_set_new(open, scrape_label(sample, "severity"), number(sample->value));
	return json_pack("{s:o, s:o}", "open", open, "raised",
			 sum(status, "bittern_alerts_raised_total"));
}

static json_t *troubles_of(const struct status *status)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < status->trouble_count; i++)
		json_array_append_new(list, text(status->troubles[i]));
	return list;
}

static json_t *seen_of(const struct status *status)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "devices", sum(status, "bittern_assets"),
			 "flows", sum(status, "bittern_flows_total"), "flows_open",
			 sum(status, "bittern_flows_open"), "operations",
			 sum(status, "bittern_operations_total"), "operations_per_second",
			 rate(status, "bittern_operations_total", NULL, NULL));
}

static json_t *unseen_of(const struct status *status)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "tcp_gaps", sum(status, "bittern_tcp_gaps_total"),
			 "tcp_one_way_packets", sum(status, "bittern_tcp_one_way_packets_total"),
			 "packets_invalid", sum(status, "bittern_packets_invalid_total"),
			 "undecoded_bytes", sum(status, "bittern_undecoded_bytes_total"));
}

static json_t *log_of(const struct status *status)
{
	return json_pack("{s:o, s:o, s:b}", "lines", sum(status, "bittern_log_lines_total"),
			 "unwritten", sum(status, "bittern_log_lines_unwritten_total"), "stuck",
			 scrape_sum(&status->now, "bittern_log_stuck") > 0);
}

bool status_document(FILE *out, const struct status *status)
{
	const struct scrape_sample *build = scrape_next(&status->now, "bittern_build_info", NULL);
	char since[TEXT_TIME];
	json_t *document = json_pack(
		"{s:o, s:s, s:o, s:o, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "bittern",
		text(build ? scrape_label(build, "version") : ""), "address", status->address,
		"mode", text(status_mode(status)), "learning_left_seconds",
		sum(status, "bittern_learning_left_seconds"), "fine", status->trouble_count == 0, "troubles",
		troubles_of(status), "since",
		text_time(since, status_ns(scrape_sum(&status->now, "process_start_time_seconds"))),
		"listening_seconds", sum(status, "bittern_uptime_seconds"), "interfaces",
		interfaces_of(status), "workers", workers_of(status), "seen", seen_of(status),
		"alerts", alerts_of(status), "not_seen", unseen_of(status), "memory_bytes",
		sum(status, "process_resident_memory_bytes"), "log", log_of(status));
	bool is_whole = document;

	if (is_whole && json_dumpf(document, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0)
		fputc('\n', out);
	json_decref(document);
	return is_whole;
}
