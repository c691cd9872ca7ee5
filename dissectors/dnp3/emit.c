/* SPDX-License-Identifier: Apache-2.0
 *
 * One operation out: what it is called, how it went and what it touches, of a request and its answer
 * or of what there is of them.
 */
#include "dnp3.h"

void dnp3_answer_with(struct dnp3_done *done, const struct dnp3_message *answer)
{
	done->answer = answer;
	done->refused = answer->function != FC_UNSOLICITED && dnp3_refused(answer, &done->refusal);
}

static void name_operation(struct bt_operation *op, const struct dnp3_done *done)
{
	const struct dnp3_message *told = done->request ? done->request : done->answer;
	const struct dnp3_function *function = done->function;

	op->function = function ? function->code : told->function;
	op->name = function ? function->name : "undefined";
	op->act = function ? function->act : BT_ACT_OTHER;
	op->by_server = done->by_server;
	op->subfunction = 0;
	if (dnp3_is_authentication(told->function)) {
		op->subfunction = dnp3_authentication_of(told, NULL);
		op->name = dnp3_authentication_name((uint8_t)op->subfunction, told->function);
	} else if (done->by_server && told->function != FC_UNSOLICITED) {
		op->subfunction = 1; /* the other way round is another habit */
	}
}

static void result_of(struct bt_operation *op, const struct dnp3_done *done)
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

static void touch(struct dnp3_accesses *accesses, const struct dnp3_done *done,
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

void dnp3_emit(struct bt_context *ctx, const struct dnp3_done *done, enum bt_result unanswered)
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

void dnp3_emit_link(struct bt_context *ctx, const struct dnp3_done *done, enum bt_result result)
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
