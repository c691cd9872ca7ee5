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

/* A crc is the sum, without carries, of what each bit of the octets leaves, divided by
 * x^16 + x^13 + x^12 + x^11 + x^10 + x^8 + x^6 + x^5 + x^2 + 1: in the last octet, or the one before it. */
#define BIT(octet, bit, leaves) ((octet)&1 << (bit) ? (leaves) : 0)
#define SUM(o, b0, b1, b2, b3, b4, b5, b6, b7)                                           \
	(BIT(o, 0, b0) ^ BIT(o, 1, b1) ^ BIT(o, 2, b2) ^ BIT(o, 3, b3) ^ BIT(o, 4, b4) ^ \
	 BIT(o, 5, b5) ^ BIT(o, 6, b6) ^ BIT(o, 7, b7))
#define LAST(o)   SUM(o, 0x365e, 0x6cbc, 0xd978, 0xff89, 0xb26b, 0x29af, 0x535e, 0xa6bc)
#define BEFORE(o) SUM(o, 0xab4e, 0x1be5, 0x37ca, 0x6f94, 0xdf28, 0xf329, 0xab2b, 0x1b2f)

#define FOUR(of, o)    of(o), of((o) + 1), of((o) + 2), of((o) + 3)
#define SIXTEEN(of, o) FOUR(of, o), FOUR(of, (o) + 4), FOUR(of, (o) + 8), FOUR(of, (o) + 12)
#define SIXTY_FOUR(of, o) \
	SIXTEEN(of, o), SIXTEEN(of, (o) + 16), SIXTEEN(of, (o) + 32), SIXTEEN(of, (o) + 48)
#define EACH_OCTET(of) \
	SIXTY_FOUR(of, 0), SIXTY_FOUR(of, 64), SIXTY_FOUR(of, 128), SIXTY_FOUR(of, 192)

static const uint16_t crc_of_last[256] = {EACH_OCTET(LAST)};
static const uint16_t crc_of_before[256] = {EACH_OCTET(BEFORE)};

uint16_t dnp3_crc(struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes), pairs = size & ~(size_t)1;
	const uint8_t *at = cur_claim(&bytes, size);
	uint16_t crc = 0;

	for (size_t i = 0; i < pairs; i += 2) {
		uint16_t next = (uint16_t)(at[i + 1] << 8 | at[i]), pair = crc ^ next;

		crc = crc_of_before[pair & 0xff] ^ crc_of_last[pair >> 8];
	}
	if (size > pairs)
		crc = (uint16_t)(crc >> 8 ^ crc_of_last[(crc ^ at[pairs]) & 0xff]);
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
	uint8_t *to = segment->bytes + segment->size;
	size_t size = cur_left(&bytes);

	segment->size += (uint32_t)size;
	if (size == LINK_BLOCK_BYTES) /* most are: the compiler copies as many without a call */
		cur_copy(&bytes, to, LINK_BLOCK_BYTES);
	else
		cur_copy(&bytes, to, size);
}

bool dnp3_gather(struct bt_cursor frame, struct dnp3_segment *segment)
{
	struct bt_cursor header, envelope, at = frame;
	size_t user;
	bool good;

	header = take_checked(&at, LINK_HEADER_BYTES - LINK_CRC_BYTES, &good);
	cur_skip(&header, 2);
	user = (size_t)cur_u8(&header) - LINK_LENGTH_MIN;
	if (!cur_ok(&at) || user > LINK_USER_MAX)
		return false;
	envelope = header;
	cur_copy(&envelope, segment->bytes, ENVELOPE_BYTES);
	segment->size = ENVELOPE_BYTES;
	segment->control = cur_u8(&header);
	segment->destination = cur_u16le(&header);
	segment->source = cur_u16le(&header);
	segment->faults = faults_of(segment, user) | (good ? 0u : LINK_BAD_HEADER_CRC);
	segment->transport = 0;
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

static struct bt_frame whole(size_t total)
{
	return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = (uint32_t)total};
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
	return whole(total);
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
	size_t total;

	(void)dir;
	if (!may_begin(head)) {
		total = sync == BT_IN_SYNC ? dnp3_banner(head) : 0;
		return total ? whole(total) : bad;
	}
	if (cur_left(&head) < LINK_HEADER_BYTES)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = LINK_HEADER_BYTES};
	if (sync != BT_IN_SYNC && !header_is_good(head))
		return bad;
	cur_skip(&at, 2);
	length = cur_u8(&at);
	total = total_of(length);
	if (cur_left(&head) < total)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = (uint32_t)total};
	inside = look_inside(head, total);
	if (inside.kind == BT_FRAME_WHOLE)
		return could_follow(head, total) || header_is_good(head) ? inside : bad;
	if (header_is_good(head) && blocks_are_good(head, length - LINK_LENGTH_MIN))
		return whole(total);
	return inside;
}
