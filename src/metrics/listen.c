/* SPDX-License-Identifier: Apache-2.0
 *
 * The place where metrics are served: made, or found taken.
 */
#include "listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WAITING_MAX = 8,       /* connections that nobody has accepted yet */
	OTHERS_NOTHING = 0117, /* rw for owner and group */
};

#define TAKEN "somebody listens there already"

static bool fail(struct error *err, const struct metrics_address *address, const char *why)
{
	return error_set(err, "metrics cannot be served at %s: %s", address->text, why);
}

static int new_socket(const struct metrics_address *address)
{
	return socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int connects(const struct metrics_address *address)
{
	int fd = new_socket(address), error = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address->socket, address->size) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/* False: somebody's. *is_stale: a socket is there that nobody listens on. */
static bool is_free(const struct metrics_address *address, bool *is_stale, struct error *err)
{
	const char *path = address_path(address);
	struct stat status;
	int error;

	*is_stale = false;
	if (!path)
		return true;
	if (lstat(path, &status) < 0)
		return errno == ENOENT || fail(err, address, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return fail(err, address, "there is a file of that name, and it is no socket");
	error = connects(address);
	*is_stale = error == ECONNREFUSED;
	return *is_stale || fail(err, address, error && error != EAGAIN ? strerror(error) : TAKEN);
}

static bool bind_to(int fd, const struct metrics_address *address, const struct server_owner *owner,
		    struct error *err)
{
	const char *path = address_path(address);
	mode_t before = umask(OTHERS_NOTHING);
	int reuse = 1, failed;

	if (!path)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
	failed = bind(fd, (const struct sockaddr *)&address->socket, address->size) < 0 ? errno : 0;
	umask(before);
	if (failed)
		return fail(err, address, failed == EADDRINUSE ? TAKEN : strerror(failed));
	if (path && geteuid() == 0 && lchown(path, owner->uid, owner->gid) < 0)
		return fail(err, address, strerror(errno));
	return true;
}

int listen_at(const struct metrics_address *address, const struct server_owner *owner,
	      struct error *err)
{
	bool is_stale;
	int fd;

	if (!is_free(address, &is_stale, err))
		return -1;
	if (is_stale && unlink(address_path(address)) < 0) {
		fail(err, address, strerror(errno));
		return -1;
	}
	fd = new_socket(address);
	if (fd < 0) {
		fail(err, address, strerror(errno));
		return -1;
	}
	if (bind_to(fd, address, owner, err)) {
		if (listen(fd, WAITING_MAX) == 0)
			return fd;
		fail(err, address, strerror(errno));
	}
	close(fd);
	return -1;
}

/* A folder that is there and may be written to; of a port, that it is free. */
bool server_check(const struct metrics_address *address, struct error *err)
{
	const char *path = address_path(address);
	const char *slash = path ? strrchr(path, '/') : NULL;
	char folder[ADDRESS_TEXT] = ".";
	bool is_stale;
	int fd;

	if (!is_free(address, &is_stale, err))
		return false;
	if (path) {
		if (slash)
			snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
		return access(folder, W_OK | X_OK) == 0 || fail(err, address, strerror(errno));
	}
	fd = listen_at(address, &(struct server_owner){0}, err);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
