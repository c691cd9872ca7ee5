/* SPDX-License-Identifier: Apache-2.0
 *
 * New things that were reported one by one: the first few of a kind have a finding each, later ones share
 * one, so that a sweep of a thousand numbers is a few alerts and not a thousand. It is remembered
 * beside what is known, which nobody changes while judging, for the few of which there is something new.
 */
#ifndef LEARN_NAMED_H
#define LEARN_NAMED_H

#include <stdbool.h>
#include <stdint.h>

#include "map.h"

enum named_kind {
	NAMED_SERVICES,  /* of hosts */
	NAMED_UNITS,     /* of a pair */
	NAMED_COMMANDS,  /* of a pair */
	NAMED_FUNCTIONS, /* of a unit */
	NAMED_THINGS,    /* of an object */
};

struct named_table {
	struct map lists;
};

/* True: `key` has, or now gets, a finding of its own among the things of this kind of `of`. */
bool named_has(struct named_table *table, enum named_kind kind, const void *of, uint64_t key,
	       bool *first_time);
void named_finish(struct named_table *table);

#endif
