/* SPDX-License-Identifier: Apache-2.0
 *
 * Each tunnel peeled, broken, nested, and cut at every length.
 */
#include "craft.h"

static void inner_frame(void)
{
	put("\x06\0\0\0\0\x0b\x06\0\0\0\0\x0a\x08\0", 14);
	ip4_udp();
}

static void in_mpls(void)
{
	ethernet(0x8847);
	put32(0x00010040);
	put32(0x00020140);
	ip4_udp();
}

static void in_mpls_6(void)
{
	ethernet(0x8847);
	put32(0x00020140);
	ip6_tcp();
}

static void in_pseudowire(void)
{
	ethernet(0x8848);
	put32(0x00020140);
	put32(0); /* control word */
	inner_frame();
}

static void in_pseudowire_without_control(void)
{
	ethernet(0x8847);
	put32(0x00020140);
	inner_frame();
}

static void in_pppoe(void)
{
	ethernet(0x8864);
	put("\x11\0\0\x01\0\x23\0\x21", 8);
	ip4_udp();
	put("\0\0\0", 3);
}

/* Ethernet, IPv4 and then whatever `proto` is. */
static void in_ip(uint8_t proto, const char *head, size_t size, void (*inside)(void))
{
	size_t ip;

	ethernet(0x0800);
	ip = begin_ip4(proto, 100);
	put(head, size);
	inside();
	end_ip4(ip);
}

static void in_udp(unsigned port, const char *head, size_t size, void (*inside)(void))
{
	size_t ip, udp;

	ethernet(0x0800);
	ip = begin_ip4(17, 100);
	udp = begin_udp(port);
	put(head, size);
	inside();
	end_udp(udp);
	end_ip4(ip);
}

static void in_gre(void)
{
	in_ip(47, "\0\0\x08\0", 4, ip4_udp);
}

static void in_gre_with_all(void)
{
	in_ip(47, "\xb0\0\x86\xdd\0\0\0\0\0\0\0\x01\0\0\0\x02", 16, ip6_tcp);
}

static void in_gre_bridged(void)
{
	in_ip(47, "\x20\0\x65\x58\0\0\0\x01", 8, inner_frame);
}

static void in_gre_mpls(void)
{
	in_ip(47, "\0\0\x88\x47\0\x02\x01\x40", 8, ip4_udp);
}

static void in_erspan_1(void)
{
	in_ip(47, "\0\0\x88\xbe", 4, inner_frame);
}

static void in_erspan_2(void)
{
	in_ip(47, "\x10\0\x88\xbe\0\0\0\x01\x10\x01\0\0\0\0\0\0", 16, inner_frame);
}

static void in_erspan_3(void)
{
	in_ip(47,
	      "\x10\0\x22\xeb\0\0\0\x01\x20\0\0\0\0\0\0\0\0\0\0\x01"
	      "subheade",
	      28, inner_frame);
}

static void in_ipip(void)
{
	in_ip(4, "", 0, ip4_udp);
}

static void in_6in4(void)
{
	in_ip(41, "", 0, ip6_tcp);
}

static void in_vxlan(void)
{
	in_udp(4789, "\x08\0\0\0\0\0\x01\0", 8, inner_frame);
}

static void in_vxlan_policy(void)
{
	in_udp(8472, "\x88\x08\0\x07\0\0\x01\0", 8, inner_frame);
}

static void in_geneve(void)
{
	in_udp(6081, "\x01\0\x65\x58\0\0\x01\0opti", 12, inner_frame);
}

static void in_geneve_ip(void)
{
	in_udp(6081, "\0\0\x08\0\0\0\x01\0", 8, ip4_udp);
}

static const struct {
	void (*make)(void);
	const char *name;
	unsigned depth;
	bool framed, v6;
} tunnels[] = {
	{in_mpls, "mpls", 1, false, false},
	{in_mpls_6, "mpls", 1, false, true},
	{in_pseudowire, "mpls", 1, true, false},
	{in_pseudowire_without_control, "mpls", 1, true, false},
	{in_pppoe, "pppoe", 1, false, false},
	{in_gre, "gre", 1, false, false},
	{in_gre_with_all, "gre", 1, false, true},
	{in_gre_bridged, "gre", 1, true, false},
	{in_gre_mpls, "gre", 2, false, false},
	{in_erspan_1, "erspan", 1, true, false},
	{in_erspan_2, "erspan", 1, true, false},
	{in_erspan_3, "erspan", 1, true, false},
	{in_ipip, "ipip", 1, false, false},
	{in_6in4, "ipip", 1, false, true},
	{in_vxlan, "vxlan", 1, true, false},
	{in_vxlan_policy, "vxlan", 1, true, false},
	{in_geneve, "geneve", 1, true, false},
	{in_geneve_ip, "geneve", 1, false, false},
};

enum { TUNNELS = sizeof(tunnels) / sizeof(*tunnels) };

