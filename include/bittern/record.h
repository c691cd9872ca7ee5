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

/* What the functions below are made of. */
void bt_member_open(struct bt_record *rec, struct bt_name name, char bracket);
void bt_member_close(struct bt_record *rec, char bracket);
void bt_member_uint(struct bt_record *rec, struct bt_name name, uint64_t value);
void bt_member_int(struct bt_record *rec, struct bt_name name, int64_t value);
void bt_member_double(struct bt_record *rec, struct bt_name name, double value);
void bt_member_text(struct bt_record *rec, struct bt_name name, const void *text, size_t size);
void bt_member_hex(struct bt_record *rec, struct bt_name name, const void *bytes, size_t size);
void bt_member_raw(struct bt_record *rec, struct bt_name name, const char *json, size_t size);

static inline struct bt_name bt_name(const char *text)
{
	return (struct bt_name){text, text ? strlen(text) : 0};
}

/* `name` NULL: an element of an array, or the outermost object. */
static inline void bt_open(struct bt_record *rec, const char *name)
{
	bt_member_open(rec, bt_name(name), '{');
}

static inline void bt_close(struct bt_record *rec)
{
	bt_member_close(rec, '}');
}

static inline void bt_open_array(struct bt_record *rec, const char *name)
{
	bt_member_open(rec, bt_name(name), '[');
}

static inline void bt_close_array(struct bt_record *rec)
{
	bt_member_close(rec, ']');
}

static inline void bt_put_uint(struct bt_record *rec, const char *name, uint64_t value)
{
	bt_member_uint(rec, bt_name(name), value);
}

static inline void bt_put_int(struct bt_record *rec, const char *name, int64_t value)
{
	bt_member_int(rec, bt_name(name), value);
}

/* NaN, infinite: null */
static inline void bt_put_double(struct bt_record *rec, const char *name, double value)
{
	bt_member_double(rec, bt_name(name), value);
}

static inline void bt_put_bool(struct bt_record *rec, const char *name, bool value)
{
	bt_member_raw(rec, bt_name(name), value ? "true" : "false", value ? 4 : 5);
}

/* NULL: no member */
static inline void bt_put_string(struct bt_record *rec, const char *name, const char *text)
{
	if (text)
		bt_member_text(rec, bt_name(name), text, strlen(text));
}

/* Wire bytes. */
static inline void bt_put_text(struct bt_record *rec, const char *name, struct bt_cursor text)
{
	bt_member_text(rec, bt_name(name), text.ptr, text.left);
}

static inline void bt_put_hex(struct bt_record *rec, const char *name, struct bt_cursor bytes)
{
	bt_member_hex(rec, bt_name(name), bytes.ptr, bytes.left);
}

/* Ready JSON. */
static inline void bt_put_raw(struct bt_record *rec, const char *name, const char *json, size_t size)
{
	bt_member_raw(rec, bt_name(name), json, size);
}

#endif
