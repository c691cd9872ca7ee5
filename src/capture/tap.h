/* SPDX-License-Identifier: Apache-2.0
 *
 * One packet socket and its ring (packet(7), TPACKET_V3): the kernel fills blocks of frames in memory
 * that both see, and hands each over when it is full or BLOCK_MS old.
 *
 * Only tap_open() needs CAP_NET_RAW. Putting the socket on an interface, and on another one later, does
 * not: that is how a sensor without privileges follows an interface that went and came back. libpcap
 * cannot (it opens a new socket for it), so it only compiles the filter (interface.c).
 *
 * The socket is read and nothing else: it is made for no protocol, and nobody here writes to it.
 */
#ifndef CAPTURE_TAP_H
#define CAPTURE_TAP_H

#include <linux/filter.h>

#include "capture.h"

enum {
	TAP_BLOCK_MS = 10, /* after which the kernel hands over a block that is not full */
};

struct tap_options {
	struct sock_fprog filter; /* its verdict is how many bytes of a frame are kept */
	uint32_t ring_bytes, snap_bytes;
	bool stamped_by_adapter;
};

struct tap {
	int fd;    /* -1: none */
	uint8_t *ring;
	uint32_t block_bytes, block_count;
	uint32_t next; /* block */
	bool is_held;  /* the block before is still ours */
};

/* False: errno says why, and nothing is open. */
bool tap_open(struct tap *tap, const struct tap_options *options);
void tap_close(struct tap *tap);

/* Listens on this interface from now on, and on none before. False: errno; it is as it was, or deaf. */
bool tap_listen(struct tap *tap, int index);
bool tap_listens(const struct tap *tap, int index); /* to this one, and it is still there? */
/* Gives the ring back. The descriptor stays: its number is never to be that of another file
 * (src/confine/calls.c). */
void tap_rest(struct tap *tap);

typedef void tap_taker(void *owner, struct frame *frame, bool stamped_by_adapter);

/* Hands the frames of one block to `take`, if there is one; they stay where they are until the next call.
 * `like`: what all of them have in common. False: there is none yet. */
bool tap_take(struct tap *tap, const struct frame *like, tap_taker *take, void *owner, unsigned *count);

#endif
