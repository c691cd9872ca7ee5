/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow table: finding a packet's flow with one probe, and counting the packet.
 *
 * For the hash the two ends of a packet are put in a fixed order. A flow remembers whether its client
 * is the second of them (`reversed`), which gives a packet's direction without looking at addresses.
 */
#include "flow.h"

#include <stdlib.h>

#include "hash.h"
#include "inside.h"
#include "stream.h"

_Static_assert(offsetof(struct flow, last_ns) == 64 && offsetof(struct flow, prints) == 128 &&
		       offsetof(struct flow, first_ns) == 192,
	       "what every packet touches is three cache lines");

static enum bt_transport transport_of(const struct packet *packet)
{
	switch (packet->kind) {
	case PACKET_TCP: return BT_OVER_TCP;
	case PACKET_UDP: return BT_OVER_UDP;
	case PACKET_ICMP: return BT_OVER_ICMP;
	case PACKET_IP: return BT_OVER_IP;
	default: return BT_OVER_LINK;
	}
}

static uint64_t word(const struct bt_addr *addr, unsigned index)
{
	uint64_t value;

	memcpy(&value, addr->bytes + (size_t)index * 8, sizeof(value));
	return value;
}

/* Any order of the ends will do as long as it is always the same. */
static bool comes_second(const struct packet *packet, bool ports)
{
	uint64_t src = word(&packet->src, 0), dst = word(&packet->dst, 0);

	if (src != dst)
		return src > dst;
	src = word(&packet->src, 1);
	dst = word(&packet->dst, 1);
	if (src != dst)
		return src > dst;
	return ports && packet->src_port > packet->dst_port;
}

/* The two numbers of a flow whose ends have none: they do not change places. */
static void name_flow(struct flow_search *search, const struct packet *packet)
{
	if (search->transport == BT_OVER_ICMP) {
		search->ports[0] = icmp_request_type(packet->ip_proto, (uint8_t)packet->src_port);
		search->ports[1] = packet->dst_port;
	} else if (search->transport == BT_OVER_LINK) {
		search->ports[1] = packet->ethertype;
		search->ip_proto = 0;
	}
}

/* Word by word from the members: to read as one word what was just written in pieces would stall. */
static uint64_t hash_of(const struct flow_search *search)
{
	const uint64_t words[] = {
		search->ends[0][0], search->ends[0][1], search->ends[1][0], search->ends[1][1],
		search->ports[0] | (uint64_t)search->ports[1] << 16 |
			(uint64_t)search->families[0] << 32 | (uint64_t)search->families[1] << 40 |
			(uint64_t)search->ip_proto << 48 | (uint64_t)search->transport << 56,
	};

	return hash_words(words, sizeof(words) / sizeof(words[0]));
}

void flow_search(const struct packet *packet, struct flow_search *search)
{
	bool ports = packet->kind == PACKET_TCP || packet->kind == PACKET_UDP;
	bool second = comes_second(packet, ports);
	const struct bt_addr *ends[2] = {second ? &packet->dst : &packet->src,
					 second ? &packet->src : &packet->dst};

	*search = (struct flow_search){
		.ends = {{word(ends[0], 0), word(ends[0], 1)}, {word(ends[1], 0), word(ends[1], 1)}},
		.families = {ends[0]->family, ends[1]->family},
		.ip_proto = packet->ip_proto,
		.transport = (uint8_t)transport_of(packet),
		.from_second = second,
		.ends_have_ports = ports,
	};
	if (ports) {
		search->ports[0] = second ? packet->dst_port : packet->src_port;
		search->ports[1] = second ? packet->src_port : packet->dst_port;
	} else {
		name_flow(search, packet);
	}
	search->hash = hash_of(search);
}

void flow_prefetch(const struct flow_table *table, const struct flow_search *search)
{
	map_prefetch(&table->map, search->hash);
}

void flow_peek(const struct flow_table *table, struct flow_search *search)
{
	search->peeked = map_peek(&table->map, search->hash);
}

static bool same_flow(const void *item, const void *sought)
{
	const struct flow *flow = item;
	const struct bt_flow *pub = &flow->pub;
	const struct flow_search *key = sought;
	bool client = flow->reversed, server = !client;
	bool client_port = client & key->ends_have_ports, server_port = !client_port;

	return ((word(&pub->client, 0) ^ key->ends[client][0]) |
		(word(&pub->client, 1) ^ key->ends[client][1]) |
		(word(&pub->server, 0) ^ key->ends[server][0]) |
		(word(&pub->server, 1) ^ key->ends[server][1])) == 0 &&
	       ((pub->client_port ^ key->ports[client_port]) |
		(pub->server_port ^ key->ports[server_port]) |
		(pub->client.family ^ key->families[client]) |
		(pub->server.family ^ key->families[server]) | (pub->ip_proto ^ key->ip_proto) |
		(pub->transport ^ key->transport)) == 0;
}

