/* SPDX-License-Identifier: Apache-2.0
 *
 * The insides of streams: two halves per connection, which need little while they are calm, and the
 * shard's memory for what is kept.
 */
#ifndef STREAM_INSIDE_H
#define STREAM_INSIDE_H

#include "pool.h"
#include "stream.h"

enum {
	WINDOW_MAX = 4 << 20, /* further away from what is expected is no data */
	LOST_PACKETS = 3,     /* of the flow, after the receiver acknowledged what we have not */
	RUN_MAX = 1 << 30,    /* bytes: what came without a gap for longer began so far back */
	RECENT = 4, /* segments remembered per direction, to tell a conflict from a repetition */
	PAST_BYTES = 104, /* given out last, remembered per direction */
	BLOCK_CLASS_MIN = 8,  /* 256 bytes */
	BLOCK_CLASS_MAX = 19, /* 512 KiB: STREAM_HELD_BYTES_MAX and the head */
};

/* Bytes that outlive their packet: a segment that came too early, or the beginning of a message. */
struct block {
	struct block *next;
	uint64_t packet;  /* the last that brought bytes of it */
	int64_t time_ns;  /* when that came */
	uint32_t seq;     /* held: of the first byte */
	uint32_t ack;     /* held: what its sender had received by then */
	uint32_t size;    /* bytes in use */
	uint32_t missing; /* held: bytes after them that the snap length cut off */
	uint8_t class;    /* 1 << class bytes of memory in all */
	uint8_t bytes[];
};

/* What struct past holds of a half: the `size` bytes before its `next`. */
struct past_mark {
	uint8_t size;
	uint8_t end; /* where the next one goes: it is a ring */
};

/* One direction: what its sender sends. This is all there is to know of it while it is calm: nothing
 * waits, is missing or is doubted beyond the ordinary. */
struct calm {
	uint32_t next, run, acked; /* as in struct half; `acked` is also what it `expects` */
	uint32_t recent_hash[RECENT];
	uint16_t recent_size[RECENT]; /* one behind the other, up to `next` */
	struct past_mark past;
	uint8_t recent_at : 2;
	bool started : 1;
	bool has_acked : 1;
	bool expecting : 1;
	bool doubtful : 1; /* since its beginning, which a SYN told */
	bool has_fin : 1;  /* at `next` */
	bool swapped : 1;  /* the first of a stream has room for this of both */
};

/* One direction when anything is amiss, and while a packet goes the long way. */
struct half {
	uint32_t next;    /* sequence number of the first byte not delivered */
	uint32_t run;     /* of the first byte of those delivered without a gap, up to `next` */
	uint32_t sure;    /* while `doubtful`: from here to `run` nothing was delivered */
	uint32_t acked;   /* highest that the receiver acknowledged */
	uint32_t expects; /* last that it acknowledged */
	uint32_t told; /* bytes from `next` on that were reported as missing, and may still come */
	/* Sorted by seq, apart from each other, none before `next` but what only says that bytes were
	 * cut off: these may come after all, while it waits for its turn. */
	struct block *held;
	struct block *carry;
	int64_t lost_ns; /* when `acked` went past what was delivered or told */
	uint32_t held_bytes;
	uint32_t fin_seq;
	uint32_t wild_next;
	uint8_t held_count;
	uint8_t wild_count;
	uint8_t lost_packets : 2; /* packets of the flow since lost_ns, as many as matter */
	uint8_t recent_at : 2;
	bool started : 1;
	bool has_acked : 1;
	bool expecting : 1; /* `expects` is known */
	bool doubtful : 1;  /* only the sender's word led to `run`: no acknowledgement so far */
	bool resync : 1;    /* moved elsewhere: to be told as a gap */
	bool lost : 1;      /* the receiver has what we have not */
	bool has_fin : 1;
	bool flushing : 1; /* all holes are given up */
	struct past_mark past;
	uint32_t recent_seq[RECENT], recent_hash[RECENT];
	uint16_t recent_size[RECENT];
	uint32_t cut_off; /* bytes after those just delivered that the snap length cut off */
};

/* The bytes of each half that were given out last: rings. */
struct past {
	uint8_t bytes[2][PAST_BYTES];
};

/* What a stream needs for as long as not both of its halves are calm. */
struct unrest {
	struct half halves[2];
	uint32_t waiting; /* 1 + place in the pool's list of flows with a hole; 0: none */
};

struct stream {
	struct calm calm[2];   /* [0] is the client's as long as the sides were not swapped */
	struct unrest *unrest; /* not NULL: its halves count, and not those above */
	struct past *past;     /* NULL: not asked for */
};

