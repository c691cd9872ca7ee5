/* SPDX-License-Identifier: Apache-2.0
 *
 * The Modbus dissector alone, under the lab's engine: every function in both directions, what it
 * believes and what it does not, pairing, and what it says about broken traffic.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab_said.h"
#include "suite.h"

extern const struct bt_dissector dissector_modbus;

static uint8_t room[4096];

static void setup(void)
{
	lab_init(&lab, &dissector_modbus);
	lab.flow.server_proven = true;
}

static void teardown(void)
{
	lab_finish(&lab);
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Hexadecimal with blanks. */
static struct bt_cursor hex(const char *text)
{
	size_t size = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		ck_assert_uint_lt(size, sizeof(room));
		room[size++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return cur_of(room, size);
}

/* A whole message: transaction 7, unit 17, around a PDU. */
static struct bt_cursor adu(const char *pdu)
{
	static uint8_t message[sizeof(room)];
	struct bt_cursor body = hex(pdu);
	size_t size = cur_left(&body);

	memcpy(message,
	       (uint8_t[]){0, 7, 0, 0, (uint8_t)((size + 1) >> 8), (uint8_t)(size + 1), 17}, 7);
	cur_copy(&body, message + 7, size);
	return cur_of(message, size + 7);
}

static void ask(const char *pdu)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, adu(pdu), false), 0);
}

static void answer(const char *pdu)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_CLIENT, adu(pdu), false), 0);
}

struct access {
	enum bt_act act;
	const char *space;
	uint64_t first;
	uint32_t count;
	uint32_t values;
	int64_t value;
};

struct exchange {
	const char *request, *answer;
	const char *name;
	enum bt_act act;
	unsigned subfunction;
	struct access accesses[3];
};

