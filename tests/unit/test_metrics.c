/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics from the board to whoever asks: the text is read back strictly, requests of all kinds are
 * read whole and in pieces, and a server answers on a real socket, also while others waste its
 * time.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "metrics.h"
#include "request.h"
#include "scrape.h"
#include "server.h"
#include "suite.h"

/* ---- the text ---- */

static const struct metrics_process process = {"1.2.3", 1700000000.25, 12.5, 4096};

static struct metrics_board *new_board(unsigned workers)
{
	struct error err;
	struct metrics_board *board = board_create(workers, &err);

	ck_assert_ptr_nonnull(board);
	return board;
}

/* With something in every kind of number. */
static void fill(struct metrics_snapshot *snapshot)
{
	snapshot->sum.interface_count = 2;
	snapshot->sum.interfaces[0] = (struct eve_interface){.name = "eth1",
							     .is_up = true,
							     .packets = 1000,
							     .dropped = 3,
							     .missed = 4,
							     .silent_ns = SECONDS(2)};
	snapshot->sum.interfaces[1] =
		(struct eve_interface){.name = "a\"b\\c\nd\xff", .is_removed = true};
	snapshot->sum.problems[1] = 7;
	snapshot->sum.assets = 5;
	snapshot->mode = METRICS_LEARNING;
	snapshot->alerts.open[4] = 2;
	snapshot->alerts.raised[4] = 9;
	snapshot->conditions[0] = (struct metrics_condition){"packets_lost", "eth1", true};
	snapshot->conditions[1] = (struct metrics_condition){"one_way", "", false};
	snapshot->condition_count = 2;
	snapshot->lines[EVE_RANK_ALERT] = 11;
	for (unsigned i = 0; i < snapshot->worker_count; i++) {
		snapshot->workers[i].packets = UINT64_C(1) << 40;
		snapshot->workers[i].flows_open = i + 1;
	}
}

static char *text_of(const struct metrics_snapshot *snapshot)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	metrics_text(out, &process, snapshot);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(what_is_written_can_be_read)
{
	struct metrics_board *board = new_board(2);
	struct metrics_snapshot *snapshot = board_fill(board, 0);
	struct scrape scrape;
	struct error err;

	fill(snapshot);
	ck_assert_msg(scrape_parse(text_of(snapshot), &scrape, &err), "%s", err.text);
	ck_assert(scrape_value(&scrape, "bittern_interface_packets_total", "interface", "eth1") ==
		  1000);
	ck_assert(scrape_value(&scrape, "bittern_interface_kernel_dropped_packets_total",
			       "interface", "eth1") == 3);
	ck_assert(scrape_value(&scrape, "bittern_interface_silent_seconds", "interface", "eth1") ==
		  2);
	ck_assert(scrape_sum(&scrape, "bittern_interface_up") == 1);
	ck_assert(scrape_sum(&scrape, "bittern_interface_removed") == 1);
	ck_assert(scrape_sum(&scrape, "bittern_packets_total") == (double)(UINT64_C(1) << 41));
	ck_assert(scrape_value(&scrape, "bittern_flows_open", "worker", "2") == 2);
	ck_assert(scrape_sum(&scrape, "bittern_decode_problems_total") == 7);
	ck_assert(scrape_value(&scrape, "bittern_alerts_open", "severity", "high") == 2);
	ck_assert(scrape_value(&scrape, "bittern_alerts_raised_total", "severity", "high") == 9);
	ck_assert(scrape_value(&scrape, "bittern_health_alert", "condition", "packets_lost") == 1);
	ck_assert(scrape_sum(&scrape, "bittern_health_alert") == 1);
	ck_assert(scrape_value(&scrape, "bittern_log_lines_total", "kind", "alert") == 11);
	ck_assert(scrape_sum(&scrape, "bittern_assets") == 5);
	ck_assert(scrape_value(&scrape, "bittern_mode", "mode", "learning") == 1);
	ck_assert(scrape_sum(&scrape, "bittern_mode") == 1);
	ck_assert(scrape_value(&scrape, "bittern_build_info", "version", "1.2.3") == 1);
	ck_assert(scrape_sum(&scrape, "process_start_time_seconds") == 1700000000.25);
	ck_assert(scrape_sum(&scrape, "process_cpu_seconds_total") == 12.5);
	scrape_finish(&scrape);
	board_destroy(board);
}
END_TEST

