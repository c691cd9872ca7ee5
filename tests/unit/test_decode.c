/* SPDX-License-Identifier: Apache-2.0
 *
 * Link types, tags, IP and transport headers, lengths that lie, shards.
 */
#include "craft.h"

START_TEST(an_ethernet_frame_tells_all)
{
	size_t ip;

	ethernet(0x0800);
	ip = begin_ip4(6, 1);
	tcp_segment();
	end_ip4(ip);
	put("\0\0\0\0\0\0", 6); /* padding */
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_hello(PACKET_TCP);
	ck_assert(packet.has_mac);
	ck_assert_mem_eq(packet.mac_src, "\x02\0\0\0\0\x01", 6);
	ck_assert_mem_eq(packet.mac_dst, "\x02\0\0\0\0\x02", 6);
	ck_assert_uint_eq(packet.ethertype, 0x0800);
	ck_assert_uint_eq(packet.src.family, BT_ADDR_IPV4);
	ck_assert_mem_eq(packet.src.bytes, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_mem_eq(packet.dst.bytes, "\x0a\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	ck_assert_uint_eq(packet.ip_version, 4);
	ck_assert_uint_eq(packet.ip_proto, 6);
	ck_assert_uint_eq(packet.ip_id, 7);
	ck_assert_uint_eq(packet.ip_length, 20 + 24 + 5);
	ck_assert_uint_eq(packet.ttl, 64);
	ck_assert_uint_eq(packet.dst_port, 502);
	ck_assert_uint_eq(packet.tcp_seq, 0x01020304);
	ck_assert_uint_eq(packet.tcp_ack, 0x05060708);
	ck_assert_uint_eq(packet.tcp_flags, TCP_PSH | TCP_ACK);
	ck_assert_uint_eq(packet.tcp_window, 0x2000);
	ck_assert_uint_eq(packet.checksum, 0xbeef);
	ck_assert_uint_eq(packet.tunnel_depth, 0);
	ck_assert_ptr_null(packet.tunnel);
}
END_TEST

static enum decode_result decode_afresh(int dlt)
{
	decoder_destroy(decoder);
	decoder = decoder_create();
	return decode(dlt);
}

/* Most frames take a way of their own, and every byte of their headers may lead off it: behind a
 * link without a header the same bytes take the long way. */
START_TEST(the_common_frame_says_what_its_layers_say)
{
	enum { ETHERNET = 14, HEADERS = ETHERNET + 20 + 24, CASES = (HEADERS - ETHERNET) * 256 };
	static uint8_t whole[128];
	struct packet direct;
	size_t ip, size;

	ethernet(0x0800);
	ip = begin_ip4(6, 1);
	tcp_segment();
	end_ip4(ip);
	put("\0\0\0\0\0\0", 6); /* padding */
	size = made.size;
	memcpy(whole, made.bytes, size);
	for (unsigned i = 0; i < CASES; i++) {
		enum decode_result result;
		size_t left;

		memcpy(made.bytes, whole, size);
		made.size = size;
		made.bytes[ETHERNET + i / 256] = (uint8_t)i;
		result = decode_afresh(DLT_EN10MB);
		direct = packet;
		left = direct.payload.left ? (size_t)(block + made.size - direct.payload.ptr) : 0;
		made.size -= ETHERNET;
		memmove(made.bytes, made.bytes + ETHERNET, made.size);
		ck_assert_int_eq(decode_afresh(DLT_IPV4), result);
		if (packet.payload.left && !packet.reassembled)
			ck_assert_uint_eq((size_t)(block + made.size - packet.payload.ptr), left);
		packet.payload.ptr = direct.payload.ptr;
		packet.has_mac = direct.has_mac;
		memcpy(packet.mac_src, direct.mac_src, sizeof(packet.mac_src));
		memcpy(packet.mac_dst, direct.mac_dst, sizeof(packet.mac_dst));
		ck_assert_mem_eq(&packet, &direct, sizeof(packet));
	}
}
END_TEST

START_TEST(three_tags_are_read_and_a_fourth_is_not)
{
	static const uint16_t types[] = {0x88a8, 0x9100, 0x9200, 0x8100};

	for (unsigned tags = 1; tags <= 4; tags++) {
		made.size = 0;
		put("\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
		for (unsigned i = 0; i < tags; i++) {
			put16(types[i]);
			put16(0xe000 | (i + 100));
		}
		put16(0x0800);
		ip4_udp();
		ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
		if (tags == 4)
			break;
		assert_hello(PACKET_UDP);
		ck_assert_uint_eq(packet.vlan_count, tags);
		for (unsigned i = 0; i < tags; i++)
			ck_assert_uint_eq(packet.vlan[i], i + 100);
	}
	ck_assert_int_eq(packet.kind, PACKET_LINK);
	ck_assert_uint_eq(packet.problems, DECODE_TOO_MANY_TAGS);
	ck_assert_uint_eq(packet.vlan_count, 3);
	ck_assert_uint_eq(packet.ethertype, 0x8100);
}
END_TEST

START_TEST(frames_without_ip_are_followed_by_mac)
{
	ethernet(0x8892);
	put("\x80\x01profinet", 10);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_LINK);
	ck_assert_uint_eq(packet.src.family, BT_ADDR_MAC);
	ck_assert_mem_eq(packet.src.bytes, "\x02\0\0\0\0\x01", 6);
	ck_assert_mem_eq(packet.dst.bytes, "\x02\0\0\0\0\x02", 6);
	ck_assert_uint_eq(packet.ethertype, 0x8892);
	ck_assert(!packet.llc);
	ck_assert_uint_eq(packet.payload_wire, 10);

	made.size = 0; /* spanning tree, padded */
	ethernet(5);
	put("\x42\x42\x03\0\0padding", 12);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_LINK);
	ck_assert(packet.llc);
	ck_assert_uint_eq(packet.ethertype, 0x4242);
	ck_assert_uint_eq(packet.payload.left, 5);
	ck_assert_uint_eq(packet.problems, 0);

	made.size = 0; /* SNAP of a vendor */
	ethernet(8);
	put("\xaa\xaa\x03\0\0\x0c\x20\0", 8);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	ck_assert(packet.llc);
	ck_assert_uint_eq(packet.ethertype, 0xaaaa);

	made.size = 0; /* SNAP of RFC 1042 */
	ethernet(8 + 33);
	put("\xaa\xaa\x03\0\0\0\x08\0", 8);
	ip4_udp();
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_hello(PACKET_UDP);
}
END_TEST

START_TEST(loopback_knows_each_family_in_both_orders)
{
	static const uint8_t families[] = {2, 10, 23, 24, 28, 30};

	for (unsigned i = 0; i < 2 * sizeof(families); i++) {
		uint8_t family = families[i / 2];
		bool little = i % 2;

		made.size = 0;
		put8(little ? family : 0);
		put16(0);
		put8(little ? 0 : family);
		(family == 2 ? ip4_udp : ip6_tcp)();
		ck_assert_int_eq(decode(little ? DLT_NULL : DLT_LOOP), DECODE_PACKET);
		assert_hello(family == 2 ? PACKET_UDP : PACKET_TCP);
		ck_assert(!packet.has_mac);
	}
	made.bytes[0] = 77;
	ck_assert_int_eq(decode(DLT_NULL), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_NONE);
	ck_assert_uint_eq(decode_shard(&packet), 0);
}
END_TEST

static const struct {
	int dlt;
	const char *bytes;
	size_t size;
	bool v6;
} links[] = {
	{DLT_RAW, "", 0, false},
	{DLT_RAW, "", 0, true},
	{DLT_IPV4, "", 0, false},
	{DLT_IPV6, "", 0, true},
	{DLT_LINUX_SLL, "\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x08\0", 16, false},
	{DLT_LINUX_SLL, "\0\0\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x81\0\0\x05\x86\xdd", 20, true},
	{DLT_LINUX_SLL2, "\x86\xdd\0\0\0\0\0\x02\0\x01\0\x06\x02\0\0\0\0\x09\0\0", 20, true},
	{DLT_PPP, "\xff\x03\0\x21", 4, false},
	{DLT_PPP, "\0\x57", 2, true},
	{DLT_PPP, "\x21", 1, false},
	{DLT_PPP_SERIAL, "\xff\x03\x57", 3, true},
	{DLT_PPP_SERIAL, "\x0f\0\x08\0", 4, false},
	{DLT_PPP_SERIAL, "\x8f\0\x86\xdd", 4, true},
};

START_TEST(every_link_type_is_read)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		made.size = 0;
		put(links[i].bytes, links[i].size);
		(links[i].v6 ? ip6_tcp : ip4_udp)();
		ck_assert(decode_link_supported(links[i].dlt));
		ck_assert_int_eq(decode(links[i].dlt), DECODE_PACKET);
		assert_hello(links[i].v6 ? PACKET_TCP : PACKET_UDP);
		ck_assert_uint_eq(packet.src.family, links[i].v6 ? BT_ADDR_IPV6 : BT_ADDR_IPV4);
		if (!links[i].v6)
			ck_assert_mem_eq(packet.src.bytes + 4, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	}
	ck_assert(!decode_link_supported(DLT_IEEE802_11));
	ck_assert_int_eq(decode(DLT_IEEE802_11), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_NONE);
}
END_TEST

