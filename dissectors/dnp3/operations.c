/* SPDX-License-Identifier: Apache-2.0
 *
 * From messages to operations. A request and its answer share the two addresses and a sequence
 * number of four bits; the number comes back after sixteen requests, so a request that meets an
 * older one of its number buries it. An answer in several fragments is an operation for each, all
 * of them the request's. What an outstation says unasked, a confirmation, a command that wants no
 * answer stand alone.
 *
 * Secure authentication puts messages between a request and its answer: the challenge and its
 * reply. The request goes on waiting; they are operations of their own.
 */
#include "dnp3.h"

enum {
	GIVEN_UP_NS = 100 * 1000 * 1000,
	ANSWERS_BETWEEN = 4,
};

enum kind {
	KIND_APPLICATION,
	KIND_AUTHENTICATION,
	KIND_LINK,
};

/* What an operation is made of. */
struct done {
	uint16_t unit;
	const struct dnp3_message *request, *answer; /* NULL: not seen */
	uint64_t request_packet;                     /* 0: not seen */
	int64_t request_ns;
	const struct dnp3_function *function; /* what was asked for */
	bool refused;                         /* by the answer, with this: */
	struct dnp3_refusal refusal;
	bool told; /* an answer that nobody had to ask for */
	bool by_server, continued, retransmission, request_cut;
};

static uint64_t key_of(enum kind kind, const struct dnp3_pair *pair, bool by_server,
		       uint8_t control)
{
	return (uint64_t)by_server << 48 | (uint64_t)kind << 40 |
	       (uint64_t)(control & APP_SEQUENCE) << 32 | (uint32_t)pair->master << 16 |
	       pair->outstation;
}

/* What was asked of the address that every outstation hears as its own. */
static uint64_t to_self(uint64_t key)
{
	return (key & ~0xffffULL) | ADDRESS_SELF;
}

/* An operation of what was asked earlier. */
static struct done done_of(const struct bt_request *asked, const struct dnp3_message *request)
{
	return (struct done){
		.unit = (uint16_t)asked->key,
		.request = request,
		.request_packet = asked->packet,
		.request_ns = asked->time_ns,
		.by_server = asked->key >> 48,
		.request_cut = cur_left(&asked->bytes) < asked->length,
	};
}

static void answer_with(struct done *done, const struct dnp3_message *answer)
{
	done->answer = answer;
	done->refused = answer->function != FC_UNSOLICITED && dnp3_refused(answer, &done->refusal);
}

/* The variation of the message's first object of group 120 that is not there to protect a request;
 * 0: it has none. */
static uint8_t authentication_of(const struct dnp3_message *message, struct bt_cursor *object)
{
	struct dnp3_walk walk = dnp3_walk(message);
	struct dnp3_header header;
	struct dnp3_point point;

	if (!(message->holds & HOLDS_AUTHENTICATION))
		return 0;
	while (dnp3_next_header(&walk, &header)) {
		if (header.group != 120 || header.variation == 3 || header.variation == 9)
			continue;
		if (object && dnp3_next_point(&header, &point))
			*object = point.data;
		return header.variation;
	}
	return 0;
}

static bool is_authentication(uint8_t function)
{
	return function == FC_AUTHENTICATE || function == FC_AUTHENTICATE_NO_ACK ||
	       function == FC_AUTHENTICATE_RESPONSE;
}

/* ---- one operation out ---- */

static void name_operation(struct bt_operation *op, const struct done *done)
{
	const struct dnp3_message *told = done->request ? done->request : done->answer;
	const struct dnp3_function *function = done->function;

	op->function = function ? function->code : told->function;
	op->name = function ? function->name : "undefined";
	op->act = function ? function->act : BT_ACT_OTHER;
	op->by_server = done->by_server;
	op->subfunction = 0;
	if (is_authentication(told->function)) {
		op->subfunction = authentication_of(told, NULL);
		op->name = dnp3_authentication_name((uint8_t)op->subfunction, told->function);
	} else if (done->by_server && told->function != FC_UNSOLICITED) {
		op->subfunction = 1; /* the other way round is another habit */
	}
}

