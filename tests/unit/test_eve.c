/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: each one as text, each key against the schema, each table entry against an event and
 * against docs/events.md.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "coverage.h"
#include "eve.h"
#include "hash.h"
#include "suite.h"

static char line[RECORD_BYTES_MAX];

static struct bt_record record(void)
{
	return (struct bt_record){.at = line, .cap = sizeof(line)};
}

/* ---- a dissector that shows every type of field ---- */

static const struct bt_field demo_fields[] = {
	{"request", BT_FIELD_OBJECT, "what was asked"},
	{"request.address", BT_FIELD_UINT, "where"},
	{"request.offset", BT_FIELD_INT, "from there"},
	{"request.factor", BT_FIELD_NUMBER, "times"},
	{"request.last", BT_FIELD_BOOL, "or not"},
	{"request.data", BT_FIELD_UINT, "as a number"},
	{"request.data", BT_FIELD_STRING, "or as text"},
	{"request.parts", BT_FIELD_ARRAY, "several"},
	{"request.parts.size", BT_FIELD_UINT, "of one"},
	{"deep.down.here", BT_FIELD_STRING, "parents need no entry"},
	{"values", BT_FIELD_ARRAY, "numbers"},
	{0},
};

static void demo_describe(const struct bt_operation *op, struct bt_record *rec)
{
	bt_open(rec, "request");
	bt_put_uint(rec, "address", op->function);
	bt_put_int(rec, "offset", -1);
	bt_put_double(rec, "factor", 0.5);
	bt_put_bool(rec, "last", true);
	bt_put_string(rec, "data", "a\"\x01");
	bt_open_array(rec, "parts");
	bt_open(rec, NULL);
	bt_put_uint(rec, "size", 1);
	bt_close(rec);
	bt_close_array(rec);
	bt_close(rec);
	bt_open(rec, "deep");
	bt_open(rec, "down");
	bt_put_string(rec, "here", "x");
	bt_close(rec);
	bt_close(rec);
	bt_open_array(rec, "values");
	bt_put_uint(rec, NULL, 7);
	bt_close_array(rec);
}

static bool demo_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	static const char *const names[] = {"read", "write", "upload"};

	if (index >= 3)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%zu", index + 1);
	*feature = (struct bt_feature){
		.kind = "function", .number = text, .name = names[index], .decoded = index < 2,
		.why_not = index < 2 ? NULL : "nobody has it",
	};
	return true;
}

static const struct bt_dissector demo = {
	.name = "demo",
	.title = "Demo",
	.feature = demo_feature,
	.fields = demo_fields,
	.describe = demo_describe,
};
/* Another road of it, and what speaks inside it. */
static const struct bt_dissector demo_udp = {
	.name = "demo_udp", .title = "Demo over UDP", .of = &demo, .feature = demo_feature,
	.fields = demo_fields, .describe = demo_describe,
};
static const struct bt_dissector inner = {
	.name = "inner", .title = "Inner", .fields = demo_fields, .describe = demo_describe,
};
static const struct bt_dissector *const dissectors[] = {&demo, &demo_udp, &inner};

/* ---- a validator for the part of JSON Schema that eve_schema() uses ---- */

static bool is_type(const json_t *value, const char *type)
{
	static const struct {
		const char *name;
		json_type types[2];
	} known[] = {
		{"object", {JSON_OBJECT, JSON_OBJECT}},	 {"array", {JSON_ARRAY, JSON_ARRAY}},
		{"string", {JSON_STRING, JSON_STRING}},	 {"integer", {JSON_INTEGER, JSON_INTEGER}},
		{"number", {JSON_INTEGER, JSON_REAL}},	 {"boolean", {JSON_TRUE, JSON_FALSE}},
		{"null", {JSON_NULL, JSON_NULL}},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, type) == 0)
			return json_typeof(value) == known[i].types[0] ||
			       json_typeof(value) == known[i].types[1];
	}
	ck_abort_msg("the schema has the type %s", type);
	return false;
}

static bool type_fits(const json_t *value, const json_t *type)
{
	size_t i;
	json_t *one;

	if (!type)
		return true;
	if (json_is_string(type))
		return is_type(value, json_string_value(type));
	json_array_foreach(type, i, one) {
		if (is_type(value, json_string_value(one)))
			return true;
	}
	return false;
}

static void validate(json_t *root, json_t *schema, json_t *value, const char *path)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref")), *key;
	json_t *members = json_object_get(schema, "properties"), *item;
	size_t i;

	if (ref) {
		ck_assert_int_eq(strncmp(ref, "#/$defs/", 8), 0);
		schema = json_object_get(json_object_get(root, "$defs"), ref + 8);
		ck_assert_msg(schema != NULL, "%s is not there", ref);
		validate(root, schema, value, path);
		return;
	}
	ck_assert_msg(type_fits(value, json_object_get(schema, "type")), "%s has the wrong type", path);
	if (json_object_get(schema, "minimum") && json_is_integer(value))
		ck_assert_int_ge(json_integer_value(value), 0);
	json_array_foreach(value, i, item) {
		if (json_object_get(schema, "items"))
			validate(root, json_object_get(schema, "items"), item, path);
	}
	if (!json_is_object(value))
		return;
	ck_assert_msg(json_is_false(json_object_get(schema, "additionalProperties")),
		      "%s allows any key", path);
	json_object_foreach(value, key, item) {
		char full[256];

		snprintf(full, sizeof(full), "%s.%s", path, key);
		ck_assert_msg(json_object_get(members, key) != NULL, "%s is not in the schema", full);
		validate(root, json_object_get(members, key), item, full);
	}
}

