/* SPDX-License-Identifier: Apache-2.0
 *
 * Modbus: pairs requests with answers and turns them into operations.
 *
 * A request and its answer share transaction id and unit. Clients with a constant transaction id
 * exist; they ask again only when they have given up, so a second request after a pause buries the
 * first. On a serial line there is no transaction id and one request at a time: the next one to the
 * same unit always buries the first, and from then on which answer is whose is only a guess, on which
 * no violation is built. Unit 0 means "all stations" on a serial line but often "you" over TCP: an answer that
 * comes is paired, one that does not come to a write makes it a broadcast.
 *
 * Whatever is wrong with a message, it is reported, then counted as the operation it tried to be.
 */
#include "bittern/memory.h"
#include "umas.h"

enum {
	GIVEN_UP_NS = 100 * 1000 * 1000, /* a client that repeats its id sooner is pipelining */
};

static uint64_t key_of(const struct modbus_adu *adu)
{
	return (uint64_t)adu->transaction << 8 | adu->unit;
}

/* Made when need be; NULL: there is no memory. */
static struct modbus_seldom *seldom(struct bt_context *ctx)
{
	struct modbus_state *state = ctx->state;

	if (!state->seldom)
		state->seldom = bt_alloc(ctx, sizeof(*state->seldom));
	return state->seldom;
}

/* What an answer repeats, where request and answer look alike. */
static void hash_echo(const struct modbus_adu *adu, uint8_t hash[BT_SHA256_BYTES])
{
	struct bt_cursor data = adu->data;
	bool counter = adu->means->form == FORM_DIAGNOSTICS;

	bt_sha256(cur_take_upto(&data, counter ? 2 : cur_left(&data)), hash);
}

static bool is_echo(const struct modbus_state *state, const struct modbus_adu *adu)
{
	uint8_t hash[BT_SHA256_BYTES];

	if (!state->seldom)
		return false;
	hash_echo(adu, hash);
	return memcmp(hash, state->seldom->last_echo, sizeof(hash)) == 0;
}

/* A tap of the line itself, or a converter that sends all it hears: answers come the same way as
 * requests, each behind its own. Of those that look alike only an echo is an answer: another
 * command is none. */
static bool answers_on_shared_line(struct bt_context *ctx, const struct modbus_adu *adu,
				   unsigned shape)
{
	struct modbus_state *state = ctx->state;

	if (state->mode == MODE_TCP || !state->waiting || state->last_key != key_of(adu) ||
	    state->last_function != adu->function || !(shape & SHAPE_ANSWER))
		return false;
	if (shape == SHAPE_ANSWER && ctx->dir == BT_TO_SERVER)
		state->shared_line = true;
	if (!state->shared_line || shape & SHAPE_VAGUE || !(shape & SHAPE_REQUEST))
		return state->shared_line;
	return is_echo(state, adu);
}

/* A handshake says which side opened the connection, which on a serial line's converter may be either. */
static bool side_is_known(const struct bt_context *ctx)
{
	const struct modbus_state *state = ctx->state;

	return state->mode == MODE_TCP ? ctx->flow->server_proven || state->sides_confirmed
				       : state->sides_confirmed && !state->shared_line;
}

/* Which side sent this? The engine's guess holds unless the message could only come from the other
 * one; and once messages have confirmed it, one that contradicts is the odd one. */
static bool is_request(struct bt_context *ctx, const struct modbus_adu *adu)
{
	struct modbus_state *state = ctx->state;
	const struct bt_flow *flow = ctx->flow;
	bool request = ctx->dir == BT_TO_SERVER;
	bool swapped_ports = flow->client_port == 502 && flow->server_port != 502;
	unsigned shape = modbus_shape(adu);
	bool settled = state->sides_confirmed || side_is_known(ctx);

	if (request && answers_on_shared_line(ctx, adu, shape))
		return false;
	if (shape == (request ? SHAPE_REQUEST : SHAPE_ANSWER)) {
		state->sides_confirmed = true;
		return request;
	}
	if (shape == (request ? SHAPE_ANSWER : SHAPE_REQUEST)) {
		if (settled) {
			bt_break(ctx, &modbus_wrong_direction, "function %u, unit %u, length %u",
				 adu->raw, adu->unit, adu->length);
			return request;
		}
	} else if (settled || !swapped_ports) {
		return request;
	}
	state->sides_confirmed = true;
	bt_swap_sides(ctx);
	return !request;
}

