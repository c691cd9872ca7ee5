/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of this folder: one function per layer, each handed what the layer below
 * carries, filling `packet` on the way up and ending in a verdict. Each spends the span it is
 * handed; who needs the bytes again copies the span first. (By pointer, not by value: copying a
 * struct just written field by field stalls the processor for as long as a whole layer takes.)
 *
 * A wrapping (tunnel.c) is entered with `packet` already complete as the outer packet, so that
 * leaving it unpeeled is always possible.
 */
#ifndef DECODE_LAYERS_H
#define DECODE_LAYERS_H

#include "decode.h"
#include "fragments.h"

enum ethertype {
	ETHERTYPE_802_3_MAX = 1500, /* up to here it is a length */
	ETHERTYPE_MIN = 0x600,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_ERSPAN_3 = 0x22eb,
	ETHERTYPE_BRIDGED = 0x6558, /* an Ethernet frame */
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_PROVIDER_VLAN = 0x88a8,
	ETHERTYPE_ERSPAN = 0x88be,
	ETHERTYPE_OLD_PROVIDER_VLAN = 0x9100,
	ETHERTYPE_OLD_PROVIDER_VLAN_2 = 0x9200,
};

enum ip_protocol {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_IPV4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_AUTHENTICATION = 51,
	PROTO_ICMPV6 = 58,
	PROTO_NOTHING = 59,
	PROTO_DESTINATION = 60,
};

struct decoder {
	struct fragments fragments;
};

/* Bytes as captured, and how many more of them the wire had where the snap length cut. */
struct span {
	struct bt_cursor cur;
	uint32_t missing;
};

static inline uint64_t span_wire(const struct span *span)
{
	return (uint64_t)span->cur.left + span->missing;
}

/* Narrows the span to its first `size` wire bytes (to what there is, when the wire had fewer). */
static inline void span_narrow(struct span *span, uint64_t size)
{
	uint64_t lacks;

	span->cur = cur_take_upto(&span->cur, size);
	lacks = size - span->cur.left;
	if (lacks < span->missing)
		span->missing = (uint32_t)lacks;
}

static inline enum decode_result decode_fail(struct packet *packet, enum decode_problem problem)
{
	packet->problems |= problem;
	return DECODE_FAILED;
}

/* The end of all ways up: this is the payload. By value, to stay in registers. */
static inline enum decode_result decode_payload(struct packet *packet, enum packet_kind kind,
						struct span payload)
{
	packet->kind = kind;
	packet->payload.ptr = payload.cur.ptr;
	packet->payload.left = payload.cur.left;
	packet->payload_wire = (uint32_t)span_wire(&payload);
	packet->cut |= payload.missing != 0;
	return DECODE_PACKET;
}

/* common.c: false, and nothing was written, for all but the most common frames. `packet` is clear. */
bool common_frame(struct packet *packet, const struct frame *frame);

/* link.c */
enum decode_result link_frame(struct decoder *decoder, struct packet *packet, struct span *span,
			      int dlt);
enum decode_result link_ethernet(struct decoder *decoder, struct packet *packet, struct span *span);
bool link_stations(struct packet *packet);     /* src and dst from the MACs; false: it has none */
uint16_t link_ppp_type(struct bt_cursor *cur); /* PPP protocol as EtherType; 0: another, or cut */

/* ip.c */
enum decode_result ip4_decode(struct decoder *decoder, struct packet *packet, struct span *span);
enum decode_result ip6_decode(struct decoder *decoder, struct packet *packet, struct span *span);
enum decode_result ip_any_decode(struct decoder *decoder, struct packet *packet, struct span *span);

/* transport.c: `packet` has addresses and ip_proto; `span` is the IP payload. */
enum decode_result transport_decode(struct decoder *decoder, struct packet *packet,
				    const struct span *span);

/* tunnel.c: `packet` is complete as the outer packet, and stays it when its payload cannot be
 * peeled. */
enum decode_result tunnel_mpls(struct decoder *decoder, struct packet *packet);
enum decode_result tunnel_pppoe(struct decoder *decoder, struct packet *packet);
enum decode_result tunnel_gre(struct decoder *decoder, struct packet *packet);
enum decode_result tunnel_ip(struct decoder *decoder, struct packet *packet);
enum decode_result tunnel_vxlan(struct decoder *decoder, struct packet *packet);
enum decode_result tunnel_geneve(struct decoder *decoder, struct packet *packet);

#endif
