/* SPDX-License-Identifier: Apache-2.0
 *
 * Peeling: MPLS (RFC 3032, pseudowires RFC 4448), PPPoE sessions (RFC 2516), GRE (RFC 2784,
 * RFC 2890), ERSPAN I to III, IP in IP (RFC 2003, RFC 4213), VXLAN (RFC 7348) and GENEVE (RFC 8926).
 * Switches mirror through several of these; the traffic that matters is the innermost.
 *
 * Whoever cannot be peeled stays what it is without: a frame between two stations, an IP packet, a
 * datagram. That is a problem (DECODE_BAD_TUNNEL) only when the wrapping promises what is not
 * inside, not when it carries something that is not ours to follow.
 */
#include "layers.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_SOURCE_ROUTE = 0x0800,
	GRE_VERSION = 0x0007,
	ERSPAN_2_VERSION = 1,
	ERSPAN_3_VERSION = 2,
	ERSPAN_3_SUBHEADER = 1, /* bit of the last byte */
	MPLS_BOTTOM = 0x100,
	PPPOE_VERSION_TYPE = 0x11,
};

/* The wrapping is broken and stays on. What the snap length cut is nobody's fault. */
static enum decode_result broken(struct packet *packet)
{
	packet->problems |= packet->cut ? DECODE_CUT_HEADER : DECODE_BAD_TUNNEL;
	return DECODE_PACKET;
}

static enum decode_result inside(struct decoder *decoder, struct packet *packet, struct span *span,
				 uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IPV4: return ip4_decode(decoder, packet, span);
	case ETHERTYPE_IPV6: return ip6_decode(decoder, packet, span);
	case ETHERTYPE_BRIDGED: return link_ethernet(decoder, packet, span);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		decode_payload(packet, PACKET_NONE, *span);
		return tunnel_mpls(decoder, packet);
	default: return DECODE_PACKET;
	}
}

static struct span payload_of(const struct packet *packet)
{
	return (struct span){
		.cur = packet->payload,
		.missing = packet->payload_wire - (uint32_t)cur_left(&packet->payload),
	};
}

/* What the wrapping leaves behind for the packet inside. */
static struct packet fresh(const struct packet *outer)
{
	struct packet inner = {
		.frame = outer->frame,
		.problems = outer->problems,
		.tunnel = outer->tunnel,
		.tunnel_depth = outer->tunnel_depth,
		.reassembled = outer->reassembled,
		.has_mac = outer->has_mac,
		.vlan_count = outer->vlan_count,
	};

	memcpy(inner.mac_src, outer->mac_src, sizeof(inner.mac_src));
	memcpy(inner.mac_dst, outer->mac_dst, sizeof(inner.mac_dst));
	memcpy(inner.vlan, outer->vlan, sizeof(inner.vlan));
	return inner;
}

static enum decode_result peel(struct decoder *decoder, struct packet *packet, const char *name,
			       struct span *span, uint16_t type)
{
	struct packet outer = *packet;
	enum decode_result result;

	if (packet->tunnel_depth == TUNNEL_DEPTH_MAX) {
		packet->problems |= DECODE_TOO_DEEP;
		return DECODE_PACKET;
	}
	*packet = fresh(&outer);
	packet->tunnel_depth++;
	if (!packet->tunnel)
		packet->tunnel = name;
	result = inside(decoder, packet, span, type);
	if (result == DECODE_HELD || packet->kind != PACKET_NONE)
		return result;
	outer.problems |= packet->problems;
	if (result == DECODE_FAILED && !(outer.cut && packet->problems & DECODE_CUT_HEADER))
		outer.problems |= DECODE_BAD_TUNNEL;
	*packet = outer;
	return DECODE_PACKET;
}

/* ---- MPLS: nothing in it says what it carries, RFC 4928 made the first nibble a hint ---- */

static bool looks_like_ip(const struct span *span, unsigned version)
{
	struct bt_cursor look = span->cur;
	uint64_t on_wire = span_wire(span);
	uint32_t word = cur_u32be(&look), second = cur_u32be(&look);
	uint32_t length = version == 4 ? word & 0xffff : (second >> 16) + 40;

	if (!cur_ok(&look) || word >> 28 != version || length > on_wire)
		return false;
	return version == 6 || ((word >> 24 & 0xf) >= 5 && length >= 20);
}

static bool announces_ip(const struct span *span)
{
	struct bt_cursor look = span->cur;
	unsigned version = cur_u8(&look) >> 4;

	return version == 4 || version == 6;
}

/* 0: not an Ethernet header; 1: could be any; 2: its type is well known. */
static unsigned looks_like_ethernet(const struct span *span)
{
	struct bt_cursor look = span->cur;
	uint16_t type;

	cur_skip(&look, 12);
	type = cur_u16be(&look);
	if (!cur_ok(&look))
		return 0;
	switch (type) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
	case ETHERTYPE_ARP:
	case ETHERTYPE_VLAN:
	case ETHERTYPE_PROVIDER_VLAN:
	case ETHERTYPE_OLD_PROVIDER_VLAN:
	case ETHERTYPE_OLD_PROVIDER_VLAN_2:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_PPPOE: return 2;
	default: return type >= ETHERTYPE_MIN || (type && type <= span_wire(span));
	}
}

