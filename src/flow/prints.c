/* SPDX-License-Identifier: Apache-2.0
 *
 * Duplicates: a mirror port that copies both ends of a path shows a packet twice, a moment apart,
 * with other MAC addresses, VLANs and TTL. A flow remembers fingerprints of its last packets, over
 * all that stays the same on the way; equal ones within a short window are one packet.
 *
 * The window decides between a copy and a genuine repetition. An IPv4 identification tells them
 * apart, so the window may be wide; without it (IPv6, id 0, ARP) it is narrow; cyclic frames without
 * IP may repeat each millisecond with the same bytes, so theirs is narrower still.
 *
 * 40 bits of a fingerprint are kept: who cannot know the key meets one of four by chance, once in
 * 2.7 * 10^11 packets.
 *
 * All payload is hashed, keyed: with a part of it, or with a known key, a packet could be made that
 * is taken for the copy of another and thus never looked at.
 */
#include "hash.h"
#include "inside.h"

enum {
	WINDOW_IP_ID_US = 10000,
	WINDOW_IP_US = 1000,
	WINDOW_LINK_US = 50,
};

static uint32_t window_us(const struct packet *packet)
{
	if (packet->kind == PACKET_LINK)
		return WINDOW_LINK_US;
	return packet->ip_id ? WINDOW_IP_ID_US : WINDOW_IP_US;
}

static uint64_t mac_word(const uint8_t mac[6])
{
	uint64_t value = 0;

	memcpy(&value, mac, 6);
	return value;
}

uint64_t flow_payload_hash(const struct packet *packet)
{
	struct bt_cursor bytes = packet->payload;

	return bytes.left ? hash_keyed(bytes.ptr, bytes.left) : 0;
}

/* All that stays the same on the way from one mirror to the next, in whole words; neighbours in the
 * packet stand next to each other. Begins with a secret, whatever the payload. */
uint64_t flow_print(const struct packet *packet, uint64_t payload_hash, bool reversed)
{
	uint64_t hash = payload_hash ? payload_hash : hash_begin();
	uint64_t order = packet->tcp_seq | (uint64_t)packet->tcp_ack << 32;
	uint64_t head = packet->src_port | (uint64_t)packet->dst_port << 16 |
			(uint64_t)packet->tcp_window << 32 | (uint64_t)packet->checksum << 48;
	uint64_t rest = packet->ip_length | (uint64_t)packet->ip_id << 32 |
			(uint64_t)packet->tcp_flags << 48 | (uint64_t)reversed << 56;

	if (packet->kind == PACKET_ARP) {
		order = mac_word(packet->arp_sender_mac);
		head = mac_word(packet->arp_target_mac) | (uint64_t)packet->arp_op << 48;
	}
	hash = hash_add(hash_add(hash, order, head), rest, packet->payload_wire);
	return hash | 1; /* 0 means none */
}

static uint32_t time_us(const struct packet *packet)
{
	return (uint32_t)((uint64_t)packet->frame->time_ns / 1000);
}

bool flow_seen_before(const struct flow *flow, const struct packet *packet, uint64_t print)
{
	for (unsigned i = 0; i < FLOW_PRINTS; i++) {
		if (flow->prints[i] == (uint32_t)print &&
		    flow->prints_high[i] == (uint8_t)(print >> 32) &&
		    time_us(packet) - flow->print_us[i] < window_us(packet))
			return true;
	}
	return false;
}

void flow_remember(struct flow *flow, const struct packet *packet, uint64_t print)
{
	flow->prints[flow->print_next] = (uint32_t)print;
	flow->prints_high[flow->print_next] = (uint8_t)(print >> 32);
	flow->print_us[flow->print_next] = time_us(packet);
	flow->print_next = (flow->print_next + 1) % FLOW_PRINTS;
}
