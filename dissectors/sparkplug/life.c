/* SPDX-License-Identifier: Apache-2.0
 *
 * Births, deaths and counters (Sparkplug 3.0.0, sections 5.4 to 5.13), checked on what edge nodes
 * publish themselves: a host application may well begin to listen when everybody is long born.
 */
#include "reading.h"

static void check_bd_seq(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	bool birth = reading->topic.kind == NBIRTH;

	if (!reading->has_bd_seq)
		return;
	if (birth && edge->has_will_bd_seq && edge->will_bd_seq != reading->bd_seq)
		bt_break(reading->ctx, &sparkplug_bd_seq_mismatch, "will %llu, birth %llu",
			 (unsigned long long)edge->will_bd_seq,
			 (unsigned long long)reading->bd_seq);
	if (!birth && edge->has_bd_seq && edge->bd_seq != reading->bd_seq)
		bt_break(reading->ctx, &sparkplug_bd_seq_mismatch, "birth %llu, death %llu",
			 (unsigned long long)edge->bd_seq, (unsigned long long)reading->bd_seq);
	if (birth) {
		edge->has_bd_seq = true;
		edge->bd_seq = reading->bd_seq;
	}
}

static void check_seq(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	uint64_t seq = reading->payload.seq;
	/* Two subscriptions that overlap bring a message twice. */
	bool again = reading->message->by_server && seq == edge->seq;

	if (reading->topic.kind != NBIRTH && edge->has_seq && reading->payload.has_seq && !again &&
	    seq != (edge->seq + 1u) % 256)
		bt_break(reading->ctx, &sparkplug_seq_gap, "%u, then %llu", edge->seq,
			 (unsigned long long)seq);
	edge->has_seq = reading->payload.has_seq;
	edge->seq = (uint8_t)seq;
}

/* Whoever publishes for an edge node has said its birth on the same connection, and left its death
 * with the broker. */
void sparkplug_check_life(struct reading *reading)
{
	struct sparkplug_edge *edge = reading->edge;
	enum sparkplug_kind kind = reading->topic.kind;

	edge->speaks |= !reading->message->by_server;
	if (!edge->born && kind != NBIRTH && !reading->message->by_server && !edge->stranger) {
		edge->stranger = true;
		bt_break(reading->ctx, &sparkplug_unborn, "%s", sparkplug_kinds[kind]);
	}
	if (edge->born && !edge->forgetful && !reading->message->by_server &&
	    reading->unknown_alias)
		bt_break(reading->ctx, &sparkplug_unknown_alias, "%s", sparkplug_kinds[kind]);
	if (kind == NBIRTH || kind == NDEATH)
		edge->born = kind == NBIRTH;
	if (kind == NDEATH)
		edge->has_seq = false;
	else
		check_seq(reading);
	if (kind == NBIRTH || kind == NDEATH)
		check_bd_seq(reading);
}

void sparkplug_check_delivery(const struct reading *reading)
{
	const struct sparkplug_message *message = reading->message;
	enum sparkplug_kind kind = reading->topic.kind;

	if (kind == STATE || message->by_server)
		return;
	if (message->retain || (message->qos && kind != NDEATH))
		bt_break(reading->ctx, &sparkplug_delivery, "%s, QoS %u%s", sparkplug_kinds[kind],
			 message->qos, message->retain ? ", retained" : "");
}
