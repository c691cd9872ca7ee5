/* SPDX-License-Identifier: Apache-2.0
 *
 * Hash map from a key that lives inside the item to the item. Open addressing, linear probing,
 * deletion by shifting back; grows by doubling. It never owns the items. Iteration order is
 * meaningless: sort before anything leaves the program.
 *
 * Not thread safe. Memory: 12 bytes per slot, at most 3/4 full.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* There may be millions, half of them empty: no padding between. */
struct __attribute__((packed, aligned(4))) map_slot {
	uint32_t hash; /* its lower half: there are never more slots */
	void *item;    /* NULL: empty */
};

struct map {
	struct map_slot *slots;
	size_t mask; /* slots - 1; 0 before the first insertion */
	size_t count;
};

typedef bool map_same(const void *item, const void *key);

void *map_find(const struct map *map, uint64_t hash, map_same *same, const void *key);
/* The cache lines of `bytes` bytes from `at` on: wanted soon. */
static inline void memory_prefetch(const void *at, size_t bytes)
{
	for (size_t line = 0; line < bytes; line += 64)
		__builtin_prefetch((const char *)at + line);
}

/* Whatever has this hash, most likely the item sought: for a look ahead. */
static inline void *map_peek(const struct map *map, uint64_t hash)
{
	size_t at = hash & map->mask;

	if (!map->slots)
		return NULL;
	while (map->slots[at].item && map->slots[at].hash != (uint32_t)hash)
		at = (at + 1) & map->mask;
	return map->slots[at].item;
}

static inline void map_prefetch(const struct map *map, uint64_t hash)
{
	if (map->slots)
		__builtin_prefetch(&map->slots[hash & map->mask]);
}

/* The caller has made sure that the key is not there. False: no memory, nothing changed. */
bool map_insert(struct map *map, uint64_t hash, void *item);
/* Takes this very item out; false when it is not there. */
bool map_remove(struct map *map, uint64_t hash, const void *item);
/* Walks all items: start with *at = 0; NULL at the end. The map must not change meanwhile. */
void *map_next(const struct map *map, size_t *at);
void map_finish(struct map *map); /* frees the slots, not the items */

#endif
