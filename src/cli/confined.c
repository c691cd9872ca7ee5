/* SPDX-License-Identifier: Apache-2.0 */
#include "confined.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "confine.h"

/* Of a file its folder: editors and logrotate put another file in the place of the one that was there
 * when it began. What is no regular file stays what it is. */
static char *place_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat status;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return strdup(path);
	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static void add(struct confine_paths *paths, const char *path)
{
	char *place = path && paths->count < CONFINE_PATHS_MAX ? place_of(path) : NULL;

	if (place)
		paths->items[paths->count++] = place;
}

static void empty(struct confine_paths *paths)
{
	while (paths->count)
		free((char *)paths->items[--paths->count]);
}

/* What SIGHUP reads and opens again. */
static struct confine_options options_of(const struct session *session)
{
	struct confine_options options = {.user = session->user};

	add(&options.reads, session->config_path);
	add(&options.reads, session->baseline_path);
	for (size_t i = 0; i < session->rule_paths.count; i++)
		add(&options.reads, session->rule_paths.items[i]);
	if (session->eve_path && strcmp(session->eve_path, "-"))
		add(&options.writes, session->eve_path);
	return options;
}

bool session_confine(const struct session *session, struct error *err)
{
	struct confine_options options = options_of(session);
	struct error lacks;
	bool confined = confine(&options, &lacks, err);

	empty(&options.reads);
	empty(&options.writes);
	if (confined && *lacks.text)
		fprintf(stderr, "bittern: less confined than it can be: %s\n", lacks.text);
	return confined;
}