/* The line as a document, proved to be in the schema. */
static json_t *checked(const struct bt_record *rec, const char *event_type)
{
	json_t *schema = eve_schema(dissectors, 3), *event;
	json_error_t error;
	char name[64];

	ck_assert(!rec->cut);
	event = json_loadb(rec->at, rec->len, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(event != NULL, "%s in %.*s", error.text, (int)rec->len, rec->at);
	ck_assert_str_eq(json_string_value(json_object_get(event, "event_type")), event_type);
	ck_assert_ptr_nonnull(schema);
	snprintf(name, sizeof(name), "%s_event", event_type);
	validate(schema, json_object_get(json_object_get(schema, "$defs"), name), event, event_type);
	json_decref(schema);
	return event;
}

/* ---- things to write about ---- */

static struct bt_addr ip(uint8_t last)
{
	return (struct bt_addr){.family = BT_ADDR_IPV4, .bytes = {192, 168, 1, last}};
}

static struct flow tcp_flow(void)
{
	return (struct flow){
		.pub = {.client = ip(10), .server = ip(20), .client_port = 49152, .server_port = 502,
			.ip_proto = 6, .transport = BT_OVER_TCP, .server_proven = true, .id = 7},
		.first_ns = SECONDS(1700000000),
		.last_ns = SECONDS(1700000061) + 500000000,
		.last_packet = 99,
		.packets = {12, 10},
		.bytes = {1200, 1100},
		.state = FLOW_CLOSED,
		.tcp_flags = {TCP_SYN | TCP_ACK | TCP_PSH | TCP_FIN, TCP_SYN | TCP_ACK | TCP_FIN},
	};
}

static struct flow full_flow(void)
{
	struct flow flow = tcp_flow();

	flow.pub.seen = BT_SEEN_MIDSTREAM | BT_SEEN_GAP | BT_SEEN_ONE_WAY | BT_SEEN_CUT;
	flow.duplicates = 1;
	flow.gaps = 2;
	flow.gap_bytes = 300;
	flow.alerted = 1;
	flow.vlan_count = 2;
	flow.vlan[0] = 100;
	flow.vlan[1] = 200;
	flow.has_mac = true;
	memcpy(flow.mac, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb", 12);
	flow.tcp_flags[0] |= TCP_RST | TCP_URG;
	return flow;
}

static struct sighting_traffic full_traffic(void)
{
	struct sighting_traffic traffic = {
		.label = "Modbus",
		.refused = 1,
		.unanswered = 2,
		.unsolicited = 3,
		.violations = 4,
		.undecoded_bytes = 5,
	};

	for (unsigned act = 0; act < BT_ACT_COUNT; act++)
		traffic.acts[act] = act + 1, traffic.by_server[act] = act / 2;
	return traffic;
}

static struct bt_operation operation(void)
{
	return (struct bt_operation){
		.act = BT_ACT_WRITE,
		.result = BT_RESULT_OK,
		.unit = 3,
		.function = 6,
		.name = "write_single_register",
		.request_packet = 41,
		.answer_packet = 42,
		.request_ns = SECONDS(1700000000),
		.answer_ns = SECONDS(1700000000) + 1234567,
	};
}

static struct finding full_finding(void)
{
	static const char detail[] = "{\"request\":{\"address\":6}}";
	struct flow flow = full_flow();
	struct finding finding = {
		.source = FINDING_FROM_BASELINE,
		.name = "baseline.value",
		.title = "Value outside what was learned",
		.severity = 4,
		.technique = {"T0836", "T0831"},
		.flow = flow.pub,
		.protocol = "demo",
		.has_mac = true,
		.vlan_count = 1,
		.vlan = {100},
		.time_ns = SECONDS(1700000005),
		.request_packet = 41,
		.packet = 42,
		.unit = 3,
		.object = "holding_register 40",
		.seen = "wrote 900",
		.expected = "250 to 400",
		.detail_len = sizeof(detail) - 1,
	};

	memcpy(finding.mac, flow.mac, sizeof(finding.mac));
	memcpy(finding.detail, detail, sizeof(detail) - 1);
	return finding;
}

static struct alert full_alert(void)
{
	return (struct alert){
		.id = "0123456789abcdef",
		.incident = "fedcba9876543210",
		.state = ALERT_NEW,
		.count = 1,
		.first_ns = SECONDS(1700000005),
		.last_ns = SECONDS(1700000005),
		.packets = {41, 42},
		.packet_count = 2,
		.incomplete = BT_SEEN_GAP,
		.finding = full_finding(),
	};
}

/* An inventory with one controller that has said and done something. */
static struct assets *inventory(void)
{
	struct assets *assets = assets_create(NULL, NULL);
	struct sighting address = {
		.kind = SIGHTING_ADDRESS, .who = ip(20), .has_mac = true, .answers_arp = true,
		.mac = {0x00, 0x80, 0xf4, 1, 2, 3}, .source = "ARP reply",
		.time_ns = SECONDS(1700000000), .packet = 1,
	};
	struct sighting identity = {
		.kind = SIGHTING_IDENTITY, .who = ip(20), .protocol = "demo", .unit = 1,
		.what = BT_ID_MODEL, .text = "M340", .source = "Demo identification",
		.time_ns = SECONDS(1700000001), .packet = 5,
	};
	struct sighting unit = {
		.kind = SIGHTING_UNIT, .who = ip(20), .protocol = "demo", .unit = 1, .serves = true,
		.source = "Demo", .time_ns = SECONDS(1700000001), .packet = 6,
	};
	struct sighting station = {
		.kind = SIGHTING_UNIT, .who = ip(20), .protocol = "demo", .unit = BT_NO_UNIT,
		.station = "group/node", .time_ns = SECONDS(1700000002), .packet = 7,
	};
	struct sighting name = {
		.kind = SIGHTING_IDENTITY, .who = ip(20), .unit = BT_NO_UNIT, .station = "group/node",
		.what = BT_ID_SERIAL, .text = "0815", .source = "Demo birth",
		.time_ns = SECONDS(1700000002), .packet = 7,
	};
	struct sighting traffic = {.kind = SIGHTING_TRAFFIC, .time_ns = SECONDS(1700000060)};

	ck_assert_ptr_nonnull(assets);
	traffic.traffic = full_traffic();
	traffic.traffic.flow = tcp_flow().pub;
	traffic.traffic.protocol = "demo";
	traffic.traffic.packets[0] = traffic.traffic.packets[1] = 10;
	traffic.traffic.first_ns = traffic.traffic.last_ns = SECONDS(1700000060);
	assets_sighting(assets, &address);
	assets_sighting(assets, &identity);
	assets_sighting(assets, &unit);
	assets_sighting(assets, &station);
	assets_sighting(assets, &name);
	assets_sighting(assets, &traffic);
	assets_settle(assets);
	return assets;
}

/* Its controller, with the parts that only special sites have. */
static struct asset full_asset(struct assets *assets)
{
	const struct bt_addr who = ip(20);
	struct asset asset = *assets_find(assets, &who);
	static struct asset_service service;

	asset.vlan = 100;
	memcpy(asset.country, "DE", 3);
	asset.network = "AS64500 Example";
	asset.evidence_dropped = 1;
	asset.vendor = "Example Automation";
	ck_assert_uint_ge(asset.service_count, 1);
	service = asset.services[0];
	service.label = "Example";
	asset.services = &service;
	asset.service_count = 1;
	return asset;
}

/* ---- tests ---- */

START_TEST(flow_is_as_suricata_writes_it)
{
	static const struct bt_dissector modbus = {.name = "modbus"};
	struct flow flow = tcp_flow();
	struct sighting_traffic traffic = {.acts = {[BT_ACT_READ] = 5}};
	struct bt_record rec = record();

	eve_flow(&rec, &flow, &modbus, &traffic, FLOW_END_CLOSED, SECONDS(1700000100));
	line[rec.len] = '\0';
	ck_assert_str_eq(
		line,
		"{\"timestamp\":\"2023-11-14T22:15:00.000000+0000\",\"flow_id\":7,"
		"\"event_type\":\"flow\",\"src_ip\":\"192.168.1.10\",\"src_port\":49152,"
		"\"dest_ip\":\"192.168.1.20\",\"dest_port\":502,\"proto\":\"TCP\",\"ip_v\":4,"
		"\"app_proto\":\"modbus\",\"community_id\":\"1:mqneoCTm6mw7zLnhEJ3QOVEWBQ4=\","
		"\"flow\":{\"pkts_toserver\":12,\"pkts_toclient\":10,\"bytes_toserver\":1200,"
		"\"bytes_toclient\":1100,\"start\":\"2023-11-14T22:13:20.000000+0000\","
		"\"end\":\"2023-11-14T22:14:21.500000+0000\",\"age\":61,\"state\":\"closed\","
		"\"reason\":\"timeout\",\"alerted\":false},"
		"\"tcp\":{\"tcp_flags\":\"1b\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"13\","
		"\"syn\":true,\"fin\":true,\"psh\":true,\"ack\":true,\"state\":\"closed\"},"
		"\"bittern\":{\"seen_whole\":true,\"server_proven\":true,\"first_packet\":7,"
		"\"last_packet\":99,\"operations\":{\"read\":5}}}");
}
END_TEST

START_TEST(tcp_states_follow_the_flags)
{
	static const struct {
		uint8_t client, server;
		const char *state;
	} cases[] = {
		{TCP_SYN, 0, "syn_sent"},
		{TCP_SYN, TCP_SYN | TCP_ACK, "syn_recv"},
		{TCP_SYN | TCP_ACK, TCP_SYN | TCP_ACK, "established"},
		{TCP_ACK | TCP_PSH, TCP_ACK, "established"},
		{TCP_SYN | TCP_ACK | TCP_FIN, TCP_SYN | TCP_ACK, "fin_wait1"},
		{TCP_SYN | TCP_ACK, TCP_SYN | TCP_ACK | TCP_FIN, "close_wait"},
		{TCP_SYN, TCP_RST | TCP_ACK, "closed"},
		{TCP_ACK | TCP_FIN, TCP_ACK | TCP_FIN, "closed"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow flow = tcp_flow();
		struct sighting_traffic traffic = {0};
		struct bt_record rec = record();
		json_t *event;

		flow.tcp_flags[0] = cases[i].client;
		flow.tcp_flags[1] = cases[i].server;
		eve_flow(&rec, &flow, NULL, &traffic, FLOW_END_TIMEOUT, 0);
		event = checked(&rec, "flow");
		ck_assert_str_eq(json_string_value(json_object_get(json_object_get(event, "tcp"),
								   "state")),
				 cases[i].state);
		json_decref(event);
	}
}
END_TEST

START_TEST(link_and_icmp_have_no_ports)
{
	struct flow flow = full_flow();
	struct sighting_traffic traffic = {0};
	struct bt_record rec = record();
	json_t *event;

	flow.pub.transport = BT_OVER_LINK;
	flow.pub.client = (struct bt_addr){.family = BT_ADDR_MAC, .bytes = {0, 1, 2, 3, 4, 5}};
	flow.pub.server = (struct bt_addr){.family = BT_ADDR_MAC, .bytes = {0, 1, 2, 3, 4, 6}};
	flow.pub.server_port = 0x8892;
	eve_flow(&rec, &flow, NULL, &traffic, FLOW_END_TIMEOUT, 0);
	event = checked(&rec, "flow");
	ck_assert_ptr_null(json_object_get(event, "src_ip"));
	ck_assert_ptr_null(json_object_get(event, "proto"));
	ck_assert_ptr_null(json_object_get(event, "tcp"));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(event, "ether"),
							    "ether_type")),
			 0x8892);
	json_decref(event);

	flow = tcp_flow();
	flow.pub.transport = BT_OVER_ICMP;
	flow.pub.ip_proto = 58;
	flow.pub.client.family = flow.pub.server.family = BT_ADDR_IPV6;
	flow.pub.client_port = 128;
	rec = record();
	eve_flow(&rec, &flow, NULL, &traffic, FLOW_END_TIMEOUT, 0);
	event = checked(&rec, "flow");
	ck_assert_ptr_null(json_object_get(event, "src_port"));
	ck_assert_str_eq(json_string_value(json_object_get(event, "proto")), "IPv6-ICMP");
	ck_assert_int_eq(json_integer_value(json_object_get(event, "ip_v")), 6);
	ck_assert_int_eq(json_integer_value(json_object_get(event, "icmp_type")), 128);
	json_decref(event);

	flow.pub.transport = BT_OVER_IP;
	flow.pub.ip_proto = 200;
	rec = record();
	eve_flow(&rec, &flow, NULL, &traffic, FLOW_END_TIMEOUT, 0);
	event = checked(&rec, "flow");
	ck_assert_str_eq(json_string_value(json_object_get(event, "proto")), "200");
	json_decref(event);
}
END_TEST

