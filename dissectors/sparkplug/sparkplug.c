/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug B: turns one MQTT message into one operation on named metrics.
 *
 * Aliases and types stand in births and nowhere else, so a message that came before its birth was seen
 * touches no name: a number is nobody's name for long. Counters and births are checked on what edge
 * nodes publish themselves; a host application may well begin to listen when everybody is long born.
 */
#include "private.h"

enum {
	NAMES_BYTES = 16384, /* names of one message's accesses */
	NUMBERS_MAX = 512,   /* values of one message's accesses */
	ARRAY_MAX = 64,      /* of one of them */
};

/* Commands that Sparkplug itself defines (section 6.4.20); harmless ones first. */
enum control {
	CONTROL_NONE,
	CONTROL_REBIRTH,
	CONTROL_REBOOT,
	CONTROL_NEXT_SERVER,
	CONTROL_COUNT,
};

static const struct {
	const char *name;
	enum bt_act act;
} controls[CONTROL_COUNT] = {
	[CONTROL_NONE] = {NULL, BT_ACT_WRITE},
	[CONTROL_REBIRTH] = {"Rebirth", BT_ACT_IDENTIFY}, /* says who and what it is, once more */
	[CONTROL_REBOOT] = {"Reboot", BT_ACT_CONTROL},
	[CONTROL_NEXT_SERVER] = {"Next Server", BT_ACT_CONTROL},
};

static const char *const command_names[2][CONTROL_COUNT] = {
	{"ncmd", "ncmd_rebirth", "ncmd_reboot", "ncmd_next_server"},
	{"dcmd", "dcmd_rebirth", "dcmd_reboot", "dcmd_next_server"},
};

static const char *const kind_names[KIND_COUNT] = {
	[NBIRTH] = "nbirth", [NDEATH] = "ndeath", [DBIRTH] = "dbirth", [DDEATH] = "ddeath",
	[NDATA] = "ndata",   [DDATA] = "ddata",   [STATE] = "state",
};

/* One message on its way to become an operation. */
struct reading {
	struct bt_context *ctx;
	const struct sparkplug_message *message;
	struct sparkplug_topic topic;
	struct sparkplug_payload payload;
	struct sparkplug_host host;
	struct sparkplug_edge *edge; /* NULL: no memory, or none's */
	enum control control;
	enum bt_act act; /* the highest of a command's */
	bool has_bd_seq, odd_metric, unknown_alias;
	uint64_t bd_seq;
	size_t station_bytes; /* of `names`, where the station's name stands */
	unsigned access_count, number_count;
	size_t name_bytes;
	struct bt_access accesses[BT_ACCESSES_MAX];
	double numbers[NUMBERS_MAX];
	char names[NAMES_BYTES];
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
static void name_station(struct reading *reading)
{
	const struct sparkplug_topic *topic = &reading->topic;
	struct bt_cursor slash = cur_of("/", 1);

	if (add_name(reading, topic->group) && add_name(reading, slash) &&
	    add_name(reading, topic->node) && cur_left(&topic->device) && add_name(reading, slash))
		add_name(reading, topic->device);
	reading->station_bytes = reading->name_bytes;
}

static struct bt_station station(const struct reading *reading)
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

/* Times are no values of a process: they always change. */
static struct bt_values values_of(struct reading *reading, const struct sparkplug_metric *metric)
{
	const struct sparkplug_type *type = sparkplug_type(metric->type);
	struct bt_values none = {0};

	if (metric->null || metric->type == TYPE_DATE_TIME || metric->type == TYPE_DATE_TIME_ARRAY)
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

static enum bt_act act_of(const struct reading *reading)
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

