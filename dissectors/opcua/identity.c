/* SPDX-License-Identifier: Apache-2.0
 *
 * What applications say of themselves: their descriptions in sessions, endpoints and registrations
 * (OPC 10000-4, 5.5 to 5.7), their certificates (OPC 10000-6, 6.2), and the server's own nodes with
 * its build (OPC 10000-5, 6.3). Never a password.
 */
#include <stdio.h>

#include "opcua.h"

enum {
	NAME_SPACES_MAX = 16,
	KEY_BITS_LEAST = 2048, /* of RSA (OPC 10000-7) */
	CERTIFICATES_MAX = 8,  /* in one message; reading one takes longer than all the rest */
};

struct listener {
	struct bt_context *ctx;
	struct bt_station who;
	const char *source;
	struct bt_cursor certificate; /* the last one: endpoints repeat it */
	unsigned certificates;
};

static void say(const struct listener *listener, enum bt_identity what, struct bt_cursor text)
{
	bt_identity(listener->ctx, listener->who, what, text, listener->source);
}

static struct bt_cursor text_of(const char *text)
{
	return cur_of(text, strlen(text));
}

static void judge(struct bt_context *ctx, const struct bt_certificate *certificate)
{
	bool rsa = strcmp(certificate->key, "RSA") == 0;

	if ((certificate->from_ns && ctx->time_ns < certificate->from_ns) ||
	    (certificate->to_ns && ctx->time_ns > certificate->to_ns))
		bt_break(ctx, &opcua_certificate_expired, "%s", certificate->subject);
	if ((rsa && certificate->key_bits < KEY_BITS_LEAST) ||
	    strncmp(certificate->signature, "sha1", 4) == 0 ||
	    strncmp(certificate->signature, "md5", 3) == 0)
		bt_break(ctx, &opcua_certificate_weak, "%s, %s with %u bits, %s",
			 certificate->subject, certificate->key, certificate->key_bits,
			 certificate->signature);
}

static void hear_certificate(struct listener *listener, struct bt_cursor der)
{
	static const char digits[] = "0123456789abcdef";
	struct bt_certificate certificate;
	char text[BT_CERTIFICATE_TEXT + 80];
	size_t used;

	if (!cur_left(&der) || cur_equal(der, listener->certificate) ||
	    listener->certificates++ == CERTIFICATES_MAX)
		return;
	listener->certificate = der;
	if (!bt_certificate(der, &certificate)) {
		bt_break(listener->ctx, &opcua_bad_certificate, "%zu bytes", cur_left(&der));
		return;
	}
	judge(listener->ctx, &certificate);
	used = (size_t)snprintf(text, sizeof(text), "%s, SHA-1 ", certificate.subject);
	for (size_t i = 0; i < BT_THUMBPRINT_BYTES; i++) { /* there is room: the subject is cut */
		text[used++] = digits[certificate.thumbprint[i] >> 4];
		text[used++] = digits[certificate.thumbprint[i] & 15];
	}
	text[used] = '\0';
	say(listener, BT_ID_CERTIFICATE, text_of(text));
	if (certificate.uri[0])
		say(listener, BT_ID_URI, text_of(certificate.uri));
}

void ua_certificate(struct bt_context *ctx, struct bt_cursor der, bool client)
{
	struct listener listener = {
		.ctx = ctx,
		.who = client ? bt_client() : bt_server(BT_NO_UNIT),
		.source = "OPC UA secure channel",
	};

	hear_certificate(&listener, der);
}

static void hear(void *visitor, enum ua_event event, const struct ua_field *field,
		 const struct ua_value *value)
{
	static const uint8_t meanings[] = {
		[ROLE_APPLICATION_URI] = BT_ID_URI,
		[ROLE_PRODUCT_URI] = BT_ID_URL,
		[ROLE_APPLICATION] = BT_ID_APPLICATION,
		[ROLE_SESSION_NAME] = BT_ID_CLIENT,
		[ROLE_USER] = BT_ID_USER,
		[ROLE_MANUFACTURER] = BT_ID_VENDOR,
		[ROLE_PRODUCT] = BT_ID_NAME,
		[ROLE_SOFTWARE] = BT_ID_FIRMWARE,
		[ROLE_BUILD] = BT_ID_OTHER,
	};
	struct listener *listener = visitor;

	if (event != UA_SAYS_VALUE)
		return;
	if (field->role == ROLE_CERTIFICATE)
		hear_certificate(listener, value->bytes);
	else if (cur_left(&value->bytes))
		say(listener, meanings[field->role], value->bytes);
}

