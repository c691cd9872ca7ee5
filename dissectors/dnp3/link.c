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

uint16_t dnp3_crc(struct bt_cursor bytes)
{
	/* of half an octet each; x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1 */
	static const uint16_t half[16] = {
		0x0000, 0xb26b, 0x29af, 0x9bc4, 0x535e, 0xe135, 0x7af1, 0xc89a,
		0xa6bc, 0x14d7, 0x8f13, 0x3d78, 0xf5e2, 0x4789, 0xdc4d, 0x6e26,
	};
	uint16_t crc = 0;

	while (cur_left(&bytes)) {
		crc ^= cur_u8(&bytes);
		crc = (uint16_t)(crc >> 4 ^ half[crc & 15]);
		crc = (uint16_t)(crc >> 4 ^ half[crc & 15]);
	}
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

/* BAD: a right header begins inside; PARTIAL: with more bytes it could. */
static struct bt_frame look_inside(struct bt_cursor head, size_t total)
{
	for (size_t at = 1; at < total; at++) {
		cur_skip(&head, 1);
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