static const struct exchange exchanges[] = {
	{"01 0013 0013",
	 "01 03 cd6b05",
	 "read_coils",
	 BT_ACT_READ,
	 0,
	 {{BT_ACT_READ, "coil", 0x13, 0x13, 0x13, 1}}},
	{"02 00c4 0016",
	 "02 03 acdb35",
	 "read_discrete_inputs",
	 BT_ACT_READ,
	 0,
	 {{BT_ACT_READ, "discrete_input", 0xc4, 0x16, 0x16, 0}}},
	{"03 006b 0003",
	 "03 06 022b 0000 0064",
	 "read_holding_registers",
	 BT_ACT_READ,
	 0,
	 {{BT_ACT_READ, "holding_register", 0x6b, 3, 3, 0x22b}}},
	{"04 0008 0001",
	 "04 02 000a",
	 "read_input_registers",
	 BT_ACT_READ,
	 0,
	 {{BT_ACT_READ, "input_register", 8, 1, 1, 10}}},
	{"05 00ac ff00",
	 "05 00ac ff00",
	 "write_single_coil",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "coil", 0xac, 1, 1, 1}}},
	{"05 00ac 0000",
	 "05 00ac 0000",
	 "write_single_coil",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "coil", 0xac, 1, 1, 0}}},
	{"06 0001 0384",
	 "06 0001 0384",
	 "write_single_register",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "holding_register", 1, 1, 1, 900}}},
	{"07", "07 6d", "read_exception_status", BT_ACT_IDENTIFY, 0, {{0}}},
	{"08 0000 a537",
	 "08 0000 a537",
	 "diagnostics_return_query_data",
	 BT_ACT_IDENTIFY,
	 0,
	 {{0}}},
	{"08 0001 ff00",
	 "08 0001 ff00",
	 "diagnostics_restart_communications",
	 BT_ACT_CONTROL,
	 1,
	 {{0}}},
	{"08 0004 0000", "08 0004 0000", "diagnostics_force_listen_only", BT_ACT_CONTROL, 4, {{0}}},
	{"08 000a 0000", "08 000a 0000", "diagnostics_clear_counters", BT_ACT_CONFIGURE, 10, {{0}}},
	{"08 000b 0000",
	 "08 000b 0102",
	 "diagnostics_bus_message_count",
	 BT_ACT_IDENTIFY,
	 11,
	 {{0}}},
	{"0b", "0b ffff 0108", "get_comm_event_counter", BT_ACT_IDENTIFY, 0, {{0}}},
	{"0c", "0c 08 0000 0108 0121 2000", "get_comm_event_log", BT_ACT_IDENTIFY, 0, {{0}}},
	{"0f 0013 000a 02 cd01",
	 "0f 0013 000a",
	 "write_multiple_coils",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "coil", 0x13, 10, 10, 1}}},
	{"10 0001 0002 04 000a 0102",
	 "10 0001 0002",
	 "write_multiple_registers",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "holding_register", 1, 2, 2, 10}}},
	{"11", "11 05 41 ff 504c43", "report_server_id", BT_ACT_IDENTIFY, 0, {{0}}},
	{"14 0e 06 0004 0001 0002 06 0003 0009 0002",
	 "14 0c 05 06 0dfe 0020 05 06 33cd 0040",
	 "read_file_record",
	 BT_ACT_PROGRAM,
	 0,
	 {{BT_ACT_PROGRAM, "file_record", 0x40001, 2, 4, 0},
	  {BT_ACT_PROGRAM, "file_record", 0x30009, 2, 4, 0}}},
	{"15 0d 06 0004 0007 0003 06af 04be 100d",
	 "15 0d 06 0004 0007 0003 06af 04be 100d",
	 "write_file_record",
	 BT_ACT_PROGRAM,
	 0,
	 {{BT_ACT_PROGRAM, "file_record", 0x40007, 3, 6, 0}}},
	{"16 0004 00f2 0025",
	 "16 0004 00f2 0025",
	 "mask_write_register",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "holding_register", 4, 1, 0, -1}}},
	{"16 0004 0000 0025",
	 "16 0004 0000 0025",
	 "mask_write_register",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "holding_register", 4, 1, 1, 0x25}}},
	{"17 0003 0002 000e 0001 02 00ff",
	 "17 04 00fe 0acd",
	 "read_write_multiple_registers",
	 BT_ACT_WRITE,
	 0,
	 {{BT_ACT_WRITE, "holding_register", 14, 1, 1, 255},
	  {BT_ACT_READ, "holding_register", 3, 2, 2, 0xfe}}},
	{"18 04de",
	 "18 0006 0002 01b8 1284",
	 "read_fifo_queue",
	 BT_ACT_READ,
	 0,
	 {{BT_ACT_READ, "fifo_queue", 0x4de, 1, 2, 0x1b8}}},
	{"2b 0d 0001 02", "2b 0d 0003 04", "canopen_general_reference", BT_ACT_OTHER, 13, {{0}}},
	{"2b 0e 01 00",
	 "2b 0e 01 01 00 00 01 00 03 414243",
	 "read_device_identification",
	 BT_ACT_IDENTIFY,
	 14,
	 {{0}}},
	{"5a 00 10 434c", "5a 00 fe 01", "umas_take_reservation", BT_ACT_CONFIGURE, 0x10, {{0}}},
	{"5a 01 41 ff00", "5a 01 fe", "umas_stop_plc", BT_ACT_CONTROL, 0x41, {{0}}},
	{"5a 00 20 00 1300 64000000 0400",
	 "5a 00 fe 00 0400 01020304",
	 "umas_read_memory",
	 BT_ACT_READ,
	 0x20,
	 {{BT_ACT_READ, "umas_memory", 0x1300000064, 4, 4, 0}}},
	{"5a 01 31 0001 0200 0300 aabbcc",
	 "5a 01 fe 00",
	 "umas_upload_block",
	 BT_ACT_PROGRAM,
	 0x31,
	 {{BT_ACT_PROGRAM, "umas_block", 2, 1, 3, 0}}},
	{"5a 01 34 0001 0200",
	 "5a 01 fe 0000 0300 aabbcc",
	 "umas_download_block",
	 BT_ACT_PROGRAM,
	 0x34,
	 {{BT_ACT_PROGRAM, "umas_block", 2, 1, 3, 0}}},
	{"5a 01 99 00", "5a 01 fe", "umas", BT_ACT_OTHER, 0x99, {{0}}},
	{"41 0102", "41 03", "user_defined", BT_ACT_OTHER, 0, {{0}}},
};

#define EXCHANGES ((int)(sizeof(exchanges) / sizeof(exchanges[0])))

static void check_access(const struct access *expected, const struct lab_operation *found,
			 unsigned at)
{
	const struct bt_access *access = &found->accesses[at];

	ck_assert_int_eq(access->act, expected->act);
	ck_assert_str_eq(access->space, expected->space);
	ck_assert_uint_eq(access->first, expected->first);
	ck_assert_uint_eq(access->count, expected->count);
	ck_assert_uint_eq(access->values.count, expected->values);
	ck_assert_int_eq(found->first_value[at], expected->value);
}

