/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks into directories. Symbolic links to files are followed, links to directories are not (as
 * find and grep -r hold it): so there are no loops and no file comes twice. Only regular files are
 * opened: a FIFO in a directory must not make us wait.
 */
#include "find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sniff.h"

/* Takes the file's path, also when it fails. */
static bool add(struct found *found, struct found_file file, struct error *err)
{
	struct found_file *grown;

	if (!file.path)
		return error_set(err, "no memory");
	if (found->count == FIND_FILES_MAX) {
		free(file.path);
		return error_set(err, "more than %d capture files at once", FIND_FILES_MAX);
	}
	if ((found->count & (found->count - 1)) == 0) {
		size_t room = found->count ? 2 * found->count : 1;

		grown = realloc(found->files, room * sizeof(*grown));
		if (!grown) {
			free(file.path);
			return error_set(err, "no memory");
		}
		found->files = grown;
	}
	found->files[found->count++] = file;
	return true;
}

/* 1: it is, 0: it is not, negative errno: cannot be told. */
static int is_capture(const char *path)
{
	uint8_t head[SNIFF_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	int failed = -errno;

	if (fd >= 0)
		close(fd);
	if (got < 0)
		return failed;
	return sniff(cur_of(head, (size_t)got)) != SNIFF_OTHER;
}

static bool look_into(struct found *found, const char *folder, int depth, struct error *err);

static bool look_at(struct found *found, const char *folder, const char *name, int depth,
		    struct error *err)
{
	const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
	struct stat st, link;
	bool fine = true;
	char *path;
	int is;

	if (asprintf(&path, "%s%s%s", folder, slash, name) < 0)
		return error_set(err, "no memory");
	if (stat(path, &st) < 0 || lstat(path, &link) < 0) {
		/* A dangling link, or removed since it was listed. */
	} else if (S_ISDIR(st.st_mode)) {
		if (!S_ISLNK(link.st_mode))
			fine = look_into(found, path, depth + 1, err);
	} else if (S_ISREG(st.st_mode)) {
		/* What cannot be read might have been one: it is kept, to be told of. */
		is = is_capture(path);
		if (is != 0 && is != -ENOENT)
			return add(found, (struct found_file){path, false, is < 0 ? -is : 0}, err);
	}
	free(path);
	return fine;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* By bytes: the order must not depend on anybody's locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool look_into(struct found *found, const char *folder, int depth, struct error *err)
{
	struct dirent **entries;
	int count = -1;
	bool fine = true;

	if (depth > FIND_DEPTH_MAX)
		return error_set(err, "%s: directories nested deeper than %d", folder,
				 FIND_DEPTH_MAX);
	count = scandir(folder, &entries, visible, by_name);
	if (count < 0 && depth > 0) /* like a file that cannot be read */
		return add(found, (struct found_file){strdup(folder), false, errno}, err);
	if (count < 0)
		return error_set(err, "%s: cannot be read: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		fine = fine && look_at(found, folder, entries[i]->d_name, depth, err);
		free(entries[i]);
	}
	free(entries);
	return fine;
}

static bool look_for(struct found *found, const char *given, struct error *err)
{
	size_t before = found->count;
	bool is_stdin = strcmp(given, "-") == 0;
	struct stat st;

	for (size_t i = 0; is_stdin && i < found->count; i++)
		if (strcmp(found->files[i].path, "-") == 0)
			return error_set(err, "standard input (-) can be read only once");
	if (!is_stdin && stat(given, &st) < 0)
		return error_set(err, "%s: cannot be read: %s", given, strerror(errno));
	if (is_stdin || !S_ISDIR(st.st_mode))
		return add(found, (struct found_file){strdup(given), true, 0}, err);
	if (!look_into(found, given, 0, err))
		return false;
	return found->count > before ||
	       error_set(err, "directory %s holds no captures (pcap or pcapng)", given);
}

bool find_captures(struct found *found, const char *const *given, size_t count, struct error *err)
{
	struct found made = {0};

	for (size_t i = 0; i < count; i++) {
		if (!look_for(&made, given[i], err)) {
			found_finish(&made);
			return false;
		}
	}
	*found = made;
	return true;
}

void found_finish(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->files[i].path);
	free(found->files);
	*found = (struct found){0};
}
