/* SPDX-License-Identifier: Apache-2.0
 *
 * What a dissector remembers of a flow beyond its fixed `state`: half messages, aliases, who asked for
 * what. Everything belongs to the flow and is freed with it; there is no destructor to write. Bounded
 * per flow and per shard: every call may fail, and the dissector then goes on without. Only the first
 * 200 bytes of a flow are there whatever other flows remember.
 */
#ifndef BITTERN_MEMORY_H
#define BITTERN_MEMORY_H

#include "bittern/cursor.h"

struct bt_context;

/* Zeroed; NULL at the cap. */
void *bt_alloc(struct bt_context *ctx, size_t bytes);
/* NULL (and `memory` is untouched) at the cap. New bytes are zeroed. `memory` may be NULL. */
void *bt_resize(struct bt_context *ctx, void *memory, size_t bytes);
void bt_free(struct bt_context *ctx, void *memory); /* NULL: nothing */

/* A table from numbers to bytes (alias -> topic, handle -> node id): at most `max` entries, at the cap an
 * old one makes room. Zeroed is empty. */
struct bt_table {
	uint32_t used; /* entries; the rest is private */
	uint32_t cap, turn;
	struct bt_table_entry *entries;
	uint32_t *index;
};

/* Keeps a copy in place of what stood there. False: no memory. */
bool bt_table_put(struct bt_context *ctx, struct bt_table *table, uint32_t max, uint64_t key,
		  struct bt_cursor bytes);
/* A view that lives until the next put or drop; found: *bytes (may be empty). */
bool bt_table_get(const struct bt_table *table, uint64_t key, struct bt_cursor *bytes);
void bt_table_drop(struct bt_context *ctx, struct bt_table *table, uint64_t key);
void bt_table_clear(struct bt_context *ctx, struct bt_table *table);

#endif
