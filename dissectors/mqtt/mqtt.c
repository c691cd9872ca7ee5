/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT over TCP: pairs packets with their answers and turns them into operations.
 *
 * Either side publishes: what the client publishes is a publication, what the broker delivers is its
 * report. A QoS 2 delivery is two exchanges, PUBLISH with PUBREC and PUBREL with PUBCOMP, each an
 * operation; QoS 1 is one, and a PUBLISH of QoS 0 is done when it is sent.
 */
#include "mqtt.h"

#include "../sparkplug/sparkplug.h"

enum {
	BY_SERVER = 1, /* sub-function of what both sides can ask for */
	SOUND_ENOUGH = 8, /* packets after which a place found again is trusted */
	KEPT_FRONT_MAX = BT_REQUEST_BYTES_MAX / 4, /* bytes in front of a content, or it may not be kept */
	KEPT_FILTERS_MAX = BT_REQUEST_BYTES_MAX - 64, /* bytes of a list, and of what stands before it */
	KEPT_HASH = 1 << 0,
	KEPT_BY_SERVER = 1 << 1,
	KEPT_GUESSED = 1 << 2,
	KEPT_CARRIES = 1 << 3,
};

/* What is kept of a request: how it was read, the hash of its payload where not all of it can be kept,
 * the packet, and its topic where it goes by an alias. */
struct kept {
	uint8_t version, flags;
	uint8_t hash[BT_SHA256_BYTES];
	struct bt_cursor topic;
	struct mqtt_packet packet;
};

static const enum bt_act acts[MQTT_TYPES] = {
	[MQTT_CONNECT] = BT_ACT_AUTHENTICATE,
	[MQTT_PUBLISH] = BT_ACT_PUBLISH,
	[MQTT_PUBREL] = BT_ACT_SESSION,
	[MQTT_SUBSCRIBE] = BT_ACT_SUBSCRIBE,
	[MQTT_UNSUBSCRIBE] = BT_ACT_SESSION,
	[MQTT_PINGREQ] = BT_ACT_SESSION,
	[MQTT_DISCONNECT] = BT_ACT_SESSION,
	[MQTT_AUTH] = BT_ACT_AUTHENTICATE,
};

static uint64_t key_of(uint8_t asked, uint16_t id, bool by_server)
{
	return (uint64_t)asked << 24 | (uint64_t)by_server << 16 | id;
}

/* The packet that waits for an answer: what this one is, or what it answers. */
static uint8_t asked_type(const struct mqtt_packet *packet)
{
	uint8_t asked = mqtt_types[packet->header.type].asked_by;

	return asked ? asked : packet->header.type;
}

static bool is_answer(const struct mqtt_packet *packet)
{
	return mqtt_types[packet->header.type].asked_by;
}

static bool wants_answer(const struct mqtt_packet *packet)
{
	switch (packet->header.type) {
	case MQTT_CONNECT:
	case MQTT_PUBREL:
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
	case MQTT_PINGREQ: return true;
	case MQTT_PUBLISH: return mqtt_qos(packet) > 0 && packet->has_id;
	default: return false;
	}
}

/* An answer with a code for each filter is refused when all of them are. */
static bool refused(const struct mqtt_packet *answer, uint8_t *code)
{
	struct bt_cursor list = answer->list;
	bool all = cur_left(&list) > 0;

	*code = answer->reason;
	if (answer->header.type == MQTT_CONNACK)
		return answer->reason != 0;
	if (answer->has_reason)
		return answer->reason >= REASON_ERROR;
	for (*code = 0; cur_left(&list);) {
		uint8_t each = cur_u8(&list);

		all &= each >= REASON_ERROR;
		*code = *code ? *code : each;
	}
	return all;
}

static void result_of(struct bt_operation *op, const struct mqtt_packet *answer, bool asked)
{
	uint8_t code;

	op->result = asked ? BT_RESULT_OK : BT_RESULT_UNSOLICITED;
	if (!refused(answer, &code))
		return;
	op->error = code;
	op->error_name = mqtt_reason_name(answer->header.type, answer->version, code);
	if (asked)
		op->result = BT_RESULT_REFUSED;
}

