/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames in: recorded captures as one timeline.
 *
 * A capture is a set of files, opened once and shared by all workers, read only. Each worker walks
 * it with a reader of its own. pcap and pcapng files are mapped and never copied; a frame is a view
 * that lives until the capture is closed. What is behind the slowest reader costs no resident
 * memory. Standard input, FIFOs and formats that only libpcap knows go through libpcap: such a
 * capture has exactly one reader, and a frame lives until the next one.
 *
 * Several files are merged by packet time; frames of equal time keep the order of the files as
 * given; inside a file the order on disk is kept even where its clock steps back (a file never
 * waits for its own earlier time).
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* The year 2116: past all that pcap can say, and no sum with a time-out overflows. */
#define FRAME_TIME_MAX (INT64_C(1) << 62)

struct frame {
	const uint8_t *data;
	uint32_t captured; /* bytes at data */
	uint32_t wire;     /* bytes on the wire (>= captured; lies are corrected) */
	int64_t time_ns;   /* since 1970; 0 .. FRAME_TIME_MAX, whatever the file claims */
	/* 1, 2, 3 ... over the whole timeline, after the filter's choice: a frame that the filter
	 * drops has no number */
	uint64_t number;
	uint64_t file_number; /* in its file, 1 ..., as Wireshark counts: filtered frames count */
	uint32_t file;        /* index for capture_file() */
	uint32_t interface;   /* in its file, counted over all sections */
	int link;             /* DLT_ (pcap/dlt.h), already mapped from the file's LINKTYPE_ */
};

enum capture_status {
	CAPTURE_FRAME,
	CAPTURE_END,
	CAPTURE_LOST, /* a mapped file shrank or vanished under the reader; the frame is not valid */
};

struct capture_file {
	const char *path;   /* as given or found; "-" for standard input */
	const char *format; /* "pcap", "pcap (nanoseconds)", "pcapng", "libpcap"; "none": not opened */
	uint64_t size;      /* bytes; 0 for a stream */
	uint64_t packets;   /* in it, filtered ones too; 0 until the first reader is through */
	bool cut;           /* its last record is incomplete */
	uint64_t cut_at;    /* offset of that record; 0 when libpcap read it */
	/* broken inside, or lost: what and at which offset; analysed up to there. "" = none */
	char problem[200];
};

struct capture;
struct capture_reader;

/* Opens files, and every capture in directories (by content, in the order of names, with their
 * directories but not hidden ones nor symbolic links to directories; other files there are passed
 * over silently). "-" is standard input.
 * `filter`: a BPF expression or NULL. `supported(dlt)` says which link types can be decoded (called
 * from any reader's thread; NULL: all). A link type is judged where a frame of it stands.
 * A file that was named must be a readable capture whose first frames are supported: else it is
 * refused here. In a directory the others are read all the same and its `problem` says what is wrong
 * (only when nothing is left to be read the whole is refused); likewise for what comes later in a file.
 * NULL: `err` says in one line what, where, and what would be right. */
struct capture *capture_open(const char *const *paths, size_t count, const char *filter,
			     bool (*supported)(int dlt), struct error *err);
void capture_close(struct capture *capture); /* NULL: nothing */
/* Does the expression mean anything? (On some link type it may still not.) */
bool capture_filter_check(const char *filter, struct error *err);

bool capture_is_stream(const struct capture *capture); /* true: one reader only */
uint64_t capture_bytes(const struct capture *capture); /* of all files; 0 when unknown */
size_t capture_file_count(const struct capture *capture);
/* What is known of it now, from any thread: cut, problem and packets once the first reader has come
 * to its end (ask again then, the pointer is another). NULL: no such file. */
const struct capture_file *capture_file(const struct capture *capture, size_t index);

struct capture_reader *capture_reader_create(struct capture *capture, struct error *err);
void capture_reader_destroy(struct capture_reader *reader);
/* Fills `frame`. After END or LOST every further call gives the same. */
enum capture_status capture_next(struct capture_reader *reader, struct frame *frame);
uint64_t capture_bytes_read(const struct capture_reader *reader); /* for progress; any thread */
/* True once any mapped file was found shorter than when it was opened: what was read from the
 * frame at hand may be zeros and must be thrown away. Cheap; asked after every frame. */
bool capture_lost(const struct capture *capture);
const char *capture_lost_path(const struct capture *capture); /* the file's; NULL: none was lost */

#endif
