/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory over a restart. Devices, what they said, which MAC they have and with whom they spoke an
 * OT protocol are packed one by one, when they have changed; conversations are not.
 *
 * Devices refer to MACs and MACs to devices: the first are unpacked before the second, which bind them.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "inventory.h"
#include "limits.h"
#include "oui.h"
#include "parcel.h"
#include "text.h"

enum {
	SOURCE_MAX = 255, /* bytes of a source's, protocol's or label's name */
};

/* ---- what is to be saved ---- */

static const struct asset *take(struct asset *asset)
{
	asset->unsaved = asset->counted = false;
	return asset;
}

const struct asset *assets_take_unsaved(struct assets *assets)
{
	struct asset *asset = assets->unsaved;

	if (asset) {
		assets->unsaved = asset->next_unsaved;
		return take(asset);
	}
	while (assets->is_sweeping) {
		asset = map_next(&assets->by_addr, &assets->sweep_at);
		assets->is_sweeping = asset != NULL;
		if (asset && asset->counted)
			return take(asset);
	}
	return NULL;
}

void assets_sweep(struct assets *assets)
{
	if (assets->is_sweeping)
		return;
	assets->is_sweeping = true;
	assets->sweep_at = 0;
}

void assets_save_all(struct assets *assets)
{
	struct asset *asset;
	size_t at = 0;

	while ((asset = map_next(&assets->by_addr, &at)))
		asset->counted = true;
	assets_sweep(assets);
}

/* ---- texts ---- */

/* A text that is kept once for all; NULL and "" are told apart by who reads it. */
static void parcel_kept(struct parcel *parcel, struct names *names, const char **text)
{
	struct bt_cursor view = cur_of(*text, *text ? strlen(*text) : 0);

	parcel_view(parcel, &view, SOURCE_MAX);
	if (parcel->unpacking)
		*text = names_keep(names, cur_left(&view) ? (const char *)view.ptr : "",
				   cur_left(&view));
}

/* A text of the thing itself, from the heap. */
static void parcel_own(struct parcel *parcel, const char **text, size_t max)
{
	struct bt_cursor view = cur_of(*text, *text ? strlen(*text) : 0);

	parcel_view(parcel, &view, max);
	if (!parcel->unpacking)
		return;
	*text = strndup(cur_left(&view) ? (const char *)view.ptr : "", cur_left(&view));
	parcel->spoilt |= !*text;
}

static const char *or_none(const char *text)
{
	return *text ? text : NULL;
}

/* ---- a device ---- */

static void parcel_attribute(struct parcel *parcel, struct names *names,
			     struct asset_attribute *attribute)
{
	unsigned what = attribute->what;

	parcel_upto(parcel, &what, BT_ID_COUNT - 1);
	parcel_u32(parcel, &attribute->unit);
	parcel_own(parcel, &attribute->station, SIGHTING_STATION);
	parcel_own(parcel, &attribute->value, SIGHTING_TEXT);
	parcel_kept(parcel, names, &attribute->source);
	parcel_u64(parcel, &attribute->packet);
	parcel_i64(parcel, &attribute->time_ns);
	parcel_i64(parcel, &attribute->last_ns);
	attribute->what = what;
}

static void parcel_service(struct parcel *parcel, struct names *names, struct asset_service *service)
{
	parcel_bool(parcel, &service->serves);
	parcel_u8(parcel, &service->transport);
	parcel_u16(parcel, &service->port);
	parcel_kept(parcel, names, &service->protocol);
	parcel_kept(parcel, names, &service->label);
	parcel_u64(parcel, &service->operations);
	parcel_u64(parcel, &service->first_packet);
	parcel->spoilt |= service->transport > BT_OVER_IP;
	if (parcel->unpacking)
		service->protocol = or_none(service->protocol);
}

static void parcel_unit(struct parcel *parcel, struct names *names, struct asset_unit *unit)
{
	parcel_u32(parcel, &unit->unit);
	parcel_own(parcel, &unit->name, SIGHTING_STATION);
	parcel_bool(parcel, &unit->serves);
	parcel_kept(parcel, names, &unit->protocol);
	parcel_u64(parcel, &unit->packet);
	parcel_i64(parcel, &unit->time_ns);
}

