/* SPDX-License-Identifier: Apache-2.0
 *
 * What the system says of an interface besides its frames: which device has its name, whether it is up,
 * how many frames its hardware could not hand over. One thread asks (nic_look()), any may know.
 *
 * An interface is its name. When the device that had it is removed or renamed, it is gone; when one has it
 * again, whichever, it is back.
 */
#ifndef CAPTURE_NIC_H
#define CAPTURE_NIC_H

#include <net/if.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	NIC_COUNTERS = 2,
};

struct nic {
	char name[IFNAMSIZ];
	unsigned short kind;       /* of device (ARPHRD_): one of another kind is not taken for it */
	int counters[NIC_COUNTERS]; /* in /sys; -1: the system has none */
	uint64_t missed_before;    /* what they said at the last look */
	atomic_int index;          /* of the device; 0: it is gone */
	atomic_uint devices;       /* that have had the name: 1, 2 ... */
	atomic_bool is_up;         /* with a cable that carries */
	atomic_uint returns;       /* times it came up again: what was spoken meanwhile is lost */
	_Atomic uint64_t missed;   /* since nic_open() */
};

void nic_open(struct nic *nic, const char *name);
void nic_close(struct nic *nic);

bool nic_is_loopback(const struct nic *nic);

/* `socket`: any. A device never takes another's place at one look: between them the interface is gone. */
void nic_look(struct nic *nic, int socket);

#endif
