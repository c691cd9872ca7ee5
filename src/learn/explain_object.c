/* SPDX-License-Identifier: Apache-2.0
 *
 * The things that operations touch, in words: by number and by name, and what is known nearest to
 * one that is not.
 */
#include <inttypes.h>
#include <string.h>

#include "shard.h"
#include "text.h"

enum {
	NAME_SHOWN = 72, /* bytes of a name, so that a line holds two and an alert's object one */
	NAME_HEAD = 30,
	NAME_TAIL = NAME_SHOWN - NAME_HEAD - 3,
	NAMES_LISTED = 3,
	VALUES_SHOWN = 4,
};

static const char *past_tense(enum bt_act act)
{
	switch (act) {
	case BT_ACT_REPORT: return "reported";
	case BT_ACT_READ: return "read";
	case BT_ACT_SUBSCRIBE: return "subscribed to";
	case BT_ACT_IDENTIFY: return "queried";
	case BT_ACT_AUTHENTICATE: return "authenticated to";
	case BT_ACT_PUBLISH: return "published";
	case BT_ACT_WRITE: return "wrote";
	case BT_ACT_CONTROL: return "controlled";
	case BT_ACT_CONFIGURE: return "configured";
	case BT_ACT_PROGRAM: return "programmed";
	default: return "accessed";
	}
}

static const char *participle(enum bt_act act)
{
	switch (act) {
	case BT_ACT_PUBLISH: return "published to";
	case BT_ACT_WRITE: return "written";
	default: return past_tense(act);
	}
}

static void add_range(char *text, size_t cap, struct range range)
{
	if (range.first == range.last)
		text_add(text, cap, "%" PRIu64, range.first);
	else
		text_add(text, cap, "%" PRIu64 "-%" PRIu64, range.first, range.last);
}

/* ---- names ---- */

static void add_printable(char *text, size_t cap, struct bt_cursor bytes)
{
	size_t size = strlen(text);

	if (size < cap)
		text_printable(text + size, cap - size, bytes);
}

/* Without the rest of a character that was cut in two. */
static struct bt_cursor tail_of(struct bt_cursor name)
{
	struct bt_cursor next;

	cur_skip(&name, cur_left(&name) - NAME_TAIL);
	next = name;
	while (cur_left(&next) && (cur_u8(&next) & 0xc0) == 0x80)
		name = next;
	return name;
}

/* Names that belong together begin alike: of a long one the end tells it from the others. */
void explain_name(char *text, size_t cap, struct bt_cursor name)
{
	struct bt_cursor rest = name;

	if (cur_left(&name) <= NAME_SHOWN) {
		add_printable(text, cap, name);
		return;
	}
	add_printable(text, cap, cur_take(&rest, NAME_HEAD));
	text_add(text, cap, "...");
	add_printable(text, cap, tail_of(name));
}

void explain_place(char *text, size_t cap, const struct written_key *key)
{
	text_add(text, cap, "%s ", key->space);
	if (!cur_left(&key->name)) {
		text_add(text, cap, "%" PRIu64, key->number);
		return;
	}
	explain_name(text, cap, key->name);
	if (key->number)
		text_add(text, cap, " [%" PRIu64 "]", key->number);
}

static void add_values(char *text, size_t cap, const struct bt_values *values)
{
	char number[TEXT_NUMBER];

	for (uint32_t i = 0; i < values->count && i < VALUES_SHOWN; i++)
		text_add(text, cap, "%s%s", i ? ", " : " ", text_number(number, bt_value(values, i)));
	if (values->count > VALUES_SHOWN)
		text_add(text, cap, ", ...");
}

static bool sends_numbers(const struct bt_access *access)
{
	return access->act >= BT_ACT_PUBLISH && access->values.count &&
	       access->values.kind != BT_VALUES_NONE && access->values.kind != BT_VALUES_BYTES;
}

/* One writes a number to something, and operates something with it. */
void explain_deed(char *text, size_t cap, const struct bt_access *access)
{
	bool numbers = sends_numbers(access);
	bool to = access->act == BT_ACT_PUBLISH || (access->act == BT_ACT_WRITE && numbers);

	text_add(text, cap, "%s", past_tense(access->act));
	if (numbers && to)
		add_values(text, cap, &access->values);
	text_add(text, cap, "%s %s ", to ? " to" : "", access->space);
	if (is_named(access))
		explain_name(text, cap, access->name);
	else
		add_range(text, cap, range_of(access->first, access->count));
	if (numbers && !to) {
		text_add(text, cap, " =");
		add_values(text, cap, &access->values);
	}
}

/* ---- what is known ---- */

static const char *whom(bool by_server)
{
	return by_server ? "server" : "pair";
}

void explain_range(char *text, size_t cap, const struct object *object, struct range wanted,
		   bool by_server)
{
	struct range nearest;
	uint64_t number;

	if (!ranges_nearest(&object->ranges, wanted, &nearest, &number)) {
		text_add(text, cap, "no %s %s by this %s", object->space, participle(object->ranges.act),
			 whom(by_server));
		return;
	}
	text_add(text, cap, "%s ", object->space);
	add_range(text, cap, nearest);
	text_add(text, cap, " %s by this %s", participle(object->ranges.act), whom(by_server));
	if (object->ranges.count > 1)
		text_add(text, cap, " (and %" PRIu32 " other ranges)", object->ranges.count - 1);
	text_add(text, cap, "; nearest %" PRIu64, number);
}

static void list_names(char *text, size_t cap, const struct nameset *names)
{
	uint32_t shown = names->count < NAMES_LISTED ? names->count : NAMES_LISTED;

	for (uint32_t i = 0; i < shown; i++) {
		text_add(text, cap, "%s", i ? ", " : " ");
		explain_name(text, cap, name_bytes(names->at[i].name));
	}
	if (names->count > shown)
		text_add(text, cap, " and %" PRIu32 " more", names->count - shown);
}

void explain_names(char *text, size_t cap, const struct object *object, struct bt_cursor name,
		   bool by_server)
{
	const struct nameset *names = object_names(object);
	const struct name *nearest = nameset_nearest(names, name);

	text_add(text, cap, "%s ", object->space);
	explain_name(text, cap, name);
	text_add(text, cap, " was never %s by this %s; ", participle(object->ranges.act), whom(by_server));
	if (!names->count) {
		text_add(text, cap, "no name ever was");
	} else if (nearest) {
		text_add(text, cap, "nearest known: ");
		explain_name(text, cap, name_bytes(nearest));
	} else {
		text_add(text, cap, "known:");
		list_names(text, cap, names);
	}
}
