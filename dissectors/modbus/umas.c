/* SPDX-License-Identifier: Apache-2.0
 *
 * UMAS, function 90: how Schneider's engineering stations talk to Modicon controllers. The vendor
 * has not published it; this was read in captures of such controllers and in public research.
 *
 *	request: session key, function, its data      answer: session key, FE ok | FD error, data
 *
 * Numbers inside are little-endian. "Upload" and "download" are seen from the controller: 30-32 put
 * a program into it (the request carries the block), 33-35 take it out (the answer carries it).
 *
 * Who programs first takes the reservation (10), with a name, and is given a session key that its
 * requests carry until it is released (11).
 */
#include "umas.h"

enum {
	POINT_BYTES = 6,
};

static const struct modbus_subfunction names[] = {
	{UMAS_INIT_COMM, "umas_init_comm", NULL, BT_ACT_IDENTIFY},
	{UMAS_READ_ID, "umas_read_id", NULL, BT_ACT_IDENTIFY},
	{UMAS_READ_PROJECT, "umas_read_project_info", NULL, BT_ACT_IDENTIFY},
	{UMAS_READ_STATUS, "umas_read_plc_info", NULL, BT_ACT_IDENTIFY},
	{0x06, "umas_read_card_info", NULL, BT_ACT_IDENTIFY},
	{0x0a, "umas_repeat", NULL, BT_ACT_IDENTIFY},
	{UMAS_TAKE, "umas_take_reservation", NULL, BT_ACT_CONFIGURE},
	{UMAS_RELEASE, "umas_release_reservation", NULL, BT_ACT_CONFIGURE},
	{0x12, "umas_keep_alive", NULL, BT_ACT_SESSION},
	{UMAS_READ_MEMORY, "umas_read_memory", NULL, BT_ACT_READ},
	{UMAS_WRITE_MEMORY, "umas_write_memory", NULL, BT_ACT_WRITE},
	{UMAS_READ_VARIABLES, "umas_read_variables", NULL, BT_ACT_READ},
	{UMAS_WRITE_VARIABLES, "umas_write_variables", NULL, BT_ACT_WRITE},
	{UMAS_READ_POINTS, "umas_read_coils_registers", NULL, BT_ACT_READ},
	{0x25, "umas_write_coils_registers", NULL, BT_ACT_WRITE},
	{UMAS_READ_DICTIONARY, "umas_read_dictionary", NULL, BT_ACT_READ},
	{UMAS_INIT_UPLOAD, "umas_init_upload", NULL, BT_ACT_PROGRAM},
	{UMAS_UPLOAD_BLOCK, "umas_upload_block", NULL, BT_ACT_PROGRAM},
	{UMAS_END_UPLOAD, "umas_end_upload", NULL, BT_ACT_PROGRAM},
	{UMAS_INIT_DOWNLOAD, "umas_init_download", NULL, BT_ACT_PROGRAM},
	{UMAS_DOWNLOAD_BLOCK, "umas_download_block", NULL, BT_ACT_PROGRAM},
	{UMAS_END_DOWNLOAD, "umas_end_download", NULL, BT_ACT_PROGRAM},
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

bool umas_layout_known(uint8_t code)
{
	static const uint8_t unknown[] = {0x25, 0x6d, 0x6e};

	return !memchr(unknown, code, sizeof(unknown));
}

uint8_t umas_code(const struct modbus_adu *adu)
{
	struct bt_cursor at = adu->data;

	cur_skip(&at, 1);
	return cur_u8(&at);
}

/* What follows the two bytes that all UMAS messages have. */
struct bt_cursor umas_body(const struct modbus_adu *adu)
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
	struct bt_cursor at = umas_body(adu);

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

/* 22, 23: checksum of the program, how many; of each a byte of kind and size, a block, an offset. */
bool umas_variables(struct bt_cursor *at, unsigned *count)
{
	cur_skip(at, 4);
	*count = cur_u8(at);
	return cur_ok(at);
}

bool umas_variable(struct bt_cursor *at, bool write, struct umas_variable *variable)
{
	static const uint8_t sizes[16] = {[1] = 1, [2] = 2, [3] = 4};
	uint8_t kind = cur_u8(at);

	*variable = (struct umas_variable){.size = sizes[kind & 15], .count = 1};
	variable->block = cur_u16le(at);
	if (!write)
		cur_skip(at, 1);
	variable->offset = cur_u16le(at);
	variable->offset += write ? cur_u16le(at) : cur_u8(at);
	if (kind >> 4)
		variable->count = cur_u16le(at);
	if (write)
		variable->data = cur_take(at, (size_t)variable->size * variable->count);
	return cur_ok(at) && variable->size;
}

static double number_of(struct bt_cursor *at, unsigned size)
{
	switch (size) {
	case 1: return cur_u8(at);
	case 2: return cur_u16le(at);
	default: return cur_u32le(at);
	}
}

/* As many of the variable's values as there is room for. */
static struct bt_values values_of(const struct umas_variable *variable, struct umas_room *room)
{
	double *first = room->numbers + room->used;
	struct bt_cursor at = variable->data;
	uint32_t count = 0;

	while (count < variable->count && room->used < UMAS_NUMBERS_MAX &&
	       cur_left(&at) >= variable->size) {
		room->numbers[room->used++] = number_of(&at, variable->size);
		count++;
	}
	return count ? bt_numbers(first, count) : (struct bt_values){0};
}

/* 24: how many; of each 2, what it is, its address, 1. Animation tables read so. */
bool umas_points(struct bt_cursor *at, unsigned *count)
{
	*count = cur_u8(at);
	return cur_ok(at) && cur_left(at) == (size_t)*count * POINT_BYTES;
}

bool umas_point(struct bt_cursor *at, struct umas_point *point)
{
	uint8_t mark = cur_u8(at), kind = cur_u8(at);

	point->space = kind == 2 ? "coil" : kind == 3 ? "holding_register" : NULL;
	point->size = kind == 2 ? 1 : 2;
	point->address = cur_u16le(at);
	return cur_u16le(at) == 1 && cur_ok(at) && mark == 2 && point->space;
}

/* The next variable or point that was asked for, and what was written or is answered for it: behind two
 * bytes for each point. */
static bool next_item(uint8_t code, struct bt_cursor *at, struct bt_cursor *got,
		      struct umas_variable *item, struct bt_access *access)
{
	bool write = code == UMAS_WRITE_VARIABLES;
	struct umas_point point;

	*access = (struct bt_access){.act = write ? BT_ACT_WRITE : BT_ACT_READ};
	if (code == UMAS_READ_POINTS) {
		if (!umas_point(at, &point))
			return false;
		*item = (struct umas_variable){.size = point.size, .count = 1};
		access->space = point.space;
		access->first = point.address;
		cur_skip(got, 2);
	} else {
		if (!umas_variable(at, write, item))
			return false;
		access->space = "umas_variable";
		access->first = (uint64_t)item->block << 32 | item->offset;
	}
	access->count = item->count;
	if (!write)
		item->data = cur_take_upto(got, (size_t)item->size * item->count);
	return true;
}

static unsigned item_accesses(uint8_t code, const struct modbus_adu *request,
			      const struct modbus_adu *answer, struct bt_access *accesses,
			      struct umas_room *room)
{
	bool points = code == UMAS_READ_POINTS;
	struct bt_cursor at = umas_body(request);
	struct bt_cursor got = answer ? umas_body(answer) : cur_of(NULL, 0);
	struct umas_variable item;
	unsigned left, count = 0;

	room->used = 0;
	if (!(points ? umas_points : umas_variables)(&at, &left))
		return 0;
	if (points && cur_u8(&got) != left)
		got = cur_of(NULL, 0); /* not an answer to this */
	for (; left && count < ACCESSES_MAX && next_item(code, &at, &got, &item, &accesses[count]);
	     left--)
		accesses[count++].values = values_of(&item, room);
	/* Nothing is written unseen behind what there is room for, or is of an unknown kind. */
	if (code == UMAS_WRITE_VARIABLES && (left || room->used == UMAS_NUMBERS_MAX) &&
	    cur_left(&request->data) == request->size) {
		count -= count == ACCESSES_MAX;
		accesses[count++] = (struct bt_access){
			.act = BT_ACT_WRITE, .space = "umas_request", .count = 1};
	}
	return count;
}

unsigned umas_accesses(const struct modbus_adu *request, const struct modbus_adu *answer,
		       struct bt_access accesses[ACCESSES_MAX], struct umas_room *room)
{
	uint8_t code = request ? umas_code(request) : 0;
	const struct modbus_subfunction *function = umas_function(code);
	struct umas_transfer asked, said;
	struct bt_access *access = accesses;

	if (answer && umas_code(answer) != UMAS_OK)
		answer = NULL;
	if (code == UMAS_READ_VARIABLES || code == UMAS_WRITE_VARIABLES || code == UMAS_READ_POINTS)
		return item_accesses(code, request, answer, accesses, room);
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
