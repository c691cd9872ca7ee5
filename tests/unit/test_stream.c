/* SPDX-License-Identifier: Apache-2.0
 *
 * Reassembly, rule by rule: what is delivered, when a hole is given up, what counts as a conflict,
 * what is carried, and that every cap holds.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "inside.h"
#include "stream_inside.h"
#include "suite.h"

enum {
	LOG_MAX = 1 << 20,
};

static struct stream_pool *pool;
static struct flow flow;
static int64_t now_ns;
static char heard[2][LOG_MAX]; /* delivered bytes; "<12>" is a gap of 12, "-" one told before, "!" a
				* conflict */
static size_t heard_size[2];
static const uint8_t *view; /* where the last bytes lay */
static size_t keep;         /* how many bytes to carry each time */
static bool carried;
static bool remember; /* what is given out, to compare it with later copies */
static struct stream_part last; /* bytes */
static bool short_way;          /* stream_in_order() is asked first */

static void hear(enum bt_dir dir, const void *bytes, size_t size)
{
	ck_assert_uint_lt(heard_size[dir] + size, LOG_MAX);
	memcpy(heard[dir] + heard_size[dir], bytes, size);
	heard_size[dir] += size;
	heard[dir][heard_size[dir]] = '\0';
}

static void take_bytes(const struct stream_part *part)
{
	if (remember)
		stream_remember(pool, &flow);
	view = part->bytes.ptr;
	last = *part;
	hear(part->dir, part->bytes.ptr + part->bytes.left - part->fresh, part->fresh);
	carried = keep && stream_carry(pool, &flow, part->dir, keep);
}

static void drain(void)
{
	struct stream_part part;
	char gap[32];

	while (stream_next(pool, &flow, &part)) {
		if (part.kind == STREAM_CONFLICT) {
			hear(part.dir, "!", 1);
		} else if (part.kind == STREAM_GAP) {
			snprintf(gap, sizeof(gap), part.skipped && !part.missing ? "-" : "<%u>",
				 part.missing);
			hear(part.dir, gap, strlen(gap));
		} else {
			take_bytes(&part);
		}
	}
}

static struct packet packet_of(uint32_t seq, const void *bytes, size_t size)
{
	static struct frame frame;

	frame.number++;
	frame.time_ns = now_ns;
	stream_hashed(pool, (uint32_t)hash_keyed(bytes, size));
	return (struct packet){
		.frame = &frame,
		.kind = PACKET_TCP,
		.tcp_seq = seq,
		.tcp_flags = TCP_ACK | TCP_PSH,
		.payload = cur_of(bytes, size),
		.payload_wire = (uint32_t)size,
	};
}

static void give(enum bt_dir dir, const struct packet *packet)
{
	struct stream_part whole = {
		.dir = dir,
		.bytes = packet->payload,
		.fresh = (uint32_t)packet->payload.left,
		.packet = packet->frame->number,
		.time_ns = packet->frame->time_ns,
	};

	if (!short_way || !stream_in_order(pool, &flow, dir, packet)) {
		stream_segment(pool, &flow, dir, packet);
		drain();
	} else if (whole.fresh) {
		take_bytes(&whole);
	}
}

/* The client's: */
static void segment(uint32_t seq, const char *text)
{
	struct packet packet = packet_of(seq, text, strlen(text));

	give(BT_TO_SERVER, &packet);
}

static void acknowledge(uint32_t ack)
{
	struct packet packet = packet_of(0, "", 0);

	packet.tcp_ack = ack;
	give(BT_TO_CLIENT, &packet);
}

static void expect(const char *text)
{
	ck_assert_str_eq(heard[BT_TO_SERVER], text);
}

/* The server's, who has received everything before `ack`: */
static void answer(uint32_t seq, uint32_t ack, const char *text)
{
	struct packet packet = packet_of(seq, text, strlen(text));

	packet.tcp_ack = ack;
	give(BT_TO_CLIENT, &packet);
}

static void expect_answers(const char *text)
{
	ck_assert_str_eq(heard[BT_TO_CLIENT], text);
}

static void setup(void)
{
	pool = stream_pool_create(STREAM_SHARD_BYTES_MAX);
	flow = (struct flow){.pub.transport = BT_OVER_TCP};
	now_ns = SECONDS(1700000000);
	heard_size[0] = heard_size[1] = 0;
	heard[0][0] = heard[1][0] = '\0';
	keep = 0;
	remember = false;
	short_way = false;
}

static void setup_short(void)
{
	setup();
	short_way = true;
}

static void teardown(void)
{
	stream_destroy(pool, &flow);
	ck_assert_uint_eq(stream_pool_used(pool), 0);
	ck_assert_uint_eq(pool->streams.used + pool->unrests.used, 0);
	ck_assert_uint_eq(pool->waiting_count, 0);
	stream_pool_destroy(pool);
}

