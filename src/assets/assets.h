/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory: evidence in, devices out. Runs in the reporter, on news alone.
 *
 * A device is an IP address with the MAC that answers for it; a MAC without any IP is a device of its
 * own. One MAC in front of many addresses that it does not claim by ARP is a router, and the
 * addresses behind it are devices without a MAC. Roles come from behaviour. Every attribute keeps
 * the evidence it came from: source, packet, time. Bounded; at a cap it counts instead.
 */
#ifndef ASSETS_H
#define ASSETS_H

#include "error.h"
#include "sighting.h"

enum asset_role { /* bits */
	ASSET_CLIENT = 1 << 0,       /* asks, in some OT protocol */
	ASSET_SERVER = 1 << 1,       /* answers, in some OT protocol */
	ASSET_PLC = 1 << 2,          /* serves process values */
	ASSET_GATEWAY = 1 << 3,      /* answers for several units */
	ASSET_HMI = 1 << 4,          /* polls and writes */
	ASSET_HISTORIAN = 1 << 5,    /* only reads, from several */
	ASSET_ENGINEERING = 1 << 6,  /* programs, configures, identifies */
	ASSET_ROUTER = 1 << 7,
	ASSET_EXTERNAL = 1 << 8,     /* a public address */
	ASSET_ROLE_COUNT = 9,
};

struct asset_attribute {
	enum bt_identity what;
	uint32_t unit;      /* or BT_NO_UNIT: the device itself */
	char value[128];
	const char *source; /* "Modbus 43/14" */
	uint64_t packet;
	int64_t time_ns;
};

struct asset_service { /* a protocol or port it serves or uses */
	bool serves;
	const char *protocol; /* static or NULL */
	char label[32];
	uint8_t transport;    /* enum bt_transport */
	uint16_t port;        /* server's */
	uint64_t operations;
	uint64_t first_packet;
};

struct asset {
	struct bt_addr addr;
	bool has_mac;
	uint8_t mac[6];
	const char *mac_source;  /* "ARP", "sender of IP packets" */
	uint64_t mac_packet;
	char vendor[64];         /* of the MAC, from the OUI table; "" unknown */
	char country[4], network[64]; /* public addresses, with a .mmdb */
	unsigned roles;          /* bits of enum asset_role */
	char role_reason[ASSET_ROLE_COUNT][96];
	uint16_t vlan;           /* 0: untagged */
	int64_t first_ns, last_ns;
	uint64_t first_packet;
	uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
	struct asset_attribute *attributes;
	size_t attribute_count;
	struct asset_service *services;
	size_t service_count;
	uint32_t *units;         /* sorted */
	size_t unit_count;
	uint32_t evidence_dropped;
	bool changed;            /* since the last assets_take_changed() */
	bool announced;
};

struct conversation { /* who talks to whom with what: flows of a pair and service summed up */
	struct bt_addr client, server;
	uint8_t transport;
	uint16_t port;
	const char *protocol;
	char label[32];
	uint64_t flows, packets[2], bytes[2];
	uint64_t acts[BT_ACT_COUNT], refused, unanswered, unsolicited, violations;
	uint64_t gap_bytes;
	int64_t first_ns, last_ns;
	uint8_t seen; /* enum bt_seen bits of all its flows */
};

struct assets_options {
	const char *oui_path;         /* NULL: Debian's ieee-data where installed, else the built-in list */
	const char *const *mmdb_paths;
	size_t mmdb_count;
};

struct assets;

struct assets *assets_create(const struct assets_options *options, struct error *err);
void assets_destroy(struct assets *assets);

/* Takes a piece of evidence. Returns the device it made new, else NULL. */
const struct asset *assets_sighting(struct assets *assets, const struct sighting *sighting);

/* Roles, vendor and so on are brought up to date; call before looking at the lists. */
void assets_settle(struct assets *assets);
/* Devices that are new or changed since they were last taken, in address order; NULL at the end. */
const struct asset *assets_take_changed(struct assets *assets);

const struct asset *assets_find(const struct assets *assets, const struct bt_addr *addr);
/* Sorted by address; the array belongs to `assets` and lives until the next sighting. */
const struct asset *const *assets_list(struct assets *assets, size_t *count);
const struct conversation *const *assets_conversations(struct assets *assets, size_t *count);
uint64_t assets_dropped(const struct assets *assets);

/* "PLC (gateway)", "HMI", "engineering station", ... of the bits; "device" when there are none. */
void asset_role_text(unsigned roles, char *text, size_t cap);
const char *asset_role_name(unsigned bit); /* "plc", ...; bit number 0 .. ASSET_ROLE_COUNT-1 */
/* Best short name: product or device name, model, else role and address. */
void asset_label(const struct asset *asset, char *text, size_t cap);

#endif