START_TEST(test_exchange)
{
	const struct exchange *row = &exchanges[_i];
	const struct lab_operation *found;
	unsigned count = 0;

	ask(row->request);
	ck_assert_uint_eq(lab.operation_count, 0);
	answer(row->answer);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_msg(lab.break_count == 0, "%s", lab.breaks[0].violation->name);
	found = last();
	ck_assert_str_eq(found->op.name, row->name);
	ck_assert_int_eq(found->op.act, row->act);
	ck_assert_int_eq(found->op.result, BT_RESULT_OK);
	ck_assert_uint_eq(found->op.subfunction, row->subfunction);
	ck_assert_uint_eq(found->op.unit, 17);
	ck_assert_uint_eq(found->op.request_packet, 1);
	ck_assert_uint_eq(found->op.answer_packet, 2);
	while (count < 3 && row->accesses[count].space) {
		check_access(&row->accesses[count], found, count);
		count++;
	}
	ck_assert_uint_eq(found->op.access_count, count);
	expect_text("function", row->name);
	expect_text("result", "ok");
	expect_text("request.error_flags", "NONE");
	expect_text("response.error_flags", "NONE");
	expect_number("latency_us", 1000);
	expect_number("id", 1);
}
END_TEST

/* Each message alone: an unanswered request, an answer without its request. */
START_TEST(test_halves)
{
	const struct exchange *row = &exchanges[_i];

	ask(row->request);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNANSWERED);
	expect_text("result", "unanswered");
	expect_absent("response");
	answer(row->answer);
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNSOLICITED);
	ck_assert(lab_broke(&lab, "modbus.unsolicited_response"));
	expect_absent("request");
}
END_TEST

/* Every length of every message, from a block of exactly that size: nothing is read behind it, and
 * what it is called stays. */
START_TEST(test_cut)
{
	const struct exchange *row = &exchanges[_i];
	struct bt_cursor whole;
	uint8_t bytes[512];
	size_t size;

	for (int side = 0; side < 2; side++) {
		whole = adu(side ? row->answer : row->request);
		size = cur_left(&whole);
		cur_copy(&whole, bytes, size);
		for (size_t cut = 8; cut <= size; cut++) {
			bytes[5] = (uint8_t)(cut - 6);
			ck_assert_uint_eq(lab_send(&lab, side ? BT_TO_CLIENT : BT_TO_SERVER,
						   cur_of(bytes, cut), false),
					  0);
			if (side)
				json_decref(document());
		}
	}
	lab_give_up(&lab);
	ck_assert_uint_gt(lab.operation_count, 0);
}
END_TEST

START_TEST(test_frame_waits)
{
	struct bt_cursor whole = adu("03 006b 0003");

	for (size_t size = 1; size < cur_left(&whole); size++) {
		struct bt_cursor head = cur_of(whole.ptr, size);
		struct bt_frame frame = dissector_modbus.frame(head, BT_TO_SERVER, size % 2);

		ck_assert_int_eq(frame.kind, BT_FRAME_PARTIAL);
		ck_assert_uint_gt(frame.length, size);
	}
}
END_TEST

START_TEST(test_stacked)
{
	ck_assert_uint_eq(
		lab_send(&lab, BT_TO_SERVER,
			 hex("0001 0000 0006 01 03 0000 0001 0002 0000 0006 01 03 0001 0001"
			     "0003 0000 0006 01 03 0002"),
			 false),
		10);
	lab_send(&lab, BT_TO_CLIENT,
		 hex("0002 0000 0005 01 03 02 0005 0001 0000 0005 01 03 02 0006"), false);
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert_uint_eq(lab.break_count, 0);
	ck_assert_uint_eq(last()->accesses[0].first, 0);
	expect_number("response.read.values.0", 6);
}
END_TEST

START_TEST(test_crc_trailer)
{
	/* CRC16 of 01 03 0000 0001 is 840a, low byte first */
	const char *bytes =
		"0001 0000 0006 01 03 0000 0001 840a 0002 0000 0006 01 03 0001 0001 d5ca";

	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, hex(bytes), false), 0);
	ck_assert_uint_eq(lab.break_count, 2);
	ck_assert(lab_broke(&lab, "modbus.crc_trailer"));
	ck_assert_uint_eq(lab.breaks[0].violation->severity, 0);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 2);
}
END_TEST

