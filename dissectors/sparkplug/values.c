/* SPDX-License-Identifier: Apache-2.0
 *
 * What is inside a metric, as JSON: its value by type, arrays, data sets, what a template says
 * beside its metrics, metadata and properties (sparkplug_b.proto).
 */
#include "bittern/digest.h"
#include "describe.h"

enum {
	PROPERTY_DEPTH_MAX = 4,
	COLUMNS_MAX = 64,
};

void sparkplug_put_text(struct sparkplug_page *page, const char *name, struct bt_cursor text)
{
	bt_put_text(page->rec, name,
		    cur_take_upto(&text, sparkplug_full(page) ? 0 : TEXT_BYTES_MAX));
}

static void put_real(struct bt_record *rec, const char *name, double real)
{
	if (real != real)
		bt_put_string(rec, name, "nan");
	else if (real - real != 0)
		bt_put_string(rec, name, real > 0 ? "inf" : "-inf");
	else
		bt_put_double(rec, name, real);
}

/* A number, truth or text; false: it is none of these. */
static bool put_simple(struct sparkplug_page *page, const char *name, uint32_t number,
		       const struct sparkplug_value *value)
{
	const struct sparkplug_type *type = sparkplug_type(number);

	switch (value->kind) {
	case VALUE_INT:
	case VALUE_LONG:
		if (type && type->form == FORM_SIGNED)
			bt_put_int(page->rec, name, sparkplug_signed(number, value));
		else
			bt_put_uint(page->rec, name, value->bits);
		return true;
	case VALUE_FLOAT:
	case VALUE_DOUBLE: put_real(page->rec, name, sparkplug_number(number, value)); return true;
	case VALUE_BOOLEAN: bt_put_bool(page->rec, name, value->bits != 0); return true;
	case VALUE_STRING: sparkplug_put_text(page, name, value->bytes); return true;
	default: return false;
	}
}

static void put_type(struct bt_record *rec, uint32_t number)
{
	const struct sparkplug_type *type = sparkplug_type(number);

	bt_put_string(rec, "type", type ? type->name : "unknown");
}

static void put_array(struct sparkplug_page *page, uint32_t type, struct bt_cursor bytes)
{
	struct sparkplug_array array;
	struct sparkplug_value value;

	sparkplug_array(type, bytes, &array);
	bt_open_array(page->rec, "values");
	for (unsigned i = 0; i < ELEMENTS_MAX && !sparkplug_full(page); i++) {
		if (!sparkplug_element(&array, &value))
			break;
		put_simple(page, NULL, type, &value);
	}
	bt_close_array(page->rec);
}

static void put_bytes(struct sparkplug_page *page, uint32_t number, struct bt_cursor bytes)
{
	const struct sparkplug_type *type = sparkplug_type(number);
	uint8_t hash[BT_SHA256_BYTES];

	bt_put_uint(page->rec, "size", cur_left(&bytes));
	if (type && type->array) {
		put_array(page, number, bytes);
	} else if (cur_left(&bytes)) {
		bt_sha256(bytes, hash);
		bt_put_hex(page->rec, "sha256", cur_of(hash, sizeof(hash)));
	}
}

/* ---- data sets ---- */

enum {
	DATASET_NUM_OF_COLUMNS = 1,
	DATASET_COLUMNS = 2,
	DATASET_TYPES = 3,
	DATASET_ROWS = 4,
	ROW_ELEMENTS = 1,
	CELL_VALUES = 1, /* and on */
};

struct columns {
	unsigned count;
	uint32_t types[COLUMNS_MAX];
};

static void put_column_names(struct sparkplug_page *page, struct bt_cursor dataset)
{
	struct wire_field field;
	unsigned count = 0;

	bt_open_array(page->rec, "columns");
	while (wire_next(&dataset, &field) && !sparkplug_full(page)) {
		if (field.number == DATASET_COLUMNS && field.type == WIRE_BYTES &&
		    count++ < COLUMNS_MAX)
			sparkplug_put_text(page, NULL, field.bytes);
	}
	bt_close_array(page->rec);
}

static void add_column(struct bt_record *rec, struct columns *columns, uint64_t number)
{
	const struct sparkplug_type *type =
		sparkplug_type(number < TYPE_COUNT ? (uint32_t)number : TYPE_COUNT);

	if (columns->count == COLUMNS_MAX)
		return;
	columns->types[columns->count++] = type ? (uint32_t)number : TYPE_UNKNOWN;
	bt_put_string(rec, NULL, type ? type->name : "unknown");
}

/* One by one or packed, as encoders like. */
static void put_column_types(struct sparkplug_page *page, struct bt_cursor dataset,
			     struct columns *columns)
{
	struct wire_field field;

