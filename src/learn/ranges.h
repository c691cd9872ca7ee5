/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of numbers as sorted, disjoint ranges that do not touch: the same numbers are the same
 * ranges, in whatever order they came.
 */
#ifndef LEARN_RANGES_H
#define LEARN_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t first, last;
};

/* Most have one range: it needs no memory of its own. */
struct ranges {
	union {
		uint64_t first;     /* cap_log 0: of the only one, if any */
		struct range *more; /* else room for 1 << cap_log */
	};
	uint32_t beyond;      /* the first: how many more the only one has */
	uint16_t count;
	uint8_t cap_log : 7;
	bool any : 1; /* everything belongs to it: a person said so, or there were too many to hold */
	uint8_t act;  /* enum bt_act: what is done to them; the set does not look at it */
};

static inline struct range ranges_at(const struct ranges *set, uint32_t i) /* below `count` */
{
	return set->cap_log ? set->more[i] : (struct range){set->first, set->first + set->beyond};
}

enum ranges_added {
	RANGES_KNOWN, /* it was all there */
	RANGES_GREW,
	RANGES_FULL,  /* at a cap or without memory: now `any` */
};

/* `budget` is what all sets together may still grow by, in ranges. */
enum ranges_added ranges_add(struct ranges *set, struct range add, size_t *budget);
bool ranges_have(const struct ranges *set, struct range wanted);
/* The known number nearest to what of `wanted` is not in the set, and the range it belongs to.
 * False: the set is empty. */
bool ranges_nearest(const struct ranges *set, struct range wanted, struct range *range,
		    uint64_t *number);
/* The first number of `wanted` that is not in the set (there must be one). */
uint64_t ranges_first_missing(const struct ranges *set, struct range wanted);
void ranges_finish(struct ranges *set);

/* first, first + 1 ... first + count - 1; what would pass the end of the numbers stops there. */
static inline struct range range_of(uint64_t first, uint32_t count)
{
	uint64_t more = count ? count - 1 : 0;

	return (struct range){first, more > UINT64_MAX - first ? UINT64_MAX : first + more};
}

#endif
