/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON of an operation: both messages, each field of their tables by its key, read and written in one go.
 * What does not fit in a line is left out and counted, element by element.
 */
#include <stdio.h>

#include "put.h"

enum {
	MESSAGE_JSON = 24 << 10, /* of one message; a line has at most 64 KiB */
	ELEMENTS_MAX = 128,      /* of one array */
	THUMBPRINT_SHOWN = 64,
	ARRAYS_MAX = 8, /* within each other */
};

struct writer {
	struct bt_record *rec;
	size_t begin;
	const struct opcua_detail *detail;
	struct ua_walk walk; /* tells nobody: what is not written is passed */
	bool flat;           /* in an element that is written as a plain value */
	bool notification;   /* handles are those of monitored items */
	uint32_t subscription;
	uint32_t arrays; /* that are open */
	uint32_t shown;  /* elements of the innermost */
	uint64_t more;
	struct bt_cursor certificate; /* the last one, and its object in the record */
	size_t certificate_at, certificate_size;
};

static bool is_full(const struct writer *writer)
{
	return writer->rec->len - writer->begin > MESSAGE_JSON;
}

static inline struct bt_name name_of(const struct ua_field *field)
{
	return (struct bt_name){field->key, field->key_length};
}

/* ---- one member ---- */

static void put_node(struct bt_record *rec, const struct ua_field *field, const struct ua_node *node)
{
	if (field->flags & UA_PLAIN && node->kind == ID_NUMERIC && !node->number && !node->space)
		return;
	if (field->role == ROLE_SESSION) {
		ua_put_session(rec, name_of(field), node);
		return;
	}
	ua_put_node(rec, name_of(field), node);
	if (field->role == ROLE_METHOD)
		bt_put_string(rec, "method_name", ua_known_node(node));
	else if (field->role == ROLE_NODE)
		bt_put_string(rec, "name", ua_known_node(node));
}

static void put_known(struct bt_record *rec, struct bt_name name, const char *known, uint32_t number)
{
	char text[16];

	if (!known)
		snprintf(text, sizeof(text), "%u", (unsigned)number);
	ua_put_word(rec, name, known ? known : text);
}

static const char *enumerated(const char *const *names, uint32_t number)
{
	while (*names && number--)
		names++;
	return *names;
}

static void put_handle(struct writer *writer, struct bt_name name, uint32_t handle)
{
	struct bt_cursor node;

	bt_member_uint(writer->rec, name, handle);
	if (writer->notification && bt_table_get(&writer->detail->state->handles,
						 (uint64_t)writer->subscription << 32 | handle, &node))
		bt_put_text(writer->rec, "node_id", node);
}

static void put_number(struct writer *writer, const struct ua_field *field, uint32_t number)
{
	struct bt_record *rec = writer->rec;
	struct bt_name name = name_of(field);

	if (field->role == ROLE_SUBSCRIPTION)
		writer->subscription = number;
	if (field->type == UA_STATUS_CODE)
		ua_put_word(rec, name, ua_status_name(number));
	else if (field->type == UA_ENUMERATION)
		put_known(rec, name, enumerated(field->names, number), number);
	else if (field->role == ROLE_ATTRIBUTE)
		put_known(rec, name, ua_attribute_name(number), number);
	else if (field->role == ROLE_HANDLE)
		put_handle(writer, name, number);
	else
		bt_member_uint(rec, name, number);
}

/* Endpoints show the same one again and again. */
static void put_certificate(struct writer *writer, struct bt_name name, struct bt_cursor der)
{
	struct bt_record *rec = writer->rec;
	size_t at = rec->len + rec->comma + name.length + 3; /* "": */

	if (cur_left(&der) && cur_equal(der, writer->certificate)) {
		bt_member_raw(rec, name, rec->at + writer->certificate_at, writer->certificate_size);
		return;
	}
	ua_put_certificate(rec, name, der);
	if (!cur_left(&der) || rec->cut)
		return;
	writer->certificate = der;
	writer->certificate_at = at;
	writer->certificate_size = rec->len - at;
}

static void put_other(struct writer *writer, const struct ua_field *field, const struct ua_value *value)
{
	struct bt_record *rec = writer->rec;

	if (value->type == UA_NODE_ID || value->type == UA_EXPANDED_NODE_ID)
		put_node(rec, field, &value->node);
	else if (value->type == UA_VARIANT || value->type == UA_DATA_VALUE)
		ua_put_value(rec, value);
	else if (field->flags & UA_PLAIN && !cur_left(&value->bytes))
		return;
	else if (field->role == ROLE_CERTIFICATE)
		put_certificate(writer, name_of(field), value->bytes);
	else
		ua_put_scalar(rec, name_of(field), value);
}

