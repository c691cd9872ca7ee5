/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of bittern run between its first and its last packet: SIGTERM and SIGINT end it in order (a
 * second one at once), SIGHUP reads rules, baseline and log list again and opens the event file anew,
 * systemd is told, and its watchdog fed as long as reporter and workers all get on.
 *
 * A thread waits for the signals. What it reads anew is offered to the workers (run/exchange.h) only
 * when all of it is good; else one line says what is wrong and all stays as it was.
 */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include <pthread.h>
#include <sys/stat.h>

#include "cli.h"
#include "exchange.h"
#include "notify.h"
#include "server.h"

enum learning {
	LEARNING_NOT,
	LEARNING_ON,
	LEARNING_ENDS,    /* workers and reporter put what they have left */
	LEARNING_PUT,     /* they have; it is not all in the file yet */
	LEARNING_OFFERED, /* what was learned, to be judged by */
};

struct service {
	struct session *session;     /* as it runs: rules, baseline and settings change in it */
	const struct session *asked; /* by the command line alone */
	struct notify notify;
	struct exchange exchange;
	struct metrics_board *board; /* NULL: nobody asks for metrics; likewise: */
	struct metrics_server *server;
	atomic_bool stop, ended;
	pthread_t thread;
	bool started;

	/* of the thread */
	struct session next;   /* what is offered, until all have taken it */
	struct terms terms[2]; /* that all have, and that they are offered: by turns */
	unsigned turn;
	bool is_pending;       /* `next` is not yet taken */
	bool is_wanted;        /* a SIGHUP that waits for it */
	enum learning learning;
	uint64_t learned_mark;    /* LEARNING_PUT */
	struct baseline *learned; /* LEARNING_OFFERED */
	struct stat baseline;  /* the file, when it was read */
	struct stat events;    /* the file that is written */

	/* of the reporter's thread */
	bool is_ready;
	uint64_t last_mark;
	int64_t watchdog_due_ns;
};

void service_block_signals(void); /* before there is a thread: SIGTERM, SIGINT and SIGHUP wait */

/* Attaches to session->run. service_open(): before the process is confined; service_start(): after.
 * False: `err` is set. */
bool service_open(struct service *service, struct session *session, const struct session *asked,
		  struct error *err);
bool service_start(struct service *service, struct error *err);
void service_end(struct service *service); /* the run is over */

/* learning.c: the next step, if it is time. While it ends nothing else is offered. */
void learning_attend(struct service *service);
bool learning_is_ending(const struct service *service);

#endif
