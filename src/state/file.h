/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/state: what has to be known of the file before SQLite may touch it. It is named by a
 * person, who may have named something else: only what is surely ours is ever set aside.
 */
#ifndef STATE_FILE_H
#define STATE_FILE_H

#include <stdbool.h>

#include "error.h"

enum {
	STATE_APPLICATION = 0x62697474, /* SQLite's application_id: "bitt" */
};

enum file_kind {
	FILE_EMPTY, /* or made just now */
	FILE_OURS,
	FILE_OTHER,   /* a database that does not say that it is ours */
	FILE_DAMAGED, /* nothing but zeros */
	FILE_WRONG,   /* no database */
};

/* Opens it, made when it is not there, and holds it as the only one. A descriptor; -1: `err`. */
int file_hold(const char *path, enum file_kind *kind, struct error *err);
bool file_is_ours(const char *path, struct error *err); /* for reading: there, and not empty */
bool file_can_make(const char *path, struct error *err); /* may files be made in its folder? */
/* Renames it and what SQLite keeps beside it. *told: what became of it and why (`err`). False: `err`. */
bool file_set_aside(const char *path, struct error *err, struct error *told);

#endif
