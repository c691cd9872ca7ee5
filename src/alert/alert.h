/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding -> alert: identity, state, count, grouping. Runs in the reporter.
 *
 * The same thing done again is the same alert: its identity is a stable hash of the finding's name,
 * the two addresses, protocol, unit and object. It is written when new, when it became worse, at
 * every tenfold count, and when it ended; never more often. Alerts about the same source device
 * within half an hour of each other are one incident.
 */
#ifndef ALERT_H
#define ALERT_H

#include "finding.h"

enum alert_state {
	ALERT_NEW,
	ALERT_UPDATE,
	ALERT_CLOSED, /* not seen again for an hour of packet time */
};

enum {
	ALERT_ID = 17,
	ALERT_EVIDENCE = 8, /* first packets kept */
};

struct alert {
	char id[ALERT_ID];        /* 16 hex digits: the same in every run over the same traffic */
	char incident[ALERT_ID];  /* shared by the alerts of one incident */
	enum alert_state state;
	uint64_t count;
	uint64_t written_count;   /* when it was last written */
	int64_t first_ns, last_ns;
	uint64_t packets[ALERT_EVIDENCE]; /* packet numbers of the first occurrences */
	unsigned packet_count;
	bool incomplete;          /* some occurrence was on a flow that was not seen whole */
	struct finding finding;   /* the first; severity is the highest so far */
};

struct alerts;

struct alerts *alerts_create(void);
void alerts_destroy(struct alerts *alerts);

/* Returns the alert to write now (its state says why), or NULL: counted, nothing to say. A finding
 * with severity 0, or one that needs a whole flow on one that is not, makes no alert: NULL. */
const struct alert *alerts_raise(struct alerts *alerts, const struct finding *finding);
/* Alerts that are over at `now_ns`: call until NULL. Each is ALERT_CLOSED once. */
const struct alert *alerts_close_due(struct alerts *alerts, int64_t now_ns);
/* At the end: alerts whose count has grown since they were written, in order of id: until NULL. */
const struct alert *alerts_flush(struct alerts *alerts);
/* By severity (highest first), then first seen, then id. */
const struct alert *const *alerts_list(struct alerts *alerts, size_t *count);
uint64_t alerts_dropped(const struct alerts *alerts); /* findings lost at the cap */

const char *alert_state_name(enum alert_state state); /* "new", "update", "closed" */
const char *attack_technique_name(const char *id);    /* "Modify Parameter"; NULL unknown */
const char *severity_name(unsigned severity);         /* "info", "low", "medium", "high", "critical" */

#endif
