/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT-SN over UDP: pairs requests with answers, by message id where there is one, and turns them
 * into operations like MQTT's.
 *
 * Datagrams are lost, and nobody can tell, and sent again: a request that comes again buries the
 * earlier one, which was never answered; an answer to nothing and an id that nobody registered
 * break no rule. A topic without a name touches nothing.
 */
#include <stdio.h>

#include "../mqtt/mqtt.h"
#include "mqttsn.h"

/* Longer than a client waits before it sends again (7.2). */
#define ANSWER_WAIT_NS (20LL * 1000 * 1000 * 1000)

enum {
	PATH_MAX_BYTES = 256,
};

/* A request, and the name of its topic when it was sent: later the id may stand for another, or for
 * none. Kept are the name's length, the name where the message has only the id, and the message. */
struct kept {
	struct mqttsn_message message;
	struct bt_cursor topic;
};

/* An operation and the room that its accesses need. */
struct making {
	struct bt_operation op;
	struct mqttsn_detail detail;
	unsigned count;
	struct bt_access accesses[1 + VALUES_MAX];
	struct mqtt_values values;
	char names[VALUES_MAX][PATH_MAX_BYTES];
};

static uint64_t key_of(const struct mqttsn_message *message, uint8_t type, enum bt_dir dir)
{
	uint64_t id = mqttsn_has(message, 'M') ? message->id : 0;

	return (uint64_t)type << 56 | (uint64_t)dir << 48 | id << 32 |
	       (uint32_t)mqttsn_node_hash(message);
}

static bool read_kept(struct bt_cursor bytes, struct kept *kept)
{
	kept->topic = cur_take(&bytes, cur_u16be(&bytes));
	if (!cur_ok(&bytes) || !mqttsn_read(bytes, &kept->message))
		return false;
	if (!cur_left(&kept->topic))
		kept->topic = kept->message.text;
	return true;
}

static void keep(struct bt_context *ctx, uint64_t key, struct bt_cursor topic,
		 struct bt_cursor message)
{
	uint8_t bytes[BT_REQUEST_BYTES_MAX];
	size_t name, size;

	topic = cur_take_upto(&topic, sizeof(bytes) / 2);
	name = cur_left(&topic);
	message = cur_take_upto(&message, sizeof(bytes) - 2 - name);
	size = cur_left(&message);
	bytes[0] = (uint8_t)(name >> 8);
	bytes[1] = (uint8_t)name;
	cur_copy(&topic, bytes + 2, name);
	cur_copy(&message, bytes + 2 + name, size);
	bt_ask(ctx, key, cur_of(bytes, 2 + name + size));
}

/* Whose message is it? Behind a forwarder there is a node with an address. */
static struct bt_station client_station(const struct mqttsn_message *message,
					char name[2 * NODE_BYTES_MAX])
{
	static const char digits[] = "0123456789abcdef";
	struct bt_station who = bt_client();
	struct bt_cursor node = message->node;
	size_t size = 0;

	while (message->forwarded && cur_left(&node) && size < 2 * NODE_BYTES_MAX) {
		uint8_t byte = cur_u8(&node);

		name[size++] = digits[byte >> 4];
		name[size++] = digits[byte & 15];
	}
	who.name = cur_of(name, size);
	return who;
}

/* ---- accesses ---- */

static void add_access(struct making *making, const char *space, struct bt_cursor name,
		       uint64_t number)
{
	making->accesses[making->count++] = (struct bt_access){
		.act = making->op.act,
		.space = space,
		.first = number,
		.count = 1,
		.name = name,
	};
}

/* "topic" + '#' + "motor.speed", as MQTT's. */
static bool join(char room[PATH_MAX_BYTES], struct bt_cursor topic, struct bt_cursor path,
		 struct bt_cursor *name)
{
	size_t before = cur_left(&topic), behind = cur_left(&path);

	if (before + 1 + behind > PATH_MAX_BYTES)
		return false;
	cur_copy(&topic, room, before);
	room[before] = '#';
	cur_copy(&path, room + before + 1, behind);
	*name = cur_of(room, before + 1 + behind);
	return true;
}

