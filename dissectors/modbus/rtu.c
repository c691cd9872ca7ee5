/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus RTU over TCP or UDP: what converters between a serial line and a network send, and what many
 * cheap devices call "Modbus TCP". Modbus over Serial Line V1.02:
 *
 *	 unit  function  data        CRC-16, low byte first
 *	+-----+---------+-----------+-------+
 *	|  1  |    1    | 0 - 252   |   2   |
 *	+-----+---------+-----------+-------+
 *
 * No length and no mark where a message begins. The layouts say two lengths, one for a request and one
 * for an answer, and the CRC which of them it is. Sixteen bits of CRC where the layout ends a message
 * are strong proof, stronger than the header of Modbus/TCP, on any port.
 */
#include "modbus.h"

enum {
	RTU_MIN = 2 + CRC_BYTES, /* unit, function */
	RTU_MAX = SERIAL_MAX + CRC_BYTES,
	UNIT_MAX = 247, /* above are reserved */
	TOO_SHORT = 5,  /* an exception, a function without data: little proof */
};

/* Bytes of a whole message, as one side would send it; see modbus_size(). 0: not to be told. */
static uint32_t total_as(struct bt_cursor head, bool request)
{
	uint32_t size;
	uint8_t raw;

	cur_skip(&head, 1);
	raw = cur_u8(&head);
	size = modbus_size(raw, head, request);
	return size == SIZE_FREE ? 0 : 2 + size + CRC_BYTES;
}

static bool crc_ends(struct bt_cursor head, uint32_t total)
{
	struct bt_cursor covered;

	if (total < RTU_MIN || total > RTU_MAX || cur_left(&head) < total)
		return false;
	covered = cur_take(&head, total - CRC_BYTES);
	return modbus_crc(covered) == cur_u16le(&head);
}

/* A unit there can be, and a function that somebody has defined. */
static bool may_begin(struct bt_cursor head)
{
	bool unit = cur_left(&head) < 1 || cur_u8(&head) <= UNIT_MAX;

	return unit && (cur_left(&head) < 1 ||
			modbus_function(cur_u8(&head))->class != CLASS_UNDEFINED);
}

/* Bytes of the message that the head begins with, by layout and CRC; 0: none does. */
static uint32_t certain_total(struct bt_cursor head, bool request)
{
	uint32_t total = total_as(head, request), other = total_as(head, !request);

	if (crc_ends(head, total))
		return total;
	return crc_ends(head, other) ? other : 0;
}

/* Of a message whose layout does not say: all there is, or what ends before another. 0: no CRC fits. */
static uint32_t free_total(struct bt_cursor head)
{
	struct bt_cursor covered = head;
	size_t left = cur_left(&head);
	uint16_t crc = CRC_BEGIN;

	if (left <= RTU_MAX && crc_ends(head, (uint32_t)left))
		return (uint32_t)left;
	for (uint32_t total = 1 + CRC_BYTES; total < left && total <= RTU_MAX; total++) {
		struct bt_cursor rest;

		crc = modbus_crc_add(crc, cur_u8(&covered));
		rest = covered;
		if (total >= RTU_MIN && crc == cur_u16le(&rest) && may_begin(rest))
			return total;
	}
	return 0;
}

static bool is_free(struct bt_cursor head)
{
	return total_as(head, true) == 0 || total_as(head, false) == 0;
}

/* ROC Plus, the protocol of gas flow computers, has the same CRC: unit, group, unit, group, opcode, the
 * length of its data, data. Without data that is a request of ours with a zero as its last byte. */
static bool is_roc_without_data(struct bt_cursor body)
{
	return cur_left(&body) == 6 && cur_skip(&body, 5) && cur_u8(&body) == 0;
}

static enum bt_match match_of(struct bt_cursor head, uint32_t total)
{
	struct modbus_wrapped room;
	struct bt_cursor body = cur_take(&head, total - CRC_BYTES);
	struct modbus_adu adu;
	unsigned shape;

	cur_skip(&head, CRC_BYTES);
	if (is_roc_without_data(body) || !modbus_read(modbus_wrap(body, &room), &adu) ||
	    !may_begin(head))
		return BT_MATCH_NO;
	shape = modbus_shape(&adu);
	if (total <= TOO_SHORT || shape == 0 || shape & SHAPE_VAGUE)
		return cur_left(&head) ? BT_MATCH_NO : BT_MATCH_WEAK;
	if (shape == SHAPE_REQUEST)
		return BT_MATCH_REQUEST;
	return shape == SHAPE_ANSWER ? BT_MATCH_RESPONSE : BT_MATCH_EITHER;
}

enum bt_match modbus_rtu_match(struct bt_cursor head)
{
	uint32_t request = total_as(head, true), answer = total_as(head, false), total;
	size_t left = cur_left(&head);