START_TEST(cooked_frames_know_the_sender)
{
	put("\0\x01\0\x01\0\x06\x02\0\0\0\0\x09\0\0\x88\xb8goose", 21);
	ck_assert_int_eq(decode(DLT_LINUX_SLL), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_LINK);
	ck_assert(!packet.has_mac);
	ck_assert_uint_eq(packet.ethertype, 0x88b8);
	ck_assert_mem_eq(packet.src.bytes, "\x02\0\0\0\0\x09", 6);
	ck_assert_mem_eq(packet.dst.bytes, "\xff\xff\xff\xff\xff\xff", 6);
}
END_TEST

static void arp_request(void)
{
	ethernet(0x0806);
	put("\0\x01\x08\0\x06\x04\0\x01\x02\0\0\0\0\x01\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x02", 28);
}

START_TEST(arp_names_sender_and_target)
{
	arp_request();
	put("padding", 7);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_ARP);
	ck_assert_uint_eq(packet.arp_op, 1);
	ck_assert_uint_eq(packet.src.family, BT_ADDR_IPV4);
	ck_assert_mem_eq(packet.src.bytes, "\x0a\0\0\x01", 4);
	ck_assert_mem_eq(packet.dst.bytes, "\x0a\0\0\x02", 4);
	ck_assert_mem_eq(packet.arp_sender_mac, "\x02\0\0\0\0\x01", 6);
	ck_assert_uint_eq(packet.payload.left, 0);

	made.bytes[14 + 4] = 8; /* hardware addresses of eight bytes */
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_LINK);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_ARP);
	ck_assert_uint_eq(packet.src.family, BT_ADDR_MAC);
}
END_TEST

