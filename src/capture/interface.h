/* SPDX-License-Identifier: Apache-2.0
 *
 * What libpcap says of an interface before it is listened to: may it be, which frames does it bring,
 * and what does the filter mean on it.
 */
#ifndef CAPTURE_INTERFACE_H
#define CAPTURE_INTERFACE_H

#include <linux/filter.h>

#include "live.h"

struct interface {
	int link; /* DLT_ */
	struct sock_filter *filter; /* NULL: not opened */
	unsigned short filter_length;
};

/* A loopback shows each frame as it goes and as it comes: once is enough.
 * False: `err` says what is wrong with it and what would be right. */
bool interface_open(struct interface *interface, const struct live_interface *wanted,
		    bool is_loopback, bool (*supported)(int dlt), struct error *err);
void interface_close(struct interface *interface);

#endif