	bt_open_array(page->rec, "types");
	while (wire_next(&dataset, &field)) {
		if (field.number != DATASET_TYPES)
			continue;
		if (field.type == WIRE_VARINT)
			add_column(page->rec, columns, field.bits);
		while (field.type == WIRE_BYTES && cur_left(&field.bytes))
			add_column(page->rec, columns, wire_varint(&field.bytes));
	}
	bt_close_array(page->rec);
}

static void put_row(struct sparkplug_page *page, struct bt_cursor row,
		    const struct columns *columns, unsigned *cells)
{
	struct wire_field field, inner;
	struct sparkplug_value value;

	for (unsigned column = 0; wire_next(&row, &field);) {
		uint32_t type = column < columns->count ? columns->types[column] : TYPE_UNKNOWN;

		if (field.number != ROW_ELEMENTS || field.type != WIRE_BYTES)
			continue;
		column++;
		if (*cells == ELEMENTS_MAX || sparkplug_full(page))
			return;
		while (wire_next(&field.bytes, &inner)) {
			if (!sparkplug_value(&inner, CELL_VALUES, VALUE_STRING, &value))
				continue;
			put_simple(page, NULL, type, &value);
			++*cells;
			break;
		}
	}
}

static void put_dataset(struct sparkplug_page *page, struct bt_cursor dataset)
{
	struct columns columns = {0};
	struct bt_cursor look = dataset;
	struct wire_field field;
	uint64_t rows = 0;
	unsigned cells = 0;

	bt_open(page->rec, "dataset");
	put_column_names(page, dataset);
	put_column_types(page, dataset, &columns);
	bt_open_array(page->rec, "cells");
	while (wire_next(&look, &field)) {
		if (field.number != DATASET_ROWS || field.type != WIRE_BYTES)
			continue;
		rows++;
		put_row(page, field.bytes, &columns, &cells);
	}
	bt_close_array(page->rec);
	bt_put_uint(page->rec, "rows", rows);
	bt_close(page->rec);
}

/* ---- templates: their metrics stand beside them ---- */

enum {
	TEMPLATE_VERSION = 1,
	TEMPLATE_PARAMETERS = 3,
	TEMPLATE_REF = 4,
	TEMPLATE_IS_DEFINITION = 5,
	PARAMETER_NAME = 1,
	PARAMETER_TYPE = 2,
	PARAMETER_VALUES = 3, /* and on */
};

static void put_parameter(struct sparkplug_page *page, struct bt_cursor parameter)
{
	struct sparkplug_value value = {0};
	struct wire_field field;
	uint64_t type = TYPE_UNKNOWN;

	bt_open(page->rec, NULL);
	while (wire_next(&parameter, &field)) {
		if (field.number == PARAMETER_TYPE && field.type == WIRE_VARINT)
			type = field.bits;
		else if (!sparkplug_value(&field, PARAMETER_VALUES, VALUE_STRING, &value) &&
			 field.number == PARAMETER_NAME && field.type == WIRE_BYTES)
			sparkplug_put_text(page, "name", field.bytes);
	}
	type = type < TYPE_COUNT ? type : TYPE_COUNT;
	put_type(page->rec, (uint32_t)type);
	put_simple(page, "value", (uint32_t)type, &value);
	bt_close(page->rec);
}

static void put_template(struct sparkplug_page *page, struct bt_cursor message)
{
	struct bt_cursor look = message, version = {0}, ref = {0};
	struct wire_field field;
	bool definition = false;

	bt_open(page->rec, "template");
	bt_open_array(page->rec, "parameters");
	while (wire_next(&look, &field)) {
		if (field.number == TEMPLATE_VERSION && field.type == WIRE_BYTES)
			version = field.bytes;
		else if (field.number == TEMPLATE_REF && field.type == WIRE_BYTES)
			ref = field.bytes;
		else if (field.number == TEMPLATE_IS_DEFINITION && field.type == WIRE_VARINT)
			definition = field.bits != 0;
		else if (field.number == TEMPLATE_PARAMETERS && field.type == WIRE_BYTES &&
			 !sparkplug_full(page))
			put_parameter(page, field.bytes);
	}
	bt_close_array(page->rec);
	bt_put_bool(page->rec, "definition", definition);
	if (cur_left(&version))
		sparkplug_put_text(page, "version", version);
	if (cur_left(&ref))
		sparkplug_put_text(page, "reference", ref);
	bt_close(page->rec);
}

