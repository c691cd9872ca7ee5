/* SPDX-License-Identifier: Apache-2.0
 *
 * OPC UA by somebody who has read the dissector: what one side says in the other's name, commands that
 * stand behind a cap, shapes that servers take and readers refuse. Each is a message that once hid a
 * command, made a false one, or could have.
 */
#include "opcua_lab.h"
#include "suite.h"

enum {
	MANY = 100,
	PER_OPERATION = BT_ACCESSES_MAX,
};

static const char sha256_policy[] = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

/* The service's id and its request header. */
static void begin_request(const char *type, uint32_t request)
{
	begin_secure("MSGF", BT_TO_SERVER, request);
	put_hex(type);
	put_hex("0000" "0000000000000000" "01000000" "00000000" "ffffffff" "00000000" "000000");
}

static void begin_write(uint32_t request, uint32_t count)
{
	begin_request("0100a102", request);
	put_u32(count);
}

/* Of a WriteValue: everything before the variant. */
static void put_target(unsigned node)
{
	put_hex("0101");
	put_u8(node & 0xff);
	put_u8(node >> 8);
	put_hex("0d000000" "ffffffff" "01");
}

static void put_byte(unsigned node, unsigned value)
{
	put_target(node);
	put_u8(3);
	put_u8(value);
}

static void answer_write(uint32_t request, uint32_t count)
{
	begin_secure("MSGF", BT_TO_CLIENT, request);
	put_hex("0100a402" "0000000000000000" "01000000" "00000000" "00" "ffffffff" "000000");
	put_u32(count);
	for (uint32_t i = 0; i < count; i++)
		put_u32(0);
	put_u32(UINT32_MAX);
	send_bytes(BT_TO_CLIENT);
}

static const struct lab_operation *that_touches(const char *node)
{
	for (unsigned i = 0; i < lab.operation_count && i < LAB_OPERATIONS; i++) {
		for (unsigned j = 0; j < lab.operations[i].op.access_count; j++) {
			if (strcmp(lab.operations[i].names[j], node) == 0)
				return &lab.operations[i];
		}
	}
	return NULL;
}

static unsigned operations_named(const char *name)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lab.operation_count && i < LAB_OPERATIONS; i++)
		count += strcmp(lab.operations[i].op.name, name) == 0;
	return count;
}

/* ---- in the other's name ---- */

START_TEST(a_client_does_not_answer_itself)
{
	open_channel();
	send_message(BT_TO_SERVER, 5, body_of("write", false));
	begin_secure("MSGF", BT_TO_SERVER, 5); /* "refused" */
	put_hex("0100a402" "0000000000000000" "01000000" "00001f80" "00" "ffffffff" "000000"
		"ffffffff" "ffffffff");
	send_bytes(BT_TO_SERVER);
	ck_assert_str_eq(last()->op.name, "misdirected");
	ck_assert_int_eq(last()->op.act, BT_ACT_OTHER);
	ck_assert(lab_broke(&lab, "opcua.wrong_direction"));
	send_message(BT_TO_CLIENT, 5, body_of("write", true));
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	check_documents();
}
END_TEST

START_TEST(a_server_does_not_write_in_its_clients_name)
{
	open_channel();
	send_message(BT_TO_CLIENT, 5, body_of("write", false));
	send_message(BT_TO_CLIENT, 6, body_of("create_session", false));
	lab_give_up(&lab);
	ck_assert_uint_eq(operations_named("misdirected"), 2);
	ck_assert(last()->op.by_server);
	ck_assert_uint_eq(last()->op.access_count, 0);
	ck_assert_uint_eq(operations_named("write"), 0);
	ck_assert_uint_eq(lab.identity_count, 0);
}
END_TEST

