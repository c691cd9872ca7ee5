/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the flow table share with each other and with nobody else.
 */
#ifndef FLOW_INSIDE_H
#define FLOW_INSIDE_H

#include "flow.h"
#include "map.h"
#include "pool.h"

enum {
	WHEEL_SLOTS = 512,
	WHEEL_TICK_BITS = 30, /* a tick is 2^30 ns, a little more than a second */
	SET_BACK_BITS = 32,   /* of the unit of flow->set_back, in ns */
};

struct wheel {
	struct flow *slots[WHEEL_SLOTS];
	uint64_t swept; /* the last tick whose slot has been looked through */
	bool started;
};

/* Flows in the order in which the next victim is looked for. */
struct flow_queue {
	struct flow *head, *tail;
};

struct flow_table {
	struct map map;
	struct pool flows;
	struct stream_pool *streams;
	const uint16_t *hints;
	size_t hint_count;
	void (*on_end)(void *owner, struct flow *flow, enum flow_end why);
	void *owner;
	uint64_t evicted;
	struct flow_queue expendable; /* unanswered, or closed */
	struct flow_queue settled;
	struct wheel wheel;
};

/* age.c: time-outs and the order of eviction */
#define FLOW_TIMEOUT_MIN_NS SECONDS(10)
int64_t flow_timeout(const struct flow *flow);
void flow_age_begin(struct flow_table *table, struct flow *flow);
void flow_age_forget(struct flow_table *table, struct flow *flow);
/* Its state changed: it may have become (un)interesting to the evictor, or due sooner. */
void flow_age_changed(struct flow_table *table, struct flow *flow);
struct flow *flow_age_victim(struct flow_table *table); /* NULL: no flows */

/* When silence began to count. */
static inline int64_t flow_idle_ns(const struct flow *flow)
{
	return (int64_t)((uint64_t)flow->last_ns - ((uint64_t)flow->set_back << SET_BACK_BITS));
}

/* Unsigned arithmetic: times come from files and may be anything. */
static inline bool flow_is_stale(const struct flow *flow, int64_t now_ns)
{
	int64_t silent_ns = elapsed(flow_idle_ns(flow), now_ns);

	return silent_ns >= FLOW_TIMEOUT_MIN_NS && silent_ns >= flow_timeout(flow);
}

/* tcp_state.c */
enum tcp_again {
	TCP_SAME,     /* the packet belongs to the connection there is */
	TCP_NEW,      /* its SYN (or SYN-ACK) opens a new one */
	TCP_NEW_OPEN, /* it follows a SYN that was thought bogus: a new one, its SYN seen */
};
enum tcp_again tcp_begins_again(struct flow *flow, enum bt_dir dir, const struct packet *packet);
void tcp_opened(struct flow *flow, enum bt_dir dir, uint32_t isn);
/* Flags, initial sequence numbers, FLOW_CLOSED. True: the state changed. */
bool tcp_update(struct flow *flow, enum bt_dir dir, const struct packet *packet);
bool tcp_isn(const struct flow *flow, enum bt_dir dir, uint32_t *isn); /* false: unknown */
void tcp_swap_sides(struct flow *flow);

/* sides.c */
bool flow_client_is_source(const struct flow_table *table, const struct packet *packet);
/* An ICMP answer's type -> its request's type; anything else: itself. */
uint8_t icmp_request_type(uint8_t ip_proto, uint8_t type);

/* prints.c: of a packet's payload, keyed; 0 without any. */
uint64_t flow_payload_hash(const struct packet *packet);
/* Of all that a copy of the packet has, too. `reversed`: it goes from the key's second address to the
 * first. */
uint64_t flow_print(const struct packet *packet, uint64_t payload_hash, bool reversed);
/* True: such a packet was seen a moment ago. */
bool flow_seen_before(const struct flow *flow, const struct packet *packet, uint64_t print);
void flow_remember(struct flow *flow, const struct packet *packet, uint64_t print);

#endif
