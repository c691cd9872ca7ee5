/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus without the header of TCP: RTU and ASCII as converters put them on a network. Checksums here
 * are computed bit by bit, by the letter of Modbus over Serial Line V1.02.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab_check.h"
#include "suite.h"

extern const struct bt_dissector dissector_modbus, dissector_modbus_rtu, dissector_modbus_ascii;

static struct bt_engine lab;

struct message {
	uint8_t bytes[600];
	size_t size;
};

static struct bt_cursor view(const struct message *message)
{
	return cur_of(message->bytes, message->size);
}

static struct message hex(const char *text)
{
	struct message message = {.size = 0};
	int used;
	unsigned byte;

	while (sscanf(text, " %2x%n", &byte, &used) == 1) {
		message.bytes[message.size++] = (uint8_t)byte;
		text += used;
	}
	return message;
}

static void add_crc(struct message *message)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < message->size; i++) {
		crc ^= message->bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	message->bytes[message->size++] = (uint8_t)crc;
	message->bytes[message->size++] = (uint8_t)(crc >> 8);
}

static struct message rtu(const char *body)
{
	struct message message = hex(body);

	add_crc(&message);
	return message;
}

static struct message ascii(const char *body)
{
	struct message raw = hex(body), line = {.bytes = ":", .size = 1};
	uint8_t sum = 0;

	for (size_t i = 0; i < raw.size; i++)
		sum = (uint8_t)(sum + raw.bytes[i]);
	raw.bytes[raw.size++] = (uint8_t)-sum;
	for (size_t i = 0; i < raw.size; i++)
		line.size += (size_t)snprintf((char *)line.bytes + line.size, 3, "%02X", raw.bytes[i]);
	line.bytes[line.size++] = '\r';
	line.bytes[line.size++] = '\n';
	return line;
}

static const struct mode {
	const struct bt_dissector *dissector;
	struct message (*make)(const char *body);
	const char *name;
} modes[] = {
	{&dissector_modbus_rtu, rtu, "rtu"},
	{&dissector_modbus_ascii, ascii, "ascii"},
};

enum {
	MODES = sizeof(modes) / sizeof(modes[0]),
};

static void begin(const struct bt_dissector *dissector)
{
	lab_init(&lab, dissector);
	lab.flow.server_proven = true;
	lab.flow.server_port = 4001;
}

static void teardown(void)
{
	lab_finish(&lab);
}

static size_t say(enum bt_dir dir, struct message message)
{
	return lab_send(&lab, dir, view(&message), false);
}

static const struct lab_operation *operation(unsigned index)
{
	ck_assert_uint_gt(lab.operation_count, index);
	return &lab.operations[index % LAB_OPERATIONS];
}

static void check_json(const struct lab_operation *op, const char *mode)
{
	json_t *root = lab_document(&lab, op), *request;

	ck_assert_str_eq(json_string_value(json_object_get(root, "mode")), mode);
	request = json_object_get(root, "request");
	if (request)
		ck_assert_ptr_null(json_object_get(request, "transaction_id"));
	json_decref(root);
}

