/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer for a person, on one screen where possible: devices, conversations, alerts by
 * incident, and what was not seen.
 */
#include <stdlib.h>
#include <string.h>

#include "summary.h"
#include "roster.h"
#include "text.h"

enum {
	UNITS_SHOWN = 8,  /* of a device */
	UNITS_WIDTH = 80, /* bytes of their names on its line */
};

const char *summary_more(size_t shown, size_t all, char text[SUMMARY_MORE])
{
	if (all > shown)
		snprintf(text, SUMMARY_MORE, "  ... and %zu more (--json lists all)\n", all - shown);
	else
		text[0] = '\0';
	return text;
}

static const char *capture_name(char text[TEXT_PATH], const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : text_path(text, path);
}

static void print_head(FILE *out, const struct run_result *result, const struct session *session)
{
	char packets[TEXT_TIME], span[TEXT_TIME], from[TEXT_TIME], to[TEXT_TIME];
	const struct eve_stats *stats = &result->stats;
	size_t files = capture_file_count(session->capture);
	char path[TEXT_PATH];

	fprintf(out, "%s packets", text_count(packets, stats->packets));
	if (files == 1)
		fprintf(out, " of %s", capture_name(path, capture_file(session->capture, 0)->path));
	else
		fprintf(out, " of %zu captures", files);
	if (stats->packets)
		fprintf(out, ", %s from %.19s to %.19s UTC",
			text_duration(span, stats->last_ns - stats->first_ns),
			text_time(from, stats->first_ns), text_time(to, stats->last_ns));
	fprintf(out, "\n");
}

static void units_text(const struct asset *asset, char *text, size_t cap)
{
	char name[SIGHTING_STATION];

	text[0] = '\0';
	for (size_t i = 0; i < asset->unit_count; i++) {
		asset_unit_text(&asset->units[i], name, sizeof(name));
		if (i == UNITS_SHOWN || strlen(text) + strlen(name) > UNITS_WIDTH) {
			text_add(text, cap, "%s... (%u)", i ? ", " : "units ", asset->unit_count);
			return;
		}
		text_add(text, cap, "%s%s", i ? ", " : asset->unit_count > 1 ? "units " : "unit ", name);
	}
}

/* What a station behind a device last said of itself. */
static const char *unit_value(const struct asset *asset, const struct asset_unit *unit,
			      enum bt_identity what)
{
	const struct asset_attribute *best = NULL;

	for (unsigned i = 0; i < asset->attribute_count; i++) {
		const struct asset_attribute *at = &asset->attributes[i];

		if (at->what == what && at->unit == unit->unit && !strcmp(at->station, unit->name) &&
		    (!best || at->last_ns >= best->last_ns))
			best = at;
	}
	return best ? best->value : NULL;
}

/* `unit` NULL: of the device itself. */
static void identity_text(const struct asset *asset, const struct asset_unit *unit, char *text,
			  size_t cap)
{
	static const struct {
		enum bt_identity what;
		const char *before;
	} order[] = {
		{BT_ID_VENDOR, ""},	 {BT_ID_NAME, ""},	      {BT_ID_MODEL, ""},
		{BT_ID_PRODUCT, ""},	 {BT_ID_FIRMWARE, ""},	      {BT_ID_APPLICATION, "application "},
		{BT_ID_LOCATION, "at "}, {BT_ID_CLIENT, "client id "}, {BT_ID_USER, "user "},
	};

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *value = unit ? unit_value(asset, unit, order[i].what)
					 : asset_value(asset, order[i].what);

		if (value && !strstr(text, value))
			text_add(text, cap, "%s%s%s", *text ? *order[i].before ? ", " : " " : "",
				 order[i].before, value);
	}
}

static void print_units(FILE *out, const struct asset *asset)
{
	char identity[192], name[SIGHTING_STATION], last[SIGHTING_STATION] = "";
	unsigned shown = 0;

	for (unsigned i = 0; i < asset->unit_count && shown < UNITS_SHOWN; i++) {
		asset_unit_text(&asset->units[i], name, sizeof(name));
		identity_text(asset, &asset->units[i], identity, sizeof(identity));
		if (!strcmp(name, last) || !*identity) /* the same by two protocols */
			continue;
		fprintf(out, "  %-17s %-17s %-24s   unit %s: %s\n", "", "", "", name, identity);
		strcpy(last, name);
		shown++;
	}
}

