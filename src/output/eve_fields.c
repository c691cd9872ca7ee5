/* SPDX-License-Identifier: Apache-2.0
 *
 * Every key that an event can have, beside those of the protocols, which the dissectors list
 * themselves. The schema is generated from these tables; a test holds the events and docs/events.md
 * against them.
 */
#include "eve.h"

#include <string.h>

#define END {NULL, BT_FIELD_OBJECT, NULL}

static const struct bt_field envelope[] = {
	{"timestamp", BT_FIELD_STRING, "packet time, UTC, microseconds"},
	{"flow_id", BT_FIELD_UINT, "number of the flow's first packet: shared by all its events"},
	{"pcap_cnt", BT_FIELD_UINT, "number of the packet that completed what is reported"},
	{"event_type", BT_FIELD_STRING, "which of the event types this line is"},
	{"vlan", BT_FIELD_ARRAY, "VLAN ids, outermost first"},
	{"src_ip", BT_FIELD_STRING, "the client: who asked"},
	{"src_port", BT_FIELD_UINT, "the client's port"},
	{"dest_ip", BT_FIELD_STRING, "the server: who was asked"},
	{"dest_port", BT_FIELD_UINT, "the server's port"},
	{"proto", BT_FIELD_STRING, "IP protocol: TCP, UDP, ICMP, IPv6-ICMP ... or its number"},
	{"icmp_type", BT_FIELD_UINT, "ICMP type"},
	{"icmp_code", BT_FIELD_UINT, "ICMP code"},
	{"ip_v", BT_FIELD_UINT, "4 or 6"},
	{"app_proto", BT_FIELD_STRING, "protocol recognised by content; absent: none of ours"},
	{"community_id", BT_FIELD_STRING, "Community ID v1: joins with other tools' records"},
	{"ether", BT_FIELD_OBJECT, "Ethernet addresses"},
	{"ether.src_mac", BT_FIELD_STRING, "the client's, or its router's"},
	{"ether.dest_mac", BT_FIELD_STRING, "the server's, or its router's"},
	{"ether.ether_type", BT_FIELD_UINT, "EtherType, for conversations without IP"},
	{"incomplete", BT_FIELD_ARRAY,
	 "why the flow was not seen whole: midstream, gap, one_way, cut; absent: it was"},
	END,
};

static const struct bt_field operation[] = {
	{"bittern", BT_FIELD_OBJECT, "the operation in the vocabulary that all protocols share"},
	{"bittern.act", BT_FIELD_STRING, "what was done: read, write, control, program ..."},
	{"bittern.operation", BT_FIELD_STRING, "the protocol's own name of it"},
	{"bittern.result", BT_FIELD_STRING, "ok, refused, unanswered or unsolicited"},
	{"bittern.unit", BT_FIELD_UINT, "station within the server"},
	{"bittern.broadcast", BT_FIELD_BOOL, "true: to all units"},
	{"bittern.request_packet", BT_FIELD_UINT, "packet that completed the request; absent: not seen"},
	{"bittern.answer_packet", BT_FIELD_UINT, "packet that completed the answer; absent: not seen"},
	{"bittern.answer_us", BT_FIELD_UINT, "microseconds from request to answer"},
	END,
};

