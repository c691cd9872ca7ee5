/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of a mapped pcap file (draft-ietf-opsawg-pcap):
 *
 *   seconds(4) micro- or nanoseconds(4) captured(4) wire(4) bytes(captured)
 */
#include "walk.h"

enum {
	RECORD_HEADER = 16,
};

bool walk_pcap(struct walk *walk, struct frame *frame)
{
	const struct member *member = walk->member;
	bool big = member->big_endian;
	struct bt_cursor rest = walk_rest(walk), header, data;
	uint64_t seconds, ticks;
	uint32_t captured;

	if (cur_left(&rest) == 0)
		return false;
	walk_look_ahead(walk);
	header = cur_take(&rest, RECORD_HEADER);
	if (walk->offset == 0 || !cur_ok(&header)) /* even its file header may be cut */
		return walk_cut(walk, walk->offset);
	seconds = walk_u32(&header, big);
	ticks = walk_u32(&header, big);
	captured = walk_u32(&header, big);
	if (captured > FRAME_BYTES_MAX)
		return walk_broken(walk, walk->offset,
				   "a record claims %u captured bytes, more than any frame has",
				   captured);
	data = cur_take(&rest, captured);
	if (!cur_ok(&data))
		return walk_cut(walk, walk->offset);
	frame->time_ns = (int64_t)(seconds * 1000000000 + ticks * member->tick_ns);
	frame->data = data.ptr;
	frame->captured = captured;
	frame->wire = walk_u32(&header, big);
	frame->interface = 0;
	frame->link = walk->link;
	if (walk->end.packets == 0 && !walk->supported(walk->link))
		return walk_refuse(walk, walk->offset, walk->link);
	walk->offset += RECORD_HEADER + frame->captured;
	return true;
}
