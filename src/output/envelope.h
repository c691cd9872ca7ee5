/* SPDX-License-Identifier: Apache-2.0
 *
 * What every event about a conversation begins with: when, what, who, over what.
 */
#ifndef OUTPUT_ENVELOPE_H
#define OUTPUT_ENVELOPE_H

#include "eve.h"

struct envelope {
	const struct bt_flow *flow;
	const char *app_proto; /* static, NULL: none */
	bool has_mac;
	const uint8_t (*mac)[6]; /* client's, server's */
	uint8_t vlan_count;
	const uint16_t *vlan;
};

/* Opens the event's object and writes the envelope. `packet` 0: the event belongs to none. */
void envelope_open(struct bt_record *rec, const char *event_type, int64_t time_ns, uint64_t packet,
		   const struct envelope *envelope);

/* Tells the processor what the envelope of something that one side of the flow began will need. */
void envelope_expect(const struct bt_flow *flow, bool by_server, const char *app_proto);

void put_time(struct bt_record *rec, const char *name, int64_t time_ns);
void put_address(struct bt_record *rec, const char *name, const struct bt_addr *addr);
void put_mac(struct bt_record *rec, const char *name, const uint8_t mac[6]);
void put_incomplete(struct bt_record *rec, unsigned seen); /* enum bt_seen bits */

const char *transport_name(enum bt_transport transport); /* "tcp", "udp", "icmp", "ip", "link" */

#endif
