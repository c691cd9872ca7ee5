/* SPDX-License-Identifier: Apache-2.0
 *
 * The OPC UA dissector alone, under the lab's engine: every service in both directions, connections
 * from the beginning and from the middle, chunks, sealed messages, and what it says about broken traffic.
 */
#include "opcua_lab.h"
#include "suite.h"

START_TEST(every_service_is_read_in_both_directions)
{
	open_channel();
	ck_assert_uint_eq(lab.operation_count, 2);
	send_message(BT_TO_SERVER, 9, messages[_i].request);
	send_message(BT_TO_CLIENT, 9, messages[_i].response);
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_str_eq(last()->op.name, messages[_i].service);
	ck_assert_int_ne(last()->op.result, BT_RESULT_UNANSWERED);
	ck_assert_int_ne(last()->op.result, BT_RESULT_UNSOLICITED);
	check_documents();
	if (strcmp(messages[_i].service, "activate_session") == 0)
		ck_assert(lab_broke(&lab, "opcua.clear_password"));
	else
		expect_quiet();
}
END_TEST

START_TEST(a_message_cut_anywhere_is_told_and_no_more)
{
	size_t whole;

	for (int answer = 0; answer < 2; answer++) {
		const char *body = answer ? messages[_i].response : messages[_i].request;

		for (whole = strlen(body) / 2; whole > 4; whole--) {
			enum bt_dir dir = answer ? BT_TO_CLIENT : BT_TO_SERVER;

			begin_secure("MSGF", dir, 9);
			put_hex(body);
			used = 24 + whole;
			send_bytes(dir);
		}
	}
	lab_give_up(&lab);
	check_documents();
}
END_TEST

START_TEST(a_session_from_its_middle_is_read_as_well)
{
	exchange(7, "read");
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_str_eq(last()->names[0], "ns=2;s=Tank.Level");
	ck_assert_double_eq(last()->first_value[0], 3.5);
	expect_quiet();
}
END_TEST

START_TEST(a_server_is_known_by_what_it_says)
{
	open_channel();
	exchange(3, "create_session");
	exchange(4, "read");
	exchange(5, "activate_session");
	ck_assert(is_known(BT_ID_URI, "urn:x:app", true));
	ck_assert(is_known(BT_ID_CLIENT, "My session", true));
	ck_assert(is_known(BT_ID_USER, "alice", true));
	ck_assert(is_known(BT_ID_URI, "urn:x:app", false));
	ck_assert(is_known(BT_ID_VENDOR, "Acme", false));
	ck_assert(is_known(BT_ID_FIRMWARE, "1.2", false));
	ck_assert_ptr_null(strstr(last()->json, "secret"));
}
END_TEST

START_TEST(notifications_come_home_to_their_nodes)
{
	open_channel();
	exchange(3, "create_monitored_items");
	exchange(4, "modify_monitored_items");
	exchange(5, "publish");
	ck_assert_int_eq(last()->op.act, BT_ACT_REPORT);
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_str_eq(last()->names[0], "ns=2;s=Tank.Level");
	ck_assert_double_eq(last()->first_value[0], 7.5);
	ck_assert_str_eq(last()->names[1], "ns=2;s=Tank.Level"); /* by its new handle */
	expect("\"node_id\":\"ns=2;s=Tank.Level\"");
	expect_quiet();
}
END_TEST

START_TEST(written_values_and_methods_are_the_accesses)
{
	open_channel();
	exchange(3, "write");
	ck_assert_int_eq(last()->op.act, BT_ACT_CONFIGURE); /* an attribute that is no value */
	ck_assert_uint_eq(last()->op.access_count, 2);
	ck_assert_int_eq(last()->accesses[0].act, BT_ACT_WRITE);
	ck_assert_str_eq(last()->names[0], "ns=2;s=Valve.Set");
	ck_assert_double_eq(last()->first_value[0], 1);
	exchange(4, "call");
	ck_assert_int_eq(last()->op.act, BT_ACT_CONTROL);
	ck_assert_uint_eq(last()->op.subfunction, 12886);
	ck_assert_str_eq(last()->accesses[0].space, "method");
	expect("\"method_name\":\"RequestServerStateChange\"");
}
END_TEST

static void send_chunks(enum bt_dir dir, const char *body, size_t first)
{
	size_t size = strlen(body) / 2;
	static uint8_t bytes[4096];

	used = 0;
	put_hex(body);
	memcpy(bytes, room, size);
	begin_secure("MSGC", dir, 5);
	put(bytes, first);
	send_bytes(dir);
	begin_secure("MSGF", dir, 5);
	put(bytes + first, size - first);
	send_bytes(dir);
}

START_TEST(chunks_are_put_together)
{
	open_channel();
	send_chunks(BT_TO_SERVER, body_of("write", false), 60);
	send_chunks(BT_TO_CLIENT, body_of("write", true), 10);
	ck_assert_uint_eq(lab.operation_count, 3);
	ck_assert_str_eq(last()->op.name, "write");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	ck_assert_str_eq(last()->names[0], "ns=2;s=Valve.Set");
	expect("\"chunks\":2");
	expect_quiet();
	check_documents();
}
END_TEST

