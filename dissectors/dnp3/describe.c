/* SPDX-License-Identifier: Apache-2.0
 *
 * The "dnp3" object of an event. Names and values are Suricata's where it has them (request,
 * response, control, application, objects, points, iin ...); ours stand beside: names for numbers,
 * group 0, text of files. Points are written part by part from the tables that decode them.
 *
 * A message can hold far more points than a line should: past a number of them or of bytes the rest
 * is counted ("more").
 */
#include "bittern/digest.h"
#include "bittern/phrase.h"
#include "dnp3.h"

enum {
	OBJECTS_SHOWN = 64,
	POINTS_SHOWN = 256,           /* of a message */
	BYTES_SHOWN = 256,            /* of opaque data and texts */
	REQUEST_BYTES_MAX = 18 << 10, /* of the line, after which points are counted only */
	RECORD_BYTES_MAX = 48 << 10,
};

struct shown {
	struct bt_record *rec;
	size_t limit; /* of rec->len */
	unsigned points;
};

/* Most parts have other names, which their first letters tell without a call. */
static inline bool is_named(const char *part, const char *name)
{
	return part[0] == name[0] && strcmp(part, name) == 0;
}

static void put_name(struct bt_record *rec, const char *part, uint8_t group, unsigned value)
{
	static const char *const operations[] = {"nul", "pulse_on", "pulse_off", "latch_on",
						 "latch_off"};
	static const char *const trip_close[] = {"nul", "close", "trip", "reserved"};

	if (is_named(part, "op_type"))
		bt_put_string(rec, "op_type_name", value < 5 ? operations[value] : "reserved");
	else if (is_named(part, "tcc"))
		bt_put_string(rec, "tcc_name", trip_close[value & 3]);
	else if (is_named(part, "error_code"))
		bt_put_string(rec, "error", dnp3_security_error((uint8_t)value));
	else if (is_named(part, "control_status"))
		bt_put_string(rec, "status", dnp3_control_status(value & 0x7f));
	else if (is_named(part, "status_code"))
		bt_put_string(rec, "status",
			      group == 70 ? dnp3_file_status((uint8_t)value)
					  : dnp3_control_status((uint8_t)value));
}

static void put_bits(struct bt_record *rec, const struct dnp3_part *part, uint8_t group,
		     unsigned octet)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	const struct dnp3_bits *bits = dnp3_bit_layouts[part->set].bits;
	struct bt_phrase *phrase = bt_phrase(phrases, bits, (uint64_t)octet << 8 | group);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	for (; bits->name; bits++) {
		unsigned value = octet & ((1u << bits->width) - 1);

		bt_put_uint(rec, bits->name, value);
		put_name(rec, bits->name, group, value);
		octet >>= bits->width;
	}
	bt_keep_phrase(phrase, rec, from);
}

static void put_hex(struct bt_record *rec, const char *name, struct bt_cursor bytes)
{
	bt_put_hex(rec, name, cur_take_upto(&bytes, BYTES_SHOWN));
}

static void put_text(struct bt_record *rec, const char *name, struct bt_cursor text)
{
	bt_put_text(rec, name, cur_take_upto(&text, BYTES_SHOWN));
}

/* What a file holds is not for a log: its size and hash are. */
static void put_hash(struct bt_record *rec, struct bt_cursor bytes)
{
	uint8_t hash[BT_SHA256_BYTES];

	bt_put_uint(rec, "data_bytes", cur_left(&bytes));
	bt_sha256(bytes, hash);
	bt_put_hex(rec, "sha256", cur_of(hash, sizeof(hash)));
}

static int64_t read_signed(struct bt_cursor *at, size_t bytes)
{
	switch (bytes) {
	case 1: return (int8_t)cur_u8(at);
	case 2: return (int16_t)cur_u16le(at);
	default: return (int32_t)cur_u32le(at);
	}
}

static uint64_t read_unsigned(struct bt_cursor *at, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes && i < sizeof(number); i++)
		number |= (uint64_t)cur_u8(at) << 8 * i;
	return number;
}

static double read_float(struct bt_cursor *at, size_t bytes)
{
	uint64_t bits = read_unsigned(at, bytes);
	uint32_t low = (uint32_t)bits;
	double number;
	float small;

	if (bytes == sizeof(small)) {
		memcpy(&small, &low, sizeof(small));
		return (double)small;
	}
	memcpy(&number, &bits, sizeof(number));
	return number;
}

