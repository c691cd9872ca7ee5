/* SPDX-License-Identifier: Apache-2.0 */
#include "pending.h"

#include "engine.h"

void pending_init(struct pending_store *store)
{
	*store = (struct pending_store){0};
	pool_init(&store->pool, sizeof(struct pending), PENDING_MAX);
}

void pending_finish(struct pending_store *store)
{
	pool_finish(&store->pool);
}

struct pending *pending_add(struct pending_store *store, struct flow *flow, struct engine_flow *app,
			    const struct bt_request *request, bool patient, uint8_t *big)
{
	struct pending *pending = pool_take(&store->pool);
	struct pending_list *list = &store->lists[app->protocol][patient];
	struct bt_cursor bytes = request->bytes;
	size_t kept;

	if (!pending)
		return NULL;
	bytes = cur_take_upto(&bytes, big ? BT_REQUEST_BYTES_MAX : BT_REQUEST_BYTES);
	kept = cur_left(&bytes);
	pending->request = *request;
	pending->patient = patient;
	pending->big = big;
	cur_copy(&bytes, big ? big : pending->bytes, kept);
	pending->request.bytes = cur_of(big ? big : pending->bytes, kept);
	pending->flow = flow;

	pending->newer = NULL;
	if (app->newest)
		app->newest->newer = pending;
	else
		app->oldest = pending;
	app->newest = pending;
	app->pending_count++;

	pending->after = NULL;
	pending->before = list->last;
	if (list->last)
		list->last->after = pending;
	else
		list->first = pending;
	list->last = pending;
	store->asked |= UINT64_C(1) << app->protocol;
	return pending;
}

static void unlink_from_flow(struct engine_flow *app, struct pending *pending)
{
	struct pending *older = NULL;

	for (struct pending *at = app->oldest; at != pending; at = at->newer)
		older = at;
	if (older)
		older->newer = pending->newer;
	else
		app->oldest = pending->newer;
	if (app->newest == pending)
		app->newest = older;
	app->pending_count--;
}

void pending_unlink(struct pending_store *store, struct engine_flow *app, struct pending *pending)
{
	struct pending_list *list = &store->lists[app->protocol][pending->patient];

	unlink_from_flow(app, pending);
	if (pending->before)
		pending->before->after = pending->after;
	else
		list->first = pending->after;
	if (pending->after)
		pending->after->before = pending->before;
	else
		list->last = pending->before;
}

void pending_free(struct pending_store *store, struct pending *pending)
{
	pool_put(&store->pool, pending);
}
