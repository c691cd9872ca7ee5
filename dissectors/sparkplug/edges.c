/* SPDX-License-Identifier: Apache-2.0
 *
 * What births said: the names behind the aliases and the types behind the values, per edge node of
 * one connection. A broker's connection to a host application carries every edge node of a plant,
 * so they are kept apart: nobody's birth can rename another's metrics.
 */
#include "private.h"

static uint64_t hash_more(uint64_t hash, struct bt_cursor bytes)
{
	while (cur_left(&bytes))
		hash = (hash ^ cur_u8(&bytes)) * 0x100000001b3;
	return (hash ^ '/') * 0x100000001b3;
}

static uint64_t hash_of(struct bt_cursor first, struct bt_cursor second)
{
	return hash_more(hash_more(0xcbf29ce484222325, first), second);
}

/* An alias is to be the edge node's only one, but some nodes count anew for each device. */
static uint64_t alias_key(struct bt_cursor device, uint64_t alias)
{
	return (hash_of(device, cur_of(NULL, 0)) ^ alias) * 0x9e3779b97f4a7c15;
}

/* Writes "group/node", as much as fits, and returns its whole length. */
static uint16_t write_name(struct bt_cursor group, struct bt_cursor node,
			   char name[EDGE_NAME_BYTES])
{
	size_t size = cur_left(&group) + 1 + cur_left(&node);
	struct bt_cursor first = cur_take_upto(&group, EDGE_NAME_BYTES - 1);
	size_t used = cur_left(&first);
	struct bt_cursor second = cur_take_upto(&node, EDGE_NAME_BYTES - used - 1);

	memset(name, 0, EDGE_NAME_BYTES);
	cur_copy(&first, name, used);
	name[used++] = '/';
	cur_copy(&second, name + used, cur_left(&second));
	return (uint16_t)size;
}

static bool same_edge(const struct sparkplug_edge *a, const struct sparkplug_edge *b)
{
	return a->hash == b->hash && a->name_bytes == b->name_bytes &&
	       memcmp(a->name, b->name, sizeof(a->name)) == 0;
}

/* Room for one more; the one that came first makes room when there are too many. */
static struct sparkplug_edge *new_edge(struct bt_context *ctx, struct sparkplug_state *state)
{
	if (state->count == state->cap && state->cap < EDGES_MAX) {
		uint32_t cap = state->cap ? state->cap * 4 : 2;
		void *edges = bt_resize(ctx, state->edges, cap * sizeof(*state->edges));

		if (edges) {
			state->edges = edges;
			state->cap = cap;
		}
	}
	if (state->count < state->cap) {
		state->last = state->count++;
	} else if (state->cap) {
		state->last = state->turn++ % state->cap;
		sparkplug_forget(ctx, &state->edges[state->last]);
	} else {
		return NULL;
	}
	return &state->edges[state->last];
}

struct sparkplug_edge *sparkplug_edge(struct bt_context *ctx, struct sparkplug_state *state,
				      struct bt_cursor group, struct bt_cursor node)
{
	struct sparkplug_edge wanted = {.hash = hash_of(group, node)}, *edge;

	wanted.name_bytes = write_name(group, node, wanted.name);
	if (state->count && same_edge(&state->edges[state->last], &wanted))
		return &state->edges[state->last];
	for (uint32_t i = 0; i < state->count; i++) {
		if (!same_edge(&state->edges[i], &wanted))
			continue;
		state->last = i;
		return &state->edges[i];
	}
	edge = new_edge(ctx, state);
	if (edge)
		*edge = wanted;
	return edge;
}

void sparkplug_forget(struct bt_context *ctx, struct sparkplug_edge *edge)
{
	bt_table_clear(ctx, &edge->aliases);
	bt_table_clear(ctx, &edge->types);
	edge->forgetful = false;
}

void sparkplug_learn(struct bt_context *ctx, struct sparkplug_edge *edge, struct bt_cursor device,
		     const struct sparkplug_metric *metric)
{
	uint8_t bytes[1 + PATH_BYTES];
	bool by_alias = metric->has_alias && metric->depth == 0;
	struct bt_table *table = by_alias ? &edge->aliases : &edge->types;
	uint64_t key = by_alias ? alias_key(device, metric->alias) : hash_of(device, metric->name);
	struct bt_cursor name = metric->name, before;
	bool known = bt_table_get(table, key, &before);
	uint32_t used = table->used;
	size_t size = cur_left(&name);

	if (size > PATH_BYTES)
		size = PATH_BYTES;
	bytes[0] = (uint8_t)(metric->type < TYPE_COUNT ? metric->type : TYPE_UNKNOWN);
	cur_copy(&name, bytes + 1, size);
	/* At a cap, of number or of memory, another one went. */
	if (!bt_table_put(ctx, table, ALIASES_MAX, key, cur_of(bytes, by_alias ? 1 + size : 1)) ||
	    table->used != used + !known)
		edge->forgetful = true;
}

bool sparkplug_alias(const struct sparkplug_edge *edge, struct bt_cursor device, uint64_t alias,
		     struct bt_cursor *name, uint32_t *type)
{
	struct bt_cursor bytes;

	if (!bt_table_get(&edge->aliases, alias_key(device, alias), &bytes))
		return false;
	*type = cur_u8(&bytes);
	*name = bytes;
	return true;
}

bool sparkplug_type_of(const struct sparkplug_edge *edge, struct bt_cursor device,
		       struct bt_cursor name, uint32_t *type)
{
	struct bt_cursor bytes;

	if (!bt_table_get(&edge->types, hash_of(device, name), &bytes))
		return false;
	*type = cur_u8(&bytes);
	return true;
}
