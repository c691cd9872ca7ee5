/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of conversations of one shard: bounded, with time-outs in packet time.
 *
 * A flow is keyed by addresses, ports and transport in either order; VLANs and interfaces do not
 * count, so that a packet mirrored before and after a router or switch meets itself and is
 * recognised as a duplicate (flow_track says so; duplicates are counted, not analysed twice).
 *
 * Client and server: whoever sent the SYN is the client. Without a handshake the side with the
 * hinted, the well-known or the lower port is guessed to be the server, until a dissector proves
 * otherwise (flow_swap_sides).
 *
 * Nothing here depends on the hash's secret, on addresses in memory or on how often flow_due() is
 * called: a flow that was silent for too long ends when its next packet comes, if not before.
 */
#ifndef FLOW_H
#define FLOW_H

#include "bittern/flow.h"
#include "packet.h"
#include "pair.h"

/* From one packet time to another. Both come from files and may be anything: unsigned arithmetic. */
static inline int64_t elapsed(int64_t from_ns, int64_t to_ns)
{
	return (int64_t)((uint64_t)to_ns - (uint64_t)from_ns);
}

enum flow_state { /* as Suricata names them */
	FLOW_NEW,         /* one direction only */
	FLOW_ESTABLISHED, /* both directions */
	FLOW_CLOSED,      /* FIN both ways, or RST */
};

enum flow_end {
	FLOW_END_TIMEOUT,
	FLOW_END_CLOSED,   /* closed, and quiet since */
	FLOW_END_REUSED,   /* a new connection with the same ports began */
	FLOW_END_EVICTED,  /* the table was full */
	FLOW_END_FINISHED, /* end of the capture */
};

enum {
	FLOW_PRINTS = 4, /* packets remembered to recognise duplicates */
};

struct stream;

/* There may be millions: four cache lines, of which a packet touches the first three. Sides: by enum bt_dir. */
struct flow {
	struct bt_flow pub;    /* what dissectors may see; its head is the table's key */
	struct stream *stream; /* TCP with payload; owned by the flow table */

	int64_t last_ns;
	uint64_t last_packet;
	uint64_t packets[2], bytes[2]; /* bytes on the wire of the frame */
	void *app; /* owned by whoever set it; freed in its on_end */

	/* private to src/flow */
	uint32_t hash;
	uint32_t set_back; /* the clock was, since last_ns: silence counts from so much before; 2^32 ns each */
	uint32_t prints[FLOW_PRINTS];  /* fingerprints of the last packets */
	uint32_t print_us[FLOW_PRINTS];
	uint8_t prints_high[FLOW_PRINTS]; /* eight more bits of each */
	uint8_t print_next : 2;
	bool reversed : 1;    /* the client is the second address of the key */
	bool settled : 1;     /* not among those that are evicted first */
	bool spoke : 1;       /* since it was queued for eviction */
	bool syn_pending : 1; /* pending_isn is of a SYN that nobody answered yet */

	bool has_payload : 1; /* some packet had */
	bool alerted : 1;
	uint8_t state : 2; /* enum flow_state */
	bool has_mac : 1;
	uint8_t vlan_count : 2;
	uint8_t tcp_flags[2]; /* all flags seen, by direction */
	uint8_t tcp_bits;     /* private: what is known of the handshake: tcp_state.c */
	uint16_t vlan[VLAN_TAGS_MAX]; /* of the first packet */

	/* now and then */
	uint32_t gaps; /* TCP: how often bytes were missing */
	uint32_t duplicates;
	uint64_t gap_bytes;
	int64_t first_ns;
	uint8_t mac[2][6]; /* [BT_TO_SERVER] = client's, [BT_TO_CLIENT] = server's */

	/* private to src/flow from here */
	uint32_t isn[2]; /* sequence number of each side's SYN */
	uint32_t pending_isn;
	struct flow *slot_next, **slot_link;    /* time-outs; what points to it */
	struct flow *queue_next, *queue_prev;   /* order of eviction */
};

struct flow_table;
struct stream_pool;

/* `on_end` is called for every flow before it is freed, whatever the reason; a flow that a dissector
 * still uses is never freed inside flow_track() except through it. It must not call flow_track() or
 * flow_end(). */
struct flow_table *flow_table_create(size_t max_flows, void (*on_end)(void *owner, struct flow *flow,
								      enum flow_end why),
				     void *owner);
void flow_table_destroy(struct flow_table *table); /* frees without calling on_end: flush first */

/* Ports that are somebody's server port (a dissector's hint): sorted, ends with 0. Shared, static. */
void flow_hint_ports(struct flow_table *table, const uint16_t *ports, size_t count);

/* What a packet's flow is found by: views of the packet. */
struct flow_search {
	const struct bt_addr *ends[2]; /* in a fixed order */
	uint64_t hash;
	struct flow *peeked; /* what flow_peek() found; may have ended since, and be another flow */
	/* The flow's two numbers (ports; of ICMP and link what stands in their place), client's below
	 * the server's, if the first end is the client, and if the second is. */
	uint32_t numbers[2];
	uint8_t ip_proto, transport;
	bool from_second; /* the packet's source is the second end */
};

/* False: a packet of which nothing can be followed. */
static inline bool flow_has(const struct packet *packet)
{
	return packet->kind != PACKET_NONE;
}

/* Of a packet that flow_has() one. `pair`: of its addresses. */
void flow_search(const struct packet *packet, const struct pair *pair, struct flow_search *search);
/* Ahead of flow_found(), some packets apart: tells the processor where the flow is found, and, once
 * that has come, keeps in search->peeked what flow is probably there (NULL: none is, so far). */
void flow_prefetch(const struct flow_table *table, const struct flow_search *search);
void flow_peek(const struct flow_table *table, struct flow_search *search);

struct flow_sight {
	enum bt_dir dir;
	bool is_new;    /* this packet made the flow */
	bool duplicate; /* seen before: counted in flow->duplicates, go no further */
};

/* The packet's flow, made when need be; NULL for PACKET_NONE (and only then, or without memory).
 * Counts the packet. A full table evicts: first what was never answered or is closed, then by age,
 * sparing whatever spoke since it was last looked at (second chance). */
struct flow *flow_track(struct flow_table *table, const struct packet *packet,
			struct flow_sight *sight);
/* The same for one that was searched for by flow_search(). */
struct flow *flow_found(struct flow_table *table, const struct packet *packet,
			const struct flow_search *search, struct flow_sight *sight);
void flow_swap_sides(struct flow *flow);

/* Flows whose time is up at `now_ns`, at most `cap`, in any order; the caller ends each with
 * flow_end() (in the order of their ids, over all shards of a worker). Call again until 0. Up to two
 * seconds late, which changes no result: see above. */
size_t flow_due(struct flow_table *table, int64_t now_ns, struct flow **due, size_t cap);
/* FLOW_END_TIMEOUT on a closed flow is told as FLOW_END_CLOSED. */
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