/* What is remembered of a flow must never show in another one's event. */
START_TEST(envelope_is_that_of_the_flow)
{
	struct flow a = tcp_flow(), b = full_flow();
	struct bt_operation op = operation();
	char first[4096], again[4096];
	struct bt_record rec = {.at = first, .cap = sizeof(first)};
	json_t *event;

	eve_operation(&rec, &a, &demo, &op, 0, 42);
	b.pub.id = a.pub.id + 64; /* the same place in the memory */
	rec = record();
	eve_operation(&rec, &b, &demo, &op, 0, 42);
	event = checked(&rec, "demo");
	ck_assert_uint_eq(json_array_size(json_object_get(event, "incomplete")), 4);
	json_decref(event);
	b.pub = a.pub; /* the same id, another flow */
	b.pub.server = ip(99);
	rec = record();
	eve_operation(&rec, &b, &demo, &op, 0, 42);
	event = checked(&rec, "demo");
	ck_assert_str_eq(json_string_value(json_object_get(event, "dest_ip")), "192.168.1.99");
	ck_assert_uint_eq(json_array_size(json_object_get(event, "vlan")), 2);
	json_decref(event);
	rec = (struct bt_record){.at = again, .cap = sizeof(again)};
	eve_operation(&rec, &a, &demo, &op, 0, 42);
	again[rec.len] = first[rec.len] = '\0';
	ck_assert_str_eq(again, first);
}
END_TEST

