/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device keeps: what it said of itself, which services and units it has. Three short lists
 * per device, at most ASSET_EVIDENCE_MAX each; what does not fit is counted.
 */
#include "inventory.h"

#include <stdlib.h>
#include <string.h>

enum {
	VALUES_MAX = 4, /* of one attribute of one unit: what it is and was */
};

/* Room for one more in an array that doubles. `items` may have moved; NULL: at the cap. */
static void *grown(struct asset *asset, void *items, uint16_t count, size_t size)
{
	void *bigger = items;

	if (count >= ASSET_EVIDENCE_MAX)
		bigger = NULL;
	else if (count == 0 || (count >= 4 && (count & (count - 1)) == 0))
		bigger = realloc(items, size * (count ? count * 2u : 4));
	if (!bigger)
		asset->evidence_dropped++;
	return bigger;
}

/* ---- attributes ---- */

/* The same attribute from the same source with the same value; else *oldest of its values when
 * there are too many. */
static struct asset_attribute *find_attribute(struct asset *asset,
					      const struct asset_attribute *wanted,
					      struct asset_attribute **oldest)
{
	unsigned values = 0;

	*oldest = NULL;
	for (unsigned i = 0; i < asset->attribute_count; i++) {
		struct asset_attribute *known = &asset->attributes[i];

		if (known->what != wanted->what || known->unit != wanted->unit ||
		    strcmp(known->station, wanted->station) != 0 ||
		    strcmp(known->source, wanted->source) != 0)
			continue;
		if (strcmp(known->value, wanted->value) == 0)
			return known;
		values++;
		if (!*oldest || known->last_ns < (*oldest)->last_ns)
			*oldest = known;
	}
	/* Of unnamed texts a device may have many at a time. */
	if (values < VALUES_MAX || wanted->what == BT_ID_OTHER)
		*oldest = NULL;
	return NULL;
}

static void free_attribute(struct asset_attribute *attribute)
{
	free((char *)attribute->value);
	free((char *)attribute->station);
}

/* Room for one more: at the end of the list, or in place of *oldest. NULL: none. */
static struct asset_attribute *room_for_attribute(struct asset *asset,
						  struct asset_attribute *oldest)
{
	struct asset_attribute *grew;

	if (oldest) {
		free_attribute(oldest);
		asset->evidence_dropped++;
		memmove(oldest, oldest + 1,
			(size_t)(asset->attributes + --asset->attribute_count - oldest) *
				sizeof(*oldest));
	} else {
		grew = grown(asset, asset->attributes, asset->attribute_count, sizeof(*grew));
		if (!grew)
			return NULL;
		asset->attributes = grew;
	}
	return &asset->attributes[asset->attribute_count];
}

void evidence_attribute(struct assets *assets, struct asset *asset,
			const struct asset_attribute *attribute)
{
	struct asset_attribute *known, *oldest, *place, kept = *attribute;

	if (attribute->value[0] == '\0')
		return;
	known = find_attribute(asset, attribute, &oldest);
	if (known) {
		if (attribute->last_ns > known->last_ns)
			known->last_ns = attribute->last_ns;
		return;
	}
	kept.value = strdup(attribute->value);
	kept.station = strdup(attribute->station);
	place = kept.value && kept.station ? room_for_attribute(asset, oldest) : NULL;
	if (!place) {
		free_attribute(&kept);
		return;
	}
	*place = kept;
	asset->attribute_count++;
	asset_mark_changed(assets, asset);
}

/* ---- services ---- */