void sparkplug_put_value(struct sparkplug_page *page, uint32_t type,
			 const struct sparkplug_value *value)
{
	if (put_simple(page, "value", type, value))
		return;
	switch (value->kind) {
	case VALUE_BYTES: put_bytes(page, type, value->bytes); break;
	case VALUE_DATASET: put_dataset(page, value->bytes); break;
	case VALUE_TEMPLATE: put_template(page, value->bytes); break;
	case VALUE_EXTENSION: bt_put_uint(page->rec, "size", cur_left(&value->bytes)); break;
	default: break;
	}
}

/* ---- metadata ---- */

void sparkplug_put_metadata(struct sparkplug_page *page, struct bt_cursor metadata)
{
	static const struct {
		const char *name;
		uint8_t type;
	} members[] = {
		{NULL, 0},
		{"multi_part", WIRE_VARINT},
		{"content_type", WIRE_BYTES},
		{"size", WIRE_VARINT},
		{"seq", WIRE_VARINT},
		{"file_name", WIRE_BYTES},
		{"file_type", WIRE_BYTES},
		{"md5", WIRE_BYTES},
		{"description", WIRE_BYTES},
	};
	struct wire_field field;
	unsigned written = 0; /* bits of members: none is written twice */

	if (cur_left(&metadata) == 0)
		return;
	bt_open(page->rec, "metadata");
	while (wire_next(&metadata, &field)) {
		if (field.number >= sizeof(members) / sizeof(members[0]) ||
		    members[field.number].type != field.type || (written >> field.number & 1))
			continue;
		written |= 1u << field.number;
		if (field.type == WIRE_BYTES)
			sparkplug_put_text(page, members[field.number].name, field.bytes);
		else
			bt_put_uint(page->rec, members[field.number].name, field.bits);
	}
	bt_close(page->rec);
}

/* ---- properties: a list of keys beside a list of values ---- */

enum {
	SET_KEYS = 1,
	SET_VALUES = 2,
	LIST_SETS = 1,
	PROPERTY_TYPE = 1,
	PROPERTY_IS_NULL = 2,
	PROPERTY_VALUES = 3, /* to text */
	PROPERTY_SET = 9,
	PROPERTY_SETS = 10,
};

struct property {
	uint32_t type;
	bool null;
	struct sparkplug_value value;
	struct bt_cursor set, sets;
};

static bool next_bytes(struct bt_cursor *message, uint32_t number, struct bt_cursor *bytes)
{
	struct wire_field field;

	while (wire_next(message, &field)) {
		if (field.number != number || field.type != WIRE_BYTES)
			continue;
		*bytes = field.bytes;
		return true;
	}
	return false;
}

static void read_property(struct bt_cursor message, struct property *property)
{
	struct wire_field field;

	*property = (struct property){0};
	while (wire_next(&message, &field)) {
		if (sparkplug_value(&field, PROPERTY_VALUES, VALUE_STRING, &property->value))
			continue;
		if (field.number == PROPERTY_TYPE && field.type == WIRE_VARINT)
			property->type =
				field.bits < TYPE_COUNT ? (uint32_t)field.bits : TYPE_COUNT;
		else if (field.number == PROPERTY_IS_NULL && field.type == WIRE_VARINT)
			property->null = field.bits != 0;
		else if (field.number == PROPERTY_SET && field.type == WIRE_BYTES)
			property->set = field.bytes;
		else if (field.number == PROPERTY_SETS && field.type == WIRE_BYTES)
			property->sets = field.bytes;
	}
}

/* Sets within sets come flat, each property with its depth. */
static void put_set(struct sparkplug_page *page, struct bt_cursor set, unsigned depth)
{
	struct bt_cursor keys = set, values = set, key, message, inner;
	struct property property;

	while (next_bytes(&keys, SET_KEYS, &key) && !sparkplug_full(page)) {
		if (!next_bytes(&values, SET_VALUES, &message))
			return;
		read_property(message, &property);
		bt_open(page->rec, NULL);
		sparkplug_put_text(page, "name", key);
		put_type(page->rec, property.type);
		if (depth)
			bt_put_uint(page->rec, "depth", depth);
		if (property.null)
			bt_put_bool(page->rec, "null", true);
		put_simple(page, "value", property.type, &property.value);
		bt_close(page->rec);
		if (depth + 1 == PROPERTY_DEPTH_MAX)
			continue;
		if (cur_left(&property.set))
			put_set(page, property.set, depth + 1);
		while (next_bytes(&property.sets, LIST_SETS, &inner))
			put_set(page, inner, depth + 1);
	}
}

void sparkplug_put_properties(struct sparkplug_page *page, struct bt_cursor properties)
{
	if (cur_left(&properties) == 0)
		return;
	bt_open_array(page->rec, "properties");
	put_set(page, properties, 0);
	bt_close_array(page->rec);
}
