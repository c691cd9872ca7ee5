/* SPDX-License-Identifier: Apache-2.0
 *
 * bittern stands still in the reeds and watches.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "hash.h"
#include "label.h"
#include "metrics.h"

const struct command *const commands[] = {&read_command, &learn_command, &run_command,
						&schema_command, &status_command};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static int no_command(const char *name)
{
	struct error err;

	error_set(&err, "no command '%s'; there are read, learn, run, status and schema (see bittern --help)", name);
	return fail(EXIT_USAGE, &err);
}

static int help(const char *topic)
{
	const struct command *command;

	if (topic && (!strcmp(topic, "--help") || !strcmp(topic, "-h")))
		topic = NULL;
	command = topic ? find_command(topic) : NULL;
	if (topic && strcmp(topic, "man") == 0)
		help_man(stdout);
	else if (topic && strcmp(topic, "settings") == 0)
		settings_help(stdout);
	else if (topic && strcmp(topic, "metrics") == 0)
		metrics_help(stdout);
	else if (command)
		help_command(stdout, command);
	else if (topic)
		return no_command(topic);
	else
		help_program(stdout);
	return said();
}

/* A file that is opened must not become standard output because that was closed. */
static void occupy_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct command *command;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(), told in one line */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow further */
	occupy_standard_files();
	hash_init();
	if (argc < 2) {
		help_program(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help(argc > 2 ? argv[2] : NULL);
	if (!strcmp(argv[1], "--version")) {
		printf("bittern " BITTERN_VERSION " (%s)\n", labeller_version());
		return said();
	}
	command = find_command(argv[1]);
	if (!command)
		return no_command(argv[1]);
	return command->run(command, argc - 1, argv + 1);
}
