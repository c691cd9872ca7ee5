/* SPDX-License-Identifier: Apache-2.0
 *
 * The alerts of the summary: by incident, the worst first, each with what was seen, what was
 * expected and the packets that prove it.
 */
#include <stdlib.h>
#include <string.h>

#include "summary.h"
#include "text.h"

static void who_text(const struct run_result *result, const struct bt_addr *addr, char *text,
		     size_t cap)
{
	const struct asset *asset = assets_find(result->assets, addr);
	char address[TEXT_ADDR], label[128];

	snprintf(text, cap, "%s", text_addr(address, addr));
	if (!asset)
		return;
	asset_label(asset, label, sizeof(label));
	if (!strstr(label, address))
		text_add(text, cap, " (%s)", label);
}

/* "1627 1629" of the one file, or "tuesday.pcap: 12 13; wednesday.pcap: 7". */
static void print_packets(FILE *out, const struct alert *alert, const struct places *places)
{
	const char *path = NULL;
	char name[TEXT_PATH];

	fprintf(out, "           packets  ");
	for (unsigned i = 0; i < alert->packet_count; i++) {
		const struct place *place = places_of(places, alert->packets[i]);

		if (place && place->path != path)
			fprintf(out, "%s %s:", path ? ";" : "", text_path(name, place->path));
		path = place ? place->path : path;
		fprintf(out, " %llu",
			(unsigned long long)(place ? place->file_number : alert->packets[i]));
	}
}

/* The first packets of the first few are kept, the others are counted. */
static bool has_more_packets(const struct alert *alert)
{
	return alert->count > alert->packet_count ||
	       (alert->packet_count == ALERT_EVIDENCE && alert->count > ALERT_EVIDENCE / 2);
}

static const char *doubt_text(unsigned incomplete, char text[96])
{
	text[0] = '\0';
	if (!incomplete)
		return text;
	text_add(text, 96, "  (not seen whole:");
	if (incomplete & BT_SEEN_MIDSTREAM)
		text_add(text, 96, " began earlier,");
	if (incomplete & BT_SEEN_GAP)
		text_add(text, 96, " bytes missing,");
	if (incomplete & BT_SEEN_ONE_WAY)
		text_add(text, 96, " one way only,");
	if (incomplete & BT_SEEN_CUT)
		text_add(text, 96, " frames cut,");
	text[strlen(text) - 1] = ')';
	return text;
}

static void print_alert(FILE *out, const struct run_result *result, const struct session *session,
			const struct alert *alert)
{
	const struct finding *finding = &alert->finding;
	char who[192], whom[192], when[TEXT_TIME], count[TEXT_TIME], doubt[96];

	who_text(result, &finding->flow.client, who, sizeof(who));
	who_text(result, &finding->flow.server, whom, sizeof(whom));
	fprintf(out, "  %-8s %s\n", severity_name(finding->severity), finding->title);
	fprintf(out, "           %.19s  %s", text_time(when, alert->first_ns), who);
	if (!addr_equal(&finding->flow.client, &finding->flow.server))
		fprintf(out, " -> %s", whom);
	if (finding->unit != BT_NO_UNIT)
		fprintf(out, ", unit %u", finding->unit);
	if (alert->count > 1)
		fprintf(out, ", %s times", text_count(count, alert->count));
	fprintf(out, "\n           seen      %s\n", finding->seen);
	if (*finding->expected)
		fprintf(out, "           expected  %s\n", finding->expected);
	for (unsigned i = 0; i < 2 && *finding->technique[i]; i++) {
		const char *name = attack_technique_name(finding->technique[i]);

		fprintf(out, "%s%s%s%s", i ? "; " : "           technique ", finding->technique[i],
			name ? " " : "", name ? name : "");
	}
	fprintf(out, "%s", *finding->technique[0] ? "\n" : "");
	print_packets(out, alert, session->places);
	fprintf(out, "%s%s\n", has_more_packets(alert) ? " ..." : "",
		doubt_text(alert->incomplete, doubt));
}

