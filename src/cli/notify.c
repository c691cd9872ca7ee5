/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(name);
	int fd;

	if (length >= sizeof(address.sun_path) || (*name != '/' && *name != '@')) {
		errno = EINVAL;
		return -1;
	}
	memcpy(address.sun_path, name, length);
	if (*name == '@') /* an abstract name */
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int64_t watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoll(usec, NULL, 10) * 1000;
}

bool notify_open(struct notify *notify, struct error *err)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){.fd = -1};
	if (!name)
		return true;
	notify->fd = connect_to(name);
	if (notify->fd < 0)
		return error_set(err, "NOTIFY_SOCKET %s: %s; systemd sets it, by hand unset it", name,
				 strerror(errno));
	notify->watchdog_ns = watchdog();
	return true;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

void notify_say(const struct notify *notify, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (notify->fd < 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (write(notify->fd, text, strlen(text)) < 0)
		return; /* whoever was told that we live notices by himself */
}