/* Requests and their answers, unit 17: function, and what comes back of it. */
static const struct exchange {
	const char *request, *answer;
	unsigned function;
	enum bt_result result;
} exchanges[] = {
	{"11 01 0013 0025", "11 01 05 cd6bb20e1b", 1, BT_RESULT_OK},
	{"11 02 00c4 0016", "11 02 03 acdb35", 2, BT_RESULT_OK},
	{"11 03 006b 0003", "11 03 06 ae4156524340", 3, BT_RESULT_OK},
	{"11 04 0008 0001", "11 04 02 000a", 4, BT_RESULT_OK},
	{"11 05 00ac ff00", "11 05 00ac ff00", 5, BT_RESULT_OK},
	{"11 06 0001 0003", "11 06 0001 0003", 6, BT_RESULT_OK},
	{"11 07", "11 07 6d", 7, BT_RESULT_OK},
	{"11 08 0000 a537", "11 08 0000 a537", 8, BT_RESULT_OK},
	{"11 08 000b 0000", "11 08 000b 0012", 8, BT_RESULT_OK},
	{"11 0b", "11 0b ffff 0108", 11, BT_RESULT_OK},
	{"11 0c", "11 0c 08 0000 0108 0121 2000", 12, BT_RESULT_OK},
	{"11 0f 0013 000a 02 cd01", "11 0f 0013 000a", 15, BT_RESULT_OK},
	{"11 10 0001 0002 04 000a0102", "11 10 0001 0002", 16, BT_RESULT_OK},
	{"11 11", "11 11 05 11 ff 616263", 17, BT_RESULT_OK},
	{"11 14 07 06 0004 0001 0002", "11 14 06 05 06 0dfe 0020", 20, BT_RESULT_OK},
	{"11 15 09 06 0004 0007 0001 06af", "11 15 09 06 0004 0007 0001 06af", 21, BT_RESULT_OK},
	{"11 16 0004 00f2 0025", "11 16 0004 00f2 0025", 22, BT_RESULT_OK},
	{"11 17 0003 0002 000e 0001 02 00ff", "11 17 04 00fe0acd", 23, BT_RESULT_OK},
	{"11 18 04de", "11 18 0006 0002 01b8 1284", 24, BT_RESULT_OK},
	{"11 2b 0e 01 00", "11 2b 0e 01 01 00 00 02 00 03 414243 01 02 4445", 43, BT_RESULT_OK},
	{"11 5a 00 02", "11 5a 00 fe 0102030405", 90, BT_RESULT_OK},
	{"11 41 010203", "11 41 04050607", 65, BT_RESULT_OK},
	{"11 03 006b 0003", "11 83 02", 3, BT_RESULT_REFUSED},
};

enum {
	EXCHANGES = sizeof(exchanges) / sizeof(exchanges[0]),
};

START_TEST(test_exchange)
{
	const struct exchange *exchange = &exchanges[_i / MODES];
	const struct mode *mode = &modes[_i % MODES];

	begin(mode->dissector);
	ck_assert_uint_eq(say(BT_TO_SERVER, mode->make(exchange->request)), 0);
	ck_assert_uint_eq(say(BT_TO_CLIENT, mode->make(exchange->answer)), 0);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_uint_eq(operation(0)->op.function, exchange->function);
	ck_assert_uint_eq(operation(0)->op.unit, 17);
	ck_assert_int_eq(operation(0)->op.result, exchange->result);
	check_json(operation(0), mode->name);
	for (unsigned i = 0; i < lab.break_count; i++)
		ck_assert_str_eq(lab.breaks[i].violation->name, "never");
	/* several in one segment */
	for (int i = 0; i < 2; i++) {
		struct message twice = mode->make(exchange->request), once = twice;

		memcpy(twice.bytes + once.size, once.bytes, once.size);
		twice.size *= 2;
		ck_assert_uint_eq(say(BT_TO_SERVER, twice), 0);
	}
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 5);
}
END_TEST

/* Cut anywhere it is waited for or refused, and never a message. */
START_TEST(test_cut)
{
	const struct exchange *exchange = &exchanges[_i / MODES];
	const struct mode *mode = &modes[_i % MODES];

	for (int side = 0; side < 2; side++) {
		struct message whole = mode->make(side ? exchange->answer : exchange->request);
		enum bt_dir dir = side ? BT_TO_CLIENT : BT_TO_SERVER;

		begin(mode->dissector);
		for (size_t size = 1; size < whole.size; size++) {
			uint8_t *copy = malloc(size);
			struct bt_cursor head;
			struct bt_frame frame;

			memcpy(copy, whole.bytes, size);
			head = cur_of(copy, size);
			frame = mode->dissector->frame(head, dir, BT_IN_SYNC);
			mode->dissector->probe(head, false);
			ck_assert_int_ne(frame.kind, BT_FRAME_BAD);
			if (frame.kind == BT_FRAME_PARTIAL)
				ck_assert_uint_gt(frame.length, size);
			else /* a damaged one, as far as these bytes tell */
				ck_assert_ptr_eq(mode->dissector, &dissector_modbus_rtu);
			frame = mode->dissector->frame(head, dir, BT_LOST);
			ck_assert_int_ne(frame.kind, BT_FRAME_WHOLE);
			free(copy);
		}
		lab_finish(&lab);
	}
	begin(mode->dissector);
}
END_TEST

