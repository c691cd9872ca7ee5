/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "steady.h"

enum {
	BUFFER_BYTES = 1 << 20, /* is written when it is full */
	HELD_BYTES = 4 << 20,   /* while nothing can be written */
};

#define RETRY_NS SECONDS(1)

/* How much of what is held may be there for a line of this rank to be added. */
static const size_t room_for[EVE_RANKS] = {
	[EVE_RANK_LOG] = HELD_BYTES / 4,
	[EVE_RANK_EVENT] = HELD_BYTES / 2,
	[EVE_RANK_ALERT] = HELD_BYTES,
};

void lines_init(struct lines *lines, int fd, bool patient)
{
	*lines = (struct lines){.fd = fd, .patient = patient};
	lines->buffer = malloc(patient ? HELD_BYTES : BUFFER_BYTES);
	if (!lines->buffer)
		lines->failed = ENOMEM;
}

void lines_finish(struct lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}

/* A reader that has gone does not come back; a disk does. */
static void on_error(struct lines *lines, int error)
{
	if (!lines->patient || error == EPIPE || error == EBADF) {
		lines->failed = error;
		lines->trouble = 0;
		return;
	}
	lines->trouble = error;
	lines->retry_ns = steady_ns() + RETRY_NS;
}

/* Forgets what is written, but for the beginning of a line whose end is not. */
static void forget(struct lines *lines, size_t written)
{
	const char *end = memrchr(lines->buffer, '\n', written);
	size_t whole = end ? (size_t)(end + 1 - lines->buffer) : 0;

	memmove(lines->buffer, lines->buffer + whole, lines->used - whole);
	lines->used -= whole;
	lines->sent = written - whole;
}

static void flush_now(struct lines *lines)
{
	size_t written = lines->sent;
	int error = 0;

	while (written < lines->used && !error) {
		ssize_t put = write(lines->fd, lines->buffer + written, lines->used - written);

		if (put >= 0)
			written += (size_t)put;
		else if (errno != EINTR)
			error = errno;
	}
	forget(lines, written);
	lines->waits = false;
	lines->trouble = 0;
	if (error)
		on_error(lines, error);
}

void lines_flush(struct lines *lines)
{
	if (lines->fd < 0 || lines->failed)
		lines->used = lines->sent = 0;
	else if (!lines->trouble || steady_ns() >= lines->retry_ns)
		flush_now(lines);
}

/* Is there room for so much, after what can be written is written? */
static bool has_room(struct lines *lines, enum eve_rank rank, size_t size)
{
	if (lines->fd < 0 || lines->failed)
		return false;
	if (lines->used + size > (lines->waits && lines->patient ? HELD_BYTES / 2 : BUFFER_BYTES))
		lines_flush(lines);
	if (lines->failed)
		return false;
	if (!lines->trouble || lines->used + size <= room_for[rank])
		return true;
	lines->unwritten[rank]++;
	return false;
}

void lines_put(struct lines *lines, const char *line, size_t size)
{
	if (!has_room(lines, EVE_RANK_LOG, size))
		return;
	memcpy(lines->buffer + lines->used, line, size);
	lines->used += size;
	lines->taken[EVE_RANK_LOG]++;
}

static bool begin(struct lines *lines, enum eve_rank rank, struct bt_record *rec)
{
	if (!has_room(lines, rank, RECORD_BYTES_MAX))
		return false;
	lines->rank = rank;
	*rec = (struct bt_record){.at = lines->buffer + lines->used, .cap = RECORD_BYTES_MAX - 1};
	return true;
}

bool lines_begin(struct lines *lines, struct bt_record *rec)
{
	return begin(lines, EVE_RANK_EVENT, rec);
}

bool lines_begin_alert(struct lines *lines, struct bt_record *rec)
{
	return begin(lines, EVE_RANK_ALERT, rec);
}

void lines_end(struct lines *lines, struct bt_record *rec)
{
	if (rec->cut) {
		lines->dropped++;
		return;
	}
	rec->at[rec->len] = '\n';
	lines->used += rec->len + 1;
	lines->taken[lines->rank]++;
}

static void change_to(struct lines *lines, int fd)
{
	if (lines->fd > STDERR_FILENO)
		close(lines->fd);
	lines->fd = fd;
}

void lines_reopen(struct lines *lines, int fd)
{
	lines_flush(lines);
	change_to(lines, fd);
	lines->sent = 0;
	lines->retry_ns = 0;
}

bool lines_close(struct lines *lines)
{
	lines->retry_ns = 0;
	lines_flush(lines);
	if (lines->trouble && !lines->failed)
		lines->failed = lines->trouble;
	change_to(lines, -1);
	return !lines->failed;
}

void lines_count(const struct lines *lines, uint64_t unwritten[EVE_RANKS])
{
	for (unsigned i = 0; i < EVE_RANKS; i++)
		unwritten[i] += lines->unwritten[i];
}
