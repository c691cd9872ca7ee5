/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics as accesses: "group/node/device/metric" with its value. Aliases and types stand in
 * births and nowhere else, so a metric whose birth was not seen touches no name: a number is
 * nobody's name for long.
 */
#include "reading.h"

enum {
	ARRAY_MAX = 64, /* values of one metric */
};

#define YEAR_2000_MS 946684800000ull

static const struct {
	const char *name;
	enum bt_act act;
} controls[CONTROL_COUNT] = {
	[CONTROL_NONE] = {NULL, BT_ACT_WRITE},
	[CONTROL_REBIRTH] = {"Rebirth", BT_ACT_IDENTIFY}, /* says who and what it is, once more */
	[CONTROL_REBOOT] = {"Reboot", BT_ACT_CONTROL},
	[CONTROL_NEXT_SERVER] = {"Next Server", BT_ACT_CONTROL},
};

/* Adds to the names; false: no room, and nothing is added. */
static bool add_name(struct reading *reading, struct bt_cursor text)
{
	size_t size = cur_left(&text);

	if (size > NAMES_BYTES - reading->name_bytes)
		return false;
	cur_copy(&text, reading->names + reading->name_bytes, size);
	reading->name_bytes += size;
	return true;
}

static struct bt_cursor station_name(const struct reading *reading)
{
	return cur_of(reading->names, reading->station_bytes);
}

/* "group/node" or "group/node/device". Topics are longer than the room only by malice. */
void sparkplug_name_station(struct reading *reading)
{
	const struct sparkplug_topic *topic = &reading->topic;
	struct bt_cursor slash = cur_of("/", 1);

	if (add_name(reading, topic->group) && add_name(reading, slash) &&
	    add_name(reading, topic->node) && cur_left(&topic->device) && add_name(reading, slash))
		add_name(reading, topic->device);
	reading->station_bytes = reading->name_bytes;
}

struct bt_station sparkplug_station(const struct reading *reading)
{
	/* Who publishes is where the message comes from, who is commanded where it goes. */
	bool command = sparkplug_is_command(reading->topic.kind);

	return (struct bt_station){.client = reading->message->by_server == command,
				   .unit = BT_NO_UNIT,
				   .name = station_name(reading)};
}

static bool is_text(struct bt_cursor text, const char *word)
{
	return cur_equal(text, cur_of(word, strlen(word)));
}

static enum control control_of(const struct sparkplug_metric *metric)
{
	static const char *const places[] = {"Node Control/", "Device Control/"};
	bool off = metric->value.kind == VALUE_BOOLEAN && metric->value.bits == 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !off; i++) {
		struct bt_cursor name = metric->name;

		if (!is_text(cur_take_upto(&name, strlen(places[i])), places[i]))
			continue;
		for (int control = CONTROL_REBIRTH; control < CONTROL_COUNT; control++) {
			if (is_text(name, controls[control].name))
				return (enum control)control;
		}
	}
	return CONTROL_NONE;
}

static struct bt_values array_values(struct reading *reading, const struct sparkplug_metric *metric)
{
	const double *first = reading->numbers + reading->number_count;
	struct sparkplug_array array;
	struct sparkplug_value value;
	uint32_t count = 0;

	sparkplug_array(metric->type, metric->value.bytes, &array);
	while (count < ARRAY_MAX && reading->number_count < NUMBERS_MAX &&
	       sparkplug_element(&array, &value)) {
		reading->numbers[reading->number_count++] = sparkplug_number(metric->type, &value);
		count++;
	}
	return bt_numbers(first, count);
}

/* Times are no values of a process: they always change. A number that only calls itself one is taken
 * as what it is, for there are edge nodes that believe the field, not the type. */
static bool is_time(const struct sparkplug_metric *metric)
{
	if (metric->type == TYPE_DATE_TIME)
		return sparkplug_is_number(&metric->value) && metric->value.bits >= YEAR_2000_MS;
	return metric->type == TYPE_DATE_TIME_ARRAY && metric->value.kind == VALUE_BYTES;
}

static struct bt_values values_of(struct reading *reading, const struct sparkplug_metric *metric)
{
	const struct sparkplug_type *type = sparkplug_type(metric->type);
	struct bt_values none = {0};

	if (is_time(metric))
		return none;
	if (type && type->array && type->form != FORM_TEXT && metric->value.kind == VALUE_BYTES)
		return array_values(reading, metric);
	if (sparkplug_is_number(&metric->value) && reading->number_count < NUMBERS_MAX) {
		double *number = reading->numbers + reading->number_count++;

		*number = sparkplug_number(metric->type, &metric->value);
		return bt_numbers(number, 1);
	}
	if (metric->value.kind == VALUE_STRING || metric->value.kind == VALUE_BYTES)
		return (struct bt_values){BT_VALUES_BYTES, 0, metric->value.bytes};
	return none;
}

/* Host applications that subscribe to everything hear each other's commands: they are not who is
 * commanded, and nothing is done to them. */
static bool is_overheard(const struct reading *reading)
{
	return reading->message->by_server && !(reading->edge && reading->edge->speaks);
}

enum bt_act sparkplug_act(const struct reading *reading)
{
	if (sparkplug_is_command(reading->topic.kind) && !is_overheard(reading))
		return BT_ACT_WRITE;
	return reading->message->by_server ? BT_ACT_REPORT : BT_ACT_PUBLISH;
}

static void add_access(struct reading *reading, const struct sparkplug_metric *metric,
		       enum bt_act act)
{
	size_t before = reading->name_bytes;
	struct bt_access *access;

