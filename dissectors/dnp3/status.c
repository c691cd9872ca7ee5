/* SPDX-License-Identifier: Apache-2.0
 *
 * How an outstation says no (IEEE 1815-2012, 4.2.2.6, annex A and clause 7): internal indications,
 * the status of control blocks and files, the errors of secure authentication; and their names.
 */
#include "dnp3.h"

const char *dnp3_indication(unsigned bit)
{
	static const char *const names[16] = {
		"no_func_code_support",
		"object_unknown",
		"parameter_error",
		"event_buffer_overflow",
		"already_executing",
		"config_corrupt",
		"reserved_2",
		"reserved_1",
		"all_stations",
		"class_1_events",
		"class_2_events",
		"class_3_events",
		"need_time",
		"local_control",
		"device_trouble",
		"device_restart",
	};

	return names[bit & 15];
}

const char *dnp3_control_status(uint8_t status)
{
	static const char *const names[] = {
		"success",
		"timeout",
		"no_select",
		"format_error",
		"not_supported",
		"already_active",
		"hardware_error",
		"local",
		"too_many_operations",
		"not_authorized",
		"automation_inhibit",
		"processing_limited",
		"out_of_range",
		"downstream_local",
		"already_complete",
		"blocked",
		"cancelled",
		"blocked_other_master",
		"downstream_fail",
	};

	if (status < sizeof(names) / sizeof(names[0]))
		return names[status];
	return status == 126 ? "non_participating" : status == 127 ? "undefined" : "reserved";
}

const char *dnp3_file_status(uint8_t status)
{
	static const char *const names[] = {
		[0] = "success",
		[1] = "permission_denied",
		[2] = "invalid_mode",
		[3] = "file_not_found",
		[4] = "file_locked",
		[5] = "too_many_open",
		[6] = "invalid_handle",
		[7] = "write_block_size",
		[8] = "communication_lost",
		[9] = "cannot_abort",
		[16] = "not_opened",
		[17] = "handle_expired",
		[18] = "buffer_overrun",
		[19] = "fatal",
		[20] = "block_sequence",
	};

	if (status < sizeof(names) / sizeof(names[0]) && names[status])
		return names[status];
	return status == 255 ? "undefined" : "reserved";
}

const char *dnp3_security_error(uint8_t error)
{
	static const char *const names[] = {
		"none",
		"authentication_failed",
		"unexpected_response",
		"no_response",
		"aggressive_mode_not_supported",
		"mac_algorithm_not_supported",
		"key_wrap_algorithm_not_supported",
		"authorization_failed",
		"update_key_change_method_not_permitted",
		"invalid_signature",
		"invalid_certification_data",
		"unknown_user",
		"max_session_key_status_requests_exceeded",
	};

	return error < sizeof(names) / sizeof(names[0]) ? names[error] : "vendor_specific";
}

/* Those of IIN2 that are about the request, and not about the device. */
static bool refused_by_indication(uint16_t iin, struct dnp3_refusal *refusal)
{
	static const uint8_t bits[] = {0, 1, 2, 4};

	for (size_t i = 0; i < sizeof(bits); i++) {
		if (iin >> bits[i] & 1) {
			*refusal = (struct dnp3_refusal){REFUSED_IIN | 1u << bits[i],
							 dnp3_indication(bits[i])};
			return true;
		}
	}
	return false;
}

static struct dnp3_refusal refused_with(uint8_t group, uint8_t status)
{
	switch (group) {
	case 70: return (struct dnp3_refusal){REFUSED_FILE | status, dnp3_file_status(status)};
	case 120:
		return (struct dnp3_refusal){REFUSED_SECURITY | status,
					     dnp3_security_error(status)};
	default: return (struct dnp3_refusal){status & 0x7fu, dnp3_control_status(status & 0x7f)};
	}
}

bool dnp3_refused(const struct dnp3_message *answer, struct dnp3_refusal *refusal)
{
	struct dnp3_walk walk = dnp3_walk(answer);
	struct dnp3_header header;
	struct dnp3_point point;
	struct dnp3_reading status;

	if (refused_by_indication(answer->iin, refusal))
		return true;
	if (!(answer->holds & HOLDS_STATUS))
		return false;
	while (dnp3_next_header(&walk, &header)) {
		if (header.group != 12 && header.group != 41 && header.group != 70 &&
		    header.group != 120)
			continue;
		while (dnp3_next_point(&header, &point)) {
			if (!dnp3_part_for(&header, &point, USE_STATUS, &status))
				continue;
			*refusal = refused_with(header.group, (uint8_t)status.whole);
			if (refusal->error & 0xff)
				return true;
		}
	}
	return false;
}
