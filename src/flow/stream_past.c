/* SPDX-License-Identifier: Apache-2.0
 *
 * The last bytes that were given out, to be compared with later copies of them. A forger who is
 * faster than the true sender is told by the true bytes, which come behind the forged ones and need
 * not be cut into segments as these were.
 */
#include "map.h"
#include "stream_inside.h"

static uint8_t *past_of(const struct stream *stream, const struct half *half)
{
	return stream->past->bytes + (half - stream->halves) * PAST_BYTES;
}

void past_add(struct stream *stream, struct half *half, struct bt_cursor bytes)
{
	size_t kept = half->past_size;
	uint8_t *past;

	if (!stream->past)
		return;
	past = past_of(stream, half);
	if (bytes.left > PAST_BYTES)
		cur_skip(&bytes, bytes.left - PAST_BYTES);
	if (kept + bytes.left > PAST_BYTES) {
		size_t fits = PAST_BYTES - bytes.left;

		memmove(past, past + (kept - fits), fits);
		kept = fits;
	}
	memcpy(past + kept, bytes.ptr, bytes.left);
	half->past_size = (uint8_t)(kept + bytes.left);
}

bool past_agrees(const struct stream *stream, const struct half *half, struct bt_cursor bytes,
		 uint32_t seq)
{
	const uint8_t *past;
	int32_t from;
	size_t count;

	if (!half->past_size)
		return true;
	past = past_of(stream, half);
	from = ahead(seq, half->next - half->past_size);
	if (from < 0) { /* the first of them are forgotten */
		if ((uint32_t)-from >= bytes.left)
			return true;
		cur_skip(&bytes, (size_t)-from);
		from = 0;
	}
	count = half->past_size - (size_t)from;
	if (count > bytes.left)
		count = bytes.left;
	return memcmp(past + from, bytes.ptr, count) == 0;
}

void stream_prefetch(const struct flow *flow)
{
	if (flow->stream)
		memory_prefetch(flow->stream, sizeof(*flow->stream));
}

void stream_prefetch_past(const struct flow *flow)
{
	const struct block *past = flow->stream ? flow->stream->past : NULL;

	if (past)
		memory_prefetch(past, sizeof(*past) + (size_t)2 * PAST_BYTES);
}