/* A pseudowire, with its control word (first nibble 0) or without: what looks more like a frame.
 * Nibbles that announce IP (4, 6) or a control channel (1) must be outvoted by a known type. */
static bool find_pseudowire(struct span *span)
{
	struct span behind = *span;
	unsigned plain = looks_like_ethernet(span), controlled = 0;
	uint32_t nibble = cur_u32be(&behind.cur) >> 28;

	if (nibble == 0)
		controlled = looks_like_ethernet(&behind);
	if (controlled && controlled >= plain)
		*span = behind;
	else if (nibble == 1 || nibble == 4 || nibble == 6)
		return plain == 2;
	return plain || controlled;
}

enum decode_result tunnel_mpls(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	uint32_t label = 0;

	for (unsigned labels = 0; !(label & MPLS_BOTTOM); labels++) {
		if (labels == MPLS_LABELS_MAX) {
			packet->problems |= DECODE_TOO_MANY_TAGS;
			return DECODE_PACKET;
		}
		label = cur_u32be(&span.cur);
		if (!cur_ok(&span.cur))
			return broken(packet);
	}
	if (looks_like_ip(&span, 4))
		return peel(decoder, packet, "mpls", &span, ETHERTYPE_IPV4);
	if (looks_like_ip(&span, 6))
		return peel(decoder, packet, "mpls", &span, ETHERTYPE_IPV6);
	if (find_pseudowire(&span))
		return peel(decoder, packet, "mpls", &span, ETHERTYPE_BRIDGED);
	return announces_ip(&span) ? broken(packet) : DECODE_PACKET;
}

enum decode_result tunnel_pppoe(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	struct bt_cursor head = cur_take(&span.cur, 6);
	uint16_t version_code = cur_u16be(&head), length;

	cur_skip(&head, 2); /* session */
	length = cur_u16be(&head);
	if (!cur_ok(&head) || version_code != PPPOE_VERSION_TYPE << 8 || length > span_wire(&span))
		return broken(packet);
	span_narrow(&span, length);
	version_code = link_ppp_type(&span.cur);
	if (!cur_ok(&span.cur))
		return broken(packet);
	return peel(decoder, packet, "pppoe", &span, version_code);
}

static enum decode_result erspan(struct decoder *decoder, struct packet *packet, struct span *span,
				 unsigned version, size_t header)
{
	struct bt_cursor head = cur_take(&span->cur, header);
	uint8_t first = cur_u8(&head), last;

	cur_skip(&head, header - 2);
	last = cur_u8(&head);
	if (!cur_ok(&head) || first >> 4 != version)
		return broken(packet);
	if (version == ERSPAN_3_VERSION && last & ERSPAN_3_SUBHEADER && !cur_skip(&span->cur, 8))
		return broken(packet);
	return peel(decoder, packet, "erspan", span, ETHERTYPE_BRIDGED);
}

enum decode_result tunnel_gre(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	uint16_t flags = cur_u16be(&span.cur), type = cur_u16be(&span.cur);

	if ((flags & GRE_VERSION) == 1) /* PPTP's own: compressed PPP with acknowledgements */
		return DECODE_PACKET;
	for (uint16_t field = GRE_CHECKSUM; field >= GRE_SEQUENCE; field >>= 1)
		cur_skip(&span.cur, flags & field ? 4 : 0);
	if (!cur_ok(&span.cur) || flags & (GRE_ROUTING | GRE_SOURCE_ROUTE | GRE_VERSION))
		return broken(packet);
	switch (type) {
	case ETHERTYPE_ERSPAN:
		if (flags & GRE_SEQUENCE)
			return erspan(decoder, packet, &span, ERSPAN_2_VERSION, 8);
		return peel(decoder, packet, "erspan", &span, ETHERTYPE_BRIDGED);
	case ETHERTYPE_ERSPAN_3: return erspan(decoder, packet, &span, ERSPAN_3_VERSION, 12);
	default: return peel(decoder, packet, "gre", &span, type);
	}
}

enum decode_result tunnel_ip(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	return peel(decoder, packet, "ipip", &span,
		    packet->ip_proto == PROTO_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

/* ---- over UDP: a port proves nothing, so each header must be in order to the last bit ---- */

enum decode_result tunnel_vxlan(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	uint32_t word = cur_u32be(&span.cur), network = cur_u32be(&span.cur);
	/* The I flag alone; or with the group policy extension its flags and a group id. */
	bool plain = word == 0x08000000, policy = (word & 0xffb70000) == 0x88000000;

	if (!cur_ok(&span.cur) || !(plain || policy) || network & 0xff)
		return DECODE_PACKET;
	return peel(decoder, packet, "vxlan", &span, ETHERTYPE_BRIDGED);
}

enum decode_result tunnel_geneve(struct decoder *decoder, struct packet *packet)
{
	struct span span = payload_of(packet);
	uint32_t word = cur_u32be(&span.cur), network = cur_u32be(&span.cur);
	size_t options = (size_t)(word >> 24 & 0x3f) * 4;

	/* Version 0, reserved bits 0; of the two flags only "critical" carries a packet. */
	if (!cur_ok(&span.cur) || word & 0xc0bf0000 || network & 0xff)
		return DECODE_PACKET;
	if (!cur_skip(&span.cur, options))
		return broken(packet);
	return peel(decoder, packet, "geneve", &span, (uint16_t)word);
}