	if (reading->access_count == BT_ACCESSES_MAX || cur_left(&metric->name) == 0)
		return;
	if (!add_name(reading, station_name(reading)) || !add_name(reading, cur_of("/", 1)) ||
	    !add_name(reading, metric->name)) {
		reading->name_bytes = before;
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

static void take_command(struct reading *reading, const struct sparkplug_metric *metric)
{
	enum control control = control_of(metric);
	enum bt_act act = is_overheard(reading) ? BT_ACT_REPORT : controls[control].act;

	if (control > reading->control)
		reading->control = control;
	if (act > reading->act)
		reading->act = act;
	add_access(reading, metric, act);
}

static bool fits_type(const struct sparkplug_metric *metric)
{
	const struct sparkplug_type *type = sparkplug_type(metric->type);

	return type && (metric->value.kind == VALUE_NONE || metric->null ||
			(type->kinds >> metric->value.kind & 1));
}

static void take_metric(struct reading *reading, const struct sparkplug_metric *metric)
{
	enum sparkplug_kind kind = reading->topic.kind;

	reading->odd_metric |= !fits_type(metric);
	reading->unknown_alias |= metric->has_alias && cur_left(&metric->name) == 0;
	if (is_text(metric->name, "bdSeq") && sparkplug_is_number(&metric->value)) {
		reading->has_bd_seq = true;
		reading->bd_seq = metric->value.bits;
		return; /* Sparkplug's own counter */
	}
	if (sparkplug_is_birth(kind)) {
		if (reading->edge && metric->has_name)
			sparkplug_learn(reading->ctx, reading->edge, reading->topic.device, metric);
		if (metric->value.kind == VALUE_STRING)
			sparkplug_identify(reading->ctx, station(reading), metric);
	}
	if (sparkplug_is_command(kind))
		take_command(reading, metric);
	else
		add_access(reading, metric, act_of(reading));
}

static void take_metrics(struct reading *reading)
{
	const struct sparkplug_message *message = reading->message;
	bool whole = cur_left(&message->payload) >= message->payload_bytes;
	struct sparkplug_metric metric;
	struct sparkplug_walk walk;

	if (reading->payload.compressed)
		return; /* what is in there only describes how it is packed */
	sparkplug_walk(&reading->payload, reading->edge, reading->topic.device, &walk);
	while (sparkplug_next(&walk, &metric))
		take_metric(reading, &metric);
	if (walk.too_deep)
		bt_break(reading->ctx, &sparkplug_nesting, "more than %d levels", NESTING_MAX);
	if (whole && (walk.malformed || reading->payload.malformed))
		bt_break(reading->ctx, &sparkplug_bad_payload, "%s of %zu bytes",
			 sparkplug_kinds[reading->topic.kind], cur_left(&message->payload));
	else if (reading->odd_metric)
		bt_break(reading->ctx, &sparkplug_bad_metric, "%s",
			 sparkplug_kinds[reading->topic.kind]);
}

/* ---- births, deaths and counters ---- */

static void check_bd_seq(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	bool birth = reading->topic.kind == NBIRTH;

	if (!reading->has_bd_seq)
		return;
	if (birth && edge->has_will_bd_seq && edge->will_bd_seq != reading->bd_seq)
		bt_break(reading->ctx, &sparkplug_bd_seq_mismatch, "will %llu, birth %llu",
			 (unsigned long long)edge->will_bd_seq,
			 (unsigned long long)reading->bd_seq);
	if (!birth && edge->has_bd_seq && edge->bd_seq != reading->bd_seq)
		bt_break(reading->ctx, &sparkplug_bd_seq_mismatch, "birth %llu, death %llu",
			 (unsigned long long)edge->bd_seq, (unsigned long long)reading->bd_seq);
	if (birth) {
		edge->has_bd_seq = true;
		edge->bd_seq = reading->bd_seq;
	}
}

static void check_seq(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	uint64_t seq = reading->payload.seq;
	/* Two subscriptions that overlap bring a message twice. */
	bool again = reading->message->by_server && seq == edge->seq;

	if (reading->topic.kind != NBIRTH && edge->has_seq && reading->payload.has_seq && !again &&
	    seq != (edge->seq + 1u) % 256)
		bt_break(reading->ctx, &sparkplug_seq_gap, "%u, then %llu", edge->seq,
			 (unsigned long long)seq);
	edge->has_seq = reading->payload.has_seq;
	edge->seq = (uint8_t)seq;
}

/* Whoever publishes for an edge node has said its birth on the same connection, and left its death
 * with the broker. */
static void check_life(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	enum sparkplug_kind kind = reading->topic.kind;

	edge->speaks |= !reading->message->by_server;
	if (!edge->born && kind != NBIRTH && !reading->message->by_server && !edge->stranger) {
		edge->stranger = true;
		bt_break(reading->ctx, &sparkplug_unborn, "%s", sparkplug_kinds[kind]);
	}
	if (edge->born && !edge->forgetful && !reading->message->by_server &&
	    reading->unknown_alias)
		bt_break(reading->ctx, &sparkplug_unknown_alias, "%s", sparkplug_kinds[kind]);
	if (kind == NBIRTH || kind == NDEATH)
		edge->born = kind == NBIRTH;
	if (kind == NDEATH)
		edge->has_seq = false;
	else
		check_seq(reading);
	if (kind == NBIRTH || kind == NDEATH)
		check_bd_seq(reading);
}

static void check_delivery(const struct reading *reading)
{
	const struct sparkplug_message *message = reading->message;
	enum sparkplug_kind kind = reading->topic.kind;

	if (kind == STATE || message->by_server)
		return;
	if (message->retain || (message->qos && kind != NDEATH))
		bt_break(reading->ctx, &sparkplug_delivery, "%s, QoS %u%s", sparkplug_kinds[kind],
			 message->qos, message->retain ? ", retained" : "");
}

/* ---- the operation ---- */

static void emit(struct reading *reading)
{
	enum sparkplug_kind kind = reading->topic.kind;
	struct sparkplug_detail detail = {
		.message = reading->message,
		.topic = &reading->topic,
		.payload = &reading->payload,
		.host = &reading->host,
		.edge = reading->edge,
		.has_bd_seq = reading->has_bd_seq,
		.bd_seq = reading->bd_seq,
	};
	struct bt_operation op = {
		.act = act_of(reading),
		.result = BT_RESULT_OK,
		.unit = BT_NO_UNIT,
		.function = FUNCTION_BASE + kind,
		.subfunction = 2 * reading->control + reading->message->by_server,
		.name = kind_names[kind],
		.protocol = &dissector_sparkplug,
		.by_server = reading->message->by_server,
		.accesses = reading->accesses,
		.access_count = reading->access_count,
		.request_packet = reading->ctx->packet,
		.request_ns = reading->ctx->time_ns,
		.detail = &detail,
	};

	if (sparkplug_is_command(kind)) {
		op.name = command_names[kind == DCMD][reading->control];
		if (reading->act != BT_ACT_OTHER)
			op.act = reading->act;
	}
	bt_emit(reading->ctx, &op);
}

static void take_state(struct reading *reading)
{
	const struct sparkplug_message *message = reading->message;

	if (!reading->host.known)
		bt_break(reading->ctx, &sparkplug_bad_payload, "STATE of %zu bytes",
			 cur_left(&message->payload));
	if (reading->host.online && !message->by_server)
		bt_identity(reading->ctx, bt_client(), BT_ID_APPLICATION, reading->topic.host,
			    "Sparkplug STATE");
	emit(reading);
}

static void take_payload(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	enum sparkplug_kind kind = reading->topic.kind;

	name_station(reading);
	if (kind == NBIRTH && edge)
		sparkplug_forget(reading->ctx, edge);
	check_delivery(reading);
	if (sparkplug_is_birth(kind) || kind == NDATA || kind == DDATA)
		bt_station_seen(reading->ctx, station(reading), "Sparkplug B");
	take_metrics(reading);
	if (edge && !sparkplug_is_command(kind))
		check_life(reading);
	emit(reading);
}

/* The will that a CONNECT leaves tells the number of the birth to come. */
static void take_will(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	struct sparkplug_metric metric;
	struct sparkplug_walk walk;

	if (reading->topic.kind != NDEATH || !edge)
		return;
	sparkplug_walk(&reading->payload, NULL, reading->topic.device, &walk);
	while (sparkplug_next(&walk, &metric)) {
		if (!is_text(metric.name, "bdSeq") || !sparkplug_is_number(&metric.value))
			continue;
		edge->has_will_bd_seq = true;
		edge->will_bd_seq = metric.value.bits;
	}
}

/* False: this message is not Sparkplug's after all. */
static bool read_message(struct reading *reading, struct sparkplug_state **state)
{
	const struct sparkplug_message *message = reading->message;
	struct sparkplug_topic *topic = &reading->topic;

	if (topic->kind == STATE) {
		sparkplug_host(message->payload, &reading->host);
		/* Before 3.0 its topic was one that anybody may use. */
		return reading->host.known || cur_left(&topic->group);
	}
	sparkplug_payload(message->payload, &reading->payload);
	if (!*state)
		*state = bt_alloc(reading->ctx, sizeof(**state));
	if (*state)
		reading->edge = sparkplug_edge(reading->ctx, *state, topic->group, topic->node);
	return true;
}

bool sparkplug_publish(struct bt_context *ctx, struct sparkplug_state **state,
		       const struct sparkplug_message *message)
{
	struct sparkplug_topic topic;
	struct reading reading; /* its arrays are many bytes, and not to be zeroed each time */

	switch (sparkplug_topic(message->topic, &topic)) {
	case TOPIC_FOREIGN: return false;
	case TOPIC_BAD:
		bt_break(ctx, &sparkplug_bad_topic, "%zu bytes", cur_left(&message->topic));
		return false;
	case TOPIC_GOOD: break;
	}
	memset(&reading, 0, offsetof(struct reading, accesses));
	reading.ctx = ctx;
	reading.message = message;
	reading.topic = topic;
	if (!read_message(&reading, state))
		return false;
	if (message->will)
		take_will(&reading);
	else if (topic.kind == STATE)
		take_state(&reading);
	else
		take_payload(&reading);
	return true;
}

static const uint16_t no_ports[] = {0};

const struct bt_dissector dissector_sparkplug = {
	.name = "sparkplug",
	.title = "Sparkplug B",
	.ports = no_ports,
	.fields = sparkplug_fields,
	.violations = sparkplug_violations,
	.describe = sparkplug_describe,
	.feature = sparkplug_feature,
};