static void print_device(FILE *out, const struct asset *asset)
{
	char addr[TEXT_ADDR], mac[TEXT_ADDR], role[128], units[96], identity[192];

	asset_role_text(asset->roles, role, sizeof(role));
	units_text(asset, units, sizeof(units));
	identity_text(asset, NULL, identity, sizeof(identity));
	if (asset->addr.family == BT_ADDR_MAC || !asset->has_mac)
		strcpy(mac, "");
	else
		text_mac(mac, asset->mac);
	fprintf(out, "  %-17s %-17s %-24.24s %s", text_addr(addr, &asset->addr), mac,
		*asset->vendor ? asset->vendor : *asset->network ? asset->network : "", role);
	if (*asset->country)
		fprintf(out, ", %s", asset->country);
	if (*units)
		fprintf(out, ", %s", units);
	if (*identity)
		fprintf(out, ": %s", identity);
	fprintf(out, "\n");
	if (asset->roles & ASSET_GATEWAY)
		print_units(out, asset);
}

static void print_devices(FILE *out, struct assets *assets)
{
	size_t count, shown;
	const struct asset *const *list = assets_list(assets, &count);
	char more[SUMMARY_MORE];

	fprintf(out, "\nDevices (%zu)\n", count);
	for (shown = 0; shown < count && shown < SUMMARY_ROWS; shown++)
		print_device(out, list[shown]);
	fputs(summary_more(shown, count, more), out);
}

static uint64_t operations_of(const struct conversation *talk)
{
	uint64_t sum = 0;

	for (unsigned act = 0; act < BT_ACT_COUNT; act++)
		sum += talk->acts[act];
	return sum;
}

/* OT conversations first, then by how much was said. */
static int by_interest(const void *a, const void *b)
{
	const struct conversation *one = *(const struct conversation *const *)a;
	const struct conversation *other = *(const struct conversation *const *)b;
	uint64_t said[2] = {one->packets[0] + one->packets[1], other->packets[0] + other->packets[1]};

	if (!one->protocol != !other->protocol)
		return one->protocol ? -1 : 1;
	if (said[0] != said[1])
		return said[0] > said[1] ? -1 : 1;
	return addr_compare(&one->client, &other->client);
}

/* What it looks like is worth nothing where a dissector would have known it. */
static const char *name_of(const struct conversation *talk)
{
	if (talk->protocol)
		return talk->protocol;
	return roster_find(talk->label) ? "" : talk->label;
}

static void service_text(const struct conversation *talk, char *text, size_t cap)
{
	static const char *const carriers[] = {"ether", "tcp", "udp", "icmp", "ip"};
	const char *name = name_of(talk);

	if (talk->transport == BT_OVER_LINK)
		snprintf(text, cap, "%s%sethertype 0x%04x", name, *name ? " " : "", talk->port);
	else if (talk->transport == BT_OVER_ICMP)
		snprintf(text, cap, "icmp");
	else if (talk->port)
		snprintf(text, cap, "%s%s%s/%u", name, *name ? " " : "", carriers[talk->transport],
			 talk->port);
	else
		snprintf(text, cap, "%s%s%s, high ports", name, *name ? " " : "",
			 carriers[talk->transport]);
}

/* "read 20, report 5, write 2 back": what a server begins, unless it reports, goes the other way. */
static void print_acts(FILE *out, const struct conversation *talk)
{
	const char *separator = "";
	char count[TEXT_TIME];

	for (unsigned act = 0; act < BT_ACT_COUNT; act++) {
		uint64_t back = act == BT_ACT_REPORT ? 0 : talk->by_server[act];
		uint64_t there = talk->acts[act] - back;

		if (there)
			fprintf(out, "%s%s %s", separator, bt_act_name(act), text_count(count, there));
		separator = there ? ", " : separator;
		if (back)
			fprintf(out, "%s%s %s back", separator, bt_act_name(act), text_count(count, back));
		separator = back ? ", " : separator;
	}
}

static void print_conversation(FILE *out, const struct conversation *talk)
{
	char client[TEXT_ADDR], server[TEXT_ADDR], service[80], count[TEXT_TIME];
	double seconds = (double)(talk->last_ns - talk->first_ns) / 1e9;
	uint64_t operations = operations_of(talk);

	service_text(talk, service, sizeof(service));
	fprintf(out, "  %-17s -> %-17s %-18s ", text_addr(client, &talk->client),
		text_addr(server, &talk->server), service);
	if (!talk->protocol) {
		fprintf(out, "%s packets", text_count(count, talk->packets[0] + talk->packets[1]));
	} else {
		print_acts(out, talk);
		if (seconds >= 1 && (double)operations / seconds >= 0.05)
			fprintf(out, " (%.1f/s)", (double)operations / seconds);
	}
	if (talk->refused)
		fprintf(out, ", %s refused", text_count(count, talk->refused));
	if (talk->unanswered)
		fprintf(out, ", %s unanswered", text_count(count, talk->unanswered));
	if (talk->undecoded_bytes)
		fprintf(out, ", %s byte%s not understood", text_count(count, talk->undecoded_bytes),
			talk->undecoded_bytes == 1 ? "" : "s");
	if (talk->seen & BT_SEEN_GAP)
		fprintf(out, "; seen with gaps");
	else if (!talk->packets[0] || !talk->packets[1])
		fprintf(out, "; one way only");
	fprintf(out, "\n");
}

