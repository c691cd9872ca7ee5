/* SPDX-License-Identifier: Apache-2.0
 *
 * The flow table: sides, states, re-used ports, time-outs under a clock that jumps, eviction that is
 * the same whatever the hash secret, duplicates, and Community IDs.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow.h"
#include "hash.h"
#include "inside.h"
#include "stream.h"
#include "suite.h"
#include "text.h"

enum {
	ENDS_MAX = 20000,
};

static struct flow_table *table;
static struct frame frame;
static uint64_t end_id[ENDS_MAX];
static enum flow_end end_why[ENDS_MAX];
static size_t ends;
static struct flow_sight sight;

static void note_end(void *owner, struct flow *flow, enum flow_end why)
{
	ck_assert_ptr_eq(owner, &ends);
	ck_assert_uint_lt(ends, ENDS_MAX);
	end_id[ends] = flow->pub.id;
	end_why[ends++] = why;
}

static void open_table(size_t max)
{
	ends = 0;
	frame = (struct frame){.time_ns = SECONDS(1700000000), .wire = 100};
	table = flow_table_create(max, note_end, &ends);
	ck_assert_ptr_nonnull(table);
}

static void close_table(void)
{
	ck_assert_uint_eq(stream_pool_used(flow_streams(table)), 0);
	flow_table_destroy(table);
	table = NULL;
}

static struct packet ip_packet(enum packet_kind kind, unsigned src, unsigned src_port, unsigned dst,
			       unsigned dst_port)
{
	static uint16_t id;

	return (struct packet){
		.frame = &frame,
		.kind = kind,
		.ip_version = 4,
		.ip_proto = kind == PACKET_TCP ? 6 : kind == PACKET_UDP ? 17 : 1,
		.ip_id = ++id ? id : ++id,
		.src = {.family = BT_ADDR_IPV4, .bytes = {10, 0, (uint8_t)(src >> 8), (uint8_t)src}},
		.dst = {.family = BT_ADDR_IPV4, .bytes = {10, 0, (uint8_t)(dst >> 8), (uint8_t)dst}},
		.src_port = (uint16_t)src_port,
		.dst_port = (uint16_t)dst_port,
		.has_mac = true,
		.mac_src = {2, 0, 0, 0, 0, (uint8_t)src},
		.mac_dst = {2, 0, 0, 0, 0, (uint8_t)dst},
	};
}

static struct flow *track(const struct packet *packet)
{
	struct flow *flow;

	frame.number++;
	flow = flow_track(table, packet, &sight);
	ck_assert_ptr_nonnull(flow);
	return flow;
}

/* The client 10.0.0.1:40000 and the server 10.0.0.2:502. */
static struct flow *client(unsigned flags, uint32_t seq, uint32_t ack, const char *payload)
{
	struct packet packet = ip_packet(PACKET_TCP, 1, 40000, 2, 502);

	packet.tcp_flags = (uint8_t)flags;
	packet.tcp_seq = seq;
	packet.tcp_ack = ack;
	packet.payload = cur_of(payload, strlen(payload));
	packet.payload_wire = (uint32_t)strlen(payload);
	return track(&packet);
}

static struct flow *server(unsigned flags, uint32_t seq, uint32_t ack, const char *payload)
{
	struct packet packet = ip_packet(PACKET_TCP, 2, 502, 1, 40000);

	packet.tcp_flags = (uint8_t)flags;
	packet.tcp_seq = seq;
	packet.tcp_ack = ack;
	packet.payload = cur_of(payload, strlen(payload));
	packet.payload_wire = (uint32_t)strlen(payload);
	return track(&packet);
}

static struct flow *handshake(uint32_t seq, uint32_t ack)
{
	client(TCP_SYN, seq, 0, "");
	server(TCP_SYN | TCP_ACK, ack, seq + 1, "");
	return client(TCP_ACK, seq + 1, ack + 1, "");
}

static struct flow *find_peeked(const struct packet *packet, struct flow_search *search)
{
	struct flow *flow;

	frame.number++;
	flow = flow_found(table, packet, search, &sight);
	ck_assert_ptr_nonnull(flow);
	return flow;
}

START_TEST(what_was_peeked_is_found)
{
	struct flow *flow = handshake(100, 500);
	struct packet packet = ip_packet(PACKET_TCP, 2, 502, 1, 40000);
	struct pair pair = pair_of(&packet.src, &packet.dst);
	struct flow_search search;

	packet.tcp_flags = TCP_ACK;
	flow_search(&packet, &pair, &search);
	ck_assert_ptr_null(search.peeked);
	flow_peek(table, &search);
	ck_assert_ptr_eq(search.peeked, flow);
	ck_assert_ptr_eq(find_peeked(&packet, &search), flow);
	ck_assert(!sight.is_new && sight.dir == BT_TO_CLIENT);
}
END_TEST