static void name_operation(struct bt_operation *op, const struct modbus_adu *told, bool request)
{
	const struct modbus_function *function = told->means;
	const struct modbus_subfunction *sub;

	op->unit = told->unit;
	op->function = request ? told->raw : told->function;
	op->name = function->name;
	op->act = function->act;
	if (told->exception)
		return;
	switch (function->form) {
	case FORM_DIAGNOSTICS: sub = modbus_diagnostic(modbus_subfunction(told)); break;
	case FORM_ENCAPSULATED: sub = modbus_encapsulated((uint8_t)modbus_subfunction(told)); break;
	case FORM_UMAS:
		if (!request)
			return; /* a UMAS answer does not repeat what it answers */
		sub = umas_function((uint8_t)modbus_subfunction(told));
		break;
	default: return;
	}
	op->subfunction = modbus_subfunction(told);
	if (sub) {
		op->name = sub->name;
		op->act = sub->act;
	}
}

static void result_of(struct bt_operation *op, const struct modbus_adu *answer, bool asked)
{
	struct bt_cursor at = answer->data;
	const struct modbus_subfunction *exception;

	op->result = asked ? BT_RESULT_OK : BT_RESULT_UNSOLICITED;
	if (answer->exception) {
		op->error = cur_u8(&at);
		exception = modbus_exception((uint8_t)op->error);
		op->error_name = exception ? exception->name : "unknown";
	} else if (answer->means->form == FORM_UMAS && umas_code(answer) == UMAS_ERROR) {
		op->error = UMAS_ERROR;
		op->error_name = "umas_error";
	} else {
		return;
	}
	if (asked)
		op->result = BT_RESULT_REFUSED;
}

/* Of the block in a request that was longer than what is kept of it; NULL: it is not known. */
static const uint8_t *long_hash(const struct modbus_state *state, const struct bt_request *asked)
{
	const struct modbus_seldom *kept = state->seldom;

	return asked->length > BT_REQUEST_BYTES && kept && kept->long_known &&
			       kept->long_key == asked->key
		       ? kept->long_hash
		       : NULL;
}

/* What is known of the programming session, with what this exchange adds. */
static const struct umas_session *session_of(struct bt_context *ctx, const struct modbus_adu *request,
					     const struct modbus_adu *answer, const uint8_t *block_hash)
{
	struct modbus_seldom *kept = seldom(ctx);

	if (!kept)
		return NULL;
	if (request && answer && !answer->exception)
		umas_follow(&kept->umas, request, answer, block_hash);
	return &kept->umas;
}

/* Either message may be missing; `asked` belongs to `request`. */
static void emit(struct bt_context *ctx, const struct modbus_adu *request,
		 const struct bt_request *asked, const struct modbus_adu *answer)
{
	struct modbus_state *state = ctx->state;
	struct modbus_detail detail = {.request = request, .answer = answer};
	struct bt_access accesses[ACCESSES_MAX];
	struct umas_room room;
	struct bt_operation op = {.result = BT_RESULT_UNANSWERED, .accesses = accesses};

	detail.id = ++state->operations;
	detail.mode = state->mode;
	name_operation(&op, request ? request : answer, request != NULL);
	if (request) {
		op.request_packet = asked->packet;
		op.request_ns = asked->time_ns;
		detail.block_hash = long_hash(state, asked);
	}
	if (answer) {
		op.answer_packet = ctx->packet;
		op.answer_ns = ctx->time_ns;
		result_of(&op, answer, request != NULL);
	} else {
		op.broadcast = request->unit == 0 && op.act >= BT_ACT_WRITE &&
			       request->means->form != FORM_UMAS &&
			       !(ctx->flow->seen & (BT_SEEN_GAP | BT_SEEN_ONE_WAY));
	}
	if ((request ? request : answer)->means->form == FORM_UMAS)
		detail.umas = session_of(ctx, request, answer, detail.block_hash);
	op.access_count = modbus_accesses(request, answer, accesses, &room);
	op.detail = &detail;
	bt_emit(ctx, &op);
}

