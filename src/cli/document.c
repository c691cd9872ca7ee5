/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer for programs: one JSON document with all that the summary shows, and all of it.
 */
#include <jansson.h>

#include "cli.h"
#include "text.h"

static json_t *address(const struct bt_addr *addr)
{
	char text[TEXT_ADDR];

	return json_string(text_addr(text, addr));
}

static json_t *path_of(const char *path)
{
	char text[TEXT_PATH];

	return json_string(text_path(text, path));
}

static json_t *when(int64_t time_ns)
{
	char text[TEXT_TIME];

	return json_string(text_time(text, time_ns));
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *roles_of(const struct asset *asset)
{
	json_t *roles = json_array();
	char reason[128];

	for (unsigned bit = 0; bit < ASSET_ROLE_COUNT; bit++) {
		if (!(asset->roles & 1u << bit))
			continue;
		asset_role_reason(asset, bit, reason, sizeof(reason));
		json_array_append_new(roles, json_pack("{s:s, s:s}", "role", asset_role_name(bit), "reason",
						       reason));
	}
	return roles;
}

static json_t *attributes_of(const struct asset *asset)
{
	json_t *list = json_array();

	for (size_t i = 0; i < asset->attribute_count; i++) {
		const struct asset_attribute *at = &asset->attributes[i];
		json_t *entry = json_pack("{s:s, s:s, s:s, s:o}", "what", bt_identity_name(at->what), "value",
					  at->value, "source", at->source, "packet", number(at->packet));

		if (at->unit != BT_NO_UNIT)
			json_object_set_new(entry, "unit", number(at->unit));
		if (*at->station)
			json_object_set_new(entry, "station", json_string(at->station));
		json_array_append_new(list, entry);
	}
	return list;
}

/* Its number, or its name where it has one. */
static json_t *unit_of(const struct asset_unit *unit)
{
	return *unit->name ? json_string(unit->name) : number(unit->unit);
}

static json_t *device(const struct asset *asset)
{
	json_t *entry = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "address", address(&asset->addr), "vendor",
				  asset->vendor, "roles", roles_of(asset), "attributes",
				  attributes_of(asset), "first_seen", when(asset->first_ns), "last_seen",
				  when(asset->last_ns));
	json_t *units = json_array();
	char mac[TEXT_ADDR];

	if (asset->has_mac)
		json_object_set_new(entry, "mac", json_string(text_mac(mac, asset->mac)));
	if (*asset->country)
		json_object_set_new(entry, "country", json_string(asset->country));
	if (*asset->network)
		json_object_set_new(entry, "network", json_string(asset->network));
	for (size_t i = 0; i < asset->unit_count; i++)
		json_array_append_new(units, unit_of(&asset->units[i]));
	json_object_set_new(entry, "units", units);
	return entry;
}

static json_t *devices_of(struct assets *assets)
{
	size_t count;
	const struct asset *const *list = assets_list(assets, &count);
	json_t *devices = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(devices, device(list[i]));
	return devices;
}

static json_t *conversation(const struct conversation *talk)
{
	static const char *const carriers[] = {"ether", "tcp", "udp", "icmp", "ip"};
	json_t *acts = json_object(), *by_server = json_object();
	json_t *entry = json_pack("{s:o, s:o, s:s, s:i, s:s?, s:o, s:o, s:o, s:o, s:o}", "client",
				  address(&talk->client), "server", address(&talk->server), "transport",
				  carriers[talk->transport], "port", talk->port, "protocol",
				  talk->protocol ? talk->protocol : *talk->label ? talk->label : NULL,
				  "flows", number(talk->flows), "packets",
				  number(talk->packets[0] + talk->packets[1]), "bytes",
				  number(talk->bytes[0] + talk->bytes[1]), "gap_bytes",
				  number(talk->gap_bytes), "undecoded_bytes",
				  number(talk->undecoded_bytes));

	for (unsigned act = 0; act < BT_ACT_COUNT; act++) {
		if (talk->acts[act])
			json_object_set_new(acts, bt_act_name(act), number(talk->acts[act]));
		if (talk->by_server[act])
			json_object_set_new(by_server, bt_act_name(act), number(talk->by_server[act]));
	}
	json_object_set_new(entry, "operations", acts);
	json_object_set_new(entry, "operations_by_server", by_server);
	json_object_set_new(entry, "refused", number(talk->refused));
	json_object_set_new(entry, "unanswered", number(talk->unanswered));
	json_object_set_new(entry, "first_seen", when(talk->first_ns));
	json_object_set_new(entry, "last_seen", when(talk->last_ns));
	return entry;
}