START_TEST(in_order_is_a_view)
{
	static const char text[] = "abc";
	struct packet packet = packet_of(100, text, 3);

	give(BT_TO_SERVER, &packet);
	ck_assert_ptr_eq(view, text);
	segment(103, "def");
	expect("abcdef");
	ck_assert_uint_eq(stream_pool_used(pool) + pool->cached, 0);
}
END_TEST

START_TEST(no_payload_no_stream)
{
	acknowledge(5);
	ck_assert_ptr_null(flow.stream);
}
END_TEST

START_TEST(directions_are_independent)
{
	struct packet answer = packet_of(900, "ANSWER", 6);

	segment(100, "ask");
	give(BT_TO_CLIENT, &answer);
	segment(110, "later"); /* a hole here ... */
	answer = packet_of(906, "+", 1);
	give(BT_TO_CLIENT, &answer); /* ... does not stop the other side */
	expect("ask");
	ck_assert_str_eq(heard[BT_TO_CLIENT], "ANSWER+");
}
END_TEST

START_TEST(early_segments_wait)
{
	segment(100, "a");
	segment(105, "fg");
	segment(103, "de");
	expect("a");
	ck_assert_uint_gt(stream_pool_used(pool), 0);
	segment(101, "bc");
	expect("abcdefg");
	ck_assert_uint_eq(stream_pool_used(pool), 0);
	ck_assert_uint_eq(flow.gaps, 0);
}
END_TEST

START_TEST(sequence_numbers_wrap)
{
	segment(0xfffffffe, "ab");
	segment(3, "fg");
	segment(0, "cde");
	expect("abcdefg");
}
END_TEST

/* A connection that stays for months: where its run of bytes began is no measure for what is old. */
START_TEST(two_gigabytes_later_old_is_old)
{
	static const char many[1 << 16];
	struct packet packet = packet_of(100, many, sizeof(many) - 1);

	for (uint32_t given = 0; given <= INT32_MAX; given += sizeof(many) - 1) {
		give(BT_TO_SERVER, &packet);
		packet.tcp_seq += sizeof(many) - 1;
		heard_size[BT_TO_SERVER] = 0;
	}
	heard[BT_TO_SERVER][0] = '\0';
	segment(packet.tcp_seq, "abc");
	acknowledge(packet.tcp_seq); /* the receiver lost them */
	segment(packet.tcp_seq, "abc");
	acknowledge(packet.tcp_seq + 3);
	segment(packet.tcp_seq + 3, "def");
	expect("abcdef");
	ck_assert_uint_eq(flow.gaps, 0);
}
END_TEST

START_TEST(handshake_tells_the_beginning)
{
	tcp_opened(&flow, BT_TO_SERVER, 99);
	segment(103, "de"); /* the first segment was lost, or comes late */
	expect("");
	segment(100, "abc");
	expect("abcde");
}
END_TEST

START_TEST(data_on_the_syn)
{
	struct packet packet = packet_of(99, "fast", 4);

	tcp_opened(&flow, BT_TO_SERVER, 99);
	packet.tcp_flags = TCP_SYN;
	give(BT_TO_SERVER, &packet);
	segment(104, "open");
	expect("fastopen");
}
END_TEST

START_TEST(midstream_begins_with_the_first_payload)
{
	segment(5000, "first");
	segment(4990, "0123456789"); /* re-ordered: before the beginning */
	segment(5005, "!?");
	expect("first!?");
}
END_TEST

START_TEST(keep_alive_is_no_beginning_and_no_conflict)
{
	struct packet packet = packet_of(99, "\0", 1);

	packet.tcp_flags = TCP_ACK;
	give(BT_TO_SERVER, &packet);
	ck_assert_str_eq(heard[BT_TO_SERVER], "");
	segment(100, "a");
	segment(100, "X"); /* one old byte, and another one than it was */
	segment(101, "b");
	expect("ab");
}
END_TEST

START_TEST(zero_window_probe_counts_once)
{
	segment(100, "a");
	segment(101, "b");
	segment(101, "bcd");
	expect("abcd");
}
END_TEST

/* ---- overlaps ---- */

START_TEST(the_first_copy_wins)
{
	segment(100, "a");
	segment(103, "DEF");
	segment(101, "bcdefgh"); /* overlaps what is held, with other bytes */
	expect("abcDEFgh!");
}
END_TEST

START_TEST(equal_overlap_is_no_conflict)
{
	segment(100, "a");
	segment(103, "def");
	segment(105, "fgh");
	segment(101, "bcdefghi");
	expect("abcdefghi");
}
END_TEST

START_TEST(old_bytes_are_trimmed)
{
	segment(100, "abcd");
	segment(102, "cdef");
	expect("abcdef");
}
END_TEST

START_TEST(retransmission_with_other_bytes_is_a_conflict)
{
	segment(100, "good");
	segment(104, "more");
	segment(100, "good");
	expect("goodmore");
	segment(100, "evil");
	expect("goodmore!");
}
END_TEST