	if (cur_left(&metric->name) == 0)
		return;
	if (reading->access_count == BT_ACCESSES_MAX || reading->number_count == NUMBERS_MAX ||
	    !add_name(reading, station_name(reading)) || !add_name(reading, cur_of("/", 1)) ||
	    !add_name(reading, metric->name)) {
		reading->name_bytes = before;
		reading->crowded = true;
		return;
	}
	access = &reading->accesses[reading->access_count++];
	*access = (struct bt_access){
		.act = act,
		.space = "metric",
		.count = 1,
		.name = cur_of(reading->names + before, reading->name_bytes - before),
		.values = values_of(reading, metric),
	};
}

static void take_command_as(struct reading *reading, const struct sparkplug_metric *metric)
{
	enum control control = control_of(metric);
	enum bt_act act = is_overheard(reading) ? BT_ACT_REPORT : controls[control].act;

	if (control > reading->control)
		reading->control = control;
	if (act > reading->act)
		reading->act = act;
	add_access(reading, metric, act);
}

/* Some edge nodes go by the name, some by the alias: with those of two metrics it is a command to both. */
static void take_command(struct reading *reading, const struct sparkplug_metric *metric)
{
	struct sparkplug_metric other = *metric;
	uint32_t type;

	take_command_as(reading, metric);
	if (!metric->has_name || !metric->has_alias || metric->depth || !reading->edge ||
	    !sparkplug_alias(reading->edge, reading->topic.device, metric->alias, &other.name,
			     &type) ||
	    cur_equal(other.name, metric->name))
		return;
	reading->odd_metric = true;
	take_command_as(reading, &other);
}

/* A command of which not all could be read is one to the station as a whole: nothing hides behind what
 * is known, or in what nobody unpacks. */
static void command_unread(struct reading *reading)
{
	enum bt_act act = is_overheard(reading) ? BT_ACT_REPORT : BT_ACT_WRITE;
	unsigned last = reading->access_count;

	if (last == BT_ACCESSES_MAX)
		last--;
	if (act > reading->act)
		reading->act = act;
	reading->access_count = last + 1;
	reading->accesses[last] = (struct bt_access){
		.act = act,
		.space = "payload",
		.count = 1,
		.name = station_name(reading),
		.values = {BT_VALUES_BYTES, 0, reading->message->payload},
	};
}

static bool fits_type(const struct sparkplug_metric *metric)
{
	const struct sparkplug_type *type = sparkplug_type(metric->type);

	return type && (metric->value.kind == VALUE_NONE || metric->null ||
			(type->kinds >> metric->value.kind & 1));
}

bool sparkplug_bd_seq(const struct sparkplug_metric *metric, uint64_t *number)
{
	if (!is_text(metric->name, "bdSeq") || !sparkplug_is_number(&metric->value))
		return false;
	*number = metric->value.bits;
	return true;
}

static void take_metric(struct reading *reading, const struct sparkplug_metric *metric)
{
	enum sparkplug_kind kind = reading->topic.kind;

	reading->odd_metric |= !fits_type(metric);
	reading->unknown_alias |= metric->has_alias && cur_left(&metric->name) == 0;
	if (!sparkplug_is_command(kind) && sparkplug_bd_seq(metric, &reading->bd_seq)) {
		reading->has_bd_seq = true;
		return; /* Sparkplug's own counter */
	}
	if (sparkplug_is_birth(kind)) {
		if (reading->edge && metric->has_name)
			sparkplug_learn(reading->ctx, reading->edge, reading->topic.device, metric);
		if (metric->value.kind == VALUE_STRING)
			sparkplug_identify(reading->ctx, sparkplug_station(reading), metric);
	}
	if (sparkplug_is_command(kind))
		take_command(reading, metric);
	else
		add_access(reading, metric, sparkplug_act(reading));
}

/* A birth that could not be read to its end leaves aliases without names. */
static void unread(struct reading *reading)
{
	if (sparkplug_is_command(reading->topic.kind))
		command_unread(reading);
	else if (reading->edge && sparkplug_is_birth(reading->topic.kind))
		reading->edge->forgetful = true;
}

/* Beside a packed body stands how it is packed. Other metrics there are obeyed by whoever cannot
 * unpack. */
static bool says_packing(const struct reading *reading, const struct sparkplug_metric *metric)
{
	return reading->payload.compressed && is_text(metric->name, "algorithm");
}

void sparkplug_metrics(struct reading *reading)
{
	const struct sparkplug_message *message = reading->message;
	bool whole = cur_left(&message->payload) >= message->payload_bytes, malformed;
	const char *kind = sparkplug_kinds[reading->topic.kind];
	struct sparkplug_metric metric;
	struct sparkplug_walk walk;

	sparkplug_walk(&reading->payload, reading->edge, reading->topic.device, &walk);
	while (sparkplug_next(&walk, &metric))
		if (!says_packing(reading, &metric))
			take_metric(reading, &metric);
	malformed = walk.malformed || reading->payload.malformed;
	if (walk.too_deep)
		bt_break(reading->ctx, &sparkplug_nesting, "more than %d levels", NESTING_MAX);
	if (malformed && whole)
		bt_break(reading->ctx, &sparkplug_bad_payload, "%s of %zu bytes", kind,
			 cur_left(&message->payload));
	else if (reading->odd_metric && !malformed)
		bt_break(reading->ctx, &sparkplug_bad_metric, "%s", kind);
	if (malformed || !whole || walk.too_deep || reading->payload.compressed)
		unread(reading);
	else if (reading->crowded && sparkplug_is_command(reading->topic.kind))
		command_unread(reading);
}
