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

extern const struct command read_command, learn_command, run_command, schema_command;
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

/* What read and learn have in common. */
enum {
	NAMED_MAX = 32, /* files named by a repeatable option */
};

struct named {
	const char *items[NAMED_MAX];
	size_t count;
};

struct session {
	/* as asked for; NULL: not */
	const char *eve_path, *output_path, *filter, *baseline_path;
	struct named rule_paths, mmdb_paths;
	const char *const *inputs;
	size_t input_count;
	struct live_options live_options;
	bool quiet, json;

	/* opened */
	struct run_options run;
	struct capture *capture; /* recorded; or NULL and: */
	struct live *live;
	struct baseline *site;
	struct rules *rules;
	struct places *places; /* where the packets of alerts are, or NULL */
	FILE *summary; /* where the summary for people goes; NULL: nowhere */
};

/* options.c: fills the first part, and what of `run` options say. EXIT_DONE, or has said what is wrong. */
int options_parse(struct session *session, const struct command *command, int argc, char **argv);

/* session.c. EXIT_DONE, or has said what is wrong; `session` is to be finished in any case. Nothing is
 * written before all inputs are open. */
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
