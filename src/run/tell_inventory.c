/* SPDX-License-Identifier: Apache-2.0
 *
 * News for the inventory: who answers for which address, unit and identity.
 */
#include "shard.h"

#include <stdio.h>

#include "hash.h"
#include "text.h"

static void post_sighting(struct shard *shard, const struct sighting *sighting)
{
	news_post(&shard->worker->news, NEWS_SIGHTING, sighting,
		  offsetof(struct sighting, traffic));
}

/* Empty but for the traffic, which nobody reads of these: it is the greater part. */
static struct sighting *blank(struct shard *shard, enum sighting_kind kind, const char *source)
{
	struct sighting *sighting = &shard->worker->sighting;

	memset(sighting, 0, offsetof(struct sighting, traffic));
	sighting->kind = kind;
	sighting->source = source;
	return sighting;
}

/* Who says something. */
static struct sighting *about(struct shard *shard, const struct flow *flow,
			      const struct bt_context *ctx, struct bt_station who,
			      enum sighting_kind kind, const char *source)
{
	struct sighting *sighting = blank(shard, kind, source);

	sighting->who = who.client ? flow->pub.client : flow->pub.server;
	sighting->protocol = talk_protocol_name(flow->app);
	sighting->unit = who.unit;
	sighting->serves = !who.client;
	sighting->time_ns = ctx->time_ns;
	sighting->packet = ctx->packet;
	text_printable(sighting->station, sizeof(sighting->station), who.name);
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
	post_sighting(shard, about(shard, flow, ctx, who, SIGHTING_UNIT, source));
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

void tell_unit(struct shard *shard, const struct flow *flow, struct deeds *deeds,
	       const struct bt_context *ctx, const struct bt_operation *op)
{
	struct bt_station who = bt_server(op->unit);
	int64_t now_ns = shard->worker->now_ns;

	if (!deeds || op->unit == BT_NO_UNIT ||
	    (deeds->said_unit == 1 + op->unit && once_is_fresh(deeds->said_ns, now_ns)))
		return;
	/* A refusal proves no unit: gateways refuse in the name of those that are not there. */
	if (op->result != BT_RESULT_OK || !(op->answer_packet || op->by_server))
		return;
	deeds->said_unit = 1 + op->unit;
	if (!once_told(&shard->said, speaker(flow, who), now_ns, &deeds->said_ns))
		post_station(shard, flow, ctx, who, "answered");
}

void tell_identity(void *owner, struct flow *flow, const struct bt_context *ctx,
		   struct bt_station who, enum bt_identity what, struct bt_cursor text,
		   const char *source)
{
	struct shard *shard = owner;
	uint64_t said = hash_stable_mix(speaker(flow, who) + 1 + what, source, strlen(source));
	struct sighting *sighting;

	if (!once_pass(&shard->said, mix_text(said, text, SIGHTING_TEXT), shard->worker->now_ns))
		return;
	sighting = about(shard, flow, ctx, who, SIGHTING_IDENTITY, source);
	sighting->what = what;
	text_printable(sighting->text, sizeof(sighting->text), text);
	post_sighting(shard, sighting);
}

/* True when this binding was sent before and not pushed out by another since. */
static bool sent_before(struct shard *shard, const struct bt_addr *addr, const uint8_t mac[6], bool by_arp)
{
	struct {
		struct bt_addr addr;
		uint8_t mac[6];
		uint8_t by_arp;
	} key;
	uint64_t hash;
	uint64_t *place;

	memset(&key, 0, sizeof(key));
	key.addr = *addr;
	memcpy(key.mac, mac, sizeof(key.mac));
	key.by_arp = by_arp;
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
	const uint8_t *mac = arp ? packet->arp_sender_mac : packet->mac_src;
	struct sighting *sighting;

	if (packet->src.family == BT_ADDR_NONE || sent_before(shard, &packet->src, mac, arp))
		return;
	sighting = blank(shard, SIGHTING_ADDRESS,
			 arp                           ? "ARP"
			 : packet->kind == PACKET_LINK ? "Ethernet"
						       : "IP");
	sighting->who = packet->src;
	sighting->has_mac = packet->has_mac;
	memcpy(sighting->mac, mac, sizeof(sighting->mac));
	sighting->answers_arp = arp;
	sighting->ttl = packet->ttl;
	sighting->unit = BT_NO_UNIT;
	sighting->vlan_count = packet->vlan_count;
	memcpy(sighting->vlan, packet->vlan, sizeof(sighting->vlan));
	sighting->time_ns = packet->frame->time_ns;
	sighting->packet = packet->frame->number;
	post_sighting(shard, sighting);
}