static void add_values(struct making *making, const struct mqttsn_message *publish)
{
	struct bt_cursor topic = making->detail.topic, name;

	mqtt_payload_values(publish->payload, !publish->cut, &making->values);
	for (unsigned i = 0; i < making->values.count; i++) {
		const struct mqtt_value *value = &making->values.values[i];

		if (cur_left(&value->path)) {
			if (!cur_left(&topic) || !join(making->names[i], topic, value->path, &name))
				continue;
			add_access(making, "topic", name, 0);
		}
		making->accesses[making->count - 1].values = bt_numbers(&value->number, 1);
	}
}

static void add_accesses(struct making *making)
{
	const struct mqttsn_message *request = making->detail.request;
	bool predefined = request && (request->flags & FLAG_TOPIC) == TOPIC_PREDEFINED;
	struct bt_cursor topic = making->detail.topic, nameless = {0};

	if (!request || (!predefined && !cur_left(&topic)))
		return;
	switch (request->type) {
	case SN_PUBLISH:
		if (predefined)
			add_access(making, "predefined_topic", nameless, request->topic_id);
		else
			add_access(making, "topic", topic, 0);
		add_values(making, request);
		break;
	case SN_SUBSCRIBE:
	case SN_UNSUBSCRIBE:
		if (predefined)
			add_access(making, "predefined_topic", nameless, request->topic_id);
		else
			add_access(making, "filter", topic, 0);
		break;
	default: break;
	}
}

static void add_will(struct making *making, const struct mqttsn_message *message)
{
	if (message && (message->type == SN_WILLTOPIC || message->type == SN_WILLTOPICUPD) &&
	    cur_left(&message->text))
		add_access(making, "will", message->text, 0);
}

/* ---- operations ---- */

static void name_operation(struct bt_operation *op, const struct mqttsn_message *request,
			   const struct mqttsn_message *answer)
{
	uint8_t number = request ? request->type : answer->type;
	const struct mqttsn_type *type = mqttsn_type(number);

	/* An answer alone still tells what was asked. */
	if (!request && type && type->asked_by) {
		number = type->asked_by;
		type = mqttsn_type(number);
	}
	op->function = number;
	op->name = type ? type->name : "reserved";
	op->act = type ? (enum bt_act)type->act : BT_ACT_OTHER;
	op->subfunction = op->by_server && type && type->side == FROM_BOTH;
	if (op->by_server && op->act == BT_ACT_PUBLISH)
		op->act = BT_ACT_REPORT;
	op->broadcast = number == SN_SEARCHGW || number == SN_ADVERTISE;
}

static void result_of(struct bt_operation *op, const struct mqttsn_message *answer, bool asked)
{
	op->result = asked ? BT_RESULT_OK : BT_RESULT_UNSOLICITED;
	if (!mqttsn_has(answer, 'R') || answer->code == 0)
		return;
	op->error = answer->code;
	op->error_name = mqttsn_code(answer->code);
	if (asked)
		op->result = BT_RESULT_REFUSED;
}

/* Either message may be missing; `asked` belongs to the request; NULL: it came just now and no
 * answer is due. `dir` is the request's, or what it must have been. */
static void emit(struct bt_context *ctx, enum bt_dir dir, const struct kept *kept,
		 const struct bt_request *asked, const struct mqttsn_message *answer)
{
	const struct mqttsn_state *state = ctx->state;
	const struct mqttsn_message *request = kept ? &kept->message : NULL;
	struct making making;
	struct bt_operation *op = &making.op;

	making.count = 0;
	making.detail = (struct mqttsn_detail){.request = request, .answer = answer};
	making.detail.client = cur_of(state->client, state->client_bytes);
	*op = (struct bt_operation){.unit = BT_NO_UNIT, .by_server = dir == BT_TO_CLIENT};
	name_operation(op, request, answer);
	if (request) {
		making.detail.topic = kept->topic;
		op->result = asked ? BT_RESULT_UNANSWERED : BT_RESULT_OK;
		op->request_packet = asked ? asked->packet : ctx->packet;
		op->request_ns = asked ? asked->time_ns : ctx->time_ns;
	}
	if (answer) {
		op->answer_packet = ctx->packet;
		op->answer_ns = ctx->time_ns;
		result_of(op, answer, request != NULL);
	}
	add_accesses(&making);
	add_will(&making, request);
	add_will(&making, answer);
	op->accesses = making.accesses;
	op->access_count = making.count;
	op->detail = &making.detail;
	bt_emit(ctx, op);
}

