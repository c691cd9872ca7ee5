/* SPDX-License-Identifier: Apache-2.0
 *
 * The "modbus" object of an event. Names and values are Suricata's where it has them (request,
 * response, function_code, access_type, read.data, ...); ours stand beside: names in snake_case,
 * values as numbers, absolute addresses, objects of identity, file records, UMAS.
 *
 * `data` is text as Suricata writes it, but for control characters, which are \xNN as in all our
 * events, never \u0000: that one breaks too many readers of JSON.
 */
#include "bittern/phrase.h"
#include "umas.h"

enum {
	DATA_MAX = 256, /* bytes of opaque data that are written out */
};

static void put_flag(char *text, size_t cap, const char *flag)
{
	size_t used = strlen(text);

	if (used && used + 3 < cap)
		memcpy(text + used, " | ", 4);
	used = strlen(text);
	if (used + strlen(flag) < cap)
		memcpy(text + used, flag, strlen(flag) + 1);
}

static void put_error_flags(struct bt_record *rec, unsigned faults)
{
	static const struct {
		unsigned faults;
		const char *flag;
	} flags[] = {
		{FAULT_BYTE_COUNT | FAULT_QUANTITY | FAULT_RANGE | FAULT_COIL | FAULT_VALUE |
			 FAULT_FILE,
		 "DATA_VALUE"},
		{FAULT_LENGTH | FAULT_OVERSIZE | FAULT_TRAILING, "DATA_LENGTH"},
		{FAULT_EXCEPTION, "EXC_CODE"},
		{FAULT_UNDEFINED, "FUNC_CODE"},
		{FAULT_PROTOCOL, "PROTO_ID"},
	};
	char text[80] = "";

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (faults & flags[i].faults)
			put_flag(text, sizeof(text), flags[i].flag);
	}
	bt_put_string(rec, "error_flags", text[0] ? text : "NONE");
}

void modbus_put_data(struct bt_record *rec, struct bt_cursor bytes)
{
	bt_put_text(rec, "data", cur_take_upto(&bytes, DATA_MAX));
}

static void put_values(struct bt_record *rec, const struct bt_values *values)
{
	struct bt_cursor words = values->bytes;

	bt_open_array(rec, "values");
	for (uint32_t i = 0; i < values->count; i++) {
		if (values->kind == BT_VALUES_U16BE)
			bt_put_uint(rec, NULL, cur_u16be(&words));
		else
			bt_put_uint(rec, NULL, (uint64_t)bt_value(values, i));
	}
	bt_close_array(rec);
}

/* As many numbers as fit in `bytes`, `count` at most. */
static struct bt_values numbers(struct bt_cursor bytes, bool bits, size_t count)
{
	size_t there = bits ? cur_left(&bytes) * 8 : cur_left(&bytes) / 2;

	return (struct bt_values){bits ? BT_VALUES_BITS : BT_VALUES_U16BE,
				  (uint32_t)(count < there ? count : there), bytes};
}

void modbus_put_hash(struct bt_record *rec, struct bt_cursor bytes)
{
	uint8_t hash[BT_SHA256_BYTES];

	bt_sha256(bytes, hash);
	bt_put_hex(rec, "sha256", cur_of(hash, sizeof(hash)));
}

static void put_range(struct bt_record *rec, struct bt_cursor *at)
{
	bt_put_uint(rec, "address", cur_u16be(at));
	bt_put_uint(rec, "quantity", cur_u16be(at));
}

static void put_read_request(struct bt_record *rec, struct bt_cursor at)
{
	bt_open(rec, "read");
	put_range(rec, &at);
	bt_close(rec);
}

/* The request, where it was seen, says which addresses these are and how many bits of the last
 * byte count. */
static void put_read_answer(struct bt_record *rec, const struct modbus_adu *answer,
			    const struct modbus_adu *request, bool bits)
{
	struct bt_cursor bytes = modbus_counted(answer);
	struct bt_cursor asked = request ? request->data : cur_of(NULL, 0);
	uint16_t first = cur_u16be(&asked), count = cur_u16be(&asked);
	struct bt_values values = numbers(bytes, bits, cur_ok(&asked) ? count : SIZE_MAX);

	bt_open(rec, "read");
	modbus_put_data(rec, bytes);
	if (cur_ok(&asked))
		bt_put_uint(rec, "address", first);
	put_values(rec, &values);
	bt_close(rec);
}

