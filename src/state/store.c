/* SPDX-License-Identifier: Apache-2.0
 *
 * The file: opened, tried and made (https://www.sqlite.org/pragma.html), written in transactions.
 *
 * Its journal is a write-ahead log that is not synced at each commit (WAL, synchronous=NORMAL): a kill
 * loses nothing that was committed, a power failure the last seconds at most, and neither damages it.
 * Once the process is confined nothing is opened any more: -wal and -shm are open from the first
 * transaction on and stay when it ends, what is temporary is in memory.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "limits.h"

enum {
	VERSION = 1, /* of the tables and of what stands in them */
	WAIT_MS = 2000, /* for somebody who reads */
	LOG_BYTES = 4 << 20, /* the write-ahead log is cut back to */
	CLEAN_FRAMES = 1000, /* pages in it that are worth taking over, as SQLite's default */
	LATE_FRAMES = 4000,  /* so many must be */
};

/* What became of an attempt to open. */
enum outcome {
	USABLE,
	DAMAGED, /* and ours */
	REFUSED,
};

/* ---- trouble ---- */

static bool is_damage(int code)
{
	return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static enum outcome failed(struct store *store, const char *path, struct error *err)
{
	int code = sqlite3_extended_errcode(store->db);
	int cause = sqlite3_system_errno(store->db);

	error_set(err, "state %s: %s%s%s", path, sqlite3_errmsg(store->db), cause ? ": " : "",
		  cause ? strerror(cause) : "");
	return is_damage(code) ? DAMAGED : REFUSED;
}

/* ---- small things ---- */

static bool run(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first column of the first row. */
static bool ask(struct store *store, const char *sql, int64_t *number)
{
	sqlite3_stmt *stmt = NULL;
	bool answered = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
			sqlite3_step(stmt) == SQLITE_ROW;

	if (answered)
		*number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return answered;
}

static bool ask_text(struct store *store, const char *sql, struct error *answer)
{
	sqlite3_stmt *stmt = NULL;
	bool answered = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
			sqlite3_step(stmt) == SQLITE_ROW;

	if (answered)
		error_set(answer, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return answered;
}

/* Is every page what it should be? */
static enum outcome examine(struct store *store, const char *path, struct error *err)
{
	struct error said;

	if (!ask_text(store, "PRAGMA quick_check(1)", &said))
		return failed(store, path, err);
	if (strcmp(said.text, "ok") == 0)
		return USABLE;
	error_set(err, "state %s: %.200s", path, said.text);
	return DAMAGED;
}

/* ---- tables ---- */

static bool create(struct store *store)
{
	char sql[SQL_MAX];
	bool made = run(store, "BEGIN IMMEDIATE");

	for (unsigned i = 0; i < STATE_TABLES && made; i++) {
		snprintf(sql, sizeof(sql),
			 "CREATE TABLE %s (key BLOB PRIMARY KEY, value BLOB NOT NULL)", store_table(i));
		made = run(store, sql);
	}
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", STATE_APPLICATION);
	made = made && run(store, sql);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; COMMIT", VERSION);
	return made && run(store, sql);
}

/* Whose is it, and of which version? An empty one becomes ours. */
static enum outcome settle(struct store *store, const char *path, bool may_create, struct error *err)
{
	int64_t application = 0, version = 0, objects = 0;

	if (!ask(store, "PRAGMA application_id", &application) ||
	    !ask(store, "PRAGMA user_version", &version) ||
	    !ask(store, "SELECT count(*) FROM sqlite_master", &objects))
		return failed(store, path, err);
	if (!application && !version && !objects && may_create)
		return create(store) ? USABLE : failed(store, path, err);
	if (application != STATE_APPLICATION) {
		error_set(err, "state %s: a database of another program; name a file of its own", path);
		return REFUSED;
	}
	if (version != VERSION) {
		error_set(err, "state %s: of version %lld, made by a newer bittern; this one knows version %d. "
			       "Name another file, or use the newer one",
			  path, (long long)version, VERSION);
		return REFUSED;
	}
	return USABLE;
}

/* ---- opening ---- */

/* Nothing in the file is obeyed: no triggers, no views, no functions in its schema. */
static bool distrust(sqlite3 *db)
{
	int persist = 1;

	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_busy_timeout(db, WAIT_MS);
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	return sqlite3_exec(db,
			    "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; "
			    "PRAGMA mmap_size = 0; PRAGMA synchronous = NORMAL",
			    NULL, NULL, NULL) == SQLITE_OK;
}

/* From here on it is written as long as the process lives. Without a write-ahead log each transaction
 * would make and remove a file. */
static enum outcome begin_writing(struct store *store, const char *path, struct error *err)
{
	struct error mode;
	char sql[SQL_MAX];

	if (!ask_text(store, "PRAGMA journal_mode = WAL", &mode))
		return failed(store, path, err);
	if (strcmp(mode.text, "wal") != 0) {
		error_set(err, "state %s: no write-ahead log can be kept there (is it a network's?)", path);
		return REFUSED;
	}
	snprintf(sql, sizeof(sql),
		 "PRAGMA journal_size_limit = %d;"
		 "BEGIN IMMEDIATE; PRAGMA user_version = %d; COMMIT",
		 LOG_BYTES, VERSION);
	return run(store, sql) ? USABLE : failed(store, path, err);
}

static int on_commit(void *owner, sqlite3 *db, const char *name, int frames)
{
	struct store *store = owner;

	store->frames = frames;
	if (frames >= LATE_FRAMES)
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

/* Also opens what it will need. */
static bool open_cleaner(struct store *store, const char *path)
{
	sqlite3_wal_hook(store->db, on_commit, store);
	if (sqlite3_open_v2(path, &store->cleaner, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) ||
	    !distrust(store->cleaner))
		return false;
	return sqlite3_wal_checkpoint_v2(store->cleaner, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
	       SQLITE_OK;
}

bool store_wants_cleaning(const struct store *store)
{
	return store->frames >= CLEAN_FRAMES;
}

void store_clean(struct store *store)
{
	sqlite3_wal_checkpoint_v2(store->cleaner, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static enum outcome open_database(struct store *store, const char *path, struct error *err)
{
	enum outcome outcome;

	/* SQLite takes what begins with "file:" for something else, but not with these flags. */
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) ||
	    !distrust(store->db))
		return failed(store, path, err);
	outcome = settle(store, path, true, err);
	if (outcome == USABLE)
		outcome = examine(store, path, err);
	if (outcome == USABLE)
		outcome = begin_writing(store, path, err);
	if (outcome == USABLE && !open_cleaner(store, path))
		outcome = failed(store, path, err);
	if (outcome == USABLE && !rows_prepare(store)) {
		failed(store, path, err);
		outcome = DAMAGED; /* ours, and not with our tables */
	}
	return outcome;
}

static void finish(struct store *store)
{
	rows_finish(store);
	sqlite3_close(store->cleaner);
	sqlite3_close(store->db);
	store->cleaner = store->db = NULL;
	/* Only now: any descriptor of the file that is closed gives up SQLite's locks on it. */
	if (store->guard >= 0)
		close(store->guard);
	store->guard = -1;
}

/* What is another program's may be damaged, but is not ours to move. */
static enum outcome attempt(struct store *store, const char *path, struct error *err)
{
	enum file_kind kind = FILE_WRONG;
	enum outcome outcome = DAMAGED;

	store->guard = file_hold(path, &kind, err);
	if (store->guard < 0)
		return REFUSED;
	if (kind == FILE_DAMAGED)
		error_set(err, "state %s: nothing but zeros", path);
	else
		outcome = open_database(store, path, err);
	return outcome == DAMAGED && kind == FILE_OTHER ? REFUSED : outcome;
}

struct store *store_open(const char *path, struct error *told, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	enum outcome outcome;

	told->text[0] = '\0';
	if (!store) {
		error_set(err, "not enough memory");
		return NULL;
	}
	outcome = attempt(store, path, err);
	if (outcome == DAMAGED) {
		finish(store);
		if (file_set_aside(path, err, told))
			outcome = attempt(store, path, err);
	}
	if (outcome == USABLE)
		return store;
	store_close(store);
	return NULL;
}

struct store *store_open_to_read(const char *path, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		error_set(err, "not enough memory");
		return NULL;
	}
	store->guard = -1;
	if (!file_is_ours(path, err))
		goto fail;
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX, NULL) ||
	    !distrust(store->db)) {
		failed(store, path, err);
		goto fail;
	}
	if (settle(store, path, false, err) == USABLE)
		return store;
fail:
	store_close(store);
	return NULL;
}

/* A new one can be made where its folder takes files; one that is there is opened as for reading. */
bool store_check(const char *path, struct error *err)
{
	struct stat status;
	struct store *store;

	if (stat(path, &status) < 0 && errno == ENOENT)
		return file_can_make(path, err);
	if (access(path, R_OK | W_OK) < 0)
		return error_set(err, "state %s: %s", path, strerror(errno));
	if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && !status.st_size)
		return file_can_make(path, err);
	store = store_open_to_read(path, err);
	store_close(store);
	return store && file_can_make(path, err);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	finish(store);
	free(store);
}
