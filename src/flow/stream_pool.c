/* SPDX-License-Identifier: Apache-2.0
 *
 * The shard's memory for streams: blocks in powers of two, kept for the next use when given back,
 * so that a protocol whose messages span segments does not call malloc for each.
 */
#include <stdlib.h>

#include "stream_inside.h"

static size_t class_bytes(unsigned class)
{
	return (size_t)1 << class;
}

struct stream_pool *stream_pool_create(size_t max_bytes)
{
	struct stream_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->max = max_bytes;
	pool_init(&pool->streams, sizeof(struct stream), SIZE_MAX / sizeof(struct stream));
	pool_init(&pool->pasts, sizeof(struct past), SIZE_MAX / sizeof(struct past));
	pool_init(&pool->unrests, sizeof(struct unrest), SIZE_MAX / sizeof(struct unrest));
	return pool;
}

static void drop_cache(struct stream_pool *pool)
{
	for (unsigned i = BLOCK_CLASS_MIN; i <= BLOCK_CLASS_MAX; i++) {
		while (pool->free[i]) {
			struct block *block = pool->free[i];

			pool->free[i] = block->next;
			free(block);
		}
	}
	pool->cached = 0;
}

void stream_pool_destroy(struct stream_pool *pool)
{
	if (!pool)
		return;
	block_put(pool, pool->lent);
	drop_cache(pool);
	pool_finish(&pool->streams);
	pool_finish(&pool->pasts);
	pool_finish(&pool->unrests);
	free(pool->waiting);
	free(pool);
}

size_t stream_pool_used(const struct stream_pool *pool)
{
	return pool->used;
}

static unsigned class_for(size_t size)
{
	unsigned class = BLOCK_CLASS_MIN;

	while (class_bytes(class) < sizeof(struct block) + size)
		class ++;
	return class;
}

struct block *block_get(struct stream_pool *pool, size_t size)
{
	struct block *block;
	unsigned class;

	if (size > STREAM_HELD_BYTES_MAX)
		return NULL;
	class = class_for(size);
	if (class_bytes(class) > pool->max - pool->used)
		return NULL;
	block = pool->free[class];
	if (block) {
		pool->free[class] = block->next;
		pool->cached -= class_bytes(class);
	} else {
		if (pool->used + pool->cached + class_bytes(class) > pool->max)
			drop_cache(pool);
		block = malloc(class_bytes(class));
		if (!block)
			return NULL;
	}
	pool->used += class_bytes(class);
	*block = (struct block){.class = (uint8_t)class};
	return block;
}

void block_put(struct stream_pool *pool, struct block *block)
{
	if (!block)
		return;
	pool->used -= class_bytes(block->class);
	pool->cached += class_bytes(block->class);
	block->next = pool->free[block->class];
	pool->free[block->class] = block;
}

size_t block_room(const struct block *block)
{
	return class_bytes(block->class) - sizeof(*block);
}

void waiting_add(struct stream_pool *pool, struct flow *flow)
{
	if (flow->stream->unrest->waiting)
		return;
	if (pool->waiting_count == pool->waiting_cap) {
		uint32_t cap = pool->waiting_cap ? pool->waiting_cap * 2 : 16;
		struct flow **bigger = realloc(pool->waiting, cap * sizeof(struct flow *));

		if (!bigger)
			return; /* its next packet will find the hole instead */
		pool->waiting = bigger;
		pool->waiting_cap = cap;
	}
	pool->waiting[pool->waiting_count++] = flow;
	flow->stream->unrest->waiting = pool->waiting_count;
}

void waiting_remove(struct stream_pool *pool, struct flow *flow)
{
	uint32_t place = flow->stream->unrest->waiting;
	struct flow *last;

	if (!place)
		return;
	last = pool->waiting[--pool->waiting_count];
	pool->waiting[place - 1] = last;
	last->stream->unrest->waiting = place;
	flow->stream->unrest->waiting = 0;
}