_Static_assert(sizeof(struct stream) == 96, "there is one per flow: two cache lines");

struct stream_pool {
	size_t max, used, cached; /* bytes of blocks: allowed, in use, kept for the next use */
	struct block *free[BLOCK_CLASS_MAX + 1];
	struct pool streams, pasts, unrests; /* one of each per flow at most: not counted above */
	struct flow **waiting; /* flows with a hole: held data, or bytes known to be lost */
	uint32_t waiting_count, waiting_cap;

	/* From here: one packet's way through stream_segment() and stream_next(). A packet is drained
	 * before the next one comes, so one of each is enough for all streams of the shard. */
	const struct stream *at; /* whose they are */
	unsigned side;           /* index of the half that sent the packet */
	uint64_t packet;         /* its number */
	int64_t now_ns;
	uint32_t payload_hash;
	struct bt_cursor todo; /* payload of the packet that found no place yet */
	uint32_t todo_seq, todo_ack;
	uint32_t todo_missing; /* cut off behind it */
	bool conflict;
	struct block *lent; /* a held block given out: freed at the next call */
	struct stream *given; /* whose bytes were given last */
	unsigned given_side;
	struct bt_cursor given_bytes;
	uint64_t given_packet;
	int64_t given_ns;
	bool given_carried; /* stream_carry() was called for them */
};

/* How far `seq` is after `from`, modulo 2^32. */
static inline int32_t ahead(uint32_t seq, uint32_t from)
{
	return (int32_t)(seq - from);
}

/* The first byte that was neither delivered nor told to be missing. */
static inline uint32_t untold(const struct half *half)
{
	return half->next + half->told;
}

static inline unsigned side_of(const struct stream *stream, enum bt_dir dir)
{
	return (unsigned)dir ^ stream->calm[0].swapped;
}

/* Without the FIN, which takes a sequence number and is no byte; `next` does not count it, so that a
 * forged one cannot shift the stream. */
static inline uint32_t bytes_acked(const struct half *half, uint32_t ack)
{
	return half->has_fin && ack == half->fin_seq + 1 ? half->fin_seq : ack;
}

/* Bytes that the receiver has and we have not. */
static inline bool is_behind(const struct half *half)
{
	return half->has_acked && ahead(bytes_acked(half, half->acked), untold(half)) > 0;
}

/* `next` or what was told has moved, or a FIN was seen. */
static inline void moved(struct half *half)
{
	half->has_fin &= ahead(half->fin_seq, half->next) >= 0;
	half->lost &= is_behind(half);
}

static inline void half_advance(struct half *half, uint32_t count)
{
	half->next += count;
	half->told -= count < half->told ? count : half->told;
	if (ahead(half->next, half->run) < 0) { /* began so long ago that it would seem to be still to come */
		half->run = half->next - RUN_MAX;
		half->doubtful = false;
	}
	moved(half);
}

/* Only what the packet brings can be next. */
static inline bool is_quiet(const struct unrest *unrest)
{
	const struct half *a = &unrest->halves[0], *b = &unrest->halves[1];

	return !unrest->waiting && !a->held && !b->held && !(a->cut_off | b->cut_off) &&
	       !(a->resync | b->resync | a->lost | b->lost | a->flushing | b->flushing);
}

static inline struct block *unhold_first(struct half *half)
{
	struct block *block = half->held;

	half->held = block->next;
	half->held_count--;
	half->held_bytes -= block->size;
	return block;
}

/* stream_rest.c: makes stream->unrest. False: no memory. */
bool stream_stir(struct stream_pool *pool, struct stream *stream);
/* Gives it back if both halves are calm. */
void stream_calm(struct stream_pool *pool, struct stream *stream);

/* stream_past.c: what was given out last. */
void past_add(struct stream *stream, unsigned side, struct bt_cursor bytes);
/* Of a stream with `unrest`. False: these bytes, as far as they are remembered, were others when they
 * were given out. */
bool past_agrees(const struct stream *stream, unsigned side, struct bt_cursor bytes, uint32_t seq);

/* stream.c: the pool turns to another packet, or to none. */
void stream_begin_packet(struct stream_pool *pool, const struct stream *stream, unsigned side,
			 int64_t now_ns);

/* stream_pool.c. A block with room for `size` bytes; NULL over the cap or without memory. */
struct block *block_get(struct stream_pool *pool, size_t size);
void block_put(struct stream_pool *pool, struct block *block); /* NULL: nothing */
size_t block_room(const struct block *block);
void waiting_add(struct stream_pool *pool, struct flow *flow);
void waiting_remove(struct stream_pool *pool, struct flow *flow);

#endif