/* Whatever an interface is called, a line stays a line, and text UTF-8. */
START_TEST(a_name_cannot_break_out)
{
	struct metrics_board *board = new_board(1);
	struct metrics_snapshot *snapshot = board_fill(board, 0);
	const struct scrape_sample *sample;
	struct scrape scrape;
	struct error err;
	char *text;

	fill(snapshot);
	text = text_of(snapshot);
	ck_assert_ptr_nonnull(strstr(text, "bittern_interface_up{interface=\"a\\\"b\\\\c"));
	ck_assert_ptr_null(strchr(text, '\xff'));
	ck_assert_msg(scrape_parse(text, &scrape, &err), "%s", err.text);
	sample = scrape_next(&scrape, "bittern_interface_up", NULL);
	sample = scrape_next(&scrape, "bittern_interface_up", sample);
	ck_assert_ptr_nonnull(sample);
	ck_assert_int_eq(strncmp(scrape_label(sample, "interface"), "a\"b\\c", 5), 0);
	scrape_finish(&scrape);
	board_destroy(board);
}
END_TEST

/* By what stands in the text alone: explained once, before their samples, counters called so. */
START_TEST(each_metric_is_explained_once)
{
	struct metrics_board *board = new_board(1);
	struct metrics_snapshot *snapshot = board_fill(board, 0);
	char *text, *save = NULL, name[96] = "", type[16] = "", last[96] = "";
	unsigned helps = 0, types = 0;

	fill(snapshot);
	text = text_of(snapshot);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t length = strlen(name);

		if (sscanf(line, "# HELP %95s %15s", name, type) == 2) {
			helps++;
			ck_assert_msg(strcmp(name, last) != 0, "%s: twice", name);
			memcpy(last, name, sizeof(name));
		} else if (sscanf(line, "# TYPE %95s %15s", name, type) == 2) {
			types++;
			ck_assert_str_eq(name, last);
			length = strlen(name);
			ck_assert_msg(
				(strcmp(type, "counter") == 0) ==
					(length > 6 && strcmp(name + length - 6, "_total") == 0),
				"%s is a %s", name, type);
		} else {
			ck_assert_msg(strncmp(line, name, length) == 0 &&
					      strchr(" {", line[length]),
				      "%s does not stand under its name", line);
		}
	}
	ck_assert_uint_gt(helps, 40);
	ck_assert_uint_eq(helps, types);
	free(text);
	board_destroy(board);
}
END_TEST

START_TEST(before_the_first_count_all_is_zero)
{
	struct metrics_board *board = new_board(3);
	struct scrape scrape;
	struct error err;

	ck_assert_msg(scrape_parse(text_of(board_look(board)), &scrape, &err), "%s", err.text);
	ck_assert_ptr_nonnull(scrape_next(&scrape, "bittern_uptime_seconds", NULL));
	ck_assert(scrape_sum(&scrape, "bittern_uptime_seconds") == 0);
	ck_assert_ptr_null(scrape_next(&scrape, "bittern_packets_total", NULL));
	scrape_finish(&scrape);
	board_destroy(board);
}
END_TEST

