/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of conversations of one shard: bounded, with time-outs in packet time.
 *
 * A flow is keyed by addresses, ports and transport in either order; VLANs and interfaces do not
 * count, so that a packet mirrored before and after a router or switch meets itself and is
 * recognised as a duplicate (flow_track says so; duplicates are counted, not analysed twice).
 *
 * Client and server: whoever sent the SYN; else the side with the hinted or higher port is guessed
 * to be the client until a dissector proves otherwise (flow_swap_sides).
 */
#ifndef FLOW_H
#define FLOW_H

#include "bittern/flow.h"
#include "packet.h"

enum flow_state { /* as Suricata names them */
	FLOW_NEW,         /* one direction only */
	FLOW_ESTABLISHED, /* both directions */
	FLOW_CLOSED,      /* FIN both ways, or RST */
};

enum flow_end {
	FLOW_END_TIMEOUT,
	FLOW_END_CLOSED, /* closed, and quiet since */
	FLOW_END_REUSED, /* a new connection with the same ports began */
	FLOW_END_EVICTED, /* the table was full */
	FLOW_END_FINISHED, /* end of the capture */
};

struct stream;

struct flow {
	struct bt_flow pub; /* what dissectors may see */
	int64_t first_ns, last_ns;
	uint64_t last_packet;
	uint64_t packets[2], bytes[2]; /* by enum bt_dir; bytes on the wire of the frame */
	uint64_t payload_bytes[2];
	uint32_t duplicates;
	uint32_t gaps;         /* TCP: how often bytes were missing */
	uint64_t gap_bytes;
	uint8_t state;         /* enum flow_state */
	uint8_t tcp_flags[2];  /* all flags seen, by direction */
	uint8_t alerted;
	uint8_t vlan_count;
	uint16_t vlan[VLAN_TAGS_MAX];   /* of the first packet */
	uint8_t mac[2][6];              /* [BT_TO_SERVER] = client's, [BT_TO_CLIENT] = server's */
	bool has_mac;
	struct stream *stream; /* TCP with payload; owned by the flow table */
	void *app;             /* owned by whoever set it; freed in its on_end */

	/* private to flow.c from here */
	struct flow *older, *newer; /* or whatever flow.c needs */
	uint64_t hash;
	uint64_t prints[4];   /* fingerprints of the last packets, for duplicates */
	int64_t print_ns[4];
	uint32_t wheel_slot;
	uint8_t print_next;
};

struct flow_table;

/* `on_end` is called for every flow before it is freed, whatever the reason; a flow that a dissector
 * still uses is never freed inside flow_track() except through it. */
struct flow_table *flow_table_create(size_t max_flows, void (*on_end)(void *owner, struct flow *flow,
								   enum flow_end why),
				     void *owner);
void flow_table_destroy(struct flow_table *table); /* frees without calling on_end: flush first */

/* Ports that are somebody's server port (a dissector's hint): sorted, ends with 0. Shared, static. */
void flow_hint_ports(struct flow_table *table, const uint16_t *ports, size_t count);

struct flow_sight {
	enum bt_dir dir;
	bool is_new;    /* this packet made the flow */
	bool duplicate; /* seen before: counted in flow->duplicates, go no further */
};

/* The packet's flow, made when need be; NULL for PACKET_NONE (and only then, or without memory).
 * Counts the packet. A full table evicts the flow that was silent longest, half-open ones first. */
struct flow *flow_track(struct flow_table *table, const struct packet *packet,
			struct flow_sight *sight);
void flow_swap_sides(struct flow *flow);

/* Flows whose time is up at `now_ns`, at most `cap`, in any order; the caller ends each with
 * flow_end() (in the order of their ids, over all shards of a worker). Call again until 0. */
size_t flow_due(struct flow_table *table, int64_t now_ns, struct flow **due, size_t cap);
void flow_end(struct flow_table *table, struct flow *flow, enum flow_end why);
size_t flow_all(struct flow_table *table, struct flow **flows, size_t cap); /* for the last flush */
size_t flow_count(const struct flow_table *table);
uint64_t flow_evicted(const struct flow_table *table);
struct stream_pool *flow_streams(struct flow_table *table);

/* Community ID v1 (https://github.com/corelight/community-id-spec), e.g. "1:...=". Empty text for
 * flows without IP. */
enum { FLOW_COMMUNITY_ID = 32 };
void flow_community_id(const struct bt_flow *flow, char text[FLOW_COMMUNITY_ID]);
const char *flow_state_name(enum flow_state state); /* "new", "established", "closed" */
const char *flow_end_name(enum flow_end why);       /* "timeout", "closed", ... */

#endif
