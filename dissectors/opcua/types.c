/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in types and their binary encoding (OPC 10000-6, 5.2.2). Types contain each other without
 * end (a Variant of Variants, diagnostics of diagnostics): the walk counts how deep it is and stops at
 * the cap. How many there are needs none, for each takes at least a byte of a message that has one.
 */
#include <stddef.h>

#include "opcua.h"

enum {
	VARIANT_TYPE = 0x3f,
	VARIANT_DIMENSIONS = 0x40,
	VARIANT_ARRAY = 0x80,
	NODE_SERVER = 0x40,
	NODE_URI = 0x80,
	BODY_NONE = 0,
	BODY_BYTES = 1,
	BODY_XML = 2,
};

static const char *const names[UA_TYPES] = {
	"Null", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64",
	"Float", "Double", "String", "DateTime", "Guid", "ByteString", "XmlElement", "NodeId",
	"ExpandedNodeId", "StatusCode", "QualifiedName", "LocalizedText", "ExtensionObject",
	"DataValue", "Variant", "DiagnosticInfo",
};

const uint8_t ua_sizes[UA_FIELD_TYPES] = {
	[UA_BOOLEAN] = 1, [UA_SBYTE] = 1,  [UA_BYTE] = 1,       [UA_INT16] = 2, [UA_UINT16] = 2,
	[UA_INT32] = 4,   [UA_UINT32] = 4, [UA_INT64] = 8,      [UA_UINT64] = 8, [UA_FLOAT] = 4,
	[UA_DOUBLE] = 8,  [UA_GUID] = 16,  [UA_DATE_TIME] = 8, [UA_STATUS_CODE] = 4,
	[UA_ENUMERATION] = 4,
};

const char *ua_type_name(uint8_t type)
{
	return type < UA_TYPES ? names[type] : "ByteString"; /* 26 to 31 are read as such */
}

bool ua_read_node(struct bt_cursor *at, bool expanded, struct ua_node *node)
{
	uint8_t encoding = cur_u8(at);
	bool null;

	*node = (struct ua_node){.kind = ID_NUMERIC};
	switch (encoding & ~(NODE_SERVER | NODE_URI)) {
	case 0: node->number = cur_u8(at); break;
	case 1:
		node->space = cur_u8(at);
		node->number = cur_u16le(at);
		break;
	case 2:
		node->space = cur_u16le(at);
		node->number = cur_u32le(at);
		break;
	case 3:
		node->kind = ID_STRING;
		node->space = cur_u16le(at);
		node->id = ua_read_string(at, &null);
		break;
	case 4:
		node->kind = ID_GUID;
		node->space = cur_u16le(at);
		node->id = cur_take(at, 16);
		break;
	case 5:
		node->kind = ID_OPAQUE;
		node->space = cur_u16le(at);
		node->id = ua_read_string(at, &null);
		break;
	default: return false;
	}
	/* Only an ExpandedNodeId has these; servers are known to pass over them in a NodeId. */
	node->flagged = !expanded && (encoding & (NODE_SERVER | NODE_URI));
	if (node->flagged)
		return cur_ok(at);
	if (encoding & NODE_URI)
		node->uri = ua_read_string(at, &null);
	if (encoding & NODE_SERVER)
		node->server = cur_u32le(at);
	return cur_ok(at);
}

bool ua_is_of_specification(const struct ua_node *node)
{
	return node->kind == ID_NUMERIC && !node->space && !cur_left(&node->uri);
}

static bool enter(struct ua_walk *walk)
{
	if (walk->depth >= NESTING_MAX)
		walk->trouble |= UA_TOO_DEEP;
	else
		walk->depth++;
	return ua_go(walk);
}

void ua_pass_array(struct ua_walk *walk, uint8_t type, uint32_t count)
{
	size_t size = ua_sizes[type];

	if (size) {
		cur_skip(&walk->at, size * count);
		return;
	}
	while (count-- && ua_go(walk))
		ua_pass(walk, type);
}

/* What lies between two states of one cursor. */
static struct bt_cursor between(struct bt_cursor before, const struct bt_cursor *after)
{
	return cur_take_upto(&before, cur_left(&before) - cur_left(after));
}

