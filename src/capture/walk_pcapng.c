/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of a mapped pcapng file (draft-ietf-opsawg-pcapng):
 *
 *   any block        type(4) total length(4) body total length(4)
 *   section header   0a0d0d0a; body: byte-order magic(4) major(2) minor(2) section length(8) options
 *   interface        1; link type(2) reserved(2) snap length(4) options
 *   packet, obsolete 2; interface(2) drops(2) time(8) captured(4) wire(4) bytes, padded, options
 *   simple packet    3; wire(4) bytes: of interface 0, cut at its snap length, without a time
 *   enhanced packet  6; interface(4) time(8) captured(4) wire(4) bytes, padded, options
 *
 * A section has its own byte order and its own interfaces. An interface has its own clock: units of
 * 10^-n or 2^-n seconds from an offset. All other blocks are passed over.
 */
#include <stdlib.h>

#include "linktype.h"
#include "walk.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	BLOCK_SECTION = 0x0a0d0d0a,

	BLOCK_FRAME_BYTES = 12,     /* of a block without body */
	BLOCK_BYTES_MAX = 16 << 20, /* beyond the file's end, a longer one is a lie, not a cut */

	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,

	TSRESOL_DEFAULT = 6, /* microseconds */
	TSRESOL_BINARY = 0x80,

	INTERFACES_MAX = 65536, /* in one section */
};

struct interface {
	uint32_t linktype;
	uint32_t snap_bytes; /* 0: no limit */
	int link;
	bool judged; /* link is known and supported: it has had a frame */
	uint8_t tsresol;
	int64_t offset_ns;
};

struct block {
	uint64_t at; /* offset in the file */
	uint32_t type;
	struct bt_cursor body;
};

/* ---- time ---- */

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

static int64_t time_of(const struct interface *interface, uint64_t ticks)
{
	__extension__ unsigned __int128 ns = ticks;
	unsigned n = interface->tsresol & ~(unsigned)TSRESOL_BINARY;

	if (interface->tsresol == TSRESOL_DEFAULT)
		ns *= 1000;
	else if (interface->tsresol & TSRESOL_BINARY)
		ns = ns * 1000000000 >> n;
	else if (n <= 9)
		ns *= power_of_ten(9 - n);
	else
		ns = n - 9 < 20 ? ticks / power_of_ten(n - 9) : 0;
	return walk_sum(ns > INT64_MAX ? INT64_MAX : (int64_t)ns, interface->offset_ns);
}

/* ---- blocks without frames ---- */

static bool on_section(struct walk *walk, struct block *block)
{
	uint16_t major, minor;

	cur_skip(&block->body, 4); /* the byte order: open_block() has seen to it */
	major = walk_u16(&block->body, walk->big_endian);
	minor = walk_u16(&block->body, walk->big_endian);
	cur_skip(&block->body, 8);
	if (!cur_ok(&block->body))
		return walk_broken(walk, block->at, "a section header is too short");
	if (major != 1)
		return walk_broken(walk, block->at, "pcapng version %u.%u is not known (1.0 is)",
				   major, minor);
	walk->interfaces_before += walk->interface_count;
	walk->interface_count = 0;
	return true;
}

static void read_options(struct interface *interface, struct bt_cursor options, bool big)
{
	while (cur_left(&options)) {
		uint16_t code = walk_u16(&options, big);
		uint16_t size = walk_u16(&options, big);
		struct bt_cursor value = cur_take(&options, size);
		uint64_t high, low;

		cur_take_upto(&options, -(size_t)size & 3);
		if (code == OPTION_END || !cur_ok(&value))
			return;
		if (code == OPTION_TSRESOL && size == 1)
			interface->tsresol = cur_u8(&value);
		if (code != OPTION_TSOFFSET || size != 8)
			continue;
		high = walk_u32(&value, big);
		low = walk_u32(&value, big);
		if (!big) {
			uint64_t swap = high;

			high = low;
			low = swap;
		}
		interface->offset_ns = walk_seconds((int64_t)(high << 32 | low));
	}
}

static bool on_interface(struct walk *walk, struct block *block)
{
	struct interface interface = {.tsresol = TSRESOL_DEFAULT};

	interface.linktype = walk_u16(&block->body, walk->big_endian);
	cur_skip(&block->body, 2);
	interface.snap_bytes = walk_u32(&block->body, walk->big_endian);
	if (!cur_ok(&block->body))
		return walk_broken(walk, block->at, "an interface description is too short");
	if (walk->interface_count == INTERFACES_MAX)
		return walk_broken(walk, block->at, "more than %d interfaces", INTERFACES_MAX);
	if (walk->interface_count == walk->interface_room) {
		uint32_t room = walk->interface_room ? 2 * walk->interface_room : 4;
		struct interface *grown = realloc(walk->interfaces, room * sizeof(*grown));

		if (!grown)
			return walk_broken(walk, block->at, "no memory for its interfaces");
		walk->interfaces = grown;
		walk->interface_room = room;
	}
	read_options(&interface, block->body, walk->big_endian);
	walk->interfaces[walk->interface_count++] = interface;
	return true;
}

/* ---- blocks with frames ---- */

/* A link type is judged where its first frame is: one that is declared and never used hurts
 * nobody. NULL: the walk ends here. */
