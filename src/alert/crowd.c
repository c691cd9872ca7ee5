/* SPDX-License-Identifier: Apache-2.0 */
#include "crowd.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "hash.h"
#include "incident.h"

enum {
	CROWDS = 32,
};

struct crowd {
	uint64_t key; /* what is done to whom */
	int64_t last_ns;
	unsigned count;
	uint64_t named[CROWD_NAMED]; /* hashes of who */
};

struct crowds {
	struct crowd crowds[CROWDS];
};

/* What a single packet with an invented source is enough for. */
static const struct kind {
	const char *name, *others;
	bool has_target;
} kinds[] = {
	{"baseline.new_client", "other clients", true},
	{"baseline.new_pair", "other clients", true},
	{"baseline.new_device", "other devices", false},
	{"decode.", "", false},
};

struct crowds *crowds_create(void)
{
	return calloc(1, sizeof(struct crowds));
}

void crowds_destroy(struct crowds *crowds)
{
	free(crowds);
}

/* NULL: it is not one that may be shared, or it is already. */
static const struct kind *kind_of(const struct finding *finding)
{
	if (finding->flow.client.family == BT_ADDR_NONE)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];

		if (strncmp(finding->name, kind->name, strlen(kind->name)) != 0)
			continue;
		/* Two that talked before: what is new is the service, and that has its own bound. */
		if (kind->has_target && memcmp(&finding->flow.client, &finding->flow.server,
					       sizeof(finding->flow.client)) == 0)
			return NULL;
		return strcmp(kind->name, "baseline.new_pair") == 0 && *finding->object ? NULL : kind;
	}
	return NULL;
}

static uint64_t key_of(const struct finding *finding, const struct kind *kind)
{
	uint64_t key = hash_stable(finding->name, strlen(finding->name));

	key = hash_stable_mix(key, &finding->severity, sizeof(finding->severity));
	if (kind->has_target)
		key = hash_stable_mix(key, &finding->flow.server, sizeof(finding->flow.server));
	return key;
}

static bool is_over(const struct crowd *crowd, int64_t now_ns)
{
	return !crowd->count || quiet_since(crowd->last_ns, now_ns, ALERT_QUIET_NS);
}

/* The crowd's place, perhaps a new one; NULL: all are taken. */
static struct crowd *place_of(struct crowds *crowds, uint64_t key, int64_t now_ns)
{
	struct crowd *room = NULL;

	for (unsigned i = 0; i < CROWDS; i++) {
		struct crowd *crowd = &crowds->crowds[i];

		if (is_over(crowd, now_ns))
			room = room ? room : crowd;
		else if (crowd->key == key)
			return crowd;
	}
	if (room)
		*room = (struct crowd){.key = key};
	return room;
}

/* True: it is one of the few that have a name. */
static bool is_named(struct crowd *crowd, const struct finding *finding)
{
	/* keyed: whoever could make addresses of one hash would have as many of one name as he likes */
	uint64_t who = hash_keyed(&finding->flow.client, sizeof(finding->flow.client));

	for (unsigned i = 0; i < crowd->count; i++) {
		if (crowd->named[i] == who)
			return true;
	}
	crowd->last_ns = finding->time_ns;
	if (crowd->count == CROWD_NAMED)
		return false;
	crowd->named[crowd->count++] = who;
	return true;
}

static void blur(struct finding *finding, const struct kind *kind, bool keeps_target)
{
	struct bt_addr target = keeps_target ? finding->flow.server : (struct bt_addr){0};

	finding->flow = (struct bt_flow){.client = target, .server = target, .seen = finding->flow.seen};
	finding->has_mac = false;
	finding->detail_len = 0;
	snprintf(finding->object, sizeof(finding->object), "%s", kind->others);
}

const struct finding *crowds_pass(struct crowds *crowds, const struct finding *finding,
				  struct finding *blurred)
{
	const struct kind *kind = kind_of(finding);
	struct crowd *crowd;

	if (!kind)
		return finding;
	crowd = place_of(crowds, key_of(finding, kind), finding->time_ns);
	if (crowd && is_named(crowd, finding))
		return finding;
	memcpy(blurred, finding, offsetof(struct finding, detail));
	blur(blurred, kind, crowd && kind->has_target);
	return blurred;
}
