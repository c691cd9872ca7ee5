/* SPDX-License-Identifier: Apache-2.0
 *
 * What an outstation says of itself: device attributes, group 0 (IEEE 1815-2012, A.1). Each has a
 * type, a length and a value; the variation says what it means.
 */
#include "dnp3.h"

static const struct dnp3_attribute attributes[] = {
	{196, BT_ID_OTHER, "configuration_id"},
	{197, BT_ID_OTHER, "configuration_version"},
	{198, BT_ID_COUNT, "configuration_build_date"},
	{199, BT_ID_COUNT, "configuration_last_change_date"},
	{200, BT_ID_COUNT, "configuration_signature"},
	{201, BT_ID_COUNT, "configuration_signature_algorithm"},
	{202, BT_ID_OTHER, "master_resource_id"},
	{203, BT_ID_COUNT, "altitude"},
	{204, BT_ID_COUNT, "longitude"},
	{205, BT_ID_COUNT, "latitude"},
	{206, BT_ID_OTHER, "secondary_operator_name"},
	{207, BT_ID_OTHER, "primary_operator_name"},
	{208, BT_ID_APPLICATION, "system_name"},
	{209, BT_ID_COUNT, "secure_authentication_version"},
	{210, BT_ID_COUNT, "security_statistics_per_association"},
	{211, BT_ID_OTHER, "user_specific_attributes"},
	{212, BT_ID_COUNT, "master_data_set_prototypes"},
	{213, BT_ID_COUNT, "outstation_data_set_prototypes"},
	{214, BT_ID_COUNT, "master_data_sets"},
	{215, BT_ID_COUNT, "outstation_data_sets"},
	{216, BT_ID_COUNT, "binary_outputs_per_request"},
	{217, BT_ID_COUNT, "timing_accuracy"},
	{218, BT_ID_COUNT, "timing_accuracy_of_events"},
	{219, BT_ID_COUNT, "supports_analog_output_events"},
	{220, BT_ID_COUNT, "analog_output_max_index"},
	{221, BT_ID_COUNT, "analog_outputs"},
	{222, BT_ID_COUNT, "supports_binary_output_events"},
	{223, BT_ID_COUNT, "binary_output_max_index"},
	{224, BT_ID_COUNT, "binary_outputs"},
	{225, BT_ID_COUNT, "supports_frozen_counter_events"},
	{226, BT_ID_COUNT, "supports_frozen_counters"},
	{227, BT_ID_COUNT, "supports_counter_events"},
	{228, BT_ID_COUNT, "counter_max_index"},
	{229, BT_ID_COUNT, "counters"},
	{230, BT_ID_COUNT, "supports_frozen_analog_inputs"},
	{231, BT_ID_COUNT, "supports_analog_input_events"},
	{232, BT_ID_COUNT, "analog_input_max_index"},
	{233, BT_ID_COUNT, "analog_inputs"},
	{234, BT_ID_COUNT, "supports_double_bit_input_events"},
	{235, BT_ID_COUNT, "double_bit_input_max_index"},
	{236, BT_ID_COUNT, "double_bit_inputs"},
	{237, BT_ID_COUNT, "supports_binary_input_events"},
	{238, BT_ID_COUNT, "binary_input_max_index"},
	{239, BT_ID_COUNT, "binary_inputs"},
	{240, BT_ID_COUNT, "max_transmit_fragment"},
	{241, BT_ID_COUNT, "max_receive_fragment"},
	{242, BT_ID_FIRMWARE, "software_version"},
	{243, BT_ID_HARDWARE, "hardware_version"},
	{244, BT_ID_OTHER, "device_owner"},
	{245, BT_ID_LOCATION, "location"},
	{246, BT_ID_OTHER, "id_code"},
	{247, BT_ID_NAME, "device_name"},
	{248, BT_ID_SERIAL, "serial_number"},
	{249, BT_ID_OTHER, "subset_and_conformance"},
	{250, BT_ID_MODEL, "product_and_model"},
	{252, BT_ID_VENDOR, "manufacturer"},
	{254, BT_ID_COUNT, "all_attributes"},
	{255, BT_ID_COUNT, "attribute_list"},
};

enum {
	ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]),
};

const struct dnp3_attribute *dnp3_attribute_number(size_t index)
{
	return index < ATTRIBUTES ? &attributes[index] : NULL;
}

const struct dnp3_attribute *dnp3_attribute(uint8_t variation)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (attributes[i].variation == variation)
			return &attributes[i];
	}
	return NULL;
}

/* Set 0 has the standard's meaning; the others are private, and so are their texts. */
void dnp3_identify(struct bt_context *ctx, uint16_t outstation, const struct dnp3_message *answer)
{
	struct dnp3_walk walk = dnp3_walk(answer);
	struct bt_station who = {.client = ctx->dir == BT_TO_SERVER, .unit = outstation};
	struct dnp3_header header;
	struct dnp3_point point;

	if (!(answer->holds & HOLDS_ATTRIBUTES))
		return;
	while (dnp3_next_header(&walk, &header)) {
		const struct dnp3_attribute *attribute =
			header.group == 0 ? dnp3_attribute(header.variation) : NULL;

		if (!attribute || attribute->identity == BT_ID_COUNT)
			continue;
		while (dnp3_next_point(&header, &point)) {
			struct bt_cursor text = point.data;
			uint8_t type = cur_u8(&text);

			cur_skip(&text, 1);
			if (type == ATTRIBUTE_TEXT && point.index == 0 && cur_left(&text))
				bt_identity(ctx, who, attribute->identity, text, "DNP3 group 0");
		}
	}
}
