/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the program. Only here (and in main) is a person spoken to.
 */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>

#include "places.h"
#include "run.h"

enum exit_code { /* documented in docs/operations.md and the man page */
	EXIT_DONE = 0,
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

extern const struct command read_command, learn_command, schema_command;
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

/* options.c: what read and learn have in common, parsed and opened. */
struct session {
	struct run_options run;
	struct capture *capture;
	struct baseline *site;
	struct rules *rules;
	const char *output_path;
	bool filtered, quiet, json;
	struct places *places; /* where the packets of alerts are, or NULL */
	FILE *summary; /* where the summary for people goes; NULL: nowhere */
};
/* Returns EXIT_DONE or has said what is wrong. `session` is to be finished in any case. */
int session_open(struct session *session, const struct command *command, int argc, char **argv);
int session_failed(enum run_failure failure, const struct error *err);
void session_finish(struct session *session);

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
