/* SPDX-License-Identifier: Apache-2.0
 *
 * Names for what no dissector of ours claims: nDPI where it is built in, else the well-known port.
 *
 * nDPI sees the first packets of a flow only, in bounded memory, and is started when the first flow
 * asks for it. It keeps caches across flows, whose content depends on which flows share a worker:
 * what uses them is switched off, so that a label depends on its own flow alone.
 */
#ifndef PROTO_LABEL_H
#define PROTO_LABEL_H

#include "flow.h"

struct labeller; /* one per worker */
struct label;    /* one per flow while nDPI still wants packets */

struct labeller *labeller_create(void); /* NULL: no memory */
void labeller_destroy(struct labeller *labeller);
const char *labeller_version(void); /* "nDPI 4.2.0", "built without nDPI" */

enum {
	LABEL_PACKETS_MAX = 8, /* of a flow, both directions, with payload */
	LABELS_MAX = 128,      /* flows under inspection at once, per shard */
};

/* Shows nDPI one packet of the flow. `*label` NULL at first; made on demand, and freed and set back to
 * NULL once the name is final. Returns the final name (static, lower case), or NULL: not known yet,
 * ask again with the next packet. After LABEL_PACKETS_MAX the answer is final: a guess is not a name,
 * so "" means unknown. */
const char *label_packet(struct labeller *labeller, struct label **label,
			 const struct packet *packet);
void label_drop(struct label **label);

/* What is usual at the flow's server port, EtherType or IP protocol ("ssh", "lldp", "ospf"...), static;
 * NULL: nothing. A hint only. */
const char *label_port(const struct bt_flow *flow);

#endif
