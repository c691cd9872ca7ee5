/* SPDX-License-Identifier: Apache-2.0
 *
 * The one file that knows nDPI (https://github.com/ntop/nDPI): built against 4.2 to 5.x, whose
 * differences are all in the part between the two rules below.
 *
 * nDPI is shown a packet of our making, not the frame: a plain IP header, a plain TCP or UDP header
 * and a copy of the payload. So it reads no header that an enemy wrote, a datagram put together from
 * fragments or out of a tunnel looks like any other, and what it keeps of a packet has a bound.
 *
 * Of its hundreds of protocols those are asked for that an industrial network may carry and that
 * content proves. Left out: games, messengers and file sharing, which guess and would see patterns
 * in process data; QUIC, which costs a decryption for every packet; and all that looks into the
 * caches which nDPI keeps across flows (STUN and what runs over it, BitTorrent, Ookla, Zoom, Teams,
 * mining, Tinc), for a label must not depend on which flows share a worker. A name is that of the
 * protocol ("tls"), never of the service found inside, which partly comes from these caches too.
 */
#include "label.h"

#include <stdlib.h>

#ifndef HAVE_NDPI

struct labeller {
	char nothing;
};

struct labeller *labeller_create(void)
{
	return calloc(1, sizeof(struct labeller));
}

void labeller_destroy(struct labeller *labeller)
{
	free(labeller);
}

const char *labeller_version(void)
{
	return "built without nDPI";
}

const char *label_packet(struct labeller *labeller, struct label **label,
			 const struct packet *packet)
{
	return "";
}

void label_drop(struct label **label)
{
}

#else

#include <ndpi_api.h>
#include <pthread.h>
#include <strings.h>

enum {
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	HEADERS_MAX = IP6_HEADER + TCP_HEADER,
	BYTES_MAX = 1460, /* of a packet's payload: a full Ethernet frame's */
	BEHIND = 64,      /* zeros: whoever reads too far finds the same after every packet */
};

struct labeller {
	struct ndpi_detection_module_struct *ndpi; /* made for the first flow that asks */
	bool failed;                               /* there was no memory for it */
	_Alignas(8) uint8_t image[HEADERS_MAX + BYTES_MAX + BEHIND];
};

struct label {
	unsigned packets;
	struct ndpi_flow_struct flow;
};

/* What nDPI calls it (capitals do not matter; names that a version does not know are passed over),
 * and what we do. */