static enum bt_match probed(const struct bt_dissector *dissector, struct message message)
{
	return dissector->probe(view(&message), false);
}

START_TEST(test_probe)
{
	struct message random = {.size = 64};
	unsigned weak = 0;

	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("11 03 006b 0003")), BT_MATCH_REQUEST);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("11 03 04 00010203")), BT_MATCH_RESPONSE);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("11 06 0001 0003")), BT_MATCH_EITHER);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("11 83 02")), BT_MATCH_WEAK);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("fb 03 006b 0003")), BT_MATCH_NO);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, hex("11 03 006b 0003 1234")), BT_MATCH_NO);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, hex("11 10 0001")), BT_MATCH_MORE);
	ck_assert_int_eq(probed(&dissector_modbus_ascii, ascii("11 03 006b 0003")), BT_MATCH_REQUEST);
	ck_assert_int_eq(probed(&dissector_modbus_ascii, hex("3a 31 31 30")), BT_MATCH_MORE);
	ck_assert_int_eq(probed(&dissector_modbus_ascii, hex("3a 31 31 30 0d 0a")), BT_MATCH_NO);
	ck_assert_int_eq(probed(&dissector_modbus_ascii, hex("3a 67")), BT_MATCH_NO);
	/* ROC Plus says this too: opcode 7, no data */
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("01 02 0100 0700")), BT_MATCH_NO);
	/* bytes of both: its own CRC is unit and function of a read event counter */
	ck_assert_int_eq(probed(&dissector_modbus_rtu, rtu("01 03 0000 0002")), BT_MATCH_MORE);
	ck_assert_int_eq(probed(&dissector_modbus, rtu("01 03 0000 0002")), BT_MATCH_MORE);
	ck_assert_int_eq(probed(&dissector_modbus, rtu("01 03 04 01020304")), BT_MATCH_NO);
	ck_assert_int_eq(probed(&dissector_modbus_rtu, hex("0007 0000 0006 11 03 006b 0003")),
			 BT_MATCH_NO);
	srand(1);
	for (int i = 0; i < 30000; i++) {
		enum bt_match match;

		for (size_t at = 0; at < random.size; at++)
			random.bytes[at] = (uint8_t)rand();
		match = probed(&dissector_modbus_rtu, random);
		ck_assert(match == BT_MATCH_NO || match == BT_MATCH_MORE ||
			  match == BT_MATCH_WEAK);
		weak += match == BT_MATCH_WEAK;
	}
	ck_assert_uint_le(weak, 2);
	begin(&dissector_modbus_rtu);
}
END_TEST

/* Every function there could be, asked and refused: each is an operation, and the place is never lost. */
START_TEST(test_every_function)
{
	const struct mode *mode = &modes[_i];
	char text[32];

	begin(mode->dissector);
	for (unsigned function = 1; function <= 126; function++) {
		unsigned before = lab.operation_count;

		snprintf(text, sizeof(text), "11 %02x 0001 0001", function);
		say(BT_TO_SERVER, mode->make(text));
		snprintf(text, sizeof(text), "11 %02x 01", function | 0x80);
		say(BT_TO_CLIENT, mode->make(text));
		lab_wait(&lab, 1000000000);
		if (lab.operation_count == before) /* a layout that waits for more, or knows less */
			continue;
		ck_assert_uint_eq(operation(lab.operation_count - 1)->op.function & 0x7f, function);
	}
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	say(BT_TO_CLIENT, mode->make("11 03 02 0007"));
	ck_assert_int_eq(operation(lab.operation_count - 1)->op.result, BT_RESULT_OK);
	ck_assert_uint_ge(lab.operation_count, mode == &modes[0] ? 110 : 127);
}
END_TEST

