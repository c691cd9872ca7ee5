/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT packets as text, and what became of them in the lab: for the unit tests of the MQTT dissector.
 *
 * Packets are written as hexadecimal in which 'text' is a text with its 16 bits of length, `text` one
 * without, and <...> properties with their length; the remaining length is put in.
 */
#ifndef TESTS_SUPPORT_MQTT_LAB_H
#define TESTS_SUPPORT_MQTT_LAB_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab_check.h"

extern const struct bt_dissector dissector_mqtt, dissector_mqtt_websocket, dissector_sparkplug;

enum {
	ROOM = 256 << 10,
};

static struct bt_engine lab;
static uint8_t room[ROOM];

static inline void open_lab(const struct bt_dissector *dissector)
{
	lab_init(&lab, dissector);
	lab.inside = &dissector_sparkplug;
	lab.flow.server_proven = true;
}

static inline void setup(void)
{
	open_lab(&dissector_mqtt);
}

static inline void setup_websocket(void)
{
	open_lab(&dissector_mqtt_websocket);
}

static inline void teardown(void)
{
	lab_finish(&lab);
}

/* ---- packets as text ---- */

static inline unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static inline size_t write_text(uint8_t *to, const char **text, char end, bool counted)
{
	size_t size = strcspn(*text, (char[]){end, 0});

	if (counted) {
		to[0] = (uint8_t)(size >> 8);
		to[1] = (uint8_t)size;
		to += 2;
	}
	memcpy(to, *text, size);
	*text += size + 1;
	return size + (counted ? 2 : 0);
}

static inline size_t write_bytes(uint8_t *to, const char **text)
{
	size_t size = 0, properties = 0;

	while (**text) {
		char c = *(*text)++;

		ck_assert_uint_lt(size, 60000);
		if (c == '\'' || c == '`') {
			size += write_text(to + size, text, c, c == '\'');
		} else if (c == '<') {
			properties = size++;
		} else if (c == '>') {
			ck_assert_uint_lt(size - properties - 1, 128);
			to[properties] = (uint8_t)(size - properties - 1);
		} else if (c != ' ') {
			to[size++] = (uint8_t)(digit(c) << 4 | digit(*(*text)++));
		}
	}
	return size;
}

static inline size_t write_packet(uint8_t *to, const char *text)
{
	static uint8_t body[65536];
	size_t size = write_bytes(body, &text), rest = size - 1, at = 1;

	to[0] = body[0];
	do {
		to[at++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
		rest >>= 7;
	} while (rest);
	memcpy(to + at, body + 1, size - 1);
	return at + size - 1;
}

static inline struct bt_cursor packet(const char *text)
{
	return cur_of(room, write_packet(room, text));
}

static inline void up(const char *text)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_SERVER, packet(text), false), 0);
}

static inline void down(const char *text)
{
	ck_assert_uint_eq(lab_send(&lab, BT_TO_CLIENT, packet(text), false), 0);
}

#define CONNECT_OLD "10 'MQTT' 04 02 003c 'me'"
#define CONNECT_NEW "10 'MQTT' 05 02 003c <22 000a> 'me'"

static inline void open_old(void)
{
	up(CONNECT_OLD);
	down("20 00 00");
}

static inline void open_new(void)
{
	up(CONNECT_NEW);
	down("20 00 00 <22 000a>");
}

/* ---- what came of it ---- */

static inline const struct lab_operation *last(void)
{
	return lab_last(&lab);
}

static inline json_t *document(const struct lab_operation *operation)
{
	return lab_document(&lab, operation);
}

/* `value` is how JSON writes it. */
static inline void expect(const char *path, const char *value)
{
	json_t *root = document(last()), *found = lab_member(root, path);
	char *text = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	ck_assert_msg(text && strcmp(text, value) == 0, "%s is %s in %s", path, text ? text : "missing",
		      last()->json);
	free(text);
	json_decref(root);
}

static inline void expect_missing(const char *path)
{
	json_t *root = document(last());

	ck_assert_msg(!lab_member(root, path), "%s in %s", path, last()->json);
	json_decref(root);
}

static inline void expect_operation(const char *name, enum bt_act act, enum bt_result result)
{
	ck_assert_str_eq(last()->op.name, name);
	ck_assert_int_eq(last()->op.act, act);
	ck_assert_msg(last()->op.result == result, "%s: %s", name,
		      bt_result_name(last()->op.result));
}

static inline void expect_access(unsigned index, const char *space, const char *name)
{
	ck_assert_uint_gt(last()->op.access_count, index);
	ck_assert_str_eq(last()->accesses[index].space, space);
	ck_assert_str_eq(last()->names[index], name);
}

