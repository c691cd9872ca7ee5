/* SPDX-License-Identifier: Apache-2.0
 *
 * What a message touches: its items (nodes, values, statuses) in memory of fixed size, gathered by a
 * visitor of the walk. Numbers are kept as numbers, everything else as bytes.
 */
#include <stddef.h>

#include "opcua.h"

/* The item being read. */
static struct ua_item *now(struct ua_content *content)
{
	return &content->items[content->kept];
}

static void add_numbers(struct ua_content *content, const struct ua_variant *variant)
{
	struct bt_cursor elements = variant->elements;
	struct ua_item *item = now(content);

	for (uint32_t i = 0; i < variant->count; i++) {
		uint32_t most = content->number_count < NUMBERS_MAX ? NUMBERS_PER_ITEM : 1;
		double number = ua_next_number(&elements, variant->type);

		if (!cur_ok(&elements) || item->numbers >= most ||
		    content->number_count >= NUMBERS_ROOM)
			return;
		content->numbers[content->number_count++] = number;
		item->numbers++;
	}
}

static void add_status(struct ua_item *item, uint32_t status)
{
	item->status = status;
	item->has_status = true;
}

static void add_variant(struct ua_content *content, const struct ua_variant *variant)
{
	struct ua_item *item = now(content);

	if (item->value.type == UA_NULL)
		item->value = *variant;
	if (ua_is_number(variant->type))
		add_numbers(content, variant);
	else if (!item->numbers)
		item->opaque = variant->elements;
}

static void add_node(struct ua_item *item, uint8_t role, const struct ua_node *node)
{
	if (role == ROLE_METHOD) {
		item->method = *node;
		item->has_method = true;
	} else {
		item->node = *node;
		item->has_node = true;
	}
}

static void add_number(struct ua_item *item, uint8_t role, uint32_t number)
{
	switch (role) {
	case ROLE_ATTRIBUTE: item->attribute = number; break;
	case ROLE_STATUS: add_status(item, number); break;
	case ROLE_HANDLE:
		item->handle = number;
		item->has_handle = true;
		break;
	case ROLE_MONITORED: item->monitored = number; break;
	default: break;
	}
}

static void add_part(struct ua_content *content, const struct ua_field *field,
		     const struct ua_value *value)
{
	struct ua_item *item = now(content);

	switch (field->role) {
	case ROLE_NODE:
	case ROLE_METHOD: add_node(item, field->role, &value->node); break;
	case ROLE_VALUE:
		if (value->has_status)
			add_status(item, value->status);
		if (value->has_value)
			add_variant(content, &value->variant);
		break;
	default: add_number(item, field->role, (uint32_t)value->number); break;
	}
}

static void begin_item(struct ua_content *content)
{
	*now(content) = (struct ua_item){.first_number = content->number_count};
}

static void end_item(struct ua_content *content)
{
	const struct ua_item *item = now(content);

	if (item->has_status && item->status >> 31 && !content->bad_items++)
		content->first_bad = item->status;
	if (content->each)
		content->each(content, item);
	if (content->item_count >= content->skip && content->kept < BT_ACCESSES_MAX)
		content->kept++;
	else /* its numbers serve nobody */
		content->number_count = item->first_number;
	content->item_count++;
	if (content->kept == BT_ACCESSES_MAX && content->full)
		content->full(content);
}

void ua_forget_items(struct ua_content *content)
{
	content->kept = content->number_count = 0;
}

/* RsaEncryptedSecret and EccEncryptedSecret begin with their type, and name no algorithm outside. */
static bool is_sealed_secret(struct bt_cursor secret)
{
	struct ua_node type;

	return ua_read_node(&secret, false, &type) && type.kind == ID_NUMERIC && !type.space &&
	       (type.number == 17545 || type.number == 17546);
}

static void add_whole(struct ua_content *content, const struct ua_field *field,
		      const struct ua_value *value)
{
	switch (field->role) {
	case ROLE_SUBSCRIPTION: content->subscription = (uint32_t)value->number; break;
	case ROLE_RESULT:
		content->result = (uint32_t)value->number;
		content->has_result = true;
		break;
	case ROLE_TOKEN: content->token = (uint32_t)value->number; break;
	case ROLE_PASSWORD:
		content->has_password = cur_left(&value->bytes) && !is_sealed_secret(value->bytes);
		break;
	case ROLE_PASSWORD_ALGORITHM: content->password_algorithm = value->bytes; break;
	default: break;
	}
}

/* Of an array of plain values. */
static void add_item(struct ua_content *content, const struct ua_field *field,
		     const struct ua_value *value)
{
	begin_item(content);
	add_part(content, field, value);
	end_item(content);
}

static void add(struct ua_content *content, const struct ua_field *field,
		const struct ua_value *value)
{
	if (field->role >= ROLE_IDENTITY)
		ua_hear(content->heard, field->role, value->bytes);
	else if (field->flags & UA_ITEM)
		add_item(content, field, value);
	else if (content->inside)
		add_part(content, field, value);
	else
		add_whole(content, field, value);
}

static void visit(void *visitor, enum ua_event event, const struct ua_field *field,
		  const struct ua_value *value)
{
	struct ua_content *content = visitor;

	if (event == UA_SAYS_VALUE) {
		add(content, field, value);
	} else if (event == UA_SAYS_ELEMENT) {
		content->inside++;
		begin_item(content);
	} else if (event == UA_SAYS_ELEMENT_END) {
		content->inside--;
		end_item(content);
	}
}

/* ---- what is taken without being told of it ---- */