static const struct {
	const char *theirs, *ours;
} wanted[] = {
	{"Modbus", "modbus"},
	{"DNP3", "dnp3"},
	{"IEC60870", "iec-104"},
	{"s7comm", "s7comm"},
	{"S7CommPlus", "s7comm-plus"},
	{"EthernetIP", "enip"},
	{"CIP", "enip"},
	{"BACnet", "bacnet"},
	{"OPC-UA", "opcua"},
	{"HART-IP", "hart-ip"},
	{"PROFINET_IO", "profinet-cm"},
	{"OMRON_FINS", "fins"},
	{"UMAS", "umas"},
	{"BECKHOFF_ADS", "ads"},
	{"IEEE-C37118", "synchrophasor"},
	{"ISO9506-1-MMS", "mms"},
	{"GE_SRTP", "ge-srtp"},
	{"MELSEC", "melsec"},
	{"TriStation", "tristation"},
	{"KNXnet_IP", "knxnet-ip"},
	{"EtherCAT", "ethercat"},
	{"EtherSBus", "ether-s-bus"},
	{"EtherSIO", "ether-s-io"},
	{"RTPS", "rtps"},
	{"SOMEIP", "some-ip"},
	{"HP_VIRTGRP", "hp-virtgrp"},
	{"MQTT", "mqtt"},
	{"COAP", "coap"},
	{"AMQP", "amqp"},
	{"ZeroMQ", "zeromq"},
	{"Nats", "nats"},
	{"Corba", "corba"},
	{"FTP_CONTROL", "ftp"},
	{"TFTP", "tftp"},
	{"SSH", "ssh"},
	{"Telnet", "telnet"},
	{"SMTP", "smtp"},
	{"POP3", "pop3"},
	{"IMAP", "imap"},
	{"DNS", "dns"},
	{"MDNS", "mdns"},
	{"LLMNR", "llmnr"},
	{"NetBIOS", "netbios"},
	{"DHCP", "dhcp"},
	{"DHCPV6", "dhcpv6"},
	{"NTP", "ntp"},
	{"SNMP", "snmp"},
	{"Syslog", "syslog"},
	{"SSDP", "ssdp"},
	{"WSD", "ws-discovery"},
	{"UBNTAC2", "ubiquiti"},
	{"HTTP", "http"},
	{"HTTP_Proxy", "http-proxy"},
	{"WebSocket", "websocket"},
	{"IPP", "ipp"},
	{"BJNP", "bjnp"},
	{"TLS", "tls"},
	{"DTLS", "dtls"},
	{"SMBv1", "smb"},
	{"SMBv23", "smb"},
	{"NFS", "nfs"},
	{"AFP", "afp"},
	{"RSYNC", "rsync"},
	{"DCE_RPC", "dcerpc"},
	{"RPC", "portmap"},
	{"Kerberos", "kerberos"},
	{"LDAP", "ldap"},
	{"Radius", "radius"},
	{"Diameter", "diameter"},
	{"TACACS_Plus", "tacacs"},
	{"RDP", "rdp"},
	{"VNC", "vnc"},
	{"TeamViewer", "teamviewer"},
	{"AnyDesk", "anydesk"},
	{"Citrix", "citrix"},
	{"X11", "x11"},
	{"XDMCP", "xdmcp"},
	{"PostgreSQL", "postgresql"},
	{"MySQL", "mysql"},
	{"MsSQL-TDS", "mssql"},
	{"Oracle", "oracle"},
	{"MongoDB", "mongodb"},
	{"Redis", "redis"},
	{"Memcached", "memcached"},
	{"RTSP", "rtsp"},
	{"SIP", "sip"},
	{"H323", "h323"},
	{"NetFlow", "netflow"},
	{"IPFIX", "ipfix"},
	{"sFlow", "sflow"},
	{"Zabbix", "zabbix"},
	{"CHECKMK", "checkmk"},
	{"Collectd", "collectd"},
	{"BGP", "bgp"},
	{"CAPWAP", "capwap"},
	{"LISP", "lisp"},
	{"VXLAN", "vxlan"},
	{"GTP", "gtp"},
	{"IPsec", "ipsec"},
	{"OpenVPN", "openvpn"},
	{"WireGuard", "wireguard"},
	{"PPTP", "pptp"},
	{"SOCKS", "socks"},
	{"Git", "git"},
	{"PTPv2", "ptp"},
	{"BFD", "bfd"},
	{"HSRP", "hsrp"},
};

enum {
	WANTED = sizeof(wanted) / sizeof(wanted[0]),
};

static const char *our_name(const char *theirs)
{
	for (size_t i = 0; i < WANTED; i++) {
		if (strcasecmp(wanted[i].theirs, theirs) == 0)
			return wanted[i].ours;
	}
	return NULL;
}

/* -------------------------------------------------------- what differs between nDPI's versions */

#define NDPI_IS_AT_LEAST(major, minor) \
	(NDPI_MAJOR > (major) || (NDPI_MAJOR == (major) && NDPI_MINOR >= (minor)))

#if NDPI_IS_AT_LEAST(4, 10)
/* Nothing across flows, no lists of addresses, and nothing that is more than a name. Settings that a
 * version does not know do nothing. */
static void configure(struct ndpi_detection_module_struct *ndpi)
{
	static const struct {
		const char *protocol, *setting;
	} off[] = {
		{NULL, "lru.ookla.size"},
		{NULL, "lru.bittorrent.size"},
		{NULL, "lru.zoom.size"},
		{NULL, "lru.stun.size"},
		{NULL, "lru.tls_cert.size"},
		{NULL, "lru.mining.size"},
		{NULL, "lru.msteams.size"},
		{NULL, "lru.stun_zoom.size"},
		{NULL, "lru.fpc_dns.size"},
		{NULL, "lru.signal.size"},
		{NULL, "fpc"},
		{NULL, "hostname_dns_check"},
		{NULL, "flow_risk_lists.load"},
		{NULL, "flow_risk.any"},
		{NULL, "dpi.guess_on_giveup"},
		{NULL, "dpi.compute_entropy"},
		{NULL, "libgcrypt.init"},
		{NULL, "metadata.tcp_fingerprint"},
		{"any", "ip_list.load"},
		{"dns", "subclassification"},
		{"tls", "subclassification"},
		{"http", "subclassification"},
	};

	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		ndpi_set_config(ndpi, off[i].protocol, off[i].setting, "0");
}

