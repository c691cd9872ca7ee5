/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation touches and with which values: nodes and methods by name, and for
 * notifications the nodes that were asked to be monitored.
 */
#include "opcua.h"

static struct bt_cursor name_of(struct ua_workshop *shop, const struct ua_node *node)
{
	char *text = shop->names + shop->names_used;
	size_t size;

	if (shop->names_used + NODE_TEXT > sizeof(shop->names))
		return cur_of(NULL, 0);
	size = ua_node_text(node, text);
	shop->names_used += size;
	return cur_of(text, size);
}

/* Methods of files move programs and firmware. */
static bool is_file_method(const struct ua_node *method)
{
	return ua_is_of_specification(method) && method->number >= 11580 && method->number <= 11593;
}

static uint8_t act_of(const struct ua_service *service, const struct ua_item *item)
{
	if (service->request == SERVICE_READ &&
	    (item->attribute != UA_ATTRIBUTE_VALUE || ua_is_of_specification(&item->node)))
		return BT_ACT_IDENTIFY;
	if (service->request == SERVICE_WRITE && item->attribute != UA_ATTRIBUTE_VALUE)
		return BT_ACT_CONFIGURE;
	if (service->request == SERVICE_CALL && is_file_method(&item->method))
		return BT_ACT_PROGRAM;
	return service->act;
}

static struct bt_values values_of(const struct ua_content *content, const struct ua_item *item)
{
	if (item->numbers)
		return bt_numbers(content->numbers + item->first_number, item->numbers);
	if (cur_left(&item->opaque))
		return (struct bt_values){BT_VALUES_BYTES, (uint32_t)cur_left(&item->opaque),
					  item->opaque};
	return (struct bt_values){0};
}

static void add_access(struct ua_workshop *shop, uint8_t act, const char *space, struct bt_cursor name,
		       struct bt_values values)
{
	if (shop->access_count >= BT_ACCESSES_MAX || !cur_left(&name))
		return;
	shop->accesses[shop->access_count++] = (struct bt_access){
		.act = act, .space = space, .count = 1, .name = name, .values = values};
}

/* A new node may leave its id to the server. */
static bool is_null(const struct ua_node *node)
{
	return ua_is_of_specification(node) && !node->number;
}

void ua_touch_asked(struct ua_workshop *shop, const struct ua_service *service)
{
	const struct ua_content *asked = &shop->asked, *answered = &shop->answered;

	for (uint32_t i = 0; i < asked->kept; i++) {
		const struct ua_item *item = &asked->items[i];
		struct bt_values values = values_of(asked, item);
		bool method = item->has_method, answers = i < answered->kept;
		const struct ua_node *node = method ? &item->method : &item->node;

		if (service->request == SERVICE_READ && answers)
			values = values_of(answered, &answered->items[i]);
		if (is_null(node) && answers && answered->items[i].has_node)
			node = &answered->items[i].node;
		if (item->has_node && !is_null(node))
			add_access(shop, act_of(service, item), method ? "method" : "node",
				   name_of(shop, node), values);
	}
}

static uint64_t handle_key(uint32_t subscription, uint32_t handle)
{
	return (uint64_t)subscription << 32 | handle;
}

void ua_touch_notified(struct ua_workshop *shop, const struct opcua_state *state)
{
	const struct ua_content *told = &shop->answered;
	struct bt_cursor name;

	for (uint32_t i = 0; i < told->kept; i++) {
		const struct ua_item *item = &told->items[i];

		if (item->has_handle &&
		    bt_table_get(&state->handles, handle_key(told->subscription, item->handle),
				 &name))
			add_access(shop, BT_ACT_REPORT, "node", name, values_of(told, item));
	}
}

/* ---- monitored items and their nodes ---- */

void ua_keep_handle(struct ua_content *content, const struct ua_item *item)
{
	struct bt_context *ctx = content->asker;
	struct opcua_state *state = ctx->state;
	char text[NODE_TEXT];

	if (item->has_node && item->has_handle)
		bt_table_put(ctx, &state->handles, HANDLES_MAX,
			     handle_key(content->subscription, item->handle),
			     cur_of(text, ua_node_text(&item->node, text)));
}

/* An item that is modified may get another handle. */
void ua_rename_handle(struct ua_content *content, const struct ua_item *item)
{
	struct bt_context *ctx = content->asker;
	struct opcua_state *state = ctx->state;
	uint32_t subscription = content->subscription, old;
	char text[NODE_TEXT];
	struct bt_cursor kept;
	size_t size;

	if (!bt_table_get(&state->monitored, handle_key(subscription, item->monitored), &kept))
		return;
	old = cur_u32le(&kept);
	if (old == item->handle ||
	    !bt_table_get(&state->handles, handle_key(subscription, old), &kept))
		return;
	size = cur_left(&kept) < sizeof(text) ? cur_left(&kept) : sizeof(text);
	cur_copy(&kept, text, size); /* the table may move what it gave */
	bt_table_put(ctx, &state->handles, HANDLES_MAX, handle_key(subscription, item->handle),
		     cur_of(text, size));
}

void ua_keep_monitored(struct bt_context *ctx, const struct ua_workshop *shop)
{
	struct opcua_state *state = ctx->state;

	for (uint32_t i = 0; i < shop->asked.kept && i < shop->answered.kept; i++) {
		const struct ua_item *made = &shop->answered.items[i];
		uint32_t handle = shop->asked.items[i].handle;
		uint8_t bytes[4] = {(uint8_t)handle, (uint8_t)(handle >> 8),
				    (uint8_t)(handle >> 16), (uint8_t)(handle >> 24)};

		if (!(made->status >> 31))
			bt_table_put(ctx, &state->monitored, HANDLES_MAX,
				     handle_key(shop->asked.subscription, made->monitored),
				     cur_of(bytes, sizeof(bytes)));
	}
}
