/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "inside.h"

#ifdef SANITIZED
/* The sanitizers read /proc, trace their own process and have a thread of their own. */
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

void confine_lack(struct error *lacks, const char *what)
{
	size_t used = strlen(lacks->text);

	snprintf(lacks->text + used, sizeof(lacks->text) - used, "%s%s", used ? "; " : "", what);
}

/* Some of what is dropped belongs to threads: one that runs already would keep it. The folder's links
 * are its own two and one for each thread. */
static bool is_alone(void)
{
	struct stat tasks;

	return is_sanitized || stat("/proc/self/task", &tasks) < 0 || tasks.st_nlink <= 3;
}

/* What libraries open when they are first used, they open now: libcrypto its configuration, without
 * which it reads no certificate, and libc the time zone. */
static void warm_up(void)
{
	digest_warm_up();
	tzset();
}

/* No program that is started could gain privileges, and none of this user looks into our memory, or
 * finds it in a core file: there are other people's secrets in the traffic. */
static bool shut_doors(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, "cannot rule out new privileges: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, is_sanitized, 0, 0, 0) < 0)
		return error_set(err, "cannot rule out core dumps: %s", strerror(errno));
	return true;
}

bool confine_check_user(const char *user, struct error *err)
{
	struct identity identity;

	return identity_find(user, &identity, err);
}

bool confine_user(const char *user, uid_t *uid, gid_t *gid, struct error *err)
{
	struct identity identity;

	if (!identity_find(user, &identity, err))
		return false;
	*uid = identity.uid;
	*gid = identity.gid;
	return true;
}

bool confine(const struct confine_options *options, struct error *lacks, struct error *err)
{
	struct identity identity;
	int ruleset = -1;

	lacks->text[0] = '\0';
	if (!is_alone())
		return error_set(err, "a thread was started before privileges were given up");
	if (!identity_find(options->user, &identity, err))
		return false;
	if (identity.is_makeshift)
		confine_lack(lacks, "there is no user bittern, so it runs as nobody");
	if (is_sanitized)
		confine_lack(lacks, "built with sanitizers, so without Landlock and seccomp");
	warm_up();
	if (!is_sanitized && !paths_open(options, &ruleset, lacks, err))
		return false;
	if (!privileges_drop(&identity, err) || !shut_doors(err)) {
		if (ruleset >= 0)
			close(ruleset);
		return false;
	}
	return is_sanitized || (paths_restrict(ruleset, err) && calls_restrict(lacks, err));
}