/* Walks with these roles, and hears no other. */
static struct ua_walk listening(struct listener *listener, struct bt_cursor at)
{
	const uint32_t roles = 1u << ROLE_CERTIFICATE | 1u << ROLE_APPLICATION_URI |
			       1u << ROLE_PRODUCT_URI | 1u << ROLE_APPLICATION |
			       1u << ROLE_SESSION_NAME | 1u << ROLE_USER | 1u << ROLE_MANUFACTURER |
			       1u << ROLE_PRODUCT | 1u << ROLE_SOFTWARE | 1u << ROLE_BUILD;

	return (struct ua_walk){.at = at, .roles = roles, .visit = hear, .visitor = listener};
}

/* Whose words these are, and how they came; NULL: nobody's. A list of several servers tells who
 * registered there, not who answers. */
static const char *source_of(const struct ua_message *message, bool *client)
{
	struct bt_cursor at = message->body;
	struct ua_walk header = {.at = at};

	*client = !message->answer;
	switch (message->service->request) {
	case SERVICE_CREATE_SESSION:
		return message->answer ? "OPC UA CreateSession" : "OPC UA CreateSession request";
	case SERVICE_ACTIVATE_SESSION: return message->answer ? NULL : "OPC UA ActivateSession";
	case SERVICE_REGISTER_SERVER:
	case SERVICE_REGISTER_SERVER_2: return message->answer ? NULL : "OPC UA RegisterServer";
	case SERVICE_GET_ENDPOINTS: return message->answer ? "OPC UA GetEndpoints" : NULL;
	case SERVICE_FIND_SERVERS:
		if (!message->answer)
			return NULL;
		ua_walk(&header, ua_response_header);
		return cur_u32le(&header.at) == 1 ? "OPC UA FindServers" : NULL;
	default: return NULL;
	}
}

void ua_identify(struct bt_context *ctx, const struct ua_message *message)
{
	struct listener listener = {.ctx = ctx};
	struct ua_walk walk;
	bool client;

	if (!message->service)
		return;
	listener.source = source_of(message, &client);
	if (!listener.source)
		return;
	listener.who = client ? bt_client() : bt_server(BT_NO_UNIT);
	walk = listening(&listener, message->body);
	ua_walk(&walk, message->answer ? ua_response_header : ua_request_header);
	ua_walk(&walk, message->answer ? message->service->answers : message->service->asks);
}

/* BT_ID_COUNT: the node's value is no identity. */
static enum bt_identity meaning_of(uint32_t node)
{
	switch (node) {
	case 2254: return BT_ID_URI;
	case 2255: return BT_ID_OTHER;
	case 2261: return BT_ID_NAME;
	case 2262: return BT_ID_URL;
	case 2263: return BT_ID_VENDOR;
	case 2264: return BT_ID_FIRMWARE;
	case 2265: return BT_ID_OTHER;
	default: return BT_ID_COUNT;
	}
}

static void hear_object(struct listener *listener, struct bt_cursor elements)
{
	const struct ua_structure *structure;
	struct ua_value value;
	struct ua_walk walk;

	if (!ua_next(&elements, UA_EXTENSION_OBJECT, &value))
		return;
	structure = ua_structure(&value.node);
	if (!structure || value.null)
		return;
	walk = listening(listener, value.bytes);
	ua_walk(&walk, structure->fields);
}

void ua_identify_read(struct bt_context *ctx, const struct ua_node *node,
		      const struct ua_variant *variant)
{
	struct listener listener = {
		.ctx = ctx, .who = bt_server(BT_NO_UNIT), .source = "OPC UA Read"};
	struct bt_cursor elements = variant->elements;
	enum bt_identity what;
	struct ua_value value;

	if (!ua_is_of_specification(node) || node->server)
		return;
	if ((node->number == 2256 || node->number == 2260) &&
	    variant->type == UA_EXTENSION_OBJECT && variant->count)
		hear_object(&listener, elements);
	what = meaning_of(node->number);
	if (what == BT_ID_COUNT || variant->type != UA_STRING)
		return;
	for (uint32_t i = 0; i < variant->count && i < NAME_SPACES_MAX; i++) {
		if (!ua_next(&elements, UA_STRING, &value))
			return;
		if (what == BT_ID_URI && i)
			return; /* further servers are not this one */
		if (node->number == 2255 && i == 0)
			continue; /* the specification's own name space */
		if (cur_left(&value.bytes))
			say(&listener, what, value.bytes);
	}
}
