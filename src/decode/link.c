/* SPDX-License-Identifier: Apache-2.0
 *
 * What the capture says the frame begins with, up to the network layer: Ethernet (II and 802.2 with
 * or without SNAP, IEEE 802.3) with VLAN tags (802.1Q, 802.1ad and their older numbers), raw IP, BSD
 * loopback, Linux cooked capture v1 and v2, PPP with or without HDLC framing (RFC 1661, RFC 1662),
 * and ARP (RFC 826).
 */
#include "layers.h"

#include <pcap/dlt.h>

enum {
	ETHERNET_HEADER = 14,
	SNAP_LLC = 0xaaaa,
	LINUX_ARPHRD_NETLINK = 824,
	LINUX_PROTO_802_2 = 4,
	LINUX_BROADCAST = 1, /* packet type of cooked frames */
	ARP_BYTES = 28,
};

static void set_mac(struct bt_addr *addr, const uint8_t mac[6])
{
	addr->family = BT_ADDR_MAC;
	memcpy(addr->bytes, mac, 6);
}

bool link_stations(struct packet *packet)
{
	static const uint8_t nobody[6];

	if (!packet->has_mac && memcmp(packet->mac_src, nobody, sizeof(nobody)) == 0)
		return false;
	set_mac(&packet->src, packet->mac_src);
	set_mac(&packet->dst, packet->mac_dst);
	return true;
}

/* Nothing above the link is known: the frame is followed between its stations, if it names any. */
static enum decode_result link_payload(struct packet *packet, struct span *span, uint16_t type)
{
	enum packet_kind kind = link_stations(packet) ? PACKET_LINK : PACKET_NONE;

	packet->ethertype = type;
	return decode_payload(packet, kind, *span);
}

static void set_ipv4(struct bt_addr *addr, struct bt_cursor *cur)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = BT_ADDR_IPV4;
	cur_copy(cur, addr->bytes, 4);
}

static enum decode_result arp(struct packet *packet, struct span *span)
{
	struct bt_cursor body = cur_take(&span->cur, ARP_BYTES);
	uint16_t hardware = cur_u16be(&body), protocol = cur_u16be(&body);
	uint16_t sizes = cur_u16be(&body), op = cur_u16be(&body);

	if (!cur_ok(&body))
		return decode_fail(packet, DECODE_CUT_HEADER);
	/* 6: IEEE 802 networks, the same layout. */
	if ((hardware != 1 && hardware != 6) || protocol != ETHERTYPE_IPV4 || sizes != 0x0604)
		return decode_fail(packet, DECODE_BAD_ARP);
	packet->arp_op = op;
	cur_copy(&body, packet->arp_sender_mac, 6);
	set_ipv4(&packet->src, &body);
	cur_copy(&body, packet->arp_target_mac, 6);
	set_ipv4(&packet->dst, &body);
	packet->ethertype = ETHERTYPE_ARP;
	return decode_payload(packet, PACKET_ARP, (struct span){.cur = body});
}

static enum decode_result network(struct decoder *decoder, struct packet *packet, struct span *span,
				  uint16_t type)
{
	packet->ethertype = type;
	switch (type) {
	case ETHERTYPE_IPV4: return ip4_decode(decoder, packet, span);
	case ETHERTYPE_IPV6: return ip6_decode(decoder, packet, span);
	case ETHERTYPE_ARP: {
		struct span whole = *span;

		/* An ARP of another kind is still a frame between two stations. */
		if (arp(packet, span) == DECODE_PACKET)
			return DECODE_PACKET;
		return link_payload(packet, &whole, type);
	}
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		link_payload(packet, span, type);
		return tunnel_mpls(decoder, packet);
	case ETHERTYPE_PPPOE:
		link_payload(packet, span, type);
		return tunnel_pppoe(decoder, packet);
	default: return link_payload(packet, span, type);
	}
}

