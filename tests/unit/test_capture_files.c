/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures on disk: directories, several files as one timeline, filters, streams, files that shrink
 * while they are read. BITTERN_PCAPS names a folder of real captures with a CATALOG.tsv (path,
 * sha256, bytes, packets, ...): each must yield the packets that the catalogue counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture_image.h"
#include "suite.h"

/* ---- files ---- */

static char folder[64];

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test_capture.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* In one of a few static buffers. */
static const char *in_folder(const char *name)
{
	static char paths[8][160];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static const char *store(const char *name, const struct image *image)
{
	const char *path = in_folder(name);
	FILE *out = fopen(path, "wb");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(image->bytes, 1, image->size, out), image->size);
	fclose(out);
	return path;
}

/* One frame per time (in seconds), `size` bytes each. */
static const char *store_times(const char *name, uint32_t size, const uint32_t *times)
{
	struct image image = {0};

	pcap_header(&image, 0xa1b2c3d4, 1);
	for (; *times; times++)
		pcap_record(&image, *times, 0, size, size);
	return store(name, &image);
}

static struct session read_files(const char *const *paths, size_t count, const char *filter)
{
	struct session s = {0};

	s.capture = capture_open(paths, count, filter, all, &err);
	ck_assert_msg(s.capture, "%s", err.text);
	s.reader = capture_reader_create(s.capture, &err);
	ck_assert_msg(s.reader, "%s", err.text);
	return s;
}

static void expect_no_capture(const char *path, const char *filter, const char *words)
{
	ck_assert_ptr_null(capture_open(&path, 1, filter, all, &err));
	ck_assert_msg(strstr(err.text, words), "\"%s\" lacks \"%s\"", err.text, words);
}

START_TEST(files_become_one_timeline)
{
	const char *paths[] = {
		store_times("a", 20, (uint32_t[]){10, 30, 25, 50, 0}), /* its clock steps back */
		store_times("b", 21, (uint32_t[]){10, 20, 26, 30, 0}),
		store_times("c", 22, (uint32_t[]){0}),
		store_times("d", 23, (uint32_t[]){5, 60, 0}),
	};
	static const uint32_t order[][2] = {{5, 3},  {10, 0}, {10, 1}, {20, 1}, {26, 1},
					    {30, 0}, {25, 0}, {30, 1}, {50, 0}, {60, 3}};
	struct session s = read_files(paths, 4, NULL);
	uint64_t number = 0;

	ck_assert_uint_eq(capture_file_count(s.capture), 4);
	ck_assert(!capture_is_stream(s.capture));
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		expect(&s, order[i][0] * INT64_C(1000000000), 20 + order[i][1], 20 + order[i][1]);
		ck_assert_uint_eq(s.frame.file, order[i][1]);
		ck_assert_uint_eq(s.frame.number, ++number);
	}
	ck_assert_uint_eq(s.frame.file_number, 2);
	expect_whole(&s, 4);
}
END_TEST

START_TEST(a_broken_file_does_not_end_the_timeline)
{
	struct image broken = {0}, cut = {0};
	const char *paths[3];
	struct session s;

	pcap_header(&broken, 0xa1b2c3d4, 1);
	pcap_record(&broken, 1, 0, 20, 20);
	fill(&broken, 0xff, 40);
	pcap_header(&cut, 0xa1b2c3d4, 1);
	pcap_record(&cut, 2, 0, 20, 20);
	fill(&cut, 0, 5);
	paths[0] = store("broken", &broken);
	paths[1] = store("cut", &cut);
	paths[2] = store_times("good", 20, (uint32_t[]){1, 2, 3, 4, 0});
	s = read_files(paths, 3, NULL);
	for (uint32_t i = 0; i < 6; i++)
		expect(&s, (int64_t[]){1, 1, 2, 2, 3, 4}[i] * 1000000000, 20, 20);
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_END);
	ck_assert_ptr_nonnull(strstr(capture_file(s.capture, 0)->problem, "at byte 60"));
	ck_assert(capture_file(s.capture, 1)->cut);
	ck_assert_uint_eq(capture_file(s.capture, 1)->cut_at, 60);
	ck_assert_uint_eq(capture_file(s.capture, 2)->packets, 4);
	ck_assert_uint_eq(capture_bytes_read(s.reader), capture_bytes(s.capture));
	finish(&s);
}
END_TEST

