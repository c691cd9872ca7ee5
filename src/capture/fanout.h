/* SPDX-License-Identifier: Apache-2.0
 *
 * Which worker's socket a packet goes to: by the pair of its hosts, so that both directions meet.
 */
#ifndef CAPTURE_FANOUT_H
#define CAPTURE_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Joins the socket (of packet(7)) to *group, or where that is 0 makes a new one. False: errno says why. */
bool fanout_join(int fd, uint16_t *group);

#endif
