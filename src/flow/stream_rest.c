/* SPDX-License-Identifier: Apache-2.0
 *
 * Nearly all streams are calm nearly always: in order, complete, acknowledged as they go. Such a one is
 * told by little, and only what is amiss needs the rest of struct half: made for a packet that is not
 * simply the next one, given back as soon as nothing would be lost by it.
 */
#include "stream_inside.h"

static void stir_half(struct half *half, const struct calm *calm)
{
	uint32_t at = calm->next;

	*half = (struct half){
		.next = calm->next,
		.run = calm->run,
		.sure = calm->run - WINDOW_MAX,
		.acked = calm->acked,
		.expects = calm->acked,
		.fin_seq = calm->next,
		.past = calm->past,
		.recent_at = calm->recent_at,
		.started = calm->started,
		.has_acked = calm->has_acked,
		.expecting = calm->expecting,
		.doubtful = calm->doubtful,
		.has_fin = calm->has_fin,
	};
	memcpy(half->recent_hash, calm->recent_hash, sizeof(half->recent_hash));
	memcpy(half->recent_size, calm->recent_size, sizeof(half->recent_size));
	for (unsigned i = RECENT; i > 0; i--) {
		unsigned newest = (calm->recent_at + i - 1) % RECENT;

		at -= calm->recent_size[newest];
		half->recent_seq[newest] = at;
	}
}

static bool recent_touch(const struct half *half)
{
	uint32_t at = half->next;

	for (unsigned i = RECENT; i > 0; i--) {
		unsigned newest = (half->recent_at + i - 1) % RECENT;

		at -= half->recent_size[newest];
		if (half->recent_size[newest] && half->recent_seq[newest] != at)
			return false;
	}
	return true;
}

/* struct calm can tell all that matters of it. */
static bool is_calm(const struct half *half)
{
	return !half->held && !half->carry && !half->wild_count && !(half->told | half->cut_off) &&
	       !(half->resync | half->lost | half->flushing) &&
	       !(half->has_fin && half->fin_seq != half->next) &&
	       !(half->doubtful && half->sure != half->run - WINDOW_MAX) &&
	       !(half->has_acked && half->acked != half->expects) && recent_touch(half);
}

static void calm_half(struct calm *calm, const struct half *half)
{
	calm->next = half->next;
	calm->run = half->run;
	calm->acked = half->expects; /* all that is known where nothing was `acked` */
	memcpy(calm->recent_hash, half->recent_hash, sizeof(calm->recent_hash));
	memcpy(calm->recent_size, half->recent_size, sizeof(calm->recent_size));
	calm->past = half->past;
	calm->recent_at = half->recent_at;
	calm->started = half->started;
	calm->has_acked = half->has_acked;
	calm->expecting = half->expecting;
	calm->doubtful = half->doubtful;
	calm->has_fin = half->has_fin;
}

bool stream_stir(struct stream_pool *pool, struct stream *stream)
{
	struct unrest *unrest = stream->unrest;

	if (unrest)
		return true;
	unrest = pool_take(&pool->unrests);
	if (!unrest)
		return false;
	unrest->waiting = 0;
	for (unsigned side = 0; side < 2; side++)
		stir_half(&unrest->halves[side], &stream->calm[side]);
	stream->unrest = unrest;
	return true;
}

void stream_calm(struct stream_pool *pool, struct stream *stream)
{
	struct unrest *unrest = stream->unrest;

	if (unrest->waiting || !is_calm(&unrest->halves[0]) || !is_calm(&unrest->halves[1]))
		return;
	for (unsigned side = 0; side < 2; side++)
		calm_half(&stream->calm[side], &unrest->halves[side]);
	stream->unrest = NULL;
	pool_put(&pool->unrests, unrest);
}
