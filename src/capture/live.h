/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames in: network interfaces, as a SPAN or TAP port shows them.
 *
 * Each worker has a memory-mapped ring of its own on every interface (libpcap, TPACKET_V3); the
 * kernel gives each packet to one of them, chosen by the pair of its hosts, so that both directions
 * of a conversation meet (PACKET_FANOUT). Frames are views into the ring and die when the callback
 * returns. Nothing is ever sent: the sockets are only read, and bound with no protocol to answer.
 *
 * Opening needs CAP_NET_RAW; reading does not.
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
};

struct live_state {
	const char *name;
	bool is_up;
	uint64_t missed; /* frames that the interface itself could not hand over */
};

struct live;

/* NULL: `err` says which interface, what is wrong with it and what would be right. */
struct live *live_open(const struct live_options *options, struct error *err);
void live_close(struct live *live);

/* Hands the frames that there are to `take`, those of the first interface first; where there is none,
 * waits for one, but not longer than `wait_ms`. The frame has no number. How many it were; -1: no
 * interface is left (live_problem() has the name of the last and the reason). One that is only down
 * is waited for. */
int live_look(struct live *live, unsigned worker, int wait_ms,
	      void (*take)(void *owner, struct frame *frame), void *owner);
const char *live_problem(const struct live *live, unsigned worker); /* "": none */

unsigned live_interfaces(const struct live *live);
/* Both: for the worker's own thread, or after its end. */
struct live_counts live_count(struct live *live, unsigned worker, unsigned interface);
struct live_state live_state(const struct live *live, unsigned worker, unsigned interface);

#endif
