/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: flows and operations, written on the workers. No allocation, no printf on this path.
 */
#include "eve.h"

#include <string.h>

#include "bittern/phrase.h"
#include "envelope.h"
#include "sides.h"

static struct envelope envelope_of(const struct flow *flow, const char *app_proto)
{
	return (struct envelope){
		.flow = &flow->pub,
		.app_proto = app_proto,
		.has_mac = flow->has_mac,
		.mac = flow->mac,
		.vlan_count = flow->vlan_count,
		.vlan = flow->vlan,
	};
}

/* ---- flow ---- */

/* Suricata's words. It has none for "closed and quiet since" (a time-out in state closed). */
static const char *end_reason(enum flow_end why)
{
	switch (why) {
	case FLOW_END_REUSED: return "tcp_reuse";
	case FLOW_END_EVICTED: return "forced";
	case FLOW_END_FINISHED: return "shutdown";
	default: return "timeout";
	}
}

static void put_flow(struct bt_record *rec, const struct flow *flow, enum flow_end why)
{
	int64_t age = flow->last_ns > flow->first_ns ? elapsed(flow->first_ns, flow->last_ns) : 0;

	bt_open(rec, "flow");
	bt_put_uint(rec, "pkts_toserver", flow->packets[BT_TO_SERVER]);
	bt_put_uint(rec, "pkts_toclient", flow->packets[BT_TO_CLIENT]);
	bt_put_uint(rec, "bytes_toserver", flow->bytes[BT_TO_SERVER]);
	bt_put_uint(rec, "bytes_toclient", flow->bytes[BT_TO_CLIENT]);
	put_time(rec, "start", flow->first_ns);
	put_time(rec, "end", flow->last_ns);
	bt_put_int(rec, "age", age / SECONDS(1));
	bt_put_string(rec, "state", flow_state_name((enum flow_state)flow->state));
	bt_put_string(rec, "reason", end_reason(why));
	bt_put_bool(rec, "alerted", flow->alerted);
	bt_close(rec);
}

static void put_flags(struct bt_record *rec, const char *name, uint8_t flags)
{
	static const char hex[] = "0123456789abcdef";
	char text[3] = {hex[flags >> 4], hex[flags & 15], '\0'};

	bt_put_string(rec, name, text);
}

/* What the flags seen say of the connection, in Suricata's words. */
static const char *tcp_state(const struct flow *flow)
{
	uint8_t client = flow->tcp_flags[BT_TO_SERVER], server = flow->tcp_flags[BT_TO_CLIENT];

	if (((client | server) & TCP_RST) || (client & server & TCP_FIN))
		return "closed";
	if (client & TCP_FIN)
		return "fin_wait1";
	if (server & TCP_FIN)
		return "close_wait";
	if (!((client | server) & TCP_SYN) || (client & TCP_ACK))
		return "established";
	return server & TCP_SYN ? "syn_recv" : "syn_sent";
}

static void put_tcp(struct bt_record *rec, const struct flow *flow)
{
	static const struct {
		enum tcp_flag bit;
		const char *name;
	} flags[] = {
		{TCP_SYN, "syn"}, {TCP_FIN, "fin"}, {TCP_RST, "rst"},
		{TCP_PSH, "psh"}, {TCP_ACK, "ack"}, {TCP_URG, "urg"},
	};
	uint8_t both = flow->tcp_flags[BT_TO_SERVER] | flow->tcp_flags[BT_TO_CLIENT];

	bt_open(rec, "tcp");
	put_flags(rec, "tcp_flags", both);
	put_flags(rec, "tcp_flags_ts", flow->tcp_flags[BT_TO_SERVER]);
	put_flags(rec, "tcp_flags_tc", flow->tcp_flags[BT_TO_CLIENT]);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (both & flags[i].bit)
			bt_put_bool(rec, flags[i].name, true);
	}
	bt_put_string(rec, "state", tcp_state(flow));
	bt_close(rec);
}

/* Counts that are zero are left out: most are. */
BT_INLINE void put_count(struct bt_record *rec, const char *name, uint64_t count)
{
	if (count)
		bt_put_uint(rec, name, count);
}

static void put_acts(struct bt_record *rec, const uint64_t acts[BT_ACT_COUNT])
{
	for (unsigned act = 0; act < BT_ACT_COUNT; act++)
		put_count(rec, bt_act_name((enum bt_act)act), acts[act]);
}

static bool server_began_any(const struct sighting_traffic *traffic)
{
	uint64_t count = 0;

	for (unsigned act = 0; act < BT_ACT_COUNT; act++)
		count += traffic->by_server[act];
	return count > 0;
}

