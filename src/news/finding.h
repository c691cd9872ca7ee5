/* SPDX-License-Identifier: Apache-2.0
 *
 * News for the reporter: something wrong or never seen before, found on a worker by the baseline, a
 * rule, a dissector or the engine. Plain bytes without pointers to memory that dies, so it crosses
 * a ring by memcpy. Static strings may be pointed to.
 */
#ifndef NEWS_FINDING_H
#define NEWS_FINDING_H

#include "bittern/flow.h"
#include "bittern/operation.h"
#include "limits.h"

enum {
	FINDING_LINE = 240,
	FINDING_DETAIL = 2048,
};

enum finding_source {
	FINDING_FROM_PROTOCOL, /* a dissector or the engine: the protocol was broken */
	FINDING_FROM_RULE,
	FINDING_FROM_BASELINE,
	FINDING_FROM_SENSOR, /* about itself: no flow, no packet */
};

struct finding {
	enum finding_source source;
	char name[48];       /* stable: "modbus.length_mismatch", "baseline.new_client" */
	char title[96];      /* one line for a person */
	uint8_t severity;    /* 0: an anomaly event only; 1 info .. 5 critical */
	char technique[2][8]; /* ATT&CK for ICS ids; "" = none */
	bool needs_whole;    /* could be an effect of loss: no alert on a flow that was not seen whole */

	struct bt_flow flow; /* as it was then; client is the source of what was done */
	const char *protocol; /* static: the dissector's name; NULL: none claimed the flow */
	bool has_mac;
	uint8_t mac[2][6];   /* client's, server's */
	uint8_t vlan_count;
	uint16_t vlan[VLAN_TAGS_MAX];

	int64_t time_ns;
	uint64_t request_packet, packet; /* the packets that prove it; 0 = not seen */
	uint32_t unit;       /* or BT_NO_UNIT */
	char object[96];     /* what it was done to; with name, pair and unit the alert's identity */
	char seen[FINDING_LINE];     /* what happened: "wrote 900 to holding_register 40" */
	char expected[FINDING_LINE]; /* what was learned: the entry it broke, the nearest known value */
	const char *why;     /* why it matters, one sentence: the loaded rule's, or static; NULL: by
			      * name. Not looked at for FINDING_FROM_BASELINE */
	uint32_t detail_len; /* the protocol's object as JSON, for the alert event; 0: none */
	char detail[FINDING_DETAIL];
};

const char *severity_name(unsigned severity); /* "info", "low", "medium", "high", "critical"; 0 "none" */
bool severity_parse(const char *name, unsigned *severity); /* the five words: 1 .. 5 */

#endif
