/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of fields -> a JSON Schema (draft 2020-12). No key may appear that is not in it, so that
 * a test finds whatever is written without being documented.
 *
 *     { event_type: one of ..., allOf: [ if event_type is X then X_event ... ],
 *       $defs: { X_event: envelope and X's own keys, PROTOCOL: the dissector's object } }
 *
 * Failures (memory alone) make a function return false; the half-built document is thrown away.
 */
#include "eve.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"

enum {
	KEY_MAX = 96,
};

static json_t *set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0 ? value : NULL;
}

/* The properties of an object's schema (of an array's: its items'), made when need be. */
static json_t *members_of(json_t *node)
{
	const char *type = json_string_value(json_object_get(node, "type"));
	json_t *members;

	if (type && strcmp(type, "array") == 0) {
		json_t *items = json_object_get(node, "items");

		return members_of(items ? items : set(node, "items", json_object()));
	}
	members = json_object_get(node, "properties");
	if (members)
		return members;
	if (!set(node, "type", json_string("object")) ||
	    !set(node, "additionalProperties", json_false()))
		return NULL;
	return set(node, "properties", json_object());
}

/* One more type that the key may have. */
static bool allow(json_t *node, const char *type)
{
	json_t *known = json_object_get(node, "type");

	if (!known)
		return set(node, "type", json_string(type));
	if (json_is_array(known))
		return json_array_append_new(known, json_string(type)) == 0;
	if (strcmp(json_string_value(known), type) == 0)
		return true;
	return set(node, "type", json_pack("[Os]", known, type));
}

/* The help of a key that is listed twice, with two types, is that of both. */
static bool describe(json_t *node, const char *help)
{
	const char *known = json_string_value(json_object_get(node, "description"));

	if (!help)
		return true;
	return set(node, "description",
		   known ? json_sprintf("%s; %s", known, help) : json_string(help));
}

static bool set_type(json_t *node, const struct bt_field *field)
{
	if (!describe(node, field->help))
		return false;
	switch (field->type) {
	case BT_FIELD_OBJECT: return members_of(node) != NULL;
	case BT_FIELD_ARRAY: return allow(node, "array");
	case BT_FIELD_UINT:
		return allow(node, "integer") && set(node, "minimum", json_integer(0));
	case BT_FIELD_INT: return allow(node, "integer");
	case BT_FIELD_NUMBER: return allow(node, "number") && allow(node, "null");
	case BT_FIELD_BOOL: return allow(node, "boolean");
	case BT_FIELD_STRING: return allow(node, "string");
	}
	return false;
}

/* "request.read.address": objects on the way are made when they are not listed themselves. */
static bool add_field(json_t *node, const struct bt_field *field)
{
	const char *at = field->path;

	for (;;) {
		size_t length = strcspn(at, ".");
		json_t *members = members_of(node);
		char key[KEY_MAX];
		json_t *next;

		if (!members || length == 0 || length >= sizeof(key))
			return false;
		memcpy(key, at, length);
		key[length] = '\0';
		next = json_object_get(members, key);
		node = next ? next : set(members, key, json_object());
		if (!node)
			return false;
		if (!at[length])
			return set_type(node, field);
		at += length + 1;
	}
}

static bool add_fields(json_t *node, const struct bt_field *fields)
{
	for (const struct bt_field *field = fields; field && field->path; field++) {
		if (!add_field(node, field))
			return false;
	}
	return members_of(node) != NULL;
}

static bool add_named(json_t *node, const char *path, const char *name)
{
	char full[KEY_MAX * 2];

	snprintf(full, sizeof(full), "%s.%s", path, name);
	return add_field(node, &(struct bt_field){.path = full, .type = BT_FIELD_UINT});
}