START_TEST(directories_give_their_captures_in_order)
{
	const char *found[] = {"a.txt", "b/x", "b/y", "c", "link"};
	const char *path = folder;
	struct image text = {0};
	struct session s;

	mkdir(in_folder("b"), 0700);
	mkdir(in_folder("d"), 0700);
	mkdir(in_folder(".hidden"), 0700);
	mkfifo(in_folder("fifo"), 0600); /* would block for ever */
	fill(&text, 'x', 100);
	store("a.pcap", &text); /* the name proves nothing */
	store_times("a.txt", 20, (uint32_t[]){1, 0});
	store_times("b/y", 20, (uint32_t[]){3, 0});
	store_times("b/x", 20, (uint32_t[]){2, 0});
	store_times("c", 20, (uint32_t[]){4, 0});
	store_times(".hidden/z", 20, (uint32_t[]){5, 0});
	store_times(".z", 20, (uint32_t[]){5, 0});
	ck_assert_int_eq(symlink("c", in_folder("link")), 0);
	ck_assert_int_eq(symlink("nowhere", in_folder("dangling")), 0);
	ck_assert_int_eq(symlink("..", in_folder("b/loop")), 0);

	s = read_files(&path, 1, NULL);
	ck_assert_uint_eq(capture_file_count(s.capture), 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(capture_file(s.capture, i)->path, in_folder(found[i]));
	finish(&s);
	expect_no_capture(in_folder("d"), NULL, "holds no captures");
}
END_TEST

/* In a directory with one good file of one frame, what is wrong with the other one is told of it. */
static void expect_beside(const char *path, const char *words)
{
	struct session s = {0};
	bool told = false;

	s.capture = capture_open(&path, 1, NULL, ethernet_only, &err);
	ck_assert_msg(s.capture, "%s", err.text);
	s.reader = capture_reader_create(s.capture, &err);
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_FRAME);
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_END);
	ck_assert_uint_eq(capture_file_count(s.capture), 2);
	for (size_t i = 0; i < 2; i++)
		told |= strstr(capture_file(s.capture, i)->problem, words) != NULL;
	ck_assert_msg(told, "no \"%s\"", words);
	finish(&s);
}

START_TEST(a_file_that_was_not_named_may_be_bad)
{
	const char *path = folder;
	struct image image = {0};

	pcap_header(&image, 0xa1b2c3d4, 147);
	pcap_record(&image, 1, 0, 20, 20);
	store("bad", &image);
	ck_assert_ptr_null(capture_open(&path, 1, NULL, ethernet_only, &err));
	ck_assert_msg(strstr(err.text, "bad: link type USER0 (147) is not supported"), "%s", err.text);
	store_times("good", 20, (uint32_t[]){1, 0});
	expect_beside(folder, "link type USER0 (147) is not supported");
	path = in_folder("bad");
	ck_assert_ptr_null(capture_open(&path, 1, NULL, ethernet_only, &err));
	ck_assert_str_eq(capture_filter_check("tcp port 502", &err) ? "" : err.text, "");
	ck_assert(!capture_filter_check("tcp prot 502", &err));
}
END_TEST