START_TEST(test_resync)
{
	/* the end of an answer, zeros, then whole messages */
	lab_send(&lab, BT_TO_SERVER,
		 hex("0000 0000 0000 0300 0000 0600 0001 00 0009 0000 0006 01 03 0001 0001"
		     "000a 0000 0006 01 03 0001 0001"),
		 true);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 2);
	expect_number("request.transaction_id", 10);
}
END_TEST

START_TEST(test_stray_bytes)
{
	lab_send(&lab, BT_TO_SERVER,
		 hex("0001 0000 0006 01 03 0000 0001 deadbeefdeadbeef 0002 0000 0006 01 03 0000 "
		     "0001"),
		 false);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert(lab_broke(&lab, "modbus.stray_bytes"));
}
END_TEST

static const struct {
	const char *bytes;
	enum bt_match hinted, elsewhere;
} looks[] = {
	{"0001 0000 0006 0a 01 0000 0001", BT_MATCH_REQUEST, BT_MATCH_REQUEST},
	{"0001 0000 0004 0a 01 01 00", BT_MATCH_RESPONSE, BT_MATCH_RESPONSE},
	{"0001 0000 0006 01 05 0001 ff00", BT_MATCH_EITHER, BT_MATCH_EITHER},
	{"0001 0000 0006 01 05 0001 ff00 0002 0000 0006 01 03 0000 0001", BT_MATCH_REQUEST,
	 BT_MATCH_REQUEST},
	{"0001 0000 0003 ff ab 04", BT_MATCH_RESPONSE, BT_MATCH_RESPONSE},
	{"0001 0000 0002 01 11", BT_MATCH_REQUEST, BT_MATCH_WEAK},
	{"0001 0000 0004 01 41 0102", BT_MATCH_WEAK, BT_MATCH_WEAK},
	{"0001 0000 0006 01 03 0000 0000", BT_MATCH_WEAK, BT_MATCH_NO},
	{"0001 0000 0005 00 5a 00 01 00", BT_MATCH_REQUEST, BT_MATCH_REQUEST},
	{"0001 0000 0006 01 03 0000", BT_MATCH_MORE, BT_MATCH_MORE},
	{"0001 0000 0006", BT_MATCH_MORE, BT_MATCH_MORE},
	/* a protocol id that the server does not look at */
	{"0001 0001 0006 01 06 0028 0384", BT_MATCH_WEAK, BT_MATCH_NO},
	{"0001 0001 0006 01 06 0028 0384 00", BT_MATCH_NO, BT_MATCH_NO},
	/* what scanners send to port 502, and what comes back */
	{"0500 0b03 1000 0000 4800 0000 0100 0000", BT_MATCH_NO, BT_MATCH_NO},
	{"0500 0b03 0003 00 80 01", BT_MATCH_NO, BT_MATCH_NO},
	{"1603 0100 8501 0000 8103 0373 6ff8", BT_MATCH_NO, BT_MATCH_NO},
	{"4745 5420 2f20 4854 5450 2f31 2e31", BT_MATCH_NO, BT_MATCH_NO},
	{"0300 002b 26e0 0000 0000 0043", BT_MATCH_NO, BT_MATCH_NO},
	{"8000 0028 7e86 ab4a 0000 0000", BT_MATCH_NO, BT_MATCH_NO},
	/* other protocols with zeros where Modbus has them */
	{"0000 0000 0000 0000 0000 0000", BT_MATCH_NO, BT_MATCH_NO},
	{"0100 0000 0002 000d 0100 00ea 60", BT_MATCH_NO, BT_MATCH_NO},
	{"6300 0000 0000 0000 0000 0000 0000 0000", BT_MATCH_NO, BT_MATCH_NO},
	{"0000 0031 0012 0003 0000 0001", BT_MATCH_NO, BT_MATCH_NO},
	{"1234 0000 0006 01 1e 0000 0001", BT_MATCH_NO, BT_MATCH_NO},
};

START_TEST(test_probe)
{
	ck_assert_int_eq(dissector_modbus.probe(hex(looks[_i].bytes), true), looks[_i].hinted);
	ck_assert_int_eq(dissector_modbus.probe(hex(looks[_i].bytes), false), looks[_i].elsewhere);
}
END_TEST

