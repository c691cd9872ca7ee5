/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents by source address, in a queue by age: the source quiet longest is at its front.
 */
#include "incident.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "map.h"

struct incident {
	struct bt_addr source;
	uint64_t id;
	int64_t began_ns, last_ns;
	struct incident *prev, *next; /* quiet longest first */
};

struct incidents {
	struct map by_source;
	struct incident *first, *last;
};

struct incidents *incidents_create(void)
{
	return calloc(1, sizeof(struct incidents));
}

void incidents_destroy(struct incidents *incidents)
{
	if (!incidents)
		return;
	for (struct incident *at = incidents->first, *next; at; at = next) {
		next = at->next;
		free(at);
	}
	map_finish(&incidents->by_source);
	free(incidents);
}

static bool same_source(const void *item, const void *key)
{
	return memcmp(&((const struct incident *)item)->source, key, sizeof(struct bt_addr)) == 0;
}

static void leave(struct incidents *incidents, struct incident *incident)
{
	*(incident->prev ? &incident->prev->next : &incidents->first) = incident->next;
	*(incident->next ? &incident->next->prev : &incidents->last) = incident->prev;
	incident->prev = incident->next = NULL;
}

static void join(struct incidents *incidents, struct incident *incident)
{
	incident->prev = incidents->last;
	*(incidents->last ? &incidents->last->next : &incidents->first) = incident;
	incidents->last = incident;
}

/* Depends on the source and the time of its first alert alone: the same in every run. */
static uint64_t id_of(const struct bt_addr *source, int64_t time_ns)
{
	uint8_t time[8];

	for (unsigned i = 0; i < sizeof(time); i++)
		time[i] = (uint8_t)((uint64_t)time_ns >> (56 - 8 * i));
	return hash_stable_mix(hash_stable(source, sizeof(*source)), time, sizeof(time));
}

static struct incident *forget_oldest(struct incidents *incidents)
{
	struct incident *oldest = incidents->first;

	leave(incidents, oldest);
	map_remove(&incidents->by_source, hash_keyed(&oldest->source, sizeof(oldest->source)), oldest);
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

/* NULL: no memory; then the incident has its id and nothing remembers it. */
static struct incident *new_incident(struct incidents *incidents, uint64_t slot,
				     const struct bt_addr *source)
{
	struct incident *incident = incidents->by_source.count < ALERTS_MAX
					    ? calloc(1, sizeof(*incident))
					    : forget_oldest(incidents);

	if (!incident)
		return NULL;
	incident->source = *source;
	if (!map_insert(&incidents->by_source, slot, incident)) {
		free(incident);
		return NULL;
	}
	join(incidents, incident);
	return incident;
}

uint64_t incidents_touch(struct incidents *incidents, const struct bt_addr *source, int64_t time_ns)
{
	uint64_t slot = hash_keyed(source, sizeof(*source));
	struct incident *incident = map_find(&incidents->by_source, slot, same_source, source);

	if (!incident) {
		incident = new_incident(incidents, slot, source);
		if (!incident)
			return id_of(source, time_ns);
		incident->id = id_of(source, time_ns);
		incident->began_ns = incident->last_ns = time_ns;
	} else if (quiet_since(incident->last_ns, time_ns, INCIDENT_QUIET_NS)) {
		incident->id = id_of(source, time_ns);
		incident->began_ns = time_ns;
	}
	if (time_ns > incident->last_ns)
		incident->last_ns = time_ns;
	leave(incidents, incident);
	join(incidents, incident);
	return incident->id;
}

/* Of a source's incidents the last to begin is the one that goes on. */
void incidents_resume(struct incidents *incidents, const struct bt_addr *source, uint64_t id,
		      int64_t began_ns, int64_t last_ns)
{
	uint64_t slot = hash_keyed(source, sizeof(*source));
	struct incident *incident = map_find(&incidents->by_source, slot, same_source, source);
	bool is_new = !incident;

	if (is_new)
		incident = new_incident(incidents, slot, source);
	if (!incident)
		return;
	if (is_new || began_ns > incident->began_ns) {
		incident->id = id;
		incident->began_ns = began_ns;
	}
	if (is_new || last_ns > incident->last_ns)
		incident->last_ns = last_ns;
}

void id_text(char text[ALERT_ID], uint64_t id)
{
	for (unsigned i = 0; i < ALERT_ID - 1; i++)
		text[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
	text[ALERT_ID - 1] = '\0';
}
