/* SPDX-License-Identifier: Apache-2.0
 *
 * bittern run --check: tries all that a run would need, one line each, and writes nothing. Interfaces are
 * opened as a run would, and closed again: nothing else tells as surely.
 */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "confine.h"
#include "decode.h"
#include "folder.h"
#include "scrape.h"
#include "server.h"
#include "text.h"

struct check {
	struct session *session;
	bool is_wrong;
};

static void say(const char *verdict, const char *what, const char *text)
{
	char line[2 * sizeof(struct error)];

	text_printable(line, sizeof(line), cur_of(text, strlen(text)));
	printf("%-6s %-10s %s\n", verdict, what, line);
}

static void fine(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fine(const char *what, const char *format, ...)
{
	char text[sizeof(struct error)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say("ok", what, text);
}

static void wrong(struct check *check, const char *what, const struct error *err)
{
	say("wrong", what, err->text);
	check->is_wrong = true;
}

static void check_rules(struct check *check)
{
	struct session *session = check->session;
	struct error err = {0};

	if (session_load_rules(session, &err))
		fine("rules", "%zu, built in and from %zu paths", rules_count(session->rules),
		     session->rule_paths.count);
	else
		wrong(check, "rules", &err);
}

static void check_baseline(struct check *check)
{
	struct session *session = check->session;
	const char *path = session->baseline_path;
	struct error err = {0};

	session->site = path ? baseline_load(path, &err) : NULL;
	if (session->site)
		fine("baseline", "%s: %zu devices", path, baseline_device_count(session->site));
	else if (path)
		wrong(check, "baseline", &err);
	else if (session->run.learn_for_ns)
		fine("baseline", "what it learns, then what it has learned");
	else
		fine("baseline", "none: nothing is judged by one");
}

static void check_inventory(struct check *check)
{
	struct assets_options *options = &check->session->run.assets;
	struct error err = {0};
	struct assets *trial;

	options->mmdb_paths = check->session->mmdb_paths.items;
	options->mmdb_count = check->session->mmdb_paths.count;
	trial = assets_create(options, &err);
	if (trial)
		fine("inventory", "vendors %s, %zu files of countries",
		     options->oui_path ? options->oui_path : "of the system", options->mmdb_count);
	else
		wrong(check, "inventory", &err);
	assets_destroy(trial);
}

/* One at a time, so that each is told of; with a single worker, for there is no traffic to share. */
static void check_interfaces(struct check *check)
{
	const struct session *session = check->session;

	for (unsigned i = 0; i < session->live_options.count; i++) {
		struct live_options one = {.count = 1, .workers = 1, .supported = decode_link_supported};
		struct error err = {0};
		struct live *live;

		one.interfaces[0] = session->live_options.interfaces[i];
		if (session->filter)
			one.interfaces[0].filter = session->filter;
		live = live_open(&one, &err);
		if (live)
			fine("interface", "%s", one.interfaces[0].name);
		else
			wrong(check, "interface", &err);
		live_close(live);
	}
}

/* `*user`: who will write; NULL: who asks. */
static void check_user(struct check *check, const struct passwd **user)
{
	const char *name = check->session->user;
	struct error err = {0};

	*user = NULL;
	if (!confine_check_user(name, &err)) {
		wrong(check, "user", &err);
		return;
	}
	if (geteuid() == 0)
		*user = getpwnam(name ? name : "bittern");
	if (geteuid() == 0 && !*user)
		*user = getpwnam("nobody");
	fine("user", "%s", *user ? (*user)->pw_name : "who starts it");
}

/* By the bits, for a user that this process is not yet. Its other groups are not asked for: they are
 * left behind as well. */
static bool may_write(const struct stat *status, const struct passwd *user)
{
	mode_t bits = status->st_mode;

	if (status->st_uid == user->pw_uid)
		return bits & S_IWUSR;
	return bits & (status->st_gid == user->pw_gid ? S_IWGRP : S_IWOTH);
}

static bool can_make(const char *folder, const struct passwd *user, struct error *err)
{
	struct stat status;

	if (stat(folder, &status) < 0 || access(folder, W_OK | X_OK) < 0)
		return error_set(err, "folder %s: no file can be made there: %s", folder, strerror(errno));
	return !user || may_write(&status, user) ||
	       error_set(err, "folder %s: user %s may not make files there; SIGHUP opens a new one", folder,
			 user->pw_name);
}

/* The file is opened before the run becomes somebody else, those that follow it are not. */
static bool can_append(const struct session *session, const struct passwd *user, struct error *err)
{
	const char *path = session->eve_path;
	char folder[TEXT_PATH];
	struct stat status;
	bool exists = stat(path, &status) == 0;

	if (exists && S_ISDIR(status.st_mode))
		return error_set(err, "%s is a folder; name a file in it", path);
	if (session_reads(session, path))
		return error_set(err, "%s is also read: it would be overwritten", path);
	if (exists && access(path, W_OK) < 0)
		return error_set(err, "%s: cannot be written: %s", path, strerror(errno));
	if (!folder_of(path, folder, sizeof(folder)))
		return error_set(err, "the path of the event file is too long");
	return (exists && !S_ISREG(status.st_mode)) || can_make(folder, user, err);
}

static void check_output(struct check *check, const struct passwd *user)
{
	const char *path = check->session->eve_path;
	struct error err = {0};

	if (!path)
		fine("events", "none are written");
	else if (!strcmp(path, "-"))
		fine("events", "to standard output");
	else if (can_append(check->session, user, &err))
		fine("events", "appended to %s", path);
	else
		wrong(check, "events", &err);
}

static void check_state(struct check *check)
{
	const struct session *session = check->session;
	const char *path = session->state_path;
	struct error err = {0};

	if (!path)
		fine("state", "nothing is kept over a restart");
	else if (session_reads(session, path))
		wrong(check, "state", (error_set(&err, "%s is also read: it would be overwritten", path), &err));
	else if (state_check(path, &err))
		fine("state", "kept in %s", path);
	else
		wrong(check, "state", &err);
}

/* By a sensor that runs already, as when its settings are checked before a reload. */
static bool is_served(const struct metrics_address *address)
{
	struct scrape scrape;

	if (!scrape_fetch(address, &scrape, NULL))
		return false;
	scrape_finish(&scrape);
	return true;
}

static void check_metrics(struct check *check)
{
	struct metrics_address address = {0};
	struct error err = {0};

	if (!check->session->metrics)
		fine("metrics", "none are served");
	else if (address_parse(check->session->metrics, &address, &err) && server_check(&address, &err))
		fine("metrics", "at %s", address.text);
	else if (address.size && is_served(&address))
		fine("metrics", "at %s, where a running sensor serves them", address.text);
	else
		wrong(check, "metrics", &err);
}

/* Wrong settings have been told in one line, and without them there is nothing to try. */
int check_session(struct session *session)
{
	struct check check = {.session = session};
	const struct passwd *user = NULL;
	int code = session_settle(session);

	if (code != EXIT_DONE)
		return code;
	if (session->config_path)
		fine("settings", "%s", session->config_path);
	check_rules(&check);
	check_baseline(&check);
	check_inventory(&check);
	check_interfaces(&check);
	check_user(&check, &user);
	check_output(&check, user);
	check_state(&check);
	check_metrics(&check);
	code = said();
	return code != EXIT_DONE ? code : check.is_wrong ? EXIT_USAGE : EXIT_DONE;
}