/* Counters named by enums of other layers. */
static bool add_counters(json_t *event, const char *type)
{
	bool ok = true;

	if (strcmp(type, "flow") == 0) {
		for (unsigned act = 0; act < BT_ACT_COUNT; act++)
			ok = ok &&
			     add_named(event, "bittern.operations", bt_act_name((enum bt_act)act)) &&
			     add_named(event, "bittern.operations.by_server",
				       bt_act_name((enum bt_act)act));
	}
	if (strcmp(type, "stats") == 0) {
		for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++)
			ok = ok && add_named(event, "stats.decoder.event", decode_problem_name(bit));
	}
	return ok;
}

static bool is_protocol_event(const char *type)
{
	return strcmp(type, "operation") == 0;
}

/* `schema` gets a branch: events of this type are described by $defs/TYPE_event. */
static json_t *new_event(json_t *schema, const char *type)
{
	char name[KEY_MAX], ref[KEY_MAX + 16];
	json_t *event = json_object();

	snprintf(name, sizeof(name), "%s_event", type);
	snprintf(ref, sizeof(ref), "#/$defs/%s", name);
	if (json_array_append_new(json_object_get(schema, "allOf"),
				  json_pack("{s:{s:{s:{s:s}}},s:{s:s}}", "if", "properties",
					    "event_type", "const", type, "then", "$ref", ref)) != 0 ||
	    json_array_append_new(json_object_get(json_object_get(json_object_get(schema, "properties"),
								  "event_type"),
						  "enum"),
				  json_string(type)) != 0) {
		json_decref(event);
		return NULL;
	}
	event = set(json_object_get(schema, "$defs"), name, event);
	if (!event || !add_fields(event, eve_fields("envelope")))
		return NULL;
	return event;
}

static bool add_protocol_object(json_t *event, const struct bt_dissector *dissector)
{
	char ref[KEY_MAX];

	snprintf(ref, sizeof(ref), "#/$defs/%s", dissector->name);
	return set(members_of(event), dissector->name, json_pack("{s:s}", "$ref", ref));
}

static bool add_protocol(json_t *schema, const struct bt_dissector *dissector)
{
	json_t *object, *event;

	if (dissector->of)
		return true;
	object = set(json_object_get(schema, "$defs"), dissector->name, json_object());
	if (!object || !add_fields(object, dissector->fields))
		return false;
	event = new_event(schema, dissector->name);
	return event && add_fields(event, eve_fields("operation")) &&
	       add_protocol_object(event, dissector);
}

static bool add_event(json_t *schema, const char *type, const struct bt_dissector *const *dissectors,
		      size_t count)
{
	json_t *event = new_event(schema, type);

	if (!event || !add_fields(event, eve_fields(type)) || !add_counters(event, type))
		return false;
	if (strcmp(type, "alert") != 0)
		return true;
	for (size_t i = 0; i < count; i++) { /* an alert carries the operation it is about */
		if (!dissectors[i]->of && !add_protocol_object(event, dissectors[i]))
			return false;
	}
	return true;
}

static bool fill(json_t *schema, const struct bt_dissector *const *dissectors, size_t count)
{
	for (size_t i = 0; eve_event_type(i); i++) {
		const char *type = eve_event_type(i);

		if (strcmp(type, "envelope") == 0 || is_protocol_event(type))
			continue;
		if (!add_event(schema, type, dissectors, count))
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!add_protocol(schema, dissectors[i]))
			return false;
	}
	return true;
}

struct json_t *eve_schema(const struct bt_dissector *const *dissectors, size_t count)
{
	json_t *schema = json_pack(
		"{s:s, s:s, s:s, s:[ss], s:{s:{s:[]}}, s:[], s:{}}", "$schema",
		"https://json-schema.org/draft/2020-12/schema", "title", "bittern event", "type",
		"object", "required", "timestamp", "event_type", "properties", "event_type", "enum",
		"allOf", "$defs");

	if (!schema)
		return NULL;
	if (!fill(schema, dissectors, count)) {
		json_decref(schema);
		return NULL;
	}
	return schema;
}
