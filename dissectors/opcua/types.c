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

static const struct {
	const char *name;
	uint8_t size; /* 0: it varies */
} types[UA_TYPES] = {
	{"Null", 0},         {"Boolean", 1},         {"SByte", 1},         {"Byte", 1},
	{"Int16", 2},        {"UInt16", 2},          {"Int32", 4},         {"UInt32", 4},
	{"Int64", 8},        {"UInt64", 8},          {"Float", 4},         {"Double", 8},
	{"String", 0},       {"DateTime", 8},        {"Guid", 16},         {"ByteString", 0},
	{"XmlElement", 0},   {"NodeId", 0},          {"ExpandedNodeId", 0}, {"StatusCode", 4},
	{"QualifiedName", 0}, {"LocalizedText", 0},  {"ExtensionObject", 0}, {"DataValue", 0},
	{"Variant", 0},      {"DiagnosticInfo", 0},
};

const char *ua_type_name(uint8_t type)
{
	return type < UA_TYPES ? types[type].name : "ByteString"; /* 26 to 31 are read as such */
}

bool ua_is_number(uint8_t type)
{
	return type >= UA_BOOLEAN && type <= UA_DOUBLE;
}

bool ua_go(const struct ua_walk *walk)
{
	return cur_ok(&walk->at) && !(walk->trouble & (unsigned)~UA_FLAGGED);
}

struct bt_cursor ua_read_string(struct bt_cursor *at, bool *null)
{
	int32_t length = (int32_t)cur_u32le(at);

	*null = length < 0;
	return cur_take(at, length < 0 ? 0 : (size_t)length);
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

static void skip_array(struct ua_walk *walk, uint8_t type, uint32_t count)
{
	size_t size = types[type].size;

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
	skip_array(walk, variant->type, variant->count);
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

static void read_integer(struct bt_cursor *at, uint8_t type, struct ua_value *value)
{
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

static void read_real(struct bt_cursor *at, uint8_t type, struct ua_value *value)
{
	uint32_t word;
	uint64_t both;
	float real;

	if (type == UA_FLOAT) {
		word = cur_u32le(at);
		memcpy(&real, &word, sizeof(real));
		value->real = (double)real;
	} else {
		both = cur_u64le(at);
		memcpy(&value->real, &both, sizeof(value->real));
	}
}

void ua_read(struct ua_walk *walk, uint8_t type, struct ua_value *value)
{
	memset(value, 0, offsetof(struct ua_value, node));
	value->type = type;
	switch (type) {
	case UA_FLOAT:
	case UA_DOUBLE: read_real(&walk->at, type, value); break;
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

void ua_pass(struct ua_walk *walk, uint8_t type)
{
	struct ua_value value;
	bool null;

	if (types[type].size) {
		cur_skip(&walk->at, types[type].size);
		return;
	}
	switch (type) {
	case UA_STRING:
	case UA_BYTE_STRING:
	case UA_XML_ELEMENT: ua_read_string(&walk->at, &null); break;
	case UA_DIAGNOSTIC_INFO: read_diagnostics(walk); break;
	default: ua_read(walk, type, &value); break;
	}
}

bool ua_next(struct bt_cursor *elements, uint8_t type, struct ua_value *value)
{
	struct ua_walk walk = {.at = *elements};

	ua_read(&walk, type, value);
	*elements = walk.at;
	return ua_go(&walk);
}
