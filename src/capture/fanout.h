/* SPDX-License-Identifier: Apache-2.0
 *
 * Which worker's socket a packet goes to: by the pair of its hosts, so that both directions meet. The
 * two ways give each pair to the same worker.
 *
 * A group (PACKET_FANOUT) costs the kernel one decision for each packet, but a socket that has joined
 * one never leaves it, not even for an interface that came back. Sockets that share by filter instead
 * each look at every packet, and can be put on any interface.
 */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include <linux/filter.h>
#include <stdbool.h>

enum {
	FANOUT_NEW = -1, /* no group yet; 0 is the number of the first that the kernel makes */
	FANOUT_SHARE_LENGTH = 47, /* instructions */
};

/* `link_bytes`, in both: of the header in front of IP's. */

/* Joins the socket (of packet(7)) to *group, or where that is FANOUT_NEW makes one. False: errno says why. */
bool fanout_join(int fd, int *group, unsigned link_bytes);

/* The beginning of a filter that drops what belongs to another of `workers`, and goes on to what follows
 * it with the rest. */
void fanout_share(struct sock_filter code[FANOUT_SHARE_LENGTH], unsigned worker, unsigned workers,
		  unsigned link_bytes);

#endif