static struct ndpi_detection_module_struct *new_module(void)
{
	struct ndpi_detection_module_struct *ndpi = ndpi_init_detection_module(NULL);

	if (ndpi)
		configure(ndpi);
	return ndpi;
}
#else
static struct ndpi_detection_module_struct *new_module(void)
{
	enum { DONT_LOAD_TOR = 1 }; /* its name changed, its value did not */
	struct ndpi_detection_module_struct *ndpi =
		ndpi_init_detection_module(DONT_LOAD_TOR | ndpi_dont_init_libgcrypt);

#if NDPI_IS_AT_LEAST(4, 6)
	for (int i = 0; ndpi && i < NDPI_LRUCACHE_MAX; i++)
		ndpi_set_lru_cache_size(ndpi, i, 0);
#endif
	return ndpi;
}
#endif

#if NDPI_IS_AT_LEAST(5, 0)
static bool finish_module(struct ndpi_detection_module_struct *ndpi)
{
	ndpi_set_config(ndpi, "any", "enable", "0");
	for (size_t i = 0; i < WANTED; i++)
		ndpi_set_config(ndpi, wanted[i].theirs, "enable", "1");
	return ndpi_finalize_initialization(ndpi) == 0;
}
#else
static bool finish_module(struct ndpi_detection_module_struct *ndpi)
{
	NDPI_PROTOCOL_BITMASK mask;

	NDPI_BITMASK_RESET(mask);
	for (uint16_t id = 1; id < NDPI_MAX_SUPPORTED_PROTOCOLS; id++) {
		if (our_name(ndpi_get_proto_name(ndpi, id)))
			NDPI_ADD_PROTOCOL_TO_BITMASK(mask, id);
	}
	ndpi_set_protocol_detection_bitmask2(ndpi, &mask);
	ndpi_finalize_initialization(ndpi);
	return true;
}
#endif

static void inspect(struct labeller *labeller, struct label *label, size_t size, int64_t time_ns)
{
	ndpi_detection_process_packet(labeller->ndpi, &label->flow, labeller->image,
				      (unsigned short)size, (uint64_t)(time_ns / 1000000)
#if NDPI_IS_AT_LEAST(4, 6)
								    ,
				      NULL
#endif
	);
}

/* --------------------------------------------------------------------------------------------- */

struct labeller *labeller_create(void)
{
	return calloc(1, sizeof(struct labeller));
}

void labeller_destroy(struct labeller *labeller)
{
	if (!labeller)
		return;
	if (labeller->ndpi)
		ndpi_exit_detection_module(labeller->ndpi);
	free(labeller);
}

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

const char *labeller_version(void)
{
	return "nDPI " TEXT(NDPI_MAJOR) "." TEXT(NDPI_MINOR) "." TEXT(NDPI_PATCH);
}

/* Some 5 MB and 25 ms, which a network whose every flow is claimed never pays. nDPI wants its modules
 * made one after the other: they share tables. */
static bool is_ready(struct labeller *labeller)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

	if (labeller->ndpi || labeller->failed)
		return labeller->ndpi;
	pthread_mutex_lock(&one_at_a_time);
	labeller->ndpi = new_module();
	if (labeller->ndpi && !finish_module(labeller->ndpi)) {
		ndpi_exit_detection_module(labeller->ndpi);
		labeller->ndpi = NULL;
	}
	pthread_mutex_unlock(&one_at_a_time);
	labeller->failed = !labeller->ndpi;
	return labeller->ndpi;
}

static void put_u16(uint8_t **at, unsigned value)
{
	*(*at)++ = (uint8_t)(value >> 8);
	*(*at)++ = (uint8_t)value;
}

static void put_u32(uint8_t **at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at, value & 0xffff);
}

static void put_bytes(uint8_t **at, const void *bytes, size_t size)
{
	memcpy(*at, bytes, size);
	*at += size;
}