/* Its text is remembered beside the client's. */
START_TEST(what_the_server_says_unasked_is_from_the_server)
{
	struct flow flow = full_flow();
	struct bt_operation op = operation();

	for (int i = 0; i < 4; i++) {
		struct bt_record rec = record();
		json_t *event, *ether;

		op.by_server = i & 1;
		eve_operation(&rec, &flow, &demo, &op, 0, 42);
		event = checked(&rec, "demo");
		ether = json_object_get(event, "ether");
		ck_assert_str_eq(json_string_value(json_object_get(event, "src_ip")),
				 op.by_server ? "192.168.1.20" : "192.168.1.10");
		ck_assert_int_eq(json_integer_value(json_object_get(event, "src_port")),
				 op.by_server ? 502 : 49152);
		ck_assert_int_eq(json_integer_value(json_object_get(event, "dest_port")),
				 op.by_server ? 49152 : 502);
		ck_assert_str_eq(json_string_value(json_object_get(ether, "src_mac")),
				 op.by_server ? "66:77:88:99:aa:bb" : "00:11:22:33:44:55");
		ck_assert_int_eq(json_is_true(json_object_get(json_object_get(event, "bittern"),
							      "by_server")),
				 op.by_server);
		json_decref(event);
	}
	flow.pub.transport = BT_OVER_LINK; /* an EtherType is of both sides */
	flow.pub.client = (struct bt_addr){.family = BT_ADDR_MAC, .bytes = {0, 1, 2, 3, 4, 5}};
	flow.pub.server = (struct bt_addr){.family = BT_ADDR_MAC, .bytes = {0, 1, 2, 3, 4, 6}};
	flow.pub.server_port = 0x88b8;
	struct bt_record rec = record();
	eve_operation(&rec, &flow, &demo, &op, 0, 42);
	json_t *event = checked(&rec, "demo"), *ether = json_object_get(event, "ether");
	ck_assert_str_eq(json_string_value(json_object_get(ether, "src_mac")), "00:01:02:03:04:06");
	ck_assert_int_eq(json_integer_value(json_object_get(ether, "ether_type")), 0x88b8);
	json_decref(event);
}
END_TEST

