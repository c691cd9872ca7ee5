/* SPDX-License-Identifier: Apache-2.0
 *
 * One operation while it is judged, and what the files that judge it share.
 */
#ifndef LEARN_JUDGE_H
#define LEARN_JUDGE_H

#include "shard.h"

struct judging {
	struct learn *learn;
	struct learn_pair *pair;
	const struct bt_operation *op;
	struct finding *findings;
	unsigned count, max;
};

/* The next finding, begun; NULL: there is no room for one. */
struct finding *judging_begin(struct judging *j, enum deviation kind, enum bt_act act);

/* judge_access.c */
void judge_accesses(struct judging *j, const struct unit *unit, struct function *function);

#endif
