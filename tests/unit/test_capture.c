/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures made byte by byte: what a reader must find in them, where it must stop, and that no file
 * can end the program. BITTERN_PCAPS names a folder of real captures with a CATALOG.tsv (path,
 * sha256, bytes, packets, ...): each must yield the packets that the catalogue counts.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "capture_memory.h"

/* ---- making captures ---- */

struct image {
	uint8_t bytes[65536];
	size_t size;
	bool big;
};

static void put(struct image *image, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		image->bytes[image->size++] =
			(uint8_t)(value >> 8 * (image->big ? size - 1 - i : i));
}

static void fill(struct image *image, uint8_t byte, size_t size)
{
	memset(image->bytes + image->size, byte, size);
	image->size += size;
}

static void pcap_header(struct image *image, uint32_t magic, uint32_t linktype)
{
	put(image, magic, 4);
	put(image, 2, 2);
	put(image, 4, 2);
	put(image, 0, 8);
	put(image, 65535, 4);
	put(image, linktype, 4);
}

static void pcap_record(struct image *image, uint32_t seconds, uint32_t ticks, uint32_t captured,
			uint32_t wire)
{
	put(image, seconds, 4);
	put(image, ticks, 4);
	put(image, captured, 4);
	put(image, wire, 4);
	fill(image, (uint8_t)seconds, captured);
}

static void block_begin(struct image *image, uint32_t type, uint32_t body)
{
	put(image, type, 4);
	put(image, body + 12, 4);
}

static void section(struct image *image, bool big)
{
	image->big = big;
	block_begin(image, 0x0a0d0d0a, 16);
	put(image, 0x1a2b3c4d, 4);
	put(image, 1, 2);
	put(image, 0, 2);
	put(image, UINT64_MAX, 8);
	put(image, 28, 4);
}

static void interface(struct image *image, uint16_t linktype, uint32_t snap)
{
	block_begin(image, 1, 8);
	put(image, linktype, 4);
	if (image->big) { /* linktype and reserved are two fields */
		image->size -= 4;
		put(image, linktype, 2);
		put(image, 0, 2);
	}
	put(image, snap, 4);
	put(image, 20, 4);
}

static void interface_clock(struct image *image, uint16_t linktype, uint8_t tsresol,
			    int64_t tsoffset)
{
	block_begin(image, 1, 32);
	put(image, linktype, 2);
	put(image, 0, 2);
	put(image, 0, 4);
	put(image, 9, 2);
	put(image, 1, 2);
	put(image, tsresol, 1);
	fill(image, 0, 3);
	put(image, 14, 2);
	put(image, 8, 2);
	put(image, (uint64_t)tsoffset, 8);
	put(image, 0, 4);
	put(image, 44, 4);
}

static void enhanced(struct image *image, uint32_t id, uint64_t ticks, uint32_t size)
{
	uint32_t padded = (size + 3) & ~3u;

	block_begin(image, 6, 20 + padded);
	put(image, id, 4);
	put(image, ticks >> 32, 4);
	put(image, ticks & UINT32_MAX, 4);
	put(image, size, 4);
	put(image, size + 7, 4);
	fill(image, (uint8_t)size, padded);
	put(image, 32 + padded, 4);
}

static void simple(struct image *image, uint32_t wire, uint32_t there)
{
	block_begin(image, 3, 4 + there);
	put(image, wire, 4);
	fill(image, 3, there);
	put(image, 16 + there, 4);
}

/* ---- reading them ---- */

static bool all(int dlt)
{
	return true;
}

static bool ethernet_only(int dlt)
{
	return dlt == DLT_EN10MB;
}

static struct error err;

struct session {
	struct capture *capture;
	struct capture_reader *reader;
	struct frame frame;
};

static struct session read_memory(const struct image *image, bool (*supported)(int dlt))
{
	struct session s = {0};

	s.capture = capture_open_memory(image->bytes, image->size, NULL, supported, &err);
	ck_assert_msg(s.capture, "%s", err.text);
	s.reader = capture_reader_create(s.capture, &err);
	ck_assert_ptr_nonnull(s.reader);
	return s;
}

static void finish(struct session *s)
{
	capture_reader_destroy(s->reader);
	capture_close(s->capture);
}