static const struct bt_field flow[] = {
	{"flow", BT_FIELD_OBJECT, "totals of the flow"},
	{"flow.pkts_toserver", BT_FIELD_UINT, "packets to the server"},
	{"flow.pkts_toclient", BT_FIELD_UINT, "packets to the client"},
	{"flow.bytes_toserver", BT_FIELD_UINT, "bytes of frames to the server"},
	{"flow.bytes_toclient", BT_FIELD_UINT, "bytes of frames to the client"},
	{"flow.start", BT_FIELD_STRING, "time of the first packet"},
	{"flow.end", BT_FIELD_STRING, "time of the last packet"},
	{"flow.age", BT_FIELD_UINT, "seconds between the two"},
	{"flow.state", BT_FIELD_STRING, "new (one direction), established or closed"},
	{"flow.reason", BT_FIELD_STRING,
	 "why it was written: timeout, tcp_reuse, forced (table full) or shutdown (end of capture)"},
	{"flow.alerted", BT_FIELD_BOOL, "something in it was alarming"},
	{"tcp", BT_FIELD_OBJECT, "TCP flows: flags seen"},
	{"tcp.tcp_flags", BT_FIELD_STRING, "all flags, hexadecimal"},
	{"tcp.tcp_flags_ts", BT_FIELD_STRING, "flags to the server"},
	{"tcp.tcp_flags_tc", BT_FIELD_STRING, "flags to the client"},
	{"tcp.syn", BT_FIELD_BOOL, "true when seen; likewise the others"},
	{"tcp.fin", BT_FIELD_BOOL, "FIN seen"},
	{"tcp.rst", BT_FIELD_BOOL, "RST seen"},
	{"tcp.psh", BT_FIELD_BOOL, "PSH seen"},
	{"tcp.ack", BT_FIELD_BOOL, "ACK seen"},
	{"tcp.urg", BT_FIELD_BOOL, "URG seen"},
	{"tcp.state", BT_FIELD_STRING,
	 "by the flags seen: syn_sent, syn_recv, established, fin_wait1, close_wait, closed"},
	{"bittern", BT_FIELD_OBJECT, "what Suricata does not say"},
	{"bittern.seen_whole", BT_FIELD_BOOL, "from its first byte, both ways, without a gap"},
	{"bittern.server_proven", BT_FIELD_BOOL,
	 "which side serves was proved by a handshake or by content, not guessed"},
	{"bittern.first_packet", BT_FIELD_UINT, "number of the first packet"},
	{"bittern.last_packet", BT_FIELD_UINT, "number of the last packet"},
	{"bittern.duplicates", BT_FIELD_UINT, "packets that the mirror port sent twice"},
	{"bittern.gaps", BT_FIELD_UINT, "how often TCP bytes were missing"},
	{"bittern.gap_bytes", BT_FIELD_UINT, "how many bytes were missing"},
	{"bittern.label", BT_FIELD_STRING, "what it looks like, where no dissector claimed it"},
	{"bittern.operations", BT_FIELD_OBJECT, "operations by act; zeros are left out"},
	{"bittern.operations.refused", BT_FIELD_UINT, "of these: answered with an error"},
	{"bittern.operations.unanswered", BT_FIELD_UINT, "of these: no answer seen"},
	{"bittern.operations.unsolicited", BT_FIELD_UINT, "of these: no request seen"},
	{"bittern.operations.violations", BT_FIELD_UINT, "times the protocol was broken"},
	END,
};

static const struct bt_field alert[] = {
	{"alert", BT_FIELD_OBJECT, "as Suricata writes alerts"},
	{"alert.action", BT_FIELD_STRING, "always allowed: a passive sensor stops nothing"},
	{"alert.gid", BT_FIELD_UINT, "always 1"},
	{"alert.signature_id", BT_FIELD_UINT, "1,000,000,000 and more, made from bittern.name"},
	{"alert.rev", BT_FIELD_UINT, "always 1"},
	{"alert.signature", BT_FIELD_STRING, "the title"},
	{"alert.category", BT_FIELD_STRING,
	 "Dangerous operation, Deviation from the learned baseline or Protocol violation"},
	{"alert.severity", BT_FIELD_UINT, "1 critical and high, 2 medium, 3 low, 4 info"},
	{"alert.metadata", BT_FIELD_OBJECT, "ATT&CK for ICS; absent when no technique applies"},
	{"alert.metadata.mitre_tactic_id", BT_FIELD_ARRAY, "TA0106 ..."},
	{"alert.metadata.mitre_tactic_name", BT_FIELD_ARRAY, "Impair Process Control ..."},
	{"alert.metadata.mitre_technique_id", BT_FIELD_ARRAY, "T0836 ..., at most two"},
	{"alert.metadata.mitre_technique_name", BT_FIELD_ARRAY, "Modify Parameter ..."},
	{"bittern", BT_FIELD_OBJECT, "the alert explained"},
	{"bittern.alert_id", BT_FIELD_STRING, "the same for the same thing, in every run"},
	{"bittern.incident_id", BT_FIELD_STRING, "shared by the alerts of one incident"},
	{"bittern.state", BT_FIELD_STRING, "new, update or closed"},
	{"bittern.count", BT_FIELD_UINT, "times it happened so far"},
	{"bittern.first_seen", BT_FIELD_STRING, "time of the first"},
	{"bittern.last_seen", BT_FIELD_STRING, "time of the last"},
	{"bittern.name", BT_FIELD_STRING, "stable name of the rule, violation or deviation"},
	{"bittern.severity", BT_FIELD_STRING, "info, low, medium, high or critical"},
	{"bittern.seen", BT_FIELD_STRING, "what happened"},
	{"bittern.expected", BT_FIELD_STRING, "what was learned, or when it would be normal"},
	{"bittern.why", BT_FIELD_STRING, "why it matters"},
	{"bittern.object", BT_FIELD_STRING, "what it was done to"},
	{"bittern.unit", BT_FIELD_UINT, "station within the target"},
	{"bittern.seen_whole", BT_FIELD_BOOL,
	 "each flow it was seen on was seen whole; else `incomplete` says why not"},
	{"bittern.packets", BT_FIELD_ARRAY, "numbers of the first packets that prove it"},
	{"bittern.source", BT_FIELD_OBJECT, "who did it: the client"},
	{"bittern.source.address", BT_FIELD_STRING, "IP, or MAC where there is none"},
	{"bittern.source.mac", BT_FIELD_STRING, "its MAC, where known"},
	{"bittern.source.vendor", BT_FIELD_STRING, "of the MAC"},
	{"bittern.source.role", BT_FIELD_STRING, "HMI, engineering station ..."},
	{"bittern.source.label", BT_FIELD_STRING, "best short name"},
	{"bittern.target", BT_FIELD_OBJECT, "to whom: the server"},
	{"bittern.target.address", BT_FIELD_STRING, "IP, or MAC where there is none"},
	{"bittern.target.mac", BT_FIELD_STRING, "its MAC, where known"},
	{"bittern.target.vendor", BT_FIELD_STRING, "of the MAC"},
	{"bittern.target.role", BT_FIELD_STRING, "PLC, gateway ..."},
	{"bittern.target.label", BT_FIELD_STRING, "best short name"},
	END,
};

