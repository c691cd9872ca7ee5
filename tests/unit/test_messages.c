/* SPDX-License-Identifier: Apache-2.0
 *
 * What packets that were never captured do to a conversation: Modbus through flow table, streams and
 * engine. Each test is a few packets, some of them lost; what is emitted is a line each.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "conversation.h"
#include "suite.h"

enum {
	CLIENT_ISN = 1000,
	SERVER_ISN = 9000,
};

static uint32_t next[2], received[2]; /* by direction: sequence number, what its sender received */
static bool lost;                     /* what is sent is not captured */
static char told[1024];

static __attribute__((format(printf, 1, 2))) void tell(const char *format, ...)
{
	size_t size = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + size, sizeof(told) - size, format, args);
	va_end(args);
}

/* "register 5: 8>9 ok, incomplete; " */
static void on_operation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_operation *op)
{
	tell("%s", op->name);
	if (op->access_count)
		tell(" %u", (unsigned)op->accesses[0].first);
	tell(": %u>%u %s%s%s; ", (unsigned)op->request_packet, (unsigned)op->answer_packet,
	     bt_result_name(op->result), flow->pub.seen ? ", incomplete" : "",
	     op->broadcast ? ", broadcast" : "");
}

static void on_violation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_violation *violation, const char *detail)
{
	tell("%s; ", violation->name);
}

static void on_claimed(void *owner, struct flow *flow, const struct bt_context *ctx)
{
}

static void on_foreign(void *owner, struct flow *flow, const struct bt_context *ctx,
		       const struct bt_dissector *expected)
{
	tell("not %s; ", expected->name);
}

static void on_gap(void *owner, struct flow *flow, const struct bt_context *ctx, uint32_t missing)
{
	tell("<%u> ", missing);
}

static void on_conflict(void *owner, struct flow *flow, const struct bt_context *ctx)
{
	tell("conflict; ");
}

static const struct engine_sink sink = {
	.operation = on_operation,
	.violation = on_violation,
	.identity = ignore_identity,
	.claimed = on_claimed,
	.foreign = on_foreign,
	.gap = on_gap,
	.conflict = on_conflict,
};

static void send(enum bt_dir dir, uint8_t flags, const uint8_t *bytes, size_t size)
{
	static const struct bt_addr ends[2] = {
		{.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 1}},
		{.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 2}},
	};
	static const uint16_t ports[2] = {40000, 502};
	struct packet packet = {
		.kind = PACKET_TCP,
		.src = ends[dir],
		.dst = ends[!dir],
		.src_port = ports[dir],
		.dst_port = ports[!dir],
		.tcp_seq = next[dir],
		.tcp_ack = received[dir],
		.tcp_flags = flags,
		.payload = cur_of(bytes, size),
	};
	pass(MILLISECONDS(5));
	next[dir] += (uint32_t)size + !!(flags & (TCP_SYN | TCP_FIN));
	received[!dir] = next[dir];
	if (!lost)
		capture(&packet);
}

/* Hexadecimal digits: one segment. */
static void say(enum bt_dir dir, const char *hex)
{
	uint8_t bytes[64];
	size_t size = 0;

	for (; *hex; hex += 2, size++) {
		unsigned byte;

		ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
		bytes[size] = (uint8_t)byte;
	}
	send(dir, TCP_ACK | TCP_PSH, bytes, size);
}

static void acknowledge(enum bt_dir dir)
{
	send(dir, TCP_ACK, NULL, 0);
}

static void miss(enum bt_dir dir, const char *hex)
{
	lost = true;
	say(dir, hex);
	lost = false;
}

static void begin(void)
{
	open_table(&sink);
	next[BT_TO_SERVER] = CLIENT_ISN;
	next[BT_TO_CLIENT] = SERVER_ISN;
	told[0] = '\0';
}

/* Packets 1 to 3 are the handshake. */
static void setup(void)
{
	begin();
	send(BT_TO_SERVER, TCP_SYN, NULL, 0);
	send(BT_TO_CLIENT, TCP_SYN | TCP_ACK, NULL, 0);
	acknowledge(BT_TO_SERVER);
}

static void expect(const char *text)
{
	ck_assert_str_eq(told, text);
}

/* Transaction n reads register n; its answer. */
static void ask(unsigned n)
{
	char hex[32];

	snprintf(hex, sizeof(hex), "%04x000000060103%04x0001", n, n);
	say(BT_TO_SERVER, hex);
}