START_TEST(what_cannot_be_opened_is_one_line)
{
	struct image empty = {0};

	expect_no_capture(in_folder("none"), NULL, "none: cannot be read: No such file or directory");
	expect_no_capture(store("empty", &empty), NULL, "empty; pcap or pcapng expected");
	if (geteuid() != 0) {
		store_times("secret", 20, (uint32_t[]){1, 0});
		chmod(in_folder("secret"), 0);
		expect_no_capture(in_folder("secret"), NULL, "Permission denied");
		expect_no_capture(folder, NULL, "Permission denied");
		store_times("fine", 20, (uint32_t[]){1, 0});
		expect_beside(folder, "Permission denied");
	}
	ck_assert_ptr_null(capture_open(NULL, 0, NULL, all, &err));
	capture_close(NULL);
	capture_reader_destroy(NULL);
}
END_TEST

START_TEST(filtered_frames_have_no_number)
{
	const char *paths[] = {store_times("a", 20, (uint32_t[]){1, 3, 5, 0}),
			       store_times("b", 90, (uint32_t[]){2, 4, 6, 0})};
	struct session s = read_files(paths, 2, "greater 50");

	for (uint64_t i = 1; i <= 3; i++) {
		expect(&s, (int64_t)i * 2000000000, 90, 90);
		ck_assert_uint_eq(s.frame.number, i);
		ck_assert_uint_eq(s.frame.file_number, i);
	}
	expect_whole(&s, 3);
	expect_no_capture(paths[0], "tcp prot 502", "filter \"tcp prot 502\"");
	/* also where no frame would ever meet it */
	expect_no_capture(store_times("c", 0, (uint32_t[]){0}), "tcp prot 502", "syntax error");
}
END_TEST

START_TEST(a_filter_that_fits_only_some_link_types)
{
	struct image image = {0};
	const char *path;
	struct session s;

	section(&image, false);
	interface(&image, 1, 0);
	interface(&image, 101, 0);
	for (int i = 0; i < 20; i++)
		enhanced(&image, 0, 1, 60);
	enhanced(&image, 1, 1, 60);
	enhanced(&image, 0, 1, 60);
	path = store("mixed", &image);
	s = read_files(&path, 1, "not ether broadcast");
	for (int i = 0; i < 20; i++)
		expect(&s, 1000, 60, 67);
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_END);
	ck_assert_ptr_nonnull(strstr(capture_file(s.capture, 0)->problem, "on link type RAW"));
	finish(&s);
}
END_TEST

/* ---- streams ---- */

static pid_t feed(const char *fifo, const struct image *image)
{
	pid_t child = fork();

	if (child == 0) {
		int fd = open(fifo, O_WRONLY);
		ssize_t wrote = write(fd, image->bytes, image->size);

		_exit(wrote == (ssize_t)image->size ? 0 : 1);
	}
	return child;
}

START_TEST(a_fifo_is_read_once)
{
	const char *paths[] = {in_folder("fifo"), in_folder("file")};
	struct image image = {0};
	struct session s;
	pid_t child;

	store_times("file", 21, (uint32_t[]){1, 3, 0});
	pcap_header(&image, 0xa1b23c4d, 1);
	pcap_record(&image, 2, 5, 20, 30);
	pcap_record(&image, 4, 0, 20, 30);
	fill(&image, 0, 7);
	ck_assert_int_eq(mkfifo(paths[0], 0600), 0);
	child = feed(paths[0], &image);
	s = read_files(paths, 2, NULL);
	ck_assert(capture_is_stream(s.capture));
	ck_assert_uint_eq(capture_bytes(s.capture), 0);
	ck_assert_ptr_null(capture_reader_create(s.capture, &err));
	expect(&s, 1000000000, 21, 21);
	expect(&s, 2000000005, 20, 30);
	ck_assert_int_eq(s.frame.data[19], 2);
	expect(&s, 3000000000, 21, 21);
	expect(&s, 4000000000, 20, 30);
	ck_assert(expect_end(&s, 2)->cut);
	ck_assert_str_eq(capture_file(s.capture, 0)->format, "libpcap");
	finish(&s);
	waitpid(child, NULL, 0);
}
END_TEST

