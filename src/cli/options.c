/* SPDX-License-Identifier: Apache-2.0
 *
 * The options that read, learn and run have in common, from the tables that --help is made of.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "cli.h"
#include "roster.h"
#include "text.h"

bool named_add(struct named *list, const char *item)
{
	if (list->count == NAMED_MAX)
		return false;
	list->items[list->count++] = item;
	return true;
}

bool options_log(struct run_options *run, const char *word, size_t length)
{
	bool all = length == 3 && memcmp(word, "all", 3) == 0;
	bool known = all;

	if (all || (length == 4 && memcmp(word, "flow", 4) == 0))
		known = run->log_flows = true;
	for (size_t i = 0; i < roster_count; i++) {
		const char *name = bt_protocol(roster[i])->name; /* its roads are logged with it */

		if (all || (strlen(name) == length && memcmp(name, word, length) == 0)) {
			run->log_protocols |= UINT64_C(1) << i;
			known = true;
		}
	}
	return known;
}

const char *options_logs(char known[OPTIONS_LOGS])
{
	snprintf(known, OPTIONS_LOGS, "all, flow");
	for (size_t i = 0; i < roster_count; i++) {
		if (!roster[i]->of)
			text_add(known, OPTIONS_LOGS, ", %s", roster[i]->name);
	}
	return known;
}

static int parse_log(const struct command *command, struct run_options *run, const char *list)
{
	char known[OPTIONS_LOGS];

	for (const char *word = list;; word++) {
		size_t length = strcspn(word, ",");

		if (!options_log(run, word, length))
			return usage_error(command, "--log: no record is called '%.*s'; there are %s",
					   (int)length, word, options_logs(known));
		word += length;
		if (!*word)
			return EXIT_DONE;
	}
}

static int parse_workers(const struct command *command, struct run_options *run, const char *text)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (*end || count < 1 || count > WORKERS_MAX)
		return usage_error(command, "--workers: '%s' is not a number from 1 to %d", text,
				   WORKERS_MAX);
	run->workers = (unsigned)count;
	return EXIT_DONE;
}

static int parse_flows(const struct command *command, struct run_options *run, const char *text)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (*end || count < FLOWS_ASKED_MIN || count > FLOWS_ASKED_MAX)
		return usage_error(command, "--flows: '%s' is not a number from %d to %d", text, FLOWS_ASKED_MIN,
				   FLOWS_ASKED_MAX);
	run->flows_max = (unsigned)count;
	return EXIT_DONE;
}

static int parse_metrics(struct session *session, const char *text)
{
	struct metrics_address address;
	struct error err;

	if (!address_parse(text, &address, &err))
		return usage_error(session->command, "--metrics: %s", err.text);
	session->metrics = text;
	return EXIT_DONE;
}

bool options_listen(const struct live_options *live, const char *name)
{
	for (unsigned i = 0; i < live->count; i++) {
		if (strcmp(live->interfaces[i].name, name) == 0)
			return true;
	}
	return false;
}

static int add_interface(const struct command *command, struct live_options *live, const char *name)
{
	if (options_listen(live, name))
		return usage_error(command, "--interface: %s is named twice", name);
	if (live->count == LIVE_INTERFACES_MAX)
		return usage_error(command, "--interface: more than %d", LIVE_INTERFACES_MAX);
	live->interfaces[live->count++].name = name;
	return EXIT_DONE;
}

/* What is listened to or read, as the command wants it. */
static int check_inputs(const struct session *session)
{
	const struct command *command = session->command;

	if (command == &run_command && session->input_count)
		return usage_error(command, "it listens: to analyse the capture %s use bittern read",
				   session->inputs[0]);
	if (command == &learn_command && session->state_path && session->input_count)
		return usage_error(command, "--state and captures exclude each other");
	if (command == &learn_command && session->state_path && session->filter)
		return usage_error(command, "--filter chooses packets of captures: --state has none");
	if (command == &learn_command && session->state_path)
		return EXIT_DONE;
	if (command != &run_command && !session->input_count)
		return usage_error(command, "which capture? Name a file, a directory, or - for standard input");
	return EXIT_DONE;
}

bool options_agree(const struct session *session, struct error *err)
{
	bool runs = session->command == &run_command;

	if (runs && !session->live_options.count)
		return error_set(err, "on which interface? Name it with -i (ip link shows them) or in a file with -c");
	if ((session->run.log_flows || session->run.log_protocols) && !session->eve_path)
		return error_set(err, "--log adds to the events: say where they go with --eve FILE (settings: eve.log, eve.path)");
	if (runs && is_one_file(session->eve_path, session->state_path))
		return error_set(err, "--eve and --state are one file: %s", session->state_path);
	if (runs && session->run.learn_for_ns && !session->state_path)
		return error_set(err, "--learn-for keeps what is learned over restarts: say where with --state (settings: learn-for, state)");
	if (session->run.learn_for_ns && session->baseline_path)
		return error_set(err, "--baseline and --learn-for (settings: baseline, learn-for) exclude each other");
	if (session->json && session->eve_path && !strcmp(session->eve_path, "-"))
		return error_set(err, "--json and --eve - exclude each other: both are standard output");
	return true;
}

