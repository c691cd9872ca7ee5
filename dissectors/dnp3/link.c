/* SPDX-License-Identifier: Apache-2.0
 *
 * The link layer (IEEE 1815-2012, clause 9): is this DNP3, where does a frame end, are its crcs
 * right? Start octets and the header's crc are 32 bits that chance does not make, so one header is
 * proof; the DIR bit in it says who is the master.
 *
 * A frame with a wrong crc is still read, for some receivers do not check; but it never hides a right
 * one that begins in it, for all others go on looking there.
 */
#include "dnp3.h"

static const struct dnp3_link_name asking[16] = {
	[LINK_RESET] = {.name = "link_reset"},
	[1] = {.name = "link_reset_user"},
	[LINK_TEST] = {.name = "link_test", .frame_count = true},
	[LINK_CONFIRMED_DATA] = {"link_confirmed_data", true, true},
	[LINK_UNCONFIRMED_DATA] = {"link_unconfirmed_data", false, true},
	[LINK_REQUEST_STATUS] = {.name = "link_request_status"},
};

static const struct dnp3_link_name answering[16] = {
	[0] = {.name = "link_ack"},
	[1] = {.name = "link_nack"},
	[11] = {.name = "link_status"},
	[14] = {.name = "link_not_functioning"},
	[15] = {.name = "link_not_supported"},
};

const struct dnp3_link_name *dnp3_link_name(uint8_t control)
{
	const struct dnp3_link_name *name =
		&(control & LINK_PRM ? asking : answering)[control & LINK_FUNCTION];

	return name->name ? name : NULL;
}

/* Of each octet, by x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1. */
static const uint16_t crc_of[256] = {
	0x0000, 0x365e, 0x6cbc, 0x5ae2, 0xd978, 0xef26, 0xb5c4, 0x839a,
	0xff89, 0xc9d7, 0x9335, 0xa56b, 0x26f1, 0x10af, 0x4a4d, 0x7c13,
	0xb26b, 0x8435, 0xded7, 0xe889, 0x6b13, 0x5d4d, 0x07af, 0x31f1,
	0x4de2, 0x7bbc, 0x215e, 0x1700, 0x949a, 0xa2c4, 0xf826, 0xce78,
	0x29af, 0x1ff1, 0x4513, 0x734d, 0xf0d7, 0xc689, 0x9c6b, 0xaa35,
	0xd626, 0xe078, 0xba9a, 0x8cc4, 0x0f5e, 0x3900, 0x63e2, 0x55bc,
	0x9bc4, 0xad9a, 0xf778, 0xc126, 0x42bc, 0x74e2, 0x2e00, 0x185e,
	0x644d, 0x5213, 0x08f1, 0x3eaf, 0xbd35, 0x8b6b, 0xd189, 0xe7d7,
	0x535e, 0x6500, 0x3fe2, 0x09bc, 0x8a26, 0xbc78, 0xe69a, 0xd0c4,
	0xacd7, 0x9a89, 0xc06b, 0xf635, 0x75af, 0x43f1, 0x1913, 0x2f4d,
	0xe135, 0xd76b, 0x8d89, 0xbbd7, 0x384d, 0x0e13, 0x54f1, 0x62af,
	0x1ebc, 0x28e2, 0x7200, 0x445e, 0xc7c4, 0xf19a, 0xab78, 0x9d26,
	0x7af1, 0x4caf, 0x164d, 0x2013, 0xa389, 0x95d7, 0xcf35, 0xf96b,
	0x8578, 0xb326, 0xe9c4, 0xdf9a, 0x5c00, 0x6a5e, 0x30bc, 0x06e2,
	0xc89a, 0xfec4, 0xa426, 0x9278, 0x11e2, 0x27bc, 0x7d5e, 0x4b00,
	0x3713, 0x014d, 0x5baf, 0x6df1, 0xee6b, 0xd835, 0x82d7, 0xb489,
	0xa6bc, 0x90e2, 0xca00, 0xfc5e, 0x7fc4, 0x499a, 0x1378, 0x2526,
	0x5935, 0x6f6b, 0x3589, 0x03d7, 0x804d, 0xb613, 0xecf1, 0xdaaf,
	0x14d7, 0x2289, 0x786b, 0x4e35, 0xcdaf, 0xfbf1, 0xa113, 0x974d,
	0xeb5e, 0xdd00, 0x87e2, 0xb1bc, 0x3226, 0x0478, 0x5e9a, 0x68c4,
	0x8f13, 0xb94d, 0xe3af, 0xd5f1, 0x566b, 0x6035, 0x3ad7, 0x0c89,
	0x709a, 0x46c4, 0x1c26, 0x2a78, 0xa9e2, 0x9fbc, 0xc55e, 0xf300,
	0x3d78, 0x0b26, 0x51c4, 0x679a, 0xe400, 0xd25e, 0x88bc, 0xbee2,
	0xc2f1, 0xf4af, 0xae4d, 0x9813, 0x1b89, 0x2dd7, 0x7735, 0x416b,
	0xf5e2, 0xc3bc, 0x995e, 0xaf00, 0x2c9a, 0x1ac4, 0x4026, 0x7678,
	0x0a6b, 0x3c35, 0x66d7, 0x5089, 0xd313, 0xe54d, 0xbfaf, 0x89f1,
	0x4789, 0x71d7, 0x2b35, 0x1d6b, 0x9ef1, 0xa8af, 0xf24d, 0xc413,
	0xb800, 0x8e5e, 0xd4bc, 0xe2e2, 0x6178, 0x5726, 0x0dc4, 0x3b9a,
	0xdc4d, 0xea13, 0xb0f1, 0x86af, 0x0535, 0x336b, 0x6989, 0x5fd7,
	0x23c4, 0x159a, 0x4f78, 0x7926, 0xfabc, 0xcce2, 0x9600, 0xa05e,
	0x6e26, 0x5878, 0x029a, 0x34c4, 0xb75e, 0x8100, 0xdbe2, 0xedbc,
	0x91af, 0xa7f1, 0xfd13, 0xcb4d, 0x48d7, 0x7e89, 0x246b, 0x1235,
};

