/* SPDX-License-Identifier: Apache-2.0
 *
 * From the bytes of a fragment to objects and points (IEEE 1815-2012, 4.2.2.7): one reader for all
 * of them, driven by the tables of objects.c. Nothing here follows a count of the wire further
 * than there are bytes for it; an object of unknown size ends the reading of its message, one that
 * brings its size with it does not.
 */
#include "dnp3.h"

struct dnp3_walk dnp3_walk(const struct dnp3_message *message)
{
	return (struct dnp3_walk){.at = message->objects, .function = message->function};
}

static size_t prefix_bytes(uint8_t prefix)
{
	static const uint8_t bytes[8] = {0, 1, 2, 4, 1, 2, 4, 0};

	return bytes[prefix & 7];
}

static uint32_t read_number(struct bt_cursor *at, size_t bytes)
{
	switch (bytes) {
	case 1: return cur_u8(at);
	case 2: return cur_u16le(at);
	case 4: return cur_u32le(at);
	default: return 0;
	}
}

static bool is_sized(uint8_t prefix)
{
	return prefix >= PREFIX_SIZE8 && prefix <= PREFIX_SIZE32;
}

/* Bytes of a part; 0: its size is its object's secret. */
static size_t part_bytes(const struct dnp3_part *part, uint8_t variation)
{
	switch (part->kind) {
	case PART_BITS:
	case PART_U8: return 1;
	case PART_U16:
	case PART_S16:
	case PART_LENGTH16: return 2;
	case PART_U24: return 3;
	case PART_U32:
	case PART_S32:
	case PART_F32: return 4;
	case PART_TIME: return 6;
	case PART_F64: return 8;
	case PART_BCD: return part->set;
	case PART_VARIATION: return variation;
	default: return 0;
	}
}

/* Bytes of every object of this kind; 0: they differ. */
static size_t fixed_bytes(const struct dnp3_object *object, uint8_t variation)
{
	size_t sum = 0;

	for (const struct dnp3_part *part = object->parts; part && part->kind; part++) {
		size_t bytes = part_bytes(part, variation);

		if (!bytes)
			return 0;
		sum += bytes;
	}
	return sum;
}

static double read_f32(struct bt_cursor *at)
{
	uint32_t bits = cur_u32le(at);
	float number;

	memcpy(&number, &bits, sizeof(number));
	return (double)number;
}

