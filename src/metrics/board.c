/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "steady.h"

enum {
	SNAPSHOTS = 3,
	FRESH = 1 << 2, /* what lies between was not looked at */
};

struct metrics_board {
	unsigned workers;
	int64_t began_ns;
	struct metrics_snapshot *snapshots[SNAPSHOTS];
	unsigned writers, readers; /* which is whose */
	atomic_uint between;
};

static size_t snapshot_bytes(unsigned workers)
{
	return sizeof(struct metrics_snapshot) + workers * sizeof(struct eve_stats);
}

struct metrics_board *board_create(unsigned workers, struct error *err)
{
	struct metrics_board *board = calloc(1, sizeof(*board));

	for (unsigned i = 0; board && i < SNAPSHOTS; i++) {
		board->snapshots[i] = calloc(1, snapshot_bytes(workers));
		if (!board->snapshots[i]) {
			board_destroy(board);
			board = NULL;
		}
	}
	if (!board) {
		error_set(err, "not enough memory for metrics");
		return NULL;
	}
	board->workers = workers;
	board->began_ns = steady_ns();
	board->writers = 0;
	board->readers = 1;
	atomic_init(&board->between, 2);
	return board;
}

void board_destroy(struct metrics_board *board)
{
	if (!board)
		return;
	for (unsigned i = 0; i < SNAPSHOTS; i++)
		free(board->snapshots[i]);
	free(board);
}

struct metrics_snapshot *board_fill(struct metrics_board *board, int64_t now_ns)
{
	struct metrics_snapshot *snapshot = board->snapshots[board->writers];

	memset(snapshot, 0, snapshot_bytes(board->workers));
	snapshot->worker_count = board->workers;
	snapshot->uptime_ns = now_ns > board->began_ns ? now_ns - board->began_ns : 0;
	return snapshot;
}

void board_publish(struct metrics_board *board)
{
	board->writers =
		atomic_exchange(&board->between, board->writers | FRESH) & ~(unsigned)FRESH;
}

const struct metrics_snapshot *board_look(struct metrics_board *board)
{
	if (atomic_load(&board->between) & FRESH)
		board->readers =
			atomic_exchange(&board->between, board->readers) & ~(unsigned)FRESH;
	return board->snapshots[board->readers];
}
