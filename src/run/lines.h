/* SPDX-License-Identifier: Apache-2.0
 *
 * Event lines on their way to a file descriptor: buffered, whole lines only, the first error kept.
 */
#ifndef RUN_LINES_H
#define RUN_LINES_H

#include "bittern/record.h"

struct lines {
	int fd;      /* -1: nowhere */
	int failed;  /* errno of the first failure; nothing is written after it */
	char *buffer;
	size_t used;
	uint64_t dropped; /* lines over the size cap */
};

void lines_init(struct lines *lines, int fd);
void lines_finish(struct lines *lines);
void lines_put(struct lines *lines, const char *line, size_t size); /* with its newline */
bool lines_begin(struct lines *lines, struct bt_record *rec); /* false: nobody wants lines */
void lines_end(struct lines *lines, struct bt_record *rec);
void lines_flush(struct lines *lines);

#endif
