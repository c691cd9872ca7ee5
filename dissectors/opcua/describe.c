/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON of an operation: both messages, each field of their tables by its key. A visitor of the
 * walk. What does not fit in a line is left out and counted, element by element.
 */
#include <stdio.h>

#include "bittern/calendar.h"
#include "opcua.h"

enum {
	MESSAGE_JSON = 24 << 10, /* of one message; a line has at most 64 KiB */
	ELEMENTS_MAX = 128,      /* of one array */
	VALUES_SHOWN = 16,       /* of one value that is an array */
	TEXT_SHOWN = 256,
	BYTES_SHOWN = 64,
	ARRAYS_MAX = 8, /* within each other */
	TIME_SHOWN = BT_CALENDAR + 1, /* with its Z */
};

struct writer {
	struct bt_record *rec;
	size_t begin;
	const struct opcua_detail *detail;
	bool flat;         /* in an element that is written as a plain value */
	bool notification; /* handles are those of monitored items */
	uint32_t subscription;
	uint32_t muted; /* arrays and elements that are open and not written */
	uint32_t shown[ARRAYS_MAX];
	uint32_t arrays;
	uint64_t more;
};

static bool is_full(const struct writer *writer)
{
	return writer->rec->len - writer->begin > MESSAGE_JSON;
}

static void put_text(struct bt_record *rec, const char *key, struct bt_cursor text)
{
	bt_put_text(rec, key, cur_take_upto(&text, TEXT_SHOWN));
}

static void put_time(struct bt_record *rec, const char *key, int64_t time)
{
	char text[TIME_SHOWN + 16] = "\"";

	if (ua_time_text(time, text + 1)) {
		text[TIME_SHOWN + 1] = '"';
		bt_put_raw(rec, key, text, TIME_SHOWN + 2);
	} else if (!key) {
		bt_put_string(rec, key, "");
	}
}

static void put_node(struct bt_record *rec, const char *key, const struct ua_node *node)
{
	char text[NODE_TEXT];

	bt_put_text(rec, key, cur_of(text, ua_node_text(node, text)));
}

static void put_guid(struct bt_record *rec, const char *key, struct bt_cursor bytes)
{
	struct ua_node node = {.kind = ID_GUID, .id = bytes};
	char text[NODE_TEXT];
	size_t size = ua_node_text(&node, text);

	bt_put_text(rec, key, cur_of(text + 2, size - 2)); /* behind "g=" */
}

static void put_qualified(struct bt_record *rec, const char *key, const struct ua_value *value)
{
	struct bt_cursor name = value->bytes;
	char text[TEXT_SHOWN];
	size_t size = 0;

	if (value->number)
		size = (size_t)snprintf(text, sizeof(text), "%u:", (unsigned)value->number);
	name = cur_take_upto(&name, sizeof(text) - size);
	cur_copy(&name, text + size, cur_left(&name));
	bt_put_text(rec, key, cur_of(text, size + cur_left(&value->bytes) < sizeof(text)
						   ? size + cur_left(&value->bytes)
						   : sizeof(text)));
}

/* What is no container. */
static void put_scalar(struct bt_record *rec, const char *key, const struct ua_value *value)
{
	struct bt_cursor bytes = value->bytes;

	switch (value->type) {
	case UA_BOOLEAN: bt_put_bool(rec, key, value->number); break;
	case UA_BYTE:
	case UA_UINT16:
	case UA_UINT32: bt_put_uint(rec, key, value->number); break;
	case UA_UINT64: /* many readers of JSON know no integers beyond */
		if (value->number <= INT64_MAX)
			bt_put_uint(rec, key, value->number);
		else
			bt_put_double(rec, key, value->real);
		break;
	case UA_SBYTE:
	case UA_INT16:
	case UA_INT32:
	case UA_INT64: bt_put_int(rec, key, value->integer); break;
	case UA_FLOAT:
	case UA_DOUBLE: bt_put_double(rec, key, value->real); break;
	case UA_DATE_TIME: put_time(rec, key, value->integer); break;
	case UA_GUID: put_guid(rec, key, bytes); break;
	case UA_BYTE_STRING: bt_put_hex(rec, key, cur_take_upto(&bytes, BYTES_SHOWN)); break;
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID:
	case UA_EXTENSION_OBJECT: put_node(rec, key, &value->node); break;
	case UA_STATUS_CODE:
		bt_put_string(rec, key, ua_status_name((uint32_t)value->number));
		break;
	case UA_QUALIFIED_NAME: put_qualified(rec, key, value); break;
	case UA_VARIANT:
	case UA_DATA_VALUE: bt_put_string(rec, key, ua_type_name(value->variant.type)); break;
	default: put_text(rec, key, bytes); break;
	}
}

