/* SPDX-License-Identifier: Apache-2.0
 *
 * Landlock (landlock(7)): which files can still be opened, whoever owns them. What is open already
 * stays as it is. libc has no functions for it, and Debian 12's headers know its first two versions of
 * seven: what is younger stands here.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

struct rules {
	uint64_t files, net, scopes; /* what is forbidden where no rule allows it */
};

enum {
	ABI_REFER = 2,
	ABI_TRUNCATE = 3,
	ABI_NET = 4,
	ABI_IOCTL = 5,
	ABI_SCOPES = 6,
};

#define TRUNCATE     (UINT64_C(1) << 14)
#define IOCTL_DEVICE (UINT64_C(1) << 15)
#define NET_ALL      UINT64_C(3) /* bind and connect, TCP */
#define SCOPES_ALL   UINT64_C(3) /* abstract Unix sockets and signals of others */

#define READ_FILE  ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define READ       (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FILE (READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define WRITE      (READ | WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* All that this kernel can forbid. */
static struct rules rules_of(long abi)
{
	uint64_t files =
		((uint64_t)LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* the last of version 1 */

	return (struct rules){
		.files = files | (abi >= ABI_REFER ? LANDLOCK_ACCESS_FS_REFER : 0) |
			 (abi >= ABI_TRUNCATE ? TRUNCATE : 0) |
			 (abi >= ABI_IOCTL ? IOCTL_DEVICE : 0),
		.net = abi >= ABI_NET ? NET_ALL : 0,
		.scopes = abi >= ABI_SCOPES ? SCOPES_ALL : 0,
	};
}

/* A rule is of what is there now. Files are replaced by others of their name: their folder stays. */
static int open_lasting(const char *path, struct stat *status)
{
	char *place = realpath(path, NULL);
	int fd = -1;

	if (place && stat(place, status) == 0)
		fd = open(S_ISREG(status->st_mode) ? dirname(place) : place, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		fstat(fd, status);
	free(place);
	return fd;
}

static bool allow(int ruleset, const char *path, uint64_t access, struct error *err)
{
	struct stat status;
	struct landlock_path_beneath_attr rule = {.parent_fd = open_lasting(path, &status)};
	bool done = false;

	if (rule.parent_fd >= 0) {
		rule.allowed_access = S_ISDIR(status.st_mode) ? access : access & WRITE_FILE;
		done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
			       0) == 0;
	}
	if (!done)
		error_set(err, "cannot keep %s accessible: %s", path, strerror(errno));
	if (rule.parent_fd >= 0)
		close(rule.parent_fd);
	return done;
}

static bool allow_all(int ruleset, const struct confine_paths *paths, uint64_t access,
		      struct error *err)
{
	for (unsigned i = 0; i < paths->count; i++) {
		if (!allow(ruleset, paths->items[i], access, err))
			return false;
	}
	return true;
}

bool paths_open(const struct confine_options *options, int *ruleset, struct error *lacks,
		struct error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct rules rules = rules_of(abi);

	*ruleset = -1;
	if (abi < 1) {
		confine_lack(lacks,
			     "this kernel has no Landlock, so only permissions guard its files");
		return true;
	}
	*ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (*ruleset < 0)
		return error_set(err, "Landlock takes no rules: %s", strerror(errno));
	if (allow_all(*ruleset, &options->reads, READ & rules.files, err) &&
	    allow_all(*ruleset, &options->writes, WRITE & rules.files, err))
		return true;
	close(*ruleset);
	*ruleset = -1;
	return false;
}

bool paths_restrict(int ruleset, struct error *err)
{
	bool done = ruleset < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;

	if (!done)
		error_set(err, "Landlock cannot be put in force: %s", strerror(errno));
	if (ruleset >= 0)
		close(ruleset);
	return done;
}