START_TEST(a_message_given_up_refuses_its_request)
{
	open_channel();
	send_message(BT_TO_SERVER, 5, body_of("read", false));
	begin_secure("MSGA", BT_TO_CLIENT, 5);
	put_u32(0x80080000);
	put_string("too long");
	send_bytes(BT_TO_CLIENT);
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "BadEncodingLimitsExceeded");
	ck_assert(lab_broke(&lab, "opcua.chunk_abort"));
}
END_TEST

START_TEST(endless_chunks_have_a_cap)
{
	open_channel();
	for (unsigned i = 0; i < 200; i++) {
		begin_secure("MSGC", BT_TO_SERVER, 5);
		put_hex(body_of("read", false));
		for (unsigned at = 0; at < 4096; at++)
			put_u8(at & 0xff);
		send_bytes(BT_TO_SERVER);
	}
	ck_assert(lab_broke(&lab, "opcua.chunk_limit"));
	exchange(6, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(nesting_without_end_is_told_and_survived)
{
	open_channel();
	begin_secure("MSGF", BT_TO_SERVER, 2);
	put_hex("0100a102" "0000" "0000000000000000" "01000000" "00000000" "ffffffff" "00000000"
		"000000" "01000000" "01020900" "0d000000" "ffffffff" "01");
	for (unsigned i = 0; i < 10000; i++) {
		put_u8(0x98);
		put_u32(1);
	}
	put_hex("0101");
	send_bytes(BT_TO_SERVER);
	ck_assert(lab_broke(&lab, "opcua.nesting"));
	lab_give_up(&lab);
	ck_assert_str_eq(last()->op.name, "write");
	exchange(3, "read");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
}
END_TEST

START_TEST(sealed_messages_keep_their_shape)
{
	const char *policy = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

	send_hello();
	send_open(BT_TO_SERVER, policy);
	send_open(BT_TO_CLIENT, policy);
	ck_assert_str_eq(last()->op.name, "open_secure_channel");
	ck_assert_int_eq(last()->op.result, BT_RESULT_OK);
	begin("MSGF");
	put_u32(CHANNEL);
	put_u32(TOKEN);
	for (unsigned i = 0; i < 128; i++)
		put_u8((i * 91 + 7) & 0xff);
	send_bytes(BT_TO_CLIENT);
	ck_assert_str_eq(last()->op.name, "encrypted");
	ck_assert(last()->op.by_server);
	expect("\"mode\":\"sign_and_encrypt\"");
	expect("\"size\":144");
	check_documents();
	expect_quiet();
}
END_TEST

START_TEST(signed_messages_are_read)
{
	const char *policy = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

	send_hello();
	send_open(BT_TO_SERVER, policy);
	send_open(BT_TO_CLIENT, policy);
	for (int dir = 0; dir < 2; dir++) {
		begin_secure("MSGF", dir ? BT_TO_CLIENT : BT_TO_SERVER, 3);
		put_hex(body_of("read", dir));
		for (unsigned i = 0; i < 32; i++)
			put_u8((i * 91 + 7) & 0xff);
		send_bytes(dir ? BT_TO_CLIENT : BT_TO_SERVER);
	}
	ck_assert_str_eq(last()->op.name, "read");
	ck_assert_str_eq(last()->names[0], "ns=2;s=Tank.Level");
	expect("\"mode\":\"sign\"");
	expect_quiet();
}
END_TEST

START_TEST(a_server_may_open_the_connection)
{
	begin("RHEF");
	put_string("urn:press");
	put_string("opc.tcp://press:4840");
	send_bytes(BT_TO_SERVER); /* it began, so it was taken for the client */
	ck_assert_uint_eq(lab.swaps, 1);
	ck_assert_str_eq(last()->op.name, "reverse_hello");
	ck_assert(last()->op.by_server);
	open_channel();
	ck_assert_uint_eq(lab.swaps, 1);
	expect_quiet();
}
END_TEST

START_TEST(an_error_refuses_what_was_asked)
{
	send_hello();
	send_open(BT_TO_SERVER, none);
	begin("ERRF");
	put_u32(0x80550000);
	put_string("no");
	send_bytes(BT_TO_CLIENT);
	ck_assert_str_eq(last()->op.name, "open_secure_channel");
	ck_assert_int_eq(last()->op.result, BT_RESULT_REFUSED);
	ck_assert_str_eq(last()->op.error_name, "BadSecurityPolicyRejected");
	check_documents();
}
END_TEST

START_TEST(what_breaks_the_protocol_is_named)
{
	open_channel();
	sequences[BT_TO_SERVER] += 3;
	send_message(BT_TO_SERVER, 3, body_of("read", false));
	ck_assert(lab_broke(&lab, "opcua.sequence_gap"));
	sequences[BT_TO_SERVER] = 1;
	send_message(BT_TO_SERVER, 4, body_of("read", false));
	ck_assert(lab_broke(&lab, "opcua.sequence_replay"));
	send_message(BT_TO_CLIENT, 3, body_of("write", true));
	ck_assert(lab_broke(&lab, "opcua.response_mismatch"));
	send_message(BT_TO_CLIENT, 99, body_of("write", true));
	ck_assert(lab_broke(&lab, "opcua.unsolicited_response"));
	send_message(BT_TO_CLIENT, 99, body_of("write", false));
	ck_assert(lab_broke(&lab, "opcua.wrong_direction"));
	send_message(BT_TO_SERVER, 5, "0100e703" "00000000");
	ck_assert(lab_broke(&lab, "opcua.unknown_service"));
	ck_assert_str_eq(last()->op.name, "unknown_service");
	send_open(BT_TO_SERVER, "http://opcfoundation.org/UA/SecurityPolicy#Basic256");
	ck_assert(lab_broke(&lab, "opcua.deprecated_policy"));
}
END_TEST

START_TEST(sequence_numbers_begin_again)
{
	open_channel();
	exchange(3, "read");
	sequences[BT_TO_SERVER] = UINT32_MAX - 1024;
	lab_forget(&lab);
	send_message(BT_TO_SERVER, 4, body_of("read", false));
	lab_forget(&lab); /* that was a gap */
	sequences[BT_TO_SERVER] = 0;
	send_message(BT_TO_SERVER, 5, body_of("read", false));
	expect_quiet();
}
END_TEST

START_TEST(nothing_else_is_taken_for_it)
{
	static const struct {
		const char *hex;
		enum bt_match match;
	} looks[] = {
		{"48454c46380000000000000000000200000002000000004000800000180000006f70632e7463703a",
		 BT_MATCH_REQUEST},
		{"41434b461c0000000000000000000200000002000000004000800000", BT_MATCH_RESPONSE},
		{"48454c4638000000", BT_MATCH_MORE},
		{"48454c46380000000000000000000200000002000000004000800000990000006f70632e7463703a",
		 BT_MATCH_NO}, /* the URL does not fit */
		{"474554202f20485454502f312e310d0a486f73743a20610d0a0d0a0000000000", BT_MATCH_NO},
		{"4d5347460000ff7f00000000000000000000000000000000000000000000000000", BT_MATCH_NO},
	};

	for (unsigned i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		used = 0;
		put_hex(looks[i].hex);
		ck_assert_int_eq(dissector_opcua.probe(cur_of(room, used), false), looks[i].match);
	}
}
END_TEST

START_TEST(a_lost_place_is_found_again)
{
	static uint8_t bytes[4096];
	struct bt_cursor message;
	size_t size;

	begin_secure("MSGF", BT_TO_SERVER, 3);
	put_hex(body_of("read", false));
	message = done();
	size = cur_left(&message);
	memcpy(bytes, room + 30, size - 30); /* the end of a message whose beginning was lost */
	memcpy(bytes + size - 30, room, size);
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, cur_of(bytes, 2 * size - 30), true), 0);
	lab_give_up(&lab);
	ck_assert_uint_eq(lab.operation_count, 1);
	ck_assert_str_eq(last()->op.name, "read");
}
END_TEST

