/* SPDX-License-Identifier: Apache-2.0
 *
 * Names in the document. They are any bytes, and YAML is text: what is shown as itself stays, a
 * backslash is doubled, every other byte is \xNN. The same name is always the same text.
 */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "document.h"
#include "text.h"
#include "yaml.h"

/* As many bytes of `text` as were written for the `take` bytes of a character; 0: a broken one. */
static size_t write_character(char text[5], const uint8_t *at, size_t take)
{
	if (*at == '\\')
		return (size_t)snprintf(text, 5, "\\\\");
	if (!take)
		return (size_t)snprintf(text, 5, "\\x%02x", *at);
	memcpy(text, at, take);
	return take;
}

void document_write_name(FILE *out, struct bt_cursor name)
{
	char text[4 * NAME_BYTES + 5];
	size_t size = cur_left(&name), len = 0;
	const uint8_t *from = cur_claim(&name, size);

	assert(size <= NAME_BYTES);
	for (size_t at = 0; at < size;) {
		bool ascii = from[at] >= 0x20 && from[at] < 0x7f;
		size_t take = ascii ? 1 : text_utf8_length(from + at, size - at);

		len += write_character(text + len, from + at, take);
		at += take ? take : 1;
	}
	text[len] = 0;
	yaml_write_text(out, text);
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, tolower((unsigned char)digit)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One byte at *text, which moves on. */
static bool parse_byte(const char **text, uint8_t *byte)
{
	const char *at = *text;
	int high, low;

	if (*at != '\\' || at[1] == '\\') {
		*byte = (uint8_t)*at;
		*text += *at == '\\' ? 2 : 1;
		return true;
	}
	high = at[1] == 'x' ? hex_digit(at[2]) : -1;
	low = high >= 0 ? hex_digit(at[3]) : -1;
	if (low < 0)
		return false;
	*byte = (uint8_t)(high << 4 | low);
	*text += 4;
	return true;
}

bool document_parse_name(const char *text, uint8_t room[NAME_BYTES], struct bt_cursor *name)
{
	size_t size = 0;

	while (*text)
		if (size == NAME_BYTES || !parse_byte(&text, &room[size++]))
			return false;
	*name = cur_of(room, size);
	return size > 0;
}