START_TEST(test_wrong_checksum)
{
	const struct mode *mode = &modes[_i];
	struct message bad = mode->make("11 03 006b 0003");

	begin(mode->dissector);
	bad.bytes[4] ^= 1;
	say(BT_TO_SERVER, bad);
	ck_assert(lab_broke(&lab, "modbus.bad_checksum"));
	ck_assert(lab.breaks[0].violation->needs_whole);
	ck_assert_uint_eq(lab.break_count, 1);
	ck_assert_uint_eq(lab.operation_count, 0);
	ck_assert_uint_eq(lab.pending_count, 0);
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	say(BT_TO_CLIENT, mode->make("11 03 02 0007"));
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_uint_eq(lab.break_count, 1);
}
END_TEST

/* The end of a message whose beginning was lost, and a whole one behind it. */
START_TEST(test_resync)
{
	const struct mode *mode = &modes[_i];
	struct message tail = mode->make("11 10 0001 0003 06 0103 0207 0309"), joined = {.size = 0};
	struct message whole = mode->make("11 03 006b 0003");

	for (size_t cut = 1; cut < tail.size; cut++) {
		begin(mode->dissector);
		joined.size = tail.size - cut;
		memcpy(joined.bytes, tail.bytes + cut, joined.size);
		memcpy(joined.bytes + joined.size, whole.bytes, whole.size);
		joined.size += whole.size;
		lab_send(&lab, BT_TO_SERVER, view(&joined), true);
		lab_give_up(&lab);
		ck_assert_uint_eq(lab.operation_count, 1);
		ck_assert_uint_eq(operation(0)->op.function, 3);
		ck_assert(!lab_broke(&lab, "modbus.bad_checksum"));
		lab_finish(&lab);
	}
	begin(mode->dissector);
}
END_TEST

/* A slow device answers when the next request is on its way: no answer is forged. */
START_TEST(test_late_answers)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	lab_wait(&lab, 50000000);
	say(BT_TO_SERVER, mode->make("11 03 0000 0002"));
	ck_assert_int_eq(operation(0)->op.result, BT_RESULT_UNANSWERED);
	say(BT_TO_CLIENT, mode->make("11 03 02 0007"));
	say(BT_TO_CLIENT, mode->make("11 03 04 00010002"));
	say(BT_TO_SERVER, mode->make("11 06 0000 0002"));
	say(BT_TO_CLIENT, mode->make("11 06 0000 0002"));
	ck_assert_uint_eq(lab.break_count, 0);
	ck_assert_uint_eq(lab.operation_count, 4);
	ck_assert_int_eq(operation(3)->op.result, BT_RESULT_OK);
}
END_TEST

/* Where every request had its answer, one that fits no request is one. */
START_TEST(test_forged_answer)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	say(BT_TO_SERVER, mode->make("11 06 0000 0002"));
	say(BT_TO_CLIENT, mode->make("11 06 0000 0003"));
	ck_assert(lab_broke(&lab, "modbus.echo_mismatch"));
	say(BT_TO_CLIENT, mode->make("11 03 02 0007"));
	ck_assert(lab_broke(&lab, "modbus.unsolicited_response"));
}
END_TEST

START_TEST(test_broadcast)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	for (int i = 0; i < 2; i++)
		say(BT_TO_SERVER, mode->make("00 06 0000 0002"));
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert(operation(0)->op.broadcast);
	say(BT_TO_SERVER, mode->make("11 06 0000 0002"));
	say(BT_TO_CLIENT, mode->make("11 06 0000 0003"));
	ck_assert(lab_broke(&lab, "modbus.echo_mismatch")); /* still no doubt */
}
END_TEST

