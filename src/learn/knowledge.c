/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables and pools under the tree. Keys are built in zeroed structs, so that hashing their bytes is
 * well defined; nothing that leaves the program depends on the hashes.
 */
#include "knowledge.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "limits.h"
#include "text.h"

void know_init(struct knowledge *know, unsigned shards)
{
	size_t pairs = (size_t)shards * LEARN_PAIRS_MAX;
	size_t entries = (size_t)shards * LEARN_ENTRIES_MAX;

	*know = (struct knowledge){
		.range_budget = (size_t)shards * LEARN_RANGES_MAX,
		.string_budget = LEARN_STRINGS_MAX,
		.name_budget = (size_t)shards * LEARN_NAME_BYTES_MAX,
	};
	pool_init(&know->hosts_pool, sizeof(struct hosts), pairs);
	pool_init(&know->pair_pool, sizeof(struct learn_pair), pairs);
	pool_init(&know->unit_pool, sizeof(struct unit), entries);
	pool_init(&know->function_pool, sizeof(struct function), entries);
	pool_init(&know->object_pool, sizeof(struct object), entries);
	pool_init(&know->written_pool, sizeof(struct written), (size_t)shards * LEARN_VALUES_MAX);
	pool_init(&know->device_pool, sizeof(struct device_roles), 2 * pairs);
	pool_init(&know->role_pool, sizeof(struct role), 2 * pairs);
}

static void take_room(struct pool *pool, size_t count)
{
	pool->cap -= count < pool->cap ? count : pool->cap;
}

void know_take_room(struct knowledge *know, size_t hosts, size_t pairs)
{
	take_room(&know->hosts_pool, hosts);
	take_room(&know->pair_pool, pairs);
}

static void finish_function(struct function *function)
{
	for (struct object *object = &function->object; object; object = object->next) {
		ranges_finish(&object->ranges);
		if (object->names)
			nameset_finish(object->names);
		free(object->names);
	}
	free(function->errors);
}

static void finish_pair(struct learn_pair *pair)
{
	for (uint32_t i = 0; i < unit_count(pair); i++) {
		struct unit *unit = unit_at(pair, i);

		for (uint32_t f = 0; f < function_count(unit); f++)
			finish_function(function_at(unit, f));
		free(unit->functions);
	}
	free(pair->units);
}

static void finish_texts(struct map *map)
{
	size_t at = 0;
	void *text;

	while ((text = map_next(map, &at)))
		free(text);
	map_finish(map);
}

void know_keep_roles(struct knowledge *know)
{
	struct map *maps[] = {&know->hosts, &know->pairs, &know->written};
	struct pool *pools[] = {&know->hosts_pool, &know->pair_pool, &know->unit_pool,
				&know->function_pool, &know->object_pool, &know->written_pool};

	for (struct hosts *hosts = know->first; hosts; hosts = hosts->next) {
		for (struct learn_pair *pair = hosts->services; pair; pair = pair->next)
			finish_pair(pair);
	}
	know->first = NULL;
	finish_texts(&know->names);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		map_finish(maps[i]);
	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		pool_finish(pools[i]);
}

void know_finish(struct knowledge *know)
{
	know_keep_roles(know);
	finish_texts(&know->strings);
	map_finish(&know->devices);
	pool_finish(&know->device_pool);
	pool_finish(&know->role_pool);
}

void *know_make(struct knowledge *know, struct pool *pool, struct map *map, uint64_t hash)
{
	void *item = pool_get(pool);

	if (item && map_insert(map, hash, item))
		return item;
	pool_put(pool, item);
	know->dropped++;
	return NULL;
}

/* ---- texts ---- */

static bool same_string(const void *item, const void *key)
{
	return strcmp(item, key) == 0;
}

const char *know_find_string(const struct knowledge *know, const char *text)
{
	return map_find(&know->strings, hash_keyed(text, strlen(text)), same_string, text);
}