	if (!may_begin(head))
		return BT_MATCH_NO;
	if (left < RTU_MIN)
		return BT_MATCH_MORE;
	total = certain_total(head, true);
	if (total)
		return match_of(head, total);
	if (is_free(head))
		return left <= RTU_MAX && crc_ends(head, (uint32_t)left) ? BT_MATCH_WEAK : BT_MATCH_NO;
	return (request > left && request <= RTU_MAX) || (answer > left && answer <= RTU_MAX)
		       ? BT_MATCH_MORE
		       : BT_MATCH_NO;
}

static enum bt_match probe(struct bt_cursor head, bool hinted)
{
	enum bt_match match = modbus_rtu_match(head);

	if (match == BT_MATCH_NO || match == BT_MATCH_MORE ||
	    modbus_header_match(head, true) == BT_MATCH_NO)
		return match;
	return match == BT_MATCH_WEAK ? BT_MATCH_NO : BT_MATCH_MORE; /* see modbus_probe() */
}

/* In an unbroken stream: a message whose CRC is wrong, where its layout and what follows agree. */
static bool is_damaged(struct bt_cursor head, uint32_t total, bool request)
{
	if (total < RTU_MIN || total > RTU_MAX || cur_left(&head) < total)
		return false;
	cur_skip(&head, total);
	return cur_left(&head) == 0 || certain_total(head, request);
}

/* Does a message end where the bytes do, that begins behind their first? */
static bool certain_behind(struct bt_cursor head)
{
	while (cur_left(&head) > RTU_MIN) {
		size_t left;

		cur_skip(&head, 1);
		left = cur_left(&head);
		if (may_begin(head) &&
		    (total_as(head, true) == left || total_as(head, false) == left) &&
		    crc_ends(head, (uint32_t)left))
			return true;
	}
	return false;
}

static struct bt_frame partial(uint32_t length)
{
	if (length > RTU_MAX)
		return (struct bt_frame){.kind = BT_FRAME_BAD};
	return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = length};
}

/* No CRC ends a message here: is one still to come? */
static struct bt_frame frame_unfinished(struct bt_cursor head, bool request, enum bt_sync sync)
{
	uint32_t total = total_as(head, request), other = total_as(head, !request);
	size_t left = cur_left(&head);

	if (sync == BT_LOST ||
	    (sync == BT_LOST_AT_SEGMENT && (is_free(head) || certain_behind(head))))
		return partial(SIZE_FREE);
	if (is_free(head))
		return partial(may_begin(head) ? (uint32_t)left + 1 : SIZE_FREE);
	if (sync == BT_IN_SYNC && is_damaged(head, total, request))
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = total};
	if (total > left && total <= RTU_MAX)
		return partial(total);
	return partial(other > left ? other : SIZE_FREE);
}

static struct bt_frame frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	bool request = dir == BT_TO_SERVER, lost = sync != BT_IN_SYNC;
	uint32_t total;

	if (lost && !may_begin(head))
		return partial(SIZE_FREE);
	if (cur_left(&head) < RTU_MIN)
		return partial(sync == BT_LOST ? SIZE_FREE : RTU_MIN);
	total = certain_total(head, request);
	if (!total && sync != BT_LOST && is_free(head))
		total = free_total(head);
	if (total)
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = total};
	return frame_unfinished(head, request, sync);
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	struct modbus_wrapped room;
	struct bt_cursor at = message;
	uint8_t unit, raw;

	if (cur_left(&message) < RTU_MIN || cur_left(&message) > RTU_MAX)
		return BT_NOT_MINE;
	if (!crc_ends(message, (uint32_t)cur_left(&message))) {
		unit = cur_u8(&at);
		raw = cur_u8(&at);
		bt_break(ctx, &modbus_bad_checksum, "RTU, unit %u, function %u, %zu bytes", unit, raw,
			 cur_left(&message));
		return BT_DISSECTED; /* every receiver throws it away */
	}
	return modbus_take(ctx, modbus_wrap(cur_take(&message, cur_left(&message) - CRC_BYTES), &room),
			   MODE_RTU);
}

static const uint16_t ports[] = {0};

const struct bt_dissector dissector_modbus_rtu = {
	.name = "modbus_rtu",
	.title = "Modbus RTU over a network",
	.of = &dissector_modbus,
	.carriers = BT_CARRIER_TCP | BT_CARRIER_UDP,
	.ports = ports,
	.state_size = sizeof(struct modbus_state),
	.max_message = RTU_MAX,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.either_opens = true,
	.probe = probe,
	.frame = frame,
	.dissect = dissect,
	.unanswered = modbus_unanswered,
	.skipped = modbus_skipped,
	.gap = modbus_gap,
};
