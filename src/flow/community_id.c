/* SPDX-License-Identifier: Apache-2.0
 *
 * Community ID version 1: the name under which other tools know the same flow. SHA-1 over seed (0),
 * the two ends in numeric order, protocol, and ports; ICMP's type and the type that answers it stand
 * for ports, and where no type answers, type and code do and the ends keep their order.
 * Specification: https://github.com/corelight/community-id-spec
 */
#include "digest.h"
#include "flow.h"

enum {
	HASHED_BYTES_MAX = 2 + 16 + 16 + 2 + 4,
	PROTO_ICMP = 1,
	PROTO_ICMPV6 = 58,
	PROTO_SCTP = 132,
};

/* The ICMP type that answers this one, or -1. */
static int counter_type(uint8_t proto, unsigned type)
{
	static const uint8_t v4[][2] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};
	static const uint8_t v6[][2] = {{128, 129}, {130, 131}, {133, 134},
					{135, 136}, {139, 140}, {144, 145}};
	const uint8_t(*pairs)[2] = proto == PROTO_ICMP ? v4 : v6;
	size_t count = proto == PROTO_ICMP ? sizeof(v4) / 2 : sizeof(v6) / 2;

	for (size_t i = 0; i < count; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
		if (pairs[i][1] == type)
			return pairs[i][0];
	}
	return -1;
}

static size_t put(uint8_t *to, size_t at, const void *bytes, size_t size)
{
	memcpy(to + at, bytes, size);
	return at + size;
}

static size_t put_u16(uint8_t *to, size_t at, unsigned value)
{
	to[at] = (uint8_t)(value >> 8);
	to[at + 1] = (uint8_t)value;
	return at + 2;
}

static size_t hashed_bytes(const struct bt_flow *flow, uint8_t bytes[HASHED_BYTES_MAX])
{
	size_t size = flow->client.family == BT_ADDR_IPV4 ? 4 : 16, at;
	const uint8_t *ends[2] = {flow->client.bytes, flow->server.bytes};
	unsigned ports[2] = {flow->client_port, flow->server_port};
	bool icmp = flow->transport == BT_OVER_ICMP, one_way = false;
	int order = memcmp(ends[0], ends[1], size), counter;
	unsigned first;

	if (icmp) {
		counter = counter_type(flow->ip_proto, ports[0]);
		one_way = counter < 0;
		ports[1] = one_way ? ports[1] : (unsigned)counter;
	}
	first = !one_way && (order > 0 || (order == 0 && ports[0] > ports[1]));
	at = put_u16(bytes, 0, 0); /* the seed */
	at = put(bytes, at, ends[first], size);
	at = put(bytes, at, ends[!first], size);
	bytes[at++] = flow->ip_proto;
	bytes[at++] = 0;
	if (flow->transport == BT_OVER_IP && flow->ip_proto != PROTO_SCTP)
		return at;
	at = put_u16(bytes, at, ports[first]);
	return put_u16(bytes, at, ports[!first]);
}

void flow_community_id(const struct bt_flow *flow, char text[FLOW_COMMUNITY_ID])
{
	uint8_t bytes[HASHED_BYTES_MAX];
	bool ip = flow->transport != BT_OVER_LINK && flow->client.family == flow->server.family &&
		  (flow->client.family == BT_ADDR_IPV4 || flow->client.family == BT_ADDR_IPV6);
	/* The decoder reads no SCTP ports; an id without them would be a wrong one. */
	bool ports_missing = flow->ip_proto == PROTO_SCTP && !flow->client_port && !flow->server_port;

	text[0] = '\0';
	if (!ip || ports_missing)
		return;
	text[0] = '1';
	text[1] = ':';
	digest_sha1_base64(bytes, hashed_bytes(flow, bytes), text + 2);
}
