/* SPDX-License-Identifier: Apache-2.0
 *
 * Which MAC an IP address has, and which MAC is a router.
 *
 * Two kinds of evidence. ARP claims: whoever answers for an address has it, and the newest claim
 * counts (the MAC before stays as an attribute). Sending binds weakly: the frame's source MAC is the
 * sender's only as long as nothing says that it forwards. A MAC that sends for three IPv4 addresses
 * that it does not claim, or for a public one whose packets have been forwarded, is a router; the
 * addresses behind it lose the MAC. When later claims show them to be its own, it is none any more.
 *
 * IPv6 hosts have many addresses and claim them by neighbour discovery, which is not evidence here:
 * of IPv6 only packets whose hop limit shows a hop count against a MAC.
 */
#include "inventory.h"

#include <string.h>

#include "hash.h"
#include "oui.h"
#include "text.h"

/* A weak MAC that was silent for so long gives way to another. */
#define WEAK_MAC_NS SECONDS(300)

/* May the sender of this packet be somebody else than the frame's? */
enum forwarding {
	FORWARDING_NEVER,
	FORWARDING_MAYBE,
	FORWARDING_SURELY,
};

/* ---- stations ---- */

static bool same_mac(const void *item, const void *key)
{
	const struct asset_station *station = item;

	return memcmp(station->mac, key, sizeof(station->mac)) == 0;
}

struct asset_station *fusion_find(const struct assets *assets, const uint8_t mac[6])
{
	return map_find(&assets->by_mac, hash_keyed(mac, 6), same_mac, mac);
}

static bool is_card(const uint8_t mac[6])
{
	static const uint8_t zeros[6];

	return !(mac[0] & 1) && memcmp(mac, zeros, sizeof(zeros)) != 0;
}

struct asset_station *fusion_station(struct assets *assets, const uint8_t mac[6],
				     enum standing standing)
{
	struct asset_station *station = fusion_find(assets, mac);

	if (station)
		return station;
	if (assets_room(&assets->stations, standing))
		station = pool_get(&assets->stations);
	if (station && !map_insert(&assets->by_mac, hash_keyed(mac, 6), station)) {
		pool_put(&assets->stations, station);
		station = NULL;
	}
	if (station)
		memcpy(station->mac, mac, 6);
	else
		assets->dropped++;
	return station;
}

struct asset *fusion_device(struct assets *assets, struct asset_station *station,
			    enum standing standing, struct asset **made)
{
	struct bt_addr addr = {.family = BT_ADDR_MAC};
	struct asset *device;

	if (station->home)
		return station->home;
	memcpy(addr.bytes, station->mac, 6);
	device = assets_device(assets, &addr, standing, made);
	if (!device || (station->device && !device->absorbed))
		return device;
	/* New, or alone again because its IP address went elsewhere. */
	station->device = device;
	assets->absorbed -= device->absorbed;
	device->absorbed = false;
	device->announced = false;
	device->station = station;
	device->has_mac = true;
	memcpy(device->mac, station->mac, 6);
	device->mac_source = "sender of frames";
	device->vendor = oui_vendor(assets->oui, station->mac);
	assets->sorted_stale = true;
	asset_mark_changed(assets, device);
	return device;
}

static void absorb(struct assets *assets, struct asset *device, struct asset *into)
{
	evidence_move(assets, device, into);
	assets->absorbed += !device->absorbed;
	device->absorbed = true;
	assets->sorted_stale = true;
	asset_mark_changed(assets, into);
}

static void set_home(struct assets *assets, struct asset_station *station, struct asset *home)
{
	struct asset *before = station->home;

	station->home = home;
	if (home && station->device && !station->device->absorbed)
		absorb(assets, station->device, home);
	if (!home && station->router) /* somebody has to be the router */
		home = fusion_device(assets, station, HEARD, &(struct asset *){NULL});
	if (before)
		roles_judge(assets, before);
	if (home)
		roles_judge(assets, home);
}

/* ---- which MAC ---- */

/* The MAC that a device had stays on record when another takes its place. */
static void remember_mac(struct assets *assets, struct asset *asset)
{
	char mac[TEXT_ADDR], value[TEXT_ADDR + 16] = "";

	text_add(value, sizeof(value), "MAC %s", text_mac(mac, asset->mac));
	evidence_attribute(assets, asset,
			   &(struct asset_attribute){
				   .what = BT_ID_OTHER,
				   .unit = BT_NO_UNIT,
				   .station = "",
				   .value = value,
				   .source = asset->mac_source,
				   .packet = asset->mac_packet,
				   .time_ns = asset->mac_ns,
				   .last_ns = asset->mac_ns,
			   });
}

static void leave_mac(struct assets *assets, struct asset *asset)
{
	struct asset_station *station = asset->station;

	asset->has_mac = false;
	asset->mac_claimed = false;
	memset(asset->mac, 0, sizeof(asset->mac));
	asset->mac_source = NULL;
	asset->vendor = "";
	asset->station = NULL;
	if (station && station->home == asset)
		set_home(assets, station, NULL);
	asset_mark_changed(assets, asset);
}

