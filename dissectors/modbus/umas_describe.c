/* SPDX-License-Identifier: Apache-2.0
 *
 * The "umas" object of a request or response with function 90. See umas.c.
 */
#include <stdio.h>

#include "umas.h"

enum {
	ERROR_MAX = 8, /* bytes */
};

static void put_transfer(struct bt_record *rec, const struct umas_transfer *transfer, bool memory,
			 const uint8_t *block_hash)
{
	if (transfer->has_block)
		bt_put_uint(rec, "block", transfer->block);
	if (transfer->has_block && memory)
		bt_put_uint(rec, "offset", transfer->offset);
	if (transfer->has_size)
		bt_put_uint(rec, "size", transfer->size);
	if (cur_left(&transfer->data) == 0)
		return;
	if (cur_left(&transfer->data) == transfer->size)
		modbus_put_hash(rec, transfer->data);
	else if (block_hash)
		bt_put_hex(rec, "sha256", cur_of(block_hash, BT_SHA256_BYTES));
}

/* Which way the program goes, whatever "upload" is taken to mean. */
static const char *program_direction(uint8_t code)
{
	if (code >= UMAS_INIT_UPLOAD && code <= UMAS_END_UPLOAD)
		return "to_device";
	return code >= UMAS_INIT_DOWNLOAD && code <= UMAS_END_DOWNLOAD ? "from_device" : NULL;
}

