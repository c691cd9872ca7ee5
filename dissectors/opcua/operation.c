/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns messages into operations: pairs requests with responses, tells what has no other half, and says
 * how it ended.
 */
#include "opcua.h"

enum {
	/* numbers of functions that are no services; services have their request's node id */
	FUNCTION_HELLO = 1,
	FUNCTION_ERROR = 3,
	FUNCTION_REVERSE_HELLO = 4,
	FUNCTION_SEALED = 5,
	FUNCTION_UNKNOWN = 6,
	FUNCTION_ABORT = 7,
	FUNCTION_MISDIRECTED = 8,
};

#define KEY_HELLO UINT64_C(0xfffffffe00000000)
#define KEY_OPEN UINT64_C(0xffffffff00000000)

static void prepare(struct ua_workshop *shop)
{
	ua_prepare(&shop->asked, NULL);
	ua_prepare(&shop->answered, NULL);
	shop->access_count = 0;
	shop->names_used = 0;
}

static uint64_t key_of(const struct ua_message *message)
{
	if (message->kind == KIND_HELLO || message->kind == KIND_ACKNOWLEDGE)
		return KEY_HELLO;
	if (message->kind == KIND_OPEN)
		/* sealed ones show no number, and come one by one */
		return KEY_OPEN | (message->has_sequence ? message->request : 0);
	return (uint64_t)message->channel << 32 | message->request;
}

/* ---- emitting ---- */

static void name_unreadable(struct bt_operation *op, const struct ua_message *told)
{
	if (!told->has_sequence) {
		op->name = "encrypted";
		op->function = FUNCTION_SEALED;
	} else if (told->letter == 'A') {
		op->name = "abort";
		op->function = FUNCTION_ABORT;
	} else {
		op->name = "unknown_service";
		op->function = FUNCTION_UNKNOWN;
	}
}

static void name_operation(struct bt_operation *op, const struct ua_message *told)
{
	op->unit = BT_NO_UNIT;
	op->act = BT_ACT_OTHER;
	if (told->service) {
		op->name = told->service->name;
		op->function = told->service->request ? told->service->request : SERVICE_FAULT;
		op->act = told->service->act;
		return;
	}
	switch (told->kind) {
	case KIND_HELLO:
	case KIND_ACKNOWLEDGE:
		op->name = "hello";
		op->function = FUNCTION_HELLO;
		op->act = BT_ACT_AUTHENTICATE;
		break;
	case KIND_ERROR:
		op->name = "error";
		op->function = FUNCTION_ERROR;
		op->act = BT_ACT_REPORT;
		break;
	case KIND_REVERSE_HELLO:
		op->name = "reverse_hello";
		op->function = FUNCTION_REVERSE_HELLO;
		op->act = BT_ACT_AUTHENTICATE;
		break;
	case KIND_OPEN:
		op->name = "open_secure_channel";
		op->function = SERVICE_OPEN_CHANNEL;
		op->act = BT_ACT_AUTHENTICATE;
		break;
	case KIND_CLOSE:
		op->name = "close_secure_channel";
		op->function = SERVICE_CLOSE_CHANNEL;
		op->act = BT_ACT_SESSION;
		break;
	default: name_unreadable(op, told); break;
	}
}

static void refuse(struct bt_operation *op, uint32_t status)
{
	op->result = BT_RESULT_REFUSED;
	op->error = status;
	op->error_name = ua_status_name(status);
}

/* A service as a whole may succeed while all that it was asked for is refused. */
static void result_of(struct bt_operation *op, const struct ua_message *answer,
		      const struct ua_content *content, bool asked)
{
	struct bt_cursor at = answer->body;

	op->result = asked ? BT_RESULT_OK : BT_RESULT_UNSOLICITED;
	if (!asked)
		return;
	if (answer->kind == KIND_ERROR || answer->letter == 'A')
		refuse(op, cur_u32le(&at));
	else if (content->has_result && content->result >> 31)
		refuse(op, content->result);
	else if (op->act != BT_ACT_REPORT && op->act != BT_ACT_READ && content->bad_items &&
		 content->bad_items == content->item_count)
		refuse(op, content->first_bad);
}

