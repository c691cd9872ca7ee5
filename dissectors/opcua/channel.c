/* SPDX-License-Identifier: Apache-2.0
 *
 * The secure channel of a connection: its policy, tokens and sequence numbers, and messages put
 * together from their chunks (OPC 10000-6, 6.7). Whatever grows here has a cap; a message beyond it is
 * read as far as it was kept.
 */
#include "opcua.h"

enum {
	BODY_AT = 24,      /* behind channel, token, sequence number and request id */
	JOINED_AT = 28,    /* and the number of chunks, which joined messages have besides */
	KEPT_FOR_NEXT = 16 << 10,
	WRAP_BEFORE = 1024, /* sequence numbers begin again when so many are left, below so many */
};

bool ua_channel_clear(const struct opcua_state *state)
{
	return state->policy == ua_policies;
}

static struct ua_direction *direction_of(struct bt_context *ctx)
{
	struct opcua_state *state = ctx->state;

	return &state->directions[ctx->dir];
}

static void check_sequence(struct bt_context *ctx, const struct ua_message *message)
{
	struct ua_direction *direction = direction_of(ctx);
	uint32_t last = direction->sequence, ahead = message->sequence - last;
	bool wrapped = last >= UINT32_MAX - WRAP_BEFORE && message->sequence < WRAP_BEFORE;

	if (direction->has_sequence && ahead != 1 && !wrapped) {
		if (ahead == 0 || ahead > UINT32_MAX / 2)
			bt_break(ctx, &opcua_sequence_replay, "%u after %u, channel %u",
				 message->sequence, last, message->channel);
		else
			bt_break(ctx, &opcua_sequence_gap, "%u after %u, channel %u",
				 message->sequence, last, message->channel);
	}
	direction->has_sequence = true;
	direction->sequence = message->sequence;
}

static void check_channel(struct bt_context *ctx, const struct ua_message *message)
{
	const struct opcua_state *state = ctx->state;
	uint32_t most = direction_of(ctx)->chunk_max;

	if (most && message->size > most)
		bt_break(ctx, &opcua_oversize_chunk, "%u bytes, %u negotiated", message->size, most);
	if (message->kind == KIND_OPEN || !state->channel)
		return;
	if (message->channel != state->channel)
		bt_break(ctx, &opcua_unknown_channel, "channel %u, open is %u", message->channel,
			 state->channel);
	else if (state->token && message->token != state->token &&
		 message->token != state->token_before)
		bt_break(ctx, &opcua_unknown_token, "token %u, known are %u and %u", message->token,
			 state->token, state->token_before);
}

/* A server that names less than it must take does not make its client's chunks too long. */
static uint32_t allowed(uint32_t size)
{
	return size && size < BUFFER_LEAST ? BUFFER_LEAST : size;
}

void ua_channel_acknowledged(struct bt_context *ctx, const struct ua_message *message)
{
	struct opcua_state *state = ctx->state;
	struct bt_cursor at = message->body;

	cur_skip(&at, 4); /* version */
	state->directions[BT_TO_SERVER].chunk_max = allowed(cur_u32le(&at)); /* the server receives */
	state->directions[BT_TO_CLIENT].chunk_max = allowed(cur_u32le(&at)); /* and sends */
}

void ua_channel_policy(struct bt_context *ctx, const struct ua_message *message)
{
	struct opcua_state *state = ctx->state;
	const struct ua_policy *policy = ua_policy(message->policy);

	if (!policy)
		bt_break(ctx, &opcua_unknown_policy, "%zu bytes of name",
			 cur_left(&message->policy));
	else if (policy->deprecated && ctx->dir == BT_TO_SERVER)
		bt_break(ctx, &opcua_deprecated_policy, "%s", policy->name);
	/* The client only asks for it: what holds is what the server answers with, if it is heard. */
	if (ctx->dir == BT_TO_SERVER && !(ctx->flow->seen & BT_SEEN_ONE_WAY))
		return;
	state->policy = policy;
	state->signature = policy ? policy->signature : 0;
	if (policy == ua_policies)
		state->mode = MODE_NONE;
	else if (state->mode == MODE_NONE)
		state->mode = MODE_UNKNOWN;
}

