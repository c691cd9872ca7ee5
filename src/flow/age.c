/* SPDX-License-Identifier: Apache-2.0
 *
 * How flows grow old: time-outs in packet time, and who has to go when the table is full.
 *
 * A packet only writes its time into its flow. The wheel looks at a flow when the time it was last
 * known to be due has come, and moves it on when it has spoken since: no list is touched per packet.
 * A slot belongs to every 512th tick, so a flow that is due far ahead is looked at each time round;
 * a clock that jumps forward costs one turn at most, and one that steps back leaves every flow in a
 * slot that comes round again.
 *
 * Eviction is second chance over two queues: what was never answered or is closed goes first, in the
 * order in which it came; a flow that spoke since it was queued goes to the tail instead. Each move
 * is paid for by a packet, so a flood costs constant time per packet.
 */
#include "inside.h"

enum {
	SETTLED_PACKETS = 8, /* a one-way conversation of so many packets is one (multicast, one-sided taps) */
};

static uint64_t tick_of(uint64_t time_ns)
{
	return (uint64_t)((int64_t)time_ns >> WHEEL_TICK_BITS);
}

int64_t flow_timeout(const struct flow *flow)
{
	bool one_way = flow->pub.seen & BT_SEEN_ONE_WAY;

	switch (flow->pub.transport) {
	case BT_OVER_TCP:
		if (flow->state == FLOW_CLOSED)
			return FLOW_TIMEOUT_MIN_NS;
		if (!one_way)
			return SECONDS(7200); /* OT sessions stay open for months and may idle */
		/* Half of a conversation, or half of a capture? Payload tells. */
		return flow->has_payload ? SECONDS(600) : SECONDS(60);
	case BT_OVER_UDP:
		return one_way ? SECONDS(30) : SECONDS(120);
	default:
		return SECONDS(120);
	}
}

static void slot_leave(struct flow *flow)
{
	*flow->slot_link = flow->slot_next;
	if (flow->slot_next)
		flow->slot_next->slot_link = flow->slot_link;
}

static void slot_enter(struct flow_table *table, struct flow *flow)
{
	uint64_t due_ns = (uint64_t)flow_idle_ns(flow) + (uint64_t)flow_timeout(flow);
	struct flow **head = &table->wheel.slots[tick_of(due_ns) % WHEEL_SLOTS];

	flow->slot_link = head;
	flow->slot_next = *head;
	if (*head)
		(*head)->slot_link = &flow->slot_next;
	*head = flow;
}

/* Looks through one slot: collects what is due, moves on what is not. */
static size_t sweep_slot(struct flow_table *table, unsigned slot, int64_t now_ns, struct flow **due,
			 size_t cap)
{
	size_t found = 0;
	struct flow *next;

	for (struct flow *flow = table->wheel.slots[slot]; flow && found < cap; flow = next) {
		next = flow->slot_next;
		if (elapsed(flow_idle_ns(flow), now_ns) < 0) /* the clock stepped back: silence counts from here */
			flow->set_back = (uint32_t)((uint64_t)elapsed(now_ns, flow->last_ns) >> SET_BACK_BITS) + 1;
		if (flow_is_stale(flow, now_ns)) {
			due[found++] = flow;
			continue;
		}
		slot_leave(flow);
		slot_enter(table, flow);
	}
	return found;
}

size_t flow_due(struct flow_table *table, int64_t now_ns, struct flow **due, size_t cap)
{
	struct wheel *wheel = &table->wheel;
	uint64_t target = tick_of((uint64_t)now_ns) - 1; /* the last tick that is over */
	int64_t ahead = (int64_t)(target - wheel->swept);
	size_t found = 0;

	if (!wheel->started || ahead > WHEEL_SLOTS)
		wheel->swept = target - WHEEL_SLOTS;
	else if (ahead < 0)
		wheel->swept = target;
	wheel->started = true;
	while (wheel->swept != target) {
		found += sweep_slot(table, (wheel->swept + 1) % WHEEL_SLOTS, now_ns, due + found,
				    cap - found);
		if (found == cap)
			return found; /* the rest of this slot next time */
		wheel->swept++;
	}
	return found;
}

static struct flow_queue *queue_of(struct flow_table *table, const struct flow *flow)
{
	return flow->settled ? &table->settled : &table->expendable;
}

static void queue_leave(struct flow_table *table, struct flow *flow)
{
	struct flow_queue *queue = queue_of(table, flow);

	if (flow->queue_prev)
		flow->queue_prev->queue_next = flow->queue_next;
	else
		queue->head = flow->queue_next;
	if (flow->queue_next)
		flow->queue_next->queue_prev = flow->queue_prev;
	else
		queue->tail = flow->queue_prev;
}

static void queue_enter(struct flow_table *table, struct flow *flow)
{
	struct flow_queue *queue = queue_of(table, flow);

	flow->spoke = false;
	flow->queue_next = NULL;
	flow->queue_prev = queue->tail;
	if (queue->tail)
		queue->tail->queue_next = flow;
	else
		queue->head = flow;
	queue->tail = flow;
}

void flow_age_begin(struct flow_table *table, struct flow *flow)
{
	slot_enter(table, flow);
	queue_enter(table, flow);
}

void flow_age_forget(struct flow_table *table, struct flow *flow)
{
	slot_leave(flow);
	queue_leave(table, flow);
}

static bool deserves_place(const struct flow *flow)
{
	if (flow->state != FLOW_NEW)
		return flow->state == FLOW_ESTABLISHED;
	return flow->packets[0] + flow->packets[1] >= SETTLED_PACKETS &&
	       (flow->pub.transport != BT_OVER_TCP || flow->has_payload);
}

void flow_age_changed(struct flow_table *table, struct flow *flow)
{
	bool settled = deserves_place(flow);

	if (settled != flow->settled) {
		queue_leave(table, flow);
		flow->settled = settled;
		queue_enter(table, flow);
	}
	if (flow->state == FLOW_CLOSED) { /* due sooner than the wheel believes */
		slot_leave(flow);
		slot_enter(table, flow);
	}
}

/* The first that has been silent since it was queued. Ends: a flow moved once has been. */
static struct flow *victim_of(struct flow_table *table, struct flow_queue *queue)
{
	while (queue->head && queue->head->spoke) {
		struct flow *flow = queue->head;

		queue_leave(table, flow);
		queue_enter(table, flow);
	}
	return queue->head;
}

struct flow *flow_age_victim(struct flow_table *table)
{
	struct flow *flow = victim_of(table, &table->expendable);

	return flow ? flow : victim_of(table, &table->settled);
}
