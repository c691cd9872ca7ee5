/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing one JSON record into memory that somebody else owns, without an allocation.
 *
 * A record that does not fit sets the sticky `cut` and writes nothing more; its owner then throws
 * the record away and counts it. Names are static strings of [a-z0-9_]; texts may be any bytes:
 * what is not valid UTF-8 or is a control character is written as \\xNN text, so that every line is
 * valid JSON whatever was on the wire.
 */
#ifndef BITTERN_RECORD_H
#define BITTERN_RECORD_H

#include "bittern/cursor.h"

struct bt_record {
	char *at;   /* first byte of the buffer */
	size_t cap; /* its size */
	size_t len; /* bytes written */
	bool cut;   /* did not fit */
	bool comma; /* a comma is due before the next member */
};

/* A member's name: with its length, which the compiler counts where the name is a literal. */
struct bt_name {
	const char *text; /* NULL: an element of an array, or the outermost object */
	size_t length;
};

enum {
	BT_NUMBER = 20, /* the longest integer */
	BT_AROUND = 8,  /* more than stands around a name and its value: ,"":"" */
};

/* Whole members, into exactly the room that there is. */
void bt_member_open(struct bt_record *rec, struct bt_name name, char bracket);
void bt_member_uint(struct bt_record *rec, struct bt_name name, uint64_t value);
void bt_member_int(struct bt_record *rec, struct bt_name name, int64_t value);
void bt_member_double(struct bt_record *rec, struct bt_name name, double value);
void bt_member_text(struct bt_record *rec, struct bt_name name, const void *text, size_t size);
void bt_member_hex(struct bt_record *rec, struct bt_name name, const void *bytes, size_t size);
void bt_member_raw(struct bt_record *rec, struct bt_name name, const char *json, size_t size);
void bt_close_by(struct bt_record *rec, char bracket);

/* Values, to where bt_begin() says. */
void bt_value_uint(struct bt_record *rec, char *at, uint64_t value);
void bt_value_int(struct bt_record *rec, char *at, int64_t value);
void bt_value_text(struct bt_record *rec, char *at, const void *text, size_t size);

/* Only where a literal stands the compiler knows that it is one. */
#define BT_INLINE static inline __attribute__((always_inline))

BT_INLINE struct bt_name bt_name(const char *text)
{
	return (struct bt_name){text, text ? strlen(text) : 0};
}

/* The short way: a name that is a literal is written by the caller's own instructions, where there is room for
 * it and a value of `size` bytes in any case. Returns where the value goes; NULL: the whole member, then. */
BT_INLINE char *bt_begin(struct bt_record *rec, struct bt_name name, size_t size)
{
	char *at = rec->at + rec->len;

	if (!__builtin_constant_p(name.length) || rec->cap - rec->len < name.length + size + BT_AROUND)
		return NULL;
	*at = ','; /* or what comes first overwrites it: no value is empty */
	at += rec->comma;
	if (name.text) {
		*at++ = '"';
		memcpy(at, name.text, name.length);
		at += name.length;
		*at++ = '"';
		*at++ = ':';
	}
	return at;
}

/* The value ended before `at`. */
BT_INLINE void bt_end(struct bt_record *rec, const char *at)
{
	rec->len = (size_t)(at - rec->at);
	rec->comma = true;
}

BT_INLINE void bt_open_by(struct bt_record *rec, struct bt_name name, char bracket)
{
	char *at = bt_begin(rec, name, 1);

	if (!at) {
		bt_member_open(rec, name, bracket);
		return;
	}
	*at = bracket;
	bt_end(rec, at + 1);
	rec->comma = false;
}

/* `name` NULL: an element of an array, or the outermost object. */
BT_INLINE void bt_open(struct bt_record *rec, const char *name)
{
	bt_open_by(rec, bt_name(name), '{');
}

BT_INLINE void bt_close(struct bt_record *rec)
{
	bt_close_by(rec, '}');
}

BT_INLINE void bt_open_array(struct bt_record *rec, const char *name)
{
	bt_open_by(rec, bt_name(name), '[');
}

BT_INLINE void bt_close_array(struct bt_record *rec)
{
	bt_close_by(rec, ']');
}

BT_INLINE void bt_put_uint(struct bt_record *rec, const char *name, uint64_t value)
{
	char *at = bt_begin(rec, bt_name(name), BT_NUMBER);

	if (at)
		bt_value_uint(rec, at, value);
	else
		bt_member_uint(rec, bt_name(name), value);
}

BT_INLINE void bt_put_int(struct bt_record *rec, const char *name, int64_t value)
{
	char *at = bt_begin(rec, bt_name(name), BT_NUMBER);

	if (at)
		bt_value_int(rec, at, value);
	else
		bt_member_int(rec, bt_name(name), value);
}

/* NaN, infinite: null */
BT_INLINE void bt_put_double(struct bt_record *rec, const char *name, double value)
{
	bt_member_double(rec, bt_name(name), value);
}

BT_INLINE void bt_put_bool(struct bt_record *rec, const char *name, bool value)
{
	char *at = bt_begin(rec, bt_name(name), 5);

	if (!at) {
		bt_member_raw(rec, bt_name(name), value ? "true" : "false", value ? 4 : 5);
		return;
	}
	memcpy(at, value ? "true" : "fals", 4);
	at[4] = 'e';
	bt_end(rec, at + 5 - value);
}

BT_INLINE void bt_put_bytes(struct bt_record *rec, struct bt_name name, const void *text, size_t size)
{
	char *at = bt_begin(rec, name, size);

	if (at)
		bt_value_text(rec, at, text, size);
	else
		bt_member_text(rec, name, text, size);
}

/* NULL: no member */
BT_INLINE void bt_put_string(struct bt_record *rec, const char *name, const char *text)
{
	if (text)
		bt_put_bytes(rec, bt_name(name), text, strlen(text));
}

/* Wire bytes. */
BT_INLINE void bt_put_text(struct bt_record *rec, const char *name, struct bt_cursor text)
{
	bt_put_bytes(rec, bt_name(name), text.ptr, text.left);
}

BT_INLINE void bt_put_hex(struct bt_record *rec, const char *name, struct bt_cursor bytes)
{
	bt_member_hex(rec, bt_name(name), bytes.ptr, bytes.left);
}

/* Ready JSON. */
BT_INLINE void bt_put_raw(struct bt_record *rec, const char *name, const char *json, size_t size)
{
	bt_member_raw(rec, bt_name(name), json, size);
}

#endif
