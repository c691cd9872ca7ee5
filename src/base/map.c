/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"

#include <stdlib.h>

enum {
	FIRST_SLOTS = 16,
};

static struct map_slot *slot_for(const struct map *map, uint64_t hash, size_t distance)
{
	return &map->slots[(hash + distance) & map->mask];
}

void *map_find(const struct map *map, uint64_t hash, map_same *same, const void *key)
{
	if (!map->slots)
		return NULL;
	for (size_t distance = 0;; distance++) {
		const struct map_slot *slot = slot_for(map, hash, distance);

		if (!slot->item)
			return NULL;
		if (slot->hash == (uint32_t)hash && same(slot->item, key))
			return slot->item;
	}
}

static void place(struct map *map, uint64_t hash, void *item)
{
	size_t distance = 0;

	while (slot_for(map, hash, distance)->item)
		distance++;
	*slot_for(map, hash, distance) = (struct map_slot){.hash = (uint32_t)hash, .item = item};
}

static bool grow(struct map *map)
{
	size_t slots = map->slots ? (map->mask + 1) * 2 : FIRST_SLOTS;
	struct map bigger = {.mask = slots - 1, .count = map->count};

	if (bigger.mask > UINT32_MAX)
		return false;
	bigger.slots = calloc(slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; map->slots && i <= map->mask; i++) {
		if (map->slots[i].item)
			place(&bigger, map->slots[i].hash, map->slots[i].item);
	}
	free(map->slots);
	*map = bigger;
	return true;
}

bool map_insert(struct map *map, uint64_t hash, void *item)
{
	if ((!map->slots || (map->count + 1) * 4 > (map->mask + 1) * 3) && !grow(map))
		return false;
	place(map, hash, item);
	map->count++;
	return true;
}

/* Closes the hole at `hole`: moves back every follower that may not stand behind an empty slot. */
static void shift_back(struct map *map, size_t hole)
{
	for (size_t at = (hole + 1) & map->mask; map->slots[at].item; at = (at + 1) & map->mask) {
		size_t home = map->slots[at].hash & map->mask;

		if (((at - home) & map->mask) < ((at - hole) & map->mask))
			continue;
		map->slots[hole] = map->slots[at];
		hole = at;
	}
	map->slots[hole].item = NULL;
}

bool map_remove(struct map *map, uint64_t hash, const void *item)
{
	if (!map->slots)
		return false;
	for (size_t distance = 0;; distance++) {
		struct map_slot *slot = slot_for(map, hash, distance);

		if (!slot->item)
			return false;
		if (slot->item != item)
			continue;
		shift_back(map, (size_t)(slot - map->slots));
		map->count--;
		return true;
	}
}

void *map_next(const struct map *map, size_t *at)
{
	while (map->slots && *at <= map->mask) {
		void *item = map->slots[(*at)++].item;

		if (item)
			return item;
	}
	return NULL;
}

void map_finish(struct map *map)
{
	if (!map)
		return;
	free(map->slots);
	*map = (struct map){0};
}
