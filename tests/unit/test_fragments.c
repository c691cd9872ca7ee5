/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams put together from fragments: order, overlap, time, and every cap.
 */
#include "craft.h"

enum { DATAGRAM = 3000 };

static uint8_t datagram[DATAGRAM]; /* UDP, 1000 -> 2000 */

static void make_datagram(void)
{
	made.size = 0;
	begin_udp(2000);
	patch16(4, DATAGRAM);
	memcpy(datagram, made.bytes, 8);
	for (unsigned i = 8; i < DATAGRAM; i++)
		datagram[i] = (uint8_t)(i * 7 + i / 256);
}

static enum decode_result send4(unsigned id, unsigned from, unsigned to, bool more)
{
	size_t ip;

	made.size = 0;
	ip = begin_ip4(17, 1);
	patch16(ip + 4, id);
	patch16(ip + 6, from / 8 | (more ? 0x2000 : 0));
	put(datagram + from, to - from);
	end_ip4(ip);
	return decode(DLT_RAW);
}

static enum decode_result send6(unsigned id, unsigned from, unsigned to, bool more, uint8_t next)
{
	size_t ip;

	made.size = 0;
	ip = begin_ip6(44);
	put8(next);
	put8(0);
	put16(from | more);
	put32(id);
	put(datagram + from, to - from);
	end_ip6(ip);
	return decode(DLT_RAW);
}

static void assert_whole(uint32_t problems)
{
	ck_assert_int_eq(packet.kind, PACKET_UDP);
	ck_assert_uint_eq(packet.problems, problems);
	ck_assert(packet.reassembled);
	ck_assert(!packet.cut);
	ck_assert_uint_eq(packet.payload.left, DATAGRAM - 8);
	ck_assert_uint_eq(packet.payload_wire, DATAGRAM - 8);
	ck_assert_mem_eq(packet.payload.ptr, datagram + 8, DATAGRAM - 8);
}

static const unsigned orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
				     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

START_TEST(fragments_make_a_datagram_in_any_order)
{
	static const unsigned cuts[] = {0, 1480, 2960, DATAGRAM};

	make_datagram();
	for (unsigned version = 4; version <= 6; version += 2) {
		for (unsigned i = 0; i < 3; i++) {
			unsigned part = orders[_i][i];
			enum decode_result expected = i < 2 ? DECODE_HELD : DECODE_PACKET;

			if (version == 4)
				ck_assert_int_eq(send4(9, cuts[part], cuts[part + 1], part < 2),
						 expected);
			else /* what follows is told by the first fragment alone */
				ck_assert_int_eq(send6(9, cuts[part], cuts[part + 1], part < 2,
						       part ? 6 : 17),
						 expected);
			ck_assert_uint_eq(packet.src.family,
					  version == 4 ? BT_ADDR_IPV4 : BT_ADDR_IPV6);
			if (expected == DECODE_HELD)
				ck_assert_int_eq(packet.kind, PACKET_NONE);
		}
		assert_whole(0);
		ck_assert_uint_eq(packet.ip_length, DATAGRAM + (version == 4 ? 20 : 48));
	}
}
END_TEST

START_TEST(the_first_byte_wins_and_a_difference_is_told)
{
	make_datagram();
	ck_assert_int_eq(send4(9, 8, 1480, true), DECODE_HELD);
	ck_assert_int_eq(send4(9, 8, 1480, true), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, 0); /* an exact duplicate */
	ck_assert_int_eq(send4(9, 2000, 2800, true), DECODE_HELD);
	datagram[1000] ^= 0xff;
	datagram[2100] ^= 0xff;
	ck_assert_int_eq(send4(9, 800, 2400, true), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_OVERLAP);
	datagram[1000] ^= 0xff;
	datagram[2100] ^= 0xff;
	ck_assert_int_eq(send4(9, 2400, DATAGRAM, false), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert_int_eq(send4(9, 0, 1480, true), DECODE_PACKET);
	assert_whole(0);
}
END_TEST

START_TEST(impossible_fragments_are_refused)
{
	make_datagram();
	ck_assert_int_eq(send4(9, 0, 30, true), DECODE_HELD); /* not a multiple of eight */
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);
	ck_assert_int_eq(send4(9, 8, 8, true), DECODE_HELD); /* empty */
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);
	ck_assert_int_eq(send4(9, 0, 40, true), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert_int_eq(send4(9, 24, 28, false), DECODE_HELD); /* teardrop: ends inside */
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);
	ck_assert_int_eq(send4(9, 80, 100, false), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert_int_eq(send4(9, 96, 104, true), DECODE_HELD); /* past the end */
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);
	ck_assert_int_eq(send4(9, 80, 96, false), DECODE_HELD); /* another end */
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);

	send4(9, 0, 1480, true); /* ping of death: offset 65528 */
	patch16(6, 0x1fff);
	ck_assert_int_eq(decode(DLT_RAW), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_BAD);
}
END_TEST

