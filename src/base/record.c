/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON, written straight into a ring or a buffer: see include/bittern/record.h. A log of every operation
 * is made here, so room is asked for once per member, and eight bytes of text are looked at and
 * copied at a time.
 */
#include "bittern/record.h"

#include <assert.h>
#include <math.h>

#include "decimal.h"
#include "digits.h"
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

static inline void copy_ends(char *to, const char *from, size_t size, size_t each)
{
	memcpy(to, from, each);
	memcpy(to + size - each, from + size - each, each);
}

/* What is short without a call, by its two ends, which may overlap. */
static inline void copy(char *to, const char *from, size_t size)
{
	if (size >= 16) {
		for (size_t at = 0; at + 16 < size; at += 16)
			memcpy(to + at, from + at, 16);
		memcpy(to + size - 16, from + size - 16, 16);
	} else if (size >= 8) {
		copy_ends(to, from, size, 8);
	} else if (size >= 4) {
		copy_ends(to, from, size, 4);
	} else if (size >= 2) {
		copy_ends(to, from, size, 2);
	} else if (size) {
		*to = *from;
	}
}

/* The comma that is due and "name": ; `at` is then where the value's `size` bytes go. False: no room. */
static inline bool begin(struct bt_record *rec, struct bt_name name, size_t size, char **at)
{
	size_t comma = rec->comma, total = comma + (name.text ? name.length + 3 : 0) + size;
	char *to = rec->at + rec->len;

	if (rec->cut || total > rec->cap - rec->len) {
		rec->cut = true;
		return false;
	}
	rec->len += total;
	*to = ','; /* or what comes first overwrites it: no value is empty */
	to += comma;
	rec->comma = true;
	if (name.text) {
		*to++ = '"';
		copy(to, name.text, name.length);
		to += name.length;
		*to++ = '"';
		*to++ = ':';
	}
	*at = to;
	return true;
}

void bt_member_open(struct bt_record *rec, struct bt_name name, char bracket)
{
	char *at;

	if (begin(rec, name, 1, &at))
		*at = bracket;
	rec->comma = false;
}

void bt_member_close(struct bt_record *rec, char bracket)
{
	char *at = room(rec, 1);

	if (at)
		*at = bracket;
	rec->comma = true;
}

void bt_member_uint(struct bt_record *rec, struct bt_name name, uint64_t value)
{
	unsigned count = digits_count(value);
	char *at;

	if (begin(rec, name, count, &at))
		digits_put(at, count, value);
}

void bt_member_int(struct bt_record *rec, struct bt_name name, int64_t value)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	unsigned count = digits_count(size);
	char *at;

	if (!begin(rec, name, (value < 0) + count, &at))
		return;
	if (value < 0)
		*at++ = '-';
	digits_put(at, count, size);
}

void bt_member_double(struct bt_record *rec, struct bt_name name, double value)
{
	char text[DECIMAL_TEXT];
	size_t size;

	if (!isfinite(value)) {
		bt_member_raw(rec, name, "null", 4);
		return;
	}
	size = decimal_put(text, value);
	assert(size <= sizeof(text));
	bt_member_raw(rec, name, text, size);
}

void bt_member_raw(struct bt_record *rec, struct bt_name name, const char *json, size_t size)
{
	char *at;

	if (begin(rec, name, size, &at))
		copy(at, json, size);
}

void bt_member_hex(struct bt_record *rec, struct bt_name name, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	char *at;

	if (!begin(rec, name, size * 2 + 2, &at))
		return;
	*at++ = '"';
	for (size_t i = 0; i < size; i++, at += 2)
		digits_put_byte(at, from[i]);
	*at = '"';
}

/* ---- text ---- */

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Of eight bytes at once. Sums and differences carry into the next byte only from one that is not plain. */
static inline bool is_plain_word(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
	uint64_t below = (word - ones * 0x20) | (quote - ones) | (backslash - ones);

	return ((below | (word + ones) | word) & tops) == 0;
}

static inline bool copy_plain_word(char *to, const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	if (!is_plain_word(word))
		return false;
	memcpy(to, &word, sizeof(word));
	return true;
}

static inline bool copy_plain_halves(char *to, const uint8_t *from, size_t size)
{
	uint32_t first, last;

	memcpy(&first, from, sizeof(first));
	memcpy(&last, from + size - sizeof(last), sizeof(last));
	if (!is_plain_word((uint64_t)first << 32 | last))
		return false;
	memcpy(to, &first, sizeof(first));
	memcpy(to + size - sizeof(last), &last, sizeof(last));
	return true;
}

/* Copies what stands at the beginning and goes as it is; returns how much that was. */
static inline size_t copy_plain(char *to, const uint8_t *from, size_t size)
{
	size_t at = 0;

	if (size >= 8) {
		while (at + 8 < size && copy_plain_word(to + at, from + at))
			at += 8;
		if (at + 8 >= size && copy_plain_word(to + size - 8, from + size - 8))
			return size;
	} else if (size >= 4 && copy_plain_halves(to, from, size)) {
		return size;
	}
	for (; at < size && is_plain(from[at]); at++)
		to[at] = (char)from[at];
	return at;
}

static void put_escaped_byte(struct bt_record *rec, uint8_t byte)
{
	char text[5] = {'\\', '\\', 'x'};

	switch (byte) {
	case '"': put(rec, "\\\"", 2); break;
	case '\\': put(rec, "\\\\", 2); break;
	case '\n': put(rec, "\\n", 2); break;
	case '\r': put(rec, "\\r", 2); break;
	case '\t': put(rec, "\\t", 2); break;
	default:
		digits_put_byte(text + 3, byte);
		put(rec, text, sizeof(text));
		break;
	}
}

/* The rest of a text, from something on that is not plain, and the quote behind it. Apart, so that the texts
 * without such need no stack frame. */
static __attribute__((noinline)) void put_escaped(struct bt_record *rec, const uint8_t *text, size_t size)
{
	for (size_t at = 0; at < size && !rec->cut;) {
		size_t left = size - at, free = rec->cap - rec->len, length;

		length = copy_plain(rec->at + rec->len, text + at, left < free ? left : free);
		rec->len += length;
		at += length;
		if (at == size || is_plain(text[at])) {
			rec->cut = at < size;
			continue;
		}
		length = text[at] < 0x80 ? 0 : text_utf8_length(text + at, size - at);
		if (length) {
			put(rec, (const char *)text + at, length);
			at += length;
		} else {
			put_escaped_byte(rec, text[at++]);
		}
	}
	put(rec, "\"", 1);
}

void bt_member_text(struct bt_record *rec, struct bt_name name, const void *text, size_t size)
{
	size_t plain;
	char *at;

	if (!begin(rec, name, size + 2, &at))
		return;
	*at++ = '"';
	plain = copy_plain(at, text, size);
	if (plain == size) {
		at[size] = '"';
		return;
	}
	rec->len -= size - plain + 1;
	put_escaped(rec, (const uint8_t *)text + plain, size - plain);
}
