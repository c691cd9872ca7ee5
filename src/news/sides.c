/* SPDX-License-Identifier: Apache-2.0 */
#include "sides.h"

#include <string.h>

void sides_reverse(struct bt_flow *flow, uint8_t mac[2][6])
{
	struct bt_addr client = flow->client;
	uint16_t port = flow->client_port;
	uint8_t first[6];

	flow->client = flow->server;
	flow->server = client;
	/* Elsewhere the "ports" are an EtherType or a type and code: the same from both sides. */
	if (flow->transport == BT_OVER_TCP || flow->transport == BT_OVER_UDP) {
		flow->client_port = flow->server_port;
		flow->server_port = port;
	}
	memcpy(first, mac[0], sizeof(first));
	memcpy(mac[0], mac[1], sizeof(first));
	memcpy(mac[1], first, sizeof(first));
}