START_TEST(true_bytes_cut_otherwise_tell_of_forged_ones)
{
	remember = true;
	segment(100, "poll");
	segment(104, "write a joke");
	segment(104, "write");
	expect("pollwrite a joke");
	segment(109, " a fact, and more");
	expect("pollwrite a joke, and more!");
}
END_TEST

START_TEST(equal_bytes_cut_otherwise_are_no_conflict)
{
	static char text[1001];

	remember = true;
	for (size_t i = 0; i < 1000; i++)
		text[i] = (char)('a' + i * i % 23);
	segment(0xffffff00, text);
	for (size_t i = 0; i < 1000; i += 7)
		segment(0xffffff00 + (uint32_t)i, text + i);
	expect(text);
}
END_TEST

static void put_letters(char *text, uint32_t seq, size_t size)
{
	for (size_t i = 0; i < size; i++)
		text[i] = (char)('a' + (seq + i) % 26);
	text[size] = '\0';
}

/* The last bytes are kept in a ring: `_i` is where in it they end. Each copy is cut as none before. */
START_TEST(forged_bytes_are_told_wherever_they_are_kept)
{
	enum { PIECE = 11, FIRST = 10, COPY = 100 };
	char text[COPY + 1];
	uint32_t next = 1000;

	remember = true;
	for (int i = 0; i < FIRST + _i; i++, next += PIECE) {
		put_letters(text, next, PIECE);
		segment(next, text);
	}
	for (uint32_t size = COPY; size > 1; size--) {
		bool forged = size % 2;
		size_t before = heard_size[BT_TO_SERVER];

		put_letters(text, next - size, size);
		text[size * 5 / 7] ^= forged;
		segment(next - size, text);
		ck_assert_uint_eq(heard_size[BT_TO_SERVER] - before, forged);
	}
}
END_TEST

START_TEST(nothing_is_compared_across_a_gap)
{
	remember = true;
	segment(100, "abc");
	acknowledge(106);
	segment(106, "ghi");
	stream_flush(pool, &flow);
	drain();
	segment(100, "xyzdefghi"); /* what was before the gap is forgotten */
	expect("abc<3>ghi");
	segment(105, "fgxi");
	expect("abc<3>ghi!");
}
END_TEST

START_TEST(held_retransmission_with_other_bytes_is_a_conflict)
{
	segment(100, "a");
	segment(104, "good");
	segment(104, "evil");
	expect("a!");
	segment(101, "bcd");
	expect("a!bcdgood");
}
END_TEST

/* ---- holes ---- */

START_TEST(hole_is_given_up_after_two_seconds)
{
	struct flow *due[2];

	segment(100, "a");
	segment(111, "later");
	now_ns += MILLISECONDS(1900);
	ck_assert_uint_eq(stream_due(pool, now_ns, due, 2), 0);
	stream_timeout(pool, &flow, now_ns);
	drain();
	expect("a");
	now_ns += MILLISECONDS(100);
	ck_assert_uint_eq(stream_due(pool, now_ns, due, 2), 1);
	ck_assert_ptr_eq(due[0], &flow);
	stream_timeout(pool, &flow, now_ns);
	drain();
	expect("a<10>later");
	ck_assert_uint_eq(stream_due(pool, now_ns, due, 2), 0);
	ck_assert_uint_eq(flow.gaps, 1);
	ck_assert_uint_eq(flow.gap_bytes, 10);
	ck_assert(flow.pub.seen & BT_SEEN_GAP);
}
END_TEST

START_TEST(next_packet_finds_the_hole_due)
{
	segment(100, "a");
	segment(111, "b");
	now_ns += SECONDS(3);
	segment(112, "c");
	expect("a<10>bc");
}
END_TEST

START_TEST(acknowledged_hole_waits_for_three_packets)
{
	segment(100, "a");
	segment(111, "b");
	acknowledge(112);
	expect("a");
	segment(112, "c");
	acknowledge(112);
	expect("a");
	segment(113, "d");
	expect("a<10>bcd");
}
END_TEST

START_TEST(acknowledged_hole_waits_for_200_ms)
{
	segment(100, "a");
	segment(111, "b");
	acknowledge(112);
	now_ns += MILLISECONDS(200);
	acknowledge(112);
	expect("a<10>b");
}
END_TEST

START_TEST(request_known_lost_delays_nothing)
{
	segment(100, "first");
	acknowledge(117); /* the answer to a request that the sensor never saw */
	expect("first");
	now_ns += SECONDS(1);
	segment(117, "third");
	expect("first<12>third");
}
END_TEST

/* ---- one direction waits for the other ---- */

START_TEST(answer_waits_for_its_request)
{
	segment(100, "first");
	answer(900, 105, "1.");
	acknowledge(111);
	answer(902, 111, "2."); /* recorded before the request that it answers */
	expect_answers("1.");
	segment(105, "second");
	expect("firstsecond");
	expect_answers("1.2.");
	ck_assert_uint_eq(flow.gaps, 0);
	ck_assert_uint_eq(stream_pool_used(pool), 0);
}
END_TEST

