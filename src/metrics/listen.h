/* SPDX-License-Identifier: Apache-2.0 */
#ifndef METRICS_LISTEN_H
#define METRICS_LISTEN_H

#include "server.h"

/* A descriptor that does not block; -1: `err` says why not. */
int listen_at(const struct metrics_address *address, const struct server_owner *owner,
	      struct error *err);

#endif
