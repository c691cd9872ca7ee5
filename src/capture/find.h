/* SPDX-License-Identifier: Apache-2.0
 *
 * From what the user named to the files to be read.
 */
#ifndef CAPTURE_FIND_H
#define CAPTURE_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum {
	FIND_FILES_MAX = 16384, /* each is a mapping; the kernel allows some 65,000 */
	FIND_DEPTH_MAX = 32,
};

struct found_file {
	char *path;
	bool named; /* by the user; else it was found in a directory */
	int failed; /* errno: found, and cannot be looked at; 0: fine, as far as is known */
};

struct found {
	struct found_file *files;
	size_t count;
};

/* Files and "-" as given; of directories all captures inside, directory by directory in the order
 * of names. False: nothing to free. */
bool find_captures(struct found *found, const char *const *given, size_t count, struct error *err);
void found_finish(struct found *found);

#endif
