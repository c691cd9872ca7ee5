/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break OPC UA. Severities are calm: what real stacks do is an anomaly event (0), what is
 * unwise is low, and what needs a hostile hand is medium. Whatever loss could look like needs a
 * flow that was seen whole.
 */
#include "opcua.h"

const struct bt_violation opcua_malformed = {
	.name = "opcua.malformed",
	.title = "OPC UA message whose content does not fit its service",
	.severity = 2,
	.technique = "T0814",
};
const struct bt_violation opcua_nesting = {
	.name = "opcua.nesting",
	.title = "OPC UA values nested deeper than any receiver must bear",
	.severity = 3,
	.technique = "T0814",
};
const struct bt_violation opcua_command_cut = {
	.name = "opcua.command_cut",
	.title = "OPC UA command too long for all of it to be read",
	.severity = 2,
	.technique = "T0855",
};
const struct bt_violation opcua_trailing_bytes = {
	.name = "opcua.trailing_bytes",
	.title = "OPC UA message with bytes behind its content",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation opcua_unknown_service = {
	.name = "opcua.unknown_service",
	.title = "OPC UA message of a service that does not exist",
	.severity = 1,
	.technique = "T0846",
	.needs_whole = true,
};
const struct bt_violation opcua_wrong_direction = {
	.name = "opcua.wrong_direction",
	.title = "OPC UA message that only the other side could send",
	.severity = 2,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation opcua_unsolicited_response = {
	.name = "opcua.unsolicited_response",
	.title = "OPC UA response that nobody asked for",
	.severity = 1,
	.technique = "T0856",
	.needs_whole = true,
};
const struct bt_violation opcua_response_mismatch = {
	.name = "opcua.response_mismatch",
	.title = "OPC UA response of another service than its request",
	.severity = 3,
	.technique = "T0856",
	.needs_whole = true,
};
const struct bt_violation opcua_sequence_gap = {
	.name = "opcua.sequence_gap",
	.title = "OPC UA sequence number left out",
	.severity = 1,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation opcua_sequence_replay = {
	.name = "opcua.sequence_replay",
	.title = "OPC UA sequence number used again",
	.severity = 2,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation opcua_unknown_channel = {
	.name = "opcua.unknown_channel",
	.title = "OPC UA message for a secure channel that is not open",
	.severity = 2,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation opcua_unknown_token = {
	.name = "opcua.unknown_token",
	.title = "OPC UA message with a security token that was not issued",
	.severity = 2,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation opcua_oversize_chunk = {
	.name = "opcua.oversize_chunk",
	.title = "OPC UA chunk longer than negotiated",
	.severity = 2,
	.technique = "T0814",
};
const struct bt_violation opcua_chunk_limit = {
	.name = "opcua.chunk_limit",
	.title = "OPC UA message of more chunks or bytes than are kept",
	.severity = 0,
};
const struct bt_violation opcua_unfinished_chunks = {
	.name = "opcua.unfinished_chunks",
	.title = "OPC UA messages that are begun and not ended",
	.severity = 3,
	.technique = "T0814",
	.needs_whole = true,
};
const struct bt_violation opcua_chunk_abort = {
	.name = "opcua.chunk_abort",
	.title = "OPC UA message given up by its sender",
	.severity = 0,
};
const struct bt_violation opcua_deprecated_policy = {
	.name = "opcua.deprecated_policy",
	.title = "OPC UA secure channel with a broken security policy",
	.severity = 2,
	.technique = "T0830",
};
const struct bt_violation opcua_unknown_policy = {
	.name = "opcua.unknown_policy",
	.title = "OPC UA secure channel with an unknown security policy",
	.severity = 0,
};
const struct bt_violation opcua_clear_password = {
	.name = "opcua.clear_password",
	.title = "OPC UA password sent in clear text",
	.severity = 3,
	.technique = "T0842",
};
const struct bt_violation opcua_certificate_expired = {
	.name = "opcua.certificate_expired",
	.title = "OPC UA application certificate outside its validity",
	.severity = 1,
};
const struct bt_violation opcua_certificate_weak = {
	.name = "opcua.certificate_weak",
	.title = "OPC UA application certificate with a weak key or signature",
	.severity = 1,
};
const struct bt_violation opcua_bad_certificate = {
	.name = "opcua.bad_certificate",
	.title = "OPC UA application certificate that is none",
	.severity = 2,
	.technique = "T0830",
};
const struct bt_violation opcua_stray_bytes = {
	.name = "opcua.stray_bytes",
	.title = "Bytes between OPC UA messages that are none",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation opcua_bad_hello = {
	.name = "opcua.bad_hello",
	.title = "OPC UA connection opened with limits the protocol does not allow",
	.severity = 1,
	.technique = "T0814",
};

const struct bt_violation *const opcua_violations[] = {
	&opcua_malformed,
	&opcua_nesting,
	&opcua_command_cut,
	&opcua_trailing_bytes,
	&opcua_unknown_service,
	&opcua_wrong_direction,
	&opcua_unsolicited_response,
	&opcua_response_mismatch,
	&opcua_sequence_gap,
	&opcua_sequence_replay,
	&opcua_unknown_channel,
	&opcua_unknown_token,
	&opcua_oversize_chunk,
	&opcua_chunk_limit,
	&opcua_unfinished_chunks,
	&opcua_chunk_abort,
	&opcua_deprecated_policy,
	&opcua_unknown_policy,
	&opcua_clear_password,
	&opcua_certificate_expired,
	&opcua_certificate_weak,
	&opcua_bad_certificate,
	&opcua_stray_bytes,
	&opcua_bad_hello,
	NULL,
};
