/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens what was asked for: first all that is read, then what is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "decode.h"
#include "folder.h"
#include "places.h"
#include "roster.h"
#include "text.h"
#include "told.h"

static int open_capture(struct session *session)
{
	struct error err = {0};

	if (session->filter && !capture_filter_check(session->filter, &err))
		return fail(EXIT_USAGE, &err);
	if (session->live_options.count) {
		session->live_options.workers = session->run.workers;
		for (unsigned i = 0; session->filter && i < session->live_options.count; i++)
			session->live_options.interfaces[i].filter = session->filter;
		session->live_options.supported = decode_link_supported;
		session->live = live_open(&session->live_options, &err);
		return session->live ? EXIT_DONE : fail(EXIT_INPUT, &err);
	}
	session->capture = capture_open(session->inputs, session->input_count, session->filter,
					decode_link_supported, &err);
	return session->capture ? EXIT_DONE : fail(EXIT_INPUT, &err);
}

/* A rule about a protocol that nothing here reads would wait for ever. */
static bool is_read(const char *protocol, const char *rule, struct error *err)
{
	char known[OPTIONS_LOGS] = "";

	for (size_t i = 0; i < roster_count; i++) {
		if (roster[i]->of)
			continue;
		if (strcmp(roster[i]->name, protocol) == 0)
			return true;
		text_add(known, sizeof(known), "%s%s", *known ? ", " : "", roster[i]->name);
	}
	return error_set(err, "rule %s: no protocol is called \"%s\"; there are %s", rule, protocol, known);
}

bool session_load_rules(struct session *session, struct error *err)
{
	struct rule_summary rule;

	session->rules = rules_load(session->rule_paths.items, session->rule_paths.count, err);
	if (!session->rules)
		return false;
	for (size_t i = 0; rules_at(session->rules, i, &rule); i++)
		if (rule.protocol && !is_read(rule.protocol, rule.name, err))
			return false;
	return true;
}

bool session_load(struct session *session, struct error *err)
{
	if (!session_load_rules(session, err))
		return false;
	if (session->baseline_path && !session->site)
		session->site = baseline_load(session->baseline_path, err);
	return session->site || !session->baseline_path;
}

void session_unload(struct session *session, const struct session *other)
{
	rules_free(session->rules);
	if (session->site != other->site)
		baseline_destroy(session->site);
	yaml_free(session->settings);
	session->rules = NULL;
	session->site = NULL;
	session->settings = NULL;
}

void session_exchange(struct session *session, struct session *next)
{
	struct session before = {.rules = session->rules, .site = session->site, .settings = next->settings};

	session->rules = next->rules;
	session->site = next->site;
	*next = (struct session){0};
	session_unload(&before, session);
}

/* What an option names must be fit for use: else it is the option that is wrong. */
static int open_named(struct session *session)
{
	struct assets_options *options = &session->run.assets;
	struct assets *trial;
	struct error err = {0};

	if (!session_load(session, &err))
		return fail(EXIT_USAGE, &err);
	options->mmdb_paths = session->mmdb_paths.items;
	options->mmdb_count = session->mmdb_paths.count;
	if (!options->oui_path && !options->mmdb_count)
		return EXIT_DONE;
	trial = assets_create(options, &err);
	assets_destroy(trial);
	return trial ? EXIT_DONE : fail(EXIT_USAGE, &err);
}

static bool is_same(const struct stat *output, const char *path)
{
	struct stat input;

	return path && stat(path, &input) == 0 && input.st_dev == output->st_dev &&
	       input.st_ino == output->st_ino;
}

static bool is_any(const struct stat *output, const struct named *named)
{
	for (size_t i = 0; i < named->count; i++) {
		if (is_same(output, named->items[i]))
			return true;
	}
	return false;
}

/* An output that is also an input would destroy evidence. */
bool session_reads(const struct session *session, const char *path)
{
	struct stat output;

	if (stat(path, &output) < 0)
		return false;
	for (size_t i = 0; session->capture && i < capture_file_count(session->capture); i++) {
		if (is_same(&output, capture_file(session->capture, i)->path))
			return true;
	}
	return is_same(&output, session->baseline_path) || is_same(&output, session->config_path) ||
	       is_same(&output, session->run.assets.oui_path) || is_any(&output, &session->rule_paths) ||
	       is_any(&output, &session->mmdb_paths);
}

