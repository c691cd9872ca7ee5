/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that belongs to somebody and dies with him, as much as a budget that all share allows.
 */
#ifndef BASE_OWNED_H
#define BASE_OWNED_H

#include <stddef.h>

struct owned_block;

struct owned { /* zeroed: has nothing */
	struct owned_block *first;
	size_t bytes;
};

struct owned_budget {
	size_t each, all; /* bytes at most, of one owner and of all together */
	size_t due;       /* so many an owner may have even where others took all; `each` at most */
	size_t used;
	size_t refused; /* times somebody wanted more */
};

/* Zeroed memory; NULL beyond the budget or without memory. */
void *owned_get(struct owned *owner, struct owned_budget *budget, size_t bytes);
/* Like realloc, new bytes zeroed. NULL: `memory` is untouched. */
void *owned_resize(struct owned *owner, struct owned_budget *budget, void *memory, size_t bytes);
void owned_put(struct owned *owner, struct owned_budget *budget, void *memory); /* NULL: nothing */
void owned_finish(struct owned *owner, struct owned_budget *budget);

#endif