static void unanswered(struct bt_context *ctx, const struct bt_request *asked)
{
	struct kept kept;

	if (read_kept(asked->bytes, &kept))
		emit(ctx, asked->key >> 48 & 1 ? BT_TO_CLIENT : BT_TO_SERVER, &kept, asked, NULL);
}

static bool wants_answer(const struct mqttsn_message *request, enum bt_dir dir)
{
	switch (request->type) {
	case SN_CONNECT:
	case SN_WILLTOPICREQ:
	case SN_WILLMSGREQ:
	case SN_REGISTER:
	case SN_PUBREL:
	case SN_SUBSCRIBE:
	case SN_UNSUBSCRIBE:
	case SN_PINGREQ:
	case SN_WILLTOPICUPD:
	case SN_WILLMSGUPD: return true;
	case SN_DISCONNECT: return dir == BT_TO_SERVER;
	case SN_PUBLISH: return mqttsn_qos(request->flags) > 0;
	default: return false;
	}
}

/* ---- what lasts longer than a message ---- */

static void begin_session(struct bt_context *ctx, const struct mqttsn_message *connect)
{
	struct mqttsn_state *state = ctx->state;
	struct bt_cursor id = connect->text;

	if (connect->forwarded)
		return; /* one of many on this flow */
	if (connect->flags & FLAG_CLEAN)
		bt_table_clear(ctx, &state->topics);
	id = cur_take_upto(&id, sizeof(state->client));
	state->client_bytes = (uint8_t)cur_left(&id);
	cur_copy(&id, state->client, state->client_bytes);
}

/* Gateways say their number to all who listen. */
static void identify_gateway(struct bt_context *ctx, const struct mqttsn_message *message)
{
	struct bt_station who = ctx->dir == BT_TO_SERVER ? bt_client() : bt_server(BT_NO_UNIT);
	char text[32];
	int size = snprintf(text, sizeof(text), "MQTT-SN gateway %u", message->gateway);

	bt_identity(ctx, who, BT_ID_OTHER, cur_of(text, (size_t)size), "MQTT-SN ADVERTISE");
}

static void identify(struct bt_context *ctx, const struct mqttsn_message *message)
{
	char name[2 * NODE_BYTES_MAX];
	struct bt_station who = client_station(message, name);

	if (message->type == SN_ADVERTISE && !message->faults)
		identify_gateway(ctx, message);
	if (ctx->dir != BT_TO_SERVER)
		return; /* what a gateway says of a client does not name it */
	if (cur_left(&who.name))
		bt_station_seen(ctx, who, "MQTT-SN forwarder");
	if (message->type != SN_CONNECT || (message->faults & SN_FAULT_CLIENT_ID))
		return;
	bt_identity(ctx, who, BT_ID_CLIENT, message->text, "MQTT-SN CONNECT");
	begin_session(ctx, message);
}

/* The gateway accepted: the id stands for the name from now on. */
static void learn_topic(struct bt_context *ctx, const struct mqttsn_message *request,
			const struct mqttsn_message *answer)
{
	bool named = (request->flags & FLAG_TOPIC) == TOPIC_NORMAL && cur_left(&request->text);

	if (answer->code || !named || answer->topic_id == 0)
		return;
	/* What the gateway registers, it numbers itself; a filter may stand for many topics. */
	if (ctx->dir == BT_TO_CLIENT && !mqtt_topic_faults(request->text))
		mqttsn_topic_put(ctx, answer, answer->topic_id, request->text);
}

/* ---- messages ---- */

static void take_request(struct bt_context *ctx, const struct mqttsn_message *request,
			 struct bt_cursor message)
{
	struct mqttsn_state *state = ctx->state;
	uint64_t key = key_of(request, request->type, ctx->dir);
	struct kept kept = {.message = *request};
	struct bt_request earlier;

