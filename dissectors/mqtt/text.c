/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts (1.5.4), topic names and topic filters (4.7, 4.8).
 */
#include "mqtt.h"

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS (ONES << 7)

/* Of eight bytes at once. Sums and differences carry into the next byte only from one that is not plain. */
static bool is_plain(uint64_t word)
{
	return !(((word - ONES * ' ') | (word + ONES) | word) & HIGHS);
}

/* Of eight plain bytes: is one of them this? */
static bool any_is(uint64_t word, uint8_t byte)
{
	return ((word ^ ONES * byte) - ONES) & HIGHS;
}

/* Printable ASCII and nothing else, as nearly all texts are; the last look overlaps the one before.
 * False: it must be read character by character. *wild: there are wildcards in it. */
static bool all_plain(struct bt_cursor text, bool *wild)
{
	size_t size = cur_left(&text);
	struct bt_cursor at = text;

	*wild = false;
	if (size < sizeof(uint64_t))
		return false;
	for (bool last = false; !last;) {
		uint64_t word;

		last = cur_left(&at) <= sizeof(word);
		if (last) {
			at = text;
			cur_skip(&at, size - sizeof(word));
		}
		word = cur_u64le(&at);
		if (!is_plain(word))
			return false;
		*wild |= any_is(word, '#') || any_is(word, '+');
	}
	return true;
}

static bool continues(struct bt_cursor *at, uint32_t *code)
{
	uint8_t byte = cur_u8(at);

	*code = *code << 6 | (byte & 0x3f);
	return (byte & 0xc0) == 0x80;
}

/* One character; false where it is not UTF-8: overlong, a surrogate, beyond U+10FFFF. */
static bool character(struct bt_cursor *at, uint32_t *code)
{
	uint8_t first = cur_u8(at);

	if (first < 0x80) {
		*code = first;
		return true;
	}
	if ((first & 0xe0) == 0xc0) {
		*code = first & 0x1f;
		return continues(at, code) && *code >= 0x80;
	}
	if ((first & 0xf0) == 0xe0) {
		*code = first & 0x0f;
		return continues(at, code) && continues(at, code) && *code >= 0x800 &&
		       (*code < 0xd800 || *code > 0xdfff);
	}
	*code = first & 0x07;
	return (first & 0xf8) == 0xf0 && continues(at, code) && continues(at, code) &&
	       continues(at, code) && *code >= 0x10000 && *code <= 0x10ffff;
}

unsigned mqtt_text_faults(struct bt_cursor text)
{
	unsigned faults = 0;
	uint32_t code;
	bool wild;

	if (all_plain(text, &wild))
		return 0;
	while (cur_left(&text)) {
		if (!character(&text, &code))
			return faults | FAULT_TEXT;
		if (code == 0)
			faults |= FAULT_NUL;
	}
	return faults;
}

bool mqtt_printable(struct bt_cursor text)
{
	uint32_t code;
	bool wild;

	if (all_plain(text, &wild))
		return true;
	while (cur_left(&text)) {
		if (!character(&text, &code))
			return false;
		if ((code < ' ' && code != '\t' && code != '\n' && code != '\r') ||
		    (code >= 0x7f && code < 0xa0))
			return false;
	}
	return true;
}

struct bt_cursor mqtt_whole_characters(struct bt_cursor text)
{
	uint8_t byte = 0x80;

	for (size_t left = cur_left(&text); left && (byte & 0xc0) == 0x80; left--) {
		struct bt_cursor last = text;

		cur_skip(&last, left - 1);
		byte = cur_u8(&last);
		if (byte >= 0x80)
			text = cur_take(&text, left - 1);
	}
	return text;
}

bool mqtt_begins(struct bt_cursor text, const char *prefix)
{
	size_t size = strlen(prefix);

	return cur_left(&text) >= size && cur_equal(cur_take(&text, size), cur_of(prefix, size));
}

bool mqtt_same(struct bt_cursor text, const char *other)
{
	return cur_equal(text, cur_of(other, strlen(other)));
}

unsigned mqtt_topic_faults(struct bt_cursor topic)
{
	unsigned faults;
	bool wild;

	if (all_plain(topic, &wild))
		return wild ? FAULT_TOPIC : 0;
	faults = mqtt_text_faults(topic);
	if (!cur_left(&topic))
		return faults | FAULT_TOPIC;
	while (cur_left(&topic)) {
		uint8_t byte = cur_u8(&topic);

		if (byte == '#' || byte == '+')
			return faults | FAULT_TOPIC;
	}
	return faults;
}

bool mqtt_is_shared(struct bt_cursor filter)
{
	return mqtt_begins(filter, "$share/");
}

/* Of "$share/group/filter" the filter; empty where the group's name is not one. */
static struct bt_cursor without_group(struct bt_cursor filter)
{
	size_t name = 0;

	cur_skip(&filter, strlen("$share/"));
	for (; cur_left(&filter); name++) {
		uint8_t byte = cur_u8(&filter);

		if (byte == '/')
			break;
		if (byte == '#' || byte == '+')
			return cur_of(NULL, 0);
	}
	return name ? filter : cur_of(NULL, 0);
}

/* "#" alone and last in its level, "+" alone in its level. */
static bool wildcards_in_place(struct bt_cursor filter)
{
	uint8_t before = '/';

	while (cur_left(&filter)) {
		uint8_t byte = cur_u8(&filter);
		struct bt_cursor rest = filter;

		if (byte == '#' && (before != '/' || cur_left(&filter)))
			return false;
		if (byte == '+' && (before != '/' || (cur_left(&rest) && cur_u8(&rest) != '/')))
			return false;
		before = byte;
	}
	return true;
}

unsigned mqtt_filter_faults(struct bt_cursor filter)
{
	unsigned faults = mqtt_text_faults(filter);

	if (mqtt_is_shared(filter))
		filter = without_group(filter);
	if (!cur_left(&filter) || !wildcards_in_place(filter))
		faults |= FAULT_FILTER;
	return faults;
}