static void read_variant(struct ua_walk *walk, struct ua_variant *variant)
{
	uint8_t encoding = cur_u8(&walk->at);
	struct bt_cursor before;
	int32_t count = 1;

	*variant = (struct ua_variant){.type = encoding & VARIANT_TYPE};
	if (variant->type > 31 || (variant->type == UA_NULL && encoding != 0)) {
		walk->trouble |= UA_MALFORMED;
		return;
	}
	if (variant->type >= UA_TYPES)
		variant->type = UA_BYTE_STRING;
	variant->is_array = encoding & VARIANT_ARRAY;
	if (variant->is_array)
		count = (int32_t)cur_u32le(&walk->at);
	else if (variant->type == UA_NULL)
		count = 0;
	variant->count = count < 0 ? 0 : (uint32_t)count;
	before = walk->at;
	if (!enter(walk))
		return;
	ua_pass_array(walk, variant->type, variant->count);
	walk->depth--;
	variant->elements = between(before, &walk->at);
	if (encoding & VARIANT_DIMENSIONS) {
		count = (int32_t)cur_u32le(&walk->at);
		variant->dimensions = cur_take(&walk->at, count < 0 ? 0 : (size_t)count * 4);
	}
}

static void read_data_value(struct ua_walk *walk, struct ua_value *value)
{
	uint8_t mask = cur_u8(&walk->at);

	value->variant = (struct ua_variant){0};
	value->has_value = mask & 1 << 0;
	value->has_status = mask & 1 << 1;
	value->has_source_time = mask & 1 << 2;
	value->has_server_time = mask & 1 << 3;
	if (value->has_value && enter(walk)) {
		read_variant(walk, &value->variant);
		walk->depth--;
	}
	if (value->has_status)
		value->status = cur_u32le(&walk->at);
	if (value->has_source_time)
		value->source_time = (int64_t)cur_u64le(&walk->at);
	if (mask & 1 << 4)
		cur_skip(&walk->at, 2); /* picoseconds */
	if (value->has_server_time)
		value->server_time = (int64_t)cur_u64le(&walk->at);
	if (mask & 1 << 5)
		cur_skip(&walk->at, 2);
}

bool ua_read_simple(struct bt_cursor *at, struct ua_variant *number, bool *has_status,
		    uint32_t *status)
{
	uint8_t mask = cur_u8(at), type = cur_u8(at);

	if (!(mask & 1 << 0) || !ua_is_number(type))
		return false;
	*number = (struct ua_variant){
		.type = type, .count = 1, .elements = cur_take(at, ua_sizes[type])};
	*has_status = mask & 1 << 1;
	*status = *has_status ? cur_u32le(at) : 0;
	cur_skip(at, (mask & 1 << 2 ? 8 : 0) + (mask & 1 << 3 ? 8 : 0)); /* times */
	cur_skip(at, (mask & 1 << 4 ? 2 : 0) + (mask & 1 << 5 ? 2 : 0)); /* picoseconds */
	return cur_ok(at);
}

static void read_diagnostics(struct ua_walk *walk)
{
	uint8_t mask = cur_u8(&walk->at);
	bool null;

	for (unsigned bit = 0; bit < 4; bit++) /* symbol, name space, locale, text */
		cur_skip(&walk->at, mask & 1 << bit ? 4 : 0);
	if (mask & 1 << 4)
		ua_read_string(&walk->at, &null);
	if (mask & 1 << 5)
		cur_skip(&walk->at, 4);
	if ((mask & 1 << 6) && enter(walk)) {
		read_diagnostics(walk);
		walk->depth--;
	}
}

static void read_extension(struct ua_walk *walk, struct ua_value *value)
{
	bool null;

	if (!ua_read_node(&walk->at, true, &value->node))
		walk->trouble |= UA_MALFORMED;
	switch (cur_u8(&walk->at)) {
	case BODY_NONE: value->null = true; break;
	case BODY_BYTES: value->bytes = ua_read_string(&walk->at, &value->null); break;
	case BODY_XML:
		ua_read_string(&walk->at, &null);
		value->null = true;
		break;
	default: walk->trouble |= UA_MALFORMED; break;
	}
}