const char *know_string(struct knowledge *know, const char *text)
{
	size_t size = strlen(text);
	uint64_t hash = hash_keyed(text, size);
	char *copy = map_find(&know->strings, hash, same_string, text);

	if (copy)
		return copy;
	if (size > STRING_MAX || !know->string_budget) {
		know->dropped++;
		return NULL;
	}
	copy = malloc(size + 1);
	if (!copy || !map_insert(&know->strings, hash, copy)) {
		free(copy);
		know->dropped++;
		return NULL;
	}
	know->string_budget--;
	return memcpy(copy, text, size + 1);
}

/* ---- hosts ---- */

struct hosts_key {
	struct bt_addr client, server;
};

static bool same_hosts(const void *item, const void *key)
{
	const struct hosts *hosts = item;
	const struct hosts_key *wanted = key;

	return addr_equal(&hosts->client, &wanted->client) &&
	       addr_equal(&hosts->server, &wanted->server);
}

struct hosts *know_find_hosts(const struct knowledge *know, const struct bt_addr *client,
			      const struct bt_addr *server)
{
	struct hosts_key key = {*client, *server};

	return map_find(&know->hosts, hash_keyed(&key, sizeof(key)), same_hosts, &key);
}

struct hosts *know_add_hosts(struct knowledge *know, const struct bt_addr *client,
			     const struct bt_addr *server)
{
	struct hosts_key key = {*client, *server};
	uint64_t hash = hash_keyed(&key, sizeof(key));
	struct hosts *hosts = map_find(&know->hosts, hash, same_hosts, &key);

	if (hosts)
		return hosts;
	hosts = know_make(know, &know->hosts_pool, &know->hosts, hash);
	if (!hosts)
		return NULL;
	hosts->client = *client;
	hosts->server = *server;
	hosts->next = know->first;
	know->first = hosts;
	return hosts;
}

/* ---- pairs and their services ---- */

struct child_key { /* of a parent in the tree, by up to two numbers */
	const void *parent;
	uint64_t a, b;
};

static uint64_t hash_child(const struct child_key *key)
{
	return hash_keyed(key, sizeof(*key));
}

static bool same_service(const void *item, const void *key)
{
	const struct learn_pair *pair = item;
	const struct child_key *wanted = key;

	return pair->hosts == wanted->parent && pair->service.transport == wanted->a &&
	       pair->service.number == wanted->b;
}

struct learn_pair *know_find_service(const struct knowledge *know, const struct hosts *hosts,
				     struct service service)
{
	struct child_key key = {hosts, service.transport, service.number};

	return map_find(&know->pairs, hash_child(&key), same_service, &key);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

struct learn_pair *know_find_pair(const struct knowledge *know, const struct hosts *hosts,
				  struct service service, const char *protocol)
{
	struct learn_pair *pair = know_find_service(know, hosts, service);

	while (pair && !same_text(pair->protocol, protocol))
		pair = pair->alike;
	return pair;
}

static struct learn_pair *make_pair(struct knowledge *know, struct hosts *hosts,
				    struct service service, const char *protocol)
{
	struct child_key key = {hosts, service.transport, service.number};
	uint64_t hash = hash_child(&key);
	struct learn_pair *alike = map_find(&know->pairs, hash, same_service, &key), *pair;

	if (alike) {
		pair = pool_get(&know->pair_pool);
		if (!pair) {
			know->dropped++;
			return NULL;
		}
		pair->alike = alike->alike;
		alike->alike = pair;
	} else {
		pair = know_make(know, &know->pair_pool, &know->pairs, hash);
		if (!pair)
			return NULL;
	}
	pair->hosts = hosts;
	pair->service = service;
	pair->protocol = protocol;
	pair->next = hosts->services;
	hosts->services = pair;
	return pair;
}

struct learn_pair *know_add_pair(struct knowledge *know, struct hosts *hosts, struct service service,
				 const char *protocol, bool learned)
{
	struct learn_pair *pair = know_find_pair(know, hosts, service, protocol);

	if (!pair) {
		const char *name = protocol ? know_string(know, protocol) : NULL;

		if (!protocol || name)
			pair = make_pair(know, hosts, service, name);
	}
	if (!pair) {
		hosts->incomplete |= learned;
		return NULL;
	}
	if (learned)
		know_learned(know, pair);
	return pair;
}

void know_learned(struct knowledge *know, struct learn_pair *pair)
{
	if (pair->learned)
		return;
	pair->learned = pair->hosts->learned = true;
	know_add_roles(know, pair);
}

/* ---- units, functions ---- */

/* An item from `pool` among the children of one parent; NULL and counted when there is no room. */
static void *make_child(struct knowledge *know, struct pool *pool)
{
	void *item = pool_get(pool);

	know->dropped += item == NULL;
	return item;
}

static bool adopt_child(struct knowledge *know, struct pool *pool, struct sorted **list,
			sorted_key *key_of, void *item)
{
	struct sorted *longer = sorted_add(*list, key_of, item);

	if (longer) {
		*list = longer;
		return true;
	}
	pool_put(pool, item);
	know->dropped++;
	return false;
}

static uint64_t unit_key(const void *item)
{
	return ((const struct unit *)item)->number;
}

struct unit *know_find_unit(const struct learn_pair *pair, uint32_t number)
{
	return sorted_find(pair->units, unit_key, number);
}

struct unit *know_add_unit(struct knowledge *know, struct learn_pair *pair, uint32_t number)
{
	struct unit *unit = know_find_unit(pair, number);