/* Between the look ahead and the packet its flow ends, and its place in memory is another's. */
START_TEST(what_was_peeked_may_have_ended)
{
	struct flow *flow = handshake(100, 500);
	struct packet packet = ip_packet(PACKET_TCP, 1, 40000, 2, 502);
	struct pair pair = pair_of(&packet.src, &packet.dst);
	struct flow_search search;
	uint64_t id = flow->pub.id;

	packet.tcp_flags = TCP_ACK;
	flow_search(&packet, &pair, &search);
	flow_peek(table, &search);
	flow_end(table, flow, FLOW_END_CLOSED);
	if (_i) {
		struct packet other = ip_packet(PACKET_TCP, 3, 40000, 2, 502);

		ck_assert_ptr_eq(track(&other), search.peeked);
	}
	flow = find_peeked(&packet, &search);
	ck_assert(sight.is_new);
	ck_assert_uint_ne(flow->pub.id, id);
	ck_assert_uint_eq(flow_count(table), 1 + (size_t)_i);
}
END_TEST

/* Two hosts whose packets differ in one byte of the key. */
START_TEST(another_flow_that_was_peeked_is_not_taken)
{
	struct packet packet = ip_packet(PACKET_TCP, 1, 40000, 2, 502), other;
	struct flow_search search;
	struct pair pair;
	struct flow *flow;

	packet.src.family = packet.dst.family = BT_ADDR_IPV6;
	other = packet;
	if (_i < 16)
		other.src.bytes[_i] ^= 1;
	else if (_i < 32)
		other.dst.bytes[_i - 16] ^= 1;
	else if (_i == 32)
		other.src_port ^= 1;
	else if (_i == 33)
		other.dst_port ^= 1;
	else if (_i == 34)
		other.kind = PACKET_UDP;
	else
		other.ip_proto ^= 1;
	flow = track(&other);
	pair = pair_of(&packet.src, &packet.dst);
	flow_search(&packet, &pair, &search);
	search.peeked = flow;
	ck_assert_ptr_ne(find_peeked(&packet, &search), flow);
	ck_assert(sight.is_new);
}
END_TEST

/* Of the network and the interface, each in its half. */
static void set_ipv6(struct bt_addr *addr, uint64_t network, uint64_t interface)
{
	addr->family = BT_ADDR_IPV6;
	for (unsigned i = 0; i < 8; i++) {
		addr->bytes[i] = (uint8_t)(network >> (56 - 8 * i));
		addr->bytes[8 + i] = (uint8_t)(interface >> (56 - 8 * i));
	}
}

START_TEST(addresses_of_the_same_number_are_not_the_same)
{
	struct packet packet = ip_packet(PACKET_TCP, 1, 40000, 2, 502), back, third;
	struct flow *flow;

	set_ipv6(&packet.src, 1, -pair_mix(1));
	set_ipv6(&packet.dst, 2, -pair_mix(2));
	ck_assert_uint_eq(pair_number(&packet.src), pair_number(&packet.dst));
	flow = track(&packet);
	back = packet;
	back.src = packet.dst;
	back.dst = packet.src;
	back.src_port = 502;
	back.dst_port = 40000;
	ck_assert_ptr_eq(track(&back), flow);
	ck_assert(!sight.is_new && sight.dir == BT_TO_CLIENT && !sight.duplicate);
	third = packet;
	set_ipv6(&third.dst, 3, -pair_mix(3));
	ck_assert_ptr_ne(track(&third), flow);
	ck_assert(sight.is_new);
}
END_TEST

START_TEST(handshake_proves_the_sides)
{
	struct flow *flow = client(TCP_SYN, 100, 0, "");

	ck_assert(sight.is_new && sight.dir == BT_TO_SERVER && !sight.duplicate);
	ck_assert_uint_eq(flow->pub.seen, BT_SEEN_ONE_WAY);
	ck_assert(flow->pub.server_proven);
	ck_assert_uint_eq(flow->state, FLOW_NEW);
	ck_assert_uint_eq(flow->pub.id, 1);
	ck_assert_uint_eq(flow->pub.server_port, 502);
	ck_assert_uint_eq(flow->mac[BT_TO_SERVER][5], 1);
	ck_assert_uint_eq(flow->mac[BT_TO_CLIENT][5], 2);
	ck_assert_ptr_eq(server(TCP_SYN | TCP_ACK, 500, 101, ""), flow);
	ck_assert(!sight.is_new && sight.dir == BT_TO_CLIENT);
	ck_assert_uint_eq(flow->pub.seen, 0);
	ck_assert_uint_eq(flow->state, FLOW_ESTABLISHED);
	client(TCP_ACK | TCP_PSH, 101, 501, "abc");
	ck_assert_uint_eq(flow->packets[BT_TO_SERVER], 2);
	ck_assert_uint_eq(flow->bytes[BT_TO_SERVER], 200);
	ck_assert(flow->has_payload);
	ck_assert_uint_eq(flow->last_packet, 3);
	client(TCP_FIN | TCP_ACK, 104, 501, "");
	ck_assert_uint_eq(flow->state, FLOW_ESTABLISHED);
	server(TCP_FIN | TCP_ACK, 501, 105, "");
	ck_assert_uint_eq(flow->state, FLOW_CLOSED);
	ck_assert_uint_eq(flow_count(table), 1);
}
END_TEST

