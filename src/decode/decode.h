/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame -> packet: link layer, tags, tunnels, IP, fragments, transport.
 *
 * A decoder is a pure function of the frames it has seen, in their order. Every worker runs one over
 * ALL frames and then keeps what belongs to its shards, so tunnels and fragments need no hand-over
 * and the result is the same for any number of workers. What it costs for a frame that is not ours
 * is the reading of its headers; nothing else is done before decode_shard().
 */
#ifndef DECODE_H
#define DECODE_H

#include "packet.h"

struct decoder; /* owns the fragments being put together */

struct decoder *decoder_create(void); /* NULL: no memory */
void decoder_destroy(struct decoder *decoder);

enum decode_result {
	DECODE_PACKET, /* packet->kind says what it is; problems may be set besides */
	DECODE_HELD,   /* a fragment, kept (or dropped at a cap: problems say so) */
	DECODE_FAILED, /* not understood: problems say why; addresses as far as they were read */
};

enum decode_result decode_frame(struct decoder *decoder, const struct frame *frame,
				struct packet *packet);

bool decode_link_supported(int dlt);
const char *decode_problem_name(unsigned bit); /* 0 .. DECODE_PROBLEM_COUNT-1: "ip_length", ... */

/* Which of the SHARD_COUNT shards owns a packet: a stable hash of its two addresses in either
 * order, so both directions of a pair meet. Without addresses: shard 0. */
unsigned decode_shard(const struct packet *packet);
unsigned decode_shard_of(const struct bt_addr *a, const struct bt_addr *b);

#endif