static const struct {
	bool from_server;
	const char *pdu;
	const char *violation;
	const char *flags;
} broken[] = {
	{false, "03 0000 0000", "modbus.bad_quantity", "DATA_VALUE"},
	{false, "03 0000 007e", "modbus.bad_quantity", "DATA_VALUE"},
	{false, "01 0000 07d1", "modbus.bad_quantity", "DATA_VALUE"},
	{false, "03 ffff 0002", "modbus.bad_address_range", "DATA_VALUE"},
	{false, "03 0000 0001 00", "modbus.length_mismatch", "DATA_LENGTH"},
	{false, "03 0000", "modbus.length_mismatch", "DATA_LENGTH"},
	{false, "05 0000 1234", "modbus.bad_coil_value", "DATA_VALUE"},
	{false, "10 0000 0002 02 0001", "modbus.byte_count_mismatch", "DATA_VALUE"},
	{false, "10 0000 007c 04 0001 0002", "modbus.bad_quantity", "DATA_VALUE"},
	{false, "08 0001 1234", "modbus.bad_value", "DATA_VALUE"},
	{false, "08 0007 0000", "modbus.reserved_function", "NONE"},
	{false, "0d 01", "modbus.reserved_function", "NONE"},
	{false, "7d", "modbus.reserved_function", "NONE"},
	{false, "1e 00", "modbus.undefined_function", "FUNC_CODE"},
	{false, "00", "modbus.undefined_function", "FUNC_CODE"},
	{false, "14 07 05 0001 0000 0001", "modbus.bad_file_reference", "DATA_VALUE"},
	{false, "14 08 06 0001 0000 0001 06", "modbus.byte_count_mismatch", "DATA_VALUE"},
	{false, "2b 0e 07 00", "modbus.bad_value", "DATA_VALUE"},
	{true, "03 03 000102", "modbus.byte_count_mismatch", "DATA_VALUE"},
	{true, "03 04 0001", "modbus.byte_count_mismatch", "DATA_VALUE"},
	{true, "83 63", "modbus.unknown_exception", "EXC_CODE"},
	{true, "83 02 00", "modbus.length_mismatch", "DATA_LENGTH"},
	{true, "18 0006 0003 0001 0002", "modbus.byte_count_mismatch", "DATA_VALUE"},
	{true, "2b 0e 01 00 4d b7 00 00000000", "modbus.trailing_bytes", "DATA_LENGTH"},
	{true, "2b 0e 01 00 00 00 02 00 02 4142 01 09", "modbus.byte_count_mismatch", "DATA_VALUE"},
};

