/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of keys against the tables that write them. Messages are made from the tables of services and
 * structures themselves: every field filled, every structure in each slot where it may stand, every
 * kind of value. Whatever the dissector then writes must be listed, and whatever is listed must be
 * written by one of them.
 */
#include "opcua_lab.h"

#include "../../dissectors/opcua/opcua.h"
#include "suite.h"

enum {
	PATH_MAX_BYTES = 256,
	DONE_AFTER = 32, /* numbers of which no message used all digits */
};

/* Which of several, at each place where there are several: a digit of it for each. */
static uint32_t choice;

static uint32_t pick(uint32_t count)
{
	uint32_t picked = choice % count;

	choice /= count;
	return picked;
}

/* ---- messages out of tables ---- */

static void put_fields(const struct ua_field *fields);

static void put_variant(void)
{
	static const char *const variants[] = {
		"0b" "0000000000000c40",
		"0c" "01000000" "78",
		"cb" "02000000" "0000000000000c40" "0000000000000c40" "01000000" "02000000",
	};

	put_hex(variants[pick(3)]);
}

static void put_object(const struct ua_field *field)
{
	const struct ua_structure *fitting[64];
	uint32_t count = 0, picked;
	size_t length_at, end;

	for (size_t i = 0; field->key && i < ua_structure_count; i++) {
		if (ua_structures[i].slot && strcmp(ua_structures[i].slot, field->key) == 0)
			fitting[count++] = &ua_structures[i];
	}
	if (!count) {
		put_hex("000000");
		return;
	}
	picked = pick(count);
	put_hex("0100");
	put_u8(fitting[picked]->id & 0xff);
	put_u8(fitting[picked]->id >> 8);
	put_u8(1);
	length_at = used;
	put_u32(0);
	put_fields(fitting[picked]->fields);
	end = used;
	used = length_at;
	put_u32((uint32_t)(end - length_at - 4));
	used = end;
}

static void put_field(const struct ua_field *field)
{
	switch (field->type) {
	case UA_STRUCTURE: put_fields(field->of); break;
	case UA_EXTENSION_OBJECT: put_object(field); break;
	case UA_BOOLEAN:
	case UA_BYTE: put_u8(1); break;
	case UA_ENUMERATION:
	case UA_INT32:
	case UA_UINT32: put_u32(1); break;
	case UA_STATUS_CODE: put_u32(0); break;
	case UA_DOUBLE: put_hex("0000000000000c40"); break;
	case UA_DATE_TIME: put_hex("00005af64cf5d401"); break;
	case UA_STRING:
	case UA_BYTE_STRING: put_string("x"); break;
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID: /* ones with names: RequestServerStateChange, ServerStatus */
		put_hex(field->role == ROLE_METHOD ? "01005632" : "0100d008");
		break;
	case UA_QUALIFIED_NAME: put_hex("0100" "01000000" "78"); break;
	case UA_LOCALIZED_TEXT: put_hex("02" "01000000" "78"); break;
	case UA_DIAGNOSTIC_INFO: put_u8(0); break;
	case UA_VARIANT: put_variant(); break;
	case UA_DATA_VALUE:
		put_u8(0x0f);
		put_variant();
		put_hex("00000000" "00005af64cf5d401" "00005af64cf5d401");
		break;
	default: ck_abort_msg("a field of type %u", field->type);
	}
}

static void put_fields(const struct ua_field *fields)
{
	for (; fields->type; fields++) {
		if (fields->flags & UA_ARRAY)
			put_u32(1);
		put_field(fields);
	}
}

static void put_service(const struct ua_service *service, bool answer)
{
	uint16_t type = answer ? service->response : service->request;

	put_hex("0100");
	put_u8(type & 0xff);
	put_u8(type >> 8);
	put_fields(answer ? ua_response_header : ua_request_header);
	put_fields(answer ? service->answers : service->asks);
}

static void send_service(const struct ua_service *service, bool answer, uint32_t number)
{
	enum bt_dir dir = answer ? BT_TO_CLIENT : BT_TO_SERVER;

	choice = number;
	if (service->request == SERVICE_OPEN_CHANNEL) {
		begin("OPNF");
		put_u32(CHANNEL);
		put_string(none);
		put_string("x");
		put_string("x");
		put_u32(++sequences[dir]);
		put_u32(2);
	} else {
		begin_secure("MSGF", dir, 2);
	}
	put_service(service, answer);
	send_bytes(dir);
}

