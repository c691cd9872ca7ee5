/* SPDX-License-Identifier: Apache-2.0
 *
 * What lasts longer than a packet: the version, who the client is, and topic aliases (3.3.2.3.4), which
 * each direction has of its own.
 */
#include "mqtt.h"

enum {
	ID_ASSIGNED_CLIENT = 18,
	ID_ALIAS_MAXIMUM = 34,
	ID_ALIAS = 35,
};

static void name_client(struct bt_context *ctx, struct bt_cursor id, const char *source)
{
	struct mqtt_state *state = ctx->state;

	bt_identity(ctx, bt_client(), BT_ID_CLIENT, id, source);
	id = cur_take_upto(&id, CLIENT_MAX);
	state->client_size = (uint8_t)cur_left(&id);
	cur_copy(&id, state->client, state->client_size);
}

static uint16_t alias_maximum(const struct mqtt_packet *packet)
{
	struct mqtt_property_value value;

	return mqtt_property_find(packet->properties, ID_ALIAS_MAXIMUM, &value)
		       ? (uint16_t)value.number
		       : 0;
}

void mqtt_opened(struct bt_context *ctx, const struct mqtt_packet *packet)
{
	struct mqtt_state *state = ctx->state;

	if (state->connected)
		bt_break(ctx, &mqtt_second_connect, "%s, %zu bytes of client id",
			 mqtt_types[MQTT_CONNECT].name, cur_left(&packet->connect.client_id));
	state->connected = true;
	state->accepted = false;
	state->version = packet->version;
	state->alias_max[BT_TO_CLIENT] = alias_maximum(packet);
	bt_table_clear(ctx, &state->aliases[BT_TO_SERVER]);
	bt_table_clear(ctx, &state->aliases[BT_TO_CLIENT]);
	name_client(ctx, packet->connect.client_id, "MQTT CONNECT");
	bt_identity(ctx, bt_client(), BT_ID_USER, packet->connect.user, "MQTT CONNECT");
}

void mqtt_accepted(struct bt_context *ctx, const struct mqtt_packet *packet)
{
	struct mqtt_state *state = ctx->state;
	struct mqtt_property_value value;

	state->accepted = true;
	state->alias_max[BT_TO_SERVER] = alias_maximum(packet);
	if (mqtt_property_find(packet->properties, ID_ASSIGNED_CLIENT, &value))
		name_client(ctx, value.text, "MQTT CONNACK");
}

struct bt_cursor mqtt_resolve(struct bt_context *ctx, const struct mqtt_packet *packet)
{
	struct mqtt_state *state = ctx->state;
	struct bt_table *aliases = &state->aliases[ctx->dir];
	struct bt_cursor topic = cur_of(NULL, 0);
	struct mqtt_property_value alias;

	if (packet->version != MQTT_5 || !mqtt_property_find(packet->properties, ID_ALIAS, &alias))
		return topic;
	if (state->accepted && alias.number > state->alias_max[ctx->dir])
		bt_break(ctx, &mqtt_alias_too_large, "topic alias %u, allowed up to %u",
			 alias.number, state->alias_max[ctx->dir]);
	if (cur_left(&packet->topic)) {
		/* one that is not kept is unknown later: who gives so many may want just that */
		state->alias_lost |= !bt_table_put(ctx, aliases, ALIASES_MAX, alias.number,
						   packet->topic) ||
				     aliases->used == ALIASES_MAX;
		return topic;
	}
	if (!bt_table_get(aliases, alias.number, &topic))
		bt_break(ctx, state->alias_lost ? &mqtt_forgotten_alias : &mqtt_unknown_alias,
			 "topic alias %u", alias.number);
	return topic;
}

void mqtt_identify_broker(struct bt_context *ctx, const struct mqtt_packet *packet,
			  struct bt_cursor topic)
{
	if (ctx->dir != BT_TO_CLIENT || packet->cut || !mqtt_same(topic, "$SYS/broker/version"))
		return;
	if (mqtt_printable(packet->payload))
		bt_identity(ctx, bt_server(BT_NO_UNIT), BT_ID_PRODUCT, packet->payload,
			    "MQTT $SYS/broker/version");
}
