/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the running sensor how it does.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "cli.h"
#include "status.h"

#define USUAL_SETTINGS "/etc/bittern/bittern.yaml"
#define USUAL_ADDRESS  "unix:/run/bittern/metrics.sock"

enum {
	PAUSE_MS = 250,
	PAUSES = 20, /* so often is looked for whether it has counted anew */
	LOOK_MS = 1000,
};

static const struct option_help options[] = {
	{"metrics", 'm', "ADDRESS", "ask there: unix:PATH, or a loopback address and port"},
	{"config", 'c', "FILE", "ask where these settings say that metrics are served"},
	{"json", 'j', NULL, "one JSON document instead of a table"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"is the sensor well?",
	"bittern status",
	"the same, of one that was started by hand with --metrics",
	"bittern status --metrics 127.0.0.1:9474",
	"for a script: packets lost on each interface",
	"bittern status --json | jq '.interfaces[] | {interface, lost}'",
	NULL,
};

/* ---- where ---- */

/* An option, the settings, or what is usual; the usual settings may be missing. */
static int find_address(struct session *session, struct metrics_address *address)
{
	bool is_usual = !session->metrics && !session->config_path;
	struct error err = {0};

	if (is_usual && access(USUAL_SETTINGS, R_OK) == 0)
		session->config_path = USUAL_SETTINGS;
	if (session->config_path && !settings_read(session, &err))
		return fail(EXIT_USAGE, &err);
	if (!session->metrics && !is_usual)
		return usage_error(
			session->command,
			"%s has no `metrics`: this sensor serves none (metrics: " USUAL_ADDRESS
			" would be usual)",
			session->config_path);
	return address_parse(session->metrics ? session->metrics : USUAL_ADDRESS, address, &err)
		       ? EXIT_DONE
		       : fail(EXIT_USAGE, &err);
}

/* ---- two looks ---- */

static void sleep_ms(long ms)
{
	struct timespec rest = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
}

/* It counts once a second: the second look is the first one that shows another count. */
static bool look_twice(struct status *status, const struct metrics_address *address,
		       struct error *err)
{
	if (!scrape_fetch(address, &status->before, err))
		return false;
	sleep_ms(LOOK_MS);
	for (unsigned pauses = 0;; pauses++) {
		if (!scrape_fetch(address, &status->now, err))
			return false;
		status->seconds = scrape_sum(&status->now, SCRAPE_UPTIME) -
				  scrape_sum(&status->before, SCRAPE_UPTIME);
		if (status->seconds > 0 || pauses == PAUSES)
			return true;
		scrape_finish(&status->now);
		sleep_ms(PAUSE_MS);
	}
}

static int show(const struct session *session, struct status *status)
{
	static const struct error no_memory = {"not enough memory"};
	int code;

	status_judge(status);
	if (!session->json)
		status_print(stdout, status);
	else if (!status_document(stdout, status))
		return fail(EXIT_SYSTEM, &no_memory);
	code = said();
	return code == EXIT_DONE && status->trouble_count ? EXIT_UNWELL : code;
}

static int tell(const struct session *session, const struct metrics_address *address)
{
	struct status status = {.address = address->text};
	struct error err = {0};
	int code;

	if (look_twice(&status, address, &err)) {
		code = show(session, &status);
	} else {
		code = fail(EXIT_INPUT, &err);
	}
	scrape_finish(&status.before);
	scrape_finish(&status.now);
	return code;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct metrics_address address;
	struct session session;
	int code = session_parse(&session, self, argc, argv);

	if (code == EXIT_DONE && session.input_count)
		code = usage_error(self, "it reads no file: what is %s?", session.inputs[0]);
	if (code == EXIT_DONE && session.metrics && session.config_path)
		code = usage_error(self, "--metrics and --config exclude each other");
	if (code == EXIT_DONE)
		code = find_address(&session, &address);
	if (code == EXIT_DONE)
		code = tell(&session, &address);
	session_finish(&session);
	return code;
}

const struct command status_command = {
	.name = "status",
	.summary = "ask the running sensor how it does",
	.synopsis = "bittern status [--metrics ADDRESS | -c FILE] [--json]",
	.text = "Looks twice at the metrics of a running sensor, a second apart, and shows what it "
		"sees, what it\n"
		"loses and whether it is well. Without an option it asks where " USUAL_SETTINGS "\n"
		"says that metrics are served, or at " USUAL_ADDRESS ". Exit codes of its own: 1,\n"
		"something is wrong (an alert about the sensor is open, packets are lost, events "
		"cannot be\n"
		"written); 3, no sensor answers.",
	.options = options,
	.examples = examples,
	.run = run,
};