START_TEST(syn_ack_alone_tells_the_server)
{
	struct flow *flow = server(TCP_SYN | TCP_ACK, 500, 101, "");

	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
	ck_assert(flow->pub.server_proven);
	ck_assert_uint_eq(flow->pub.server_port, 502);
	ck_assert_uint_eq(flow->pub.seen, BT_SEEN_ONE_WAY);
}
END_TEST

/* A client could make itself the server with a SYN-ACK that the other side throws away. */
START_TEST(forged_syn_ack_does_not_turn_the_sides)
{
	struct flow *flow;

	client(TCP_SYN | TCP_ACK, 100, 77, "");
	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
	server(TCP_RST, 77, 0, "");
	flow = client(TCP_SYN, 100, 0, "");
	ck_assert(sight.is_new && sight.dir == BT_TO_SERVER);
	ck_assert_uint_eq(flow->pub.server_port, 502);
	server(TCP_SYN | TCP_ACK, 500, 101, "");
	ck_assert_ptr_eq(client(TCP_ACK, 101, 501, "data"), flow);
}
END_TEST

START_TEST(forged_syn_ack_with_data_does_not_turn_the_sides)
{
	client(TCP_SYN | TCP_ACK, 100, 77, "x");
	client(TCP_SYN, 100, 0, "");
	server(TCP_SYN | TCP_ACK, 500, 101, "");
	ck_assert(sight.is_new && sight.dir == BT_TO_CLIENT);
	ck_assert_uint_eq(client(TCP_ACK, 101, 501, "data")->pub.server_port, 502);
}
END_TEST

START_TEST(answered_syn_counts)
{
	struct flow *flow;
	uint32_t isn;

	client(TCP_SYN, 100, 0, "");
	client(TCP_SYN, 7777, 0, ""); /* forged: the server never saw it */
	flow = server(TCP_SYN | TCP_ACK, 500, 101, "");
	ck_assert(tcp_isn(flow, BT_TO_SERVER, &isn));
	ck_assert_uint_eq(isn, 100);
}
END_TEST

static const struct {
	enum packet_kind kind;
	unsigned src, dst;
	bool source_is_client;
} guesses[] = {
	{PACKET_TCP, 50000, 80, true},	  {PACKET_TCP, 80, 50000, false},
	{PACKET_TCP, 20000, 80, false},	  {PACKET_TCP, 80, 20000, true}, /* hinted beats well-known */
	{PACKET_TCP, 20000, 502, true},	  {PACKET_TCP, 502, 20000, true}, /* both hinted: the lower */
	{PACKET_TCP, 40000, 9000, true},  {PACKET_TCP, 9000, 40000, false},
	{PACKET_TCP, 9000, 9001, true},	  {PACKET_TCP, 9001, 9000, true},
	{PACKET_TCP, 600, 80, true},	  {PACKET_TCP, 80, 600, false},
	{PACKET_UDP, 50000, 40000, true}, {PACKET_UDP, 53, 40000, false},
	{PACKET_UDP, 40000, 53, true},	  {PACKET_UDP, 20000, 40000, false},
	{PACKET_UDP, 123, 123, true},
};

START_TEST(sides_are_guessed)
{
	static const uint16_t hints[] = {502, 20000, 0};
	struct packet packet = ip_packet(guesses[_i].kind, 1, guesses[_i].src, 2, guesses[_i].dst);
	bool expected = guesses[_i].source_is_client;
	struct flow *flow;

	if (guesses[_i].src == 502) /* well-known and hinted: the server */
		expected = false;
	packet.tcp_flags = TCP_ACK;
	flow_hint_ports(table, hints, 2);
	flow = track(&packet);
	ck_assert_int_eq(sight.dir == BT_TO_SERVER, expected);
	ck_assert_uint_eq(flow->pub.client_port, expected ? guesses[_i].src : guesses[_i].dst);
	ck_assert(!flow->pub.server_proven);
	ck_assert_int_eq((flow->pub.seen & BT_SEEN_MIDSTREAM) != 0,
			 guesses[_i].kind == PACKET_TCP);
}
END_TEST

START_TEST(swapped_sides_stay_swapped)
{
	struct flow *flow;

	server(TCP_ACK | TCP_PSH, 5, 5, "12345");
	server(TCP_ACK | TCP_PSH, 10, 5, "67");
	flow = client(TCP_ACK | TCP_PSH, 5, 12, "1");
	flow_swap_sides(flow);
	ck_assert_uint_eq(flow->pub.client_port, 502);
	ck_assert_uint_eq(flow->pub.client.bytes[3], 2);
	ck_assert_uint_eq(flow->packets[BT_TO_SERVER], 2);
	ck_assert_uint_eq(flow->packets[BT_TO_CLIENT], 1);
	ck_assert_uint_eq(flow->mac[BT_TO_SERVER][5], 2);
	ck_assert_ptr_eq(client(TCP_ACK, 6, 12, ""), flow);
	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
	ck_assert_uint_eq(flow_count(table), 1);
}
END_TEST

