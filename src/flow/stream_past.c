/* SPDX-License-Identifier: Apache-2.0
 *
 * The last bytes that were given out, to be compared with later copies of them. A forger who is
 * faster than the true sender is told by the true bytes, which come behind the forged ones and need
 * not be cut into segments as these were.
 */
#include "map.h"
#include "stream_inside.h"

void past_add(struct stream *stream, unsigned side, struct bt_cursor bytes)
{
	struct past_mark *mark =
		stream->unrest ? &stream->unrest->halves[side].past : &stream->calm[side].past;
	size_t to_edge = PAST_BYTES - mark->end, size;
	uint8_t *past;

	if (!stream->past)
		return;
	past = stream->past->bytes[side];
	if (bytes.left > PAST_BYTES)
		cur_skip(&bytes, bytes.left - PAST_BYTES);
	size = mark->size + bytes.left;
	mark->size = (uint8_t)(size < PAST_BYTES ? size : PAST_BYTES);
	if (bytes.left < to_edge) {
		memcpy(past + mark->end, bytes.ptr, bytes.left);
		mark->end += (uint8_t)bytes.left;
		return;
	}
	mark->end = (uint8_t)(bytes.left - to_edge);
	cur_copy(&bytes, past + PAST_BYTES - to_edge, to_edge);
	memcpy(past, bytes.ptr, bytes.left);
}

bool past_agrees(const struct stream *stream, unsigned side, struct bt_cursor bytes, uint32_t seq)
{
	const struct half *half = &stream->unrest->halves[side];
	struct past_mark mark = half->past;
	const uint8_t *past;
	size_t begin, count, to_edge;
	int32_t from;

	if (!mark.size)
		return true;
	past = stream->past->bytes[side];
	from = ahead(seq, half->next - mark.size);
	if (from < 0) { /* the first of them are forgotten */
		if ((uint32_t)-from >= bytes.left)
			return true;
		cur_skip(&bytes, (size_t)-from);
		from = 0;
	}
	count = mark.size - (size_t)from;
	if (count > bytes.left)
		count = bytes.left;
	begin = (mark.end + PAST_BYTES - mark.size + (size_t)from) % PAST_BYTES;
	to_edge = PAST_BYTES - begin;
	if (count <= to_edge)
		return memcmp(past + begin, bytes.ptr, count) == 0;
	return memcmp(past + begin, bytes.ptr, to_edge) == 0 &&
	       memcmp(past, bytes.ptr + to_edge, count - to_edge) == 0;
}

void stream_prefetch(const struct flow *flow)
{
	if (flow->stream)
		memory_prefetch(flow->stream, sizeof(*flow->stream));
}

void stream_prefetch_past(const struct flow *flow)
{
	if (flow->stream && flow->stream->past)
		memory_prefetch(flow->stream->past, sizeof(struct past));
}
