/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be wrong with a message, by the layout of its function. The same rules serve three
 * questions: is this Modbus at all, which side sent it, and which rule did it break?
 *
 * A message may be there in part only (a head that is still growing, a long request of which a copy
 * was kept): what cannot be read is not a fault.
 */
#include "umas.h"

static bool outside(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least || value > most;
}

/* A field behind what there is reads as fine. */
static bool wrong(const struct bt_cursor *cur, bool is_wrong)
{
	return cur_ok(cur) && is_wrong;
}

static unsigned of_quantity(const struct bt_cursor *at, uint32_t first, uint32_t count,
			    uint32_t most)
{
	if (wrong(at, outside(count, 1, most)))
		return FAULT_QUANTITY;
	return wrong(at, first + count > 65536) ? FAULT_RANGE : 0;
}

/* address, quantity */
static unsigned of_range(const struct modbus_adu *adu, uint32_t most)
{
	struct bt_cursor at = adu->data;
	uint32_t range = cur_u32be(&at);

	if (adu->size != 4)
		return FAULT_LENGTH;
	return of_quantity(&at, range >> 16, range & 0xffff, most);
}

/* byte count, bytes in units of `unit` */
static unsigned of_counted(const struct modbus_adu *adu, uint32_t least, uint32_t unit)
{
	struct bt_cursor at = adu->data;
	uint32_t count = cur_u8(&at);

	if (adu->size < 1)
		return FAULT_LENGTH;
	return wrong(&at, count + 1 != adu->size || count < least || count % unit)
		       ? FAULT_BYTE_COUNT
		       : 0;
}

static unsigned of_fixed(const struct modbus_adu *adu, uint32_t size)
{
	return adu->size == size ? 0 : FAULT_LENGTH;
}

static unsigned of_coil(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;
	uint16_t value;

	if (adu->size != 4)
		return FAULT_LENGTH;
	cur_skip(&at, 2);
	value = cur_u16be(&at);
	return wrong(&at, value != 0x0000 && value != 0xff00) ? FAULT_COIL : 0;
}

/* address, quantity, byte count, values; `bits` to a value */
static unsigned of_write(const struct modbus_adu *adu, uint32_t bits, uint32_t most)
{
	struct bt_cursor at = adu->data;
	uint32_t first = cur_u16be(&at), count = cur_u16be(&at);
	unsigned faults = of_quantity(&at, first, count, most);
	uint32_t bytes = cur_u8(&at);

	if (adu->size < 5)
		return FAULT_LENGTH;
	if (wrong(&at, bytes != (count * bits + 7) / 8 || adu->size != 5 + bytes))
		faults |= FAULT_BYTE_COUNT;
	return faults;
}

static unsigned of_read_write(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;
	uint32_t first, count, bytes;
	unsigned faults;

	if (adu->size < 9)
		return FAULT_LENGTH;
	first = cur_u16be(&at);
	count = cur_u16be(&at);
	faults = of_quantity(&at, first, count, 125);
	first = cur_u16be(&at);
	count = cur_u16be(&at);
	faults |= of_quantity(&at, first, count, 121);
	bytes = cur_u8(&at);
	if (wrong(&at, bytes != count * 2 || adu->size != 9 + bytes))
		faults |= FAULT_BYTE_COUNT;
	return faults;
}

static unsigned of_file(const struct modbus_adu *adu,
			bool (*next)(struct bt_cursor *parts, struct modbus_file_part *part))
{
	struct modbus_file_part part;
	struct bt_cursor parts = modbus_counted(adu);
	unsigned faults = of_counted(adu, 0, 1);

	if (faults)
		return faults;
	if (adu->size == 1)
		return FAULT_VAGUE; /* asks for nothing, and gets it */
	if (cur_left(&adu->data) < adu->size)
		return 0;
	while (cur_left(&parts)) {
		if (!next(&parts, &part))
			return faults | FAULT_BYTE_COUNT;
		if (part.type != 6)
			faults |= FAULT_FILE;
	}
	return faults;
}

static unsigned of_fifo_answer(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;
	uint32_t bytes = cur_u16be(&at), count = cur_u16be(&at);

	if (adu->size < 4)
		return FAULT_LENGTH;
	if (wrong(&at, bytes + 2 != adu->size || bytes != 2 + count * 2))
		return FAULT_BYTE_COUNT;
	return wrong(&at, count > 31) ? FAULT_QUANTITY : 0;
}

static unsigned of_diagnostics(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;
	uint16_t sub = cur_u16be(&at), value = cur_u16be(&at);

	if (adu->size < 4)
		return FAULT_LENGTH;
	if (wrong(&at, !modbus_diagnostic(sub)))
		return FAULT_RESERVED;
	return wrong(&at, sub == 1 && value != 0x0000 && value != 0xff00) ? FAULT_VALUE : 0;
}

static unsigned of_objects(struct bt_cursor at, uint32_t objects)
{
	while (objects--) {
		cur_skip(&at, 1);
		cur_take(&at, cur_u8(&at));
		if (!cur_ok(&at))
			return FAULT_BYTE_COUNT;
	}
	return cur_left(&at) ? FAULT_TRAILING : 0;
}

