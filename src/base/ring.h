/* SPDX-License-Identifier: Apache-2.0
 *
 * One writer, one reader, records of any size in order (SPSC byte ring). The writer fills a record
 * in place (reserve, write, commit); the reader looks at it in place (front, pop).
 *
 * A full ring makes the writer choose: ring_reserve() returns NULL at once, ring_reserve_wait()
 * sleeps until there is room. The reader sleeps with ring_wait().
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

struct ring *ring_create(size_t bytes); /* a power of two; NULL: no memory */
void ring_destroy(struct ring *ring);

/* Writer. `size` at most a quarter of the ring. The memory is aligned to 16 bytes. */
void *ring_reserve(struct ring *ring, size_t size);
void *ring_reserve_wait(struct ring *ring, size_t size); /* NULL only once the reader has closed */
void ring_commit(struct ring *ring, size_t size);        /* <= what was reserved; 0 gives it back */
void ring_publish(struct ring *ring, uint64_t mark);     /* all before `mark` (packet number) is in */
bool ring_abandoned(struct ring *ring);                  /* the reader has closed */
void ring_close_writer(struct ring *ring);               /* nothing more will come */

/* Reader. */
const void *ring_front(struct ring *ring, size_t *size); /* NULL: nothing there now */
void ring_pop(struct ring *ring);
uint64_t ring_mark(struct ring *ring); /* the last mark published: read it BEFORE ring_front() */
bool ring_ended(struct ring *ring);    /* writer closed and all read */
/* Until there is much, the mark `wanted` is reached, or the end; 10 ms at most. */
void ring_wait(struct ring *ring, uint64_t wanted);
void ring_close_reader(struct ring *ring);

#endif