bool is_one_file(const char *one, const char *other)
{
	struct stat status;

	return one && other && (strcmp(one, other) == 0 || (stat(one, &status) == 0 && is_same(&status, other)));
}

static int check_outputs(const struct session *session)
{
	const struct {
		const char *option, *path;
	} outputs[] = {{"--eve", session->eve_path},
		       {"--output", session->output_path},
		       {"--state", session->state_path}};

	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		if (outputs[i].path && session_reads(session, outputs[i].path))
			return usage_error(session->command, "%s %s is also read: it would be overwritten",
					   outputs[i].option, outputs[i].path);
	}
	return EXIT_DONE;
}

/* Whoever was killed while it wrote left half a line: what comes next must not be glued to it. */
static void end_line(int fd, const char *path)
{
	int reader = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char last;

	if (reader < 0)
		return;
	if (fstat(reader, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    pread(reader, &last, 1, status.st_size - 1) == 1 && last != '\n' && write(fd, "\n", 1) < 0)
		last = '\0'; /* the first line that is written meets the same trouble, and tells of it */
	close(reader);
}

int session_open_events(const char *path, bool append, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0640);

	if (fd < 0)
		error_set(err, "cannot create %s: %s", path, strerror(errno));
	else if (append)
		end_line(fd, path);
	return fd;
}

/* A recording's events replace those of the last time; a sensor's are added to what it told before. */
static int open_eve(struct session *session)
{
	const char *path = session->eve_path;
	struct error err;
	bool is_new;

	session->run.eve_name = path;
	if (!path)
		return EXIT_DONE;
	if (!strcmp(path, "-")) {
		session->run.eve_name = "standard output";
		session->run.eve_fd = STDOUT_FILENO;
		return EXIT_DONE;
	}
	if (session->run.state)
		session->run.told = session->told = told_read(path);
	is_new = session->live && access(path, F_OK) < 0;
	session->run.eve_fd = session_open_events(path, session->live != NULL, &err);
	if (session->run.eve_fd < 0)
		return fail(EXIT_OUTPUT, &err);
	if (is_new) /* those that follow it are made by whom the run becomes */
		folder_takes(path, session->run.eve_fd);
	return EXIT_DONE;
}

static int open_state(struct session *session)
{
	struct error told = {0}, err;

	if (!session->state_path)
		return EXIT_DONE;
	session->run.state_name = session->state_path;
	session->run.state = state_open(session->state_path, &told, &err);
	if (!session->run.state)
		return fail(EXIT_OUTPUT, &err);
	if (*told.text)
		fail(EXIT_DONE, &told);
	return EXIT_DONE;
}

static unsigned cores(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > WORKERS_MAX ? WORKERS_MAX : (unsigned)count;
}

int session_parse(struct session *session, const struct command *command, int argc, char **argv)
{
	*session = (struct session){.run = {.eve_fd = -1, .workers = cores()}};
	return options_parse(session, command, argc, argv);
}

int session_settle(struct session *session)
{
	struct error err = {0};

	if (session->config_path && !settings_read(session, &err))
		return fail(EXIT_USAGE, &err);
	return options_check(session);
}

int session_open(struct session *session)
{
	int code = session_settle(session);

	if (code == EXIT_DONE)
		code = open_named(session);
	if (code == EXIT_DONE)
		code = open_capture(session);
	if (code != EXIT_DONE)
		return code;
	if (session->run.learn_for_ns && session->capture && capture_is_stream(session->capture))
		return usage_error(session->command, "--learn-for reads its input twice: give files, not a stream");
	code = check_outputs(session);
	if (code != EXIT_DONE)
		return code;
	session->run.capture = session->capture;
	session->run.live = session->live;
	session->run.site = session->site;
	session->run.rules = session->rules;
	code = open_state(session);
	if (code == EXIT_DONE && session->live && session->run.learn_for_ns)
		code = session_learn(session);
	if (code == EXIT_DONE)
		code = open_eve(session);
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
	state_close(session->run.state);
	told_free(session->told);
	places_free(session->places);
	capture_close(session->capture);
	live_close(session->live);
	baseline_destroy(session->site);
	rules_free(session->rules);
	yaml_free(session->settings);
}