START_TEST(every_tunnel_is_peeled)
{
	made.size = 0;
	tunnels[_i].make();
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_hello(tunnels[_i].v6 ? PACKET_TCP : PACKET_UDP);
	ck_assert_str_eq(packet.tunnel, tunnels[_i].name);
	ck_assert_uint_eq(packet.tunnel_depth, tunnels[_i].depth);
	ck_assert_uint_eq(packet.mac_src[0], tunnels[_i].framed ? 6 : 2);
	if (tunnels[_i].v6)
		ck_assert_uint_eq(packet.src.bytes[15], 1);
	else
		ck_assert_mem_eq(packet.src.bytes, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}
END_TEST

static void nothing(void)
{
}

static void rubbish(void)
{
	put("\x4f\xff\xff\xff\xff\xff\xff\xff", 8);
}

static void assert_outer(enum packet_kind kind, uint32_t problems)
{
	ck_assert_int_eq(packet.kind, kind);
	ck_assert_uint_eq(packet.problems, problems);
	ck_assert_ptr_null(packet.tunnel);
	ck_assert_uint_eq(packet.tunnel_depth, 0);
	if (kind != PACKET_LINK)
		ck_assert_mem_eq(packet.src.bytes, "\x0a\0\0\x64", 4);
	else
		ck_assert_uint_eq(packet.src.family, BT_ADDR_MAC);
}

START_TEST(what_cannot_be_peeled_stays_on)
{
	static const struct {
		uint8_t proto;
		unsigned port;
		const char *head;
		size_t size;
		void (*inside)(void);
		uint32_t problems;
	} cases[] = {
		{4, 0, "", 0, rubbish, DECODE_BAD_TUNNEL | DECODE_CUT_HEADER},
		{41, 0, "", 0, nothing, DECODE_BAD_TUNNEL | DECODE_CUT_HEADER},
		{47, 0, "\0\0\x08\0", 4, rubbish, DECODE_BAD_TUNNEL | DECODE_CUT_HEADER},
		{47, 0, "\0\0\x08\0\x55", 5, ip4_udp, DECODE_BAD_TUNNEL | DECODE_BAD_IP_HEADER},
		{47, 0, "\x20\0\x08", 3, nothing, DECODE_BAD_TUNNEL},
		{47, 0, "\x40\0\x08\0", 4, ip4_udp, DECODE_BAD_TUNNEL},
		{47, 0, "\0\0\0\0", 4, nothing, 0},         /* keep-alive */
		{47, 0, "\x30\x01\x88\x0b", 4, rubbish, 0}, /* PPTP */
		{47, 0, "\x10\0\x88\xbe\0\0\0\x01\x20\0\0\0\0\0\0\0", 16, inner_frame,
		 DECODE_BAD_TUNNEL},
		{17, 4789, "\x08\0\0\0\0\0\x01\0", 8, nothing,
		 DECODE_BAD_TUNNEL | DECODE_CUT_HEADER},
		{17, 4789, "\x08\0\0\0\0\0\x01\x01", 8, inner_frame, 0},
		{17, 4789, "\x09\0\0\0\0\0\x01\0", 8, inner_frame, 0},
		{17, 8472, "\x88\x80\0\0\0\0\x01\0", 8, inner_frame, 0},
		{17, 6081, "\x40\0\x65\x58\0\0\x01\0", 8, inner_frame, 0},
		{17, 6081, "\x3f\0\x65\x58\0\0\x01\0", 8, nothing, DECODE_BAD_TUNNEL},
		{17, 6081, "\0\x80\x65\x58\0\0\x01\0", 8, inner_frame, 0}, /* control */
		{17, 6081, "\0\0\x12\x34\0\0\x01\0", 8, inner_frame, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		made.size = 0;
		if (cases[i].proto == 17)
			in_udp(cases[i].port, cases[i].head, cases[i].size, cases[i].inside);
		else
			in_ip(cases[i].proto, cases[i].head, cases[i].size, cases[i].inside);
		ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
		assert_outer(cases[i].proto == 17 ? PACKET_UDP : PACKET_IP, cases[i].problems);
	}
	made.size = 0;
	ethernet(0x8864);
	put("\x11\0\0\x01\xff\xff\0\x21", 8);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_outer(PACKET_LINK, DECODE_BAD_TUNNEL);
	made.size = 0;
	ethernet(0x8864);
	put("\x11\0\0\x01\0\x04\xc0\x21\x09\0", 10); /* link control */
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_outer(PACKET_LINK, 0);
	made.size = 0;
	ethernet(0x8847);
	for (unsigned i = 0; i <= MPLS_LABELS_MAX; i++)
		put32(0x00010040);
	ck_assert_int_eq(decode(DLT_EN10MB), DECODE_PACKET);
	assert_outer(PACKET_LINK, DECODE_TOO_MANY_TAGS);
}
END_TEST

START_TEST(nesting_has_a_cap)
{
	for (unsigned depth = TUNNEL_DEPTH_MAX; depth <= TUNNEL_DEPTH_MAX + 1; depth++) {
		size_t at[TUNNEL_DEPTH_MAX + 1];

		made.size = 0;
		for (unsigned i = 0; i < depth; i++)
			at[i] = begin_ip4(4, (uint8_t)(100 + i));
		ip4_udp();
		for (unsigned i = 0; i < depth; i++)
			end_ip4(at[i]);
		ck_assert_int_eq(decode(DLT_RAW), DECODE_PACKET);
		ck_assert_uint_eq(packet.tunnel_depth, TUNNEL_DEPTH_MAX);
		if (depth == TUNNEL_DEPTH_MAX)
			assert_hello(PACKET_UDP);
	}
	ck_assert_int_eq(packet.kind, PACKET_IP);
	ck_assert_uint_eq(packet.problems, DECODE_TOO_DEEP);
	ck_assert_uint_eq(packet.src.bytes[3], 100 + TUNNEL_DEPTH_MAX);
}
END_TEST

START_TEST(a_tunnel_may_end_anywhere)
{
	made.size = 0;
	tunnels[_i].make();
	cut_everywhere(DLT_EN10MB);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tunnels");
	TCase *tests = tcase_create("tunnels");

	tcase_add_checked_fixture(tests, start, finish);
	tcase_add_loop_test(tests, every_tunnel_is_peeled, 0, TUNNELS);
	tcase_add_test(tests, what_cannot_be_peeled_stays_on);
	tcase_add_test(tests, nesting_has_a_cap);
	tcase_add_loop_test(tests, a_tunnel_may_end_anywhere, 0, TUNNELS);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