/* Numbers stand in `value`, everything else in `text`. */
static void put_variant(struct bt_record *rec, const struct ua_variant *variant)
{
	struct bt_cursor elements = variant->elements, dimensions = variant->dimensions;
	struct ua_value value;

	if (variant->type == UA_NULL)
		return;
	bt_put_string(rec, "type", ua_type_name(variant->type));
	if (!variant->is_array) {
		if (!ua_next(&elements, variant->type, &value))
			return;
		if (value.type == UA_BOOLEAN)
			bt_put_uint(rec, "value", value.number);
		else
			put_scalar(rec, ua_is_number(variant->type) ? "value" : "text", &value);
		return;
	}
	bt_put_uint(rec, "count", variant->count);
	if (cur_left(&dimensions)) {
		bt_open_array(rec, "dimensions");
		for (unsigned i = 0; i < VALUES_SHOWN && cur_left(&dimensions); i++)
			bt_put_uint(rec, NULL, cur_u32le(&dimensions));
		bt_close_array(rec);
	}
	bt_open_array(rec, "values");
	for (uint32_t i = 0; i < variant->count && i < VALUES_SHOWN; i++) {
		if (!ua_next(&elements, variant->type, &value))
			break;
		put_scalar(rec, NULL, &value);
	}
	bt_close_array(rec);
}

static void put_value(struct bt_record *rec, const struct ua_value *value)
{
	if (value->has_value)
		put_variant(rec, &value->variant);
	if (value->has_status)
		bt_put_string(rec, "status", ua_status_name(value->status));
	if (value->has_source_time)
		put_time(rec, "source_time", value->source_time);
	if (value->has_server_time)
		put_time(rec, "server_time", value->server_time);
}

static void put_certificate_time(struct bt_record *rec, const char *key, int64_t time_ns)
{
	const int64_t epoch = 116444736000000000LL; /* 1970, in 100 ns since 1601 */

	if (time_ns)
		put_time(rec, key, time_ns / 100 + epoch);
}

static void put_certificate(struct bt_record *rec, const char *key, struct bt_cursor der)
{
	struct bt_certificate certificate;

	if (!cur_left(&der))
		return;
	bt_open(rec, key);
	bt_put_uint(rec, "size", cur_left(&der));
	if (bt_certificate(der, &certificate)) {
		bt_put_string(rec, "subject", certificate.subject);
		bt_put_string(rec, "issuer", certificate.issuer);
		bt_put_string(rec, "serial", certificate.serial);
		bt_put_hex(rec, "thumbprint", cur_of(certificate.thumbprint, BT_THUMBPRINT_BYTES));
		bt_put_string(rec, "uri", certificate.uri[0] ? certificate.uri : NULL);
		bt_put_string(rec, "dns", certificate.dns[0] ? certificate.dns : NULL);
		bt_put_string(rec, "key", certificate.key);
		bt_put_uint(rec, "key_bits", certificate.key_bits);
		bt_put_string(rec, "signature", certificate.signature);
		put_certificate_time(rec, "not_before", certificate.from_ns);
		put_certificate_time(rec, "not_after", certificate.to_ns);
		bt_put_bool(rec, "self_signed", certificate.self_signed);
	}
	bt_close(rec);
}