static void put_attribute(struct bt_record *rec, uint8_t variation, struct bt_cursor bytes)
{
	const struct dnp3_attribute *attribute = dnp3_attribute(variation);
	uint8_t type = cur_u8(&bytes);
	size_t size;

	cur_skip(&bytes, 1);
	size = cur_left(&bytes);
	bt_put_string(rec, "attribute", attribute ? attribute->name : NULL);
	bt_put_uint(rec, "data_type", type);
	if (type == ATTRIBUTE_TEXT)
		put_text(rec, "text", bytes);
	else if (type == ATTRIBUTE_INT && (size == 1 || size == 2 || size == 4))
		bt_put_int(rec, "value", read_signed(&bytes, size));
	else if ((type == ATTRIBUTE_UINT && size <= 4) || (type == ATTRIBUTE_TIME && size == 6))
		bt_put_int(rec, "value", (int64_t)read_unsigned(&bytes, size));
	else if (type == ATTRIBUTE_FLOAT && (size == 4 || size == 8))
		bt_put_double(rec, "value", read_float(&bytes, size));
	else
		put_hex(rec, "data", bytes);
}

static void put_part(struct bt_record *rec, const struct dnp3_header *header,
		     const struct dnp3_part *part, const struct dnp3_reading *reading)
{
	switch (part->kind) {
	case PART_BITS: put_bits(rec, part, header->group, (unsigned)reading->whole); break;
	case PART_ATTRIBUTE: put_attribute(rec, header->variation, reading->bytes); break;
	case PART_TEXT:
	case PART_REST_TEXT: put_text(rec, part->name, reading->bytes); break;
	case PART_BYTES:
	case PART_REST:
	case PART_VARIATION:
		if (part->use == USE_DATA)
			put_hash(rec, reading->bytes);
		else
			put_hex(rec, part->name, reading->bytes);
		break;
	case PART_SECRET: break;
	case PART_F32:
	case PART_F64: bt_put_double(rec, part->name, reading->number); break;
	default:
		bt_put_int(rec, part->name, reading->whole);
		put_name(rec, part->name, header->group, (unsigned)reading->whole & 0xff);
		break;
	}
}

static void put_point(struct bt_record *rec, const struct dnp3_header *header,
		      const struct dnp3_point *point)
{
	const struct dnp3_part *part = header->object ? header->object->parts : NULL;
	struct bt_cursor at = point->data;
	struct dnp3_lengths lengths = {0};
	struct dnp3_reading reading;

	bt_open(rec, NULL);
	bt_put_uint(rec, "prefix", point->prefix);
	bt_put_uint(rec, "index", point->index);
	if (point->sized)
		bt_put_uint(rec, "size", point->prefix);
	if (header->has_objects && header->object && header->object->packed)
		bt_put_uint(rec, header->group == 12 ? "point" : "state", (uint64_t)point->value);
	if (!header->object && cur_left(&at))
		put_hex(rec, "data", at);
	for (; part && part->kind && cur_left(&at); part++) {
		if (!dnp3_read_part(part, &at, &lengths, header->variation, &reading))
			break;
		put_part(rec, header, part, &reading);
	}
	bt_close(rec);
}

static bool has_room(const struct shown *shown)
{
	return shown->points < POINTS_SHOWN && shown->rec->len < shown->limit;
}

static void put_points(struct shown *shown, struct dnp3_header *header)
{
	struct dnp3_point point;

	bt_open_array(shown->rec, "points");
	while (has_room(shown) && dnp3_next_point(header, &point)) {
		put_point(shown->rec, header, &point);
		shown->points++;
	}
	bt_close_array(shown->rec);
	if (header->points > header->number)
		bt_put_uint(shown->rec, "more", header->points - header->number);
}

static void put_kind(struct bt_record *rec, const struct dnp3_header *header)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	struct bt_phrase *phrase = bt_phrase(phrases, header->kind,
					     (uint64_t)header->range << 32 | (uint64_t)header->prefix << 24 |
						     header->qualifier << 16 | header->variation << 8 |
						     header->group);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	bt_put_uint(rec, "group", header->group);
	bt_put_uint(rec, "variation", header->variation);
	bt_put_string(rec, "name", header->kind ? header->kind->name : "unknown");
	bt_put_uint(rec, "qualifier", header->qualifier);
	bt_put_uint(rec, "prefix_code", header->prefix);
	bt_put_uint(rec, "range_code", header->range);
	bt_keep_phrase(phrase, rec, from);
}

static void put_object(struct shown *shown, struct dnp3_header *header)
{
	struct bt_record *rec = shown->rec;

	bt_open(rec, NULL);
	put_kind(rec, header);
	bt_put_uint(rec, "start", header->start);
	bt_put_uint(rec, "stop", header->stop);
	bt_put_uint(rec, "count", header->count);
	if (header->points)
		put_points(shown, header);
	bt_close(rec);
}

