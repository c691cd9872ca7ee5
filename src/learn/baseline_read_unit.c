/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of the document that is below a unit: functions, what they touch by number and by name,
 * and what was written there.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document_read.h"
#include "yaml.h"

/* The name of a thing. */
static bool read_thing(const struct reader *r, const struct yaml_node *node, uint8_t room[NAME_BYTES],
		       struct bt_cursor *name)
{
	if (node->kind != YAML_SCALAR || !document_parse_name(node->text, room, name))
		return yaml_fail(r->doc, node, r->err,
				 "a name must have 1 to %d bytes, a backslash written \\\\ and what "
				 "cannot be shown \\x00", NAME_BYTES);
	return true;
}

/* ---- written values ---- */

/* "500", "-0.25", "1e-3": what every reader of YAML takes for a number. */
static bool parse_number(const char *text, double *value)
{
	size_t size = strlen(text);
	double number;
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']) || strspn(text, "0123456789+-.eE") != size)
		return false;
	number = strtod(text, &end);
	if (*end || !isfinite(number))
		return false;
	*value = number;
	return true;
}

static bool read_number(const struct reader *r, const struct yaml_node *node, double *value)
{
	if (node->kind != YAML_SCALAR || !parse_number(node->text, value))
		return yaml_fail(r->doc, node, r->err, "a value must be a number");
	return true;
}

static bool read_band(const struct reader *r, const struct yaml_node *band, struct profile *profile)
{
	double min, max;

	if (band->kind != YAML_LIST || band->count != 2)
		return yaml_fail(r->doc, band, r->err, "band must be a list of two: [min, max]");
	if (!read_number(r, band->first, &min) || !read_number(r, band->first->next, &max))
		return false;
	if (min > max)
		return yaml_fail(r->doc, band, r->err, "band must be [min, max] with min <= max");
	profile_widen(profile, min, max);
	return true;
}

static bool read_set(const struct reader *r, const struct yaml_node *set, struct profile *profile)
{
	double value;

	if (set->kind != YAML_LIST || !set->count || set->count > PROFILE_SET_MAX)
		return yaml_fail(r->doc, set, r->err,
				 "set must be a list of 1 to %d values; use band for more",
				 PROFILE_SET_MAX);
	for (const struct yaml_node *node = set->first; node; node = node->next) {
		if (!read_number(r, node, &value))
			return false;
		profile_add(profile, value, 0);
	}
	return true;
}

static bool read_profile(const struct reader *r, const struct yaml_node *map,
			 struct profile *profile)
{
	const struct yaml_node *value = yaml_get(map, "value"), *set = yaml_get(map, "set");
	const struct yaml_node *band = yaml_get(map, "band");
	double constant;

	if ((value != NULL) + (set != NULL) + (band != NULL) != 1)
		return yaml_fail(r->doc, map, r->err, "needs one of value, set or band");
	if (set)
		return read_set(r, set, profile);
	if (band)
		return read_band(r, band, profile);
	if (!read_number(r, value, &constant))
		return false;
	profile_add(profile, constant, 0);
	return true;
}

static bool read_place(const struct reader *r, const struct yaml_node *node, struct written_key *key,
		       uint8_t room[NAME_BYTES])
{
	const struct yaml_node *name = yaml_get(node, "name");

	if (!read_word(r, node, "space", &key->space))
		return false;
	if (!name)
		return yaml_uint(r->doc, node, "number", UINT64_MAX, &key->number, r->err);
	return read_thing(r, name, room, &key->name) &&
	       opt_uint(r, node, "number", UINT64_MAX, &key->number);
}

static bool read_value(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"space", "name", "number", "value", "set",
					   "band",  "writes", NULL};
	struct unit *unit = parent;
	struct written_key key = {.unit = unit};
	uint8_t room[NAME_BYTES];
	struct written *written;
	uint64_t writes = 0;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_place(r, node, &key, room) ||
	    !opt_uint(r, node, "writes", INT64_MAX, &writes))
		return false;
	if (know_find_written(r->know, &key))
		return refuse_twice(r, node, cur_left(&key.name) ? "name" : "number");
	written = know_add_written(r->know, unit, &key);
	if (!written)
		return refuse_full(r, node, "values");
	written->profile.count = writes;
	return read_profile(r, node, &written->profile);
}

/* ---- functions ---- */

/* "40" or "0-9". */
static bool parse_range(const char *text, struct range *range)
{
	uint64_t number[2] = {0, 0};
	unsigned n = 0;
	size_t digits = 0;

	for (; *text; text++) {
		if (*text == '-' && n == 0 && digits) {
			n = 1;
			digits = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text) ||
		    __builtin_mul_overflow(number[n], 10, &number[n]) ||
		    __builtin_add_overflow(number[n], (uint64_t)(*text - '0'), &number[n]))
			return false;
		digits++;
	}
	if (!digits || (n && number[0] > number[1]))
		return false;
	*range = (struct range){number[0], number[n]};
	return true;
}

static bool is_any(const struct yaml_node *node)
{
	return node && node->kind == YAML_SCALAR && strcmp(node->text, "any") == 0;
}

