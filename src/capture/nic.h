/* SPDX-License-Identifier: Apache-2.0
 *
 * What the system says of an interface besides its frames: whether it is up, and how many frames its
 * hardware could not hand over. Everything that needs a path is opened at the start, so that a sensor
 * without privileges can go on asking.
 */
#ifndef CAPTURE_NIC_H
#define CAPTURE_NIC_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	NIC_COUNTERS = 2,
};

struct nic {
	char name[IFNAMSIZ];
	int counters[NIC_COUNTERS]; /* in /sys; -1: the system has none */
	uint64_t missed_before;     /* the counters run since the system started */
};

void nic_open(struct nic *nic, const char *name);
void nic_close(struct nic *nic);

bool nic_is_up(const struct nic *nic, int socket); /* any socket; with a cable that carries */
uint64_t nic_missed(const struct nic *nic);        /* since nic_open() */

#endif
