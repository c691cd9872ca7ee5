/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200, RFC 4302), down to the payload of
 * the whole datagram. What a receiver would throw away for a wrong length is not followed: else
 * anybody could slip the sensor bytes that the receiver never accepts.
 */
#include "layers.h"

enum {
	IPV4_HEADER = 20,
	IPV4_BYTES_MAX = 65535,
	IPV4_MORE = 0x2000,
	IPV4_OFFSET = 0x1fff,
	IPV6_HEADER = 40,
	IPV6_MORE = 1,
	IPV6_OFFSET = 0xfff8, /* already in bytes */
};

/* A fragment that cannot be put together, because the capture cut it: the first one still tells the
 * ports. */
static enum decode_result give_up(struct decoder *decoder, struct packet *packet, struct span *span,
				  bool first)
{
	packet->cut = true;
	return first ? transport_decode(decoder, packet, span)
		     : decode_payload(packet, PACKET_IP, *span);
}

/* Done when the datagram is whole: then `*span` is its payload and ip_proto its protocol. */
static enum decode_result reassemble(struct decoder *decoder, struct packet *packet,
				     struct fragment *fragment, struct span *span)
{
	uint32_t header = packet->ip_length - (uint32_t)span_wire(span);

	memcpy(fragment->key.src, packet->src.bytes, sizeof(fragment->key.src));
	memcpy(fragment->key.dst, packet->dst.bytes, sizeof(fragment->key.dst));
	fragment->key.version = packet->ip_version;
	fragment->proto = packet->ip_proto;
	fragment->time_ns = packet->frame->time_ns;
	fragment->bytes = span->cur;
	if (!fragments_add(&decoder->fragments, fragment, packet->tunnel_depth, &span->cur,
			   &packet->ip_proto, &packet->problems))
		return DECODE_HELD;
	packet->reassembled = true;
	packet->ip_length = header + (uint32_t)cur_left(&span->cur);
	return DECODE_PACKET;
}

/* Done when `*span` is the payload of the whole datagram; given up when the packet has a kind. As
 * ip6_fragment(). */
static enum decode_result ip4_fragment(struct decoder *decoder, struct packet *packet,
				       struct span *span, uint16_t place)
{
	struct fragment fragment = {
		.key = {.id = packet->ip_id, .proto = packet->ip_proto},
		.offset = (uint32_t)(place & IPV4_OFFSET) * 8,
		.bytes_max = IPV4_BYTES_MAX - IPV4_HEADER,
		.more = place & IPV4_MORE,
	};

	if (span->missing)
		return give_up(decoder, packet, span, fragment.offset == 0);
	return reassemble(decoder, packet, &fragment, span);
}

/* Authentication hides nothing: protocol, length in words less two, the rest, then the payload. */
static enum decode_result skip_authentication(struct packet *packet, struct span *span)
{
	struct bt_cursor head = span->cur;
	uint8_t proto = cur_u8(&head), words = cur_u8(&head);

	if (!cur_ok(&head) || !cur_skip(&span->cur, ((size_t)words + 2) * 4))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->ip_proto = proto;
	return DECODE_PACKET;
}

enum decode_result ip4_decode(struct decoder *decoder, struct packet *packet, struct span *span)
{
	uint64_t on_wire = span_wire(span);
	struct bt_cursor head = cur_take(&span->cur, IPV4_HEADER);
	uint8_t first = cur_u8(&head);
	size_t header = (size_t)(first & 0xf) * 4;
	uint32_t total;
	uint16_t place;

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	cur_skip(&head, 1); /* type of service */
	total = cur_u16be(&head);
	packet->ip_version = 4;
	packet->ip_id = cur_u16be(&head);
	place = cur_u16be(&head);
	packet->ttl = cur_u8(&head);
	packet->ip_proto = cur_u8(&head);
	cur_skip(&head, 2); /* checksum: often left to the network card */
	packet->src.family = packet->dst.family = BT_ADDR_IPV4;
	cur_copy(&head, packet->src.bytes, 4);
	cur_copy(&head, packet->dst.bytes, 4);
	packet->ethertype = ETHERTYPE_IPV4;

	if (first >> 4 != 4 || header < IPV4_HEADER)
		return decode_fail(packet, DECODE_BAD_IP_HEADER);
	/* Captured on a sending host whose card will cut the segment and fill in the length. */
	if (total == 0 && on_wire > header)
		total = (uint32_t)on_wire;
	packet->ip_length = total;
	if (total < header || total > on_wire)
		return decode_fail(packet, DECODE_BAD_IP_LENGTH);
	if (!cur_skip(&span->cur, header - IPV4_HEADER))
		return decode_fail(packet, DECODE_CUT_HEADER);
	span_narrow(span, total - header);
	if (place & (IPV4_MORE | IPV4_OFFSET)) {
		enum decode_result result = ip4_fragment(decoder, packet, span, place);

		if (result != DECODE_PACKET || packet->kind != PACKET_NONE)
			return result;
	}
	if (packet->ip_proto == PROTO_AUTHENTICATION &&
	    skip_authentication(packet, span) != DECODE_PACKET)
		return DECODE_FAILED;
	return transport_decode(decoder, packet, span);
}

