/* SPDX-License-Identifier: Apache-2.0
 *
 * Serves the metrics over HTTP, one page to a few at once, on a thread of its own.
 *
 * It is opened before the process is confined, and then only accepts, reads, writes and closes.
 * Whoever asks is local, and not trusted for that: a request is short and comes within seconds, the
 * answer is taken within seconds, or the connection is cut; whoever comes when all places are taken
 * waits for one. Neither the reporter nor a worker ever waits for any of them (board.h).
 */
#ifndef METRICS_SERVER_H
#define METRICS_SERVER_H

#include <sys/types.h>

#include "address.h"
#include "board.h"

struct metrics_server;

/* Of a Unix socket: whose it becomes; its group may ask too (mode 0660). */
struct server_owner {
	uid_t uid;
	gid_t gid;
};

/* NULL: `err` says why not. A socket that nobody listens on any more is replaced; nothing else is.
 * `version` is static. */
struct metrics_server *server_open(const struct metrics_address *address,
				   const struct server_owner *owner, const char *version,
				   struct error *err);
/* Would server_open() find the place free? Changes nothing. */
bool server_check(const struct metrics_address *address, struct error *err);
/* Starts to answer, with what is on the board, which stays the caller's. */
bool server_start(struct metrics_server *server, struct metrics_board *board, struct error *err);
void server_close(struct metrics_server *server);

#endif