START_TEST(same_address_both_ends)
{
	struct packet packet = ip_packet(PACKET_UDP, 1, 7000, 1, 7000);
	struct flow *flow = track(&packet);

	frame.time_ns += SECONDS(1);
	ck_assert_ptr_eq(track(&packet), flow);
	packet.dst_port = 7001;
	flow = track(&packet);
	ck_assert(sight.is_new);
	packet.src_port = 7001;
	packet.dst_port = 7000;
	ck_assert_ptr_eq(track(&packet), flow);
	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
}
END_TEST

START_TEST(icmp_answers_join_their_requests)
{
	struct packet reply = ip_packet(PACKET_ICMP, 2, 0, 1, 0);
	struct packet request = ip_packet(PACKET_ICMP, 1, 8, 2, 0);
	struct packet unreachable = ip_packet(PACKET_ICMP, 1, 3, 2, 1);
	struct flow *flow = track(&reply);

	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
	ck_assert_uint_eq(flow->pub.client_port, 8);
	ck_assert_ptr_eq(track(&request), flow);
	ck_assert_int_eq(sight.dir, BT_TO_SERVER);
	ck_assert_ptr_ne(track(&unreachable), flow);
}
END_TEST

START_TEST(link_flows_are_named_by_ethertype)
{
	struct packet packet = {
		.frame = &frame,
		.kind = PACKET_LINK,
		.ethertype = 0x8892,
		.src = {.family = BT_ADDR_MAC, .bytes = {2, 0, 0, 0, 0, 1}},
		.dst = {.family = BT_ADDR_MAC, .bytes = {2, 0, 0, 0, 0, 2}},
	};
	struct packet back = packet, other = packet, none = {.frame = &frame};
	struct flow *flow = track(&packet);

	back.src = packet.dst;
	back.dst = packet.src;
	other.ethertype = 0x88b8;
	ck_assert_uint_eq(flow->pub.server_port, 0x8892);
	ck_assert_uint_eq(flow->pub.transport, BT_OVER_LINK);
	ck_assert_ptr_eq(track(&back), flow);
	ck_assert_int_eq(sight.dir, BT_TO_CLIENT);
	ck_assert_ptr_ne(track(&other), flow);
	ck_assert_ptr_null(flow_track(table, &none, &sight));
}
END_TEST

/* ---- SYNs on ports in use ---- */

START_TEST(retransmitted_syn_is_no_new_connection)
{
	struct flow *flow = client(TCP_SYN, 100, 0, "");

	frame.time_ns += SECONDS(1);
	ck_assert_ptr_eq(client(TCP_SYN, 100, 0, ""), flow);
	server(TCP_SYN | TCP_ACK, 500, 101, "");
	frame.time_ns += SECONDS(1);
	ck_assert_ptr_eq(client(TCP_SYN, 100, 0, ""), flow);
	server(TCP_SYN | TCP_ACK, 500, 101, "");
	client(TCP_ACK | TCP_PSH, 101, 501, "data");
	ck_assert_uint_eq(ends, 0);
	ck_assert_uint_eq(flow->pub.id, 1);
}
END_TEST

START_TEST(refused_and_tried_again_is_one_attempt)
{
	struct flow *flow = client(TCP_SYN, 100, 0, "");

	server(TCP_RST | TCP_ACK, 0, 101, "");
	ck_assert_uint_eq(flow->state, FLOW_CLOSED);
	frame.time_ns += MILLISECONDS(500);
	client(TCP_SYN, 100, 0, "");
	server(TCP_SYN | TCP_ACK, 500, 101, "");
	ck_assert_uint_eq(ends, 0);
	ck_assert_uint_eq(flow->state, FLOW_ESTABLISHED);
}
END_TEST

START_TEST(syn_on_a_closed_flow_begins_a_new_one)
{
	handshake(100, 500);
	client(TCP_ACK | TCP_PSH, 101, 501, "data");
	server(TCP_RST, 501, 0, "");
	/* The very same number: some devices have but one. */
	ck_assert_uint_eq(client(TCP_SYN, 100, 0, "")->pub.id, frame.number);
	ck_assert(sight.is_new);
	ck_assert_uint_eq(ends, 1);
	ck_assert_int_eq(end_why[0], FLOW_END_REUSED);
}
END_TEST

START_TEST(forged_syn_does_not_end_a_connection)
{
	struct flow *flow = handshake(100, 500);

	client(TCP_ACK | TCP_PSH, 101, 501, "data");
	client(TCP_SYN, 7777, 0, "");
	server(TCP_ACK, 501, 105, ""); /* the challenge ACK of RFC 5961 */
	ck_assert_ptr_eq(client(TCP_ACK | TCP_PSH, 105, 501, "more"), flow);
	client(TCP_ACK | TCP_PSH, 7778, 501, "forged too");
	ck_assert_uint_eq(ends, 0);
	ck_assert_uint_eq(flow->state, FLOW_ESTABLISHED);
}
END_TEST