static void result_of(struct bt_operation *op, const struct done *done)
{
	op->result = BT_RESULT_OK;
	if (!done->answer)
		return;
	if (!done->request_packet && !done->told)
		op->result = BT_RESULT_UNSOLICITED;
	if (!done->refused)
		return;
	op->error = done->refusal.error;
	op->error_name = done->refusal.name;
	if (op->result == BT_RESULT_OK)
		op->result = BT_RESULT_REFUSED;
}

/* An operation on its way out. What it touches comes first: it is the first member for tell_full(). */
struct telling {
	struct dnp3_accesses accesses;
	struct bt_context *ctx;
	struct bt_operation op;
	struct dnp3_detail detail;
};

static void tell(struct telling *telling)
{
	struct dnp3_state *state = telling->ctx->state;
	struct bt_operation op = telling->op;

	telling->detail.id = ++state->operations;
	op.detail = &telling->detail;
	op.accesses = telling->accesses.list;
	op.access_count = telling->accesses.count;
	for (unsigned i = 0; i < op.access_count; i++) {
		if (op.accesses[i].act > op.act)
			op.act = op.accesses[i].act;
	}
	bt_emit(telling->ctx, &op);
}

/* Nobody shall hide a command behind many others: the rest of them is an operation of its own. */
static void tell_full(struct dnp3_accesses *accesses)
{
	struct telling *telling = (struct telling *)accesses;

	tell(telling);
	telling->detail = (struct dnp3_detail){.continued = true};
	accesses->count = accesses->numbers_used = 0;
}

static void touch(struct dnp3_accesses *accesses, const struct done *done,
		  const struct bt_operation *op)
{
	const struct dnp3_function *function = done->function;
	bool answered = done->answer && op->result != BT_RESULT_REFUSED;

	if (!function || !(function->traits & TOUCHES))
		return;
	accesses->full = tell_full;
	if (done->request && !done->continued)
		dnp3_accesses(accesses, done->request, function->act,
			      answered && function->code == FC_READ);
	accesses->full = NULL;
	if (done->answer && (function->code == FC_READ || function->code == FC_UNSOLICITED))
		dnp3_accesses(accesses, done->answer, function->act, false);
}

static void emit(struct bt_context *ctx, const struct done *done, enum bt_result unanswered)
{
	struct telling telling;
	struct bt_operation *op = &telling.op;

	telling.ctx = ctx;
	telling.accesses.count = telling.accesses.numbers_used = 0;
	telling.detail = (struct dnp3_detail){
		.request = done->continued ? NULL : done->request,
		.answer = done->answer,
		.continued = done->continued,
		.retransmission = done->retransmission,
		.request_cut = done->request_cut,
	};
	*op = (struct bt_operation){.unit = done->unit};
	op->request_packet = done->request_packet;
	op->request_ns = done->request_ns;
	name_operation(op, done);
	if (done->answer) {
		op->answer_packet = ctx->packet;
		op->answer_ns = ctx->time_ns;
		result_of(op, done);
	} else {
		op->result = unanswered;
		op->broadcast = dnp3_is_broadcast(done->request->destination);
	}
	touch(&telling.accesses, done, op);
	tell(&telling);
}

static void emit_link(struct bt_context *ctx, const struct done *done, enum bt_result result)
{
	struct dnp3_state *state = ctx->state;
	const struct dnp3_message *told = done->request ? done->request : done->answer;
	const struct dnp3_link_name *name = dnp3_link_name(told->link_control);
	struct dnp3_detail detail = {
		.request = done->request, .answer = done->answer, .id = ++state->operations};
	struct bt_operation op = {.result = result, .detail = &detail};

	op.unit = done->unit;
	op.function =
		(done->request ? FC_LINK : FC_LINK_ANSWER) + (told->link_control & LINK_FUNCTION);
	op.name = name ? name->name : "link_undefined";
	op.by_server = done->by_server;
	op.subfunction = done->by_server; /* the other way round is another habit */
	op.request_packet = done->request_packet;
	op.request_ns = done->request_ns;
	if (done->request)
		op.broadcast = dnp3_is_broadcast(done->request->destination);
	if (done->answer) {
		uint8_t function = done->answer->link_control & LINK_FUNCTION;

		op.answer_packet = ctx->packet;
		op.answer_ns = ctx->time_ns;
		if (function == 1 || function >= 14) {
			op.error = function;
			op.error_name = dnp3_link_name(done->answer->link_control)->name;
			op.result = BT_RESULT_REFUSED;
		}
	}
	bt_emit(ctx, &op);
}

