/* SPDX-License-Identifier: Apache-2.0
 *
 * News for the inventory: what flows carried. A flow in which much is done is told of now and then, as
 * what came since; what is kept for that is little, and only of flows in which anything is done.
 */
#include "shard.h"

#include <stdio.h>

enum {
	TELL_OPERATIONS = 16, /* of a flow, before what was done so far is told */
};

#define TELL_EVERY_NS SECONDS(60)

struct deeds *tell_deeds(struct shard *shard, struct talk *talk)
{
	if (!talk->deeds)
		talk->deeds = pool_get(&shard->deeds);
	return talk->deeds;
}

void tell_forget(struct shard *shard, struct talk *talk)
{
	if (!talk->deeds)
		return;
	pool_put(&shard->befores, talk->deeds->before);
	pool_put(&shard->deeds, talk->deeds);
	talk->deeds = NULL;
}

static void put_deeds(struct sighting_traffic *traffic, const struct deeds *deeds)
{
	for (int act = 0; act < BT_ACT_COUNT; act++) {
		traffic->acts[act] = deeds->acts[act];
		traffic->by_server[act] = deeds->by_server[act];
	}
	traffic->refused = deeds->refused;
	traffic->unanswered = deeds->unanswered;
	traffic->unsolicited = deeds->unsolicited;
	traffic->violations = deeds->violations;
	traffic->programming = traffic->acts[BT_ACT_PROGRAM] + traffic->acts[BT_ACT_CONTROL];
}

/* All that the flow carried, and what was done since it was told of. */
static void sum_up(const struct flow *flow, struct sighting_traffic *traffic)
{
	const struct talk *talk = flow->app;
	const char *label = talk->name && *talk->name ? talk->name : label_port(&flow->pub);

	memset(traffic, 0, sizeof(*traffic));
	traffic->flow = flow->pub;
	traffic->protocol = talk_protocol_name(talk);
	if (!traffic->protocol && label)
		snprintf(traffic->label, sizeof(traffic->label), "%s", label);
	memcpy(traffic->packets, flow->packets, sizeof(traffic->packets));
	memcpy(traffic->bytes, flow->bytes, sizeof(traffic->bytes));
	if (talk->deeds)
		put_deeds(traffic, talk->deeds);
	traffic->first_ns = flow->first_ns;
	traffic->last_ns = flow->last_ns;
	traffic->first_packet = flow->pub.id;
	traffic->last_packet = flow->last_packet;
	traffic->gaps = flow->gaps;
	traffic->gap_bytes = flow->gap_bytes;
	traffic->undecoded_bytes = traffic->protocol ? talk->engine.undecoded_bytes : 0;
	traffic->duplicates = flow->duplicates;
	traffic->has_mac = flow->has_mac;
	memcpy(traffic->mac, flow->mac, sizeof(traffic->mac));
	traffic->vlan_count = flow->vlan_count;
	memcpy(traffic->vlan, flow->vlan, sizeof(traffic->vlan));
}

/* Takes off what the flow carried when it was told of, maybe with its sides the other way round. */
static void subtract_told(struct sighting_traffic *traffic, const struct flow *flow,
			  const struct deeds *deeds)
{
	bool swapped = deeds->told_reversed != flow->reversed;

	for (int dir = 0; dir < 2; dir++) {
		traffic->packets[dir] -= deeds->told_packets[swapped ? !dir : dir];
		traffic->bytes[dir] -= deeds->told_bytes[swapped ? !dir : dir];
	}
	traffic->gap_bytes -= deeds->told_gap_bytes;
	traffic->undecoded_bytes -= deeds->told_undecoded_bytes;
	traffic->gaps -= deeds->told_gaps;
	traffic->duplicates -= deeds->told_duplicates;
	traffic->again = true;
}

static void add_deeds(struct sighting_traffic *sum, const struct sighting_traffic *more)
{
	for (int act = 0; act < BT_ACT_COUNT; act++) {
		sum->acts[act] += more->acts[act];
		sum->by_server[act] += more->by_server[act];
	}
	sum->refused += more->refused;
	sum->unanswered += more->unanswered;
	sum->unsolicited += more->unsolicited;
	sum->violations += more->violations;
	sum->programming += more->programming;
}