static bool same_protocol(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

void evidence_service(struct assets *assets, struct asset *asset,
		      const struct asset_service *service)
{
	struct asset_service *services;

	for (unsigned i = 0; i < asset->service_count; i++) {
		struct asset_service *known = &asset->services[i];

		if (known->serves != service->serves || known->port != service->port ||
		    known->transport != service->transport ||
		    !same_protocol(known->protocol, service->protocol))
			continue;
		known->operations += service->operations;
		if (known->label[0] == '\0')
			known->label = service->label;
		return;
	}
	services = grown(asset, asset->services, asset->service_count, sizeof(*services));
	if (!services)
		return;
	asset->services = services;
	services[asset->service_count++] = *service;
	asset_mark_changed(assets, asset);
}

/* ---- units ---- */

static int order_of(const struct asset_unit *a, const struct asset_unit *b)
{
	int order = (a->unit > b->unit) - (a->unit < b->unit);

	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->protocol, b->protocol);
}

void evidence_unit(struct assets *assets, struct asset *asset, const struct asset_unit *unit)
{
	struct asset_unit *units;
	unsigned at = 0;
	int order = -1;
	char *name;

	for (; at < asset->unit_count; at++) {
		order = order_of(&asset->units[at], unit);
		if (order >= 0)
			break;
	}
	if (order == 0) {
		asset->units[at].serves |= unit->serves;
		return;
	}
	units = grown(asset, asset->units, asset->unit_count, sizeof(*units));
	if (!units)
		return;
	asset->units = units;
	name = strdup(unit->name);
	if (!name)
		return;
	memmove(units + at + 1, units + at, (asset->unit_count - at) * sizeof(*units));
	units[at] = *unit;
	units[at].name = name;
	asset->unit_count++;
	asset_mark_changed(assets, asset);
}

/* ---- behaviour ---- */

struct asset_behaviour *evidence_behaviour(struct asset *asset)
{
	if (!asset->behaviour)
		asset->behaviour = calloc(1, sizeof(*asset->behaviour));
	return asset->behaviour;
}

static void add_side(struct asset_side *to, const struct asset_side *from)
{
	for (int act = 0; act < BT_ACT_COUNT; act++)
		to->acts[act] += from->acts[act];
	to->operations += from->operations;
	to->refused += from->refused;
	to->unanswered += from->unanswered;
	to->peers += from->peers;
	to->peers_read += from->peers_read;
}

/* ---- all of it ---- */

void evidence_free(struct asset *asset)
{
	for (unsigned i = 0; i < asset->attribute_count; i++)
		free_attribute(&asset->attributes[i]);
	for (unsigned i = 0; i < asset->unit_count; i++)
		free((char *)asset->units[i].name);
	free(asset->attributes);
	free(asset->services);
	free(asset->units);
	free(asset->behaviour);
	asset->attributes = NULL;
	asset->services = NULL;
	asset->units = NULL;
	asset->behaviour = NULL;
	asset->attribute_count = asset->service_count = asset->unit_count = 0;
}

static void move_counters(struct asset *from, struct asset *to)
{
	if (from->first_ns)
		asset_touch(to, from->first_ns, from->last_ns, from->first_packet);
	to->packets_sent += from->packets_sent;
	to->bytes_sent += from->bytes_sent;
	to->packets_received += from->packets_received;
	to->bytes_received += from->bytes_received;
	to->evidence_dropped += from->evidence_dropped;
	if (!to->vlan)
		to->vlan = from->vlan;
	from->packets_sent = from->bytes_sent = 0;
	from->packets_received = from->bytes_received = 0;
	from->first_ns = from->last_ns = 0;
	from->first_packet = 0;
	from->evidence_dropped = 0;
	from->roles = 0;
}

void evidence_move(struct assets *assets, struct asset *from, struct asset *to)
{
	for (unsigned i = 0; i < from->attribute_count; i++)
		evidence_attribute(assets, to, &from->attributes[i]);
	for (unsigned i = 0; i < from->service_count; i++)
		evidence_service(assets, to, &from->services[i]);
	for (unsigned i = 0; i < from->unit_count; i++)
		evidence_unit(assets, to, &from->units[i]);
	if (from->behaviour && evidence_behaviour(to)) {
		add_side(&to->behaviour->asks, &from->behaviour->asks);
		add_side(&to->behaviour->answers, &from->behaviour->answers);
	}
	move_counters(from, to);
	evidence_free(from);
}
