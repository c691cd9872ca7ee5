/* SPDX-License-Identifier: Apache-2.0
 *
 * The data types of Sparkplug 3.0.0 (section 6.4.16) and how their values travel. A value's field
 * says only how many bits there are; whether they are signed, or an array, the type says, and that
 * mostly stood in the birth alone.
 */
#include "private.h"

#define BIT(kind) (uint16_t)(1u << (kind))
#define NUMBER    (BIT(VALUE_INT) | BIT(VALUE_LONG))
#define TEXT      BIT(VALUE_STRING)
#define BYTES     BIT(VALUE_BYTES)

static const struct sparkplug_type types[TYPE_COUNT] = {
	[0] = {"Unknown", FORM_NONE, 0, 0xffff, false},
	[1] = {"Int8", FORM_SIGNED, 1, NUMBER, false},
	[2] = {"Int16", FORM_SIGNED, 2, NUMBER, false},
	[3] = {"Int32", FORM_SIGNED, 4, NUMBER, false},
	[4] = {"Int64", FORM_SIGNED, 8, NUMBER, false},
	[5] = {"UInt8", FORM_UNSIGNED, 1, NUMBER, false},
	[6] = {"UInt16", FORM_UNSIGNED, 2, NUMBER, false},
	[7] = {"UInt32", FORM_UNSIGNED, 4, NUMBER, false},
	[8] = {"UInt64", FORM_UNSIGNED, 8, NUMBER, false},
	[9] = {"Float", FORM_REAL, 4, BIT(VALUE_FLOAT), false},
	[10] = {"Double", FORM_REAL, 8, BIT(VALUE_DOUBLE), false},
	[11] = {"Boolean", FORM_BOOLEAN, 1, BIT(VALUE_BOOLEAN), false},
	[12] = {"String", FORM_TEXT, 0, TEXT, false},
	[13] = {"DateTime", FORM_UNSIGNED, 8, NUMBER, false},
	[14] = {"Text", FORM_TEXT, 0, TEXT, false},
	[15] = {"UUID", FORM_TEXT, 0, TEXT, false},
	[16] = {"DataSet", FORM_OTHER, 0, BIT(VALUE_DATASET), false},
	[17] = {"Bytes", FORM_BYTES, 0, BYTES, false},
	[18] = {"File", FORM_BYTES, 0, BYTES, false},
	[19] = {"Template", FORM_OTHER, 0, BIT(VALUE_TEMPLATE), false},
	[20] = {"PropertySet", FORM_OTHER, 0, 0xffff, false},
	[21] = {"PropertySetList", FORM_OTHER, 0, 0xffff, false},
	[22] = {"Int8Array", FORM_SIGNED, 1, BYTES, true},
	[23] = {"Int16Array", FORM_SIGNED, 2, BYTES, true},
	[24] = {"Int32Array", FORM_SIGNED, 4, BYTES, true},
	[25] = {"Int64Array", FORM_SIGNED, 8, BYTES, true},
	[26] = {"UInt8Array", FORM_UNSIGNED, 1, BYTES, true},
	[27] = {"UInt16Array", FORM_UNSIGNED, 2, BYTES, true},
	[28] = {"UInt32Array", FORM_UNSIGNED, 4, BYTES, true},
	[29] = {"UInt64Array", FORM_UNSIGNED, 8, BYTES, true},
	[30] = {"FloatArray", FORM_REAL, 4, BYTES, true},
	[31] = {"DoubleArray", FORM_REAL, 8, BYTES, true},
	[32] = {"BooleanArray", FORM_BOOLEAN, 1, BYTES, true},
	[33] = {"StringArray", FORM_TEXT, 0, BYTES, true},
	[34] = {"DateTimeArray", FORM_UNSIGNED, 8, BYTES, true},
};

const struct sparkplug_type *sparkplug_type(uint32_t number)
{
	return number < TYPE_COUNT ? &types[number] : NULL;
}

bool sparkplug_value(const struct wire_field *field, uint32_t first, enum value_kind last,
		     struct sparkplug_value *value)
{
	static const uint8_t wire[] = {
		[VALUE_NONE] = WIRE_VARINT,     [VALUE_INT] = WIRE_VARINT,
		[VALUE_LONG] = WIRE_VARINT,     [VALUE_FLOAT] = WIRE_32,
		[VALUE_DOUBLE] = WIRE_64,       [VALUE_BOOLEAN] = WIRE_VARINT,
		[VALUE_STRING] = WIRE_BYTES,    [VALUE_BYTES] = WIRE_BYTES,
		[VALUE_DATASET] = WIRE_BYTES,   [VALUE_TEMPLATE] = WIRE_BYTES,
		[VALUE_EXTENSION] = WIRE_BYTES,
	};
	uint32_t kind = field->number - first + VALUE_INT;