static void expect(struct session *s, int64_t time_ns, uint32_t captured, uint32_t wire)
{
	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_FRAME);
	ck_assert_int_eq(s->frame.time_ns, time_ns);
	ck_assert_uint_eq(s->frame.captured, captured);
	ck_assert_uint_eq(s->frame.wire, wire);
}

/* At the end, and for good. */
static const struct capture_file *expect_end(struct session *s, uint64_t packets)
{
	const struct capture_file *file;

	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_END);
	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_END);
	file = capture_file(s->capture, 0);
	ck_assert_uint_eq(file->packets, packets);
	return file;
}

static void expect_whole(struct session *s, uint64_t packets)
{
	const struct capture_file *file = expect_end(s, packets);

	ck_assert(!file->cut);
	ck_assert_str_eq(file->problem, "");
	ck_assert_uint_eq(capture_bytes_read(s->reader), capture_bytes(s->capture));
	finish(s);
}

static void expect_cut(struct image *image, uint64_t packets, uint64_t at)
{
	struct session s = read_memory(image, all);
	const struct capture_file *file;

	for (uint64_t i = 0; i < packets; i++)
		ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_FRAME);
	file = expect_end(&s, packets);
	ck_assert(file->cut);
	ck_assert_uint_eq(file->cut_at, at);
	ck_assert_str_eq(file->problem, "");
	finish(&s);
}

static void expect_problem(struct image *image, uint64_t packets, const char *words)
{
	struct session s = read_memory(image, all);
	const struct capture_file *file;

	for (uint64_t i = 0; i < packets; i++)
		ck_assert_int_eq(capture_next(s.reader, &s.frame), CAPTURE_FRAME);
	file = expect_end(&s, packets);
	ck_assert(!file->cut);
	ck_assert_msg(strstr(file->problem, words), "\"%s\" lacks \"%s\"", file->problem, words);
	finish(&s);
}

/* ---- pcap ---- */

START_TEST(pcap_in_both_byte_orders_and_clocks)
{
	struct image image = {.big = _i & 1};
	bool nano = _i & 2;
	struct session s;

	pcap_header(&image, nano ? 0xa1b23c4d : 0xa1b2c3d4, 1);
	pcap_record(&image, 1700000000, 123456, 60, 1500);
	pcap_record(&image, 4000000000, 999999, 0, 0);
	pcap_record(&image, 1, 2, 60, 8); /* the wire cannot have had less than was captured */
	s = read_memory(&image, all);
	ck_assert_str_eq(capture_file(s.capture, 0)->format, nano ? "pcap (nanoseconds)" : "pcap");
	expect(&s, INT64_C(1700000000000000000) + (nano ? 123456 : 123456000), 60, 1500);
	ck_assert_uint_eq(s.frame.number, 1);
	ck_assert_uint_eq(s.frame.file_number, 1);
	ck_assert_int_eq(s.frame.link, DLT_EN10MB);
	ck_assert_int_eq(s.frame.data[59], (uint8_t)1700000000);
	expect(&s, INT64_C(4000000000000000000) + (nano ? 999999 : 999999000), 0, 0);
	expect(&s, 1000000000 + (nano ? 2 : 2000), 60, 60);
	ck_assert_uint_eq(s.frame.number, 3);
	expect_whole(&s, 3);
}
END_TEST

static void expect_link(uint32_t linktype, int dlt)
{
	struct image image = {0};
	struct session s;

	pcap_header(&image, 0xa1b2c3d4, linktype);
	pcap_record(&image, 1, 0, 20, 20);
	s = read_memory(&image, all);
	expect(&s, 1000000000, 20, 20);
	ck_assert_int_eq(s.frame.link, dlt);
	expect_whole(&s, 1);
}

START_TEST(link_types_of_files_become_those_of_programs)
{
	expect_link(1, DLT_EN10MB);
	expect_link(101, DLT_RAW);
	expect_link(113, DLT_LINUX_SLL);
	expect_link(276, DLT_LINUX_SLL2);
	expect_link(228, DLT_IPV4);
	expect_link(0x54000001, DLT_EN10MB); /* with four bytes of FCS */
}
END_TEST