/* Overwrites one byte of Ethernet + IPv4 + UDP, or + TCP, and tells what became of it. */
static enum decode_result spoilt(uint8_t proto, size_t at, uint8_t value)
{
	size_t ip;

	made.size = 0;
	ethernet(0x0800);
	ip = begin_ip4(proto, 1);
	if (proto == 6) {
		tcp_segment();
	} else {
		size_t udp = begin_udp(2000);

		put("hello", 5);
		end_udp(udp);
	}
	end_ip4(ip);
	put("\0\0", 2);
	made.bytes[at] = value;
	return decode(DLT_EN10MB);
}

START_TEST(impossible_lengths_are_told)
{
	enum { IP = 14, L4 = 34 };

	ck_assert_int_eq(spoilt(17, IP, 0x55), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_IP_HEADER);
	ck_assert_int_eq(spoilt(17, IP, 0x44), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_IP_HEADER);
	ck_assert_int_eq(spoilt(17, IP + 3, 19), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_IP_LENGTH);
	ck_assert_int_eq(spoilt(17, IP + 3, 36), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_IP_LENGTH);
	ck_assert_uint_eq(packet.src.family, BT_ADDR_IPV4);
	ck_assert_int_eq(packet.kind, PACKET_NONE);
	ck_assert_int_eq(spoilt(17, L4 + 5, 7), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_UDP_LENGTH);
	ck_assert_int_eq(spoilt(17, L4 + 5, 14), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_UDP_LENGTH);
	ck_assert_int_eq(spoilt(6, L4 + 12, 0x40), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_TCP_HEADER);
	ck_assert_int_eq(spoilt(6, L4 + 12, 0xf0), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_BAD_TCP_HEADER);

	ck_assert_int_eq(spoilt(17, L4 + 5, 0), DECODE_PACKET); /* UDP length 0: the rest */
	assert_hello(PACKET_UDP);
	ck_assert_int_eq(spoilt(17, L4 + 5, 12), DECODE_PACKET);
	ck_assert_uint_eq(packet.payload.left, 4);
	ck_assert_int_eq(spoilt(6, IP + 3, 0), DECODE_PACKET); /* left to the card: all there is */
	ck_assert_uint_eq(packet.payload.left, 7);
	ck_assert_uint_eq(packet.ip_length, 51);
	ck_assert_uint_eq(packet.problems, 0);
}
END_TEST

