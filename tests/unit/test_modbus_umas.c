/* SPDX-License-Identifier: Apache-2.0
 *
 * UMAS over several messages: the reservation, a program block by block, variables with their values.
 * The messages have the layouts that dissectors/modbus/umas.c and umas_session.c name; their content
 * is made up.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "bittern/digest.h"
#include "lab_check.h"
#include "limits.h"
#include "suite.h"

extern const struct bt_dissector dissector_modbus;

static struct bt_engine lab;
static unsigned transaction;

static void setup(void)
{
	lab_init(&lab, &dissector_modbus);
	lab.flow.server_proven = true;
	transaction = 0;
}

static void teardown(void)
{
	lab_finish(&lab);
}

/* Function 90 around session key, code and data, hexadecimal; `fill` bytes of 'x' behind. */
static void say(enum bt_dir dir, const char *text, size_t fill)
{
	uint8_t message[2048] = {0};
	size_t size = 7;
	unsigned byte;
	int used;

	message[size++] = 90;
	for (; sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
		message[size++] = (uint8_t)byte;
	memset(message + size, 'x', fill);
	size += fill;
	message[1] = (uint8_t)transaction;
	message[4] = (uint8_t)((size - 6) >> 8);
	message[5] = (uint8_t)(size - 6);
	ck_assert_uint_eq(lab_send(&lab, dir, cur_of(message, size), false), 0);
}

static void exchange(const char *request, const char *answer)
{
	transaction++;
	say(BT_TO_SERVER, request, 0);
	say(BT_TO_CLIENT, answer, 0);
}

/* The member "HALF.umas.NAME"; NULL: not there. */
static const json_t *member(json_t *root, const char *half, const char *name)
{
	return json_object_get(json_object_get(json_object_get(root, half), "umas"), name);
}

static json_t *last(void)
{
	return lab_document(&lab, lab_last(&lab));
}

static void expect_owner(const char *owner)
{
	json_t *root = last();
	const char *told = json_string_value(member(root, "request", "owner"));

	if (owner)
		ck_assert_str_eq(told, owner);
	else
		ck_assert_ptr_null(told);
	json_decref(root);
}

START_TEST(test_reservation)
{
	exchange("00 04", "00 fe");
	expect_owner(NULL);
	exchange("00 10 434c0000 05 48656e7279", "00 fe 2a");
	expect_owner("Henry");
	ck_assert_int_eq(lab.identities[0].what, BT_ID_CLIENT);
	ck_assert(lab.identities[0].who.client);
	ck_assert_str_eq(lab.identities[0].text, "Henry");
	exchange("2a 12", "2a fe");
	expect_owner("Henry");
	exchange("00 12", "00 fe"); /* somebody else's key */
	expect_owner(NULL);
	exchange("2a 11", "2a fe");
	exchange("2a 12", "2a fe");
	expect_owner(NULL);
	exchange("00 10 434c0000 05 48656e7279", "00 fd 83"); /* refused: nobody holds it */
	exchange("2a 12", "2a fe");
	expect_owner(NULL);
}
END_TEST

static void expect_program(unsigned blocks, unsigned size, bool complete, bool hashed)
{
	json_t *root = last();
	const json_t *program = member(root, "response", "program");

	ck_assert_ptr_nonnull(program);
	ck_assert_int_eq(json_integer_value(json_object_get(program, "blocks")), blocks);
	ck_assert_int_eq(json_integer_value(json_object_get(program, "size")), size);
	ck_assert_int_eq(json_is_true(json_object_get(program, "complete")), complete);
	ck_assert_int_eq(json_object_get(program, "sha256") != NULL, hashed);
	json_decref(root);
}

/* Half messages and aliases of other flows between the same two took all that is there to remember by. */
START_TEST(test_memory_taken)
{
	lab.budget = (struct owned_budget){.each = FLOW_MEMORY_MAX, .due = FLOW_MEMORY_DUE};
	exchange("00 10 434c0000 05 48656e7279", "00 fe 2a");
	expect_owner("Henry");
	exchange("2a 30 0001", "2a fe");
	exchange("2a 31 0001 0100 0300 616263", "2a fe");
	exchange("2a 32 0001 0100", "2a fe");
	expect_program(1, 3, true, true);
}
END_TEST

START_TEST(test_upload)
{
	exchange("2a 30 0001", "2a fe");
	expect_program(0, 0, false, false);
	exchange("2a 31 0001 0100 0300 616263", "2a fe");
	exchange("2a 31 0001 0100 0300 616263", "2a fe"); /* once more */
	expect_program(1, 3, false, true);
	exchange("2a 31 0001 0200 0200 6465", "2a fe");
	exchange("2a 32 0001 0200", "2a fe");
	expect_program(2, 5, true, true);
	/* what follows belongs to no program */
	exchange("2a 31 0001 0300 0200 6465", "2a fe");
	ck_assert_ptr_null(strstr(lab.operations[(lab.operation_count - 1) % LAB_OPERATIONS].json,
				  "program"));
}
END_TEST

START_TEST(test_download)
{
	uint8_t chain[2 * BT_SHA256_BYTES] = {0}, hash[BT_SHA256_BYTES];
	char text[2 * BT_SHA256_BYTES + 1];
	json_t *root;

	exchange("2a 33 0001 fb00", "2a fe 0001 3730 0000");
	exchange("2a 34 0001 0100", "2a fe 00 01 0300 616263");
	bt_sha256(cur_of("abc", 3), chain + BT_SHA256_BYTES);
	bt_sha256(cur_of(chain, sizeof(chain)), hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	root = last();
	ck_assert_str_eq(json_string_value(json_object_get(member(root, "response", "program"),
							   "sha256")),
			 text);
	json_decref(root);
	exchange("2a 35 0001 0100", "2a fe");
	expect_program(1, 3, true, true);
}
END_TEST

/* The controller keeps the later one, so the hash is not that of the first. */
START_TEST(test_block_replaced)
{
	exchange("2a 30 0001", "2a fe");
	exchange("2a 31 0001 0100 0300 616263", "2a fe");
	exchange("2a 31 0001 0100 0300 616264", "2a fe");
	exchange("2a 32 0001 0100", "2a fe");
	expect_program(1, 3, false, false);
}
END_TEST

/* A block that nobody saw: what is left is no hash of a program. */
START_TEST(test_missing_block)
{
	exchange("2a 33 0001 fb00", "2a fe 0001 3730 0000");
	exchange("2a 34 0001 0100", "2a fe 00 00 0300 616263");
	exchange("2a 34 0001 0300", "2a fe 00 01 0300 616263");
	exchange("2a 35 0001 0300", "2a fe");
	expect_program(2, 6, false, false);
}
END_TEST

/* Blocks longer than what is kept of a request count as much. */
START_TEST(test_long_blocks)
{
	exchange("2a 30 0001", "2a fe");
	transaction++;
	say(BT_TO_SERVER, "2a 31 0001 0100 fc03", 1020);
	say(BT_TO_CLIENT, "2a fe", 0);
	exchange("2a 32 0001 0100", "2a fe");
	expect_program(1, 1020, true, true);
}
END_TEST

START_TEST(test_variables)
{
	const struct lab_operation *op = &lab.operations[0];

	/* a word at 2:16, an array of three bytes at 2:32, four bytes at 9:0 */
	exchange("00 22 11223344 03 02 0200 01 1000 00 11 0200 01 1000 10 0300 03 0900 01 0000 00",
		 "00 fe 3905 010203 01000100");
	ck_assert_uint_eq(op->op.access_count, 3);
	ck_assert_int_eq(op->op.act, BT_ACT_READ);
	ck_assert_str_eq(op->accesses[0].space, "umas_variable");
	ck_assert_uint_eq(op->accesses[0].first, 2ULL << 32 | 16);
	ck_assert_int_eq(op->first_value[0], 1337);
	ck_assert_uint_eq(op->accesses[1].first, 2ULL << 32 | 32);
	ck_assert_uint_eq(op->accesses[1].count, 3);
	ck_assert_int_eq(op->first_value[1], 1);
	ck_assert_int_eq(op->first_value[2], 65537);
	exchange("00 23 11223344 01 02 0200 1000 0000 3905", "00 fe");
	op = &lab.operations[1];
	ck_assert_uint_eq(op->op.access_count, 1);
	ck_assert_int_eq(op->op.act, BT_ACT_WRITE);
	ck_assert_uint_eq(op->accesses[0].first, 2ULL << 32 | 16);
	ck_assert_int_eq(op->first_value[0], 1337);
	/* more than there are: those that are there */
	exchange("00 22 11223344 ff 02 0200 01 1000 00", "00 fe");
	ck_assert_uint_eq(lab.operations[2].op.access_count, 1);
}
END_TEST

/* Behind as many as there is room for, and behind one whose size nobody knows. */
START_TEST(test_variables_unseen)
{
	char text[2048] = "00 23 11223344 64";
	const struct lab_operation *op = &lab.operations[0];

	for (unsigned i = 0; i < 100; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "010200%02x00000001", i);
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	exchange(text, "00 fe");
	ck_assert_uint_eq(op->op.access_count, 37);
	ck_assert_str_eq(op->accesses[35].space, "umas_variable");
	ck_assert_str_eq(op->accesses[36].space, "umas_request");
	exchange("00 23 11223344 02 07 0200 1000 0000 3905 02 0200 1000 0000 3905", "00 fe");
	op = &lab.operations[1];
	ck_assert_uint_eq(op->op.access_count, 1);
	ck_assert_str_eq(op->accesses[0].space, "umas_request");
	ck_assert_int_eq(op->op.act, BT_ACT_WRITE);
}
END_TEST

/* %M4 and %MW45; then an answer of another number, and a size that does not fit. */
START_TEST(test_points)
{
	const struct lab_operation *op = &lab.operations[0];

	exchange("00 24 02 02 02 0400 0100 02 03 2d00 0100", "00 fe 02 0000 01 0000 5203");
	ck_assert_uint_eq(op->op.access_count, 2);
	ck_assert_int_eq(op->op.act, BT_ACT_READ);
	ck_assert_str_eq(op->accesses[0].space, "coil");
	ck_assert_uint_eq(op->accesses[0].first, 4);
	ck_assert_int_eq(op->first_value[0], 1);
	ck_assert_str_eq(op->accesses[1].space, "holding_register");
	ck_assert_uint_eq(op->accesses[1].first, 45);
	ck_assert_int_eq(op->first_value[1], 850);
	exchange("00 24 01 02 03 2d00 0100", "00 fe 02 0000 01 0000 5203");
	op = &lab.operations[1];
	ck_assert_uint_eq(op->op.access_count, 1);
	ck_assert_int_eq(op->accesses[0].values.kind, BT_VALUES_NONE);
	exchange("00 24 02 02 03 2d00 0100", "00 fe 01 0000 5203");
	ck_assert_uint_eq(lab.operations[2].op.access_count, 0);
}
END_TEST

START_TEST(test_who)
{
	json_t *root;

	exchange("00 03 00", "00 fe 000000000000000000 000000000000000000 021e3b170301e807"
			     "02003b0c0e01e907 08000000 06 5075 6d70 7300");
	root = last();
	ck_assert_str_eq(json_string_value(json_object_get(member(root, "response", "project"),
							   "created")),
			 "2024-01-03T23:59:30");
	json_decref(root);
	ck_assert_int_eq(lab.identities[0].what, BT_ID_APPLICATION);
	ck_assert_str_eq(lab.identities[0].text, "Pumps");
	exchange("00 01 00", "00 fe fd00 0104 0000 3200 00000000 04 504c4331");
	ck_assert_int_eq(lab.identities[1].what, BT_ID_NAME);
	ck_assert_str_eq(lab.identities[1].text, "PLC1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("modbus_umas");
	TCase *tests = tcase_create("umas");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_reservation);
	tcase_add_test(tests, test_memory_taken);
	tcase_add_test(tests, test_upload);
	tcase_add_test(tests, test_download);
	tcase_add_test(tests, test_block_replaced);
	tcase_add_test(tests, test_missing_block);
	tcase_add_test(tests, test_long_blocks);
	tcase_add_test(tests, test_variables);
	tcase_add_test(tests, test_variables_unseen);
	tcase_add_test(tests, test_points);
	tcase_add_test(tests, test_who);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