static void put_single_write(struct bt_record *rec, struct bt_cursor at)
{
	bt_open(rec, "write");
	bt_put_uint(rec, "address", cur_u16be(&at));
	bt_put_uint(rec, "data", cur_u16be(&at));
	bt_close(rec);
}

static void put_many_write(struct bt_record *rec, struct bt_cursor at, bool bits)
{
	struct bt_cursor look = at, bytes;
	struct bt_values values;
	uint16_t count;

	bt_open(rec, "write");
	put_range(rec, &at);
	cur_skip(&look, 2);
	count = cur_u16be(&look);
	bytes = cur_take_upto(&at, cur_u8(&at));
	values = numbers(bytes, bits, count);
	modbus_put_data(rec, bytes);
	put_values(rec, &values);
	bt_close(rec);
}

static void put_mask_write(struct bt_record *rec, struct bt_cursor at)
{
	bt_open(rec, "write");
	bt_put_uint(rec, "address", cur_u16be(&at));
	bt_put_uint(rec, "and_mask", cur_u16be(&at));
	bt_put_uint(rec, "or_mask", cur_u16be(&at));
	bt_close(rec);
}

static void put_diagnostic(struct bt_record *rec, struct bt_cursor at)
{
	uint16_t code = cur_u16be(&at);
	const struct modbus_subfunction *sub = modbus_diagnostic(code);

	bt_open(rec, "diagnostic");
	bt_put_uint(rec, "raw", code);
	bt_put_string(rec, "code", sub ? sub->eve : "Reserved");
	modbus_put_data(rec, at);
	if (sub)
		bt_put_string(rec, "name", sub->name);
	if (cur_left(&at) == 2)
		bt_put_uint(rec, "value", cur_u16be(&at));
	bt_close(rec);
}

