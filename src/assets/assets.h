/* SPDX-License-Identifier: Apache-2.0
 *
 * The inventory: evidence in, devices out. Runs in the reporter, on news alone.
 *
 * A device is an IP address with the MAC that answers for it; a MAC without any IP is a device of its
 * own. One MAC in front of many addresses that it does not claim by ARP is a router, and the
 * addresses behind it are devices without a MAC. Roles come from behaviour. Every attribute keeps
 * the evidence it came from: source, packet, time. Bounded; at a cap it counts instead.
 *
 * Everything follows from the stream of sightings alone, piece by piece: the same stream gives the
 * same inventory whenever and however often it is looked at. A device lives as long as `assets`.
 */
#ifndef ASSETS_H
#define ASSETS_H

#include "error.h"
#include "sighting.h"

enum asset_role { /* bits */
	ASSET_CLIENT = 1 << 0,       /* asks, in some OT protocol */
	ASSET_SERVER = 1 << 1,       /* answers, in some OT protocol */
	ASSET_CONTROLLER = 1 << 2,   /* serves process values: PLC, RTU, meter, OPC UA server */
	ASSET_GATEWAY = 1 << 3,      /* answers or speaks for several stations */
	ASSET_HMI = 1 << 4,          /* polls and writes */
	ASSET_HISTORIAN = 1 << 5,    /* only reads, from several */
	ASSET_ENGINEERING = 1 << 6,  /* programs; configures or identifies without polling */
	ASSET_ROUTER = 1 << 7,
	ASSET_EXTERNAL = 1 << 8,     /* a public address that nobody here claims by ARP */
	ASSET_BROKER = 1 << 9,       /* takes what some publish and reports it to others */
	ASSET_PUBLISHER = 1 << 10,   /* publishes through a broker */
	ASSET_SUBSCRIBER = 1 << 11,  /* only has itself told what it subscribed to */
	ASSET_ROLE_COUNT = 12,
};

struct asset_attribute { /* what a device said of itself; the current value is the last said */
	enum bt_identity what;
	uint32_t unit;      /* or BT_NO_UNIT */
	const char *station; /* by name; "" and BT_NO_UNIT: the device itself */
	const char *value;  /* printable, at most 127 bytes */
	const char *source; /* static: "Modbus 43/14" */
	uint64_t packet;    /* that said it first */
	int64_t time_ns, last_ns; /* first and last said */
};

struct asset_service { /* a protocol or port it serves or uses */
	bool serves;
	uint8_t transport;    /* enum bt_transport */
	uint16_t port;        /* as in struct conversation */
	const char *protocol; /* static or NULL */
	const char *label;    /* "" where protocol says it, or unknown */
	uint64_t operations;
	uint64_t first_packet;
};

struct asset_unit { /* a station that it answered or spoke for: by number or by name */
	uint32_t unit;        /* or BT_NO_UNIT */
	const char *name;     /* printable, at most 95 bytes; "": by number alone */
	bool serves;          /* it answered; else it is the client that spoke for it */
	const char *protocol; /* static, "" unknown */
	uint64_t packet;
	int64_t time_ns;
};

struct asset_station;   /* private: the MAC's record */
struct asset_behaviour; /* private: what roles are judged by */

struct asset {
	struct bt_addr addr;
	bool has_mac;
	bool mac_claimed;        /* by ARP; else the sender of its IP packets */
	uint8_t mac[6];
	uint16_t vlan;           /* innermost tag; 0: untagged */
	char country[4];         /* public addresses, with a .mmdb; "" unknown */
	unsigned roles;          /* bits of enum asset_role */
	const char *mac_source;  /* "ARP reply", "sender of IP packets"; NULL without a MAC */
	uint64_t mac_packet;
	int64_t mac_ns;          /* last seen with it */
	const char *vendor;      /* of the MAC, from the OUI table; "" unknown, never NULL */
	const char *network;     /* like country: "AS64500 Example Net" */
	int64_t first_ns, last_ns;
	uint64_t first_packet;
	uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
	struct asset_attribute *attributes; /* in the order they were first said */
	struct asset_service *services;
	struct asset_unit *units;           /* sorted by unit, name, protocol */
	uint16_t attribute_count, service_count, unit_count;
	uint32_t evidence_dropped;
	bool changed;   /* since assets_take_changed() last gave it */
	bool announced; /* assets_take_changed() gave it before: false means new */
	/* private */
	bool absorbed; /* a MAC whose IP device is known by now */
	struct asset_station *station;
	struct asset_behaviour *behaviour;
	struct asset *next_changed, *next_unsaved;
	bool unsaved; /* waits for assets_take_unsaved() */
	bool counted; /* its counters moved since it was last packed */
};