static const struct bt_field anomaly[] = {
	{"anomaly", BT_FIELD_OBJECT, "as Suricata writes anomalies"},
	{"anomaly.app_proto", BT_FIELD_STRING, "whose rules were broken"},
	{"anomaly.type", BT_FIELD_STRING, "applayer, stream or decode"},
	{"anomaly.event", BT_FIELD_STRING, "stable name of the violation"},
	{"anomaly.layer", BT_FIELD_STRING, "applayer: proto_parser"},
	{"bittern", BT_FIELD_OBJECT, "the anomaly explained"},
	{"bittern.title", BT_FIELD_STRING, "one line for a person"},
	{"bittern.seen", BT_FIELD_STRING, "what was on the wire"},
	{"bittern.expected", BT_FIELD_STRING, "what would be right"},
	{"bittern.object", BT_FIELD_STRING, "what it concerns"},
	{"bittern.unit", BT_FIELD_UINT, "station within the server"},
	{"bittern.severity", BT_FIELD_STRING, "none: an anomaly only, never an alert; else as in alerts"},
	END,
};

static const struct bt_field asset[] = {
	{"asset", BT_FIELD_OBJECT, "a device, as known now"},
	{"asset.label", BT_FIELD_STRING, "best short name"},
	{"asset.state", BT_FIELD_STRING, "new or changed"},
	{"asset.address", BT_FIELD_STRING, "IP, or MAC where there is none"},
	{"asset.mac", BT_FIELD_STRING, "its MAC, where known"},
	{"asset.mac_source", BT_FIELD_STRING, "the evidence for it"},
	{"asset.mac_packet", BT_FIELD_UINT, "the packet with that evidence"},
	{"asset.vendor", BT_FIELD_STRING, "of the MAC"},
	{"asset.vlan", BT_FIELD_UINT, "innermost VLAN id; absent: untagged"},
	{"asset.country", BT_FIELD_STRING, "of a public address"},
	{"asset.network", BT_FIELD_STRING, "of a public address"},
	{"asset.role", BT_FIELD_STRING, "what it is, in words"},
	{"asset.roles", BT_FIELD_ARRAY, "each role and why it has it"},
	{"asset.roles.role", BT_FIELD_STRING, "plc, hmi, gateway ..."},
	{"asset.roles.reason", BT_FIELD_STRING, "the behaviour it was judged by"},
	{"asset.first_seen", BT_FIELD_STRING, "time of the first packet"},
	{"asset.last_seen", BT_FIELD_STRING, "time of the last packet"},
	{"asset.first_packet", BT_FIELD_UINT, "number of the first packet"},
	{"asset.packets_sent", BT_FIELD_UINT, "packets of ended flows"},
	{"asset.bytes_sent", BT_FIELD_UINT, "bytes of ended flows"},
	{"asset.packets_received", BT_FIELD_UINT, "packets of ended flows"},
	{"asset.bytes_received", BT_FIELD_UINT, "bytes of ended flows"},
	{"asset.attributes", BT_FIELD_ARRAY, "what it said of itself, and where"},
	{"asset.attributes.name", BT_FIELD_STRING, "vendor, model, firmware, serial ..."},
	{"asset.attributes.value", BT_FIELD_STRING, "as it said it"},
	{"asset.attributes.unit", BT_FIELD_UINT, "the station it said it of"},
	{"asset.attributes.source", BT_FIELD_STRING, "Modbus 43/14 ..."},
	{"asset.attributes.packet", BT_FIELD_UINT, "the packet that said it first"},
	{"asset.attributes.first_seen", BT_FIELD_STRING, "first said"},
	{"asset.attributes.last_seen", BT_FIELD_STRING, "last said"},
	{"asset.services", BT_FIELD_ARRAY, "what it serves and uses"},
	{"asset.services.side", BT_FIELD_STRING, "server or client"},
	{"asset.services.protocol", BT_FIELD_STRING, "recognised by content"},
	{"asset.services.label", BT_FIELD_STRING, "what it looks like otherwise"},
	{"asset.services.transport", BT_FIELD_STRING, "tcp, udp, icmp, ip or link"},
	{"asset.services.port", BT_FIELD_UINT, "the server's; link: EtherType; ip: protocol"},
	{"asset.services.operations", BT_FIELD_UINT, "operations so far"},
	{"asset.services.first_packet", BT_FIELD_UINT, "number of the first packet"},
	{"asset.units", BT_FIELD_ARRAY, "stations that it answered for"},
	{"asset.units.unit", BT_FIELD_UINT, "the number"},
	{"asset.units.protocol", BT_FIELD_STRING, "in which protocol"},
	{"asset.units.packet", BT_FIELD_UINT, "the packet with the first answer"},
	{"asset.units.first_seen", BT_FIELD_STRING, "time of that packet"},
	{"asset.evidence_dropped", BT_FIELD_UINT, "pieces of evidence over the cap"},
	END,
};