static void finish(struct bt_context *ctx, struct ua_workshop *shop, struct bt_operation *op,
		   const struct ua_message *request, const struct ua_message *answer)
{
	struct opcua_detail detail = {.request = request, .answer = answer, .state = ctx->state};

	for (unsigned i = 0; i < shop->access_count; i++) {
		if (shop->accesses[i].act > op->act || i == 0)
			op->act = shop->accesses[i].act;
	}
	op->accesses = shop->accesses;
	op->access_count = shop->access_count;
	op->detail = &detail;
	bt_emit(ctx, op);
}

/* Either may be missing; what they hold was collected into `shop`. */
static void emit(struct bt_context *ctx, struct ua_workshop *shop, const struct ua_message *request,
		 const struct bt_request *asked, const struct ua_message *answer)
{
	struct bt_operation op = {.result = BT_RESULT_UNANSWERED};
	const struct ua_service *service = request ? request->service : NULL;
	const struct ua_item *first = shop->asked.items; /* where there is one */

	name_operation(&op, request ? request : answer);
	if (request) {
		op.request_packet = asked->packet;
		op.request_ns = asked->time_ns;
	}
	if (answer) {
		op.answer_packet = ctx->packet;
		op.answer_ns = ctx->time_ns;
	}
	if (op.act == BT_ACT_REPORT && answer && answer->service)
		ua_touch_notified(shop, ctx->state);
	else if (service && service->touches)
		ua_touch_asked(shop, service);
	if (op.function == SERVICE_CALL && shop->asked.item_count == 1 &&
	    ua_is_of_specification(&first->method))
		op.subfunction = first->method.number;
	if (answer)
		result_of(&op, answer, &shop->answered, request != NULL);
	finish(ctx, shop, &op, request, answer);
}

static void tell(struct bt_context *ctx, struct ua_workshop *shop, struct bt_operation *op,
		 const struct ua_message *message)
{
	op->result = BT_RESULT_OK;
	op->by_server = ctx->dir == BT_TO_CLIENT;
	op->subfunction = op->by_server && op->act == BT_ACT_OTHER;
	op->request_packet = ctx->packet;
	op->request_ns = ctx->time_ns;
	finish(ctx, shop, op, message, NULL);
}

void ua_tell(struct bt_context *ctx, const struct ua_message *message)
{
	struct bt_operation op = {0};
	struct ua_workshop shop;

	prepare(&shop);
	name_operation(&op, message);
	tell(ctx, &shop, &op, message);
}

void ua_tell_misdirected(struct bt_context *ctx, const struct ua_message *message)
{
	struct bt_operation op = {
		.name = "misdirected", .function = FUNCTION_MISDIRECTED, .unit = BT_NO_UNIT};
	struct ua_workshop shop;

	prepare(&shop);
	tell(ctx, &shop, &op, message);
}

/* ---- commands with more items than the operation of request and answer has ---- */

static bool is_command(const struct ua_message *message)
{
	return message->service && !message->answer && message->service->act >= BT_ACT_WRITE;
}

struct rest {
	struct bt_context *ctx;
	const struct ua_message *message;
	struct ua_workshop shop;
};

static void tell_kept(struct ua_content *content)
{
	struct rest *rest = content->asker;
	struct ua_message beginning = *rest->message;
	struct bt_operation op = {0};

	if (!content->kept)
		return;
	rest->shop.access_count = 0;
	rest->shop.names_used = 0;
	ua_touch_asked(&rest->shop, beginning.service);
	name_operation(&op, &beginning);
	beginning.service = NULL; /* its fields are told of with the answer */
	beginning.cut = true;
	tell(rest->ctx, &rest->shop, &op, &beginning);
	ua_forget_items(content);
}

/* How many items the copy of a request will show that waits for its answer. */
static uint32_t items_in_copy(struct bt_cursor bytes, struct ua_content *content)
{
	struct ua_message message;
	struct bt_cursor copy = cur_take_upto(&bytes, BT_REQUEST_BYTES_MAX);

	if (!cur_left(&bytes))
		return BT_ACCESSES_MAX;
	if (!ua_message_read(copy, true, &message))
		return 0;
	ua_collect(&message, content);
	if (content->kept && content->item_count == content->kept)
		return content->kept - 1; /* the last may be half an item */
	return content->kept;
}

static bool has_rest(const struct ua_message *command, struct bt_cursor bytes, uint32_t count)
{
	return command->service->touches &&
	       (count > BT_ACCESSES_MAX || cur_left(&bytes) > BT_REQUEST_BYTES_MAX);
}

/* What the answer will not bring back is told at once: nobody shall hide a write behind many others.
 * Apart: it takes much room on the stack. */
