/* SPDX-License-Identifier: Apache-2.0
 *
 * UMAS, function 90: how Schneider's engineering stations talk to Modicon controllers. The vendor
 * has not published it; this was read in captures of such controllers and in public research.
 *
 *	request: session key, function, its data      answer: session key, FE ok | FD error, data
 *
 * Numbers inside are little-endian. "Upload" and "download" are seen from the controller: 30-32 put
 * a program into it (the request carries the block), 33-35 take it out (the answer carries it).
 */
#include <stdio.h>

#include "modbus.h"

enum {
	UMAS_READ_ID = 0x02,
	UMAS_READ_PROJECT = 0x03,
	UMAS_READ_MEMORY = 0x20,
	UMAS_WRITE_MEMORY = 0x21,
	UMAS_UPLOAD_BLOCK = 0x31,
	UMAS_DOWNLOAD_BLOCK = 0x34,
};

static const struct modbus_subfunction names[] = {
	{0x01, "umas_init_comm", NULL, BT_ACT_IDENTIFY},
	{UMAS_READ_ID, "umas_read_id", NULL, BT_ACT_IDENTIFY},
	{UMAS_READ_PROJECT, "umas_read_project_info", NULL, BT_ACT_IDENTIFY},
	{0x04, "umas_read_plc_info", NULL, BT_ACT_IDENTIFY},
	{0x06, "umas_read_card_info", NULL, BT_ACT_IDENTIFY},
	{0x0a, "umas_repeat", NULL, BT_ACT_IDENTIFY},
	{0x10, "umas_take_reservation", NULL, BT_ACT_CONFIGURE},
	{0x11, "umas_release_reservation", NULL, BT_ACT_CONFIGURE},
	{0x12, "umas_keep_alive", NULL, BT_ACT_OTHER},
	{UMAS_READ_MEMORY, "umas_read_memory", NULL, BT_ACT_READ},
	{UMAS_WRITE_MEMORY, "umas_write_memory", NULL, BT_ACT_WRITE},
	{0x22, "umas_read_variables", NULL, BT_ACT_READ},
	{0x23, "umas_write_variables", NULL, BT_ACT_WRITE},
	{0x24, "umas_read_coils_registers", NULL, BT_ACT_READ},
	{0x25, "umas_write_coils_registers", NULL, BT_ACT_WRITE},
	{0x26, "umas_read_dictionary", NULL, BT_ACT_READ},
	{0x30, "umas_init_upload", NULL, BT_ACT_PROGRAM},
	{UMAS_UPLOAD_BLOCK, "umas_upload_block", NULL, BT_ACT_PROGRAM},
	{0x32, "umas_end_upload", NULL, BT_ACT_PROGRAM},
	{0x33, "umas_init_download", NULL, BT_ACT_PROGRAM},
	{UMAS_DOWNLOAD_BLOCK, "umas_download_block", NULL, BT_ACT_PROGRAM},
	{0x35, "umas_end_download", NULL, BT_ACT_PROGRAM},
	{0x39, "umas_read_eth_master_data", NULL, BT_ACT_READ},
	{0x40, "umas_start_plc", NULL, BT_ACT_CONTROL},
	{0x41, "umas_stop_plc", NULL, BT_ACT_CONTROL},
	{0x50, "umas_monitor_plc", NULL, BT_ACT_READ},
	{0x58, "umas_check_plc", NULL, BT_ACT_IDENTIFY},
	{0x6d, "umas_authenticate_6d", NULL, BT_ACT_AUTHENTICATE},
	{0x6e, "umas_authenticate_6e", NULL, BT_ACT_AUTHENTICATE},
	{0x70, "umas_read_io", NULL, BT_ACT_READ},
	{0x71, "umas_write_io", NULL, BT_ACT_WRITE},
	{0x73, "umas_status", NULL, BT_ACT_IDENTIFY},
};

const struct modbus_subfunction *umas_function(uint8_t code)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].code == code)
			return &names[i];
	}
	return NULL;
}

uint8_t umas_code(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;

	cur_skip(&at, 1);
	return cur_u8(&at);
}

/* What follows the two bytes that all UMAS messages have. */
static struct bt_cursor body_of(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;

	cur_skip(&at, 2);
	return at;
}

/* 20: area, block, offset, size; 21: the same and the data */
static bool memory_request(struct bt_cursor at, bool write, struct umas_transfer *transfer)
{
	cur_skip(&at, 1);
	transfer->block = cur_u16le(&at);
	transfer->offset = cur_u32le(&at);
	transfer->size = cur_u16le(&at);
	transfer->has_block = transfer->has_size = cur_ok(&at);
	if (write && cur_ok(&at))
		transfer->data = cur_take_upto(&at, transfer->size);
	return cur_ok(&at);
}

