/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/state: the file itself. One thread at a time.
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include <stddef.h>

#include "state.h"

struct store;

struct store *store_open(const char *path, struct error *told, struct error *err);
struct store *store_open_to_read(const char *path, struct error *err);
bool store_check(const char *path, struct error *err);
void store_close(struct store *store);
bool store_each(struct store *store, enum state_table table, state_take *take, void *owner,
		struct error *err);

/* One change, in a batch: the key and then the value follow it. */
struct change {
	uint32_t table;
	uint32_t key_size, value_size;
	bool drop;
};

/* All of a batch or nothing. 0, or an errno. */
int store_write(struct store *store, const uint8_t *batch, size_t size);

#endif