START_TEST(a_road_has_its_protocols_name_and_what_is_inside_its_own)
{
	struct flow flow = full_flow();
	struct sighting_traffic traffic = full_traffic();
	struct bt_operation op = operation();
	struct bt_record rec = record();
	json_t *event;

	eve_operation(&rec, &flow, &demo_udp, &op, 0, 42);
	event = checked(&rec, "demo");
	ck_assert_str_eq(json_string_value(json_object_get(event, "app_proto")), "demo");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(event, "bittern"), "road")),
			 "demo_udp");
	json_decref(event);

	rec = record();
	eve_flow(&rec, &flow, &demo_udp, &traffic, FLOW_END_TIMEOUT, 0);
	event = checked(&rec, "flow");
	ck_assert_str_eq(json_string_value(json_object_get(event, "app_proto")), "demo");
	json_decref(event);

	op.protocol = &inner;
	rec = record();
	eve_operation(&rec, &flow, &demo, &op, 0, 42);
	event = checked(&rec, "inner");
	ck_assert_str_eq(json_string_value(json_object_get(event, "app_proto")), "inner");
	ck_assert_ptr_nonnull(json_object_get(event, "inner"));
	ck_assert_ptr_null(json_object_get(event, "demo"));
	json_decref(event);
}
END_TEST

START_TEST(alert_explains_itself)
{
	struct assets *assets = inventory();
	struct asset target = full_asset(assets);
	struct alert alert = full_alert();
	struct bt_record rec = record();
	json_t *event, *part;

	eve_alert(&rec, &alert, NULL, &target);
	event = checked(&rec, "alert");
	ck_assert_str_eq(json_string_value(json_object_get(event, "timestamp")),
			 "2023-11-14T22:13:25.000000+0000");
	part = json_object_get(event, "alert");
	ck_assert_int_eq(json_integer_value(json_object_get(part, "severity")), 1);
	ck_assert_int_ge(json_integer_value(json_object_get(part, "signature_id")), 1000000000);
	part = json_object_get(part, "metadata");
	ck_assert_str_eq(json_string_value(json_array_get(
				 json_object_get(part, "mitre_technique_name"), 0)),
			 "Modify Parameter");
	ck_assert_uint_eq(json_array_size(json_object_get(part, "mitre_tactic_id")), 2);
	part = json_object_get(event, "bittern");
	ck_assert_str_eq(json_string_value(json_object_get(part, "alert_id")), "0123456789abcdef");
	ck_assert_str_eq(json_string_value(json_object_get(part, "state")), "new");
	ck_assert(json_is_false(json_object_get(part, "seen_whole")));
	ck_assert_uint_eq(json_array_size(json_object_get(event, "incomplete")), 1);
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(part, "why")), "value"));
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(part, "target"), "vendor")),
			 "Example Automation");
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(part, "source"), "mac")),
			 "00:11:22:33:44:55");
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_object_get(json_object_get(event, "demo"), "request"),
				 "address")),
			 6);
	json_decref(event);

	alert.state = ALERT_CLOSED;
	alert.ended_ns = alert.last_ns + ALERT_QUIET_NS;
	rec = record();
	eve_alert(&rec, &alert, NULL, NULL);
	event = checked(&rec, "alert");
	ck_assert_str_eq(json_string_value(json_object_get(event, "timestamp")),
			 "2023-11-14T23:13:25.000000+0000");
	json_decref(event);
	assets_destroy(assets);
}
END_TEST

