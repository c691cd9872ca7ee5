/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery, secure channels and sessions (OPC 10000-4, 5.5 to 5.7).
 */
#include "fields.h"

static const char *const names_request_type[] = {"issue", "renew", NULL};

/* ---- discovery ---- */

static const struct ua_field find_servers[] = {
	SHOW("endpoint_url", STRING),
	LIST("locales", STRING),
	LIST("server_uris", STRING),
	END,
};

static const struct ua_field servers[] = {
	GROUPS("servers", ua_application),
	END,
};

static const struct ua_field find_on_network[] = {
	SHOW("first_record", UINT32),
	SHOW("max_records", UINT32),
	LIST("capabilities", STRING),
	END,
};

static const struct ua_field server_on_network[] = {
	SHOW("record", UINT32),
	SHOW("server_name", STRING),
	SHOW("discovery_url", STRING),
	LIST("capabilities", STRING),
	END,
};

static const struct ua_field servers_on_network[] = {
	READ(DATE_TIME),
	GROUPS("servers", server_on_network),
	END,
};

static const struct ua_field get_endpoints[] = {
	SHOW("endpoint_url", STRING),
	LIST("locales", STRING),
	LIST("profiles", STRING),
	END,
};

static const struct ua_field endpoints[] = {
	GROUPS("endpoints", ua_endpoint),
	END,
};

static const struct ua_field register_server[] = {
	ROLE("application_uri", STRING, APPLICATION_URI),
	ROLE("product_uri", STRING, PRODUCT_URI),
	{KEY("server_names"), .type = UA_LOCALIZED_TEXT, .flags = UA_ARRAY,
	 .role = ROLE_APPLICATION},
	ENUM("application_type", ua_names_application, NONE),
	PLAIN("gateway_uri", STRING, NONE),
	LIST("discovery_urls", STRING),
	PLAIN("semaphore_file", STRING, NONE),
	SHOW("online", BOOLEAN),
	END,
};

static const struct ua_field register_server_2[] = {
	PART(register_server),
	OBJECTS("configurations"),
	END,
};

/* ---- secure channel and session ---- */

static const struct ua_field open_channel[] = {
	SHOW("protocol_version", UINT32),
	ENUM("request_type", names_request_type, NONE),
	ENUM("security_mode", ua_names_mode, NONE),
	READ(BYTE_STRING), /* nonce */
	SHOW("lifetime_ms", UINT32),
	END,
};

static const struct ua_field channel_opened[] = {
	SHOW("protocol_version", UINT32),
	SHOW("channel_id", UINT32),
	ROLE("token_id", UINT32, TOKEN),
	SHOW("created", DATE_TIME),
	SHOW("lifetime_ms", UINT32),
	READ(BYTE_STRING),
	END,
};

static const struct ua_field software_certificate[] = {READ(BYTE_STRING), READ(BYTE_STRING), END};

static const struct ua_field signature[] = {
	PLAIN("signature_algorithm", STRING, NONE),
	READ(BYTE_STRING),
	END,
};

static const struct ua_field token_signature[] = {
	PLAIN("token_signature_algorithm", STRING, NONE),
	READ(BYTE_STRING),
	END,
};

static const struct ua_field create_session[] = {
	PART(ua_application),
	PLAIN("server_uri", STRING, NONE),
	SHOW("endpoint_url", STRING),
	ROLE("session_name", STRING, SESSION_NAME),
	READ(BYTE_STRING),
	ROLE("certificate", BYTE_STRING, CERTIFICATE),
	SHOW("session_timeout_ms", DOUBLE),
	SHOW("max_message", UINT32),
	END,
};

static const struct ua_field session_created[] = {
	SHOW("session_id", NODE_ID),
	ROLE("new_session", NODE_ID, SESSION),
	SHOW("session_timeout_ms", DOUBLE),
	READ(BYTE_STRING),
	ROLE("certificate", BYTE_STRING, CERTIFICATE),
	GROUPS("endpoints", ua_endpoint),
	{.type = UA_STRUCTURE, .flags = UA_ARRAY, .of = software_certificate},
	PART(signature),
	SHOW("max_message", UINT32),
	END,
};

static const struct ua_field activate_session[] = {
	PART(signature),
	{.type = UA_STRUCTURE, .flags = UA_ARRAY, .of = software_certificate},
	LIST("locales", STRING),
	SHOW("user_token", EXTENSION_OBJECT),
	PART(token_signature),
	END,
};

static const struct ua_field session_activated[] = {
	READ(BYTE_STRING),
	LIST("statuses", STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field close_session[] = {SHOW("delete_subscriptions", BOOLEAN), END};
static const struct ua_field cancel[] = {SHOW("cancelled_handle", UINT32), END};
static const struct ua_field cancelled[] = {SHOW("cancelled", UINT32), END};

static const struct ua_service services[] = {
	{"find_servers", 422, 425, BT_ACT_IDENTIFY, false, find_servers, servers},
	{"find_servers_on_network", 12208, 12209, BT_ACT_IDENTIFY, false, find_on_network,
	 servers_on_network},
	{"get_endpoints", 428, 431, BT_ACT_IDENTIFY, false, get_endpoints, endpoints},
	{"register_server", 437, 440, BT_ACT_CONFIGURE, false, register_server, ua_nothing},
	{"register_server_2", 12211, 12212, BT_ACT_CONFIGURE, false, register_server_2, ua_statuses},
	{"open_secure_channel", 446, 449, BT_ACT_AUTHENTICATE, false, open_channel, channel_opened},
	{"close_secure_channel", 452, 455, BT_ACT_SESSION, false, ua_nothing, ua_nothing},
	{"create_session", 461, 464, BT_ACT_AUTHENTICATE, false, create_session, session_created},
	{"activate_session", 467, 470, BT_ACT_AUTHENTICATE, false, activate_session,
	 session_activated},
	{"close_session", 473, 476, BT_ACT_SESSION, false, close_session, ua_nothing},
	{"cancel", 479, 482, BT_ACT_SESSION, false, cancel, cancelled},
};

const struct ua_service_set ua_session_services = {services, sizeof(services) / sizeof(services[0])};
