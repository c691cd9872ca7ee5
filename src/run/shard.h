/* SPDX-License-Identifier: Apache-2.0
 *
 * A shard: everything about the host pairs that hash to it. There are always SHARD_COUNT shards; a
 * worker runs some of them, so caps and evictions do not depend on how many workers there are.
 */
#ifndef RUN_SHARD_H
#define RUN_SHARD_H

#include <stddef.h>

#include "crowd.h"
#include "damper.h"
#include "engine.h"
#include "flow.h"
#include "label.h"
#include "learn.h"
#include "news.h"
#include "once.h"
#include "pool.h"
#include "roster.h"
#include "rules.h"

enum {
	INSIDE_TOLD = 8,
};

struct baseline;

/* What all shards of a worker share. */
struct shard_setup {
	const struct baseline *site; /* or NULL */
	const struct rules_of *rules[ROSTER_MAX]; /* by protocol, as in the roster */
	enum learn_mode mode;
	unsigned flows_max; /* of each shard */
	bool log_flows;
	uint64_t log_protocols; /* bit i: operations of roster[i] */
};

/* Counted by each worker, added up at the end. */
struct shard_counts {
	uint64_t flows, gaps, gap_bytes, conflicts, duplicates;
	uint64_t tcp_packets, one_way_packets; /* as in struct eve_stats */
	uint64_t operations, operations_incomplete, violations, unknown_flows, records_dropped;
	uint64_t learn_dropped; /* of baselines that are judged by no more */
};

/* What a worker lends its shards. */
struct shard_worker {
	struct news_writer news;
	struct labeller *labeller;
	struct shard_counts counts;
	int64_t now_ns; /* packet time */
	bool is_losing; /* live: packets are being lost, anybody's: what begins now is not seen whole */
	struct finding findings[4]; /* scratch */
	struct sighting sighting;   /* likewise */
};

struct shard {
	const struct shard_setup *setup;
	struct shard_worker *worker;
	uint64_t hashes; /* bit i: pairs whose hash is i are looked at here */
	struct flow_table *flows;
	struct bt_engine *engine;
	struct learn *learn;
	struct damper *damper;
	struct crowds *crowds;
	struct pool talks;
	struct pool deeds;
	struct pool unusual;
	struct pool told;
	struct pool befores; /* struct sighting_traffic */
	size_t labels; /* flows under nDPI's inspection */
	uint64_t bindings[512]; /* address sightings sent of late, by hash */
	struct once said; /* units and identities */
};

/* Operations inside others that were told of: the newest few, by their packets. The one outside may be
 * known to be unanswered only long after. */
struct inside {
	uint64_t newest; /* packet of the newest, told of or not */
	uint32_t packets[INSIDE_TOLD]; /* the low half of their numbers */
	uint8_t worst[INSIDE_TOLD];    /* 1 + the worst severity that was told; 0: none */
	uint8_t next;
};

/* What was done otherwise than is usual in the flow: most never need it. */
struct unusual {
	uint32_t acts[BT_ACT_COUNT]; /* as in struct sighting_traffic */
	uint32_t by_server[BT_ACT_COUNT]; /* likewise */
	uint32_t operations; /* all of these */
	uint32_t refused, unanswered, unsolicited;
	uint64_t violations;
	struct inside inside;
};

/* What the inventory knew of a flow when it was told of it last. */
struct told {
	uint64_t packets[2], bytes[2], gap_bytes, undecoded_bytes;
	uint32_t gaps, duplicates;
	bool reversed; /* flow->reversed at that time */
	struct sighting_traffic *before; /* what was done until then; NULL: flows are not logged */
};

/* What was done in a flow: since the inventory was told of it last, and what it knows by that. */
struct deeds {
	struct learn_memo memo;
	/* The unit that answered last is known to the inventory: most flows have one. */
	int64_t said_ns;
	uint32_t said_unit; /* 1 + its number; 0: none */