/* A new device, a broken header: the address is an IP, whatever transport a zeroed flow says. */
START_TEST(what_belongs_to_no_flow_says_so)
{
	struct alert alert = full_alert();
	struct finding *finding = &alert.finding;
	struct bt_record rec = record();
	json_t *event, *ether;

	finding->flow = (struct bt_flow){.client = ip(66), .server = ip(66)};
	finding->protocol = NULL;
	eve_alert(&rec, &alert, NULL, NULL);
	event = checked(&rec, "alert");
	ck_assert_ptr_null(json_object_get(event, "flow_id"));
	ck_assert_str_eq(json_string_value(json_object_get(event, "src_ip")), "192.168.1.66");
	ck_assert_ptr_null(json_object_get(event, "dest_ip"));
	ck_assert_ptr_null(json_object_get(event, "proto"));
	ether = json_object_get(event, "ether");
	ck_assert_str_eq(json_string_value(json_object_get(ether, "src_mac")), "00:11:22:33:44:55");
	ck_assert_uint_eq(json_object_size(ether), 1);
	ck_assert_ptr_null(json_object_get(json_object_get(event, "bittern"), "target"));
	json_decref(event);

	finding->flow.server = ip(20);
	finding->flow.ip_proto = 17;
	finding->has_mac = false;
	rec = record();
	eve_anomaly(&rec, finding);
	event = checked(&rec, "anomaly");
	ck_assert_str_eq(json_string_value(json_object_get(event, "dest_ip")), "192.168.1.20");
	ck_assert_str_eq(json_string_value(json_object_get(event, "proto")), "UDP");
	ck_assert_ptr_null(json_object_get(event, "ether"));
	json_decref(event);

	finding->flow = (struct bt_flow){0}; /* nothing at all is known of the packet */
	finding->vlan_count = 0;
	rec = record();
	eve_anomaly(&rec, finding);
	event = checked(&rec, "anomaly");
	ck_assert_ptr_null(json_object_get(event, "src_ip"));
	ck_assert_ptr_null(json_object_get(event, "ether"));
	json_decref(event);
}
END_TEST

START_TEST(severity_is_turned_round)
{
	static const int priority[] = {4, 4, 3, 2, 1, 1};

	for (unsigned severity = 0; severity <= 5; severity++) {
		struct alert alert = full_alert();
		struct bt_record rec = record();
		json_t *event;

		alert.finding.severity = (uint8_t)severity;
		eve_alert(&rec, &alert, NULL, NULL);
		event = checked(&rec, "alert");
		ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(event, "alert"),
								    "severity")),
				 priority[severity]);
		json_decref(event);
	}
}
END_TEST

START_TEST(signature_numbers_are_stable_and_apart)
{
	ck_assert_uint_eq(eve_signature_id("modbus.force_listen_only"), 1848882319);
	ck_assert_uint_ne(eve_signature_id("a"), eve_signature_id("b"));
	for (unsigned i = 0; i < 100000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_uint_ge(eve_signature_id(name), 1000000000);
		ck_assert_uint_le(eve_signature_id(name), INT32_MAX);
	}
}
END_TEST

START_TEST(anomaly_has_its_layer)
{
	struct finding finding = full_finding();
	struct bt_record rec = record();
	json_t *event, *part;

	eve_anomaly(&rec, &finding);
	event = checked(&rec, "anomaly");
	part = json_object_get(event, "anomaly");
	ck_assert_str_eq(json_string_value(json_object_get(part, "type")), "applayer");
	ck_assert_str_eq(json_string_value(json_object_get(part, "layer")), "proto_parser");
	json_decref(event);
	snprintf(finding.name, sizeof(finding.name), "stream.conflict");
	finding.protocol = NULL;
	finding.detail_len = 0;
	rec = record();
	eve_anomaly(&rec, &finding);
	event = checked(&rec, "anomaly");
	part = json_object_get(event, "anomaly");
	ck_assert_str_eq(json_string_value(json_object_get(part, "type")), "stream");
	ck_assert_ptr_null(json_object_get(part, "layer"));
	json_decref(event);
}
END_TEST

START_TEST(asset_keeps_its_evidence)
{
	struct assets *assets = inventory();
	struct asset asset = full_asset(assets);
	struct bt_record rec = record();
	json_t *event, *part;

	eve_asset(&rec, &asset, SECONDS(1700000100));
	event = checked(&rec, "asset");
	part = json_object_get(event, "asset");
	ck_assert_str_eq(json_string_value(json_object_get(part, "address")), "192.168.1.20");
	ck_assert_uint_ge(json_array_size(json_object_get(part, "roles")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(part, "attributes")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(part, "units")), 2);
	part = json_array_get(json_object_get(part, "units"), 1);
	ck_assert_str_eq(json_string_value(json_object_get(part, "station")), "group/node");
	ck_assert_str_eq(json_string_value(json_object_get(part, "side")), "client");
	ck_assert_ptr_null(json_object_get(part, "unit"));
	json_decref(event);
	assets_destroy(assets);
}
END_TEST

