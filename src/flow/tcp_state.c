/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of a TCP connection as far as the flow table needs it (RFC 9293): its initial sequence
 * numbers, whether it is closed, and whether a SYN opens another one on the same ports.
 *
 * A SYN is cheap to forge, and an end of the flow would lose its stream. So on a connection that
 * carried data and is not closed a SYN is only noted, and believed when the other side's SYN-ACK
 * answers it. A tap that sees one direction never sees an answer: there the sender's next sequence
 * number has to follow the SYN. Likewise a RST is not believed when its sender goes on talking.
 * A SYN-ACK that nobody asked for proves no sides: a later SYN from its sender is the true beginning.
 */
#include "inside.h"

enum tcp_bit {
	ISN_KNOWN = 1 << 0,   /* shifted by direction: two bits */
	RESET_BY = 1 << 2,    /* shifted by direction: two bits */
	PENDING_DIR = 1 << 4, /* shifted by direction: who sent the SYN that is pending */
};

bool tcp_isn(const struct flow *flow, enum bt_dir dir, uint32_t *isn)
{
	if (!(flow->tcp_bits & ISN_KNOWN << dir))
		return false;
	*isn = flow->isn[dir];
	return true;
}

void tcp_opened(struct flow *flow, enum bt_dir dir, uint32_t isn)
{
	if (flow->tcp_bits & ISN_KNOWN << dir)
		return;
	flow->tcp_bits |= ISN_KNOWN << dir;
	flow->isn[dir] = isn;
}

static bool same_isn(const struct flow *flow, enum bt_dir dir, uint32_t isn)
{
	return flow->tcp_bits & ISN_KNOWN << dir && flow->isn[dir] == isn;
}

static enum tcp_again judge_syn(struct flow *flow, enum bt_dir dir, uint32_t isn)
{
	bool again = same_isn(flow, dir, isn);

	if (dir == BT_TO_CLIENT && !(flow->tcp_flags[BT_TO_SERVER] & TCP_SYN) && !flow->has_payload)
		return TCP_NEW; /* who was thought the server asks */
	if (flow->state == FLOW_CLOSED) /* refused, and the same SYN tried again, is one attempt */
		return again && !flow->has_payload ? TCP_SAME : TCP_NEW;
	if (!flow->has_payload && flow->packets[bt_reverse(dir)] == 0)
		return again ? TCP_SAME : TCP_NEW;
	/* Some devices begin every connection with the same number: note those too. */
	flow->syn_pending = true;
	flow->tcp_bits &= (uint8_t)~(PENDING_DIR | PENDING_DIR << 1);
	flow->tcp_bits |= (uint8_t)(PENDING_DIR << dir);
	flow->pending_isn = isn;
	return TCP_SAME;
}

static bool is_pending(const struct flow *flow, enum bt_dir dir, uint32_t isn)
{
	return flow->syn_pending && flow->tcp_bits & PENDING_DIR << dir && flow->pending_isn == isn;
}

static enum tcp_again judge_syn_ack(const struct flow *flow, enum bt_dir dir,
				    const struct packet *packet)
{
	uint32_t answers = packet->tcp_ack - 1;
	enum bt_dir asker = bt_reverse(dir);
	bool known = same_isn(flow, asker, answers) && same_isn(flow, dir, packet->tcp_seq);
	bool pending = is_pending(flow, asker, answers);

	if (flow->state == FLOW_CLOSED)
		return same_isn(flow, asker, answers) && !flow->has_payload ? TCP_SAME : TCP_NEW;
	if (!pending || known)
		return TCP_SAME; /* not asked for, or the first handshake's, sent again */
	/* Before any data, the answer to a first SYN is no second connection. */
	return asker == BT_TO_SERVER && same_isn(flow, asker, answers) &&
			       !(flow->tcp_bits & ISN_KNOWN << dir)
		       ? TCP_SAME
		       : TCP_NEW;
}

enum tcp_again tcp_begins_again(struct flow *flow, enum bt_dir dir, const struct packet *packet)
{
	uint8_t flags = packet->tcp_flags;

	if (flags & TCP_RST)
		return TCP_SAME;
	if (flags & TCP_SYN)
		return flags & TCP_ACK ? judge_syn_ack(flow, dir, packet)
				       : judge_syn(flow, dir, packet->tcp_seq);
	if (flow->pub.seen & BT_SEEN_ONE_WAY && is_pending(flow, dir, packet->tcp_seq - 1))
		return TCP_NEW_OPEN;
	return TCP_SAME;
}

/* Of several SYNs the one that was answered counts. */
static void accept_isn(struct flow *flow, enum bt_dir asker, uint32_t isn)
{
	if (!flow->has_payload)
		flow->tcp_bits &= (uint8_t)~(ISN_KNOWN << asker);
	tcp_opened(flow, asker, isn);
}

static void note_flags(struct flow *flow, enum bt_dir dir, const struct packet *packet)
{
	uint8_t flags = packet->tcp_flags;

	if (flags & TCP_SYN) {
		tcp_opened(flow, dir, packet->tcp_seq);
		if (flags & TCP_ACK)
			accept_isn(flow, bt_reverse(dir), packet->tcp_ack - 1);
	}
	if (flags & TCP_RST)
		flow->tcp_bits |= (uint8_t)(RESET_BY << dir);
	else if (packet->payload_wire || flags & TCP_SYN) /* refused once, accepted now; or a forgery */
		flow->tcp_bits &= (uint8_t)~(RESET_BY << dir);
}

bool tcp_update(struct flow *flow, enum bt_dir dir, const struct packet *packet)
{
	uint8_t before = flow->state;

	flow->tcp_flags[dir] |= packet->tcp_flags;
	if (packet->tcp_flags & (TCP_SYN | TCP_RST) || before == FLOW_CLOSED)
		note_flags(flow, dir, packet);
	else if (!(packet->tcp_flags & TCP_FIN) && before == FLOW_ESTABLISHED)
		return false;
	if (flow->tcp_flags[0] & flow->tcp_flags[1] & TCP_FIN ||
	    flow->tcp_bits & (RESET_BY | RESET_BY << 1))
		flow->state = FLOW_CLOSED;
	else
		flow->state = flow->pub.seen & BT_SEEN_ONE_WAY ? FLOW_NEW : FLOW_ESTABLISHED;
	return flow->state != before;
}

static uint8_t swap_bits(uint8_t bits, enum tcp_bit first)
{
	uint8_t to_server = bits & first, to_client = bits & first << 1;

	return (uint8_t)((bits & ~(first | first << 1)) | to_server << 1 | to_client >> 1);
}

void tcp_swap_sides(struct flow *flow)
{
	uint32_t isn = flow->isn[0];

	flow->isn[0] = flow->isn[1];
	flow->isn[1] = isn;
	flow->tcp_bits = swap_bits(flow->tcp_bits, ISN_KNOWN);
	flow->tcp_bits = swap_bits(flow->tcp_bits, RESET_BY);
	flow->tcp_bits = swap_bits(flow->tcp_bits, PENDING_DIR);
}