START_TEST(answered_syn_begins_a_new_connection)
{
	struct flow *flow = handshake(100, 500);

	client(TCP_ACK | TCP_PSH, 101, 501, "data");
	client(TCP_SYN, 7777, 0, "");
	flow = server(TCP_SYN | TCP_ACK, 900, 7778, "");
	ck_assert(sight.is_new && sight.dir == BT_TO_CLIENT);
	ck_assert_uint_eq(flow->pub.id, frame.number);
	ck_assert_uint_eq(flow->pub.client_port, 40000);
	ck_assert_uint_eq(flow->pub.seen & BT_SEEN_MIDSTREAM, 0);
	ck_assert_uint_eq(ends, 1);
	ck_assert_int_eq(end_why[0], FLOW_END_REUSED);
	ck_assert_uint_eq(end_id[0], 1);
}
END_TEST

START_TEST(one_sided_tap_believes_a_syn_that_is_followed)
{
	struct flow *flow = client(TCP_SYN, 100, 0, "");

	client(TCP_ACK | TCP_PSH, 101, 501, "data");
	client(TCP_SYN, 7777, 0, "");
	ck_assert_ptr_eq(client(TCP_ACK | TCP_PSH, 105, 501, "more"), flow);
	ck_assert_uint_eq(ends, 0);
	flow = client(TCP_ACK, 7778, 901, "");
	ck_assert(sight.is_new);
	ck_assert_int_eq(end_why[0], FLOW_END_REUSED);
	ck_assert_uint_eq(flow->pub.seen, BT_SEEN_ONE_WAY);
	ck_assert(flow->pub.server_proven);
}
END_TEST

START_TEST(half_open_syn_with_another_number_is_new)
{
	client(TCP_SYN, 100, 0, "");
	client(TCP_SYN, 200, 0, "");
	ck_assert(sight.is_new);
	ck_assert_int_eq(end_why[0], FLOW_END_REUSED);
}
END_TEST

START_TEST(forged_reset_does_not_close_for_good)
{
	struct flow *flow = handshake(100, 500);

	server(TCP_RST, 1, 0, "");
	ck_assert_uint_eq(flow->state, FLOW_CLOSED);
	client(TCP_ACK | TCP_PSH, 101, 501, "in flight");
	ck_assert_uint_eq(flow->state, FLOW_CLOSED);
	server(TCP_ACK | TCP_PSH, 501, 110, "still here");
	ck_assert_uint_eq(flow->state, FLOW_ESTABLISHED);
}
END_TEST

/* ---- time ---- */

static size_t end_due(void)
{
	struct flow *due[8];
	size_t total = 0, count;

	while ((count = flow_due(table, frame.time_ns, due, 8))) {
		for (size_t i = 0; i < count; i++)
			flow_end(table, due[i], FLOW_END_TIMEOUT);
		total += count;
	}
	return total;
}

static const struct {
	const char *what;
	int64_t seconds;
	enum flow_end why;
} lives[] = {
	{"half-open", 60, FLOW_END_TIMEOUT},   {"one-sided", 600, FLOW_END_TIMEOUT},
	{"established", 7200, FLOW_END_TIMEOUT}, {"closed", 10, FLOW_END_CLOSED},
	{"udp one-way", 30, FLOW_END_TIMEOUT}, {"udp", 120, FLOW_END_TIMEOUT},
	{"icmp", 120, FLOW_END_TIMEOUT},
};

static void make_life(int kind)
{
	struct packet forth = ip_packet(kind < 6 ? PACKET_UDP : PACKET_ICMP, 1, 5000, 2, 5001);
	struct packet back = ip_packet(PACKET_UDP, 2, 5001, 1, 5000);

	if (kind == 0) {
		client(TCP_SYN, 1, 0, "");
	} else if (kind == 1) {
		client(TCP_ACK | TCP_PSH, 1, 1, "half a capture");
	} else if (kind <= 3) {
		handshake(100, 500);
		if (kind == 3)
			client(TCP_RST, 101, 0, "");
	} else {
		track(&forth);
		if (kind == 5)
			track(&back);
	}
}

START_TEST(silence_ends_a_flow)
{
	int64_t began = frame.time_ns;

	end_due();
	make_life(_i);
	for (int64_t at = 1; at < lives[_i].seconds; at++) {
		frame.time_ns = began + SECONDS(at);
		ck_assert_uint_eq(end_due(), 0);
	}
	frame.time_ns = began + SECONDS(lives[_i].seconds) + SECONDS(2);
	ck_assert_msg(end_due() == 1, "%s", lives[_i].what);
	ck_assert_int_eq(end_why[0], lives[_i].why);
	ck_assert_uint_eq(flow_count(table), 0);
}
END_TEST

START_TEST(next_packet_ends_what_flow_due_was_not_asked_for)
{
	uint64_t first = handshake(100, 500)->pub.id;

	frame.time_ns += SECONDS(7200);
	client(TCP_ACK | TCP_PSH, 101, 501, "late");
	ck_assert(sight.is_new);
	ck_assert_uint_eq(end_id[0], first);
	ck_assert_int_eq(end_why[0], FLOW_END_TIMEOUT);
	ck_assert_uint_eq(flow_count(table), 1);
}
END_TEST

