/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow table: finding a packet's flow with one probe, and counting the packet.
 *
 * The key is the head of struct bt_flow itself. For the hash the two ends are put in a fixed order;
 * a flow remembers whether its client is the second of them (`reversed`), which gives the direction
 * of a packet without comparing addresses again.
 */
#include "flow.h"

#include <assert.h>
#include <stdlib.h>

#include "hash.h"
#include "inside.h"
#include "stream.h"

struct flow_key { /* as the first 40 bytes of struct bt_flow */
	struct bt_addr client, server;
	uint16_t client_port, server_port;
	uint8_t ip_proto, transport;
};

enum {
	KEY_WORDS = sizeof(struct flow_key) / sizeof(uint64_t),
};

_Static_assert(sizeof(struct flow_key) == 40, "no padding: it is hashed as it is");
_Static_assert(offsetof(struct bt_flow, server) == offsetof(struct flow_key, server) &&
		       offsetof(struct bt_flow, client_port) ==
			       offsetof(struct flow_key, client_port) &&
		       offsetof(struct bt_flow, transport) == offsetof(struct flow_key, transport),
	       "the key is the head of struct bt_flow");
_Static_assert(offsetof(struct flow, last_ns) == 64 && offsetof(struct flow, prints) == 128 &&
		       offsetof(struct flow, first_ns) == 192,
	       "what every packet touches is three cache lines");

/* The key twice: its ends in the table's order, and the other way round. */
struct flow_keys {
	struct flow_key way[2];
	bool from_second; /* the packet's source is the second end */
};

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

/* Any order will do as long as it is always the same. */
static int order(const struct bt_addr *a, const struct bt_addr *b)
{
	uint64_t words[2][2];

	memcpy(words[0], a->bytes, sizeof(words[0]));
	memcpy(words[1], b->bytes, sizeof(words[1]));
	if (words[0][0] != words[1][0])
		return words[0][0] < words[1][0] ? -1 : 1;
	return words[0][1] == words[1][1] ? 0 : words[0][1] < words[1][1] ? -1 : 1;
}

static void make_keys(struct flow_keys *keys, const struct packet *packet)
{
	bool link = packet->kind == PACKET_LINK || packet->kind == PACKET_ARP;
	bool ports = packet->kind == PACKET_TCP || packet->kind == PACKET_UDP;
	struct flow_key forth = {
		.client = packet->src,
		.server = packet->dst,
		.client_port = packet->src_port,
		.server_port = packet->dst_port,
		.ip_proto = packet->ip_proto,
		.transport = (uint8_t)transport_of(packet),
	};
	struct flow_key back;
	int ends = order(&packet->src, &packet->dst);

	if (!ports) {
		forth.client_port = 0;
		forth.server_port = 0;
	}
	if (link) {
		forth.ip_proto = 0;
		forth.server_port = packet->ethertype;
	} else if (packet->kind == PACKET_ICMP) {
		forth.client_port =
			icmp_request_type(packet->ip_proto, (uint8_t)packet->src_port);
		forth.server_port = packet->dst_port;
	}
	back = forth;
	back.client = forth.server;
	back.server = forth.client;
	if (ports) {
		back.client_port = forth.server_port;
		back.server_port = forth.client_port;
	}
	keys->from_second = ends > 0 || (ends == 0 && ports && packet->src_port > packet->dst_port);
	keys->way[keys->from_second] = forth;
	keys->way[!keys->from_second] = back;
}

static bool same_flow(const void *item, const void *key)
{
	const struct flow *flow = item;
	const struct flow_keys *keys = key;
	uint64_t a[KEY_WORDS], b[KEY_WORDS], differ = 0;

	memcpy(a, &flow->pub, sizeof(a));
	memcpy(b, &keys->way[flow->reversed], sizeof(b));
	for (unsigned i = 0; i < KEY_WORDS; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
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

static void fill_new(struct flow_table *table, struct flow *flow, const struct flow_keys *keys,
		     const struct packet *packet, bool from_client)
{
	bool tcp = packet->kind == PACKET_TCP;
	bool proven = tcp && packet->tcp_flags & TCP_SYN;
	const uint8_t *macs[2] = {packet->mac_src, packet->mac_dst};

	flow->reversed = keys->from_second == from_client;
	memcpy(&flow->pub, &keys->way[flow->reversed], sizeof(struct flow_key));
	flow->pub.id = packet->frame->number;
	flow->pub.server_proven = proven;
	flow->pub.seen = BT_SEEN_ONE_WAY | (tcp && !proven ? BT_SEEN_MIDSTREAM : 0);
	flow->first_ns = packet->frame->time_ns;
	flow->last_ns = packet->frame->time_ns;
	flow->has_mac = packet->has_mac;
	memcpy(flow->mac[BT_TO_SERVER], macs[!from_client], sizeof(flow->mac[0]));
	memcpy(flow->mac[BT_TO_CLIENT], macs[from_client], sizeof(flow->mac[0]));
	flow->vlan_count = packet->vlan_count;
	memcpy(flow->vlan, packet->vlan, sizeof(flow->vlan));
}

static struct flow *begin(struct flow_table *table, const struct flow_keys *keys, uint64_t hash,
			  const struct packet *packet, bool from_client)
{
	struct flow *flow;

	if (table->flows.used == table->flows.cap)
		make_room(table, packet->frame->time_ns);
	flow = pool_get(&table->flows);
	if (!flow)
		return NULL;
	fill_new(table, flow, keys, packet, from_client);
	flow->hash = hash;
	flow->idle_ns = packet->frame->time_ns;
	flow->last_packet = packet->frame->number;
	if (!map_insert(&table->map, hash, flow)) {
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

static enum bt_dir direction(const struct flow *flow, const struct flow_keys *keys)
{
	return keys->from_second == flow->reversed ? BT_TO_SERVER : BT_TO_CLIENT;
}

struct flow *flow_track(struct flow_table *table, const struct packet *packet,
			struct flow_sight *sight)
{
	enum tcp_again again = TCP_SAME;
	struct flow_keys keys;
	struct flow *flow;
	uint64_t hash;

	*sight = (struct flow_sight){0};
	if (packet->kind == PACKET_NONE)
		return NULL;
	make_keys(&keys, packet);
	hash = hash_keyed(&keys.way[0], sizeof(keys.way[0]));
	flow = map_find(&table->map, hash, same_flow, &keys);
	if (flow && flow_is_stale(flow, packet->frame->time_ns)) {
		flow_end(table, flow, FLOW_END_TIMEOUT);
		flow = NULL;
	}
	if (flow) {
		sight->dir = direction(flow, &keys);
		if (flow_seen_before(flow, packet, keys.from_second)) {
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
	flow = begin(table, &keys, hash, packet,
		     again == TCP_NEW_OPEN || flow_client_is_source(table, packet));
	if (!flow)
		return NULL;
	sight->is_new = true;
	sight->dir = direction(flow, &keys);
	flow_seen_before(flow, packet, keys.from_second);
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
	uint8_t keep[sizeof(struct bt_addr)];

	assert(size <= sizeof(keep));
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