/* `token` 0: the answer was sealed. */
void ua_channel_opened(struct bt_context *ctx, const struct ua_message *message, uint32_t token)
{
	struct opcua_state *state = ctx->state;

	if (state->channel != message->channel)
		state->token = 0;
	state->token_before = state->token;
	state->token = token;
	state->channel = message->channel;
}

static void forget(struct bt_context *ctx, struct ua_partial *partial)
{
	partial->busy = false;
	if (partial->cap <= KEPT_FOR_NEXT)
		return;
	bt_free(ctx, partial->bytes);
	*partial = (struct ua_partial){0};
}

void ua_channel_gap(struct bt_context *ctx)
{
	struct ua_direction *direction = direction_of(ctx);

	direction->has_sequence = false;
	direction->sealed_chunks = direction->sealed_bytes = 0;
	for (unsigned i = 0; i < PARTIALS; i++)
		forget(ctx, &direction->partials[i]);
}

static struct ua_partial *partial_of(struct ua_direction *direction, uint32_t request)
{
	for (unsigned i = 0; i < PARTIALS; i++) {
		if (direction->partials[i].busy && direction->partials[i].request == request)
			return &direction->partials[i];
	}
	return NULL;
}

static struct ua_partial *begin_partial(struct bt_context *ctx, const struct ua_message *message)
{
	struct ua_direction *direction = direction_of(ctx);
	struct ua_partial *partial = &direction->partials[direction->next % PARTIALS];

	for (unsigned i = 0; i < PARTIALS; i++) {
		if (!direction->partials[i].busy)
			partial = &direction->partials[i];
	}
	if (partial->busy) {
		direction->next++;
		bt_break(ctx, &opcua_unfinished_chunks, "request %u gave way to %u",
			 partial->request, message->request);
	}
	partial->busy = true;
	partial->cut = false;
	partial->request = message->request;
	partial->used = JOINED_AT;
	partial->chunks = partial->wire = 0;
	return partial;
}

static bool make_room(struct bt_context *ctx, struct ua_partial *partial, size_t size)
{
	uint32_t cap = partial->cap ? partial->cap : 4096;
	void *bytes;

	while (cap < size)
		cap *= 2;
	if (partial->bytes && cap == partial->cap)
		return true;
	bytes = cap <= MESSAGE_KEPT ? bt_resize(ctx, partial->bytes, cap) : NULL;
	if (!bytes)
		return false;
	partial->bytes = bytes;
	partial->cap = cap;
	return true;
}

static void add_chunk(struct bt_context *ctx, struct ua_partial *partial,
		      const struct ua_message *message, struct bt_cursor body)
{
	size_t size = cur_left(&body);

	partial->chunks++;
	partial->wire += message->size;
	partial->sequence = message->sequence;
	if (partial->cut || !make_room(ctx, partial, partial->used + size)) {
		if (!partial->cut)
			bt_break(ctx, &opcua_chunk_limit, "request %u, %u chunks, %u bytes",
				 partial->request, partial->chunks, partial->wire);
		partial->cut = true;
		return;
	}
	cur_copy(&body, partial->bytes + partial->used, size);
	partial->used += (uint32_t)size;
}

static void put_u32(uint8_t *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> 8 * i);
}

/* The message as if it had come in one chunk; its bytes live until the partial is used again. */
static bool join(struct ua_partial *partial, struct bt_cursor *bytes, struct ua_message *message)
{
	bool cut = partial->cut;

	partial->busy = false;
	if (!partial->bytes)
		return false;
	memcpy(partial->bytes, "MSGR", 4);
	put_u32(partial->bytes + 4, partial->wire);
	put_u32(partial->bytes + 8, message->channel);
	put_u32(partial->bytes + 12, message->token);
	put_u32(partial->bytes + 16, message->sequence);
	put_u32(partial->bytes + 20, message->request);
	put_u32(partial->bytes + 24, partial->chunks);
	*bytes = cur_of(partial->bytes, partial->used);
	if (!ua_message_read(*bytes, true, message))
		return false;
	message->cut = cut;
	return true;
}