static bool read_value(struct ua_walk *walk, const struct ua_field *field, struct ua_value *value)
{
	ua_read(walk, field->type == UA_ENUMERATION ? UA_UINT32 : field->type, value);
	return ua_go(walk);
}

/* Apart: a value takes room on the stack. */
static void __attribute__((noinline)) write_other(struct writer *writer, const struct ua_field *field)
{
	struct ua_value value;

	if (!read_value(&writer->walk, field, &value))
		return;
	if (writer->flat)
		ua_put_scalar(writer->rec, bt_name(NULL), &value);
	else
		put_other(writer, field, &value);
}

/* The types that most fields have are read where they are written. */
static void write_value(struct writer *writer, const struct ua_field *field)
{
	struct bt_cursor *at = &writer->walk.at;
	struct bt_cursor text;
	uint64_t number;
	bool null;

	if (is_full(writer)) {
		ua_walk_field(&writer->walk, field);
		writer->more += ua_go(&writer->walk);
	} else if (writer->flat) {
		write_other(writer, field);
	} else if (field->type == UA_UINT32 || field->type == UA_STATUS_CODE || field->type == UA_ENUMERATION) {
		number = cur_u32le(at);
		if (cur_ok(at))
			put_number(writer, field, (uint32_t)number);
	} else if (field->type == UA_DATE_TIME) {
		number = cur_u64le(at);
		if (cur_ok(at))
			ua_put_time(writer->rec, name_of(field), (int64_t)number);
	} else if (field->type == UA_STRING && field->role != ROLE_CERTIFICATE) {
		text = ua_read_string(at, &null);
		if (cur_ok(at) && (cur_left(&text) || !(field->flags & UA_PLAIN)))
			ua_put_text(writer->rec, name_of(field), text);
	} else {
		write_other(writer, field);
	}
}

/* ---- by the tables ---- */

static void write_fields(struct writer *writer, const struct ua_field *fields);

static void put_kind(struct writer *writer, const struct ua_field *field, const struct ua_node *type)
{
	const struct ua_structure *structure = ua_structure(type);
	struct bt_name name = field->flags & UA_ARRAY ? bt_name("kind") : name_of(field);

	if (structure)
		ua_put_word(writer->rec, name, structure->name);
	else
		ua_put_node(writer->rec, name, type);
}

static void __attribute__((noinline)) write_object(struct writer *writer, const struct ua_field *field)
{
	const struct ua_structure *structure;
	struct ua_walk *walk = &writer->walk;
	struct bt_cursor behind;
	struct ua_value value;

	structure = ua_read_object(walk, field, &value);
	if (ua_go(walk) && is_full(writer))
		writer->more++;
	else if (ua_go(walk) && cur_left(&value.bytes))
		put_kind(writer, field, &value.node);
	if (!structure)
		return;
	behind = walk->at;
	walk->at = value.bytes;
	write_fields(writer, structure->fields);
	if (!cur_ok(&walk->at))
		walk->trouble |= UA_MALFORMED;
	walk->at = behind;
}

static void write_one(struct writer *writer, const struct ua_field *field)
{
	if (field->type == UA_STRUCTURE)
		write_fields(writer, field->of);
	else if (field->type == UA_EXTENSION_OBJECT)
		write_object(writer, field);
	else
		write_value(writer, field);
}

/* One more element of the innermost array; false: it is left out. */
static bool admit(struct writer *writer)
{
	if (is_full(writer) || writer->shown >= ELEMENTS_MAX) {
		writer->more++;
		return false;
	}
	writer->shown++;
	return true;
}

static void put_element(struct bt_record *rec, const struct ua_value *value)
{
	if (value->type != UA_VARIANT && value->type != UA_DATA_VALUE) {
		ua_put_scalar(rec, bt_name(NULL), value);
		return;
	}
	bt_open(rec, NULL);
	ua_put_value(rec, value);
	bt_close(rec);
}

static void __attribute__((noinline))
write_plain_element(struct writer *writer, const struct ua_field *field)
{
	struct ua_value value;

	if (read_value(&writer->walk, field, &value) && admit(writer))
		put_element(writer->rec, &value);
}