START_TEST(active_flows_live_on)
{
	struct flow *flow = handshake(100, 500);

	for (uint32_t i = 0; i < 3000; i++) {
		frame.time_ns += SECONDS(60);
		ck_assert_ptr_eq(client(TCP_ACK, 101, 501 + i, ""), flow);
		ck_assert_uint_eq(end_due(), 0);
	}
}
END_TEST

START_TEST(clock_jumps)
{
	static const int64_t jumps[] = {SECONDS(1) << 32, -(SECONDS(1) << 32), INT64_MAX, INT64_MIN,
					-1, 0};
	struct packet packet = ip_packet(PACKET_UDP, 1, 5000, 2, 5001);

	for (unsigned round = 0; round < 600; round++) {
		frame.time_ns = round % 7 < 6 ? jumps[(round * 5 + round / 7) % 6]
					      : SECONDS(1700000000) + (int64_t)round;
		packet.src_port = (uint16_t)(1024 + round % 50);
		packet.ip_id = (uint16_t)(round + 1);
		track(&packet);
		end_due();
	}
	/* From here the clock is sane: everything is found within one turn of the wheel. */
	frame.time_ns = SECONDS(1700000000);
	for (unsigned i = 0; i < 1200; i++) {
		frame.time_ns += SECONDS(1);
		end_due();
	}
	ck_assert_uint_eq(flow_count(table), 0);
}
END_TEST

START_TEST(clock_stepping_back_keeps_the_flow)
{
	struct flow *flow = handshake(100, 500);

	frame.time_ns -= SECONDS(100000);
	end_due();
	ck_assert_ptr_eq(client(TCP_ACK | TCP_PSH, 101, 501, "x"), flow);
	ck_assert_uint_eq(ends, 0);
}
END_TEST

START_TEST(flow_due_respects_its_cap)
{
	struct flow *due[8];

	for (unsigned i = 0; i < 20; i++) {
		struct packet packet = ip_packet(PACKET_UDP, 1, 1024 + i, 2, 5001);

		track(&packet);
	}
	frame.time_ns += SECONDS(100);
	ck_assert_uint_eq(flow_due(table, frame.time_ns, due, 8), 8);
	flow_end(table, due[0], FLOW_END_TIMEOUT);
	ck_assert_uint_eq(end_due(), 19);
}
END_TEST

/* ---- a full table ---- */

/* Ten pollers, then a flood; every hundredth stranger is answered. Returns how many were evicted. */
static uint64_t flood(void)
{
	open_table(256);
	for (unsigned i = 0; i < 12000; i++) {
		unsigned who = i * 7919 % 65521;
		struct packet syn = ip_packet(PACKET_TCP, 256 + who % 40000, 1024 + who % 60000, 2, 502);
		struct packet poll = ip_packet(PACKET_UDP, i / 4 % 10, 5000, 200, 5001);
		struct packet answer = ip_packet(PACKET_UDP, 200, 5001, i / 4 % 10, 5000);

		frame.time_ns += MILLISECONDS(1);
		syn.tcp_flags = TCP_SYN;
		syn.tcp_seq = i;
		if (i % 4 == 0) {
			track(&poll);
			track(&answer);
		}
		track(&syn);
		if (i % 100 == 0) {
			struct packet reply = ip_packet(PACKET_TCP, 2, 502, 256 + who % 40000,
							1024 + who % 60000);

			reply.tcp_flags = TCP_SYN | TCP_ACK;
			reply.tcp_ack = i + 1;
			track(&reply);
		}
		ck_assert_uint_le(flow_count(table), 256);
	}
	return flow_evicted(table);
}

START_TEST(eviction_is_the_same_for_every_secret)
{
	static uint64_t ids[ENDS_MAX];
	uint64_t evicted;
	size_t count;

	flow_table_destroy(table);
	evicted = flood();
	ck_assert_uint_gt(evicted, 11000);
	count = ends;
	memcpy(ids, end_id, sizeof(ids));
	flow_table_destroy(table);
	for (unsigned round = 0; round < 3; round++) {
		hash_init();
		ck_assert_uint_eq(flood(), evicted);
		ck_assert_uint_eq(ends, count);
		ck_assert_mem_eq(ids, end_id, count * sizeof(ids[0]));
		flow_table_destroy(table);
	}
	flood();
	/* The pollers' flows are the first ones, and none of them ended. */
	for (size_t i = 0; i < ends; i++)
		ck_assert_int_eq(end_why[i], FLOW_END_EVICTED);
	for (unsigned i = 0; i < 10; i++) {
		struct packet poll = ip_packet(PACKET_UDP, i, 5000, 200, 5001);

		track(&poll);
		ck_assert(!sight.is_new);
	}
}
END_TEST

