/* SPDX-License-Identifier: Apache-2.0
 *
 * Who talks to whom: one entry per client, server and service, summed over flows; and one per pair
 * of devices that speak an OT protocol, so that "how many devices does it read" has an exact answer.
 */
#include "inventory.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "text.h"

enum {
	HIGH_PORT = 1024,
	EMPTY_FRAME_BYTES = 80, /* TCP over IPv6 with a VLAN tag and no payload, at most */
};

/* ---- the key ---- */

/* Its texts are kept ones: equal when the pointers are. */
struct talk_key {
	const char *protocol, *label;
	struct bt_addr client, server;
	uint8_t transport;
	uint16_t port;
	bool folded; /* port 0 stands for any; the label tells services apart */
};

static bool same_talk(const void *item, const void *wanted)
{
	const struct conversation *talk = item;
	const struct talk_key *key = wanted;

	return talk->transport == key->transport && talk->port == key->port &&
	       addr_equal(&talk->client, &key->client) && addr_equal(&talk->server, &key->server) &&
	       talk->protocol == key->protocol && (!key->folded || talk->label == key->label);
}

static uint64_t hash_key(const struct talk_key *key)
{
	struct talk_key hashed;

	memset(&hashed, 0, sizeof(hashed));
	hashed.protocol = key->protocol;
	hashed.label = key->folded ? key->label : NULL;
	hashed.client = key->client;
	hashed.server = key->server;
	hashed.transport = key->transport;
	hashed.port = key->port;
	return hash_keyed(&hashed, sizeof(hashed));
}

static bool carries_ports(const struct bt_flow *flow)
{
	return flow->transport == BT_OVER_TCP || flow->transport == BT_OVER_UDP;
}

/* Between two high ports, which of them serves is a guess, and a wrong one makes a service of every
 * ephemeral port; the same on both sides is none (BACnet/IP, PROFINET). Port 0 is nobody's: only
 * broken or forged packets have it. */
static bool is_folded(const struct sighting_traffic *traffic)
{
	const struct bt_flow *flow = &traffic->flow;

	if (!carries_ports(flow) || traffic->protocol)
		return false;
	return flow->server_port == 0 ||
	       (!flow->server_proven && flow->client_port >= HIGH_PORT &&
		flow->server_port >= HIGH_PORT && flow->client_port != flow->server_port);
}

static uint16_t service_port(const struct bt_flow *flow, bool folded)
{
	switch (flow->transport) {
	case BT_OVER_ICMP: return 0; /* its "ports" are type and code */
	case BT_OVER_IP: return flow->ip_proto;
	default: return folded ? 0 : flow->server_port;
	}
}

static struct talk_key key_of(struct assets *assets, const struct sighting_traffic *traffic)
{
	const char *protocol = traffic->protocol, *label = traffic->label;
	bool folded = is_folded(traffic);

	return (struct talk_key){
		.protocol =
			protocol ? names_keep(&assets->names, protocol, strlen(protocol)) : NULL,
		.label = protocol ? "" : names_keep(&assets->names, label, sizeof(traffic->label)),
		.client = traffic->flow.client,
		.server = traffic->flow.server,
		.transport = traffic->flow.transport,
		.port = service_port(&traffic->flow, folded),
		.folded = folded,
	};
}

/* ---- the table ---- */

static struct conversation *make_talk(struct assets *assets, const struct talk_key *key,
				      uint64_t hash, enum standing standing)
{
	struct conversation *talk =
		assets_room(&assets->talks, standing) ? pool_get(&assets->talks) : NULL;

	if (talk && !map_insert(&assets->by_talk, hash, talk)) {
		pool_put(&assets->talks, talk);
		talk = NULL;
	}
	if (!talk) {
		assets->dropped++;
		return NULL;
	}
	talk->client = key->client;
	talk->server = key->server;
	talk->transport = key->transport;
	talk->port = key->port;
	talk->protocol = key->protocol;
	talk->label = key->label;
	assets->sorted_talks_stale = true;
	return talk;
}

/* *swapped: who asks was guessed too, and an earlier guess was the other way round. */
static struct conversation *talk_for(struct assets *assets, const struct talk_key *key,
				     enum standing standing, bool *swapped)
{
	uint64_t hash = hash_key(key);
	struct conversation *talk = map_find(&assets->by_talk, hash, same_talk, key);

	*swapped = false;
	if (!talk && key->folded) {
		struct talk_key other = *key;

		other.client = key->server;
		other.server = key->client;
		talk = map_find(&assets->by_talk, hash_key(&other), same_talk, &other);
		*swapped = talk != NULL;
	}
	return talk ? talk : make_talk(assets, key, hash, standing);
}