	if (request->type == SN_REGISTER && ctx->dir == BT_TO_CLIENT && request->topic_id)
		mqttsn_topic_put(ctx, request, request->topic_id, request->text);
	kept.topic = mqttsn_topic_name(state, request);
	if (request->type == SN_PUBLISH && (request->flags & FLAG_TOPIC) == TOPIC_NORMAL &&
	    state->topic_lost && !cur_left(&kept.topic))
		bt_break(ctx, &mqttsn_forgotten_topic, "topic id %u", request->topic_id);
	if (!wants_answer(request, ctx->dir)) {
		emit(ctx, ctx->dir, &kept, NULL, NULL);
		return;
	}
	while (bt_answer(ctx, key, &earlier))
		unanswered(ctx, &earlier);
	keep(ctx, key, cur_left(&request->text) ? cur_of(NULL, 0) : kept.topic, message);
}

/* False: nobody asked. */
static bool take_answer(struct bt_context *ctx, const struct mqttsn_message *answer)
{
	enum bt_dir dir = bt_reverse(ctx->dir);
	uint64_t key = key_of(answer, mqttsn_type(answer->type)->asked_by, dir);
	struct bt_request asked;
	struct kept kept;

	if (!bt_answer(ctx, key, &asked) || !read_kept(asked.bytes, &kept))
		return false;
	learn_topic(ctx, &kept.message, answer);
	emit(ctx, dir, &kept, &asked, answer);
	return true;
}

/* Which side sent this? The engine's guess holds until a message could only come from the other. */
static void check_side(struct bt_context *ctx, const struct mqttsn_type *type)
{
	struct mqttsn_state *state = ctx->state;
	bool right = type->side == (ctx->dir == BT_TO_SERVER ? FROM_CLIENT : FROM_GATEWAY);

	if (type->side == FROM_BOTH)
		return;
	if (!right && (state->sides_confirmed || ctx->flow->server_proven)) {
		bt_break(ctx, &mqttsn_wrong_direction, "%s", type->title);
		return;
	}
	state->sides_confirmed = true;
	if (!right)
		bt_swap_sides(ctx);
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	const struct mqttsn_state *state = ctx->state;
	struct mqttsn_message read;
	const struct mqttsn_type *type;

	if (!mqttsn_read(message, &read) || read.cut)
		return BT_NOT_MINE;
	if (mqttsn_disproved(&read, true) && !state->sides_confirmed)
		return BT_NOT_MINE; /* nothing has proved yet that this is MQTT-SN at all */
	type = mqttsn_type(read.type);
	mqttsn_report(ctx, &read);
	if (!type) {
		emit(ctx, ctx->dir, &(struct kept){.message = read}, NULL, NULL);
		return BT_DISSECTED;
	}
	check_side(ctx, type);
	identify(ctx, &read);
	if (!type->asked_by) {
		take_request(ctx, &read, message);
	} else if (!take_answer(ctx, &read)) {
		if (read.type == SN_DISCONNECT)
			take_request(ctx, &read, message);
		else
			emit(ctx, bt_reverse(ctx->dir), NULL, NULL, &read);
	}
	return BT_DISSECTED;
}

static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	bt_break(ctx, &mqttsn_stray_bytes, "%zu bytes", cur_left(&bytes));
}

static const uint16_t ports[] = {1883, 1884, 10000, 0};

const struct bt_dissector dissector_mqttsn = {
	.name = "mqttsn",
	.title = "MQTT-SN",
	.carriers = BT_CARRIER_UDP,
	.ports = ports,
	.ports_shared = true,
	.fields = mqttsn_fields,
	.violations = mqttsn_violations,
	.state_size = sizeof(struct mqttsn_state),
	.max_message = UINT16_MAX + 3 * UINT16_MAX,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.probe = mqttsn_probe,
	.frame = mqttsn_frame,
	.dissect = dissect,
	.unanswered = unanswered,
	.skipped = skipped,
	.describe = mqttsn_describe,
	.feature = mqttsn_feature,
};
