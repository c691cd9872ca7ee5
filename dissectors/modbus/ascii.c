/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus ASCII over TCP or UDP: a serial line's other mode, behind a converter. Modbus over Serial
 * Line V1.02:
 *
 *	':'  unit  function  data ...  LRC  CR LF
 *
 * Everything between colon and CR is bytes as two hexadecimal digits each; the LRC makes the sum of
 * all of them 0. Diagnostics 8/3 may change the LF into another character; nobody was seen to do so,
 * and such a line is not read from then on.
 */
#include "modbus.h"

enum {
	BODY_MIN = 2, /* unit, function */
	LRC_BYTES = 1,
	ASCII_MIN = 1 + 2 * (BODY_MIN + LRC_BYTES) + 2,
	ASCII_MAX = 1 + 2 * (SERIAL_MAX + LRC_BYTES) + 2,
	NO_DIGIT = 16,
};

static unsigned digit_of(uint8_t character)
{
	if (character >= '0' && character <= '9')
		return character - (unsigned)'0';
	if (character >= 'A' && character <= 'F')
		return character - (unsigned)'A' + 10;
	if (character >= 'a' && character <= 'f') /* not by the specification, but sent */
		return character - (unsigned)'a' + 10;
	return NO_DIGIT;
}

/* Bytes of the line that `head` begins with, its end included. *whole: it is all there; else so many
 * are needed at least. 0: no line. */
static uint32_t line_length(struct bt_cursor head, bool *whole)
{
	uint32_t length = 1;
	uint8_t character;

	*whole = false;
	if (cur_u8(&head) != ':')
		return 0;
	while (cur_left(&head)) {
		character = cur_u8(&head);
		length++;
		if (length > ASCII_MAX)
			return 0;
		if (digit_of(character) != NO_DIGIT)
			continue;
		/* colon, pairs of digits, CR: an even number */
		if (character != '\r' || length % 2 || length + 1 < ASCII_MIN)
			return 0;
		*whole = cur_left(&head) > 0;
		return *whole && cur_u8(&head) != '\n' ? 0 : length + 1;
	}
	return length < ASCII_MIN ? ASCII_MIN : length + 1;
}

/* Unit, function and data of a line behind the header of TCP. False: its LRC is wrong. */
static bool read_line(struct bt_cursor line, struct modbus_wrapped *room, struct bt_cursor *message)
{
	uint8_t bytes[SERIAL_MAX + LRC_BYTES], sum = 0;
	size_t count = (cur_left(&line) - 3) / 2;

	if (cur_left(&line) < ASCII_MIN || count > sizeof(bytes))
		return false;
	cur_skip(&line, 1);
	for (size_t i = 0; i < count; i++) {
		unsigned high = digit_of(cur_u8(&line)), low = digit_of(cur_u8(&line));

		bytes[i] = (uint8_t)(high << 4 | low);
		sum = (uint8_t)(sum + bytes[i]);
	}
	*message = modbus_wrap(cur_of(bytes, count - LRC_BYTES), room);
	return sum == 0;
}

static bool lrc_is_right(struct bt_cursor line)
{
	struct modbus_wrapped room;
	struct bt_cursor message;

	return read_line(line, &room, &message);
}

static enum bt_match probe(struct bt_cursor head, bool hinted)
{
	struct modbus_wrapped room;
	struct bt_cursor message;
	struct modbus_adu adu;
	bool whole;
	uint32_t length = line_length(head, &whole);
	unsigned shape;

	if (length == 0)
		return BT_MATCH_NO;
	if (!whole)
		return BT_MATCH_MORE;
	if (!read_line(cur_take(&head, length), &room, &message) || !modbus_read(message, &adu))
		return BT_MATCH_NO;
	shape = modbus_shape(&adu);
	if (shape == 0 || shape & SHAPE_VAGUE)
		return BT_MATCH_WEAK;
	if (shape == SHAPE_REQUEST)
		return BT_MATCH_REQUEST;
	return shape == SHAPE_ANSWER ? BT_MATCH_RESPONSE : BT_MATCH_EITHER;
}

static struct bt_frame frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	const struct bt_frame bad = {.kind = BT_FRAME_BAD};
	struct bt_cursor line = head;
	bool whole;
	uint32_t length = line_length(head, &whole);

	if (length == 0)
		return bad;
	if (!whole)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = length};
	if (sync != BT_IN_SYNC && !lrc_is_right(cur_take(&line, length)))
		return bad;
	return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = length};
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor line)
{
	struct modbus_wrapped room;
	struct bt_cursor message;
	bool whole;

	if (line_length(line, &whole) != cur_left(&line) || !whole)
		return BT_NOT_MINE;
	if (!read_line(line, &room, &message)) {
		bt_break(ctx, &modbus_bad_checksum, "ASCII, %zu characters", cur_left(&line));
		return BT_DISSECTED; /* every receiver throws it away */
	}
	return modbus_take(ctx, message, MODE_ASCII);
}

static const uint16_t ports[] = {0};

const struct bt_dissector dissector_modbus_ascii = {
	.name = "modbus_ascii",
	.title = "Modbus ASCII over a network",
	.of = &dissector_modbus,
	.carriers = BT_CARRIER_TCP | BT_CARRIER_UDP,
	.ports = ports,
	.state_size = sizeof(struct modbus_state),
	.max_message = ASCII_MAX,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.either_opens = true,
	.probe = probe,
	.frame = frame,
	.dissect = dissect,
	.unanswered = modbus_unanswered,
	.skipped = modbus_skipped,
	.gap = modbus_gap,
};
