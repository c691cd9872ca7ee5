/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the program. Only here (and in main) is a person spoken to.
 */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>

#include "places.h"
#include "run.h"
#include "yaml.h"

enum exit_code { /* documented in docs/operations.md and the man page */
	EXIT_DONE = 0,
	EXIT_UNWELL = 1, /* bittern status: the sensor runs, and something is wrong */
	EXIT_USAGE = 2,  /* wrong option, filter, baseline or rule */
	EXIT_INPUT = 3,  /* missing, unreadable, not a capture, link type unknown, changed while read */
	EXIT_OUTPUT = 4, /* events, summary or baseline could not be written */
	EXIT_SYSTEM = 5, /* out of memory, no threads */
};

struct option_help {
	const char *name; /* without dashes; NULL: an argument */
	char letter;      /* 0: none */
	const char *value; /* NULL: takes none */
	const char *text;
};

struct command {
	const char *name, *summary, *synopsis, *text;
	const struct option_help *options; /* ends with text NULL */
	const char *const *examples;       /* pairs of explanation and command; ends with NULL */
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command read_command, learn_command, run_command, schema_command, status_command;
extern const struct command *const commands[];
extern const size_t command_count;

/* help.c: both from the same tables */
void help_program(FILE *out);
void help_command(FILE *out, const struct command *command);
void help_man(FILE *out); /* the man page, roff */

/* "bittern read: message", then where to look. Returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "bittern: message". Returns `code`. */
int fail(enum exit_code code, const struct error *err);
/* A file's name may be any bytes: as printable UTF-8. Returns `text`. */
enum {
	TEXT_PATH = 1024,
};
const char *text_path(char text[TEXT_PATH], const char *path);
/* All was said on standard output: EXIT_DONE, or it could not be written. */
int said(void);

/* What read, learn and run have in common. */
enum {
	NAMED_MAX = 32, /* files named by a repeatable option */
};

struct named {
	const char *items[NAMED_MAX];
	size_t count;
};

bool named_add(struct named *list, const char *item); /* false: full */

struct session {
	const struct command *command;
	uint32_t given; /* bit i: the command line says options[i] of the command */

	/* as asked for; NULL: not */
	const char *config_path, *user, *state_path;
	const char *metrics; /* an address */
	const char *eve_path, *output_path, *filter, *baseline_path;
	struct named rule_paths, mmdb_paths;
	const char *const *inputs;
	size_t input_count;
	struct live_options live_options;
	bool quiet, json, check;

	/* opened */
	struct yaml *settings; /* texts above may stand in it; NULL: none */
	struct run_options run;
	bool learns;          /* live: `site` is what it learned by itself */
	int64_t learn_for_ns; /* then: how long, in all */
	struct capture *capture; /* recorded; or NULL and: */
	struct live *live;
	struct baseline *site;
	struct rules *rules;
	struct told *told; /* the end of the event file, before this run adds to it */
	struct places *places; /* where the packets of alerts are, or NULL */
	FILE *summary; /* where the summary for people goes; NULL: nowhere */
};

/* options.c: fills the first part, and what of `run` options say. EXIT_DONE, or has said what is wrong. */
int options_parse(struct session *session, const struct command *command, int argc, char **argv);
/* Do they go together, after the settings were read? The second has said what does not. */
bool options_agree(const struct session *session, struct error *err);
int options_check(const struct session *session);
bool option_given(const struct session *session, const char *name); /* by the command line */
/* A word of the log list: false: there is no such record. Which there are: */
bool options_log(struct run_options *run, const char *word, size_t length);
enum {
	OPTIONS_LOGS = 256,
};
const char *options_logs(char known[OPTIONS_LOGS]);
/* Is it one of the interfaces so far? Twice, each of its frames would be looked at twice. */
bool options_listen(const struct live_options *live, const char *name);

/* settings.c: reads session->config_path into what no option has said; texts live as long as
 * session->settings. False: `err` has FILE:LINE, what is wrong and what would be right. */
bool settings_read(struct session *session, struct error *err);
void settings_help(FILE *out); /* the table of docs/configuration.md */
/* The first setting that differs and that a reload cannot change; NULL: none. */
const char *settings_fixed_change(const struct yaml *before, const struct yaml *now);

/* session.c. EXIT_DONE, or has said what is wrong; `session` is to be finished in any case. Nothing is
 * written before all inputs are open. */
int session_parse(struct session *session, const struct command *command, int argc, char **argv);
int session_open(struct session *session); /* all that session_parse() found */
int session_failed(enum run_failure failure, const struct error *err);
void session_finish(struct session *session);

/* The steps of session_open(), for --check and for what is read again while it runs. */
int session_settle(struct session *session); /* the settings, and do all go together? */
bool is_one_file(const char *one, const char *other); /* also where neither is there yet; NULL: no */
bool session_reads(const struct session *session, const char *path); /* is it one of the inputs? */
bool session_load_rules(struct session *session, struct error *err);
bool session_load(struct session *session, struct error *err); /* rules; a baseline, if it has none */
int session_open_events(const char *path, bool append, struct error *err); /* a descriptor, or -1 */
/* Frees what session_load() and settings_read() made, but for a baseline that is the other's too. */
void session_unload(struct session *session, const struct session *other);
/* Puts rules and baseline of `next`, which is empty then, in place of the session's. */
void session_exchange(struct session *session, struct session *next);

/* learning.c: goes on learning, or judges by what was learned. EXIT_DONE, or has said what is wrong. */
int session_learn(struct session *session);
/* What a run has learned so far, of session->state_path: from when, to when (0: it may still learn). NULL: `err`. */
struct baseline *session_learned(const struct session *session, int64_t *from_ns, int64_t *to_ns,
				 struct error *err);

/* check.c: bittern run --check. */
int check_session(struct session *session);

/* progress.c */
struct progress {
	uint64_t total_bytes;
	double started;
	bool shown;
};
void progress_start(struct progress *progress, struct run_options *run, uint64_t total_bytes);
void progress_end(struct progress *progress); /* wipes the line */

/* summary.c, document.c: for people, for programs. False: could not be written. */
bool summary_print(FILE *out, const struct run_result *result, const struct session *session);
bool document_print(FILE *out, const struct run_result *result, const struct session *session);

#endif