static void answer(unsigned n)
{
	char hex[32];

	snprintf(hex, sizeof(hex), "%04x000000050103020001", n);
	say(BT_TO_CLIENT, hex);
}

START_TEST(nothing_lost)
{
	ask(1);
	answer(1);
	expect("read_holding_registers 1: 4>5 ok; ");
}
END_TEST

START_TEST(lost_request)
{
	ask(1);
	answer(1);
	told[0] = '\0';
	lost = true;
	ask(2);
	lost = false;
	answer(2); /* packet 7 */
	ask(3);
	answer(3);
	acknowledge(BT_TO_SERVER);
	expect("<12> read_holding_registers: 0>7 unsolicited, incomplete; "
	       "read_holding_registers 3: 8>9 ok, incomplete; ");
}
END_TEST

START_TEST(lost_answer)
{
	ask(1);
	lost = true;
	answer(1);
	lost = false;
	ask(2);
	answer(2);
	acknowledge(BT_TO_SERVER);
	ask(3);
	told[0] = '\0';
	finish();
	expect("read_holding_registers 1: 4>0 unanswered, incomplete; "
	       "read_holding_registers 3: 9>0 unanswered, incomplete; ");
}
END_TEST

/* As a mirror port recorded a public capture: acknowledgement, answer, and only then the request. */
START_TEST(request_behind_its_answer)
{
	uint32_t seq;

	ask(1);
	answer(1);
	told[0] = '\0';
	seq = next[BT_TO_SERVER];
	received[BT_TO_CLIENT] += 12;
	acknowledge(BT_TO_CLIENT);
	answer(2);
	ck_assert_uint_eq(next[BT_TO_SERVER], seq);
	received[BT_TO_SERVER] -= 11;
	ask(2);
	received[BT_TO_SERVER] += 11;
	expect("read_holding_registers 2: 8>7 ok; ");
}
END_TEST

/* What was left of messages whose first segment was lost, each with what came next. Read as the
 * beginning of a message, it would swallow the next one and be something that nobody sent. */
START_TEST(rest_of_a_lost_message)
{
	static const struct {
		const char *lost, *rest, *next[2];
	} cases[] = {
		{"0027000000", "0601040000000a", {"00280000000602030000", "0004"}},
		{"0007", "00000006020300000004", {"00080000", "000601040000000a"}},
		{"0091000000", "06010200000008", {"0092000000060101", "00000004"}},
		{"009100000006", "010200000008", {"0092000000060101", "00000004"}},
		{"009100000006", "010200000008", {"00920000000601010000", "0004"}},
	};

	ask(1);
	answer(1);
	miss(BT_TO_SERVER, cases[_i].lost);
	say(BT_TO_SERVER, cases[_i].rest);
	for (int i = 0; i < 4; i++)
		acknowledge(BT_TO_CLIENT);
	told[0] = '\0';
	say(BT_TO_SERVER, cases[_i].next[0]);
	say(BT_TO_SERVER, cases[_i].next[1]);
	for (int i = 0; i < 4; i++)
		acknowledge(BT_TO_CLIENT);
	expect("");
	finish();
	ck_assert_ptr_nonnull(strstr(told, ": 13>0 unanswered, incomplete; "));
	ck_assert_ptr_null(strchr(strchr(told, ';') + 2, ';'));
}
END_TEST

/* A write to unit 0 is a broadcast when no answer came, not when it was lost. */
START_TEST(lost_answer_of_unit_0)
{
	say(BT_TO_SERVER, "000100000006000600070001");
	miss(BT_TO_CLIENT, "000100000006000600070001");
	acknowledge(BT_TO_SERVER);
	finish();
	expect("<12> write_single_register 7: 4>0 unanswered, incomplete; ");
}
END_TEST

START_TEST(no_answer_of_unit_0)
{
	say(BT_TO_SERVER, "000100000006000600070001");
	acknowledge(BT_TO_CLIENT);
	finish();
	expect("write_single_register 7: 4>0 unanswered, broadcast; ");
}
END_TEST

START_TEST(middle_of_a_message_is_no_other_protocol)
{
	teardown();
	begin();
	say(BT_TO_SERVER, "000102030405060708090a0b");
	finish();
	expect("");
}
END_TEST

