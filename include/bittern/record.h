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

/* `name` NULL: an element of an array, or the outermost object. */
void bt_open(struct bt_record *rec, const char *name);       /* { */
void bt_close(struct bt_record *rec);                        /* } */
void bt_open_array(struct bt_record *rec, const char *name); /* [ */
void bt_close_array(struct bt_record *rec);                  /* ] */
void bt_put_uint(struct bt_record *rec, const char *name, uint64_t value);
void bt_put_int(struct bt_record *rec, const char *name, int64_t value);
void bt_put_double(struct bt_record *rec, const char *name, double value); /* NaN, inf: null */
void bt_put_bool(struct bt_record *rec, const char *name, bool value);
void bt_put_string(struct bt_record *rec, const char *name, const char *text); /* NULL: no member */
void bt_put_text(struct bt_record *rec, const char *name, struct bt_cursor text); /* wire bytes */
void bt_put_hex(struct bt_record *rec, const char *name, struct bt_cursor bytes);
void bt_put_raw(struct bt_record *rec, const char *name, const char *json, size_t len); /* ready JSON */

#endif
