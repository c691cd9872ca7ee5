/* SPDX-License-Identifier: Apache-2.0 */
#include "owned.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct owned_block {
	struct owned_block *next, *before;
	size_t size; /* of the whole block */
	alignas(max_align_t) unsigned char memory[];
};

static struct owned_block *block_of(void *memory)
{
	return (struct owned_block *)(void *)((unsigned char *)memory -
					      offsetof(struct owned_block, memory));
}

static bool affords(const struct owned *owner, struct owned_budget *budget, size_t more)
{
	size_t left = budget->used < budget->all ? budget->all - budget->used : 0;

	if (owner->bytes + more <= budget->due ||
	    (more <= budget->each - owner->bytes && more <= left))
		return true;
	budget->refused++;
	return false;
}

static void link_block(struct owned *owner, struct owned_block *block)
{
	block->before = NULL;
	block->next = owner->first;
	if (block->next)
		block->next->before = block;
	owner->first = block;
}

static void unlink_block(struct owned *owner, struct owned_block *block)
{
	if (block->before)
		block->before->next = block->next;
	else
		owner->first = block->next;
	if (block->next)
		block->next->before = block->before;
}

void *owned_get(struct owned *owner, struct owned_budget *budget, size_t bytes)
{
	struct owned_block *block;
	size_t size;

	size = sizeof(*block) + (bytes < budget->each ? bytes : budget->each);
	block = affords(owner, budget, size) ? calloc(1, size) : NULL;
	if (!block)
		return NULL;
	block->size = size;
	link_block(owner, block);
	owner->bytes += size;
	budget->used += size;
	return block->memory;
}

void *owned_resize(struct owned *owner, struct owned_budget *budget, void *memory, size_t bytes)
{
	struct owned_block *old = memory ? block_of(memory) : NULL, *block;
	size_t old_size, size;

	if (!old)
		return owned_get(owner, budget, bytes);
	old_size = old->size;
	size = sizeof(*block) + (bytes < budget->each ? bytes : budget->each);
	if (size > old_size && !affords(owner, budget, size - old_size))
		return NULL;
	unlink_block(owner, old);
	block = realloc(old, size);
	if (!block) {
		link_block(owner, old);
		return NULL;
	}
	if (size > old_size)
		memset((unsigned char *)block + old_size, 0, size - old_size);
	block->size = size;
	link_block(owner, block);
	owner->bytes += size - old_size;
	budget->used += size - old_size;
	return block->memory;
}

void owned_put(struct owned *owner, struct owned_budget *budget, void *memory)
{
	struct owned_block *block;

	if (!memory)
		return;
	block = block_of(memory);
	unlink_block(owner, block);
	owner->bytes -= block->size;
	budget->used -= block->size;
	free(block);
}

void owned_finish(struct owned *owner, struct owned_budget *budget)
{
	while (owner->first)
		owned_put(owner, budget, owner->first->memory);
}