/* Who knows the token can take the session over: its hash tells sessions apart as well. */
static void put_session(struct bt_record *rec, const char *key, const struct ua_node *token)
{
	uint8_t hash[BT_SHA256_BYTES];
	char text[NODE_TEXT];

	if (token->kind == ID_NUMERIC && !token->number)
		return;
	bt_sha256(cur_of(text, ua_node_text(token, text)), hash);
	bt_put_hex(rec, key, cur_of(hash, 8));
}

static void put_name(struct bt_record *rec, const struct ua_field *field,
		     const struct ua_value *value)
{
	put_node(rec, field->key, &value->node);
	bt_put_string(rec, field->role == ROLE_METHOD ? "method_name" : "name",
		      ua_known_node(&value->node));
}

static void put_enumeration(struct bt_record *rec, const struct ua_field *field, uint64_t number)
{
	char text[16];

	for (uint64_t i = 0; field->names[i]; i++) {
		if (i == number) {
			bt_put_string(rec, field->key, field->names[i]);
			return;
		}
	}
	snprintf(text, sizeof(text), "%u", (unsigned)number);
	bt_put_string(rec, field->key, text);
}

static void put_handle(struct writer *writer, const char *key, const struct ua_value *value)
{
	struct bt_cursor node;

	bt_put_uint(writer->rec, key, value->number);
	if (writer->notification &&
	    bt_table_get(&writer->detail->state->handles,
			 (uint64_t)writer->subscription << 32 | value->number, &node))
		bt_put_text(writer->rec, "node_id", node);
}

static void put_attribute(struct bt_record *rec, const char *key, const struct ua_value *value)
{
	const char *name = ua_attribute_name((uint32_t)value->number);
	char text[16];

	snprintf(text, sizeof(text), "%u", (unsigned)value->number);
	bt_put_string(rec, key, name ? name : text);
}

/* Is there nothing to be said? */
static bool is_empty(const struct ua_value *value)
{
	switch (value->type) {
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID:
		return value->node.kind == ID_NUMERIC && !value->node.number && !value->node.space;
	default: return !cur_left(&value->bytes);
	}
}

static void put_member(struct writer *writer, const struct ua_field *field,
		       const struct ua_value *value)
{
	struct bt_record *rec = writer->rec;

	if ((field->flags & UA_PLAIN) && is_empty(value))
		return;
	switch (field->role) {
	case ROLE_SESSION: put_session(rec, field->key, &value->node); return;
	case ROLE_CERTIFICATE: put_certificate(rec, field->key, value->bytes); return;
	case ROLE_NODE:
	case ROLE_METHOD: put_name(rec, field, value); return;
	case ROLE_HANDLE: put_handle(writer, field->key, value); return;
	case ROLE_ATTRIBUTE: put_attribute(rec, field->key, value); return;
	case ROLE_SUBSCRIPTION: writer->subscription = (uint32_t)value->number; break;
	default: break;
	}
	if (field->type == UA_ENUMERATION)
		put_enumeration(rec, field, value->number);
	else if (value->type == UA_VARIANT || value->type == UA_DATA_VALUE)
		put_value(rec, value);
	else
		put_scalar(rec, field->key, value);
}

static void put_element(struct bt_record *rec, const struct ua_value *value)
{
	bool value_of_node = value->type == UA_VARIANT || value->type == UA_DATA_VALUE;

	if (!value_of_node) {
		put_scalar(rec, NULL, value);
		return;
	}
	bt_open(rec, NULL);
	put_value(rec, value);
	bt_close(rec);
}

/* One more element of the innermost array; false: it is left out. */
static bool admit(struct writer *writer)
{
	if (is_full(writer) || writer->shown[writer->arrays - 1] >= ELEMENTS_MAX) {
		writer->more++;
		return false;
	}
	writer->shown[writer->arrays - 1]++;
	return true;
}

