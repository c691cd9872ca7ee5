/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of one size, handed out and taken back in constant time, at most `cap` of them. Memory is
 * taken from malloc in chunks that grow, and given back only by pool_finish(), so the packet path does not
 * call malloc for known traffic. Not thread safe.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
	size_t size;      /* of one object, rounded up to a multiple of 8, the most that any needs */
	size_t cap;       /* objects at most */
	size_t used;      /* objects handed out now */
	size_t made;      /* objects that have memory */
	void *free;       /* singly linked through the objects' first bytes */
	void *chunks;     /* singly linked; of the newest: */
	char *fresh, *fresh_end; /* objects that were never handed out */
};

void pool_init(struct pool *pool, size_t object_size, size_t cap);
void *pool_get(struct pool *pool); /* zeroed; NULL at the cap or without memory */
void *pool_take(struct pool *pool); /* the same, not zeroed: for who fills what he reads */
void pool_put(struct pool *pool, void *object); /* NULL: nothing */
void pool_finish(struct pool *pool);

#endif
