/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP segments -> contiguous bytes, in order, once, per direction.
 *
 * Rules (docs/ARCHITECTURE.md gives the reasons):
 *  - Bytes are delivered as soon as they are contiguous; an ACK is not waited for.
 *  - Overlap: the first copy of a byte wins. A later copy with other content is a conflict and is
 *    reported, never delivered. (Delivered bytes are compared by their segments' hashes, and where
 *    stream_remember() was called with the last bytes themselves, however a copy of them is cut.)
 *  - A stream whose beginning was not seen starts at the first segment with payload.
 *  - What its sender sent after it had received other bytes is delivered after these: an answer after
 *    its request, even where a mirror port shows them the other way round.
 *  - A hole is waited for, boundedly: until the held segments or bytes reach their cap, until 2 s of
 *    packet time, or until the receiver has acknowledged past it and a little later (the sensor
 *    never saw it: it is lost). Then it is reported as a gap, and so are the acknowledged bytes that
 *    nothing came after: whoever waited for them goes on, and they are still taken if they come.
 *  - A hole that was given up without an acknowledgement may be the work of a forged segment, and so may
 *    the beginning that a SYN tells: what then comes before it is believed, and so is, wherever it
 *    lies, what the receiver waits for by its last acknowledgement. Else one forged packet would make
 *    all that is really sent look old.
 *  - Keep-alives (one old byte) are no conflict. A segment far outside the window is no data.
 *
 * Zero copy: in-order bytes are views of the packet. Only what is held (out of order) or carried
 * (the beginning of an incomplete message) is copied, into memory with a cap per stream and shard.
 *
 *     stream_segment(pool, flow, dir, packet);
 *     while (stream_next(pool, flow, &part))
 *             ... part.kind; after STREAM_BYTES call stream_carry() with what was not used
 *
 * The loop runs to its end before the pool's next packet: what was not asked for is lost.
 */
#ifndef STREAM_H
#define STREAM_H

#include "flow.h"

struct stream_pool; /* the shard's memory for streams; its counters */

struct stream_pool *stream_pool_create(size_t max_bytes);
void stream_pool_destroy(struct stream_pool *pool);      /* after its streams */
size_t stream_pool_used(const struct stream_pool *pool); /* bytes held and carried, in blocks */

enum stream_kind {
	STREAM_BYTES,    /* `bytes`: all that is contiguous and unused in this direction */
	STREAM_GAP,      /* bytes were never seen; carried bytes before them are dropped */
	STREAM_CONFLICT, /* the same bytes came twice with different content */
};

struct stream_part {
	enum stream_kind kind;
	enum bt_dir dir;
	struct bt_cursor bytes; /* valid until the next stream_ call on this pool */
	uint32_t fresh;         /* how many bytes at the end of `bytes` are new */
	uint64_t packet;        /* the last of those that brought them, not the one at hand */
	int64_t time_ns;        /* its time */
	uint32_t missing;       /* gap: bytes that no earlier gap told of */
	uint32_t skipped;       /* gap: bytes passed over now; neither: nobody knows how many */
};

/* The keyed hash of the next packet's payload, by which a copy of it will be told from other bytes. */
void stream_hashed(struct stream_pool *pool, uint32_t payload_hash);
/* Takes one TCP packet of the flow (any flags), the one that flow_track() was just given and did not
 * call a duplicate; makes flow->stream at the first payload. */
void stream_segment(struct stream_pool *pool, struct flow *flow, enum bt_dir dir,
		    const struct packet *packet);
/* Instead of stream_segment(), for nearly all packets: the payload of this one (if any) is whole and next
 * in order, nothing waits for anything, and what it acknowledges was seen. True: it was taken, and
 * its payload is what a single STREAM_BYTES would give; there is nothing to ask stream_next() for.
 * False: nothing was done. */
bool stream_in_order(struct stream_pool *pool, struct flow *flow, enum bt_dir dir,
		     const struct packet *packet);
/* True: `part` holds the next thing to look at. Bytes that were not carried are used up. */
bool stream_next(struct stream_pool *pool, struct flow *flow, struct stream_part *part);
/* Keeps the last `count` bytes of the STREAM_BYTES just given, to be given again in front of what
 * comes next. False: over the cap of the stream (STREAM_HELD_BYTES_MAX) or the shard, they are
 * dropped (the caller resynchronises). */
bool stream_carry(struct stream_pool *pool, struct flow *flow, enum bt_dir dir, size_t count);
/* From the bytes just given on, the last of each direction are remembered, to be compared with later
 * copies. Without memory nothing is. */
void stream_remember(struct stream_pool *pool, struct flow *flow);
/* Reports what is still held (holes become gaps): before the flow ends. Then stream_next(). */
void stream_flush(struct stream_pool *pool, struct flow *flow);
/* Holes that have waited long enough by `now_ns`: same as flush, for one stream, only if due. Then
 * stream_next(). */
void stream_timeout(struct stream_pool *pool, struct flow *flow, int64_t now_ns);
/* Flows with a hole that has waited long enough, at most `cap`, in any order; for each call
 * stream_timeout(). A hole is also found due by its flow's next packet. */
size_t stream_due(const struct stream_pool *pool, int64_t now_ns, struct flow **due, size_t cap);
void stream_destroy(struct stream_pool *pool, struct flow *flow);
/* Ahead of a packet of the flow, the one after the other: tells the processor what it will need. */
void stream_prefetch(const struct flow *flow);
void stream_prefetch_past(const struct flow *flow);
/* The flow's sides were swapped. */
void stream_swap_sides(struct stream *stream);

#endif
