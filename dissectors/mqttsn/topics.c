/* SPDX-License-Identifier: Apache-2.0
 *
 * Topic ids: a gateway gives each client numbers for its topics, in REGACK, SUBACK or a REGISTER
 * of its own (6.5, 6.10). Behind a forwarder many clients share one flow, and each has numbers of
 * its own.
 */
#include "bittern/digest.h"
#include "mqttsn.h"

/* Nodes choose their addresses: with a weaker hash one could speak for another. */
uint64_t mqttsn_node_hash(const struct mqttsn_message *message)
{
	uint8_t sum[BT_SHA256_BYTES];
	struct bt_cursor at = cur_of(sum, sizeof(sum));

	if (!message->forwarded)
		return 0;
	bt_sha256(message->node, sum);
	return cur_u64be(&at) >> 16;
}

static uint64_t key_of(const struct mqttsn_message *message, uint16_t id)
{
	return mqttsn_node_hash(message) << 16 | id;
}

void mqttsn_topic_put(struct bt_context *ctx, const struct mqttsn_message *message, uint16_t id,
		      struct bt_cursor name)
{
	struct mqttsn_state *state = ctx->state;

	state->topic_lost |= !bt_table_put(ctx, &state->topics, TOPICS_MAX, key_of(message, id), name) ||
			     state->topics.used == TOPICS_MAX;
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