static double read_f64(struct bt_cursor *at)
{
	uint64_t bits = cur_u64le(at);
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

static int64_t read_bcd(struct bt_cursor *at, unsigned octets)
{
	int64_t number = 0, worth = 1;

	for (unsigned i = 0; i < octets; i++, worth *= 100) {
		uint8_t digits = cur_u8(at);

		number += ((digits >> 4) * 10 + (digits & 15)) * worth;
	}
	return number;
}

static uint64_t read_u48(struct bt_cursor *at)
{
	uint64_t low = cur_u32le(at);

	return (uint64_t)cur_u16le(at) << 32 | low;
}

bool dnp3_is_whole(enum dnp3_part_kind kind)
{
	return kind != PART_F32 && kind != PART_F64;
}

static struct bt_cursor take_sized(struct bt_cursor *at, struct dnp3_lengths *lengths)
{
	size_t size = lengths->spent < lengths->read ? lengths->lengths[lengths->spent++] : 0;

	return cur_take(at, size);
}

/* Type, length (of long lists 256 less than it is), value. */
static struct bt_cursor take_attribute(struct bt_cursor *at)
{
	struct bt_cursor look = *at;
	size_t size = cur_u8(&look) == ATTRIBUTE_LONG_LIST ? 256 : 0;

	return cur_take(at, 2 + size + cur_u8(&look));
}

bool dnp3_read_part(const struct dnp3_part *part, struct bt_cursor *at,
		    struct dnp3_lengths *lengths, uint8_t variation, struct dnp3_reading *reading)
{
	*reading = (struct dnp3_reading){0};
	switch (part->kind) {
	case PART_BITS:
	case PART_U8: reading->whole = cur_u8(at); break;
	case PART_U16: reading->whole = cur_u16le(at); break;
	case PART_LENGTH16:
		reading->whole = cur_u16le(at);
		if (lengths->read < sizeof(lengths->lengths) / sizeof(lengths->lengths[0]))
			lengths->lengths[lengths->read++] = (uint16_t)reading->whole;
		break;
	case PART_U24:
		reading->whole = cur_u16le(at);
		reading->whole |= (int64_t)cur_u8(at) << 16;
		break;
	case PART_U32: reading->whole = cur_u32le(at); break;
	case PART_S16: reading->whole = (int16_t)cur_u16le(at); break;
	case PART_S32: reading->whole = (int32_t)cur_u32le(at); break;
	case PART_TIME: reading->whole = (int64_t)read_u48(at); break;
	case PART_BCD: reading->whole = read_bcd(at, part->set); break;
	case PART_F32: reading->number = read_f32(at); return cur_ok(at);
	case PART_F64: reading->number = read_f64(at); return cur_ok(at);
	case PART_TEXT:
	case PART_BYTES:
	case PART_SECRET: reading->bytes = take_sized(at, lengths); break;
	case PART_ATTRIBUTE: reading->bytes = take_attribute(at); break;
	case PART_VARIATION: reading->bytes = cur_take(at, variation); break;
	default: reading->bytes = cur_take(at, cur_left(at)); break;
	}
	reading->number = (double)reading->whole;
	return cur_ok(at);
}

/* Past one object that says itself how long it is. False: it does not, or not rightly. */
static bool skip_object(const struct dnp3_part *part, uint8_t variation, struct bt_cursor *at)
{
	struct dnp3_lengths lengths = {0};
	struct dnp3_reading reading;

	for (; part && part->kind; part++) {
		if (part->kind == PART_REST || part->kind == PART_REST_TEXT ||
		    !dnp3_read_part(part, at, &lengths, variation, &reading))
			return false;
	}
	return true;
}

/* Do the headers of this message name objects, or bring them along? */
static bool brings_objects(const struct dnp3_walk *walk, const struct dnp3_header *header)
{
	const struct dnp3_function *function = dnp3_function(walk->function);
	bool freezes_at =
		walk->function == FC_FREEZE_AT_TIME || walk->function == FC_FREEZE_AT_TIME_NR;

	if (is_sized(header->prefix) || header->group == 120)
		return true;
	if (header->group == 60 || header->range == RANGE_ALL)
		return false;
	return !function || (function->traits & HAS_OBJECTS) || (freezes_at && header->group == 50);
}

static bool read_range(struct dnp3_walk *walk, struct dnp3_header *header)
{
	static const uint8_t bytes[3] = {1, 2, 4};

	switch (header->range) {
	case RANGE_START_STOP8:
	case RANGE_START_STOP16:
	case RANGE_START_STOP32:
	case RANGE_VIRTUAL8:
	case RANGE_VIRTUAL16:
	case RANGE_VIRTUAL32:
		header->start = read_number(&walk->at, bytes[header->range % 3]);
		header->stop = read_number(&walk->at, bytes[header->range % 3]);
		if (cur_ok(&walk->at) && header->start > header->stop)
			walk->faults |= FAULT_RANGE;
		/* all 2^32 of them are one fewer: no message has so many */
		header->count = header->stop - header->start;
		header->count += header->count < UINT32_MAX;
		break;
	case RANGE_ALL: break;
	case RANGE_COUNT8:
	case RANGE_COUNT16:
	case RANGE_COUNT32:
		header->count = read_number(&walk->at, bytes[header->range - RANGE_COUNT8]);
		break;
	case RANGE_VARIABLE: header->count = cur_u8(&walk->at); break;
	default: walk->faults |= FAULT_QUALIFIER; break;
	}
	return cur_ok(&walk->at) && !(walk->faults & (FAULT_RANGE | FAULT_QUALIFIER));
}

/* `count` points of the same number of bytes each, or as many as there are bytes for. */
static bool take_equal(struct dnp3_walk *walk, struct dnp3_header *header, size_t each)
{
	size_t there = cur_left(&walk->at) / each;

	header->points = header->count;
	if (there < header->count) {
		header->points = (uint32_t)there;
		walk->faults |= FAULT_COUNT;
	}
	header->body = cur_take(&walk->at, header->points * each);
	return !(walk->faults & FAULT_COUNT);
}

static bool take_packed(struct dnp3_walk *walk, struct dnp3_header *header)
{
	uint64_t bits = (uint64_t)header->count * header->object->packed;
	size_t there = cur_left(&walk->at);

	header->points = header->count;
	if ((bits + 7) / 8 > there) {
		header->points = (uint32_t)(there * 8 / header->object->packed);
		walk->faults |= FAULT_COUNT;
	} else {
		there = (size_t)((bits + 7) / 8);
	}
	header->body = cur_take(&walk->at, there);
	return !(walk->faults & FAULT_COUNT);
}

/* Objects that say their size one by one, in front of them or in themselves. */
static bool take_each(struct dnp3_walk *walk, struct dnp3_header *header)
{
	const struct dnp3_part *parts = header->object ? header->object->parts : NULL;
	struct bt_cursor at = walk->at;
	bool sized = is_sized(header->prefix);

	for (uint32_t i = 0; i < header->count; i++) {
		struct bt_cursor before = at;
		uint32_t prefix = read_number(&at, prefix_bytes(header->prefix));
		bool taken = sized ? cur_skip(&at, prefix)
				   : skip_object(parts, header->variation, &at) && cur_ok(&at);

		if (!taken) {
			walk->faults |= sized ? FAULT_COUNT : FAULT_OBJECT;
			at = before;
			break;
		}
		header->points++;
	}
	header->body = cur_take(&walk->at, cur_left(&walk->at) - cur_left(&at));
	return header->points == header->count;
}

/* Has the object's size to be told in front of it? */
static bool wants_size(const struct dnp3_object *object)
{
	for (const struct dnp3_part *part = object->parts; part && part->kind; part++) {
		if (part->kind == PART_REST || part->kind == PART_REST_TEXT)
			return true;
	}
	return false;
}

/* Octet strings of no octets: the variation is their length. */
static bool are_empty(const struct dnp3_header *header)
{
	const struct dnp3_object *object = header->variation ? NULL : dnp3_object(header->group, 0);

	return object && object->parts->kind == PART_VARIATION;
}

static bool take_body(struct dnp3_walk *walk, struct dnp3_header *header)
{
	size_t prefix = prefix_bytes(header->prefix), fixed;

	if (!header->has_objects)
		return prefix ? take_equal(walk, header, prefix) : true;
	if (is_sized(header->prefix))
		return take_each(walk, header);
	if (are_empty(header) && !prefix)
		return true;
	if (!header->object || wants_size(header->object)) {
		walk->faults |= FAULT_UNSIZED;
		return false;
	}
	if (header->object->packed) {
		if (prefix)
			walk->faults |= FAULT_QUALIFIER;
		return !prefix && take_packed(walk, header);
	}
	fixed = fixed_bytes(header->object, header->variation);
	header->each = fixed;
	if (fixed)
		return take_equal(walk, header, prefix + fixed);
	return take_each(walk, header);
}

static void look_up(struct dnp3_walk *walk, struct dnp3_header *header)
{
	header->kind = dnp3_group(header->group);
	header->object = header->variation ? dnp3_object(header->group, header->variation) : NULL;
	if (header->kind && (header->object || !header->variation))
		return;
	walk->faults |= FAULT_UNKNOWN;
	if (!walk->unknown++) {
		walk->unknown_group = header->group;
		walk->unknown_variation = header->variation;
	}
}

bool dnp3_next_header(struct dnp3_walk *walk, struct dnp3_header *header)
{
	const unsigned final = ~(unsigned)FAULT_UNKNOWN;

	if (!cur_left(&walk->at) || (walk->faults & final))
		return false;
	*header = (struct dnp3_header){.group = cur_u8(&walk->at)};
	header->variation = cur_u8(&walk->at);
	header->qualifier = cur_u8(&walk->at);
	header->prefix = header->qualifier >> 4 & 7;
	header->range = header->qualifier & 15;
	if (!cur_ok(&walk->at)) {
		walk->faults |= FAULT_HEADER;
		return false;
	}
	if (header->prefix > PREFIX_SIZE32 || header->qualifier & 0x80)
		walk->faults |= FAULT_QUALIFIER;
	walk->headers++;
	look_up(walk, header);
	if (!read_range(walk, header)) {
		walk->faults |= walk->faults & (FAULT_RANGE | FAULT_QUALIFIER) ? 0 : FAULT_HEADER;
		return !(walk->faults & FAULT_HEADER);
	}
	header->has_objects = brings_objects(walk, header);
	take_body(walk, header);
	return true;
}

static bool packed_point(struct dnp3_header *header, struct dnp3_point *point)
{
	unsigned width = header->object->packed;
	struct bt_cursor at = header->body;
	uint64_t bit = (uint64_t)header->number++ * width;

	cur_skip(&at, (size_t)(bit / 8));
	point->value = cur_u8(&at) >> bit % 8 & ((1u << width) - 1);
	point->has_value = true;
	return cur_ok(&at);
}

bool dnp3_next_point(struct dnp3_header *header, struct dnp3_point *point)
{
	const struct dnp3_part *parts = header->object ? header->object->parts : NULL;
	struct bt_cursor before;
	struct dnp3_reading value;

	if (header->number >= header->points)
		return false;
	*point = (struct dnp3_point){.sized = is_sized(header->prefix)};
	point->index = header->start + header->number;
	if (header->has_objects && header->object && header->object->packed && !point->sized)
		return packed_point(header, point);
	point->prefix = read_number(&header->body, prefix_bytes(header->prefix));
	if (header->prefix >= PREFIX_INDEX8 && header->prefix <= PREFIX_INDEX32)
		point->index = point->prefix;
	before = header->body;
	if (point->sized)
		cur_skip(&header->body, point->prefix);
	else if (header->each)
		cur_skip(&header->body, header->each);
	else if (header->has_objects)
		skip_object(parts, header->variation, &header->body);
	point->data = cur_take(&before, cur_left(&before) - cur_left(&header->body));
	header->number++;
	if (!cur_ok(&header->body))
		return false;
	point->has_value = dnp3_part_for(header, point, USE_VALUE, &value);
	point->value = value.number;
	return true;
}

static double bits_value(const struct dnp3_part *part, int64_t octet)
{
	const struct dnp3_bit_layout *layout = &dnp3_bit_layouts[part->set];

	return (double)(octet >> layout->value_shift & ((1 << layout->value_width) - 1));
}

bool dnp3_part_for(const struct dnp3_header *header, const struct dnp3_point *point,
		   enum dnp3_use use, struct dnp3_reading *reading)
{
	const struct dnp3_part *part = header->object ? header->object->parts : NULL;
	struct bt_cursor at = point->data;
	struct dnp3_lengths lengths = {0};

	*reading = (struct dnp3_reading){0};
	for (; part && part->kind && cur_left(&at); part++) {
		if (!dnp3_read_part(part, &at, &lengths, header->variation, reading))
			return false;
		if (part->use != use)
			continue;
		if (part->kind == PART_BITS && use == USE_VALUE)
			reading->number = bits_value(part, reading->whole);
		return true;
	}
	return false;
}
