/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "limits.h"

enum {
	BUFFER_BYTES = 1 << 20,
};

void lines_init(struct lines *lines, int fd)
{
	*lines = (struct lines){.fd = fd, .buffer = malloc(BUFFER_BYTES)};
	if (!lines->buffer)
		lines->failed = ENOMEM;
}

void lines_finish(struct lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}

void lines_flush(struct lines *lines)
{
	size_t done = 0;

	while (done < lines->used && !lines->failed && lines->fd >= 0) {
		ssize_t put = write(lines->fd, lines->buffer + done, lines->used - done);

		if (put >= 0)
			done += (size_t)put;
		else if (errno != EINTR)
			lines->failed = errno;
	}
	lines->used = 0;
}

void lines_put(struct lines *lines, const char *line, size_t size)
{
	if (lines->fd < 0 || lines->failed)
		return;
	if (size > BUFFER_BYTES - lines->used)
		lines_flush(lines);
	memcpy(lines->buffer + lines->used, line, size);
	lines->used += size;
}

bool lines_begin(struct lines *lines, struct bt_record *rec)
{
	if (lines->fd < 0 || lines->failed)
		return false;
	if (RECORD_BYTES_MAX > BUFFER_BYTES - lines->used)
		lines_flush(lines);
	*rec = (struct bt_record){.at = lines->buffer + lines->used, .cap = RECORD_BYTES_MAX - 1};
	return true;
}

void lines_end(struct lines *lines, struct bt_record *rec)
{
	if (rec->cut) {
		lines->dropped++;
		return;
	}
	rec->at[rec->len] = '\n';
	lines->used += rec->len + 1;
}
