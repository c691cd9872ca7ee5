/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole run over a capture: workers, reporter, and what is known at the end.
 */
#ifndef RUN_H
#define RUN_H

#include <stdatomic.h>

#include "alert.h"
#include "assets.h"
#include "board.h"
#include "capture.h"
#include "eve.h"
#include "exchange.h"
#include "learn.h"
#include "live.h"
#include "rules.h"
#include "state.h"

struct run_options {
	struct capture *capture;     /* recorded; or NULL and: */
	struct live *live;           /* interfaces, opened for as many workers */
	const atomic_bool *stop;     /* live: set by whoever ends the run */
	struct exchange *exchange;   /* live: how rules, baseline and output change meanwhile; or NULL */
	struct state *state;         /* live: what is kept over a restart; or NULL */
	const char *state_name;      /* for errors */
	const struct told *told;     /* live: what the log ended with; or NULL. Until `ready` is called */
	int64_t stats_every_ns;      /* live: packet time between two stats events; 0: as is usual */
	unsigned workers;            /* 1 .. WORKERS_MAX; a stream has one */
	unsigned flows_max;          /* FLOWS_ASKED_MIN .. FLOWS_ASKED_MAX, in all; 0: as is usual */
	struct baseline *site;       /* judge by it, or NULL; while learning baseline_taken() before `ready` */
	bool learn;                  /* learn instead of judging; live: from `site` on, into `state` */
	int64_t learn_end_ns;        /* live, with `learn`: when it is to end, as boot_ns(); whoever runs ends it */
	int64_t learn_for_ns;        /* 0, or: learn from the first part and judge the rest */
	const struct rules *rules;
	struct assets_options assets;
	bool log_flows;
	uint64_t log_protocols;      /* bit i: operations of roster[i] */
	int eve_fd;                  /* where event lines go; closed by run_capture(); -1: nowhere */
	const char *eve_name;        /* for errors */
	/* Or NULL: all that a run needs is open, and no thread has started. False: it does not begin. */
	bool (*ready)(void *owner, struct error *err);
	void *ready_owner;
	struct metrics_board *board; /* live: gets what was counted, once a second; or NULL */
	/* Live: a line for a person, of events that could not be written and can again; or NULL. */
	void (*notice)(const char *line);
	/* Or NULL; a few a second, by the thread that called run_capture(). `packets`: that all workers
	 * have looked at; live it grows while all of them are alive, even without any. */
	void (*progress)(void *owner, uint64_t bytes_read, uint64_t packets);
	void *progress_owner;
};

enum run_failure { /* what kind of failure, for the exit code */
	RUN_OK,
	RUN_INPUT,  /* a file shrank or vanished while it was read */
	RUN_OUTPUT, /* events could not be written */
	RUN_OTHER,  /* memory, threads */
};

struct run_result {
	struct eve_stats stats;
	struct assets *assets;     /* the caller's to destroy */
	struct alerts *alerts;     /* likewise */
	struct baseline *learned;  /* likewise: with `learn` or `learn_for_ns` */
};

/* On failure `err` has one line; the result holds what was found until then all the same. */
enum run_failure run_capture(const struct run_options *options, struct run_result *result,
			     struct error *err);
void run_result_finish(struct run_result *result);

#endif