/* `asked` belongs to a request that waited; without it the request, if any, came just now. */
static void emit(struct bt_context *ctx, struct mqtt_detail *detail, const struct bt_request *asked,
		 bool by_server)
{
	struct mqtt_state *state = ctx->state;
	const struct mqtt_packet *told = detail->request ? detail->request : detail->answer;
	uint8_t type = asked_type(told);
	struct mqtt_accesses accesses;
	struct bt_operation op = {
		.result = BT_RESULT_OK,
		.unit = BT_NO_UNIT,
		.function = type,
		.subfunction = by_server ? BY_SERVER : 0,
		.name = mqtt_types[type].name,
		.act = by_server && type == MQTT_PUBLISH ? BT_ACT_REPORT : acts[type],
		.by_server = by_server,
		.carries = detail->carries,
		.detail = detail,
	};

	detail->id = ++state->operations;
	detail->client_id = cur_of(state->client, state->client_size);
	if (detail->request) {
		op.request_packet = asked ? asked->packet : ctx->packet;
		op.request_ns = asked ? asked->time_ns : ctx->time_ns;
	}
	if (detail->answer) {
		op.answer_packet = ctx->packet;
		op.answer_ns = ctx->time_ns;
		result_of(&op, detail->answer, detail->request);
	} else if (asked) {
		op.result = BT_RESULT_UNANSWERED;
	}
	mqtt_accesses(&op, detail, &accesses);
	op.accesses = accesses.access;
	op.access_count = accesses.count;
	bt_emit(ctx, &op);
}

static bool read_kept(struct bt_cursor bytes, struct kept *kept)
{
	struct bt_cursor message;
	size_t size;

	kept->version = cur_u8(&bytes);
	kept->flags = cur_u8(&bytes);
	if (kept->flags & KEPT_HASH)
		cur_copy(&bytes, kept->hash, sizeof(kept->hash));
	size = cur_u16be(&bytes);
	message = cur_take_upto(&bytes, size);
	kept->topic = bytes;
	return cur_ok(&bytes) && mqtt_read_again(message, kept->version, &kept->packet);
}

static struct mqtt_detail detail_of(const struct kept *kept, const struct mqtt_packet *answer)
{
	return (struct mqtt_detail){
		.request = &kept->packet,
		.answer = answer,
		.topic = kept->topic,
		.hash = kept->flags & KEPT_HASH ? kept->hash : NULL,
		.guessed = kept->flags & KEPT_GUESSED,
		.carries = kept->flags & KEPT_CARRIES,
	};
}

void mqtt_unanswered(struct bt_context *ctx, const struct bt_request *request)
{
	struct mqtt_detail detail;
	struct kept kept;

	if (!read_kept(request->bytes, &kept))
		return;
	detail = detail_of(&kept, NULL);
	emit(ctx, &detail, request, kept.flags & KEPT_BY_SERVER);
}

static size_t put(uint8_t *room, size_t at, struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes);

	cur_copy(&bytes, room + at, size);
	return at + size;
}

static void ask(struct bt_context *ctx, const struct mqtt_packet *packet, struct bt_cursor message,
		struct bt_cursor topic, bool carries)
{
	const struct mqtt_state *state = ctx->state;
	bool by_server = ctx->dir == BT_TO_CLIENT;
	uint8_t kept[BT_REQUEST_BYTES_MAX], hash[BT_SHA256_BYTES];
	size_t size = 2;

	topic = cur_take_upto(&topic, sizeof(kept) / 2);
	kept[0] = packet->version;
	kept[1] = (uint8_t)((by_server ? KEPT_BY_SERVER : 0) | (state->connected ? 0 : KEPT_GUESSED) |
			    (carries ? KEPT_CARRIES : 0));
	if (cur_left(&packet->payload) && !packet->cut &&
	    cur_left(&message) + cur_left(&topic) + 4 > BT_REQUEST_BYTES) {
		kept[1] |= KEPT_HASH;
		bt_sha256(packet->payload, hash);
		size = put(kept, size, cur_of(hash, sizeof(hash)));
	}
	message = cur_take_upto(&message, sizeof(kept) - size - 2 - cur_left(&topic));
	kept[size++] = (uint8_t)(cur_left(&message) >> 8);
	kept[size++] = (uint8_t)cur_left(&message);
	size = put(kept, size, message);
	size = put(kept, size, topic);
	bt_ask(ctx, key_of(packet->header.type, packet->id, by_server), cur_of(kept, size));
}