static const struct bt_field stats[] = {
	{"stats", BT_FIELD_OBJECT, "counters since the start"},
	{"stats.uptime", BT_FIELD_UINT, "seconds of packet time"},
	{"stats.capture", BT_FIELD_OBJECT, "the capture"},
	{"stats.capture.kernel_packets", BT_FIELD_UINT, "frames captured"},
	{"stats.decoder", BT_FIELD_OBJECT, "frames -> packets"},
	{"stats.decoder.pkts", BT_FIELD_UINT, "frames understood"},
	{"stats.decoder.bytes", BT_FIELD_UINT, "bytes captured"},
	{"stats.decoder.invalid", BT_FIELD_UINT, "frames not understood"},
	{"stats.decoder.cut", BT_FIELD_UINT, "frames cut by the snap length"},
	{"stats.decoder.duplicates", BT_FIELD_UINT, "packets that the mirror port sent twice"},
	{"stats.decoder.event", BT_FIELD_OBJECT, "what was wrong with headers, by kind"},
	{"stats.defrag", BT_FIELD_OBJECT, "IP fragments"},
	{"stats.defrag.fragments", BT_FIELD_UINT, "fragments held"},
	{"stats.defrag.reassembled", BT_FIELD_UINT, "datagrams put together"},
	{"stats.flow", BT_FIELD_OBJECT, "conversations"},
	{"stats.flow.total", BT_FIELD_UINT, "flows"},
	{"stats.flow.evicted", BT_FIELD_UINT, "ended early because the table was full"},
	{"stats.flow.unknown", BT_FIELD_UINT, "claimed by no dissector"},
	{"stats.tcp", BT_FIELD_OBJECT, "TCP streams"},
	{"stats.tcp.reassembly_gap", BT_FIELD_UINT, "times bytes were missing"},
	{"stats.tcp.gap_bytes", BT_FIELD_UINT, "bytes that were missing"},
	{"stats.tcp.overlap_diff_data", BT_FIELD_UINT, "the same bytes twice with other content"},
	{"stats.app_layer", BT_FIELD_OBJECT, "dissectors"},
	{"stats.app_layer.operations", BT_FIELD_UINT, "operations"},
	{"stats.app_layer.operations_incomplete", BT_FIELD_UINT, "of these: only one half was seen"},
	{"stats.app_layer.violations", BT_FIELD_UINT, "times a protocol was broken"},
	{"stats.detect", BT_FIELD_OBJECT, "detection"},
	{"stats.detect.alert", BT_FIELD_UINT, "alerts"},
	{"stats.detect.alerts_dropped", BT_FIELD_UINT, "findings lost because the table was full"},
	{"stats.detect.learn_dropped", BT_FIELD_UINT, "behaviour not remembered at a cap"},
	{"stats.inventory", BT_FIELD_OBJECT, "devices"},
	{"stats.inventory.assets", BT_FIELD_UINT, "devices known"},
	{"stats.inventory.assets_dropped", BT_FIELD_UINT, "devices and conversations not kept at a cap"},
	{"stats.log", BT_FIELD_OBJECT, "this log"},
	{"stats.log.records_dropped", BT_FIELD_UINT, "lines that would have been too long"},
	END,
};

static const struct {
	const char *name;
	const struct bt_field *fields;
} types[] = {
	{"envelope", envelope}, {"operation", operation}, {"flow", flow},   {"alert", alert},
	{"anomaly", anomaly},   {"asset", asset},         {"stats", stats},
};

const char *eve_event_type(size_t index)
{
	return index < sizeof(types) / sizeof(types[0]) ? types[index].name : NULL;
}

const struct bt_field *eve_fields(const char *event_type)
{
	for (size_t i = 0; eve_event_type(i); i++) {
		if (strcmp(types[i].name, event_type) == 0)
			return types[i].fields;
	}
	return NULL;
}
