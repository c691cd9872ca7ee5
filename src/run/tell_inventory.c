/* SPDX-License-Identifier: Apache-2.0
 *
 * News for the inventory: who answers for which address, unit and identity, and what flows carried.
 */
#include "shard.h"

#include <stdio.h>

#include "hash.h"
#include "text.h"

enum {
	TELL_OPERATIONS = 16, /* of a flow, before its totals so far are told */
};

#define TELL_EVERY_NS SECONDS(60)

static void post_sighting(struct shard *shard, const struct sighting *sighting)
{
	news_post(&shard->worker->news, NEWS_SIGHTING, sighting,
		  offsetof(struct sighting, traffic));
}

/* Who says something. */
static struct sighting about(const struct flow *flow, const struct bt_context *ctx,
			     struct bt_station who, enum sighting_kind kind, const char *source)
{
	struct sighting sighting = {
		.kind = kind,
		.who = who.client ? flow->pub.client : flow->pub.server,
		.protocol = talk_protocol_name(flow->app),
		.unit = who.unit,
		.serves = !who.client,
		.source = source,
		.time_ns = ctx->time_ns,
		.packet = ctx->packet,
	};

	text_printable(sighting.station, sizeof(sighting.station), who.name);
	return sighting;
}

/* No longer than what is kept of it: the same to the inventory is the same here. */
static uint64_t mix_text(uint64_t hash, struct bt_cursor text, size_t kept)
{
	struct bt_cursor head = cur_take_upto(&text, kept);

	return cur_left(&head) ? hash_stable_mix(hash, head.ptr, cur_left(&head)) : hash;
}

/* Who says something, as a number: within a shard the same address is the same device. */
static uint64_t speaker(const struct flow *flow, struct bt_station who)
{
	const struct talk *talk = flow->app;
	struct {
		struct bt_addr addr;
		uint8_t protocol, client;
		uint32_t unit;
	} key;

	memset(&key, 0, sizeof(key));
	key.addr = who.client ? flow->pub.client : flow->pub.server;
	key.protocol = talk->engine.protocol;
	key.client = who.client;
	key.unit = who.unit;
	return mix_text(hash_stable(&key, sizeof(key)), who.name, SIGHTING_STATION);
}

static void post_station(struct shard *shard, const struct flow *flow, const struct bt_context *ctx,
			 struct bt_station who, const char *source)
{
	struct sighting sighting = about(flow, ctx, who, SIGHTING_UNIT, source);

	post_sighting(shard, &sighting);
}

void tell_station(void *owner, struct flow *flow, const struct bt_context *ctx,
		  struct bt_station who, const char *source)
{
	struct shard *shard = owner;

	if (who.unit == BT_NO_UNIT && !cur_left(&who.name))
		return;
	if (once_pass(&shard->said, speaker(flow, who), shard->worker->now_ns))
		post_station(shard, flow, ctx, who, source);
}

void tell_unit(struct shard *shard, struct flow *flow, const struct bt_context *ctx,
	       const struct bt_operation *op)
{
	struct talk *talk = flow->app;
	struct bt_station who = bt_server(op->unit);
	int64_t now_ns = shard->worker->now_ns;

	if (op->unit == BT_NO_UNIT ||
	    (talk->said_unit == 1 + (uint64_t)op->unit && once_is_fresh(talk->said_ns, now_ns)))
		return;
	/* A refusal proves no unit: gateways refuse in the name of those that are not there. */
	if (op->result != BT_RESULT_OK || !(op->answer_packet || op->by_server))
		return;
	talk->said_unit = 1 + (uint64_t)op->unit;
	if (!once_told(&shard->said, speaker(flow, who), now_ns, &talk->said_ns))
		post_station(shard, flow, ctx, who, "answered");
}

void tell_identity(void *owner, struct flow *flow, const struct bt_context *ctx,
		   struct bt_station who, enum bt_identity what, struct bt_cursor text,
		   const char *source)
{
	struct shard *shard = owner;
	uint64_t said = hash_stable_mix(speaker(flow, who) + 1 + what, source, strlen(source));
	struct sighting sighting;

	if (!once_pass(&shard->said, mix_text(said, text, SIGHTING_TEXT), shard->worker->now_ns))
		return;
	sighting = about(flow, ctx, who, SIGHTING_IDENTITY, source);
	sighting.what = what;
	text_printable(sighting.text, sizeof(sighting.text), text);
	post_sighting(shard, &sighting);
}

/* True when this binding was sent before and not pushed out by another since. */
static bool sent_before(struct shard *shard, const struct sighting *sighting)
{
	struct {
		struct bt_addr addr;
		uint8_t mac[6];
		uint8_t by_arp;
	} key;
	uint64_t hash;
	uint64_t *place;

	memset(&key, 0, sizeof(key));
	key.addr = sighting->who;
	memcpy(key.mac, sighting->mac, sizeof(key.mac));
	key.by_arp = sighting->answers_arp;
	hash = hash_stable(&key, sizeof(key));
	place = &shard->bindings[hash % (sizeof(shard->bindings) / sizeof(shard->bindings[0]))];
	if (*place == hash)
		return true;
	*place = hash;
	return false;
}