	if (unit)
		return unit;
	unit = make_child(know, &know->unit_pool);
	if (unit) {
		unit->pair = pair;
		unit->number = number;
	}
	if (!unit || !adopt_child(know, &know->unit_pool, &pair->units, unit_key, unit)) {
		pair->incomplete = true;
		return NULL;
	}
	return unit;
}

static uint64_t key_of_function(uint32_t number, uint32_t sub)
{
	return (uint64_t)number << 32 | sub;
}

static uint64_t function_key(const void *item)
{
	const struct function *function = item;

	return key_of_function(function->number, function->sub);
}

struct function *know_find_function(const struct unit *unit, uint32_t number, uint32_t sub)
{
	return sorted_find(unit->functions, function_key, key_of_function(number, sub));
}

static struct function *make_function(struct knowledge *know, struct unit *unit, uint32_t number,
				      uint32_t sub, const char *name)
{
	struct function *function;

	name = know_string(know, name);
	function = name ? make_child(know, &know->function_pool) : NULL;
	if (!function)
		return NULL;
	function->number = number;
	function->sub = sub;
	function->name = name;
	return adopt_child(know, &know->function_pool, &unit->functions, function_key, function) ?
		       function :
		       NULL;
}

struct function *know_add_function(struct knowledge *know, struct unit *unit, uint32_t number,
				   uint32_t sub, enum bt_act act, const char *name, bool by_server)
{
	struct function *function = know_find_function(unit, number, sub);

	if (function)
		function->by_server &= by_server;
	else if ((function = make_function(know, unit, number, sub, name)))
		function->by_server = by_server;
	if (!function) {
		unit->pair->incomplete = true;
		return NULL;
	}
	if (act > function->act)
		function->act = (uint8_t)act;
	if (act >= BT_ACT_WRITE)
		unit->pair->wrote[function->by_server] = true;
	return function;
}

/* ---- what is counted and collected in them ---- */

void seen_add(struct seen *seen, uint64_t count, int64_t first_ns, int64_t last_ns)
{
	seen->count += count;
	if (first_ns && (!seen->first_ns || first_ns < seen->first_ns))
		seen->first_ns = first_ns;
	if (last_ns > seen->last_ns)
		seen->last_ns = last_ns;
}

bool function_has_error(const struct function *function, uint32_t error)
{
	if (function->any_error)
		return true;
	for (unsigned i = 0; i < function->error_count; i++)
		if (function->errors[i] == error)
			return true;
	return false;
}

bool function_add_error(struct function *function, uint32_t error)
{
	unsigned at = 0;

	if (function_has_error(function, error))
		return false;
	if (!function->errors)
		function->errors = malloc(ERRORS_MAX * sizeof(*function->errors));
	if (!function->errors || function->error_count == ERRORS_MAX) {
		function->any_error = true;
		function->error_count = 0;
		return true;
	}
	while (at < function->error_count && function->errors[at] < error)
		at++;
	memmove(function->errors + at + 1, function->errors + at,
		(function->error_count - at) * sizeof(function->errors[0]));
	function->errors[at] = error;
	function->error_count++;
	return true;
}
