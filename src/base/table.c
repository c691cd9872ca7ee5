/* SPDX-License-Identifier: Apache-2.0
 *
 * bt_table: entries in the order they came, in a ring that grows up to what the caller allows, and an
 * index into it by key (open addressing, deletion by shifting back). All memory is the flow's.
 */
#include "bittern/memory.h"

#include "hash.h"

enum {
	RING_FIRST = 8, /* entries of a new table */
	NOWHERE = 0,    /* in the index: empty; else place in the ring + 1 */
};

struct bt_table_entry {
	uint64_t key;
	uint8_t *bytes; /* NULL: this place is free */
	size_t size;
};

static uint32_t index_mask(const struct bt_table *table)
{
	return table->cap * 2 - 1;
}

static uint32_t home_of(const struct bt_table *table, uint64_t key)
{
	return (uint32_t)hash_words(&key, 1) & index_mask(table);
}

/* The index's slot of the key, or the empty one where it would be. */
static uint32_t slot_of(const struct bt_table *table, uint64_t key)
{
	uint32_t slot = home_of(table, key);

	while (table->index[slot] != NOWHERE && table->entries[table->index[slot] - 1].key != key)
		slot = (slot + 1) & index_mask(table);
	return slot;
}

static void unindex(struct bt_table *table, uint32_t slot)
{
	uint32_t mask = index_mask(table), at = slot;

	for (;;) {
		uint32_t home;

		at = (at + 1) & mask;
		if (table->index[at] == NOWHERE)
			break;
		home = home_of(table, table->entries[table->index[at] - 1].key);
		if (((at - home) & mask) < ((at - slot) & mask))
			continue; /* it would move to before its home */
		table->index[slot] = table->index[at];
		slot = at;
	}
	table->index[slot] = NOWHERE;
}

static void release(struct bt_context *ctx, struct bt_table *table, uint32_t slot)
{
	struct bt_table_entry *entry = &table->entries[table->index[slot] - 1];

	unindex(table, slot);
	bt_free(ctx, entry->bytes);
	*entry = (struct bt_table_entry){0};
	table->used--;
}

/* A bigger ring, all entries moved in their order. Ring and index are one piece of memory, for at the cap
 * this is asked at each put: half of it, cleared and given back, would cost more than the put. */
static bool grow(struct bt_context *ctx, struct bt_table *table)
{
	struct bt_table bigger = {.cap = table->cap ? table->cap * 2 : RING_FIRST};

	bigger.entries = bt_alloc(ctx, bigger.cap * (sizeof(*bigger.entries) +
						     2 * sizeof(*bigger.index)));
	if (!bigger.entries)
		return false;
	bigger.index = (uint32_t *)(void *)(bigger.entries + bigger.cap);
	for (uint32_t i = 0; i < table->cap; i++) {
		const struct bt_table_entry *entry =
			&table->entries[(table->turn + i) % table->cap];

		if (!entry->bytes)
			continue;
		bigger.entries[bigger.turn++] = *entry;
		bigger.index[slot_of(&bigger, entry->key)] = bigger.turn;
	}
	bigger.used = table->used;
	bt_free(ctx, table->entries);
	*table = bigger;
	return true;
}

/* Leaves `turn` at a free place. False: there is no memory for any. */
static bool make_room(struct bt_context *ctx, struct bt_table *table, uint32_t max)
{
	if (table->used >= max || (table->used == table->cap && !grow(ctx, table))) {
		if (!table->used)
			return false;
		while (!table->entries[table->turn].bytes)
			table->turn = (table->turn + 1) % table->cap;
		release(ctx, table, slot_of(table, table->entries[table->turn].key));
	}
	while (table->entries[table->turn].bytes)
		table->turn = (table->turn + 1) % table->cap;
	return true;
}

bool bt_table_put(struct bt_context *ctx, struct bt_table *table, uint32_t max, uint64_t key,
		  struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes);
	uint8_t *copy = bt_alloc(ctx, size + !size);

	if (!copy)
		return false;
	cur_copy(&bytes, copy, size);
	bt_table_drop(ctx, table, key);
	if (!make_room(ctx, table, max)) {
		bt_free(ctx, copy);
		return false;
	}
	table->entries[table->turn] = (struct bt_table_entry){key, copy, size};
	table->index[slot_of(table, key)] = table->turn + 1;
	table->turn = (table->turn + 1) % table->cap;
	table->used++;
	return true;
}

bool bt_table_get(const struct bt_table *table, uint64_t key, struct bt_cursor *bytes)
{
	uint32_t slot;

	if (!table->used)
		return false;
	slot = slot_of(table, key);
	if (table->index[slot] == NOWHERE)
		return false;
	*bytes = cur_of(table->entries[table->index[slot] - 1].bytes,
			table->entries[table->index[slot] - 1].size);
	return true;
}

void bt_table_drop(struct bt_context *ctx, struct bt_table *table, uint64_t key)
{
	uint32_t slot;

	if (!table->used)
		return;
	slot = slot_of(table, key);
	if (table->index[slot] != NOWHERE)
		release(ctx, table, slot);
}

void bt_table_clear(struct bt_context *ctx, struct bt_table *table)
{
	for (uint32_t i = 0; i < table->cap; i++)
		bt_free(ctx, table->entries[i].bytes);
	bt_free(ctx, table->entries);
	*table = (struct bt_table){0};
}
