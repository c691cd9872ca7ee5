/* SPDX-License-Identifier: Apache-2.0
 *
 * The state file: what was put is there after a restart, a kill and a full disk; what is damaged is set
 * aside, what is somebody else's is left alone.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits.h"
#include "parcel.h"
#include "state.h"
#include "suite.h"

enum {
	PATIENCE_MS = 30000,
	TEXT = 64,
};

static char folder[32], path[64];
static struct error told, err;

static void setup(void)
{
	signal(SIGXFSZ, SIG_IGN);
	strcpy(folder, "/tmp/test_state.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state.db", folder);
}

static void teardown(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct bt_cursor text(const char *bytes)
{
	return cur_of(bytes, strlen(bytes));
}

static struct state *open_new(void)
{
	struct state *state = state_open(path, &told, &err);

	ck_assert_msg(state != NULL, "%s", err.text);
	ck_assert_msg(state_start(state, &err), "%s", err.text);
	return state;
}

static void wait_until_kept(struct state *state)
{
	uint64_t mark = state_hurry(state);

	for (unsigned i = 0; i < PATIENCE_MS && !state_has(state, mark); i++)
		usleep(1000);
	ck_assert(state_has(state, mark));
}

static bool gather(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	char *all = owner, one[TEXT];

	snprintf(one, sizeof(one), "%.*s=%.*s ", (int)cur_left(&key), (const char *)key.ptr,
		 (int)cur_left(&value), (const char *)value.ptr);
	strcat(all, one);
	return true;
}

static const char *all_of(struct state *state, enum state_table table)
{
	static char all[1024];

	*all = '\0';
	ck_assert_msg(state_each(state, table, gather, all, &err), "%s", err.text);
	return all;
}

static unsigned files_like(const char *part)
{
	char command[128];
	unsigned count = 0;
	FILE *list;

	snprintf(command, sizeof(command), "ls %s | grep -c -- '%s'", folder, part);
	list = popen(command, "r");
	ck_assert_int_eq(fscanf(list, "%u", &count), 1);
	pclose(list);
	return count;
}

START_TEST(is_there_again)
{
	struct state *state = open_new();

	ck_assert_str_eq(told.text, "");
	ck_assert(state_put(state, STATE_ALERTS, text("b"), text("2")));
	ck_assert(state_put(state, STATE_ALERTS, text("a"), text("1")));
	ck_assert(state_put(state, STATE_DEVICES, text("a"), text("device")));
	ck_assert(state_put(state, STATE_ALERTS, text("b"), text("3")));
	ck_assert(state_put(state, STATE_ALERTS, text("c"), text("")));
	ck_assert(state_drop(state, STATE_ALERTS, text("a")));
	state_close(state);
	state = open_new();
	ck_assert_str_eq(all_of(state, STATE_ALERTS), "b=3 c= ");
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "a=device ");
	ck_assert_str_eq(all_of(state, STATE_LEARNED), "");
	state_close(state);
}
END_TEST

/* What state_has() says is in the file outlives the process that said it. */
START_TEST(survives_a_kill)
{
	struct state *state;
	int status;
	pid_t child = fork();

	if (!child) {
		state = open_new();
		state_put(state, STATE_ALERTS, text("told"), text("yes"));
		wait_until_kept(state);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	state = open_new();
	ck_assert_str_eq(told.text, "");
	ck_assert_str_eq(all_of(state, STATE_ALERTS), "told=yes ");
	state_close(state);
}
END_TEST

START_TEST(is_read_beside)
{
	struct state *state = open_new(), *reader;

	state_put(state, STATE_LEARNED, text("a"), text("1"));
	wait_until_kept(state);
	ck_assert_ptr_null(state_open(path, &told, &err));
	ck_assert_msg(strstr(err.text, "another bittern is using it"), "%s", err.text);
	reader = state_open_to_read(path, &err);
	ck_assert_msg(reader != NULL, "%s", err.text);
	ck_assert_str_eq(all_of(reader, STATE_LEARNED), "a=1 ");
	state_close(reader);
	state_put(state, STATE_LEARNED, text("b"), text("2"));
	state_close(state);
}
END_TEST

static bool count_bad(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	*(unsigned *)owner += !cur_ok(&value);
	return true;
}

/* What we never put may be there all the same: it is told from the rest, and can be dropped. */
START_TEST(too_large_or_no_bytes)
{
	struct state *state = open_new();
	unsigned bad = 0;
	struct state_counts counts;
	uint8_t *big = calloc(1, STATE_VALUE_MAX + 1);
	sqlite3 *db;
	char sql[512];

	ck_assert_ptr_nonnull(big);
	ck_assert(!state_put(state, STATE_DEVICES, text("a"), cur_of(big, STATE_VALUE_MAX + 1)));
	ck_assert(!state_put(state, STATE_DEVICES, cur_of(big, STATE_KEY_MAX + 1), text("1")));
	state_count(state, &counts);
	ck_assert_uint_eq(counts.refused, 2);
	free(big);
	ck_assert(state_put(state, STATE_DEVICES, text("a"), text("1")));
	state_close(state);

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO device VALUES (CAST('big' AS BLOB), zeroblob(%d)), (zeroblob(%d), x'31'), "
		 "(CAST('text' AS BLOB), 'text'), ('text', x'31'), (NULL, x'31')",
		 STATE_VALUE_MAX + 1, STATE_KEY_MAX + 1);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);

	state = open_new();
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "a=1 big= text= ");
	ck_assert(state_each(state, STATE_DEVICES, count_bad, &bad, &err));
	ck_assert_uint_eq(bad, 2);
	state_drop(state, STATE_DEVICES, text("big"));
	state_drop(state, STATE_DEVICES, text("text"));
	wait_until_kept(state);
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "a=1 ");
	state_close(state);
}
END_TEST

