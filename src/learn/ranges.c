/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted disjoint ranges in one growing array: binary search to ask, a short move to add. A single one
 * stands in its place.
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

		if (ranges_at(set, middle).last < number)
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
	return i < set->count && ranges_at(set, i).first <= wanted.first;
}

/* Memory of its own, for `count` ranges: one more than it has, at most. NULL: none. */
static struct range *room_for(struct ranges *set, uint32_t count)
{
	unsigned log = set->cap_log + 1u;
	struct range *more;

	if (set->cap_log && count <= 1u << set->cap_log)
		return set->more;
	more = realloc(set->cap_log ? set->more : NULL, sizeof(*more) << log);
	if (!more)
		return NULL;
	if (!set->cap_log && set->count)
		more[0] = ranges_at(set, 0);
	set->more = more;
	set->cap_log = (uint8_t)(log & 127);
	return more;
}

/* `range` in the place of those from `from` to before `to`. False: no memory, nothing changed. */
static bool replace(struct ranges *set, uint32_t from, uint32_t to, struct range range)
{
	uint32_t count = set->count - (to - from) + 1;
	struct range *at;

	if (!set->cap_log && count == 1 && range.last - range.first <= UINT32_MAX) {
		set->first = range.first;
		set->beyond = (uint32_t)(range.last - range.first);
		set->count = 1;
		return true;
	}
	at = room_for(set, count);
	if (!at)
		return false;
	memmove(at + from + 1, at + to, (set->count - to) * sizeof(*at));
	at[from] = range;
	set->count = (uint16_t)count;
	return true;
}

enum ranges_added ranges_add(struct ranges *set, struct range add, size_t *budget)
{
	/* what ends just before `add` or begins just after it melts into it */
	uint32_t from = first_ending_at(set, add.first ? add.first - 1 : 0), to = from;
	bool fits;

	if (ranges_have(set, add))
		return RANGES_KNOWN;
	while (to < set->count &&
	       (add.last == UINT64_MAX || ranges_at(set, to).first <= add.last + 1))
		to++;
	fits = to > from || (set->count < LEARN_RANGES_PER_OBJECT_MAX && *budget);
	if (to > from) {
		struct range first = ranges_at(set, from), last = ranges_at(set, to - 1);

		add.first = first.first < add.first ? first.first : add.first;
		add.last = last.last > add.last ? last.last : add.last;
	}
	if (!fits || !replace(set, from, to, add)) {
		set->any = true;
		return RANGES_FULL;
	}
	*budget += to - from;
	--*budget;
	return RANGES_GREW;
}

uint64_t ranges_first_missing(const struct ranges *set, struct range wanted)
{
	uint32_t i = first_ending_at(set, wanted.first);
	struct range at;

	if (i == set->count)
		return wanted.first;
	at = ranges_at(set, i);
	return at.first <= wanted.first && at.last < wanted.last ? at.last + 1 : wanted.first;
}

bool ranges_nearest(const struct ranges *set, struct range wanted, struct range *range,
		    uint64_t *number)
{
	uint64_t missing = ranges_first_missing(set, wanted);
	uint32_t i = first_ending_at(set, missing); /* begins after `missing`, if it is there */

	if (!set->count)
		return false;
	if (i < set->count && (i == 0 || ranges_at(set, i).first - missing <
					 missing - ranges_at(set, i - 1).last)) {
		*range = ranges_at(set, i);
		*number = range->first;
	} else {
		*range = ranges_at(set, i - 1);
		*number = range->last;
	}
	return true;
}

void ranges_finish(struct ranges *set)
{
	if (set->cap_log)
		free(set->more);
	*set = (struct ranges){0};
}
