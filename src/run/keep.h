/* SPDX-License-Identifier: Apache-2.0
 *
 * What the reporter knows, kept over a restart (src/state): alerts that are open, the inventory, how far
 * time has come. Only what changed is written, so much a second at most, and never by the reporter
 * itself.
 *
 * Alerts and the log go together. An alert's record is in the file before its line goes to the log, and
 * is marked as untold until the line is there: so a count in the log never goes down after a kill, and what
 * was raised and not told is told then. The line waits for the record a moment at most: a disk that
 * is slow must not keep an alert back.
 *
 * Without a state file all of this does nothing.
 */
#ifndef RUN_KEEP_H
#define RUN_KEEP_H

#include "alert.h"
#include "assets.h"
#include "state.h"

enum {
	KEEP_TOLD_MAX = 1024,
	KEEP_RECORD_MAX = 64 << 10,
};

/* As the last run left it; all zero: there was none. */
struct keep_clock {
	int64_t first_ns, last_ns; /* packet time */
	uint64_t number;           /* of its last packet, or a later one */
};

struct keep {
	struct state *state; /* or NULL */
	struct alerts *alerts;
	struct assets *assets;
	struct keep_clock clock, before; /* now, and as the last run left it */
	uint64_t told[KEEP_TOLD_MAX]; /* alerts whose lines are not yet in the log */
	unsigned told_count;
	uint64_t mark;   /* until here the state has to be written for them */
	int64_t held_ns; /* since when they wait; CLOCK_MONOTONIC, as the others: */
	int64_t look_due_ns, clock_due_ns, sweep_due_ns;
	uint64_t unreadable; /* records */
	bool learns;         /* devices are put for the baseline as well (run/learned.h) */
	uint8_t room[KEEP_RECORD_MAX];
};

/* Reads the clock alone: for those who number packets. False: `err`. */
bool keep_read_clock(struct state *state, struct keep_clock *clock, struct error *err);

/* Alerts and assets are empty, and get what the file has. False: `err`. */
bool keep_open(struct keep *keep, struct state *state, struct alerts *alerts, struct assets *assets,
	       struct error *err);
/* Alerts whose newest line may not be in the log, each to be told again. */
bool keep_each_untold(struct keep *keep, void (*tell)(void *owner, const struct alert *alert),
		      void *owner, struct error *err);

/* One of them was told after all. */
void keep_is_told(struct keep *keep, const struct alert *alert);

/* A line of this alert is about to be written; false: there are too many that wait, write them first. */
bool keep_telling(struct keep *keep, const struct alert *alert);
bool keep_may_write(const struct keep *keep); /* the lines of all that were told */
void keep_written(struct keep *keep);         /* they are in the log */
/* The line of this alert, the last, found no room, or (NULL) nobody knows any more whose did: they stay untold,
 * until the next start. */
void keep_unwritten(struct keep *keep, const struct alert *alert);

/* When it all began, as if the clock on the wall had never gone back, for a run that began at `first_ns`. */
int64_t keep_began(const struct keep *keep, int64_t first_ns);

/* Now and then: puts what changed, once a second. */
void keep_look(struct keep *keep, int64_t now_ns, const struct keep_clock *clock);
/* Learning ends: the devices are put. True: all of them are. */
bool keep_learned(struct keep *keep);
/* The last time, and all of it. */
void keep_end(struct keep *keep, const struct keep_clock *clock);

#endif
