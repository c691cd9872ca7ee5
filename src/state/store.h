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
	struct sqlite3 *cleaner; /* another connection, see store_clean() */
	int frames; /* in the write-ahead log after the last transaction */
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

/* Takes what is in the write-ahead log over into the file. That waits for the disk, so it is for another thread, while
 * one writes; when it does not keep up, store_write() has to wait as well. */
void store_clean(struct store *store);
bool store_wants_cleaning(const struct store *store); /* for the one that writes */

#endif
