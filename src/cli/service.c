/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "steady.h"
#include "text.h"

enum {
	WAIT_MS = 200,    /* for a signal */
	SETTLE_MS = 10,   /* while workers are about to take what is offered */
	SIGNALLED = 128,  /* exit status of what a signal ended, as shells tell it */
};

/* ---- for systemd, by the reporter ---- */

static void name_interfaces(const struct session *session, char *text, size_t cap)
{
	const struct live_options *live = &session->live_options;

	*text = '\0';
	for (unsigned i = 0; i < live->count; i++)
		text_add(text, cap, "%s%s", i ? ", " : "", live->interfaces[i].name);
}

/* The mark grows only while every worker lives, and this is called only while the reporter does. */
static void on_progress(void *owner, uint64_t bytes, uint64_t mark)
{
	struct service *service = owner;
	int64_t now = steady_ns();
	char interfaces[256];

	if (!service->is_ready) {
		service->is_ready = true;
		name_interfaces(service->session, interfaces, sizeof(interfaces));
		notify_say(&service->notify, "READY=1\nSTATUS=listening on %s", interfaces);
	}
	if (!service->notify.watchdog_ns || mark == service->last_mark || now < service->watchdog_due_ns)
		return;
	service->last_mark = mark;
	service->watchdog_due_ns = now + service->notify.watchdog_ns / 3;
	notify_say(&service->notify, "WATCHDOG=1");
}

/* ---- reload ---- */

static void keep_old(struct service *service, struct session *next, const struct error *err)
{
	struct error line;

	error_set(&line, "not reloaded, rules and settings stay as they were: %.400s", err->text);
	fail(EXIT_USAGE, &line);
	notify_say(&service->notify, "READY=1\nSTATUS=%s", line.text);
	session_unload(next, service->session);
}

static bool is_unchanged(const struct stat *before, const struct stat *now)
{
	return before->st_dev == now->st_dev && before->st_ino == now->st_ino &&
	       before->st_size == now->st_size && before->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	       before->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/* The same file is not read again: what was judged by it and told once would be told again. */
static bool read_again(struct service *service, struct session *next, struct error *err)
{
	struct stat now = {0};

	if (next->config_path && !settings_read(next, err))
		return false;
	if (!options_agree(next, err)) /* a file that is only half written is no wish for less */
		return false;
	if (service->session->learns)
		next->site = service->session->site;
	if (next->baseline_path && stat(next->baseline_path, &now) == 0 &&
	    is_unchanged(&service->baseline, &now))
		next->site = service->session->site;
	if (!session_load(next, err))
		return false;
	service->baseline = now;
	return true;
}

static void reload(struct service *service)
{
	struct session *next = &service->next;
	enum learn_mode learns = service->terms[service->turn].mode;
	struct error err = {0};
	struct terms *terms;

	notify_say(&service->notify, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)steady_ns() / 1000);
	*next = *service->asked;
	if (!read_again(service, next, &err)) {
		keep_old(service, next, &err);
		return;
	}
	service->turn ^= 1;
	terms = &service->terms[service->turn];
	*terms = (struct terms){
		.mode = service->session->learns ? learns
			: next->site             ? LEARN_JUDGE
						 : LEARN_WATCH,
		.site = next->site,
		.rules = next->rules,
		.log_flows = next->run.log_flows,
		.log_protocols = next->run.log_protocols,
	};
	exchange_offer(&service->exchange, terms);
	service->is_pending = true;
}

static void tell_reloaded(const struct service *service)
{
	const struct session *session = service->session, *next = &service->next;
	enum learn_mode mode = service->terms[service->turn].mode;
	const char *fixed = session->settings && next->settings
				    ? settings_fixed_change(session->settings, next->settings)
				    : NULL;
	struct error line;

	error_set(&line, "reloaded: %zu rules, %s%s%s%s", rules_count(next->rules),
		  mode == LEARN_LEARN   ? "learning"
		  : mode == LEARN_JUDGE ? "judging by a baseline"
					: "no baseline", fixed ? "; of `" : "",
		  fixed ? fixed : "", fixed ? "` a change takes a restart" : "");
	fail(EXIT_DONE, &line);
	notify_say(&service->notify, "READY=1\nSTATUS=%s", line.text);
}

/* All have taken it: what was before is nobody's any more. */
static void settle(struct service *service)
{
	struct session *session = service->session;

	tell_reloaded(service);
	session_exchange(session, &service->next);
	if (service->terms[service->turn].mode == LEARN_LEARN)
		baseline_taken(session->site);
	service->is_pending = false;
}

