/* SPDX-License-Identifier: Apache-2.0
 *
 * What of OPC UA is decoded: read from the tables that decode.
 */
#include <stdio.h>

#include "opcua.h"

static bool service_feature(size_t index, struct bt_feature *feature, char *text)
{
	const struct ua_service *service = ua_service_at(index / 2);
	bool answer = index % 2;

	if (!service)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%u", answer ? service->response : service->request);
	feature->kind = answer ? "service response" : "service request";
	feature->name = service->name;
	feature->decoded = answer ? service->answers : service->asks;
	return true;
}

static size_t service_count(void)
{
	size_t count = 0;

	while (ua_service_at(count))
		count++;
	return count;
}

bool opcua_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	static const char *const steps[] = {"message type", "structure", "built-in type",
					    "security policy"};
	const size_t counts[] = {KIND_COUNT, ua_structure_count, UA_TYPES - 1, ua_policy_count};
	size_t step = 0;

	text[0] = '\0';
	*feature = (struct bt_feature){.number = text, .decoded = true};
	/* the first service is the fault, which nobody asks for */
	if (service_feature(index + 1, feature, text))
		return true;
	index -= 2 * service_count() - 1;
	while (step < sizeof(counts) / sizeof(counts[0]) && index >= counts[step])
		index -= counts[step++];
	if (step == sizeof(counts) / sizeof(counts[0]))
		return false;
	feature->kind = steps[step];
	switch (step) {
	case 0:
		snprintf(text, BT_FEATURE_TEXT, "%s", ua_kind_name((uint8_t)index));
		feature->name = ua_kind_name((uint8_t)index);
		break;
	case 1:
		snprintf(text, BT_FEATURE_TEXT, "%u", ua_structures[index].id);
		feature->name = ua_structures[index].name;
		feature->decoded = ua_structures[index].fields;
		break;
	case 2:
		snprintf(text, BT_FEATURE_TEXT, "%u", (unsigned)(index % UA_TYPES + 1));
		feature->name = ua_type_name((uint8_t)(index + 1));
		break;
	default: feature->name = ua_policies[index].name; break;
	}
	return true;
}
