/* SPDX-License-Identifier: Apache-2.0
 *
 * One reader's way through the timeline: the files' walks, merged by the time of the frame that
 * each offers next. The walks are a heap whose root is the earliest; equal times go by the order of
 * the files. One file alone has no heap and offers nothing in advance.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "set.h"
#include "walk.h"

struct capture_reader {
	struct capture *capture;
	struct walk *walks; /* one per file */
	struct walk **heap; /* those that have a frame to offer */
	size_t live;        /* in the heap */
	bool begun;
	enum capture_status status; /* CAPTURE_FRAME until it ends */
	uint64_t number;
	_Atomic uint64_t bytes_read;
};

struct capture_reader *capture_reader_create(struct capture *capture, struct error *err)
{
	struct capture_reader *reader;

	if (capture->stream && atomic_exchange(&capture->stream_taken, true)) {
		error_set(err, "a capture from a stream can be read only once");
		return NULL;
	}
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		goto no_memory;
	reader->walks = calloc(capture->count, sizeof(*reader->walks));
	reader->heap = calloc(capture->count, sizeof(struct walk *));
	if (!reader->walks || !reader->heap)
		goto no_memory;
	reader->capture = capture;
	for (size_t i = 0; i < capture->count; i++) {
		walk_init(&reader->walks[i], &capture->members[i], capture->supported);
	}
	atomic_fetch_add(&capture->readers, 1);
	return reader;

no_memory:
	if (reader) {
		free(reader->walks);
		free(reader->heap);
		free(reader);
	}
	error_set(err, "no memory");
	return NULL;
}

void capture_reader_destroy(struct capture_reader *reader)
{
	if (!reader)
		return;
	atomic_fetch_sub(&reader->capture->readers, 1);
	for (size_t i = 0; i < reader->capture->count; i++)
		walk_finish(&reader->walks[i]);
	free(reader->walks);
	free(reader->heap);
	free(reader);
}

/* Up to where the walk is: whenever a page is turned. */
static void count_bytes(struct capture_reader *reader, struct walk *walk)
{
	uint64_t before = atomic_load_explicit(&reader->bytes_read, memory_order_relaxed);

	atomic_store_explicit(&reader->bytes_read, before + (walk->offset - walk->counted),
			      memory_order_relaxed);
	walk->counted = walk->offset;
}

/* A file cut inside its last page shows zeros there and no fault: its size tells. */
static void look_for_loss(struct walk *walk, void *_Atomic *note)
{
	struct member *member = walk->member;
	struct stat st;

	if (member->map.guard >= 0 && stat(member->path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_dev == member->device && (uint64_t)st.st_ino == member->inode &&
	    (uint64_t)st.st_size < member->opened.size)
		atomic_store(note, member);
}

/* Once for each file, so it takes none of the registers that each frame needs. */
static __attribute__((noinline)) void end_walk(struct capture_reader *reader, struct walk *walk)
{
	uint64_t size = walk->member->opened.size;

	look_for_loss(walk, &reader->capture->lost);
	if (set_lost(reader->capture))
		return;            /* what it ended with may be zeros: lose() has the last word */
	if (walk->offset < size) /* whatever was not worth reading is done with, too */
		walk->offset = size;
	count_bytes(reader, walk);
	walk_leave(walk, atomic_load(&reader->capture->readers));
	member_finish(walk->member, &walk->end);
}

static inline bool next_record(struct capture_reader *reader, struct walk *walk, struct frame *frame)
{
	if (walk->offset >= walk->window_end) {
		count_bytes(reader, walk);
		walk_turn_page(walk, atomic_load(&reader->capture->readers));
	}
	return walk_next(walk, frame);
}

/* A file that is lost has nothing to judge: whoever asks knows before anything is made of the frame. */
static __attribute__((noinline)) bool next_passing(struct capture_reader *reader, struct walk *walk,
						   struct frame *frame)
{
	enum filter_verdict verdict = FILTER_DROP;
	struct error why;

	while (verdict == FILTER_DROP) {
		uint64_t offset = walk->offset;

		if (!next_record(reader, walk, frame) || set_lost(reader->capture))
			return false;
		verdict = filter_judge(reader->capture->filter, frame, &why);
		if (verdict == FILTER_BAD)
			walk_broken(walk, offset, "%s", why.text);
	}
	return verdict == FILTER_PASS;
}

/* The walk's next frame that the filter lets through. */
static bool advance(struct capture_reader *reader, struct walk *walk, struct frame *frame)
{
	bool got = reader->capture->filter ? next_passing(reader, walk, frame)
					   : next_record(reader, walk, frame);

	if (!got)
		end_walk(reader, walk);
	return got;
}

static bool earlier(const struct walk *a, const struct walk *b)
{
	if (a->head.time_ns != b->head.time_ns)
		return a->head.time_ns < b->head.time_ns;
	return a->head.file < b->head.file;
}

static void sift_down(struct capture_reader *reader, size_t at)
{
	struct walk **heap = reader->heap, *moving = heap[at];

	for (size_t child; (child = 2 * at + 1) < reader->live; at = child) {
		if (child + 1 < reader->live && earlier(heap[child + 1], heap[child]))
			child++;
		if (!earlier(heap[child], moving))
			break;
		heap[at] = heap[child];
	}
	heap[at] = moving;
}

static void begin(struct capture_reader *reader)
{
	for (size_t i = 0; i < reader->capture->count; i++) {
		struct walk *walk = &reader->walks[i];

		if (advance(reader, walk, &walk->head))
			reader->heap[reader->live++] = walk;
	}
	for (size_t i = reader->live / 2; i-- > 0;)
		sift_down(reader, i);
	reader->begun = true;
}

/* The frame handed out last is replaced only now: of a stream it lived until here. */
static bool merged(struct capture_reader *reader, struct frame *frame)
{
	if (!reader->begun) {
		begin(reader);
	} else if (reader->live) {
		struct walk *first = reader->heap[0];

		if (!advance(reader, first, &first->head))
			reader->heap[0] = reader->heap[--reader->live];
		if (reader->live)
			sift_down(reader, 0);
	}
	if (!reader->live)
		return false;
	*frame = reader->heap[0]->head;
	return true;
}

/* Whichever reader sees it first says which file it was. */
static enum capture_status lose(struct capture_reader *reader)
{
	struct member *member = atomic_load(&reader->capture->lost);
	struct walk *walk = &reader->walks[member->index];

	walk->end.cut = false;
	walk_broken(walk, walk->offset, "it shrank while it was read");
	member_finish(member, &walk->end);
	reader->status = CAPTURE_LOST;
	return CAPTURE_LOST;
}

enum capture_status capture_next(struct capture_reader *reader, struct frame *frame)
{
	bool got;

	if (reader->status != CAPTURE_FRAME)
		return reader->status;
	got = reader->capture->count == 1 ? advance(reader, reader->walks, frame)
					  : merged(reader, frame);
	if (set_lost(reader->capture))
		return lose(reader);
	if (!got) {
		reader->status = CAPTURE_END;
		return CAPTURE_END;
	}
	frame->number = ++reader->number;
	return CAPTURE_FRAME;
}

uint64_t capture_bytes_read(const struct capture_reader *reader)
{
	return atomic_load_explicit(&reader->bytes_read, memory_order_relaxed);
}
