/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers are seven bits a byte, the lowest first, the highest bit set but in the last (LEB128): most are
 * small. Texts have their length before them.
 */
#include "parcel.h"

void parcel_pack(struct parcel *parcel, void *room, size_t cap)
{
	*parcel = (struct parcel){.room = room, .cap = cap};
}

void parcel_unpack(struct parcel *parcel, struct bt_cursor bytes)
{
	*parcel = (struct parcel){.unpacking = true, .from = bytes};
}

bool parcel_done(const struct parcel *parcel)
{
	return !parcel->spoilt && cur_left(&parcel->from) == 0;
}

static void put(struct parcel *parcel, const void *bytes, size_t size)
{
	if (parcel->spoilt || size > parcel->cap - parcel->used) {
		parcel->spoilt = true;
		return;
	}
	if (size)
		memcpy(parcel->room + parcel->used, bytes, size);
	parcel->used += size;
}

void parcel_bytes(struct parcel *parcel, void *bytes, size_t size)
{
	if (!parcel->unpacking) {
		put(parcel, bytes, size);
		return;
	}
	cur_copy(&parcel->from, bytes, size);
	parcel->spoilt |= !cur_ok(&parcel->from);
}

static void put_number(struct parcel *parcel, uint64_t number)
{
	uint8_t bytes[10];
	size_t size = 0;

	do {
		bytes[size++] = (uint8_t)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);
	} while (number >>= 7);
	put(parcel, bytes, size);
}

static uint64_t take_number(struct parcel *parcel, uint64_t max)
{
	uint64_t number = 0;
	uint8_t byte;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		byte = cur_u8(&parcel->from);
		number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
		parcel->spoilt |= shift == 63;
	}
	parcel->spoilt |= !cur_ok(&parcel->from) || number > max;
	return parcel->spoilt ? 0 : number;
}

static uint64_t number(struct parcel *parcel, uint64_t value, uint64_t max)
{
	if (parcel->unpacking)
		return take_number(parcel, max);
	put_number(parcel, value);
	return value;
}

void parcel_u64(struct parcel *parcel, uint64_t *value)
{
	*value = number(parcel, *value, UINT64_MAX);
}

void parcel_i64(struct parcel *parcel, int64_t *value)
{
	*value = (int64_t)number(parcel, (uint64_t)*value, UINT64_MAX);
}

void parcel_u32(struct parcel *parcel, uint32_t *value)
{
	*value = (uint32_t)number(parcel, *value, UINT32_MAX);
}

void parcel_u16(struct parcel *parcel, uint16_t *value)
{
	*value = (uint16_t)number(parcel, *value, UINT16_MAX);
}

void parcel_u8(struct parcel *parcel, uint8_t *value)
{
	*value = (uint8_t)number(parcel, *value, UINT8_MAX);
}

void parcel_bool(struct parcel *parcel, bool *value)
{
	*value = number(parcel, *value, 1) != 0;
}

void parcel_upto(struct parcel *parcel, unsigned *value, unsigned max)
{
	*value = (unsigned)number(parcel, *value, max);
}

/* Unused bytes are zero, or equal addresses would not be. */
void parcel_addr(struct parcel *parcel, struct bt_addr *addr)
{
	static const uint8_t sizes[] = {
		[BT_ADDR_NONE] = 0, [BT_ADDR_MAC] = 6, [BT_ADDR_IPV4] = 4, [BT_ADDR_IPV6] = 16};
	unsigned family = addr->family;

	parcel_upto(parcel, &family, BT_ADDR_IPV6);
	if (parcel->unpacking)
		*addr = (struct bt_addr){.family = (uint8_t)family};
	parcel_bytes(parcel, addr->bytes, sizes[family]);
}

void parcel_view(struct parcel *parcel, struct bt_cursor *text, size_t max)
{
	size_t size = number(parcel, cur_left(text), max);

	if (parcel->unpacking)
		*text = cur_take(&parcel->from, parcel->spoilt ? 0 : size);
	else
		put(parcel, text->ptr, size);
	parcel->spoilt |= !cur_ok(&parcel->from) || size > max;
}

void parcel_text(struct parcel *parcel, char *text, size_t cap)
{
	struct bt_cursor view = cur_of(text, parcel->unpacking ? 0 : strnlen(text, cap - 1));

	parcel_view(parcel, &view, cap - 1);
	if (!parcel->unpacking)
		return;
	if (parcel->spoilt)
		view = cur_of("", 0);
	if (cur_left(&view))
		memcpy(text, view.ptr, cur_left(&view));
	text[cur_left(&view)] = '\0';
}
