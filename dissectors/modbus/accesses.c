/* SPDX-License-Identifier: Apache-2.0
 *
 * From messages to accesses: which coils, registers and records an operation touched, with values.
 * A request says where; for a read the answer says what. Of an answer alone only the echo of a
 * write says where.
 */
#include "umas.h"

struct bt_cursor modbus_counted(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;

	return cur_take_upto(&at, cur_u8(&at));
}

bool modbus_file_wanted(struct bt_cursor *parts, struct modbus_file_part *part)
{
	*part = (struct modbus_file_part){.type = cur_u8(parts)};
	part->file = cur_u16be(parts);
	part->record = cur_u16be(parts);
	part->words = cur_u16be(parts);
	return cur_ok(parts);
}

bool modbus_file_answered(struct bt_cursor *parts, struct modbus_file_part *part)
{
	struct bt_cursor bytes = cur_take(parts, cur_u8(parts));

	*part = (struct modbus_file_part){.type = cur_u8(&bytes)};
	part->words = (uint16_t)(cur_left(&bytes) / 2);
	part->data = cur_take_upto(&bytes, cur_left(&bytes));
	return cur_ok(parts) && cur_ok(&bytes);
}

bool modbus_file_written(struct bt_cursor *parts, struct modbus_file_part *part)
{
	if (!modbus_file_wanted(parts, part))
		return false;
	part->data = cur_take(parts, (size_t)part->words * 2);
	return cur_ok(parts);
}

static uint32_t at_most(uint32_t count, size_t there)
{
	return count < there ? count : (uint32_t)there;
}

static struct bt_values bits_of(struct bt_cursor bytes, uint32_t count)
{
	return (struct bt_values){BT_VALUES_BITS, at_most(count, cur_left(&bytes) * 8), bytes};
}

static struct bt_values words_of(struct bt_cursor bytes, uint32_t count)
{
	return (struct bt_values){BT_VALUES_U16BE, at_most(count, cur_left(&bytes) / 2), bytes};
}

/* Of the address and the count that come next; false: they do not. */
static bool range_of(enum bt_act act, const char *space, struct bt_cursor *at,
		     struct bt_access *access)
{
	uint32_t range = cur_u32be(at);

	*access = (struct bt_access){
		.act = act, .space = space, .first = range >> 16, .count = range & 0xffff};
	return cur_ok(at);
}

static unsigned read_access(const struct modbus_function *function,
			    const struct modbus_adu *request, const struct modbus_adu *answer,
			    struct bt_access *access)
{
	struct bt_cursor at = request ? request->data : cur_of(NULL, 0);

	if (!range_of(BT_ACT_READ, function->space, &at, access))
		return 0;
	if (answer)
		access->values = function->form == FORM_READ_BITS
					 ? bits_of(modbus_counted(answer), access->count)
					 : words_of(modbus_counted(answer), access->count);
	return 1;
}

static unsigned single_access(const struct modbus_function *function, struct bt_cursor at,
			      struct bt_access *access)
{
	*access = (struct bt_access){.act = BT_ACT_WRITE, .space = function->space, .count = 1};
	access->first = cur_u16be(&at);
	/* a coil's value is FF00 or 0000: any bit of the first byte tells */
	access->values = function->form == FORM_WRITE_COIL ? bits_of(cur_take(&at, 2), 1)
							   : words_of(cur_take(&at, 2), 1);
	return cur_ok(&at);
}

static unsigned mask_access(const struct modbus_function *function, struct bt_cursor at,
			    struct bt_access *access)
{
	*access = (struct bt_access){.act = BT_ACT_WRITE, .space = function->space, .count = 1};
	access->first = cur_u16be(&at);
	if (cur_u16be(&at) == 0) /* no bit of the old value survives: the or mask is the new one */
		access->values = words_of(cur_take(&at, 2), 1);
	else
		cur_skip(&at, 2);
	return cur_ok(&at);
}