START_TEST(other_text_is_refused)
{
	static const char *const wrong[] = {
		"a 1\n",
		"# TYPE a counter\na 1",
		"# TYPE a counter\na  1\n",
		"# TYPE a counter\na 1 2\n",
		"# TYPE a counter\na NaN\n",
		"# TYPE a counter\na{} 1\n",
		"# TYPE a counter\na{b=\"1\"}1\n",
		"# TYPE a counter\na{b=\"1\n",
		"# TYPE a counter\na{b=1} 1\n",
		"# TYPE a counter\na{b=\"\\x\"} 1\n",
		"# TYPE a counter\na{b=\"1\" c=\"2\"} 1\n",
		"# TYPE a counter\n# TYPE a counter\n",
		"# HELP a x\n# HELP a x\n",
		"# TYPE a histogram\n",
		"# TYPE 1a counter\n",
		"\x01 1\n",
		"# TYPE a counter\na{a=\"1\",b=\"1\",c=\"1\",d=\"1\",e=\"1\"} 1\n",
		"<html>\n",
	};
	struct scrape scrape;
	struct error err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(!scrape_parse(strdup(wrong[i]), &scrape, &err), "taken: %s",
			      wrong[i]);
		ck_assert_ptr_null(scrape.text);
		ck_assert_str_ne(err.text, "");
	}
}
END_TEST

/* ---- the board ---- */

START_TEST(the_newest_is_seen)
{
	struct metrics_board *board = new_board(1);

	for (uint64_t i = 1; i < 10; i++) {
		board_fill(board, 0)->sum.packets = i;
		board_publish(board);
		if (i % 3)
			continue;
		ck_assert_uint_eq(board_look(board)->sum.packets, i);
		ck_assert_uint_eq(board_look(board)->sum.packets, i);
	}
	board_destroy(board);
}
END_TEST

enum {
	PUBLICATIONS = 20000,
};

static void *publish(void *board)
{
	for (uint64_t i = 1; i <= PUBLICATIONS; i++) {
		struct metrics_snapshot *snapshot = board_fill(board, 0);

		snapshot->sum.packets = i;
		for (unsigned worker = 0; worker < snapshot->worker_count; worker++)
			snapshot->workers[worker].packets = i;
		board_publish(board);
	}
	return NULL;
}

/* While another thread publishes, each look is of one moment, and never of an earlier one. */
START_TEST(a_look_is_of_one_moment)
{
	struct metrics_board *board = new_board(4);
	uint64_t seen = 0;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, publish, board), 0);
	while (seen < PUBLICATIONS) {
		const struct metrics_snapshot *snapshot = board_look(board);

		ck_assert_uint_ge(snapshot->sum.packets, seen);
		seen = snapshot->sum.packets;
		for (unsigned worker = 0; worker < snapshot->worker_count; worker++)
			ck_assert_uint_eq(snapshot->workers[worker].packets, seen);
	}
	pthread_join(thread, NULL);
	board_destroy(board);
}
END_TEST

/* ---- addresses ---- */

START_TEST(addresses_are_this_machines)
{
	static const struct {
		const char *text, *path;
	} right[] = {
		{"unix:/run/bittern/metrics.sock", "/run/bittern/metrics.sock"},
		{"/run/bittern/metrics.sock", "/run/bittern/metrics.sock"},
		{"unix:metrics.sock", "metrics.sock"},
		{"127.0.0.1:9474", NULL},
		{"127.9.9.9:1", NULL},
		{"[::1]:65535", NULL},
	};
	static const char *const wrong[] = {
		"",
		":",
		"9474",
		"unix:",
		"localhost:9474",
		"0.0.0.0:9474",
		"10.0.0.1:9474",
		"[::]:9474",
		"[::ffff:127.0.0.1]:9474",
		"::1:9474",
		"[::1]",
		"[::1]9474",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:0",
		"127.0.0.1:65536",
		"127.0.0.1:+80",
		"127.0.0.1: 80",
		"127.0.0.1:80x",
		"127.1:80",
		"[fe80::1%eth0]:80",
		"http://127.0.0.1:80",
		"128.0.0.1:80",
	};
	struct metrics_address address;
	struct error err;

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ck_assert_msg(address_parse(right[i].text, &address, &err), "%s: %s", right[i].text,
			      err.text);
		ck_assert_pstr_eq(address_path(&address), right[i].path);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(!address_parse(wrong[i], &address, &err), "%s is taken", wrong[i]);
		ck_assert_ptr_nonnull(strstr(err.text, "127.0.0.1:"));
	}
}
END_TEST

