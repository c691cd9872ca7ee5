/* SPDX-License-Identifier: Apache-2.0
 *
 * The "sparkplug" object of an event: the topic's parts, the payload's header and its metrics, as
 * many as a line of the log should hold; `more` says how many are left out. values.c writes what
 * is inside a metric.
 */
#include "describe.h"

static void put_host(struct sparkplug_page *page, const struct sparkplug_detail *detail)
{
	const struct sparkplug_host *host = detail->host;

	sparkplug_put_text(page, "host", detail->topic->host);
	if (host->known)
		bt_put_bool(page->rec, "online", host->online);
	if (host->has_timestamp)
		bt_put_uint(page->rec, "timestamp", host->timestamp);
}

static void put_header(struct sparkplug_page *page, const struct sparkplug_detail *detail)
{
	const struct sparkplug_payload *payload = detail->payload;

	if (payload->has_timestamp)
		bt_put_uint(page->rec, "timestamp", payload->timestamp);
	if (payload->has_seq)
		bt_put_uint(page->rec, "seq", payload->seq);
	if (detail->has_bd_seq)
		bt_put_uint(page->rec, "bd_seq", detail->bd_seq);
	if (cur_left(&payload->uuid))
		sparkplug_put_text(page, "uuid", payload->uuid);
	if (cur_left(&payload->body))
		bt_put_uint(page->rec, "body_size", cur_left(&payload->body));
	if (payload->compressed)
		bt_put_bool(page->rec, "compressed", true);
}

static void put_metric(struct sparkplug_page *page, const struct sparkplug_metric *metric)
{
	const struct sparkplug_type *type = sparkplug_type(metric->type);

	bt_open(page->rec, NULL);
	if (cur_left(&metric->name))
		sparkplug_put_text(page, "name", metric->name);
	if (metric->has_alias)
		bt_put_uint(page->rec, "alias", metric->alias);
	if (metric->type != TYPE_UNKNOWN)
		bt_put_string(page->rec, "type", type ? type->name : "unknown");
	if (metric->has_timestamp)
		bt_put_uint(page->rec, "timestamp", metric->timestamp);
	if (metric->null)
		bt_put_bool(page->rec, "null", true);
	if (metric->historical)
		bt_put_bool(page->rec, "historical", true);
	if (metric->transient)
		bt_put_bool(page->rec, "transient", true);
	sparkplug_put_value(page, metric->type, &metric->value);
	sparkplug_put_metadata(page, metric->metadata);
	sparkplug_put_properties(page, metric->properties);
	bt_close(page->rec);
}

static void put_metrics(struct sparkplug_page *page, const struct sparkplug_detail *detail)
{
	struct sparkplug_metric metric;
	struct sparkplug_walk walk;
	uint64_t shown = 0, more = 0;

	sparkplug_walk(detail->payload, detail->edge, detail->topic->device, &walk);
	bt_open_array(page->rec, "metrics");
	while (sparkplug_next(&walk, &metric)) {
		if (shown == SHOWN_MAX || sparkplug_full(page)) {
			more++;
			continue;
		}
		put_metric(page, &metric);
		shown++;
	}
	bt_close_array(page->rec);
	if (more)
		bt_put_uint(page->rec, "more", more);
}

void sparkplug_describe(const struct bt_operation *op, struct bt_record *rec)
{
	const struct sparkplug_detail *detail = op->detail;
	const struct sparkplug_message *message = detail->message;
	const struct sparkplug_topic *topic = detail->topic;
	struct sparkplug_page page = {rec, rec->len};

	sparkplug_put_text(&page, "namespace", topic->name_space);
	bt_put_string(rec, "type", sparkplug_kinds[topic->kind]);
	bt_put_bool(rec, "by_server", message->by_server);
	bt_put_uint(rec, "size", message->payload_bytes);
	if (message->payload_bytes > cur_left(&message->payload))
		bt_put_bool(rec, "truncated", true);
	if (topic->kind == STATE) {
		put_host(&page, detail);
		return;
	}
	sparkplug_put_text(&page, "group", topic->group);
	sparkplug_put_text(&page, "edge_node", topic->node);
	if (cur_left(&topic->device))
		sparkplug_put_text(&page, "device", topic->device);
	put_header(&page, detail);
	put_metrics(&page, detail);
}
