/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted disjoint ranges in one growing array: binary search to ask, a short move to add. A single one
 * stands in its place.
 */
#include "ranges.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

const struct range *ranges_list(const struct ranges *set)
{
	return set->cap ? set->more : &set->only;
}

/* Index of the first range that ends at or after `number`; count when there is none. */
static uint32_t first_ending_at(const struct ranges *set, uint64_t number)
{
	const struct range *at = ranges_list(set);
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (at[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ranges_have(const struct ranges *set, struct range wanted)
{
	uint32_t i;

	if (set->any)
		return true;
	i = first_ending_at(set, wanted.last);
	return i < set->count && ranges_list(set)[i].first <= wanted.first;
}

static bool make_room(struct ranges *set, size_t *budget)
{
	struct range *more;
	unsigned cap;

	if (set->count == LEARN_RANGES_PER_OBJECT_MAX || !*budget)
		return false;
	if (set->count < (set->cap ? set->cap : 1))
		return true;
	cap = set->cap ? set->cap * 2u : 2;
	more = realloc(set->cap ? set->more : NULL, cap * sizeof(*more));
	if (!more)
		return false;
	if (!set->cap)
		more[0] = set->only;
	set->more = more;
	set->cap = (uint16_t)cap;
	return true;
}

enum ranges_added ranges_add(struct ranges *set, struct range add, size_t *budget)
{
	/* what ends just before `add` or begins just after it melts into it */
	uint32_t from = first_ending_at(set, add.first ? add.first - 1 : 0), to = from;
	struct range *at = set->cap ? set->more : &set->only;

	if (ranges_have(set, add))
		return RANGES_KNOWN;
	while (to < set->count && (add.last == UINT64_MAX || at[to].first <= add.last + 1))
		to++;
	if (to == from) {
		if (!make_room(set, budget)) {
			set->any = true;
			return RANGES_FULL;
		}
		at = set->cap ? set->more : &set->only;
		memmove(at + from + 1, at + from, (set->count - from) * sizeof(*at));
		at[from] = add;
		set->count++;
		--*budget;
		return RANGES_GREW;
	}
	if (at[from].first < add.first)
		add.first = at[from].first;
	if (at[to - 1].last > add.last)
		add.last = at[to - 1].last;
	at[from] = add;
	memmove(at + from + 1, at + to, (set->count - to) * sizeof(*at));
	*budget += to - from - 1;
	set->count -= (uint16_t)(to - from - 1);
	return RANGES_GREW;
}

uint64_t ranges_first_missing(const struct ranges *set, struct range wanted)
{
	const struct range *at = ranges_list(set);
	uint32_t i = first_ending_at(set, wanted.first);

	if (i < set->count && at[i].first <= wanted.first && at[i].last < wanted.last)
		return at[i].last + 1;
	return wanted.first;
}

bool ranges_nearest(const struct ranges *set, struct range wanted, struct range *range,
		    uint64_t *number)
{
	const struct range *at = ranges_list(set);
	uint64_t missing = ranges_first_missing(set, wanted);
	uint32_t i = first_ending_at(set, missing); /* begins after `missing`, if it is there */

	if (!set->count)
		return false;
	if (i < set->count && (i == 0 || at[i].first - missing < missing - at[i - 1].last)) {
		*range = at[i];
		*number = range->first;
	} else {
		*range = at[i - 1];
		*number = range->last;
	}
	return true;
}

void ranges_finish(struct ranges *set)
{
	if (set->cap)
		free(set->more);
	*set = (struct ranges){0};
}
