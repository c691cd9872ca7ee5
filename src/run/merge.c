/* SPDX-License-Identifier: Apache-2.0 */
#include "merge.h"

static const struct news *front(struct merge *merge, unsigned index)
{
	size_t size;

	/* The mark first: what it promises is then surely seen. */
	merge->marks[index] = ring_mark(merge->rings[index]);
	return ring_front(merge->rings[index], &size);
}

static bool is_before(const struct news *one, const struct news *other)
{
	if (one->packet != other->packet)
		return one->packet < other->packet;
	return one->origin < other->origin;
}

enum merge_status merge_next(struct merge *merge, unsigned *from, const struct news **news)
{
	const struct news *first = NULL;
	uint64_t promised = UINT64_MAX; /* by all whose rings are empty */
	bool ended = true;

	for (unsigned i = 0; i < merge->count; i++) {
		const struct news *at = front(merge, i);

		if (at && (!first || is_before(at, first))) {
			first = at;
			*from = i;
		}
		if (!at && !ring_ended(merge->rings[i])) {
			ended = false;
			if (merge->marks[i] < promised) {
				promised = merge->marks[i];
				merge->behind = i;
			}
		}
	}
	/* Nothing anywhere: any of several may be next, one alone is let get on. */
	merge->wanted = first ? first->packet : merge->count > 1 ? promised + 1 : UINT64_MAX;
	if (!first)
		return ended ? MERGE_END : MERGE_WAIT;
	if (first->packet > promised)
		return MERGE_WAIT;
	*news = first;
	return MERGE_NEWS;
}

void merge_pop(struct merge *merge, unsigned from)
{
	ring_pop(merge->rings[from]);
}

void merge_wait(struct merge *merge)
{
	ring_wait(merge->rings[merge->behind], merge->wanted);
}

void merge_close(struct merge *merge)
{
	for (unsigned i = 0; i < merge->count; i++)
		ring_close_reader(merge->rings[i]);
}
