/* SPDX-License-Identifier: Apache-2.0
 *
 * A file in memory, shared by all readers of a capture: guarded against shrinking, paged in just
 * before the first reader comes and let go of behind the last one, so that a capture of any size
 * costs a few megabytes of resident memory.
 */
#ifndef CAPTURE_MAPPING_H
#define CAPTURE_MAPPING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MAPPING_WINDOW = 4 << 20, /* bytes paged in and let go of at once */
};

struct mapping {
	const uint8_t *bytes;
	size_t size;
	int guard;           /* slot; -1: memory of somebody else, only looked at */
	atomic_uint *passed; /* per window: how many readers are through with it */
	atomic_bool *called; /* per window: somebody has paged it in */
};

/* `size` > 0 bytes of `fd`, which may be closed afterwards. On a loss `who` is stored in `*note`.
 * 0 or a negative errno. */
int mapping_open(struct mapping *map, int fd, size_t size, void *_Atomic *note, void *who);
void mapping_close(struct mapping *map);

/* A reader comes to the window that holds `offset`: pages it in. */
void mapping_enter(struct mapping *map, size_t offset);
/* A reader will read nothing more of window `index`; there are `readers` of them. Its bytes stay
 * valid: whoever looks again takes a page fault. */
void mapping_leave(struct mapping *map, size_t index, unsigned readers);

#endif
