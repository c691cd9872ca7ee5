/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp: the system calls of a run (seccomp(2)); any other ends the process with SIGSYS, and the
 * kernel's log says which it was. The list is what strace shows of runs with one and more workers and
 * all outputs, and what glibc 2.36 and 2.41 do where a short run does not lead: tests/e2e/confined holds
 * it against a run. Who needs another call writes it here with its reason.
 *
 * Not in it, on purpose: whatever makes, connects or sends on a socket (one that came to the listening
 * socket is accepted, and written to), executes, traces, changes who the process is, or duplicates a
 * descriptor (which would lead around NOT_TO_CAPTURE).
 */
#include "inside.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum condition {
	ALWAYS,
	NOT_TO_CAPTURE, /* its descriptor is none of the capture sockets' */
	NO_CODE,        /* no memory that can be executed */
	A_THREAD,       /* not a process */
	TO_ITSELF,      /* a signal */
	TERMINAL,       /* is it one? */
	LINK_STATE,     /* which interface has a name, is it up? */
	A_RING,         /* of a capture socket: made, given back, for all that passes */
	OF_CAPTURE,     /* its descriptor is a capture socket's */
	LOCK,           /* of a part of a file */
	ON_LISTENER,    /* the socket that was told to listen before; where there is none, not at all */
};

static const struct call {
	int number;
	enum condition condition;
} calls[] = {
	/* Frames stand in shared memory: the kernel is asked only to wait for some and what it dropped. */
	{SCMP_SYS(poll), ALWAYS},
	{SCMP_SYS(ppoll), ALWAYS},       /* poll() where there is no such call (arm64) */
	{SCMP_SYS(getsockopt), ALWAYS},  /* the kernel's counters; why a socket failed */
	{SCMP_SYS(ioctl), LINK_STATE},
	/* An interface that was removed is back: a capture socket is put on it (src/capture/tap.c). */
	{SCMP_SYS(bind), OF_CAPTURE},
	{SCMP_SYS(setsockopt), A_RING},
	{SCMP_SYS(getsockname), ALWAYS}, /* is it on it already? */
	{SCMP_SYS(pread64), ALWAYS}, /* the adapter's counters in /sys */

	/* Metrics (src/metrics/server.c): whoever asks is read and written to like a file. */
	{SCMP_SYS(accept4), ON_LISTENER},
	{SCMP_SYS(shutdown), ALWAYS}, /* the answer ends here; packet sockets know no such thing */

	/* Files. Which ones can be opened is Landlock's business (paths.c). */
	{SCMP_SYS(write), NOT_TO_CAPTURE},  /* events, the summary, a line of failure */
	{SCMP_SYS(writev), NOT_TO_CAPTURE}, /* libc's own last words: assert(), a smashed stack */
	{SCMP_SYS(read), ALWAYS},
	{SCMP_SYS(openat), ALWAYS}, /* rules, baseline; libc: how it may give back memory */
	{SCMP_SYS(close), ALWAYS},
	{SCMP_SYS(fstat), ALWAYS},      /* stdio: how large should a buffer be? glibc from 2.39 */
	{SCMP_SYS(newfstatat), ALWAYS}, /* the same before; stat() */
	{SCMP_SYS(getdents64), ALWAYS}, /* a folder of rules */
	{SCMP_SYS(lseek), ALWAYS},      /* stdio, where a file ends */
	{SCMP_SYS(ioctl), TERMINAL},    /* stdio: line by line? */

	/* The state file and what SQLite keeps beside it: all three are open, and stay. */
	{SCMP_SYS(pwrite64), ALWAYS},  /* sockets have no place to write to: ESPIPE */
	{SCMP_SYS(fdatasync), ALWAYS}, /* of the write-ahead log, before it is taken over */
	{SCMP_SYS(fsync), ALWAYS},     /* the same where there is no fdatasync() */
	{SCMP_SYS(ftruncate), ALWAYS}, /* cuts the log back */
	{SCMP_SYS(fcntl), LOCK},       /* others may read meanwhile */

	/* Memory. */
	{SCMP_SYS(brk), ALWAYS},
	{SCMP_SYS(mmap), NO_CODE},
	{SCMP_SYS(mprotect), NO_CODE},
	{SCMP_SYS(mremap), ALWAYS},
	{SCMP_SYS(munmap), ALWAYS},
	{SCMP_SYS(madvise), ALWAYS},
	{SCMP_SYS(sysinfo), ALWAYS},           /* qsort(): may its copy be that large? */
	{SCMP_SYS(sched_getaffinity), ALWAYS}, /* malloc(): how many arenas are worth it? */
	{SCMP_SYS(getrandom), ALWAYS},         /* keys of hash tables */

	/* Threads, time, signals. */
	{SCMP_SYS(clone), A_THREAD},
	{SCMP_SYS(set_robust_list), ALWAYS},
	{SCMP_SYS(rseq), ALWAYS},
	{SCMP_SYS(futex), ALWAYS},
	{SCMP_SYS(clock_gettime), ALWAYS}, /* where the vdso has no clock to read */
	{SCMP_SYS(clock_nanosleep), ALWAYS},
	{SCMP_SYS(rt_sigaction), ALWAYS},
	{SCMP_SYS(rt_sigprocmask), ALWAYS},
	{SCMP_SYS(rt_sigreturn), ALWAYS},
	{SCMP_SYS(rt_sigtimedwait), ALWAYS}, /* the service waits for SIGTERM and SIGHUP */
	{SCMP_SYS(restart_syscall), ALWAYS}, /* a wait goes on after SIGSTOP and SIGCONT */
	{SCMP_SYS(getpid), ALWAYS},          /* abort(); libcrypto: was there a fork? */
	{SCMP_SYS(gettid), ALWAYS},          /* abort() */
	{SCMP_SYS(tgkill), TO_ITSELF},       /* abort(): our own mistakes end as such */
	{SCMP_SYS(exit), ALWAYS},
	{SCMP_SYS(exit_group), ALWAYS},
};