START_TEST(patched_kernels_pcap_goes_through_libpcap)
{
	static const uint32_t seconds[] = {1, INT32_MAX, (uint32_t)INT32_MAX + 1, UINT32_MAX};
	struct image image = {0};
	const char *path;
	struct session s;

	pcap_header(&image, 0xa1b2cd34, 1); /* Kuznetzov: eight bytes more in each record */
	for (unsigned i = 0; i < 4; i++) {
		put(&image, seconds[i], 4);
		put(&image, 7, 4);
		put(&image, 60, 4);
		put(&image, 61, 4);
		fill(&image, 0, 8 + 60);
	}
	path = store("old", &image);
	s = read_files(&path, 1, NULL);
	ck_assert_str_eq(capture_file(s.capture, 0)->format, "libpcap");
	for (unsigned i = 0; i < 4; i++)
		expect(&s, (int64_t)seconds[i] * 1000000000 + 7000, 60, 61);
	expect_end(&s, 4);
	finish(&s);
}
END_TEST

/* ---- mapped files that change, and many readers ---- */

enum {
	MANY = 40000,
	MANY_BYTES = 400, /* 16 MB: several windows of the mapping */
};

static const char *store_many(void)
{
	struct image image = {0};
	const char *path = in_folder("many");
	FILE *out = fopen(path, "wb");

	pcap_header(&image, 0xa1b2c3d4, 1);
	fwrite(image.bytes, 1, image.size, out);
	for (uint32_t i = 0; i < MANY; i++) {
		image.size = 0;
		pcap_record(&image, 1000 + i, 0, MANY_BYTES, MANY_BYTES);
		fwrite(image.bytes, 1, image.size, out);
	}
	fclose(out);
	return path;
}

START_TEST(a_file_that_shrinks_is_lost_and_nothing_else)
{
	const char *path = store_many();
	struct session s = read_files(&path, 1, NULL);
	enum capture_status status;
	int frames = 100;

	for (int i = 0; i < frames; i++)
		ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_FRAME);
	ck_assert(!capture_lost(s.capture));
	ck_assert_int_eq(truncate(path, _i), 0);
	while ((status = capture_next(s.reader, &s.frame)) == CAPTURE_FRAME)
		frames++;
	ck_assert_int_eq(status, CAPTURE_LOST);
	ck_assert_int_lt(frames, MANY + 1);
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_LOST);
	ck_assert(capture_lost(s.capture));
	ck_assert_ptr_nonnull(strstr(capture_file(s.capture, 0)->problem, "shrank"));
	finish(&s);
}
END_TEST

START_TEST(a_shrunken_file_shows_when_its_last_page_is_still_there)
{
	const char *path = store_times("small", 60, (uint32_t[]){1, 2, 3, 0});
	struct session s = read_files(&path, 1, NULL);

	expect(&s, 1000000000, 60, 60);
	ck_assert_int_eq(truncate(path, 200), 0);
	while (capture_next(s.reader, &s.frame) == CAPTURE_FRAME)
		;
	ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_LOST);
	finish(&s);
}
END_TEST

START_TEST(touching_a_lost_frame_is_not_fatal)
{
	const char *path = store_many();
	struct session s = read_files(&path, 1, NULL);
	const uint8_t *late;

	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_FRAME);
	late = s.frame.data;
	ck_assert_int_eq(truncate(path, 4096), 0);
	ck_assert_int_eq(*(volatile const uint8_t *)late, 0);
	ck_assert(capture_lost(s.capture));
	finish(&s);
}
END_TEST

START_TEST(a_bus_error_elsewhere_still_ends_the_program)
{
	const char *path = store_many();
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct session s = read_files(&path, 1, NULL);
		int fd = open(path, O_RDONLY);
		volatile const uint8_t *ours = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 2); /* a sanitizer's report is none of the log's business */
		capture_next(s.reader, &s.frame);
		if (truncate(path, 0) == 0)
			_exit(ours[4096] ? 0 : 0);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}
END_TEST

