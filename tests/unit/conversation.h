/* SPDX-License-Identifier: Apache-2.0
 *
 * One conversation through flow table, streams and engine: Modbus by its port. What is said in it and the
 * sink are the test's.
 */
#ifndef TESTS_CONVERSATION_H
#define TESTS_CONVERSATION_H

#include <check.h>

#include "engine.h"

static struct flow_table *table;
static struct bt_engine *engine;
static struct frame frame;
static struct engine_flow app;

static void on_end(void *owner, struct flow *flow, enum flow_end why)
{
	engine_end(engine, flow, frame.time_ns, frame.number);
}

static void open_table(const struct engine_sink *sink)
{
	static const uint16_t ports[] = {502, 0};

	frame = (struct frame){.time_ns = SECONDS(1700000000), .wire = 100};
	app = (struct engine_flow){0};
	table = flow_table_create(8, on_end, NULL);
	flow_hint_ports(table, ports, 1);
	engine = engine_create(sink, NULL, flow_streams(table));
}

static void finish(void)
{
	struct flow *flow;

	if (flow_all(table, &flow, 1))
		flow_end(table, flow, FLOW_END_FINISHED);
}

static void teardown(void)
{
	finish();
	engine_destroy(engine);
	flow_table_destroy(table);
}

/* Time passes without a packet, or with one that is not captured. */
static void pass(int64_t ns)
{
	frame.number++;
	frame.time_ns += ns;
}

/* The packet of that moment. */
static void capture(struct packet *packet)
{
	struct flow_sight sight;
	struct flow *flow;

	packet->frame = &frame;
	packet->ip_version = 4;
	packet->ip_proto = packet->kind == PACKET_TCP ? 6 : 17;
	packet->ip_id = (uint16_t)frame.number;
	packet->payload_wire = (uint32_t)cur_left(&packet->payload);
	flow = flow_track(table, packet, &sight);
	ck_assert(flow && !sight.duplicate);
	flow->app = &app;
	engine_packet(engine, flow, sight.dir, packet);
}

/* Bytes of it that are part of no message that was understood. */
static void expect_undecoded(size_t bytes)
{
	ck_assert_uint_eq(app.undecoded_bytes, bytes);
	ck_assert_uint_eq(engine_undecoded_bytes(engine), bytes);
}

static void ignore_identity(void *owner, struct flow *flow, const struct bt_context *ctx,
			    struct bt_station who, enum bt_identity what, struct bt_cursor text,
			    const char *source)
{
}

#endif
