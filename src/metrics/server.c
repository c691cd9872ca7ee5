/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "listen.h"
#include "metrics.h"
#include "request.h"
#include "steady.h"

enum {
	CLIENTS_MAX = 8,
};

#define STEP_NS  SECONDS(2) /* so long a client may take to ask, to take the answer, and to leave */
#define PAUSE_NS SECONDS(1) /* when there is no descriptor or memory for one more */

enum client_state {
	CLIENT_NONE,
	CLIENT_ASKING,
	CLIENT_TAKING,
	CLIENT_LEAVING, /* has all; what it still sends is read, else it might lose the answer */
};

struct client {
	enum client_state state;
	int fd;
	int64_t deadline_ns;
	char asked[REQUEST_BYTES_MAX];
	size_t asked_size;
	char *answer;
	size_t answer_size, taken;
};

struct metrics_server {
	struct metrics_board *board;
	struct metrics_process process;
	int memory; /* /proc/self/statm, which a confined process could not open */
	int listener;
	int wake[2]; /* the second is closed to end the thread */
	pthread_t thread;
	bool is_started;
	int64_t deaf_until_ns;
	struct client clients[CLIENTS_MAX];
};

/* ---- the answer ---- */

static uint64_t resident_bytes(const struct metrics_server *server)
{
	unsigned long long size, resident;
	char text[128] = "";

	if (server->memory < 0 || pread(server->memory, text, sizeof(text) - 1, 0) <= 0 ||
	    sscanf(text, "%llu %llu", &size, &resident) != 2)
		return 0;
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static char *write_page(struct metrics_server *server, size_t *size)
{
	char *page = NULL;
	FILE *out = open_memstream(&page, size);

	if (!out)
		return NULL;
	server->process.cpu_s = (double)read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
	server->process.resident_bytes = resident_bytes(server);
	metrics_text(out, &server->process, board_look(server->board));
	if (fclose(out) == 0)
		return page;
	free(page);
	return NULL;
}

static char *write_answer(enum request_status status, bool head, const char *page, size_t page_size,
			  size_t *size)
{
	char *answer = NULL;
	FILE *out = open_memstream(&answer, size);

	if (!out)
		return NULL;
	fprintf(out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sConnection: "
		"close\r\n\r\n",
		status, request_reason(status),
		status == REQUEST_OK ? METRICS_CONTENT_TYPE : "text/plain; charset=utf-8",
		page_size, status == REQUEST_NO_METHOD ? "Allow: GET, HEAD\r\n" : "");
	if (!head)
		fwrite(page, 1, page_size, out);
	if (fclose(out) == 0)
		return answer;
	free(answer);
	return NULL;
}

/* False: there is no memory for it. */
static bool answer(struct metrics_server *server, struct client *client, enum request_status status,
		   bool head)
{
	char said[64];
	char *page = NULL;
	size_t size = (size_t)snprintf(said, sizeof(said), "%s\n", request_reason(status));

	if (status == REQUEST_OK) {
		page = write_page(server, &size);
		if (!page)
			return false;
	}
	client->answer = write_answer(status, head, page ? page : said, size, &client->answer_size);
	free(page);
	return client->answer != NULL;
}

/* ---- a client ---- */

static void enter(struct client *client, enum client_state state)
{
	client->state = state;
	client->deadline_ns = steady_ns() + STEP_NS;
}

static void cut(struct client *client)
{
	close(client->fd);
	free(client->answer);
	*client = (struct client){0};
}

static bool is_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void give(struct client *client)
{
	ssize_t size = write(client->fd, client->answer + client->taken,
			     client->answer_size - client->taken);

	if (size < 0 && !is_later()) {
		cut(client);
		return;
	}
	if (size > 0)
		client->taken += (size_t)size;
	if (client->taken < client->answer_size)
		return;
	shutdown(client->fd, SHUT_WR);
	enter(client, CLIENT_LEAVING);
}

static void hear(struct metrics_server *server, struct client *client)
{
	size_t room = sizeof(client->asked) - client->asked_size;
	ssize_t size = read(client->fd, client->asked + client->asked_size, room);
	enum request_status status;
	bool head = false;

	if (size < 0 && is_later())
		return;
	if (size <= 0) {
		cut(client);
		return;
	}
	client->asked_size += (size_t)size;
	status = request_read(cur_of(client->asked, client->asked_size), &head);
	if (status == REQUEST_MORE)
		return;
	if (!answer(server, client, status, head)) {
		cut(client);
		return;
	}
	enter(client, CLIENT_TAKING);
	give(client);
}

static void pass_over(struct client *client)
{
	char nothing[512];
	ssize_t size = read(client->fd, nothing, sizeof(nothing));

	if (size == 0 || (size < 0 && !is_later()))
		cut(client);
}

static void attend(struct metrics_server *server, struct client *client, bool is_ready)
{
	if (is_ready && client->state == CLIENT_ASKING)
		hear(server, client);
	else if (is_ready && client->state == CLIENT_TAKING)
		give(client);
	else if (is_ready)
		pass_over(client);
	if (client->state != CLIENT_NONE && steady_ns() >= client->deadline_ns)
		cut(client);
}

/* ---- all of them ---- */

static struct client *free_place(struct metrics_server *server)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (server->clients[i].state == CLIENT_NONE)
			return &server->clients[i];
	}
	return NULL;
}