uint16_t dnp3_crc(struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes);
	const uint8_t *at = cur_claim(&bytes, size);
	uint16_t crc = 0;

	for (size_t i = 0; i < size; i++)
		crc = (uint16_t)(crc >> 8 ^ crc_of[(crc ^ at[i]) & 0xff]);
	return (uint16_t)~crc;
}

/* Takes `size` bytes and the crc behind them. */
static struct bt_cursor take_checked(struct bt_cursor *at, size_t size, bool *good)
{
	struct bt_cursor bytes = cur_take(at, size);

	*good = cur_u16le(at) == dnp3_crc(bytes) && cur_ok(at);
	return bytes;
}

static size_t total_of(uint8_t length)
{
	size_t user = length - (size_t)LINK_LENGTH_MIN;
	size_t blocks = (user + LINK_BLOCK_BYTES - 1) / LINK_BLOCK_BYTES;

	return LINK_HEADER_BYTES + user + blocks * LINK_CRC_BYTES;
}

/* Start octets and a length, as far as these bytes go. No bytes: yes. */
static bool may_begin(struct bt_cursor head)
{
	return (!cur_left(&head) || cur_u8(&head) == 0x05) &&
	       (!cur_left(&head) || cur_u8(&head) == 0x64) &&
	       (!cur_left(&head) || cur_u8(&head) >= LINK_LENGTH_MIN);
}

static bool header_is_good(struct bt_cursor head)
{
	bool good;

	if (!may_begin(head))
		return false;
	take_checked(&head, LINK_HEADER_BYTES - LINK_CRC_BYTES, &good);
	return good;
}

static unsigned faults_of(const struct dnp3_segment *segment, size_t user)
{
	const struct dnp3_link_name *name = dnp3_link_name(segment->control);
	bool counted = segment->control & LINK_FCV;
	unsigned faults = 0;

	if (!name)
		return LINK_BAD_FUNCTION;
	if ((segment->control & LINK_PRM) && counted != name->frame_count)
		faults |= LINK_BAD_CONTROL;
	if (name->has_data && !user)
		faults |= LINK_NO_DATA;
	if (!name->has_data && user)
		faults |= LINK_STRAY_DATA;
	if (segment->source >= ADDRESS_RESERVED ||
	    (segment->destination >= ADDRESS_RESERVED && segment->destination < ADDRESS_SELF))
		faults |= LINK_BAD_ADDRESS;
	return faults;
}

static void put(struct dnp3_segment *segment, struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes);

	cur_copy(&bytes, segment->bytes + segment->size, size);
	segment->size += (uint32_t)size;
}

bool dnp3_gather(struct bt_cursor frame, struct dnp3_segment *segment)
{
	struct bt_cursor header, at = frame;
	size_t user;
	bool good;

	segment->size = segment->faults = 0;
	header = take_checked(&at, LINK_HEADER_BYTES - LINK_CRC_BYTES, &good);
	cur_skip(&header, 2);
	user = (size_t)cur_u8(&header) - LINK_LENGTH_MIN;
	if (!cur_ok(&at) || user > LINK_USER_MAX)
		return false;
	put(segment, header);
	segment->control = cur_u8(&header);
	segment->destination = cur_u16le(&header);
	segment->source = cur_u16le(&header);
	segment->faults = faults_of(segment, user) | (good ? 0u : LINK_BAD_HEADER_CRC);
	segment->has_data = user > 0;
	for (bool first = true; user; first = false) {
		size_t size = user < LINK_BLOCK_BYTES ? user : LINK_BLOCK_BYTES;
		struct bt_cursor block = take_checked(&at, size, &good);

		if (!cur_ok(&at))
			return false;
		if (!good)
			segment->faults |= LINK_BAD_BLOCK_CRC;
		if (first)
			segment->transport = cur_u8(&block);
		put(segment, block);
		user -= size;
	}
	return true;
}

