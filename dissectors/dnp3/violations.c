/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break the protocol, in words for a person. What a serial line behind a terminal
 * server does to its octets, and what devices do that nobody is hurt by, is an anomaly, no alert.
 */
#include "dnp3.h"

const struct bt_violation dnp3_banner_seen = {
	.name = "dnp3.banner",
	.title = "DNP3 connection begins with a line of text",
	.severity = 0,
};
static const struct bt_violation bad_header_crc = {
	.name = "dnp3.header_crc",
	.title = "DNP3 frame whose header has a wrong CRC",
	.severity = 0,
};
static const struct bt_violation bad_block_crc = {
	.name = "dnp3.block_crc",
	.title = "DNP3 frame with a wrong CRC in its data",
	.severity = 0,
};
static const struct bt_violation bad_link_function = {
	.name = "dnp3.link_function",
	.title = "DNP3 link function that the standard does not have",
	.severity = 1,
	.technique = "T0814",
};
static const struct bt_violation bad_link_control = {
	.name = "dnp3.link_control",
	.title = "DNP3 link function with the wrong frame count bits",
	.severity = 0,
};
static const struct bt_violation bad_link_length = {
	.name = "dnp3.link_length",
	.title = "DNP3 link function with data it cannot have, or without those it must",
	.severity = 1,
	.technique = "T0814",
};
static const struct bt_violation bad_address = {
	.name = "dnp3.reserved_address",
	.title = "DNP3 address that no station can have",
	.severity = 0,
};
const struct bt_violation dnp3_wrong_direction = {
	.name = "dnp3.wrong_direction",
	.title = "DNP3 message from the side that does not send it",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation dnp3_short_fragment = {
	.name = "dnp3.short_fragment",
	.title = "DNP3 message too short for its header",
	.severity = 2,
	.technique = "T0814",
};
const struct bt_violation dnp3_too_long = {
	.name = "dnp3.fragment_too_long",
	.title = "DNP3 message that does not end",
	.severity = 2,
	.technique = "T0814",
};
const struct bt_violation dnp3_lost_segment = {
	.name = "dnp3.lost_segment",
	.title = "DNP3 message of which segments are missing",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation dnp3_undefined_function = {
	.name = "dnp3.undefined_function",
	.title = "DNP3 function that the standard does not have",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation truncated_header = {
	.name = "dnp3.object_header",
	.title = "DNP3 message that ends within an object header",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_qualifier = {
	.name = "dnp3.bad_qualifier",
	.title = "DNP3 object with a qualifier that it cannot have",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_range = {
	.name = "dnp3.bad_range",
	.title = "DNP3 object range that ends before it starts",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_count = {
	.name = "dnp3.bad_count",
	.title = "DNP3 message that announces more objects than it holds",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_object = {
	.name = "dnp3.bad_object",
	.title = "DNP3 object whose inner lengths do not fit",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation unknown_object = {
	.name = "dnp3.unknown_object",
	.title = "DNP3 object that the standard does not have",
	.severity = 0,
};
static const struct bt_violation undecoded = {
	.name = "dnp3.undecoded",
	.title = "DNP3 message whose rest could not be decoded",
	.severity = 0,
};
const struct bt_violation dnp3_unasked_response = {
	.name = "dnp3.unasked_response",
	.title = "DNP3 answer that nobody asked for",
	.severity = 1,
	.technique = "T0856",
	.needs_whole = true,
};
const struct bt_violation dnp3_operate_without_select = {
	.name = "dnp3.operate_without_select",
	.title = "DNP3 operate without a select before it",
	.severity = 3,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation dnp3_operate_differs = {
	.name = "dnp3.operate_differs",
	.title = "DNP3 operate of something else than was selected",
	.severity = 4,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation dnp3_operate_refused = {
	.name = "dnp3.operate_refused_select",
	.title = "DNP3 operate although the select was refused",
	.severity = 2,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation dnp3_operate_sequence = {
	.name = "dnp3.operate_sequence",
	.title = "DNP3 operate that does not follow its select at once",
	.severity = 2,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation dnp3_operate_late = {
	.name = "dnp3.operate_late",
	.title = "DNP3 operate long after its select",
	.severity = 1,
	.technique = "T0855",
	.needs_whole = true,
};
const struct bt_violation dnp3_echo_mismatch = {
	.name = "dnp3.echo_mismatch",
	.title = "DNP3 outstation confirmed another command than it was given",
	.severity = 4,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation dnp3_reply_unasked = {
	.name = "dnp3.reply_without_challenge",
	.title = "DNP3 authentication reply to no challenge, or to another",
	.severity = 2,
	.technique = "T0859",
	.needs_whole = true,
};
const struct bt_violation dnp3_stray_bytes = {
	.name = "dnp3.stray_bytes",
	.title = "Bytes between DNP3 frames that are none",
	.severity = 0,
	.needs_whole = true,
};

const struct bt_violation *const dnp3_violations[] = {
	&dnp3_banner_seen,
	&bad_header_crc,
	&bad_block_crc,
	&bad_link_function,
	&bad_link_control,
	&bad_link_length,
	&bad_address,
	&dnp3_wrong_direction,
	&dnp3_short_fragment,
	&dnp3_too_long,
	&dnp3_lost_segment,
	&dnp3_undefined_function,
	&truncated_header,
	&bad_qualifier,
	&bad_range,
	&bad_count,
	&bad_object,
	&unknown_object,
	&undecoded,
	&dnp3_unasked_response,
	&dnp3_operate_without_select,
	&dnp3_operate_differs,
	&dnp3_operate_refused,
	&dnp3_operate_sequence,
	&dnp3_operate_late,
	&dnp3_echo_mismatch,
	&dnp3_reply_unasked,
	&dnp3_stray_bytes,
	NULL,
};

void dnp3_report_link(struct bt_context *ctx, const struct dnp3_segment *segment)
{
	static const struct {
		unsigned fault;
		const struct bt_violation *violation;
	} of_fault[] = {
		{LINK_BAD_HEADER_CRC, &bad_header_crc},  {LINK_BAD_BLOCK_CRC, &bad_block_crc},
		{LINK_BAD_FUNCTION, &bad_link_function}, {LINK_BAD_CONTROL, &bad_link_control},
		{LINK_NO_DATA, &bad_link_length},        {LINK_STRAY_DATA, &bad_link_length},
		{LINK_BAD_ADDRESS, &bad_address},
	};

	for (size_t i = 0; i < sizeof(of_fault) / sizeof(of_fault[0]); i++) {
		if (segment->faults & of_fault[i].fault)
			bt_break(ctx, of_fault[i].violation,
				 "from %u to %u, link control 0x%02x, %u bytes of data",
				 segment->source, segment->destination, segment->control,
				 segment->size - ENVELOPE_BYTES);
	}
}

static uint8_t holds_of(uint8_t group)
{
	switch (group) {
	case 0: return HOLDS_ATTRIBUTES;
	case 12:
	case 41:
	case 70: return HOLDS_STATUS;
	case 120: return HOLDS_STATUS | HOLDS_AUTHENTICATION;
	default: return 0;
	}
}

void dnp3_report_objects(struct bt_context *ctx, struct dnp3_message *message)
{
	static const struct {
		unsigned fault;
		const struct bt_violation *violation;
	} of_fault[] = {
		{FAULT_HEADER, &truncated_header}, {FAULT_QUALIFIER, &bad_qualifier},
		{FAULT_RANGE, &bad_range},         {FAULT_COUNT, &bad_count},
		{FAULT_OBJECT, &bad_object},       {FAULT_UNSIZED, &undecoded},
	};
	struct dnp3_walk walk = dnp3_walk(message);
	struct dnp3_header header = {0};

	message->holds = 0;
	while (dnp3_next_header(&walk, &header))
		message->holds |= holds_of(header.group);
	if (!walk.faults)
		return;
	if (walk.faults & FAULT_UNKNOWN)
		bt_break(ctx, &unknown_object,
			 "group %u variation %u, %u of %u headers, function %u", walk.unknown_group,
			 walk.unknown_variation, walk.unknown, walk.headers, message->function);
	for (size_t i = 0; i < sizeof(of_fault) / sizeof(of_fault[0]); i++) {
		if (walk.faults & of_fault[i].fault)
			bt_break(ctx, of_fault[i].violation,
				 "function %u, group %u variation %u, qualifier 0x%02x, "
				 "count %u, %zu bytes not decoded",
				 message->function, header.group, header.variation,
				 header.qualifier, header.count, cur_left(&walk.at));
	}
}