static json_t *conversations_of(struct assets *assets)
{
	size_t count;
	const struct conversation *const *list = assets_conversations(assets, &count);
	json_t *conversations = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(conversations, conversation(list[i]));
	return conversations;
}

static json_t *packet_entry(uint64_t packet, const struct places *places)
{
	const struct place *place = places_of(places, packet);

	if (!place)
		return json_pack("{s:o}", "number", number(packet));
	return json_pack("{s:o, s:o}", "file", path_of(place->path), "number", number(place->file_number));
}

static json_t *alert_entry(const struct alert *alert, const struct places *places)
{
	const struct finding *finding = &alert->finding;
	json_t *techniques = json_array(), *packets = json_array();
	json_t *entry;

	for (unsigned i = 0; i < 2 && *finding->technique[i]; i++)
		json_array_append_new(techniques, json_string(finding->technique[i]));
	for (unsigned i = 0; i < alert->packet_count; i++)
		json_array_append_new(packets, packet_entry(alert->packets[i], places));
	entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b}", "id",
			  alert->id, "incident", alert->incident, "name", finding->name, "title",
			  finding->title, "severity", severity_name(finding->severity), "source",
			  address(&finding->flow.client), "target", address(&finding->flow.server), "seen",
			  finding->seen, "expected", finding->expected, "techniques", techniques, "count",
			  number(alert->count), "first_seen", when(alert->first_ns), "last_seen",
			  when(alert->last_ns), "packets", packets, "seen_whole", !alert->incomplete);
	if (entry && finding->unit != BT_NO_UNIT)
		json_object_set_new(entry, "unit", number(finding->unit));
	return entry;
}

static json_t *alerts_of(struct alerts *alerts, const struct places *places)
{
	size_t count;
	const struct alert *const *list = alerts_list(alerts, &count);
	json_t *entries = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(entries, alert_entry(list[i], places));
	return entries;
}

static json_t *captures_of(const struct session *session)
{
	json_t *captures = json_array();

	for (size_t i = 0; i < capture_file_count(session->capture); i++) {
		const struct capture_file *file = capture_file(session->capture, i);
		json_t *entry = json_pack("{s:o, s:s, s:o, s:o, s:b}", "path", path_of(file->path), "format",
					  file->format, "size", number(file->size), "packets",
					  number(file->packets), "cut", file->cut);

		if (*file->problem)
			json_object_set_new(entry, "problem", path_of(file->problem));
		json_array_append_new(captures, entry);
	}
	return captures;
}

static json_t *unseen_of(const struct eve_stats *stats)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "tcp_gaps", number(stats->tcp_gaps),
			 "tcp_gap_bytes", number(stats->tcp_gap_bytes), "operations_incomplete",
			 number(stats->operations_incomplete), "packets_cut", number(stats->cut),
			 "packets_failed", number(stats->failed), "flows_without_dissector",
			 number(stats->unknown_flows), "duplicates", number(stats->duplicates),
			 "flows_evicted", number(stats->flows_evicted), "records_dropped",
			 number(stats->records_dropped), "alerts_dropped", number(stats->alerts_dropped),
			 "assets_dropped", number(stats->assets_dropped), "learn_dropped",
			 number(stats->learn_dropped), "memory_refused",
			 number(stats->memory_refused), "undecoded_bytes",
			 number(stats->undecoded_bytes));
}

bool document_print(FILE *out, const struct run_result *result, const struct session *session)
{
	const struct eve_stats *stats = &result->stats;
	json_t *document = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "bittern", BITTERN_VERSION, "captures",
		captures_of(session), "packets", number(stats->packets), "first_seen", when(stats->first_ns),
		"last_seen", when(stats->last_ns), "devices", devices_of(result->assets), "conversations",
		conversations_of(result->assets), "alerts", alerts_of(result->alerts, session->places), "not_seen",
		unseen_of(stats));
	bool printed = document && json_dumpf(document, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0;

	json_decref(document);
	return printed && fputc('\n', out) != EOF && fflush(out) == 0;
}
