/* SPDX-License-Identifier: Apache-2.0 */
#include "confined.h"

#include <string.h>
#include <unistd.h>

#include "confine.h"

static void add(struct confine_paths *paths, const char *path)
{
	if (path && paths->count < CONFINE_PATHS_MAX)
		paths->items[paths->count++] = path;
}

/* Where the counters of an adapter that comes back will be (src/capture/nic.c). */
static void add_devices(struct confine_paths *paths)
{
	static const char devices[] = "/sys/devices";

	if (access(devices, R_OK) == 0)
		add(paths, devices);
}

/* What SIGHUP reads and opens again. */
static struct confine_options options_of(const struct session *session)
{
	struct confine_options options = {.user = session->user};

	add_devices(&options.reads);
	add(&options.reads, session->config_path);
	add(&options.reads, session->baseline_path);
	for (size_t i = 0; i < session->rule_paths.count; i++)
		add(&options.reads, session->rule_paths.items[i]);
	add(&options.writes, session->state_path);
	if (session->eve_path && strcmp(session->eve_path, "-"))
		add(&options.writes, session->eve_path);
	return options;
}

bool session_confine(const struct session *session, struct error *err)
{
	struct confine_options options = options_of(session);
	struct error lacks;
	bool confined = confine(&options, &lacks, err);

	if (confined && *lacks.text)
		fprintf(stderr, "bittern: less confined than it can be: %s\n", lacks.text);
	return confined;
}
