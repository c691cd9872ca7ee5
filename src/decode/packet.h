/* SPDX-License-Identifier: Apache-2.0
 *
 * One frame, understood: addresses, transport, payload. A value that lives for one frame; all
 * pointers are views of the frame, or of a reassembled datagram that the decoder keeps until the
 * next decode_frame().
 *
 * Addresses are those of the innermost packet when tunnels are peeled off. A field that has no
 * meaning for the packet at hand is zero.
 */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include "bittern/cursor.h"
#include "bittern/flow.h"
#include "capture.h"
#include "limits.h"

enum tcp_flag {
	TCP_FIN = 1 << 0,
	TCP_SYN = 1 << 1,
	TCP_RST = 1 << 2,
	TCP_PSH = 1 << 3,
	TCP_ACK = 1 << 4,
	TCP_URG = 1 << 5,
};

enum packet_kind {
	PACKET_NONE, /* nothing to follow (undecodable, or a link type without addresses) */
	PACKET_TCP,
	PACKET_UDP,
	PACKET_ICMP, /* v4 and v6 */
	PACKET_IP,   /* any other IP protocol, and non-first fragments given up on */
	PACKET_ARP,
	PACKET_LINK, /* Ethernet without IP: PROFINET, GOOSE, LLDP, STP ... */
};

/* What was wrong, as bits: decode_problem_name() names each. */
enum decode_problem {
	DECODE_CUT_HEADER = 1 << 0, /* a header is longer than the frame (or its snap length) */
	DECODE_BAD_IP_LENGTH =
		1 << 1, /* total length smaller than the header or larger than the frame */
	DECODE_BAD_IP_HEADER = 1 << 2,  /* version or header length impossible */
	DECODE_BAD_TCP_HEADER = 1 << 3, /* data offset impossible */
	DECODE_BAD_UDP_LENGTH = 1 << 4,
	DECODE_TOO_MANY_TAGS = 1 << 5, /* VLAN, MPLS or IPv6 extension headers over the cap */
	DECODE_TOO_DEEP = 1 << 6, /* tunnels nested over the cap: the outer packet is followed */
	DECODE_FRAGMENT_OVERLAP = 1 << 7, /* overlapping fragments with different bytes */
	DECODE_FRAGMENT_CAP = 1 << 8,     /* a fragment was dropped at a cap */
	DECODE_FRAGMENT_BAD = 1 << 9, /* impossible offset or length (teardrop, ping of death) */
	DECODE_BAD_ARP = 1 << 10,
	DECODE_BAD_TUNNEL = 1 << 11,
	DECODE_PROBLEM_COUNT = 12,
};

/* Kept compact, for it is zeroed for every frame. */
struct packet {
	const struct frame *frame;
	struct bt_cursor
		payload;    /* after the transport header (ICMP: after its checksum), or all that
				   * the link carries (802.2: from the DSAP on); padding is cut */
	const char *tunnel; /* static: outermost wrapping peeled off: "mpls", "pppoe", "gre",
				   * "erspan", "vxlan", "geneve", "ipip"; NULL: none */
	enum packet_kind kind;
	uint32_t problems;     /* bits of enum decode_problem */
	uint32_t payload_wire; /* bytes of payload on the wire: more than payload.left when cut */
	uint32_t ip_length; /* IP header and payload, bytes on the wire. What the header says; when
				   * that is 0 (segmentation offload, jumbograms): what is there */
	uint32_t tcp_seq, tcp_ack;

	struct bt_addr src,
		dst; /* IP for IP packets; MAC for PACKET_LINK (Linux cooked frames do not
				  * say the destination: zeros); sender/target IP for ARP */
	uint8_t tcp_flags;
	bool cut;                      /* the snap length cut the payload */
	uint16_t src_port, dst_port;   /* TCP, UDP; ICMP: type, code */
	uint16_t tcp_window, checksum; /* TCP or UDP checksum as carried */
	uint8_t ip_version;            /* 4, 6, 0 */
	uint8_t ip_proto;              /* of what follows the IPv6 extension headers */
	uint8_t ttl;
	uint8_t tunnel_depth;
	uint16_t ip_id;     /* IPv4 only */
	uint16_t ethertype; /* of the innermost payload; with `llc`: DSAP<<8|SSAP */
	bool llc;           /* PACKET_LINK without an EtherType: 802.2 */
	bool reassembled;   /* payload was put together from fragments */
	bool has_mac; /* the two MACs are from an Ethernet header, the innermost one; Linux cooked
			     * frames set mac_src alone (and mac_dst when broadcast), without this */
	uint8_t vlan_count;
	uint8_t mac_dst[6], mac_src[6]; /* as in the frame */
	uint16_t vlan
		[VLAN_TAGS_MAX]; /* ids, outermost first, of all layers; what does not fit is left out */

	uint16_t arp_op; /* 1 request, 2 reply */
	uint8_t arp_sender_mac[6], arp_target_mac[6];
};

#endif
