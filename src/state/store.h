/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/state: the file itself. One thread at a time.
 */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include <stddef.h>

#include "state.h"

enum {
	SQL_MAX = 256,
};

struct store {
	struct sqlite3 *db;
	struct sqlite3_stmt *put[STATE_TABLES], *drop[STATE_TABLES];
	int guard; /* holds the file for this process; -1: only read */
};

/* rows.c, for store.c */
const char *store_table(enum state_table table);
bool rows_prepare(struct store *store);
void rows_finish(struct store *store);

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
