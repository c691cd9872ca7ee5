/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening on interfaces until somebody says that it is enough.
 */
#include "cli.h"
#include "confine.h"
#include "confined.h"
#include "service.h"
#include "told.h"

static const struct option_help options[] = {
	{"interface", 'i', "NAME", "listen here; may be repeated"},
	{"config", 'c', "FILE", "settings (docs/configuration.md); options win over them"},
	{"check", 0, NULL, "say what would be wrong with all that is asked for, and do nothing"},
	{"baseline", 'b', "FILE", "judge by what bittern learn wrote"},
	{"eve", 'e', "FILE|-", "append events as JSON lines: alert, anomaly, asset, stats"},
	{"log", 'l', "LIST", "with --eve: also an event for every flow and operation: all, or a\n"
			     "list of flow and protocols, as in flow,modbus"},
	{"filter", 'f', "EXPR", "only packets that match this BPF expression (tcpdump's language)"},
	{"rules", 'r', "FILE|DIR", "more detection rules, or others in place of built-in ones"},
	{"geoip", 'g', "FILE", "country and network of public addresses from this .mmdb"},
	{"oui", 0, "FILE", "MAC vendors from this oui.txt instead of the system's"},
	{"learn-for", 0, "TIME", "without a baseline: learn for so long (14d, 6h), then judge by that"},
	{"state", 0, "FILE", "keep alerts, inventory and what is learned there, over restarts"},
	{"user", 'u', "NAME", "go on as this user once all is open (root only; docs/operations.md)"},
	{"metrics", 'm', "ADDRESS", "serve metrics here: unix:PATH, or a loopback address and port"},
	{"workers", 'w', "N", "threads (default: one per core)"},
	{"flows", 0, "N", "follow so many flows at a time, at most (default: 524288)"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"what happens on this mirror port?",
	"bittern run -i eth1 --eve -",
	"judge by what was learned, alerts for the SIEM",
	"bittern run -i eth1 -b site.yaml --eve /var/log/bittern/eve.json",
	"would the service start?",
	"bittern run -c /etc/bittern/bittern.yaml --check",
	NULL,
};

/* Else nothing would ever be seen of the alerts of whoever just tries. */
static void tell_if_silent(const struct session *session)
{
	struct error line;

	if (session->eve_path)
		return;
	error_set(&line, "no events are written, alerts neither: name a file with --eve (setting eve.path)");
	fail(EXIT_DONE, &line);
}

/* All is open, and there is neither a thread nor a frame yet. */
static bool on_ready(void *owner, struct error *err)
{
	struct service *service = owner;
	struct state *state = service->session->run.state;

	told_free(service->session->told); /* the reporter has looked at it */
	service->session->told = NULL;
	tell_if_silent(service->session);
	return session_confine(service->session, err) && (!state || state_start(state, err)) &&
	       service_start(service, err);
}

static int listen_on(struct session *session, const struct session *asked)
{
	struct run_result result = {0};
	struct service service;
	struct error err = {0};
	int code;

	session->run.ready = on_ready;
	session->run.ready_owner = &service;
	session->run.assets.read_now = true;
	if (!confine_check_user(session->user, &err))
		return fail(EXIT_USAGE, &err);
	if (!service_open(&service, session, asked, &err)) {
		service_end(&service);
		return fail(EXIT_USAGE, &err);
	}
	code = session_failed(run_capture(&session->run, &result, &err), &err);
	service_end(&service);
	run_result_finish(&result);
	return code;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct session asked, session;
	int code = session_parse(&asked, self, argc, argv);

	service_block_signals();
	session = asked;
	if (code == EXIT_DONE && session.check) {
		code = check_session(&session);
	} else if (code == EXIT_DONE) {
		code = session_open(&session);
		if (code == EXIT_DONE)
			code = listen_on(&session, &asked);
	}
	session_finish(&session);
	return code;
}

const struct command run_command = {
	.name = "run",
	.summary = "listen on interfaces: alerts as they happen",
	.synopsis = "bittern run -i INTERFACE|-c FILE [OPTION...]",
	.text = "Listens on a mirror port or TAP until it is told to end (SIGTERM, Ctrl-C). It never sends a\n"
		"packet; the interface needs no address. What it does not see (the kernel's drops) is told\n"
		"in the stats event. SIGHUP reads rules, baseline and log list again and opens the event file\n"
		"anew; when something is wrong with them, all stays as it was.",
	.options = options,
	.examples = examples,
	.run = run,
};
