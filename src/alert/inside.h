/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/alert: the table, shared by what raises and closes alerts (alert.c) and what takes them
 * over a restart (saved.c).
 */
#ifndef ALERT_INSIDE_H
#define ALERT_INSIDE_H

#include "alert.h"
#include "crowd.h"
#include "map.h"

enum {
	INCOMPLETE = BT_SEEN_MIDSTREAM | BT_SEEN_GAP | BT_SEEN_ONE_WAY | BT_SEEN_CUT,
};

struct entry {
	struct alert alert; /* first: an alert's address is its entry's */
	uint64_t key;       /* the id as a number */
	uint64_t next_tenfold;
	struct entry *prev, *next; /* in `queue` */
	struct queue *queue;
	struct entry *prev_changed, *next_changed;
	bool is_changed; /* since alerts_take_changed() last gave it */
};

struct queue {
	struct entry *first, *last;
	size_t count;
};

struct kept_text { /* that a finding from a state file points to */
	struct kept_text *next;
	char text[];
};

struct alerts {
	struct map by_key;
	struct queue open[ALERT_SEVERITIES], closed;
	struct entry *first_changed, *last_changed;
	struct incidents *incidents;
	struct crowds *crowds;
	struct finding blurred; /* the one at hand, when it is one of too many */
	struct kept_text *texts;
	struct alert **list;  /* of alerts_list() */
	struct alert **flush; /* of alerts_flush(); NULL: not begun */
	size_t flush_count, flush_at;
	uint64_t raised[ALERT_SEVERITIES], ended, dropped;
	void (*on_forget)(void *owner, uint64_t identity);
	void *owner;
};

struct entry *entry_find(const struct alerts *alerts, uint64_t key);
struct entry *entry_new(struct alerts *alerts, uint64_t key, unsigned severity); /* NULL: no room */
void entry_open(struct alerts *alerts, struct entry *entry); /* into the queue of its severity */
void entry_close(struct alerts *alerts, struct entry *entry);
void entry_unchanged(struct alerts *alerts, struct entry *entry);

#endif
