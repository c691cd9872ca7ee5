/* SPDX-License-Identifier: Apache-2.0
 *
 * Select before operate (IEEE 1815-2012, 4.4.3): an operate repeats the objects of the select that
 * the outstation has just accepted, under the next sequence number. And the echo: what an
 * outstation says it does is what it was asked for, but for the status.
 *
 * UDP loses messages without a trace, so a select that was not seen proves nothing there.
 */
#include "dnp3.h"

/* Longer than outstations wait for the operate. */
#define SELECT_HOLD_NS (60LL * 1000 * 1000 * 1000)

/* The next header that is about the process: secure authentication wraps it in group 120. */
static bool next_control(struct dnp3_walk *walk, struct dnp3_header *header)
{
	while (dnp3_next_header(walk, header)) {
		if (header->group != 120)
			return true;
	}
	return false;
}

/* What a control block asks for: all of it but the status at its end. */
static struct bt_cursor asked_for(const struct dnp3_header *header, struct bt_cursor data)
{
	bool has_status = (header->group == 12 || header->group == 41) && cur_left(&data);

	return cur_take_upto(&data, cur_left(&data) - has_status);
}

static bool same_points(struct dnp3_header *a, struct dnp3_header *b)
{
	struct dnp3_point in_a, in_b;

	if (a->group != b->group || a->variation != b->variation || a->points != b->points)
		return false;
	if (a->object && a->object->packed)
		return a->start == b->start && cur_equal(a->body, b->body);
	while (dnp3_next_point(a, &in_a)) {
		if (!dnp3_next_point(b, &in_b) || in_a.index != in_b.index ||
		    !cur_equal(asked_for(a, in_a.data), asked_for(b, in_b.data)))
			return false;
	}
	return true;
}

static bool same_controls(const struct dnp3_message *a, const struct dnp3_message *b)
{
	struct dnp3_walk walk_a = dnp3_walk(a), walk_b = dnp3_walk(b);
	struct dnp3_header in_a, in_b;

	for (;;) {
		bool more = next_control(&walk_a, &in_a);

		if (more != next_control(&walk_b, &in_b))
			return false;
		if (!more)
			return true;
		if (!same_points(&in_a, &in_b))
			return false;
	}
}

/* NULL: the operate follows from the select. */
static const struct bt_violation *judge_operate(struct bt_context *ctx,
						const struct dnp3_select *select,
						const struct dnp3_message *operate)
{
	struct dnp3_message selected;

	if (!select->known || !dnp3_read(dnp3_kept(&select->message), &selected))
		return &dnp3_operate_without_select;
	if (!same_controls(&selected, operate))
		return &dnp3_operate_differs;
	if (select->refused)
		return &dnp3_operate_refused;
	if (select->interrupted ||
	    ((select->sequence + 1) & APP_SEQUENCE) != (operate->control & APP_SEQUENCE))
		return &dnp3_operate_sequence;
	return ctx->time_ns - select->time_ns > SELECT_HOLD_NS ? &dnp3_operate_late : NULL;
}

static void take_select(struct bt_context *ctx, struct dnp3_pair *pair,
			const struct dnp3_message *request, struct bt_cursor enveloped)
{
	struct dnp3_select *select = &pair->select;

	select->known = dnp3_keep(ctx, &select->message, enveloped);
	select->no_memory = !select->known;
	select->refused = select->interrupted = false;
	select->sequence = request->control & APP_SEQUENCE;
	select->time_ns = ctx->time_ns;
	pair->operated.size = 0;
}

/* It may be repeated: the outstation answers again and does nothing. */
static void take_operate(struct bt_context *ctx, struct dnp3_pair *pair,
			 const struct dnp3_message *request, struct bt_cursor enveloped)
{
	struct dnp3_select *select = &pair->select;
	bool repeated = cur_equal(dnp3_kept(&pair->operated), enveloped);
	bool unsure = ctx->flow->transport == BT_OVER_UDP || select->no_memory ||
		      dnp3_is_broadcast(request->destination);
	const struct bt_violation *wrong =
		repeated || unsure ? NULL : judge_operate(ctx, select, request);

	if (wrong)
		bt_break(ctx, wrong, "outstation %u, master %u, sequence %u", request->destination,
			 request->source, request->control & APP_SEQUENCE);
	dnp3_keep(ctx, &pair->operated, enveloped);
	select->known = false;
}

void dnp3_take_control(struct bt_context *ctx, struct dnp3_pair *pair,
		       const struct dnp3_message *request, struct bt_cursor enveloped)
{
	switch (request->function) {
	case FC_SELECT: take_select(ctx, pair, request, enveloped); break;
	case FC_OPERATE: take_operate(ctx, pair, request, enveloped); break;
	case FC_CONFIRM:
	case FC_AUTHENTICATE:
	case FC_AUTHENTICATE_NO_ACK: break;
	default: /* ends what was selected; what was operated is then no repetition */
		pair->select.interrupted = true;
		pair->operated.size = 0;
		break;
	}
}

void dnp3_check_control(struct bt_context *ctx, struct dnp3_pair *pair,
			const struct dnp3_message *request, const struct dnp3_message *answer,
			bool refused)
{
	struct dnp3_select *select = &pair->select;

	if (request->function < FC_SELECT || request->function > FC_DIRECT_OPERATE)
		return;
	if (request->function == FC_SELECT && select->sequence == (request->control & APP_SEQUENCE))
		select->refused = refused;
	if (!refused && cur_left(&answer->objects) && !same_controls(request, answer))
		bt_break(ctx, &dnp3_echo_mismatch, "outstation %u, master %u, sequence %u",
			 answer->source, answer->destination, answer->control & APP_SEQUENCE);
}
