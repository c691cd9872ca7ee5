/* SPDX-License-Identifier: Apache-2.0
 *
 * The laboratory is as strict as the engine: a dissector that passes here must not read too far there.
 * The protocol is made up: a byte that says how long the message is, with its top bit set; 0x80 alone is
 * an answer.
 */
#include <check.h>
#include <stdlib.h>

#include "lab.h"
#include "suite.h"

enum {
	LONG = 20000, /* as a message that begins with 0xff */
};

static struct bt_engine lab;
static enum bt_sync found_by;
static size_t skipped_bytes, unanswered_left, answered_left, answered_length;

static struct bt_frame frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	struct bt_cursor at = head;
	uint8_t first = cur_u8(&at);
	struct bt_frame frame = {BT_FRAME_BAD, 0, 0};

	if (!(first & 0x80))
		return frame;
	found_by = sync;
	frame.length = first == 0xff ? LONG : 1u + (first & 0x7f);
	frame.kind = frame.length <= cur_left(&head) ? BT_FRAME_WHOLE : BT_FRAME_PARTIAL;
	return frame;
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	struct bt_request request;

	if (cur_left(&message) == 2)
		return BT_NOT_MINE;
	if (cur_left(&message) > 1) {
		bt_ask(ctx, 1, message);
	} else if (bt_answer(ctx, 1, &request)) {
		answered_left = cur_left(&request.bytes);
		answered_length = request.length;
	}
	return BT_DISSECTED;
}

static void unanswered(struct bt_context *ctx, const struct bt_request *request)
{
	unanswered_left = cur_left(&request->bytes);
}

static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	skipped_bytes += cur_left(&bytes);
}

static const uint16_t ports[] = {7, 0};
static const struct bt_dissector dissector = {
	.name = "made_up",
	.ports = ports,
	.max_message = LONG,
	.frame = frame,
	.dissect = dissect,
	.unanswered = unanswered,
	.skipped = skipped,
};

static void setup(void)
{
	skipped_bytes = unanswered_left = answered_left = answered_length = 0;
	lab_init(&lab, &dissector);
}

static void teardown(void)
{
	lab_finish(&lab);
}

static void say(const char *bytes, size_t size, enum bt_sync sync)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(bytes, size), sync), 0);
}

START_TEST(place_is_lost_behind_stray_bytes)
{
	say("..\x80", 3, BT_IN_SYNC);
	ck_assert_int_eq(found_by, BT_LOST);
	ck_assert_uint_eq(skipped_bytes, 2);
	say("..\x80", 3, BT_LOST);
	ck_assert_uint_eq(skipped_bytes, 2); /* no news there */
	say("\x80", 1, BT_LOST_AT_SEGMENT);
	ck_assert_int_eq(found_by, BT_LOST_AT_SEGMENT);
	say("\x80..", 3, BT_IN_SYNC);
	ck_assert_uint_eq(skipped_bytes, 4); /* though nothing comes behind them */
	say("\x81.\x80", 3, BT_IN_SYNC);
	ck_assert_int_eq(found_by, BT_LOST); /* behind what is not its own */
}
END_TEST

static const struct {
	size_t without, with;
} kept[] = {
	{BT_REQUEST_BYTES, BT_REQUEST_BYTES_MAX}, /* of a request of LONG bytes */
	{100, 100},
};

static void ask(int which)
{
	static char bytes[LONG];

	bytes[0] = which ? (char)(0x80 + 99) : (char)0xff;
	say(bytes, which ? 100 : LONG, BT_IN_SYNC);
}

START_TEST(long_requests_are_shortened)
{
	ask(_i);
	say("\x80", 1, BT_IN_SYNC);
	ck_assert_uint_eq(answered_left, kept[_i].with);
	lab.without_memory = true;
	ask(_i);
	say("\x80", 1, BT_IN_SYNC);
	ck_assert_uint_eq(answered_left, kept[_i].without);
	ck_assert_uint_eq(answered_length, _i ? 100 : LONG);
	ask(_i);
	lab_give_up(&lab);
	ck_assert_uint_eq(unanswered_left, kept[_i].without);
}
END_TEST

START_TEST(equal_keys_behind_a_gap)
{
	lab.flow.seen = BT_SEEN_GAP;
	ask(1);
	ask(0);
	say("\x80", 1, BT_IN_SYNC);
	ck_assert_uint_eq(unanswered_left, 100);
	ck_assert_uint_eq(answered_left, BT_REQUEST_BYTES_MAX);
	ck_assert_uint_eq(lab.pending_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lab");
	TCase *tests = tcase_create("lab");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, place_is_lost_behind_stray_bytes);
	tcase_add_loop_test(tests, long_requests_are_shortened, 0, 2);
	tcase_add_test(tests, equal_keys_behind_a_gap);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
