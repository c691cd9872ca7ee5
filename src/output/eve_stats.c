/* SPDX-License-Identifier: Apache-2.0
 *
 * The sensor's own health: what it saw, what it could not see, what it had to drop. Suricata's
 * counter names where it counts the same.
 */
#include "eve.h"

#include <stddef.h>

#include "decode.h"
#include "envelope.h"

/* Every worker sees every interface and the one clock, but only its own frames. */
static void add_interface(struct eve_interface *sum, const struct eve_interface *one)
{
	bool is_up = one->is_up && (!sum->name || sum->is_up);
	uint64_t missed = one->missed > sum->missed ? one->missed : sum->missed;

	sum->name = one->name;
	sum->is_up = is_up;
	sum->is_removed |= one->is_removed;
	sum->missed = missed;
	sum->packets += one->packets;
	sum->dropped += one->dropped;
}

void eve_stats_add(struct eve_stats *sum, const struct eve_stats *one)
{
	static const size_t counts[] = {
#define COUNT(name) offsetof(struct eve_stats, name)
		COUNT(packets), COUNT(bytes), COUNT(kernel_dropped), COUNT(decoded), COUNT(failed),
		COUNT(held_fragments), COUNT(reassembled), COUNT(duplicates), COUNT(cut), COUNT(flows),
		COUNT(flows_evicted), COUNT(tcp_gaps), COUNT(tcp_gap_bytes), COUNT(conflicts),
		COUNT(tcp_packets), COUNT(one_way_packets), COUNT(operations),
		COUNT(operations_incomplete), COUNT(violations), COUNT(memory_refused),
		COUNT(undecoded_bytes), COUNT(unknown_flows), COUNT(records_dropped), COUNT(learn_dropped),
		COUNT(ring_waits), COUNT(flows_open), COUNT(learned_entries), COUNT(held_bytes),
#undef COUNT
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		uint64_t *total = (void *)((char *)sum + counts[i]);

		*total += *(const uint64_t *)(const void *)((const char *)one + counts[i]);
	}
	for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++)
		sum->problems[bit] += one->problems[bit];
	if (!sum->first_ns || (one->first_ns && one->first_ns < sum->first_ns))
		sum->first_ns = one->first_ns;
	if (one->last_ns > sum->last_ns)
		sum->last_ns = one->last_ns;
	if (one->clock_steps > sum->clock_steps) {
		sum->clock_steps = one->clock_steps;
		sum->clock_step_ns = one->clock_step_ns;
	}
	sum->interface_count = one->interface_count;
	for (unsigned i = 0; i < one->interface_count; i++)
		add_interface(&sum->interfaces[i], &one->interfaces[i]);
}

static uint64_t seconds(int64_t ns)
{
	return (uint64_t)ns / (uint64_t)SECONDS(1);
}

static void put_interface(struct bt_record *rec, const struct eve_interface *interface)
{
	bt_open(rec, NULL);
	bt_put_string(rec, "interface", interface->name);
	bt_put_bool(rec, "up", interface->is_up);
	bt_put_bool(rec, "removed", interface->is_removed);
	bt_put_uint(rec, "packets", interface->packets);
	bt_put_uint(rec, "kernel_drops", interface->dropped);
	bt_put_uint(rec, "adapter_drops", interface->missed);
	bt_put_uint(rec, "silent", seconds(interface->silent_ns));
	bt_close(rec);
}

static void put_live(struct bt_record *rec, const struct eve_stats *stats)
{
	uint64_t missed = 0;

	for (unsigned i = 0; i < stats->interface_count; i++)
		missed += stats->interfaces[i].missed;
	bt_put_uint(rec, "kernel_ifdrops", missed);
	bt_put_uint(rec, "clock_jumps", stats->clock_steps);
	bt_open_array(rec, "interfaces");
	for (unsigned i = 0; i < stats->interface_count; i++)
		put_interface(rec, &stats->interfaces[i]);
	bt_close_array(rec);
}

static void put_capture(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, "capture");
	bt_put_uint(rec, "kernel_packets", stats->packets);
	bt_put_uint(rec, "kernel_drops", stats->kernel_dropped);
	if (stats->interface_count)
		put_live(rec, stats);
	bt_close(rec);
}

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
	bt_put_uint(rec, "pkts", stats->tcp_packets);
	bt_put_uint(rec, "one_way", stats->one_way_packets);
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
	if (stats->interface_count) /* a matter of how fast a file is read, not of what is in it */
		bt_put_uint(rec, "ring_waits", stats->ring_waits);
	bt_close(rec);
}

static void put_state(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, "state");
	bt_put_uint(rec, "failures", stats->state_failures);
	bt_put_uint(rec, "refused", stats->state_refused);
	bt_close(rec);
}

void eve_stats(struct bt_record *rec, const struct eve_stats *stats)
{
	bt_open(rec, NULL);
	put_time(rec, "timestamp", stats->last_ns);
	bt_put_string(rec, "event_type", "stats");
	bt_open(rec, "stats");
	bt_put_uint(rec, "uptime", stats->last_ns > stats->first_ns
					   ? seconds(elapsed(stats->first_ns, stats->last_ns))
					   : 0);
	put_capture(rec, stats);
	put_decoder(rec, stats);
	put_traffic(rec, stats);
	put_results(rec, stats);
	if (stats->has_state)
		put_state(rec, stats);
	bt_close(rec);
	bt_close(rec);
}
