/* SPDX-License-Identifier: Apache-2.0
 *
 * Children confine themselves and try what is forbidden, and what a run needs. As root they become
 * nobody; what needs root (packet sockets, changing user) is tried only then. Where the build or the
 * kernel has no seccomp or Landlock, `lacks` has to say so.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/ethernet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "suite.h"

enum {
	DONE = 0,
	DENIED = 1, /* EACCES */
	OTHER = 2,  /* another failure */
	UNCONFINED = 99,
};

#if defined(HAVE_SECCOMP) && !defined(SANITIZED)
static const bool has_seccomp = true;
#else
static const bool has_seccomp = false;
#endif

/* ---- a child ---- */

static char folder[64], kept[96], readable[96], elsewhere[96];
static struct confine_options options;
static int pipe_ends[2], go_ends[2];

static void make_folder(char *path, size_t size, const char *name)
{
	char file[128];
	int fd;

	snprintf(path, size, "%s/%s", folder, name);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	snprintf(file, sizeof(file), "%s/file", path);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

/* All may be read and written by everybody: what is refused is refused by Landlock. */
static void set_up(void)
{
	umask(0);
	snprintf(folder, sizeof(folder), "/tmp/test_confine.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	chmod(folder, 0777);
	make_folder(kept, sizeof(kept), "kept");
	make_folder(readable, sizeof(readable), "readable");
	make_folder(elsewhere, sizeof(elsewhere), "elsewhere");
	options = (struct confine_options){
		.user = geteuid() == 0 ? "nobody" : NULL,
		.reads = {{readable}, 1},
		.writes = {{kept}, 1},
	};
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(pipe(go_ends), 0);
}

static void tear_down(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
	for (int i = 0; i < 2; i++) {
		close(pipe_ends[i]);
		close(go_ends[i]);
	}
}

/* How a child ends that confines itself and then tries it: its exit status, or minus the signal. */
static int outcome(int (*attempt)(void))
{
	struct error lacks, err;
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGSYS, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		_exit(confine(&options, &lacks, &err) ? attempt() : UNCONFINED);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int said(bool done)
{
	return done ? DONE : errno == EACCES ? DENIED : OTHER;
}

/* ---- system calls ---- */

static int datagram_socket; /* made before */
static struct sockaddr somewhere = {.sa_family = AF_UNSPEC};

/* clang-format off */
static int make_socket(void) { return said(socket(AF_INET, SOCK_DGRAM, 0) >= 0); }
static int make_netlink(void) { return said(socket(AF_NETLINK, SOCK_RAW, 0) >= 0); }
static int connect_it(void) { return said(connect(datagram_socket, &somewhere, sizeof(somewhere)) == 0); }
static int send_it(void) { return said(send(datagram_socket, "x", 1, 0) == 1); }
static int send_message(void) { return said(sendmsg(datagram_socket, &(struct msghdr){0}, 0) == 0); }
static int bind_it(void) { return said(bind(datagram_socket, &somewhere, sizeof(somewhere)) == 0); }
static int execute(void) { return said(execl("/bin/true", "true", NULL) == 0); }
static int fork_off(void) { return said(fork() >= 0); }
static int trace(void) { return said(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0); }
static int become_root(void) { return said(setuid(0) == 0); }
static int regroup(void) { return said(setgroups(0, NULL) == 0); }
static int change_root(void) { return said(chroot("/") == 0); }
static int send_signal(void) { return said(kill(getpid(), 0) == 0); }
static int duplicate(void) { return said(dup2(datagram_socket, 77) == 77); }
static int lead_around(void) { return said(syscall(SYS_io_uring_setup, 1, NULL) >= 0); }
static int impersonate(void) { return said(personality(0) >= 0); }
/* clang-format on */

static int executable_memory(void)
{
	return said(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		    MAP_FAILED);
}

static int executable_later(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? UNCONFINED
				    : said(mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0);
}

START_TEST(forbidden_calls_kill)
{
	static const struct {
		const char *name;
		int (*attempt)(void);
	} forbidden[] = {
		{"socket", make_socket},     {"netlink", make_netlink},
		{"connect", connect_it},     {"send", send_it},
		{"sendmsg", send_message},   {"bind", bind_it},
		{"execve", execute},         {"fork", fork_off},
		{"ptrace", trace},           {"setuid", become_root},
		{"setgroups", regroup},      {"chroot", change_root},
		{"kill", send_signal},       {"dup2", duplicate},
		{"io_uring", lead_around},   {"personality", impersonate},
		{"mmap", executable_memory}, {"mprotect", executable_later},
	};

	datagram_socket = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_ge(datagram_socket, 0);
	for (size_t i = 0; has_seccomp && i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		int ended = outcome(forbidden[i].attempt);

		ck_assert_msg(ended == -SIGSYS, "%s: %d instead of death by SIGSYS",
			      forbidden[i].name, ended);
	}
	close(datagram_socket);
}
END_TEST

static void *add_one(void *number)
{
	void *memory = malloc(1 << 20); /* an arena of its own */

	*(int *)number += memory != NULL;
	free(memory);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int work(void)
{
	static int numbers[100000];
	struct pollfd polled = {pipe_ends[0], POLLIN, 0};
	struct timespec now, moment = {0, 1000};
	pthread_t thread;
	int sum = 0;
	char *memory = malloc(1 << 20);

	for (int i = 0; i < 100000; i++)
		numbers[i] = i * 7919 % 100000;
	qsort(numbers, 100000, sizeof(numbers[0]), by_value);
	memory = realloc(memory, 8 << 20);
	if (!memory || pthread_create(&thread, NULL, add_one, &sum) || pthread_join(thread, NULL) ||
	    sum != 1)
		return OTHER;
	free(memory);
	nanosleep(&moment, NULL);
	if (clock_gettime(CLOCK_REALTIME, &now) || poll(&polled, 1, 0) != 0 ||
	    write(pipe_ends[1], "x", 1) != 1)
		return OTHER;
	fprintf(stdout, "confined, and at work\n");
	return said(fflush(stdout) == 0 && poll(&polled, 1, 1000) == 1);
}

static int give_up(void)
{
	abort();
}

START_TEST(a_run_can_work)
{
	ck_assert_int_eq(outcome(work), DONE);
	ck_assert_int_eq(outcome(give_up), -SIGABRT);
}
END_TEST

/* ---- capture sockets ---- */

/* Descriptors, out of the way of those that the test was given. */
enum {
	FIRST_SOCKET = 100,
	BETWEEN = 101,
	LAST_SOCKET = 102,
};

/* clang-format off */
static int write_to_capture(void) { return said(write(FIRST_SOCKET, "x", 1) == 1); }
static int write_beside(void) { return said(write(pipe_ends[1], "x", 1) == 1); }
static int write_between(void) { return said(write(BETWEEN, "x", 1) == 1); }
/* clang-format on */

/* The kernel takes the lower half of the register. */
static int write_in_disguise(void)
{
	return said(syscall(SYS_write, LAST_SOCKET | INT64_C(1) << 32, "x", 1) == 1);
}

START_TEST(capture_sockets_are_not_written_to)
{
	int packets = socket(AF_PACKET, SOCK_RAW, 0);

	if (packets < 0) {
		printf("capture sockets: not tried, they need root\n");
		return;
	}
	ck_assert_int_eq(dup2(packets, FIRST_SOCKET), FIRST_SOCKET);
	ck_assert_int_eq(dup2(pipe_ends[1], BETWEEN), BETWEEN);
	ck_assert_int_eq(dup2(packets, LAST_SOCKET), LAST_SOCKET);
	close(packets);
	ck_assert_int_eq(outcome(write_beside), DONE);
	ck_assert_int_eq(outcome(write_between), DONE);
	if (has_seccomp) {
		ck_assert_int_eq(outcome(write_to_capture), -SIGSYS);
		ck_assert_int_eq(outcome(write_in_disguise), -SIGSYS);
	}
	for (int fd = FIRST_SOCKET; fd <= LAST_SOCKET; fd++)
		close(fd);
}
END_TEST

/* ---- metrics: a socket that listened before ---- */

static int listener, visitor; /* which connects, from outside */

static void listen_in(const char *where)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", where);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	visitor = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(connect(visitor, (struct sockaddr *)&name, sizeof(name)), 0);
}

/* clang-format off */
static int accept_elsewhere(void) { return said(accept4(datagram_socket, NULL, NULL, 0) >= 0); }
static int accept_otherwise(void) { return said(accept(listener, NULL, NULL) >= 0); }
static int listen_more(void) { return said(listen(listener, 2) == 0); }
/* clang-format on */

static int answer_visitor(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	char byte;

	return said(fd >= 0 && read(fd, &byte, 1) < 0 && errno == EAGAIN && write(fd, "x", 1) == 1 &&
		    shutdown(fd, SHUT_WR) == 0 && close(fd) == 0);
}

START_TEST(only_what_listened_before_is_answered)
{
	static int (*const forbidden[])(void) = {accept_elsewhere, accept_otherwise, listen_more};
	char byte = 0;

	datagram_socket = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_ge(datagram_socket, 0);
	if (has_seccomp)
		ck_assert_int_eq(outcome(accept_elsewhere), -SIGSYS); /* nothing listens at all */
	listen_in(folder);
	for (size_t i = 0; has_seccomp && i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		ck_assert_int_eq(outcome(forbidden[i]), -SIGSYS);
	ck_assert_int_eq(outcome(answer_visitor), DONE);
	ck_assert_int_eq(read(visitor, &byte, 1), 1);
	ck_assert_int_eq(byte, 'x');
	close(visitor);
	close(listener);
	close(datagram_socket);
}
END_TEST

/* ---- files ---- */

static int open_in(const char *where, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", where, name);
	return said(openat(AT_FDCWD, path, flags | O_CLOEXEC, 0600) >= 0);
}

/* clang-format off */
static int read_kept(void) { return open_in(kept, "file", O_RDONLY); }
static int write_kept(void) { return open_in(kept, "file", O_WRONLY | O_TRUNC); }
static int make_kept(void) { return open_in(kept, "new", O_WRONLY | O_CREAT | O_EXCL); }
static int read_readable(void) { return open_in(readable, "file", O_RDONLY); }
static int list_readable(void) { return open_in(readable, ".", O_RDONLY | O_DIRECTORY); }
static int write_readable(void) { return open_in(readable, "file", O_WRONLY); }
static int cut_readable(void) { return open_in(readable, "file", O_RDONLY | O_TRUNC); }
static int make_readable(void) { return open_in(readable, "new", O_WRONLY | O_CREAT); }
static int read_elsewhere(void) { return open_in(elsewhere, "file", O_RDONLY); }
static int write_elsewhere(void) { return open_in(elsewhere, "file", O_WRONLY); }
static int make_elsewhere(void) { return open_in(elsewhere, "new", O_WRONLY | O_CREAT); }
static int read_system(void) { return open_in("/etc", "passwd", O_RDONLY); }
/* clang-format on */

static bool has_landlock(void)
{
	bool has = false;
#ifndef SANITIZED
	has = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
#endif
	if (!has)
		printf("files: not tried, this kernel or build has no Landlock\n");
	return has;
}

START_TEST(files_elsewhere_stay_shut)
{
	ck_assert_int_eq(outcome(read_kept), DONE);
	ck_assert_int_eq(outcome(write_kept), DONE);
	ck_assert_int_eq(outcome(make_kept), DONE);
	ck_assert_int_eq(outcome(read_readable), DONE);
	ck_assert_int_eq(outcome(list_readable), DONE);
	if (!has_landlock())
		return;
	ck_assert_int_eq(outcome(write_readable), DENIED);
	ck_assert_int_eq(outcome(cut_readable), DENIED);
	ck_assert_int_eq(outcome(make_readable), DENIED);
	ck_assert_int_eq(outcome(read_elsewhere), DENIED);
	ck_assert_int_eq(outcome(write_elsewhere), DENIED);
	ck_assert_int_eq(outcome(make_elsewhere), DENIED);
	ck_assert_int_eq(outcome(read_system), DENIED);
}
END_TEST

/* bittern learn replaces its file, logrotate moves it: the name is what was meant. */
static int read_replaced(void)
{
	char go;

	return write(pipe_ends[1], "x", 1) == 1 && read(go_ends[0], &go, 1) == 1 ? read_readable()
										 : OTHER;
}

START_TEST(a_replaced_file_can_be_read)
{
	struct error lacks, err;
	char path[128], other[128], go;
	pid_t child;
	int status;

	snprintf(path, sizeof(path), "%s/file", readable);
	snprintf(other, sizeof(other), "%s/file", elsewhere);
	options.reads.items[0] = path;
	child = fork();
	if (child == 0)
		_exit(confine(&options, &lacks, &err) ? read_replaced() : UNCONFINED);
	ck_assert_int_eq(read(pipe_ends[0], &go, 1), 1);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(write(go_ends[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), DONE);
}
END_TEST

START_TEST(a_path_that_is_not_there_is_refused)
{
	options.reads.items[0] = "/no/such/file";
	if (has_landlock())
		ck_assert_int_eq(outcome(read_readable), UNCONFINED);
}
END_TEST

/* ---- who it is ---- */

static int wait_for_the_end(void)
{
	struct pollfd polled = {pipe_ends[0], 0, 0};

	if (write(pipe_ends[1], "x", 1) != 1)
		return OTHER;
	for (;;)
		poll(&polled, 1, 1000);
}

/* Than root has to: groups, and capabilities that it would keep as another user. */
static void have_more(void)
{
	static const gid_t groups[] = {1, 7};

	if (geteuid() == 0 && (setgroups(2, groups) || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)))
		_exit(OTHER);
}

static void expect_line(const char *status, const char *name, const char *expected)
{
	const char *line = strstr(status, name);
	size_t length = line ? strcspn(line, "\n") : 0;

	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strlen(name) + strlen(expected) == length &&
			      memcmp(line + strlen(name), expected, strlen(expected)) == 0,
		      "%.*s instead of %s%s", (int)length, line, name, expected);
}

START_TEST(nothing_is_left_of_root)
{
	static const char *const sets[] = {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapAmb:\t",
					   "CapBnd:\t"};
	struct error lacks, err;
	pid_t child = fork();
	char path[64], status[4096], go;
	FILE *file;

	if (child == 0) {
		have_more();
		_exit(confine(&options, &lacks, &err) ? wait_for_the_end() : UNCONFINED);
	}
	ck_assert_int_eq(read(pipe_ends[0], &go, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	status[fread(status, 1, sizeof(status) - 1, file)] = '\0';
	fclose(file);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]) - (geteuid() != 0); i++)
		expect_line(status, sets[i], "0000000000000000");
	expect_line(status, "NoNewPrivs:\t", "1");
	if (has_seccomp)
		expect_line(status, "Seccomp:\t", "2");
	if (geteuid() != 0)
		return;
	expect_line(status, "Groups:\t", " ");
	expect_line(status, "Uid:\t", "65534\t65534\t65534\t65534");
	expect_line(status, "Gid:\t", "65534\t65534\t65534\t65534");
}
END_TEST

START_TEST(only_a_user_without_privileges_will_do)
{
	struct error err = {0};

	ck_assert(!confine_check_user("root", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "root"));
	ck_assert(!confine_check_user("no-such-user", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "no-such-user"));
	ck_assert(confine_check_user("nobody", &err) == (geteuid() == 0 || geteuid() == 65534));
	options.user = "no-such-user";
	ck_assert_int_eq(outcome(read_readable), UNCONFINED);
}
END_TEST

static void *wait_for_a_byte(void *nothing)
{
	char go;

	return read(pipe_ends[0], &go, 1) == 1 ? nothing : NULL;
}

START_TEST(a_thread_would_be_left_out)
{
	struct error lacks, err = {0};
	pthread_t thread;
	bool confined;

#ifdef SANITIZED
	return;
#endif
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_a_byte, NULL), 0);
	confined = confine(&options, &lacks, &err);
	ck_assert_int_eq(write(pipe_ends[1], "x", 1), 1);
	pthread_join(thread, NULL);
	ck_assert(!confined);
	ck_assert_ptr_nonnull(strstr(err.text, "thread"));
}
END_TEST

static int tell_lacks(void)
{
	return OTHER;
}

START_TEST(what_is_lacking_is_said)
{
	struct error lacks, err;
	pid_t child = fork();
	int status;

	ck_assert_int_eq(outcome(tell_lacks), OTHER);
	if (child == 0)
		_exit(!confine(&options, &lacks, &err) ? UNCONFINED : lacks.text[0] != '\0');
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), !has_seccomp || !has_landlock());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("confine");
	TCase *tcase = tcase_create("confine");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, forbidden_calls_kill);
	tcase_add_test(tcase, a_run_can_work);
	tcase_add_test(tcase, capture_sockets_are_not_written_to);
	tcase_add_test(tcase, only_what_listened_before_is_answered);
	tcase_add_test(tcase, files_elsewhere_stay_shut);
	tcase_add_test(tcase, a_replaced_file_can_be_read);
	tcase_add_test(tcase, a_path_that_is_not_there_is_refused);
	tcase_add_test(tcase, nothing_is_left_of_root);
	tcase_add_test(tcase, only_a_user_without_privileges_will_do);
	tcase_add_test(tcase, a_thread_would_be_left_out);
	tcase_add_test(tcase, what_is_lacking_is_said);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
