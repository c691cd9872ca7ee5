/* SPDX-License-Identifier: Apache-2.0
 *
 * Least privilege before the first byte: what reads hostile traffic for a year must have nothing to lose.
 *
 * confine() is called once, when all that needs privilege or a path is open and before there is a
 * thread or a frame. From then on, whatever a packet might make this process do, the kernel lets it
 *
 *	be		an unprivileged user without any capability, for good		privileges.c
 *	open		what is readable below a few paths, write below fewer		paths.c
 *	call		what a run is known to need; anything else ends it		calls.c
 *
 * It never sends: no call of the list opens, connects or sends on a socket, and those that write to
 * files are refused the descriptors of the capture sockets.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <sys/types.h>

#include "error.h"

enum {
	CONFINE_PATHS_MAX = 128,
};

struct confine_paths {
	const char *items[CONFINE_PATHS_MAX];
	unsigned count;
};

struct confine_options {
	const char *user; /* who to become; NULL: `bittern`, or nobody; who is not root stays */
	/* What may be opened later; a file stands for all in its folder, as files are replaced by others. */
	struct confine_paths reads;  /* for reading */
	struct confine_paths writes; /* files can be written, made and removed there too */
};

/* May this process become `user`? For a wrong one to be told before anything is written. */
bool confine_check_user(const char *user, struct error *err);

/* Who that will be. */
bool confine_user(const char *user, uid_t *uid, gid_t *gid, struct error *err);

/* True: confined for good; `lacks` says what of it this system or build cannot do, "": nothing. False:
 * half confined at most, and not to go on. */
bool confine(const struct confine_options *options, struct error *lacks, struct error *err);

#endif
