/* SPDX-License-Identifier: Apache-2.0
 *
 * From packets to accesses: topics, filters, users and wills by name. The numbers of a JSON payload have names
 * of their own: "topic#motor.speed". No topic has a "#" in it, so these are never another's.
 */
#include "mqtt.h"

struct bt_cursor mqtt_topic(const struct mqtt_detail *detail)
{
	return cur_left(&detail->topic) || !detail->request ? detail->topic
							    : detail->request->topic;
}

static void add(struct mqtt_accesses *accesses, enum bt_act act, const char *space,
		struct bt_cursor name)
{
	if (accesses->count < BT_ACCESSES_MAX)
		accesses->access[accesses->count++] =
			(struct bt_access){.act = act, .space = space, .count = 1, .name = name};
}

static struct bt_cursor join(char room[VALUE_NAME_MAX], struct bt_cursor topic,
			     struct bt_cursor path)
{
	size_t before = cur_left(&topic), behind = cur_left(&path);

	if (before + 1 + behind > VALUE_NAME_MAX)
		return cur_of(NULL, 0);
	cur_copy(&topic, room, before);
	room[before] = '#';
	cur_copy(&path, room + before + 1, behind);
	return cur_of(room, before + 1 + behind);
}

static void add_values(struct mqtt_accesses *accesses, enum bt_act act, struct bt_cursor topic)
{
	struct mqtt_values *values = &accesses->values;

	for (unsigned i = 0; i < values->count; i++) {
		const struct mqtt_value *value = &values->values[i];
		struct bt_cursor name = topic;

		if (cur_left(&value->path)) {
			name = join(accesses->names[i], topic, value->path);
			if (!cur_left(&name))
				continue;
			add(accesses, act, "topic", name);
		}
		accesses->access[accesses->count - 1].values = bt_numbers(&value->number, 1);
	}
}

static void publish(const struct bt_operation *op, const struct mqtt_detail *detail,
		    struct mqtt_accesses *accesses)
{
	const struct mqtt_packet *packet = detail->request;
	struct bt_cursor topic = mqtt_topic(detail);

	if (!cur_left(&topic))
		return;
	add(accesses, op->act, "topic", topic);
	mqtt_payload_values(packet->payload, !packet->cut, &accesses->values);
	add_values(accesses, op->act, topic);
}

static void filters(const struct mqtt_packet *packet, enum bt_act act,
		    struct mqtt_accesses *accesses)
{
	struct bt_cursor list = packet->list;
	struct mqtt_filter filter;

	while (accesses->count < BT_ACCESSES_MAX && mqtt_filter_next(packet, &list, &filter))
		add(accesses, act, "filter", filter.text);
}

void mqtt_accesses(const struct bt_operation *op, const struct mqtt_detail *detail,
		   struct mqtt_accesses *accesses)
{
	const struct mqtt_packet *packet = detail->request;

	accesses->count = 0;
	if (!packet)
		return;
	switch (packet->header.type) {
	case MQTT_PUBLISH: publish(op, detail, accesses); break;
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE: filters(packet, op->act, accesses); break;
	case MQTT_CONNECT:
		if (cur_left(&packet->connect.user))
			add(accesses, op->act, "user", packet->connect.user);
		if (cur_left(&packet->connect.will_topic))
			add(accesses, op->act, "will", packet->connect.will_topic);
		break;
	default: break;
	}
}
