/* SPDX-License-Identifier: Apache-2.0
 *
 * The sensor's own health: what it saw, what it could not see, what it had to drop. Suricata's
 * counter names where it counts the same.
 */
#include "eve.h"

#include "decode.h"
#include "envelope.h"

static void put_decoder(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, "decoder");
	bt_put_uint(rec, "pkts", stats->decoded);
	bt_put_uint(rec, "bytes", stats->bytes);
	bt_put_uint(rec, "invalid", stats->failed);
	bt_put_uint(rec, "cut", stats->cut);
	bt_put_uint(rec, "duplicates", stats->duplicates);
	bt_open(rec, "event");
	for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++)
		bt_put_uint(rec, decode_problem_name(bit), stats->problems[bit]);
	bt_close(rec);
	bt_close(rec);
	bt_open(rec, "defrag");
	bt_put_uint(rec, "fragments", stats->held_fragments);
	bt_put_uint(rec, "reassembled", stats->reassembled);
	bt_close(rec);
}

static void put_traffic(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, "flow");
	bt_put_uint(rec, "total", stats->flows);
	bt_put_uint(rec, "evicted", stats->flows_evicted);
	bt_put_uint(rec, "unknown", stats->unknown_flows);
	bt_close(rec);
	bt_open(rec, "tcp");
	bt_put_uint(rec, "reassembly_gap", stats->tcp_gaps);
	bt_put_uint(rec, "gap_bytes", stats->tcp_gap_bytes);
	bt_put_uint(rec, "overlap_diff_data", stats->conflicts);
	bt_close(rec);
	bt_open(rec, "app_layer");
	bt_put_uint(rec, "operations", stats->operations);
	bt_put_uint(rec, "operations_incomplete", stats->operations_incomplete);
	bt_put_uint(rec, "violations", stats->violations);
	bt_put_uint(rec, "undecoded_bytes", stats->undecoded_bytes);
	bt_put_uint(rec, "memory_refused", stats->memory_refused);
	bt_close(rec);
}

static void put_results(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, "detect");
	bt_put_uint(rec, "alert", stats->alerts);
	bt_put_uint(rec, "alerts_dropped", stats->alerts_dropped);
	bt_put_uint(rec, "learn_dropped", stats->learn_dropped);
	bt_close(rec);
	bt_open(rec, "inventory");
	bt_put_uint(rec, "assets", stats->assets);
	bt_put_uint(rec, "assets_dropped", stats->assets_dropped);
	bt_close(rec);
	bt_open(rec, "log");
	bt_put_uint(rec, "records_dropped", stats->records_dropped);
	bt_put_uint(rec, "unwritten", stats->unwritten[EVE_RANK_LOG]);
	bt_put_uint(rec, "unwritten_events", stats->unwritten[EVE_RANK_EVENT]);
	bt_put_uint(rec, "unwritten_alerts", stats->unwritten[EVE_RANK_ALERT]);
	bt_close(rec);
}

void eve_stats(struct bt_record *rec, const struct eve_stats *stats)
{
	uint64_t span = stats->last_ns > stats->first_ns
				? (uint64_t)stats->last_ns - (uint64_t)stats->first_ns
				: 0;

	bt_open(rec, NULL);
	put_time(rec, "timestamp", stats->last_ns);
	bt_put_string(rec, "event_type", "stats");
	bt_open(rec, "stats");
	bt_put_uint(rec, "uptime", span / (uint64_t)SECONDS(1));
	bt_open(rec, "capture");
	bt_put_uint(rec, "kernel_packets", stats->packets);
	bt_put_uint(rec, "kernel_drops", stats->kernel_dropped);
	bt_close(rec);
	put_decoder(rec, stats);
	put_traffic(rec, stats);
	put_results(rec, stats);
	bt_close(rec);
	bt_close(rec);
}