static void put_operations(struct bt_record *rec, const struct sighting_traffic *traffic)
{
	bt_open(rec, "operations");
	put_acts(rec, traffic->acts);
	put_count(rec, "refused", traffic->refused);
	put_count(rec, "unanswered", traffic->unanswered);
	put_count(rec, "unsolicited", traffic->unsolicited);
	put_count(rec, "violations", traffic->violations);
	if (server_began_any(traffic)) {
		bt_open(rec, "by_server");
		put_acts(rec, traffic->by_server);
		bt_close(rec);
	}
	bt_close(rec);
}

/* Which of its protocol's roads the flow takes, where it is not the usual one. */
static void put_road(struct bt_record *rec, const struct bt_dissector *dissector)
{
	if (dissector && dissector->of)
		bt_put_string(rec, "road", dissector->name);
}

void eve_flow(struct bt_record *rec, const struct flow *flow, const struct bt_dissector *dissector,
	      const struct sighting_traffic *traffic, enum flow_end why, int64_t now_ns)
{
	const struct envelope envelope =
		envelope_of(flow, dissector ? bt_protocol(dissector)->name : NULL);

	envelope_open(rec, "flow", now_ns, 0, &envelope);
	put_flow(rec, flow, why);
	if (flow->pub.transport == BT_OVER_TCP)
		put_tcp(rec, flow);
	bt_open(rec, "bittern");
	bt_put_bool(rec, "seen_whole", flow->pub.seen == 0);
	bt_put_bool(rec, "server_proven", flow->pub.server_proven);
	bt_put_uint(rec, "first_packet", flow->pub.id);
	bt_put_uint(rec, "last_packet", flow->last_packet);
	put_count(rec, "duplicates", flow->duplicates);
	put_count(rec, "gaps", flow->gaps);
	put_count(rec, "gap_bytes", flow->gap_bytes);
	put_count(rec, "undecoded_bytes", traffic->undecoded_bytes);
	if (traffic->label[0])
		bt_put_string(rec, "label", traffic->label);
	put_road(rec, dissector);
	if (dissector)
		put_operations(rec, traffic);
	bt_close(rec);
	bt_close(rec);
}

/* ---- operations ---- */

/* What was done, and how it ended: few say it of many. */
static void open_operation(struct bt_record *rec, const struct bt_operation *op)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	struct bt_phrase *phrase = bt_phrase(phrases, op->name, (uint64_t)op->unit << 32 |
								(uint64_t)op->act << 8 | op->result);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	bt_open(rec, "bittern");
	bt_put_string(rec, "act", bt_act_name(op->act));
	bt_put_string(rec, "operation", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	if (op->unit != BT_NO_UNIT)
		bt_put_uint(rec, "unit", op->unit);
	bt_keep_phrase(phrase, rec, from);
}

static void put_operation(struct bt_record *rec, const struct bt_dissector *dissector,
			  const struct bt_operation *op)
{
	open_operation(rec, op);
	put_road(rec, dissector);
	if (op->broadcast)
		bt_put_bool(rec, "broadcast", true);
	if (op->by_server)
		bt_put_bool(rec, "by_server", true);
	put_count(rec, "request_packet", op->request_packet);
	put_count(rec, "answer_packet", op->answer_packet);
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "answer_us",
			    ((uint64_t)op->answer_ns - (uint64_t)op->request_ns) / 1000);
	bt_close(rec);
}

static const struct bt_dissector *protocol_of(const struct bt_dissector *dissector,
					      const struct bt_operation *op)
{
	return bt_protocol(op->protocol ? op->protocol : dissector);
}

void eve_operation_expect(const struct flow *flow, const struct bt_dissector *dissector,
			  const struct bt_operation *op)
{
	envelope_expect(&flow->pub, op->by_server, protocol_of(dissector, op)->name);
}

void eve_operation(struct bt_record *rec, const struct flow *flow,
		   const struct bt_dissector *dissector, const struct bt_operation *op,
		   int64_t now_ns, uint64_t packet)
{
	const struct bt_dissector *protocol = protocol_of(dissector, op);
	struct envelope envelope = envelope_of(flow, protocol->name);
	struct bt_flow sides = flow->pub;
	uint8_t mac[2][6];

	if (op->by_server) { /* the server is the source of what it says */
		memcpy(mac, flow->mac, sizeof(mac));
		sides_reverse(&sides, mac);
		envelope.flow = &sides;
		envelope.mac = (const uint8_t(*)[6])mac;
	}
	envelope_open(rec, protocol->name, now_ns, packet, &envelope);
	put_operation(rec, dissector, op);
	bt_open(rec, protocol->name);
	protocol->describe(op, rec);
	bt_close(rec);
	bt_close(rec);
}