/* What an empty or short list of alerts is to be read with. */
static const char *judged_text(const struct run_result *result, const struct session *session,
			       char text[96])
{
	int64_t learnt_ns = session->run.learn_for_ns;
	char span[TEXT_TIME];

	text[0] = '\0';
	if (session->baseline_path)
		return text;
	if (!learnt_ns)
		text_add(text, 96, "no baseline: only rules and violations were looked for");
	else if (result->stats.last_ns - result->stats.first_ns < learnt_ns)
		text_add(text, 96,
			 "all was learned from, nothing judged by it: give a shorter --learn-for");
	else
		text_add(text, 96, "judged after the first %s", text_duration(span, learnt_ns));
	return text;
}

/* ---- incidents: alerts of the same source that belong together ---- */

struct row {
	const struct alert *alert;
	size_t rank;  /* of the alert among all: 0 is the worst */
	size_t worst; /* rank of the worst alert of its incident: it places the whole incident */
};

static int by_incident(const void *a, const void *b)
{
	const struct row *one = a, *other = b;
	int order = strcmp(one->alert->incident, other->alert->incident);

	return order ? order : one->rank < other->rank ? -1 : one->rank > other->rank;
}

static int by_worst(const void *a, const void *b)
{
	const struct row *one = a, *other = b;

	if (one->worst != other->worst)
		return one->worst < other->worst ? -1 : 1;
	return one->rank < other->rank ? -1 : one->rank > other->rank;
}

static bool same_incident(const struct row *a, const struct row *b)
{
	return strcmp(a->alert->incident, b->alert->incident) == 0;
}

/* All alerts, those of an incident together; *incidents counts them. NULL: none, or no memory. */
static struct row *group(const struct alert *const *list, size_t count, size_t *incidents)
{
	struct row *rows = malloc((count + 1) * sizeof(*rows));

	*incidents = 0;
	if (!rows)
		return NULL;
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct row){list[i], i, i};
	qsort(rows, count, sizeof(*rows), by_incident);
	for (size_t i = 0; i < count; i++) {
		bool first = i == 0 || !same_incident(&rows[i], &rows[i - 1]);

		rows[i].worst = first ? rows[i].rank : rows[i - 1].worst;
		*incidents += first;
	}
	qsort(rows, count, sizeof(*rows), by_worst);
	return rows;
}

/* "Incident of 10.20.0.66 (engineering station), 10 alerts from 00:28:14 to 00:28:33" */
static void print_incident(FILE *out, const struct run_result *result, const struct row *rows,
			   size_t left)
{
	int64_t first_ns = rows->alert->first_ns, last_ns = rows->alert->last_ns;
	char who[192], from[TEXT_TIME], to[TEXT_TIME];
	size_t count = 1;

	for (; count < left && same_incident(&rows[count], rows); count++) {
		const struct alert *alert = rows[count].alert;

		first_ns = alert->first_ns < first_ns ? alert->first_ns : first_ns;
		last_ns = alert->last_ns > last_ns ? alert->last_ns : last_ns;
	}
	who_text(result, &rows->alert->finding.flow.client, who, sizeof(who));
	fprintf(out, "\n  Incident of %s: %zu alert%s, %.19s to %.19s\n", who, count,
		count == 1 ? "" : "s", text_time(from, first_ns), text_time(to, last_ns));
}

void summary_alerts(FILE *out, const struct run_result *result, const struct session *session)
{
	size_t count, incidents, shown;
	const struct alert *const *list = alerts_list(result->alerts, &count);
	struct row *rows = group(list, count, &incidents);
	char more[SUMMARY_MORE], judged[96];

	judged_text(result, session, judged);
	if (!count || !rows) {
		fprintf(out, "\nNo alerts%s%s%s\n", *judged ? " (" : "", judged,
			*judged ? ")" : "");
		free(rows);
		return;
	}
	fprintf(out, "\nAlerts (%zu, in %zu incident%s%s%s)\n", count, incidents,
		incidents == 1 ? "" : "s", *judged ? "; " : "", judged);
	for (shown = 0; shown < count && shown < SUMMARY_ROWS; shown++) {
		if (shown == 0 || !same_incident(&rows[shown], &rows[shown - 1]))
			print_incident(out, result, &rows[shown], count - shown);
		print_alert(out, result, session, rows[shown].alert);
	}
	fputs(summary_more(shown, count, more), out);
	free(rows);
}