	uint32_t operations; /* `usual_act`, asked by the client and answered well, and all that is unusual */
	uint16_t acts_seen;  /* bit i: act i was ever done */
	uint8_t usual_act;   /* the first, or the one that was done most */
	struct unusual *unusual; /* NULL: nothing was, so far */
	struct told *told;       /* NULL: never */
	int64_t told_ns;
};

_Static_assert(BT_ACT_COUNT <= 16, "acts_seen has 16 bits");

/* What bittern keeps of a flow beyond the flow table: flow->app. Little, for a flood makes many. */
struct talk {
	struct engine_flow engine; /* first */
	struct learn_pair *pair;
	struct label *label;
	const char *name; /* label, once final; NULL before */
	struct deeds *deeds; /* NULL: none so far */
};

_Static_assert(sizeof(struct talk) == 128, "two cache lines");

/* What speaks in a flow, by its usual road; NULL: nothing of ours. */
static inline const struct bt_dissector *talk_protocol(const struct talk *talk)
{
	return talk && talk->engine.dissector ? bt_protocol(talk->engine.dissector) : NULL;
}

static inline const char *talk_protocol_name(const struct talk *talk)
{
	const struct bt_dissector *protocol = talk_protocol(talk);

	return protocol ? protocol->name : NULL;
}

void shard_setup_rules(struct shard_setup *setup, const struct rules *rules);
bool shard_init(struct shard *shard, const struct shard_setup *setup, struct shard_worker *worker,
		uint64_t hashes);
void shard_finish(struct shard *shard);

/* What a shard would know of its pairs by setup->site; NULL: no memory. Then: from now on it judges by
 * that, which it takes over, also what is under way. `room` is for setup->flows_max. */
struct learn *shard_learn(const struct shard *shard, const struct shard_setup *setup);
void shard_judge_by(struct shard *shard, struct learn *learn, struct flow **room);

/* What a packet will need, each step found through the one before. */
enum shard_step {
	SHARD_FLOW_SLOT, /* where the flow's place is */
	SHARD_FLOW,
	SHARD_STREAM,    /* and what we keep of the flow */
	SHARD_REQUEST,   /* and the dissector's state */
};

/* Tells the processor what the packet's shard_packet() will need. Changes
 * nothing but search->peeked. */
void shard_approach(const struct shard *shard, struct flow_search *search, enum shard_step step);
/* `search`: of the packet, if it has a flow. */
void shard_packet(struct shard *shard, const struct packet *packet, const struct flow_search *search);
void shard_lose(struct shard *shard, struct flow **room); /* packets were lost, of any flow; `room` likewise */
void shard_flow_end(void *shard, struct flow *flow, enum flow_end why); /* flow_table's on_end */

/* tell.c: from what happened to news. */
extern const struct engine_sink shard_sink;
void tell_finding(struct shard *shard, const struct flow *flow, struct finding *finding);
void tell_problems(struct shard *shard, const struct packet *packet);
void tell_pair(struct shard *shard, struct flow *flow, uint64_t packet);

/* tell_traffic.c */
/* The flow's; made when need be. NULL: there is no memory, nothing can be kept of them. */
struct deeds *tell_deeds(struct shard *shard, struct talk *talk);
struct unusual *tell_unusual(struct shard *shard, struct deeds *deeds); /* likewise */
/* What one operation adds to them; NULL: nothing. */
void tell_so_far(struct shard *shard, struct flow *flow, struct deeds *deeds,
		 const struct bt_operation *op);
void tell_flow_end(struct shard *shard, const struct flow *flow, enum flow_end why);
void tell_forget(struct shard *shard, struct talk *talk); /* its deeds */

/* tell_inventory.c */
void tell_address(struct shard *shard, const struct packet *packet);
/* `deeds` of the flow, or NULL. */
void tell_unit(struct shard *shard, const struct flow *flow, struct deeds *deeds,
	       const struct bt_context *ctx, const struct bt_operation *op);
void tell_identity(void *owner, struct flow *flow, const struct bt_context *ctx,
		   struct bt_station who, enum bt_identity what, struct bt_cursor text,
		   const char *source);
void tell_station(void *owner, struct flow *flow, const struct bt_context *ctx,
		  struct bt_station who, const char *source);

#endif
