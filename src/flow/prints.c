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

/* All that stays the same on the way from one mirror to the next, in whole words. */
static uint64_t print_of(const struct packet *packet, uint64_t payload, bool reversed)
{
	uint64_t words[5] = {
		payload,
		(uint64_t)packet->tcp_seq << 32 | packet->tcp_ack,
		(uint64_t)packet->ip_id << 48 | (uint64_t)packet->ip_length << 32 |
			(uint64_t)packet->src_port << 16 | packet->dst_port,
		(uint64_t)packet->tcp_window << 48 | (uint64_t)packet->checksum << 32 |
			(uint64_t)packet->arp_op << 16 | (uint64_t)packet->tcp_flags << 8 | reversed,
		packet->payload_wire,
	};

	if (packet->kind == PACKET_ARP) {
		words[1] = mac_word(packet->arp_sender_mac);
		words[2] = mac_word(packet->arp_target_mac);
	}
	return hash_words(words, 5) | 1; /* 0 means none */
}

bool flow_seen_before(struct flow *flow, const struct packet *packet, bool reversed)
{
	struct bt_cursor bytes = packet->payload;
	uint64_t payload = bytes.left ? hash_keyed(bytes.ptr, bytes.left) : 0;
	uint64_t print = print_of(packet, payload, reversed);
	uint32_t now_us = (uint32_t)((uint64_t)packet->frame->time_ns / 1000);

	flow->payload_hash = (uint32_t)payload;
	for (unsigned i = 0; i < FLOW_PRINTS; i++) {
		if (flow->prints[i] == print && now_us - flow->print_us[i] < window_us(packet))
			return true;
	}
	flow->prints[flow->print_next] = print;
	flow->print_us[flow->print_next] = now_us;
	flow->print_next = (flow->print_next + 1) % FLOW_PRINTS;
	return false;
}
