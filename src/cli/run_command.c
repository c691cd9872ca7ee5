/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening on interfaces until somebody says that it is enough.
 */
#include <signal.h>

#include "cli.h"

static const struct option_help options[] = {
	{"interface", 'i', "NAME", "listen here; may be repeated"},
	{"baseline", 'b', "FILE", "judge by what bittern learn wrote"},
	{"eve", 'e', "FILE|-", "write events as JSON lines: alert, anomaly, asset, stats"},
	{"log", 'l', "LIST", "with --eve: also an event for every flow and operation: all, or a\n"
			     "list of flow and protocols, as in flow,modbus"},
	{"filter", 'f', "EXPR", "only packets that match this BPF expression (tcpdump's language)"},
	{"rules", 'r', "FILE|DIR", "more detection rules, or others in place of built-in ones"},
	{"geoip", 'g', "FILE", "country and network of public addresses from this .mmdb"},
	{"oui", 0, "FILE", "MAC vendors from this oui.txt instead of the system's"},
	{"workers", 'w', "N", "threads (default: one per core)"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"what happens on this mirror port?",
	"bittern run -i eth1 --eve -",
	"judge by what was learned, alerts for the SIEM",
	"bittern run -i eth1 -b site.yaml --eve /var/log/bittern/eve.json",
	NULL,
};

static atomic_bool stop;

static void on_signal(int number)
{
	atomic_store_explicit(&stop, true, memory_order_relaxed);
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct run_result result = {0};
	struct session session;
	struct error err = {0};
	int code = session_open(&session, self, argc, argv);

	if (code == EXIT_DONE) {
		catch_signals();
		session.run.stop = &stop;
		code = session_failed(run_capture(&session.run, &result, &err), &err);
	}
	run_result_finish(&result);
	session_finish(&session);
	return code;
}

const struct command run_command = {
	.name = "run",
	.summary = "listen on interfaces: alerts as they happen",
	.synopsis = "bittern run -i INTERFACE [OPTION...]",
	.text = "Listens on a mirror port or TAP until it is told to end (SIGTERM, Ctrl-C). It never sends a\n"
		"packet; the interface needs no address. What it does not see (the kernel's drops) is told\n"
		"in the stats event.",
	.options = options,
	.examples = examples,
	.run = run,
};