START_TEST(ip_options_and_extensions_are_passed)
{
	size_t ip;

	ethernet(0x0800);
	ip = begin_ip4(17, 1);
	made.bytes[ip] = 0x47;
	put("\x94\x04\0\0\x01\x01\x01\0", 8);
	begin_udp(2000);
	put("hello", 5);
	end_ip4(ip);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_hello(PACKET_UDP);

	made.size = 0;
	ip = begin_ip6(0);
	put("\x2b\0\x05\x02\0\0\x01\0", 8);                                /* hop by hop */
	put("\x3c\x02\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24); /* routing */
	put("\x33\0\x01\x04\0\0\0\0", 8);                                  /* destination */
	put("\x2c\x04\0\0\0\0\0\x01\0\0\0\x01"
	    "123456789012",
	    24);                        /* authentication */
	put("\x06\0\0\0\0\0\0\x09", 8); /* atomic fragment */
	tcp_segment();
	end_ip6(ip);
	ck_assert_int_eq(decode(DLT_RAW), DECODE_PACKET);
	assert_hello(PACKET_TCP);
	ck_assert_uint_eq(packet.ip_proto, 6);
	ck_assert(!packet.reassembled);
}
END_TEST

START_TEST(extension_headers_have_a_cap)
{
	for (unsigned count = IPV6_EXTENSIONS_MAX; count <= IPV6_EXTENSIONS_MAX + 1; count++) {
		size_t ip;

		made.size = 0;
		ip = begin_ip6(60);
		for (unsigned i = 1; i < count; i++)
			put("\x3c\0\x01\x04\0\0\0\0", 8);
		put("\x06\0\x01\x04\0\0\0\0", 8);
		tcp_segment();
		end_ip6(ip);
		ck_assert_int_eq(decode(DLT_RAW),
				 count > IPV6_EXTENSIONS_MAX ? DECODE_FAILED : DECODE_PACKET);
	}
	ck_assert_uint_eq(packet.problems, DECODE_TOO_MANY_TAGS);
}
END_TEST

START_TEST(icmp_carries_type_and_code)
{
	size_t ip = begin_ip4(1, 1);

	put("\x03\x01\0\0hello", 9);
	end_ip4(ip);
	ck_assert_int_eq(decode(DLT_RAW), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_ICMP);
	ck_assert_uint_eq(packet.src_port, 3);
	ck_assert_uint_eq(packet.dst_port, 1);
	ck_assert_uint_eq(packet.payload.left, 5);
	made.bytes[ip + 9] = 58; /* ICMPv6 has no business in IPv4 */
	ck_assert_int_eq(decode(DLT_RAW), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_IP);
	ck_assert_uint_eq(packet.payload.left, 9);
}
END_TEST

static void plain_tcp6(void)
{
	ethernet(0x86dd);
	ip6_tcp();
}

START_TEST(a_frame_may_end_anywhere)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		made.size = 0;
		put(links[i].bytes, links[i].size);
		(links[i].v6 ? ip6_tcp : ip4_udp)();
		cut_everywhere(links[i].dlt);
	}
	made.size = 0;
	arp_request();
	cut_everywhere(DLT_EN10MB);
	made.size = 0;
	plain_tcp6();
	cut_everywhere(DLT_EN10MB);
}
END_TEST