static void print_conversations(FILE *out, struct assets *assets)
{
	size_t count, shown;
	const struct conversation *const *list = assets_conversations(assets, &count);
	const struct conversation **sorted = malloc((count + 1) * sizeof(*sorted));
	char more[SUMMARY_MORE];

	if (!sorted)
		return;
	if (count)
		memcpy(sorted, list, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_interest);
	fprintf(out, "\nConversations (%zu)\n", count);
	for (shown = 0; shown < count && shown < SUMMARY_ROWS; shown++)
		print_conversation(out, sorted[shown]);
	fputs(summary_more(shown, count, more), out);
	free(sorted);
}

static void print_file_note(FILE *out, const struct capture_file *file)
{
	char path[TEXT_PATH], problem[TEXT_PATH];

	text_path(path, file->path);
	if (*file->problem)
		fprintf(out, "  %s: %s\n", path, text_path(problem, file->problem));
	else
		fprintf(out, "  %s ends in the middle of a packet (at byte %llu); read up to there\n", path,
			(unsigned long long)file->cut_at);
}

static bool print_file_notes(FILE *out, const struct session *session)
{
	size_t shown = 0, all = 0;
	char more[SUMMARY_MORE];

	for (size_t i = 0; i < capture_file_count(session->capture); i++) {
		const struct capture_file *file = capture_file(session->capture, i);

		if ((!file->cut && !*file->problem) || ++all > SUMMARY_ROWS)
			continue;
		print_file_note(out, file);
		shown++;
	}
	fputs(summary_more(shown, all, more), out);
	return all;
}

static bool line(FILE *out, uint64_t count, const char *noun, const char *rest)
{
	char text[TEXT_TIME];

	if (count)
		fprintf(out, "  %s %s%s %s\n", text_count(text, count), noun, count == 1 ? "" : "s", rest);
	return count;
}

static void print_unseen(FILE *out, const struct run_result *result, const struct session *session)
{
	const struct eve_stats *stats = &result->stats;
	char bytes[TEXT_BYTES], gap[96];
	bool any;

	fprintf(out, "\nNot seen or not understood\n");
	any = print_file_notes(out, session);
	snprintf(gap, sizeof(gap), "in TCP streams, %s never captured", text_bytes(bytes, stats->tcp_gap_bytes));
	any |= line(out, stats->tcp_gaps, "gap", gap);
	any |= line(out, stats->operations_incomplete, "operation", "on flows that were not seen whole");
	any |= line(out, stats->undecoded_bytes, "byte", "that the dissectors of their flows did not understand");
	any |= line(out, stats->cut, "packet", "cut by the capture's snap length");
	any |= line(out, stats->failed, "packet", "that could not be decoded");
	any |= line(out, stats->unknown_flows, "flow", "of protocols without a dissector");
	any |= line(out, stats->duplicates, "duplicate packet", "that the mirror port sent; analysed once");
	any |= line(out, stats->flows_evicted, "flow", "forgotten because the table was full");
	any |= line(out, stats->memory_refused, "time", "a dissector had no memory left to remember something");
	any |= line(out, stats->records_dropped, "event line", "too long to write");
	any |= line(out, stats->alerts_dropped, "finding", "beyond the cap on alerts");
	any |= line(out, stats->assets_dropped, "time", "a device or conversation was beyond the caps");
	any |= line(out, stats->learn_dropped, "time", "what was to be learned was beyond the caps");
	if (!any)
		fprintf(out, "  nothing: all of it was read\n");
}

bool summary_print(FILE *out, const struct run_result *result, const struct session *session)
{
	print_head(out, result, session);
	print_devices(out, result->assets);
	print_conversations(out, result->assets);
	summary_alerts(out, result, session);
	print_unseen(out, result, session);
	return fflush(out) == 0 && !ferror(out);
}