static void overwrite(long at, const char *with, size_t size)
{
	FILE *file = fopen(path, "r+");

	ck_assert_ptr_nonnull(file);
	fseek(file, at, SEEK_SET);
	fwrite(with, 1, size, file);
	fclose(file);
}

static void make(void)
{
	struct state *state = open_new();

	state_put(state, STATE_DEVICES, text("a"), text("1"));
	state_close(state);
}

START_TEST(damaged_is_set_aside)
{
	static const struct {
		long at;
		size_t size;
	} damages[] = {{0, 16}, {100, 200}, {4096, 4096}, {0, 100}};
	char noise[4096];
	struct state *state;

	make();
	memset(noise, _i == 3 ? 0 : 0xa5, sizeof(noise));
	overwrite(damages[_i].at, noise, damages[_i].size);
	state = open_new();
	ck_assert_msg(strstr(told.text, path) && strstr(told.text, ".corrupt-"), "%s", told.text);
	ck_assert_uint_ge(files_like("corrupt"), 1);
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "");
	state_put(state, STATE_DEVICES, text("b"), text("2"));
	state_close(state);
	state = open_new();
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "b=2 ");
	state_close(state);
}
END_TEST

static void refused(const char *why)
{
	ck_assert_ptr_null(state_open(path, &told, &err));
	ck_assert_msg(strstr(err.text, why) && strstr(err.text, path), "%s", err.text);
	ck_assert(!state_check(path, &err));
	ck_assert_msg(strstr(err.text, why) && strstr(err.text, path), "%s", err.text);
	ck_assert_uint_eq(files_like("corrupt"), 0);
}

START_TEST(others_are_left_alone)
{
	static const char note[] = "not a database, and dear to somebody: two hundred bytes of it at least, "
				   "or else it would be too short for a header and would look like one that "
				   "was cut off in the middle of something or other";
	FILE *file = fopen(path, "w");
	char now[sizeof(note)] = "";

	fputs(note, file);
	fclose(file);
	refused("not a state of bittern");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(now, sizeof(now), file));
	fclose(file);
	ck_assert_str_eq(now, note);
	unlink(path);
	make();
	overwrite(68, "else", 4); /* application_id */
	refused("another program");
	overwrite(100, note, sizeof(note)); /* and damaged */
	ck_assert_ptr_null(state_open(path, &told, &err));
	ck_assert_uint_eq(files_like("corrupt"), 0);
}
END_TEST

START_TEST(newer_is_refused)
{
	make();
	overwrite(60, "\0\0\0\7", 4); /* user_version */
	refused("version 7");
}
END_TEST

START_TEST(wrong_places)
{
	snprintf(path, sizeof(path), "%s/none/state.db", folder);
	ck_assert_ptr_null(state_open(path, &told, &err));
	ck_assert_msg(strstr(err.text, "No such file"), "%s", err.text);
	ck_assert(!state_check(path, &err));
	ck_assert_ptr_null(state_open_to_read(path, &err));
	strcpy(path, "/dev/null");
	ck_assert_ptr_null(state_open(path, &told, &err));
	ck_assert_msg(strstr(err.text, "not a file"), "%s", err.text);
	snprintf(path, sizeof(path), "%s/state.db", folder);
	ck_assert(state_check(path, &err));
	ck_assert_uint_eq(files_like("state"), 0);
	make();
	ck_assert_msg(state_check(path, &err), "%s", err.text);
}
END_TEST

