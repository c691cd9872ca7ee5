/* SPDX-License-Identifier: Apache-2.0
 *
 * The header in front of every Modbus/TCP message: is this Modbus, and where does a message end?
 *
 * Sixteen bits that must be zero and a length that must fit are little proof, so a message counts
 * as certain only when the function's own layout agrees with the length, and the bytes behind it
 * begin another message.
 */
#include "modbus.h"

struct bt_cursor modbus_wrap(struct bt_cursor body, struct modbus_wrapped *room)
{
	size_t size = cur_left(&body) < SERIAL_MAX ? cur_left(&body) : SERIAL_MAX;

	memset(room->bytes, 0, MBAP_BYTES);
	room->bytes[MBAP_BYTES - 1] = (uint8_t)size;
	cur_copy(&body, room->bytes + MBAP_BYTES, size);
	return cur_of(room->bytes, MBAP_BYTES + size);
}

uint16_t modbus_crc_add(uint16_t crc, uint8_t byte)
{
	/* what four bits shifted out leave of the polynomial a001 */
	static const uint16_t nibbles[16] = {
		0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
		0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
	};

	crc ^= byte;
	crc = crc >> 4 ^ nibbles[crc & 15];
	return crc >> 4 ^ nibbles[crc & 15];
}

uint16_t modbus_crc(struct bt_cursor bytes)
{
	uint16_t crc = CRC_BEGIN;

	while (cur_left(&bytes))
		crc = modbus_crc_add(crc, cur_u8(&bytes));
	return crc;
}

static uint32_t total_of(const struct modbus_adu *adu)
{
	return MBAP_BYTES + (uint32_t)adu->length;
}

/* Could a message begin here, as far as these bytes go? No bytes: yes. */
static bool may_begin(struct bt_cursor bytes)
{
	struct modbus_adu adu;
	struct bt_cursor at = bytes;

	if (modbus_read(bytes, &adu))
		return adu.protocol == 0 && (adu.length <= LENGTH_MAX || adu.function == 90);
	if (cur_left(&bytes) >= ADU_MIN)
		return false; /* its length is too small */
	cur_skip(&at, 2);
	if (cur_left(&at) >= 1 && cur_u8(&at) != 0)
		return false;
	return cur_left(&at) == 0 || cur_u8(&at) == 0;
}

/* Bytes of the message at the start of `head`, all of which is there, with a CRC that a gateway
 * left behind it. */
static uint32_t with_crc(struct bt_cursor head, uint32_t total)
{
	struct bt_cursor rest = head, covered = head, at;

	cur_skip(&rest, total);
	if (cur_left(&rest) < CRC_BYTES || (cur_left(&rest) >= ADU_MIN && may_begin(rest)))
		return total;
	at = rest;
	cur_skip(&at, CRC_BYTES);
	if (!may_begin(at))
		return total;
	cur_skip(&covered, MBAP_BYTES);
	if (cur_u16le(&rest) != modbus_crc(cur_take(&covered, total - MBAP_BYTES)))
		return total;
	return total + CRC_BYTES;
}

static bool followed_well(struct bt_cursor head, uint32_t total)
{
	cur_skip(&head, with_crc(head, total));
	return may_begin(head);
}

static bool length_allowed(const struct modbus_adu *adu)
{
	return adu->length <= LENGTH_MAX || (adu->function == 90 && total_of(adu) <= MESSAGE_MAX);
}

/* Messages so short that chance makes one: asked for alone they prove little. */
static bool too_short_to_tell(const struct modbus_adu *adu)
{
	return !adu->exception && adu->size <= 1;
}

static enum bt_match match_of(unsigned shape)
{
	switch (shape) {
	case SHAPE_REQUEST: return BT_MATCH_REQUEST;
	case SHAPE_ANSWER: return BT_MATCH_RESPONSE;
	default: return BT_MATCH_EITHER;
	}
}

/* Which sides could have sent all the messages in `head`, the first of which is `adu`. */
static unsigned shape_of_all(struct bt_cursor head, const struct modbus_adu *adu, unsigned shape)
{
	struct modbus_adu next = *adu;

	for (int count = 0; count < 8 && cur_left(&head) > total_of(&next); count++) {
		cur_skip(&head, with_crc(head, total_of(&next)));
		if (!modbus_read(head, &next) || !length_allowed(&next) ||
		    cur_left(&head) < total_of(&next))
			break;
		if (shape & modbus_shape(&next))
			shape &= modbus_shape(&next);
	}
	return shape;
}

static bool is_certain(const struct modbus_adu *adu)
{
	unsigned shape = modbus_shape(adu);

	return shape != 0 && !(shape & SHAPE_VAGUE);
}

enum bt_match modbus_header_match(struct bt_cursor head, bool hinted)
{
	struct modbus_adu adu;
	unsigned shape;