static bool take_text(struct ua_content *content, const struct ua_field *field,
		      struct bt_cursor *at)
{
	struct bt_cursor text;
	bool null;

	if (field->type != UA_STRING && field->type != UA_BYTE_STRING)
		return false;
	text = ua_read_string(at, &null);
	if (cur_ok(at))
		ua_hear(content->heard, field->role, text);
	return cur_ok(at);
}

static bool take_value(struct ua_content *content, struct bt_cursor *at)
{
	struct ua_variant number;
	uint32_t status;
	bool has_status;

	if (!ua_read_simple(at, &number, &has_status, &status))
		return false;
	if (has_status)
		add_status(now(content), status);
	add_variant(content, &number);
	return true;
}

static bool take_part(struct ua_content *content, const struct ua_field *field,
		      struct bt_cursor *at)
{
	struct ua_node node;
	uint32_t number;

	switch (field->type) {
	case UA_UINT32:
	case UA_STATUS_CODE:
		number = cur_u32le(at);
		if (cur_ok(at))
			add_number(now(content), field->role, number);
		return cur_ok(at);
	case UA_NODE_ID:
		if (!ua_read_node(at, false, &node) || node.flagged)
			return false;
		add_node(now(content), field->role, &node);
		return true;
	case UA_DATA_VALUE: return take_value(content, at);
	default: return false;
	}
}

static bool take(void *visitor, const struct ua_field *field, struct bt_cursor *at)
{
	struct ua_content *content = visitor;
	struct bt_cursor ahead = *at;
	bool item = field->flags & UA_ITEM;

	if (field->role >= ROLE_IDENTITY) {
		if (!take_text(content, field, &ahead))
			return false;
	} else if (item) {
		begin_item(content);
		if (!take_part(content, field, &ahead))
			return false;
		end_item(content);
	} else if (!content->inside || !take_part(content, field, &ahead)) {
		return false;
	}
	*at = ahead;
	return true;
}

/* All but the arrays, which are large and counted. */
static void clear(struct ua_content *content)
{
	memset((uint8_t *)content + offsetof(struct ua_content, item_count), 0,
	       offsetof(struct ua_content, items) - offsetof(struct ua_content, item_count));
}

void ua_prepare(struct ua_content *content, void *asker)
{
	content->each = NULL;
	content->full = NULL;
	content->asker = asker;
	content->heard = NULL;
	content->skip = 0;
	clear(content);
}

/* The header in the form that nearly all have: nothing is asked of diagnostics or told of them, nothing
 * added. False: it is another, or is not all there; `at` has not moved. */
static bool pass_request_header(struct bt_cursor *at)
{
	struct bt_cursor ahead = *at;

	if (!ua_pass_node(&ahead)) /* the session */
		return false;
	cur_skip(&ahead, 8 + 4 + 4); /* time, handle, diagnostics wanted */
	ua_pass_string(&ahead); /* audit entry */
	cur_skip(&ahead, 4); /* timeout */
	if (cur_u24be(&ahead) || !cur_ok(&ahead)) /* what is added: a null node id, and no body */
		return false;
	*at = ahead;
	return true;
}

static bool pass_response_header(struct bt_cursor *at, uint32_t *result)
{
	struct bt_cursor ahead = *at;
	uint32_t status;

	cur_skip(&ahead, 8 + 4); /* time, handle */
	status = cur_u32le(&ahead);
	if (cur_u8(&ahead) || (int32_t)cur_u32le(&ahead) > 0 || /* diagnostics, and their texts */
	    cur_u24be(&ahead) || !cur_ok(&ahead))
		return false;
	*result = status;
	*at = ahead;
	return true;
}

static struct ua_end end_of(const struct ua_walk *walk)
{
	return (struct ua_end){cur_left(&walk->at),
			       walk->trouble | (cur_ok(&walk->at) ? 0 : UA_MALFORMED)};
}

static void walk_request(struct ua_walk *walk, const struct ua_service *service)
{
	if (!pass_request_header(&walk->at))
		ua_walk(walk, ua_request_header);
	ua_walk(walk, service->asks);
}

static void walk_answer(struct ua_walk *walk, const struct ua_service *service,
			struct ua_content *content)
{
	content->has_result = pass_response_header(&walk->at, &content->result);
	if (!content->has_result)
		ua_walk(walk, ua_response_header);
	/* a refusal has no more than its header to be read */
	if (!(content->has_result && content->result >> 31 && !cur_left(&walk->at)))
		ua_walk(walk, service->answers);
}

void ua_collect(const struct ua_message *message, struct ua_content *content)
{
	const uint32_t roles = 1u << ROLE_NODE | 1u << ROLE_ATTRIBUTE | 1u << ROLE_VALUE |
			       1u << ROLE_STATUS | 1u << ROLE_HANDLE | 1u << ROLE_MONITORED |
			       1u << ROLE_SUBSCRIPTION | 1u << ROLE_METHOD | 1u << ROLE_RESULT |
			       1u << ROLE_PASSWORD | 1u << ROLE_PASSWORD_ALGORITHM |
			       1u << ROLE_TOKEN;
	struct ua_walk walk = {
		.at = message->body, .roles = roles, .visit = visit, .take = take, .visitor = content};

	clear(content);
	if (!message->service)
		return;
	if (content->heard)
		walk.roles |= UA_IDENTITY_ROLES;
	if (message->answer)
		walk_answer(&walk, message->service, content);
	else
		walk_request(&walk, message->service);
	content->end = end_of(&walk);
}

struct ua_end ua_look_over(const struct ua_message *request)
{
	struct ua_walk walk = {.at = request->body};

	walk_request(&walk, request->service);
	return end_of(&walk);
}