static unsigned of_encapsulated(const struct modbus_adu *adu, bool request)
{
	struct bt_cursor at = adu->data;
	uint8_t type = cur_u8(&at), code = cur_u8(&at), objects;

	if (adu->size < 1)
		return FAULT_LENGTH;
	if (type == 13)
		return FAULT_VAGUE;
	if (type != 14)
		return FAULT_RESERVED;
	if (request ? adu->size != 3 : adu->size < 6)
		return FAULT_LENGTH;
	if (wrong(&at, outside(code, 1, 4)))
		return FAULT_VALUE;
	if (request)
		return 0;
	cur_skip(&at, 3); /* conformity, more follows, next object */
	objects = cur_u8(&at);
	return cur_left(&adu->data) < adu->size ? 0 : of_objects(at, objects);
}

static unsigned of_umas(const struct modbus_adu *adu, bool request)
{
	struct bt_cursor at = adu->data;
	uint8_t code;

	if (adu->size < 2)
		return FAULT_LENGTH;
	cur_skip(&at, 1);
	code = cur_u8(&at);
	if (wrong(&at, request == (code == UMAS_OK || code == UMAS_ERROR)))
		return FAULT_VALUE;
	return request && !umas_function(code) ? FAULT_VAGUE : 0;
}

static unsigned of_request(const struct modbus_adu *adu, enum modbus_form form)
{
	switch (form) {
	case FORM_READ_BITS: return of_range(adu, 2000);
	case FORM_READ_WORDS: return of_range(adu, 125);
	case FORM_WRITE_COIL: return of_coil(adu);
	case FORM_WRITE_WORD: return of_fixed(adu, 4);
	case FORM_WRITE_BITS: return of_write(adu, 1, 1968);
	case FORM_WRITE_WORDS: return of_write(adu, 16, 123);
	case FORM_MASK_WRITE: return of_fixed(adu, 6);
	case FORM_READ_WRITE: return of_read_write(adu);
	case FORM_EXCEPTION_STATUS:
	case FORM_EVENT_COUNTER:
	case FORM_EVENT_LOG:
	case FORM_SERVER_ID: return of_fixed(adu, 0);
	case FORM_DIAGNOSTICS: return of_diagnostics(adu);
	case FORM_READ_FILE: return of_file(adu, modbus_file_wanted);
	case FORM_WRITE_FILE: return of_file(adu, modbus_file_written);
	case FORM_FIFO: return of_fixed(adu, 2);
	case FORM_ENCAPSULATED: return of_encapsulated(adu, true);
	case FORM_UMAS: return of_umas(adu, true);
	case FORM_OPAQUE: break;
	}
	return FAULT_VAGUE;
}

static unsigned of_answer(const struct modbus_adu *adu, enum modbus_form form)
{
	switch (form) {
	case FORM_READ_BITS: return of_counted(adu, 1, 1);
	case FORM_READ_WORDS:
	case FORM_READ_WRITE: return of_counted(adu, 2, 2);
	case FORM_WRITE_COIL: return of_coil(adu);
	case FORM_WRITE_WORD: return of_fixed(adu, 4);
	case FORM_WRITE_BITS: return of_range(adu, 1968);
	case FORM_WRITE_WORDS: return of_range(adu, 123);
	case FORM_MASK_WRITE: return of_fixed(adu, 6);
	case FORM_EXCEPTION_STATUS: return of_fixed(adu, 1);
	case FORM_EVENT_COUNTER: return of_fixed(adu, 4);
	case FORM_EVENT_LOG: return of_counted(adu, 6, 1);
	case FORM_SERVER_ID: return of_counted(adu, 0, 1);
	case FORM_DIAGNOSTICS: return of_diagnostics(adu);
	case FORM_READ_FILE: return of_file(adu, modbus_file_answered);
	case FORM_WRITE_FILE: return of_file(adu, modbus_file_written);
	case FORM_FIFO: return of_fifo_answer(adu);
	case FORM_ENCAPSULATED: return of_encapsulated(adu, false);
	case FORM_UMAS: return of_umas(adu, false);
	case FORM_OPAQUE: break;
	}
	return FAULT_VAGUE;
}

static unsigned of_exception(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;
	uint8_t code = cur_u8(&at);

	if (adu->size != 1)
		return FAULT_LENGTH;
	return wrong(&at, !modbus_exception(code)) ? FAULT_EXCEPTION : 0;
}

static unsigned of_class(enum modbus_class class)
{
	switch (class) {
	case CLASS_UNDEFINED: return FAULT_UNDEFINED;
	case CLASS_RESERVED: return FAULT_RESERVED;
	default: return 0;
	}
}

unsigned modbus_faults(const struct modbus_adu *adu, bool request)
{
	const struct modbus_function *function = adu->means;
	unsigned faults = adu->protocol ? FAULT_PROTOCOL : 0;

	if (adu->length > LENGTH_MAX && function->form != FORM_UMAS)
		faults |= FAULT_OVERSIZE;
	if (adu->exception)
		return faults | (request ? FAULT_UNDEFINED : of_exception(adu));
	faults |= of_class(function->class);
	return faults |
	       (request ? of_request(adu, function->form) : of_answer(adu, function->form));
}

unsigned modbus_shape(const struct modbus_adu *adu)
{
	/* who sent it can still be told with these */
	const unsigned pardoned =
		FAULT_VAGUE | FAULT_PROTOCOL | FAULT_RESERVED | FAULT_TRAILING | FAULT_OVERSIZE;
	unsigned request = modbus_faults(adu, true), answer = modbus_faults(adu, false);
	unsigned shape = 0;

	if (!(request & ~pardoned))
		shape |= SHAPE_REQUEST;
	if (!(answer & ~pardoned))
		shape |= SHAPE_ANSWER;
	if ((request | answer) & (FAULT_VAGUE | FAULT_RESERVED) && shape)
		shape |= SHAPE_VAGUE;
	return shape;
}
