/* SPDX-License-Identifier: Apache-2.0
 *
 * One capture file: what a reader must find in it, and where it must stop.
 */
#include <stdlib.h>

#include "capture_image.h"
#include "suite.h"

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
	expect_clock(3, -1, 5, 0); /* before 1970 */
	expect_clock(12, 0, 1700000000123456789, 1700000000123456);
	expect_clock(0x80 | 10, 0, (UINT64_C(1700000000) << 10) + 512, 1700000000500000000);
	expect_clock(0x80 | 32, 0, (UINT64_C(1700000000) << 32) + 1, 1700000000000000000);
	expect_clock(0x80 | 60, 0, UINT64_C(3) << 59, 1500000000);
	/* hostile ones stay numbers */
	expect_clock(0, 0, UINT64_MAX, FRAME_TIME_MAX);
	expect_clock(0, INT64_MAX, UINT64_MAX, FRAME_TIME_MAX);
	expect_clock(6, INT64_MIN, 0, 0);
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
	expect_refused("", 0, "empty; pcap or pcapng expected");
	expect_refused("\x7f"
		       "ELF",
		       4, "begins with 7f 45 4c 46 \".ELF\"; pcap or pcapng expected");
	expect_refused("\n\r\r\n some text", 14, "not a capture");
	expect_refused("\x1f\x8b\x08", 3, "gzip: unpack it first");
	expect_refused("\xd4\xc3\xb2", 3, "not a capture");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *memory = tcase_create("memory");

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

	return run_suite(suite);
}
