/* SPDX-License-Identifier: Apache-2.0
 *
 * A datagram in the making is a list of pieces, sorted by place and never overlapping. Pieces have
 * one size, enough for what an Ethernet frame carries, and come from a pool: a larger fragment is
 * spread over several.
 */
#include "fragments.h"

#include "decode.h"
#include "hash.h"

enum {
	PIECE_BYTES = 1480,
};

struct piece {
	struct piece *next;
	uint32_t begin, end; /* place in the datagram */
	uint8_t bytes[PIECE_BYTES];
};

struct datagram {
	struct fragment_key key;
	uint64_t hash;
	struct datagram *older, *newer;
	struct piece *pieces;
	int64_t first_ns;
	uint32_t end;   /* of the furthest byte seen */
	uint32_t total; /* 0: the last fragment has not come */
	uint32_t have;  /* bytes in the pieces */
	uint16_t count; /* fragments that brought new ones: a duplicate costs nothing */
	bool has_first;
	uint8_t proto; /* with has_first */
};

void fragments_init(struct fragments *fragments)
{
	pool_init(&fragments->datagrams, sizeof(struct datagram), FRAGMENT_DATAGRAMS_MAX);
	pool_init(&fragments->pieces, sizeof(struct piece),
		  FRAGMENT_BYTES_MAX / sizeof(struct piece));
}

void fragments_finish(struct fragments *fragments)
{
	map_finish(&fragments->map);
	pool_finish(&fragments->datagrams);
	pool_finish(&fragments->pieces);
}

static bool same_datagram(const void *item, const void *key)
{
	const struct datagram *datagram = item;

	return memcmp(&datagram->key, key, sizeof(datagram->key)) == 0;
}

static void forget(struct fragments *fragments, struct datagram *datagram)
{
	map_remove(&fragments->map, datagram->hash, datagram);
	*(datagram->older ? &datagram->older->newer : &fragments->oldest) = datagram->newer;
	*(datagram->newer ? &datagram->newer->older : &fragments->newest) = datagram->older;
	while (datagram->pieces) {
		struct piece *piece = datagram->pieces;

		datagram->pieces = piece->next;
		pool_put(&fragments->pieces, piece);
	}
	pool_put(&fragments->datagrams, datagram);
}

/* A clock that steps back makes nothing old. */
static bool expired(const struct datagram *datagram, int64_t now_ns)
{
	int64_t age_ns;

	return !__builtin_sub_overflow(now_ns, datagram->first_ns, &age_ns) &&
	       age_ns > FRAGMENT_WAIT_NS;
}

static struct datagram *begin(struct fragments *fragments, const struct fragment *fragment,
			      uint64_t hash, uint32_t *problems)
{
	struct datagram *datagram = pool_get(&fragments->datagrams);

	if (!datagram) {
		*problems |= DECODE_FRAGMENT_CAP;
		if (!fragments->oldest)
			return NULL;
		forget(fragments, fragments->oldest);
		datagram = pool_get(&fragments->datagrams);
		if (!datagram)
			return NULL;
	}
	if (!map_insert(&fragments->map, hash, datagram)) {
		pool_put(&fragments->datagrams, datagram);
		*problems |= DECODE_FRAGMENT_CAP;
		return NULL;
	}
	datagram->key = fragment->key;
	datagram->hash = hash;
	datagram->first_ns = fragment->time_ns;
	datagram->older = fragments->newest;
	*(datagram->older ? &datagram->older->newer : &fragments->oldest) = datagram;
	fragments->newest = datagram;
	return datagram;
}

static struct datagram *find_or_begin(struct fragments *fragments, const struct fragment *fragment,
				      uint32_t *problems)
{
	uint64_t hash = hash_keyed(&fragment->key, sizeof(fragment->key));
	struct datagram *datagram;

	while (fragments->oldest && expired(fragments->oldest, fragment->time_ns))
		forget(fragments, fragments->oldest);
	datagram = map_find(&fragments->map, hash, same_datagram, &fragment->key);
	if (datagram && expired(datagram, fragment->time_ns)) {
		forget(fragments, datagram);
		datagram = NULL;
	}
	return datagram ? datagram : begin(fragments, fragment, hash, problems);
}

