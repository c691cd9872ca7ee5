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
};

static void begin(struct ua_heard *heard, struct bt_station who, const char *source)
{
	heard->who = who;
	heard->source = source;
	heard->count = heard->certificates = 0;
	heard->certificate = cur_of(NULL, 0);
}

static void say(struct bt_context *ctx, const struct ua_heard *heard, enum bt_identity what,
		struct bt_cursor text)
{
	bt_identity(ctx, heard->who, what, text, heard->source);
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

static void say_certificate(struct bt_context *ctx, const struct ua_heard *heard,
			    struct bt_cursor der)
{
	static const char digits[] = "0123456789abcdef";
	struct bt_certificate certificate;
	char text[BT_CERTIFICATE_TEXT + 80];
	size_t used;

	if (!bt_certificate(der, &certificate)) {
		bt_break(ctx, &opcua_bad_certificate, "%zu bytes", cur_left(&der));
		return;
	}
	judge(ctx, &certificate);
	used = (size_t)snprintf(text, sizeof(text), "%s, SHA-1 ", certificate.subject);
	for (size_t i = 0; i < BT_THUMBPRINT_BYTES; i++) { /* there is room: the subject is cut */
		text[used++] = digits[certificate.thumbprint[i] >> 4];
		text[used++] = digits[certificate.thumbprint[i] & 15];
	}
	text[used] = '\0';
	say(ctx, heard, BT_ID_CERTIFICATE, text_of(text));
	if (certificate.uri[0])
		say(ctx, heard, BT_ID_URI, text_of(certificate.uri));
}

/* Endpoints repeat the application's names. */
static bool was_heard(const struct ua_heard *heard, uint8_t role, struct bt_cursor text)
{
	for (unsigned i = 0; i < heard->count; i++) {
		if (heard->texts[i].role == role && cur_equal(heard->texts[i].text, text))
			return true;
	}
	return false;
}

void ua_hear(struct ua_heard *heard, uint8_t role, struct bt_cursor text)
{
	if (!cur_left(&text) || heard->count == HEARD_MAX)
		return;
	if (role == ROLE_CERTIFICATE) {
		if (heard->certificates == CERTIFICATES_MAX ||
		    cur_equal(text, heard->certificate))
			return;
		heard->certificates++;
		heard->certificate = text;
	} else if (was_heard(heard, role, text)) {
		return;
	}
	heard->texts[heard->count].role = role;
	heard->texts[heard->count++].text = text;
}

void ua_identify(struct bt_context *ctx, const struct ua_heard *heard)
{
	static const uint8_t meanings[ROLE_COUNT] = {
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

	for (unsigned i = 0; i < heard->count; i++) {
		if (heard->texts[i].role == ROLE_CERTIFICATE)
			say_certificate(ctx, heard, heard->texts[i].text);
		else
			say(ctx, heard, meanings[heard->texts[i].role], heard->texts[i].text);
	}
}

void ua_certificate(struct bt_context *ctx, struct bt_cursor der, bool client)
{
	struct ua_heard heard;

	begin(&heard, client ? bt_client() : bt_server(BT_NO_UNIT), "OPC UA secure channel");
	ua_hear(&heard, ROLE_CERTIFICATE, der);
	ua_identify(ctx, &heard);
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

bool ua_listen(struct ua_heard *heard, const struct ua_message *message)
{
	const char *source;
	bool client;

	if (!message->service)
		return false;
	source = source_of(message, &client);
	if (source)
		begin(heard, client ? bt_client() : bt_server(BT_NO_UNIT), source);
	return source;
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

static void hear(void *visitor, enum ua_event event, const struct ua_field *field,
		 const struct ua_value *value)
{
	if (event == UA_SAYS_VALUE)
		ua_hear(visitor, field->role, value->bytes);
}

static void hear_object(struct ua_heard *heard, struct bt_cursor elements)
{
	const struct ua_structure *structure;
	struct ua_walk walk = {.roles = UA_IDENTITY_ROLES, .visit = hear, .visitor = heard};
	struct ua_value value;

	if (!ua_next(&elements, UA_EXTENSION_OBJECT, &value))
		return;
	structure = ua_structure(&value.node);
	if (!structure || value.null)
		return;
	walk.at = value.bytes;
	ua_walk(&walk, structure->fields);
}

void ua_identify_read(struct bt_context *ctx, const struct ua_node *node,
		      const struct ua_variant *variant)
{
	struct bt_cursor elements = variant->elements;
	enum bt_identity what;
	struct ua_heard heard;
	struct ua_value value;

	if (!ua_is_of_specification(node) || node->server)
		return;
	begin(&heard, bt_server(BT_NO_UNIT), "OPC UA Read");
	if ((node->number == 2256 || node->number == 2260) &&
	    variant->type == UA_EXTENSION_OBJECT && variant->count) {
		hear_object(&heard, elements);
		ua_identify(ctx, &heard);
	}
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
			say(ctx, &heard, what, value.bytes);
	}
}
