/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_ROOM = 4096,
};

bool folder_of(const char *path, char *folder, size_t cap)
{
	const char *slash = strrchr(path, '/');
	int size = slash ? (int)(slash - path) : 1;
	int written = snprintf(folder, cap, "%.*s", slash == path ? 1 : size, slash ? path : ".");

	return written >= 0 && (size_t)written < cap;
}

void folder_takes(const char *path, int fd)
{
	char folder[PATH_ROOM];
	struct stat status;

	if (geteuid() == 0 && folder_of(path, folder, sizeof(folder)) && stat(folder, &status) == 0 &&
	    fchown(fd, status.st_uid, status.st_gid) < 0)
		return; /* then it stays root's, who can use it */
}