static void sum_up(struct conversation *talk, const struct sighting_traffic *traffic, bool swapped)
{
	if (talk->flows == 0 || traffic->first_ns < talk->first_ns)
		talk->first_ns = traffic->first_ns;
	if (traffic->last_ns > talk->last_ns)
		talk->last_ns = traffic->last_ns;
	talk->flows += !traffic->again;
	for (int dir = 0; dir < 2; dir++) {
		talk->packets[dir] += traffic->packets[swapped ? !dir : dir];
		talk->bytes[dir] += traffic->bytes[swapped ? !dir : dir];
	}
	for (int act = 0; act < BT_ACT_COUNT; act++) {
		talk->acts[act] += traffic->acts[act];
		talk->by_server[act] += traffic->by_server[act];
	}
	talk->refused += traffic->refused;
	talk->unanswered += traffic->unanswered;
	talk->unsolicited += traffic->unsolicited;
	talk->violations += traffic->violations;
	talk->gap_bytes += traffic->gap_bytes;
	talk->undecoded_bytes += traffic->undecoded_bytes;
	talk->seen |= traffic->flow.seen;
}

/* ---- what the two devices do in it ---- */

static bool same_pair(const void *item, const void *key)
{
	return memcmp(item, key, 2 * sizeof(struct bt_addr)) == 0;
}

struct pair *conversations_pair(struct assets *assets, const struct bt_addr peers[2],
				enum standing standing)
{
	uint64_t hash = hash_keyed(peers, 2 * sizeof(peers[0]));
	struct pair *pair = map_find(&assets->by_pair, hash, same_pair, peers);

	if (pair)
		return pair;
	if (assets_room(&assets->pairs, standing))
		pair = pool_get(&assets->pairs);
	if (pair && !map_insert(&assets->by_pair, hash, pair)) {
		pool_put(&assets->pairs, pair);
		pair = NULL;
	}
	if (!pair)
		return NULL;
	pair->client = peers[0];
	pair->server = peers[1];
	return pair;
}

static struct pair *pair_of(struct assets *assets, const struct bt_flow *flow, enum standing standing)
{
	const struct bt_addr peers[2] = {flow->client, flow->server};

	return conversations_pair(assets, peers, standing);
}

static uint64_t operations_of(const struct sighting_traffic *traffic)
{
	uint64_t operations = 0;

	for (int act = 0; act < BT_ACT_COUNT; act++)
		operations += traffic->acts[act];
	return operations;
}

static struct asset_side *side_of(struct asset *asset, bool serves)
{
	struct asset_behaviour *behaviour = asset ? evidence_behaviour(asset) : NULL;

	if (!behaviour)
		return NULL;
	return serves ? &behaviour->answers : &behaviour->asks;
}

/* What the client asked and was told. A server that speaks unasked reports, whatever it calls it. What
 * a broker hands on beyond that (orders) goes to all who listen, and shows of none what it is. */
struct deeds {
	uint64_t acts[BT_ACT_COUNT];
	uint64_t operations;
};

static struct deeds deeds_of(const struct sighting_traffic *traffic)
{
	struct deeds deeds = {.operations = 0};

	for (int act = 0; act < BT_ACT_COUNT; act++) {
		uint64_t asked = traffic->acts[act] - traffic->by_server[act];

		deeds.acts[act] += asked;
		deeds.operations += asked;
		if (act != BT_ACT_REPORT && act != BT_ACT_PUBLISH)
			continue;
		deeds.acts[BT_ACT_REPORT] += traffic->by_server[act];
		deeds.operations += traffic->by_server[act];
	}
	return deeds;
}

static void add_deeds(struct asset_side *side, const struct deeds *deeds,
		      const struct sighting_traffic *traffic)
{
	for (int act = 0; act < BT_ACT_COUNT; act++)
		side->acts[act] += deeds->acts[act];
	side->operations += deeds->operations;
	side->refused += traffic->refused;
	side->unanswered += traffic->unanswered;
}

/* Who publishes values to a group serves them, though the flow calls it the client. */
static void add_published(struct asset *publisher, const struct sighting_traffic *traffic)
{
	uint64_t published = traffic->acts[BT_ACT_REPORT] + traffic->acts[BT_ACT_PUBLISH];
	struct asset_side *side = published ? side_of(publisher, true) : NULL;

	if (!side)
		return;
	side->acts[BT_ACT_REPORT] += published;
	side->operations += published;
}