START_TEST(the_silent_go_before_the_active)
{
	static struct packet pairs[64][2];

	flow_table_destroy(table);
	open_table(64);
	for (unsigned i = 0; i < 64; i++) {
		pairs[i][0] = ip_packet(PACKET_UDP, 1, 2000 + i, 2, 5000);
		pairs[i][1] = ip_packet(PACKET_UDP, 2, 5000, 1, 2000 + i);
		track(&pairs[i][0]);
		track(&pairs[i][1]);
	}
	for (unsigned i = 0; i < 60; i++) { /* all but four speak again */
		frame.time_ns += SECONDS(1);
		pairs[i][0].ip_id += 1000;
		track(&pairs[i][0]);
	}
	for (unsigned i = 0; i < 4; i++) {
		struct packet forth = ip_packet(PACKET_UDP, 3, 3000 + i, 4, 5000);
		struct packet back = ip_packet(PACKET_UDP, 4, 5000, 3, 3000 + i);

		track(&forth);
		track(&back); /* settled: the next one has to go elsewhere */
	}
	ck_assert_uint_eq(ends, 4);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(end_id[i], 2 * (60 + i) + 1);
}
END_TEST

/* ---- duplicates ---- */

START_TEST(mirrored_copy_is_counted_once)
{
	struct packet packet = ip_packet(PACKET_TCP, 1, 40000, 2, 502), copy;
	struct flow *flow;

	packet.tcp_flags = TCP_ACK | TCP_PSH;
	packet.payload = cur_of("request", 7);
	packet.payload_wire = 7;
	packet.ttl = 64;
	flow = track(&packet);
	copy = packet;
	copy.ttl = 63; /* behind a router */
	copy.mac_src[5] = 77;
	copy.vlan_count = 1;
	frame.time_ns += MILLISECONDS(9);
	ck_assert_ptr_eq(track(&copy), flow);
	ck_assert(sight.duplicate);
	ck_assert_uint_eq(flow->duplicates, 1);
	ck_assert_uint_eq(flow->packets[BT_TO_SERVER], 1);
	ck_assert_uint_eq(flow->last_packet, 1);
	frame.time_ns += MILLISECONDS(2);
	track(&copy);
	ck_assert_msg(!sight.duplicate, "11 ms later it is a retransmission");
}
END_TEST

static const struct {
	const char *what;
	enum packet_kind kind;
	bool with_id;
	int64_t window_ns;
} windows[] = {
	{"tcp, id", PACKET_TCP, true, 10000000},  {"udp, id", PACKET_UDP, true, 10000000},
	{"tcp, no id", PACKET_TCP, false, 1000000}, {"udp, no id", PACKET_UDP, false, 1000000},
	{"icmp, no id", PACKET_ICMP, false, 1000000}, {"link", PACKET_LINK, false, 50000},
	{"arp", PACKET_ARP, false, 1000000},
};

START_TEST(duplicate_windows)
{
	struct packet packet = ip_packet(windows[_i].kind, 1, 5000, 2, 5001);

	if (!windows[_i].with_id)
		packet.ip_id = 0;
	packet.tcp_flags = TCP_ACK;
	track(&packet);
	frame.time_ns += windows[_i].window_ns - 1000;
	track(&packet);
	ck_assert_msg(sight.duplicate, "%s inside", windows[_i].what);
	frame.time_ns += 2000;
	track(&packet);
	ck_assert_msg(!sight.duplicate, "%s outside", windows[_i].what);
}
END_TEST

START_TEST(whatever_differs_is_no_duplicate)
{
	uint8_t bytes[1000] = {0};
	struct packet first = ip_packet(PACKET_TCP, 1, 40000, 2, 502), other;

	first.tcp_flags = TCP_ACK;
	first.payload = cur_of(bytes, sizeof(bytes));
	first.payload_wire = sizeof(bytes);
	track(&first);
	for (unsigned i = 0; i < 7; i++) {
		uint8_t changed[1000] = {0};

		other = first;
		other.payload.ptr = changed;
		other.tcp_seq += i == 0;
		other.tcp_ack += i == 1;
		other.ip_id += i == 2;
		other.tcp_window += i == 3;
		other.checksum += i == 4;
		changed[999] = i == 5; /* the last byte counts too */
		other.tcp_flags |= i == 6 ? TCP_PSH : 0;
		track(&other);
		ck_assert_msg(!sight.duplicate, "change %u", i);
	}
}
END_TEST

START_TEST(several_copies_apart)
{
	struct packet burst[4];

	for (unsigned i = 0; i < 4; i++) {
		burst[i] = ip_packet(PACKET_TCP, 1, 40000, 2, 502);
		burst[i].tcp_flags = TCP_ACK;
		burst[i].tcp_seq = i;
		track(&burst[i]);
	}
	for (unsigned i = 0; i < 4; i++) {
		track(&burst[i]);
		ck_assert(sight.duplicate);
	}
}
END_TEST

START_TEST(cut_frames_are_noted)
{
	struct packet packet = ip_packet(PACKET_UDP, 1, 5000, 2, 5001);

	packet.cut = true;
	ck_assert(track(&packet)->pub.seen & BT_SEEN_CUT);
}
END_TEST

START_TEST(all_flows_are_listed)
{
	struct flow *flows[8];

	handshake(1, 2);
	make_life(4);
	make_life(6);
	ck_assert_uint_eq(flow_all(table, flows, 8), 3);
	ck_assert_uint_eq(flow_all(table, flows, 2), 2);
	ck_assert_str_eq(flow_state_name(FLOW_CLOSED), "closed");
	ck_assert_str_eq(flow_end_name(FLOW_END_FINISHED), "finished");
}
END_TEST

