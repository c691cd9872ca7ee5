/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures made byte by byte, and what the tests of src/capture expect of a reader.
 */
#ifndef TESTS_CAPTURE_IMAGE_H
#define TESTS_CAPTURE_IMAGE_H

#include <check.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "capture_memory.h"

/* ---- making captures ---- */

struct image {
	uint8_t bytes[65536];
	size_t size;
	bool big;
};

static inline void put(struct image *image, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		image->bytes[image->size++] =
			(uint8_t)(value >> 8 * (image->big ? size - 1 - i : i));
}

static inline void fill(struct image *image, uint8_t byte, size_t size)
{
	memset(image->bytes + image->size, byte, size);
	image->size += size;
}

static inline void pcap_header(struct image *image, uint32_t magic, uint32_t linktype)
{
	put(image, magic, 4);
	put(image, 2, 2);
	put(image, 4, 2);
	put(image, 0, 8);
	put(image, 65535, 4);
	put(image, linktype, 4);
}

static inline void pcap_record(struct image *image, uint32_t seconds, uint32_t ticks,
			       uint32_t captured, uint32_t wire)
{
	put(image, seconds, 4);
	put(image, ticks, 4);
	put(image, captured, 4);
	put(image, wire, 4);
	fill(image, (uint8_t)seconds, captured);
}

static inline void block_begin(struct image *image, uint32_t type, uint32_t body)
{
	put(image, type, 4);
	put(image, body + 12, 4);
}

static inline void section(struct image *image, bool big)
{
	image->big = big;
	block_begin(image, 0x0a0d0d0a, 16);
	put(image, 0x1a2b3c4d, 4);
	put(image, 1, 2);
	put(image, 0, 2);
	put(image, UINT64_MAX, 8);
	put(image, 28, 4);
}

static inline void interface(struct image *image, uint16_t linktype, uint32_t snap)
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

static inline void interface_clock(struct image *image, uint16_t linktype, uint8_t tsresol,
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

static inline void enhanced(struct image *image, uint32_t id, uint64_t ticks, uint32_t size)
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

static inline void simple(struct image *image, uint32_t wire, uint32_t there)
{
	block_begin(image, 3, 4 + there);
	put(image, wire, 4);
	fill(image, 3, there);
	put(image, 16 + there, 4);
}

/* ---- reading them ---- */

static inline bool all(int dlt)
{
	return true;
}

static inline bool ethernet_only(int dlt)
{
	return dlt == DLT_EN10MB;
}

static struct error err;

struct session {
	struct capture *capture;
	struct capture_reader *reader;
	struct frame frame;
};

static inline struct session read_memory(const struct image *image, bool (*supported)(int dlt))
{
	struct session s = {0};

	s.capture = capture_open_memory(image->bytes, image->size, NULL, supported, &err);
	ck_assert_msg(s.capture, "%s", err.text);
	s.reader = capture_reader_create(s.capture, &err);
	ck_assert_ptr_nonnull(s.reader);
	return s;
}

static inline void finish(struct session *s)
{
	capture_reader_destroy(s->reader);
	capture_close(s->capture);
}

static inline void expect(struct session *s, int64_t time_ns, uint32_t captured, uint32_t wire)
{
	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_FRAME);
	ck_assert_int_eq(s->frame.time_ns, time_ns);
	ck_assert_uint_eq(s->frame.captured, captured);
	ck_assert_uint_eq(s->frame.wire, wire);
}

/* At the end, and for good. */
static inline const struct capture_file *expect_end(struct session *s, uint64_t packets)
{
	const struct capture_file *file;

	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_END);
	ck_assert_int_eq(capture_next(s->reader, &s->frame), CAPTURE_END);
	file = capture_file(s->capture, 0);
	ck_assert_uint_eq(file->packets, packets);
	return file;
}

static inline void expect_whole(struct session *s, uint64_t packets)
{
	const struct capture_file *file = expect_end(s, packets);

	ck_assert(!file->cut);
	ck_assert_str_eq(file->problem, "");
	ck_assert_uint_eq(capture_bytes_read(s->reader), capture_bytes(s->capture));
	finish(s);
}

static inline void expect_cut(struct image *image, uint64_t packets, uint64_t at)
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

static inline void expect_problem(struct image *image, uint64_t packets, const char *words)
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

#endif