/* A piece of memory, at the price of older datagrams if need be, but never of `keep`. */
static struct piece *new_piece(struct fragments *fragments, const struct datagram *keep,
			       uint32_t *problems)
{
	struct piece *piece = pool_get(&fragments->pieces);

	while (!piece) {
		struct datagram *victim = fragments->oldest;

		*problems |= DECODE_FRAGMENT_CAP;
		if (victim == keep)
			victim = victim->newer;
		if (!victim)
			return NULL;
		forget(fragments, victim);
		piece = pool_get(&fragments->pieces);
	}
	return piece;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Fills the holes that the fragment covers and compares the rest with what is there. */
static bool fill(struct fragments *fragments, struct datagram *datagram,
		 const struct fragment *fragment, uint32_t *problems)
{
	struct bt_cursor bytes = fragment->bytes;
	struct piece **at = &datagram->pieces;
	uint32_t place = fragment->offset;

	while (cur_left(&bytes)) {
		struct piece *piece = *at;
		size_t hole = PIECE_BYTES;
		struct bt_cursor part;

		if (piece && piece->end <= place) {
			at = &piece->next;
			continue;
		}
		if (piece && piece->begin <= place) {
			part = cur_take_upto(&bytes, piece->end - place);
			if (!cur_equal(part, cur_of(piece->bytes + (place - piece->begin),
						    cur_left(&part))))
				*problems |= DECODE_FRAGMENT_OVERLAP;
			place += (uint32_t)cur_left(&part);
			continue;
		}
		if (piece)
			hole = least(hole, piece->begin - place);
		part = cur_take_upto(&bytes, hole);
		piece = new_piece(fragments, datagram, problems);
		if (!piece)
			return false;
		piece->begin = place;
		place += (uint32_t)cur_left(&part);
		piece->end = place;
		datagram->have += (uint32_t)cur_left(&part);
		cur_copy(&part, piece->bytes, cur_left(&part));
		piece->next = *at;
		*at = piece;
		at = &piece->next;
	}
	return true;
}

/* Does the fragment contradict what the others say of the datagram's length? */
static bool contradicts(const struct datagram *datagram, const struct fragment *fragment,
			uint32_t end)
{
	if (!fragment->more && (datagram->end > end || (datagram->total && datagram->total != end)))
		return true;
	return datagram->total && end > datagram->total;
}

static struct bt_cursor put_together(const struct datagram *datagram, uint8_t *whole)
{
	for (const struct piece *piece = datagram->pieces; piece; piece = piece->next)
		memcpy(whole + piece->begin, piece->bytes, piece->end - piece->begin);
	return cur_of(whole, datagram->total);
}

bool fragments_add(struct fragments *fragments, const struct fragment *fragment, unsigned nesting,
		   struct bt_cursor *datagram_bytes, uint8_t *proto, uint32_t *problems)
{
	size_t size = cur_left(&fragment->bytes);
	uint32_t end = fragment->offset + (uint32_t)size;
	struct datagram *datagram;
	uint32_t before;

	if (size == 0 || size > fragment->bytes_max || end > fragment->bytes_max ||
	    (fragment->more && size % 8)) {
		*problems |= DECODE_FRAGMENT_BAD;
		return false;
	}
	datagram = find_or_begin(fragments, fragment, problems);
	if (!datagram)
		return false;
	if (contradicts(datagram, fragment, end)) {
		*problems |= DECODE_FRAGMENT_BAD;
		return false;
	}
	before = datagram->have;
	if (!fill(fragments, datagram, fragment, problems) ||
	    (datagram->have > before && ++datagram->count > FRAGMENTS_PER_DATAGRAM_MAX)) {
		*problems |= DECODE_FRAGMENT_CAP;
		forget(fragments, datagram);
		return false;
	}
	if (end > datagram->end)
		datagram->end = end;
	if (!fragment->more)
		datagram->total = end;
	if (fragment->offset == 0 && !datagram->has_first) {
		datagram->has_first = true;
		datagram->proto = fragment->proto;
	}
	if (!datagram->total || datagram->have < datagram->total)
		return false;
	*datagram_bytes = put_together(datagram, fragments->whole[nesting]);
	*proto = datagram->proto;
	forget(fragments, datagram);
	return true;
}