/* Some servers greet with a line of text that names the protocol. */
size_t dnp3_banner(struct bt_cursor head)
{
	struct bt_cursor at = head, name;
	bool named = false;
	size_t size = 0;

	while (size < BANNER_MAX && cur_left(&at)) {
		uint8_t byte;

		name = at;
		byte = cur_u8(&at);
		if ((byte < ' ' && byte != '\r' && byte != '\n' && byte != '\t') || byte > '~')
			break;
		named |= cur_u32be(&name) == 0x444e5033; /* "DNP3" */
		size++;
	}
	return named ? size : 0;
}

bool dnp3_from_master(uint8_t control, uint8_t transport, struct bt_cursor fragment)
{
	uint8_t function;

	cur_skip(&fragment, 1);
	function = cur_u8(&fragment);
	if ((transport & TRANSPORT_FIR) && cur_ok(&fragment) && function != FC_CONFIRM &&
	    dnp3_function(function))
		return function < FC_ANSWERS;
	return control & LINK_DIR;
}

enum bt_match dnp3_probe(struct bt_cursor head, bool hinted)
{
	struct bt_cursor at = head;
	uint8_t control, transport;
	size_t user;

	if (hinted && dnp3_banner(head))
		return BT_MATCH_WEAK;
	if (!may_begin(head)) /* some servers answer with frames whose length is 0 */
		return hinted && cur_u16be(&at) == 0x0564 ? BT_MATCH_WEAK : BT_MATCH_NO;
	if (cur_left(&head) < LINK_HEADER_BYTES)
		return BT_MATCH_MORE;
	if (!header_is_good(head))
		return hinted ? BT_MATCH_WEAK : BT_MATCH_NO;
	cur_skip(&at, 2);
	user = cur_u8(&at) - (size_t)LINK_LENGTH_MIN;
	control = cur_u8(&at);
	cur_skip(&at, LINK_HEADER_BYTES - 4);
	at = cur_take_upto(&at, user);
	transport = cur_u8(&at);
	return dnp3_from_master(control, transport, at) ? BT_MATCH_REQUEST : BT_MATCH_RESPONSE;
}

static bool blocks_are_good(struct bt_cursor frame, size_t user)
{
	bool good = cur_skip(&frame, LINK_HEADER_BYTES);

	while (good && user) {
		size_t size = user < LINK_BLOCK_BYTES ? user : LINK_BLOCK_BYTES;

		take_checked(&frame, size, &good);
		user -= size;
	}
	return good;
}

/* Bytes up to the first that begins as a header does, from `from` on; `end` where there is none. */
static size_t next_start(struct bt_cursor head, size_t from, size_t end)
{
	const uint8_t *bytes = cur_claim(&head, end);
	const uint8_t *found = bytes ? memchr(bytes + from, 0x05, end - from) : NULL;

	return found ? (size_t)(found - bytes) : end;
}

/* BAD: a right header begins inside; PARTIAL: with more bytes it could. */
static struct bt_frame look_inside(struct bt_cursor frame, size_t total)
{
	for (size_t at = next_start(frame, 1, total); at < total;
	     at = next_start(frame, at + 1, total)) {
		struct bt_cursor head = frame;

		cur_skip(&head, at);
		if (!may_begin(head))
			continue;
		if (cur_left(&head) < LINK_HEADER_BYTES)
			return (struct bt_frame){.kind = BT_FRAME_PARTIAL,
						 .length = (uint32_t)(at + LINK_HEADER_BYTES)};
		if (header_is_good(head))
			return (struct bt_frame){.kind = BT_FRAME_BAD};
	}
	return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = (uint32_t)total};
}

static bool could_follow(struct bt_cursor head, size_t total)
{
	cur_skip(&head, total);
	return may_begin(head);
}

struct bt_frame dnp3_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	const struct bt_frame bad = {.kind = BT_FRAME_BAD};
	struct bt_frame inside;
	struct bt_cursor at = head;
	uint8_t length;
	size_t total = sync == BT_IN_SYNC ? dnp3_banner(head) : 0;
	bool good;

	(void)dir;
	if (total)
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = (uint32_t)total};
	if (!may_begin(head))
		return bad;
	if (cur_left(&head) < LINK_HEADER_BYTES)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = LINK_HEADER_BYTES};
	good = header_is_good(head);
	if (!good && sync != BT_IN_SYNC)
		return bad;
	cur_skip(&at, 2);
	length = cur_u8(&at);
	total = total_of(length);
	if (cur_left(&head) < total)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = (uint32_t)total};
	inside = look_inside(head, total);
	if (inside.kind == BT_FRAME_WHOLE)
		return good || could_follow(head, total) ? inside : bad;
	if (good && blocks_are_good(head, length - LINK_LENGTH_MIN))
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = (uint32_t)total};
	return inside;
}
