/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding -> alert: identity, state, count, grouping. Runs in the reporter.
 *
 * The same thing done again is the same alert: its identity is a stable hash of the finding's name,
 * the two addresses, protocol, unit and object. It is written when new, when it became worse, at
 * every tenfold count, and when it ended; never more often. Done again after it ended, it is new
 * again: the same id, another incident, counted from one.
 *
 * What anybody can do with invented addresses is named for a few and then counted (crowd.h).
 *
 * Alerts about the same source device within half an hour of each other are one incident.
 *
 * Time is packet time. Before alerts_raise() the owner calls alerts_close_due() with the finding's time
 * until NULL; an alert that was over and is raised without that begins anew, but nothing says that it
 * had ended.
 * Bounded: at ALERTS_MAX the alert that ended longest ago gives way; when none has ended, one that is
 * no more severe than the new one, which is counted as dropped; when there is none, the finding is.
 */
#ifndef ALERT_H
#define ALERT_H

#include "finding.h"

enum alert_state {
	ALERT_NEW,
	ALERT_UPDATE,
	ALERT_CLOSED, /* not seen again for an hour of packet time, or known to be over */
};

enum {
	ALERT_ID = 17,
	ALERT_EVIDENCE = 8, /* first packets kept */
};

#define ALERT_QUIET_NS SECONDS(3600)    /* without news for so long: closed */
#define INCIDENT_QUIET_NS SECONDS(1800) /* a source that was silent for so long begins another */

struct alert {
	char id[ALERT_ID];        /* 16 hex digits: the same in every run over the same traffic */
	char incident[ALERT_ID];  /* shared by the alerts of one incident */
	enum alert_state state;
	uint64_t count;
	uint64_t written_count;   /* when it was last written */
	int64_t first_ns, last_ns;
	int64_t ended_ns;         /* ALERT_CLOSED */
	uint64_t packets[ALERT_EVIDENCE]; /* packet numbers of the first occurrences */
	unsigned packet_count;
	uint8_t incomplete;       /* enum bt_seen bits of all occurrences; 0: each flow was seen whole */
	struct finding finding;   /* the first of the highest severity so far */
};

enum {
	ALERT_SEVERITIES = 6, /* as in a finding; 0 is never one's */
};

struct alert_counts {
	uint64_t open[ALERT_SEVERITIES];   /* now */
	uint64_t raised[ALERT_SEVERITIES]; /* that began; those that became worse since count as they began */
	uint64_t closed;                   /* that ended */
};

struct alerts;

struct alerts *alerts_create(void); /* NULL: no memory */
void alerts_destroy(struct alerts *alerts);

/* Returns the alert to write now (its state says why), or NULL: counted, nothing to say. A finding
 * with severity 0, or one that needs a whole flow on one that is not, makes no alert: NULL. The
 * alert is valid until the next call that takes `alerts`. */
const struct alert *alerts_raise(struct alerts *alerts, const struct finding *finding);
/* The same finding `count` times more, told in short: all its occurrences after the first few. `seen`:
 * enum bt_seen bits of their flows. Returns like alerts_raise(). */
const struct alert *alerts_repeat(struct alerts *alerts, uint64_t identity, uint64_t count,
				  int64_t last_ns, uint8_t seen);
/* What makes two findings the same alert, as a number: alert->id in hex. Pure; any thread. */
uint64_t alert_identity(const struct finding *finding);
/* Alerts that are over at `now_ns`: call until NULL. Each is ALERT_CLOSED once; it ended at
 * last_ns + ALERT_QUIET_NS. */
const struct alert *alerts_close_due(struct alerts *alerts, int64_t now_ns);
/* It is known to be over, as of `now_ns`. The alert to write, or NULL: there is none, or it was closed. */
const struct alert *alerts_close(struct alerts *alerts, uint64_t identity, int64_t now_ns);
/* The clock was set back to `now_ns`: what was raised in its future was raised now, so that it is over in an
 * hour and keeps nothing else from being over. */
void alerts_set_back(struct alerts *alerts, int64_t now_ns);
/* At the end: alerts whose count has grown since they were written, in order of id: until NULL. */
const struct alert *alerts_flush(struct alerts *alerts);
/* By severity (highest first), then first seen, then id. Belongs to `alerts`, lives until the next
 * call. NULL with *count 0: none, or no memory. */
const struct alert *const *alerts_list(struct alerts *alerts, size_t *count);
size_t alerts_known(const struct alerts *alerts); /* how many that list has */
void alerts_count(const struct alerts *alerts, struct alert_counts *counts); /* costs nothing */
uint64_t alerts_dropped(const struct alerts *alerts); /* findings and open alerts lost at the cap */

/* ---- over a restart (a state file has what is open) ---- */

struct parcel;

/* The alert that changed longest ago since it was last taken so, open ones alone; NULL: none did. */
const struct alert *alerts_take_changed(struct alerts *alerts);
/* An open alert makes room for a worse one, or a closed one for any: nobody will hear of it again. */
void alerts_on_forget(struct alerts *alerts, void (*on_forget)(void *owner, uint64_t identity),
		      void *owner);
const struct alert *alerts_find(const struct alerts *alerts, uint64_t identity); /* or NULL */
const struct alert *alerts_open(const struct alerts *alerts, uint64_t identity); /* NULL: it is not */
uint64_t alert_number(const struct alert *alert); /* its identity */
/* What alerts_unpack() needs to go on with it, without its identity. */
void alert_pack(const struct alert *alert, struct parcel *parcel);
/* An alert of before the restart, as it was packed: goes on as if there had been none. NULL: that is none,
 * or there is no room. */
const struct alert *alerts_unpack(struct alerts *alerts, uint64_t identity, struct parcel *parcel);
/* All are there, unpacked in any order. */
void alerts_unpacked(struct alerts *alerts);

const char *alert_state_name(enum alert_state state); /* "new", "update", "closed" */

/* Why a finding matters, one sentence: its own, or the one known for its name; never NULL. */
const char *finding_why(const struct finding *finding);

/* ---- MITRE ATT&CK for ICS ---- */

enum {
	ATTACK_TACTICS = 12,
};

struct attack_tactic {
	const char *id, *name;
};

const char *attack_technique_name(const char *id);          /* "Modify Parameter"; NULL unknown */
unsigned attack_technique_tactics(const char *id);          /* bits; 0 unknown */
const struct attack_tactic *attack_tactic(unsigned bit);    /* 0 .. ATTACK_TACTICS - 1 */
const char *attack_technique_at(size_t index);              /* all ids in order; NULL at the end */

#endif