START_TEST(answer_to_what_was_lost_waits_for_three_packets)
{
	uint64_t number;

	segment(100, "first");
	answer(900, 105, "1.");
	now_ns += MILLISECONDS(1);
	answer(902, 111, "2.");
	number = packet_of(0, "", 0).frame->number - 1;
	now_ns += MILLISECONDS(1);
	for (unsigned i = 0; i < 2; i++)
		acknowledge(111);
	expect_answers("1.");
	acknowledge(111);
	expect("first<6>");
	expect_answers("1.2.");
	ck_assert_msg(last.packet == number, "the packet that brought it");
	ck_assert(last.time_ns == now_ns - MILLISECONDS(1));
	ck_assert(flow.pub.seen & BT_SEEN_GAP);
	ck_assert_uint_eq(flow.gap_bytes, 6);
}
END_TEST

START_TEST(what_was_told_to_be_missing_may_still_come)
{
	segment(100, "first");
	answer(900, 111, "2.");
	now_ns += MILLISECONDS(200);
	acknowledge(111);
	expect("first<6>");
	segment(105, "second");
	segment(111, "third");
	expect("first<6>secondthird");
	ck_assert_uint_eq(flow.gaps, 1);
}
END_TEST

START_TEST(what_was_told_to_be_missing_is_told_once)
{
	segment(100, "first");
	answer(900, 111, "2.");
	now_ns += MILLISECONDS(200);
	acknowledge(111);
	segment(107, "cond"); /* a part of it comes */
	expect("first<6>-cond");
	segment(113, "fourth");
	now_ns += SECONDS(2);
	stream_timeout(pool, &flow, now_ns);
	drain();
	expect("first<6>-cond<2>fourth");
	ck_assert_uint_eq(flow.gaps, 2);
	ck_assert_uint_eq(flow.gap_bytes, 8);
}
END_TEST

START_TEST(requests_and_answers_keep_their_order_behind_a_hole)
{
	struct packet packet = packet_of(105, "third", 5);

	answer(900, 99, "0.");
	segment(99, "!"); /* then the second request is lost */
	answer(902, 105, "2.");
	packet.tcp_ack = 904;
	give(BT_TO_SERVER, &packet);
	answer(904, 110, "3.");
	expect("!");
	expect_answers("0.");
	now_ns += MILLISECONDS(200);
	packet = packet_of(0, "", 0);
	packet.tcp_ack = 110;
	stream_segment(pool, &flow, BT_TO_CLIENT, &packet);
	for (unsigned i = 0; i < 4; i++) {
		static const char *const order[] = {NULL, "2.", "third", "3."};
		struct stream_part part;

		ck_assert(stream_next(pool, &flow, &part));
		ck_assert_int_eq(part.kind, order[i] ? STREAM_BYTES : STREAM_GAP);
		if (order[i])
			ck_assert_mem_eq(part.bytes.ptr, order[i], strlen(order[i]));
	}
	drain();
	ck_assert_uint_eq(flow.gaps, 1);
}
END_TEST

START_TEST(two_that_wait_for_each_other_do_so_for_a_while)
{
	struct packet packet;

	segment(100, "a");
	answer(900, 101, "b");
	packet = packet_of(101, "c", 1);
	packet.tcp_ack = 902; /* has received what is repeated below */
	give(BT_TO_SERVER, &packet);
	answer(901, 102, "d"); /* and this has received that */
	expect("a");
	expect_answers("b");
	now_ns += MILLISECONDS(200);
	acknowledge(102);
	expect("ac");
	expect_answers("bd");
	ck_assert_uint_eq(flow.gaps, 0);
}
END_TEST

START_TEST(nothing_is_waited_for_where_one_direction_is_captured)
{
	flow.pub.seen = BT_SEEN_ONE_WAY;
	tcp_opened(&flow, BT_TO_SERVER, 99);
	answer(900, 111, "1.");
	answer(902, 122, "2.");
	expect_answers("1.2.");
	ck_assert_uint_eq(flow.gaps, 0);
}
END_TEST

START_TEST(lost_answer_to_the_syn)
{
	struct packet packet = packet_of(100, "ask", 3);

	tcp_opened(&flow, BT_TO_SERVER, 99);
	packet.tcp_ack = 900;
	give(BT_TO_SERVER, &packet);
	answer(905, 103, "second"); /* the first is lost, too */
	expect_answers("");
	stream_flush(pool, &flow);
	drain();
	expect_answers("<5>second");
}
END_TEST

START_TEST(lost_end_is_known_by_the_fin)
{
	struct packet packet = packet_of(110, "", 0);

	segment(100, "abc");
	packet.tcp_flags = TCP_FIN | TCP_ACK;
	give(BT_TO_SERVER, &packet);
	expect("abc");
	stream_flush(pool, &flow);
	drain();
	expect("abc<7>");
	ck_assert(!flow.stream->unrest || !flow.stream->unrest->waiting);
}
END_TEST