/* ---- every key of the tables is written by some event, and explained in docs/events.md ---- */

static bool has_path(const json_t *value, const char *path)
{
	size_t length = strcspn(path, ".");
	char key[64];

	for (size_t i = 0; i < json_array_size(value); i++) {
		if (has_path(json_array_get(value, i), path))
			return true;
	}
	snprintf(key, sizeof(key), "%.*s", (int)length, path);
	value = json_object_get(value, key);
	return value && (!path[length] || has_path(value, path + length + 1));
}

static void expect_all(const char *type, json_t **events, size_t count)
{
	for (const struct bt_field *field = eve_fields(type); field->path; field++) {
		bool found = false;

		for (size_t i = 0; i < count; i++)
			found = found || has_path(events[i], field->path);
		ck_assert_msg(found, "no %s event has %s", type, field->path);
		ck_assert_msg(field->help && *field->help, "%s: %s has no help", type, field->path);
	}
}

static json_t *written(const struct bt_record *rec, const char *type)
{
	return checked(rec, type);
}

START_TEST(every_listed_key_is_written)
{
	struct assets *assets = inventory();
	struct asset asset = full_asset(assets);
	struct flow flow = full_flow(), link = full_flow(), icmp = full_flow();
	struct sighting_traffic traffic = full_traffic();
	struct bt_operation op = operation();
	struct finding finding = full_finding();
	struct alert alert = full_alert();
	struct eve_stats stats = {
		.last_ns = SECONDS(10),
		.interface_count = 1,
		.interfaces = {{.name = "eth1", .is_up = true, .packets = 1}},
		.has_state = true,
	};
	struct bt_record rec = record();
	json_t *events[8];

	link.pub.transport = BT_OVER_LINK;
	link.pub.client.family = link.pub.server.family = BT_ADDR_MAC;
	icmp.pub.transport = BT_OVER_ICMP;
	op.broadcast = op.by_server = true;
	eve_flow(&rec, &flow, &demo_udp, &traffic, FLOW_END_TIMEOUT, 0);
	events[0] = written(&rec, "flow");
	rec = record(), eve_flow(&rec, &link, NULL, &traffic, FLOW_END_TIMEOUT, 0);
	events[1] = written(&rec, "flow");
	rec = record(), eve_flow(&rec, &icmp, NULL, &traffic, FLOW_END_TIMEOUT, 0);
	events[2] = written(&rec, "flow");
	rec = record(), eve_operation(&rec, &flow, &demo_udp, &op, 0, 42);
	events[3] = written(&rec, "demo");
	rec = record(), eve_alert(&rec, &alert, &asset, &asset);
	events[4] = written(&rec, "alert");
	rec = record(), eve_anomaly(&rec, &finding);
	events[5] = written(&rec, "anomaly");
	rec = record(), eve_asset(&rec, &asset, 0);
	events[6] = written(&rec, "asset");
	rec = record(), eve_stats(&rec, &stats);
	events[7] = written(&rec, "stats");
	expect_all("envelope", events, 5);
	expect_all("flow", events, 3);
	expect_all("operation", &events[3], 1);
	expect_all("alert", &events[4], 1);
	expect_all("anomaly", &events[5], 1);
	expect_all("asset", &events[6], 1);
	expect_all("stats", &events[7], 1);
	for (size_t i = 0; i < 8; i++)
		json_decref(events[i]);
	assets_destroy(assets);
}
END_TEST

START_TEST(every_listed_key_is_documented)
{
	FILE *file = fopen(EVENTS_MD, "r");
	static char text[1 << 20];
	size_t size;

	ck_assert_ptr_nonnull(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	for (size_t i = 0; eve_event_type(i); i++) {
		for (const struct bt_field *field = eve_fields(eve_event_type(i)); field->path; field++) {
			char quoted[128];

			snprintf(quoted, sizeof(quoted), "`%s`", field->path);
			ck_assert_msg(strstr(text, quoted), "docs/events.md does not explain %s",
				      field->path);
		}
	}
}
END_TEST

START_TEST(schema_names_every_event)
{
	json_t *schema = eve_schema(dissectors, 3), *types, *parts;

	types = json_object_get(json_object_get(json_object_get(schema, "properties"), "event_type"),
				"enum");
	/* flow, alert, anomaly, asset, stats, demo, inner: another road is no protocol */
	ck_assert_uint_eq(json_array_size(types), 7);
	ck_assert_uint_eq(json_array_size(json_object_get(schema, "allOf")), 7);
	ck_assert_ptr_null(json_object_get(json_object_get(schema, "$defs"), "demo_udp"));
	/* a key with two types, and the members of an array's objects */
	parts = json_object_get(json_object_get(json_object_get(schema, "$defs"), "demo"),
				"properties");
	parts = json_object_get(json_object_get(parts, "request"), "properties");
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(parts, "data"), "type")), 2);
	ck_assert_ptr_nonnull(json_object_get(
		json_object_get(json_object_get(json_object_get(parts, "parts"), "items"),
				"properties"),
		"size"));
	json_decref(schema);
}
END_TEST

