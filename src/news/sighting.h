/* SPDX-License-Identifier: Apache-2.0
 *
 * News for the inventory: a piece of evidence about a device, or the totals of a conversation. Plain
 * bytes, see finding.h. A known poll is no news: the worker sends each piece once per flow, and the
 * totals when a flow ends. A session that lasts for months is told of once a minute, or nobody would
 * know what its two devices are.
 */
#ifndef NEWS_SIGHTING_H
#define NEWS_SIGHTING_H

#include "bittern/dissector.h"
#include "bittern/flow.h"
#include "limits.h"

enum { /* room for texts, with their NUL */
	SIGHTING_TEXT = 128,
	SIGHTING_STATION = 96,
};

enum sighting_kind {
	SIGHTING_ADDRESS,  /* `who` was seen sending from `mac` (source: "arp", "ip") */
	SIGHTING_IDENTITY, /* `who` (or its unit or station) said `what` = text */
	SIGHTING_UNIT,     /* `who` answered for a unit, or speaks for a station */
	SIGHTING_TRAFFIC,  /* what one flow carried since it was last told of */
};

/* What a flow carried: all of it, or what came since it was told of before. */
struct sighting_traffic {
	struct bt_flow flow;
	bool again; /* not the first word of this flow */
	const char *protocol; /* static: dissector's name; NULL: not ours */
	char label[32];       /* nDPI's name or the port's service where protocol is NULL; "" unknown */
	uint64_t packets[2], bytes[2]; /* by enum bt_dir */
	uint64_t acts[BT_ACT_COUNT];   /* operations by act */
	uint64_t by_server[BT_ACT_COUNT]; /* of these: begun by the flow's server */
	uint64_t refused, unanswered, unsolicited, violations;
	uint64_t programming;          /* operations of BT_ACT_PROGRAM or BT_ACT_CONTROL */
	int64_t first_ns, last_ns;
	uint64_t first_packet, last_packet;
	uint64_t gap_bytes, undecoded_bytes; /* not captured; not understood by `protocol` */
	uint32_t gaps, duplicates;
	bool has_mac;
	uint8_t mac[2][6]; /* client's, server's */
	uint8_t vlan_count;
	uint16_t vlan[VLAN_TAGS_MAX];
};

struct sighting {
	enum sighting_kind kind;
	struct bt_addr who;
	bool has_mac;
	uint8_t mac[6];
	bool answers_arp;     /* ADDRESS: the MAC claimed this address itself by ARP */
	uint8_t vlan_count;
	uint16_t vlan[VLAN_TAGS_MAX];
	uint8_t ttl;          /* ADDRESS from an IP packet: its TTL or hop limit; 0 unknown */
	const char *protocol; /* IDENTITY, UNIT */
	uint32_t unit;        /* or BT_NO_UNIT */
	bool serves;          /* UNIT: `who` is the server of the flow */
	char station[SIGHTING_STATION]; /* IDENTITY, UNIT: its name, printable; "": it goes by `unit` */
	enum bt_identity what;
	char text[SIGHTING_TEXT]; /* printable */
	const char *source;   /* static: "ARP reply", "Modbus 43/14" */
	int64_t time_ns;
	uint64_t packet;
	struct sighting_traffic traffic; /* TRAFFIC only */
};

#endif
