/* SPDX-License-Identifier: Apache-2.0
 *
 * Which version speaks on a connection whose CONNECT was not captured? Only 5.0 puts properties between
 * the header and the payload, and a reason behind the packet identifier of an answer. Most packets can
 * be read in one way only; a PUBLISH can always be read as 3.1.1, because everything is a payload.
 */
#include "mqtt.h"

/* A PUBLISH that both can have sent. Behind an empty list of properties a text or a file: who of 3.1.1
 * would send a zero byte before it? */
static uint8_t version_of_publish(const struct mqtt_packet *as_new)
{
	const char *kind = mqtt_payload_kind(as_new->payload, true);

	if (cur_left(&as_new->properties))
		return MQTT_5;
	return strcmp(kind, "binary") && strcmp(kind, "empty") ? MQTT_5 : 0;
}

uint8_t mqtt_version_of(struct bt_cursor message, bool *sure)
{
	struct mqtt_packet old, new;

	*sure = false;
	if (!mqtt_read(message, MQTT_3_1_1, &old) || !mqtt_read(message, MQTT_5, &new) || old.cut)
		return 0;
	*sure = !old.faults != !new.faults;
	if (*sure)
		return old.faults ? MQTT_5 : MQTT_3_1_1;
	return old.header.type == MQTT_PUBLISH && !new.faults ? version_of_publish(&new) : 0;
}