static void begin(struct writer *writer, enum ua_event event, const struct ua_field *field)
{
	if (writer->muted) {
		writer->muted++;
	} else if (event == UA_SAYS_ARRAY) {
		if (!field->key || is_full(writer) || writer->arrays == ARRAYS_MAX) {
			writer->more += field->key != NULL;
			writer->muted = 1;
			return;
		}
		bt_open_array(writer->rec, field->key);
		writer->shown[writer->arrays++] = 0;
	} else if (!admit(writer)) {
		writer->muted = 1;
	} else {
		writer->flat = field->flags & UA_FLAT;
		if (!writer->flat)
			bt_open(writer->rec, NULL);
	}
}

static void end(struct writer *writer, enum ua_event event)
{
	if (writer->muted) {
		writer->muted--;
	} else if (event == UA_SAYS_ARRAY_END) {
		bt_close_array(writer->rec);
		writer->arrays--;
	} else {
		if (!writer->flat)
			bt_close(writer->rec);
		writer->flat = false;
	}
}

static void put_object(struct writer *writer, const struct ua_field *field,
		       const struct ua_value *value)
{
	const struct ua_structure *structure = ua_structure(&value->node);
	const char *key = field->flags & UA_ARRAY ? "kind" : field->key;

	if (is_empty(value))
		return;
	if (structure)
		bt_put_string(writer->rec, key, structure->name);
	else
		put_node(writer->rec, key, &value->node);
}

static void visit(void *visitor, enum ua_event event, const struct ua_field *field,
		  const struct ua_value *value)
{
	struct writer *writer = visitor;

	switch (event) {
	case UA_SAYS_ARRAY:
	case UA_SAYS_ELEMENT: begin(writer, event, field); return;
	case UA_SAYS_ARRAY_END:
	case UA_SAYS_ELEMENT_END: end(writer, event); return;
	default: break;
	}
	if (writer->muted || !field->key)
		return;
	if (field->flags & UA_ARRAY && event == UA_SAYS_VALUE) {
		if (admit(writer))
			put_element(writer->rec, value);
	} else if (is_full(writer)) {
		writer->more++;
	} else if (event == UA_SAYS_OBJECT) {
		put_object(writer, field, value);
	} else if (writer->flat) {
		put_scalar(writer->rec, NULL, value);
	} else {
		put_member(writer, field, value);
	}
}

static void put_fields(struct bt_record *rec, const struct opcua_detail *detail,
		       const struct ua_message *message)
{
	struct writer writer = {.rec = rec, .begin = rec->len, .detail = detail};
	struct ua_walk walk = {
		.at = message->body, .roles = UINT32_MAX, .visit = visit, .visitor = &writer};
	const struct ua_service *service = message->service;

	writer.notification = message->answer && service->act == BT_ACT_REPORT;
	ua_walk(&walk, message->answer ? ua_response_header : ua_request_header);
	if (cur_left(&walk.at))
		ua_walk(&walk, message->answer ? service->answers : service->asks);
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
		put_text(rec, "endpoint_url", ua_read_string(&at, &null));
}

static void put_error(struct bt_record *rec, struct bt_cursor at)
{
	bool null;

	bt_put_string(rec, "result", ua_status_name(cur_u32le(&at)));
	put_text(rec, "reason", ua_read_string(&at, &null));
}

static void put_reverse_hello(struct bt_record *rec, struct bt_cursor at)
{
	bool null;

	put_text(rec, "server_uri", ua_read_string(&at, &null));
	put_text(rec, "endpoint_url", ua_read_string(&at, &null));
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
		put_text(rec, "security_policy", message->policy);
		put_certificate(rec, "sender_certificate", message->certificate);
		if (cur_left(&thumbprint))
			bt_put_hex(rec, "receiver_thumbprint",
				   cur_take_upto(&thumbprint, BYTES_SHOWN));
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