/* Room for `count` of an array that doubles, as evidence.c lets it grow. */
static void *array_for(struct parcel *parcel, void *items, uint16_t *count, size_t size)
{
	unsigned wanted = *count, room = 4;

	parcel_upto(parcel, &wanted, ASSET_EVIDENCE_MAX);
	if (!parcel->unpacking)
		return items;
	while (room < wanted)
		room *= 2;
	items = wanted ? calloc(room, size) : NULL;
	parcel->spoilt |= wanted && !items;
	*count = items ? (uint16_t)wanted : 0;
	return items;
}

static void parcel_evidence(struct parcel *parcel, struct names *names, struct asset *asset)
{
	asset->attributes = array_for(parcel, asset->attributes, &asset->attribute_count,
				      sizeof(*asset->attributes));
	for (unsigned i = 0; i < asset->attribute_count; i++)
		parcel_attribute(parcel, names, &asset->attributes[i]);
	asset->services =
		array_for(parcel, asset->services, &asset->service_count, sizeof(*asset->services));
	for (unsigned i = 0; i < asset->service_count; i++)
		parcel_service(parcel, names, &asset->services[i]);
	asset->units = array_for(parcel, asset->units, &asset->unit_count, sizeof(*asset->units));
	for (unsigned i = 0; i < asset->unit_count; i++)
		parcel_unit(parcel, names, &asset->units[i]);
	parcel_u32(parcel, &asset->evidence_dropped);
}

static void parcel_side(struct parcel *parcel, struct asset_side *side)
{
	for (int act = 0; act < BT_ACT_COUNT; act++)
		parcel_u64(parcel, &side->acts[act]);
	parcel_u64(parcel, &side->operations);
	parcel_u64(parcel, &side->refused);
	parcel_u64(parcel, &side->unanswered);
	parcel_u32(parcel, &side->peers);
	parcel_u32(parcel, &side->peers_read);
}

static void parcel_behaviour(struct parcel *parcel, struct asset *asset)
{
	bool behaves = asset->behaviour != NULL;

	parcel_bool(parcel, &behaves);
	if (!behaves)
		return;
	if (!evidence_behaviour(asset)) {
		parcel->spoilt = true;
		return;
	}
	parcel_side(parcel, &asset->behaviour->asks);
	parcel_side(parcel, &asset->behaviour->answers);
}

static void parcel_asset(struct parcel *parcel, struct names *names, struct asset *asset)
{
	parcel_bool(parcel, &asset->has_mac);
	parcel_bool(parcel, &asset->mac_claimed);
	parcel_bytes(parcel, asset->mac, sizeof(asset->mac));
	parcel_u16(parcel, &asset->vlan);
	parcel_upto(parcel, &asset->roles, (1u << ASSET_ROLE_COUNT) - 1);
	parcel_kept(parcel, names, &asset->mac_source);
	parcel_u64(parcel, &asset->mac_packet);
	parcel_i64(parcel, &asset->mac_ns);
	parcel_i64(parcel, &asset->first_ns);
	parcel_i64(parcel, &asset->last_ns);
	parcel_u64(parcel, &asset->first_packet);
	parcel_u64(parcel, &asset->packets_sent);
	parcel_u64(parcel, &asset->bytes_sent);
	parcel_u64(parcel, &asset->packets_received);
	parcel_u64(parcel, &asset->bytes_received);
	parcel_bool(parcel, &asset->announced);
	parcel_bool(parcel, &asset->changed);
	parcel_bool(parcel, &asset->absorbed);
	parcel_evidence(parcel, names, asset);
	parcel_behaviour(parcel, asset);
	if (parcel->unpacking)
		asset->mac_source = or_none(asset->mac_source);
}

void asset_pack(const struct asset *asset, struct parcel *parcel)
{
	parcel_asset(parcel, NULL, (struct asset *)asset); /* packing changes nothing */
}

static bool same_addr(const void *item, const void *key)
{
	return addr_equal(&((const struct asset *)item)->addr, key);
}

/* Also one that is absorbed. */
static struct asset *device_at(const struct assets *assets, const struct bt_addr *addr)
{
	return map_find(&assets->by_addr, hash_keyed(addr, sizeof(*addr)), same_addr, addr);
}

bool assets_unpack(struct assets *assets, const struct bt_addr *addr, struct parcel *parcel)
{
	struct asset *asset = device_at(assets, addr) ? NULL : assets_add(assets, addr, ANSWERED);

	if (!asset)
		return false;
	parcel_asset(parcel, &assets->names, asset);
	assets->absorbed += asset->absorbed;
	if (!parcel_done(parcel)) { /* it is a device all the same */
		evidence_free(asset);
		asset->has_mac = false;
	}
	return parcel_done(parcel);
}

