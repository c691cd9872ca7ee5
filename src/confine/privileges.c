/* SPDX-License-Identifier: Apache-2.0
 *
 * Who the process is: user, groups and capabilities (capabilities(7), credentials(7)). What was given
 * up is asked for again, so that a kernel, a library or a mistake that keeps it ends the run.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

#define OWN_USER  "bittern"
#define MAKESHIFT "nobody"

/* ---- who to be ---- */

static bool look_up(const char *name, struct identity *identity, struct error *err)
{
	const struct passwd *entry = getpwnam(name);

	if (!entry)
		return error_set(err, "there is no user %s (adduser --system --group %s makes one)", name, name);
	if (entry->pw_uid == 0 || entry->pw_gid == 0)
		return error_set(err,
				 "user %s is root or of its group: it needs one without privileges",
				 name);
	*identity = (struct identity){.uid = entry->pw_uid, .gid = entry->pw_gid};
	snprintf(identity->name, sizeof(identity->name), "%s", name);
	return true;
}

/* Root becomes somebody. */
static bool look_up_any(const char *user, struct identity *identity, struct error *err)
{
	if (user)
		return look_up(user, identity, err);
	if (look_up(OWN_USER, identity, NULL))
		return true;
	if (!look_up(MAKESHIFT, identity, NULL))
		return error_set(err, "root reads no traffic, and there is neither a user " OWN_USER
				      " nor " MAKESHIFT ": name one with --user");
	identity->is_makeshift = true;
	return true;
}

/* Who is not root stays what it is. */
static bool stay(const char *user, struct identity *identity, struct error *err)
{
	if (user && !look_up(user, identity, err))
		return false;
	if (user && identity->uid != geteuid())
		return error_set(err, "only root can become user %s", user);
	*identity = (struct identity){.name = "itself", .uid = geteuid(), .gid = getegid()};
	if (identity->gid == 0)
		return error_set(err, "its group is root's: it needs one without privileges");
	return true;
}

bool identity_find(const char *user, struct identity *identity, struct error *err)
{
	return (geteuid() == 0 ? look_up_any : stay)(user, identity, err);
}

/* ---- capabilities ---- */

static bool empty_bounding_set(void)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return false;
	}
	return true;
}

/* Effective, permitted, inheritable; and with them ambient, which cannot hold more. */
static bool empty_sets(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
	       syscall(SYS_capset, &head, none) == 0;
}

static bool has_capability(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
	uint32_t any = 0;

	if (syscall(SYS_capget, &head, sets) < 0)
		return true;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		any |= sets[i].effective | sets[i].permitted | sets[i].inheritable;
	return any != 0;
}

/* ---- dropping ---- */

static bool become(const struct identity *identity)
{
	return setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
	       setresuid(identity->uid, identity->uid, identity->uid) == 0;
}

static bool is_only(const struct identity *identity)
{
	uid_t uid[3];
	gid_t gid[3];
	bool only = getresuid(&uid[0], &uid[1], &uid[2]) == 0 &&
		    getresgid(&gid[0], &gid[1], &gid[2]) == 0;

	for (int i = 0; only && i < 3; i++)
		only = uid[i] == identity->uid && gid[i] == identity->gid;
	return only;
}

static bool can_return(void)
{
	return setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || setresgid((gid_t)-1, 0, (gid_t)-1) == 0;
}

bool privileges_drop(const struct identity *identity, struct error *err)
{
	bool is_root = geteuid() == 0;

	/* Without privilege neither can be done: the bounding set is then idle, for nothing is ever
	 * executed, and the groups are those of the user who started it. */
	if (!empty_bounding_set() && is_root)
		return error_set(
			err,
			"cannot empty the capability bounding set: %s (root needs CAP_SETPCAP)",
			strerror(errno));
	if (setgroups(0, NULL) < 0 && is_root)
		return error_set(err, "cannot leave root's groups: %s (root needs CAP_SETGID)",
				 strerror(errno));
	if (!become(identity))
		return error_set(err,
				 "cannot become user %s: %s (root needs CAP_SETUID and CAP_SETGID)",
				 identity->name, strerror(errno));
	if (!empty_sets())
		return error_set(err, "cannot give up capabilities: %s", strerror(errno));
	if (!is_only(identity) || has_capability() || can_return() || geteuid() == 0)
		return error_set(err, "privileges given up came back: it does not go on like this");
	return true;
}