/* The values' bytes are behind their byte count, in requests alone. */
static unsigned many_access(const struct modbus_function *function, struct bt_cursor at,
			    bool has_values, struct bt_access *access)
{
	if (!range_of(BT_ACT_WRITE, function->space, &at, access))
		return 0;
	if (has_values) {
		struct bt_cursor bytes = cur_take_upto(&at, cur_u8(&at));

		access->values = function->form == FORM_WRITE_BITS ? bits_of(bytes, access->count)
								   : words_of(bytes, access->count);
	}
	return 1;
}

static unsigned read_write_accesses(const struct modbus_function *function,
				    const struct modbus_adu *request,
				    const struct modbus_adu *answer, struct bt_access *accesses)
{
	struct bt_cursor write = request ? request->data : cur_of(NULL, 0);

	cur_skip(&write, 4);
	if (!many_access(function, write, true, &accesses[0]))
		return 0;
	return 1 + read_access(function, request, answer, &accesses[1]);
}

static unsigned file_accesses(const struct modbus_function *function,
			      const struct modbus_adu *request, const struct modbus_adu *answer,
			      struct bt_access *accesses)
{
	bool write = function->form == FORM_WRITE_FILE;
	const struct modbus_adu *told = request ? request : write ? answer : NULL;
	struct bt_cursor parts = told ? modbus_counted(told) : cur_of(NULL, 0);
	struct bt_cursor got = answer && !write ? modbus_counted(answer) : cur_of(NULL, 0);
	struct modbus_file_part part, have;
	unsigned count = 0;

	while (count < ACCESSES_MAX && cur_left(&parts)) {
		struct bt_access *access = &accesses[count];

		if (!(write ? modbus_file_written : modbus_file_wanted)(&parts, &part))
			break;
		*access = (struct bt_access){.act = BT_ACT_PROGRAM, .space = function->space};
		access->first = (uint64_t)part.file << 16 | part.record;
		access->count = part.words;
		if (!write && modbus_file_answered(&got, &have))
			part.data = have.data;
		if (cur_left(&part.data))
			access->values = (struct bt_values){
				BT_VALUES_BYTES, (uint32_t)cur_left(&part.data), part.data};
		count++;
	}
	return count;
}

static unsigned fifo_access(const struct modbus_function *function,
			    const struct modbus_adu *request, const struct modbus_adu *answer,
			    struct bt_access *access)
{
	struct bt_cursor at = request ? request->data : cur_of(NULL, 0);
	struct bt_cursor got = answer ? answer->data : cur_of(NULL, 0);
	uint16_t count;

	*access = (struct bt_access){.act = BT_ACT_READ, .space = function->space, .count = 1};
	access->first = cur_u16be(&at);
	if (!cur_ok(&at))
		return 0;
	cur_skip(&got, 2);
	count = cur_u16be(&got);
	if (cur_ok(&got))
		access->values = words_of(got, count);
	return 1;
}

unsigned modbus_accesses(const struct modbus_adu *request, const struct modbus_adu *answer,
			 struct bt_access accesses[ACCESSES_MAX], struct umas_room *room)
{
	const struct modbus_adu *told = request ? request : answer;
	const struct modbus_function *function = told->means;

	if (told->exception)
		return 0;
	if (answer && answer->exception)
		answer = NULL;
	switch (function->form) {
	case FORM_READ_BITS:
	case FORM_READ_WORDS: return read_access(function, request, answer, accesses);
	case FORM_WRITE_COIL:
	case FORM_WRITE_WORD: return single_access(function, told->data, accesses);
	case FORM_MASK_WRITE: return mask_access(function, told->data, accesses);
	case FORM_WRITE_BITS:
	case FORM_WRITE_WORDS: return many_access(function, told->data, request, accesses);
	case FORM_READ_WRITE: return read_write_accesses(function, request, answer, accesses);
	case FORM_READ_FILE:
	case FORM_WRITE_FILE: return file_accesses(function, request, answer, accesses);
	case FORM_FIFO: return fifo_access(function, request, answer, accesses);
	case FORM_UMAS: return umas_accesses(request, answer, accesses, room);
	default: return 0;
	}
}
