/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limits.h"
#include "text.h"

struct told {
	size_t size;
	char text[];
};

static struct told *read_end(int fd)
{
	const off_t most = (off_t)MIB(8);
	struct stat status;
	struct told *told;
	ssize_t got;
	off_t size;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return NULL;
	size = status.st_size < most ? status.st_size : most;
	told = malloc(sizeof(*told) + (size_t)size);
	if (!told)
		return NULL;
	got = pread(fd, told->text, (size_t)size, status.st_size - size);
	told->size = got > 0 ? (size_t)got : 0;
	return told;
}

struct told *told_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct told *told = fd < 0 ? NULL : read_end(fd);

	if (fd >= 0)
		close(fd);
	return told;
}

void told_free(struct told *told)
{
	free(told);
}

/* As eve_alert() writes it. Within a text a quotation mark has a backslash before it, so nothing on the
 * wire looks like this. */
bool told_has(const struct told *told, const struct alert *alert)
{
	char line[256], first[TEXT_TIME];
	const char *at;
	size_t size;

	if (!told)
		return false;
	snprintf(line, sizeof(line),
		 "\"alert_id\":\"%s\",\"incident_id\":\"%s\",\"state\":\"%s\",\"count\":%llu,\"first_seen\":\"%s\"",
		 alert->id, alert->incident, alert_state_name(alert->state),
		 (unsigned long long)alert->written_count, text_time(first, alert->first_ns));
	size = strlen(line);
	at = memmem(told->text, told->size, line, size);
	return at && memchr(at, '\n', told->size - (size_t)(at - told->text));
}