/* An identifier is free again when its exchange is over; a copy says that it is one. */
static void bury_earlier(struct bt_context *ctx, const struct mqtt_packet *packet)
{
	uint64_t key = key_of(MQTT_PUBLISH, packet->id, ctx->dir == BT_TO_CLIENT);
	struct bt_request earlier;

	if (packet->header.flags & PUBLISH_DUP || !bt_answer(ctx, key, &earlier))
		return;
	bt_break(ctx, &mqtt_packet_id_reused, "packet identifier %u", packet->id);
	mqtt_unanswered(ctx, &earlier);
}

static bool sparkplug(struct bt_context *ctx, struct bt_cursor topic,
		      const struct mqtt_packet *packet)
{
	struct mqtt_state *state = ctx->state;
	struct sparkplug_message message = {
		.topic = topic,
		.payload = packet->payload,
		.payload_bytes = packet->payload_size,
		.qos = (uint8_t)mqtt_qos(packet),
		.retain = packet->header.flags & PUBLISH_RETAIN,
		.by_server = ctx->dir == BT_TO_CLIENT,
	};

	return cur_left(&topic) && sparkplug_publish(ctx, &state->sparkplug, &message);
}

static void sparkplug_will(struct bt_context *ctx, const struct mqtt_connect *connect)
{
	struct mqtt_state *state = ctx->state;
	struct sparkplug_message message = {
		.topic = connect->will_topic,
		.payload = connect->will_payload,
		.payload_bytes = cur_left(&connect->will_payload),
		.qos = connect->flags >> 3 & 3,
		.retain = connect->flags & CONNECT_WILL_RETAIN,
		.will = true,
	};

	sparkplug_publish(ctx, &state->sparkplug, &message);
}

static void take_publish(struct bt_context *ctx, const struct mqtt_packet *packet,
			 struct bt_cursor message)
{
	const struct mqtt_state *state = ctx->state;
	struct bt_cursor alias = mqtt_resolve(ctx, packet);
	struct bt_cursor topic = cur_left(&alias) ? alias : packet->topic;
	bool carries = sparkplug(ctx, topic, packet);
	bool waits = wants_answer(packet);

	if (waits) {
		bury_earlier(ctx, packet);
		ask(ctx, packet, message, alias, carries);
	}
	/* what may not be kept to its content is told at once, and again with its answer */
	if (!waits || cur_left(&message) - cur_left(&packet->payload) > KEPT_FRONT_MAX) {
		struct mqtt_detail detail = {
			.request = packet,
			.topic = alias,
			.guessed = !state->connected,
			.carries = carries,
		};

		emit(ctx, &detail, NULL, ctx->dir == BT_TO_CLIENT);
	}
	mqtt_identify_broker(ctx, packet, topic);
}

/* QoS 1 is answered by PUBACK and QoS 2 by PUBREC. */
static bool fits(const struct mqtt_packet *request, const struct mqtt_packet *answer)
{
	if (request->header.type != MQTT_PUBLISH)
		return true;
	return answer->header.type == (mqtt_qos(request) == 2 ? MQTT_PUBREC : MQTT_PUBACK);
}

static void take_answer(struct bt_context *ctx, const struct mqtt_packet *answer)
{
	bool by_server = ctx->dir == BT_TO_SERVER;
	uint8_t type = asked_type(answer);
	struct mqtt_detail detail = {.answer = answer};
	struct bt_request asked;
	struct kept kept;

	if (answer->header.type == MQTT_CONNACK && answer->reason == 0 && ctx->dir == BT_TO_CLIENT)
		mqtt_accepted(ctx, answer);
	if (!bt_answer(ctx, key_of(type, answer->id, by_server), &asked) ||
	    !read_kept(asked.bytes, &kept)) {
		bt_break(ctx, &mqtt_unexpected_answer, "%s, packet identifier %u",
			 mqtt_types[answer->header.type].name, answer->id);
		emit(ctx, &detail, NULL, by_server);
		return;
	}
	if (!fits(&kept.packet, answer))
		bt_break(ctx, &mqtt_unexpected_answer, "%s for QoS %u, packet identifier %u",
			 mqtt_types[answer->header.type].name, mqtt_qos(&kept.packet), answer->id);
	detail = detail_of(&kept, answer);
	emit(ctx, &detail, &asked, by_server);
}