static void emit_link_unanswered(struct bt_context *ctx, const struct dnp3_message *request,
				 const struct bt_request *asked)
{
	struct done done = done_of(asked, request);

	emit_link(ctx, &done, BT_RESULT_UNANSWERED);
}

/* ---- requests ---- */

static bool is_repeated(const struct dnp3_pair *pair, const struct dnp3_message *request)
{
	return pair && pair->repeated &&
	       pair->repeated_sequence == (request->control & APP_SEQUENCE);
}

static void emit_unanswered(struct bt_context *ctx, const struct dnp3_message *request,
			    const struct bt_request *asked)
{
	struct done done = done_of(asked, request);

	done.function = dnp3_function(request->function);
	done.retransmission = is_repeated(
		dnp3_known_pair(ctx->state, (uint16_t)(asked->key >> 16), done.unit), request);
	emit(ctx, &done, BT_RESULT_UNANSWERED);
}

/* An earlier request of this number waits no more, but where many are sent at once: after a pause,
 * or when later ones have been answered. */
static void bury_earlier(struct bt_context *ctx, struct dnp3_pair *pair, uint64_t key,
			 const struct dnp3_message *request, struct bt_cursor enveloped)
{
	uint8_t sequence = request->control & APP_SEQUENCE;
	bool given_up = ctx->time_ns - pair->asked[sequence].time_ns >= GIVEN_UP_NS ||
			pair->answers - pair->asked[sequence].answers >= ANSWERS_BETWEEN;
	struct bt_request earlier;
	struct dnp3_message message;
	bool repeated = false;

	pair->asked[sequence].time_ns = ctx->time_ns;
	pair->asked[sequence].answers = pair->answers;
	if (!given_up)
		return;
	while (bt_answer(ctx, key, &earlier)) {
		if (!dnp3_read(earlier.bytes, &message))
			continue;
		repeated = cur_equal(earlier.bytes, enveloped);
		emit_unanswered(ctx, &message, &earlier);
	}
	if (repeated || pair->repeated_sequence == sequence)
		pair->repeated = repeated;
	if (repeated)
		pair->repeated_sequence = sequence;
}

/* A reply belongs to the challenge before it. */
static void check_reply(struct bt_context *ctx, struct dnp3_pair *pair, struct bt_cursor reply)
{
	uint32_t sequence = cur_u32le(&reply);

	if (cur_ok(&reply) && ctx->flow->transport != BT_OVER_UDP &&
	    (!pair->challenged || pair->challenge_sequence != sequence))
		bt_break(ctx, &dnp3_reply_unasked, "outstation %u, master %u, challenge %u",
			 pair->outstation, pair->master, sequence);
}

static bool wants_answer(struct bt_context *ctx, struct dnp3_pair *pair,
			 const struct dnp3_message *request)
{
	const struct dnp3_function *function = dnp3_function(request->function);
	struct bt_cursor object = {0};
	uint8_t variation;

	if (function && (function->traits & NO_ANSWER))
		return false;
	if (dnp3_is_broadcast(request->destination))
		return false;
	if (request->function != FC_AUTHENTICATE)
		return true;
	variation = authentication_of(request, &object);
	if (variation == 2)
		check_reply(ctx, pair, object);
	return variation != 2 && variation != 7; /* what follows a reply answers the challenged */
}

