/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims: nonsense in front of a protocol, on its own port, must not hide what follows.
 */
#include <stdlib.h>

#include "conversation.h"
#include "suite.h"

static unsigned operations, foreign, claims;
static uint16_t port;
static uint32_t seq;

static void on_operation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_operation *op)
{
	operations += op->act == BT_ACT_WRITE;
}

static void on_violation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_violation *violation, const char *detail)
{
}

static void on_claimed(void *owner, struct flow *flow, const struct bt_context *ctx)
{
	claims++;
}

static void on_foreign(void *owner, struct flow *flow, const struct bt_context *ctx,
		       const struct bt_dissector *expected)
{
	ck_assert_str_eq(expected->name, "modbus");
	foreign++;
}

static void on_gap(void *owner, struct flow *flow, const struct bt_context *ctx, uint32_t missing)
{
}

static void on_conflict(void *owner, struct flow *flow, const struct bt_context *ctx)
{
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

static void setup(void)
{
	open_table(&sink);
	operations = foreign = claims = 0;
	port = 502;
	seq = 1000;
}

/* The client sends something; `kind` is PACKET_TCP or PACKET_UDP. */
static void say(enum packet_kind kind, const void *bytes, size_t size)
{
	struct packet packet = {
		.kind = kind,
		.src = {.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 1}},
		.dst = {.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 2}},
		.src_port = 40000,
		.dst_port = port,
		.tcp_seq = seq,
		.tcp_flags = TCP_ACK | TCP_PSH,
		.payload = cur_of(bytes, size),
	};

	pass(MILLISECONDS(20));
	capture(&packet);
	seq += (uint32_t)size;
}

static const uint8_t write_request[] = {0, 7, 0, 0, 0, 9, 1, 16, 0, 40, 0, 1, 2, 3, 0x84};
static const uint8_t ignored[] = {0, 1, 0, 99, 0, 6, 1, 3, 0, 0, 0}; /* by the server: another id */
static const enum packet_kind kinds[] = {PACKET_TCP, PACKET_UDP};

START_TEST(nonsense_first_hides_nothing)
{
	for (int i = 0; i < 200; i++)
		say(kinds[_i], ignored, sizeof(ignored));
	ck_assert_uint_eq(foreign, 1);
	ck_assert_uint_eq(claims, 0);
	say(kinds[_i], write_request, sizeof(write_request));
	ck_assert_uint_eq(claims, 1);
	say(kinds[_i], write_request, sizeof(write_request));
	finish();
	ck_assert_uint_eq(operations, 2);
	ck_assert_uint_eq(foreign, 1);
}
END_TEST

/* The connection is met in its middle: so long could its first message be. */
START_TEST(rest_of_a_message_is_not_foreign)
{
	for (int i = 0; i < 100; i++)
		say(PACKET_TCP, ignored, sizeof(ignored));
	say(PACKET_TCP, write_request, sizeof(write_request));
	finish();
	ck_assert_uint_eq(operations, 1);
	ck_assert_uint_eq(foreign, 0);
}
END_TEST

START_TEST(nonsense_in_front_of_each_message_hides_nothing)
{
	uint8_t both[sizeof(ignored) + sizeof(write_request)];

	memcpy(both, ignored, sizeof(ignored));
	memcpy(both + sizeof(ignored), write_request, sizeof(write_request));
	say(kinds[_i], both, sizeof(both));
	finish();
	ck_assert_uint_eq(operations, 1);
}
END_TEST

/* Cut anywhere, also within the header. */
START_TEST(cut_behind_nonsense_hides_nothing)
{
	uint8_t both[sizeof(ignored) + sizeof(write_request)];
	size_t cut = sizeof(ignored) + (size_t)_i;

	memcpy(both, ignored, sizeof(ignored));
	memcpy(both + sizeof(ignored), write_request, sizeof(write_request));
	for (int i = 0; i < 10; i++)
		say(PACKET_TCP, ignored, sizeof(ignored));
	say(PACKET_TCP, both, cut);
	say(PACKET_TCP, both + cut, sizeof(both) - cut);
	finish();
	ck_assert_uint_eq(operations, 1);
}
END_TEST

START_TEST(byte_by_byte_hides_nothing)
{
	for (size_t i = 0; i < sizeof(write_request); i++)
		say(PACKET_TCP, write_request + i, 1);
	finish();
	ck_assert_uint_eq(operations, 1);
	ck_assert_uint_eq(foreign, 0);
}
END_TEST

