/* SPDX-License-Identifier: Apache-2.0
 *
 * Who talks to whom: what a dissector may know of the conversation its message came from.
 */
#ifndef BITTERN_FLOW_H
#define BITTERN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

enum bt_family {
	BT_ADDR_NONE,
	BT_ADDR_MAC,  /* bytes[0..5] */
	BT_ADDR_IPV4, /* bytes[0..3], network order */
	BT_ADDR_IPV6, /* bytes[0..15] */
};

/* Unused bytes are zero, so that two addresses are the same when memcmp says so. */
struct bt_addr {
	uint8_t family; /* enum bt_family */
	uint8_t bytes[16];
};

enum bt_dir {
	BT_TO_SERVER,
	BT_TO_CLIENT,
};

static inline enum bt_dir bt_reverse(enum bt_dir dir)
{
	return dir == BT_TO_SERVER ? BT_TO_CLIENT : BT_TO_SERVER;
}

/* How completely a flow was seen. No alarm may be built on bytes that were never seen. */
enum bt_seen {
	BT_SEEN_MIDSTREAM = 1 << 0, /* its beginning was not captured */
	BT_SEEN_GAP = 1 << 1,       /* bytes in the middle were never captured */
	BT_SEEN_ONE_WAY = 1 << 2,   /* only one direction has been captured so far */
	BT_SEEN_CUT = 1 << 3,       /* frames were cut by the capture's snap length */
};

enum bt_transport {
	BT_OVER_LINK, /* no IP: addresses are MACs, server_port is the EtherType */
	BT_OVER_TCP,
	BT_OVER_UDP,
	BT_OVER_ICMP, /* v4 or v6; client_port = type, server_port = code */
	BT_OVER_IP,   /* any other IP protocol, number in ip_proto */
};

struct bt_flow {
	struct bt_addr client, server;
	uint16_t client_port, server_port;
	uint8_t ip_proto;
	uint8_t transport;  /* enum bt_transport */
	uint8_t seen;       /* bits of enum bt_seen; 0 = seen whole so far */
	bool server_proven; /* the server side was proved by a handshake or by content, not guessed */
	uint64_t id;        /* number of its first packet: unique, the same for any worker count */
};

#endif
