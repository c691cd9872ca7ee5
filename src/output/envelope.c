/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope has Suricata's keys. All but time, packet and type is the same for every event of a
 * flow and costs a SHA-1 (Community ID), so a small table per thread remembers the text of flows seen
 * lately. It is a pure memory: what it holds is compared in full before it is used, and the event is
 * the same with or without it.
 */
#include "envelope.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

enum {
	MEMO_BITS = 12, /* of pairs of slots per thread; those that no flow has used take no memory */
	MEMO_TEXT = 512,
	CACHE_LINE = 64,
};

/* All that the text is made of. */
struct memo_key {
	struct bt_flow flow;
	const char *app_proto;
	uint16_t vlan[VLAN_TAGS_MAX];
	uint8_t mac[2][6];
	uint8_t vlan_count;
	bool has_mac;
};

struct memo {
	_Alignas(CACHE_LINE) struct memo_key key;
	uint32_t length; /* 0: empty */
	char text[MEMO_TEXT];
};

static _Thread_local struct memo memos[1 << MEMO_BITS][2];
static _Thread_local uint8_t latest[1 << MEMO_BITS]; /* of each pair: which was asked for last */

void put_time(struct bt_record *rec, const char *name, int64_t time_ns)
{
	char text[TEXT_TIME];

	text[0] = text[TEXT_TIME_LENGTH + 1] = '"';
	text_put_time(text + 1, time_ns);
	bt_put_raw(rec, name, text, TEXT_TIME_LENGTH + 2);
}

void put_address(struct bt_record *rec, const char *name, const struct bt_addr *addr)
{
	char text[TEXT_ADDR];

	if (addr->family != BT_ADDR_NONE)
		bt_put_string(rec, name, text_addr(text, addr));
}

void put_mac(struct bt_record *rec, const char *name, const uint8_t mac[6])
{
	char text[TEXT_ADDR];

	bt_put_string(rec, name, text_mac(text, mac));
}

void put_incomplete(struct bt_record *rec, unsigned seen)
{
	static const struct {
		enum bt_seen bit;
		const char *name;
	} words[] = {
		{BT_SEEN_MIDSTREAM, "midstream"},
		{BT_SEEN_GAP, "gap"},
		{BT_SEEN_ONE_WAY, "one_way"},
		{BT_SEEN_CUT, "cut"},
	};

	if (!seen)
		return;
	bt_open_array(rec, "incomplete");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (seen & words[i].bit)
			bt_put_string(rec, NULL, words[i].name);
	}
	bt_close_array(rec);
}

const char *transport_name(enum bt_transport transport)
{
	switch (transport) {
	case BT_OVER_LINK: return "link";
	case BT_OVER_TCP: return "tcp";
	case BT_OVER_UDP: return "udp";
	case BT_OVER_ICMP: return "icmp";
	case BT_OVER_IP: return "ip";
	}
	return "ip";
}

/* As Suricata prints IP protocols: its name, else the number. */
static void put_proto(struct bt_record *rec, uint8_t number)
{
	static const char *const names[256] = {
		[1] = "ICMP", [2] = "IGMP", [4] = "IP-ENCAP", [6] = "TCP",        [17] = "UDP",
		[47] = "GRE", [50] = "ESP", [51] = "AH",      [58] = "IPv6-ICMP", [89] = "OSPFIGP",
		[103] = "PIM", [112] = "VRRP", [132] = "SCTP",
	};
	char text[8];

	if (names[number]) {
		bt_put_string(rec, "proto", names[number]);
		return;
	}
	snprintf(text, sizeof(text), "%u", number);
	bt_put_string(rec, "proto", text);
}

/* What is about one device or one packet belongs to no flow: number 0, and its transport is unknown. */
static bool is_flow(const struct bt_flow *flow)
{
	return flow->id != 0;
}

static bool is_ip(const struct bt_flow *flow)
{
	return flow->client.family == BT_ADDR_IPV4 || flow->client.family == BT_ADDR_IPV6;
}

/* One device alone has no other side. */
static bool has_server(const struct bt_flow *flow)
{
	return is_flow(flow) || !addr_equal(&flow->client, &flow->server);
}

static void put_ip(struct bt_record *rec, const struct bt_flow *flow)
{
	bool ports = flow->transport == BT_OVER_TCP || flow->transport == BT_OVER_UDP;

	put_address(rec, "src_ip", &flow->client);
	if (ports)
		bt_put_uint(rec, "src_port", flow->client_port);
	if (has_server(flow))
		put_address(rec, "dest_ip", &flow->server);
	if (ports)
		bt_put_uint(rec, "dest_port", flow->server_port);
	if (is_flow(flow) || flow->ip_proto)
		put_proto(rec, flow->ip_proto);
	if (flow->transport == BT_OVER_ICMP) {
		bt_put_uint(rec, "icmp_type", flow->client_port);
		bt_put_uint(rec, "icmp_code", flow->server_port);
	}
	bt_put_uint(rec, "ip_v", flow->client.family == BT_ADDR_IPV6 ? 6 : 4);
}