START_TEST(a_client_does_not_refuse_its_own_channel)
{
	send_hello();
	send_open(BT_TO_SERVER, none);
	begin("ERRF");
	put_u32(0x80550000);
	put_string("no");
	send_bytes(BT_TO_SERVER);
	send_open(BT_TO_CLIENT, none);
	ck_assert_str_eq(last()->op.name, "open_secure_channel");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(a_response_does_not_turn_a_connection_whose_handshake_was_seen)
{
	lab.flow.server_proven = true;
	send_message(BT_TO_SERVER, 5, body_of("read", true));
	ck_assert_uint_eq(lab.swaps, 0);
	ck_assert(lab_broke(&lab, "opcua.wrong_direction"));
	open_channel();
	exchange(6, "write");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert(!last()->op.by_server);
}
END_TEST

START_TEST(a_policy_that_only_the_client_asks_for_does_not_hold)
{
	open_channel();
	send_open(BT_TO_SERVER, sha256_policy);
	exchange(5, "write");
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_uint_eq(last()->op.access_count, 2); /* nothing was cut off as a signature */
	expect("\"mode\":\"none\"");
}
END_TEST

START_TEST(a_channel_is_opened_with_nothing_else_inside)
{
	send_hello();
	begin("OPNF");
	put_u32(0);
	put_string(none);
	put_u32(UINT32_MAX);
	put_u32(UINT32_MAX);
	put_u32(++sequences[BT_TO_SERVER]);
	put_u32(1);
	put_hex(body_of("write", false));
	send_bytes(BT_TO_SERVER);
	lab_give_up(&lab);
	ck_assert_uint_eq(operations_named("write"), 0);
	ck_assert_ptr_null(that_touches("ns=2;s=Valve.Set"));
}
END_TEST

/* ---- shapes ---- */

/* Servers pass over the flags that only an ExpandedNodeId may have. */
START_TEST(flags_of_a_node_id_hide_no_write)
{
	open_channel();
	begin_request("4100a102", 5);
	put_u32(2);
	put_hex("c10107000d000000ffffffff010301");
	put_byte(8, 1);
	send_bytes(BT_TO_SERVER);
	answer_write(5, 2);
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_ptr_nonnull(that_touches("ns=1;i=7"));
	ck_assert_ptr_nonnull(that_touches("ns=1;i=8"));
	ck_assert(lab_broke(&lab, "opcua.malformed"));
}
END_TEST

/* Nobody checks the time of a request: on a signed channel it must not decide what can be read. */
START_TEST(a_strange_time_hides_no_write)
{
	send_hello();
	send_open(BT_TO_SERVER, sha256_policy);
	send_open(BT_TO_CLIENT, sha256_policy);
	begin_secure("MSGF", BT_TO_SERVER, 3);
	put_hex(body_of("write", false));
	memset(room + 24 + 8, 0xff, 8);
	for (unsigned i = 0; i < 32; i++)
		put_u8((i * 91 + 7) & 0xff);
	send_bytes(BT_TO_SERVER);
	lab_give_up(&lab);
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_ptr_nonnull(that_touches("ns=2;s=Valve.Set"));
	expect_quiet();
}
END_TEST

START_TEST(long_names_of_one_beginning_are_two)
{
	const char *one, *other;
	json_t *document;

	open_channel();
	begin_write(5, 2);
	for (unsigned node = 0; node < 2; node++) {
		put_hex("030100");
		put_u32(400);
		for (unsigned i = 0; i < 400; i++)
			put_u8(i < 399 ? 'a' : 'a' + node);
		put_hex("0d000000" "ffffffff" "01" "0301");
	}
	send_bytes(BT_TO_SERVER);
	answer_write(5, 2);
	ck_assert_uint_eq(last()->op.access_count, 2);
	document = lab_document(&lab, last());
	one = json_string_value(lab_member(document, "request.nodes.0.node_id"));
	other = json_string_value(lab_member(document, "request.nodes.1.node_id"));
	ck_assert_uint_eq(strlen(one), 256);
	ck_assert_str_ne(one, other);
	json_decref(document);
}
END_TEST

START_TEST(an_encrypted_secret_is_no_password_in_clear)
{
	open_channel();
	begin_request("0100d301", 5);
	put_hex("ffffffff" "ffffffff" "00000000" "00000000"); /* signature, certificates, locales */
	put_hex("01004401" "01" "1a000000"); /* a UserNameIdentityToken of 26 bytes */
	put_string("p");
	put_string("bob");
	put_u32(6);
	put_hex("01008a44" "0000"); /* EccEncryptedSecret */
	put_hex("ffffffff" "ffffffff" "ffffffff"); /* no algorithm; no signature of the token */
	send_bytes(BT_TO_SERVER);
	expect_quiet();
}
END_TEST

START_TEST(a_server_that_takes_less_than_it_must_blames_nobody)
{
	begin("ACKF");
	for (unsigned i = 0; i < 5; i++)
		put_u32(i == 1 || i == 2 ? 16 : 0);
	send_bytes(BT_TO_CLIENT);
	ck_assert(lab_broke(&lab, "opcua.bad_hello"));
	exchange(5, "read");
	ck_assert(!lab_broke(&lab, "opcua.oversize_chunk"));
}
END_TEST

START_TEST(a_client_that_gives_up_asked_for_nothing)
{
	open_channel();
	begin_secure("MSGA", BT_TO_SERVER, 5);
	put_u32(0x80080000);
	put_string("too long");
	send_bytes(BT_TO_SERVER);
	ck_assert_str_eq(last()->op.name, "abort");
	check_documents();
}
END_TEST

/* ---- behind a cap ---- */

START_TEST(a_write_behind_many_others_is_told)
{
	open_channel();
	begin_write(5, MANY);
	for (unsigned i = 0; i < MANY; i++)
		put_byte(1000 + i, i);
	send_bytes(BT_TO_SERVER);
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_int_eq(last()->op.act, BT_ACT_WRITE);
	ck_assert_uint_eq(last()->op.access_count, MANY - PER_OPERATION);
	ck_assert_str_eq(last()->names[0], "ns=1;i=1064");
	ck_assert_double_eq(last()->first_value[35], 99);
	answer_write(5, MANY);
	ck_assert_uint_eq(last()->op.access_count, PER_OPERATION);
	ck_assert_str_eq(last()->names[0], "ns=1;i=1000");
	ck_assert_uint_eq(operations_named("write"), 2);
	expect_quiet();
	check_documents();
}
END_TEST

START_TEST(a_write_behind_a_long_one_is_told)
{
	open_channel();
	begin_write(5, 3);
	put_byte(1, 1);
	put_target(2);
	put_u8(15); /* a ByteString longer than what is kept of a request */
	put_u32(BT_REQUEST_BYTES_MAX);
	for (unsigned i = 0; i < BT_REQUEST_BYTES_MAX; i++)
		put_u8(0);
	put_byte(3, 1);
	send_bytes(BT_TO_SERVER);
	answer_write(5, 3);
	ck_assert_ptr_nonnull(that_touches("ns=1;i=1"));
	ck_assert_ptr_nonnull(that_touches("ns=1;i=2"));
	ck_assert_ptr_nonnull(that_touches("ns=1;i=3"));
	expect_quiet();
}
END_TEST

START_TEST(a_write_behind_many_values_is_told)
{
	send_open(BT_TO_SERVER, none); /* no ACK: chunks may be of any size */
	send_open(BT_TO_CLIENT, none);
	begin_write(5, 2);
	put_target(1);
	put_u8(0x98); /* an array of Variants, each of them null */
	put_u32(70000);
	for (unsigned i = 0; i < 70000; i++)
		put_u8(0);
	put_byte(2, 1);
	send_bytes(BT_TO_SERVER);
	answer_write(5, 2);
	ck_assert_ptr_nonnull(that_touches("ns=1;i=2"));
	expect_quiet();
}
END_TEST

START_TEST(a_value_behind_many_others_is_kept)
{
	open_channel();
	begin_write(5, 18);
	for (unsigned i = 0; i < 17; i++) {
		put_target(i);
		put_u8(0x83);
		put_u32(64);
		for (unsigned j = 0; j < 64; j++)
			put_u8(1);
	}
	put_byte(17, 200);
	send_bytes(BT_TO_SERVER);
	answer_write(5, 18);
	ck_assert_uint_eq(last()->op.access_count, 18);
	ck_assert_double_eq(last()->first_value[16], 1);
	ck_assert_double_eq(last()->first_value[17], 200);
}
END_TEST

START_TEST(a_command_that_is_not_read_to_its_end_is_named)
{
	open_channel();
	begin_write(5, 2);
	put_target(1);
	put_u8(15);
	put_u32(150000);
	while (used < sizeof(room))
		put_u8(0);
	used = 4;
	put_u32(200000);
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(room, sizeof(room)), false), 0);
	ck_assert(lab_broke(&lab, "opcua.command_cut"));
	ck_assert(!lab_broke(&lab, "opcua.malformed"));
}
END_TEST

