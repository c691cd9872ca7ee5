/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of named things (topics, node ids, metrics) in the order of their bytes, and the names it is
 * made of. Names are any bytes that came over a wire; a long one is known by its beginning and its
 * hash.
 *
 * Some names are made up anew for each use (a request's number, a random id): they say nothing of what
 * is normal, and no list of them ever ends. A set notices by what it holds: most of it was used once.
 */
#ifndef LEARN_NAMESET_H
#define LEARN_NAMESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bittern/cursor.h"
#include "ranges.h"

enum {
	NAME_BYTES = 240,       /* longer ones are cut to it */
	NAMES_VARY_FROM = 32,   /* operations that brought new names, before these may be endless */
};

struct name {
	uint16_t size;
	uint8_t bytes[];
};

struct nameset {
	struct nameset_entry {
		const struct name *name; /* somebody else's */
		bool again;              /* used more than once, or approved by a person */
	} *at; /* sorted */
	uint32_t count, cap;
	uint32_t once;        /* entries that are not `again` */
	uint32_t growths;     /* operations that brought something new */
	uint64_t last_growth; /* the number of the last of them */
	bool any;             /* as in struct ranges */
};

/* The name as it is kept: itself, or in `room` the beginning and the hash of a long one. */
struct bt_cursor name_key(struct bt_cursor name, uint8_t room[NAME_BYTES]);
struct bt_cursor name_bytes(const struct name *name);
int name_compare(struct bt_cursor a, struct bt_cursor b); /* as memcmp(); the shorter first */

/* All take keys. */
struct nameset_entry *nameset_find(const struct nameset *set, struct bt_cursor name);
/* The name must not be there. `budget`: bytes that all sets together may still grow by. */
enum ranges_added nameset_add(struct nameset *set, const struct name *name, bool again, size_t *budget);
void nameset_use_again(struct nameset *set, struct nameset_entry *entry);
bool nameset_vary(const struct nameset *set);
/* The name with the longest beginning in common; NULL: none has any. */
const struct name *nameset_nearest(const struct nameset *set, struct bt_cursor name);
/* Everything belongs to it from now on: the names are forgotten, and their bytes given back. */
void nameset_make_any(struct nameset *set, size_t *budget);
void nameset_finish(struct nameset *set);

#endif