static void let_in(struct metrics_server *server)
{
	struct client *client = free_place(server);
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (!is_later() && errno != ECONNABORTED)
			server->deaf_until_ns = steady_ns() + PAUSE_NS;
		return;
	}
	client->fd = fd;
	enter(client, CLIENT_ASKING);
}

/* Until when nothing has to be done unless somebody stirs; -1: for ever. */
static int patience_ms(const struct metrics_server *server)
{
	int64_t now_ns = steady_ns();
	int64_t until_ns = server->deaf_until_ns > now_ns ? server->deaf_until_ns : INT64_MAX;

	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		const struct client *client = &server->clients[i];

		if (client->state != CLIENT_NONE && client->deadline_ns < until_ns)
			until_ns = client->deadline_ns;
	}
	if (until_ns == INT64_MAX)
		return -1;
	return until_ns <= now_ns ? 0 : (int)((until_ns - now_ns) / MILLISECONDS(1)) + 1;
}

static bool hears(struct metrics_server *server)
{
	return free_place(server) && steady_ns() >= server->deaf_until_ns;
}

static void *serve(void *argument)
{
	struct metrics_server *server = argument;
	struct pollfd polled[2 + CLIENTS_MAX];

	for (;;) {
		polled[0] = (struct pollfd){server->wake[0], 0, 0};
		polled[1] = (struct pollfd){hears(server) ? server->listener : -1, POLLIN, 0};
		for (unsigned i = 0; i < CLIENTS_MAX; i++) {
			const struct client *client = &server->clients[i];

			polled[2 + i] = (struct pollfd){
				client->state == CLIENT_NONE ? -1 : client->fd,
				client->state == CLIENT_TAKING ? POLLOUT : POLLIN, 0};
		}
		poll(polled, 2 + CLIENTS_MAX, patience_ms(server));
		if (polled[0].revents)
			return NULL;
		for (unsigned i = 0; i < CLIENTS_MAX; i++) {
			if (server->clients[i].state != CLIENT_NONE)
				attend(server, &server->clients[i], polled[2 + i].revents);
		}
		if (polled[1].revents)
			let_in(server);
	}
}

/* ---- beginning and end ---- */

struct metrics_server *server_open(const struct metrics_address *address,
				   const struct server_owner *owner, const char *version,
				   struct error *err)
{
	struct metrics_server *server = calloc(1, sizeof(*server));

	if (!server) {
		error_set(err, "not enough memory for metrics");
		return NULL;
	}
	server->process = (struct metrics_process){
		.version = version,
		.start_s = (double)read_clock(CLOCK_REALTIME) / 1e9,
	};
	server->wake[0] = server->wake[1] = -1;
	server->memory = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	server->listener = listen_at(address, owner, err);
	if (server->listener >= 0 && pipe2(server->wake, O_CLOEXEC) < 0)
		error_set(err, "metrics need a pipe: %s", strerror(errno));
	if (server->listener >= 0 && server->wake[0] >= 0)
		return server;
	server_close(server);
	return NULL;
}

bool server_start(struct metrics_server *server, struct metrics_board *board, struct error *err)
{
	int error;

	server->board = board;
	error = pthread_create(&server->thread, NULL, serve, server);
	server->is_started = error == 0;
	return server->is_started || error_set(err, "cannot start a thread: %s", strerror(error));
}

static void close_any(int fd)
{
	if (fd >= 0)
		close(fd);
}

void server_close(struct metrics_server *server)
{
	if (!server)
		return;
	close_any(server->wake[1]);
	if (server->is_started)
		pthread_join(server->thread, NULL);
	for (unsigned i = 0; i < CLIENTS_MAX; i++) {
		if (server->clients[i].state != CLIENT_NONE)
			cut(&server->clients[i]);
	}
	close_any(server->wake[0]);
	close_any(server->listener);
	close_any(server->memory);
	free(server);
}
