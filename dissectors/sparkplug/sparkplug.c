/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug B: turns one MQTT message into one operation on named metrics (metrics.c), having
 * looked whether it keeps Sparkplug's rules (life.c).
 */
#include "reading.h"

static const char *const command_names[2][CONTROL_COUNT] = {
	{"ncmd", "ncmd_rebirth", "ncmd_reboot", "ncmd_next_server"},
	{"dcmd", "dcmd_rebirth", "dcmd_reboot", "dcmd_next_server"},
};

static const char *const kind_names[KIND_COUNT] = {
	[NBIRTH] = "nbirth", [NDEATH] = "ndeath", [DBIRTH] = "dbirth", [DDEATH] = "ddeath",
	[NDATA] = "ndata",   [DDATA] = "ddata",   [STATE] = "state",
};

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
		.act = sparkplug_act(reading),
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

	if (!reading->host.known && message->payload_bytes) /* empty: a retained one is removed */
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

	sparkplug_name_station(reading);
	if (kind == NBIRTH && edge)
		sparkplug_forget(reading->ctx, edge);
	sparkplug_check_delivery(reading);
	if (sparkplug_is_birth(kind) || kind == NDATA || kind == DDATA)
		bt_station_seen(reading->ctx, sparkplug_station(reading), "Sparkplug B");
	sparkplug_metrics(reading);
	if (edge && !sparkplug_is_command(kind))
		sparkplug_check_life(reading);
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
		edge->has_will_bd_seq |= sparkplug_bd_seq(&metric, &edge->will_bd_seq);
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
	struct reading reading;

	switch (sparkplug_topic(message->topic, &topic)) {
	case TOPIC_FOREIGN: return false;
	case TOPIC_BAD:
		bt_break(ctx, &sparkplug_bad_topic, "%zu bytes", cur_left(&message->topic));
		return false;
	case TOPIC_ODD:
		bt_break(ctx, &sparkplug_bad_topic, "%zu bytes, a command", cur_left(&message->topic));
		break;
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
