/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting IP datagrams together from their fragments (RFC 791, RFC 8200), in bounded memory.
 *
 * The byte that came first stands, whatever comes later for the same place; a difference is told.
 * A datagram has FRAGMENT_WAIT_NS of packet time to become whole. At a cap the oldest datagram goes:
 * nothing depends on hash order or on the wall clock.
 */
#ifndef DECODE_FRAGMENTS_H
#define DECODE_FRAGMENTS_H

#include "bittern/cursor.h"
#include "limits.h"
#include "map.h"
#include "pool.h"

enum {
	DATAGRAM_BYTES_MAX = 65535,
};

#define FRAGMENT_WAIT_NS SECONDS(30)

/* All bytes count, unused ones are zero. */
struct fragment_key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint16_t version;
	uint16_t
		proto; /* IPv4 only: in IPv6 each fragment may carry another, the first's is valid */
};

struct fragment {
	struct fragment_key key;
	uint32_t offset;    /* bytes */
	uint32_t bytes_max; /* of the whole datagram's payload */
	bool more;
	uint8_t proto; /* of the payload, as this fragment says */
	int64_t time_ns;
	struct bt_cursor bytes;
};

struct datagram;

struct fragments {
	struct map map;
	struct pool datagrams, pieces;
	struct datagram *oldest, *newest;
	/* Whole datagrams, one per nesting: an inner one must not overwrite the outer it came in. */
	uint8_t whole[TUNNEL_DEPTH_MAX + 1][DATAGRAM_BYTES_MAX];
};

void fragments_init(struct fragments *fragments);
void fragments_finish(struct fragments *fragments);

/* Keeps a copy of the fragment. True: it was the last one missing, and `*datagram` is a view of the
 * payload in whole[nesting], `*proto` its protocol. Bits of enum decode_problem are or-ed into
 * `*problems`. */
bool fragments_add(struct fragments *fragments, const struct fragment *fragment, unsigned nesting,
		   struct bt_cursor *datagram, uint8_t *proto, uint32_t *problems);

#endif