static void take_mac(struct assets *assets, struct asset *asset, struct asset_station *station,
		     const char *source, uint64_t packet, int64_t time_ns)
{
	if (asset->station != station) {
		if (asset->has_mac) {
			remember_mac(assets, asset);
			leave_mac(assets, asset);
		}
		asset->station = station;
		asset->has_mac = true;
		memcpy(asset->mac, station->mac, 6);
		asset->vendor = oui_vendor(assets->oui, station->mac);
		asset_mark_changed(assets, asset);
	}
	asset->mac_source = source;
	asset->mac_packet = packet;
	asset->mac_ns = time_ns;
}

/* ---- which MAC is a router ---- */

static bool is_link_local(const struct bt_addr *addr)
{
	const uint8_t *b = addr->bytes;

	if (addr->family == BT_ADDR_IPV4)
		return b[0] == 169 && b[1] == 254;
	return b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

/* What systems start with: a router would have taken one off. */
static bool is_first_ttl(uint8_t ttl)
{
	return ttl == 64 || ttl == 128 || ttl == 255;
}

static enum forwarding forwarding_of(const struct bt_addr *addr, uint8_t ttl)
{
	if (is_link_local(addr))
		return FORWARDING_NEVER;
	if (addr->family == BT_ADDR_IPV6) {
		if (ttl == 0 || is_first_ttl(ttl))
			return FORWARDING_NEVER;
		return addr_is_private(addr) ? FORWARDING_MAYBE : FORWARDING_SURELY;
	}
	if (!addr_is_private(addr) && !is_first_ttl(ttl))
		return FORWARDING_SURELY;
	return FORWARDING_MAYBE;
}

static void unbind_others(struct assets *assets, struct asset_station *station)
{
	for (unsigned i = 0; i < station->other_count; i++) {
		struct asset *other = station->others[i];

		if (other->station == station && !other->mac_claimed)
			leave_mac(assets, other);
	}
}

static void judge_station(struct assets *assets, struct asset_station *station)
{
	bool router = station->far || station->other_count >= ROUTER_OTHERS;
	struct asset *owner;

	if (router == station->router)
		return;
	station->router = router;
	if (router) {
		unbind_others(assets, station);
		if (station->home && !station->home->mac_claimed)
			set_home(assets, station, NULL);
		owner = fusion_device(assets, station, HEARD, &(struct asset *){NULL});
		if (owner && owner->first_ns == 0)
			asset_touch(owner, station->others[0]->first_ns,
				    station->others[station->other_count - 1]->last_ns, 0);
	} else {
		owner = fusion_owner(station);
	}
	if (owner)
		roles_judge(assets, owner);
}

static void add_other(struct asset_station *station, struct asset *asset)
{
	for (unsigned i = 0; i < station->other_count; i++) {
		if (station->others[i] == asset)
			return;
	}
	if (station->other_count < STATION_OTHERS_MAX)
		station->others[station->other_count++] = asset;
}

static void remove_other(struct asset_station *station, const struct asset *asset)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < station->other_count; i++) {
		if (station->others[i] != asset)
			station->others[kept++] = station->others[i];
	}
	station->other_count = (uint8_t)kept;
	if (station->far == asset)
		station->far = NULL;
}

/* ---- evidence ---- */

/* A MAC's record, when there is room for it: near the cap only for devices that were answered. */
static struct asset_station *station_for(struct assets *assets, const struct asset *asset,
					 const uint8_t mac[6])
{
	bool answered = asset->packets_sent && asset->packets_received;

	return is_card(mac) ? fusion_station(assets, mac, answered ? ANSWERED : HEARD) : NULL;
}

void fusion_claim(struct assets *assets, struct asset *asset, const struct sighting *sighting)
{
	struct asset_station *station = station_for(assets, asset, sighting->mac);
	bool known;

	if (!station)
		return;
	known = asset->mac_claimed && asset->station == station;
	if (known) {
		asset->mac_ns = sighting->time_ns;
		return;
	}
	take_mac(assets, asset, station, sighting->source ? sighting->source : "ARP",
		 sighting->packet, sighting->time_ns);
	asset->mac_claimed = true;
	remove_other(station, asset);
	judge_station(assets, station);
	if (!station->home || !station->home->mac_claimed)
		set_home(assets, station, asset);
	roles_judge(assets, asset); /* claimed here, so not external */
}

void fusion_sender(struct assets *assets, struct asset *asset, const uint8_t mac[6], uint8_t ttl,
		   uint64_t packet, int64_t time_ns)
{
	struct asset_station *station = station_for(assets, asset, mac);
	enum forwarding forwarding = forwarding_of(&asset->addr, ttl);

	if (!station)
		return;
	if (asset->mac_claimed && asset->station == station) {
		asset->mac_ns = time_ns;
		return;
	}
	if (forwarding != FORWARDING_NEVER) {
		add_other(station, asset);
		if (forwarding == FORWARDING_SURELY && !station->far)
			station->far = asset;
		judge_station(assets, station);
	}
	if (asset->mac_claimed || (station->router && forwarding != FORWARDING_NEVER))
		return;
	if (asset->has_mac && asset->station != station && time_ns - asset->mac_ns < WEAK_MAC_NS)
		return;
	if (asset->station == station) {
		asset->mac_ns = time_ns;
		return;
	}
	take_mac(assets, asset, station, "sender of IP packets", packet, time_ns);
	if (asset->addr.family == BT_ADDR_IPV4 && !station->home)
		set_home(assets, station, asset);
}
