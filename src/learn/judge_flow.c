/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging who talks to whom. The highest level that is unknown is reported: a device in a new role,
 * else a new client of an industrial device, else a new conversation.
 */
#include "shard.h"
#include "text.h"

static void say_flow(struct finding *finding, const struct bt_flow *flow, const char *protocol)
{
	char client[TEXT_ADDR], server[TEXT_ADDR], service[SERVICE_TEXT];

	text_add(finding->seen, sizeof(finding->seen), "%s opened %s%s%s on %s",
		 text_addr(client, &flow->client), service_text(service, service_of(flow, false, protocol)),
		 protocol ? " " : "", protocol ? protocol : "", text_addr(server, &flow->server));
}

/* A server of the protocol that was never its client now asks, or the reverse. Only where a
 * handshake or the content proved who is who. */
static bool judge_flip(const struct learn *learn, const struct bt_flow *flow, const char *protocol,
		       struct finding *finding)
{
	char addr[TEXT_ADDR];
	bool asks = learn_role(learn, &flow->client, protocol, true) &&
		    !learn_role(learn, &flow->client, protocol, false);
	bool serves = learn_role(learn, &flow->server, protocol, false) &&
		      !learn_role(learn, &flow->server, protocol, true);

	if (!flow->server_proven || (!asks && !serves))
		return false;
	deviation_begin(finding, ROLE_FLIP, BT_ACT_OTHER, false);
	text_add(finding->object, sizeof(finding->object), "%s", protocol);
	say_flow(finding, flow, protocol);
	text_add(finding->expected, sizeof(finding->expected), "%s has only been a %s of %s",
		 text_addr(addr, asks ? &flow->client : &flow->server),
		 asks ? "server" : "client", protocol);
	return true;
}

bool judge_roles(const struct learn *learn, const struct bt_flow *flow, const char *protocol,
		 struct finding *finding)
{
	const struct role *server;

	if (judge_flip(learn, flow, protocol, finding))
		return true;
	server = learn_role(learn, &flow->server, protocol, true);
	if (!server)
		return false;
	deviation_begin(finding, NEW_CLIENT, BT_ACT_OTHER, false);
	text_add(finding->object, sizeof(finding->object), "%s", protocol);
	say_flow(finding, flow, protocol);
	explain_role(finding->expected, sizeof(finding->expected), server);
	return true;
}

void judge_protocol(const struct learn_pair *learned, const char *protocol, struct finding *finding)
{
	char service[SERVICE_TEXT];

	deviation_begin(finding, OTHER_PROTOCOL, BT_ACT_OTHER, false);
	service_text(service, learned->service);
	text_add(finding->object, sizeof(finding->object), "%s %s", service, protocol);
	text_add(finding->seen, sizeof(finding->seen), "%s spoken on %s", protocol, service);
	explain_services(finding->expected, sizeof(finding->expected), learned->hosts);
}

/* The service of an industrial device is tried. When its protocol is spoken there too, judge_roles()
 * finds the same again, only worse: one alert, not two. */
static void judge_knock(const struct bt_flow *flow, const struct role *server, struct finding *finding)
{
	deviation_begin(finding, NEW_CLIENT, BT_ACT_OTHER, false);
	finding->severity = 3;
	text_add(finding->object, sizeof(finding->object), "%s", server->protocol);
	say_flow(finding, flow, NULL);
	explain_role(finding->expected, sizeof(finding->expected), server);
}

/* Two that never talked: one finding, whatever they try. Two that did: one for each new service, up
 * to a few, then one for the rest. */
static void name_pair(struct learn *learn, struct finding *finding, struct service service,
		      const struct hosts *hosts)
{
	char text[SERVICE_TEXT];
	bool first_time;

	if (hosts && hosts->learned &&
	    named_has(&learn->named, NAMED_SERVICES, hosts,
		      (uint64_t)service.transport << 32 | service.number, &first_time))
		text_add(finding->object, sizeof(finding->object), "%s", service_text(text, service));
	else if (hosts && hosts->learned)
		text_add(finding->object, sizeof(finding->object), "other services");
}

void judge_new_pair(struct learn *learn, const struct bt_flow *flow, const struct hosts *hosts,
		    const char *protocol, struct finding *finding)
{
	struct service service = service_of(flow, false, protocol);
	const struct role *server = learn_server(learn, &flow->server, service);

	if (protocol && judge_roles(learn, flow, protocol, finding))
		return;
	if (server) {
		judge_knock(flow, server, finding);
		return;
	}
	deviation_begin(finding, NEW_PAIR, BT_ACT_OTHER, false);
	if (learn_role(learn, &flow->client, NULL, true))
		finding->severity = 3; /* from a device with an industrial service */
	name_pair(learn, finding, service, hosts);
	say_flow(finding, flow, protocol);
	if (hosts && hosts->learned)
		explain_services(finding->expected, sizeof(finding->expected), hosts);
	else
		text_add(finding->expected, sizeof(finding->expected),
			 "no conversation from this client to this server");
}
