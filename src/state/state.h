/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to survive a restart or a kill -9: records in one file, by table and key, as plain bytes whose
 * meaning is their owners'. The only place that knows SQLite.
 *
 * Any thread puts; a thread of its own writes what was put, all of it in one transaction, in the order
 * in which it was put: after a kill the file is as it was after one of them. Nobody waits for the
 * disk. When it takes nothing, it is tried again every second, and what is put meanwhile is held as
 * long as there is room.
 *
 * The file is opened before the process is confined; with it SQLite's -wal and -shm beside it stay open.
 */
#ifndef STATE_H
#define STATE_H

#include "bittern/cursor.h"
#include "error.h"

enum state_table {
	STATE_CLOCK,    /* when it began, how far time has come */
	STATE_ALERTS,   /* that are open, by identity */
	STATE_UNTOLD,   /* of those: whose newest line may not be in the log */
	STATE_DEVICES,  /* by address */
	STATE_STATIONS, /* by MAC */
	STATE_PEERS,    /* who spoke an OT protocol with whom */
	STATE_LEARNED,  /* what was learned, in pieces of the baseline document */
	STATE_TABLES,
};

struct state;

/* Made when there is none. A damaged one is set aside under another name and a new one begun: then *told
 * says so, else it is "". NULL: `err` has one line; the file is as it was. */
struct state *state_open(const char *path, struct error *told, struct error *err);
/* One that is there, while somebody else may be writing it: for state_each() alone. */
struct state *state_open_to_read(const char *path, struct error *err);
/* Would state_open() find one that it can use, or make one? Makes and changes nothing. */
bool state_check(const char *path, struct error *err);
/* Writes what was put, as far as that succeeds at once. */
void state_close(struct state *state);

/* Begins to write; after the process was confined. */
bool state_start(struct state *state, struct error *err);

/* All records of a table in the order of their keys, as they are in the file; stops when `take` returns
 * false. A value that nobody put, as larger than STATE_VALUE_MAX, is a bad cursor, and not read; what is under
 * a key longer than STATE_KEY_MAX does not exist. False: `err` has the reason. */
typedef bool state_take(void *owner, struct bt_cursor key, struct bt_cursor value);
bool state_each(struct state *state, enum state_table table, state_take *take, void *owner,
		struct error *err);

/* In place of what is there under this key; both are copied. False: no room, try again later; or larger
 * than is read back. */
bool state_put(struct state *state, enum state_table table, struct bt_cursor key,
	       struct bt_cursor value);
bool state_drop(struct state *state, enum state_table table, struct bt_cursor key);
bool state_has_room(struct state *state); /* for much */
/* What was put until now is wanted in the file soon: state_has() of the answer says when it is. */
uint64_t state_hurry(struct state *state);
bool state_has(const struct state *state, uint64_t mark);

struct state_counts {
	int trouble;       /* errno of the last write, or 0 */
	uint64_t failures; /* times nothing could be written */
	uint64_t refused;  /* records that found no room */
};
void state_count(struct state *state, struct state_counts *counts);

#endif
