/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory's front: sightings come in, devices are made, found and listed.
 *
 * A device is never taken out again, so a pointer to one stays good. At the cap a new one is counted
 * instead; near the cap only devices that somebody answered, or that answered, are still made.
 */
#include "inventory.h"

#include <stdlib.h>
#include <string.h>

#include "geo.h"
#include "hash.h"
#include "oui.h"
#include "text.h"

_Static_assert(sizeof(struct asset) < 300, "65,536 bare devices are to fit in 20 MB");

/* ---- life ---- */

struct assets *assets_create(const struct assets_options *options, struct error *err)
{
	static const struct assets_options defaults;
	struct assets *assets = calloc(1, sizeof(*assets));

	if (!options)
		options = &defaults;
	if (!assets) {
		error_set(err, "no memory for the inventory");
		return NULL;
	}
	pool_init(&assets->devices, sizeof(struct asset), ASSETS_MAX);
	pool_init(&assets->stations, sizeof(struct asset_station), ASSETS_MAX);
	pool_init(&assets->talks, sizeof(struct conversation), CONVERSATIONS_MAX);
	pool_init(&assets->pairs, sizeof(struct pair), CONVERSATIONS_MAX);
	names_init(&assets->names, NAMES_MAX);
	assets->oui = oui_create(options->oui_path, err);
	assets->geo =
		assets->oui ? geo_create(options->mmdb_paths, options->mmdb_count, err) : NULL;
	if (!assets->geo) {
		assets_destroy(assets);
		return NULL;
	}
	if (options->read_now)
		oui_count(assets->oui);
	return assets;
}

void assets_destroy(struct assets *assets)
{
	struct asset *asset;
	size_t at = 0;

	if (!assets)
		return;
	while ((asset = map_next(&assets->by_addr, &at)))
		evidence_free(asset);
	map_finish(&assets->by_addr);
	map_finish(&assets->by_mac);
	map_finish(&assets->by_talk);
	map_finish(&assets->by_pair);
	pool_finish(&assets->devices);
	pool_finish(&assets->stations);
	pool_finish(&assets->talks);
	pool_finish(&assets->pairs);
	names_finish(&assets->names);
	oui_destroy(assets->oui);
	geo_destroy(assets->geo);
	free(assets->sorted);
	free(assets->sorted_talks);
	free(assets->taking);
	free(assets);
}

/* ---- devices ---- */

static bool same_addr(const void *item, const void *key)
{
	const struct asset *asset = item;

	return addr_equal(&asset->addr, key);
}

/* Groups, "this network", "no address" and a MAC of zeros are nobody. */
static bool is_somebody(const struct bt_addr *addr)
{
	static const uint8_t zeros[16];

	if (addr->family == BT_ADDR_NONE || addr_is_multicast(addr))
		return false;
	if (addr->family == BT_ADDR_IPV4)
		return addr->bytes[0] != 0;
	return memcmp(addr->bytes, zeros, sizeof(zeros)) != 0;
}

bool assets_room(const struct pool *pool, enum standing standing)
{
	return pool->used < (standing == ANSWERED ? pool->cap : pool->cap / 4 * 3);
}

static void locate(struct assets *assets, struct asset *asset)
{
	char network[GEO_NETWORK];

	geo_find(assets->geo, &asset->addr, asset->country, network);
	asset->network = names_keep(&assets->names, network, strlen(network));
}

struct asset *assets_add(struct assets *assets, const struct bt_addr *addr, enum standing standing)
{
	uint64_t hash = hash_keyed(addr, sizeof(*addr));
	struct asset *asset =
		assets_room(&assets->devices, standing) ? pool_get(&assets->devices) : NULL;

	if (asset && !map_insert(&assets->by_addr, hash, asset)) {
		pool_put(&assets->devices, asset);
		asset = NULL;
	}
	if (!asset) {
		assets->dropped++;
		return NULL;
	}
	asset->addr = *addr;
	asset->vendor = "";
	asset->network = "";
	if (!addr_is_private(addr))
		locate(assets, asset);
	assets->sorted_stale = true;
	return asset;
}

struct asset *assets_device(struct assets *assets, const struct bt_addr *addr,
			    enum standing standing, struct asset **made)
{
	uint64_t hash = hash_keyed(addr, sizeof(*addr));
	struct asset *asset = map_find(&assets->by_addr, hash, same_addr, addr);

	if (!asset) {
		asset = assets_add(assets, addr, standing);
		if (!asset)
			return NULL;
		*made = asset;
		asset_mark_changed(assets, asset);
		roles_judge(assets, asset);
	}
	return asset;
}

static void mark_unsaved(struct assets *assets, struct asset *asset)
{
	if (asset->unsaved)
		return;
	asset->unsaved = true;
	asset->next_unsaved = assets->unsaved;
	assets->unsaved = asset;
}