/* RFC 791, RFC 8200: without options, without checksum. */
static void put_ip(uint8_t **at, const struct packet *packet, size_t carried)
{
	if (packet->src.family == BT_ADDR_IPV6) {
		put_u32(at, 6u << 28);
		put_u16(at, (unsigned)carried);
		*(*at)++ = packet->ip_proto;
		*(*at)++ = packet->ttl;
		put_bytes(at, packet->src.bytes, 16);
		put_bytes(at, packet->dst.bytes, 16);
		return;
	}
	put_u16(at, 0x4500);
	put_u16(at, (unsigned)(IP4_HEADER + carried));
	put_u32(at, (uint32_t)packet->ip_id << 16);
	*(*at)++ = packet->ttl;
	*(*at)++ = packet->ip_proto;
	put_u16(at, 0);
	put_bytes(at, packet->src.bytes, 4);
	put_bytes(at, packet->dst.bytes, 4);
}

/* RFC 9293, RFC 768. */
static void put_transport(uint8_t **at, const struct packet *packet, size_t carried)
{
	put_u16(at, packet->src_port);
	put_u16(at, packet->dst_port);
	if (packet->kind == PACKET_UDP) {
		put_u16(at, (unsigned)(UDP_HEADER + carried));
		put_u16(at, packet->checksum);
		return;
	}
	put_u32(at, packet->tcp_seq);
	put_u32(at, packet->tcp_ack);
	put_u16(at, (unsigned)TCP_HEADER / 4 << 12 | packet->tcp_flags);
	put_u16(at, packet->tcp_window);
	put_u32(at, (uint32_t)packet->checksum << 16);
}

/* The packet as nDPI gets to see it; its size. */
static size_t paint(struct labeller *labeller, const struct packet *packet)
{
	struct bt_cursor payload = packet->payload;
	struct bt_cursor part = cur_take_upto(&payload, BYTES_MAX);
	size_t size = cur_left(&part);
	uint8_t *at = labeller->image;

	put_ip(&at, packet, (packet->kind == PACKET_UDP ? UDP_HEADER : TCP_HEADER) + size);
	put_transport(&at, packet, size);
	cur_copy(&part, at, size);
	at += size;
	memset(at, 0, BEHIND);
	return (size_t)(at - labeller->image);
}

/* NULL: not known yet; "": nothing that has a name here. Of what was found the upper protocol names
 * it where it is wanted ("ipp"), else what carries it ("http"). The caches can only have changed the
 * upper one, into something that is not wanted: so their word is taken too, for the lower one's sake. */
static const char *verdict(struct labeller *labeller, const struct ndpi_flow_struct *flow)
{
	const uint16_t *found = flow->detected_protocol_stack;
	const char *name = NULL;

	if (found[0] == NDPI_PROTOCOL_UNKNOWN)
		return NULL;
	if (flow->confidence != NDPI_CONFIDENCE_DPI &&
	    flow->confidence != NDPI_CONFIDENCE_DPI_CACHE)
		return "";
	name = our_name(ndpi_get_proto_name(labeller->ndpi, found[0]));
	if (!name && found[1] != NDPI_PROTOCOL_UNKNOWN)
		name = our_name(ndpi_get_proto_name(labeller->ndpi, found[1]));
	return name ? name : "";
}

/* DCE/RPC at PROFINET's port is PROFINET: content and port say the same. */
static const char *more_exactly(const char *name, const struct packet *packet)
{
	enum { PROFINET_CM = 34964 };

	if (strcmp(name, "dcerpc") == 0 &&
	    (packet->src_port == PROFINET_CM || packet->dst_port == PROFINET_CM))
		return "profinet-cm";
	return name;
}

const char *label_packet(struct labeller *labeller, struct label **label,
			 const struct packet *packet)
{
	const char *name;

	if ((packet->kind != PACKET_TCP && packet->kind != PACKET_UDP) || !packet->ip_version)
		return "";
	if (cur_left(&packet->payload) == 0)
		return NULL;
	if (!*label)
		*label = is_ready(labeller) ? calloc(1, sizeof(**label)) : NULL;
	if (!*label)
		return "";
	inspect(labeller, *label, paint(labeller, packet), packet->frame->time_ns);
	name = verdict(labeller, &(*label)->flow);
	if (!name && ++(*label)->packets >= LABEL_PACKETS_MAX)
		name = "";
	if (!name)
		return NULL;
	label_drop(label);
	return more_exactly(name, packet);
}

void label_drop(struct label **label)
{
	if (!*label)
		return;
	ndpi_free_flow_data(&(*label)->flow);
	free(*label);
	*label = NULL;
}

#endif
