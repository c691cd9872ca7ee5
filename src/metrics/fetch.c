/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /metrics, by HTTP/1.0: the answer ends where the connection does. Who answers may be anybody.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "scrape.h"
#include "steady.h"

#define PATIENCE_NS SECONDS(5)

enum {
	ANSWER_MAX = 4 << 20,
	PIECE = 64 << 10,
	AGAIN_MS = 10,
};

static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";

/* 0, or an errno. */
static int wait_for(int fd, short events, int64_t until_ns)
{
	struct pollfd polled = {fd, events, 0};
	int64_t left_ns = until_ns - steady_ns();
	int ready = left_ns > 0 ? poll(&polled, 1, (int)(left_ns / MILLISECONDS(1)) + 1) : 0;

	return ready > 0 ? 0 : ready == 0 ? ETIMEDOUT : errno;
}

/* A Unix socket where too many wait already says so at once: it is asked again. */
static int connect_to(const struct metrics_address *address, int64_t until_ns, int *fd)
{
	*fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return errno;
	while (connect(*fd, (const struct sockaddr *)&address->socket, address->size) < 0) {
		if (errno != EAGAIN)
			return errno;
		if (steady_ns() >= until_ns)
			return ETIMEDOUT;
		poll(NULL, 0, AGAIN_MS);
	}
	return 0;
}

static int finish_connecting(int fd, int64_t until_ns)
{
	int failed = wait_for(fd, POLLOUT, until_ns), error = 0;
	socklen_t size = sizeof(error);

	if (!failed && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	return failed ? failed : error;
}

/* Up to the end of the connection. 0, or an errno; `*text` (heap) ends with a NUL, or is NULL. */
static int read_all(int fd, int64_t until_ns, char **text)
{
	size_t size = 0;

	for (;;) {
		int failed = wait_for(fd, POLLIN, until_ns);
		char *more = failed || size > ANSWER_MAX ? NULL : realloc(*text, size + PIECE + 1);
		ssize_t came;

		if (!more)
			return failed ? failed : size > ANSWER_MAX ? EMSGSIZE : ENOMEM;
		*text = more;
		came = read(fd, more + size, PIECE);
		if (came < 0 && errno != EAGAIN && errno != EINTR)
			return errno;
		size += came > 0 ? (size_t)came : 0;
		more[size] = '\0';
		if (came == 0)
			return 0;
	}
}

static int ask(const struct metrics_address *address, char **answer)
{
	int64_t until_ns = steady_ns() + PATIENCE_NS;
	int fd, failed = connect_to(address, until_ns, &fd);

	if (failed == EINPROGRESS)
		failed = finish_connecting(fd, until_ns);
	if (!failed && write(fd, request, sizeof(request) - 1) != sizeof(request) - 1)
		failed = EIO;
	if (!failed)
		failed = read_all(fd, until_ns, answer);
	if (fd >= 0)
		close(fd);
	return failed;
}

static bool no_answer(const struct metrics_address *address, int failed, struct error *err)
{
	if (failed == ENOENT || failed == ECONNREFUSED)
		return error_set(err,
				 "no sensor answers at %s: nobody listens there; bittern run "
				 "serves metrics when "
				 "it is told to (--metrics, or metrics: in its settings)",
				 address->text);
	if (failed == EACCES || failed == EPERM)
		return error_set(
			err,
			"the sensor at %s may not be asked by this user: its group may, and root",
			address->text);
	return error_set(err, "no sensor answers at %s: %s", address->text, strerror(failed));
}

/* The content, moved to the front of `answer`. */
static bool cut_head(char *answer)
{
	char *content = strstr(answer, "\r\n\r\n"), *length;

	if (!content || strncmp(answer, "HTTP/1.", 7) != 0 || strncmp(answer + 8, " 200 ", 5) != 0)
		return false;
	*content = '\0';
	content += 4;
	length = strcasestr(answer, "\r\nContent-Length:");
	if (length && strtoull(length + 17, NULL, 10) != strlen(content))
		return false;
	memmove(answer, content, strlen(content) + 1);
	return true;
}

bool scrape_fetch(const struct metrics_address *address, struct scrape *scrape, struct error *err)
{
	struct error why;
	char *answer = NULL;
	int failed = ask(address, &answer);

	if (failed) {
		free(answer);
		return no_answer(address, failed, err);
	}
	if (!cut_head(answer)) {
		free(answer);
		return error_set(err,
				 "who answers at %s is no sensor: that is not what one would say",
				 address->text);
	}
	if (!scrape_parse(answer, scrape, &why))
		return error_set(err, "who answers at %s is no sensor: %s", address->text,
				 why.text);
	if (scrape_next(scrape, SCRAPE_UPTIME, NULL))
		return true;
	scrape_finish(scrape);
	return error_set(err, "who answers at %s is no sensor: it has other metrics",
			 address->text);
}
