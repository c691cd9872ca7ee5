/* SPDX-License-Identifier: Apache-2.0
 *
 * The children of one parent in the order of a number that each has: found by halves, and small where
 * there are few, as nearly everywhere.
 */
#ifndef LEARN_SORTED_H
#define LEARN_SORTED_H

#include <stdbool.h>
#include <stdint.h>

struct sorted {
	uint32_t count, cap;
	void *at[];
};

typedef uint64_t sorted_key(const void *item);

static inline uint32_t sorted_count(const struct sorted *list)
{
	return list ? list->count : 0;
}

/* NULL: it is not there. `list` may be NULL: nothing is. */
void *sorted_find(const struct sorted *list, sorted_key *key_of, uint64_t key);
/* What has the key must not be there. The list, which may have moved; NULL: no memory or no room, and it is
 * as it was. For the caller to free. */
struct sorted *sorted_add(struct sorted *list, sorted_key *key_of, void *item);

#endif
