/* SPDX-License-Identifier: Apache-2.0
 *
 * The insides of streams: two halves per connection, and the shard's memory for what is kept.
 */
#ifndef STREAM_INSIDE_H
#define STREAM_INSIDE_H

#include "pool.h"
#include "stream.h"

enum {
	RECENT = 4, /* segments remembered per direction, to tell a conflict from a repetition */
	BLOCK_CLASS_MIN = 8,  /* 256 bytes */
	BLOCK_CLASS_MAX = 19, /* 512 KiB: STREAM_HELD_BYTES_MAX and the head */
};

/* Bytes that outlive their packet: a segment that came too early, or the beginning of a message. */
struct block {
	struct block *next;
	uint64_t packet;  /* the last that brought bytes of it */
	int64_t time_ns;  /* when that came */
	uint32_t seq;     /* held: of the first byte */
	uint32_t size;    /* bytes in use */
	uint32_t missing; /* held: bytes after them that the snap length cut off */
	uint8_t class;    /* 1 << class bytes of memory in all */
	uint8_t bytes[];
};

/* One direction: what its sender sends. */
struct half {
	uint32_t next;  /* sequence number of the first byte not delivered */
	uint32_t run;   /* of the first byte of those delivered without a gap, up to `next` */
	uint32_t sure;  /* while `doubtful`: from here to `run` nothing was delivered */
	uint32_t acked; /* highest that the receiver acknowledged */
	uint32_t expects; /* last that it acknowledged */
	struct block *held;  /* sorted by seq, apart from each other, all after `next` */
	struct block *carry;
	int64_t lost_ns;     /* when `acked` went past `next` */
	uint32_t held_bytes;
	uint32_t fin_seq;
	uint32_t wild_next;
	uint8_t held_count;
	uint8_t wild_count;
	uint8_t lost_packets; /* packets of the flow since lost_ns */
	uint8_t recent_at;
	bool started : 1;
	bool has_acked : 1;
	bool expecting : 1; /* `expects` is known */
	bool doubtful : 1; /* only the sender's word led to `run`: no acknowledgement so far */
	bool resync : 1;   /* moved elsewhere: to be told as a gap */
	bool lost : 1;     /* the receiver has what we have not */
	bool has_fin : 1;
	bool flushing : 1; /* all holes are given up */
	uint32_t recent_seq[RECENT], recent_hash[RECENT];
	uint16_t recent_size[RECENT];
	uint32_t cut_off; /* bytes after those just delivered that the snap length cut off */
};

struct stream {
	struct half halves[2]; /* [0] is the client's as long as the sides were not swapped */
	uint32_t waiting;      /* 1 + place in the pool's list of flows with held data; 0: none */
	bool swapped;
};

_Static_assert(sizeof(struct stream) <= 232, "there may be one per flow");

struct stream_pool {
	size_t max, used, cached; /* bytes of blocks: allowed, in use, kept for the next use */
	struct block *free[BLOCK_CLASS_MAX + 1];
	struct pool streams;
	struct flow **waiting; /* flows with held data */
	uint32_t waiting_count, waiting_cap;

	/* From here: one packet's way through stream_segment() and stream_next(). A packet is drained
	 * before the next one comes, so one of each is enough for all streams of the shard. */
	const struct stream *at; /* whose they are */
	unsigned side; /* index of the half that sent the packet */
	uint64_t packet; /* its number */
	int64_t now_ns;
	struct bt_cursor todo; /* payload of the packet that found no place yet */
	uint32_t todo_seq;
	uint32_t todo_missing; /* cut off behind it */
	bool conflict;
	struct block *lent;  /* a held block given out: freed at the next call */
	struct half *given;  /* half whose bytes were given last */
	struct bt_cursor given_bytes;
	uint64_t given_packet;
	int64_t given_ns;
	bool given_carried;  /* stream_carry() was called for them */
};

/* stream_pool.c. A block with room for `size` bytes; NULL over the cap or without memory. */
struct block *block_get(struct stream_pool *pool, size_t size);
void block_put(struct stream_pool *pool, struct block *block); /* NULL: nothing */
size_t block_room(const struct block *block);
void waiting_add(struct stream_pool *pool, struct flow *flow);
void waiting_remove(struct stream_pool *pool, struct flow *flow);

#endif