/* Will the answer bring back all of it? */
static bool can_be_kept(struct bt_context *ctx, struct bt_cursor request)
{
	size_t size = cur_left(&request);
	void *room = NULL;

	if (size <= BT_REQUEST_BYTES)
		return true;
	if (size <= BT_REQUEST_BYTES_MAX)
		room = bt_alloc(ctx, size);
	bt_free(ctx, room);
	return room != NULL;
}

static void take_request(struct bt_context *ctx, struct dnp3_pair *pair,
			 const struct dnp3_message *request, struct bt_cursor enveloped)
{
	struct done done = {
		.unit = pair->outstation,
		.request = request,
		.request_packet = ctx->packet,
		.request_ns = ctx->time_ns,
		.function = dnp3_function(request->function),
		.by_server = ctx->dir == BT_TO_CLIENT,
	};
	enum kind kind =
		is_authentication(request->function) ? KIND_AUTHENTICATION : KIND_APPLICATION;
	uint64_t key = key_of(kind, pair, done.by_server, request->control);
	bool wanted = wants_answer(ctx, pair, request);

	pair->more_due = pair->more_due && request->function == FC_CONFIRM;
	dnp3_take_control(ctx, pair, request, enveloped);
	if (wanted && can_be_kept(ctx, enveloped)) {
		bury_earlier(ctx, pair, key, request, enveloped);
		bt_ask(ctx, key, enveloped);
		return;
	}
	emit(ctx, &done,
	     wanted || dnp3_is_broadcast(request->destination) ? BT_RESULT_UNANSWERED
							       : BT_RESULT_OK);
}

void dnp3_unanswered(struct bt_context *ctx, const struct bt_request *asked)
{
	struct dnp3_message request;

	if (!dnp3_read(asked->bytes, &request))
		return;
	if (request.link_only)
		emit_link_unanswered(ctx, &request, asked);
	else
		emit_unanswered(ctx, &request, asked);
}

/* ---- answers ---- */

/* Of an answer alone: only a read brings data, and only reads have answers of several fragments. */
static const struct dnp3_function *guess_function(const struct dnp3_message *answer)
{
	struct dnp3_walk walk = dnp3_walk(answer);
	struct dnp3_header header;

	if (answer->function != FC_RESPONSE)
		return dnp3_function(answer->function);
	if (!(answer->control & APP_FIR))
		return dnp3_function(FC_READ);
	while (dnp3_next_header(&walk, &header)) {
		if (header.kind && header.kind->space && header.group != 12 && header.group != 41 &&
		    header.group != 70)
			return dnp3_function(FC_READ);
	}
	return dnp3_function(FC_RESPONSE);
}

static void expect_more(struct dnp3_pair *pair, const struct done *done)
{
	uint8_t control = done->answer->control;

	pair->more_due = !(control & APP_FIN) && done->function;
	if (!pair->more_due)
		return;
	pair->more_sequence = (control + 1) & APP_SEQUENCE;
	pair->asked_function = done->function->code;
	pair->asked_packet = done->request_packet;
	pair->asked_ns = done->request_ns;
}

static void take_unsolicited(struct bt_context *ctx, struct dnp3_pair *pair,
			     const struct dnp3_message *answer, struct bt_cursor enveloped)
{
	struct done done = {.unit = pair->outstation, .told = true};

	answer_with(&done, answer);
	done.function = dnp3_function(FC_UNSOLICITED);
	done.by_server = ctx->dir == BT_TO_CLIENT;
	done.retransmission = cur_equal(dnp3_kept(&pair->told), enveloped);
	dnp3_keep(ctx, &pair->told, enveloped);
	emit(ctx, &done, BT_RESULT_OK);
}

/* May an earlier fragment of this answer have been lost? */
static bool may_miss_some(const struct bt_context *ctx, const struct dnp3_message *answer)
{
	return !(answer->control & APP_FIR) && (ctx->flow->seen & BT_SEEN_GAP);
}