void modbus_unanswered(struct bt_context *ctx, const struct bt_request *asked)
{
	struct modbus_state *state = ctx->state;
	struct modbus_adu request;

	if (state->waiting && state->last_key == asked->key && state->last_ns == asked->time_ns)
		state->waiting = false;
	if (modbus_read(asked->bytes, &request))
		emit(ctx, &request, asked, NULL);
}

/* The same transaction id again after a pause, or the same unit on a serial line: nobody waits for the
 * earlier answers any more. */
static void bury_earlier(struct bt_context *ctx, const struct modbus_adu *adu)
{
	struct modbus_state *state = ctx->state;
	bool serial = state->mode != MODE_TCP;
	struct bt_request earlier;

	if (!serial && (!state->waiting || state->last_key != key_of(adu) ||
			ctx->time_ns - state->last_ns < GIVEN_UP_NS))
		return;
	if (!serial)
		bt_break(ctx, &modbus_transaction_reused, "transaction %u, unit %u",
			 adu->transaction, adu->unit);
	while (bt_answer(ctx, key_of(adu), &earlier)) {
		state->doubtful |= serial && adu->unit != 0;
		modbus_unanswered(ctx, &earlier);
	}
}

/* Could an answer be taken for another request's because of what was not captured? Where transaction ids
 * change, what was said before the capture began is no excuse. */
static bool loss_could_explain(const struct bt_context *ctx)
{
	const struct modbus_state *state = ctx->state;
	unsigned seen = ctx->flow->seen;

	if (state->mode != MODE_TCP || !state->ids_change)
		return state->doubtful || seen;
	return seen & ~(unsigned)BT_SEEN_MIDSTREAM;
}

/* The engine keeps the beginning of a request; the hash of a long block is taken now. */
static void keep_long_block(struct bt_context *ctx, const struct modbus_adu *adu,
			    struct bt_cursor message)
{
	struct umas_transfer transfer;
	struct modbus_seldom *kept;

	if (cur_left(&message) <= BT_REQUEST_BYTES || adu->means->form != FORM_UMAS ||
	    !umas_transfer(umas_code(adu), adu, true, &transfer) || cur_left(&transfer.data) == 0)
		return;
	kept = seldom(ctx);
	if (!kept)
		return;
	bt_sha256(transfer.data, kept->long_hash);
	kept->long_key = key_of(adu);
	kept->long_known = true;
}

static void take_request(struct bt_context *ctx, const struct modbus_adu *adu,
			 struct bt_cursor message)
{
	struct modbus_state *state = ctx->state;
	uint64_t key = key_of(adu);

	bury_earlier(ctx, adu);
	state->ids_change = state->asked && state->last_key >> 8 != adu->transaction;
	keep_long_block(ctx, adu, message);
	bt_ask(ctx, key, message);
	state->last_key = key;
	state->last_ns = ctx->time_ns;
	state->last_function = adu->function;
	if (state->shared_line && seldom(ctx))
		hash_echo(adu, state->seldom->last_echo);
	state->waiting = state->asked = true;
}

/* `other`: the function that was asked for instead; negative: none was. */
static void report_unasked(struct bt_context *ctx, const struct modbus_adu *answer, int other)
{
	if (other >= 0 && loss_could_explain(ctx))
		return;
	if (other >= 0)
		bt_break(ctx, &modbus_function_mismatch,
			 "function %d asked, %u answered, unit %u, transaction %u", other,
			 answer->function, answer->unit, answer->transaction);
	else
		bt_break(ctx, &modbus_unsolicited_response, "function %u, unit %u, transaction %u",
			 answer->function, answer->unit, answer->transaction);
}

