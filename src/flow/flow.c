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

_Static_assert(sizeof(struct flow) == 256 && offsetof(struct flow, last_ns) == 64 &&
		       offsetof(struct flow, prints) == 128 && offsetof(struct flow, gaps) <= 192,
	       "four cache lines, of which every packet touches three");

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

/* Of ends whose numbers are equal. Any order will do as long as it is always the same. */
static bool comes_second(const struct packet *packet, bool ports)
{
	int order = memcmp(packet->src.bytes, packet->dst.bytes, sizeof(packet->src.bytes));

	return order ? order > 0 : ports && packet->src_port > packet->dst_port;
}

/* The two numbers of a flow, as one. */
static uint32_t two_numbers(uint16_t client, uint16_t server)
{
	return client | (uint32_t)server << 16;
}

/* Of a flow whose ends have no ports: they do not change places. */
static uint32_t name_of(const struct flow_search *search, const struct packet *packet)
{
	if (search->transport == BT_OVER_LINK)
		return two_numbers(0, packet->ethertype);
	if (search->transport == BT_OVER_ICMP)
		return two_numbers(icmp_request_type(packet->ip_proto, (uint8_t)packet->src_port),
				   packet->dst_port);
	return 0;
}

/* Keyed all through: numbers of a pair that an enemy made equal are told apart by the addresses. */
static uint64_t hash_of(const struct flow_search *search, const struct pair *pair)
{
	const struct bt_addr *const *ends = search->ends;
	uint64_t hash = hash_add(hash_begin(), pair->low, pair->high);

	if (ends[0]->family == BT_ADDR_IPV6) {
		hash = hash_add(hash, word(ends[0], 0), word(ends[0], 1));
		hash = hash_add(hash, word(ends[1], 0), word(ends[1], 1));
	}
	return hash_end(hash, search->numbers[0] | (uint64_t)search->ip_proto << 32 |
				      (uint64_t)search->transport << 40);
}

void flow_search(const struct packet *packet, const struct pair *pair, struct flow_search *search)
{
	const struct bt_addr *src = &packet->src, *dst = &packet->dst;
	bool ports = packet->kind == PACKET_TCP || packet->kind == PACKET_UDP;
	bool second = pair->low == pair->high ? comes_second(packet, ports) : pair->from_high;
	uint32_t numbers, turned;

	search->transport = (uint8_t)transport_of(packet);
	search->ip_proto = search->transport == BT_OVER_LINK ? 0 : packet->ip_proto;
	search->ends[0] = second ? dst : src;
	search->ends[1] = second ? src : dst;
	search->from_second = second;
	if (ports) {
		numbers = two_numbers(packet->src_port, packet->dst_port);
		turned = numbers << 16 | numbers >> 16;
	} else {
		numbers = turned = name_of(search, packet);
	}
	search->numbers[0] = second ? turned : numbers;
	search->numbers[1] = second ? numbers : turned;
	search->hash = hash_of(search, pair);
	search->peeked = NULL;
}

void flow_prefetch(const struct flow_table *table, const struct flow_search *search)
{
	map_prefetch(&table->map, search->hash);
}

void flow_peek(const struct flow_table *table, struct flow_search *search)
{
	search->peeked = map_peek(&table->map, search->hash);
}

/* The family and the first bytes: of any but IPv6 that is all. */
static uint64_t head(const struct bt_addr *addr)
{
	uint64_t value;

	memcpy(&value, addr, sizeof(value));
	return value;
}