/* Where these bits of an argument have this value. */
static int allow_if(scmp_filter_ctx filter, int number, unsigned argument, uint64_t mask,
		    uint64_t value)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
				SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, value));
}

/* ---- the capture sockets ---- */

enum {
	DESCRIPTORS = 1 << 12, /* those beyond are never written to */
};

static bool is_capture(int fd)
{
	int domain;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_PACKET;
}

/* Descriptors from `first` up to before `end`, as ranges that one comparison tells: a power of two
 * long and at a multiple of it, as networks are. Not as less and greater than: libseccomp compares 64
 * bits of which the kernel takes 32, so that 2^32 + n would be greater than n, and n. */
static int allow_range(scmp_filter_ctx filter, int number, uint32_t first, uint32_t end)
{
	int failed = 0;

	while (first < end && !failed) {
		uint32_t size = 1;

		while (!(first & size) && first + 2 * size <= end)
			size *= 2;
		failed = allow_if(filter, number, 0, ~(uint64_t)(size - 1), first);
		first += size;
	}
	return failed;
}

/* A packet socket sends what is written to it: all that may be needed are there already, and no number
 * of theirs ever becomes another file's. */
static int allow_on(scmp_filter_ctx filter, int number, bool capture)
{
	int failed = 0;

	for (uint32_t fd = 0, end; fd < DESCRIPTORS && !failed; fd = end) {
		bool is_one = is_capture((int)fd);

		for (end = fd + 1; end < DESCRIPTORS && is_capture((int)end) == is_one;)
			end++;
		if (is_one == capture)
			failed = allow_range(filter, number, fd, end);
	}
	return failed;
}

static int allow_each(scmp_filter_ctx filter, int number, unsigned argument, const unsigned *values,
		      unsigned count)
{
	int failed = 0;

	for (unsigned i = 0; i < count && !failed; i++)
		failed = allow_if(filter, number, argument, UINT32_MAX, values[i]);
	return failed;
}

/* Both of level SOL_PACKET. */
static int allow_ring(scmp_filter_ctx filter, int number)
{
	static const unsigned options[] = {PACKET_RX_RING, PACKET_ADD_MEMBERSHIP};
	int failed = 0;

	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]) && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 2,
					  SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, SOL_PACKET),
					  SCMP_A2(SCMP_CMP_MASKED_EQ, UINT32_MAX, options[i]));
	return failed;
}

/* ---- the listening socket ---- */

static bool is_listener(int fd)
{
	int listens = 0;
	socklen_t size = sizeof(listens);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens;
}

static int allow_on_listener(scmp_filter_ctx filter, int number)
{
	int failed = 0;

	for (int fd = 0; fd < DESCRIPTORS && !failed; fd++) {
		if (is_listener(fd))
			failed = allow_if(filter, number, 0, UINT32_MAX, (uint64_t)fd);
	}
	return failed;
}

/* ---- the list ---- */

static int allow(scmp_filter_ctx filter, const struct call *call)
{
	static const unsigned link_questions[] = {SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFHWADDR};
	const uint64_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
	const int number = call->number;

	switch (call->condition) {
	case NOT_TO_CAPTURE: return allow_on(filter, number, false);
	case ON_LISTENER: return allow_on_listener(filter, number);
	case NO_CODE: return allow_if(filter, number, 2, PROT_EXEC, 0);
	case A_THREAD: return allow_if(filter, number, 0, thread, thread);
	case TO_ITSELF: return allow_if(filter, number, 0, UINT32_MAX, (uint64_t)getpid());
	case TERMINAL: return allow_if(filter, number, 1, UINT32_MAX, TCGETS);
	case LINK_STATE:
		return allow_each(filter, number, 1, link_questions,
				  sizeof(link_questions) / sizeof(link_questions[0]));
	case A_RING: return allow_ring(filter, number);
	case OF_CAPTURE: return allow_on(filter, number, true);
	case LOCK:
		return allow_if(filter, number, 1, UINT32_MAX, F_SETLK) ||
		       allow_if(filter, number, 1, UINT32_MAX, F_GETLK);
	default: return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
}

static int fill(scmp_filter_ctx filter)
{
	/* Its flags are in memory, which a filter cannot read; libc goes on with clone() instead. */
	int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && !failed; i++)
		failed = allow(filter, &calls[i]);
	return failed;
}

bool calls_restrict(struct error *lacks, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int failed = filter ? fill(filter) : -ENOMEM;

	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	if (failed)
		error_set(err, "system calls cannot be restricted: %s", strerror(-failed));
	return !failed;
}

#else

bool calls_restrict(struct error *lacks, struct error *err)
{
	confine_lack(lacks, "built without libseccomp, so any system call can be made");
	return true;
}

#endif
