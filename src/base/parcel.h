/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to outlive the process, as bytes and back (src/state). One function names the parts of a thing
 * in their order and serves both ways: packing copies them out, unpacking copies them in.
 *
 * A file may be damaged or somebody else's: whatever is unpacked is checked as if it came over a wire.
 * A parcel that is too short, too long or holds what cannot be is spoilt, and stays so; what was
 * unpacked of it is worth nothing.
 */
#ifndef BASE_PARCEL_H
#define BASE_PARCEL_H

#include "bittern/cursor.h"
#include "bittern/flow.h"

struct parcel {
	bool unpacking, spoilt;
	uint8_t *room; /* packing: where to, and how much of it is used */
	size_t cap, used;
	struct bt_cursor from; /* unpacking: what is left */
};

void parcel_pack(struct parcel *parcel, void *room, size_t cap);
void parcel_unpack(struct parcel *parcel, struct bt_cursor bytes);
/* Nothing is left over and nothing was wrong. */
bool parcel_done(const struct parcel *parcel);

void parcel_u64(struct parcel *parcel, uint64_t *value);
void parcel_i64(struct parcel *parcel, int64_t *value);
void parcel_u32(struct parcel *parcel, uint32_t *value);
void parcel_u16(struct parcel *parcel, uint16_t *value);
void parcel_u8(struct parcel *parcel, uint8_t *value);
void parcel_bool(struct parcel *parcel, bool *value);
/* A number from 0 to max, or an enumeration's as one. */
void parcel_upto(struct parcel *parcel, unsigned *value, unsigned max);
void parcel_bytes(struct parcel *parcel, void *bytes, size_t size);
void parcel_addr(struct parcel *parcel, struct bt_addr *addr);
/* A text in place, with its NUL at most `cap` bytes. */
void parcel_text(struct parcel *parcel, char *text, size_t cap);
/* A text that stands elsewhere, at most `max` bytes: unpacked it is a view into the parcel. */
void parcel_view(struct parcel *parcel, struct bt_cursor *text, size_t max);

#endif
