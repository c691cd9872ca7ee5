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

/* Of eight bytes the number at their beginning: each byte's seven bits move up to those before. */
static uint64_t packed(uint64_t word)
{
	word = (word & 0x007f007f007f007f) | (word & 0x7f007f007f007f00) >> 1;
	word = (word & 0x00003fff00003fff) | (word & 0x3fff00003fff0000) >> 2;
	return (word & 0x000000000fffffff) | (word & 0x0fffffff00000000) >> 4;
}

uint64_t wire_long_varint(struct bt_cursor *at)
{
	struct bt_cursor look = *at;
	uint64_t word = cur_u64le(&look), last = ~word & 0x8080808080808080, number = 0;

	if (cur_ok(&look) && last) {
		last &= -last; /* the bit above the number's last byte */
		cur_skip(at, (size_t)__builtin_ctzll(last) / 8 + 1);
		return packed(word & (last - 1));
	}
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