START_TEST(a_header_alone_is_an_empty_capture)
{
	struct image image = {0};
	struct session s;

	pcap_header(&image, 0xa1b2c3d4, 105); /* not even its link type matters */
	s = read_memory(&image, ethernet_only);
	expect_whole(&s, 0);
}
END_TEST

START_TEST(pcap_cut_anywhere)
{
	struct image image = {0};

	pcap_header(&image, 0xa1b2c3d4, 1);
	pcap_record(&image, 1, 0, 60, 60);
	pcap_record(&image, 2, 0, 60, 60);
	for (size_t size = 4; size < image.size; size++) {
		struct image cut = image;

		cut.size = size;
		if (size != 24 && size != 100)
			expect_cut(&cut, size < 100 ? 0 : 1, size < 24 ? 0 : size < 100 ? 24 : 100);
	}
}
END_TEST

START_TEST(pcap_broken_inside)
{
	struct image image = {0};

	pcap_header(&image, 0xa1b2c3d4, 1);
	pcap_record(&image, 1, 0, 60, 60);
	put(&image, 2, 8);
	put(&image, 0x40001, 4); /* one more than 256 KiB */
	put(&image, 0x40001, 4);
	fill(&image, 0, 100);
	expect_problem(&image, 1, "262145 captured bytes, more than any frame has, at byte 100");
}
END_TEST

/* ---- pcapng ---- */

START_TEST(pcapng_with_sections_of_both_byte_orders)
{
	struct image image = {0};
	struct session s;

	section(&image, _i);
	interface(&image, 1, 0);
	interface(&image, 101, 0);
	block_begin(&image, 0x0bad, 8); /* a custom block */
	fill(&image, 0xff, 8);
	put(&image, 20, 4);
	enhanced(&image, 1, 1700000000000001, 33);
	section(&image, !_i);
	interface(&image, 113, 0);
	enhanced(&image, 0, 1700000000000002, 35);
	block_begin(&image, 2, 20 + 4); /* the obsolete packet block */
	put(&image, 0, 2);
	put(&image, 0xffff, 2);
	put(&image, 1700000000000003 >> 32, 4);
	put(&image, 1700000000000003 & UINT32_MAX, 4);
	put(&image, 3, 4);
	put(&image, 90, 4);
	fill(&image, 0, 4);
	put(&image, 36, 4);

	s = read_memory(&image, all);
	ck_assert_str_eq(capture_file(s.capture, 0)->format, "pcapng");
	expect(&s, 1700000000000001000, 33, 40);
	ck_assert_uint_eq(s.frame.interface, 1);
	ck_assert_int_eq(s.frame.link, DLT_RAW);
	expect(&s, 1700000000000002000, 35, 42);
	ck_assert_uint_eq(s.frame.interface, 2); /* counted over the whole file */
	ck_assert_int_eq(s.frame.link, DLT_LINUX_SLL);
	expect(&s, 1700000000000003000, 3, 90);
	expect_whole(&s, 3);
}
END_TEST

static void expect_clock(uint8_t tsresol, int64_t tsoffset, uint64_t ticks, int64_t time_ns)
{
	for (int big = 0; big < 2; big++) {
		struct image image = {0};
		struct session s;

		section(&image, big);
		interface_clock(&image, 1, tsresol, tsoffset);
		enhanced(&image, 0, ticks, 1);
		s = read_memory(&image, all);
		expect(&s, time_ns, 1, 8);
		expect_whole(&s, 1);
	}
}

START_TEST(pcapng_clocks)
{
	expect_clock(6, 0, 1, 1000);
	expect_clock(9, 0, 1700000000123456789, 1700000000123456789);
	expect_clock(0, 0, 1700000000, 1700000000000000000);
	expect_clock(3, 1700000000, 5, 1700000000005000000);
	expect_clock(3, -1, 5, -995000000);
	expect_clock(12, 0, 1700000000123456789, 1700000000123456);
	expect_clock(0x80 | 10, 0, (UINT64_C(1700000000) << 10) + 512, 1700000000500000000);
	expect_clock(0x80 | 32, 0, (UINT64_C(1700000000) << 32) + 1, 1700000000000000000);
	expect_clock(0x80 | 60, 0, UINT64_C(3) << 59, 1500000000);
	/* hostile ones stay numbers */
	expect_clock(0, 0, UINT64_MAX, INT64_MAX);
	expect_clock(0, INT64_MAX, UINT64_MAX, INT64_MAX);
	expect_clock(6, INT64_MIN, 0, INT64_MIN);
	expect_clock(127, 0, UINT64_MAX, 0);
	expect_clock(0xff, 0, UINT64_MAX, 0);
	expect_clock(28, 0, UINT64_MAX, 1);
}
END_TEST

