/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in the file: a table for each kind of record, all of the same shape.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "limits.h"
#include "store.h"

static const char *const tables[STATE_TABLES] = {
	[STATE_CLOCK] = "clock",       [STATE_ALERTS] = "alert",    [STATE_UNTOLD] = "untold",
	[STATE_DEVICES] = "device",    [STATE_STATIONS] = "station", [STATE_PEERS] = "peers",
	[STATE_LEARNED] = "learned",
};

const char *store_table(enum state_table table)
{
	return tables[table];
}

bool rows_prepare(struct store *store)
{
	char sql[SQL_MAX];

	for (unsigned i = 0; i < STATE_TABLES; i++) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO %s VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			 tables[i]);
		if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &store->put[i], NULL))
			return false;
		snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE key = ?1", tables[i]);
		if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &store->drop[i], NULL))
			return false;
	}
	return true;
}

void rows_finish(struct store *store)
{
	for (unsigned i = 0; i < STATE_TABLES; i++) {
		sqlite3_finalize(store->put[i]);
		sqlite3_finalize(store->drop[i]);
		store->put[i] = store->drop[i] = NULL;
	}
}

/* ---- reading ---- */

/* A bad one: there is something else than bytes, or too many. */
static struct bt_cursor column(sqlite3_stmt *stmt, int index)
{
	struct bt_cursor bytes = {.bad = sqlite3_column_type(stmt, index) != SQLITE_BLOB};

	if (!bytes.bad) {
		bytes.ptr = sqlite3_column_blob(stmt, index);
		bytes.left = (size_t)sqlite3_column_bytes(stmt, index);
	}
	return bytes;
}

bool store_each(struct store *store, enum state_table table, state_take *take, void *owner,
		struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	char sql[SQL_MAX];
	int code;

	/* SQLite knows the length of a blob without reading it. */
	snprintf(sql, sizeof(sql),
		 "SELECT key, iif(typeof(value) = 'blob' AND length(value) <= %d, value, NULL) FROM %s "
		 "WHERE typeof(key) = 'blob' AND length(key) <= %d ORDER BY key",
		 STATE_VALUE_MAX, tables[table], STATE_KEY_MAX);
	code = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
			if (!take(owner, column(stmt, 0), column(stmt, 1))) {
				code = SQLITE_DONE;
				break;
			}
		}
	}
	if (code != SQLITE_DONE)
		error_set(err, "state: %s", sqlite3_errmsg(store->db));
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE;
}

/* ---- writing ---- */

static int errno_of(struct store *store)
{
	int cause = sqlite3_system_errno(store->db);

	switch (sqlite3_errcode(store->db)) {
	case SQLITE_FULL: return cause ? cause : ENOSPC;
	case SQLITE_NOMEM: return ENOMEM;
	case SQLITE_BUSY: return EBUSY;
	default: return cause ? cause : EIO;
	}
}

static bool run(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool apply(struct store *store, const struct change *change, const uint8_t *bytes)
{
	sqlite3_stmt *stmt = change->drop ? store->drop[change->table] : store->put[change->table];
	bool done;

	sqlite3_bind_blob(stmt, 1, bytes, (int)change->key_size, SQLITE_STATIC);
	if (!change->drop)
		sqlite3_bind_blob(stmt, 2, bytes + change->key_size, (int)change->value_size,
				  SQLITE_STATIC);
	done = sqlite3_step(stmt) == SQLITE_DONE;
	sqlite3_reset(stmt);
	return done;
}

int store_write(struct store *store, const uint8_t *batch, size_t size)
{
	bool done = run(store, "BEGIN IMMEDIATE");
	int error;

	for (size_t at = 0; done && at < size;) {
		struct change change;

		memcpy(&change, batch + at, sizeof(change));
		done = apply(store, &change, batch + at + sizeof(change));
		at += sizeof(change) + change.key_size + change.value_size;
	}
	done = done && run(store, "COMMIT");
	if (done)
		return 0;
	error = errno_of(store);
	run(store, "ROLLBACK"); /* fails where SQLite did it already */
	return error;
}
