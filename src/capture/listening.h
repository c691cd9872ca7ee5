/* SPDX-License-Identifier: Apache-2.0
 *
 * One worker's ring on one interface, whichever device has the interface's name.
 */
#ifndef CAPTURE_LISTENING_H
#define CAPTURE_LISTENING_H

#include "interface.h"
#include "live.h"
#include "nic.h"
#include "tap.h"

/* All that is told to the rings on one interface. */
struct listening_setup {
	struct live_interface wanted; /* nothing in it is left open */
	struct interface interface;
	const struct nic *nic;
	unsigned number, worker, workers; /* of the interface; which, of how many */
	int group;                        /* FANOUT_NEW for the first worker */
};

struct listening {
	struct tap first;  /* of a group with the other workers', where there are others, */
	struct tap spare;  /* and what takes its place when another device comes; fd -1: there are none */
	struct tap *tap;   /* of these, the one that listens */
	struct frame like; /* what all its frames have in common */
	unsigned device;   /* of those that have had the name: 1, 2 ... */
	bool is_ending;    /* only the rest is wanted: */
	uint32_t left;     /* blocks that it may fill; 0: that was all */
	struct live_counts counts;
};

/* False: `err` is set. */
bool listening_open(struct listening *on, struct listening_setup *setup, struct error *err);
void listening_close(struct listening *on); /* also when it is all zeros */

/* Where another device has the name now, it is that one which is listened to, once what came from the
 * one before has been taken out. What cannot be done is tried again at the next call. */
void listening_follow(struct listening *on, const struct nic *nic);

/* Only what stands in the ring now is wanted still, and what may have come with it. */
void listening_end(struct listening *on);
/* As tap_take(). `is_settled`: what came before the end is no longer in the block that
 * the kernel is filling. */
void listening_take(struct listening *on, tap_taker *take, void *owner, bool is_settled, unsigned *count);

void listening_count(struct listening *on);

#endif
