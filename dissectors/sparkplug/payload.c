/* SPDX-License-Identifier: Apache-2.0
 *
 * The payload (sparkplug_b.proto): a few fields of its own and metrics, some of which are
 * templates that hold metrics again. A walk visits them all in one flat order, each under the path
 * of its names, as deep as NESTING_MAX and without recursion.
 */
#include "private.h"

/* Payload and Template keep their metrics in a field of the same number. */
enum {
	FIELD_METRICS = 2,
};

enum {
	PAYLOAD_TIMESTAMP = 1,
	PAYLOAD_SEQ = 3,
	PAYLOAD_UUID = 4,
	PAYLOAD_BODY = 5,
};

enum {
	METRIC_NAME = 1,
	METRIC_ALIAS = 2,
	METRIC_TIMESTAMP = 3,
	METRIC_DATATYPE = 4,
	METRIC_IS_HISTORICAL = 5,
	METRIC_IS_TRANSIENT = 6,
	METRIC_IS_NULL = 7,
	METRIC_METADATA = 8,
	METRIC_PROPERTIES = 9,
	METRIC_VALUES = 10, /* and on */
};

void sparkplug_payload(struct bt_cursor message, struct sparkplug_payload *payload)
{
	static const char packed[] = "SPBV1.0_COMPRESSED";
	struct wire_field field;

	*payload = (struct sparkplug_payload){.message = message};
	while (wire_next(&message, &field)) {
		if (field.number == PAYLOAD_TIMESTAMP && field.type == WIRE_VARINT) {
			payload->has_timestamp = true;
			payload->timestamp = field.bits;
		} else if (field.number == PAYLOAD_SEQ && field.type == WIRE_VARINT) {
			payload->has_seq = true;
			payload->seq = field.bits;
		} else if (field.number == PAYLOAD_UUID && field.type == WIRE_BYTES) {
			payload->uuid = field.bytes;
		} else if (field.number == PAYLOAD_BODY && field.type == WIRE_BYTES) {
			payload->body = field.bytes;
		}
	}
	payload->malformed = !cur_ok(&message);
	payload->compressed = cur_equal(payload->uuid, cur_of(packed, sizeof(packed) - 1));
}

static void take_number(struct sparkplug_metric *metric, const struct wire_field *field)
{
	switch (field->number) {
	case METRIC_ALIAS:
		metric->has_alias = true;
		metric->alias = field->bits;
		break;
	case METRIC_TIMESTAMP:
		metric->has_timestamp = true;
		metric->timestamp = field->bits;
		break;
	case METRIC_DATATYPE:
		metric->has_type = true;
		metric->type = (uint32_t)(field->bits < UINT32_MAX ? field->bits : UINT32_MAX);
		break;
	case METRIC_IS_HISTORICAL: metric->historical = field->bits != 0; break;
	case METRIC_IS_TRANSIENT: metric->transient = field->bits != 0; break;
	case METRIC_IS_NULL: metric->null = field->bits != 0; break;
	default: break;
	}
}

static void take_bytes(struct sparkplug_metric *metric, const struct wire_field *field)
{
	switch (field->number) {
	case METRIC_NAME:
		metric->has_name = true;
		metric->name = field->bytes;
		break;
	case METRIC_METADATA: metric->metadata = field->bytes; break;
	case METRIC_PROPERTIES: metric->properties = field->bytes; break;
	default: break;
	}
}

static bool read_metric(struct bt_cursor message, struct sparkplug_metric *metric)
{
	struct wire_field field;

	*metric = (struct sparkplug_metric){0};
	while (wire_next(&message, &field)) {
		if (sparkplug_value(&field, METRIC_VALUES, VALUE_EXTENSION, &metric->value))
			continue;
		if (field.type == WIRE_VARINT)
			take_number(metric, &field);
		else if (field.type == WIRE_BYTES)
			take_bytes(metric, &field);
	}
	return cur_ok(&message);
}

void sparkplug_walk(const struct sparkplug_payload *payload, const struct sparkplug_edge *edge,
		    struct bt_cursor device, struct sparkplug_walk *walk)
{
	memset(walk, 0, offsetof(struct sparkplug_walk, path));
	walk->edge = edge;
	walk->device = device;
	walk->level[0].rest = payload->message;
}

/* A template's metrics come behind it. */
static void enter_template(struct sparkplug_walk *walk)
{
	walk->enter = false;
	if (walk->depth + 1 == NESTING_MAX) {
		walk->too_deep = true;
		return;
	}
	walk->depth++;
	walk->level[walk->depth].rest = walk->inside;
	walk->level[walk->depth].path_bytes = walk->path_bytes;
}

/* "pump/" + "speed"; cut where it is too long to be anybody's name. */
static void extend_path(struct sparkplug_walk *walk, struct sparkplug_metric *metric)
{
	size_t used = walk->level[walk->depth].path_bytes;
	struct bt_cursor name = metric->name;
	size_t size = cur_left(&name);

	if (used && used < PATH_BYTES)
		walk->path[used++] = '/';
	if (size > PATH_BYTES - used)
		size = PATH_BYTES - used;
	cur_copy(&name, walk->path + used, size);
	walk->path_bytes = (uint16_t)(used + size);
	metric->name = cur_of(walk->path, walk->path_bytes);
}

/* What the message does not say, the birth did. */
static void resolve(struct sparkplug_walk *walk, struct sparkplug_metric *metric)
{
	struct bt_cursor name = {0};
	uint32_t type = TYPE_UNKNOWN;
	bool known = metric->has_alias && walk->depth == 0 &&
		     sparkplug_alias(walk->edge, walk->device, metric->alias, &name, &type);

	if (known && !metric->has_name) {
		metric->name = name;
		extend_path(walk, metric);
	} else if (!known && metric->has_name) {
		sparkplug_type_of(walk->edge, walk->device, metric->name, &type);
	}
	if (!metric->has_type)
		metric->type = type;
}

static void name_metric(struct sparkplug_walk *walk, struct sparkplug_metric *metric)
{
	metric->depth = (uint8_t)walk->depth;
	walk->path_bytes = walk->level[walk->depth].path_bytes;
	if (metric->has_name)
		extend_path(walk, metric);
	if (walk->edge && !(metric->has_name && metric->has_type))
		resolve(walk, metric);
}

bool sparkplug_next(struct sparkplug_walk *walk, struct sparkplug_metric *metric)
{
	struct wire_field field;

	if (walk->enter)
		enter_template(walk);
	for (;;) {
		struct bt_cursor *rest = &walk->level[walk->depth].rest;

		if (!wire_next(rest, &field)) {
			walk->malformed |= !cur_ok(rest);
			if (walk->depth == 0)
				return false;
			walk->depth--;
		} else if (field.number == FIELD_METRICS && field.type == WIRE_BYTES) {
			break;
		}
	}
	walk->malformed |= !read_metric(field.bytes, metric);
	name_metric(walk, metric);
	walk->enter = metric->value.kind == VALUE_TEMPLATE;
	walk->inside = metric->value.bytes;
	return true;
}