static bool is_continuation(const struct bt_context *ctx, const struct dnp3_pair *pair,
			    const struct dnp3_message *answer)
{
	return pair->more_due && !(answer->control & APP_FIR) &&
	       (pair->more_sequence == (answer->control & APP_SEQUENCE) ||
		may_miss_some(ctx, answer));
}

static void take_continuation(struct bt_context *ctx, struct dnp3_pair *pair,
			      const struct dnp3_message *answer)
{
	struct done done = {
		.unit = pair->outstation,
		.request_packet = pair->asked_packet,
		.request_ns = pair->asked_ns,
		.function = dnp3_function(pair->asked_function),
		.told = true,
		.by_server = ctx->dir == BT_TO_SERVER,
		.continued = true,
	};

	answer_with(&done, answer);
	expect_more(pair, &done);
	emit(ctx, &done, BT_RESULT_OK);
	dnp3_identify(ctx, pair->outstation, answer);
}

static void take_challenge(struct bt_context *ctx, struct dnp3_pair *pair,
			   const struct dnp3_message *answer, struct bt_cursor challenge)
{
	struct done done = {.unit = pair->outstation, .told = true};

	answer_with(&done, answer);
	pair->challenge_sequence = cur_u32le(&challenge);
	pair->challenged = cur_ok(&challenge);
	done.function = dnp3_function(FC_AUTHENTICATE_RESPONSE);
	done.by_server = ctx->dir == BT_TO_CLIENT;
	emit(ctx, &done, BT_RESULT_OK);
}

static bool find_asked(struct bt_context *ctx, uint64_t key, struct bt_request *asked,
		       struct dnp3_message *request)
{
	while (bt_answer(ctx, key, asked) || bt_answer(ctx, to_self(key), asked)) {
		if (dnp3_read(asked->bytes, request))
			return true;
	}
	return false;
}

static bool find_request(struct bt_context *ctx, const struct dnp3_pair *pair,
			 const struct dnp3_message *answer, struct bt_request *asked,
			 struct dnp3_message *request)
{
	bool by_server = ctx->dir == BT_TO_SERVER;
	unsigned earlier = may_miss_some(ctx, answer) ? APP_SEQUENCE : 0;

	if (is_authentication(answer->function) &&
	    find_asked(ctx, key_of(KIND_AUTHENTICATION, pair, by_server, answer->control), asked,
		       request))
		return true;
	/* an error in authenticating answers the request that was to be protected */
	for (unsigned back = 0; back <= earlier; back++) {
		uint8_t sequence = (uint8_t)(answer->control - back);

		if (find_asked(ctx, key_of(KIND_APPLICATION, pair, by_server, sequence), asked,
			       request))
			return true;
	}
	return false;
}

static void take_answer(struct bt_context *ctx, struct dnp3_pair *pair,
			const struct dnp3_message *answer, struct bt_cursor enveloped)
{
	struct done done = {.unit = pair->outstation};
	struct bt_cursor object = {0};
	struct dnp3_message request;
	struct bt_request asked;

	if (answer->function == FC_UNSOLICITED) {
		take_unsolicited(ctx, pair, answer, enveloped);
		return;
	}
	if (answer->function == FC_AUTHENTICATE_RESPONSE &&
	    authentication_of(answer, &object) == 1) {
		take_challenge(ctx, pair, answer, object);
		return;
	}
	if (is_continuation(ctx, pair, answer)) {
		take_continuation(ctx, pair, answer);
		return;
	}
	if (dnp3_function(answer->function) && find_request(ctx, pair, answer, &asked, &request)) {
		done = done_of(&asked, &request);
		done.unit = pair->outstation;
		answer_with(&done, answer);
		done.function = dnp3_function(request.function);
		done.retransmission = is_repeated(pair, &request);
		pair->answers++;
		pair->answered = true;
		pair->answered_sequence = answer->control & APP_SEQUENCE;
		if (!done.request_cut)
			dnp3_check_control(ctx, pair, &request, answer, done.refused);
	} else {
		answer_with(&done, answer);
		done.function = guess_function(answer);
		done.retransmission = pair->answered &&
				      pair->answered_sequence == (answer->control & APP_SEQUENCE);
		if (ctx->flow->transport != BT_OVER_UDP && !done.retransmission)
			bt_break(ctx, &dnp3_unasked_response,
				 "outstation %u, master %u, sequence %u", answer->source,
				 answer->destination, answer->control & APP_SEQUENCE);
	}
	done.by_server = ctx->dir == BT_TO_SERVER;
	expect_more(pair, &done);
	emit(ctx, &done, BT_RESULT_OK);
	dnp3_identify(ctx, pair->outstation, answer);
}

