/* SPDX-License-Identifier: Apache-2.0
 *
 * A sensor that learns by itself (--learn-for): for so long since it was first asked to, however often it is
 * started anew; then it judges by that. src/run/learned.h has the steps between the two.
 */
#include <time.h>

#include "learned.h"
#include "service.h"
#include "steady.h"

enum {
	LONG_S = 0x7fffffff, /* longer than any run */
};

static int64_t wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

static void tell_bad(uint64_t bad)
{
	struct error line;

	if (!bad)
		return;
	error_set(&line, "pieces of what was learned that make no sense or are larger than %d MiB, and are "
			 "forgotten: %llu",
		  STATE_VALUE_MAX >> 20, (unsigned long long)bad);
	fail(EXIT_DONE, &line);
}

int session_learn(struct session *session)
{
	struct run_options *run = &session->run;
	int64_t now_ns = wall_ns(), began_ns, done_ns, left_ns;
	struct error err = {0};
	uint64_t bad = 0;

	if (learned_began(run->state, now_ns, &began_ns, &err) &&
	    learned_done(run->state, &done_ns, &err))
		session->site = learned_load(run->state, began_ns, now_ns, &bad, &err);
	if (!session->site)
		return fail(EXIT_SYSTEM, &err);
	tell_bad(bad);
	session->learns = true;
	session->learn_for_ns = run->learn_for_ns;
	run->learn_for_ns = 0; /* that is for two passes over a file */
	left_ns = session->learn_for_ns - (now_ns - began_ns);
	run->learn = left_ns > 0 && done_ns < session->learn_for_ns;
	/* Whoever sets the clock on the wall shall not choose how long it learns. */
	run->learn_end_ns = boot_ns() + (left_ns < SECONDS(LONG_S) ? left_ns : SECONDS(LONG_S));
	if (!run->learn && done_ns < session->learn_for_ns)
		learned_note_done(run->state, session->learn_for_ns);
	run->site = session->site;
	return EXIT_DONE;
}

struct baseline *session_learned(const struct session *session, int64_t *from_ns, int64_t *to_ns,
				 struct error *err)
{
	struct state *state = state_open_to_read(session->state_path, err);
	struct baseline *site = NULL;
	int64_t done_ns;
	uint64_t bad = 0;

	if (!state || !learned_began(state, 0, from_ns, err) || !learned_done(state, &done_ns, err))
		goto close;
	*to_ns = done_ns ? *from_ns + done_ns : 0;
	if (*from_ns)
		site = learned_load(state, *from_ns, *to_ns ? *to_ns : wall_ns(), &bad, err);
	else
		error_set(err, "state %s: its sensor was never asked to learn (learn-for)", session->state_path);
	tell_bad(bad);
close:
	state_close(state);
	return site;
}

/* ---- the end of learning ---- */

static void offer(struct service *service)
{
	const struct terms *now = &service->terms[service->turn];
	struct terms *next = &service->terms[service->turn ^ 1];
	struct error err = {0};
	uint64_t bad = 0;
	int64_t began_ns;

	service->learning = LEARNING_NOT;
	if (learned_began(service->session->run.state, 0, &began_ns, &err))
		service->learned = learned_load(service->session->run.state, began_ns, wall_ns(), &bad, &err);
	if (!service->learned) {
		fail(EXIT_SYSTEM, &err); /* what it learned is in the file: the next start judges by it */
		return;
	}
	tell_bad(bad);
	*next = *now;
	next->mode = LEARN_JUDGE;
	next->site = service->learned;
	service->turn ^= 1;
	exchange_offer(&service->exchange, next);
	learned_note_done(service->session->run.state, service->session->learn_for_ns);
	service->learning = LEARNING_OFFERED;
}

/* All judge by it: what they learned from is nobody's any more. */
static void settle(struct service *service)
{
	struct session *session = service->session;
	struct error line;

	baseline_destroy(session->site);
	session->site = service->learned;
	service->learned = NULL;
	service->learning = LEARNING_NOT;
	error_set(&line, "learning is over: it judges by what it learned, %zu devices among it",
		  baseline_device_count(session->site));
	fail(EXIT_DONE, &line);
	notify_say(&service->notify, "STATUS=%s", line.text);
}

void learning_attend(struct service *service)
{
	struct state *state = service->session->run.state;

	switch (service->learning) {
	case LEARNING_NOT: break;
	case LEARNING_ON:
		if (boot_ns() < service->session->run.learn_end_ns || service->is_pending)
			break;
		exchange_end_learning(&service->exchange);
		service->learning = LEARNING_ENDS;
		break;
	case LEARNING_ENDS:
		if (!exchange_learning_is_over(&service->exchange))
			break;
		service->learned_mark = state_hurry(state);
		service->learning = LEARNING_PUT;
		break;
	case LEARNING_PUT:
		if (state_has(state, service->learned_mark))
			offer(service);
		break;
	case LEARNING_OFFERED:
		if (exchange_settled(&service->exchange))
			settle(service);
		break;
	}
}

bool learning_is_ending(const struct service *service)
{
	return service->learning > LEARNING_ON;
}
