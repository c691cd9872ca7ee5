/* SPDX-License-Identifier: Apache-2.0
 *
 * --help and the man page, from the same tables.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli.h"
#include "text.h"

static const char about[] =
	"bittern watches the traffic of an OT or IoT network, recorded or on an interface, and answers:\n"
	"what is on this network, what do the devices say to each other, and what happened that never\n"
	"happened before. It never sends a packet.";

static const char *const exit_codes[] = {
	"0", "done, whatever was found",
	"1", "bittern status: the sensor runs, and something is wrong",
	"2", "wrong option, setting, filter, baseline or rule",
	"3", "input missing, unreadable, no capture or changed while read; no such interface; no sensor answers",
	"4", "events, state, summary or baseline could not be written (full disk, closed pipe)",
	"5", "out of memory or threads; privileges that could not be given up",
	NULL,
};

static const char *const files[] = {
	"/etc/bittern/bittern.yaml", "settings of the service: bittern help settings lists them",
	"/var/log/bittern/eve.json", "its events, a JSON object a line",
	"/var/lib/bittern/state.db", "alerts, inventory and what is learned, over restarts",
	"/run/bittern/metrics.sock", "where bittern status asks",
	NULL,
};

void help_program(FILE *out)
{
	fprintf(out, "bittern " BITTERN_VERSION ": a passive sensor for OT and IoT networks\n\n%s\n\n", about);
	fprintf(out, "Usage: bittern COMMAND [OPTION...] ...\n\nCommands:\n");
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\nTry first:\n  bittern read capture.pcap\n\n"
		     "bittern COMMAND --help tells all about a command, bittern help man prints the man page,\n"
		     "bittern help settings what can be set in a file, bittern help metrics what is counted,\n"
		     "bittern --version says what it was built with. Exit codes:\n");
	for (size_t i = 0; exit_codes[i]; i += 2)
		fprintf(out, "  %s  %s\n", exit_codes[i], exit_codes[i + 1]);
}

static void option_name(const struct option_help *option, char *text, size_t cap)
{
	if (!option->name)
		snprintf(text, cap, "%s", option->value);
	else
		snprintf(text, cap, "%c%c%s--%s%s%s", option->letter ? '-' : ' ',
			 option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
			 option->value ? " " : "", option->value ? option->value : "");
}

void help_command(FILE *out, const struct command *command)
{
	char name[64];

	fprintf(out, "Usage: %s\n\n%s\n\nOptions:\n", command->synopsis, command->text);
	for (const struct option_help *option = command->options; option->text; option++) {
		const char *line = option->text;

		option_name(option, name, sizeof(name));
		fprintf(out, "  %-26s", name);
		for (;;) { /* continued lines stand under the first */
			int length = (int)strcspn(line, "\n");

			fprintf(out, " %.*s\n", length, line);
			if (!line[length])
				break;
			line += length + 1;
			fprintf(out, "  %-26s", "");
		}
	}
	fprintf(out, "\nExamples:\n");
	for (const char *const *example = command->examples; *example; example += 2)
		fprintf(out, "  # %s\n  %s\n", example[0], example[1]);
}

/* Text as roff: a backslash and a leading dot mean something there, and dashes are minus signs. */
static void roff(FILE *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\\')
			fputs("\\e", out);
		else if (*at == '-')
			fputs("\\-", out);
		else if (*at == '.' && (at == text || at[-1] == '\n'))
			fputs("\\&.", out);
		else
			fputc(*at, out);
	}
	fputc('\n', out);
}

static void man_command(FILE *out, const struct command *command)
{
	char name[64];

	fprintf(out, ".SS ");
	roff(out, command->synopsis);
	roff(out, command->text);
	for (const struct option_help *option = command->options; option->text; option++) {
		option_name(option, name, sizeof(name));
		fprintf(out, ".TP\n.B ");
		roff(out, name + strspn(name, " "));
		roff(out, option->text);
	}
	for (const char *const *example = command->examples; *example; example += 2) {
		fprintf(out, ".PP\n");
		roff(out, example[0]);
		fprintf(out, ".EX\n");
		roff(out, example[1]);
		fprintf(out, ".EE\n");
	}
}

/* Pairs: what, and what is to be said of it. */
static void man_list(FILE *out, const char *title, const char *const *list)
{
	fprintf(out, ".SH %s\n", title);
	for (; *list; list += 2) {
		fprintf(out, ".TP\n.B ");
		roff(out, list[0]);
		roff(out, list[1]);
	}
}

void help_man(FILE *out)
{
	fprintf(out, ".TH BITTERN 1 \"\" \"bittern " BITTERN_VERSION "\"\n.SH NAME\n"
		     "bittern \\- passive sensor for OT and IoT networks\n.SH SYNOPSIS\n"
		     ".B bittern\n.I COMMAND\n[OPTION...] ...\n.SH DESCRIPTION\n");
	roff(out, about);
	fprintf(out, ".SH COMMANDS\n");
	for (size_t i = 0; i < command_count; i++)
		man_command(out, commands[i]);
	man_list(out, "FILES", files);
	man_list(out, "EXIT STATUS", exit_codes);
}

/* One line, whatever a file is called. */
static void print_line(const char *before, const char *text, const char *after)
{
	char line[2 * sizeof(struct error)];

	text_printable(line, sizeof(line), cur_of(text, strlen(text)));
	fprintf(stderr, "%s%s%s\n", before, line, after);
}

int usage_error(const struct command *command, const char *format, ...)
{
	char before[32], text[sizeof(struct error)], after[48];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(before, sizeof(before), "bittern %s: ", command->name);
	snprintf(after, sizeof(after), " (see bittern %s --help)", command->name);
	print_line(before, text, after);
	return EXIT_USAGE;
}

int fail(enum exit_code code, const struct error *err)
{
	print_line("bittern: ", err->text, "");
	return (int)code;
}

const char *text_path(char text[TEXT_PATH], const char *path)
{
	text_printable(text, TEXT_PATH, cur_of(path, strlen(path)));
	return text;
}

int said(void)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	error_set(&err, "cannot write to standard output: %s", strerror(errno));
	return fail(EXIT_OUTPUT, &err);
}