START_TEST(unasked_answer_is_told_only_where_all_was_seen)
{
	ask(1);
	answer(1);
	answer(2);
	expect("read_holding_registers 1: 4>5 ok; modbus.unsolicited_response; "
	       "read_holding_registers: 0>6 unsolicited; ");
	miss(BT_TO_SERVER, "00");
	answer(3);
	told[0] = '\0';
	finish();
	expect("<1> read_holding_registers: 0>8 unsolicited, incomplete; ");
}
END_TEST

START_TEST(what_is_understood_is_not_counted)
{
	ask(1);
	answer(1);
	say(BT_TO_SERVER, "00020000000601"); /* in two segments */
	expect_undecoded(0);
	say(BT_TO_SERVER, "0300020001");
	answer(2);
	finish();
	expect_undecoded(0);
}
END_TEST

START_TEST(stray_bytes_are_counted)
{
	ask(1);
	answer(1);
	say(BT_TO_SERVER, "deadbeefdeadbeefdeadbeef000200000006010300020001");
	answer(2);
	finish();
	expect_undecoded(12);
}
END_TEST

START_TEST(half_a_message_at_the_end_is_counted)
{
	ask(1);
	say(BT_TO_CLIENT, "0001000000050103");
	expect_undecoded(0);
	finish();
	expect_undecoded(8);
}
END_TEST

START_TEST(half_a_message_before_a_gap_is_counted)
{
	ask(1);
	answer(1);
	say(BT_TO_SERVER, "000200000006010300");
	miss(BT_TO_SERVER, "020001");
	for (int i = 0; i < 4; i++)
		acknowledge(BT_TO_CLIENT);
	ask(3);
	answer(3);
	finish();
	expect_undecoded(9);
}
END_TEST

/* ---- waiting ---- */

/* An OPC UA request without a signature: UnregisterNodes of no node, or Publish that acknowledges none. */
static void ask_opcua(uint16_t service, uint8_t number)
{
	char hex[128];

	snprintf(hex, sizeof(hex),
		 "4d534746" "3d000000" "01000000" "01000000" "%02x000000" "%02x000000" /* MSG F */
		 "0100%02x%02x" /* its type */
		 "0000" "0000000000000000" "01000000" "00000000" "ffffffff" "00000000" "000000"
		 "00000000",
		 number, number, service & 0xff, service >> 8);
	say(BT_TO_SERVER, hex);
}

static size_t give_up_after(int64_t wait_ns)
{
	struct engine_due due[4];
	size_t count = engine_due(engine, frame.time_ns + wait_ns, due, 4);

	for (size_t i = 0; i < count; i++)
		engine_expire(&due[i], frame.time_ns + wait_ns, frame.number);
	return count;
}

START_TEST(who_waits_for_news_waits_longer)
{
	ask_opcua(826, 1);
	ask_opcua(566, 2);
	ck_assert_uint_eq(give_up_after(SECONDS(59)), 0);
	ck_assert_uint_eq(give_up_after(SECONDS(61)), 1);
	expect("unregister_nodes: 5>0 unanswered; ");
	ck_assert_uint_eq(give_up_after(SECONDS(599)), 0);
	ck_assert_uint_eq(give_up_after(SECONDS(601)), 1);
	expect("unregister_nodes: 5>0 unanswered; publish: 4>0 unanswered; ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("messages");
	TCase *tests = tcase_create("loss");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_lost);
	tcase_add_test(tests, lost_request);
	tcase_add_test(tests, lost_answer);
	tcase_add_test(tests, request_behind_its_answer);
	tcase_add_loop_test(tests, rest_of_a_lost_message, 0, 5);
	tcase_add_test(tests, lost_answer_of_unit_0);
	tcase_add_test(tests, no_answer_of_unit_0);
	tcase_add_test(tests, middle_of_a_message_is_no_other_protocol);
	tcase_add_test(tests, unasked_answer_is_told_only_where_all_was_seen);
	tcase_add_test(tests, what_is_understood_is_not_counted);
	tcase_add_test(tests, stray_bytes_are_counted);
	tcase_add_test(tests, half_a_message_at_the_end_is_counted);
	tcase_add_test(tests, half_a_message_before_a_gap_is_counted);
	tcase_add_test(tests, who_waits_for_news_waits_longer);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
