/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "cli.h"

static const struct option_help options[] = {
	{NULL, 0, "FILE|DIR|-", "captures (pcap, pcapng); a directory: all in it; -: standard input.\n"
				"Several are one timeline in the order of packet time"},
	{"baseline", 'b', "FILE", "judge by what bittern learn wrote"},
	{"learn-for", 0, "TIME", "learn from the first TIME (90s, 10m, 6h) and judge the rest"},
	{"eve", 'e', "FILE|-", "write events as JSON lines: alert, anomaly, asset, stats"},
	{"log", 'l', "LIST", "with --eve: also an event for every flow and operation: all, or a\n"
			     "list of flow and protocols, as in flow,modbus"},
	{"json", 'j', NULL, "print the summary as one JSON document"},
	{"quiet", 'q', NULL, "print no summary"},
	{"filter", 'f', "EXPR", "only packets that match this BPF expression (tcpdump's language)"},
	{"rules", 'r', "FILE|DIR", "more detection rules, or others in place of built-in ones"},
	{"geoip", 'g', "FILE", "country and network of public addresses from this .mmdb"},
	{"oui", 0, "FILE", "MAC vendors from this oui.txt instead of the system's"},
	{"workers", 'w', "N", "threads (default: one per core); the output is the same for any N"},
	{"flows", 0, "N", "follow so many flows at a time, at most (default: 524288)"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"what is in this capture?",
	"bittern read plant.pcap",
	"learn on Monday, judge Tuesday, alerts for the SIEM",
	"bittern learn monday/ -o site.yaml && bittern read -b site.yaml tuesday/ --eve alerts.json",
	"every Modbus operation, one JSON object a line",
	"bittern read plant.pcap --eve - --log modbus | jq .modbus",
	NULL,
};

static int run(const struct command *self, int argc, char **argv)
{
	struct run_result result = {0};
	struct session session;
	struct progress progress;
	struct error err = {0};
	int code = session_parse(&session, self, argc, argv);

	if (code == EXIT_DONE)
		code = session_open(&session);
	if (code == EXIT_DONE) {
		progress_start(&progress, &session.run, capture_bytes(session.capture));
		code = (int)run_capture(&session.run, &result, &err);
		progress_end(&progress);
		if (result.alerts)
			session.places = places_find(session.capture, session.filter != NULL, result.alerts);
		/* What was found is shown even when the run ended early. */
		if (session.summary && result.assets &&
		    !(session.json ? document_print : summary_print)(session.summary, &result, &session)) {
			error_set(&err, "cannot write the summary: %s", strerror(errno));
			code = RUN_OUTPUT;
		}
		code = session_failed((enum run_failure)code, &err);
	}
	run_result_finish(&result);
	session_finish(&session);
	return code;
}

const struct command read_command = {
	.name = "read",
	.summary = "analyse captures: devices, conversations, alerts",
	.synopsis = "bittern read [OPTION...] FILE|DIR|-...",
	.text = "Reads captures and prints which devices there are, who talks to whom, what was alarming and\n"
		"what could not be seen. Without a baseline, protocol violations and built-in rules raise\n"
		"alerts; with one, so does everything that is not in it.",
	.options = options,
	.examples = examples,
	.run = run,
};