static void __attribute__((noinline))
tell_rest(struct bt_context *ctx, const struct ua_message *message, struct bt_cursor bytes)
{
	struct rest rest;

	rest.ctx = ctx;
	rest.message = message;
	prepare(&rest.shop);
	rest.shop.asked.skip = items_in_copy(bytes, &rest.shop.asked);
	rest.shop.asked.full = tell_kept;
	rest.shop.asked.asker = &rest;
	ua_collect(message, &rest.shop.asked);
	tell_kept(&rest.shop.asked);
}

/* ---- requests ---- */

/* A session that was running before the capture: what signed messages have behind their content. */
static void learn_signature(struct bt_context *ctx, const struct ua_message *message,
			    const struct ua_end *end)
{
	struct opcua_state *state = ctx->state;
	size_t left = end->left;

	if (!state->policy && !state->signature && !end->trouble && message->chunks == 1 &&
	    (left == 20 || left == 32 || left == 48))
		state->signature = (uint8_t)left;
}

static void report(struct bt_context *ctx, const struct ua_message *message,
		   const struct ua_end *end)
{
	const struct opcua_state *state = ctx->state;
	const char *name = message->service->name;

	if (end->trouble & UA_TOO_DEEP)
		bt_break(ctx, &opcua_nesting, "%s, more than %u levels", name, NESTING_MAX);
	if (message->cut && is_command(message))
		bt_break(ctx, &opcua_command_cut, "%s of %u bytes", name, message->size);
	/* of several chunks one may be missing, and that is not told by the message */
	if ((end->trouble & (UA_MALFORMED | UA_FLAGGED)) && !message->cut &&
	    !(message->chunks > 1 && ctx->flow->seen))
		bt_break(ctx, &opcua_malformed, "%s %s of %u bytes", name,
			 message->answer ? "response" : "request", message->size);
	if (!end->trouble && end->left && state->policy && !message->cut)
		bt_break(ctx, &opcua_trailing_bytes, "%s, %zu bytes", name, end->left);
	learn_signature(ctx, message, end);
}

static void look_for_password(struct bt_context *ctx, const struct ua_content *content)
{
	if (content->has_password && !cur_left(&content->password_algorithm))
		bt_break(ctx, &opcua_clear_password, "on a channel that is not encrypted");
}

/* Of most requests nothing is wanted before the answer, with which they are collected: only of those that
 * command, say who asks or what is to be monitored. */
static bool is_read_at_once(const struct ua_message *request)
{
	switch (request->service->request) {
	case SERVICE_CREATE_SESSION:
	case SERVICE_ACTIVATE_SESSION:
	case SERVICE_CREATE_ITEMS:
	case SERVICE_MODIFY_ITEMS: return true;
	default: return is_command(request);
	}
}

/* Apart: it takes much room on the stack. */
static void __attribute__((noinline))
read_at_once(struct bt_context *ctx, const struct ua_message *message, struct bt_cursor bytes)
{
	uint16_t service = message->service->request;
	struct ua_content content;
	struct ua_heard heard;

	ua_prepare(&content, ctx);
	if (service == SERVICE_CREATE_ITEMS)
		content.each = ua_keep_handle;
	else if (service == SERVICE_MODIFY_ITEMS)
		content.each = ua_rename_handle;
	if (ua_listen(&heard, message))
		content.heard = &heard;
	ua_collect(message, &content);
	report(ctx, message, &content.end);
	if (service == SERVICE_ACTIVATE_SESSION)
		look_for_password(ctx, &content);
	if (is_command(message) && has_rest(message, bytes, content.item_count))
		tell_rest(ctx, message, bytes);
	if (content.heard)
		ua_identify(ctx, &heard);
}

void ua_ask(struct bt_context *ctx, const struct ua_message *message, struct bt_cursor bytes)
{
	struct opcua_state *state = ctx->state;
	struct ua_end end;

	if (message->service && is_read_at_once(message)) {
		read_at_once(ctx, message, bytes);
	} else if (message->service) {
		end = ua_look_over(message);
		report(ctx, message, &end);
	}
	if (message->kind == KIND_HELLO)
		state->hello_waits = true;
	if (message->kind == KIND_OPEN) {
		state->open_waits = true;
		state->open_key = key_of(message);
	}
	if (message->service && message->service->act == BT_ACT_REPORT)
		bt_ask_patiently(ctx, key_of(message), bytes);
	else
		bt_ask(ctx, key_of(message), bytes);
}