START_TEST(simple_packets_are_cut_at_their_interface)
{
	struct image image = {0};
	struct session s;

	section(&image, false);
	interface(&image, 1, 20);
	simple(&image, 100, 20);
	enhanced(&image, 0, 77, 4);
	simple(&image, 9, 12);
	s = read_memory(&image, all);
	expect(&s, 0, 20, 100);
	expect(&s, 77000, 4, 11);
	expect(&s, 77000, 9, 9); /* no clock of its own: as old as the one before */
	expect_whole(&s, 3);
}
END_TEST

START_TEST(pcapng_cut_anywhere)
{
	struct image image = {0};
	size_t frames;

	section(&image, false);
	interface(&image, 1, 0);
	frames = image.size;
	enhanced(&image, 0, 1, 20);
	for (size_t size = 12; size < image.size; size++) {
		struct image cut = image;

		cut.size = size;
		if (size != 28 && size != frames)
			expect_cut(&cut, 0, size < 28 ? 0 : size < frames ? 28 : frames);
	}
}
END_TEST

START_TEST(pcapng_broken_inside)
{
	static const struct {
		size_t at; /* in the second frame's block */
		uint32_t value;
		const char *words;
	} lies[] = {
		{4, 53, "53 bytes long"},
		{4, 8, "8 bytes long"},
		{4, 0xfffffff0, "4294967280 bytes long"},
		{4, 48, "two lengths differ"},
		{8, 1, "interface 1, which is not declared"},
		{20, 21, "21 captured bytes, more than it holds"},
		{20, 0x80000000, "more than any frame has"},
		{48, 0, "two lengths differ"},
	};
	struct image image = {0};
	size_t second;

	section(&image, false);
	interface(&image, 1, 0);
	enhanced(&image, 0, 1, 20);
	second = image.size;
	enhanced(&image, 0, 1, 20);
	fill(&image, 0, 64);
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct image bad = image;

		bad.size = second + lies[i].at;
		put(&bad, lies[i].value, 4);
		bad.size = image.size;
		expect_problem(&bad, 1, lies[i].words);
	}
}
END_TEST

START_TEST(pcapng_of_another_version)
{
	struct image image = {0};

	section(&image, false);
	image.bytes[12] = 2;
	expect_problem(&image, 0, "version 2.0");
}
END_TEST

START_TEST(interfaces_have_a_cap)
{
	const size_t count = 65537, size = 28 + 20 * count;
	struct image image = {0};
	struct capture *capture;
	struct capture_reader *reader;
	struct frame frame;
	uint8_t *bytes = malloc(size);

	section(&image, false);
	interface(&image, 1, 0);
	memcpy(bytes, image.bytes, 28);
	for (size_t i = 0; i < count; i++)
		memcpy(bytes + 28 + 20 * i, image.bytes + 28, 20);
	capture = capture_open_memory(bytes, size, NULL, all, &err);
	reader = capture_reader_create(capture, &err);
	ck_assert_int_eq(capture_next(reader, &frame), CAPTURE_END);
	ck_assert_ptr_nonnull(strstr(capture_file(capture, 0)->problem, "65536 interfaces"));
	capture_reader_destroy(reader);
	capture_close(capture);
	free(bytes);
}
END_TEST

/* ---- what cannot be decoded ---- */