struct flow_table *flow_table_create(size_t max_flows, void (*on_end)(void *owner, struct flow *flow,
								      enum flow_end why),
				     void *owner)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->streams = stream_pool_create(STREAM_SHARD_BYTES_MAX);
	if (!table->streams) {
		free(table);
		return NULL;
	}
	pool_init(&table->flows, sizeof(struct flow), max_flows ? max_flows : 1);
	table->on_end = on_end;
	table->owner = owner;
	return table;
}

void flow_table_destroy(struct flow_table *table)
{
	struct flow *flow;
	size_t at = 0;

	if (!table)
		return;
	while ((flow = map_next(&table->map, &at)))
		stream_destroy(table->streams, flow);
	stream_pool_destroy(table->streams);
	map_finish(&table->map);
	pool_finish(&table->flows);
	free(table);
}

void flow_hint_ports(struct flow_table *table, const uint16_t *ports, size_t count)
{
	table->hints = ports;
	table->hint_count = count;
}

void flow_end(struct flow_table *table, struct flow *flow, enum flow_end why)
{
	if (why == FLOW_END_TIMEOUT && flow->state == FLOW_CLOSED)
		why = FLOW_END_CLOSED;
	if (table->on_end)
		table->on_end(table->owner, flow, why);
	stream_destroy(table->streams, flow);
	flow_age_forget(table, flow);
	map_remove(&table->map, flow->hash, flow);
	flow->hash = ~flow->hash; /* nobody who peeked takes it for what it was */
	pool_put(&table->flows, flow);
}

static void make_room(struct flow_table *table, int64_t now_ns)
{
	struct flow *victim = flow_age_victim(table);
	bool stale;

	if (!victim)
		return;
	stale = flow_is_stale(victim, now_ns);
	table->evicted += !stale;
	flow_end(table, victim, stale ? FLOW_END_TIMEOUT : FLOW_END_EVICTED);
}

static void fill_new(struct flow *flow, const struct flow_search *search, const struct packet *packet,
		     bool from_client)
{
	const struct bt_addr *ends[2] = {&packet->src, &packet->dst};
	const uint8_t *macs[2] = {packet->mac_src, packet->mac_dst};
	bool tcp = packet->kind == PACKET_TCP;
	bool proven = tcp && packet->tcp_flags & TCP_SYN, client_port;

	flow->reversed = search->from_second == from_client;
	client_port = flow->reversed & search->ends_have_ports;
	flow->pub = (struct bt_flow){
		.client = *ends[!from_client],
		.server = *ends[from_client],
		.client_port = search->ports[client_port],
		.server_port = search->ports[!client_port],
		.ip_proto = search->ip_proto,
		.transport = search->transport,
		.seen = (uint8_t)(BT_SEEN_ONE_WAY | (tcp && !proven ? BT_SEEN_MIDSTREAM : 0)),
		.server_proven = proven,
		.id = packet->frame->number,
	};
	flow->first_ns = packet->frame->time_ns;
	flow->has_mac = packet->has_mac;
	memcpy(flow->mac[BT_TO_SERVER], macs[!from_client], sizeof(flow->mac[0]));
	memcpy(flow->mac[BT_TO_CLIENT], macs[from_client], sizeof(flow->mac[0]));
	flow->vlan_count = packet->vlan_count;
	memcpy(flow->vlan, packet->vlan, sizeof(flow->vlan));
}

static struct flow *begin(struct flow_table *table, const struct flow_search *search,
			  const struct packet *packet, bool from_client)
{
	struct flow *flow;

	if (table->flows.used == table->flows.cap)
		make_room(table, packet->frame->time_ns);
	flow = pool_get(&table->flows);
	if (!flow)
		return NULL;
	fill_new(flow, search, packet, from_client);
	flow->hash = search->hash;
	flow->idle_ns = packet->frame->time_ns;
	flow->last_packet = packet->frame->number;
	if (!map_insert(&table->map, search->hash, flow)) {
		pool_put(&table->flows, flow);
		return NULL;
	}
	flow_age_begin(table, flow);
	return flow;
}

/* Counts the packet; state and age follow from it. */
static void count(struct flow_table *table, struct flow *flow, enum bt_dir dir,
		  const struct packet *packet)
{
	bool changed = false;

	flow->last_ns = packet->frame->time_ns;
	flow->idle_ns = packet->frame->time_ns;
	flow->last_packet = packet->frame->number;
	flow->packets[dir]++;
	flow->bytes[dir] += packet->frame->wire;
	flow->payload_bytes[dir] += packet->payload_wire;
	if (packet->cut)
		flow->pub.seen |= BT_SEEN_CUT;
	if (flow->pub.seen & BT_SEEN_ONE_WAY && flow->packets[bt_reverse(dir)]) {
		flow->pub.seen &= (uint8_t)~BT_SEEN_ONE_WAY;
		flow->state = flow->state == FLOW_NEW ? FLOW_ESTABLISHED : flow->state;
		changed = true;
	}
	if (packet->kind == PACKET_TCP)
		changed |= tcp_update(flow, dir, packet);
	if (changed || !flow->settled)
		flow_age_changed(table, flow);
}