static void post_traffic(struct shard *shard, const struct flow *flow,
			 const struct sighting_traffic *total)
{
	const struct talk *talk = flow->app;
	struct sighting sighting = {
		.kind = SIGHTING_TRAFFIC,
		.time_ns = shard->worker->now_ns,
		.packet = shard->worker->news.packet,
		.traffic = *total,
	};

	if (talk->deeds && talk->deeds->is_told)
		subtract_told(&sighting.traffic, flow, talk->deeds);
	news_post(&shard->worker->news, NEWS_SIGHTING, &sighting, sizeof(sighting));
}

/* The inventory knows `total` from now on: what is done from here on counts anew. */
static void note_told(struct shard *shard, struct deeds *deeds, const struct flow *flow,
		      const struct sighting_traffic *total)
{
	struct deeds next = {
		.acts_seen = deeds->acts_seen,
		.is_told = true,
		.told_reversed = flow->reversed,
		.told_gaps = total->gaps,
		.told_duplicates = total->duplicates,
		.told_packets = {total->packets[0], total->packets[1]},
		.told_bytes = {total->bytes[0], total->bytes[1]},
		.told_gap_bytes = total->gap_bytes,
		.told_undecoded_bytes = total->undecoded_bytes,
		.told_ns = shard->worker->now_ns,
		.before = deeds->before,
		.inside = deeds->inside,
		.said_unit = deeds->said_unit,
		.said_ns = deeds->said_ns,
		.memo = deeds->memo,
	};

	if (next.before)
		add_deeds(next.before, total);
	*deeds = next;
}

static void count(struct deeds *deeds, const struct bt_operation *op)
{
	deeds->operations++;
	deeds->acts[op->act]++;
	deeds->acts_seen |= (uint16_t)(1u << op->act);
	if (op->by_server)
		deeds->by_server[op->act]++;
	if (op->result == BT_RESULT_OK)
		return;
	deeds->refused += op->result == BT_RESULT_REFUSED;
	deeds->unanswered += op->result == BT_RESULT_UNANSWERED && !op->broadcast;
	deeds->unsolicited += op->result == BT_RESULT_UNSOLICITED;
}

/* Out of line: what is told takes room on the stack, and most operations have nothing to tell. */
static void __attribute__((noinline)) tell_now(struct shard *shard, struct flow *flow,
					       struct deeds *deeds)
{
	struct sighting_traffic total;

	if (shard->setup->log_flows && !deeds->before)
		deeds->before = pool_get(&shard->befores);
	if (shard->setup->log_flows && !deeds->before)
		return;
	sum_up(flow, &total);
	post_traffic(shard, flow, &total);
	note_told(shard, deeds, flow, &total);
}

void tell_so_far(struct shard *shard, struct flow *flow, const struct bt_operation *op)
{
	struct deeds *deeds = tell_deeds(shard, flow->app);
	bool is_new, is_due;

	if (!deeds)
		return;
	is_new = deeds->is_told && !(deeds->acts_seen >> op->act & 1);
	count(deeds, op);
	is_due = deeds->operations >= TELL_OPERATIONS &&
		 shard->worker->now_ns - deeds->told_ns >= TELL_EVERY_NS;
	if (is_new || is_due)
		tell_now(shard, flow, deeds);
}

void tell_flow_end(struct shard *shard, const struct flow *flow, enum flow_end why)
{
	const struct talk *talk = flow->app;
	struct sighting_traffic total;
	struct bt_record rec;

	sum_up(flow, &total);
	shard->worker->counts.unknown_flows +=
		!talk->engine.dissector && flow->payload_bytes[0] + flow->payload_bytes[1] > 0;
	post_traffic(shard, flow, &total);
	if (!shard->setup->log_flows || !news_line_begin(&shard->worker->news, &rec))
		return;
	if (talk->deeds && talk->deeds->before)
		add_deeds(&total, talk->deeds->before);
	eve_flow(&rec, flow, talk->engine.dissector, &total, why, shard->worker->now_ns);
	if (!news_line_end(&shard->worker->news, &rec))
		shard->worker->counts.records_dropped++;
}