static void write_element(struct writer *writer, const struct ua_field *field)
{
	if (field->type != UA_STRUCTURE && field->type != UA_EXTENSION_OBJECT) {
		write_plain_element(writer, field);
		return;
	}
	if (!admit(writer)) {
		ua_walk_elements(&writer->walk, field, 1);
		return;
	}
	writer->flat = field->flags & UA_FLAT;
	if (!writer->flat)
		bt_open(writer->rec, NULL);
	write_one(writer, field);
	if (!writer->flat)
		bt_close(writer->rec);
	writer->flat = false;
}

static void write_array(struct writer *writer, const struct ua_field *field)
{
	uint32_t count = ua_walk_count(&writer->walk), outer = writer->shown;

	if (!count)
		return;
	if (is_full(writer) || writer->arrays == ARRAYS_MAX) {
		writer->more++;
		ua_walk_elements(&writer->walk, field, count);
		return;
	}
	bt_open_by(writer->rec, name_of(field), '[');
	writer->arrays++;
	writer->shown = 0;
	while (count-- && ua_go(&writer->walk))
		write_element(writer, field);
	bt_close_array(writer->rec);
	writer->arrays--;
	writer->shown = outer;
}

static void write_fields(struct writer *writer, const struct ua_field *fields)
{
	for (; fields && fields->type && ua_go(&writer->walk); fields++) {
		bool part = fields->type == UA_STRUCTURE && !(fields->flags & UA_ARRAY);

		if (!fields->key && !part)
			ua_walk_field(&writer->walk, fields);
		else if (fields->flags & UA_ARRAY)
			write_array(writer, fields);
		else
			write_one(writer, fields);
	}
}

/* The headers in the form that nearly all have (see collect.c), by themselves. False: it is another, or is not all
 * there; nothing was read or written. */
static bool write_request_header(struct bt_record *rec, struct bt_cursor *at)
{
	struct bt_cursor ahead = *at, audit;
	uint32_t handle, timeout;
	struct ua_node session;
	int64_t time;
	bool null;

	if (!ua_read_node(&ahead, false, &session))
		return false;
	time = (int64_t)cur_u64le(&ahead);
	handle = cur_u32le(&ahead);
	cur_skip(&ahead, 4); /* diagnostics wanted */
	audit = ua_read_string(&ahead, &null);
	timeout = cur_u32le(&ahead);
	if (cur_u24be(&ahead) || !cur_ok(&ahead)) /* what is added: a null node id, and no body */
		return false;
	ua_put_session(rec, bt_name("session"), &session);
	ua_put_time(rec, bt_name("timestamp"), time);
	bt_put_uint(rec, "handle", handle);
	if (cur_left(&audit))
		ua_put_text(rec, bt_name("audit"), audit);
	bt_put_uint(rec, "timeout_ms", timeout);
	*at = ahead;
	return true;
}

static bool write_response_header(struct bt_record *rec, struct bt_cursor *at)
{
	struct bt_cursor ahead = *at;
	int64_t time = (int64_t)cur_u64le(&ahead);
	uint32_t handle = cur_u32le(&ahead), status = cur_u32le(&ahead);

	if (cur_u8(&ahead) || (int32_t)cur_u32le(&ahead) > 0 || /* diagnostics, and their texts */
	    cur_u24be(&ahead) || !cur_ok(&ahead))
		return false;
	ua_put_time(rec, bt_name("timestamp"), time);
	bt_put_uint(rec, "handle", handle);
	bt_put_string(rec, "result", ua_status_name(status));
	*at = ahead;
	return true;
}

static void write_header(struct writer *writer, bool answer)
{
	struct bt_cursor *at = &writer->walk.at;

	if (!(answer ? write_response_header(writer->rec, at) : write_request_header(writer->rec, at)))
		write_fields(writer, answer ? ua_response_header : ua_request_header);
}

static void put_fields(struct bt_record *rec, const struct opcua_detail *detail,
		       const struct ua_message *message)
{
	const struct ua_service *service = message->service;
	struct writer writer = {
		.rec = rec, .begin = rec->len, .detail = detail, .walk = {.at = message->body}};

	writer.notification = message->answer && service->act == BT_ACT_REPORT;
	write_header(&writer, message->answer);
	if (cur_left(&writer.walk.at))
		write_fields(&writer, message->answer ? service->answers : service->asks);
	if (writer.more)
		bt_put_uint(rec, "more", writer.more);
}

