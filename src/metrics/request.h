/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody asks of us over HTTP (RFC 9112, versions 1.0 and 1.1): as much as one page needs.
 */
#ifndef METRICS_REQUEST_H
#define METRICS_REQUEST_H

#include "bittern/cursor.h"

enum {
	REQUEST_BYTES_MAX = 1024, /* its line and headers */
};

enum request_status {
	REQUEST_MORE = 0, /* it is not whole yet */
	REQUEST_OK = 200,
	REQUEST_BAD = 400,
	REQUEST_NOT_FOUND = 404,
	REQUEST_NO_METHOD = 405, /* neither GET nor HEAD */
	REQUEST_TOO_LONG = 431,
	REQUEST_NO_VERSION = 505,
};

/* `bytes`: all that came so far; pure. `*head`: the answer goes without its content. A body that
 * follows is nobody's business. */
enum request_status request_read(struct bt_cursor bytes, bool *head);
const char *request_reason(enum request_status status); /* "Not Found" */

#endif