/* ---- what is written, and what is listed ---- */

static json_t *written; /* a set of paths */

static void note_members(json_t *at, const char *path)
{
	char longer[PATH_MAX_BYTES];
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(at, i, member)
		note_members(member, path);
	json_object_foreach(at, key, member) {
		snprintf(longer, sizeof(longer), "%s%s%s", path, *path ? "." : "", key);
		json_object_set_new(written, longer, json_true());
		note_members(member, longer);
	}
}

/* The laboratory refuses what is not listed. */
static void note_documents(void)
{
	for (unsigned i = 0; i < lab.operation_count && i < LAB_OPERATIONS; i++) {
		json_t *document = lab_document(&lab, &lab.operations[i]);

		note_members(document, "");
		json_decref(document);
	}
	lab_forget(&lab);
}

/* As many messages as there are choices in them. */
static void send_all(const struct ua_service *service)
{
	unsigned unused = 0;

	for (uint32_t number = 0; unused < DONE_AFTER; number++) {
		unused++;
		if (service->request) {
			send_service(service, false, number);
			unused = choice ? unused : 0;
		}
		send_service(service, true, number);
		unused = choice ? unused : 0;
		ck_assert_msg(!lab_broke(&lab, "opcua.malformed"), "%s", service->name);
		ck_assert_msg(!lab_broke(&lab, "opcua.trailing_bytes"), "%s", service->name);
		lab_give_up(&lab);
		note_documents();
	}
}

/* What is no service. */
static void send_others(void)
{
	open_channel();
	begin_secure("MSGA", BT_TO_SERVER, 5);
	put_u32(0x80080000);
	put_string("too long");
	send_bytes(BT_TO_SERVER);
	send_open(BT_TO_SERVER, none);
	begin("ERRF");
	put_u32(0x80550000);
	put_string("no");
	send_bytes(BT_TO_CLIENT);
	begin("RHEF");
	put_string("urn:press");
	put_string("opc.tcp://press:4840");
	send_bytes(BT_TO_CLIENT);
	note_documents();
}

/* What is written of a message's shape, and of a certificate that is one: test_opcua.c. */
static bool is_of_no_table(const char *path)
{
	static const char *const keys[] = {".encrypted", ".truncated", ".more"};
	const char *last = strrchr(path, '.');

	for (size_t i = 0; last && i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(last, keys[i]) == 0)
			return true;
	}
	return strstr(path, "certificate.");
}

START_TEST(the_list_is_what_the_tables_write)
{
	const struct ua_service *service;
	bool answer;

	written = json_object();
	send_others();
	send_service(ua_service(SERVICE_CREATE_ITEMS, &answer), false, 0); /* for a handle's node */
	for (size_t i = 0; (service = ua_service_at(i)); i++)
		send_all(service);
	for (size_t i = 0; opcua_fields[i].path; i++)
		ck_assert_msg(json_object_get(written, opcua_fields[i].path) ||
				      is_of_no_table(opcua_fields[i].path),
			      "nothing writes %s", opcua_fields[i].path);
	json_decref(written);
}
END_TEST

START_TEST(each_key_is_listed_once)
{
	for (size_t i = 0; opcua_fields[i].path; i++) {
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(opcua_fields[i].path, opcua_fields[j].path);
	}
}
END_TEST

/* OPC 10000-6, 5.1.3 and 5.2.2.6 */
START_TEST(a_guid_reads_as_the_specification_says)
{
	static const uint8_t wire[] = {0x91, 0x2b, 0x96, 0x72, 0x75, 0xfa, 0xe6, 0x4a,
				       0x8d, 0x28, 0xb4, 0x04, 0xdc, 0x7d, 0xaf, 0x63};
	struct ua_node node = {.kind = ID_GUID, .space = 1, .id = cur_of(wire, sizeof(wire))};
	char text[NODE_TEXT + 1];

	text[ua_node_text(&node, text)] = '\0';
	ck_assert_str_eq(text, "ns=1;g=72962b91-fa75-4ae6-8d28-b404dc7daf63");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opcua_fields");
	TCase *tests = tcase_create("opcua_fields");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, the_list_is_what_the_tables_write);
	tcase_add_test(tests, each_key_is_listed_once);
	tcase_add_test(tests, a_guid_reads_as_the_specification_says);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