/* The fragment header, once per datagram. */
static enum decode_result ip6_fragment(struct decoder *decoder, struct packet *packet,
				       struct span *span)
{
	struct bt_cursor head = cur_take(&span->cur, 8);
	struct fragment fragment = {.bytes_max = DATAGRAM_BYTES_MAX};
	uint16_t place;

	packet->ip_proto = cur_u8(&head);
	cur_skip(&head, 1);
	place = cur_u16be(&head);
	fragment.key.id = cur_u32be(&head);
	fragment.offset = place & IPV6_OFFSET;
	fragment.more = place & IPV6_MORE;
	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	if (fragment.offset == 0 && !fragment.more)
		return DECODE_PACKET; /* "atomic", RFC 6946: a datagram of its own */
	if (span->missing)
		return give_up(decoder, packet, span, fragment.offset == 0);
	return reassemble(decoder, packet, &fragment, span);
}

/* Walks the extension headers; ip_proto is then what follows them. */
static enum decode_result ip6_extensions(struct decoder *decoder, struct packet *packet,
					 struct span *span)
{
	bool fragmented = false;

	for (unsigned count = 0; count <= IPV6_EXTENSIONS_MAX; count++) {
		enum decode_result result;
		struct bt_cursor head = span->cur;
		uint8_t next;

		switch (packet->ip_proto) {
		case PROTO_HOP_BY_HOP:
		case PROTO_ROUTING:
		case PROTO_DESTINATION:
			next = cur_u8(&head);
			if (!cur_skip(&span->cur, ((size_t)cur_u8(&head) + 1) * 8))
				return decode_fail(packet, DECODE_CUT_HEADER);
			packet->ip_proto = next;
			break;
		case PROTO_AUTHENTICATION:
			if (skip_authentication(packet, span) != DECODE_PACKET)
				return DECODE_FAILED;
			break;
		case PROTO_FRAGMENT:
			if (fragmented)
				return decode_fail(packet, DECODE_FRAGMENT_BAD);
			fragmented = true;
			result = ip6_fragment(decoder, packet, span);
			if (result != DECODE_PACKET || packet->kind != PACKET_NONE)
				return result;
			break;
		default: return transport_decode(decoder, packet, span);
		}
	}
	return decode_fail(packet, DECODE_TOO_MANY_TAGS);
}

enum decode_result ip6_decode(struct decoder *decoder, struct packet *packet, struct span *span)
{
	struct bt_cursor head = cur_take(&span->cur, IPV6_HEADER);
	uint8_t version = cur_u32be(&head) >> 28;
	uint64_t length = cur_u16be(&head);

	if (!cur_ok(&head))
		return decode_fail(packet, DECODE_CUT_HEADER);
	packet->ip_version = 6;
	packet->ip_proto = cur_u8(&head);
	packet->ttl = cur_u8(&head);
	packet->src.family = packet->dst.family = BT_ADDR_IPV6;
	cur_copy(&head, packet->src.bytes, 16);
	cur_copy(&head, packet->dst.bytes, 16);
	packet->ethertype = ETHERTYPE_IPV6;

	if (version != 6)
		return decode_fail(packet, DECODE_BAD_IP_HEADER);
	/* A jumbogram (RFC 2675), or left to the network card. */
	if (length == 0 && packet->ip_proto != PROTO_NOTHING)
		length = span_wire(span);
	packet->ip_length = (uint32_t)(IPV6_HEADER + length);
	if (length > span_wire(span))
		return decode_fail(packet, DECODE_BAD_IP_LENGTH);
	span_narrow(span, length);
	return ip6_extensions(decoder, packet, span);
}

enum decode_result ip_any_decode(struct decoder *decoder, struct packet *packet, struct span *span)
{
	struct bt_cursor look = span->cur;
	uint8_t version = cur_u8(&look) >> 4;

	if (!cur_ok(&look))
		return decode_fail(packet, DECODE_CUT_HEADER);
	if (version != 4 && version != 6)
		return decode_fail(packet, DECODE_BAD_IP_HEADER);
	return version == 4 ? ip4_decode(decoder, packet, span) : ip6_decode(decoder, packet, span);
}
