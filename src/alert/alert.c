/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of alerts. Every alert is in a map by identity and in one queue: those that are open in
 * one per severity, in the order in which they were last raised (so that what is over is at the
 * front), and closed, in the order in which they ended. At the cap the front of closed gives way, else
 * the least of those that are open: an alert is made of what is on the wire, so anybody can fill the
 * table, and must not keep a worse one out of it.
 */
#include "inside.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "incident.h"

struct alerts *alerts_create(void)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));

	if (!alerts)
		return NULL;
	alerts->incidents = incidents_create();
	alerts->crowds = crowds_create();
	if (!alerts->incidents || !alerts->crowds) {
		incidents_destroy(alerts->incidents);
		crowds_destroy(alerts->crowds);
		free(alerts);
		return NULL;
	}
	return alerts;
}

static void free_queue(struct queue *queue)
{
	for (struct entry *entry = queue->first, *next; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
}

void alerts_destroy(struct alerts *alerts)
{
	if (!alerts)
		return;
	for (unsigned i = 0; i < ALERT_SEVERITIES; i++)
		free_queue(&alerts->open[i]);
	free_queue(&alerts->closed);
	map_finish(&alerts->by_key);
	incidents_destroy(alerts->incidents);
	crowds_destroy(alerts->crowds);
	for (struct kept_text *text = alerts->texts, *next; text; text = next) {
		next = text->next;
		free(text);
	}
	free(alerts->list);
	free(alerts->flush);
	free(alerts);
}

static void leave(struct entry *entry)
{
	struct queue *queue = entry->queue;

	if (!queue)
		return;
	*(entry->prev ? &entry->prev->next : &queue->first) = entry->next;
	*(entry->next ? &entry->next->prev : &queue->last) = entry->prev;
	queue->count--;
	entry->prev = entry->next = NULL;
	entry->queue = NULL;
}

/* The last in the line of those whose record is not up to date any more. */
static void note_change(struct alerts *alerts, struct entry *entry)
{
	if (entry->is_changed)
		return;
	entry->is_changed = true;
	entry->prev_changed = alerts->last_changed;
	*(alerts->last_changed ? &alerts->last_changed->next_changed : &alerts->first_changed) = entry;
	alerts->last_changed = entry;
}

void entry_unchanged(struct alerts *alerts, struct entry *entry)
{
	struct entry *prev = entry->prev_changed, *next = entry->next_changed;

	if (!entry->is_changed)
		return;
	*(prev ? &prev->next_changed : &alerts->first_changed) = next;
	*(next ? &next->prev_changed : &alerts->last_changed) = prev;
	entry->prev_changed = entry->next_changed = NULL;
	entry->is_changed = false;
}

static void join(struct entry *entry, struct queue *queue)
{
	leave(entry);
	entry->prev = queue->last;
	*(queue->last ? &queue->last->next : &queue->first) = entry;
	queue->last = entry;
	queue->count++;
	entry->queue = queue;
}

static unsigned severity_of(const struct entry *entry)
{
	unsigned severity = entry->alert.finding.severity;

	return severity < ALERT_SEVERITIES ? severity : ALERT_SEVERITIES - 1;
}

void entry_open(struct alerts *alerts, struct entry *entry)
{
	join(entry, &alerts->open[severity_of(entry)]);
	note_change(alerts, entry);
}

void entry_close(struct alerts *alerts, struct entry *entry)
{
	join(entry, &alerts->closed);
	entry_unchanged(alerts, entry);
}

/* Ports do not count: a client draws a new one each time. */
uint64_t alert_identity(const struct finding *finding)
{
	const char *protocol = finding->protocol ? finding->protocol : "";
	bool is_object = strncmp(protocol, finding->object, sizeof(finding->object)) == 0;
	const uint8_t unit[4] = {(uint8_t)(finding->unit >> 24), (uint8_t)(finding->unit >> 16),
				 (uint8_t)(finding->unit >> 8), (uint8_t)finding->unit};
	uint64_t hash = hash_stable(finding->name, strnlen(finding->name, sizeof(finding->name)));

	hash = hash_stable_mix(hash, &finding->flow.client, sizeof(finding->flow.client));
	hash = hash_stable_mix(hash, &finding->flow.server, sizeof(finding->flow.server));
	/* What is about a protocol is the same before it was recognised. */
	hash = hash_stable_mix(hash, protocol, is_object ? 0 : strlen(protocol));
	hash = hash_stable_mix(hash, unit, sizeof(unit));
	return hash_stable_mix(hash, finding->object,
			       strnlen(finding->object, sizeof(finding->object)));
}

/* The map's slots are chosen with the secret key: an identity is made of what is on the wire. */
static uint64_t slot_of(uint64_t key)
{
	return hash_keyed(&key, sizeof(key));
}

static bool same_key(const void *item, const void *key)
{
	return ((const struct entry *)item)->key == *(const uint64_t *)key;
}

struct entry *entry_find(const struct alerts *alerts, uint64_t key)
{
	return map_find(&alerts->by_key, slot_of(key), same_key, &key);
}

static bool makes_no_alert(const struct finding *finding)
{
	return finding->severity == 0 ||
	       (finding->needs_whole && (finding->flow.seen & INCOMPLETE) != 0);
}

/* Whose place an alert of this severity may take; NULL: nobody's. */
static struct entry *victim_for(struct alerts *alerts, unsigned severity)
{
	struct entry *victim = alerts->closed.first;

	for (unsigned i = 0; !victim && i < ALERT_SEVERITIES && i <= severity; i++)
		victim = alerts->open[i].first;
	return victim;
}

/* Room for one more: at the cap the alert that ended longest ago is forgotten; when none has ended, of
 * the least severe the one that has been quiet for longest. That one was written, and can be
 * counted no more. */
struct entry *entry_new(struct alerts *alerts, uint64_t key, unsigned severity)
{
	struct entry *entry;

	if (alerts->by_key.count >= ALERTS_MAX) {
		struct entry *victim = victim_for(alerts, severity);

		if (!victim)
			return NULL;
		alerts->dropped += victim->queue != &alerts->closed;
		if (alerts->on_forget)
			alerts->on_forget(alerts->owner, victim->key);
		entry_unchanged(alerts, victim);
		leave(victim);
		map_remove(&alerts->by_key, slot_of(victim->key), victim);
		free(victim);
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = key;
	if (!map_insert(&alerts->by_key, slot_of(key), entry)) {
		free(entry);
		return NULL;
	}
	return entry;
}

/* A finding from a ring ends with its detail. */
static void keep_finding(struct alert *alert, const struct finding *finding)
{
	memcpy(&alert->finding, finding, offsetof(struct finding, detail) + finding->detail_len);
}

static void begin(struct entry *entry, const struct finding *finding)
{
	struct alert *alert = &entry->alert;

	memset(alert, 0, sizeof(*alert));
	id_text(alert->id, entry->key);
	keep_finding(alert, finding);
	alert->first_ns = alert->last_ns = finding->time_ns;
	entry->next_tenfold = 10;
}

void alerts_on_forget(struct alerts *alerts, void (*on_forget)(void *owner, uint64_t identity),
		      void *owner)
{
	alerts->on_forget = on_forget;
	alerts->owner = owner;
}

static void keep_packet(struct alert *alert, uint64_t packet)
{
	if (!packet || alert->packet_count == ALERT_EVIDENCE)
		return;
	for (unsigned i = 0; i < alert->packet_count; i++) {
		if (alert->packets[i] == packet)
			return;
	}
	alert->packets[alert->packet_count++] = packet;
}

/* True: that made it ten times as many as when it was last written for that reason. */
static bool add(struct entry *entry, uint64_t count)
{
	bool tenfold = false;

	entry->alert.count += count;
	for (; entry->alert.count >= entry->next_tenfold; tenfold = true) {
		if (entry->next_tenfold > UINT64_MAX / 10)
			return tenfold; /* there is no such count */
		entry->next_tenfold *= 10;
	}
	return tenfold;
}

/* One more occurrence. True: it is worth writing. */
static bool occur(struct entry *entry, const struct finding *finding)
{
	struct alert *alert = &entry->alert;
	bool worse = finding->severity > alert->finding.severity;
	bool tenfold;

	keep_packet(alert, finding->request_packet);
	keep_packet(alert, finding->packet);
	alert->incomplete |= finding->flow.seen & INCOMPLETE;
	if (finding->time_ns > alert->last_ns)
		alert->last_ns = finding->time_ns;
	if (worse)
		keep_finding(alert, finding);
	tenfold = add(entry, 1);
	return alert->count == 1 || worse || tenfold;
}

static const struct alert *written(struct alert *alert, enum alert_state state)
{
	alert->state = state;
	alert->written_count = alert->count;
	return alert;
}

const struct alert *alerts_raise(struct alerts *alerts, const struct finding *finding)
{
	uint64_t key, incident;
	struct entry *entry;
	bool fresh, telling;

	if (makes_no_alert(finding))
		return NULL;
	finding = crowds_pass(alerts->crowds, finding, &alerts->blurred);
	key = alert_identity(finding);
	entry = entry_find(alerts, key);
	fresh = !entry || entry->queue == &alerts->closed ||
		quiet_since(entry->alert.last_ns, finding->time_ns, ALERT_QUIET_NS);
	if (!entry)
		entry = entry_new(alerts, key, finding->severity);
	if (!entry) {
		alerts->dropped++;
		return NULL;
	}
	if (fresh)
		begin(entry, finding);
	incident = incidents_touch(alerts->incidents, &finding->flow.client, finding->time_ns);
	if (fresh)
		id_text(entry->alert.incident, incident);
	telling = occur(entry, finding);
	entry_open(alerts, entry);
	alerts->raised[severity_of(entry)] += fresh;
	return telling ? written(&entry->alert, fresh ? ALERT_NEW : ALERT_UPDATE) : NULL;
}

const struct alert *alerts_repeat(struct alerts *alerts, uint64_t identity, uint64_t count,
				  int64_t last_ns, uint8_t seen)
{
	struct entry *entry = entry_find(alerts, identity);

	if (!entry || entry->queue == &alerts->closed)
		return NULL;
	if (last_ns > entry->alert.last_ns)
		entry->alert.last_ns = last_ns;
	entry->alert.incomplete |= seen & INCOMPLETE;
	incidents_touch(alerts->incidents, &entry->alert.finding.flow.client, last_ns);
	entry_open(alerts, entry);
	return add(entry, count) ? written(&entry->alert, ALERT_UPDATE) : NULL;
}

static const struct alert *closed(struct alerts *alerts, struct entry *entry, int64_t ended_ns)
{
	entry_close(alerts, entry);
	alerts->ended++;
	entry->alert.ended_ns = ended_ns;
	return written(&entry->alert, ALERT_CLOSED);
}

const struct alert *alerts_close_due(struct alerts *alerts, int64_t now_ns)
{
	struct entry *entry = NULL;

	for (unsigned i = 0; i < ALERT_SEVERITIES; i++) {
		struct entry *first = alerts->open[i].first;

		if (first && (!entry || first->alert.last_ns < entry->alert.last_ns))
			entry = first;
	}
	if (!entry || !quiet_since(entry->alert.last_ns, now_ns, ALERT_QUIET_NS))
		return NULL;
	return closed(alerts, entry, entry->alert.last_ns > INT64_MAX - ALERT_QUIET_NS
					     ? entry->alert.last_ns
					     : entry->alert.last_ns + ALERT_QUIET_NS);
}

const struct alert *alerts_close(struct alerts *alerts, uint64_t identity, int64_t now_ns)
{
	struct entry *entry = entry_find(alerts, identity);

	if (!entry || entry->queue == &alerts->closed)
		return NULL;
	return closed(alerts, entry, now_ns);
}

void alerts_set_back(struct alerts *alerts, int64_t now_ns)
{
	for (unsigned i = 0; i < ALERT_SEVERITIES; i++) {
		for (struct entry *entry = alerts->open[i].first; entry; entry = entry->next) {
			if (entry->alert.last_ns > now_ns)
				entry->alert.last_ns = now_ns;
		}
	}
}

static int by_id(const void *left, const void *right)
{
	const struct alert *a = *(const struct alert *const *)left;
	const struct alert *b = *(const struct alert *const *)right;

	return strcmp(a->id, b->id);
}

static int by_weight(const void *left, const void *right)
{
	const struct alert *a = *(const struct alert *const *)left;
	const struct alert *b = *(const struct alert *const *)right;

	if (a->finding.severity != b->finding.severity)
		return a->finding.severity > b->finding.severity ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return strcmp(a->id, b->id);
}

/* All alerts of a queue, or those that have grown since they were written. */
static size_t gather(const struct queue *queue, bool unwritten, struct alert **list)
{
	size_t count = 0;

	for (struct entry *entry = queue->first; entry; entry = entry->next) {
		if (!unwritten || entry->alert.count > entry->alert.written_count)
			list[count++] = &entry->alert;
	}
	return count;
}

static size_t gather_open(const struct alerts *alerts, bool unwritten, struct alert **list)
{
	size_t count = 0;

	for (unsigned i = 0; i < ALERT_SEVERITIES; i++)
		count += gather(&alerts->open[i], unwritten, list + count);
	return count;
}

static struct alert **new_list(const struct alerts *alerts)
{
	return alerts->by_key.count ? malloc(alerts->by_key.count * sizeof(struct alert *)) : NULL;
}

const struct alert *alerts_flush(struct alerts *alerts)
{
	if (!alerts->flush) {
		alerts->flush = new_list(alerts);
		if (!alerts->flush)
			return NULL;
		alerts->flush_at = 0;
		alerts->flush_count = gather_open(alerts, true, alerts->flush);
		qsort(alerts->flush, alerts->flush_count, sizeof(alerts->flush[0]), by_id);
	}
	if (alerts->flush_at < alerts->flush_count)
		return written(alerts->flush[alerts->flush_at++], ALERT_UPDATE);
	free(alerts->flush);
	alerts->flush = NULL;
	return NULL;
}

const struct alert *const *alerts_list(struct alerts *alerts, size_t *count)
{
	*count = 0;
	free(alerts->list);
	alerts->list = new_list(alerts);
	if (!alerts->list)
		return NULL;
	*count = gather_open(alerts, false, alerts->list);
	*count += gather(&alerts->closed, false, alerts->list + *count);
	qsort(alerts->list, *count, sizeof(alerts->list[0]), by_weight);
	return (const struct alert *const *)alerts->list;
}

size_t alerts_known(const struct alerts *alerts)
{
	return alerts->by_key.count;
}

void alerts_count(const struct alerts *alerts, struct alert_counts *counts)
{
	for (unsigned i = 0; i < ALERT_SEVERITIES; i++) {
		counts->open[i] = alerts->open[i].count;
		counts->raised[i] = alerts->raised[i];
	}
	counts->closed = alerts->ended;
}

uint64_t alerts_dropped(const struct alerts *alerts)
{
	return alerts->dropped;
}

const char *alert_state_name(enum alert_state state)
{
	switch (state) {
	case ALERT_NEW: return "new";
	case ALERT_UPDATE: return "update";
	case ALERT_CLOSED: return "closed";
	}
	return "update";
}