START_TEST(a_path_has_an_end)
{
	struct metrics_address address;
	struct error err;
	char path[110];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[107] = '\0';
	ck_assert(address_parse(path, &address, &err));
	ck_assert_str_eq(address_path(&address), path);
	path[107] = 'x';
	path[108] = '\0';
	ck_assert(!address_parse(path, &address, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "107"));
}
END_TEST

/* ---- requests ---- */

static enum request_status asked(const char *text, size_t size, bool *head)
{
	char *exact = malloc(size + !size); /* so that a byte too many is seen */
	enum request_status status;

	memcpy(exact, text, size);
	status = request_read(cur_of(exact, size), head);
	free(exact);
	return status;
}

START_TEST(requests_are_told_apart)
{
	static const struct {
		const char *text;
		enum request_status status;
		bool head;
	} requests[] = {
		{"GET /metrics HTTP/1.0\r\n\r\n", REQUEST_OK, false},
		{"GET /metrics HTTP/1.0\n\n", REQUEST_OK, false},
		{"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", REQUEST_OK, false},
		{"GET /metrics HTTP/1.1\r\nhOST:\r\nAccept: a\tb\r\n\r\nbody", REQUEST_OK, false},
		{"HEAD /metrics?a=b HTTP/1.0\r\n\r\n", REQUEST_OK, true},
		{"GET http://localhost:9474/metrics HTTP/1.0\r\n\r\n", REQUEST_OK, false},
		{"GET / HTTP/1.0\r\n\r\n", REQUEST_NOT_FOUND, false},
		{"GET /metrics/ HTTP/1.0\r\n\r\n", REQUEST_NOT_FOUND, false},
		{"GET /metricsx HTTP/1.0\r\n\r\n", REQUEST_NOT_FOUND, false},
		{"GET http:///metrics/.. HTTP/1.0\r\n\r\n", REQUEST_NOT_FOUND, false},
		{"GET http:// HTTP/1.0\r\n\r\n", REQUEST_NOT_FOUND, false},
		{"POST /metrics HTTP/1.0\r\n\r\n", REQUEST_NO_METHOD, false},
		{"get /metrics HTTP/1.0\r\n\r\n", REQUEST_NO_METHOD, false},
		{"GET /metrics HTTP/2.0\r\n\r\n", REQUEST_NO_VERSION, false},
		{"GET /metrics HTTP/1.1\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0\r\nHost : x\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0\r\na: b\r\n folded\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0\r\n: b\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0\r\na: \x01\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0\r\na: b\r\r\n\r\n", REQUEST_BAD, false},
		{"GET  /metrics HTTP/1.0\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics  HTTP/1.0\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/1.0 \r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics\r\n\r\n", REQUEST_BAD, false},
		{"GET /met\x7frics HTTP/1.0\r\n\r\n", REQUEST_BAD, false},
		{"G\"T /metrics HTTP/1.0\r\n\r\n", REQUEST_BAD, false},
		{" GET /metrics HTTP/1.0\r\n\r\n", REQUEST_BAD, false},
		{"GET /metrics HTTP/x.0\r\n\r\n", REQUEST_NO_VERSION, false},
		{"GET /metrics ICY/1.0\r\n\r\n", REQUEST_BAD, false},
		{"\r\n", REQUEST_BAD, false},
		{"", REQUEST_MORE, false},
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		bool head = false;
		enum request_status status =
			asked(requests[i].text, strlen(requests[i].text), &head);

		ck_assert_msg(status == requests[i].status && head == requests[i].head, "%d: %s",
			      status, requests[i].text);
	}
}
END_TEST