/* 802.2: DSAP, SSAP, control; the SNAP extension of it brings an EtherType back. */
static enum decode_result logical_link(struct decoder *decoder, struct packet *packet,
				       struct span *span)
{
	struct span inner = *span;
	uint16_t saps = cur_u16be(&inner.cur);

	if (!cur_ok(&inner.cur))
		packet->problems |= DECODE_CUT_HEADER;
	if (saps == SNAP_LLC && cur_u8(&inner.cur) == 0x03) {
		uint32_t organisation = cur_u24be(&inner.cur);
		uint16_t type = cur_u16be(&inner.cur);

		if (!cur_ok(&inner.cur))
			packet->problems |= DECODE_CUT_HEADER;
		/* RFC 1042, and 802.1H for what is bridged from Ethernet. */
		else if ((organisation == 0 || organisation == 0x0000f8) && type >= ETHERTYPE_MIN)
			return network(decoder, packet, &inner, type);
	}
	packet->llc = true;
	return link_payload(packet, span, saps);
}

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_PROVIDER_VLAN ||
	       type == ETHERTYPE_OLD_PROVIDER_VLAN || type == ETHERTYPE_OLD_PROVIDER_VLAN_2;
}

/* What an EtherType field announces: tags, a length, or a protocol. */
static enum decode_result typed(struct decoder *decoder, struct packet *packet, struct span *span,
				uint16_t type)
{
	for (unsigned tags = 0; is_tag(type); tags++) {
		struct span tagged = *span;
		uint16_t tag = cur_u16be(&span->cur), next = cur_u16be(&span->cur);

		if (!cur_ok(&span->cur) || tags == VLAN_TAGS_MAX) {
			packet->problems |=
				tags == VLAN_TAGS_MAX ? DECODE_TOO_MANY_TAGS : DECODE_CUT_HEADER;
			return link_payload(packet, &tagged, type);
		}
		if (packet->vlan_count < VLAN_TAGS_MAX)
			packet->vlan[packet->vlan_count++] = tag & 0xfff;
		type = next;
	}
	if (type > ETHERTYPE_802_3_MAX)
		return network(decoder, packet, span, type);
	span_narrow(span, type);
	return logical_link(decoder, packet, span);
}

enum decode_result link_ethernet(struct decoder *decoder, struct packet *packet, struct span *span)
{
	struct bt_cursor head = cur_take(&span->cur, ETHERNET_HEADER);

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->has_mac = true;
	cur_copy(&head, packet->mac_dst, 6);
	cur_copy(&head, packet->mac_src, 6);
	return typed(decoder, packet, span, cur_u16be(&head));
}

/* Four bytes of an address family, in the byte order of whoever captured (NULL) or of the network
 * (LOOP). Each BSD has its own number for IPv6. */
static enum decode_result loopback(struct decoder *decoder, struct packet *packet,
				   struct span *span)
{
	uint32_t family = cur_u32be(&span->cur);

	if (!cur_ok(&span->cur))
		return decode_fail(packet, DECODE_CUT_HEADER);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2: return network(decoder, packet, span, ETHERTYPE_IPV4);
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */ return network(decoder, packet, span, ETHERTYPE_IPV6);
	default: return link_payload(packet, span, 0);
	}
}

/* `protocol` is an EtherType or one of Linux's own small numbers, and means nothing of the kind on
 * devices that carry no network protocols. */
static enum decode_result cooked(struct decoder *decoder, struct packet *packet, struct span *span,
				 uint16_t protocol, uint16_t device)
{
	if (device == LINUX_ARPHRD_NETLINK)
		return link_payload(packet, span, 0);
	if (protocol == LINUX_PROTO_802_2)
		return logical_link(decoder, packet, span);
	if (protocol < ETHERTYPE_MIN)
		return link_payload(packet, span, 0);
	return typed(decoder, packet, span, protocol);
}