	if (cur_left(&head) < ADU_MIN)
		return may_begin(head) ? BT_MATCH_MORE : BT_MATCH_NO;
	if (!modbus_read(head, &adu) || !length_allowed(&adu))
		return BT_MATCH_NO;
	if (adu.protocol != 0) /* there are servers that do not look at it, and obey */
		return hinted && !adu.exception && is_certain(&adu) &&
				       cur_left(&head) == total_of(&adu)
			       ? BT_MATCH_WEAK
			       : BT_MATCH_NO;
	if (!adu.exception && adu.means->class == CLASS_UNDEFINED)
		return BT_MATCH_NO;
	shape = modbus_shape(&adu);
	if (shape && cur_left(&head) < total_of(&adu))
		return adu.length <= LENGTH_MAX ? BT_MATCH_MORE : BT_MATCH_WEAK;
	if (cur_left(&head) < total_of(&adu) || !followed_well(head, total_of(&adu)))
		return BT_MATCH_NO;
	if (shape == 0)
		return hinted ? BT_MATCH_WEAK : BT_MATCH_NO;
	if (shape & SHAPE_VAGUE || (!hinted && too_short_to_tell(&adu)))
		return BT_MATCH_WEAK;
	return match_of(shape_of_all(head, &adu, shape));
}

/* There are bytes that are a message with this header and one of RTU with its CRC (an RTU read of two
 * registers at address 0 is one). Believing the wrong one would blind us for the whole connection, so
 * the other direction decides. */
enum bt_match modbus_probe(struct bt_cursor head, bool hinted)
{
	enum bt_match match = modbus_header_match(head, hinted), rtu;

	if (match == BT_MATCH_NO || match == BT_MATCH_MORE)
		return match;
	rtu = modbus_rtu_match(head);
	return rtu == BT_MATCH_NO || rtu == BT_MATCH_MORE || rtu == BT_MATCH_WEAK ? match
										   : BT_MATCH_MORE;
}

/* After a gap only what cannot be chance is a message: either the function's layout agrees, or it is
 * a segment, neither more nor less. */
static bool believable_after_gap(const struct modbus_adu *adu, size_t left, enum bt_sync sync)
{
	if (adu->protocol != 0 || !length_allowed(adu))
		return false;
	if (is_certain(adu))
		return true;
	return sync == BT_LOST_AT_SEGMENT && left == total_of(adu) &&
	       adu->means->class != CLASS_UNDEFINED;
}

/* In an unbroken stream the header is the sender's word: what breaks the rules is a message all the
 * same, and dissect() says so. */
static bool believable(const struct modbus_adu *adu)
{
	if (adu->protocol == 0 && length_allowed(adu))
		return true;
	return is_certain(adu);
}

/* Do certain messages follow, up to the end of the bytes or beyond it? A few stray bytes are the sign of
 * a message that was taken to begin a little too early: so would the next, and the next. */
static bool fits_what_follows(struct bt_cursor head, uint32_t total)
{
	struct modbus_adu next;

	for (int count = 0; count < 8; count++) {
		cur_skip(&head, with_crc(head, total));
		if (cur_left(&head) == 0)
			return true;
		if (cur_left(&head) < ADU_MIN || !modbus_read(head, &next) ||
		    !believable_after_gap(&next, cur_left(&head), BT_LOST))
			return false;
		total = total_of(&next);
		if (cur_left(&head) < total)
			return true;
	}
	return true;
}

/* Too few bytes for a header. */
static struct bt_frame frame_short(struct bt_cursor head, enum bt_sync sync)
{
	if (sync == BT_LOST || (sync == BT_LOST_AT_SEGMENT && !may_begin(head)))
		return (struct bt_frame){.kind = BT_FRAME_BAD};
	return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = ADU_MIN};
}

/* Apart, so that what is asked for nearly every message needs no stack frame. */
static __attribute__((noinline)) struct bt_frame frame_odd(struct bt_cursor head, enum bt_sync sync)
{
	const struct bt_frame bad = {.kind = BT_FRAME_BAD};
	bool lost = sync != BT_IN_SYNC;
	struct bt_cursor look = head;
	struct modbus_adu adu;
	uint32_t total;

	/* Asked at every byte of what is no message: most are refused here, by the protocol id. */
	if (lost && cur_skip(&look, 2) && cur_u16be(&look) != 0 && cur_ok(&look))
		return bad;
	if (cur_left(&head) < ADU_MIN)
		return frame_short(head, sync);
	if (!modbus_read(head, &adu) || total_of(&adu) > MESSAGE_MAX)
		return bad;
	if (!(lost ? believable_after_gap(&adu, cur_left(&head), sync) : believable(&adu)))
		return bad;
	total = total_of(&adu);
	if (cur_left(&head) < total)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = total};
	if (cur_left(&head) == total && adu.protocol == 0) /* nothing follows that could be odd */
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = total};
	if (lost ? !fits_what_follows(head, total)
		 : adu.protocol != 0 && !followed_well(head, total))
		return bad;
	return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = with_crc(head, total)};
}

/* Nearly always there is one message, and nothing behind it that could be odd. */
struct bt_frame modbus_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	struct modbus_adu adu;

	(void)dir;
	if (sync == BT_IN_SYNC && modbus_read(head, &adu) && adu.protocol == 0 &&
	    adu.length <= LENGTH_MAX && cur_left(&head) == total_of(&adu))
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = total_of(&adu)};
	return frame_odd(head, sync);
}