/* 31, 34: two bytes, block number; 31 also size and data */
static bool block_request(struct bt_cursor at, bool carries, struct umas_transfer *transfer)
{
	cur_skip(&at, 2);
	transfer->block = cur_u16le(&at);
	transfer->has_block = cur_ok(&at);
	if (carries) {
		transfer->size = cur_u16le(&at);
		transfer->has_size = cur_ok(&at);
		transfer->data = cur_take_upto(&at, transfer->size);
	}
	return cur_ok(&at);
}

/* Bytes before the size: 20 has one, 34 two (the second says that this block is the last). */
static bool answer_data(struct bt_cursor at, size_t skip, struct umas_transfer *transfer)
{
	cur_skip(&at, skip);
	transfer->size = cur_u16le(&at);
	transfer->has_size = cur_ok(&at);
	transfer->data = cur_take_upto(&at, transfer->size);
	return cur_ok(&at);
}

bool umas_transfer(uint8_t code, const struct modbus_adu *adu, bool request,
		   struct umas_transfer *transfer)
{
	struct bt_cursor at = body_of(adu);

	*transfer = (struct umas_transfer){0};
	if (!request && umas_code(adu) != UMAS_OK)
		return false;
	switch (code) {
	case UMAS_READ_MEMORY:
		return request ? memory_request(at, false, transfer) : answer_data(at, 1, transfer);
	case UMAS_WRITE_MEMORY: return request && memory_request(at, true, transfer);
	case UMAS_UPLOAD_BLOCK: return request && block_request(at, true, transfer);
	case UMAS_DOWNLOAD_BLOCK:
		return request ? block_request(at, false, transfer) : answer_data(at, 2, transfer);
	default: return false;
	}
}

static struct bt_values bytes_of(struct bt_cursor bytes)
{
	if (cur_left(&bytes) == 0)
		return (struct bt_values){0};
	return (struct bt_values){BT_VALUES_BYTES, (uint32_t)cur_left(&bytes), bytes};
}

unsigned umas_accesses(const struct modbus_adu *request, const struct modbus_adu *answer,
		       struct bt_access *access)
{
	uint8_t code = request ? umas_code(request) : 0;
	const struct modbus_subfunction *function = umas_function(code);
	struct umas_transfer asked, said;

	if (!request || !function || !umas_transfer(code, request, true, &asked))
		return 0;
	*access = (struct bt_access){.act = function->act, .count = 1, .first = asked.block};
	access->values = bytes_of(asked.data);
	if (code == UMAS_READ_MEMORY || code == UMAS_WRITE_MEMORY) {
		access->space = "umas_memory";
		access->first = (uint64_t)asked.block << 32 | asked.offset;
		access->count = asked.size;
	} else {
		access->space = "umas_block";
	}
	if (answer && umas_transfer(code, answer, false, &said) && cur_left(&said.data))
		access->values = bytes_of(said.data);
	return 1;
}

/* A byte that counts the text behind it. */
static struct bt_cursor counted_text(struct bt_cursor *at)
{
	struct bt_cursor text = cur_take(at, cur_u8(at));
	struct bt_cursor look = text;

	while (cur_left(&look)) {
		uint8_t byte = cur_u8(&look);

		/* names end with a zero that is counted */
		if (byte < ' ' && !(byte == 0 && cur_left(&look) == 0))
			return cur_of(NULL, 0);
	}
	return text;
}

/* 8 bytes, firmware (minor in BCD, major), 12 bytes, model */
static void identify_controller(struct bt_context *ctx, struct bt_cursor at)
{
	struct bt_cursor model;
	char version[16];
	uint8_t minor, major;
	int length;

	cur_skip(&at, 8);
	minor = cur_u8(&at);
	major = cur_u8(&at);
	cur_skip(&at, 12);
	model = counted_text(&at);
	if (!cur_ok(&at) || cur_left(&model) == 0)
		return;
	length = snprintf(version, sizeof(version), "%x.%02x", major, minor);
	bt_identity(ctx, bt_server(BT_NO_UNIT), BT_ID_MODEL, model, "Modbus UMAS");
	bt_identity(ctx, bt_server(BT_NO_UNIT), BT_ID_FIRMWARE, cur_of(version, (size_t)length),
		    "Modbus UMAS");
}

/* 38 bytes of times and versions, the project's name, and nothing more */
static void identify_project(struct bt_context *ctx, struct bt_cursor at)
{
	struct bt_cursor name;

	cur_skip(&at, 38);
	name = counted_text(&at);
	if (cur_ok(&at) && cur_left(&at) == 0 && cur_left(&name))
		bt_identity(ctx, bt_server(BT_NO_UNIT), BT_ID_APPLICATION, name, "Modbus UMAS");
}

void umas_identify(struct bt_context *ctx, const struct modbus_adu *request,
		   const struct modbus_adu *answer)
{
	if (umas_code(answer) != UMAS_OK)
		return;
	if (umas_code(request) == UMAS_READ_ID)
		identify_controller(ctx, body_of(answer));
	else if (umas_code(request) == UMAS_READ_PROJECT)
		identify_project(ctx, body_of(answer));
}
