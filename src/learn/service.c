/* SPDX-License-Identifier: Apache-2.0
 *
 * Which service a flow belongs to. A server port names a service when it is low, registered for
 * industrial use, or proven by a handshake or by its content. What remains are dynamic ports (RPC,
 * file transfers, peers that both chose one): they are one service "high", because an alarm for each
 * new port would be an alarm a day.
 */
#include <stdlib.h>
#include <string.h>

#include "knowledge.h"
#include "text.h"

enum {
	LOW_PORTS = 10000,       /* below: always a service */
	EPHEMERAL_FROM = 32768,  /* Linux's default; 49152 elsewhere */
};

/* Registered with IANA, though in the range some systems take ephemeral ports from. */
static bool is_registered(uint16_t port)
{
	switch (port) {
	case 34962: case 34963: case 34964: /* PROFINET */
	case 34980:                         /* EtherCAT */
	case 44818:                         /* EtherNet/IP */
	case 47808:                         /* BACnet/IP */
	case 48898:                         /* ADS */
		return true;
	default:
		return false;
	}
}

static bool has_ports(const struct bt_flow *flow)
{
	return flow->transport == BT_OVER_TCP || flow->transport == BT_OVER_UDP;
}

static bool names_service(const struct bt_flow *flow, uint16_t port, uint16_t other,
			  const char *protocol)
{
	if (port < LOW_PORTS || is_registered(port))
		return true;
	if (flow->server_proven)
		return port < EPHEMERAL_FROM || protocol;
	return port < EPHEMERAL_FROM && other >= EPHEMERAL_FROM;
}

/* The server has a dynamic port and the client has none: the server opened the connection, to a port
 * that its client listens on (outstations that dial in, reverse connections). Only content tells. */
static bool is_dialled(const struct bt_flow *flow, uint16_t port, uint16_t other, const char *protocol)
{
	return flow->server_proven && protocol && port >= EPHEMERAL_FROM && !is_registered(port) &&
	       (other < EPHEMERAL_FROM || is_registered(other));
}

struct service service_of(const struct bt_flow *flow, bool reversed, const char *protocol)
{
	uint16_t port = reversed ? flow->client_port : flow->server_port;
	uint16_t other = reversed ? flow->server_port : flow->client_port;
	struct service service = {.transport = flow->transport, .number = port};

	switch (flow->transport) {
	case BT_OVER_LINK: service.number = flow->server_port; break;
	case BT_OVER_IP: service.number = flow->ip_proto; break;
	case BT_OVER_ICMP: service.number = 0; break; /* types come and go with errors */
	default:
		if (is_dialled(flow, port, other, protocol))
			service.number = SERVICE_DIALLED + other;
		else if (!names_service(flow, port, other, protocol))
			service.number = SERVICE_ANY_HIGH;
	}
	return service;
}

bool service_other(const struct bt_flow *flow, bool reversed, struct service *service)
{
	uint16_t port = reversed ? flow->client_port : flow->server_port;

	if (!has_ports(flow) || port < LOW_PORTS || is_registered(port))
		return false;
	service->number = service->number == SERVICE_ANY_HIGH ? port : SERVICE_ANY_HIGH;
	return true;
}

static const char *const transports[] = {
	[BT_OVER_LINK] = "link", [BT_OVER_TCP] = "tcp", [BT_OVER_UDP] = "udp",
	[BT_OVER_ICMP] = "icmp", [BT_OVER_IP] = "ip",
};

const char *service_text(char text[SERVICE_TEXT], struct service service)
{
	const char *name = transports[service.transport];

	text[0] = 0;
	if (service.transport == BT_OVER_ICMP)
		text_add(text, SERVICE_TEXT, "%s", name);
	else if (service.number == SERVICE_ANY_HIGH)
		text_add(text, SERVICE_TEXT, "%s/high", name);
	else if (service.number >= SERVICE_DIALLED)
		text_add(text, SERVICE_TEXT, "%s/dialled/%u", name,
			 (unsigned)service.number - SERVICE_DIALLED);
	else if (service.transport == BT_OVER_LINK)
		text_add(text, SERVICE_TEXT, "%s/0x%04x", name, (unsigned)service.number);
	else
		text_add(text, SERVICE_TEXT, "%s/%u", name, (unsigned)service.number);
	return text;
}

static bool parse_number(const char *text, unsigned base, unsigned long max, uint32_t *number)
{
	const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
	size_t size = strlen(text);

	if (!size || size > 5 || strspn(text, digits) != size)
		return false;
	*number = (uint32_t)strtoul(text, NULL, (int)base);
	return *number <= max;
}

static bool parse_port(const char *text, uint32_t *number)
{
	static const char dialled[] = "dialled/";

	if (strcmp(text, "high") == 0) {
		*number = SERVICE_ANY_HIGH;
		return true;
	}
	if (strncmp(text, dialled, strlen(dialled)) != 0)
		return parse_number(text, 10, UINT16_MAX, number);
	if (!parse_number(text + strlen(dialled), 10, UINT16_MAX, number))
		return false;
	*number += SERVICE_DIALLED;
	return true;
}

bool service_parse(const char *text, struct service *service)
{
	struct service parsed = {0};
	bool ok = false;

	if (strcmp(text, "icmp") == 0) {
		*service = (struct service){.transport = BT_OVER_ICMP};
		return true;
	}
	if (strncmp(text, "link/0x", 7) == 0) {
		parsed.transport = BT_OVER_LINK;
		ok = parse_number(text + 7, 16, UINT16_MAX, &parsed.number);
	} else if (strncmp(text, "ip/", 3) == 0) {
		parsed.transport = BT_OVER_IP;
		ok = parse_number(text + 3, 10, UINT8_MAX, &parsed.number);
	} else if (strncmp(text, "tcp/", 4) == 0 || strncmp(text, "udp/", 4) == 0) {
		parsed.transport = text[0] == 't' ? BT_OVER_TCP : BT_OVER_UDP;
		ok = parse_port(text + 4, &parsed.number);
	}
	if (ok)
		*service = parsed;
	return ok;
}

bool act_parse(const char *text, enum bt_act *act)
{
	for (unsigned i = 0; i < BT_ACT_COUNT; i++) {
		if (strcmp(bt_act_name((enum bt_act)i), text) == 0) {
			*act = (enum bt_act)i;
			return true;
		}
	}
	return false;
}
