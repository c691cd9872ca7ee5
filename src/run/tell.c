/* SPDX-License-Identifier: Apache-2.0
 *
 * From what happened in a shard to news for the reporter: operations are judged and logged, findings
 * completed with who, when and the packets that prove them.
 */
#include "shard.h"

#include <stdio.h>

#include "alert.h"
#include "decode.h"
#include "roster.h"
#include "sides.h"

/* ---- findings ---- */

static void who(struct finding *finding, const struct flow *flow)
{
	finding->flow = flow->pub;
	finding->protocol = talk_protocol_name(flow->app);
	finding->has_mac = flow->has_mac;
	memcpy(finding->mac, flow->mac, sizeof(finding->mac));
	finding->vlan_count = flow->vlan_count;
	memcpy(finding->vlan, flow->vlan, sizeof(finding->vlan));
}

/* False: the like was told often enough, it was counted. */
static bool is_worth_telling(struct shard *shard, const struct finding *finding)
{
	return damper_pass(shard->damper, &shard->worker->news, alert_identity(finding), finding);
}

static void post(struct shard *shard, const struct finding *finding)
{
	news_post(&shard->worker->news, NEWS_FINDING, finding,
		  offsetof(struct finding, detail) + finding->detail_len);
}

/* Of one who may be one of too many. */
static void tell_of_crowd(struct shard *shard, const struct finding *finding)
{
	struct finding blurred;
	const struct finding *told = crowds_pass(shard->crowds, finding, &blurred);

	if (is_worth_telling(shard, told))
		post(shard, told);
}

void tell_finding(struct shard *shard, const struct flow *flow, struct finding *finding)
{
	who(finding, flow);
	/* Nobody has had the time to answer a first packet: that is no loss. */
	if (finding->packet == flow->pub.id && !finding->needs_whole)
		finding->flow.seen &= (uint8_t)~BT_SEEN_ONE_WAY;
	tell_of_crowd(shard, finding);
}

/* The beginning of a finding that is no operation's. */
static struct finding *blank(struct shard *shard, enum finding_source source, uint64_t packet)
{
	struct finding *finding = &shard->worker->findings[0];

	memset(finding, 0, offsetof(struct finding, detail));
	finding->source = source;
	finding->unit = BT_NO_UNIT;
	finding->packet = packet;
	finding->time_ns = shard->worker->now_ns;
	return finding;
}

static void name(struct finding *finding, const char *text, const char *title)
{
	snprintf(finding->name, sizeof(finding->name), "%s", text);
	snprintf(finding->title, sizeof(finding->title), "%s", title);
}

static void technique(struct finding *finding, const char *id)
{
	if (id)
		snprintf(finding->technique[0], sizeof(finding->technique[0]), "%s", id);
}

static void on_violation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_violation *violation, const char *detail)
{
	struct shard *shard = owner;
	struct deeds *deeds = tell_deeds(shard, flow->app);
	struct unusual *unusual = deeds ? tell_unusual(shard, deeds) : NULL;
	struct finding *finding = blank(shard, FINDING_FROM_PROTOCOL, ctx->packet);

	if (unusual)
		unusual->violations++;
	shard->worker->counts.violations++;
	name(finding, violation->name, violation->title);
	technique(finding, violation->technique);
	finding->severity = violation->severity;
	finding->needs_whole = violation->needs_whole;
	snprintf(finding->seen, sizeof(finding->seen), "%s", detail);
	flow->alerted |= violation->severity > 0;
	tell_finding(shard, flow, finding);
}

static void on_foreign(void *owner, struct flow *flow, const struct bt_context *ctx,
		       const struct bt_dissector *expected)
{
	struct shard *shard = owner;
	struct finding *finding = blank(shard, FINDING_FROM_PROTOCOL, ctx->packet);

	expected = bt_protocol(expected);
	snprintf(finding->name, sizeof(finding->name), "%s.other_protocol", expected->name);
	snprintf(finding->title, sizeof(finding->title), "Port %u speaks something other than %s",
		 flow->pub.server_port, expected->title);
	finding->severity = 2;
	technique(finding, "T0885");
	snprintf(finding->seen, sizeof(finding->seen), "content that is not %s on port %u",
		 expected->title, flow->pub.server_port);
	snprintf(finding->expected, sizeof(finding->expected), "%s, as is usual on this port",
		 expected->title);
	tell_finding(shard, flow, finding);
}