/* ---- messages without a service ---- */

static void put_hello(struct bt_record *rec, const struct ua_message *message)
{
	struct bt_cursor at = message->body;
	bool null;

	bt_put_uint(rec, "protocol_version", cur_u32le(&at));
	bt_put_uint(rec, "receive_buffer", cur_u32le(&at));
	bt_put_uint(rec, "send_buffer", cur_u32le(&at));
	bt_put_uint(rec, "max_message", cur_u32le(&at));
	bt_put_uint(rec, "max_chunks", cur_u32le(&at));
	if (message->kind == KIND_HELLO)
		ua_put_text(rec, bt_name("endpoint_url"), ua_read_string(&at, &null));
}

static void put_error(struct bt_record *rec, struct bt_cursor at)
{
	bool null;

	bt_put_string(rec, "result", ua_status_name(cur_u32le(&at)));
	ua_put_text(rec, bt_name("reason"), ua_read_string(&at, &null));
}

static void put_reverse_hello(struct bt_record *rec, struct bt_cursor at)
{
	bool null;

	ua_put_text(rec, bt_name("server_uri"), ua_read_string(&at, &null));
	ua_put_text(rec, bt_name("endpoint_url"), ua_read_string(&at, &null));
}

static void put_content(struct bt_record *rec, const struct opcua_detail *detail,
			const struct ua_message *message)
{
	switch (message->kind) {
	case KIND_HELLO:
	case KIND_ACKNOWLEDGE: put_hello(rec, message); return;
	case KIND_ERROR: put_error(rec, message->body); return;
	case KIND_REVERSE_HELLO: put_reverse_hello(rec, message->body); return;
	default: break;
	}
	if (message->letter == 'A' && message->has_sequence)
		put_error(rec, message->body);
	else if (message->service)
		put_fields(rec, detail, message);
}

static void put_message(struct bt_record *rec, const char *key, const struct opcua_detail *detail,
			const struct ua_message *message)
{
	struct bt_cursor thumbprint = message->thumbprint;

	bt_open(rec, key);
	bt_put_string(rec, "message", ua_kind_name(message->kind));
	bt_put_uint(rec, "size", message->size);
	bt_put_uint(rec, "chunks", message->chunks);
	if (message->kind > KIND_OPEN)
		bt_put_uint(rec, "token", message->token);
	if (message->has_sequence) {
		bt_put_uint(rec, "sequence", message->sequence);
		bt_put_uint(rec, "request_id", message->request);
	} else if (message->kind >= KIND_OPEN) {
		bt_put_bool(rec, "encrypted", true);
	}
	if (message->type)
		bt_put_uint(rec, "type_id", message->type);
	if (message->cut)
		bt_put_bool(rec, "truncated", true);
	if (message->kind == KIND_OPEN) {
		ua_put_text(rec, bt_name("security_policy"), message->policy);
		ua_put_certificate(rec, bt_name("sender_certificate"), message->certificate);
		if (cur_left(&thumbprint))
			bt_put_hex(rec, "receiver_thumbprint",
				   cur_take_upto(&thumbprint, THUMBPRINT_SHOWN));
	}
	put_content(rec, detail, message);
	bt_close(rec);
}

void opcua_describe(const struct bt_operation *op, struct bt_record *rec)
{
	static const char *const modes[] = {NULL, "none", "sign", "sign_and_encrypt"};
	const struct opcua_detail *detail = op->detail;
	const struct ua_message *told = detail->request ? detail->request : detail->answer;
	const struct opcua_state *state = detail->state;
	uint32_t channel = detail->answer && detail->answer->channel ? detail->answer->channel
								     : told->channel;

	bt_put_string(rec, "service", op->name);
	bt_put_string(rec, "result", bt_result_name(op->result));
	if (op->request_ns && op->answer_ns >= op->request_ns)
		bt_put_uint(rec, "latency_us", (uint64_t)(op->answer_ns - op->request_ns) / 1000);
	if (told->kind >= KIND_OPEN) {
		bt_put_uint(rec, "channel", channel);
		bt_put_string(rec, "policy", state->policy ? state->policy->name : NULL);
		bt_put_string(rec, "mode", modes[state->mode]);
	}
	if (detail->request)
		put_message(rec, "request", detail, detail->request);
	if (detail->answer)
		put_message(rec, "response", detail, detail->answer);
}