static void *read_all(void *capture)
{
	struct capture_reader *reader = capture_reader_create(capture, NULL);
	struct frame frame;
	uint64_t sum = 0;

	while (capture_next(reader, &frame) == CAPTURE_FRAME) {
		sum = sum * 31 + frame.number + (uint64_t)frame.time_ns + frame.data[5];
		if (frame.number % 1000 == 0)
			sum += capture_file(capture, 0)->size;
	}
	capture_reader_destroy(reader);
	return (void *)(uintptr_t)sum;
}

START_TEST(readers_in_threads_see_the_same)
{
	const char *paths[] = {store_many(), store_times("b", 20, (uint32_t[]){1500, 2000, 0})};
	struct capture *capture = capture_open(paths, 2, "ether[0] != 7", all, &err);
	pthread_t threads[4];
	void *sums[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, read_all, capture);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], &sums[i]);
	for (int i = 1; i < 4; i++)
		ck_assert_ptr_eq(sums[i], sums[0]);
	ck_assert_uint_eq(capture_file(capture, 0)->packets, MANY);
	ck_assert_uint_eq(capture_file(capture, 1)->packets, 2);
	capture_close(capture);
}
END_TEST

/* ---- real captures ---- */

static void check_catalogued(const char *root, char *line)
{
	const char *path = strsep(&line, "\t"), *packets;
	char whole[1024];
	const char *given = whole;
	struct session s;
	uint64_t count = 0;

	strsep(&line, "\t");
	strsep(&line, "\t");
	packets = strsep(&line, "\t");
	if (!packets || !*packets)
		return; /* its link type is unknown even to the catalogue's tools */
	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	s = read_files(&given, 1, NULL);
	while (capture_next(s.reader, &s.frame) == CAPTURE_FRAME)
		count++;
	ck_assert_msg(count == strtoull(packets, NULL, 10), "%s: %s packets, read %llu", path,
		      packets, (unsigned long long)count);
	finish(&s);
}

START_TEST(real_captures_yield_what_their_catalogue_counts)
{
	const char *root = getenv("BITTERN_PCAPS");
	char path[1024], *line = NULL;
	size_t room = 0;
	FILE *catalogue;

	if (!root) {
		puts("skipped: BITTERN_PCAPS names no folder of real captures");
		return;
	}
	snprintf(path, sizeof(path), "%s/CATALOG.tsv", root);
	catalogue = fopen(path, "r");
	ck_assert_msg(catalogue, "%s: %s", path, strerror(errno));
	ck_assert_int_gt(getline(&line, &room, catalogue), 0);
	while (getline(&line, &room, catalogue) > 0)
		check_catalogued(root, line);
	free(line);
	fclose(catalogue);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture files");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_set_timeout(files, 60);
	tcase_add_test(files, files_become_one_timeline);
	tcase_add_test(files, a_broken_file_does_not_end_the_timeline);
	tcase_add_test(files, directories_give_their_captures_in_order);
	tcase_add_test(files, a_file_that_was_not_named_may_be_bad);
	tcase_add_test(files, what_cannot_be_opened_is_one_line);
	tcase_add_test(files, filtered_frames_have_no_number);
	tcase_add_test(files, a_filter_that_fits_only_some_link_types);
	tcase_add_test(files, a_fifo_is_read_once);
	tcase_add_test(files, patched_kernels_pcap_goes_through_libpcap);
	tcase_add_loop_test(files, a_file_that_shrinks_is_lost_and_nothing_else, 0, 2);
	tcase_add_test(files, a_shrunken_file_shows_when_its_last_page_is_still_there);
	tcase_add_test(files, touching_a_lost_frame_is_not_fatal);
	tcase_add_test(files, a_bus_error_elsewhere_still_ends_the_program);
	tcase_add_test(files, readers_in_threads_see_the_same);
	tcase_add_test(files, real_captures_yield_what_their_catalogue_counts);
	suite_add_tcase(suite, files);

	return run_suite(suite);
}