static void on_conflict(void *owner, struct flow *flow, const struct bt_context *ctx)
{
	struct shard *shard = owner;
	struct talk *talk = flow->app;
	struct finding *finding = blank(shard, FINDING_FROM_PROTOCOL, ctx->packet);

	shard->worker->counts.conflicts++;
	name(finding, "stream.conflict",
	     "The same TCP bytes were sent twice with different content");
	/* In IT traffic it is broken middleboxes; in a control session it is somebody in between. */
	finding->severity = talk->engine.claim == CLAIM_OURS ? 3 : 0;
	technique(finding, "T0830");
	snprintf(finding->seen, sizeof(finding->seen),
		 "a segment %s the server repeated other bytes at the same place; the first are "
		 "believed",
		 ctx->dir == BT_TO_SERVER ? "to" : "from");
	tell_finding(shard, flow, finding);
}

static void on_gap(void *owner, struct flow *flow, const struct bt_context *ctx, uint32_t missing)
{
	struct shard *shard = owner;

	shard->worker->counts.gaps++;
	shard->worker->counts.gap_bytes += missing;
}

void tell_problems(struct shard *shard, const struct packet *packet)
{
	for (unsigned bit = 0; bit < DECODE_PROBLEM_COUNT; bit++) {
		struct finding *finding;

		/* What was given up at a cap is counted: it is nobody's fault. */
		if (!(packet->problems & 1u << bit) || 1u << bit == DECODE_FRAGMENT_CAP)
			continue;
		finding = blank(shard, FINDING_FROM_PROTOCOL, packet->frame->number);
		snprintf(finding->name, sizeof(finding->name), "decode.%s",
			 decode_problem_name(bit));
		snprintf(finding->title, sizeof(finding->title), "Malformed packet: %s",
			 decode_problem_name(bit));
		finding->flow.client = packet->src;
		finding->flow.server = packet->dst;
		finding->flow.ip_proto = packet->ip_proto;
		tell_of_crowd(shard, finding);
	}
}

/* ---- operations ---- */

/* What speaks in the flow, or what speaks inside that, by its number in the roster. */
static size_t number_of(const struct talk *talk, const struct bt_operation *op)
{
	size_t inner = 0;

	if (!op->protocol)
		return talk->engine.protocol;
	while (roster[inner] != op->protocol)
		inner++;
	return inner;
}

static void complete(struct finding *finding, const struct flow *flow,
		     const struct bt_dissector *protocol, const struct bt_context *ctx,
		     const struct bt_operation *op)
{
	who(finding, flow);
	finding->protocol = protocol->name;
	if (op->by_server)
		sides_reverse(&finding->flow, finding->mac);
	finding->time_ns = ctx->time_ns;
	finding->request_packet = op->request_packet;
	finding->packet = op->answer_packet ? op->answer_packet : op->request_packet;
}

static void describe(struct finding *finding, const struct bt_dissector *dissector,
		     const struct bt_operation *op)
{
	struct bt_record rec = {.at = finding->detail, .cap = sizeof(finding->detail)};

	bt_open(&rec, NULL);
	dissector->describe(op, &rec);
	bt_close(&rec);
	finding->detail_len = rec.cut ? 0 : (uint32_t)rec.len;
}

/* Where it is kept what was told of what is inside this packet; NULL: nothing was. */
static uint8_t *worst_inside(struct inside *inside, uint64_t packet)
{
	for (unsigned i = 0; i < INSIDE_TOLD; i++)
		if (inside->worst[i] && inside->packets[i] == (uint32_t)packet)
			return &inside->worst[i];
	return NULL;
}

/* Of several inside one packet nobody knows later which was whose: then nothing is held back. */
static void remember_inside(struct inside *inside, uint64_t packet, const struct finding *findings,
			    unsigned count)
{
	bool first = inside->newest != packet;
	uint8_t *worst;

	inside->newest = packet;
	if (!first) {
		worst = worst_inside(inside, packet);
		if (worst)
			*worst = 0;
	} else if (count) {
		worst = &inside->worst[inside->next];
		inside->packets[inside->next] = (uint32_t)packet;
		inside->next = (inside->next + 1) % INSIDE_TOLD;
		*worst = 0;
		for (unsigned i = 0; i < count; i++)
			if (*worst <= findings[i].severity)
				*worst = findings[i].severity + 1;
	}
}

/* A message that carries another is new when that one is, and the one inside says more of it: told once,
 * unless the outer one is worse. Returns how many findings of the baseline are left. */
static unsigned tell_once(struct shard *shard, struct deeds *deeds, const struct bt_operation *op,
			  struct finding *findings, unsigned count)
{
	struct unusual *unusual;
	const uint8_t *worst;
	unsigned left = 0;