START_TEST(link_types_are_judged_where_they_are_used)
{
	struct image image = {0}, late;
	struct session s;
	const struct capture_file *file;

	section(&image, false);
	interface(&image, 1, 0);
	interface(&image, 127, 0); /* declared, never used */
	enhanced(&image, 0, 1, 20);
	late = image;
	s = read_memory(&image, ethernet_only);
	expect(&s, 1000, 20, 27);
	expect_whole(&s, 1);

	enhanced(&image, 1, 1, 20);
	ck_assert_ptr_null(capture_open_memory(image.bytes, image.size, NULL, ethernet_only, &err));
	ck_assert_str_eq(err.text, "(memory): link type IEEE802_11_RADIO (127) is not supported; "
				   "supported: EN10MB");

	for (int i = 0; i < 99; i++)
		enhanced(&late, 0, 1, 20);
	enhanced(&late, 1, 1, 20);
	s = read_memory(&late, ethernet_only);
	for (int i = 0; i < 100; i++)
		expect(&s, 1000, 20, 27);
	file = expect_end(&s, 100);
	ck_assert_ptr_nonnull(strstr(file->problem, "IEEE802_11_RADIO"));
	finish(&s);
}
END_TEST

static void expect_refused(const void *bytes, size_t size, const char *words)
{
	ck_assert_ptr_null(capture_open_memory(bytes, size, NULL, all, &err));
	ck_assert_msg(strstr(err.text, words), "\"%s\" lacks \"%s\"", err.text, words);
}

START_TEST(other_content_is_refused)
{
	expect_refused("", 0, "is empty; pcap or pcapng expected");
	expect_refused("\x7f"
		       "ELF",
		       4, "begins with 7f 45 4c 46 \".ELF\"; pcap or pcapng expected");
	expect_refused("\n\r\r\n some text", 14, "is not a capture");
	expect_refused("\x1f\x8b\x08", 3, "gzip: unpack it first");
	expect_refused("\xd4\xc3\xb2", 3, "is not a capture");
}
END_TEST

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

START_TEST(what_cannot_be_opened_is_one_line)
{
	struct image empty = {0};

	expect_no_capture(in_folder("none"), NULL, "none: No such file or directory");
	expect_no_capture(store("empty", &empty), NULL, "is empty; pcap or pcapng expected");
	if (geteuid() != 0) {
		store_times("secret", 20, (uint32_t[]){1, 0});
		chmod(in_folder("secret"), 0);
		expect_no_capture(in_folder("secret"), NULL, "Permission denied");
		expect_no_capture(folder, NULL, "Permission denied");
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
	struct image image = {0};
	const char *path;
	struct session s;

	pcap_header(&image, 0xa1b2cd34, 1); /* Kuznetzov: eight bytes more in each record */
	for (uint32_t i = 1; i <= 3; i++) {
		put(&image, i, 4);
		put(&image, 7, 4);
		put(&image, 60, 4);
		put(&image, 61, 4);
		fill(&image, 0, 8 + 60);
	}
	path = store("old", &image);
	s = read_files(&path, 1, NULL);
	ck_assert_str_eq(capture_file(s.capture, 0)->format, "libpcap");
	for (int64_t i = 1; i <= 3; i++)
		expect(&s, i * 1000000000 + 7000, 60, 61);
	expect_end(&s, 3);
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
	Suite *suite = suite_create("capture");
	TCase *memory = tcase_create("memory"), *files = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(memory, pcap_in_both_byte_orders_and_clocks, 0, 4);
	tcase_add_test(memory, link_types_of_files_become_those_of_programs);
	tcase_add_test(memory, a_header_alone_is_an_empty_capture);
	tcase_add_test(memory, pcap_cut_anywhere);
	tcase_add_test(memory, pcap_broken_inside);
	tcase_add_loop_test(memory, pcapng_with_sections_of_both_byte_orders, 0, 2);
	tcase_add_test(memory, pcapng_clocks);
	tcase_add_test(memory, simple_packets_are_cut_at_their_interface);
	tcase_add_test(memory, pcapng_cut_anywhere);
	tcase_add_test(memory, pcapng_broken_inside);
	tcase_add_test(memory, pcapng_of_another_version);
	tcase_add_test(memory, interfaces_have_a_cap);
	tcase_add_test(memory, link_types_are_judged_where_they_are_used);
	tcase_add_test(memory, other_content_is_refused);
	suite_add_tcase(suite, memory);

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_set_timeout(files, 60);
	tcase_add_test(files, files_become_one_timeline);
	tcase_add_test(files, a_broken_file_does_not_end_the_timeline);
	tcase_add_test(files, directories_give_their_captures_in_order);
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

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
