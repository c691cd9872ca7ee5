/* SPDX-License-Identifier: Apache-2.0 */
#include "sorted.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

enum {
	FIRST_CAP = 2,
};

/* Index of the first whose key is not below. */
static uint32_t place_of(const struct sorted *list, sorted_key *key_of, uint64_t key)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (key_of(list->at[middle]) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *sorted_find(const struct sorted *list, sorted_key *key_of, uint64_t key)
{
	uint32_t at = list ? place_of(list, key_of, key) : 0;

	return list && at < list->count && key_of(list->at[at]) == key ? list->at[at] : NULL;
}

static struct sorted *with_room(struct sorted *list)
{
	uint32_t count = sorted_count(list), cap = count ? 2 * count : (uint32_t)FIRST_CAP;

	if (list && count < list->cap)
		return list;
	if (count >= LEARN_ENTRIES_MAX)
		return NULL;
	list = realloc(list, sizeof(*list) + cap * sizeof(list->at[0]));
	if (!list)
		return NULL;
	list->count = count;
	list->cap = cap;
	return list;
}

struct sorted *sorted_add(struct sorted *list, sorted_key *key_of, void *item)
{
	uint32_t at;

	list = with_room(list);
	if (!list)
		return NULL;
	at = place_of(list, key_of, key_of(item));
	memmove(list->at + at + 1, list->at + at, (list->count - at) * sizeof(list->at[0]));
	list->at[at] = item;
	list->count++;
	return list;
}
