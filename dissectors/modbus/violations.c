/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break Modbus, and when an answer does not fit its request.
 *
 * Severities are calm on purpose: what real devices were seen to do is an anomaly event (0), what a
 * sloppy client may do is low, and only what needs a hand in the middle is high.
 */
#include <stdio.h>

#include "modbus.h"

static const struct bt_violation bad_protocol_id = {
	.name = "modbus.bad_protocol_id",
	.title = "Modbus header with a protocol id that is not 0",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation oversize = {
	.name = "modbus.oversize",
	.title = "Modbus message longer than the protocol allows",
	.severity = 3,
	.technique = "T0866",
};
static const struct bt_violation length_mismatch = {
	.name = "modbus.length_mismatch",
	.title = "Modbus message whose length does not fit its function",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation byte_count_mismatch = {
	.name = "modbus.byte_count_mismatch",
	.title = "Modbus message whose byte count contradicts its length",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_quantity = {
	.name = "modbus.bad_quantity",
	.title = "Modbus message with a quantity the protocol does not allow",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_address_range = {
	.name = "modbus.bad_address_range",
	.title = "Modbus message that reaches beyond address 65535",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_coil_value = {
	.name = "modbus.bad_coil_value",
	.title = "Coil written with a value that is neither on nor off",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation bad_value = {
	.name = "modbus.bad_value",
	.title = "Modbus message with a field value the protocol does not know",
	.severity = 1,
};
static const struct bt_violation bad_file_reference = {
	.name = "modbus.bad_file_reference",
	.title = "File record accessed with an illegal reference type",
	.severity = 2,
	.technique = "T0814",
};
static const struct bt_violation unknown_exception = {
	.name = "modbus.unknown_exception",
	.title = "Modbus server answered with an unknown exception code",
	.severity = 0,
};
static const struct bt_violation reserved_function = {
	.name = "modbus.reserved_function",
	.title = "Reserved Modbus function used",
	.severity = 2,
	.technique = "T0855",
};
static const struct bt_violation undefined_function = {
	.name = "modbus.undefined_function",
	.title = "Modbus function used that does not exist",
	.severity = 1,
	.technique = "T0888",
};
static const struct bt_violation trailing_bytes = {
	.name = "modbus.trailing_bytes",
	.title = "Modbus message with bytes behind its content",
	.severity = 0,
};

/* The three that set a request against its answer do not need the flow to be whole, for one that began
 * before the capture may be months old: modbus.c says when loss could look the same. */
const struct bt_violation modbus_echo_mismatch = {
	.name = "modbus.echo_mismatch",
	.title = "Modbus server confirmed another write than it was asked for",
	.severity = 4,
	.technique = "T0830",
};
const struct bt_violation modbus_response_mismatch = {
	.name = "modbus.response_mismatch",
	.title = "Modbus answer does not fit its request",
	.severity = 3,
	.technique = "T0856",
};
const struct bt_violation modbus_function_mismatch = {
	.name = "modbus.function_mismatch",
	.title = "Modbus answer with another function than its request",
	.severity = 3,
	.technique = "T0856",
};
const struct bt_violation modbus_unsolicited_response = {
	.name = "modbus.unsolicited_response",
	.title = "Modbus answer that nobody asked for",
	.severity = 1,
	.technique = "T0856",
	.needs_whole = true,
};
const struct bt_violation modbus_wrong_direction = {
	.name = "modbus.wrong_direction",
	.title = "Modbus message that only the other side could send",
	.severity = 2,
	.technique = "T0830",
	.needs_whole = true,
};
const struct bt_violation modbus_transaction_reused = {
	.name = "modbus.transaction_reused",
	.title = "Modbus transaction id used again before it was answered",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation modbus_crc_trailer = {
	.name = "modbus.crc_trailer",
	.title = "Serial line's CRC left behind a Modbus/TCP message",
	.severity = 0,
};
const struct bt_violation modbus_stray_bytes = {
	.name = "modbus.stray_bytes",
	.title = "Bytes between Modbus messages that are none",
	.severity = 0,
	.needs_whole = true,
};
const struct bt_violation modbus_bad_checksum = {
	.name = "modbus.bad_checksum",
	.title = "Serial Modbus message whose checksum is wrong",
	.severity = 0,
	.needs_whole = true,
};

const struct bt_violation *const modbus_violations[] = {
	&bad_protocol_id,
	&oversize,
	&length_mismatch,
	&byte_count_mismatch,
	&bad_quantity,
	&bad_address_range,
	&bad_coil_value,
	&bad_value,
	&bad_file_reference,
	&unknown_exception,
	&reserved_function,
	&undefined_function,
	&trailing_bytes,
	&modbus_echo_mismatch,
	&modbus_response_mismatch,
	&modbus_function_mismatch,
	&modbus_unsolicited_response,
	&modbus_wrong_direction,
	&modbus_transaction_reused,
	&modbus_crc_trailer,
	&modbus_stray_bytes,
	&modbus_bad_checksum,
	NULL,
};

static const struct {
	unsigned fault;
	const struct bt_violation *violation;
} of_fault[] = {
	{FAULT_PROTOCOL, &bad_protocol_id},   {FAULT_OVERSIZE, &oversize},
	{FAULT_LENGTH, &length_mismatch},     {FAULT_BYTE_COUNT, &byte_count_mismatch},
	{FAULT_QUANTITY, &bad_quantity},      {FAULT_RANGE, &bad_address_range},
	{FAULT_COIL, &bad_coil_value},        {FAULT_VALUE, &bad_value},
	{FAULT_FILE, &bad_file_reference},    {FAULT_EXCEPTION, &unknown_exception},
	{FAULT_RESERVED, &reserved_function}, {FAULT_UNDEFINED, &undefined_function},
	{FAULT_TRAILING, &trailing_bytes},
};

void modbus_report_faults(struct bt_context *ctx, const struct modbus_adu *adu, unsigned faults)
{
	struct bt_cursor bytes = adu->data;
	char hex[2 * 16 + 1] = "";

	for (size_t at = 0; at + 2 < sizeof(hex) && cur_left(&bytes); at += 2)
		snprintf(hex + at, sizeof(hex) - at, "%02x", cur_u8(&bytes));
	for (size_t i = 0; i < sizeof(of_fault) / sizeof(of_fault[0]); i++) {
		if (faults & of_fault[i].fault)
			bt_break(ctx, of_fault[i].violation,
				 "function %u (%s), unit %u, protocol id %u, length %u, %s%s%s",
				 adu->raw, adu->means->name, adu->unit,
				 adu->protocol, adu->length, *hex ? "data " : "no data", hex,
				 cur_left(&bytes) ? "..." : "");
	}
}

/* The bytes answered for a read of `count` values. */
static bool count_fits(struct bt_cursor request, size_t skip, struct bt_cursor answer, bool bits)
{
	uint32_t count;

	cur_skip(&request, skip);
	count = cur_u16be(&request);
	return cur_u8(&answer) == (bits ? (count + 7) / 8 : count * 2);
}

static bool same_start(struct bt_cursor a, struct bt_cursor b, size_t size)
{
	return cur_equal(cur_take_upto(&a, size), cur_take_upto(&b, size));
}

static bool files_fit(const struct modbus_adu *request, const struct modbus_adu *answer)
{
	struct bt_cursor wanted = modbus_counted(request), got = modbus_counted(answer);
	struct modbus_file_part want, have;

	while (cur_left(&wanted)) {
		if (!modbus_file_wanted(&wanted, &want) || !modbus_file_answered(&got, &have) ||
		    want.words != have.words)
			return false;
	}
	return cur_left(&got) == 0;
}

/* What two messages without a fault have to agree in. */
static const struct bt_violation *disagreement(const struct modbus_adu *request,
					       const struct modbus_adu *answer)
{
	struct bt_cursor asked = request->data, said = answer->data;
	bool fits = true, echo = true;

	switch (answer->means->form) {
	case FORM_WRITE_COIL:
	case FORM_WRITE_WORD:
	case FORM_MASK_WRITE:
	case FORM_WRITE_FILE: echo = cur_equal(asked, said); break;
	case FORM_WRITE_BITS:
	case FORM_WRITE_WORDS: echo = same_start(asked, said, 4); break;
	case FORM_DIAGNOSTICS:
		/* only the query's data come back as they went */
		if (modbus_subfunction(request) == 0)
			echo = cur_equal(asked, said);
		else
			fits = same_start(asked, said, 2);
		break;
	case FORM_READ_BITS: fits = count_fits(asked, 2, said, true); break;
	case FORM_READ_WORDS:
	case FORM_READ_WRITE: fits = count_fits(asked, 2, said, false); break;
	case FORM_READ_FILE: fits = files_fit(request, answer); break;
	case FORM_ENCAPSULATED: fits = same_start(asked, said, 1); break;
	default: break;
	}
	if (!echo)
		return &modbus_echo_mismatch;
	return fits ? NULL : &modbus_response_mismatch;
}

const struct bt_violation *modbus_mismatch(const struct modbus_adu *request,
					   const struct modbus_adu *answer)
{
	const struct bt_violation *found;

	/* of long requests only the beginning was kept */
	if (answer->exception || cur_left(&request->data) < request->size)
		return NULL;
	found = disagreement(request, answer);
	/* broken ones were reported already */
	if (found && ((modbus_faults(request, true) | modbus_faults(answer, false)) & ~FAULT_VAGUE))
		return NULL;
	return found;
}
