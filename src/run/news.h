/* SPDX-License-Identifier: Apache-2.0
 *
 * What crosses the ring from a worker to the reporter, and in which order it is read there.
 *
 * The order is (packet, origin): the packet that was being looked at, and before it, what fell due
 * at its time, by the packet in which it began. Both are facts of the capture, so the merged stream
 * is the same for any number of workers.
 */
#ifndef RUN_NEWS_H
#define RUN_NEWS_H

#include "eve.h"
#include "finding.h"
#include "ring.h"
#include "sighting.h"

enum news_kind {
	NEWS_LINE,     /* a log line, ready to be written, with its newline */
	NEWS_FINDING,  /* struct finding */
	NEWS_REPEAT,   /* struct news_repeat */
	NEWS_SIGHTING, /* struct sighting, for TRAFFIC with its traffic */
	NEWS_STATS,    /* struct news_stats; live */
};

/* Origins, in order: holes in streams given up, overdue requests, flows that end and counts come before what the packet
 * itself brings; each in the order of the packet in which it began. */
enum news_phase {
	NEWS_STREAMS,
	NEWS_REQUESTS,
	NEWS_FLOWS,
	NEWS_REPORTS,
	NEWS_COUNTS,
	NEWS_PACKET,
};

static inline uint64_t news_origin(enum news_phase phase, uint64_t began)
{
	return (uint64_t)phase << 61 | began;
}

struct news {
	uint64_t packet, origin;
	enum news_kind kind;
	uint32_t size; /* of what follows */
};

/* An alert's finding happened again, `count` times since the last word of it. */
struct news_repeat {
	uint64_t identity;
	uint64_t count;
	int64_t last_ns;
	uint64_t packet;
	uint8_t seen; /* enum bt_seen bits of their flows */
};

/* What a worker has counted so far, once a second. */
struct news_stats {
	unsigned worker;
	int64_t now_ns, steady_ns; /* packet time; run/clock.h */
	struct eve_stats stats;
};

/* The writing end: one per worker. */
struct news_writer {
	struct ring *ring;
	uint64_t waits; /* times it was full */
	uint64_t packet, origin; /* of what is being looked at */
};

/* Copies `body` into the ring; waits for room (a file never loses news). */
void news_post(struct news_writer *writer, enum news_kind kind, const void *body, size_t size);

/* A log line is written in place: begin, write JSON into the record, end. A line that does not fit
 * RECORD_BYTES_MAX is dropped: false. */
bool news_line_begin(struct news_writer *writer, struct bt_record *rec);
bool news_line_end(struct news_writer *writer, struct bt_record *rec);

#endif