START_TEST(a_datagram_waits_thirty_seconds_of_packet_time)
{
	make_datagram();
	for (unsigned late = 0; late < 2; late++) {
		frame.time_ns = SECONDS(1000);
		ck_assert_int_eq(send4(9, 0, 1480, true), DECODE_HELD);
		frame.time_ns += SECONDS(30) + late;
		ck_assert_int_eq(send4(9, 1480, DATAGRAM, false),
				 late ? DECODE_HELD : DECODE_PACKET);
	}
}
END_TEST

START_TEST(the_oldest_datagram_makes_room)
{
	make_datagram();
	for (unsigned id = 1; id <= FRAGMENT_DATAGRAMS_MAX; id++) {
		ck_assert_int_eq(send4(id, 0, 8, true), DECODE_HELD);
		ck_assert_uint_eq(packet.problems, 0);
	}
	ck_assert_int_eq(send4(5000, 0, 8, true), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_CAP);
	ck_assert_int_eq(send4(2, 8, DATAGRAM, false), DECODE_PACKET);
	assert_whole(0);
	ck_assert_int_eq(send4(1, 8, DATAGRAM, false), DECODE_HELD); /* its beginning is gone */
	ck_assert_int_eq(send4(5000, 8, DATAGRAM, false), DECODE_PACKET);
}
END_TEST

START_TEST(held_bytes_have_a_cap)
{
	unsigned evicted = 0;

	make_datagram();
	for (unsigned id = 0; id < 1000; id++)
		for (unsigned from = 0; from < 2960; from += 592) {
			ck_assert_int_eq(send4(id, from, from + 592, true), DECODE_HELD);
			evicted += packet.problems == DECODE_FRAGMENT_CAP;
		}
	ck_assert_uint_gt(evicted, 100);
	ck_assert_int_eq(send4(999, 2960, DATAGRAM, false), DECODE_PACKET);
	assert_whole(0);
}
END_TEST

START_TEST(a_datagram_has_so_many_fragments)
{
	make_datagram();
	for (unsigned i = 0; i < FRAGMENTS_PER_DATAGRAM_MAX; i++) {
		ck_assert_int_eq(send4(9, i * 16, i * 16 + 8, true), DECODE_HELD);
		ck_assert_int_eq(send4(9, i * 16, i * 16 + 8, true), DECODE_HELD);
		ck_assert_uint_eq(packet.problems, 0);
	}
	ck_assert_int_eq(send4(9, 2000, 2008, true), DECODE_HELD);
	ck_assert_uint_eq(packet.problems, DECODE_FRAGMENT_CAP);
}
END_TEST

START_TEST(cut_fragments_are_not_kept)
{
	make_datagram();
	send4(9, 0, 1480, true);
	ck_assert_int_eq(decode_part(DLT_RAW, 128, 1500), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_UDP);
	ck_assert_uint_eq(packet.problems, 0);
	ck_assert(packet.cut);
	ck_assert_uint_eq(packet.dst_port, 2000);
	send4(9, 1480, DATAGRAM, false);
	ck_assert_int_eq(decode_part(DLT_RAW, 128, 1540), DECODE_PACKET);
	ck_assert_int_eq(packet.kind, PACKET_IP);
	ck_assert_uint_eq(packet.ip_proto, 17);
}
END_TEST

/* The outer datagram's bytes must outlive the inner one being put together. */
START_TEST(fragments_nest)
{
	static struct made inner;
	size_t ip;

	make_datagram();
	send4(9, 0, 1480, true);
	send4(9, 1480, DATAGRAM, false);
	inner = made; /* the second fragment, itself to be sent in two */
	send4(9, 0, 1480, true);
	for (unsigned i = 0; i < 2; i++) {
		made.size = 0;
		ip = begin_ip4(4, 100);
		patch16(ip + 6, i ? 800 / 8 : 0x2000);
		put(inner.bytes + (i ? 800 : 0), i ? inner.size - 800 : 800);
		end_ip4(ip);
		ck_assert_int_eq(decode(DLT_RAW), i ? DECODE_PACKET : DECODE_HELD);
	}
	assert_whole(0);
	ck_assert_str_eq(packet.tunnel, "ipip");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fragments");
	TCase *tests = tcase_create("fragments");

	tcase_add_checked_fixture(tests, start, finish);
	tcase_add_loop_test(tests, fragments_make_a_datagram_in_any_order, 0, 6);
	tcase_add_test(tests, the_first_byte_wins_and_a_difference_is_told);
	tcase_add_test(tests, impossible_fragments_are_refused);
	tcase_add_test(tests, a_datagram_waits_thirty_seconds_of_packet_time);
	tcase_add_test(tests, the_oldest_datagram_makes_room);
	tcase_add_test(tests, held_bytes_have_a_cap);
	tcase_add_test(tests, a_datagram_has_so_many_fragments);
	tcase_add_test(tests, cut_fragments_are_not_kept);
	tcase_add_test(tests, fragments_nest);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
