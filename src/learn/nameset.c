/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted pointers in one growing array: binary search to ask, a short move to add, and who is alike
 * stands beside.
 */
#include "nameset.h"

#include <stdlib.h>
#include <string.h>

#include "bittern/digest.h"
#include "limits.h"

enum {
	HASH_DIGITS = 16,
};

struct bt_cursor name_key(struct bt_cursor name, uint8_t room[NAME_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[BT_SHA256_BYTES], *at = room + NAME_BYTES - HASH_DIGITS;
	struct bt_cursor rest = name;

	if (cur_left(&name) <= NAME_BYTES)
		return name;
	bt_sha256(name, hash);
	cur_copy(&rest, room, NAME_BYTES - HASH_DIGITS - 1);
	at[-1] = '#';
	for (unsigned i = 0; i < HASH_DIGITS; i++)
		at[i] = (uint8_t)digits[hash[i / 2] >> (i % 2 ? 0 : 4) & 15];
	return cur_of(room, NAME_BYTES);
}

struct bt_cursor name_bytes(const struct name *name)
{
	return cur_of(name->bytes, name->size);
}

int name_compare(struct bt_cursor a, struct bt_cursor b)
{
	size_t x = cur_left(&a), y = cur_left(&b), size = x < y ? x : y;
	int order = size ? memcmp(cur_claim(&a, size), cur_claim(&b, size), size) : 0;

	return order ? order : (x > y) - (x < y);
}

/* Index of the first name that is not before `name`. */
static uint32_t place_of(const struct nameset *set, struct bt_cursor name)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (name_compare(name_bytes(set->at[middle].name), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct nameset_entry *nameset_find(const struct nameset *set, struct bt_cursor name)
{
	uint32_t i = place_of(set, name);

	return i < set->count && cur_equal(name_bytes(set->at[i].name), name) ? &set->at[i] : NULL;
}

static bool make_room(struct nameset *set, size_t *budget)
{
	uint32_t cap = set->cap ? set->cap * 2 : 4;
	size_t bytes = (cap - set->cap) * sizeof(*set->at);
	struct nameset_entry *more;

	if (set->count == LEARN_NAMES_PER_OBJECT_MAX)
		return false;
	if (set->count < set->cap)
		return true;
	more = bytes <= *budget ? realloc(set->at, cap * sizeof(*more)) : NULL;
	if (!more)
		return false;
	*budget -= bytes;
	set->at = more;
	set->cap = cap;
	return true;
}

enum ranges_added nameset_add(struct nameset *set, const struct name *name, bool again, size_t *budget)
{
	uint32_t at = place_of(set, name_bytes(name));

	if (!make_room(set, budget)) {
		nameset_make_any(set, budget);
		return RANGES_FULL;
	}
	memmove(set->at + at + 1, set->at + at, (set->count - at) * sizeof(*set->at));
	set->at[at] = (struct nameset_entry){name, again};
	set->count++;
	set->once += !again;
	return RANGES_GREW;
}

void nameset_use_again(struct nameset *set, struct nameset_entry *entry)
{
	set->once -= !entry->again;
	entry->again = true;
}

bool nameset_vary(const struct nameset *set)
{
	return set->growths >= NAMES_VARY_FROM && set->once > set->count / 2;
}

static size_t in_common(struct bt_cursor a, struct bt_cursor b)
{
	size_t same = 0;

	while (cur_left(&a) && cur_left(&b) && cur_u8(&a) == cur_u8(&b))
		same++;
	return same;
}

const struct name *nameset_nearest(const struct nameset *set, struct bt_cursor name)
{
	uint32_t i = place_of(set, name);
	const struct name *nearest = NULL;
	size_t most = 0;

	for (uint32_t at = i ? i - 1 : 0; at < set->count && at <= i; at++) {
		size_t same = in_common(name_bytes(set->at[at].name), name);

		if (same > most) {
			most = same;
			nearest = set->at[at].name;
		}
	}
	return nearest;
}

void nameset_make_any(struct nameset *set, size_t *budget)
{
	*budget += set->cap * sizeof(*set->at);
	nameset_finish(set);
	set->any = true;
}

void nameset_finish(struct nameset *set)
{
	free(set->at);
	*set = (struct nameset){0};
}