static void read_text(struct ua_walk *walk, struct ua_value *value)
{
	uint8_t mask = cur_u8(&walk->at);
	bool null;

	value->null = true;
	if (mask & 1)
		ua_read_string(&walk->at, &null); /* locale */
	if (mask & 2)
		value->bytes = ua_read_string(&walk->at, &value->null);
}

static inline void read_integer(struct bt_cursor *at, uint8_t type, struct ua_value *value)
{
	value->number = 0;
	value->integer = 0;
	switch (type) {
	case UA_BOOLEAN:
	case UA_BYTE: value->number = cur_u8(at); break;
	case UA_UINT16: value->number = cur_u16le(at); break;
	case UA_STATUS_CODE:
	case UA_UINT32: value->number = cur_u32le(at); break;
	case UA_UINT64: value->number = cur_u64le(at); break;
	case UA_SBYTE: value->integer = (int8_t)cur_u8(at); break;
	case UA_INT16: value->integer = (int16_t)cur_u16le(at); break;
	case UA_INT32: value->integer = (int32_t)cur_u32le(at); break;
	default: value->integer = (int64_t)cur_u64le(at); break;
	}
	/* one of the two is zero */
	value->real = value->integer ? (double)value->integer : (double)value->number;
}

static inline double read_real(struct bt_cursor *at, uint8_t type)
{
	uint32_t word;
	uint64_t both;
	double real;
	float half;

	if (type == UA_FLOAT) {
		word = cur_u32le(at);
		memcpy(&half, &word, sizeof(half));
		return (double)half;
	}
	both = cur_u64le(at);
	memcpy(&real, &both, sizeof(real));
	return real;
}

void ua_read(struct ua_walk *walk, uint8_t type, struct ua_value *value)
{
	memset(value, 0, offsetof(struct ua_value, node));
	value->type = type;
	switch (type) {
	case UA_FLOAT:
	case UA_DOUBLE: value->real = read_real(&walk->at, type); break;
	case UA_STRING:
	case UA_BYTE_STRING:
	case UA_XML_ELEMENT: value->bytes = ua_read_string(&walk->at, &value->null); break;
	case UA_GUID: value->bytes = cur_take(&walk->at, 16); break;
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID:
		if (!ua_read_node(&walk->at, type == UA_EXPANDED_NODE_ID, &value->node))
			walk->trouble |= UA_MALFORMED;
		else if (value->node.flagged)
			walk->trouble |= UA_FLAGGED;
		break;
	case UA_QUALIFIED_NAME:
		value->number = cur_u16le(&walk->at);
		value->bytes = ua_read_string(&walk->at, &value->null);
		break;
	case UA_LOCALIZED_TEXT: read_text(walk, value); break;
	case UA_EXTENSION_OBJECT: read_extension(walk, value); break;
	case UA_DATA_VALUE: read_data_value(walk, value); break;
	case UA_VARIANT:
		read_variant(walk, &value->variant);
		value->has_value = value->variant.type != UA_NULL;
		break;
	case UA_DIAGNOSTIC_INFO: read_diagnostics(walk); break;
	case UA_NULL: break;
	default: read_integer(&walk->at, type, value); break;
	}
}

/* Not to be inlined: a value takes room on the stack. */
void __attribute__((noinline)) ua_pass_odd(struct ua_walk *walk, uint8_t type)
{
	struct ua_value value;

	if (type == UA_DIAGNOSTIC_INFO)
		read_diagnostics(walk);
	else
		ua_read(walk, type, &value);
}

bool ua_next(struct bt_cursor *elements, uint8_t type, struct ua_value *value)
{
	struct ua_walk walk = {.at = *elements};

	ua_read(&walk, type, value);
	*elements = walk.at;
	return ua_go(&walk);
}

double ua_next_number(struct bt_cursor *elements, uint8_t type)
{
	struct ua_value value;

	if (type == UA_FLOAT || type == UA_DOUBLE)
		return read_real(elements, type);
	read_integer(elements, type, &value);
	return value.real;
}
