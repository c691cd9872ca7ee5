/* SPDX-License-Identifier: Apache-2.0
 *
 * The lowest level of the tree: what functions touch, by number and by name, and what is written
 * there.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "knowledge.h"
#include "limits.h"

/* ---- names ---- */

static bool same_name(const void *item, const void *key)
{
	return cur_equal(name_bytes(item), *(const struct bt_cursor *)key);
}

static uint64_t hash_name(struct bt_cursor key)
{
	size_t size = cur_left(&key);

	return hash_keyed(cur_claim(&key, size), size);
}

static struct name *make_name(struct knowledge *know, struct bt_cursor key)
{
	size_t size = cur_left(&key), bytes = sizeof(struct name) + size;
	struct name *name = bytes <= know->name_budget ? malloc(bytes) : NULL;

	if (!name)
		return NULL;
	name->size = (uint16_t)size;
	cur_copy(&key, name->bytes, size);
	if (!map_insert(&know->names, hash_name(name_bytes(name)), name)) {
		free(name);
		return NULL;
	}
	know->name_budget -= bytes;
	return name;
}

const struct name *know_name(struct knowledge *know, struct bt_cursor key)
{
	const struct name *name = map_find(&know->names, hash_name(key), same_name, &key);

	return name ? name : make_name(know, key);
}

/* ---- objects ---- */

const struct object *function_objects(const struct function *function)
{
	return function->object.space ? &function->object : NULL;
}

/* A function touches few spaces: they are the dissector's static words. */
struct object *know_find_object(struct function *function, enum bt_act act, const char *space)
{
	struct object *object = function->object.space ? &function->object : NULL;

	while (object && !(object->ranges.act == act && strcmp(object->space, space) == 0))
		object = object->next;
	return object;
}

static struct object *make_object(struct knowledge *know, struct function *function)
{
	struct object *first = &function->object, *object;

	if (!first->space)
		return first;
	object = pool_get(&know->object_pool);
	if (!object)
		return NULL;
	object->next = first->next;
	first->next = object;
	return object;
}

struct object *know_add_object(struct knowledge *know, struct unit *unit, struct function *function,
			       enum bt_act act, const char *space)
{
	struct object *object = know_find_object(function, act, space);

	if (object)
		return object;
	space = know_string(know, space);
	object = space ? make_object(know, function) : NULL;
	if (!object) {
		know->dropped++;
		unit->pair->incomplete = true;
		return NULL;
	}
	object->ranges.act = (uint8_t)act;
	object->space = space;
	if (act >= BT_ACT_WRITE)
		unit->pair->wrote[function->by_server] = true;
	return object;
}

const struct nameset *object_names(const struct object *object)
{
	static const struct nameset none;

	return object->names ? object->names : &none;
}

/* Most objects go by number, and never have one. */
static struct nameset *make_names(struct object *object)
{
	if (!object->names)
		object->names = calloc(1, sizeof(*object->names));
	return object->names;
}

/* Commands go to things that exist: however many these are, a new one is worth a word. */
bool object_any_name(const struct object *object)
{
	const struct nameset *names = object_names(object);

	return names->any || (object->ranges.act < BT_ACT_WRITE && nameset_vary(names));
}

bool object_allow_any_name(struct knowledge *know, struct object *object)
{
	if (!make_names(object))
		return false;
	nameset_make_any(object->names, &know->name_budget);
	return true;
}

bool object_has_name(const struct object *object, struct bt_cursor key)
{
	return object_any_name(object) || nameset_find(object_names(object), key);
}

enum ranges_added object_add_name(struct knowledge *know, struct object *object, struct bt_cursor key,
				  bool again, uint64_t operation)
{
	struct nameset *names = make_names(object);
	struct nameset_entry *entry = names ? nameset_find(names, key) : NULL;
	const struct name *name;

	if (!names) {
		know->dropped++;
		return RANGES_FULL;
	}
	if (entry && (again || operation))
		nameset_use_again(names, entry);
	if (entry || names->any)
		return RANGES_KNOWN;
	name = know_name(know, key);
	if (!name)
		nameset_make_any(names, &know->name_budget);
	if (!name || nameset_add(names, name, again, &know->name_budget) == RANGES_FULL) {
		know->dropped++;
		return RANGES_FULL;
	}
	if (operation && operation != names->last_growth) {
		names->growths++;
		names->last_growth = operation;
	}
	return RANGES_GREW;
}

/* ---- written values ---- */

static bool same_written(const void *item, const void *key)
{
	const struct written *written = item;
	const struct written_key *wanted = key;

	if (written->unit != wanted->unit || written->number != wanted->number ||
	    written->space != wanted->space)
		return false;
	return written->name ? cur_equal(name_bytes(written->name), wanted->name) :
			       cur_left(&wanted->name) == 0;
}

static uint64_t hash_written(const struct written_key *key)
{
	const uint64_t words[] = {(uintptr_t)key->unit, (uintptr_t)key->space, key->number,
				  cur_left(&key->name) ? hash_name(key->name) : 0};

	return hash_keyed(words, sizeof(words));
}

struct written *know_find_written(const struct knowledge *know, const struct written_key *key)
{
	return map_find(&know->written, hash_written(key), same_written, key);
}

struct written *know_add_written(struct knowledge *know, struct unit *unit,
				 const struct written_key *key)
{
	struct written *written = know_find_written(know, key);
	const struct name *name = NULL;

	if (written)
		return written;
	if (cur_left(&key->name) && !(name = know_name(know, key->name))) {
		know->dropped++;
		return NULL;
	}
	written = know_make(know, &know->written_pool, &know->written, hash_written(key));
	if (!written)
		return NULL;
	written->unit = unit;
	written->space = key->space;
	written->name = name;
	written->number = key->number;
	written->next = unit->values;
	unit->values = written;
	return written;
}