START_TEST(other_protocol_stays_foreign)
{
	char text[1400];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)("0123456789abcdef \r\n\0\0"[i * 7 % 21]);
	for (int i = 0; i < 100; i++)
		say(kinds[_i], text, sizeof(text) - (size_t)i);
	finish();
	ck_assert_uint_eq(foreign, 1);
	ck_assert_uint_eq(claims, 0);
}
END_TEST

/* Away from the port a few looks are all there is: traffic that is not ours must cost nothing. */
START_TEST(elsewhere_it_is_given_up)
{
	port = 5000;
	for (int i = 0; i < 10; i++)
		say(kinds[_i], ignored, sizeof(ignored));
	ck_assert_uint_eq(app.claim, CLAIM_FOREIGN);
	ck_assert_uint_eq(foreign, 0);
}
END_TEST

/* What might be Modbus and what might be Modbus ASCII are no two signs of either. */
START_TEST(perhaps_counts_for_its_own_protocol)
{
	static const uint8_t over_tcp[] = {0, 7, 0, 0, 0, 5, 1, 0x65, 1, 2, 3};
	static const char ascii[] = ":01659A\r\n";

	port = 5000;
	say(PACKET_TCP, over_tcp, sizeof(over_tcp));
	say(PACKET_TCP, ascii, sizeof(ascii) - 1);
	ck_assert_uint_eq(claims, 0);
	if (_i)
		say(PACKET_TCP, over_tcp, sizeof(over_tcp));
	else
		say(PACKET_TCP, ascii, sizeof(ascii) - 1);
	ck_assert_uint_eq(claims, 1);
	ck_assert_str_eq(app.dissector->name, _i ? "modbus" : "modbus_ascii");
}
END_TEST

START_TEST(what_came_before_the_claim_is_counted)
{
	for (int i = 0; i < 10; i++)
		say(kinds[_i], ignored, sizeof(ignored));
	ck_assert_uint_eq(engine_undecoded_bytes(engine), 0); /* nobody's flow so far */
	say(kinds[_i], write_request, sizeof(write_request));
	finish();
	ck_assert_uint_eq(operations, 1);
	expect_undecoded(10 * sizeof(ignored));
}
END_TEST

START_TEST(cut_and_foreign_datagrams_are_counted)
{
	say(PACKET_UDP, write_request, sizeof(write_request));
	expect_undecoded(0);
	say(PACKET_UDP, write_request, 9);
	expect_undecoded(9);
	say(PACKET_UDP, "XX", 2);
	expect_undecoded(11);
	say(PACKET_UDP, ignored, sizeof(ignored));
	finish();
	ck_assert_uint_eq(operations, 1);
	expect_undecoded(11 + sizeof(ignored));
}
END_TEST

static struct bt_frame whole_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	return (struct bt_frame){.length = (uint32_t)cur_left(&head)};
}

static enum bt_verdict not_mine(struct bt_context *ctx, struct bt_cursor message)
{
	return BT_NOT_MINE;
}

/* A dissector that frames everything and understands none of it. */
static const struct bt_dissector deaf = {
	.max_message = 1500,
	.frame = whole_frame,
	.dissect = not_mine,
};

/* Also what comes when the claim has ended. */
START_TEST(not_mine_is_counted_and_ends_the_claim)
{
	uint8_t bytes[1000] = {0};

	port = 5000;
	app = (struct engine_flow){.claim = CLAIM_OURS, .dissector = &deaf};
	for (size_t i = 1; i <= 20; i++) {
		say(kinds[_i], bytes, sizeof(bytes));
		expect_undecoded(i * sizeof(bytes));
	}
	ck_assert_uint_eq(app.claim, CLAIM_FOREIGN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recognise");
	TCase *tests = tcase_create("recognise");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, nonsense_first_hides_nothing, 0, 2);
	tcase_add_test(tests, rest_of_a_message_is_not_foreign);
	tcase_add_loop_test(tests, nonsense_in_front_of_each_message_hides_nothing, 0, 2);
	tcase_add_loop_test(tests, cut_behind_nonsense_hides_nothing, 0, sizeof(write_request));
	tcase_add_test(tests, byte_by_byte_hides_nothing);
	tcase_add_loop_test(tests, other_protocol_stays_foreign, 0, 2);
	tcase_add_loop_test(tests, elsewhere_it_is_given_up, 0, 2);
	tcase_add_loop_test(tests, perhaps_counts_for_its_own_protocol, 0, 2);
	tcase_add_loop_test(tests, what_came_before_the_claim_is_counted, 0, 2);
	tcase_add_test(tests, cut_and_foreign_datagrams_are_counted);
	tcase_add_loop_test(tests, not_mine_is_counted_and_ends_the_claim, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