void tell_address(struct shard *shard, const struct packet *packet)
{
	bool arp = packet->kind == PACKET_ARP;
	struct sighting sighting = {
		.kind = SIGHTING_ADDRESS,
		.who = packet->src,
		.has_mac = packet->has_mac,
		.answers_arp = arp,
		.ttl = packet->ttl,
		.unit = BT_NO_UNIT,
		.vlan_count = packet->vlan_count,
		.source = arp                           ? "ARP"
			  : packet->kind == PACKET_LINK ? "Ethernet"
							: "IP",
		.time_ns = packet->frame->time_ns,
		.packet = packet->frame->number,
	};

	memcpy(sighting.vlan, packet->vlan, sizeof(sighting.vlan));
	memcpy(sighting.mac, arp ? packet->arp_sender_mac : packet->mac_src, sizeof(sighting.mac));
	if (packet->src.family != BT_ADDR_NONE && !sent_before(shard, &sighting))
		post_sighting(shard, &sighting);
}

static void sum_up(const struct flow *flow, struct sighting_traffic *traffic)
{
	const struct talk *talk = flow->app;
	const char *label = talk->name && *talk->name ? talk->name : label_port(&flow->pub);

	memset(traffic, 0, sizeof(*traffic));
	traffic->flow = flow->pub;
	traffic->protocol = talk_protocol_name(talk);
	if (!traffic->protocol && label)
		snprintf(traffic->label, sizeof(traffic->label), "%s", label);
	memcpy(traffic->packets, flow->packets, sizeof(traffic->packets));
	memcpy(traffic->bytes, flow->bytes, sizeof(traffic->bytes));
	memcpy(traffic->acts, talk->acts, sizeof(traffic->acts));
	memcpy(traffic->by_server, talk->by_server, sizeof(traffic->by_server));
	traffic->refused = talk->refused;
	traffic->unanswered = talk->unanswered;
	traffic->unsolicited = talk->unsolicited;
	traffic->violations = talk->violations;
	traffic->programming = talk->acts[BT_ACT_PROGRAM] + talk->acts[BT_ACT_CONTROL];
	traffic->first_ns = flow->first_ns;
	traffic->last_ns = flow->last_ns;
	traffic->first_packet = flow->pub.id;
	traffic->last_packet = flow->last_packet;
	traffic->gaps = flow->gaps;
	traffic->gap_bytes = flow->gap_bytes;
	traffic->undecoded_bytes = traffic->protocol ? talk->engine.undecoded_bytes : 0;
	traffic->duplicates = flow->duplicates;
	traffic->has_mac = flow->has_mac;
	memcpy(traffic->mac, flow->mac, sizeof(traffic->mac));
	traffic->vlan_count = flow->vlan_count;
	memcpy(traffic->vlan, flow->vlan, sizeof(traffic->vlan));
}

/* The same flow may have been told of with its sides the other way round. */
static void subtract(struct sighting_traffic *traffic, const struct sighting_traffic *told)
{
	bool swapped = told->flow.client_port != traffic->flow.client_port ||
		       !addr_equal(&told->flow.client, &traffic->flow.client);

	for (int dir = 0; dir < 2; dir++) {
		traffic->packets[dir] -= told->packets[swapped ? !dir : dir];
		traffic->bytes[dir] -= told->bytes[swapped ? !dir : dir];
	}
	for (int act = 0; act < BT_ACT_COUNT; act++) {
		traffic->acts[act] -= told->acts[act];
		traffic->by_server[act] -= told->by_server[act];
	}
	traffic->refused -= told->refused;
	traffic->unanswered -= told->unanswered;
	traffic->unsolicited -= told->unsolicited;
	traffic->violations -= told->violations;
	traffic->programming -= told->programming;
	traffic->gap_bytes -= told->gap_bytes;
	traffic->undecoded_bytes -= told->undecoded_bytes;
	traffic->gaps -= told->gaps;
	traffic->duplicates -= told->duplicates;
	traffic->again = true;
}

static void post_traffic(struct shard *shard, const struct talk *talk,
			 const struct sighting_traffic *total)
{
	struct sighting sighting = {
		.kind = SIGHTING_TRAFFIC,
		.time_ns = shard->worker->now_ns,
		.packet = shard->worker->news.packet,
		.traffic = *total,
	};

	if (talk->told)
		subtract(&sighting.traffic, talk->told);
	news_post(&shard->worker->news, NEWS_SIGHTING, &sighting, sizeof(sighting));
}

/* A flow with many operations is told of now and then, and when something new is done in it. */
void tell_so_far(struct shard *shard, struct flow *flow, enum bt_act act)
{
	struct talk *talk = flow->app;
	struct sighting_traffic *told;
	struct sighting_traffic total;
	bool new_act = talk->told && talk->acts[act] == 1;
	bool due = ++talk->untold >= TELL_OPERATIONS &&
		   shard->worker->now_ns - talk->told_ns >= TELL_EVERY_NS;

	if (!new_act && !due)
		return;
	told = talk->told ? talk->told : pool_get(&shard->tolds);
	if (!told)
		return;
	sum_up(flow, &total);
	post_traffic(shard, talk, &total);
	*told = total;
	talk->told = told;
	talk->told_ns = shard->worker->now_ns;
	talk->untold = 0;
}

void tell_flow_end(struct shard *shard, const struct flow *flow, enum flow_end why)
{
	const struct talk *talk = flow->app;
	struct sighting_traffic total;
	struct bt_record rec;

	sum_up(flow, &total);
	shard->worker->counts.unknown_flows +=
		!talk->engine.dissector && flow->payload_bytes[0] + flow->payload_bytes[1] > 0;
	post_traffic(shard, talk, &total);
	if (!shard->setup->log_flows || !news_line_begin(&shard->worker->news, &rec))
		return;
	eve_flow(&rec, flow, talk->engine.dissector, &total, why, shard->worker->now_ns);
	if (!news_line_end(&shard->worker->news, &rec))
		shard->worker->counts.records_dropped++;
}
