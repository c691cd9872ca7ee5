/* SPDX-License-Identifier: Apache-2.0
 *
 * Alerts over a restart: what is packed of one, and how it goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "inside.h"
#include "parcel.h"

enum {
	WHY_MAX = 1024, /* bytes of a reason */
};

const struct alert *alerts_take_changed(struct alerts *alerts)
{
	struct entry *entry = alerts->first_changed;

	if (!entry)
		return NULL;
	entry_unchanged(alerts, entry);
	return &entry->alert;
}

const struct alert *alerts_find(const struct alerts *alerts, uint64_t identity)
{
	const struct entry *entry = entry_find(alerts, identity);

	return entry ? &entry->alert : NULL;
}

const struct alert *alerts_open(const struct alerts *alerts, uint64_t identity)
{
	const struct entry *entry = entry_find(alerts, identity);

	return entry && entry->queue != &alerts->closed ? &entry->alert : NULL;
}

uint64_t alert_number(const struct alert *alert)
{
	return ((const struct entry *)alert)->key;
}

/* ---- the parts ---- */

/* Texts that a finding points to. */
struct texts {
	struct bt_cursor protocol, why;
};

static void parcel_flow(struct parcel *parcel, struct bt_flow *flow)
{
	parcel_addr(parcel, &flow->client);
	parcel_addr(parcel, &flow->server);
	parcel_u16(parcel, &flow->client_port);
	parcel_u16(parcel, &flow->server_port);
	parcel_u8(parcel, &flow->ip_proto);
	parcel_u8(parcel, &flow->transport);
	parcel_u8(parcel, &flow->seen);
	parcel_bool(parcel, &flow->server_proven);
	parcel_u64(parcel, &flow->id);
}

static void parcel_finding(struct parcel *parcel, struct finding *finding, struct texts *texts)
{
	unsigned source = finding->source, severity = finding->severity, vlans = finding->vlan_count;
	struct bt_cursor detail = cur_of(finding->detail, finding->detail_len);

	parcel_upto(parcel, &source, FINDING_FROM_SENSOR);
	parcel_text(parcel, finding->name, sizeof(finding->name));
	parcel_text(parcel, finding->title, sizeof(finding->title));
	parcel_upto(parcel, &severity, ALERT_SEVERITIES - 1);
	parcel_text(parcel, finding->technique[0], sizeof(finding->technique[0]));
	parcel_text(parcel, finding->technique[1], sizeof(finding->technique[1]));
	parcel_bool(parcel, &finding->needs_whole);
	parcel_flow(parcel, &finding->flow);
	parcel_view(parcel, &texts->protocol, FINDING_LINE);
	parcel_bool(parcel, &finding->has_mac);
	parcel_bytes(parcel, finding->mac, sizeof(finding->mac));
	parcel_upto(parcel, &vlans, VLAN_TAGS_MAX);
	for (unsigned i = 0; i < vlans; i++)
		parcel_u16(parcel, &finding->vlan[i]);
	parcel_i64(parcel, &finding->time_ns);
	parcel_u64(parcel, &finding->request_packet);
	parcel_u64(parcel, &finding->packet);
	parcel_u32(parcel, &finding->unit);
	parcel_text(parcel, finding->object, sizeof(finding->object));
	parcel_text(parcel, finding->seen, sizeof(finding->seen));
	parcel_text(parcel, finding->expected, sizeof(finding->expected));
	parcel_view(parcel, &texts->why, WHY_MAX);
	parcel_view(parcel, &detail, FINDING_DETAIL);
	finding->source = source;
	finding->severity = (uint8_t)severity;
	finding->vlan_count = (uint8_t)vlans;
	if (!parcel->unpacking)
		return;
	finding->detail_len = (uint32_t)cur_left(&detail);
	cur_copy(&detail, finding->detail, finding->detail_len);
}

static void parcel_alert(struct parcel *parcel, struct alert *alert, struct texts *texts)
{
	unsigned state = alert->state;

	parcel_text(parcel, alert->incident, sizeof(alert->incident));
	parcel_upto(parcel, &state, ALERT_CLOSED);
	parcel_u64(parcel, &alert->count);
	parcel_u64(parcel, &alert->written_count);
	parcel_i64(parcel, &alert->first_ns);
	parcel_i64(parcel, &alert->last_ns);
	parcel_i64(parcel, &alert->ended_ns);
	parcel_upto(parcel, &alert->packet_count, ALERT_EVIDENCE);
	for (unsigned i = 0; i < alert->packet_count; i++)
		parcel_u64(parcel, &alert->packets[i]);
	parcel_u8(parcel, &alert->incomplete);
	parcel_finding(parcel, &alert->finding, texts);
	alert->state = state;
}

static struct bt_cursor view_of(const char *text)
{
	return cur_of(text, text ? strlen(text) : 0);
}

/* The baseline leaves `why` as it was, whatever that points to. */
static bool has_why(const struct finding *finding)
{
	return finding->why && finding->source != FINDING_FROM_BASELINE;
}

