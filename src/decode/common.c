/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame that nearly all traffic consists of, in one go: Ethernet, IPv4 without options or
 * fragments, TCP, nothing wrong and nothing cut. It says of such a frame exactly what the layers one
 * after the other say (a unit test compares them); of any other it says nothing.
 */
#include "layers.h"

enum {
	ETHERNET_HEADER = 14,
	IP_HEADER = 20,
	TCP_HEADER = 20,
	VERSION_4_NO_OPTIONS = 0x45,
	NOT_FRAGMENTED = ~0x4000 & 0xffff, /* all but "do not fragment" */
	TCP_FLAGS = 0x3f,
};

/* As one word: an address that is read as a word right after it was written by bytes is late. */
static void set_address(struct bt_addr *addr, struct bt_cursor *cur)
{
	uint64_t first = 0;

	cur_copy(cur, &first, 4);
	addr->family = BT_ADDR_IPV4;
	memcpy(addr->bytes, &first, sizeof(first));
}

/* The lengths of IP and TCP headers fit into each other and into the frame: total is that of IP. */
static bool is_common(struct bt_cursor head, size_t captured, size_t *total, size_t *tcp_header)
{
	uint16_t type, first;

	cur_skip(&head, 12);
	type = cur_u16be(&head);
	first = cur_u8(&head);
	cur_skip(&head, 1);
	*total = cur_u16be(&head);
	cur_skip(&head, 2);
	if (type != ETHERTYPE_IPV4 || first != VERSION_4_NO_OPTIONS ||
	    cur_u16be(&head) & NOT_FRAGMENTED)
		return false;
	cur_skip(&head, 1);
	if (cur_u8(&head) != PROTO_TCP)
		return false;
	cur_skip(&head, 2 + 4 + 4 + 12);
	*tcp_header = (size_t)(cur_u8(&head) >> 4) * 4;
	return *tcp_header >= TCP_HEADER && IP_HEADER + *tcp_header <= *total &&
	       ETHERNET_HEADER + *total <= captured;
}

bool common_frame(struct packet *packet, const struct frame *frame)
{
	struct bt_cursor cur = cur_of(frame->data, frame->captured), head;
	struct span payload = {0};
	size_t total, tcp_header;

	/* Asked before they are taken: from here on no read of them has to ask again. */
	if (cur_left(&cur) < ETHERNET_HEADER + IP_HEADER + TCP_HEADER)
		return false;
	head = cur_take(&cur, ETHERNET_HEADER + IP_HEADER + TCP_HEADER);
	if (frame->wire > frame->captured ||
	    !is_common(head, frame->captured, &total, &tcp_header))
		return false;
	packet->has_mac = true;
	cur_copy(&head, packet->mac_dst, 6);
	cur_copy(&head, packet->mac_src, 6);
	packet->ethertype = ETHERTYPE_IPV4;
	cur_skip(&head, 2 + 2 + 2);
	packet->ip_version = 4;
	packet->ip_length = (uint32_t)total;
	packet->ip_id = cur_u16be(&head);
	cur_skip(&head, 2);
	packet->ttl = cur_u8(&head);
	packet->ip_proto = PROTO_TCP;
	cur_skip(&head, 1 + 2);
	set_address(&packet->src, &head);
	set_address(&packet->dst, &head);

	packet->src_port = cur_u16be(&head);
	packet->dst_port = cur_u16be(&head);
	packet->tcp_seq = cur_u32be(&head);
	packet->tcp_ack = cur_u32be(&head);
	cur_skip(&head, 1);
	packet->tcp_flags = cur_u8(&head) & TCP_FLAGS;
	packet->tcp_window = cur_u16be(&head);
	packet->checksum = cur_u16be(&head);
	cur_skip(&cur, tcp_header - TCP_HEADER);
	payload.cur = cur_take(&cur, total - IP_HEADER - tcp_header);
	return decode_payload(packet, PACKET_TCP, payload) == DECODE_PACKET;
}