static void put_objects(struct bt_record *rec, struct bt_cursor at)
{
	unsigned count = cur_u8(&at);

	bt_open_array(rec, "objects");
	while (count-- && cur_left(&at)) {
		uint8_t id = cur_u8(&at);
		struct bt_cursor value = cur_take_upto(&at, cur_u8(&at));

		bt_open(rec, NULL);
		bt_put_uint(rec, "id", id);
		bt_put_string(rec, "name", modbus_object_name(id));
		bt_put_text(rec, "value", value);
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_identification(struct bt_record *rec, struct bt_cursor at, bool request)
{
	bt_put_uint(rec, "read_code", cur_u8(&at));
	if (request) {
		bt_put_uint(rec, "object_id", cur_u8(&at));
		return;
	}
	bt_put_uint(rec, "conformity", cur_u8(&at));
	bt_put_bool(rec, "more_follows", cur_u8(&at) == 0xff);
	bt_put_uint(rec, "next_object_id", cur_u8(&at));
	put_objects(rec, at);
}

static void put_encapsulated(struct bt_record *rec, struct bt_cursor at, bool request)
{
	uint8_t type = cur_u8(&at);
	const struct modbus_subfunction *sub = modbus_encapsulated(type);

	bt_open(rec, "mei");
	bt_put_uint(rec, "raw", type);
	bt_put_string(rec, "code", sub ? sub->eve : "Unknown");
	modbus_put_data(rec, at);
	if (sub)
		bt_put_string(rec, "name", sub->name);
	if (type == 14 && cur_left(&at) >= (request ? 2 : 5))
		put_identification(rec, at, request);
	bt_close(rec);
}

static void put_exception(struct bt_record *rec, struct bt_cursor at)
{
	uint8_t code = cur_u8(&at);
	const struct modbus_subfunction *exception = modbus_exception(code);

	bt_open(rec, "exception");
	bt_put_uint(rec, "raw", code);
	bt_put_string(rec, "code", exception ? exception->eve : "Unknown");
	bt_put_string(rec, "name", exception ? exception->name : "unknown");
	bt_close(rec);
}

static void put_file_parts(struct bt_record *rec, const struct modbus_adu *adu,
			   bool (*next)(struct bt_cursor *parts, struct modbus_file_part *part))
{
	struct bt_cursor parts = modbus_counted(adu);
	struct modbus_file_part part;

	modbus_put_data(rec, adu->data);
	bt_open_array(rec, "sub_requests");
	while (cur_left(&parts) && next(&parts, &part)) {
		bt_open(rec, NULL);
		bt_put_uint(rec, "reference_type", part.type);
		if (next != modbus_file_answered) {
			bt_put_uint(rec, "file", part.file);
			bt_put_uint(rec, "record", part.record);
		}
		bt_put_uint(rec, "length", part.words);
		if (cur_left(&part.data)) {
			bt_put_uint(rec, "size", cur_left(&part.data));
			modbus_put_hash(rec, part.data);
		}
		bt_close(rec);
	}
	bt_close_array(rec);
}

static void put_fifo(struct bt_record *rec, const struct modbus_adu *adu, bool request)
{
	struct bt_cursor at = adu->data;
	struct bt_values values;

	modbus_put_data(rec, at);
	bt_open(rec, "fifo");
	if (request) {
		bt_put_uint(rec, "address", cur_u16be(&at));
	} else {
		uint16_t count;

		cur_skip(&at, 2);
		count = cur_u16be(&at);
		values = numbers(at, false, count);
		bt_put_uint(rec, "count", count);
		put_values(rec, &values);
	}
	bt_close(rec);
}

static void put_server_id(struct bt_record *rec, const struct modbus_adu *answer)
{
	struct modbus_server_id id;

	modbus_put_data(rec, answer->data);
	modbus_server_id(answer, &id);
	bt_open(rec, "server_id");
	bt_put_hex(rec, "id", id.id);
	if (id.has_run)
		bt_put_bool(rec, "running", id.run);
	bt_put_text(rec, "text", id.text);
	bt_close(rec);
}

static void put_counters(struct bt_record *rec, const struct modbus_adu *answer, bool log)
{
	struct bt_cursor at = log ? modbus_counted(answer) : answer->data;

	modbus_put_data(rec, answer->data);
	bt_open(rec, "comm_event");
	bt_put_uint(rec, "status", cur_u16be(&at));
	bt_put_uint(rec, "event_count", cur_u16be(&at));
	if (log) {
		bt_put_uint(rec, "message_count", cur_u16be(&at));
		bt_put_hex(rec, "events", at);
	}
	bt_close(rec);
}

static void put_exception_status(struct bt_record *rec, struct bt_cursor at)
{
	modbus_put_data(rec, at);
	bt_put_uint(rec, "exception_status", cur_u8(&at));
}

static void put_request_data(struct bt_record *rec, const struct modbus_detail *detail)
{
	const struct modbus_adu *adu = detail->request;
	struct bt_cursor at = adu->data;

	switch (adu->means->form) {
	case FORM_READ_BITS:
	case FORM_READ_WORDS: put_read_request(rec, at); break;
	case FORM_WRITE_COIL:
	case FORM_WRITE_WORD: put_single_write(rec, at); break;
	case FORM_WRITE_BITS: put_many_write(rec, at, true); break;
	case FORM_WRITE_WORDS: put_many_write(rec, at, false); break;
	case FORM_MASK_WRITE: put_mask_write(rec, at); break;
	case FORM_READ_WRITE:
		put_read_request(rec, at);
		cur_skip(&at, 4);
		put_many_write(rec, at, false);
		break;
	case FORM_DIAGNOSTICS: put_diagnostic(rec, at); break;
	case FORM_ENCAPSULATED: put_encapsulated(rec, at, true); break;
	case FORM_READ_FILE: put_file_parts(rec, adu, modbus_file_wanted); break;
	case FORM_WRITE_FILE: put_file_parts(rec, adu, modbus_file_written); break;
	case FORM_FIFO: put_fifo(rec, adu, true); break;
	case FORM_UMAS: umas_describe(rec, adu, true, detail); break;
	default: modbus_put_data(rec, at); break;
	}
}

static void put_answer_data(struct bt_record *rec, const struct modbus_detail *detail)
{
	const struct modbus_adu *adu = detail->answer;
	struct bt_cursor at = adu->data;

	if (adu->exception) {
		put_exception(rec, at);
		return;
	}
	switch (adu->means->form) {
	case FORM_READ_BITS: put_read_answer(rec, adu, detail->request, true); break;
	case FORM_READ_WORDS:
	case FORM_READ_WRITE: put_read_answer(rec, adu, detail->request, false); break;
	case FORM_WRITE_COIL:
	case FORM_WRITE_WORD:
	case FORM_WRITE_BITS:
	case FORM_WRITE_WORDS: put_single_write(rec, at); break;
	case FORM_MASK_WRITE: put_mask_write(rec, at); break;
	case FORM_EXCEPTION_STATUS: put_exception_status(rec, at); break;
	case FORM_EVENT_COUNTER: put_counters(rec, adu, false); break;
	case FORM_EVENT_LOG: put_counters(rec, adu, true); break;
	case FORM_DIAGNOSTICS: put_diagnostic(rec, at); break;
	case FORM_ENCAPSULATED: put_encapsulated(rec, at, false); break;
	case FORM_SERVER_ID: put_server_id(rec, adu); break;
	case FORM_READ_FILE: put_file_parts(rec, adu, modbus_file_answered); break;
	case FORM_WRITE_FILE: put_file_parts(rec, adu, modbus_file_written); break;
	case FORM_FIFO: put_fifo(rec, adu, false); break;
	case FORM_UMAS: umas_describe(rec, adu, false, detail); break;
	case FORM_OPAQUE: modbus_put_data(rec, at); break;
	}
}

static void put_header(struct bt_record *rec, const struct modbus_adu *adu, bool request,
		       enum modbus_mode mode)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	const struct modbus_function *function = adu->means;
	const char *category = modbus_category(adu);
	unsigned faults = modbus_faults(adu, request);
	struct bt_phrase *phrase = bt_phrase(phrases, category,
					     (uint64_t)adu->protocol << 48 | (uint64_t)faults << 24 |
						     (uint64_t)mode << 16 | adu->unit << 8 | adu->raw);
	size_t from;

	if (mode == MODE_TCP)
		bt_put_uint(rec, "transaction_id", adu->transaction);
	from = rec->len;
	if (bt_put_phrase(rec, phrase))
		return;
	if (mode == MODE_TCP)
		bt_put_uint(rec, "protocol_id", adu->protocol);
	bt_put_uint(rec, "unit_id", adu->unit);
	bt_put_uint(rec, "function_raw", adu->raw);
	bt_put_string(rec, "function_code", function->eve ? function->eve : "Unknown");
	bt_put_string(rec, "access_type", function->access_type ? function->access_type : "NONE");
	bt_put_string(rec, "category", category);
	put_error_flags(rec, faults);
	bt_keep_phrase(phrase, rec, from);
}

void modbus_describe(const struct bt_operation *op, struct bt_record *rec)
{
	const struct modbus_detail *detail = op->detail;

	bt_put_uint(rec, "id", detail->id);
	bt_put_string(rec, "function", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "latency_us", (uint64_t)(op->answer_ns - op->request_ns) / 1000);
	if (detail->mode != MODE_TCP)
		bt_put_string(rec, "mode", detail->mode == MODE_RTU ? "rtu" : "ascii");
	if (op->broadcast)
		bt_put_bool(rec, "broadcast", true);
	if (detail->request) {
		bt_open(rec, "request");
		put_header(rec, detail->request, true, detail->mode);
		put_request_data(rec, detail);
		bt_close(rec);
	}
	if (detail->answer) {
		bt_open(rec, "response");
		put_header(rec, detail->answer, false, detail->mode);
		put_answer_data(rec, detail);
		bt_close(rec);
	}
}
