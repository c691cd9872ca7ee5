/* SPDX-License-Identifier: Apache-2.0
 *
 * Which side of a new flow is the client: proved by a SYN, else guessed.
 */
#include "inside.h"

enum {
	WELL_KNOWN_PORTS = 1024,
	EPHEMERAL_PORTS = 32768, /* where common systems begin */
};

static bool hinted(const struct flow_table *table, uint16_t port)
{
	size_t low = 0, high = table->hint_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->hints[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->hint_count && table->hints[low] == port;
}

/* Both sides' ports rated alike by `dst` and `src`: nothing can be told. */
static bool told(bool src, bool dst, bool *client_is_source)
{
	if (src != dst)
		*client_is_source = dst;
	return src != dst;
}

static bool guess_tcp(const struct flow_table *table, uint16_t src, uint16_t dst)
{
	bool result = true;

	if (told(hinted(table, src), hinted(table, dst), &result) ||
	    told(src < WELL_KNOWN_PORTS, dst < WELL_KNOWN_PORTS, &result))
		return result;
	if (src < WELL_KNOWN_PORTS && src != dst) /* both are: the lower */
		return dst < src;
	told(src < EPHEMERAL_PORTS, dst < EPHEMERAL_PORTS, &result);
	return result;
}

static bool guess_udp(const struct flow_table *table, uint16_t src, uint16_t dst)
{
	bool src_served = hinted(table, src) || (src < WELL_KNOWN_PORTS && src);
	bool dst_served = hinted(table, dst) || (dst < WELL_KNOWN_PORTS && dst);

	return !src_served || dst_served;
}

bool flow_client_is_source(const struct flow_table *table, const struct packet *packet)
{
	switch (packet->kind) {
	case PACKET_TCP:
		if (packet->tcp_flags & TCP_SYN)
			return !(packet->tcp_flags & TCP_ACK);
		return guess_tcp(table, packet->src_port, packet->dst_port);
	case PACKET_UDP:
		return guess_udp(table, packet->src_port, packet->dst_port);
	case PACKET_ICMP:
		return icmp_request_type(packet->ip_proto, (uint8_t)packet->src_port) ==
		       packet->src_port;
	case PACKET_ARP:
		return packet->arp_op != 2;
	default:
		return true;
	}
}

/* Only what one station asks another; neighbour and router discovery mixes in multicast. */
uint8_t icmp_request_type(uint8_t ip_proto, uint8_t type)
{
	static const uint8_t v4[][2] = {{0, 8}, {14, 13}, {16, 15}, {18, 17}};
	static const uint8_t v6[][2] = {{129, 128}, {140, 139}};
	const uint8_t(*pairs)[2] = ip_proto == 58 ? v6 : v4;
	size_t count = ip_proto == 58 ? sizeof(v6) / 2 : sizeof(v4) / 2;

	for (size_t i = 0; i < count; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
	}
	return type;
}