/* ---- a MAC ---- */

static void parcel_station(struct parcel *parcel, bool *router, struct bt_addr *home, bool *is_device,
			   struct bt_addr *far, unsigned *others)
{
	parcel_bool(parcel, router);
	parcel_addr(parcel, home);
	parcel_bool(parcel, is_device);
	parcel_addr(parcel, far);
	parcel_upto(parcel, others, STATION_OTHERS_MAX);
}

static struct bt_addr addr_of(const struct asset *asset)
{
	return asset ? asset->addr : (struct bt_addr){.family = BT_ADDR_NONE};
}

bool asset_pack_station(const struct asset *asset, struct parcel *parcel)
{
	const struct asset_station *station = asset->station;
	struct bt_addr home, far;
	bool router, is_device;
	unsigned others;

	if (!station)
		return false;
	router = station->router;
	home = addr_of(station->home);
	is_device = station->device != NULL;
	far = addr_of(station->far);
	others = station->other_count;
	parcel_station(parcel, &router, &home, &is_device, &far, &others);
	for (unsigned i = 0; i < station->other_count; i++) {
		struct bt_addr other = station->others[i]->addr;

		parcel_addr(parcel, &other);
	}
	return true;
}

bool assets_unpack_station(struct assets *assets, const uint8_t mac[6], struct parcel *parcel)
{
	struct asset_station *station = fusion_station(assets, mac, ANSWERED);
	struct bt_addr home, far, other = {.family = BT_ADDR_MAC};
	bool is_device = false;
	unsigned others = 0;

	if (!station)
		return false;
	parcel_station(parcel, &station->router, &home, &is_device, &far, &others);
	station->home = device_at(assets, &home);
	station->far = device_at(assets, &far);
	memcpy(other.bytes, mac, 6);
	station->device = is_device ? device_at(assets, &other) : NULL;
	station->other_count = 0;
	for (unsigned i = 0; i < others; i++) {
		struct asset *asset;

		parcel_addr(parcel, &other);
		asset = device_at(assets, &other);
		if (asset)
			station->others[station->other_count++] = asset;
	}
	return parcel_done(parcel);
}

/* ---- who spoke with whom ---- */

static void parcel_pair(struct parcel *parcel, struct pair *pair)
{
	parcel_bool(parcel, &pair->asked);
	parcel_bool(parcel, &pair->answered);
	parcel_bool(parcel, &pair->read);
}

bool assets_take_unsaved_peers(struct assets *assets, struct bt_addr peers[2], struct parcel *parcel)
{
	struct pair *pair = assets->unsaved_pairs;

	if (!pair)
		return false;
	assets->unsaved_pairs = pair->next_unsaved;
	pair->unsaved = false;
	peers[0] = pair->client;
	peers[1] = pair->server;
	parcel_pair(parcel, pair);
	return true;
}

bool assets_unpack_peers(struct assets *assets, const struct bt_addr peers[2], struct parcel *parcel)
{
	struct pair *pair = conversations_pair(assets, peers, ANSWERED);

	if (pair)
		parcel_pair(parcel, pair);
	return pair && parcel_done(parcel);
}

/* ---- when all is there ---- */

/* A MAC whose own record is missing knows at least whose it is. */
static void bind_mac(struct assets *assets, struct asset *asset)
{
	struct asset_station *station = fusion_station(assets, asset->mac, ANSWERED);

	asset->station = station;
	asset->vendor = oui_vendor(assets->oui, asset->mac);
	if (!station)
		return;
	if (asset->addr.family == BT_ADDR_MAC)
		station->device = asset;
	else if (!station->home && asset->mac_claimed)
		station->home = asset;
}

/* Roles follow from the rest: judged anew they are what they were, and news if not. */
void assets_unpacked(struct assets *assets)
{
	struct asset *asset;
	size_t at = 0;

	while ((asset = map_next(&assets->by_addr, &at))) {
		if (asset->has_mac)
			bind_mac(assets, asset);
	}
	at = 0;
	while ((asset = map_next(&assets->by_addr, &at))) {
		bool untold = asset->changed;

		asset->counted = asset->changed = false;
		if (untold)
			asset_mark_changed(assets, asset);
		roles_judge(assets, asset);
	}
}