START_TEST(coverage_counts_and_says_why_not)
{
	char *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);

	coverage_print(out, dissectors, 3);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(page, "\n| Demo | 3 | 2 | 1 | 66.6 % |\n| all | 3 | 2 | 1 | 66.6 % |\n"));
	ck_assert_ptr_nonnull(strstr(page, "\n## Demo\n\n| kind | number | name | decoded |\n|---|---|---|---|\n"
					   "| function | 1 | read | yes |\n"
					   "| function | 2 | write | yes |\n"
					   "| function | 3 | upload | no: nobody has it |\n"));
	ck_assert_ptr_null(strstr(page, "over UDP")); /* another road is no other protocol */
	free(page);
}
END_TEST

/* A record that is too small is cut, never overrun; whatever its size. */
START_TEST(small_records_are_cut)
{
	struct assets *assets = inventory();
	struct asset asset = full_asset(assets);
	struct alert alert = full_alert();
	struct flow flow = full_flow();
	struct sighting_traffic traffic = full_traffic();
	struct bt_operation op = operation();

	for (size_t cap = 0; cap < 4096; cap += cap < 64 ? 1 : 13) {
		char *exact = malloc(cap ? cap : 1);
		struct bt_record rec = {.at = exact, .cap = cap};

		eve_alert(&rec, &alert, &asset, &asset);
		ck_assert(rec.cut || rec.len <= cap);
		rec = (struct bt_record){.at = exact, .cap = cap};
		eve_flow(&rec, &flow, &demo, &traffic, FLOW_END_EVICTED, 0);
		ck_assert(rec.cut || rec.len <= cap);
		rec = (struct bt_record){.at = exact, .cap = cap};
		eve_operation(&rec, &flow, &demo, &op, 0, 42);
		ck_assert(rec.cut || rec.len <= cap);
		rec = (struct bt_record){.at = exact, .cap = cap};
		eve_asset(&rec, &asset, 0);
		ck_assert(rec.cut || rec.len <= cap);
		free(exact);
	}
	assets_destroy(assets);
}
END_TEST

/* About as much as Modbus writes for a register. */
static void poll_describe(const struct bt_operation *op, struct bt_record *rec)
{
	static const char *const sides[] = {"request", "response"};

	bt_put_uint(rec, "id", op->request_packet);
	for (unsigned i = 0; i < 2; i++) {
		bt_open(rec, sides[i]);
		bt_put_uint(rec, "transaction_id", 4711);
		bt_put_uint(rec, "unit_id", op->unit);
		bt_put_uint(rec, "function_raw", op->function);
		bt_put_string(rec, "function_code", "WrSingleReg");
		bt_put_string(rec, "error_flags", "NONE");
		bt_open(rec, "write");
		bt_put_uint(rec, "address", 40);
		bt_put_uint(rec, "data", 900);
		bt_close(rec);
		bt_close(rec);
	}
}

/* Not a limit, a report: sanitizers and other people's builds share the machine. */
START_TEST(operations_are_cheap)
{
	enum { ROUNDS = 300000 };
	static const struct bt_dissector poll = {.name = "poll", .describe = poll_describe};
	struct flow flow = full_flow();
	struct bt_operation op = operation();
	struct timespec from, to;
	size_t bytes = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct bt_record rec = record();

		flow.pub.id = i & 15;
		eve_operation(&rec, &flow, &poll, &op, SECONDS(1700000000) + i, i);
		bytes += rec.len;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_uint_gt(bytes, 0);
	printf("eve_operation: %.0f ns, %zu bytes\n",
	       ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / ROUNDS,
	       bytes / ROUNDS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("eve");
	TCase *tests = tcase_create("eve");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, flow_is_as_suricata_writes_it);
	tcase_add_test(tests, tcp_states_follow_the_flags);
	tcase_add_test(tests, link_and_icmp_have_no_ports);
	tcase_add_test(tests, envelope_is_that_of_the_flow);
	tcase_add_test(tests, what_the_server_says_unasked_is_from_the_server);
	tcase_add_test(tests, a_road_has_its_protocols_name_and_what_is_inside_its_own);
	tcase_add_test(tests, alert_explains_itself);
	tcase_add_test(tests, what_belongs_to_no_flow_says_so);
	tcase_add_test(tests, severity_is_turned_round);
	tcase_add_test(tests, signature_numbers_are_stable_and_apart);
	tcase_add_test(tests, anomaly_has_its_layer);
	tcase_add_test(tests, asset_keeps_its_evidence);
	tcase_add_test(tests, every_listed_key_is_written);
	tcase_add_test(tests, every_listed_key_is_documented);
	tcase_add_test(tests, schema_names_every_event);
	tcase_add_test(tests, coverage_counts_and_says_why_not);
	tcase_add_test(tests, small_records_are_cut);
	tcase_add_test(tests, operations_are_cheap);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
