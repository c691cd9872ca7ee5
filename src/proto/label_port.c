/* SPDX-License-Identifier: Apache-2.0
 *
 * What usually lives at a port, an EtherType or an IP protocol number: a hint for flows that nobody
 * recognised by content. Not IANA's whole registry, but what an industrial network really carries;
 * numbers from IANA's registries and the vendors' manuals. Names are those that the dissectors and
 * label.c use, so that one protocol has one name.
 */
#include "label.h"

#include <stddef.h>

enum {
	OVER_TCP = 1 << 0,
	OVER_UDP = 1 << 1,
	OVER_BOTH = OVER_TCP | OVER_UDP,
};

struct usual {
	uint16_t number;
	uint8_t over;
	const char *name;
};

/* By number. */
static const struct usual ports[] = {
	{20, OVER_TCP, "ftp-data"},
	{21, OVER_TCP, "ftp"},
	{22, OVER_TCP, "ssh"},
	{23, OVER_TCP, "telnet"},
	{25, OVER_TCP, "smtp"},
	{37, OVER_BOTH, "time"},
	{49, OVER_TCP, "tacacs"},
	{53, OVER_BOTH, "dns"},
	{67, OVER_UDP, "dhcp"},
	{68, OVER_UDP, "dhcp"},
	{69, OVER_UDP, "tftp"},
	{80, OVER_TCP, "http"},
	{88, OVER_BOTH, "kerberos"},
	{102, OVER_TCP, "s7comm"}, /* or IEC 61850 MMS: both over ISO transport */
	{110, OVER_TCP, "pop3"},
	{111, OVER_BOTH, "portmap"},
	{123, OVER_UDP, "ntp"},
	{135, OVER_TCP, "dcerpc"}, /* OPC Classic begins here */
	{137, OVER_UDP, "netbios-ns"},
	{138, OVER_UDP, "netbios-dgm"},
	{139, OVER_TCP, "smb"},
	{143, OVER_TCP, "imap"},
	{161, OVER_BOTH, "snmp"},
	{162, OVER_BOTH, "snmp-trap"},
	{179, OVER_TCP, "bgp"},
	{319, OVER_UDP, "ptp"},
	{320, OVER_UDP, "ptp"},
	{389, OVER_BOTH, "ldap"},
	{443, OVER_TCP, "https"},
	{443, OVER_UDP, "quic"},
	{445, OVER_TCP, "smb"},
	{464, OVER_BOTH, "kerberos"},
	{465, OVER_TCP, "smtps"},
	{500, OVER_UDP, "ipsec"},
	{502, OVER_BOTH, "modbus"},
	{514, OVER_BOTH, "syslog"},
	{515, OVER_TCP, "lpd"},
	{520, OVER_UDP, "rip"},
	{546, OVER_UDP, "dhcpv6"},
	{547, OVER_UDP, "dhcpv6"},
	{554, OVER_BOTH, "rtsp"},
	{587, OVER_TCP, "smtp"},
	{631, OVER_BOTH, "ipp"},
	{636, OVER_TCP, "ldaps"},
	{789, OVER_TCP, "crimson"}, /* Red Lion */
	{802, OVER_TCP, "modbus-tls"},
	{853, OVER_TCP, "dns-tls"},
	{873, OVER_TCP, "rsync"},
	{989, OVER_TCP, "ftps-data"},
	{990, OVER_TCP, "ftps"},
	{993, OVER_TCP, "imaps"},
	{995, OVER_TCP, "pop3s"},
	{1080, OVER_TCP, "socks"},
	{1089, OVER_BOTH, "ff-annunc"}, /* FOUNDATION Fieldbus HSE: to 1091 and 3622 */
	{1090, OVER_BOTH, "ff-fms"},
	{1091, OVER_BOTH, "ff-sm"},
	{1194, OVER_BOTH, "openvpn"},
	{1433, OVER_TCP, "mssql"},
	{1434, OVER_UDP, "mssql"},
	{1521, OVER_TCP, "oracle"},
	{1541, OVER_BOTH, "foxboro"},
	{1723, OVER_TCP, "pptp"},
	{1812, OVER_UDP, "radius"},
	{1813, OVER_UDP, "radius"},
	{1883, OVER_TCP, "mqtt"},
	{1900, OVER_UDP, "ssdp"},
	{1911, OVER_TCP, "niagara-fox"},
	{1962, OVER_TCP, "pcworx"},
	{2049, OVER_BOTH, "nfs"},
	{2055, OVER_UDP, "netflow"},
	{2222, OVER_UDP, "enip-io"},
	{2375, OVER_TCP, "docker"},
	{2404, OVER_TCP, "iec-104"},
	{2455, OVER_TCP, "codesys"},
	{3020, OVER_TCP, "cifs"},
	{3306, OVER_TCP, "mysql"},
	{3389, OVER_BOTH, "rdp"},
	{3478, OVER_BOTH, "stun"},
	{3622, OVER_BOTH, "ff-lr-port"},
	{3671, OVER_BOTH, "knxnet-ip"},
	{3702, OVER_UDP, "ws-discovery"},
	{4000, OVER_TCP, "roc-plus"},
	{4500, OVER_UDP, "ipsec"},
	{4712, OVER_TCP, "synchrophasor"},
	{4713, OVER_UDP, "synchrophasor"},
	{4739, OVER_BOTH, "ipfix"},
	{4840, OVER_BOTH, "opcua"},
	{4843, OVER_TCP, "opcua-tls"},
	{4911, OVER_TCP, "niagara-fox-tls"},
	{5006, OVER_UDP, "melsec"},
	{5007, OVER_TCP, "melsec"},
	{5060, OVER_BOTH, "sip"},
	{5061, OVER_TCP, "sips"},
	{5094, OVER_BOTH, "hart-ip"},
	{5222, OVER_TCP, "xmpp"},
	{5353, OVER_UDP, "mdns"},
	{5355, OVER_BOTH, "llmnr"},
	{5432, OVER_TCP, "postgresql"},
	{5450, OVER_TCP, "pi-server"}, /* the OSIsoft historian */
	{5671, OVER_TCP, "amqps"},
	{5672, OVER_TCP, "amqp"},
	{5683, OVER_UDP, "coap"},
	{5684, OVER_UDP, "coaps"},
	{5800, OVER_TCP, "vnc-http"},
	{5900, OVER_TCP, "vnc"},
	{5901, OVER_TCP, "vnc"},
	{5938, OVER_BOTH, "teamviewer"},
	{5985, OVER_TCP, "winrm"},
	{5986, OVER_TCP, "winrm-tls"},
	{6343, OVER_UDP, "sflow"},
	{6379, OVER_TCP, "redis"},
	{6514, OVER_TCP, "syslog-tls"},
	{7070, OVER_TCP, "anydesk"},
	{8000, OVER_TCP, "http"},
	{8080, OVER_TCP, "http"},
	{8086, OVER_TCP, "influxdb"},
	{8443, OVER_TCP, "https"},
	{8883, OVER_TCP, "mqtt-tls"},
	{9100, OVER_TCP, "jetdirect"},
	{9600, OVER_BOTH, "fins"},
	{10050, OVER_TCP, "zabbix"},
	{10051, OVER_TCP, "zabbix"},
	{11740, OVER_TCP, "codesys"},
	{18245, OVER_TCP, "ge-srtp"},
	{18246, OVER_TCP, "ge-srtp"},
	{19999, OVER_TCP, "dnp3-tls"},
	{20000, OVER_BOTH, "dnp3"},
	{20547, OVER_BOTH, "proconos"},
	{22350, OVER_TCP, "codemeter"},
	{27017, OVER_TCP, "mongodb"},
	{34962, OVER_BOTH, "profinet-rt"},
	{34963, OVER_BOTH, "profinet-rtm"},
	{34964, OVER_BOTH, "profinet-cm"},
	{34980, OVER_UDP, "ethercat"},
	{44818, OVER_BOTH, "enip"},
	{47808, OVER_UDP, "bacnet"},
	{48898, OVER_TCP, "ads"}, /* Beckhoff */
	{48899, OVER_UDP, "ads"},
	{51820, OVER_UDP, "wireguard"},
	{55000, OVER_UDP, "fl-net"},
	{55001, OVER_UDP, "fl-net"},
	{55002, OVER_UDP, "fl-net"},
	{55003, OVER_UDP, "fl-net"},
};

