/* SPDX-License-Identifier: Apache-2.0
 *
 * One packet through a shard: flow -> duplicate? -> evidence -> stream, messages, operations.
 */
#include "shard.h"

#include <stdlib.h>

#include "decode.h"
#include "roster.h"

enum {
	PORTS_MAX = 64,
	ONE_WAY_AFTER = 8, /* packets: by then whatever is alive has answered */
};

static int by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* The hinted ports of all dissectors, for guessing which side serves. */
static void hint_ports(struct flow_table *flows)
{
	static uint16_t ports[PORTS_MAX]; /* the same for every shard: writing it again changes nothing */
	size_t count = 0;

	for (size_t i = 0; i < roster_count; i++) {
		for (const uint16_t *port = roster[i]->ports; *port && count < PORTS_MAX; port++)
			ports[count++] = *port;
	}
	qsort(ports, count, sizeof(ports[0]), by_number); /* flow_hint_ports() searches by halves */
	flow_hint_ports(flows, ports, count);
}

struct learn *shard_learn(const struct shard *shard, const struct shard_setup *setup)
{
	return learn_create(setup->site, shard->hashes, decode_shard_of, setup->mode);
}

/* Every flow is looked up anew, as if it began now: the new baseline may know it or not. */
void shard_judge_by(struct shard *shard, struct learn *learn, struct flow **room)
{
	struct news_writer *news = &shard->worker->news;
	size_t count = flow_all(shard->flows, room, shard->setup->flows_max);
	struct learn_counts gone = {0};

	learn_count(shard->learn, &gone);
	shard->worker->counts.learn_dropped += gone.dropped;
	learn_destroy(shard->learn);
	shard->learn = learn;
	news->origin = news_origin(NEWS_PACKET, 0);
	for (size_t i = 0; i < count; i++) {
		if (room[i]->app)
			tell_pair(shard, room[i], news->packet);
	}
}

void shard_setup_rules(struct shard_setup *setup, const struct rules *rules)
{
	for (size_t i = 0; i < roster_count; i++)
		setup->rules[i] = rules_of(rules, bt_protocol(roster[i])->name);
}

bool shard_init(struct shard *shard, const struct shard_setup *setup, struct shard_worker *worker,
		uint64_t hashes)
{
	*shard = (struct shard){.setup = setup, .worker = worker, .hashes = hashes};
	pool_init(&shard->talks, sizeof(struct talk), setup->flows_max + 1);
	pool_init(&shard->deeds, sizeof(struct deeds), setup->flows_max + 1);
	pool_init(&shard->unusual, sizeof(struct unusual), setup->flows_max + 1);
	pool_init(&shard->told, sizeof(struct told), setup->flows_max + 1);
	pool_init(&shard->befores, sizeof(struct sighting_traffic), setup->flows_max + 1);
	shard->flows = flow_table_create(setup->flows_max, shard_flow_end, shard);
	if (!shard->flows)
		return false;
	hint_ports(shard->flows);
	shard->engine = engine_create(&shard_sink, shard, flow_streams(shard->flows));
	shard->learn = shard_learn(shard, setup);
	shard->damper = damper_create();
	shard->crowds = crowds_create();
	return shard->engine && shard->learn && shard->damper && shard->crowds;
}

void shard_finish(struct shard *shard)
{
	engine_destroy(shard->engine);
	flow_table_destroy(shard->flows);
	learn_destroy(shard->learn);
	damper_destroy(shard->damper);
	crowds_destroy(shard->crowds);
	pool_finish(&shard->talks);
	pool_finish(&shard->deeds);
	pool_finish(&shard->unusual);
	pool_finish(&shard->told);
	pool_finish(&shard->befores);
}

static void begin_talk(struct shard *shard, struct flow *flow, uint64_t packet)
{
	flow->app = pool_get(&shard->talks);
	shard->worker->counts.flows++;
	if (flow->app)
		tell_pair(shard, flow, packet);
}

/* Only what our dissectors have looked at and did not find theirs at all: what they are still in
 * doubt about is theirs more often than not, and they need less of it to tell. */