static bool read_ranges(const struct reader *r, const struct yaml_node *map, struct ranges *ranges)
{
	const struct yaml_node *list = yaml_get(map, "ranges");

	if (is_any(list)) {
		ranges->any = true;
		return true;
	}
	if (!yaml_list(r->doc, map, "ranges", &list, r->err))
		return false;
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		struct range range;

		if (node->kind != YAML_SCALAR || !parse_range(node->text, &range))
			return yaml_fail(r->doc, node, r->err,
					 "a range must be like \"40\" or \"0-9\"");
		if (ranges_add(ranges, range, &r->know->range_budget) == RANGES_FULL)
			return refuse_full(r, node, "ranges");
	}
	return true;
}

static bool read_names(const struct reader *r, const struct yaml_node *map, struct object *object)
{
	const struct yaml_node *list = yaml_get(map, "names");

	if (is_any(list)) {
		return object_allow_any_name(r->know, object) || refuse_full(r, list, "names");
	}
	if (!yaml_list(r->doc, map, "names", &list, r->err))
		return false;
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		uint8_t room[NAME_BYTES];
		struct bt_cursor name;

		if (!read_thing(r, node, room, &name))
			return false;
		if (object_add_name(r->know, object, name, true, 0) == RANGES_FULL)
			return refuse_full(r, node, "names");
	}
	return true;
}

/* Where objects belong. */
struct place {
	struct unit *unit;
	struct function *function;
};

static bool read_object(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"act", "space", "ranges", "names", NULL};
	bool names = yaml_get(node, "names") != NULL;
	const struct place *place = parent;
	struct object *object;
	enum bt_act act;
	const char *space;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_act(r, node, &act) ||
	    !read_word(r, node, "space", &space))
		return false;
	if (know_find_object(place->function, act, space))
		return refuse_twice(r, node, "object");
	object = know_add_object(r->know, place->unit, place->function, act, space);
	if (!object)
		return refuse_full(r, node, "objects");
	if (names && !read_names(r, node, object))
		return false;
	return (names && !yaml_get(node, "ranges")) || read_ranges(r, node, &object->ranges);
}

static bool read_errors(const struct reader *r, const struct yaml_node *map,
			struct function *function)
{
	const struct yaml_node *list = yaml_get(map, "errors");
	uint64_t error;

	if (is_any(list)) {
		function->any_error = true;
		return true;
	}
	if (!list)
		return true;
	if (!yaml_list(r->doc, map, "errors", &list, r->err))
		return false;
	if (list->count > ERRORS_MAX)
		return yaml_fail(r->doc, list, r->err, "more than %d errors; write \"any\"",
				 ERRORS_MAX);
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		if (!yaml_uint_of(r->doc, node, UINT32_MAX, &error, r->err))
			return false;
		function_add_error(function, (uint32_t)error);
	}
	return true;
}

static bool read_by(const struct reader *r, const struct yaml_node *map, bool *by_server)
{
	const struct yaml_node *node = yaml_get(map, "by");

	if (!node)
		return true;
	if (node->kind != YAML_SCALAR || strcmp(node->text, "server") != 0)
		return yaml_fail(r->doc, node, r->err,
				 "by can only be server: what the server asks or tells unasked");
	*by_server = true;
	return true;
}

static bool read_function(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"name", "function", "sub",	  "act", "by",
					   "seen", "errors",   "objects", NULL};
	struct unit *unit = parent;
	struct function *function;
	enum bt_act act;
	const char *name;
	uint64_t number, sub = 0;
	bool by_server = false;

	if (!yaml_only(r->doc, node, keys, r->err) || !read_word(r, node, "name", &name) ||
	    !yaml_uint(r->doc, node, "function", UINT32_MAX, &number, r->err) ||
	    !opt_uint(r, node, "sub", UINT32_MAX, &sub) || !read_act(r, node, &act) ||
	    !read_by(r, node, &by_server))
		return false;
	if (know_find_function(unit, (uint32_t)number, (uint32_t)sub))
		return refuse_twice(r, node, "function");
	function = know_add_function(r->know, unit, (uint32_t)number, (uint32_t)sub, act, name,
				     by_server);
	if (!function)
		return refuse_full(r, node, "functions");
	return read_seen(r, node, &function->seen) && read_errors(r, node, function) &&
	       read_each(r, node, "objects", read_object, &(struct place){unit, function});
}

bool read_unit(const struct reader *r, const struct yaml_node *node, void *parent)
{
	static const char *const keys[] = {"unit", "functions", "values", NULL};
	struct learn_pair *pair = parent;
	const struct yaml_node *number;
	uint64_t value = BT_NO_UNIT;
	struct unit *unit;

	if (!yaml_only(r->doc, node, keys, r->err))
		return false;
	number = yaml_get(node, "unit");
	if (!(number && number->text && strcmp(number->text, "none") == 0) &&
	    !yaml_uint(r->doc, node, "unit", BT_NO_UNIT - 1, &value, r->err))
		return false;
	if (know_find_unit(pair, (uint32_t)value))
		return refuse_twice(r, node, "unit");
	unit = know_add_unit(r->know, pair, (uint32_t)value);
	if (!unit)
		return refuse_full(r, node, "units");
	return read_each(r, node, "functions", read_function, unit) &&
	       read_each(r, node, "values", read_value, unit);
}