/* A tap of the line itself: both come the same way. */
START_TEST(test_shared_line)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	say(BT_TO_SERVER, mode->make("11 03 02 0007"));
	say(BT_TO_SERVER, mode->make("11 06 0000 0002"));
	say(BT_TO_SERVER, mode->make("11 06 0000 0002"));
	say(BT_TO_SERVER, mode->make("11 04 0000 0001"));
	say(BT_TO_SERVER, mode->make("11 84 02"));
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_int_eq(operation(0)->op.result, BT_RESULT_OK);
	ck_assert_int_eq(operation(1)->op.result, BT_RESULT_OK);
	ck_assert_int_eq(operation(2)->op.result, BT_RESULT_REFUSED);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* On a line where nobody knows any more which answer is whose: another command to the same station,
 * before the first was answered, is no answer to it. */
START_TEST(test_command_is_no_answer)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	say(BT_TO_SERVER, mode->make("11 03 02 0007"));
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	say(BT_TO_SERVER, mode->make("11 03 006b 0001"));
	lab_forget(&lab);
	say(BT_TO_SERVER, mode->make("11 06 0001 0003"));
	say(BT_TO_SERVER, mode->make("11 06 0028 0384"));
	lab_give_up(&lab);
	ck_assert_uint_eq(lab_last(&lab)->op.function, 6);
	ck_assert_uint_eq(lab_last(&lab)->accesses[0].first, 0x28);
	say(BT_TO_SERVER, mode->make("11 08 000b 0000"));
	say(BT_TO_SERVER, mode->make("11 08 000b 0012"));
	ck_assert_int_eq(lab_last(&lab)->op.result, BT_RESULT_OK);
	say(BT_TO_SERVER, mode->make("11 08 000b 0000"));
	say(BT_TO_SERVER, mode->make("11 08 0004 0000"));
	lab_give_up(&lab);
	ck_assert_int_eq(lab_last(&lab)->op.act, BT_ACT_CONTROL);
}
END_TEST

/* The converter dials the control room, which then asks. */
START_TEST(test_server_opens)
{
	const struct mode *mode = &modes[_i];

	begin(mode->dissector);
	lab.flow.server_proven = false;
	ck_assert(mode->dissector->either_opens);
	say(BT_TO_CLIENT, mode->make("11 03 006b 0001"));
	ck_assert_uint_eq(lab.swaps, 1);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(test_small_letters)
{
	struct message line = ascii("11 03 02 abcd");

	begin(&dissector_modbus_ascii);
	say(BT_TO_SERVER, ascii("11 03 006b 0001"));
	for (size_t i = 0; i < line.size; i++) {
		if (line.bytes[i] >= 'A' && line.bytes[i] <= 'F')
			line.bytes[i] = (uint8_t)(line.bytes[i] | 0x20);
	}
	ck_assert_uint_eq(say(BT_TO_CLIENT, line), 0);
	ck_assert_int_eq(operation(0)->op.result, BT_RESULT_OK);
	ck_assert_int_eq(operation(0)->first_value[0], 0xabcd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modbus_serial");
	TCase *tests = tcase_create("serial");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, test_exchange, 0, EXCHANGES * MODES);
	tcase_add_loop_test(tests, test_cut, 0, EXCHANGES * MODES);
	tcase_add_test(tests, test_probe);
	tcase_add_loop_test(tests, test_every_function, 0, MODES);
	tcase_add_loop_test(tests, test_wrong_checksum, 0, MODES);
	tcase_add_loop_test(tests, test_resync, 0, MODES);
	tcase_add_loop_test(tests, test_late_answers, 0, MODES);
	tcase_add_loop_test(tests, test_forged_answer, 0, MODES);
	tcase_add_loop_test(tests, test_broadcast, 0, MODES);
	tcase_add_loop_test(tests, test_shared_line, 0, MODES);
	tcase_add_loop_test(tests, test_command_is_no_answer, 0, MODES);
	tcase_add_loop_test(tests, test_server_opens, 0, MODES);
	tcase_add_test(tests, test_small_letters);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