static inline void expect_calm(void)
{
	ck_assert_msg(lab.break_count == 0, "%s: %s", lab.breaks[0].violation->name,
		      lab.breaks[0].detail);
}

static inline void expect_broken(const char *violation)
{
	ck_assert_msg(lab_broke(&lab, violation), "%s is not said, of %u that are", violation,
		      lab.break_count);
}

/* ---- every packet ---- */

/* What both sides say, first the request; the operation it makes. */
static const struct exchange {
	const char *request, *answer; /* answer NULL: none is due */
	bool by_server;
	const char *name;
	enum bt_act act;
	enum bt_result result;
	const char *error;
} old_exchanges[] = {
	{"30 'a/b' `21.5`", NULL, false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"30 'a/b' `21.5`", NULL, true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"33 'a/b' 0007 `on`", "40 0007", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"32 'a/b' 0007 `on`", "40 0007", true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"34 'a/b' 0008 `on`", "50 0008", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"62 0008", "70 0008", false, "pubrel", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"62 0008", "70 0008", true, "pubrel", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"82 0009 'a/#' 01 '+/b' 02", "90 0009 01 80", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_OK, NULL},
	{"82 0009 '$share/g/a/#' 01", "90 0009 80", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_REFUSED, "unspecified_error"},
	{"a2 000a 'a/#' '+/b'", "b0 000a", false, "unsubscribe", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"c0", "d0", false, "pingreq", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"e0", NULL, false, "disconnect", BT_ACT_SESSION, BT_RESULT_OK, NULL},
};

static const struct exchange new_exchanges[] = {
	{"30 'a/b' <> `21.5`", NULL, false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"31 'a/b' <01 01 02 0000003c 03 'text/plain' 08 're/ply' 09 'id' 26 'k' 'v'> `21.5`", NULL,
	 false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"30 'a/b' <0b 05 0b 8001> `x`", NULL, true, "publish", BT_ACT_REPORT, BT_RESULT_OK, NULL},
	{"32 'a/b' 0007 <> `on`", "40 0007 87 <1f 'no'>", false, "publish", BT_ACT_PUBLISH,
	 BT_RESULT_REFUSED, "not_authorized"},
	{"32 'a/b' 0007 <> `on`", "40 0007 10", false, "publish", BT_ACT_PUBLISH, BT_RESULT_OK, NULL},
	{"34 'a/b' 0008 <> `on`", "50 0008 97", false, "publish", BT_ACT_PUBLISH, BT_RESULT_REFUSED,
	 "quota_exceeded"},
	{"62 0008 00 <>", "70 0008 92", false, "pubrel", BT_ACT_SESSION, BT_RESULT_REFUSED,
	 "packet_identifier_not_found"},
	{"82 0009 <0b 07> 'a/#' 2d '+/b' 16", "90 0009 <> 01 02", false, "subscribe",
	 BT_ACT_SUBSCRIBE, BT_RESULT_OK, NULL},
	{"82 0009 <> 'a/#' 01", "90 0009 <1f 'no'> 9e", false, "subscribe", BT_ACT_SUBSCRIBE,
	 BT_RESULT_REFUSED, "shared_subscriptions_not_supported"},
	{"a2 000a <26 'k' 'v'> 'a/#'", "b0 000a <> 11", false, "unsubscribe", BT_ACT_SESSION,
	 BT_RESULT_OK, NULL},
	{"e0", NULL, false, "disconnect", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"e0 04 <11 00000010>", NULL, false, "disconnect", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"e0 8e <1c 'other' 1f 'moved'>", NULL, true, "disconnect", BT_ACT_SESSION, BT_RESULT_OK, NULL},
	{"f0 18 <15 'SCRAM' 16 'proof'>", NULL, false, "auth", BT_ACT_AUTHENTICATE, BT_RESULT_OK,
	 NULL},
	{"f0 18 <15 'SCRAM' 16 'proof'>", NULL, true, "auth", BT_ACT_AUTHENTICATE, BT_RESULT_OK, NULL},
};

enum {
	OLD = sizeof(old_exchanges) / sizeof(old_exchanges[0]),
	NEW = sizeof(new_exchanges) / sizeof(new_exchanges[0]),
};

static inline const struct exchange *exchange(int index)
{
	return index < OLD ? &old_exchanges[index] : &new_exchanges[index - OLD];
}

static inline void say(bool by_server, const char *text)
{
	(by_server ? down : up)(text);
}

#endif
