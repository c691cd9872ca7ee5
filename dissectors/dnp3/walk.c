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
	const struct dnp3_function *function = dnp3_function(message->function);

	return (struct dnp3_walk){
		.at = message->objects,
		.function = message->function,
		.brings = !function || function->traits & HAS_OBJECTS,
	};
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
	static const uint8_t bytes[PART_VARIATION] = {
		[PART_BITS] = 1, [PART_U8] = 1,   [PART_U16] = 2,      [PART_S16] = 2,
		[PART_U24] = 3,  [PART_U32] = 4,  [PART_S32] = 4,      [PART_F32] = 4,
		[PART_F64] = 8,  [PART_TIME] = 6, [PART_LENGTH16] = 2,
	};

	switch (part->kind) {
	case PART_BCD: return part->set;
	case PART_VARIATION: return variation;
	default: return bytes[part->kind];
	}
}

/* Where all objects of this kind are of the same bytes: how many, and where among them the value is. */
static void lay_out(struct dnp3_header *header)
{
	size_t sum = 0;

	for (const struct dnp3_part *part = header->object->parts; part && part->kind; part++) {
		size_t bytes = part_bytes(part, header->variation);

		if (!bytes)
			return;
		if (part->use == USE_VALUE && !header->value) {
			header->value = part;
			header->value_at = sum;
		}
		sum += bytes;
	}
	header->each = sum;
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

/* Does this header of the message name objects, or bring them along? */
static bool brings_objects(const struct dnp3_walk *walk, const struct dnp3_header *header)
{
	if (is_sized(header->prefix) || header->group == 120)
		return true;
	if (header->group == 60 || header->range == RANGE_ALL)
		return false;
	return walk->brings || (header->group == 50 && (walk->function == FC_FREEZE_AT_TIME ||
							walk->function == FC_FREEZE_AT_TIME_NR));
}

static bool read_range(struct dnp3_walk *walk, struct dnp3_header *header)
{
	static const uint8_t sizes[16] = {
		[RANGE_START_STOP8] = 1, [RANGE_START_STOP16] = 2, [RANGE_START_STOP32] = 4,
		[RANGE_VIRTUAL8] = 1,    [RANGE_VIRTUAL16] = 2,    [RANGE_VIRTUAL32] = 4,
		[RANGE_COUNT8] = 1,      [RANGE_COUNT16] = 2,      [RANGE_COUNT32] = 4,
		[RANGE_VARIABLE] = 1,
	};
	size_t bytes = sizes[header->range];

	if (header->range <= RANGE_VIRTUAL32) {
		header->start = read_number(&walk->at, bytes);
		header->stop = read_number(&walk->at, bytes);
		if (cur_ok(&walk->at) && header->start > header->stop)
			walk->faults |= FAULT_RANGE;
		/* all 2^32 of them are one fewer: no message has so many */
		header->count = header->stop - header->start;
		header->count += header->count < UINT32_MAX;
	} else if (bytes) {
		header->count = read_number(&walk->at, bytes);
	} else if (header->range != RANGE_ALL) {
		walk->faults |= FAULT_QUALIFIER;
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
	const struct dnp3_object *object =
		header->kind && !header->variation ? dnp3_object(header->kind, 0) : NULL;

	return object && object->parts->kind == PART_VARIATION;
}

static bool take_body(struct dnp3_walk *walk, struct dnp3_header *header)
{
	size_t prefix = prefix_bytes(header->prefix);

	if (!header->has_objects)
		return prefix ? take_equal(walk, header, prefix) : true;
	if (is_sized(header->prefix))
		return take_each(walk, header);
	if (are_empty(header) && !prefix)
		return true;
	if (header->object && header->object->packed) {
		if (prefix)
			walk->faults |= FAULT_QUALIFIER;
		return !prefix && take_packed(walk, header);
	}
	if (header->object)
		lay_out(header);
	if (header->each)
		return take_equal(walk, header, prefix + header->each);
	if (header->object && !wants_size(header->object))
		return take_each(walk, header);
	walk->faults |= FAULT_UNSIZED;
	return false;
}

static void look_up(struct dnp3_walk *walk, struct dnp3_header *header)
{
	header->kind = dnp3_group(header->group);
	if (header->kind && header->variation)
		header->object = dnp3_object(header->kind, header->variation);
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
	struct bt_cursor at = walk->at;

	if (!cur_left(&at) || (walk->faults & final))
		return false;
	*header = (struct dnp3_header){.group = cur_u8(&at)};
	header->variation = cur_u8(&at);
	header->qualifier = cur_u8(&at);
	walk->at = at;
	header->prefix = header->qualifier >> 4 & 7;
	header->range = header->qualifier & 15;
	if (!cur_ok(&at)) {
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

static double bits_value(const struct dnp3_part *part, int64_t octet)
{
	const struct dnp3_bit_layout *layout = &dnp3_bit_layouts[part->set];

	return (double)(octet >> layout->value_shift & ((1 << layout->value_width) - 1));
}

/* Of an object of the usual layout: the value is where it always is. */
static void read_value(const struct dnp3_header *header, struct dnp3_point *point)
{
	struct bt_cursor at = point->data;
	struct dnp3_lengths none = {0};
	struct dnp3_reading reading;

	cur_skip(&at, header->value_at);
	point->has_value = dnp3_read_part(header->value, &at, &none, header->variation, &reading);
	point->value = header->value->kind == PART_BITS ? bits_value(header->value, reading.whole)
							: reading.number;
}

/* Past the next object, whatever its size; bad: it does not fit. */
static struct bt_cursor take_object(struct dnp3_header *header, bool sized, uint32_t prefix)
{
	struct bt_cursor before = header->body;

	if (sized)
		return cur_take(&header->body, prefix);
	if (header->has_objects && header->object)
		skip_object(header->object->parts, header->variation, &header->body);
	return cur_take(&before, cur_left(&before) - cur_left(&header->body));
}

/* Apart, so that the usual ones need no room for it. */
static __attribute__((noinline)) void take_odd(struct dnp3_header *header, struct dnp3_point *point)
{
	struct dnp3_reading value;

	point->sized = is_sized(header->prefix);
	point->data = take_object(header, point->sized, point->prefix);
	if (cur_ok(&header->body) && dnp3_part_for(header, point, USE_VALUE, &value)) {
		point->has_value = true;
		point->value = value.number;
	}
}

bool dnp3_next_point(struct dnp3_header *header, struct dnp3_point *point)
{
	if (header->number >= header->points)
		return false;
	*point = (struct dnp3_point){.index = header->start + header->number};
	if (header->has_objects && header->object && header->object->packed &&
	    !is_sized(header->prefix))
		return packed_point(header, point);
	point->prefix = read_number(&header->body, prefix_bytes(header->prefix));
	if (header->prefix >= PREFIX_INDEX8 && header->prefix <= PREFIX_INDEX32)
		point->index = point->prefix;
	header->number++;
	if (header->each) {
		point->data = cur_take(&header->body, header->each);
		if (header->value)
			read_value(header, point);
	} else {
		take_odd(header, point);
	}
	return cur_ok(&header->body);
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
