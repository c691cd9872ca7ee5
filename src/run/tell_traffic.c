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

struct unusual *tell_unusual(struct shard *shard, struct deeds *deeds)
{
	if (!deeds->unusual)
		deeds->unusual = pool_get(&shard->unusual);
	return deeds->unusual;
}

void tell_forget(struct shard *shard, struct talk *talk)
{
	struct deeds *deeds = talk->deeds;

	if (!deeds)
		return;
	if (deeds->told)
		pool_put(&shard->befores, deeds->told->before);
	pool_put(&shard->told, deeds->told);
	pool_put(&shard->unusual, deeds->unusual);
	pool_put(&shard->deeds, deeds);
	talk->deeds = NULL;
}

static void put_deeds(struct sighting_traffic *traffic, const struct deeds *deeds)
{
	const struct unusual *unusual = deeds->unusual;

	traffic->acts[deeds->usual_act] = deeds->operations;
	if (!unusual)
		goto out;
	traffic->acts[deeds->usual_act] -= unusual->operations;
	for (int act = 0; act < BT_ACT_COUNT; act++) {
		traffic->acts[act] += unusual->acts[act];
		traffic->by_server[act] = unusual->by_server[act];
	}
	traffic->refused = unusual->refused;
	traffic->unanswered = unusual->unanswered;
	traffic->unsolicited = unusual->unsolicited;
	traffic->violations = unusual->violations;
out:
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
			  const struct told *told)
{
	bool swapped = told->reversed != flow->reversed;

	for (int dir = 0; dir < 2; dir++) {
		traffic->packets[dir] -= told->packets[swapped ? !dir : dir];
		traffic->bytes[dir] -= told->bytes[swapped ? !dir : dir];
	}
	traffic->gap_bytes -= told->gap_bytes;
	traffic->undecoded_bytes -= told->undecoded_bytes;
	traffic->gaps -= told->gaps;
	traffic->duplicates -= told->duplicates;
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

	if (talk->deeds && talk->deeds->told)
		subtract_told(&sighting.traffic, flow, talk->deeds->told);
	news_post(&shard->worker->news, NEWS_SIGHTING, &sighting, sizeof(sighting));
}

static uint8_t most_done(const struct sighting_traffic *traffic)
{
	uint8_t most = 0;

	for (uint8_t act = 1; act < BT_ACT_COUNT; act++)
		if (traffic->acts[act] > traffic->acts[most])
			most = act;
	return most;
}

/* The inventory knows `total` from now on: what is done from here on counts anew. */
static void note_told(struct shard *shard, struct deeds *deeds, const struct flow *flow,
		      const struct sighting_traffic *total)
{
	struct told *told = deeds->told;

	*told = (struct told){
		.packets = {total->packets[0], total->packets[1]},
		.bytes = {total->bytes[0], total->bytes[1]},
		.gap_bytes = total->gap_bytes,
		.undecoded_bytes = total->undecoded_bytes,
		.gaps = total->gaps,
		.duplicates = total->duplicates,
		.reversed = flow->reversed,
		.before = told->before,
	};
	if (told->before)
		add_deeds(told->before, total);
	deeds->told_ns = shard->worker->now_ns;
	deeds->operations = 0;
	deeds->usual_act = most_done(total);
	if (deeds->unusual)
		*deeds->unusual = (struct unusual){.inside = deeds->unusual->inside};
}

static void count_unusual(struct unusual *unusual, const struct bt_operation *op)
{
	unusual->operations++;
	unusual->acts[op->act]++;
	if (op->by_server)
		unusual->by_server[op->act]++;
	unusual->refused += op->result == BT_RESULT_REFUSED;
	unusual->unanswered += op->result == BT_RESULT_UNANSWERED && !op->broadcast;
	unusual->unsolicited += op->result == BT_RESULT_UNSOLICITED;
}

static void count(struct shard *shard, struct deeds *deeds, const struct bt_operation *op)
{
	if (!deeds->acts_seen)
		deeds->usual_act = (uint8_t)op->act;
	deeds->acts_seen |= (uint16_t)(1u << op->act);
	if (op->act != deeds->usual_act || op->by_server || op->result != BT_RESULT_OK) {
		if (!tell_unusual(shard, deeds))
			return;
		count_unusual(deeds->unusual, op);
	}
	deeds->operations++;
}

/* Room for what the inventory will have been told; NULL: there is none, it is not told. */
static struct told *make_told(struct shard *shard)
{
	struct told *told = pool_get(&shard->told);

	if (!told || !shard->setup->log_flows)
		return told;
	told->before = pool_get(&shard->befores);
	if (told->before)
		return told;
	pool_put(&shard->told, told);
	return NULL;
}

/* Out of line: what is told takes room on the stack, and most operations have nothing to tell. */
static void __attribute__((noinline)) tell_now(struct shard *shard, struct flow *flow,
					       struct deeds *deeds)
{
	struct told *told = deeds->told ? deeds->told : make_told(shard);
	struct sighting_traffic total;

	if (!told)
		return;
	sum_up(flow, &total);
	post_traffic(shard, flow, &total);
	deeds->told = told;
	note_told(shard, deeds, flow, &total);
}

void tell_so_far(struct shard *shard, struct flow *flow, struct deeds *deeds,
		 const struct bt_operation *op)
{
	bool is_new, is_due;

	if (!deeds)
		return;
	is_new = deeds->told && !(deeds->acts_seen >> op->act & 1);
	count(shard, deeds, op);
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
		!talk->engine.dissector && flow->has_payload;
	post_traffic(shard, flow, &total);
	if (!shard->setup->log_flows || !news_line_begin(&shard->worker->news, &rec))
		return;
	if (talk->deeds && talk->deeds->told && talk->deeds->told->before)
		add_deeds(&total, talk->deeds->told->before);
	eve_flow(&rec, flow, talk->engine.dissector, &total, why, shard->worker->now_ns);
	if (!news_line_end(&shard->worker->news, &rec))
		shard->worker->counts.records_dropped++;
}