void asset_mark_changed(struct assets *assets, struct asset *asset)
{
	mark_unsaved(assets, asset);
	if (asset->changed)
		return;
	asset->changed = true;
	asset->next_changed = assets->changed;
	assets->changed = asset;
	assets->changed_count++;
}

void asset_touch(struct asset *asset, int64_t first_ns, int64_t last_ns, uint64_t packet)
{
	asset->counted = true;
	if (asset->first_ns == 0 || first_ns < asset->first_ns)
		asset->first_ns = first_ns;
	if (last_ns > asset->last_ns)
		asset->last_ns = last_ns;
	if (packet && (asset->first_packet == 0 || packet < asset->first_packet))
		asset->first_packet = packet;
}

/* The device a sighting is about: a MAC's is the IP device it belongs to, where that is known. */
static struct asset *device_of(struct assets *assets, const struct bt_addr *addr,
			       enum standing standing, struct asset **made)
{
	struct asset_station *station;

	if (!is_somebody(addr))
		return NULL;
	if (addr->family != BT_ADDR_MAC)
		return assets_device(assets, addr, standing, made);
	station = fusion_station(assets, addr->bytes, standing);
	return station ? fusion_device(assets, station, standing, made) : NULL;
}

/* ---- sightings ---- */

static void note_vlan(struct asset *asset, const uint16_t *vlan, uint8_t count)
{
	if (count > VLAN_TAGS_MAX)
		count = VLAN_TAGS_MAX;
	if (count && !asset->vlan)
		asset->vlan = vlan[count - 1];
}

static struct asset *take_device(struct assets *assets, const struct sighting *sighting,
				 enum standing standing, struct asset **made)
{
	struct asset *asset = device_of(assets, &sighting->who, standing, made);

	if (!asset)
		return NULL;
	asset_touch(asset, sighting->time_ns, sighting->time_ns, sighting->packet);
	note_vlan(asset, sighting->vlan, sighting->vlan_count);
	return asset;
}

static void take_address(struct assets *assets, const struct sighting *sighting,
			 struct asset **made)
{
	struct asset *asset = take_device(assets, sighting, HEARD, made);

	if (!asset || !sighting->has_mac || sighting->who.family == BT_ADDR_MAC)
		return;
	if (sighting->answers_arp)
		fusion_claim(assets, asset, sighting);
	else
		fusion_sender(assets, asset, sighting->mac, sighting->ttl, sighting->packet,
			      sighting->time_ns);
}

/* A text that fills its field has no NUL. */
static void copy_text(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	to[size - 1] = '\0';
}

static void take_identity(struct assets *assets, const struct sighting *sighting,
			  struct asset **made)
{
	struct asset *asset = take_device(assets, sighting, ANSWERED, made);
	char value[SIGHTING_TEXT], station[SIGHTING_STATION];

	if (!asset)
		return;
	copy_text(value, sighting->text, sizeof(value));
	copy_text(station, sighting->station, sizeof(station));
	evidence_attribute(assets, asset,
			   &(struct asset_attribute){
				   .what = (unsigned)sighting->what < BT_ID_COUNT ? sighting->what
										  : BT_ID_OTHER,
				   .unit = sighting->unit,
				   .station = station,
				   .value = value,
				   .source = sighting->source ? sighting->source : "",
				   .packet = sighting->packet,
				   .time_ns = sighting->time_ns,
				   .last_ns = sighting->time_ns,
			   });
}

static void take_unit(struct assets *assets, const struct sighting *sighting, struct asset **made)
{
	struct asset *asset = take_device(assets, sighting, ANSWERED, made);
	char station[SIGHTING_STATION];

	copy_text(station, sighting->station, sizeof(station));
	if (!asset || (sighting->unit == BT_NO_UNIT && !*station))
		return;
	evidence_unit(assets, asset,
		      &(struct asset_unit){
			      .unit = sighting->unit,
			      .name = station,
			      .serves = sighting->serves,
			      .protocol = sighting->protocol ? sighting->protocol : "",
			      .packet = sighting->packet,
			      .time_ns = sighting->time_ns,
		      });
	roles_judge(assets, asset);
}

/* One side of a flow. A side that sent nothing may not exist. */
static struct asset *take_side(struct assets *assets, const struct sighting_traffic *traffic,
			       enum bt_dir sends, struct asset **made)
{
	const struct bt_addr *addr =
		sends == BT_TO_SERVER ? &traffic->flow.client : &traffic->flow.server;
	bool answered = traffic->packets[bt_reverse(sends)] > 0;
	struct asset *fresh = NULL, *asset;

