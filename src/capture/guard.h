/* SPDX-License-Identifier: Apache-2.0
 *
 * Mapped files that shrink under their readers.
 *
 * Touching a page of a mapping that the file no longer reaches raises SIGBUS. Inside a guarded
 * region that is not the end of the program: the page becomes zeros, the loss is noted where the
 * region's owner looks, and the reader goes on to find the note. A SIGBUS anywhere else is a fault
 * of ours (or of the hardware) and ends the program as it would without us.
 */
#ifndef CAPTURE_GUARD_H
#define CAPTURE_GUARD_H

#include <stddef.h>

enum {
	GUARD_REGIONS_MAX = 16384,
};

/* Guards a mapping; `start` is page aligned. On a loss `who` is stored in `*note`. Returns the
 * region's slot for guard_remove(), or -1 when all are taken. Any thread. */
int guard_add(const void *start, size_t size, void *_Atomic *note, void *who);
void guard_remove(int slot); /* before munmap(); -1: nothing */

#endif
