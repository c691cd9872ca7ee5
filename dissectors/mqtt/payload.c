/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message carries: the specification calls it opaque, plants mostly send numbers, text or JSON,
 * and now and then a file.
 */
#include "mqtt.h"

enum {
	VALUES_IN = 16 << 10, /* bytes of a payload that are searched for values */
};

static const struct {
	const char *kind;
	const char *magic;
	uint8_t size;
} files[] = {
	{"jpeg", "\xff\xd8\xff", 3},
	{"png", "\x89PNG", 4},
	{"gif", "GIF8", 4},
	{"gzip", "\x1f\x8b\x08", 3},
	{"zip", "PK\3\4", 4},
	{"elf", "\177ELF", 4},
	{"pe", "MZ\x90\0", 4},
	{"pdf", "%PDF-", 5},
	{"xml", "<?xml", 5},
};

static struct bt_cursor trimmed(struct bt_cursor text)
{
	struct bt_cursor at = text;

	while (cur_left(&at)) {
		uint8_t byte = cur_u8(&at);

		if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n')
			break;
		text = at;
	}
	return text;
}

/* Its first byte says whether JSON is worth a try. */
static bool could_be_json(struct bt_cursor text)
{
	uint8_t first = cur_u8(&text);

	return first && strchr("{[-0123456789tf", first);
}

static const char *kind_of_json(struct bt_cursor text)
{
	switch (cur_u8(&text)) {
	case '{':
	case '[': return "json";
	case 't':
	case 'f': return "boolean";
	default: return "number";
	}
}

const char *mqtt_payload_kind(struct bt_cursor payload, bool whole)
{
	struct bt_cursor text = trimmed(payload);

	if (!cur_left(&payload))
		return "empty";
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct bt_cursor head = payload;

		if (cur_equal(cur_take_upto(&head, files[i].size),
			      cur_of(files[i].magic, files[i].size)))
			return files[i].kind;
	}
	if (could_be_json(text) && mqtt_json(text, whole, NULL))
		return kind_of_json(text);
	if (!whole)
		payload = mqtt_whole_characters(payload);
	return mqtt_printable(payload) ? "text" : "binary";
}

void mqtt_payload_values(struct bt_cursor payload, bool whole, struct mqtt_values *values)
{
	struct bt_cursor text = trimmed(payload);

	values->count = 0;
	values->used = 0;
	if (!could_be_json(text))
		return;
	whole &= cur_left(&text) <= VALUES_IN;
	if (!mqtt_json(cur_take_upto(&text, VALUES_IN), whole, values))
		values->count = 0;
}
