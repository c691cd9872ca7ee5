/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the reporter puts, once a second, what the sensor has counted, for whoever shows it.
 *
 * Three snapshots change hands: one is the reporter's to fill, one the reader's to look at, and the
 * third lies between them. Publishing and looking exchange one's own for it, in one atomic step:
 * nobody waits, however slowly the reader reads. One writer, one reader.
 */
#ifndef METRICS_BOARD_H
#define METRICS_BOARD_H

#include "alert.h"
#include "error.h"
#include "eve.h"

enum {
	METRICS_CONDITIONS_MAX = 8 * INTERFACES_MAX,
};

/* What an alert about the sensor itself would be raised for. */
struct metrics_condition {
	const char *name;      /* static: "no_traffic" */
	const char *interface; /* static; "": the sensor as a whole */
	bool is_open;
};

enum metrics_mode {
	METRICS_WATCHING, /* by rules alone */
	METRICS_LEARNING,
	METRICS_JUDGING, /* by a baseline too */
	METRICS_MODES,
};

struct metrics_snapshot {
	int64_t uptime_ns; /* when it was counted, since the board was made */
	enum metrics_mode mode;
	int64_t learning_left_ns; /* 0: it does not learn, or not for long */
	struct eve_stats sum;
	struct alert_counts alerts;
	struct metrics_condition conditions[METRICS_CONDITIONS_MAX];
	unsigned condition_count;
	uint64_t lines[EVE_RANKS]; /* of events that were written, or wait to be */
	bool is_log_stuck;         /* the disk takes none at the moment */
	unsigned worker_count;
	struct eve_stats workers[];
};

struct metrics_board;

struct metrics_board *board_create(unsigned workers, struct error *err); /* NULL: no memory */
void board_destroy(struct metrics_board *board);

/* The writer: fills the snapshot, which is empty but for its workers' count, then publishes it. The
 * time is CLOCK_MONOTONIC. */
struct metrics_snapshot *board_fill(struct metrics_board *board, int64_t now_ns);
void board_publish(struct metrics_board *board);

/* The reader: the newest; never NULL, all zero before the first. Valid until the next call. */
const struct metrics_snapshot *board_look(struct metrics_board *board);

#endif
