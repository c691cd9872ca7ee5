/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing one YAML scalar so that any reader, of YAML 1.1 or 1.2, gets the same text back.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "yaml.h"

static bool is_reserved_word(const char *text)
{
	static const char *const words[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i], text) == 0)
			return true;
	return false;
}

/* A number, or something that a reader could take for a date or a range. */
static bool is_numeric(const char *text)
{
	char *end;

	if (isdigit((unsigned char)text[0]) && strspn(text, "0123456789-_") == strlen(text))
		return true;
	strtod(text, &end);
	return end != text && !*end;
}

/* Letters, digits and a few marks that mean nothing to YAML wherever they stand. */
static bool is_plain(const char *text)
{
	size_t size = strlen(text);

	if (!size || !isalnum((unsigned char)text[0]) || text[size - 1] == ' ')
		return false;
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
		if (!isalnum((unsigned char)text[i]) && !strchr(" _./+()-", text[i]))
			return false;
	}
	return !is_reserved_word(text) && !is_numeric(text);
}

/* Length of the valid UTF-8 sequence at `at` and its code point; 0: not one. `at` ends with NUL, so
 * reading stops there by itself. */
static unsigned utf8_at(const unsigned char *at, uint32_t *code)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned size = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 :
			at[0] >> 3 == 30 ? 4 : 0;

	*code = size <= 1 ? at[0] : at[0] & (0x7Fu >> size);
	for (unsigned i = 1; i < size; i++) {
		if ((at[i] & 0xC0) != 0x80)
			return 0;
		*code = *code << 6 | (at[i] & 0x3F);
	}
	if (!size || *code < least[size] || *code > 0x10FFFF || (*code >> 11) == 0x1B)
		return 0;
	return size;
}

static bool needs_escape(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

void yaml_write_text(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	while (*at) {
		uint32_t code;
		unsigned size = utf8_at(at, &code);

		if (!size)
			fprintf(out, "\\\\x%02x", *at);
		else if (code == '"' || code == '\\')
			fprintf(out, "\\%c", (int)code);
		else if (needs_escape(code))
			fprintf(out, "\\u%04x", (unsigned)code);
		else
			fwrite(at, 1, size, out);
		at += size ? size : 1;
	}
	fputc('"', out);
}
