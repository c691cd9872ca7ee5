/* SPDX-License-Identifier: Apache-2.0
 *
 * Which worker's socket a packet goes to: by the pair of its hosts, so that both directions meet.
 */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include <stdbool.h>

enum {
	FANOUT_NEW = -1, /* no group yet; 0 is the number of the first that the kernel makes */
};

/* Joins the socket (of packet(7)) to *group, or where that is FANOUT_NEW makes one. False: errno says why. */
bool fanout_join(int fd, int *group);

#endif