static bool read_request(struct bt_context *ctx, const struct bt_request *asked,
			 struct ua_message *request)
{
	size_t kept = cur_left(&asked->bytes);

	if (!ua_message_read(asked->bytes, true, request))
		return false;
	request->cut = kept < asked->length;
	if (request->cut && kept < BT_REQUEST_BYTES_MAX && is_command(request))
		bt_break(ctx, &opcua_command_cut, "%s, %zu bytes of %u, for want of memory",
			 request->service->name, kept, asked->length);
	return true;
}

void ua_unanswered(struct bt_context *ctx, const struct bt_request *asked)
{
	struct ua_message request;
	struct ua_workshop shop;

	prepare(&shop);
	if (!read_request(ctx, asked, &request))
		return;
	ua_collect(&request, &shop.asked);
	emit(ctx, &shop, &request, asked, NULL);
}

/* ---- answers ---- */

/* What an ERR or a chunk that gives up answers: the connection's last question of its own. */
static bool find_question(struct bt_context *ctx, const struct ua_message *answer,
			  struct bt_request *asked)
{
	struct opcua_state *state = ctx->state;
	bool waits;

	switch (answer->kind) {
	case KIND_ACKNOWLEDGE: state->hello_waits = false; break;
	case KIND_OPEN: state->open_waits = false; break;
	case KIND_ERROR:
		waits = state->open_waits;
		state->open_waits = false;
		if (waits && bt_answer(ctx, state->open_key, asked))
			return true;
		waits = state->hello_waits;
		state->hello_waits = false;
		return waits && bt_answer(ctx, KEY_HELLO, asked);
	default: break;
	}
	return bt_answer(ctx, key_of(answer), asked);
}

static bool fits(const struct ua_message *request, const struct ua_message *answer)
{
	if (answer->letter == 'A' || answer->kind < KIND_OPEN || !answer->service)
		return true;
	return request->service == answer->service || answer->service->response == SERVICE_FAULT;
}

static void note_answer(struct bt_context *ctx, const struct ua_message *request,
			const struct ua_message *answer, struct ua_workshop *shop)
{
	uint32_t function = request && request->service ? request->service->request : 0;
	const struct ua_content *asked = &shop->asked, *answered = &shop->answered;

	if (function == SERVICE_CREATE_ITEMS && answer->service == request->service)
		ua_keep_monitored(ctx, shop);
	for (uint32_t i = 0; function == SERVICE_READ && i < asked->kept && i < answered->kept; i++) {
		if (asked->items[i].attribute == UA_ATTRIBUTE_VALUE)
			ua_identify_read(ctx, &asked->items[i].node, &answered->items[i].value);
	}
	if (answered->heard)
		ua_identify(ctx, answered->heard);
}

void ua_answer(struct bt_context *ctx, const struct ua_message *answer)
{
	const char *name = answer->service ? answer->service->name : ua_kind_name(answer->kind);
	struct ua_message request;
	struct ua_workshop shop;
	struct bt_request asked;
	struct ua_heard heard;
	bool found;

	prepare(&shop);
	if (ua_listen(&heard, answer))
		shop.answered.heard = &heard;
	ua_collect(answer, &shop.answered);
	if (answer->service)
		report(ctx, answer, &shop.answered.end);
	if (answer->kind == KIND_OPEN)
		ua_channel_opened(ctx, answer, shop.answered.token);
	found = find_question(ctx, answer, &asked) && read_request(ctx, &asked, &request);
	if (found && !fits(&request, answer)) {
		bt_break(ctx, &opcua_response_mismatch, "%s answered with %s, request %u",
			 request.service ? request.service->name : "nothing known", name,
			 answer->request);
		ua_unanswered(ctx, &asked);
		found = false;
	} else if (!found && answer->kind != KIND_ERROR) {
		bt_break(ctx, &opcua_unsolicited_response, "%s, request %u, channel %u", name,
			 answer->request, answer->channel);
	}
	if (!found && answer->kind == KIND_ERROR) {
		ua_tell(ctx, answer);
		return;
	}
	if (found && request.service && request.service->touches)
		ua_collect(&request, &shop.asked);
	emit(ctx, &shop, found ? &request : NULL, &asked, answer);
	note_answer(ctx, found ? &request : NULL, answer, &shop);
}