/* Who talks to whom with what: flows of a pair and service summed up. */
struct conversation {
	struct bt_addr client, server;
	uint8_t transport;
	uint8_t seen;  /* enum bt_seen bits of all its flows */
	uint16_t port; /* server's; EtherType over link, protocol number over IP, 0 for ICMP and for
	                * TCP and UDP between two high ports where which one serves is a guess */
	const char *protocol; /* static or NULL */
	const char *label;    /* "" where protocol says it, or unknown */
	uint64_t flows, packets[2], bytes[2]; /* by enum bt_dir */
	uint64_t acts[BT_ACT_COUNT];
	uint64_t by_server[BT_ACT_COUNT]; /* of these: begun by the server */
	uint64_t refused, unanswered, unsolicited, violations;
	uint64_t gap_bytes, undecoded_bytes;
	int64_t first_ns, last_ns;
};

struct assets_options {
	/* A file as the IEEE publishes it (oui.txt, mam.txt ...) or a folder with several of them.
	 * NULL: Debian's ieee-data where installed, else the built-in list. */
	const char *oui_path;
	const char *const *mmdb_paths;
	size_t mmdb_count;
	bool read_now; /* all of these files at once: later they may be out of reach */
};

struct assets;

/* NULL: `err` says which file and why. `options` may be NULL. */
struct assets *assets_create(const struct assets_options *options, struct error *err);
void assets_destroy(struct assets *assets);

/* Takes a piece of evidence. Returns the device it made new (of two the client), else NULL.
 *
 * When three quarters of the table are full, senders that nobody answered (and ARP claims) make no
 * new devices or conversations any more: a flood of spoofed sources cannot crowd out real ones. */
const struct asset *assets_sighting(struct assets *assets, const struct sighting *sighting);

/* The lists are brought in order; call before looking at them. Changes no device. */
void assets_settle(struct assets *assets);
/* Devices that are new or changed since they were last taken, in address order; NULL at the end.
 * A change is a device, role, attribute, service, unit or MAC: never a counter alone. */
const struct asset *assets_take_changed(struct assets *assets);

/* A MAC finds the IP device it belongs to, where that is known. */
const struct asset *assets_find(const struct assets *assets, const struct bt_addr *addr);
/* Sorted by address; the array belongs to `assets` and lives until the next sighting. */
const struct asset *const *assets_list(struct assets *assets, size_t *count);
/* Sorted by client, server, transport, port, protocol, label; the array lives as long. */
const struct conversation *const *assets_conversations(struct assets *assets, size_t *count);
size_t assets_count(const struct assets *assets); /* of devices, without a list */
uint64_t assets_dropped(const struct assets *assets); /* devices and conversations, at a cap */

/* ---- over a restart ---- */

struct parcel;

/* The next device of which something was learned since it was last taken so; when there is none, during a
 * sweep the next whose counters moved. NULL: none. A sweep is one pass over all devices. */
const struct asset *assets_take_unsaved(struct assets *assets);
void assets_sweep(struct assets *assets);
void assets_save_all(struct assets *assets); /* as if all counters had moved */
/* Likewise two devices, one of which asked the other something it never did; packed at once. */
bool assets_take_unsaved_peers(struct assets *assets, struct bt_addr peers[2], struct parcel *parcel);

/* What assets_unpack_...() needs; without the address, MAC or addresses that are its key. */
void asset_pack(const struct asset *asset, struct parcel *parcel);
bool asset_pack_station(const struct asset *asset, struct parcel *parcel); /* false: it has no MAC */
/* As they were before the restart, changed only where that was not told yet: first all devices, then stations and
 * peers, then assets_unpacked(). False: that is none, or there is no room. */
bool assets_unpack(struct assets *assets, const struct bt_addr *addr, struct parcel *parcel);
bool assets_unpack_station(struct assets *assets, const uint8_t mac[6], struct parcel *parcel);
bool assets_unpack_peers(struct assets *assets, const struct bt_addr peers[2], struct parcel *parcel);
void assets_unpacked(struct assets *assets);

/* "controller (gateway)", "HMI", "engineering station", ... of the bits; "device": there are none. */
void asset_role_text(unsigned roles, char *text, size_t cap);
const char *asset_role_name(unsigned bit); /* "controller", ...; 0 .. ASSET_ROLE_COUNT-1 */
/* "17", or its name. */
void asset_unit_text(const struct asset_unit *unit, char *text, size_t cap);
/* Why it has the role with this bit number: "read and wrote 3 devices by modbus: 1,234 reads, 20
 * writes"; "" when it has not. 120 bytes are enough but for many protocols; longer is cut. */
void asset_role_reason(const struct asset *asset, unsigned bit, char *text, size_t cap);
/* Best short name: device name, model, product, application, how it names itself to servers, else
 * role and address. */
void asset_label(const struct asset *asset, char *text, size_t cap);
/* The current value of what the device said of itself; NULL: never said. */
const char *asset_value(const struct asset *asset, enum bt_identity what);

#endif
