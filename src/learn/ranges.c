/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted disjoint ranges in one growing array: binary search to ask, a short move to add.
 */
#include "ranges.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"

/* Index of the first range that ends at or after `number`; count when there is none. */
static uint32_t first_ending_at(const struct ranges *set, uint64_t number)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->at[middle].last < number)
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
	return i < set->count && set->at[i].first <= wanted.first;
}

static bool make_room(struct ranges *set, size_t *budget)
{
	struct range *more;
	uint32_t cap;

	if (set->count == LEARN_RANGES_PER_OBJECT_MAX || !*budget)
		return false;
	if (set->count < set->cap)
		return true;
	cap = set->cap ? set->cap * 2 : 2;
	more = realloc(set->at, cap * sizeof(*more));
	if (!more)
		return false;
	set->at = more;
	set->cap = cap;
	return true;
}

enum ranges_added ranges_add(struct ranges *set, struct range add, size_t *budget)
{
	/* what ends just before `add` or begins just after it melts into it */
	uint32_t from = first_ending_at(set, add.first ? add.first - 1 : 0), to = from;

	if (ranges_have(set, add))
		return RANGES_KNOWN;
	while (to < set->count && (add.last == UINT64_MAX || set->at[to].first <= add.last + 1))
		to++;
	if (to == from) {
		if (!make_room(set, budget)) {
			set->any = true;
			return RANGES_FULL;
		}
		memmove(set->at + from + 1, set->at + from,
			(set->count - from) * sizeof(*set->at));
		set->at[from] = add;
		set->count++;
		--*budget;
		return RANGES_GREW;
	}
	if (set->at[from].first < add.first)
		add.first = set->at[from].first;
	if (set->at[to - 1].last > add.last)
		add.last = set->at[to - 1].last;
	set->at[from] = add;
	memmove(set->at + from + 1, set->at + to, (set->count - to) * sizeof(*set->at));
	*budget += to - from - 1;
	set->count -= to - from - 1;
	return RANGES_GREW;
}

uint64_t ranges_first_missing(const struct ranges *set, struct range wanted)
{
	uint32_t i = first_ending_at(set, wanted.first);

	if (i < set->count && set->at[i].first <= wanted.first && set->at[i].last < wanted.last)
		return set->at[i].last + 1;
	return wanted.first;
}

bool ranges_nearest(const struct ranges *set, struct range wanted, struct range *range,
		    uint64_t *number)
{
	uint64_t missing = ranges_first_missing(set, wanted);
	uint32_t i = first_ending_at(set, missing); /* begins after `missing`, if it is there */

	if (!set->count)
		return false;
	if (i < set->count &&
	    (i == 0 || set->at[i].first - missing < missing - set->at[i - 1].last)) {
		*range = set->at[i];
		*number = range->first;
	} else {
		*range = set->at[i - 1];
		*number = range->last;
	}
	return true;
}

void ranges_finish(struct ranges *set)
{
	free(set->at);
	*set = (struct ranges){0};
}
