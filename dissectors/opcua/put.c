/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON of values: numbers as such, node ids and times as the specification writes them, certificates by
 * what they say, secrets by their hash.
 */
#include <stdio.h>

#include "bittern/calendar.h"
#include "put.h"

enum {
	VALUES_SHOWN = 16, /* of one value that is an array */
	TEXT_SHOWN = 256,
	BYTES_SHOWN = 64,
	TIME_SHOWN = BT_CALENDAR + 1, /* with its Z */
	HASH_SHOWN = 8,
	TOKEN_BITS = 7,
	TOKENS = 1 << TOKEN_BITS,
	TOKEN_BYTES = 32, /* as most are, or shorter */
};

void ua_put_text(struct bt_record *rec, struct bt_name name, struct bt_cursor text)
{
	bt_member_text(rec, name, text.ptr, cur_left(&text) < TEXT_SHOWN ? cur_left(&text) : TEXT_SHOWN);
}

void ua_put_time(struct bt_record *rec, struct bt_name name, int64_t time)
{
	char text[TIME_SHOWN + 16] = "\"";

	if (ua_time_text(time, text + 1)) {
		text[TIME_SHOWN + 1] = '"';
		bt_member_raw(rec, name, text, TIME_SHOWN + 2);
	} else if (!name.text) {
		bt_member_raw(rec, name, "\"\"", 2);
	}
}

void ua_put_node(struct bt_record *rec, struct bt_name name, const struct ua_node *node)
{
	char text[NODE_TEXT];

	bt_member_text(rec, name, text, ua_node_text(node, text));
}

static void put_guid(struct bt_record *rec, struct bt_name name, struct bt_cursor bytes)
{
	struct ua_node node = {.kind = ID_GUID, .id = bytes};
	char text[NODE_TEXT];
	size_t size = ua_node_text(&node, text);

	bt_member_text(rec, name, text + 2, size - 2); /* behind "g=" */
}

static void put_qualified(struct bt_record *rec, struct bt_name name, const struct ua_value *value)
{
	struct bt_cursor bytes = value->bytes;
	char text[TEXT_SHOWN];
	size_t size = 0;

	if (value->number)
		size = (size_t)snprintf(text, sizeof(text), "%u:", (unsigned)value->number);
	bytes = cur_take_upto(&bytes, sizeof(text) - size);
	cur_copy(&bytes, text + size, cur_left(&bytes));
	bt_member_text(rec, name, text, size + cur_left(&value->bytes) < sizeof(text)
						? size + cur_left(&value->bytes)
						: sizeof(text));
}

void ua_put_scalar(struct bt_record *rec, struct bt_name name, const struct ua_value *value)
{
	struct bt_cursor bytes = value->bytes;

	switch (value->type) {
	case UA_BOOLEAN: bt_member_raw(rec, name, value->number ? "true" : "false", value->number ? 4 : 5); break;
	case UA_BYTE:
	case UA_UINT16:
	case UA_UINT32: bt_member_uint(rec, name, value->number); break;
	case UA_UINT64: /* many readers of JSON know no integers beyond */
		if (value->number <= INT64_MAX)
			bt_member_uint(rec, name, value->number);
		else
			bt_member_double(rec, name, value->real);
		break;
	case UA_SBYTE:
	case UA_INT16:
	case UA_INT32:
	case UA_INT64: bt_member_int(rec, name, value->integer); break;
	case UA_FLOAT:
	case UA_DOUBLE: bt_member_double(rec, name, value->real); break;
	case UA_DATE_TIME: ua_put_time(rec, name, value->integer); break;
	case UA_GUID: put_guid(rec, name, bytes); break;
	case UA_BYTE_STRING:
		bytes = cur_take_upto(&bytes, BYTES_SHOWN);
		bt_member_hex(rec, name, bytes.ptr, cur_left(&bytes));
		break;
	case UA_NODE_ID:
	case UA_EXPANDED_NODE_ID:
	case UA_EXTENSION_OBJECT: ua_put_node(rec, name, &value->node); break;
	case UA_STATUS_CODE: ua_put_word(rec, name, ua_status_name((uint32_t)value->number)); break;
	case UA_QUALIFIED_NAME: put_qualified(rec, name, value); break;
	case UA_VARIANT:
	case UA_DATA_VALUE: ua_put_word(rec, name, ua_type_name(value->variant.type)); break;
	default: ua_put_text(rec, name, bytes); break;
	}
}

