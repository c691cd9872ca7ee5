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
static struct dnp3_done done_of(const struct bt_request *asked, const struct dnp3_message *request)
{
	return (struct dnp3_done){
		.unit = (uint16_t)asked->key,
		.request = request,
		.request_packet = asked->packet,
		.request_ns = asked->time_ns,
		.by_server = asked->key >> 48,
		.request_cut = cur_left(&asked->bytes) < asked->length,
	};
}

static void emit_link_unanswered(struct bt_context *ctx, const struct dnp3_message *request,
				 const struct bt_request *asked)
{
	struct dnp3_done done = done_of(asked, request);

	dnp3_emit_link(ctx, &done, BT_RESULT_UNANSWERED);
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
	struct dnp3_done done = done_of(asked, request);

	done.function = dnp3_function(request->function);
	done.retransmission = is_repeated(
		dnp3_known_pair(ctx->state, (uint16_t)(asked->key >> 16), done.unit), request);
	dnp3_emit(ctx, &done, BT_RESULT_UNANSWERED);
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
	variation = dnp3_authentication_of(request, &object);
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
	struct dnp3_done done = {
		.unit = pair->outstation,
		.request = request,
		.request_packet = ctx->packet,
		.request_ns = ctx->time_ns,
		.function = dnp3_function(request->function),
		.by_server = ctx->dir == BT_TO_CLIENT,
	};
	enum kind kind =
		dnp3_is_authentication(request->function) ? KIND_AUTHENTICATION : KIND_APPLICATION;
	uint64_t key = key_of(kind, pair, done.by_server, request->control);
	bool wanted = wants_answer(ctx, pair, request);

	pair->more_due = pair->more_due && request->function == FC_CONFIRM;
	dnp3_take_control(ctx, pair, request, enveloped);
	if (wanted && can_be_kept(ctx, enveloped)) {
		bury_earlier(ctx, pair, key, request, enveloped);
		bt_ask(ctx, key, enveloped);
		return;
	}
	dnp3_emit(ctx, &done,
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

static void expect_more(struct dnp3_pair *pair, const struct dnp3_done *done)
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
	struct dnp3_done done = {.unit = pair->outstation, .told = true};

	dnp3_answer_with(&done, answer);
	done.function = dnp3_function(FC_UNSOLICITED);
	done.by_server = ctx->dir == BT_TO_CLIENT;
	done.retransmission = cur_equal(dnp3_kept(&pair->told), enveloped);
	dnp3_keep(ctx, &pair->told, enveloped);
	dnp3_emit(ctx, &done, BT_RESULT_OK);
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
	struct dnp3_done done = {
		.unit = pair->outstation,
		.request_packet = pair->asked_packet,
		.request_ns = pair->asked_ns,
		.function = dnp3_function(pair->asked_function),
		.told = true,
		.by_server = ctx->dir == BT_TO_SERVER,
		.continued = true,
	};

	dnp3_answer_with(&done, answer);
	expect_more(pair, &done);
	dnp3_emit(ctx, &done, BT_RESULT_OK);
	dnp3_identify(ctx, pair->outstation, answer);
}

static void take_challenge(struct bt_context *ctx, struct dnp3_pair *pair,
			   const struct dnp3_message *answer, struct bt_cursor challenge)
{
	struct dnp3_done done = {.unit = pair->outstation, .told = true};

	dnp3_answer_with(&done, answer);
	pair->challenge_sequence = cur_u32le(&challenge);
	pair->challenged = cur_ok(&challenge);
	done.function = dnp3_function(FC_AUTHENTICATE_RESPONSE);
	done.by_server = ctx->dir == BT_TO_CLIENT;
	dnp3_emit(ctx, &done, BT_RESULT_OK);
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

	if (dnp3_is_authentication(answer->function) &&
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
	struct dnp3_done done = {.unit = pair->outstation};
	struct bt_cursor object = {0};
	struct dnp3_message request;
	struct bt_request asked;

	if (answer->function == FC_UNSOLICITED) {
		take_unsolicited(ctx, pair, answer, enveloped);
		return;
	}
	if (answer->function == FC_AUTHENTICATE_RESPONSE &&
	    dnp3_authentication_of(answer, &object) == 1) {
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
		dnp3_answer_with(&done, answer);
		done.function = dnp3_function(request.function);
		done.retransmission = is_repeated(pair, &request);
		pair->answers++;
		pair->answered = true;
		pair->answered_sequence = answer->control & APP_SEQUENCE;
		if (!done.request_cut)
			dnp3_check_control(ctx, pair, &request, answer, done.refused);
	} else {
		dnp3_answer_with(&done, answer);
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
	dnp3_emit(ctx, &done, BT_RESULT_OK);
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
	struct dnp3_done done = {.unit = pair->outstation, .answer = answer};
	struct dnp3_message request;
	struct bt_request asked;

	if (!(data_packet && acknowledges) &&
	    bt_answer(ctx, key_of(KIND_LINK, pair, by_server, 0), &asked) &&
	    dnp3_read(asked.bytes, &request)) {
		done = done_of(&asked, &request);
		done.answer = answer;
		dnp3_emit_link(ctx, &done, BT_RESULT_OK);
		return;
	}
	done.by_server = by_server;
	done.request_packet = data_packet;
	done.request_ns = pair->confirmed[by_server].time_ns;
	dnp3_emit_link(ctx, &done, data_packet ? BT_RESULT_OK : BT_RESULT_UNSOLICITED);
	pair->confirmed[by_server].packet = 0;
	pair->confirmed[by_server].time_ns = 0;
}

void dnp3_take_link_frame(struct bt_context *ctx, struct dnp3_pair *pair, struct bt_cursor envelope)
{
	bool by_server = ctx->dir == BT_TO_CLIENT;
	struct dnp3_done done = {.unit = pair->outstation, .request_packet = ctx->packet};
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
		dnp3_emit_link(ctx, &done, BT_RESULT_OK);
		return;
	}
	pair->confirmed[by_server].packet = 0;
	while (bt_answer(ctx, key, &earlier))
		dnp3_unanswered(ctx, &earlier);
	bt_ask(ctx, key, envelope);
}