START_TEST(waiting_answers_have_a_cap)
{
	segment(100, "a");
	answer(900, 101, "!");
	acknowledge(111);
	for (uint32_t i = 0; i <= STREAM_SEGMENTS_MAX; i++) {
		flow.stream->unrest->halves[0].lost_packets = 0;
		answer(901 + i, 111, "x");
	}
	ck_assert_uint_le(flow.stream->unrest->halves[1].held_count, STREAM_SEGMENTS_MAX);
	ck_assert_uint_gt(heard_size[BT_TO_CLIENT], 1);
	ck_assert_uint_eq(flow.gaps, 0);
}
END_TEST

START_TEST(acknowledgement_alone_moves_nothing)
{
	segment(100, "a");
	acknowledge(1000);
	now_ns += SECONDS(10);
	acknowledge(1001);
	expect("a<900>");
	segment(101, "b"); /* a forged acknowledgement must not hide it */
	expect("a<900>b");
}
END_TEST

START_TEST(only_the_due_hole_is_given_up)
{
	segment(100, "a");
	segment(110, "b");
	now_ns += SECONDS(1);
	segment(120, "c");
	now_ns += SECONDS(1);
	stream_timeout(pool, &flow, now_ns);
	drain();
	expect("a<9>b");
	now_ns += SECONDS(1);
	stream_timeout(pool, &flow, now_ns);
	drain();
	expect("a<9>b<9>c");
}
END_TEST

START_TEST(flush_reports_everything)
{
	segment(100, "a");
	segment(110, "b");
	segment(120, "c");
	stream_flush(pool, &flow);
	drain();
	expect("a<9>b<9>c");
	ck_assert_uint_eq(stream_pool_used(pool), 0);
}
END_TEST

START_TEST(segment_cap_gives_up_the_hole)
{
	segment(100, "a");
	for (uint32_t i = 0; i < STREAM_SEGMENTS_MAX; i++)
		segment(102 + 2 * i, "x");
	expect("a");
	segment(102 + 2 * STREAM_SEGMENTS_MAX, "y");
	ck_assert_uint_eq(flow.stream->unrest->halves[0].held_count, STREAM_SEGMENTS_MAX);
	expect("a<1>x");
}
END_TEST

START_TEST(byte_cap_gives_up_the_hole)
{
	static char big[32 << 10];
	uint32_t seq = 200;

	memset(big, 'x', sizeof(big));
	segment(100, "a");
	for (unsigned i = 0; i < 9; i++, seq += sizeof(big)) {
		struct packet packet = packet_of(seq, big, sizeof(big));

		ck_assert_uint_eq(flow.gaps, 0);
		give(BT_TO_SERVER, &packet);
		ck_assert_uint_le(flow.stream->unrest->halves[0].held_bytes, STREAM_HELD_BYTES_MAX);
	}
	ck_assert_uint_eq(flow.gaps, 1);
	ck_assert_uint_eq(flow.gap_bytes, 99);
	/* All of it is there: nothing was thrown away for the cap. */
	ck_assert_uint_eq(heard_size[0], 1 + 4 + 9 * sizeof(big));
}
END_TEST

START_TEST(full_shard_gives_up_the_hole)
{
	struct stream_pool *small = stream_pool_create(KIB(1));

	stream_pool_destroy(pool);
	pool = small;
	segment(100, "a");
	for (uint32_t i = 0; i < 3; i++)
		segment(110 + 2 * i, "x");
	ck_assert_uint_eq(stream_pool_used(pool), KIB(1) / 4 * 3);
	keep = 1;
	segment(116, "y");
	expect("a<9>x<1>x");
	ck_assert(carried); /* what is held leaves room for the messages that have begun */
	ck_assert_uint_le(stream_pool_used(pool), KIB(1));
}
END_TEST

/* Else as many flows as fill the shard's budget with what they remember would switch off the order of
 * segments for all: an attacker opens them, and is read by nobody. */
START_TEST(what_is_remembered_takes_nothing_from_what_waits)
{
	remember = true;
	segment(100, "a");
	ck_assert_ptr_nonnull(flow.stream->past);
	ck_assert_uint_eq(stream_pool_used(pool), 0);
}
END_TEST

/* ---- far away, cut, closed ---- */

START_TEST(stray_segments_are_ignored)
{
	segment(100, "a");
	segment(0x40000000, "stray");
	segment(0xc0000000, "stray");
	segment(101, "b");
	expect("ab");
}
END_TEST

START_TEST(persistent_strays_are_believed)
{
	segment(100, "a");
	segment(0x40000000, "xxx");
	segment(0x40000003, "yyy");
	segment(0x40000006, "zzz");
	segment(0x40000009, "!");
	expect("a<0>zzz!");
	ck_assert(flow.pub.seen & BT_SEEN_GAP);
}
END_TEST

/* ---- led away: forged segments must not make all that is really sent look old ---- */

START_TEST(forged_segment_ahead_hides_nothing)
{
	segment(100, "a");
	segment(1000100, "forged");
	now_ns += SECONDS(3);
	segment(101, "b");
	expect("ab<999998>forged");
	segment(102, "c");
	segment(103, "d");
	expect("ab<999998>forged<0>cd");
}
END_TEST

