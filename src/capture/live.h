/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames in: network interfaces, as a SPAN or TAP port shows them.
 *
 * Each worker has a memory-mapped ring of its own on every interface (tap.h); the kernel gives each
 * packet to one of them, chosen by the pair of its hosts, so that both directions of a conversation
 * meet (fanout.h). Frames are views into the ring. Nothing is ever sent: the sockets are only read,
 * and bound with no protocol to answer.
 *
 * Opening needs CAP_NET_RAW; reading does not, nor does it to listen again on an interface that was
 * removed and is back: the sockets for that are opened with the others.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "capture.h"
#include "limits.h"

enum {
	LIVE_INTERFACES_MAX = INTERFACES_MAX,
	LIVE_RING_BYTES = 16 << 20, /* per worker and interface, where nothing else is asked for */
	LIVE_SNAP_BYTES = 65535,    /* bytes of a frame that are captured, likewise */
};

struct live_interface {
	const char *name;
	const char *filter;  /* a BPF expression; NULL: every frame */
	uint32_t ring_bytes; /* 0: LIVE_RING_BYTES */
	uint32_t snap_bytes; /* 0: LIVE_SNAP_BYTES */
	bool stamped_by_adapter; /* else by the kernel: when its clock says that a frame came */
};

struct live_options {
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	unsigned count;   /* of interfaces */
	unsigned workers; /* 1 .. WORKERS_MAX */
	bool (*supported)(int dlt);
};

/* One worker's ring on one interface: frames that fitted, and that found it full. */
struct live_counts {
	uint64_t received, dropped;
	unsigned returns; /* times the interface was gone or down, and came back */
};

struct live_state {
	const char *name;
	bool is_up;      /* with a cable that carries, and listened to */
	bool is_removed; /* nothing has its name */
	uint64_t missed; /* frames that the interface itself could not hand over */
};

struct live;

/* NULL: `err` says which interface, what is wrong with it and what would be right. */
struct live *live_open(const struct live_options *options, struct error *err);
void live_close(struct live *live);

/* Hands frames to `take`, of each interface so many as stand in one block of its ring; where there is
 * none, waits for one, but not longer than `wait_ms`. They stay where they are until the next call, and
 * have no number. How many they were. What is down or gone is waited for. -1: after live_finish(). */
int live_look(struct live *live, unsigned worker, int wait_ms,
	      void (*take)(void *owner, struct frame *frame), void *owner);
/* What came until now is still handed out, and not what follows: then live_look() says -1. */
void live_finish(struct live *live, unsigned worker);

unsigned live_interfaces(const struct live *live);
/* Both: for the worker's own thread, or after its end. */
struct live_counts live_count(struct live *live, unsigned worker, unsigned interface);
struct live_state live_state(const struct live *live, unsigned worker, unsigned interface);

#endif
