/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that may not grow plays the full disk: what is held, what is given up and in which order, and
 * that no line is cut or lost when there is room again, in the same file or in another.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lines.h"
#include "suite.h"

enum {
	LINE = 1000,
	MANY = 6000, /* lines: more than is held */
};

static char path[2][32];
static struct lines lines;

static int create(unsigned which)
{
	strcpy(path[which], "/tmp/test_lines.XXXXXX");
	return mkstemp(path[which]);
}

static void allow(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void setup(void)
{
	signal(SIGXFSZ, SIG_IGN);
	lines_init(&lines, create(0), true);
	*path[1] = '\0';
}

static void teardown(void)
{
	lines_finish(&lines);
	unlink(path[0]);
	if (*path[1])
		unlink(path[1]);
}

static void text_of(char text[LINE + 1], unsigned number, const char *kind)
{
	snprintf(text, LINE + 1, "%s %0*u", kind, (int)(LINE - strlen(kind) - 1), number);
}

static void put_log(unsigned number)
{
	char text[LINE + 1];

	text_of(text, number, "log");
	text[LINE - 1] = '\n';
	lines_put(&lines, text, LINE);
}

static void put(unsigned number, bool (*begin)(struct lines *lines, struct bt_record *rec), const char *kind)
{
	char text[LINE + 1];
	struct bt_record rec;

	if (!begin(&lines, &rec))
		return;
	text_of(text, number, kind);
	memcpy(rec.at, text, LINE - 1);
	rec.len = LINE - 1;
	lines_end(&lines, &rec);
}

static void retry(void)
{
	lines.retry_ns = 0;
	lines_flush(&lines);
}

/* Whole lines of `kind` in a file; a line that is of no kind or cut fails. */
static unsigned count(unsigned which, const char *kind)
{
	FILE *file = fopen(path[which], "r");
	char text[LINE + 2];
	unsigned found = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(text, sizeof(text), file)) {
		ck_assert_uint_eq(strlen(text), LINE);
		ck_assert_int_eq(text[LINE - 1], '\n');
		found += strncmp(text, kind, strlen(kind)) == 0;
	}
	fclose(file);
	return found;
}

START_TEST(what_is_held_is_written_when_there_is_room)
{
	allow(2500); /* in the middle of a line */
	for (unsigned i = 0; i < 10; i++)
		put_log(i);
	lines_flush(&lines);
	ck_assert_int_eq(lines.trouble, EFBIG);
	ck_assert_int_eq(lines.failed, 0);
	allow(4100);
	retry();
	ck_assert_int_eq(lines.trouble, EFBIG);
	allow(RLIM_INFINITY);
	lines.retry_ns = INT64_MAX;
	lines_flush(&lines); /* not yet */
	ck_assert_int_eq(lines.trouble, EFBIG);
	retry();
	ck_assert_int_eq(lines.trouble, 0);
	ck_assert(lines_close(&lines));
	ck_assert_uint_eq(count(0, "log"), 10);
}
END_TEST

START_TEST(alerts_are_given_up_last)
{
	uint64_t unwritten[EVE_RANKS] = {0};
	unsigned written;

	allow(0);
	lines_flush(&lines);
	for (unsigned i = 0; i < MANY; i++)
		put_log(i);
	for (unsigned i = 0; i < MANY; i++)
		put(i, lines_begin, "event");
	lines_count(&lines, unwritten);
	ck_assert_uint_gt(unwritten[EVE_RANK_LOG], 0);
	ck_assert_uint_gt(unwritten[EVE_RANK_EVENT], 0);
	for (unsigned i = 0; i < 1000; i++)
		put(i, lines_begin_alert, "alert");
	lines_count(&lines, unwritten);
	ck_assert_uint_eq(unwritten[EVE_RANK_ALERT], 0);
	for (unsigned i = 0; i < MANY; i++)
		put(i, lines_begin_alert, "alert");
	memset(unwritten, 0, sizeof(unwritten));
	lines_count(&lines, unwritten);
	allow(RLIM_INFINITY);
	ck_assert(lines_close(&lines));
	written = count(0, "log");
	ck_assert_uint_eq(written + unwritten[EVE_RANK_LOG], MANY);
	ck_assert_uint_eq(count(0, "event") + unwritten[EVE_RANK_EVENT], MANY);
	ck_assert_uint_eq(count(0, "alert") + unwritten[EVE_RANK_ALERT], 1000 + MANY);
}
END_TEST

START_TEST(another_file_begins_with_a_whole_line)
{
	allow(2500);
	for (unsigned i = 0; i < 10; i++)
		put_log(i);
	lines_flush(&lines);
	ck_assert_int_eq(lines.trouble, EFBIG);
	allow(RLIM_INFINITY);
	lines_reopen(&lines, create(1));
	lines_flush(&lines);
	ck_assert_int_eq(lines.trouble, 0);
	ck_assert(lines_close(&lines));
	ck_assert_uint_eq(count(1, "log"), 8); /* two stand in the first */
	ck_assert_int_eq(truncate(path[0], 2 * LINE), 0);
	ck_assert_uint_eq(count(0, "log"), 2);
}
END_TEST

START_TEST(what_is_still_held_at_the_end_is_a_failure)
{
	allow(2500);
	for (unsigned i = 0; i < 10; i++)
		put_log(i);
	ck_assert(!lines_close(&lines));
	ck_assert_int_eq(lines.failed, EFBIG);
}
END_TEST

START_TEST(a_reader_that_has_gone_ends_it)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	lines_reopen(&lines, ends[1]);
	put_log(1);
	lines_flush(&lines);
	ck_assert_int_eq(lines.failed, EPIPE);
	ck_assert(!lines_close(&lines));
}
END_TEST

/* Recorded: no disk is waited for. */
START_TEST(read_from_files_the_first_error_is_the_last)
{
	lines.patient = false;
	allow(2500);
	for (unsigned i = 0; i < 10; i++)
		put_log(i);
	lines_flush(&lines);
	ck_assert_int_eq(lines.failed, EFBIG);
	allow(RLIM_INFINITY);
	put_log(1);
	ck_assert(!lines_close(&lines));
}
END_TEST

/* An alert's line before its record would be told anew after a kill, and count from one. */
START_TEST(what_waits_is_not_written_because_much_follows)
{
	put(0, lines_begin_alert, "alert");
	lines.waits = true;
	for (unsigned i = 0; i < 2000; i++)
		put_log(i);
	ck_assert_uint_eq(count(0, "alert"), 0);
	for (unsigned i = 2000; i < 3000; i++) /* but not for any price */
		put_log(i);
	ck_assert_uint_eq(count(0, "alert"), 1);
	lines_flush(&lines);
	ck_assert_uint_eq(count(0, "log"), 3000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tcase = tcase_create("lines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_held_is_written_when_there_is_room);
	tcase_add_test(tcase, alerts_are_given_up_last);
	tcase_add_test(tcase, what_waits_is_not_written_because_much_follows);
	tcase_add_test(tcase, another_file_begins_with_a_whole_line);
	tcase_add_test(tcase, what_is_still_held_at_the_end_is_a_failure);
	tcase_add_test(tcase, a_reader_that_has_gone_ends_it);
	tcase_add_test(tcase, read_from_files_the_first_error_is_the_last);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
