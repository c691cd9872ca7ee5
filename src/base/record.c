/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON, written straight into a ring or a buffer: see include/bittern/record.h.
 */
#include "bittern/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

static char *room(struct bt_record *rec, size_t size)
{
	char *at = rec->at + rec->len;

	if (rec->cut || size > rec->cap - rec->len) {
		rec->cut = true;
		return NULL;
	}
	rec->len += size;
	return at;
}

static void put(struct bt_record *rec, const char *text, size_t size)
{
	char *at = room(rec, size);

	if (at)
		memcpy(at, text, size);
}

/* The comma that is due and "name": ; after it comes a value. */
static void member(struct bt_record *rec, const char *name)
{
	size_t length = name ? strlen(name) : 0;
	char *at = room(rec, rec->comma + (name ? length + 3 : 0));

	if (!at)
		return;
	if (rec->comma)
		*at++ = ',';
	rec->comma = true;
	if (!name)
		return;
	*at++ = '"';
	memcpy(at, name, length);
	at[length] = '"';
	at[length + 1] = ':';
}

static void open_with(struct bt_record *rec, const char *name, char bracket)
{
	member(rec, name);
	put(rec, &bracket, 1);
	rec->comma = false;
}

static void close_with(struct bt_record *rec, char bracket)
{
	put(rec, &bracket, 1);
	rec->comma = true;
}

void bt_open(struct bt_record *rec, const char *name)
{
	open_with(rec, name, '{');
}

void bt_close(struct bt_record *rec)
{
	close_with(rec, '}');
}

void bt_open_array(struct bt_record *rec, const char *name)
{
	open_with(rec, name, '[');
}

void bt_close_array(struct bt_record *rec)
{
	close_with(rec, ']');
}

static void put_decimal(struct bt_record *rec, uint64_t value, bool negative)
{
	char digits[21];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	if (negative)
		digits[--at] = '-';
	put(rec, digits + at, sizeof(digits) - at);
}

void bt_put_uint(struct bt_record *rec, const char *name, uint64_t value)
{
	member(rec, name);
	put_decimal(rec, value, false);
}

void bt_put_int(struct bt_record *rec, const char *name, int64_t value)
{
	member(rec, name);
	put_decimal(rec, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void bt_put_double(struct bt_record *rec, const char *name, double value)
{
	char text[32];
	int length;

	member(rec, name);
	if (!isfinite(value)) {
		put(rec, "null", 4);
		return;
	}
	/* The shortest of the two that reads back as the same number. */
	length = snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		length = snprintf(text, sizeof(text), "%.17g", value);
	put(rec, text, (size_t)length);
}

void bt_put_bool(struct bt_record *rec, const char *name, bool value)
{
	member(rec, name);
	if (value)
		put(rec, "true", 4);
	else
		put(rec, "false", 5);
}

static void put_escaped_byte(struct bt_record *rec, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	char text[5] = {'\\', '\\', 'x', hex[byte >> 4], hex[byte & 15]};

	switch (byte) {
	case '"': put(rec, "\\\"", 2); break;
	case '\\': put(rec, "\\\\", 2); break;
	case '\n': put(rec, "\\n", 2); break;
	case '\r': put(rec, "\\r", 2); break;
	case '\t': put(rec, "\\t", 2); break;
	default: put(rec, text, sizeof(text)); break;
	}
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static void put_quoted(struct bt_record *rec, const uint8_t *text, size_t size)
{
	put(rec, "\"", 1);
	for (size_t at = 0; at < size && !rec->cut;) {
		size_t plain = 0, length;

		while (at + plain < size && is_plain(text[at + plain]))
			plain++;
		if (plain) {
			put(rec, (const char *)text + at, plain);
			at += plain;
			continue;
		}
		length = text_utf8_length(text + at, size - at);
		if (length) {
			put(rec, (const char *)text + at, length);
			at += length;
		} else {
			put_escaped_byte(rec, text[at++]);
		}
	}
	put(rec, "\"", 1);
}

void bt_put_string(struct bt_record *rec, const char *name, const char *text)
{
	if (!text)
		return;
	member(rec, name);
	put_quoted(rec, (const uint8_t *)text, strlen(text));
}

void bt_put_text(struct bt_record *rec, const char *name, struct bt_cursor text)
{
	member(rec, name);
	put_quoted(rec, text.ptr, text.left);
}

void bt_put_hex(struct bt_record *rec, const char *name, struct bt_cursor bytes)
{
	static const char hex[] = "0123456789abcdef";
	size_t count = bytes.left;
	char *at;

	member(rec, name);
	at = count < rec->cap ? room(rec, count * 2 + 2) : NULL;
	if (!at) {
		rec->cut = true;
		return;
	}
	*at++ = '"';
	while (cur_left(&bytes)) {
		uint8_t byte = cur_u8(&bytes);

		*at++ = hex[byte >> 4];
		*at++ = hex[byte & 15];
	}
	*at = '"';
}

void bt_put_raw(struct bt_record *rec, const char *name, const char *json, size_t len)
{
	member(rec, name);
	put(rec, json, len);
}
