/* SPDX-License-Identifier: Apache-2.0
 *
 * Who floods the network from a million made-up addresses must not get a million alerts. Of those who do
 * the same to the same device (knock at it, begin to talk to it, turn up at all, send damaged packets) the
 * first CROWD_NAMED have a finding each; all others share one, in which no source is named: its
 * object is "other clients", it counts them, and it is about the device that they turned to.
 *
 * Findings that need more than one packet with an invented source, such as a write, are never blurred.
 * A crowd is forgotten when nobody new has come for an hour. Bounded: when all places are taken, those
 * who turn to yet another device are one crowd. Packet time.
 */
#ifndef ALERT_CROWD_H
#define ALERT_CROWD_H

#include "finding.h"

enum {
	CROWD_NAMED = 32,
};

struct crowds;

struct crowds *crowds_create(void); /* NULL: no memory */
void crowds_destroy(struct crowds *crowds);

/* The finding as it is to be told: itself, or `blurred`, filled in with what it shares with others. */
const struct finding *crowds_pass(struct crowds *crowds, const struct finding *finding,
				  struct finding *blurred);

#endif