/* ---- Community ID: the published values of the specification ---- */

static const struct {
	uint8_t proto, transport;
	const char *client, *server;
	uint16_t client_port, server_port; /* ICMP: type, code */
	const char *id;
} ids[] = {
	{6, BT_OVER_TCP, "128.232.110.120", "66.35.250.204", 34855, 80,
	 "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{6, BT_OVER_TCP, "66.35.250.204", "128.232.110.120", 80, 34855,
	 "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{6, BT_OVER_TCP, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943,
	 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	{17, BT_OVER_UDP, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	{1, BT_OVER_ICMP, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
	{1, BT_OVER_ICMP, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
	{58, BT_OVER_ICMP, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
	 "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
	{58, BT_OVER_ICMP, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0,
	 "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
	{58, BT_OVER_ICMP, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1,
	 4, "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
	{58, BT_OVER_ICMP, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0,
	 "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
	{58, BT_OVER_ICMP, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0,
	 "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
	{46, BT_OVER_IP, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
	{46, BT_OVER_IP, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
	{132, BT_OVER_IP, "192.168.170.8", "192.168.170.56", 7, 7,
	 "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
	{132, BT_OVER_IP, "192.168.170.8", "192.168.170.56", 0, 0, ""},
	{0, BT_OVER_LINK, "02:00:00:00:00:01", "02:00:00:00:00:02", 0, 0x8892, ""},
};

START_TEST(community_ids)
{
	struct bt_flow flow = {
		.ip_proto = ids[_i].proto,
		.transport = ids[_i].transport,
		.client_port = ids[_i].client_port,
		.server_port = ids[_i].server_port,
	};
	char text[FLOW_COMMUNITY_ID];

	ck_assert(text_parse_addr(ids[_i].client, &flow.client));
	ck_assert(text_parse_addr(ids[_i].server, &flow.server));
	flow_community_id(&flow, text);
	ck_assert_str_eq(text, ids[_i].id);
}
END_TEST

static void setup(void)
{
	open_table(1000);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("flow");
	TCase *tests = tcase_create("flow");

	tcase_add_checked_fixture(tests, setup, close_table);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_was_peeked_is_found);
	tcase_add_loop_test(tests, what_was_peeked_may_have_ended, 0, 2);
	tcase_add_loop_test(tests, another_flow_that_was_peeked_is_not_taken, 0, 36);
	tcase_add_test(tests, addresses_of_the_same_number_are_not_the_same);
	tcase_add_test(tests, handshake_proves_the_sides);
	tcase_add_test(tests, syn_ack_alone_tells_the_server);
	tcase_add_loop_test(tests, sides_are_guessed, 0, COUNT(guesses));
	tcase_add_test(tests, swapped_sides_stay_swapped);
	tcase_add_test(tests, same_address_both_ends);
	tcase_add_test(tests, icmp_answers_join_their_requests);
	tcase_add_test(tests, link_flows_are_named_by_ethertype);
	tcase_add_test(tests, retransmitted_syn_is_no_new_connection);
	tcase_add_test(tests, refused_and_tried_again_is_one_attempt);
	tcase_add_test(tests, syn_on_a_closed_flow_begins_a_new_one);
	tcase_add_test(tests, forged_syn_does_not_end_a_connection);
	tcase_add_test(tests, forged_syn_ack_does_not_turn_the_sides);
	tcase_add_test(tests, forged_syn_ack_with_data_does_not_turn_the_sides);
	tcase_add_test(tests, answered_syn_counts);
	tcase_add_test(tests, answered_syn_begins_a_new_connection);
	tcase_add_test(tests, one_sided_tap_believes_a_syn_that_is_followed);
	tcase_add_test(tests, half_open_syn_with_another_number_is_new);
	tcase_add_test(tests, forged_reset_does_not_close_for_good);
	tcase_add_loop_test(tests, silence_ends_a_flow, 0, COUNT(lives));
	tcase_add_test(tests, next_packet_ends_what_flow_due_was_not_asked_for);
	tcase_add_test(tests, active_flows_live_on);
	tcase_add_test(tests, clock_jumps);
	tcase_add_test(tests, clock_stepping_back_keeps_the_flow);
	tcase_add_test(tests, flow_due_respects_its_cap);
	tcase_add_test(tests, eviction_is_the_same_for_every_secret);
	tcase_add_test(tests, the_silent_go_before_the_active);
	tcase_add_test(tests, mirrored_copy_is_counted_once);
	tcase_add_loop_test(tests, duplicate_windows, 0, COUNT(windows));
	tcase_add_test(tests, whatever_differs_is_no_duplicate);
	tcase_add_test(tests, several_copies_apart);
	tcase_add_test(tests, cut_frames_are_noted);
	tcase_add_test(tests, all_flows_are_listed);
	tcase_add_loop_test(tests, community_ids, 0, COUNT(ids));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
