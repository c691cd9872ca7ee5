/* SPDX-License-Identifier: Apache-2.0
 *
 * What of MQTT is decoded, out of the tables that decode it.
 */
#include <stdio.h>

#include "mqtt.h"

static bool packet_type(size_t index, struct bt_feature *feature, char *text)
{
	size_t type = index + 1;

	if (type >= MQTT_TYPES)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%zu", type);
	*feature = (struct bt_feature){"packet type", text, mqtt_types[type].name, true, NULL};
	return true;
}

static bool property(size_t index, struct bt_feature *feature, char *text)
{
	const struct mqtt_property *found = mqtt_property_at(index);

	if (!found)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%u", found->id);
	*feature = (struct bt_feature){"property", text, found->name, true, NULL};
	return true;
}

/* One for each packet that may carry the code. */
static bool reason(size_t index, struct bt_feature *feature, char *text)
{
	const struct mqtt_reason *found;

	for (size_t at = 0; (found = mqtt_reason_at(at)); at++) {
		for (unsigned type = 1; type < MQTT_TYPES; type++) {
			if (!(found->packets & 1 << type) || index--)
				continue;
			snprintf(text, BT_FEATURE_TEXT, "%s/0x%02x", mqtt_types[type].name,
				 found->code);
			*feature = (struct bt_feature){"reason code", text, found->name, true, NULL};
			return true;
		}
	}
	return false;
}

bool mqtt_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	static bool (*const kinds[])(size_t, struct bt_feature *, char *) = {packet_type, property,
									     reason};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t count = 0;

		if (kinds[i](index, feature, text))
			return true;
		while (kinds[i](count, feature, text))
			count++;
		index -= count;
	}
	return false;
}