static void put_objects(struct shown *shown, const struct dnp3_message *message, bool cut)
{
	struct dnp3_walk walk = dnp3_walk(message);
	struct dnp3_header header;

	bt_open_array(shown->rec, "objects");
	while (walk.headers < OBJECTS_SHOWN && shown->rec->len < shown->limit &&
	       dnp3_next_header(&walk, &header))
		put_object(shown, &header);
	bt_close_array(shown->rec);
	if (walk.headers == OBJECTS_SHOWN || shown->rec->len >= shown->limit) {
		uint32_t said = walk.headers;

		while (dnp3_next_header(&walk, &header))
			;
		if (walk.headers > said)
			bt_put_uint(shown->rec, "more_objects", walk.headers - said);
	}
	if (cur_left(&walk.at) && (walk.faults & ~(unsigned)FAULT_UNKNOWN)) {
		bt_put_uint(shown->rec, "undecoded_bytes", cur_left(&walk.at));
		put_hex(shown->rec, "undecoded", walk.at);
	}
	bt_put_bool(shown->rec, "complete", !cut && !(walk.faults & ~(unsigned)FAULT_UNKNOWN));
}

static void put_indications(struct bt_record *rec, uint16_t iin)
{
	bt_open(rec, "iin");
	bt_open_array(rec, "indicators");
	for (unsigned i = 0; i < 16; i++) {
		unsigned bit = (i + 8) & 15; /* IIN1 first */

		if (iin >> bit & 1)
			bt_put_string(rec, NULL, dnp3_indication(bit));
	}
	bt_close_array(rec);
	bt_close(rec);
}

static void put_link(struct bt_record *rec, const struct dnp3_message *message)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	const struct dnp3_link_name *name = dnp3_link_name(message->link_control);
	struct bt_phrase *phrase = bt_phrase(phrases, name,
					     (uint64_t)message->source << 32 |
						     (uint64_t)message->destination << 8 |
						     message->link_control);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	bt_open(rec, "control");
	bt_put_bool(rec, "dir", message->link_control & LINK_DIR);
	bt_put_bool(rec, "pri", message->link_control & LINK_PRM);
	bt_put_bool(rec, "fcb", message->link_control & LINK_FCB);
	bt_put_bool(rec, "fcv", message->link_control & LINK_FCV);
	bt_put_uint(rec, "function_code", message->link_control & LINK_FUNCTION);
	bt_put_string(rec, "function", name ? name->name : "link_undefined");
	bt_close(rec);
	bt_put_uint(rec, "src", message->source);
	bt_put_uint(rec, "dst", message->destination);
	bt_keep_phrase(phrase, rec, from);
}

static void open_application(struct bt_record *rec, const struct dnp3_message *message)
{
	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
	const struct dnp3_function *function = dnp3_function(message->function);
	struct bt_phrase *phrase =
		bt_phrase(phrases, function, (uint64_t)message->control << 8 | message->function);
	size_t from = rec->len;

	if (bt_put_phrase(rec, phrase))
		return;
	bt_open(rec, "application");
	bt_open(rec, "control");
	bt_put_bool(rec, "fir", message->control & APP_FIR);
	bt_put_bool(rec, "fin", message->control & APP_FIN);
	bt_put_bool(rec, "con", message->control & APP_CON);
	bt_put_bool(rec, "uns", message->control & APP_UNS);
	bt_put_uint(rec, "sequence", message->control & APP_SEQUENCE);
	bt_close(rec);
	bt_put_uint(rec, "function_code", message->function);
	bt_put_string(rec, "function", function ? function->name : "undefined");
	bt_keep_phrase(phrase, rec, from);
}

static void put_application(struct shown *shown, const struct dnp3_message *message, bool cut)
{
	open_application(shown->rec, message);
	put_objects(shown, message, cut);
	bt_close(shown->rec);
}

static const char *type_of(const struct dnp3_message *message)
{
	if (message->link_only)
		return "link";
	if (message->function == FC_UNSOLICITED)
		return "unsolicited_response";
	return message->is_answer ? "response" : "request";
}

static void put_message(struct shown *shown, const char *name, const struct dnp3_message *message,
			bool cut)
{
	struct bt_record *rec = shown->rec;

	bt_open(rec, name);
	bt_put_string(rec, "type", type_of(message));
	put_link(rec, message);
	if (!message->link_only)
		put_application(shown, message, cut);
	if (message->is_answer)
		put_indications(rec, message->iin);
	bt_close(rec);
}

void dnp3_describe(const struct bt_operation *op, struct bt_record *rec)
{
	const struct dnp3_detail *detail = op->detail;
	struct shown shown = {.rec = rec};
	size_t start = rec->len;

	bt_put_uint(rec, "id", detail->id);
	bt_put_string(rec, "function", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	if (op->error_name)
		bt_put_string(rec, "error", op->error_name);
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "latency_us", (uint64_t)(op->answer_ns - op->request_ns) / 1000);
	if (op->broadcast)
		bt_put_bool(rec, "broadcast", true);
	if (detail->continued)
		bt_put_bool(rec, "continued", true);
	if (detail->retransmission)
		bt_put_bool(rec, "retransmission", true);
	if (detail->request) {
		shown.limit = start + REQUEST_BYTES_MAX;
		put_message(&shown, "request", detail->request, detail->request_cut);
	}
	if (detail->answer) {
		shown.points = 0;
		shown.limit = start + RECORD_BYTES_MAX;
		put_message(&shown, "response", detail->answer, false);
	}
}