static enum bt_dir direction(const struct flow *flow, const struct flow_search *search)
{
	return search->from_second == flow->reversed ? BT_TO_SERVER : BT_TO_CLIENT;
}

struct flow *flow_track(struct flow_table *table, const struct packet *packet,
			struct flow_sight *sight)
{
	struct flow_search search;

	*sight = (struct flow_sight){0};
	if (!flow_has(packet))
		return NULL;
	flow_search(packet, &search);
	return flow_found(table, packet, &search, sight);
}

static struct flow *find(const struct flow_table *table, const struct flow_search *search)
{
	struct flow *flow = search->peeked;

	if (flow && flow->hash == search->hash && same_flow(flow, search))
		return flow;
	return map_find(&table->map, search->hash, same_flow, search);
}

struct flow *flow_found(struct flow_table *table, const struct packet *packet,
			const struct flow_search *search, struct flow_sight *sight)
{
	struct flow *flow = find(table, search);
	enum tcp_again again = TCP_SAME;

	*sight = (struct flow_sight){0};
	if (flow && flow_is_stale(flow, packet->frame->time_ns)) {
		flow_end(table, flow, FLOW_END_TIMEOUT);
		flow = NULL;
	}
	if (flow) {
		sight->dir = direction(flow, search);
		if (flow_seen_before(flow, packet, search->from_second)) {
			sight->duplicate = true;
			flow->duplicates++;
			return flow;
		}
		if (packet->kind == PACKET_TCP && (packet->tcp_flags & TCP_SYN || flow->syn_pending))
			again = tcp_begins_again(flow, sight->dir, packet);
		if (again == TCP_SAME) {
			count(table, flow, sight->dir, packet);
			return flow;
		}
		flow_end(table, flow, FLOW_END_REUSED);
	}
	flow = begin(table, search, packet,
		     again == TCP_NEW_OPEN || flow_client_is_source(table, packet));
	if (!flow)
		return NULL;
	sight->is_new = true;
	sight->dir = direction(flow, search);
	flow_seen_before(flow, packet, search->from_second);
	if (again == TCP_NEW_OPEN) {
		tcp_opened(flow, sight->dir, packet->tcp_seq - 1);
		flow->pub.seen &= (uint8_t)~BT_SEEN_MIDSTREAM;
		flow->pub.server_proven = true;
	}
	count(table, flow, sight->dir, packet);
	return flow;
}

size_t flow_all(struct flow_table *table, struct flow **flows, size_t cap)
{
	const struct flow_queue *queues[] = {&table->expendable, &table->settled};
	size_t found = 0;

	for (size_t i = 0; i < 2; i++) {
		for (struct flow *flow = queues[i]->head; flow && found < cap;
		     flow = flow->queue_next)
			flows[found++] = flow;
	}
	return found;
}

size_t flow_count(const struct flow_table *table)
{
	return table->map.count;
}

uint64_t flow_evicted(const struct flow_table *table)
{
	return table->evicted;
}

struct stream_pool *flow_streams(struct flow_table *table)
{
	return table->streams;
}

static void swap_bytes(void *a, void *b, size_t size)
{
	uint8_t keep[sizeof(struct bt_addr)]; /* the largest there is */

	memcpy(keep, a, size);
	memcpy(a, b, size);
	memcpy(b, keep, size);
}

/* Exchanges the two members of a per-direction array. */
#define SWAP_PAIR(pair) swap_bytes(&(pair)[0], &(pair)[1], sizeof((pair)[0]))

void flow_swap_sides(struct flow *flow)
{
	struct bt_flow *pub = &flow->pub;

	swap_bytes(&pub->client, &pub->server, sizeof(pub->client));
	if (pub->transport == BT_OVER_TCP || pub->transport == BT_OVER_UDP)
		swap_bytes(&pub->client_port, &pub->server_port, sizeof(pub->client_port));
	flow->reversed = !flow->reversed;
	SWAP_PAIR(flow->packets);
	SWAP_PAIR(flow->bytes);
	SWAP_PAIR(flow->payload_bytes);
	SWAP_PAIR(flow->tcp_flags);
	SWAP_PAIR(flow->mac);
	tcp_swap_sides(flow);
	stream_swap_sides(flow->stream);
}

const char *flow_state_name(enum flow_state state)
{
	static const char *const names[] = {
		[FLOW_NEW] = "new", [FLOW_ESTABLISHED] = "established", [FLOW_CLOSED] = "closed"};

	return names[state];
}

const char *flow_end_name(enum flow_end why)
{
	static const char *const names[] = {
		[FLOW_END_TIMEOUT] = "timeout", [FLOW_END_CLOSED] = "closed",
		[FLOW_END_REUSED] = "reused",	[FLOW_END_EVICTED] = "evicted",
		[FLOW_END_FINISHED] = "finished",
	};

	return names[why];
}
