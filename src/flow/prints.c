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

struct print {
	uint64_t payload;
	uint32_t seq, ack;
	uint16_t src_port, dst_port;
	uint16_t id, length;
	uint16_t window, checksum;
	uint8_t flags, reversed;
	uint16_t arp_op;
	uint8_t arp_mac[2][6];
	uint32_t payload_wire;
};

_Static_assert(sizeof(struct print) == 48, "no padding: it is hashed as it is");

static uint32_t window_us(const struct packet *packet)
{
	if (packet->kind == PACKET_LINK)
		return WINDOW_LINK_US;
	return packet->ip_id ? WINDOW_IP_ID_US : WINDOW_IP_US;
}

static uint64_t print_of(const struct packet *packet, uint64_t payload, bool reversed)
{
	struct print print = {
		.payload = payload,
		.seq = packet->tcp_seq,
		.ack = packet->tcp_ack,
		.src_port = packet->src_port,
		.dst_port = packet->dst_port,
		.id = packet->ip_id,
		.length = packet->ip_length,
		.window = packet->tcp_window,
		.checksum = packet->checksum,
		.flags = packet->tcp_flags,
		.reversed = reversed,
		.payload_wire = packet->payload_wire,
	};

	if (packet->kind == PACKET_ARP) {
		print.arp_op = packet->arp_op;
		memcpy(print.arp_mac[0], packet->arp_sender_mac, 6);
		memcpy(print.arp_mac[1], packet->arp_target_mac, 6);
	}
	return hash_keyed(&print, sizeof(print)) | 1; /* 0 means none */
}

bool flow_seen_before(struct flow *flow, const struct packet *packet, bool reversed)
{
	uint64_t payload = hash_keyed(packet->payload.ptr, packet->payload.left);
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