/* Broken is an event; the operation is told all the same and the conversation goes on. */
START_TEST(test_broken)
{
	if (broken[_i].from_server) {
		answer(broken[_i].pdu);
	} else {
		ask(broken[_i].pdu);
		lab_give_up(&lab);
	}
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_msg(lab_broke(&lab, broken[_i].violation), "%s", broken[_i].violation);
	expect_text(broken[_i].from_server ? "response.error_flags" : "request.error_flags",
		    broken[_i].flags);
	lab_forget(&lab);
	ask("03 0000 0001");
	answer("03 02 0005");
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

START_TEST(test_bad_header)
{
	lab_send(&lab, BT_TO_SERVER, hex("0001 0001 0006 01 03 0000 0001"), false);
	ck_assert(lab_broke(&lab, "modbus.bad_protocol_id"));
	lab_give_up(&lab);
	expect_number("request.protocol_id", 1);
	expect_text("request.error_flags", "PROTO_ID");
	/* a length that cannot be: no message, and the next one is found */
	lab_forget(&lab);
	lab_send(&lab, BT_TO_SERVER, hex("0001 0000 0000 01 03 0002 0000 0006 01 03 0000 0001"),
		 false);
	ck_assert(lab_broke(&lab, "modbus.stray_bytes"));
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
}
END_TEST

START_TEST(test_exception)
{
	ask("03 0258 000a");
	answer("83 02");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_uint_eq(last()->op.function, 3);
	ck_assert_uint_eq(last()->op.error, 2);
	ck_assert_str_eq(last()->op.error_name, "illegal_data_address");
	ck_assert_uint_eq(last()->op.access_count, 1);
	ck_assert_uint_eq(last()->accesses[0].values.count, 0);
	expect_number("response.function_raw", 0x83);
	expect_text("response.function_code", "RdHoldRegs");
	expect_text("response.access_type", "READ | HOLDING");
	expect_number("response.exception.raw", 2);
	expect_text("response.exception.code", "IllegalDataAddr");
	ask("5a 00 01 00");
	answer("5a 00 fd 0001 0400");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.name, "umas_init_comm");
	expect_text("response.umas.error", "00010400");
	expect_text("response.umas.name", "init_comm");
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

static const struct {
	const char *request, *answer, *violation;
} mismatches[] = {
	{"06 0001 0384", "06 0001 0385", "modbus.echo_mismatch"},
	{"06 0001 0384", "06 0002 0384", "modbus.echo_mismatch"},
	{"05 0001 ff00", "05 0001 0000", "modbus.echo_mismatch"},
	{"10 0001 0001 02 0005", "10 0001 0002", "modbus.echo_mismatch"},
	{"16 0004 00f2 0025", "16 0004 00f2 0024", "modbus.echo_mismatch"},
	{"08 0000 0001", "08 0000 0002", "modbus.echo_mismatch"},
	{"08 000b 0000", "08 000c 0000", "modbus.response_mismatch"},
	{"03 0000 0002", "03 02 0001", "modbus.response_mismatch"},
	{"01 0000 0009", "01 01 ff", "modbus.response_mismatch"},
	{"14 07 06 0001 0000 0002", "14 04 03 06 0001", "modbus.response_mismatch"},
};

START_TEST(test_mismatch)
{
	ask(mismatches[_i].request);
	answer(mismatches[_i].answer);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_uint_eq(lab.break_count, 1);
	ck_assert_str_eq(lab.breaks[0].violation->name, mismatches[_i].violation);
}
END_TEST

static unsigned mismatches_when(unsigned seen, const char *before)
{
	lab_forget(&lab);
	lab.flow.seen = (uint8_t)seen;
	lab_send(&lab, BT_TO_SERVER, hex(before), false);
	lab_send(&lab, BT_TO_CLIENT, hex(before), false);
	ask("06 0001 0384");
	answer("06 0001 0385");
	return lab.break_count;
}

/* A session that began before the capture may be months old, and is judged where transaction ids show
 * that an answer is its request's; where bytes are missing nothing is said. */
START_TEST(test_mismatch_needs)
{
	static const char other[] = "0006 0000 0006 11 06 0001 0384";
	static const char same[] = "0007 0000 0006 11 06 0001 0384";

	ck_assert_uint_eq(mismatches_when(0, other), 1);
	ck_assert_uint_eq(mismatches_when(0, same), 1);
	ck_assert_uint_eq(mismatches_when(BT_SEEN_MIDSTREAM, other), 1);
	ck_assert_uint_eq(mismatches_when(BT_SEEN_MIDSTREAM, same), 0);
	ck_assert_uint_eq(mismatches_when(BT_SEEN_GAP, other), 0);
	ck_assert_uint_eq(mismatches_when(BT_SEEN_MIDSTREAM | BT_SEEN_GAP, other), 0);
}
END_TEST

START_TEST(test_other_function)
{
	ask("03 0000 0001");
	answer("04 02 0001");
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert_int_eq(lab.operations[0].op.result, BT_RESULT_UNANSWERED);
	ck_assert_int_eq(lab.operations[1].op.result, BT_RESULT_UNSOLICITED);
	ck_assert(lab_broke(&lab, "modbus.function_mismatch"));
	/* a stale request of another function does not stand in the way */
	lab_forget(&lab);
	ask("03 0000 0001");
	ask("04 0000 0001");
	answer("04 02 0001");
	ck_assert_uint_eq(lab.operation_count, 2);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert(!lab_broke(&lab, "modbus.function_mismatch"));
}
END_TEST

/* A client with one transaction id for all, whose server stays silent once: the pairs after it must
 * not be shifted by one. */
START_TEST(test_constant_transaction)
{
	ask("03 0000 0001");
	answer("03 02 0001");
	ask("03 0010 0001");
	lab_wait(&lab, 1000000000);
	ask("03 0020 0001");
	ck_assert(lab_broke(&lab, "modbus.transaction_reused"));
	answer("03 02 0002");
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_int_eq(lab.operations[1].op.result, BT_RESULT_UNANSWERED);
	ck_assert_uint_eq(last()->accesses[0].first, 0x20);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(test_broadcast)
{
	lab_send(&lab, BT_TO_SERVER, hex("0001 0000 0006 00 06 0000 0001"), false);
	lab_give_up(&lab);
	ck_assert(last()->op.broadcast);
	lab_send(&lab, BT_TO_SERVER, hex("0001 0000 0006 00 06 0000 0001"), false);
	lab_send(&lab, BT_TO_CLIENT, hex("0001 0000 0006 00 06 0000 0001"), false);
	ck_assert(!last()->op.broadcast);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(test_sides)
{
	lab.flow.server_proven = false;
	/* an answer from the one that was taken for the client */
	lab_send(&lab, BT_TO_SERVER, adu("03 02 0001"), false);
	ck_assert_uint_eq(lab.swaps, 1);
	ck_assert_int_eq(last()->op.result, BT_RESULT_UNSOLICITED);
	teardown();
	/* confirmed sides are not turned by one odd message */
	lab_init(&lab, &dissector_modbus);
	ask("03 0000 0001");
	answer("03 0000 0001");
	ck_assert_uint_eq(lab.swaps, 0);
	ck_assert(lab_broke(&lab, "modbus.wrong_direction"));
	teardown();
	/* ambiguous, but the port tells */
	lab_init(&lab, &dissector_modbus);
	lab.flow.client_port = 502;
	lab.flow.server_port = 40000;
	lab_send(&lab, BT_TO_CLIENT, adu("06 0000 0001"), false);
	ck_assert_uint_eq(lab.swaps, 1);
	lab_send(&lab, BT_TO_CLIENT, adu("06 0000 0001"), false);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(test_identity)
{
	ask("2b 0e 02 00");
	answer("2b 0e 02 82 ff 02 02 00 04 41636d65 01 02 5831");
	expect_text("response.mei.objects.1.value", "X1");
	expect_text("response.mei.objects.1.name", "product_code");
	ask("2b 0e 02 02");
	answer("2b 0e 02 82 00 00 03 02 03 312e32 05 02 4d31 80 03 313233");
	ck_assert_uint_eq(lab.identity_count, 5);
	ck_assert_int_eq(lab.identities[0].what, BT_ID_VENDOR);
	ck_assert_str_eq(lab.identities[0].text, "Acme");
	ck_assert_uint_eq(lab.identities[0].who.unit, 17);
	ck_assert_int_eq(lab.identities[2].what, BT_ID_FIRMWARE);
	ck_assert_int_eq(lab.identities[3].what, BT_ID_MODEL);
	ck_assert_int_eq(lab.identities[4].what, BT_ID_OTHER);
	ck_assert_uint_eq(lab.break_count, 0);
	lab_forget(&lab);
	ask("11");
	answer("11 06 50756d702d ff");
	ck_assert_uint_eq(lab.identity_count, 1);
	ck_assert_str_eq(lab.identities[0].text, "Pump-");
	expect_text("response.server_id.text", "Pump-");
}
END_TEST

START_TEST(test_umas_identity)
{
	ask("5a 00 02");
	answer("5a 00 fe 10ff5a0101000000 7002 000027000900080000000000 03 435055");
	ck_assert_uint_eq(lab.identity_count, 3); /* hardware version 9 too */
	ck_assert_int_eq(lab.identities[0].what, BT_ID_MODEL);
	ck_assert_str_eq(lab.identities[0].text, "CPU");
	ck_assert_str_eq(lab.identities[1].text, "2.70");
	ck_assert_uint_eq(lab.identities[1].who.unit, BT_NO_UNIT);
}
END_TEST

START_TEST(test_hash)
{
	/* SHA-256 of "abc", of FIPS 180-4 */
	const char *abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

	ask("5a 01 34 0001 0200");
	answer("5a 01 fe 0000 0300 616263");
	expect_text("response.umas.sha256", abc);
	expect_text("response.umas.direction", "from_device");
	expect_number("request.umas.block", 2);
	ask("15 0b 06 0004 0007 0002 61626364");
	answer("15 0b 06 0004 0007 0002 61626364");
	expect_text("request.sub_requests.0.sha256",
		    "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589");
}
END_TEST

/* A block that is longer than what the engine keeps of a request: its hash is of all of it. */
START_TEST(test_long_block)
{
	static uint8_t message[7 + 9 + 1000] = {0, 7, 0, 0, 1009 >> 8,  1009 & 255, 17, 90, 1, 0x31,
						0, 1, 2, 0, 1000 & 255, 1000 >> 8};

	message[4] = (sizeof(message) - 6) >> 8;
	message[5] = (sizeof(message) - 6) & 255;
	memset(message + 16, 'a', 1000);
	lab_send(&lab, BT_TO_SERVER, cur_of(message, sizeof(message)), false);
	answer("5a 01 fe 00");
	ck_assert_uint_eq(lab.break_count, 0);
	expect_number("request.umas.size", 1000);
	expect_text("request.umas.direction", "to_device");
	/* printf 'a%.0s' $(seq 1000) | sha256sum */
	expect_text("request.umas.sha256",
		    "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}
END_TEST

START_TEST(test_suricata_names)
{
	ask("10 0001 0002 04 000a 0102");
	answer("10 0001 0002");
	expect_text("request.function_code", "WrMultRegs");
	expect_text("request.access_type", "WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE");
	expect_text("request.category", "PUBLIC_ASSIGNED");
	expect_text("request.write.data", "\\x00\n\\x01\\x02");
	expect_number("request.write.quantity", 2);
	expect_number("request.write.values.1", 258);
	expect_number("response.write.data", 2);
	ask("01 0013 0013");
	answer("01 03 cd6b05");
	expect_number("response.read.address", 0x13);
	expect_number("response.read.values.1", 0);
	expect_number("response.read.values.18", 1);
	expect_absent("response.read.values.19");
	ask("5a 00 10");
	answer("5a 00 fe 01");
	expect_text("request.function_code", "Unknown");
	expect_text("request.category", "RESERVED");
	expect_text("request.access_type", "NONE");
	ask("08 0004 0000");
	answer("88 01");
	expect_text("request.diagnostic.code", "ForceListenOnlyMode");
	expect_text("response.category", "NONE");
}
END_TEST

/* The largest answers fit, whole. */
START_TEST(test_largest)
{
	char pdu[600] = "01 fa";

	for (int i = 0; i < 250; i++)
		strcat(pdu, "ff");
	ask("01 0000 07d0");
	answer(pdu);
	ck_assert_uint_eq(last()->accesses[0].values.count, 2000);
	expect_number("response.read.values.1999", 1);
	ck_assert_uint_eq(lab.break_count, 0);
}
END_TEST

/* 126 function codes in a row, which is how somebody looks for what a device can do: every one is told,
 * and the connection is never given up. */
START_TEST(test_every_function)
{
	char pdu[32];

	for (unsigned function = 1; function <= 126; function++) {
		snprintf(pdu, sizeof(pdu), "%02x 0001 0001", function);
		ask(pdu);
		snprintf(pdu, sizeof(pdu), "%02x 01", function | 0x80);
		answer(pdu);
		ck_assert_uint_eq(lab.operation_count, function);
		ck_assert_uint_eq(last()->op.function, function);
		ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
		expect_number("request.function_raw", function);
		expect_number("response.exception.raw", 1);
	}
	ck_assert(!lab_broke(&lab, "modbus.stray_bytes"));
	ck_assert_uint_eq(lab.pending_count, 0);
}
END_TEST

START_TEST(test_features)
{
	struct bt_feature feature;
	char text[BT_FEATURE_TEXT];
	size_t count = 0, undecoded = 0;

	while (dissector_modbus.feature(count, &feature, text)) {
		ck_assert_ptr_nonnull(feature.kind);
		ck_assert_ptr_nonnull(feature.name);
		ck_assert(feature.decoded == !feature.why_not);
		undecoded += !feature.decoded;
		count++;
	}
	ck_assert_uint_eq(count, 52 + 17 + 2 + 10 + 32);
	ck_assert_uint_eq(undecoded, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modbus");
	TCase *tests = tcase_create("modbus");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_exchange, 0, EXCHANGES);
	tcase_add_loop_test(tests, test_halves, 0, EXCHANGES);
	tcase_add_loop_test(tests, test_cut, 0, EXCHANGES);
	tcase_add_loop_test(tests, test_probe, 0, sizeof(looks) / sizeof(looks[0]));
	tcase_add_loop_test(tests, test_broken, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(tests, test_mismatch, 0, sizeof(mismatches) / sizeof(mismatches[0]));
	tcase_add_test(tests, test_mismatch_needs);
	tcase_add_test(tests, test_frame_waits);
	tcase_add_test(tests, test_stacked);
	tcase_add_test(tests, test_crc_trailer);
	tcase_add_test(tests, test_resync);
	tcase_add_test(tests, test_stray_bytes);
	tcase_add_test(tests, test_bad_header);
	tcase_add_test(tests, test_exception);
	tcase_add_test(tests, test_other_function);
	tcase_add_test(tests, test_constant_transaction);
	tcase_add_test(tests, test_broadcast);
	tcase_add_test(tests, test_sides);
	tcase_add_test(tests, test_identity);
	tcase_add_test(tests, test_umas_identity);
	tcase_add_test(tests, test_hash);
	tcase_add_test(tests, test_long_block);
	tcase_add_test(tests, test_suricata_names);
	tcase_add_test(tests, test_largest);
	tcase_add_test(tests, test_every_function);
	tcase_add_test(tests, test_features);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