START_TEST(a_request_may_come_in_pieces)
{
	static const char text[] =
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
	size_t whole = sizeof(text) - 1;
	bool head;

	for (size_t size = 0; size < whole; size++)
		ck_assert_int_eq(asked(text, size, &head), REQUEST_MORE);
	ck_assert_int_eq(asked(text, whole, &head), REQUEST_OK);
}
END_TEST

START_TEST(a_request_has_an_end)
{
	char text[REQUEST_BYTES_MAX];
	bool head;

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(asked(text, sizeof(text) - 1, &head), REQUEST_MORE);
	ck_assert_int_eq(asked(text, sizeof(text), &head), REQUEST_TOO_LONG);
}
END_TEST

/* ---- the server ---- */

static char folder[64];
static struct metrics_address at;
static struct server_owner owner;
static struct metrics_board *shown;

static void set_up(void)
{
	char text[96];
	struct error err;

	snprintf(folder, sizeof(folder), "/tmp/test_metrics.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(text, sizeof(text), "unix:%s/socket", folder);
	ck_assert(address_parse(text, &at, &err));
	owner = (struct server_owner){getuid(), getgid()};
	shown = new_board(1);
	board_fill(shown, 0)->workers[0].packets = 42;
	board_publish(shown);
}

static void tear_down(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/socket", folder);
	unlink(path);
	rmdir(folder);
	board_destroy(shown);
}

static struct metrics_server *serve(void)
{
	struct error err = {""};
	struct metrics_server *server = server_open(&at, &owner, "1.2.3", &err);

	ck_assert_msg(server && server_start(server, shown, &err), "%s", err.text);
	return server;
}

static void expect_answer(void)
{
	struct scrape scrape;
	struct error err;

	ck_assert_msg(scrape_fetch(&at, &scrape, &err), "%s", err.text);
	ck_assert(scrape_sum(&scrape, "bittern_packets_total") == 42);
	scrape_finish(&scrape);
}

static int connect_to(void)
{
	int fd = socket(at.socket.ss_family, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at.socket, at.size), 0);
	return fd;
}

static void expect_refusal(const char *word)
{
	struct error err = {""};

	ck_assert_ptr_null(server_open(&at, &owner, "", &err));
	ck_assert_msg(strstr(err.text, word), "%s", err.text);
	err.text[0] = '\0';
	ck_assert(!server_check(&at, &err));
	ck_assert_msg(strstr(err.text, word), "%s", err.text);
}

START_TEST(who_asks_is_answered)
{
	struct metrics_server *server = serve();
	struct stat status;

	ck_assert_int_eq(stat(address_path(&at), &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0660);
	for (int i = 0; i < 50; i++)
		expect_answer();
	server_close(server);
}
END_TEST

START_TEST(on_a_port_too)
{
	struct sockaddr_in name = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(name);
	struct metrics_server *server;
	char text[32];

	/* A port that is free: it is this machine's choice. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &size), 0);
	close(fd);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(name.sin_port));
	ck_assert(address_parse(text, &at, NULL));
	server = serve();
	expect_answer();
	expect_refusal("already");
	server_close(server);
}
END_TEST

START_TEST(a_place_that_is_taken_stays_so)
{
	struct metrics_server *server = serve();
	FILE *file;

	expect_refusal("already");
	expect_answer();
	server_close(server);
	server = serve(); /* the socket of before is there, and nobody's */
	expect_answer();
	server_close(server);
	unlink(address_path(&at));
	file = fopen(address_path(&at), "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	expect_refusal("no socket");
	ck_assert_int_eq(access(address_path(&at), F_OK), 0);
}
END_TEST

static void *finish(void *is_over)
{
	for (int i = 0; i < 200; i++) {
		int fd = connect_to();

		if (write(fd, "GET /", (size_t)i % 6) < 0 || i % 2 == 0)
			shutdown(fd, SHUT_RDWR);
		close(fd);
	}
	atomic_store((atomic_bool *)is_over, true);
	return NULL;
}

/* All places are taken by clients who say nothing, or half of it: they are cut, others served. */
START_TEST(who_dawdles_is_cut)
{
	struct metrics_server *server = serve();
	int fds[12];
	char byte;

	for (int i = 0; i < 12; i++) {
		fds[i] = connect_to();
		if (i % 2)
			ck_assert_int_eq(write(fds[i], "GET /met", 8), 8);
	}
	ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* returns when it is cut */
	for (int i = 0; i < 12; i++)
		close(fds[i]);
	expect_answer();
	server_close(server);
}
END_TEST

START_TEST(who_comes_and_goes_disturbs_nobody)
{
	struct metrics_server *server = serve();
	atomic_bool is_over = false;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, finish, &is_over), 0);
	while (!atomic_load(&is_over))
		expect_answer();
	pthread_join(thread, NULL);
	expect_answer();
	server_close(server);
}
END_TEST