static bool same_tail(const struct bt_addr *a, const struct bt_addr *b)
{
	return a->family != BT_ADDR_IPV6 || memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool is_sought(const struct flow *flow, const struct flow_search *search)
{
	const struct bt_flow *pub = &flow->pub;
	const struct bt_addr *client = search->ends[flow->reversed];
	const struct bt_addr *server = search->ends[!flow->reversed];

	return ((head(&pub->client) ^ head(client)) | (head(&pub->server) ^ head(server)) |
		(two_numbers(pub->client_port, pub->server_port) ^ search->numbers[flow->reversed]) |
		(pub->ip_proto ^ search->ip_proto) | (pub->transport ^ search->transport)) == 0 &&
	       same_tail(&pub->client, client) && same_tail(&pub->server, server);
}

static bool same_flow(const void *flow, const void *search)
{
	return is_sought(flow, search);
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
	flow->pub.transport = UINT8_MAX; /* nobody who peeked takes it for what it was */
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
	bool proven = tcp && packet->tcp_flags & TCP_SYN;

	flow->reversed = search->from_second == from_client;
	flow->pub = (struct bt_flow){
		.client = *ends[!from_client],
		.server = *ends[from_client],
		.client_port = (uint16_t)search->numbers[flow->reversed],
		.server_port = (uint16_t)(search->numbers[flow->reversed] >> 16),
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
	flow->hash = (uint32_t)search->hash;
	flow->last_ns = packet->frame->time_ns;
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
	flow->set_back = 0;
	if (flow->last_packet != packet->frame->number)
		flow->spoke = true;
	flow->last_packet = packet->frame->number;
	flow->packets[dir]++;
	flow->bytes[dir] += packet->frame->wire;
	if (packet->payload_wire)
		flow->has_payload = true;
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
	struct pair pair = pair_of(&packet->src, &packet->dst);
	struct flow_search search;

	*sight = (struct flow_sight){0};
	if (!flow_has(packet))
		return NULL;
	flow_search(packet, &pair, &search);
	return flow_found(table, packet, &search, sight);
}

static struct flow *find(const struct flow_table *table, const struct flow_search *search)
{
	struct flow *flow = search->peeked;

	if (flow && is_sought(flow, search))
		return flow;
	return map_find(&table->map, search->hash, same_flow, search);
}

/* None: it was not there, or its time was up. */
static struct flow *find_alive(struct flow_table *table, const struct packet *packet,
			       const struct flow_search *search)
{
	struct flow *flow = find(table, search);

	if (!flow || !flow_is_stale(flow, packet->frame->time_ns))
		return flow;
	flow_end(table, flow, FLOW_END_TIMEOUT);
	return NULL;
}

static __attribute__((noinline)) struct flow *begin_with(struct flow_table *table,
							 const struct packet *packet,
							 const struct flow_search *search,
							 bool was_opened)
{
	struct flow *flow = begin(table, search, packet,
				  was_opened || flow_client_is_source(table, packet));

	if (!flow || !was_opened)
		return flow;
	tcp_opened(flow, direction(flow, search), packet->tcp_seq - 1);
	flow->pub.seen &= (uint8_t)~BT_SEEN_MIDSTREAM;
	flow->pub.server_proven = true;
	return flow;
}

struct flow *flow_found(struct flow_table *table, const struct packet *packet,
			const struct flow_search *search, struct flow_sight *sight)
{
	struct flow *flow = find_alive(table, packet, search);
	uint64_t payload = flow_payload_hash(packet);
	uint64_t print = flow_print(packet, payload, search->from_second);
	enum tcp_again again = TCP_SAME;

	*sight = (struct flow_sight){0};
	if (flow) {
		sight->dir = direction(flow, search);
		sight->duplicate = flow_seen_before(flow, packet, print);
		if (sight->duplicate) {
			flow->duplicates++;
			return flow;
		}
		if (packet->tcp_flags & TCP_SYN || flow->syn_pending)
			again = tcp_begins_again(flow, sight->dir, packet);
		if (again != TCP_SAME) {
			flow_end(table, flow, FLOW_END_REUSED);
			flow = NULL;
		}
	}
	if (!flow) {
		flow = begin_with(table, packet, search, again == TCP_NEW_OPEN);
		if (!flow)
			return NULL;
		sight->is_new = true;
		sight->dir = direction(flow, search);
	}
	flow_remember(flow, packet, print);
	stream_hashed(table->streams, (uint32_t)payload);
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