/* What an Ethernet frame without IP carries: EtherType, or 802.2's DSAP and SSAP (below 0x0600 or
 * among numbers that no EtherType of this list has). By number. */
static const struct usual links[] = {
	{0x0026, 0, "cdp"},
	{0x4242, 0, "stp"},
	{0x6002, 0, "mop"},
	{0x8035, 0, "rarp"},
	{0x8137, 0, "ipx"},
	{0x8204, 0, "qnx"},
	{0x8863, 0, "pppoe"},
	{0x8864, 0, "pppoe"},
	{0x886d, 0, "intel-ans"},
	{0x887b, 0, "homeplug"},
	{0x888e, 0, "eapol"},
	{0x8892, 0, "profinet"},
	{0x8899, 0, "realtek"},
	{0x88a4, 0, "ethercat"},
	{0x88ab, 0, "powerlink"},
	{0x88b8, 0, "goose"},
	{0x88b9, 0, "gse-management"},
	{0x88ba, 0, "sampled-values"},
	{0x88cc, 0, "lldp"},
	{0x88cd, 0, "sercos"},
	{0x88e1, 0, "homeplug"},
	{0x88e3, 0, "mrp"},
	{0x88e5, 0, "macsec"},
	{0x88f5, 0, "mvrp"},
	{0x88f7, 0, "ptp"},
	{0x88fb, 0, "prp"},
	{0x8902, 0, "cfm"},
	{0x890d, 0, "tdls"},
	{0x890f, 0, "cc-link-ie"},
	{0x892f, 0, "hsr"},
	{0x9000, 0, "loopback"},
	{0xe0e0, 0, "ipx"},
	{0xf0f0, 0, "netbeui"},
	{0xfefe, 0, "isis"},
};

/* IP protocols, by number. */
static const struct usual protocols[] = {
	{1, 0, "icmp"},  {2, 0, "igmp"},  {4, 0, "ipip"},   {41, 0, "6in4"},   {46, 0, "rsvp"},
	{47, 0, "gre"},  {50, 0, "esp"},  {51, 0, "ah"},    {58, 0, "icmpv6"}, {88, 0, "eigrp"},
	{89, 0, "ospf"}, {103, 0, "pim"}, {112, 0, "vrrp"}, {115, 0, "l2tp"},  {132, 0, "sctp"},
};

/* The first entry of that number, which the ones for other carriers follow. */
static const char *find(const struct usual *table, size_t count, uint16_t number, uint8_t over)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && table[low].number == number; low++) {
		if (!over || (table[low].over & over))
			return table[low].name;
	}
	return NULL;
}

#define FIND(table, number, over) find(table, sizeof(table) / sizeof(*(table)), number, over)

const char *label_port(const struct bt_flow *flow)
{
	switch (flow->transport) {
	case BT_OVER_TCP: return FIND(ports, flow->server_port, OVER_TCP);
	case BT_OVER_UDP: return FIND(ports, flow->server_port, OVER_UDP);
	case BT_OVER_LINK: return FIND(links, flow->server_port, 0);
	default: return FIND(protocols, flow->ip_proto, 0);
	}
}