/* Cooked frames tell the sender, and of the receiver only whether it was everybody. */
static void cooked_sender(struct packet *packet, struct bt_cursor *address, uint16_t size,
			  unsigned packet_type)
{
	if (size != 6)
		return;
	cur_copy(address, packet->mac_src, 6);
	if (packet_type == LINUX_BROADCAST)
		memset(packet->mac_dst, 0xff, 6);
}

static enum decode_result cooked_v1(struct decoder *decoder, struct packet *packet,
				    struct span *span)
{
	struct bt_cursor head = cur_take(&span->cur, 16);
	uint16_t packet_type = cur_u16be(&head), device = cur_u16be(&head);
	uint16_t size = cur_u16be(&head);
	struct bt_cursor address = cur_take(&head, 8);

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	cooked_sender(packet, &address, size, packet_type);
	return cooked(decoder, packet, span, cur_u16be(&head), device);
}

static enum decode_result cooked_v2(struct decoder *decoder, struct packet *packet,
				    struct span *span)
{
	struct bt_cursor head = cur_take(&span->cur, 20);
	uint16_t protocol = cur_u16be(&head), device;
	uint8_t packet_type, size;

	cur_skip(&head, 2 + 4); /* reserved, interface */
	device = cur_u16be(&head);
	packet_type = cur_u8(&head);
	size = cur_u8(&head);
	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	cooked_sender(packet, &head, size, packet_type);
	return cooked(decoder, packet, span, protocol, device);
}

uint16_t link_ppp_type(struct bt_cursor *cur)
{
	uint16_t protocol = cur_u8(cur);

	/* Compressed to one byte when odd (RFC 1661, 6.5). */
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cur_u8(cur));
	if (!cur_ok(cur))
		return 0;
	switch (protocol) {
	case 0x0021: return ETHERTYPE_IPV4;
	case 0x0057: return ETHERTYPE_IPV6;
	case 0x0281: return ETHERTYPE_MPLS;
	case 0x0283: return ETHERTYPE_MPLS_MULTICAST;
	default: return 0;
	}
}

static enum decode_result ppp(struct decoder *decoder, struct packet *packet, struct span *span)
{
	struct span whole = *span;
	struct bt_cursor look = span->cur;
	uint16_t framing = cur_u16be(&look);

	if (!cur_ok(&look))
		return decode_fail(packet, DECODE_CUT_HEADER);
	if (framing == 0x0f00 ||
	    framing == 0x8f00) { /* Cisco's HDLC instead of PPP: unicast, all */
		span->cur = look;
		framing = cur_u16be(&span->cur);
	} else {
		if (framing == 0xff03)
			span->cur = look;
		framing = link_ppp_type(&span->cur);
	}
	if (!cur_ok(&span->cur))
		return decode_fail(packet, DECODE_CUT_HEADER);
	return framing < ETHERTYPE_MIN ? link_payload(packet, &whole, 0)
				       : network(decoder, packet, span, framing);
}

bool decode_link_supported(int dlt)
{
	switch (dlt) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
	case DLT_PPP:
	case DLT_PPP_SERIAL: return true;
	default: return false;
	}
}

enum decode_result link_frame(struct decoder *decoder, struct packet *packet, struct span *span,
			      int dlt)
{
	switch (dlt) {
	case DLT_EN10MB: return link_ethernet(decoder, packet, span);
	case DLT_RAW: return ip_any_decode(decoder, packet, span);
	case DLT_IPV4: return network(decoder, packet, span, ETHERTYPE_IPV4);
	case DLT_IPV6: return network(decoder, packet, span, ETHERTYPE_IPV6);
	case DLT_NULL:
	case DLT_LOOP: return loopback(decoder, packet, span);
	case DLT_LINUX_SLL: return cooked_v1(decoder, packet, span);
	case DLT_LINUX_SLL2: return cooked_v2(decoder, packet, span);
	case DLT_PPP:
	case DLT_PPP_SERIAL: return ppp(decoder, packet, span);
	default: return link_payload(packet, span, 0);
	}
}