/* Each endpoint another application, with another certificate that is none. */
START_TEST(of_many_names_and_certificates_some_are_heard)
{
	open_channel();
	begin_request("0100ac01", 3);
	put_hex("ffffffff" "ffffffff" "ffffffff"); /* endpoint, locales, profiles */
	send_bytes(BT_TO_SERVER);
	begin_secure("MSGF", BT_TO_CLIENT, 3);
	put_hex("0100af01" "0000000000000000" "01000000" "00000000" "00" "ffffffff" "000000");
	put_u32(MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		put_hex("ffffffff" "04000000"); /* URL, application */
		put_u32(i);
		put_hex("ffffffff" "00" "00000000" "ffffffff" "ffffffff" "ffffffff");
		put_hex("04000000"); /* certificate */
		put_u32(i);
		put_hex("01000000" "ffffffff" "ffffffff" "ffffffff" "00");
	}
	lab_forget(&lab);
	send_bytes(BT_TO_CLIENT);
	ck_assert_str_eq(last()->op.name, "get_endpoints");
	ck_assert(lab_broke(&lab, "opcua.bad_certificate"));
	ck_assert_uint_eq(lab.break_count, 8);
	ck_assert_uint_eq(lab.identity_count, 64 - 8);
}
END_TEST

START_TEST(messages_that_are_never_ended_are_named)
{
	open_channel();
	for (uint32_t request = 10; request < 15; request++) {
		begin_secure("MSGC", BT_TO_SERVER, request);
		put_hex(body_of("write", false));
		send_bytes(BT_TO_SERVER);
	}
	ck_assert(lab_broke(&lab, "opcua.unfinished_chunks"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opcua_hostile");
	TCase *tests = tcase_create("opcua_hostile");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_client_does_not_answer_itself);
	tcase_add_test(tests, a_server_does_not_write_in_its_clients_name);
	tcase_add_test(tests, a_client_does_not_refuse_its_own_channel);
	tcase_add_test(tests, a_response_does_not_turn_a_connection_whose_handshake_was_seen);
	tcase_add_test(tests, a_policy_that_only_the_client_asks_for_does_not_hold);
	tcase_add_test(tests, a_channel_is_opened_with_nothing_else_inside);
	tcase_add_test(tests, flags_of_a_node_id_hide_no_write);
	tcase_add_test(tests, a_strange_time_hides_no_write);
	tcase_add_test(tests, long_names_of_one_beginning_are_two);
	tcase_add_test(tests, an_encrypted_secret_is_no_password_in_clear);
	tcase_add_test(tests, a_server_that_takes_less_than_it_must_blames_nobody);
	tcase_add_test(tests, a_client_that_gives_up_asked_for_nothing);
	tcase_add_test(tests, a_write_behind_many_others_is_told);
	tcase_add_test(tests, a_write_behind_a_long_one_is_told);
	tcase_add_test(tests, a_write_behind_many_values_is_told);
	tcase_add_test(tests, a_value_behind_many_others_is_kept);
	tcase_add_test(tests, a_command_that_is_not_read_to_its_end_is_named);
	tcase_add_test(tests, of_many_names_and_certificates_some_are_heard);
	tcase_add_test(tests, messages_that_are_never_ended_are_named);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