static const struct interface *interface_of(struct walk *walk, const struct block *block,
					    uint32_t id)
{
	struct interface *interface;

	if (id >= walk->interface_count) {
		walk_broken(walk, block->at, "a frame of interface %u, which is not declared", id);
		return NULL;
	}
	interface = &walk->interfaces[id];
	if (!interface->judged) {
		interface->link = linktype_to_dlt(interface->linktype);
		if (!walk->supported(interface->link)) {
			walk_refuse(walk, block->at, interface->link);
			return NULL;
		}
		interface->judged = true;
	}
	return interface;
}

static bool take_frame(struct walk *walk, struct block *block, uint32_t captured,
		       struct frame *frame)
{
	struct bt_cursor data;

	if (captured > FRAME_BYTES_MAX)
		return walk_broken(walk, block->at,
				   "a block claims %u captured bytes, more than any frame has",
				   captured);
	data = cur_take(&block->body, captured);
	if (!cur_ok(&data))
		return walk_broken(walk, block->at,
				   "a block claims %u captured bytes, more than it holds",
				   captured);
	frame->data = data.ptr;
	frame->captured = captured;
	return true;
}

static bool on_frame(struct walk *walk, struct block *block, struct frame *frame)
{
	bool big = walk->big_endian, old = block->type == BLOCK_PACKET;
	const struct interface *interface;
	uint64_t high, low;
	uint32_t id, captured;

	id = old ? walk_u16(&block->body, big) : walk_u32(&block->body, big);
	if (old)
		cur_skip(&block->body, 2);
	high = walk_u32(&block->body, big);
	low = walk_u32(&block->body, big);
	captured = walk_u32(&block->body, big);
	frame->wire = walk_u32(&block->body, big);
	if (!cur_ok(&block->body))
		return walk_broken(walk, block->at, "a packet block is too short");
	interface = interface_of(walk, block, id);
	if (!interface || !take_frame(walk, block, captured, frame))
		return false;
	walk->last_ns = time_of(interface, high << 32 | low);
	frame->time_ns = walk_time(walk->last_ns);
	frame->interface = walk->interfaces_before + id;
	frame->link = interface->link;
	return true;
}

static bool on_simple(struct walk *walk, struct block *block, struct frame *frame)
{
	const struct interface *interface;
	uint32_t captured;

	frame->wire = walk_u32(&block->body, walk->big_endian);
	if (!cur_ok(&block->body))
		return walk_broken(walk, block->at, "a simple packet block is too short");
	interface = interface_of(walk, block, 0);
	if (!interface)
		return false;
	captured = frame->wire;
	if (interface->snap_bytes && captured > interface->snap_bytes)
		captured = interface->snap_bytes;
	if (!take_frame(walk, block, captured, frame))
		return false;
	frame->time_ns = walk_time(walk->last_ns);
	frame->interface = walk->interfaces_before;
	frame->link = interface->link;
	return true;
}

/* ---- the walk ---- */

static bool lying_length(struct walk *walk, uint32_t total)
{
	return walk_broken(walk, walk->offset, "a block says that it is %u bytes long", total);
}

static bool open_block(struct walk *walk, struct block *block)
{
	struct bt_cursor rest = walk_rest(walk), whole = rest, header, magic;
	uint32_t total;

	header = cur_take(&rest, BLOCK_FRAME_BYTES);
	if (!cur_ok(&header))
		return walk_cut(walk, walk->offset);
	block->at = walk->offset;
	block->type = walk_u32(&header, walk->big_endian);
	if (block->type == BLOCK_SECTION) {
		magic = header;
		cur_skip(&magic, 4);
		walk->big_endian = cur_u32be(&magic) == 0x1a2b3c4d;
		magic = header;
		cur_skip(&magic, 4);
		if (walk_u32(&magic, walk->big_endian) != 0x1a2b3c4d)
			return walk_broken(walk, block->at, "a section without its byte order");
	}
	total = walk_u32(&header, walk->big_endian);
	if (total < BLOCK_FRAME_BYTES || total % 4 != 0)
		return lying_length(walk, total);
	block->body = cur_take(&whole, total);
	if (!cur_ok(&block->body))
		return total > BLOCK_BYTES_MAX ? lying_length(walk, total)
					       : walk_cut(walk, block->at);
	cur_skip(&block->body, 8);
	whole = block->body;
	block->body = cur_take(&whole, total - BLOCK_FRAME_BYTES);
	if (walk_u32(&whole, walk->big_endian) != total)
		return walk_broken(walk, block->at, "a block's two lengths differ");
	walk->offset += total;
	return true;
}

bool walk_pcapng(struct walk *walk, struct frame *frame)
{
	struct block block = {0};

	while (walk->offset < walk->member->map.size) {
		walk_look_ahead(walk);
		if (!open_block(walk, &block))
			return false;
		switch (block.type) {
		case BLOCK_ENHANCED:
		case BLOCK_PACKET: return on_frame(walk, &block, frame);
		case BLOCK_SIMPLE: return on_simple(walk, &block, frame);
		case BLOCK_INTERFACE:
			if (!on_interface(walk, &block))
				return false;
			break;
		case BLOCK_SECTION:
			if (!on_section(walk, &block))
				return false;
			break;
		default: break;
		}
	}
	return false;
}
