/* SPDX-License-Identifier: Apache-2.0
 *
 * Speaking OPC UA to the laboratory: chunks of channel 1 and token 1, whose sequence numbers count up by
 * themselves, and what was said about them. For unit tests.
 */
#ifndef TESTS_SUPPORT_OPCUA_LAB_H
#define TESTS_SUPPORT_OPCUA_LAB_H

#include "lab_check.h"
#include "opcua_messages.h"

extern const struct bt_dissector dissector_opcua;

enum {
	MESSAGES = sizeof(messages) / sizeof(messages[0]),
	CHANNEL = 1,
	TOKEN = 1,
};

static struct bt_engine lab;
static uint8_t room[128 << 10];
static size_t used;
static uint32_t sequences[2];

static inline void setup(void)
{
	lab_init(&lab, &dissector_opcua);
	sequences[0] = sequences[1] = 0;
}

static inline void teardown(void)
{
	lab_finish(&lab);
}

/* ---- writing ---- */

static inline void put_u8(unsigned byte)
{
	if (used == sizeof(room)) /* for each byte ck_assert is slow */
		ck_abort_msg("no room for this message");
	room[used++] = (uint8_t)byte;
}

static inline void put_u32(uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		put_u8(number >> 8 * i & 0xff);
}

static inline void put(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_u8(((const uint8_t *)bytes)[i]);
}

static inline void put_string(const char *text)
{
	put_u32((uint32_t)strlen(text));
	put(text, strlen(text));
}

static inline unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static inline void put_hex(const char *text)
{
	for (; *text; text += 2)
		put_u8(digit(text[0]) << 4 | digit(text[1]));
}

static inline void begin(const char *letters)
{
	used = 0;
	put(letters, 4);
	put_u32(0);
}

static inline struct bt_cursor done(void)
{
	size_t size = used;

	used = 4;
	put_u32((uint32_t)size);
	used = size;
	return cur_of(room, size);
}

static inline void begin_secure(const char *letters, enum bt_dir dir, uint32_t request)
{
	begin(letters);
	put_u32(CHANNEL);
	put_u32(TOKEN);
	put_u32(++sequences[dir]);
	put_u32(request);
}

static inline void send_bytes(enum bt_dir dir)
{
	ck_assert_uint_eq(lab_send(&lab, dir, done(), false), 0);
}

static inline void send_message(enum bt_dir dir, uint32_t request, const char *body)
{
	begin_secure("MSGF", dir, request);
	put_hex(body);
	send_bytes(dir);
}

static inline const char *body_of(const char *service, bool answer)
{
	for (unsigned i = 0; i < MESSAGES; i++) {
		if (strcmp(messages[i].service, service) == 0)
			return answer ? messages[i].response : messages[i].request;
	}
	ck_abort_msg("no %s", service);
}

static inline void exchange(uint32_t request, const char *service)
{
	send_message(BT_TO_SERVER, request, body_of(service, false));
	send_message(BT_TO_CLIENT, request, body_of(service, true));
}

static const char none[] = "http://opcfoundation.org/UA/SecurityPolicy#None";

static inline void send_hello(void)
{
	begin("HELF");
	for (unsigned i = 0; i < 5; i++)
		put_u32(i == 1 || i == 2 ? 65536 : 0);
	put_string("opc.tcp://press:4840");
	send_bytes(BT_TO_SERVER);
	begin("ACKF");
	for (unsigned i = 0; i < 5; i++)
		put_u32(i == 1 || i == 2 ? 65536 : 0);
	send_bytes(BT_TO_CLIENT);
}

static inline void send_open(enum bt_dir dir, const char *policy)
{
	begin("OPNF");
	put_u32(dir == BT_TO_SERVER ? 0 : CHANNEL);
	put_string(policy);
	put_u32(UINT32_MAX);
	put_u32(UINT32_MAX);
	if (strcmp(policy, none) != 0) {
		for (unsigned i = 0; i < 256; i++)
			put_u8((i * 37 + 11 + dir) & 0xff);
		send_bytes(dir);
		return;
	}
	put_u32(++sequences[dir]);
	put_u32(1);
	if (dir == BT_TO_SERVER)
		put_hex("0100be01" "0000" "0000000000000000" "01000000" "00000000" "ffffffff"
			"00000000" "000000" "00000000" "00000000" "01000000" "ffffffff" "60ea0000");
	else
		put_hex("0100c101" "0000000000000000" "01000000" "00000000" "00" "ffffffff" "000000"
			"00000000" "01000000" "01000000" "0000000000000000" "60ea0000" "ffffffff");
	send_bytes(dir);
}

static inline void open_channel(void)
{
	send_hello();
	send_open(BT_TO_SERVER, none);
	send_open(BT_TO_CLIENT, none);
}

/* ---- looking ---- */

static inline const struct lab_operation *last(void)
{
	return lab_last(&lab);
}

/* Every key of every operation must be in the dissector's list. */
static inline void check_documents(void)
{
	for (unsigned i = 0; i < lab.operation_count && i < LAB_OPERATIONS; i++) {
		json_decref(lab_document(&lab, &lab.operations[i]));
	}
}

static inline void expect(const char *part)
{
	ck_assert_msg(strstr(last()->json, part), "no %s in %.900s", part, last()->json);
}

static inline void expect_quiet(void)
{
	ck_assert_msg(lab.break_count == 0, "%s: %s", lab.breaks[0].violation->name,
		      lab.breaks[0].detail);
}

static inline bool is_known(enum bt_identity what, const char *text, bool client)
{
	for (unsigned i = 0; i < lab.identity_count && i < LAB_IDENTITIES; i++) {
		if (lab.identities[i].what == what && strcmp(lab.identities[i].text, text) == 0 &&
		    lab.identities[i].who.client == client)
			return true;
	}
	return false;
}

#endif
