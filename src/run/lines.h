/* SPDX-License-Identifier: Apache-2.0
 *
 * Event lines on their way to a file descriptor: buffered, whole lines only.
 *
 * Read from files, the first error is kept and ends it. Live, a disk that takes nothing is waited for:
 * a write is tried once a second, and what comes meanwhile is held as long as there is room, of
 * which lines of flows and operations may take a quarter, other events half, alerts all.
 */
#ifndef RUN_LINES_H
#define RUN_LINES_H

#include "eve.h"

struct lines {
	int fd;        /* -1: nowhere */
	int failed;    /* errno of what ended it; nothing is written after it */
	bool patient;  /* live */
	int trouble;   /* errno of the last write, when that is waited for to pass */
	int64_t retry_ns; /* CLOCK_MONOTONIC */
	bool waits;       /* patient: what is held is not to be written yet, while half of the room is left */
	char *buffer;
	size_t used;   /* begins with a line */
	size_t sent;   /* of that line: already written */
	enum eve_rank rank; /* of the line that is begun */
	uint64_t dropped; /* lines over the size cap */
	uint64_t taken[EVE_RANKS]; /* that were written, or are held to be */
	uint64_t unwritten[EVE_RANKS]; /* that found no room */
};

void lines_init(struct lines *lines, int fd, bool patient);
void lines_finish(struct lines *lines);
void lines_put(struct lines *lines, const char *line, size_t size); /* a log line with its newline */
bool lines_begin(struct lines *lines, struct bt_record *rec); /* false: nobody wants lines */
bool lines_begin_alert(struct lines *lines, struct bt_record *rec); /* the same of an alert */
void lines_end(struct lines *lines, struct bt_record *rec);
void lines_flush(struct lines *lines);
/* Goes on with another file, and closes the one before. A line that stands there in part is written again. */
void lines_reopen(struct lines *lines, int fd);
/* The last flush; then it goes nowhere. False: `failed` says why not all is written. */
bool lines_close(struct lines *lines);
void lines_count(const struct lines *lines, uint64_t unwritten[EVE_RANKS]); /* adds */

#endif