START_TEST(forged_segments_to_the_cap_hide_nothing)
{
	segment(100, "a");
	for (uint32_t i = 0; i <= STREAM_SEGMENTS_MAX; i++)
		segment(100000 + 2 * i, "x");
	segment(101, "b");
	segment(102, "c");
	expect("a<99899>x<0>bc");
}
END_TEST

/* Even with a forged acknowledgement: the next true one tells. */
START_TEST(receiver_tells_where_the_stream_is)
{
	segment(100, "a");
	acknowledge(1000106);
	segment(1000100, "forged");
	acknowledge(1000106);
	now_ns += SECONDS(1);
	acknowledge(1000106);
	expect("a<999999>forged");
	acknowledge(101);
	segment(101, "b");
	expect("a<999999>forged<0>b");
}
END_TEST

START_TEST(receiver_tells_strays_from_the_stream)
{
	segment(100, "a");
	acknowledge(101);
	for (uint32_t i = 0; i < 3; i++)
		segment(0x40000000 + i, "x");
	segment(101, "b");
	expect("a<0>x<0>b");
}
END_TEST

START_TEST(forged_syn_hides_nothing)
{
	flow.tcp_bits = 0;
	tcp_opened(&flow, BT_TO_SERVER, 1000099);
	segment(100, "a");
	segment(101, "b");
	expect("<0>ab");
}
END_TEST

START_TEST(late_copies_after_a_confirmed_gap_stay_old)
{
	segment(100, "a");
	acknowledge(111);
	segment(110, "b");
	for (int i = 0; i < 3; i++)
		acknowledge(111);
	expect("a<9>b");
	segment(101, "late");
	segment(111, "c");
	expect("a<9>bc");
}
END_TEST

START_TEST(cut_tail_is_a_gap)
{
	struct packet packet = packet_of(100, "abc", 3);

	packet.payload_wire = 10;
	give(BT_TO_SERVER, &packet);
	expect("abc<7>");
	packet = packet_of(115, "fg", 2); /* early, and cut too */
	packet.payload_wire = 4;
	give(BT_TO_SERVER, &packet);
	segment(119, "h");
	segment(110, "01234");
	expect("abc<7>01234fg<2>h");
	packet = packet_of(120, "", 0); /* cut down to its headers */
	packet.payload_wire = 5;
	give(BT_TO_SERVER, &packet);
	expect("abc<7>01234fg<2>h<5>");
}
END_TEST

START_TEST(fin_is_no_byte)
{
	struct packet packet = packet_of(103, "", 0);

	segment(100, "abc");
	packet.tcp_flags = TCP_FIN | TCP_ACK;
	give(BT_TO_SERVER, &packet);
	acknowledge(104);
	ck_assert_msg(!flow.stream->unrest || !flow.stream->unrest->halves[0].lost, "the FIN was acknowledged, no byte");
	segment(103, "?"); /* a keep-alive after it */
	expect("abc");
	segment(103, "de"); /* it was forged: what really follows is not shifted */
	expect("abcde");
}
END_TEST

START_TEST(reset_carries_no_data)
{
	struct packet packet = packet_of(101, "go away", 7);

	segment(100, "a");
	packet.tcp_flags = TCP_RST;
	give(BT_TO_SERVER, &packet);
	segment(101, "b");
	expect("ab");
}
END_TEST

START_TEST(clock_steps_back_and_the_wait_begins_anew)
{
	segment(100, "a");
	segment(110, "b");
	now_ns -= SECONDS(1000);
	acknowledge(100);
	now_ns += SECONDS(2);
	acknowledge(100);
	expect("a<9>b");
}
END_TEST

/* ---- carrying ---- */

static void next_is(const char *all, uint32_t fresh)
{
	struct stream_part part;

	ck_assert(stream_next(pool, &flow, &part));
	ck_assert_int_eq(part.kind, STREAM_BYTES);
	ck_assert_uint_eq(part.fresh, fresh);
	ck_assert_uint_eq(part.bytes.left, strlen(all));
	ck_assert_mem_eq(part.bytes.ptr, all, strlen(all));
}

static void post(uint32_t seq, const char *text)
{
	struct packet packet = packet_of(seq, text, strlen(text));

	stream_segment(pool, &flow, BT_TO_SERVER, &packet);
}

START_TEST(carried_bytes_come_again)
{
	struct stream_part part;

	post(100, "abcdef");
	next_is("abcdef", 6);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 2));
	ck_assert(!stream_next(pool, &flow, &part));
	post(106, "gh");
	next_is("efgh", 2);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 4));
	ck_assert(!stream_next(pool, &flow, &part));
	post(110, "kl"); /* held meanwhile */
	ck_assert(!stream_next(pool, &flow, &part));
	post(108, "ij");
	next_is("efghij", 2);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 1));
	next_is("jkl", 2);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 3));
	ck_assert(!stream_next(pool, &flow, &part));
	post(112, "m");
	next_is("jklm", 1);
	ck_assert(!stream_next(pool, &flow, &part)); /* used up */
	post(113, "n");
	next_is("n", 1);
	ck_assert(!stream_next(pool, &flow, &part));
	ck_assert_uint_eq(stream_pool_used(pool), 0);
}
END_TEST

