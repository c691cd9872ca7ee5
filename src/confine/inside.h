/* SPDX-License-Identifier: Apache-2.0
 *
 * The three walls of confine(), in the order in which they are put up.
 */
#ifndef CONFINE_INSIDE_H
#define CONFINE_INSIDE_H

#include <sys/types.h>

#include "confine.h"

/* What this system or build does without, with its reason: one line for all. */
void confine_lack(struct error *lacks, const char *what);

/* privileges.c */
struct identity {
	char name[64];
	uid_t uid;
	gid_t gid;
	bool is_makeshift; /* nobody, because there is no user of our own */
};

bool identity_find(const char *user, struct identity *identity, struct error *err);
bool privileges_drop(const struct identity *identity, struct error *err);

/* paths.c: the paths are opened while everything can be; the descriptor (-1: no Landlock here) is
 * closed by the second. */
bool paths_open(const struct confine_options *options, int *ruleset, struct error *lacks,
		struct error *err);
bool paths_restrict(int ruleset, struct error *err);

/* calls.c */
bool calls_restrict(struct error *lacks, struct error *err);

#endif
