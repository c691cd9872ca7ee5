/* SPDX-License-Identifier: Apache-2.0
 *
 * Topic ids: a gateway gives each client numbers for its topics, in REGACK, SUBACK or a REGISTER
 * of its own (6.5, 6.10). Behind a forwarder many clients share one flow, and each has numbers of
 * its own.
 */
#include "mqttsn.h"

uint32_t mqttsn_node_hash(const struct mqttsn_message *message)
{
	struct bt_cursor node = message->node;
	uint32_t hash = 0x811c9dc5;

	if (!message->forwarded)
		return 0;
	while (cur_left(&node))
		hash = (hash ^ cur_u8(&node)) * 0x01000193;
	return hash;
}

static uint64_t key_of(const struct mqttsn_message *message, uint16_t id)
{
	return (uint64_t)mqttsn_node_hash(message) << 16 | id;
}

void mqttsn_topic_put(struct bt_context *ctx, const struct mqttsn_message *message, uint16_t id,
		      struct bt_cursor name)
{
	struct mqttsn_state *state = ctx->state;

	bt_table_put(ctx, &state->topics, TOPICS_MAX, key_of(message, id), name);
}

struct bt_cursor mqttsn_topic_name(const struct mqttsn_state *state,
				   const struct mqttsn_message *message)
{
	struct bt_cursor name = {0};

	if (cur_left(&message->text))
		return message->text;
	if ((message->flags & FLAG_TOPIC) == TOPIC_NORMAL)
		bt_table_get(&state->topics, key_of(message, message->topic_id), &name);
	return name;
}