START_TEST(held_bytes_can_be_carried)
{
	struct stream_part part;

	post(100, "a");
	next_is("a", 1);
	post(102, "cd");
	ck_assert(!stream_next(pool, &flow, &part));
	post(101, "b");
	next_is("b", 1);
	next_is("cd", 2);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 1));
	ck_assert(!stream_next(pool, &flow, &part));
	post(104, "e");
	next_is("de", 1);
}
END_TEST

static void next_came_with(const char *all, uint64_t packet, int64_t time_ns)
{
	struct stream_part part;

	ck_assert(stream_next(pool, &flow, &part));
	ck_assert_int_eq(part.kind, STREAM_BYTES);
	ck_assert_mem_eq(part.bytes.ptr, all, strlen(all));
	ck_assert_uint_eq(part.packet, packet);
	ck_assert_int_eq(part.time_ns, time_ns);
}

/* However late they are given out. */
START_TEST(bytes_know_their_packet)
{
	uint64_t before = packet_of(0, "", 0).frame->number;
	int64_t begin = now_ns;
	struct stream_part part;

	post(100, "ab");
	next_came_with("ab", before + 1, begin);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 1));
	now_ns += SECONDS(1);
	post(103, "d");
	ck_assert(!stream_next(pool, &flow, &part));
	post(102, "c");
	next_came_with("bc", before + 3, begin + SECONDS(1));
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 2));
	next_came_with("bcd", before + 3, begin + SECONDS(1));
	ck_assert(!stream_next(pool, &flow, &part));
	post(110, "x");
	ck_assert(!stream_next(pool, &flow, &part));
	now_ns += SECONDS(60);
	stream_timeout(pool, &flow, now_ns);
	ck_assert(stream_next(pool, &flow, &part));
	ck_assert_int_eq(part.kind, STREAM_GAP);
	next_came_with("x", before + 4, begin + SECONDS(1));
}
END_TEST

START_TEST(gap_drops_what_was_carried)
{
	struct stream_part part;

	post(100, "abc");
	next_is("abc", 3);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 3));
	post(110, "k");
	ck_assert(!stream_next(pool, &flow, &part));
	stream_flush(pool, &flow);
	ck_assert(stream_next(pool, &flow, &part));
	ck_assert_int_eq(part.kind, STREAM_GAP);
	next_is("k", 1);
}
END_TEST

START_TEST(sides_swapped_in_the_middle)
{
	struct packet packet = packet_of(106, "gh", 2);
	struct stream_part part;

	post(100, "abcdef");
	next_is("abcdef", 6);
	flow_swap_sides(&flow);
	ck_assert(stream_carry(pool, &flow, BT_TO_SERVER, 2));
	ck_assert(!stream_next(pool, &flow, &part));
	stream_segment(pool, &flow, BT_TO_CLIENT, &packet);
	ck_assert(stream_next(pool, &flow, &part));
	ck_assert_int_eq(part.dir, BT_TO_CLIENT);
	ck_assert_uint_eq(part.bytes.left, 4);
	ck_assert_mem_eq(part.bytes.ptr, "efgh", 4);
}
END_TEST

START_TEST(carrying_has_a_cap)
{
	static char big[64 << 10];
	uint32_t seq = 100;

	memset(big, 'x', sizeof(big));
	keep = SIZE_MAX; /* everything, always */
	for (unsigned i = 0; i < 4; i++, seq += sizeof(big)) {
		struct packet packet = packet_of(seq, big, sizeof(big));

		give(BT_TO_SERVER, &packet);
		ck_assert(carried);
	}
	ck_assert_uint_eq(flow.gaps, 0);
	segment(seq, "one too many");
	ck_assert_uint_eq(flow.gaps, 1);
	ck_assert_uint_eq(flow.gap_bytes, 0);
	ck_assert_uint_le(stream_pool_used(pool), STREAM_SHARD_BYTES_MAX);
}
END_TEST

START_TEST(carrying_over_the_shard_cap_fails)
{
	static char big[8 << 10];
	struct stream_pool *small = stream_pool_create(KIB(4));
	struct packet packet = packet_of(100, big, sizeof(big));

	stream_pool_destroy(pool);
	pool = small;
	keep = SIZE_MAX;
	give(BT_TO_SERVER, &packet);
	ck_assert(!carried);
	ck_assert_uint_eq(stream_pool_used(pool), 0);
}
END_TEST