void dnp3_take_fragment(struct bt_context *ctx, struct dnp3_pair *pair, struct bt_cursor enveloped)
{
	struct dnp3_message message;

	if (!dnp3_read(enveloped, &message)) {
		bt_break(ctx, &dnp3_short_fragment, "%zu bytes",
			 cur_left(&enveloped) - ENVELOPE_BYTES);
		return;
	}
	if (!dnp3_function(message.function))
		bt_break(ctx, &dnp3_undefined_function, "function %u, from %u to %u",
			 message.function, message.source, message.destination);
	else if (message.function != FC_CONFIRM &&
		 message.is_answer == !!(message.link_control & LINK_DIR))
		bt_break(ctx, &dnp3_wrong_direction, "function %u, from %u to %u", message.function,
			 message.source, message.destination);
	dnp3_report_objects(ctx, &message);
	if (message.is_answer)
		take_answer(ctx, pair, &message, enveloped);
	else
		take_request(ctx, pair, &message, enveloped);
}

/* ---- the link layer's own ---- */

/* One frame at a time is asked: an ACK is for the newest, be it data or not. */
static void take_link_answer(struct bt_context *ctx, struct dnp3_pair *pair,
			     const struct dnp3_message *answer)
{
	bool by_server = ctx->dir == BT_TO_SERVER;
	bool acknowledges = (answer->link_control & LINK_FUNCTION) <= 1;
	uint64_t data_packet = pair->confirmed[by_server].packet;
	struct done done = {.unit = pair->outstation, .answer = answer};
	struct dnp3_message request;
	struct bt_request asked;

	if (!(data_packet && acknowledges) &&
	    bt_answer(ctx, key_of(KIND_LINK, pair, by_server, 0), &asked) &&
	    dnp3_read(asked.bytes, &request)) {
		done = done_of(&asked, &request);
		done.answer = answer;
		emit_link(ctx, &done, BT_RESULT_OK);
		return;
	}
	done.by_server = by_server;
	done.request_packet = data_packet;
	done.request_ns = pair->confirmed[by_server].time_ns;
	emit_link(ctx, &done, data_packet ? BT_RESULT_OK : BT_RESULT_UNSOLICITED);
	pair->confirmed[by_server].packet = 0;
	pair->confirmed[by_server].time_ns = 0;
}

void dnp3_take_link_frame(struct bt_context *ctx, struct dnp3_pair *pair, struct bt_cursor envelope)
{
	bool by_server = ctx->dir == BT_TO_CLIENT;
	struct done done = {.unit = pair->outstation, .request_packet = ctx->packet};
	uint64_t key = key_of(KIND_LINK, pair, by_server, 0);
	struct dnp3_message message;
	struct bt_request earlier;

	if (!dnp3_read(envelope, &message))
		return;
	if (!(message.link_control & LINK_PRM)) {
		take_link_answer(ctx, pair, &message);
		return;
	}
	if ((message.link_control & LINK_FUNCTION) == LINK_UNCONFIRMED_DATA) { /* of no data */
		done.request = &message;
		done.request_ns = ctx->time_ns;
		done.by_server = by_server;
		emit_link(ctx, &done, BT_RESULT_OK);
		return;
	}
	pair->confirmed[by_server].packet = 0;
	while (bt_answer(ctx, key, &earlier))
		dnp3_unanswered(ctx, &earlier);
	bt_ask(ctx, key, envelope);
}
