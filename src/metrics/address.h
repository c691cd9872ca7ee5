/* SPDX-License-Identifier: Apache-2.0
 *
 * Where metrics are served: a Unix socket, or a port that only this machine reaches.
 */
#ifndef METRICS_ADDRESS_H
#define METRICS_ADDRESS_H

#include <sys/socket.h>

#include "error.h"

#define METRICS_ADDRESS_WANTED                                                                     \
	"unix:PATH, a path that begins with /, or a loopback address and a port: 127.0.0.1:9474, " \
	"[::1]:9474"

enum {
	ADDRESS_TEXT = 128,
};

struct metrics_address {
	struct sockaddr_storage socket;
	socklen_t size;
	char text[ADDRESS_TEXT]; /* "unix:/run/x.sock", "127.0.0.1:9474" */
};

/* False: `err` says what is wrong with it, and what would be right. */
bool address_parse(const char *text, struct metrics_address *address, struct error *err);
const char *address_path(const struct metrics_address *address); /* NULL: it is a port */

#endif
