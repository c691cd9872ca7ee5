/* SPDX-License-Identifier: Apache-2.0
 *
 * The encoding of Protocol Buffers (protobuf.dev, "Encoding"), as much of it as Sparkplug's
 * payload uses: tagged fields of four kinds. Groups were given up before Sparkplug began: they are
 * an error.
 */
#include "private.h"

enum {
	VARINT_BYTES_MAX = 10,
};

static void give_up(struct bt_cursor *at)
{
	cur_skip(at, cur_left(at) + 1);
}

static uint64_t long_varint(struct bt_cursor *at)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
		uint8_t byte = cur_u8(at);

		if (i == VARINT_BYTES_MAX - 1 && byte > 1)
			break; /* bits beyond the 64th */
		number |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return number;
	}
	give_up(at);
	return 0;
}

/* Tags, lengths and most numbers are one byte. */
uint64_t wire_varint(struct bt_cursor *at)
{
	struct bt_cursor next = *at;
	uint8_t byte = cur_u8(&next);

	if (byte & 0x80 || !cur_ok(&next))
		return long_varint(at);
	*at = next;
	return byte;
}

bool wire_next(struct bt_cursor *at, struct wire_field *field)
{
	uint64_t tag;

	if (!cur_ok(at) || cur_left(at) == 0)
		return false;
	tag = wire_varint(at);
	*field = (struct wire_field){.number = (uint32_t)(tag >> 3), .type = tag & 7};
	if (tag >> 32 || field->number == 0) {
		give_up(at);
		return false;
	}
	switch (field->type) {
	case WIRE_VARINT: field->bits = wire_varint(at); break;
	case WIRE_64: field->bits = cur_u64le(at); break;
	case WIRE_32: field->bits = cur_u32le(at); break;
	case WIRE_BYTES: {
		uint64_t size = wire_varint(at);

		if (size > cur_left(at))
			give_up(at);
		else
			field->bytes = cur_take(at, (size_t)size);
		break;
	}
	default: give_up(at); break;
	}
	return cur_ok(at);
}