int options_check(const struct session *session)
{
	int code = check_inputs(session);
	struct error err;

	if (code == EXIT_DONE && !options_agree(session, &err))
		return usage_error(session->command, "%s", err.text);
	return code;
}

enum {
	OPTION_BASE = 256, /* long options without a letter: position in the command's table */
	OPTIONS_MAX = 24,
};

static size_t build_getopt(const struct command *command, struct option *longs, char *shorts)
{
	size_t count = 0;

	*shorts++ = ':'; /* a missing value is told apart from an unknown option */
	for (const struct option_help *help = command->options; help->text; help++) {
		if (!help->name || count == OPTIONS_MAX)
			continue;
		longs[count] = (struct option){help->name, help->value ? required_argument : no_argument,
					       NULL, OPTION_BASE + (int)(help - command->options)};
		count++;
		if (help->letter) {
			*shorts++ = help->letter;
			if (help->value)
				*shorts++ = ':';
		}
	}
	*shorts = '\0';
	longs[count] = (struct option){0};
	return count;
}

static const struct option_help *option_of(const struct command *command, int found)
{
	if (found >= OPTION_BASE)
		return &command->options[found - OPTION_BASE];
	for (const struct option_help *help = command->options; help->text; help++) {
		if (help->letter == found)
			return help;
	}
	return NULL;
}

bool option_given(const struct session *session, const char *name)
{
	const struct option_help *options = session->command->options;

	for (size_t i = 0; options[i].text; i++) {
		if (options[i].name && strcmp(options[i].name, name) == 0)
			return session->given >> i & 1;
	}
	return false;
}

static int apply(struct session *session, const char *name, const char *value)
{
	const struct command *command = session->command;
	struct run_options *run = &session->run;

	if (!strcmp(name, "eve"))
		session->eve_path = value;
	else if (!strcmp(name, "log"))
		return parse_log(command, run, value);
	else if (!strcmp(name, "config"))
		session->config_path = value;
	else if (!strcmp(name, "user"))
		session->user = value;
	else if (!strcmp(name, "state"))
		session->state_path = value;
	else if (!strcmp(name, "metrics"))
		return parse_metrics(session, value);
	else if (!strcmp(name, "check"))
		session->check = true;
	else if (!strcmp(name, "filter"))
		session->filter = value;
	else if (!strcmp(name, "baseline"))
		session->baseline_path = value;
	else if (!strcmp(name, "output"))
		session->output_path = value;
	else if (!strcmp(name, "workers"))
		return parse_workers(command, run, value);
	else if (!strcmp(name, "flows"))
		return parse_flows(command, run, value);
	else if (!strcmp(name, "interface"))
		return add_interface(command, &session->live_options, value);
	else if (!strcmp(name, "oui"))
		run->assets.oui_path = value;
	else if (!strcmp(name, "quiet"))
		session->quiet = true;
	else if (!strcmp(name, "json"))
		session->json = true;
	else if (!strcmp(name, "rules") && !named_add(&session->rule_paths, value))
		return usage_error(command, "--rules: more than %d times", NAMED_MAX);
	else if (!strcmp(name, "geoip") && !named_add(&session->mmdb_paths, value))
		return usage_error(command, "--geoip: more than %d times", NAMED_MAX);
	else if (!strcmp(name, "learn-for") && !text_parse_duration(value, &run->learn_for_ns))
		return usage_error(command, "--learn-for: '%s' is not a duration like 90s, 10m, 6h or 2d",
				   value);
	return EXIT_DONE;
}

int options_parse(struct session *session, const struct command *command, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	int found, code;

	session->command = command;
	build_getopt(command, longs, shorts);
	while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_help *help;

		if (found == ':')
			return usage_error(command, "%s needs a value", argv[optind - 1]);
		if (found == '?')
			return usage_error(command, "there is no option %s", argv[optind - 1]);
		help = option_of(command, found);
		if (!strcmp(help->name, "help")) {
			help_command(stdout, command);
			exit(said());
		}
		if (help->value && !*optarg && strcmp(help->name, "filter") != 0) /* that takes all */
			return usage_error(command, "--%s needs a value, and what is given is empty", help->name);
		code = apply(session, help->name, optarg);
		if (code != EXIT_DONE)
			return code;
		session->given |= UINT32_C(1) << (help - command->options);
	}
	session->inputs = (const char *const *)argv + optind;
	session->input_count = (size_t)(argc - optind);
	for (size_t i = 0; i < session->input_count; i++)
		if (!*session->inputs[i])
			return usage_error(command, "the name of a capture is empty");
	return EXIT_DONE;
}
