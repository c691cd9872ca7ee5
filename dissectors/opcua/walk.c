/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a structure as its table of fields says (OPC 10000-6, 5.2.6) and tells the visitor each field
 * in turn. Tables nest only as deep as they are written, since a structure is read only in the slots
 * that are its own; what nests without end are the built-in types (types.c).
 */
#include "opcua.h"

static void say(struct ua_walk *walk, enum ua_event event, const struct ua_field *field,
		const struct ua_value *value)
{
	if (walk->visit && ua_go(walk))
		walk->visit(walk->visitor, event, field, value);
}

/* What began ends, come what may: visitors count on it. */
static void say_end(struct ua_walk *walk, enum ua_event event, const struct ua_field *field)
{
	if (walk->visit)
		walk->visit(walk->visitor, event, field, NULL);
}

/* What reads values is out of line: they take room on the stack, and most fields need none. */

const struct ua_structure *ua_read_object(struct ua_walk *walk, const struct ua_field *field,
					  struct ua_value *value)
{
	const struct ua_structure *structure;

	ua_read(walk, UA_EXTENSION_OBJECT, value);
	if (!ua_go(walk) || value->null || !field->key)
		return NULL;
	structure = ua_structure(&value->node);
	return structure && structure->slot && strcmp(structure->slot, field->key) == 0 ? structure : NULL;
}

/* A body that has more than its table is of a later version of the specification. */
static void __attribute__((noinline))
walk_object(struct ua_walk *walk, const struct ua_field *field)
{
	const struct ua_structure *structure;
	struct bt_cursor behind;
	struct ua_value value;

	structure = ua_read_object(walk, field, &value);
	if (!structure)
		return;
	behind = walk->at;
	walk->at = value.bytes;
	ua_walk(walk, structure->fields);
	if (!cur_ok(&walk->at))
		walk->trouble |= UA_MALFORMED;
	walk->at = behind;
}

static void __attribute__((noinline)) tell_one(struct ua_walk *walk, const struct ua_field *field)
{
	struct ua_value value;

	ua_read(walk, field->type == UA_ENUMERATION ? UA_UINT32 : field->type, &value);
	say(walk, UA_SAYS_VALUE, field, &value);
}

/* A value that nobody is told of, in the form that most of its type have: no node with a server or the URI of
 * its name space, no object in an object's place, no diagnostics. False: it is another, or is not all
 * there; `at` has not moved. */
static inline bool pass_usual(struct bt_cursor *at, uint8_t type)
{
	struct bt_cursor ahead = *at;

	if (ua_sizes[type]) {
		cur_skip(&ahead, ua_sizes[type]);
	} else if (type == UA_STRING || type == UA_BYTE_STRING) {
		ua_pass_string(&ahead);
	} else if (type == UA_NODE_ID || type == UA_EXPANDED_NODE_ID) {
		if (!ua_pass_node(&ahead))
			return false;
	} else if (type == UA_EXTENSION_OBJECT) {
		if (cur_u24be(&ahead)) /* a null node id, and no body */
			return false;
	} else if (type == UA_QUALIFIED_NAME) {
		cur_skip(&ahead, 2);
		ua_pass_string(&ahead);
	} else if (type != UA_DIAGNOSTIC_INFO || cur_u8(&ahead)) {
		return false;
	}
	if (!cur_ok(&ahead))
		return false;
	*at = ahead;
	return true;
}

/* An array without elements, as most are that a message has room for. Else `at` has not moved. */
static inline bool pass_empty(struct bt_cursor *at)
{
	struct bt_cursor ahead = *at;
	int32_t count = (int32_t)cur_u32le(&ahead);

	if (count > 0 || !cur_ok(&ahead))
		return false;
	*at = ahead;
	return true;
}

static inline bool is_heard(const struct ua_walk *walk, const struct ua_field *field)
{
	return walk->roles >> field->role & 1;
}

/* Most of a message is headers and what only the JSON shows: what of it comes next. Returns the first field
 * that is more than to be passed. */
static const struct ua_field *pass_unheard(struct ua_walk *walk, const struct ua_field *fields)
{
	struct bt_cursor at = walk->at;

	while (fields->type && (fields->flags & UA_ARRAY
					? pass_empty(&at)
					: !is_heard(walk, fields) && pass_usual(&at, fields->type)))
		fields++;
	walk->at = at;
	return fields;
}

static void walk_one(struct ua_walk *walk, const struct ua_field *field)
{
	if (field->type == UA_STRUCTURE)
		ua_walk(walk, field->of);
	else if (field->type == UA_EXTENSION_OBJECT)
		walk_object(walk, field);
	else if (!is_heard(walk, field))
		ua_pass(walk, field->type);
	else if (!walk->take || !walk->take(walk->visitor, field, &walk->at))
		tell_one(walk, field);
}

void ua_walk_elements(struct ua_walk *walk, const struct ua_field *field, uint32_t count)
{
	bool objects = field->type == UA_STRUCTURE || field->type == UA_EXTENSION_OBJECT;
	bool told = objects && field->flags & UA_ITEM;

	if (!objects && !is_heard(walk, field)) {
		ua_pass_array(walk, field->type, count);
		return;
	}
	while (count-- && ua_go(walk)) {
		if (told)
			say(walk, UA_SAYS_ELEMENT, field, NULL);
		walk_one(walk, field);
		if (told)
			say_end(walk, UA_SAYS_ELEMENT_END, field);
	}
}

uint32_t ua_walk_count(struct ua_walk *walk)
{
	uint32_t count = cur_u32le(&walk->at);

	if ((int32_t)count <= 0)
		return 0;
	if (count > cur_left(&walk->at)) { /* no element is shorter than a byte */
		walk->trouble |= UA_MALFORMED;
		return 0;
	}
	return count;
}

static inline void walk_field(struct ua_walk *walk, const struct ua_field *field)
{
	if (field->flags & UA_ARRAY)
		ua_walk_elements(walk, field, ua_walk_count(walk));
	else
		walk_one(walk, field);
}

void ua_walk_field(struct ua_walk *walk, const struct ua_field *field)
{
	if (!(field->flags & UA_ARRAY ? pass_empty(&walk->at) : pass_usual(&walk->at, field->type)))
		walk_field(walk, field);
}

/* From a field on that is more than to be passed. Apart, for many structures have none. */
static void __attribute__((noinline)) walk_on(struct ua_walk *walk, const struct ua_field *fields)
{
	while (fields->type) {
		walk_field(walk, fields);
		if (!ua_go(walk))
			return;
		fields = pass_unheard(walk, fields + 1);
	}
}

void ua_walk(struct ua_walk *walk, const struct ua_field *fields)
{
	if (!fields || !ua_go(walk))
		return;
	fields = pass_unheard(walk, fields);
	if (fields->type)
		walk_on(walk, fields);
}