static void put_ether(struct bt_record *rec, const struct bt_flow *flow, bool has_mac,
		      const uint8_t mac[2][6])
{
	bool link = flow->client.family == BT_ADDR_MAC;

	if (!has_mac && !link)
		return;
	bt_open(rec, "ether");
	if (link) {
		put_address(rec, "src_mac", &flow->client);
		if (has_server(flow))
			put_address(rec, "dest_mac", &flow->server);
		if (is_flow(flow))
			bt_put_uint(rec, "ether_type", flow->server_port);
	} else {
		put_mac(rec, "src_mac", mac[0]);
		if (has_server(flow))
			put_mac(rec, "dest_mac", mac[1]);
	}
	bt_close(rec);
}

/* The members that are the same for every event of the flow. */
static void put_constant_part(struct bt_record *rec, const struct memo_key *key)
{
	const struct bt_flow *flow = &key->flow;
	char community_id[FLOW_COMMUNITY_ID];

	if (key->vlan_count) {
		bt_open_array(rec, "vlan");
		for (unsigned i = 0; i < key->vlan_count; i++)
			bt_put_uint(rec, NULL, key->vlan[i]);
		bt_close_array(rec);
	}
	if (is_ip(flow))
		put_ip(rec, flow);
	bt_put_string(rec, "app_proto", key->app_proto);
	flow_community_id(flow, community_id);
	if (*community_id)
		bt_put_string(rec, "community_id", community_id);
	put_ether(rec, flow, key->has_mac, key->mac);
	put_incomplete(rec, flow->seen);
}

static void make_key(struct memo_key *key, const struct envelope *envelope)
{
	memset(key, 0, sizeof(*key));
	memcpy(&key->flow, envelope->flow, sizeof(key->flow));
	key->app_proto = envelope->app_proto;
	key->has_mac = envelope->has_mac;
	if (envelope->has_mac)
		memcpy(key->mac, envelope->mac, sizeof(key->mac));
	key->vlan_count = envelope->vlan_count < VLAN_TAGS_MAX ? envelope->vlan_count : VLAN_TAGS_MAX;
	for (unsigned i = 0; i < key->vlan_count; i++)
		key->vlan[i] = envelope->vlan[i];
}

static bool is_of(const struct memo *memo, const struct envelope *envelope)
{
	const struct memo_key *key = &memo->key;

	return memo->length && memcmp(&key->flow, envelope->flow, sizeof(key->flow)) == 0 &&
	       key->app_proto == envelope->app_proto && key->has_mac == envelope->has_mac &&
	       (!key->has_mac || memcmp(key->mac, envelope->mac, sizeof(key->mac)) == 0) &&
	       key->vlan_count == envelope->vlan_count &&
	       (!key->vlan_count ||
		memcmp(key->vlan, envelope->vlan, key->vlan_count * sizeof(key->vlan[0])) == 0);
}

/* A flow has several texts where both sides speak unasked or a protocol speaks inside another. */
static size_t place_of(const struct bt_flow *flow, uint16_t from_port, const char *app_proto)
{
	uint64_t mixed = flow->id ^ (uint64_t)from_port << 32 ^ (uintptr_t)app_proto;

	return mixed * UINT64_C(0x9e3779b97f4a7c15) >> (64 - MEMO_BITS);
}

void envelope_expect(const struct bt_flow *flow, bool by_server, const char *app_proto)
{
	size_t place = place_of(flow, by_server ? flow->server_port : flow->client_port, app_proto);
	const char *memo = (const char *)&memos[place][latest[place]];

	for (size_t at = 0; at < sizeof(struct memo); at += CACHE_LINE)
		__builtin_prefetch(memo + at);
}

/* What is remembered of the envelope; else what was not asked for last makes room, and its length is 0. */
static struct memo *memo_of(const struct envelope *envelope)
{
	size_t place = place_of(envelope->flow, envelope->flow->client_port, envelope->app_proto);
	struct memo *memo = &memos[place][latest[place]];

	if (is_of(memo, envelope))
		return memo;
	latest[place] ^= 1;
	memo = &memos[place][latest[place]];
	if (!is_of(memo, envelope)) {
		make_key(&memo->key, envelope);
		memo->length = 0;
	}
	return memo;
}

static void put_remembered(struct bt_record *rec, const struct envelope *envelope)
{
	struct memo *memo = memo_of(envelope);

	if (!memo->length) {
		struct bt_record text = {.at = memo->text, .cap = sizeof(memo->text)};

		put_constant_part(&text, &memo->key);
		if (text.cut) /* longer than any known flow's: not worth remembering */
			put_constant_part(rec, &memo->key);
		else
			memo->length = (uint32_t)text.len;
	}
	if (memo->length)
		bt_put_raw(rec, NULL, memo->text, memo->length);
}

void envelope_open(struct bt_record *rec, const char *event_type, int64_t time_ns, uint64_t packet,
		   const struct envelope *envelope)
{
	bt_open(rec, NULL);
	put_time(rec, "timestamp", time_ns);
	if (is_flow(envelope->flow))
		bt_put_uint(rec, "flow_id", envelope->flow->id);
	if (packet)
		bt_put_uint(rec, "pcap_cnt", packet);
	bt_put_string(rec, "event_type", event_type);
	put_remembered(rec, envelope);
}