START_TEST(features_come_from_the_tables)
{
	struct bt_feature feature;
	char text[BT_FEATURE_TEXT];
	size_t count = 0;

	for (; dissector_opcua.feature(count, &feature, text); count++) {
		ck_assert_ptr_nonnull(feature.kind);
		ck_assert_ptr_nonnull(feature.name);
		ck_assert(feature.decoded);
	}
	ck_assert_uint_gt(count, 150);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opcua");
	TCase *tests = tcase_create("opcua");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, every_service_is_read_in_both_directions, 0, MESSAGES);
	tcase_add_loop_test(tests, a_message_cut_anywhere_is_told_and_no_more, 0, MESSAGES);
	tcase_add_test(tests, a_session_from_its_middle_is_read_as_well);
	tcase_add_test(tests, a_server_is_known_by_what_it_says);
	tcase_add_test(tests, notifications_come_home_to_their_nodes);
	tcase_add_test(tests, written_values_and_methods_are_the_accesses);
	tcase_add_test(tests, chunks_are_put_together);
	tcase_add_test(tests, a_message_given_up_refuses_its_request);
	tcase_add_test(tests, endless_chunks_have_a_cap);
	tcase_add_test(tests, nesting_without_end_is_told_and_survived);
	tcase_add_test(tests, sealed_messages_keep_their_shape);
	tcase_add_test(tests, signed_messages_are_read);
	tcase_add_test(tests, a_server_may_open_the_connection);
	tcase_add_test(tests, an_error_refuses_what_was_asked);
	tcase_add_test(tests, what_breaks_the_protocol_is_named);
	tcase_add_test(tests, sequence_numbers_begin_again);
	tcase_add_test(tests, nothing_else_is_taken_for_it);
	tcase_add_test(tests, a_lost_place_is_found_again);
	tcase_add_test(tests, features_come_from_the_tables);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