static void put_array(struct bt_record *rec, const struct ua_variant *variant)
{
	struct bt_cursor elements = variant->elements, dimensions = variant->dimensions;
	struct ua_value value;

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
		ua_put_scalar(rec, bt_name(NULL), &value);
	}
	bt_close_array(rec);
}

/* Numbers stand in `value`, everything else in `text`. */
static void put_variant(struct bt_record *rec, const struct ua_variant *variant)
{
	struct bt_cursor elements = variant->elements;
	struct ua_value value;

	if (variant->type == UA_NULL)
		return;
	bt_put_string(rec, "type", ua_type_name(variant->type));
	if (variant->is_array)
		put_array(rec, variant);
	else if (!ua_next(&elements, variant->type, &value))
		return;
	else if (value.type == UA_BOOLEAN)
		bt_put_uint(rec, "value", value.number);
	else
		ua_put_scalar(rec, ua_is_number(variant->type) ? bt_name("value") : bt_name("text"), &value);
}

void ua_put_value(struct bt_record *rec, const struct ua_value *value)
{
	if (value->has_value)
		put_variant(rec, &value->variant);
	if (value->has_status)
		bt_put_string(rec, "status", ua_status_name(value->status));
	if (value->has_source_time)
		ua_put_time(rec, bt_name("source_time"), value->source_time);
	if (value->has_server_time)
		ua_put_time(rec, bt_name("server_time"), value->server_time);
}

static void put_certificate_time(struct bt_record *rec, struct bt_name name, int64_t time_ns)
{
	const int64_t epoch = 116444736000000000LL; /* 1970, in 100 ns since 1601 */

	if (time_ns)
		ua_put_time(rec, name, time_ns / 100 + epoch);
}

void ua_put_certificate(struct bt_record *rec, struct bt_name name, struct bt_cursor der)
{
	struct bt_certificate certificate;

	if (!cur_left(&der))
		return;
	bt_open_by(rec, name, '{');
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
		put_certificate_time(rec, bt_name("not_before"), certificate.from_ns);
		put_certificate_time(rec, bt_name("not_after"), certificate.to_ns);
		bt_put_bool(rec, "self_signed", certificate.self_signed);
	}
	bt_close(rec);
}

static void hash_token(const struct ua_node *token, uint8_t hash[HASH_SHOWN])
{
	uint8_t whole[BT_SHA256_BYTES];
	char text[NODE_TEXT];

	bt_sha256(cur_of(text, ua_node_text(token, text)), whole);
	memcpy(hash, whole, HASH_SHOWN);
}

/* Whose hash is known. Every request brings its session's token, and hashing takes as long as all the rest of
 * it. A pure memory: the record is the same with or without it. */
struct token {
	uint8_t kind, size; /* size 0: none */
	uint16_t space;
	uint8_t id[TOKEN_BYTES];
	uint8_t hash[HASH_SHOWN];
};

/* Its place; NULL: it is none that is random, as those of sessions are. */
static struct token *token_place(const struct ua_node *node)
{
	static _Thread_local struct token tokens[TOKENS];
	struct bt_cursor id = node->id;
	size_t size = cur_left(&id);

	if (size < sizeof(uint64_t) || size > TOKEN_BYTES)
		return NULL;
	return &tokens[cur_u64le(&id) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - TOKEN_BITS)];
}

/* Who knows the token can take the session over: its hash tells sessions apart as well. */
void ua_put_session(struct bt_record *rec, struct bt_name name, const struct ua_node *node)
{
	struct token *token = token_place(node);
	struct bt_cursor id = node->id;
	uint8_t hash[HASH_SHOWN];

	if (node->kind == ID_NUMERIC && !node->number)
		return;
	if (!token) {
		hash_token(node, hash);
		bt_member_hex(rec, name, hash, HASH_SHOWN);
		return;
	}
	if (token->kind != node->kind || token->space != node->space ||
	    !cur_equal(id, cur_of(token->id, token->size))) {
		*token = (struct token){
			.kind = node->kind, .size = (uint8_t)cur_left(&id), .space = node->space};
		hash_token(node, token->hash);
		cur_copy(&id, token->id, token->size);
	}
	bt_member_hex(rec, name, token->hash, HASH_SHOWN);
}