	if (traffic->packets[sends] == 0)
		return NULL;
	asset = device_of(assets, addr, answered ? ANSWERED : HEARD, &fresh);
	if (!asset)
		return NULL;
	asset_touch(asset, traffic->first_ns, traffic->last_ns, traffic->first_packet);
	note_vlan(asset, traffic->vlan, traffic->vlan_count);
	asset->packets_sent += traffic->packets[sends];
	asset->bytes_sent += traffic->bytes[sends];
	asset->packets_received += traffic->packets[bt_reverse(sends)];
	asset->bytes_received += traffic->bytes[bt_reverse(sends)];
	/* A known device had its own sighting, which knew the TTL. */
	if (fresh && traffic->has_mac && addr->family != BT_ADDR_MAC)
		fusion_sender(assets, asset, traffic->mac[sends], 0, traffic->first_packet,
			      traffic->first_ns);
	if (fresh && !*made)
		*made = fresh;
	return asset;
}

static void take_traffic(struct assets *assets, const struct sighting_traffic *traffic,
			 struct asset **made)
{
	struct asset *client = take_side(assets, traffic, BT_TO_SERVER, made);
	struct asset *server = take_side(assets, traffic, BT_TO_CLIENT, made);

	conversations_add(assets, traffic, client, server);
	if (client)
		roles_judge(assets, client);
	if (server)
		roles_judge(assets, server);
}

const struct asset *assets_sighting(struct assets *assets, const struct sighting *sighting)
{
	struct asset *made = NULL;

	switch (sighting->kind) {
	case SIGHTING_ADDRESS: take_address(assets, sighting, &made); break;
	case SIGHTING_IDENTITY: take_identity(assets, sighting, &made); break;
	case SIGHTING_UNIT: take_unit(assets, sighting, &made); break;
	case SIGHTING_TRAFFIC: take_traffic(assets, &sighting->traffic, &made); break;
	}
	return made;
}

/* ---- lists ---- */

static int by_address(const void *left, const void *right)
{
	const struct asset *const *a = left, *const *b = right;

	return addr_compare(&(*a)->addr, &(*b)->addr);
}

static void sort_devices(struct assets *assets)
{
	struct asset **sorted, *asset;
	size_t count = 0, at = 0;

	if (!assets->sorted_stale)
		return;
	sorted = realloc(assets->sorted, assets->by_addr.count * sizeof(struct asset *));
	if (!sorted)
		return;
	while ((asset = map_next(&assets->by_addr, &at))) {
		if (!asset->absorbed)
			sorted[count++] = asset;
	}
	qsort(sorted, count, sizeof(struct asset *), by_address);
	assets->sorted = sorted;
	assets->sorted_count = count;
	assets->sorted_stale = false;
}

void assets_settle(struct assets *assets)
{
	sort_devices(assets);
	conversations_sort(assets);
}

/* Turns the chain of changed devices into the sorted array that is given out next. */
static bool collect_changed(struct assets *assets)
{
	struct asset **taking;

	if (!assets->changed)
		return false;
	taking = realloc(assets->taking, assets->changed_count * sizeof(struct asset *));
	if (!taking)
		return false;
	assets->taking = taking;
	assets->taking_next = 0;
	assets->taking_count = 0;
	for (struct asset *asset = assets->changed; asset; asset = asset->next_changed) {
		asset->changed = false;
		taking[assets->taking_count++] = asset;
	}
	assets->changed = NULL;
	assets->changed_count = 0;
	qsort(taking, assets->taking_count, sizeof(struct asset *), by_address);
	return true;
}

const struct asset *assets_take_changed(struct assets *assets)
{
	if (assets->given) {
		assets->given->announced = true;
		mark_unsaved(assets, assets->given);
		assets->given = NULL;
	} else {
		collect_changed(assets);
	}
	while (assets->taking_next < assets->taking_count) {
		struct asset *asset = assets->taking[assets->taking_next++];

		if (asset->absorbed)
			continue;
		assets->given = asset;
		return asset;
	}
	return NULL;
}

const struct asset *assets_find(const struct assets *assets, const struct bt_addr *addr)
{
	const struct asset *asset;

	if (addr->family == BT_ADDR_MAC) {
		const struct asset_station *station = fusion_find(assets, addr->bytes);

		asset = station ? fusion_owner(station) : NULL;
	} else {
		asset = map_find(&assets->by_addr, hash_keyed(addr, sizeof(*addr)), same_addr,
				 addr);
	}
	return asset && !asset->absorbed ? asset : NULL;
}

const struct asset *const *assets_list(struct assets *assets, size_t *count)
{
	sort_devices(assets);
	*count = assets->sorted_count;
	return (const struct asset *const *)assets->sorted;
}

const struct conversation *const *assets_conversations(struct assets *assets, size_t *count)
{
	conversations_sort(assets);
	*count = assets->sorted_talk_count;
	return (const struct conversation *const *)assets->sorted_talks;
}

size_t assets_count(const struct assets *assets)
{
	return assets->by_addr.count - assets->absorbed;
}

uint64_t assets_dropped(const struct assets *assets)
{
	return assets->dropped;
}