static void add_operations(struct assets *assets, const struct sighting_traffic *traffic,
			   struct asset *client, struct asset *server)
{
	static struct pair unknown = {.asked = true, .answered = true, .read = true};
	uint64_t operations = operations_of(traffic);
	struct deeds deeds = deeds_of(traffic);
	bool answered = operations > traffic->unanswered && traffic->packets[BT_TO_CLIENT];
	bool read = answered && (deeds.acts[BT_ACT_READ] || deeds.acts[BT_ACT_SUBSCRIBE] ||
				 deeds.acts[BT_ACT_REPORT]);
	struct asset_side *side;
	struct pair *pair;

	if (operations == 0)
		return;
	pair = pair_of(assets, &traffic->flow, answered ? ANSWERED : HEARD);
	if (!pair)
		pair = &unknown; /* no room: peers are not counted any more */
	side = side_of(client, false);
	if (side) {
		add_deeds(side, &deeds, traffic);
		side->peers += !pair->asked;
		side->peers_read += read && !pair->read;
	}
	side = answered ? side_of(server, true) : NULL;
	if (side) {
		add_deeds(side, &deeds, traffic);
		side->peers += !pair->answered;
		side->peers_read += read && !pair->read;
	}
	if (pair != &unknown &&
	    (!pair->asked || (answered && !pair->answered) || (read && !pair->read)) && !pair->unsaved) {
		pair->unsaved = true;
		pair->next_unsaved = assets->unsaved_pairs;
		assets->unsaved_pairs = pair;
	}
	pair->asked = true;
	pair->answered |= answered;
	pair->read |= read;
}

/* A refused TCP connection is an answer too, but no service. */
static bool is_served(const struct sighting_traffic *traffic)
{
	uint64_t packets = traffic->packets[BT_TO_CLIENT];

	if (traffic->protocol)
		return packets > 0;
	if (traffic->flow.transport == BT_OVER_TCP)
		return traffic->bytes[BT_TO_CLIENT] > packets * EMPTY_FRAME_BYTES;
	return packets > 0 && traffic->flow.transport != BT_OVER_ICMP;
}

static void add_services(struct assets *assets, const struct sighting_traffic *traffic,
			 const struct talk_key *key, struct asset *client, struct asset *server)
{
	bool served = is_served(traffic);
	bool to_group =
		addr_is_multicast(&traffic->flow.server) && (key->protocol || key->label[0]);
	struct asset_service service = {
		.transport = key->transport,
		.port = key->port,
		.protocol = key->protocol,
		.label = key->label,
		.operations = operations_of(traffic),
		.first_packet = traffic->first_packet,
	};

	if (client && (served || to_group || key->protocol))
		evidence_service(assets, client, &service);
	service.serves = true;
	if (server && served)
		evidence_service(assets, server, &service);
}

void conversations_add(struct assets *assets, const struct sighting_traffic *traffic,
		       struct asset *client, struct asset *server)
{
	struct talk_key key = key_of(assets, traffic);
	bool both = traffic->packets[BT_TO_SERVER] && traffic->packets[BT_TO_CLIENT], swapped;
	struct conversation *talk = talk_for(assets, &key, both ? ANSWERED : HEARD, &swapped);

	if (talk) {
		sum_up(talk, traffic, swapped);
		if (talk->label[0] == '\0')
			talk->label = key.label;
	}
	add_services(assets, traffic, &key, client, server);
	if (!traffic->protocol)
		return;
	if (addr_is_multicast(&traffic->flow.server))
		add_published(client, traffic);
	add_operations(assets, traffic, client, server);
}

/* ---- order ---- */

static int by_names(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_service(const void *left, const void *right)
{
	const struct conversation *a = *(const struct conversation *const *)left;
	const struct conversation *b = *(const struct conversation *const *)right;
	int order = addr_compare(&a->client, &b->client);

	if (!order)
		order = addr_compare(&a->server, &b->server);
	if (!order)
		order = a->transport - b->transport;
	if (!order)
		order = a->port - b->port;
	if (!order)
		order = by_names(a->protocol, b->protocol);
	return order ? order : by_names(a->label, b->label);
}

void conversations_sort(struct assets *assets)
{
	struct conversation **sorted, *talk;
	size_t count = 0, at = 0;

	if (!assets->sorted_talks_stale)
		return;
	sorted = realloc(assets->sorted_talks,
			 assets->by_talk.count * sizeof(struct conversation *));
	if (!sorted)
		return;
	while ((talk = map_next(&assets->by_talk, &at)))
		sorted[count++] = talk;
	qsort(sorted, count, sizeof(struct conversation *), by_service);
	assets->sorted_talks = sorted;
	assets->sorted_talk_count = count;
	assets->sorted_talks_stale = false;
}
