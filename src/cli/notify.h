/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells systemd how the service does (sd_notify(3)): one datagram of KEY=VALUE lines to the socket that
 * NOTIFY_SOCKET names.
 *
 * Not by libsystemd: that opens a socket for every message, which a confined process may not do
 * (src/confine). Here it is opened and connected once, before, and then only written to.
 */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct notify {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_ns; /* a WATCHDOG=1 is wanted this often; 0: not */
};

/* False: NOTIFY_SOCKET is there and of no use. */
bool notify_open(struct notify *notify, struct error *err);
void notify_close(struct notify *notify);
/* What cannot be delivered at once is not: nobody here waits for systemd. */
void notify_say(const struct notify *notify, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
