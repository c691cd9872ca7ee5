/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHUNK_BYTES = 64 << 10,
	CHUNK_BYTES_FIRST = 4 << 10, /* there are many pools, one of each in each shard: most hold little */
	CACHE_LINE = 64,
	CHUNK_HEAD = CACHE_LINE, /* the link to the next chunk; objects of whole lines stay on lines */
};

void pool_init(struct pool *pool, size_t object_size, size_t cap)
{
	*pool = (struct pool){.size = (object_size + 7) & ~(size_t)7, .cap = cap};
}

static void *link_of(void *object)
{
	void *next;

	memcpy(&next, object, sizeof(next));
	return next;
}

static void set_link(void *object, void *next)
{
	memcpy(object, &next, sizeof(next));
}

static void refill(struct pool *pool)
{
	size_t had = pool->made * pool->size;
	size_t bytes = had < CHUNK_BYTES_FIRST ? CHUNK_BYTES_FIRST : had < CHUNK_BYTES ? had : CHUNK_BYTES;
	size_t count = bytes / pool->size;
	char *chunk;

	if (count < 1)
		count = 1;
	if (count > pool->cap - pool->made)
		count = pool->cap - pool->made;
	if (count == 0)
		return;
	chunk = aligned_alloc(CACHE_LINE, (CHUNK_HEAD + count * pool->size + CACHE_LINE - 1) /
						  CACHE_LINE * CACHE_LINE);
	if (!chunk)
		return;
	set_link(chunk, pool->chunks);
	pool->chunks = chunk;
	pool->made += count;
	pool->fresh = chunk + CHUNK_HEAD;
	pool->fresh_end = pool->fresh + count * pool->size;
}

/* One that nobody had: what is not needed of a chunk is never touched, and so no memory yet. */
static void *take_fresh(struct pool *pool)
{
	char *object;

	if (pool->fresh == pool->fresh_end)
		refill(pool);
	if (pool->fresh == pool->fresh_end)
		return NULL;
	object = pool->fresh;
	pool->fresh += pool->size;
	return object;
}

void *pool_take(struct pool *pool)
{
	void *object = pool->free;

	if (object)
		pool->free = link_of(object);
	else
		object = take_fresh(pool);
	pool->used += object != NULL;
	return object;
}

void *pool_get(struct pool *pool)
{
	void *object = pool_take(pool);

	return object ? memset(object, 0, pool->size) : NULL;
}

void pool_put(struct pool *pool, void *object)
{
	if (!object)
		return;
	set_link(object, pool->free);
	pool->free = object;
	pool->used--;
}

void pool_finish(struct pool *pool)
{
	if (!pool)
		return;
	while (pool->chunks) {
		void *chunk = pool->chunks;

		pool->chunks = link_of(chunk);
		free(chunk);
	}
	*pool = (struct pool){0};
}
