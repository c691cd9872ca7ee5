/* SPDX-License-Identifier: Apache-2.0
 *
 * The header of a database: https://www.sqlite.org/fileformat2.html#the_database_header
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bittern/cursor.h"
#include "folder.h"

enum {
	HEADER_BYTES = 100,
	APPLICATION_AT = 68,
	PATH_ROOM = 4096,
};

/* A page that was never written after a power failure is zeros; one that lost its first bytes is still
 * known by the program it names. */
static enum file_kind kind_of(int fd)
{
	static const uint8_t zeros[HEADER_BYTES];
	uint8_t header[HEADER_BYTES] = {0};
	struct bt_cursor at;
	ssize_t size = pread(fd, header, sizeof(header), 0);

	if (size <= 0)
		return size == 0 ? FILE_EMPTY : FILE_WRONG;
	if (memcmp(header, zeros, sizeof(zeros)) == 0)
		return FILE_DAMAGED;
	at = cur_of(header + APPLICATION_AT, sizeof(uint32_t));
	if (cur_u32be(&at) == STATE_APPLICATION)
		return FILE_OURS;
	return memcmp(header, "SQLite format 3", 16) == 0 ? FILE_OTHER : FILE_WRONG;
}

static bool is_usable(const char *path, int fd, enum file_kind *kind, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return error_set(err, "state %s: not a file that can be written", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, "state %s: another bittern is using it; each needs a file of its own",
				 path);
	*kind = kind_of(fd);
	return *kind != FILE_WRONG ||
	       error_set(err, "state %s: not a state of bittern; name a file of its own", path);
}

int file_hold(const char *path, enum file_kind *kind, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);

	if (fd < 0) {
		error_set(err, "state %s: %s", path, strerror(errno));
		return -1;
	}
	if (!is_usable(path, fd, kind, err)) {
		close(fd);
		return -1;
	}
	if (*kind == FILE_EMPTY)
		folder_takes(path, fd);
	return fd;
}

bool file_is_ours(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum file_kind kind;

	if (fd < 0)
		return error_set(err, "state %s: %s", path, strerror(errno));
	kind = kind_of(fd);
	close(fd);
	return kind == FILE_OURS || kind == FILE_OTHER || error_set(err, "state %s: %s", path,
					      kind == FILE_EMPTY     ? "empty"
					      : kind == FILE_DAMAGED ? "damaged"
								     : "not a state of bittern");
}

bool file_can_make(const char *path, struct error *err)
{
	char folder[PATH_ROOM];

	if (!folder_of(path, folder, sizeof(folder)))
		return error_set(err, "state %s: the path is too long", path);
	return access(folder, W_OK | X_OK) == 0 ||
	       error_set(err, "state %s: no file can be made there: %s", path, strerror(errno));
}

bool file_set_aside(const char *path, struct error *err, struct error *told)
{
	static const char *const beside[] = {"", "-wal", "-shm", "-journal"};
	char to[PATH_ROOM], from[PATH_ROOM], aside[PATH_ROOM], when[32];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc);
	if (snprintf(aside, sizeof(aside), "%s.corrupt-%s", path, when) >= (int)sizeof(aside) - 16)
		return error_set(err, "state %s: the path is too long", path);
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", path, beside[i]);
		snprintf(to, sizeof(to), "%.*s%s", PATH_ROOM - 16, aside, beside[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return error_set(err, "state %s: damaged, and cannot be set aside: %s", path,
					 strerror(errno));
	}
	error_set(told, "%s: it is now %s, and a new one begins", err->text, aside);
	return true;
}
