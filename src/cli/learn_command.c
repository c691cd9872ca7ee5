/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "text.h"

static const struct option_help options[] = {
	{NULL, 0, "FILE|DIR|-", "captures of normal operation, as for bittern read"},
	{"output", 'o', "FILE", "the baseline (YAML: to be read, reviewed and edited); -: standard output"},
	{"state", 0, "FILE", "instead of captures: what bittern run --learn-for has learned so far"},
	{"filter", 'f', "EXPR", "only packets that match this BPF expression"},
	{"workers", 'w', "N", "threads (default: one per core)"},
	{"flows", 0, "N", "follow so many flows at a time, at most (default: 524288)"},
	{"quiet", 'q', NULL, "say nothing when done"},
	{"help", 'h', NULL, "this text"},
	{NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
	"learn what is normal",
	"bittern learn week-47/ -o site.yaml",
	"what changed since last month?",
	"bittern learn week-51/ -o new.yaml && diff site.yaml new.yaml",
	"what has the sensor learned?",
	"bittern learn --state /var/lib/bittern/state.db -o site.yaml",
	NULL,
};

static bool write_to(const struct baseline *learned, FILE *out, const char *path, struct error *err)
{
	if (baseline_write(learned, out) && fflush(out) == 0)
		return true;
	return error_set(err, "cannot write %s: %s", path, strerror(errno));
}

/* A device or a FIFO is written to; putting a file in its place would destroy it. */
static bool write_special(const struct baseline *learned, const char *path, struct error *err)
{
	FILE *out = fopen(path, "w");
	bool written;

	if (!out)
		return error_set(err, "cannot open %s: %s", path, strerror(errno));
	written = write_to(learned, out, path, err);
	fclose(out);
	return written;
}

/* Written beside and then renamed: a full disk leaves the old baseline as it was. */
static bool write_beside(const struct baseline *learned, const char *path, struct error *err)
{
	mode_t mask = umask(0);
	char beside[4096];
	FILE *out;
	int fd;

	umask(mask);
	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= (int)sizeof(beside))
		return error_set(err, "the path of the baseline is too long");
	fd = mkstemp(beside);
	if (fd < 0)
		return error_set(err, "cannot create %s: %s", path, strerror(errno));
	out = fdopen(fd, "w");
	if (!out) {
		error_set(err, "cannot create %s: %s", path, strerror(errno));
		close(fd);
		goto remove;
	}
	/* mkstemp() makes a private file; this one is to be read by others as any file here. */
	if (!write_to(learned, out, path, err)) {
		fclose(out);
		goto remove;
	}
	if (fchmod(fd, 0666 & ~mask) || fsync(fd)) {
		error_set(err, "cannot write %s: %s", path, strerror(errno));
		fclose(out);
		goto remove;
	}
	fclose(out);
	if (rename(beside, path) == 0)
		return true;
	error_set(err, "cannot write %s: %s", path, strerror(errno));
remove:
	unlink(beside);
	return false;
}

static bool write_file(const struct baseline *learned, const char *path, struct error *err)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return write_to(learned, stdout, "the baseline to standard output", err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_special(learned, path, err);
	return write_beside(learned, path, err);
}

static void tell(const struct run_result *result, const char *path)
{
	char operations[TEXT_TIME], packets[TEXT_TIME], span[TEXT_TIME];

	printf("Learned from %s packets and %s operations over %s: %zu devices. Written to %s.\n"
	       "Review it, then judge by it: bittern read --baseline %s CAPTURE\n",
	       text_count(packets, result->stats.packets),
	       text_count(operations, result->stats.operations),
	       text_duration(span, result->stats.last_ns - result->stats.first_ns),
	       baseline_device_count(result->learned), path, path);
	if (result->stats.learn_dropped)
		printf("Not all was learned: %s entries were over the caps (docs/operations.md).\n",
		       text_count(operations, result->stats.learn_dropped));
}

/* What a sensor has learned by itself, whether it runs or not. */
static int learn_from_state(const struct session *session)
{
	const char *path = session->output_path;
	char from[TEXT_TIME], to[TEXT_TIME];
	struct baseline *site;
	struct error err = {0};
	int64_t from_ns = 0, to_ns = 0;
	int code = EXIT_DONE;

	if (!path)
		return usage_error(session->command, "where to? Name the baseline with -o FILE");
	if (is_one_file(path, session->state_path))
		return usage_error(session->command, "--output %s is the state: it would be overwritten", path);
	site = session_learned(session, &from_ns, &to_ns, &err);
	if (!site)
		return fail(EXIT_INPUT, &err);
	if (!write_file(site, path, &err))
		code = fail(EXIT_OUTPUT, &err);
	if (code == EXIT_DONE && !session->quiet && strcmp(path, "-")) {
		printf("Learned from %s to %s: %zu devices. Written to %s.\n"
		       "Review it, then judge by it: bittern run --baseline %s\n",
		       text_time(from, from_ns), to_ns ? text_time(to, to_ns) : "now, and goes on",
		       baseline_device_count(site), path, path);
		code = said();
	}
	baseline_destroy(site);
	return code;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct run_result result = {0};
	struct session session;
	struct progress progress;
	struct error err = {0};
	int code = session_parse(&session, self, argc, argv);

	if (code == EXIT_DONE && session.state_path) {
		code = options_check(&session);
		if (code == EXIT_DONE)
			code = learn_from_state(&session);
		session_finish(&session);
		return code;
	}
	if (code == EXIT_DONE)
		code = session_open(&session);
	if (code == EXIT_DONE && !session.output_path)
		code = usage_error(self, "where to? Name the baseline with -o FILE");
	if (code == EXIT_DONE) {
		session.run.learn = true;
		progress_start(&progress, &session.run, capture_bytes(session.capture));
		code = session_failed(run_capture(&session.run, &result, &err), &err);
		progress_end(&progress);
	}
	if (code == EXIT_DONE && !write_file(result.learned, session.output_path, &err))
		code = fail(EXIT_OUTPUT, &err);
	if (code == EXIT_DONE && !session.quiet && strcmp(session.output_path, "-")) {
		tell(&result, session.output_path);
		code = said();
	}
	run_result_finish(&result);
	session_finish(&session);
	return code;
}

const struct command learn_command = {
	.name = "learn",
	.summary = "learn from captures what is normal",
	.synopsis = "bittern learn [OPTION...] FILE|DIR|-...|--state FILE -o FILE",
	.text = "Learns devices, who talks to whom with which service, and per unit which functions, address\n"
		"ranges and written values. The result is a YAML document (docs/baseline.md).",
	.options = options,
	.examples = examples,
	.run = run,
};