static void allow(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A file that may not grow plays the full disk: nothing is lost, and what finds no room is refused. */
START_TEST(full_disk)
{
	struct state *state = open_new();
	struct state_counts counts = {0};
	static char big[KIB(64)];
	unsigned taken = 0;
	char key[16];

	memset(big, 'x', sizeof(big));
	state_put(state, STATE_DEVICES, text("first"), text("1"));
	wait_until_kept(state);
	allow(KIB(64));
	for (unsigned i = 0; i < 2 * STATE_HELD_BYTES / sizeof(big) + 2; i++) {
		snprintf(key, sizeof(key), "%u", i);
		taken += state_put(state, STATE_LEARNED, text(key), cur_of(big, sizeof(big)));
		state_hurry(state);
	}
	for (unsigned i = 0; i < PATIENCE_MS && !counts.trouble; i++) {
		usleep(1000);
		state_count(state, &counts);
	}
	ck_assert_int_ne(counts.trouble, 0);
	ck_assert_uint_gt(counts.failures, 0);
	for (unsigned i = 0; i < PATIENCE_MS && !counts.refused; i++) {
		taken += state_put(state, STATE_LEARNED, text("more"), cur_of(big, sizeof(big)));
		state_count(state, &counts);
	}
	ck_assert_uint_gt(counts.refused, 0);
	allow(RLIM_INFINITY);
	wait_until_kept(state);
	state_count(state, &counts);
	ck_assert_int_eq(counts.trouble, 0);
	state_close(state);
	ck_assert_uint_gt(taken, 60);
	state = open_new();
	ck_assert_str_eq(all_of(state, STATE_DEVICES), "first=1 ");
	state_close(state);
}
END_TEST

/* ---- parcels ---- */

struct thing {
	uint64_t big;
	int64_t negative;
	uint32_t number;
	uint16_t port;
	uint8_t small;
	bool yes;
	unsigned kind;
	struct bt_addr addr;
	char name[8];
	struct bt_cursor view;
};

static void parcel_thing(struct parcel *parcel, struct thing *thing)
{
	parcel_u64(parcel, &thing->big);
	parcel_i64(parcel, &thing->negative);
	parcel_u32(parcel, &thing->number);
	parcel_u16(parcel, &thing->port);
	parcel_u8(parcel, &thing->small);
	parcel_bool(parcel, &thing->yes);
	parcel_upto(parcel, &thing->kind, 5);
	parcel_addr(parcel, &thing->addr);
	parcel_text(parcel, thing->name, sizeof(thing->name));
	parcel_view(parcel, &thing->view, 10);
}

static size_t packed(uint8_t *room, size_t cap, struct thing *thing, bool *fits)
{
	struct parcel parcel;

	parcel_pack(&parcel, room, cap);
	parcel_thing(&parcel, thing);
	*fits = parcel_done(&parcel);
	return parcel.used;
}

START_TEST(parcels)
{
	struct thing thing = {.big = UINT64_MAX, .negative = INT64_MIN, .number = UINT32_MAX, .port = 502,
			      .small = 255, .yes = true, .kind = 5,
			      .addr = {.family = BT_ADDR_IPV4, .bytes = {10, 0, 0, 1}}, .name = "seven77",
			      .view = cur_of("view", 4)}, again;
	uint8_t room[128];
	struct parcel parcel;
	bool fits;
	size_t size = packed(room, sizeof(room), &thing, &fits);

	ck_assert(fits);
	for (size_t cut = 0; cut <= size + 1; cut++) {
		memset(&again, 0, sizeof(again));
		parcel_unpack(&parcel, cur_of(room, cut));
		parcel_thing(&parcel, &again);
		ck_assert_msg(parcel_done(&parcel) == (cut == size), "%zu of %zu", cut, size);
		if (cut != size)
			continue;
		ck_assert(again.big == thing.big && again.negative == thing.negative &&
			  again.number == thing.number && again.port == 502 && again.small == 255 &&
			  again.yes && again.kind == 5);
		ck_assert_mem_eq(&again.addr, &thing.addr, sizeof(again.addr));
		ck_assert_str_eq(again.name, "seven77");
		ck_assert(cur_equal(again.view, thing.view));
	}
	for (size_t cap = 0; cap < size; cap++) {
		packed(room, cap, &thing, &fits);
		ck_assert(!fits);
	}
	thing.kind = 6; /* what must not be is not unpacked */
	size = packed(room, sizeof(room), &thing, &fits);
	parcel_unpack(&parcel, cur_of(room, size));
	parcel_thing(&parcel, &again);
	ck_assert(!parcel_done(&parcel));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state");
	TCase *store = tcase_create("store"), *bytes = tcase_create("parcels");

	tcase_add_checked_fixture(store, setup, teardown);
	tcase_set_timeout(store, 60);
	tcase_add_test(store, is_there_again);
	tcase_add_test(store, survives_a_kill);
	tcase_add_test(store, is_read_beside);
	tcase_add_test(store, too_large_or_no_bytes);
	tcase_add_loop_test(store, damaged_is_set_aside, 0, 4);
	tcase_add_test(store, others_are_left_alone);
	tcase_add_test(store, newer_is_refused);
	tcase_add_test(store, wrong_places);
	tcase_add_test(store, full_disk);
	suite_add_tcase(suite, store);
	tcase_add_test(bytes, parcels);
	suite_add_tcase(suite, bytes);
	return run_suite(suite);
}