	if (!deeds)
		return count;
	unusual = op->protocol ? tell_unusual(shard, deeds) : deeds->unusual;
	if (!unusual)
		return count;
	if (op->protocol)
		remember_inside(&unusual->inside, op->request_packet, findings, count);
	worst = op->carries && count ? worst_inside(&unusual->inside, op->request_packet) : NULL;
	if (!worst)
		return count;
	for (unsigned i = 0; i < count; i++) {
		if (findings[i].severity < *worst)
			continue;
		if (left != i)
			findings[left] = findings[i];
		left++;
	}
	return left;
}

static void judge(struct shard *shard, struct flow *flow, const struct bt_context *ctx,
		  size_t number, const struct bt_operation *op)
{
	struct talk *talk = flow->app;
	const struct bt_dissector *protocol = bt_protocol(roster[number]);
	struct finding *findings = shard->worker->findings;
	unsigned max = sizeof(shard->worker->findings) / sizeof(findings[0]);
	unsigned known = tell_once(shard, talk->deeds, op, findings,
				   learn_operation(shard->learn, talk->pair,
						   talk->deeds ? &talk->deeds->memo : NULL, op,
						   findings, max));
	unsigned count = known + rules_match(shard->setup->rules[number], op, findings + known,
					     max - known);

	for (unsigned i = 0; i < count; i++) {
		findings[i].source = i < known ? FINDING_FROM_BASELINE : FINDING_FROM_RULE;
		complete(&findings[i], flow, protocol, ctx, op);
		flow->alerted |= findings[i].severity > 0;
		if (!is_worth_telling(shard, &findings[i]))
			continue;
		describe(&findings[i], protocol, op);
		post(shard, &findings[i]);
	}
}

static void log_operation(struct shard *shard, const struct flow *flow,
			  const struct bt_context *ctx, const struct bt_operation *op)
{
	const struct talk *talk = flow->app;
	struct bt_record rec;

	if (!news_line_begin(&shard->worker->news, &rec))
		return;
	eve_operation(&rec, flow, talk->engine.dissector, op, ctx->time_ns, ctx->packet);
	if (!news_line_end(&shard->worker->news, &rec))
		shard->worker->counts.records_dropped++;
}

/* ---- what the engine reports ---- */

static void on_operation(void *owner, struct flow *flow, const struct bt_context *ctx,
			 const struct bt_operation *op)
{
	struct shard *shard = owner;
	struct talk *talk = flow->app;
	struct deeds *deeds = tell_deeds(shard, talk);
	size_t number = number_of(talk, op);
	bool logged = shard->setup->log_protocols >> number & 1;

	if (logged)
		eve_operation_expect(flow, talk->engine.dissector, op);
	shard->worker->counts.operations++;
	shard->worker->counts.operations_incomplete += flow->pub.seen != 0;
	tell_unit(shard, flow, deeds, ctx, op);
	tell_so_far(shard, flow, deeds, op);
	judge(shard, flow, ctx, number, op);
	if (logged)
		log_operation(shard, flow, ctx, op);
}

/* By what the flow is judged from now on. */
static void turn_to(struct talk *talk, struct learn_pair *pair)
{
	talk->pair = pair;
	if (!talk->deeds)
		return;
	talk->deeds->memo = (struct learn_memo){0};
	talk->deeds->said_unit = 0; /* of who serves now nothing was said */
}

void tell_pair(struct shard *shard, struct flow *flow, uint64_t packet)
{
	struct talk *talk = flow->app;
	struct finding *finding = blank(shard, FINDING_FROM_BASELINE, packet);
	bool found = false;

	turn_to(talk, learn_flow(shard->learn, &flow->pub, talk_protocol_name(talk), flow->last_ns,
				 finding, &found));
	if (!found)
		return;
	flow->alerted |= finding->severity > 0;
	tell_finding(shard, flow, finding);
}

static void on_claimed(void *owner, struct flow *flow, const struct bt_context *ctx)
{
	struct shard *shard = owner;
	struct talk *talk = flow->app;
	struct finding *finding = blank(shard, FINDING_FROM_BASELINE, ctx->packet);
	bool found = false;

	turn_to(talk, learn_protocol(shard->learn, &flow->pub, talk_protocol_name(talk),
				     ctx->time_ns, finding, &found));
	if (!found)
		return;
	flow->alerted |= finding->severity > 0;
	tell_finding(shard, flow, finding);
}

const struct engine_sink shard_sink = {
	.operation = on_operation,
	.violation = on_violation,
	.identity = tell_identity,
	.station = tell_station,
	.claimed = on_claimed,
	.foreign = on_foreign,
	.gap = on_gap,
	.conflict = on_conflict,
};