static void take_answer(struct bt_context *ctx, const struct modbus_adu *answer)
{
	struct modbus_state *state = ctx->state;
	const struct bt_violation *mismatch;
	struct bt_request asked;
	struct modbus_adu request;
	uint64_t key = key_of(answer);
	int other = -1; /* function of a request that this is no answer to */

	if (state->last_key == key)
		state->waiting = false;
	while (bt_answer(ctx, key, &asked)) {
		if (!modbus_read(asked.bytes, &request))
			continue;
		if (request.function == answer->function) {
			mismatch = modbus_mismatch(&request, answer);
			if (mismatch && !loss_could_explain(ctx))
				bt_break(ctx, mismatch, "function %u (%s), unit %u, transaction %u",
					 answer->function, answer->means->name, answer->unit,
					 answer->transaction);
			emit(ctx, &request, &asked, answer);
			if (modbus_introduces(answer->means))
				modbus_identify(ctx, &request, answer);
			return;
		}
		other = request.function;
		emit(ctx, &request, &asked, NULL);
	}
	/* on a serial line it may have come late, or before we knew what this is */
	if (state->mode == MODE_TCP || (state->asked && !state->doubtful))
		report_unasked(ctx, answer, other);
	emit(ctx, NULL, NULL, answer);
	if (modbus_introduces(answer->means))
		modbus_identify(ctx, NULL, answer);
}

enum bt_verdict modbus_take(struct bt_context *ctx, struct bt_cursor message,
			    enum modbus_mode mode)
{
	struct modbus_state *state = ctx->state;
	bool request = ctx->dir == BT_TO_SERVER;
	struct modbus_adu adu;
	unsigned faults;

	state->mode = (uint8_t)mode;
	if (!modbus_read(message, &adu) || cur_left(&adu.data) < adu.size)
		return BT_NOT_MINE;
	if (cur_left(&message) > MBAP_BYTES + (size_t)adu.length)
		bt_break(ctx, &modbus_crc_trailer, "unit %u", adu.unit);
	faults = modbus_faults(&adu, request);
	if (faults || !side_is_known(ctx)) {
		request = is_request(ctx, &adu);
		faults = modbus_faults(&adu, request);
	}
	if (faults & ~FAULT_VAGUE)
		modbus_report_faults(ctx, &adu, faults);
	if (request)
		take_request(ctx, &adu, message);
	else
		take_answer(ctx, &adu);
	return BT_DISSECTED;
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	return modbus_take(ctx, message, MODE_TCP);
}

void modbus_skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct bt_cursor at = bytes;

	bt_break(ctx, &modbus_stray_bytes, "%zu bytes that begin with %08x", cur_left(&bytes),
		 cur_left(&at) >= 4 ? cur_u32be(&at) : cur_u8(&at));
}

void modbus_gap(struct bt_context *ctx)
{
	struct modbus_state *state = ctx->state;

	state->waiting = false; /* the answer may be in what was lost */
}

static const uint16_t ports[] = {502, 0};

const struct bt_dissector dissector_modbus = {
	.name = "modbus",
	.title = "Modbus",
	.carriers = BT_CARRIER_TCP | BT_CARRIER_UDP,
	.ports = ports,
	.fields = modbus_fields,
	.violations = modbus_violations,
	.state_size = sizeof(struct modbus_state),
	.max_message = MESSAGE_MAX + CRC_BYTES,
	.answer_wait_ns = ANSWER_WAIT_NS,
	.probe = modbus_probe,
	.frame = modbus_frame,
	.dissect = dissect,
	.unanswered = modbus_unanswered,
	.skipped = modbus_skipped,
	.gap = modbus_gap,
	.describe = modbus_describe,
	.feature = modbus_feature,
};