/* The next filters, as many as one operation tells and `most` bytes hold. */
static struct bt_cursor next_filters(const struct mqtt_packet *packet, struct bt_cursor *list,
				     size_t most)
{
	struct bt_cursor from = *list, at = *list;
	struct mqtt_filter filter;

	for (unsigned count = 0; count < BT_ACCESSES_MAX; count++) {
		if (!mqtt_filter_next(packet, &at, &filter) || cur_left(&from) - cur_left(&at) > most)
			break;
		*list = at;
	}
	return cur_take(&from, cur_left(&from) - cur_left(list));
}

/* The first filters wait for their answer. Those behind them are told at once, or the one that matters
 * would be put there. */
static void take_filters(struct bt_context *ctx, const struct mqtt_packet *packet,
			 struct bt_cursor message)
{
	const struct mqtt_state *state = ctx->state;
	struct bt_cursor rest = packet->list;
	struct mqtt_packet part = *packet;
	struct mqtt_detail detail = {.request = &part, .guessed = !state->connected};
	size_t front = cur_left(&message) - cur_left(&rest);

	next_filters(packet, &rest, front < KEPT_FILTERS_MAX ? KEPT_FILTERS_MAX - front : 0);
	for (;;) {
		part.list = next_filters(packet, &rest, SIZE_MAX);
		if (!cur_left(&part.list))
			break;
		emit(ctx, &detail, NULL, ctx->dir == BT_TO_CLIENT);
	}
	ask(ctx, packet, message, cur_of(NULL, 0), false);
}

/* State that belongs to a direction changes sides with it. */
static void turn(struct bt_context *ctx)
{
	struct mqtt_state *state = ctx->state;
	struct bt_table aliases = state->aliases[0];
	uint32_t sound = state->sound[0];
	enum bt_dir before = ctx->dir;

	bt_swap_sides(ctx);
	if (ctx->dir == before)
		return;
	state->aliases[0] = state->aliases[1];
	state->aliases[1] = aliases;
	state->sound[0] = state->sound[1];
	state->sound[1] = sound;
}

/* Is the place one that was found again a moment ago, and may be none? */
static bool is_doubtful(const struct bt_context *ctx)
{
	const struct mqtt_state *state = ctx->state;

	return ctx->flow->seen & ~BT_SEEN_ONE_WAY && state->sound[ctx->dir] < SOUND_ENOUGH;
}

/* Most types are sent by one side only. */
static void check_side(struct bt_context *ctx, const struct mqtt_packet *packet)
{
	struct mqtt_state *state = ctx->state;
	uint8_t side = mqtt_types[packet->header.type].side;

	if (side != SIDE_CLIENT && side != SIDE_SERVER)
		return;
	if ((side == SIDE_CLIENT) != (ctx->dir == BT_TO_SERVER)) {
		if (ctx->flow->server_proven || state->sides_confirmed) {
			if (!is_doubtful(ctx))
				bt_break(ctx, &mqtt_wrong_direction, "%s",
					 mqtt_types[packet->header.type].name);
			return;
		}
		turn(ctx);
	}
	state->sides_confirmed = true;
}

/* The version this packet is to be read as. */
static uint8_t version_for(struct bt_context *ctx, struct bt_cursor message)
{
	struct mqtt_state *state = ctx->state;
	uint8_t version;
	bool sure;

	if (!state->connected) {
		version = mqtt_version_of(message, &sure);
		if (version && (sure || !state->version))
			state->version = version;
	}
	return state->version ? state->version : MQTT_3_1_1;
}

