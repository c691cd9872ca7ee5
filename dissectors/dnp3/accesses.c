/* SPDX-License-Identifier: Apache-2.0
 *
 * From objects to accesses: which points of which space, with which values. Points that follow each
 * other are one access; bits that stand packed on the wire are told as they stand.
 *
 * For a control relay output block the value is its control code (operation, queue, clear, trip or
 * close): what is done, and not for how long.
 */
#include "dnp3.h"

/* Beyond it a double is no whole number that other code could count with. */
#define NUMBER_MAX 9e15

static enum bt_act act_for(enum bt_act act, const struct dnp3_group *kind)
{
	enum bt_act own = BT_ACT_OTHER;

	if (act == BT_ACT_READ)
		own = kind->read_act;
	else if (act == BT_ACT_WRITE)
		own = kind->write_act;
	return own > act ? own : act;
}

static struct bt_access *add(struct dnp3_accesses *accesses, enum bt_act act,
			     const struct dnp3_group *kind, uint64_t first, uint32_t count)
{
	struct bt_access *access;

	if (accesses->count == BT_ACCESSES_MAX && accesses->full)
		accesses->full(accesses);
	if (accesses->count == BT_ACCESSES_MAX)
		return NULL;
	access = &accesses->list[accesses->count++];
	*access = (struct bt_access){.act = act_for(act, kind), .space = kind->space};
	access->first = first;
	access->count = count;
	return access;
}

/* The newest access, when the point is its next. */
static struct bt_access *continued(struct dnp3_accesses *accesses, enum bt_act act,
				   const struct dnp3_group *kind, uint32_t index, bool has_value)
{
	struct bt_access *last = accesses->count ? &accesses->list[accesses->count - 1] : NULL;
	bool counted =
		last && last->values.kind == BT_VALUES_NUMBERS && last->values.count == last->count;

	if (!last || last->space != kind->space || last->act != act_for(act, kind) ||
	    cur_left(&last->name) || last->first + last->count != index || counted != has_value ||
	    (!counted && last->values.kind != BT_VALUES_NONE))
		return NULL;
	return last;
}

static void add_point(struct dnp3_accesses *accesses, enum bt_act act,
		      const struct dnp3_group *kind, const struct dnp3_point *point)
{
	bool has_value =
		point->has_value && point->value <= NUMBER_MAX && point->value >= -NUMBER_MAX;
	struct bt_access *access;
	double *number;

	if (accesses->numbers_used == NUMBERS_MAX && accesses->full)
		accesses->full(accesses);
	has_value = has_value && accesses->numbers_used < NUMBERS_MAX;
	access = continued(accesses, act, kind, point->index, has_value);
	if (access)
		access->count++;
	else if (!(access = add(accesses, act, kind, point->index, 1)))
		return;
	if (!has_value)
		return;
	number = &accesses->numbers[accesses->numbers_used++];
	*number = point->value;
	access->values = bt_numbers(number - (access->count - 1), access->count);
}

static void add_packed(struct dnp3_accesses *accesses, enum bt_act act,
		       const struct dnp3_header *header)
{
	struct bt_access *access = add(accesses, act, header->kind, header->start, header->points);

	if (access)
		access->values = (struct bt_values){BT_VALUES_BITS, header->points, header->body};
}

/* Files, applications and users go by name; blocks of a file by its handle. */
static void add_named(struct dnp3_accesses *accesses, enum bt_act act,
		      const struct dnp3_header *header, const struct dnp3_point *point)
{
	struct bt_cursor handle = point->data;
	struct bt_access *access = add(accesses, act, header->kind, 0, 1);
	struct dnp3_reading name, data;

	if (!access)
		return;
	if (dnp3_part_for(header, point, USE_NAME, &name))
		access->name = name.bytes;
	else
		access->first = cur_u32le(&handle);
	if (dnp3_part_for(header, point, USE_DATA, &data) && cur_left(&data.bytes))
		access->values = (struct bt_values){BT_VALUES_BYTES,
						    (uint32_t)cur_left(&data.bytes), data.bytes};
}

static void add_points(struct dnp3_accesses *accesses, enum bt_act act, struct dnp3_header *header)
{
	struct dnp3_point point;

	if (header->has_objects && header->object && header->object->packed == 1 &&
	    header->prefix == PREFIX_NONE && header->points) {
		add_packed(accesses, act, header);
		return;
	}
	while ((accesses->count < BT_ACCESSES_MAX || accesses->full) &&
	       dnp3_next_point(header, &point)) {
		if (header->group == 70 || header->group == 90)
			add_named(accesses, act, header, &point);
		else
			add_point(accesses, act, header->kind, &point);
	}
}

static void add_range(struct dnp3_accesses *accesses, enum bt_act act,
		      const struct dnp3_header *header)
{
	if (header->group == 60) /* class 0 .. 3, whichever way it is asked for */
		add(accesses, act, header->kind, header->variation - 1u, 1);
	else if (header->range <= RANGE_VIRTUAL32)
		add(accesses, act, header->kind, header->start, header->count);
}

void dnp3_accesses(struct dnp3_accesses *accesses, const struct dnp3_message *message,
		   enum bt_act act, bool classes_only)
{
	struct dnp3_walk walk = dnp3_walk(message);
	struct dnp3_header header;

	while (dnp3_next_header(&walk, &header)) {
		if (!header.kind || !header.kind->space || (classes_only && header.group != 60))
			continue;
		if (header.group == 0) /* its attributes are told apart by variation */
			add(accesses, act, header.kind, header.variation, 1);
		else if (header.points)
			add_points(accesses, act, &header);
		else
			add_range(accesses, act, &header);
	}
}