START_TEST(carrying_again_and_again_allocates_once)
{
	struct stream_part part;
	size_t memory = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		post(100 + i * 10, "0123456789");
		ck_assert(stream_next(pool, &flow, &part));
		stream_carry(pool, &flow, BT_TO_SERVER, i % 3 * 3);
		ck_assert(!stream_next(pool, &flow, &part));
		if (i == 10)
			memory = pool->used + pool->cached;
		if (i > 10)
			ck_assert_uint_eq(pool->used + pool->cached, memory);
	}
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, in_order_is_a_view);
	tcase_add_test(tests, no_payload_no_stream);
	tcase_add_test(tests, directions_are_independent);
	tcase_add_test(tests, early_segments_wait);
	tcase_add_test(tests, sequence_numbers_wrap);
	tcase_add_test(tests, two_gigabytes_later_old_is_old);
	tcase_add_test(tests, handshake_tells_the_beginning);
	tcase_add_test(tests, data_on_the_syn);
	tcase_add_test(tests, midstream_begins_with_the_first_payload);
	tcase_add_test(tests, keep_alive_is_no_beginning_and_no_conflict);
	tcase_add_test(tests, zero_window_probe_counts_once);
	tcase_add_test(tests, the_first_copy_wins);
	tcase_add_test(tests, equal_overlap_is_no_conflict);
	tcase_add_test(tests, old_bytes_are_trimmed);
	tcase_add_test(tests, retransmission_with_other_bytes_is_a_conflict);
	tcase_add_test(tests, true_bytes_cut_otherwise_tell_of_forged_ones);
	tcase_add_loop_test(tests, forged_bytes_are_told_wherever_they_are_kept, 0, 20);
	tcase_add_test(tests, equal_bytes_cut_otherwise_are_no_conflict);
	tcase_add_test(tests, nothing_is_compared_across_a_gap);
	tcase_add_test(tests, held_retransmission_with_other_bytes_is_a_conflict);
	tcase_add_test(tests, hole_is_given_up_after_two_seconds);
	tcase_add_test(tests, next_packet_finds_the_hole_due);
	tcase_add_test(tests, acknowledged_hole_waits_for_three_packets);
	tcase_add_test(tests, acknowledged_hole_waits_for_200_ms);
	tcase_add_test(tests, request_known_lost_delays_nothing);
	tcase_add_test(tests, answer_waits_for_its_request);
	tcase_add_test(tests, answer_to_what_was_lost_waits_for_three_packets);
	tcase_add_test(tests, what_was_told_to_be_missing_may_still_come);
	tcase_add_test(tests, what_was_told_to_be_missing_is_told_once);
	tcase_add_test(tests, requests_and_answers_keep_their_order_behind_a_hole);
	tcase_add_test(tests, two_that_wait_for_each_other_do_so_for_a_while);
	tcase_add_test(tests, nothing_is_waited_for_where_one_direction_is_captured);
	tcase_add_test(tests, lost_answer_to_the_syn);
	tcase_add_test(tests, lost_end_is_known_by_the_fin);
	tcase_add_test(tests, waiting_answers_have_a_cap);
	tcase_add_test(tests, acknowledgement_alone_moves_nothing);
	tcase_add_test(tests, only_the_due_hole_is_given_up);
	tcase_add_test(tests, flush_reports_everything);
	tcase_add_test(tests, segment_cap_gives_up_the_hole);
	tcase_add_test(tests, byte_cap_gives_up_the_hole);
	tcase_add_test(tests, full_shard_gives_up_the_hole);
	tcase_add_test(tests, what_is_remembered_takes_nothing_from_what_waits);
	tcase_add_test(tests, stray_segments_are_ignored);
	tcase_add_test(tests, persistent_strays_are_believed);
	tcase_add_test(tests, forged_segment_ahead_hides_nothing);
	tcase_add_test(tests, forged_segments_to_the_cap_hide_nothing);
	tcase_add_test(tests, receiver_tells_where_the_stream_is);
	tcase_add_test(tests, receiver_tells_strays_from_the_stream);
	tcase_add_test(tests, forged_syn_hides_nothing);
	tcase_add_test(tests, late_copies_after_a_confirmed_gap_stay_old);
	tcase_add_test(tests, cut_tail_is_a_gap);
	tcase_add_test(tests, fin_is_no_byte);
	tcase_add_test(tests, reset_carries_no_data);
	tcase_add_test(tests, clock_steps_back_and_the_wait_begins_anew);
	tcase_add_test(tests, carried_bytes_come_again);
	tcase_add_test(tests, held_bytes_can_be_carried);
	tcase_add_test(tests, bytes_know_their_packet);
	tcase_add_test(tests, gap_drops_what_was_carried);
	tcase_add_test(tests, sides_swapped_in_the_middle);
	tcase_add_test(tests, carrying_has_a_cap);
	tcase_add_test(tests, carrying_over_the_shard_cap_fails);
	tcase_add_test(tests, carrying_again_and_again_allocates_once);
}

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *tests = tcase_create("stream"), *shorter = tcase_create("in order first");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_checked_fixture(shorter, setup_short, teardown);
	add_tests(tests);
	add_tests(shorter);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, shorter);
	return run_suite(suite);
}