/* Sealed chunks tell nothing but that they are there. */
static bool take_sealed(struct bt_context *ctx, struct ua_message *message)
{
	struct ua_direction *direction = direction_of(ctx);
	struct opcua_state *state = ctx->state;

	direction->has_sequence = false;
	direction->sealed_chunks++;
	direction->sealed_bytes += message->size;
	if (message->letter == 'C')
		return false;
	message->chunks = direction->sealed_chunks;
	message->size = direction->sealed_bytes;
	direction->sealed_chunks = direction->sealed_bytes = 0;
	if (state->policy && message->kind == KIND_MESSAGE)
		state->mode = MODE_SEALED;
	return true;
}

/* The rest of a message that was readable is, too, though no service stands in it. */
static bool continues(struct bt_context *ctx, struct bt_cursor bytes, struct ua_message *message)
{
	struct ua_partial *partial;

	cur_skip(&bytes, 16);
	message->sequence = cur_u32le(&bytes);
	message->request = cur_u32le(&bytes);
	partial = partial_of(direction_of(ctx), message->request);
	message->has_sequence = cur_ok(&bytes) && partial &&
				partial->sequence + 1 == message->sequence;
	return message->has_sequence;
}

static struct bt_cursor without(struct bt_cursor bytes, size_t tail)
{
	return cur_take_upto(&bytes, cur_left(&bytes) > tail ? cur_left(&bytes) - tail : 0);
}

/* A chunk that was too long to keep has lost its signature already. */
static void cut_signature(const struct opcua_state *state, struct bt_cursor *bytes,
			  struct ua_message *message)
{
	message->cut = message->size > CHUNK_KEPT;
	if (ua_channel_clear(state) || message->cut)
		return;
	*bytes = without(*bytes, state->signature);
	message->body = without(message->body, state->signature);
}

static void take_abort(struct bt_context *ctx, struct bt_cursor bytes, struct ua_message *message)
{
	struct ua_partial *partial;
	struct bt_cursor reason = bytes;

	cur_skip(&bytes, 16);
	message->sequence = cur_u32le(&bytes);
	message->request = cur_u32le(&bytes);
	partial = partial_of(direction_of(ctx), message->request);
	if (partial)
		forget(ctx, partial);
	message->body = bytes;
	reason = bytes;
	message->has_sequence = ua_channel_clear(ctx->state);
	if (message->has_sequence)
		bt_break(ctx, &opcua_chunk_abort, "request %u, %s", message->request,
			 ua_status_name(cur_u32le(&reason)));
}

bool ua_channel_take(struct bt_context *ctx, struct bt_cursor *bytes, struct ua_message *message)
{
	struct opcua_state *state = ctx->state;
	struct bt_cursor body = *bytes;
	struct ua_partial *partial;

	check_channel(ctx, message);
	if (message->letter == 'A')
		take_abort(ctx, *bytes, message);
	else if (!message->has_sequence && message->kind != KIND_OPEN)
		continues(ctx, *bytes, message);
	if (message->kind == KIND_OPEN) {
		if (message->has_sequence)
			check_sequence(ctx, message);
		else
			direction_of(ctx)->has_sequence = false;
		return true;
	}
	if (!message->has_sequence)
		return take_sealed(ctx, message);
	check_sequence(ctx, message);
	if (message->letter == 'A')
		return true;
	if (state->policy && !ua_channel_clear(state))
		state->mode = MODE_SIGN;
	cut_signature(state, bytes, message);
	partial = partial_of(direction_of(ctx), message->request);
	if (message->letter == 'F' && !partial)
		return true;
	body = *bytes;
	cur_skip(&body, BODY_AT);
	if (!partial)
		partial = begin_partial(ctx, message);
	add_chunk(ctx, partial, message, body);
	return message->letter == 'F' && join(partial, bytes, message);
}
