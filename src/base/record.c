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

enum {
	LONG = 64,   /* bytes that are worth a call */
	PIECE = 64,  /* of a text in which some bytes are not plain */
	ESCAPED = 5, /* the longest that stands for a byte: \\xNN */
};

/* Nothing more finds room: nobody has to ask whether it was cut. */
static void cut(struct bt_record *rec)
{
	rec->cut = true;
	rec->cap = rec->len;
}

static void put(struct bt_record *rec, const char *text, size_t size)
{
	if (size > rec->cap - rec->len) {
		cut(rec);
		return;
	}
	memcpy(rec->at + rec->len, text, size);
	rec->len += size;
}

static inline void copy_ends(char *to, const char *from, size_t size, size_t each)
{
	memcpy(to, from, each);
	memcpy(to + size - each, from + size - each, each);
}

/* What is short without a call, by its two ends, which may overlap. */
static inline void copy(char *to, const char *from, size_t size)
{
	if (size > LONG) {
		memcpy(to, from, size);
	} else if (size >= 16) {
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

/* The comma that is due and "name": ; returns where the value's `size` bytes go, NULL: no room. */
static inline char *begin(struct bt_record *rec, struct bt_name name, size_t size)
{
	size_t total = rec->comma + (name.text ? name.length + 3 : 0) + size;
	char *at = rec->at + rec->len;

	if (total > rec->cap - rec->len) {
		cut(rec);
		return NULL;
	}
	rec->len += total;
	*at = ','; /* or what comes first overwrites it: no value is empty */
	at += rec->comma;
	rec->comma = true;
	if (name.text) {
		*at++ = '"';
		copy(at, name.text, name.length);
		at += name.length;
		*at++ = '"';
		*at++ = ':';
	}
	return at;
}

void bt_member_open(struct bt_record *rec, struct bt_name name, char bracket)
{
	char *at = begin(rec, name, 1);

	if (at)
		*at = bracket;
	rec->comma = false;
}

void bt_close_by(struct bt_record *rec, char bracket)
{
	put(rec, &bracket, 1);
	rec->comma = true;
}

/* ---- numbers ---- */

static inline char *put_digit(char *at, uint32_t value)
{
	*at = (char)('0' + value);
	return at + 1;
}

static inline char *put_pair(char *at, uint32_t value)
{
	digits_put_pair(at, value);
	return at + 2;
}

/* Below 10,000. Returns where they end. */
static inline char *put_few_digits(char *at, uint32_t value)
{
	uint32_t pair = value / 100;

	if (value < 10)
		return put_digit(at, value);
	if (pair)
		at = pair < 10 ? put_digit(at, pair) : put_pair(at, pair);
	return put_pair(at, value % 100);
}

static char *put_digits(char *at, uint64_t value)
{
	uint32_t last;

	if (value < 10000)
		return put_few_digits(at, (uint32_t)value);
	last = (uint32_t)(value % 10000);
	at = put_digits(at, value / 10000);
	return put_pair(put_pair(at, last / 100), last % 100);
}

static inline uint64_t size_of(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static char *put_signed(char *at, int64_t value)
{
	*at = '-';
	return put_digits(at + (value < 0), size_of(value));
}

void bt_value_uint(struct bt_record *rec, char *at, uint64_t value)
{
	bt_end(rec, put_digits(at, value));
}

void bt_value_int(struct bt_record *rec, char *at, int64_t value)
{
	bt_end(rec, put_signed(at, value));
}

void bt_member_uint(struct bt_record *rec, struct bt_name name, uint64_t value)
{
	char *at = begin(rec, name, digits_count(value));

	if (at)
		put_digits(at, value);
}

void bt_member_int(struct bt_record *rec, struct bt_name name, int64_t value)
{
	char *at = begin(rec, name, (value < 0) + digits_count(size_of(value)));

	if (at)
		put_signed(at, value);
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

/* ---- bytes ---- */

void bt_member_raw(struct bt_record *rec, struct bt_name name, const char *json, size_t size)
{
	char *at = begin(rec, name, size);

	if (at)
		copy(at, json, size);
}

void bt_member_hex(struct bt_record *rec, struct bt_name name, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	char *at = begin(rec, name, size * 2 + 2);

	if (!at)
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

/* Of sixteen. Bytes with their top bit set are negative. */
typedef signed char text16 __attribute__((vector_size(16)));

static inline bool is_plain_vector(text16 text)
{
	text16 special = (text < 0x20) | (text == 0x7f) | (text == '"') | (text == '\\');
	uint64_t any[2];

	memcpy(any, &special, sizeof(any));
	return !(any[0] | any[1]);
}

static inline bool copy_plain_vector(char *to, const uint8_t *from)
{
	text16 text;

	memcpy(&text, from, sizeof(text));
	if (!is_plain_vector(text))
		return false;
	memcpy(to, &text, sizeof(text));
	return true;
}

/* Of 8 to 16 bytes both ends. */
static inline bool copy_plain_ends(char *to, const uint8_t *from, size_t size)
{
	uint64_t ends[2];
	text16 text;

	memcpy(&ends[0], from, sizeof(ends[0]));
	memcpy(&ends[1], from + size - sizeof(ends[1]), sizeof(ends[1]));
	memcpy(&text, ends, sizeof(text));
	if (!is_plain_vector(text))
		return false;
	memcpy(to, &ends[0], sizeof(ends[0]));
	memcpy(to + size - sizeof(ends[1]), &ends[1], sizeof(ends[1]));
	return true;
}

/* Of 4 to 8. */
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

	if (size >= 16) {
		while (at + 16 < size && copy_plain_vector(to + at, from + at))
			at += 16;
		if (at + 16 >= size && copy_plain_vector(to + size - 16, from + size - 16))
			return size;
	} else if (size >= 8 && copy_plain_ends(to, from, size)) {
		return size;
	} else if (size >= 4 && size < 8 && copy_plain_halves(to, from, size)) {
		return size;
	}
	for (; at < size && is_plain(from[at]); at++)
		to[at] = (char)from[at];
	return at;
}

/* Writes what stands for a byte that is not plain, or the character that begins there; returns how many
 * bytes of the text that was. */
static size_t put_special(char **to, const uint8_t *text, size_t size)
{
	size_t length = *text < 0x80 ? 0 : text_utf8_length(text, size);
	char *at = *to;

	if (length) {
		memcpy(at, text, length);
		*to = at + length;
		return length;
	}
	*at++ = '\\';
	switch (*text) {
	case '"':
	case '\\': *at++ = (char)*text; break;
	case '\n': *at++ = 'n'; break;
	case '\r': *at++ = 'r'; break;
	case '\t': *at++ = 't'; break;
	default:
		*at++ = '\\';
		*at++ = 'x';
		digits_put_byte(at, *text);
		at += 2;
		break;
	}
	*to = at;
	return 1;
}

/* The rest of a text, from something on that is not plain, and the quote behind it; piece by piece, so that
 * room is asked for once in each. Apart, so that the texts without such need no stack frame. */
static __attribute__((noinline)) void put_escaped(struct bt_record *rec, const uint8_t *text, size_t size)
{
	char piece[PIECE + ESCAPED];

	for (size_t at = 0; at < size && !rec->cut;) {
		size_t left = size - at, plain = copy_plain(piece, text + at, left < PIECE ? left : PIECE);
		char *to = piece + plain;

		for (at += plain; at < size && to < piece + PIECE;) {
			if (is_plain(text[at]))
				*to++ = (char)text[at++];
			else
				at += put_special(&to, text + at, size - at);
		}
		put(rec, piece, (size_t)(to - piece));
	}
	put(rec, "\"", 1);
}

/* There is room for it as it is, in quotes. */
static inline void put_quoted(struct bt_record *rec, char *at, const uint8_t *text, size_t size)
{
	size_t plain;

	*at++ = '"';
	plain = copy_plain(at, text, size);
	at += plain;
	if (plain == size) {
		*at = '"';
		bt_end(rec, at + 1);
		return;
	}
	bt_end(rec, at);
	put_escaped(rec, text + plain, size - plain);
}

void bt_value_text(struct bt_record *rec, char *at, const void *text, size_t size)
{
	put_quoted(rec, at, text, size);
}

void bt_member_text(struct bt_record *rec, struct bt_name name, const void *text, size_t size)
{
	char *at = begin(rec, name, size + 2);

	if (at)
		put_quoted(rec, at, text, size);
}