static void put_variables(struct bt_record *rec, struct bt_cursor at, bool write)
{
	struct umas_variable variable;
	unsigned count;

	if (!umas_variables(&at, &count))
		return;
	bt_open_array(rec, "variables");
	while (count-- && umas_variable(&at, write, &variable)) {
		bt_open(rec, NULL);
		bt_put_uint(rec, "block", variable.block);
		bt_put_uint(rec, "offset", variable.offset);
		bt_put_uint(rec, "size", variable.size);
		bt_put_uint(rec, "count", variable.count);
		if (write)
			bt_put_hex(rec, "bytes", variable.data);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_points(struct bt_record *rec, struct bt_cursor at)
{
	struct umas_point point;
	unsigned count;

	if (!umas_points(&at, &count))
		return;
	bt_open_array(rec, "points");
	while (count-- && umas_point(&at, &point)) {
		bt_open(rec, NULL);
		bt_put_string(rec, "space", point.space);
		bt_put_uint(rec, "address", point.address);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_dictionary(struct bt_record *rec, struct bt_cursor at)
{
	uint16_t type = cur_u16le(&at);
	const char *name = type == 0xdd02 ? "variables" : type == 0xdd03 ? "data_types" : "unknown";

	cur_skip(&at, 1);
	bt_put_string(rec, "dictionary", name);
	bt_put_uint(rec, "hardware_id", cur_u32le(&at));
	bt_put_uint(rec, "block", cur_u16le(&at));
}

static void put_request(struct bt_record *rec, const struct modbus_adu *request, uint8_t code)
{
	struct umas_taking taking;

	switch (code) {
	case UMAS_TAKE:
		if (!umas_taking(request, &taking))
			break;
		bt_put_uint(rec, "client", taking.client);
		bt_put_text(rec, "owner", taking.owner);
		break;
	case UMAS_READ_VARIABLES: put_variables(rec, umas_body(request), false); break;
	case UMAS_WRITE_VARIABLES: put_variables(rec, umas_body(request), true); break;
	case UMAS_READ_POINTS: put_points(rec, umas_body(request)); break;
	case UMAS_READ_DICTIONARY: put_dictionary(rec, umas_body(request)); break;
	default: break;
	}
}

static void put_time(struct bt_record *rec, const char *name, const struct umas_time *time)
{
	char text[48];

	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u", time->year, time->month,
		 time->day, time->hour, time->minute, time->second);
	bt_put_string(rec, name, text);
}

static void put_controller(struct bt_record *rec, struct bt_cursor at)
{
	struct umas_controller controller;

	if (!umas_controller(at, &controller))
		return;
	bt_put_text(rec, "model", controller.model);
	bt_put_uint(rec, "hardware_id", controller.hardware_id);
	bt_put_uint(rec, "hardware_version", controller.hardware);
}

static void put_project(struct bt_record *rec, struct bt_cursor at)
{
	struct umas_project project;

	if (!umas_project(at, &project))
		return;
	bt_open(rec, "project");
	bt_put_text(rec, "name", project.name);
	put_time(rec, "created", &project.times[0]);
	put_time(rec, "changed", &project.times[1]);
	bt_put_uint(rec, "version", project.version);
	bt_close(rec);
}

/* Three bytes, a count, and so many checksums of what the controller runs. */
static void put_status(struct bt_record *rec, struct bt_cursor at)
{
	struct bt_cursor flags = cur_take(&at, 3);
	struct bt_cursor sums = cur_take(&at, (size_t)cur_u8(&at) * 4);

	if (!cur_ok(&at))
		return;
	bt_put_hex(rec, "status", flags);
	bt_open_array(rec, "checksums");
	while (cur_left(&sums))
		bt_put_uint(rec, NULL, cur_u32le(&sums));
	bt_close_array(rec);
}

static void put_program(struct bt_record *rec, const struct umas_session *session)
{
	bt_open(rec, "program");
	bt_put_uint(rec, "blocks", session->blocks);
	bt_put_uint(rec, "size", session->bytes);
	bt_put_bool(rec, "complete", session->complete && session->ended);
	if (session->complete && session->blocks)
		bt_put_hex(rec, "sha256", cur_of(session->hash, BT_SHA256_BYTES));
	bt_close(rec);
}

static void put_answer(struct bt_record *rec, const struct modbus_adu *answer, uint8_t code,
		       const struct umas_session *session)
{
	struct bt_cursor at = umas_body(answer);

	switch (code) {
	case UMAS_INIT_COMM: bt_put_uint(rec, "frame_max", cur_u16le(&at)); break;
	case UMAS_READ_ID: put_controller(rec, at); break;
	case UMAS_READ_PROJECT: put_project(rec, at); break;
	case UMAS_READ_STATUS: put_status(rec, at); break;
	case UMAS_TAKE: bt_put_uint(rec, "session_given", cur_u8(&at)); break;
	default: break;
	}
	if (program_direction(code) && session && session->direction)
		put_program(rec, session);
}

static bool holds_reservation(const struct umas_session *session, uint8_t key)
{
	return session && session->key && session->key == key && session->owner_length;
}

void umas_describe(struct bt_record *rec, const struct modbus_adu *adu, bool request,
		   const struct modbus_detail *detail)
{
	struct bt_cursor at = adu->data;
	bool known = detail->request && !detail->request->exception;
	uint8_t code = known ? umas_code(detail->request) : 0;
	const struct modbus_subfunction *function = umas_function(code);
	struct umas_transfer transfer;
	uint8_t key = cur_u8(&at), second = cur_u8(&at);

	modbus_put_data(rec, adu->data);
	bt_open(rec, "umas");
	bt_put_uint(rec, "session", key);
	if (known) {
		bt_put_uint(rec, "function", code);
		bt_put_string(rec, "name", function ? function->name + strlen("umas_") : "unknown");
		bt_put_string(rec, "direction", program_direction(code));
	}
	if (request && code != UMAS_TAKE && holds_reservation(detail->umas, key))
		bt_put_text(rec, "owner", cur_of(detail->umas->owner, detail->umas->owner_length));
	if (!request)
		bt_put_bool(rec, "ok", second == UMAS_OK);
	if (!request && second == UMAS_ERROR)
		bt_put_hex(rec, "error", cur_take_upto(&at, ERROR_MAX));
	if (known && umas_transfer(code, adu, request, &transfer))
		put_transfer(rec, &transfer,
			     request && (code == UMAS_READ_MEMORY || code == UMAS_WRITE_MEMORY),
			     request ? detail->block_hash : NULL);
	if (request)
		put_request(rec, adu, code);
	else if (known && second == UMAS_OK)
		put_answer(rec, adu, code, detail->umas);
	bt_close(rec);
}