	if (field->number < first || kind > last || field->type != wire[kind])
		return false;
	*value = (struct sparkplug_value){(uint8_t)kind, field->bits, field->bytes};
	return true;
}

bool sparkplug_is_number(const struct sparkplug_value *value)
{
	return value->kind >= VALUE_INT && value->kind <= VALUE_BOOLEAN;
}

/* Some encoders fill what a narrow type leaves with its sign. Whatever else is there makes another
 * number of it, for whoever reads the field and not the type. */
int64_t sparkplug_signed(uint32_t number, const struct sparkplug_value *value)
{
	const struct sparkplug_type *type = sparkplug_type(number);
	unsigned unused = type && type->width ? 64 - 8u * type->width : 0;
	int64_t narrow = (int64_t)(value->bits << unused) >> unused;

	if (value->bits << unused >> unused == value->bits || (uint32_t)narrow == value->bits ||
	    (uint64_t)narrow == value->bits)
		return narrow;
	return value->kind == VALUE_INT ? (int32_t)value->bits : (int64_t)value->bits;
}

static double real(uint64_t bits, bool narrow)
{
	uint32_t low = (uint32_t)bits;
	float single;
	double wide;

	memcpy(&single, &low, sizeof(single));
	memcpy(&wide, &bits, sizeof(wide));
	return narrow ? (double)single : wide;
}

double sparkplug_number(uint32_t number, const struct sparkplug_value *value)
{
	const struct sparkplug_type *type = sparkplug_type(number);

	switch (value->kind) {
	case VALUE_INT:
	case VALUE_LONG:
		if (type && type->form == FORM_SIGNED)
			return (double)sparkplug_signed(number, value);
		return (double)value->bits;
	case VALUE_FLOAT: return real(value->bits, true);
	case VALUE_DOUBLE: return real(value->bits, false);
	case VALUE_BOOLEAN: return value->bits != 0;
	default: return 0;
	}
}

void sparkplug_array(uint32_t type, struct bt_cursor bytes, struct sparkplug_array *array)
{
	*array = (struct sparkplug_array){.type = sparkplug_type(type), .rest = bytes};
	if (array->type->form == FORM_BOOLEAN)
		array->bits = cur_u32le(&array->rest);
}

/* Eight to a byte, the first one highest. */
static bool next_bit(struct sparkplug_array *array, struct sparkplug_value *value)
{
	if (array->bit == array->bits || (array->bit % 8 == 0 && cur_left(&array->rest) == 0))
		return false;
	if (array->bit % 8 == 0)
		array->byte = cur_u8(&array->rest);
	value->kind = VALUE_BOOLEAN;
	value->bits = array->byte >> (7 - array->bit++ % 8) & 1;
	return true;
}

/* Each ends with a zero byte. */
static bool next_text(struct sparkplug_array *array, struct sparkplug_value *value)
{
	struct bt_cursor look = array->rest;
	size_t size = 0;

	if (cur_left(&look) == 0)
		return false;
	while (cur_left(&look) && cur_u8(&look) != 0)
		size++;
	value->kind = VALUE_STRING;
	value->bytes = cur_take(&array->rest, size);
	cur_take_upto(&array->rest, 1);
	return true;
}

bool sparkplug_element(struct sparkplug_array *array, struct sparkplug_value *value)
{
	unsigned width = array->type->width;

	*value = (struct sparkplug_value){0};
	if (array->type->form == FORM_BOOLEAN)
		return next_bit(array, value);
	if (array->type->form == FORM_TEXT)
		return next_text(array, value);
	if (width == 0 || cur_left(&array->rest) < width)
		return false;
	for (unsigned i = 0; i < width; i++)
		value->bits |= (uint64_t)cur_u8(&array->rest) << (8 * i);
	value->kind = VALUE_LONG;
	if (array->type->form == FORM_REAL)
		value->kind = width == 4 ? VALUE_FLOAT : VALUE_DOUBLE;
	return true;
}