static void expect_status(const char *request, size_t size, const char *line)
{
	char answer[512] = "";
	size_t used = 0;
	ssize_t came;
	int fd = connect_to();

	ck_assert_int_eq(write(fd, request, size), (ssize_t)size);
	while ((came = read(fd, answer + used, sizeof(answer) - 1 - used)) > 0)
		used += (size_t)came;
	close(fd);
	ck_assert_msg(strncmp(answer, line, strlen(line)) == 0, "%s instead of %s", answer, line);
}

START_TEST(wrong_requests_are_answered_as_such)
{
	static const char head[] = "HEAD /metrics HTTP/1.0\r\n\r\n", bad[] = "nonsense\r\n\r\n";
	static const char post[] = "POST /metrics HTTP/1.0\r\n\r\n",
			  other[] = "GET / HTTP/1.0\r\n\r\n";
	struct metrics_server *server = serve();
	char endless[4000];

	memset(endless, 'x', sizeof(endless));
	expect_status(head, sizeof(head) - 1, "HTTP/1.1 200 OK\r\n");
	expect_status(bad, sizeof(bad) - 1, "HTTP/1.1 400 Bad Request\r\n");
	expect_status(other, sizeof(other) - 1, "HTTP/1.1 404 Not Found\r\n");
	expect_status(post, sizeof(post) - 1, "HTTP/1.1 405 Method Not Allowed\r\n");
	expect_status(endless, sizeof(endless), "HTTP/1.1 431 Request Header Fields Too Large\r\n");
	server_close(server);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *pure = tcase_create("pure"), *serves = tcase_create("serves");

	tcase_add_test(pure, what_is_written_can_be_read);
	tcase_add_test(pure, a_name_cannot_break_out);
	tcase_add_test(pure, each_metric_is_explained_once);
	tcase_add_test(pure, before_the_first_count_all_is_zero);
	tcase_add_test(pure, other_text_is_refused);
	tcase_add_test(pure, the_newest_is_seen);
	tcase_add_test(pure, a_look_is_of_one_moment);
	tcase_add_test(pure, addresses_are_this_machines);
	tcase_add_test(pure, a_path_has_an_end);
	tcase_add_test(pure, requests_are_told_apart);
	tcase_add_test(pure, a_request_may_come_in_pieces);
	tcase_add_test(pure, a_request_has_an_end);
	suite_add_tcase(suite, pure);
	tcase_add_checked_fixture(serves, set_up, tear_down);
	tcase_set_timeout(serves, 30);
	tcase_add_test(serves, who_asks_is_answered);
	tcase_add_test(serves, on_a_port_too);
	tcase_add_test(serves, a_place_that_is_taken_stays_so);
	tcase_add_test(serves, who_dawdles_is_cut);
	tcase_add_test(serves, who_comes_and_goes_disturbs_nobody);
	tcase_add_test(serves, wrong_requests_are_answered_as_such);
	suite_add_tcase(suite, serves);
	return run_suite(suite);
}
