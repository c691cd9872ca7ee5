/* SPDX-License-Identifier: Apache-2.0
 *
 * OPC UA over TCP: which side speaks, what kind of message it is, and who deals with it.
 *
 * Any side may open the connection (reverse connect), so content alone says who serves: HEL, requests
 * and CLO come from the client, everything else from the server. What is sealed says nothing. Once a
 * message has shown it, one that contradicts is the odd one.
 */
#include "opcua.h"

#define ANSWER_WAIT_NS (60LL * 1000 * 1000 * 1000) /* as long as clients wait: reading history takes */
/* Publish requests wait until there is something to tell, for many keep-alives. */
#define PATIENCE_NS (600LL * 1000 * 1000 * 1000)

enum {
	URL_MOST = 4096, /* OPC 10000-6, 7.1.2.3 */
};

/* False: the message could come from either side. */
static bool tells_side(const struct ua_message *message, enum bt_dir *dir)
{
	*dir = BT_TO_SERVER;
	switch (message->kind) {
	case KIND_HELLO: return true;
	case KIND_ACKNOWLEDGE:
	case KIND_REVERSE_HELLO: *dir = BT_TO_CLIENT; return true;
	case KIND_ERROR: return false;
	default: break;
	}
	if (message->service && message->answer)
		*dir = BT_TO_CLIENT;
	return message->service;
}

static void swap(struct bt_context *ctx)
{
	struct opcua_state *state = ctx->state;
	enum bt_dir before = ctx->dir;
	struct ua_direction other;

	bt_swap_sides(ctx);
	if (ctx->dir == before)
		return;
	other = state->directions[0];
	state->directions[0] = state->directions[1];
	state->directions[1] = other;
}

/* Who opened the connection may serve only where it says so first, or where that was lost. */
static bool may_swap(const struct bt_context *ctx, const struct ua_message *message)
{
	const struct opcua_state *state = ctx->state;

	return !state->sides_known && (!ctx->flow->server_proven || ctx->flow->seen ||
				       message->kind == KIND_REVERSE_HELLO);
}

/* False: only the other side could send this message. */
static bool goes_right(struct bt_context *ctx, const struct ua_message *message)
{
	struct opcua_state *state = ctx->state;
	enum bt_dir dir;

	if (!tells_side(message, &dir))
		return true;
	if (dir != ctx->dir && may_swap(ctx, message))
		swap(ctx);
	if (dir == ctx->dir) {
		state->sides_known = true;
		return true;
	}
	bt_break(ctx, &opcua_wrong_direction, "%s%s%s", ua_kind_name(message->kind),
		 message->service ? " " : "", message->service ? message->service->name : "");
	return false;
}

static void check_hello(struct bt_context *ctx, const struct ua_message *message)
{
	struct bt_cursor at = message->body;
	uint32_t receive, send, url = 0;

	cur_skip(&at, 4);
	receive = cur_u32le(&at);
	send = cur_u32le(&at);
	cur_skip(&at, 8);
	if (message->kind == KIND_HELLO)
		url = cur_u32le(&at);
	if (receive < BUFFER_LEAST || send < BUFFER_LEAST || (url > URL_MOST && url != UINT32_MAX))
		bt_break(ctx, &opcua_bad_hello, "%s, buffers of %u and %u bytes, %u bytes of URL",
			 ua_kind_name(message->kind), receive, send, url);
}

static void take_open(struct bt_context *ctx, const struct ua_message *message, bool request)
{
	ua_channel_policy(ctx, message);
	ua_certificate(ctx, message->certificate, request);
}

static void take_unknown(struct bt_context *ctx, const struct ua_message *message)
{
	const struct opcua_state *state = ctx->state;

	if (message->has_sequence && message->type && ua_channel_clear(state))
		bt_break(ctx, &opcua_unknown_service, "i=%u, request %u", message->type,
			 message->request);
	ua_tell(ctx, message);
}

static void take_message(struct bt_context *ctx, const struct ua_message *message,
			 struct bt_cursor bytes)
{
	bool request = ctx->dir == BT_TO_SERVER;

	switch (message->kind) {
	case KIND_HELLO:
		check_hello(ctx, message);
		break;
	case KIND_ACKNOWLEDGE:
		check_hello(ctx, message);
		ua_channel_acknowledged(ctx, message);
		break;
	case KIND_ERROR:
		if (!request)
			break;
		ua_tell(ctx, message); /* a client's answers nothing */
		return;
	case KIND_OPEN: take_open(ctx, message, request); break;
	case KIND_REVERSE_HELLO:
	case KIND_CLOSE: ua_tell(ctx, message); return;
	default:
		if (message->letter == 'A' && message->has_sequence && !request)
			break;
		if (message->service)
			break;
		take_unknown(ctx, message);
		return;
	}
	if (request)
		ua_ask(ctx, message, bytes);
	else
		ua_answer(ctx, message);
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor bytes)
{
	const struct opcua_state *state = ctx->state;
	struct ua_message message;

	if (!ua_message_read(bytes, ua_channel_clear(state), &message))
		return BT_NOT_MINE;
	if (message.kind >= KIND_OPEN && !ua_channel_take(ctx, &bytes, &message))
		return BT_DISSECTED;
	if (goes_right(ctx, &message))
		take_message(ctx, &message, bytes);
	else
		ua_tell_misdirected(ctx, &message);
	return BT_DISSECTED;
}

static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct bt_cursor at = bytes;

	bt_break(ctx, &opcua_stray_bytes, "%zu bytes that begin with %08x", cur_left(&bytes),
		 cur_left(&at) >= 4 ? cur_u32be(&at) : cur_u8(&at));
}

static const uint16_t ports[] = {4840, 0};

const struct bt_dissector dissector_opcua = {
	.name = "opcua",
	.title = "OPC UA",
	.carriers = BT_CARRIER_TCP,
	.ports = ports,
	.fields = opcua_fields,
	.violations = opcua_violations,
	.state_size = sizeof(struct opcua_state),
	.max_message = CHUNK_KEPT,
	.max_beyond = CHUNK_SANE - CHUNK_KEPT,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.patience_ns = PATIENCE_NS,
	.either_opens = true,
	.probe = ua_probe,
	.frame = ua_frame,
	.dissect = dissect,
	.unanswered = ua_unanswered,
	.skipped = skipped,
	.gap = ua_channel_gap,
	.describe = opcua_describe,
	.feature = opcua_feature,
};
