/* SPDX-License-Identifier: Apache-2.0
 *
 * Events as EVE JSON lines (Suricata's format): its key names and values wherever it has them, ours
 * beside, in an object "bittern" of their own. Each function writes one object (no newline) into a
 * record and is pure; the schema (bittern schema) describes every line and is generated from the tables
 * in eve_fields.c and the dissectors' fields; docs/events.md explains them.
 *
 * Log records (flow, operations) are written on the workers, straight into their rings; alerts,
 * anomalies, assets and stats in the reporter.
 */
#ifndef EVE_H
#define EVE_H

#include "alert.h"
#include "assets.h"
#include "bittern/dissector.h"
#include "finding.h"
#include "flow.h"

/* Bits of what --log asks for beyond alert, anomaly, asset and stats. */
enum eve_log {
	EVE_LOG_FLOW = 1 << 0,
	EVE_LOG_OPERATIONS = 1 << 1, /* every dissector's event */
};

/* `dissector`: the flow's, which may be another road of its protocol; NULL: none claimed it. */
void eve_flow(struct bt_record *rec, const struct flow *flow, const struct bt_dissector *dissector,
	      const struct sighting_traffic *traffic, enum flow_end why, int64_t now_ns);
/* `dissector`: the flow's; op->protocol, where it speaks inside that, gives the event its name. */
void eve_operation(struct bt_record *rec, const struct flow *flow,
		   const struct bt_dissector *dissector, const struct bt_operation *op,
		   int64_t now_ns, uint64_t packet);
/* Tells the processor what eve_operation() of the same will need. */
void eve_operation_expect(const struct flow *flow, const struct bt_dissector *dissector,
			  const struct bt_operation *op);
void eve_anomaly(struct bt_record *rec, const struct finding *finding);
/* Source and target are those of alert->finding.flow: client, server; either may be NULL. */
void eve_alert(struct bt_record *rec, const struct alert *alert, const struct asset *source,
	       const struct asset *target);
void eve_asset(struct bt_record *rec, const struct asset *asset, int64_t now_ns);

/* What is given up first when events cannot be written. */
enum eve_rank {
	EVE_RANK_LOG,   /* flows and operations */
	EVE_RANK_EVENT, /* anomaly, asset, stats */
	EVE_RANK_ALERT,
	EVE_RANKS,
};

/* What was seen of one interface, and what was not. */
struct eve_interface {
	const char *name; /* static */
	bool is_up;
	bool is_removed;   /* nothing has its name */
	uint64_t packets;  /* handed over by the kernel */
	uint64_t dropped;  /* by the kernel: they came faster than they were read */
	uint64_t missed;   /* by the adapter */
	int64_t silent_ns; /* since its last frame */
};

struct eve_stats {
	int64_t first_ns, last_ns; /* packet time */
	uint64_t packets, bytes;   /* captured */
	uint64_t kernel_dropped;   /* live: that found the ring full */
	uint64_t decoded, failed, held_fragments, reassembled, duplicates, cut;
	uint64_t problems[DECODE_PROBLEM_COUNT];
	uint64_t flows, flows_evicted;
	uint64_t tcp_gaps, tcp_gap_bytes, conflicts;
	/* TCP packets after the first few of their flow's direction, and those whose other direction was
	 * never seen: what answers shows after a few packets whether a mirror port shows it. */
	uint64_t tcp_packets, one_way_packets;
	uint64_t operations, operations_incomplete, violations;
	uint64_t undecoded_bytes;   /* of our protocols' flows, in no message that was understood */
	uint64_t memory_refused;    /* times a dissector could not remember what it wanted to */
	uint64_t unknown_flows;     /* not claimed by a dissector */
	uint64_t records_dropped;   /* log records over the size cap */
	uint64_t unwritten[EVE_RANKS]; /* live: lines that found no room while the disk took none */
	uint64_t alerts, alerts_dropped, assets, assets_dropped, learn_dropped;

	/* live */
	struct eve_interface interfaces[INTERFACES_MAX];
	unsigned interface_count; /* 0: recorded */
	uint64_t clock_steps;     /* times the wall's clock was set; by how much the last time */
	int64_t clock_step_ns;
	uint64_t ring_waits;      /* times a worker waited for the reporter */
	bool has_state;           /* what is known is kept over a restart: */
	uint64_t state_failures;  /* times it could not be written */
	uint64_t state_refused;   /* records that found no room meanwhile */
	/* Now, not since the start: flows in the table, functions in what was learned, bytes kept of
	 * streams (waiting behind a hole, or half a message) and by dissectors. */
	uint64_t flows_open, learned_entries, held_bytes;
};
/* Adds what one worker counted. */
void eve_stats_add(struct eve_stats *sum, const struct eve_stats *one);
void eve_stats(struct bt_record *rec, const struct eve_stats *stats);

/* A rule's or violation's number, for consumers that know alerts by number: 1,000,000,000 and more,
 * above everything that public rule sets use; made from the name, so it stays. */
uint32_t eve_signature_id(const char *name);

/* The JSON Schema (draft 2020-12) of every event, for the dissectors given (another road of a protocol
 * adds nothing to it). A new reference (a jansson json_t); NULL: no memory. */
struct json_t *eve_schema(const struct bt_dissector *const *dissectors, size_t count);

/* The keys of an event type, as in a dissector: "alert", "flow", ...; "operation" for what every
 * dissector's event has beside the protocol's own object. Ends with a zero entry; NULL: unknown.
 * `index` counts the types: NULL past the last. */
const struct bt_field *eve_fields(const char *event_type);
const char *eve_event_type(size_t index);

#endif
