/* SPDX-License-Identifier: Apache-2.0
 *
 * One reader's way through one file, record by record.
 */
#ifndef CAPTURE_WALK_H
#define CAPTURE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "bittern/cursor.h"
#include "capture.h"
#include "member.h"

enum {
	FRAME_BYTES_MAX =
		256 << 10, /* captured, of one frame; what tcpdump and Wireshark write at most */
};

struct interface;

struct walk {
	struct member *member;
	bool (*supported)(int dlt);
	bool (*next)(struct walk *walk, struct frame *frame);
	uint64_t offset;     /* of the next record; of a stream: bytes of the frames so far */
	uint64_t counted;    /* of them, as read */
	size_t prefetched;   /* the processor has been told up to here */
	size_t window_end;   /* offset at which the next window is due */
	size_t left_windows; /* windows this reader is through with */
	int refused;         /* DLT_ of the frame that ended the walk because it is not supported */
	int link;            /* pcap: of all frames */
	struct capture_file end; /* becomes the member's */

	/* pcapng: of the section at hand */
	bool big_endian;
	struct interface *interfaces;
	uint32_t interface_count, interface_room;
	uint32_t interfaces_before; /* of the sections before it */
	int64_t last_ns;            /* a frame without a time gets that of the one before it */

	struct frame head; /* the timeline's: the frame this file offers next */
};

enum {
	WALK_NONE_REFUSED = -1,
};

void walk_init(struct walk *walk, struct member *member, bool (*supported)(int dlt));
void walk_finish(struct walk *walk);

/* The next frame with everything but its number. False: the file ends here, walk->end says how. */
static inline bool walk_next(struct walk *walk, struct frame *frame)
{
	if (!walk->next(walk, frame))
		return false;
	frame->file = walk->member->index;
	frame->file_number = ++walk->end.packets;
	if (frame->wire < frame->captured)
		frame->wire = frame->captured;
	return true;
}

/* Pages in what comes and lets go of what is behind; `readers` walk this file. Due when the offset
 * has reached walk->window_end. */
void walk_turn_page(struct walk *walk, unsigned readers);
/* Lets go of all of it: nothing more will be read. */
void walk_leave(struct walk *walk, unsigned readers);

bool walk_pcap(struct walk *walk, struct frame *frame);
bool walk_pcapng(struct walk *walk, struct frame *frame);
bool walk_libpcap(struct walk *walk, struct frame *frame);

/* ---- for those three; all return false, and are out of the way of what goes on ---- */

/* The record at `at` is incomplete: the file ends in it. */
bool walk_cut(struct walk *walk, uint64_t at) __attribute__((cold));
/* The record at `at` cannot be what it says. */
bool walk_broken(struct walk *walk, uint64_t at, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));
/* `dlt` is not supported; the frame at `at` is its first. */
bool walk_refuse(struct walk *walk, uint64_t at, int dlt) __attribute__((cold));

/* What is left of a mapped file, from the record that is next. */
static inline struct bt_cursor walk_rest(const struct walk *walk)
{
	const struct mapping *map = &walk->member->map;

	return cur_of(map->bytes + walk->offset, map->size - walk->offset);
}

static inline uint32_t walk_u32(struct bt_cursor *cur, bool big_endian)
{
	return big_endian ? cur_u32be(cur) : cur_u32le(cur);
}

static inline uint16_t walk_u16(struct bt_cursor *cur, bool big_endian)
{
	return big_endian ? cur_u16be(cur) : cur_u16le(cur);
}

/* Times that do not overflow, whatever a file claims. */
static inline int64_t walk_sum(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static inline int64_t walk_seconds(int64_t seconds)
{
	int64_t ns;

	if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &ns))
		return seconds < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

/* Whatever a file claims, into the range of a frame's. (What pcap can say is.) */
static inline int64_t walk_time(int64_t claimed_ns)
{
	if (claimed_ns < 0)
		return 0;
	return claimed_ns < FRAME_TIME_MAX ? claimed_ns : FRAME_TIME_MAX;
}

/* Each header says where the next one is: a chain of dependent loads that no processor can run
 * ahead on, and its own prefetcher loses the track at every skipped line. So all lines are asked
 * for in order, some records before they are needed. */
static inline void walk_look_ahead(struct walk *walk)
{
	enum {
		LINE = 64,
		AHEAD = 24 * LINE,
	};
	const struct mapping *map = &walk->member->map;
	size_t until = map->size - walk->offset > AHEAD ? walk->offset + AHEAD : map->size;
	size_t at = walk->prefetched;

	if (at >= until)
		return;
	if (at < walk->offset) /* a long record was passed over */
		at = walk->offset;
	for (; at < until; at += LINE)
		__builtin_prefetch(map->bytes + at);
	walk->prefetched = at;
}

#endif
