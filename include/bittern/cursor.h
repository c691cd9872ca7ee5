/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading bytes that an enemy wrote.
 *
 * A cursor is a view of somebody else's bytes. Every read goes through cur_claim(), which compares
 * the length before any pointer moves; a read past the end yields zero and sets the sticky `bad`.
 * Straight-line code reads all it wants and asks cur_ok() once. Every length field on the wire is
 * spent by taking a child cursor (cur_take), so nothing can read into the next message.
 *
 * Cursors are values: copying one is how to look ahead. They own nothing and die with the frame.
 */
#ifndef BITTERN_CURSOR_H
#define BITTERN_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A byte is read in fewer instructions than a call takes; whoever grows elsewhere must not make it one. */
#define CUR_INLINE static inline __attribute__((always_inline))

struct bt_cursor {
	const uint8_t *ptr;
	size_t left;
	bool bad;
};

CUR_INLINE struct bt_cursor cur_of(const void *bytes, size_t size)
{
	return (struct bt_cursor){.ptr = bytes, .left = size};
}

CUR_INLINE bool cur_ok(const struct bt_cursor *cur)
{
	return !cur->bad;
}

CUR_INLINE size_t cur_left(const struct bt_cursor *cur)
{
	return cur->left;
}

/* The one place where a pointer moves. Returns NULL, and nothing is read any more, when fewer than
 * `size` bytes are left. */
CUR_INLINE const uint8_t *cur_claim(struct bt_cursor *cur, size_t size)
{
	const uint8_t *at = cur->ptr;

	if (cur->bad || size > cur->left) {
		cur->bad = true;
		cur->left = 0;
		return NULL;
	}
	cur->ptr = size ? at + size : at;
	cur->left -= size;
	return at;
}

CUR_INLINE bool cur_skip(struct bt_cursor *cur, size_t size)
{
	cur_claim(cur, size);
	return !cur->bad;
}

/* A child of exactly `size` bytes; the parent moves past it. Too short: both are bad. */
CUR_INLINE struct bt_cursor cur_take(struct bt_cursor *cur, size_t size)
{
	const uint8_t *at = cur_claim(cur, size);

	return (struct bt_cursor){.ptr = at, .left = cur->bad ? 0 : size, .bad = cur->bad};
}

/* At most `size` bytes: what there is of them. Never makes the parent bad. */
CUR_INLINE struct bt_cursor cur_take_upto(struct bt_cursor *cur, size_t size)
{
	return cur_take(cur, size < cur->left ? size : cur->left);
}

CUR_INLINE uint8_t cur_u8(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 1);

	return cur->bad ? 0 : at[0];
}

CUR_INLINE uint16_t cur_u16be(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 2);

	return cur->bad ? 0 : (uint16_t)(at[0] << 8 | at[1]);
}

CUR_INLINE uint16_t cur_u16le(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 2);

	return cur->bad ? 0 : (uint16_t)(at[1] << 8 | at[0]);
}

CUR_INLINE uint32_t cur_u24be(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 3);

	return cur->bad ? 0 : (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

CUR_INLINE uint32_t cur_u32be(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 4);

	return cur->bad ? 0
			: (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
				  (uint32_t)at[2] << 8 | at[3];
}

CUR_INLINE uint32_t cur_u32le(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 4);

	return cur->bad ? 0
			: (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 |
				  (uint32_t)at[1] << 8 | at[0];
}

CUR_INLINE uint64_t cur_u64be(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 8);

	return cur->bad ? 0
			: (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 |
				  (uint64_t)at[3] << 32 | (uint64_t)at[4] << 24 |
				  (uint64_t)at[5] << 16 | (uint64_t)at[6] << 8 | at[7];
}

CUR_INLINE uint64_t cur_u64le(struct bt_cursor *cur)
{
	const uint8_t *at = cur_claim(cur, 8);

	return cur->bad ? 0
			: (uint64_t)at[7] << 56 | (uint64_t)at[6] << 48 | (uint64_t)at[5] << 40 |
				  (uint64_t)at[4] << 32 | (uint64_t)at[3] << 24 |
				  (uint64_t)at[2] << 16 | (uint64_t)at[1] << 8 | at[0];
}

/* Copies `size` bytes to `to`; too short: `to` is zeroed. */
CUR_INLINE void cur_copy(struct bt_cursor *cur, void *to, size_t size)
{
	const uint8_t *at = cur_claim(cur, size);

	if (at)
		memcpy(to, at, size);
	else
		memset(to, 0, size);
}

CUR_INLINE bool cur_equal(struct bt_cursor a, struct bt_cursor b)
{
	return a.left == b.left && (a.left == 0 || memcmp(a.ptr, b.ptr, a.left) == 0);
}

#endif
