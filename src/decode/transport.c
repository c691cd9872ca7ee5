/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, RFC 4443); and from here into the tunnels that
 * IP and UDP carry. Checksums are left alone: cards compute them after a capture on the host.
 */
#include "layers.h"

enum {
	TCP_HEADER = 20,
	TCP_FLAGS = 0x3f,
	UDP_HEADER = 8,
	PORT_VXLAN = 4789,
	PORT_VXLAN_LINUX = 8472, /* the kernel's, older than the assignment */
	PORT_GENEVE = 6081,
};

static enum decode_result tcp(struct packet *packet, struct span span)
{
	uint64_t on_wire = span_wire(&span);
	struct bt_cursor head = cur_take(&span.cur, TCP_HEADER);
	size_t header;

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->src_port = cur_u16be(&head);
	packet->dst_port = cur_u16be(&head);
	packet->tcp_seq = cur_u32be(&head);
	packet->tcp_ack = cur_u32be(&head);
	header = (size_t)(cur_u8(&head) >> 4) * 4;
	packet->tcp_flags = cur_u8(&head) & TCP_FLAGS;
	packet->tcp_window = cur_u16be(&head);
	packet->checksum = cur_u16be(&head);
	if (header < TCP_HEADER || header > on_wire)
		return decode_fail(packet, DECODE_BAD_TCP_HEADER);
	if (!cur_skip(&span.cur, header - TCP_HEADER))
		return decode_fail(packet, DECODE_CUT_HEADER);
	return decode_payload(packet, PACKET_TCP, span);
}

static enum decode_result udp(struct packet *packet, struct span span)
{
	uint64_t on_wire = span_wire(&span);
	struct bt_cursor head = cur_take(&span.cur, UDP_HEADER);
	uint64_t length;

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->src_port = cur_u16be(&head);
	packet->dst_port = cur_u16be(&head);
	length = cur_u16be(&head);
	packet->checksum = cur_u16be(&head);
	if (length == 0) /* a jumbogram (RFC 2675), or left to the network card */
		length = on_wire;
	/* Cut already here: the first of fragments that the capture cut; the rest is in the others. */
	if (length < UDP_HEADER || (length > on_wire && !packet->cut))
		return decode_fail(packet, DECODE_BAD_UDP_LENGTH);
	span_narrow(&span, length - UDP_HEADER);
	return decode_payload(packet, PACKET_UDP, span);
}

static enum decode_result udp_tunnel(struct decoder *decoder, struct packet *packet)
{
	switch (packet->dst_port) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX: return tunnel_vxlan(decoder, packet);
	case PORT_GENEVE: return tunnel_geneve(decoder, packet);
	default: return DECODE_PACKET;
	}
}

static enum decode_result icmp(struct packet *packet, struct span span)
{
	struct bt_cursor head = cur_take(&span.cur, 4);

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->src_port = cur_u8(&head);
	packet->dst_port = cur_u8(&head);
	packet->checksum = cur_u16be(&head);
	return decode_payload(packet, PACKET_ICMP, span);
}

enum decode_result transport_decode(struct decoder *decoder, struct packet *packet,
				    const struct span *span)
{
	switch (packet->ip_proto) {
	case PROTO_TCP: return tcp(packet, *span);
	case PROTO_UDP:
		if (udp(packet, *span) != DECODE_PACKET)
			return DECODE_FAILED;
		return udp_tunnel(decoder, packet);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if ((packet->ip_proto == PROTO_ICMP) == (packet->ip_version == 4))
			return icmp(packet, *span);
		return decode_payload(packet, PACKET_IP, *span);
	case PROTO_IPV4:
	case PROTO_IPV6:
		decode_payload(packet, PACKET_IP, *span);
		return tunnel_ip(decoder, packet);
	case PROTO_GRE:
		decode_payload(packet, PACKET_IP, *span);
		return tunnel_gre(decoder, packet);
	default: return decode_payload(packet, PACKET_IP, *span);
	}
}