/* What may be said of a packet: nothing that another version would explain, nor a doubtful place. */
static unsigned certain_faults(struct bt_context *ctx, const struct mqtt_packet *packet,
			       struct bt_cursor message)
{
	const struct mqtt_state *state = ctx->state;
	unsigned faults = packet->faults;
	struct mqtt_packet other;

	if (!faults || is_doubtful(ctx))
		return 0;
	if (!state->connected && packet->header.type != MQTT_CONNECT) {
		mqtt_read(message, packet->version == MQTT_5 ? MQTT_3_1_1 : MQTT_5, &other);
		faults &= other.faults;
	}
	return faults;
}

/* Of a packet that is too long to be read whole: is it more than the content of a message that is not?
 * Half of what is looked at is as much as nobody needs in front of that. */
static bool hides(const struct mqtt_packet *packet, struct bt_cursor message)
{
	return packet->cut && cur_left(&message) > HEAD_MAX / 2 &&
	       (packet->header.type != MQTT_PUBLISH || !cur_left(&packet->payload));
}

static void check(struct bt_context *ctx, const struct mqtt_packet *packet, struct bt_cursor message)
{
	struct mqtt_state *state = ctx->state;
	unsigned faults = certain_faults(ctx, packet, message);

	if (faults)
		mqtt_report(ctx, packet, faults);
	if (hides(packet, message))
		bt_break(ctx, &mqtt_unread, "%s, remaining length %u",
			 mqtt_types[packet->header.type].name, packet->header.remaining);
	if (!packet->faults && state->sound[ctx->dir] < SOUND_ENOUGH)
		state->sound[ctx->dir]++;
	if (!state->connected && !state->early_told && packet->header.type != MQTT_CONNECT) {
		state->early_told = true;
		bt_break(ctx, &mqtt_before_connect, "%s", mqtt_types[packet->header.type].name);
	}
}

enum bt_verdict mqtt_dissect(struct bt_context *ctx, struct bt_cursor message)
{
	struct mqtt_state *state = ctx->state;
	struct mqtt_packet packet;

	if (!mqtt_read(message, version_for(ctx, message), &packet))
		return BT_NOT_MINE;
	check_side(ctx, &packet);
	check(ctx, &packet, message);
	if (packet.header.type == MQTT_CONNECT && ctx->dir == BT_TO_SERVER)
		mqtt_opened(ctx, &packet);
	if (packet.header.type == MQTT_PUBLISH) {
		take_publish(ctx, &packet, message);
	} else if (is_answer(&packet)) {
		take_answer(ctx, &packet);
	} else if (cur_left(&packet.list)) {
		take_filters(ctx, &packet, message);
	} else if (wants_answer(&packet)) {
		ask(ctx, &packet, message, cur_of(NULL, 0), false);
	} else {
		struct mqtt_detail detail = {.request = &packet, .guessed = !state->connected};

		emit(ctx, &detail, NULL, ctx->dir == BT_TO_CLIENT);
	}
	if (packet.header.type == MQTT_CONNECT && cur_left(&packet.connect.will_topic))
		sparkplug_will(ctx, &packet.connect);
	return BT_DISSECTED;
}

static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct bt_cursor at = bytes;

	bt_break(ctx, &mqtt_stray_bytes, "%zu bytes that begin with %02x", cur_left(&bytes),
		 cur_u8(&at));
}

void mqtt_gap(struct bt_context *ctx)
{
	struct mqtt_state *state = ctx->state;

	state->sound[ctx->dir] = 0;
}

static const uint16_t ports[] = {1883, 0};

const struct bt_dissector dissector_mqtt = {
	.name = "mqtt",
	.title = "MQTT",
	.carriers = BT_CARRIER_TCP,
	.ports = ports,
	.fields = mqtt_fields,
	.violations = mqtt_violations,
	.state_size = sizeof(struct mqtt_state),
	.max_message = HEAD_MAX,
	.max_beyond = BEYOND_MAX,
	.answer_wait_ns = MQTT_ANSWER_WAIT_NS,
	.probe = mqtt_probe,
	.frame = mqtt_frame,
	.dissect = mqtt_dissect,
	.unanswered = mqtt_unanswered,
	.skipped = skipped,
	.gap = mqtt_gap,
	.describe = mqtt_describe,
	.feature = mqtt_feature,
};