static void write_to(struct service *service, int fd)
{
	fstat(fd, &service->events);
	exchange_output(&service->exchange, fd);
}

/* Also when the settings are wrong: whoever has moved the file away waits for a new one. */
static void reopen_events(struct service *service)
{
	struct stat now;
	struct error err;
	int fd;

	if (!service->session->eve_path || service->session->run.eve_fd == STDOUT_FILENO)
		return;
	if (stat(service->session->eve_path, &now) == 0 && now.st_dev == service->events.st_dev &&
	    now.st_ino == service->events.st_ino)
		return; /* it is still in its place */
	fd = session_open_events(service->session->eve_path, true, &err);
	if (fd < 0)
		fail(EXIT_OUTPUT, &err); /* the old one is written to as before */
	else
		write_to(service, fd);
}

/* ---- signals ---- */

static void fill_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
}

void service_block_signals(void)
{
	sigset_t signals;

	fill_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void on_signal(struct service *service, int number)
{
	if (number == SIGHUP) {
		reopen_events(service);
		service->is_wanted = true;
		return;
	}
	if (atomic_exchange(&service->stop, true))
		_exit(SIGNALLED + number); /* asked twice: what is not written yet is given up */
	notify_say(&service->notify, "STOPPING=1\nSTATUS=looking at the last packets");
}

static void *attend(void *argument)
{
	struct service *service = argument;
	sigset_t signals;

	fill_signals(&signals);
	while (!atomic_load(&service->ended)) {
		const bool is_busy = service->is_pending || learning_is_ending(service);
		const long wait_ms = is_busy ? SETTLE_MS : WAIT_MS;
		const struct timespec wait = {.tv_nsec = (long)MILLISECONDS(wait_ms)};
		int number = sigtimedwait(&signals, NULL, &wait);

		if (number > 0)
			on_signal(service, number);
		if (service->is_pending && exchange_settled(&service->exchange))
			settle(service);
		learning_attend(service);
		if (service->is_wanted && !service->is_pending && !learning_is_ending(service)) {
			service->is_wanted = false;
			reload(service);
		}
	}
	return NULL;
}

/* ---- beginning and end ---- */

static void say_notice(const char *text)
{
	struct error line;

	error_set(&line, "%s", text);
	fail(EXIT_OUTPUT, &line);
}

static bool open_metrics(struct service *service, struct error *err)
{
	struct session *session = service->session;
	struct server_owner owner;
	struct metrics_address address;

	if (!session->metrics)
		return true;
	if (!confine_user(session->user, &owner.uid, &owner.gid, err) ||
	    !address_parse(session->metrics, &address, err))
		return false;
	service->board = session->run.board = board_create(session->run.workers, err);
	service->server = service->board ? server_open(&address, &owner, BITTERN_VERSION, err) : NULL;
	return service->server;
}

bool service_open(struct service *service, struct session *session, const struct session *asked,
		  struct error *err)
{
	*service = (struct service){.session = session, .asked = asked};
	if (session->baseline_path)
		stat(session->baseline_path, &service->baseline);
	if (session->run.eve_fd >= 0)
		fstat(session->run.eve_fd, &service->events);
	service->learning = session->run.learn ? LEARNING_ON : LEARNING_NOT;
	service->terms[0] = (struct terms){
		.mode = session->run.learn ? LEARN_LEARN : session->site ? LEARN_JUDGE : LEARN_WATCH,
		.site = session->site,
		.rules = session->rules,
		.log_flows = session->run.log_flows,
		.log_protocols = session->run.log_protocols,
	};
	exchange_init(&service->exchange, session->run.workers);
	session->run.stop = &service->stop;
	session->run.exchange = &service->exchange;
	session->run.notice = say_notice;
	session->run.progress = on_progress;
	session->run.progress_owner = service;
	return notify_open(&service->notify, err) && open_metrics(service, err);
}

bool service_start(struct service *service, struct error *err)
{
	int error;

	if (service->server && !server_start(service->server, service->board, err))
		return false;
	error = pthread_create(&service->thread, NULL, attend, service);
	service->started = error == 0;
	return service->started || error_set(err, "cannot start a thread: %s", strerror(error));
}

void service_end(struct service *service)
{
	atomic_store(&service->ended, true);
	if (service->started)
		pthread_join(service->thread, NULL);
	if (service->is_pending)
		session_exchange(service->session, &service->next);
	baseline_destroy(service->learned);
	server_close(service->server);
	board_destroy(service->board);
	exchange_output(&service->exchange, -1);
	notify_close(&service->notify);
}
