/* SPDX-License-Identifier: Apache-2.0
 *
 * What read and learn have in common: options checked, inputs opened, before anything is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "decode.h"
#include "roster.h"
#include "text.h"

enum {
	LIST_MAX = 32, /* files named by a repeatable option */
};

struct list {
	const char *items[LIST_MAX];
	size_t count;
};

struct parsed {
	const char *eve_path, *filter, *baseline_path;
	struct list rules, mmdb;
};

static bool add(struct list *list, const char *item)
{
	if (list->count == LIST_MAX)
		return false;
	list->items[list->count++] = item;
	return true;
}

static bool parse_log_word(struct run_options *run, const char *word, size_t length)
{
	bool all = length == 3 && memcmp(word, "all", 3) == 0;
	bool known = all;

	if (all || (length == 4 && memcmp(word, "flow", 4) == 0))
		known = run->log_flows = true;
	for (size_t i = 0; i < roster_count; i++) {
		if (all || (strlen(roster[i]->name) == length &&
			    memcmp(roster[i]->name, word, length) == 0)) {
			run->log_protocols |= UINT64_C(1) << i;
			known = true;
		}
	}
	return known;
}

static int parse_log(const struct command *command, struct run_options *run, const char *list)
{
	for (const char *word = list;; word++) {
		size_t length = strcspn(word, ",");

		if (!parse_log_word(run, word, length)) {
			char known[256] = "all, flow";

			for (size_t i = 0; i < roster_count; i++)
				text_add(known, sizeof(known), ", %s", roster[i]->name);
			return usage_error(command, "--log: no record is called '%.*s'; there are %s",
					   (int)length, word, known);
		}
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

static int apply(struct session *session, struct parsed *parsed, const struct command *command,
		 const char *name, const char *value)
{
	struct run_options *run = &session->run;

	if (!strcmp(name, "eve"))
		parsed->eve_path = value;
	else if (!strcmp(name, "log"))
		return parse_log(command, run, value);
	else if (!strcmp(name, "filter"))
		parsed->filter = value;
	else if (!strcmp(name, "baseline"))
		parsed->baseline_path = value;
	else if (!strcmp(name, "output"))
		session->output_path = value;
	else if (!strcmp(name, "workers"))
		return parse_workers(command, run, value);
	else if (!strcmp(name, "oui"))
		run->assets.oui_path = value;
	else if (!strcmp(name, "quiet"))
		session->quiet = true;
	else if (!strcmp(name, "json"))
		session->json = true;
	else if (!strcmp(name, "rules") && !add(&parsed->rules, value))
		return usage_error(command, "--rules: more than %d times", LIST_MAX);
	else if (!strcmp(name, "geoip") && !add(&parsed->mmdb, value))
		return usage_error(command, "--geoip: more than %d times", LIST_MAX);
	else if (!strcmp(name, "learn-for") && !text_parse_duration(value, &run->learn_for_ns))
		return usage_error(command, "--learn-for: '%s' is not a duration like 90s, 10m, 6h or 2d",
				   value);
	return EXIT_DONE;
}

static int parse(struct session *session, struct parsed *parsed, const struct command *command,
		 int argc, char **argv)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	int found, code;

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
			exit(fflush(stdout) ? EXIT_OUTPUT : EXIT_DONE);
		}
		code = apply(session, parsed, command, help->name, optarg);
		if (code != EXIT_DONE)
			return code;
	}
	if (optind == argc)
		return usage_error(command, "which capture? Name a file, a directory, or - for standard input");
	return EXIT_DONE;
}

/* An output that is also an input would destroy evidence. */
static bool is_input(const struct session *session, const char *path)
{
	struct stat output, input;

	if (stat(path, &output) < 0)
		return false;
	for (size_t i = 0; i < capture_file_count(session->capture); i++) {
		if (stat(capture_file(session->capture, i)->path, &input) == 0 &&
		    input.st_dev == output.st_dev && input.st_ino == output.st_ino)
			return true;
	}
	return false;
}

static int open_eve(struct session *session, const struct command *command, const char *path)
{
	struct error err;

	session->run.eve_fd = -1;
	if (!path)
		return EXIT_DONE;
	session->run.eve_name = path;
	if (!strcmp(path, "-")) {
		session->run.eve_name = "standard output";
		session->run.eve_fd = STDOUT_FILENO;
		return EXIT_DONE;
	}
	if (is_input(session, path))
		return usage_error(command, "--eve %s is one of the captures: it would be overwritten", path);
	session->run.eve_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (session->run.eve_fd >= 0)
		return EXIT_DONE;
	error_set(&err, "cannot create %s: %s", path, strerror(errno));
	return fail(EXIT_OUTPUT, &err);
}

static int open_inputs(struct session *session, const struct parsed *parsed, int argc, char **argv)
{
	struct error err = {0};

	session->rules = rules_load(parsed->rules.items, parsed->rules.count, &err);
	if (!session->rules)
		return fail(EXIT_USAGE, &err);
	if (parsed->baseline_path) {
		session->site = baseline_load(parsed->baseline_path, &err);
		if (!session->site)
			return fail(EXIT_USAGE, &err);
	}
	session->capture = capture_open((const char *const *)argv + optind, (size_t)(argc - optind),
					parsed->filter, decode_link_supported, &err);
	if (!session->capture)
		return fail(EXIT_INPUT, &err);
	return EXIT_DONE;
}

static unsigned cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > WORKERS_MAX ? WORKERS_MAX : (unsigned)count;
}

int session_open(struct session *session, const struct command *command, int argc, char **argv)
{
	struct parsed parsed = {0};
	int code;

	*session = (struct session){.run = {.eve_fd = -1, .workers = cores()}};
	code = parse(session, &parsed, command, argc, argv);
	if (code != EXIT_DONE)
		return code;
	if (session->run.learn_for_ns && parsed.baseline_path)
		return usage_error(command, "--baseline and --learn-for exclude each other");
	code = open_inputs(session, &parsed, argc, argv);
	if (code != EXIT_DONE)
		return code;
	if (session->run.learn_for_ns && capture_is_stream(session->capture))
		return usage_error(command, "--learn-for reads its input twice: give files, not a stream");
	session->filtered = parsed.filter != NULL;
	session->run.capture = session->capture;
	session->run.site = session->site;
	session->run.rules = session->rules;
	session->run.assets.mmdb_count = parsed.mmdb.count;
	session->run.assets.mmdb_paths = session->run.assets.mmdb_count
						 ? memcpy(malloc(sizeof(parsed.mmdb.items)),
							  parsed.mmdb.items, sizeof(parsed.mmdb.items))
						 : NULL;
	code = open_eve(session, command, parsed.eve_path);
	if (!session->quiet)
		session->summary = session->run.eve_fd == STDOUT_FILENO ? NULL : stdout;
	return code;
}

int session_failed(enum run_failure failure, const struct error *err)
{
	switch (failure) {
	case RUN_OK: return EXIT_DONE;
	case RUN_INPUT: return fail(EXIT_INPUT, err);
	case RUN_OUTPUT: return fail(EXIT_OUTPUT, err);
	default: return fail(EXIT_SYSTEM, err);
	}
}

void session_finish(struct session *session)
{
	if (session->run.eve_fd > STDERR_FILENO)
		close(session->run.eve_fd);
	free((void *)session->run.assets.mmdb_paths);
	places_free(session->places);
	capture_close(session->capture);
	baseline_destroy(session->site);
	rules_free(session->rules);
}