static bool is_nobodys(const struct engine_flow *app)
{
	return app->claim == CLAIM_FOREIGN ||
	       (app->claim == CLAIM_OPEN && !app->perhaps && app->tries[0] + app->tries[1]);
}

/* nDPI looks at flows that no dissector claims, at few of them at a time. */
static __attribute__((cold)) void inspect(struct shard *shard, struct talk *talk,
					  const struct packet *packet)
{
	if (!talk->label) {
		if (shard->labels >= LABELS_MAX)
			return;
		shard->labels++;
	}
	talk->name = label_packet(shard->worker->labeller, &talk->label, packet);
	if (!talk->label)
		shard->labels--;
}

static void label(struct shard *shard, struct talk *talk, const struct packet *packet)
{
	if (is_nobodys(&talk->engine) && !talk->name && cur_left(&packet->payload))
		inspect(shard, talk, packet);
}

static void note_direction(struct shard *shard, const struct flow *flow, enum bt_dir dir)
{
	if (flow->packets[dir] <= ONE_WAY_AFTER)
		return;
	shard->worker->counts.tcp_packets++;
	shard->worker->counts.one_way_packets += flow->packets[bt_reverse(dir)] == 0;
}

void shard_lose(struct shard *shard, struct flow **room)
{
	size_t count = flow_all(shard->flows, room, shard->setup->flows_max);

	for (size_t i = 0; i < count; i++)
		room[i]->pub.seen |= BT_SEEN_GAP;
}

void shard_approach(const struct shard *shard, struct flow_search *search, enum shard_step step)
{
	const struct flow *flow = search->peeked;
	const struct talk *talk;

	if (step == SHARD_FLOW_SLOT) {
		flow_prefetch(shard->flows, search);
		return;
	}
	if (step == SHARD_FLOW) {
		flow_peek(shard->flows, search);
		if (search->peeked)
			memory_prefetch(search->peeked, offsetof(struct flow, gaps));
		return;
	}
	talk = flow ? flow->app : NULL;
	if (!talk)
		return; /* the flow is not there yet, or not any more: what it had is nobody's */
	if (step == SHARD_STREAM) {
		memory_prefetch(talk, sizeof(*talk));
		stream_prefetch(flow);
	} else {
		engine_prefetch(&talk->engine);
		stream_prefetch_past(flow);
		if (talk->deeds)
			memory_prefetch(talk->deeds, sizeof(*talk->deeds));
	}
}

void shard_packet(struct shard *shard, const struct packet *packet, const struct flow_search *search)
{
	struct flow_sight sight;
	struct flow *flow;

	if (packet->problems)
		tell_problems(shard, packet);
	if (packet->kind == PACKET_ARP) {
		tell_address(shard, packet);
		return;
	}
	if (!flow_has(packet))
		return;
	flow = flow_found(shard->flows, packet, search, &sight);
	if (!flow)
		return;
	if (sight.duplicate) {
		shard->worker->counts.duplicates++;
		return;
	}
	if (sight.is_new && shard->worker->is_losing)
		flow->pub.seen |= BT_SEEN_GAP;
	if (packet->kind == PACKET_TCP)
		note_direction(shard, flow, sight.dir);
	if (sight.is_new)
		begin_talk(shard, flow, packet->frame->number);
	if (flow->packets[sight.dir] == 1)
		tell_address(shard, packet);
	if (!flow->app)
		return;
	engine_packet(shard->engine, flow, sight.dir, packet);
	label(shard, flow->app, packet);
}

void shard_flow_end(void *owner, struct flow *flow, enum flow_end why)
{
	struct shard *shard = owner;
	struct talk *talk = flow->app;
	struct news_writer *news = &shard->worker->news;

	if (!talk)
		return;
	engine_end(shard->engine, flow, shard->worker->now_ns, news->packet);
	tell_flow_end(shard, flow, why);
	if (talk->label) {
		label_drop(&talk->label);
		shard->labels--;
	}
	tell_forget(shard, talk);
	pool_put(&shard->talks, talk);
	flow->app = NULL;
}