void alert_pack(const struct alert *alert, struct parcel *parcel)
{
	const struct finding *finding = &alert->finding;
	struct texts texts = {
		.protocol = view_of(finding->protocol),
		.why = has_why(finding) ? view_of(finding->why) : cur_of(NULL, 0),
	};

	if (cur_left(&texts.why) > WHY_MAX)
		texts.why = cur_of(NULL, 0); /* then it is told by name */
	parcel_alert(parcel, (struct alert *)alert, &texts); /* packing changes nothing */
}

/* ---- going on ---- */

/* There are few different ones: names of protocols, reasons of rules. NULL: it is empty, or no memory. */
static const char *keep_text(struct alerts *alerts, struct bt_cursor text)
{
	size_t size = cur_left(&text);
	struct kept_text *kept = alerts->texts;

	if (!size)
		return NULL;
	while (kept && (strncmp(kept->text, (const char *)text.ptr, size) != 0 || kept->text[size]))
		kept = kept->next;
	if (kept)
		return kept->text;
	kept = malloc(sizeof(*kept) + size + 1);
	if (!kept)
		return NULL;
	cur_copy(&text, kept->text, size);
	kept->text[size] = '\0';
	kept->next = alerts->texts;
	alerts->texts = kept;
	return kept->text;
}

static bool parse_id(const char *text, uint64_t *id)
{
	*id = strtoull(text, NULL, 16);
	return strspn(text, "0123456789abcdef") == ALERT_ID - 1;
}

/* It becomes a member's name, as it is. */
static bool is_name(struct bt_cursor text)
{
	while (cur_left(&text)) {
		uint8_t byte = cur_u8(&text);

		if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
			return false;
	}
	return true;
}

/* It stands in the line as it is: one object, nothing behind it, and nothing that ends a line. */
static bool is_object(struct bt_cursor json)
{
	bool in_text = false, escaped = false;

	if (cur_u8(&json) != '{')
		return false;
	for (size_t depth = 1; depth;) {
		uint8_t byte = cur_u8(&json);

		if (byte < 0x20)
			return false;
		if (escaped)
			escaped = false;
		else if (byte == '\\')
			escaped = in_text;
		else if (byte == '"')
			in_text = !in_text;
		else if (!in_text && (byte == '{' || byte == '['))
			depth++;
		else if (!in_text && (byte == '}' || byte == ']'))
			depth--;
	}
	return !cur_left(&json);
}

static bool is_sound(const struct alert *alert, const struct texts *texts, uint64_t *incident)
{
	const struct finding *finding = &alert->finding;

	return alert->count && parse_id(alert->incident, incident) && is_name(texts->protocol) &&
	       (!finding->detail_len || is_object(cur_of(finding->detail, finding->detail_len)));
}

const struct alert *alerts_unpack(struct alerts *alerts, uint64_t identity, struct parcel *parcel)
{
	struct alert *alert = calloc(1, sizeof(*alert));
	struct texts texts = {0};
	struct entry *entry = NULL;
	uint64_t incident;

	if (!alert)
		return NULL;
	parcel_alert(parcel, alert, &texts);
	if (parcel_done(parcel) && is_sound(alert, &texts, &incident)) {
		alert->finding.protocol = keep_text(alerts, texts.protocol);
		alert->finding.why = keep_text(alerts, texts.why);
		if (alert_identity(&alert->finding) == identity && !entry_find(alerts, identity))
			entry = entry_new(alerts, identity, alert->finding.severity);
	}
	if (entry) {
		entry->alert = *alert;
		id_text(entry->alert.id, identity);
		entry->next_tenfold = 10;
		while (entry->next_tenfold <= alert->count && entry->next_tenfold <= UINT64_MAX / 10)
			entry->next_tenfold *= 10;
		(alert->state == ALERT_CLOSED ? entry_close : entry_open)(alerts, entry);
		entry_unchanged(alerts, entry);
		incidents_resume(alerts->incidents, &alert->finding.flow.client, incident,
				 alert->first_ns, alert->last_ns);
	}
	free(alert);
	return entry ? &entry->alert : NULL;
}

static int by_last(const void *left, const void *right)
{
	const struct alert *a = &(*(struct entry *const *)left)->alert;
	const struct alert *b = &(*(struct entry *const *)right)->alert;

	return a->last_ns < b->last_ns ? -1 : a->last_ns > b->last_ns;
}

/* A queue has at its front what was raised longest ago. */
static void sort(struct queue *queue)
{
	size_t count = 0;
	struct entry **all = queue->count ? malloc(queue->count * sizeof(struct entry *)) : NULL;

	if (!all)
		return; /* then some are told a little later that they are over */
	for (struct entry *entry = queue->first; entry; entry = entry->next)
		all[count++] = entry;
	qsort(all, count, sizeof(all[0]), by_last);
	for (size_t i = 0; i < count; i++) {
		all[i]->prev = i ? all[i - 1] : NULL;
		all[i]->next = i + 1 < count ? all[i + 1] : NULL;
	}
	queue->first = all[0];
	queue->last = all[count - 1];
	free(all);
}

void alerts_unpacked(struct alerts *alerts)
{
	for (unsigned i = 0; i < ALERT_SEVERITIES; i++)
		sort(&alerts->open[i]);
	sort(&alerts->closed);
}
