/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/assets: what its files share.
 *
 *	assets.c         takes sightings, makes and finds devices, lists them
 *	fusion.c         which MAC an IP address has, and which MAC is a router
 *	evidence.c       what a device keeps: attributes, services, units
 *	conversations.c  who talks to whom
 *	roles.c          what a device is, judged by what it does
 *	saved.c          all of it over a restart
 */
#ifndef ASSETS_INVENTORY_H
#define ASSETS_INVENTORY_H

#include "assets.h"
#include "map.h"
#include "names.h"
#include "pool.h"

enum {
	STATION_OTHERS_MAX = 8, /* remembered; a router needs fewer */
	ROUTER_OTHERS = 3,      /* addresses sent for and not claimed */
	NAMES_MAX = 16384,
};

/* How much a sighting says that its sender exists: nobody answers a spoofed source. */
enum standing {
	HEARD,
	ANSWERED,
};

/* A MAC address. */
struct asset_station {
	uint8_t mac[6];
	bool router;
	uint8_t other_count;
	struct asset *home;   /* the IP device it is, where known */
	struct asset *device; /* the device it is without an IP; absorbed once `home` is known */
	struct asset *far;    /* a public address it surely forwards for */
	struct asset *others[STATION_OTHERS_MAX]; /* IPs it sends for and does not claim */
};

/* What a device did in OT protocols, as the one who asks or the one who answers. */
struct asset_side {
	uint64_t acts[BT_ACT_COUNT];
	uint64_t operations, refused, unanswered;
	uint32_t peers, peers_read; /* devices on the other side; those that values were got from */
};

struct pair { /* of devices that speak an OT protocol; the addresses are the key */
	struct bt_addr client, server;
	bool asked, answered, read;
	bool unsaved;
	struct pair *next_unsaved;
};

struct asset_behaviour {
	struct asset_side asks, answers;
};

struct assets {
	struct pool devices, stations, talks, pairs;
	struct map by_addr, by_mac, by_talk, by_pair;
	struct oui *oui;
	struct geo *geo;
	struct names names;
	uint64_t dropped;
	size_t absorbed; /* devices that are others' now */

	struct asset **sorted; /* without the absorbed */
	size_t sorted_count;
	bool sorted_stale;
	struct conversation **sorted_talks;
	size_t sorted_talk_count;
	bool sorted_talks_stale;

	struct asset *changed; /* chain, in no order */
	size_t changed_count;
	struct asset **taking; /* being given out by assets_take_changed() */
	size_t taking_count, taking_next;
	struct asset *given;   /* last */

	struct asset *unsaved; /* chain, in no order */
	struct pair *unsaved_pairs;
	bool is_sweeping;
	size_t sweep_at; /* in by_addr */
};

/* assets.c */
void asset_mark_changed(struct assets *assets, struct asset *asset);
void asset_touch(struct asset *asset, int64_t first_ns, int64_t last_ns, uint64_t packet);
/* The device with this address, made when need be and possible; *made then points to it. */
struct asset *assets_device(struct assets *assets, const struct bt_addr *addr,
			    enum standing standing, struct asset **made);
struct asset *assets_add(struct assets *assets, const struct bt_addr *addr, enum standing standing);
bool assets_room(const struct pool *pool, enum standing standing);

/* fusion.c */
struct asset_station *fusion_find(const struct assets *assets, const uint8_t mac[6]);
/* NULL at the cap. */
struct asset_station *fusion_station(struct assets *assets, const uint8_t mac[6],
				     enum standing standing);
/* The device a MAC stands for: its IP device, else the one without an IP, made when need be. */
struct asset *fusion_device(struct assets *assets, struct asset_station *station,
			    enum standing standing, struct asset **made);
void fusion_claim(struct assets *assets, struct asset *asset, const struct sighting *sighting);
/* `ttl` 0: unknown. */
void fusion_sender(struct assets *assets, struct asset *asset, const uint8_t mac[6], uint8_t ttl,
		   uint64_t packet, int64_t time_ns);
static inline struct asset *fusion_owner(const struct asset_station *station)
{
	return station->home ? station->home : station->device;
}

/* evidence.c */
void evidence_attribute(struct assets *assets, struct asset *asset,
			const struct asset_attribute *attribute);
void evidence_service(struct assets *assets, struct asset *asset,
		      const struct asset_service *service);
void evidence_unit(struct assets *assets, struct asset *asset, const struct asset_unit *unit);
struct asset_behaviour *evidence_behaviour(struct asset *asset); /* NULL: no memory */
/* All that `from` kept becomes `to`'s; `from` keeps nothing. */
void evidence_move(struct assets *assets, struct asset *from, struct asset *to);
void evidence_free(struct asset *asset);

/* conversations.c */
void conversations_add(struct assets *assets, const struct sighting_traffic *traffic,
		       struct asset *client, struct asset *server);
struct pair *conversations_pair(struct assets *assets, const struct bt_addr peers[2],
				enum standing standing); /* made when need be */
void conversations_sort(struct assets *assets);

/* roles.c */
void roles_judge(struct assets *assets, struct asset *asset);

#endif