START_TEST(the_snap_length_cuts_only_the_payload)
{
	plain_tcp6();
	ck_assert_int_eq(decode_part(DLT_EN10MB, made.size - 3, made.size), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_TCP);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert(packet.cut);
	ck_assert_uint_eq(packet.payload.left, 2);
	ck_assert_uint_eq(packet.payload_wire, 5);
	ck_assert_int_eq(decode_part(DLT_EN10MB, made.size - 10, made.size), DECODE_FAILED);
	ck_assert_uint_eq(packet.problems, DECODE_CUT_HEADER);
}
END_TEST

START_TEST(both_directions_meet_in_one_shard)
{
	unsigned load[SHARD_COUNT] = {0};

	for (unsigned i = 0; i < 64 * 256; i++) {
		struct packet back = {.kind = PACKET_UDP};
		unsigned shard;

		memset(&packet, 0, sizeof(packet));
		packet.src.family = packet.dst.family = i % 3 ? BT_ADDR_IPV4 : BT_ADDR_IPV6;
		packet.src.bytes[i % 3 ? 3 : 15] = (uint8_t)i;
		packet.dst.bytes[i % 3 ? 2 : 14] = (uint8_t)(i >> 8);
		back.src = packet.dst;
		back.dst = packet.src;
		shard = decode_shard(&packet);
		ck_assert_uint_eq(shard, decode_shard(&back));
		load[shard]++;
	}
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		ck_assert_uint_gt(load[i], 128);
		ck_assert_uint_lt(load[i], 512);
	}
}
END_TEST

/* Part of what may be printed and stored: never to change. */
START_TEST(shards_and_names_are_stable)
{
	ip4_udp();
	decode(DLT_RAW);
	ck_assert_uint_eq(decode_shard(&packet), 58);
	made.size = 0;
	ip6_tcp();
	decode(DLT_RAW);
	ck_assert_uint_eq(decode_shard(&packet), 46);
	ck_assert_str_eq(decode_problem_name(0), "header_cut");
	ck_assert_str_eq(decode_problem_name(6), "too_deep");
	ck_assert_str_eq(decode_problem_name(DECODE_PROBLEM_COUNT - 1), "tunnel");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tests = tcase_create("decode");

	tcase_add_checked_fixture(tests, start, finish);
	tcase_add_test(tests, an_ethernet_frame_tells_all);
	tcase_add_test(tests, the_common_frame_says_what_its_layers_say);
	tcase_add_test(tests, three_tags_are_read_and_a_fourth_is_not);
	tcase_add_test(tests, frames_without_ip_are_followed_by_mac);
	tcase_add_test(tests, loopback_knows_each_family_in_both_orders);
	tcase_add_test(tests, every_link_type_is_read);
	tcase_add_test(tests, cooked_frames_know_the_sender);
	tcase_add_test(tests, arp_names_sender_and_target);
	tcase_add_test(tests, impossible_lengths_are_told);
	tcase_add_test(tests, ip_options_and_extensions_are_passed);
	tcase_add_test(tests, extension_headers_have_a_cap);
	tcase_add_test(tests, icmp_carries_type_and_code);
	tcase_add_test(tests, a_frame_may_end_anywhere);
	tcase_add_test(tests, the_snap_length_cuts_only_the_payload);
	tcase_add_test(tests, both_directions_meet_in_one_shard);
	tcase_add_test(tests, shards_and_names_are_stable);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
