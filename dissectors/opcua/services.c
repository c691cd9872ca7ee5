/* SPDX-License-Identifier: Apache-2.0
 *
 * Every service with the fields of its request and its response (OPC 10000-4, clause 5), behind the
 * header that all requests or all responses have. The numbers are the node ids of their binary
 * encodings.
 */
#include "fields.h"

static const char *const names_request_type[] = {"issue", "renew", NULL};
static const char *const names_direction[] = {"forward", "inverse", "both", NULL};
static const char *const names_monitoring[] = {"disabled", "sampling", "reporting", NULL};

const struct ua_field ua_request_header[] = {
	ROLE("session", NODE_ID, SESSION),
	SHOW("timestamp", DATE_TIME),
	SHOW("handle", UINT32),
	READ(UINT32),
	PLAIN("audit", STRING, NONE),
	SHOW("timeout_ms", UINT32),
	READ(EXTENSION_OBJECT),
	END,
};

const struct ua_field ua_response_header[] = {
	SHOW("timestamp", DATE_TIME),
	SHOW("handle", UINT32),
	ROLE("result", STATUS_CODE, RESULT),
	READ(DIAGNOSTIC_INFO),
	READ_LIST(STRING),
	READ(EXTENSION_OBJECT),
	END,
};

/* What most responses are: a status for each item that was asked for. */
static const struct ua_field statuses[] = {
	STATUSES("statuses"),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

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
	{.key = "server_names", .type = UA_LOCALIZED_TEXT, .flags = UA_ARRAY,
	 .role = ROLE_APPLICATION},
	ENUM("application_type", ua_names_application, APPLICATION_TYPE),
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
	ENUM("request_type", names_request_type, RENEWAL),
	ENUM("security_mode", ua_names_mode, MODE),
	READ(BYTE_STRING), /* nonce */
	SHOW("lifetime_ms", UINT32),
	END,
};

static const struct ua_field channel_opened[] = {
	SHOW("protocol_version", UINT32),
	ROLE("channel_id", UINT32, CHANNEL),
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
static const struct ua_field nothing[] = {END};

/* ---- nodes ---- */

static const struct ua_field add_node[] = {
	SHOW("parent", EXPANDED_NODE_ID),
	SHOW("reference_type", NODE_ID),
	ROLE("node_id", EXPANDED_NODE_ID, NODE),
	SHOW("browse_name", QUALIFIED_NAME),
	SHOW("node_class", UINT32),
	SHOW("attributes", EXTENSION_OBJECT),
	SHOW("type_definition", EXPANDED_NODE_ID),
	END,
};
static const struct ua_field add_nodes[] = {ITEMS("nodes", add_node), END};

static const struct ua_field added_node[] = {
	ROLE("status", STATUS_CODE, STATUS),
	ROLE("node_id", NODE_ID, NODE),
	END,
};
static const struct ua_field nodes_added[] = {
	ITEMS("results", added_node),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field add_reference[] = {
	ROLE("node_id", NODE_ID, NODE),
	SHOW("reference_type", NODE_ID),
	SHOW("forward", BOOLEAN),
	PLAIN("target_server", STRING, NONE),
	SHOW("target", EXPANDED_NODE_ID),
	SHOW("node_class", UINT32),
	END,
};
static const struct ua_field add_references[] = {ITEMS("nodes", add_reference), END};

static const struct ua_field delete_node[] = {
	ROLE("node_id", NODE_ID, NODE),
	SHOW("delete_references", BOOLEAN),
	END,
};
static const struct ua_field delete_nodes[] = {ITEMS("nodes", delete_node), END};

static const struct ua_field delete_reference[] = {
	ROLE("node_id", NODE_ID, NODE),
	SHOW("reference_type", NODE_ID),
	SHOW("forward", BOOLEAN),
	SHOW("target", EXPANDED_NODE_ID),
	READ(BOOLEAN),
	END,
};
static const struct ua_field delete_references[] = {ITEMS("nodes", delete_reference), END};

/* ---- browsing and queries ---- */

static const struct ua_field view[] = {
	PLAIN("view", NODE_ID, NONE),
	READ(DATE_TIME),
	READ(UINT32),
	END,
};

static const struct ua_field browse_node[] = {
	ROLE("node_id", NODE_ID, NODE),
	ENUM("direction", names_direction, NONE),
	PLAIN("reference_type", NODE_ID, NONE),
	SHOW("subtypes", BOOLEAN),
	SHOW("node_class", UINT32),
	READ(UINT32),
	END,
};

static const struct ua_field browse[] = {
	PART(view),
	SHOW("max_references", UINT32),
	ITEMS("nodes", browse_node),
	END,
};

static const struct ua_field reference[] = {
	SHOW("reference_type", NODE_ID),
	SHOW("forward", BOOLEAN),
	SHOW("node_id", EXPANDED_NODE_ID),
	SHOW("browse_name", QUALIFIED_NAME),
	SHOW("display_name", LOCALIZED_TEXT),
	SHOW("node_class", UINT32),
	PLAIN("type_definition", EXPANDED_NODE_ID, NONE),
	END,
};

static const struct ua_field browse_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	PLAIN("continuation", BYTE_STRING, NONE),
	GROUPS("references", reference),
	END,
};

static const struct ua_field browsed[] = {
	ITEMS("results", browse_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field browse_next[] = {
	SHOW("release", BOOLEAN),
	LIST("continuations", BYTE_STRING),
	END,
};

static const struct ua_field browse_path[] = {
	ROLE("node_id", NODE_ID, NODE),
	PART(ua_relative_path),
	END,
};
static const struct ua_field translate[] = {ITEMS("nodes", browse_path), END};

static const struct ua_field path_target[] = {SHOW("node_id", EXPANDED_NODE_ID), READ(UINT32), END};
static const struct ua_field path_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	GROUPS("targets", path_target),
	END,
};
static const struct ua_field translated[] = {
	ITEMS("results", path_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field node_list[] = {NODES("node_ids"), END};

static const struct ua_field query_data[] = {
	PART(ua_relative_path),
	ROLE("attribute", UINT32, ATTRIBUTE),
	PLAIN("index_range", STRING, NONE),
	END,
};

static const struct ua_field query_type[] = {
	ROLE("node_id", EXPANDED_NODE_ID, NODE),
	SHOW("subtypes", BOOLEAN),
	GROUPS("data", query_data),
	END,
};

static const struct ua_field query_first[] = {
	PART(view),
	ITEMS("nodes", query_type),
	PART(ua_content_filter),
	SHOW("max_records", UINT32),
	SHOW("max_references", UINT32),
	END,
};

static const struct ua_field query_set[] = {
	ROLE("node_id", EXPANDED_NODE_ID, NODE),
	SHOW("type_definition", EXPANDED_NODE_ID),
	ARGUMENTS("output"),
	END,
};

static const struct ua_field parsing_result[] = {
	SHOW("status", STATUS_CODE),
	READ_LIST(STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field query_answer[] = {
	ITEMS("results", query_set),
	PLAIN("continuation", BYTE_STRING, NONE),
	GROUPS("parsing", parsing_result),
	READ_LIST(DIAGNOSTIC_INFO),
	PART(ua_content_result),
	END,
};

static const struct ua_field query_next[] = {
	SHOW("release", BOOLEAN),
	PLAIN("continuation", BYTE_STRING, NONE),
	END,
};

static const struct ua_field query_more[] = {
	ITEMS("results", query_set),
	PLAIN("continuation", BYTE_STRING, NONE),
	END,
};

/* ---- attributes and methods ---- */

static const struct ua_field read[] = {
	SHOW("max_age_ms", DOUBLE),
	ENUM("timestamps", ua_names_timestamps, NONE),
	ITEMS("nodes", ua_read_value),
	END,
};

static const struct ua_field values[] = {
	RESULTS("results"),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field history_node[] = {
	ROLE("node_id", NODE_ID, NODE),
	PLAIN("index_range", STRING, NONE),
	READ(QUALIFIED_NAME),
	PLAIN("continuation", BYTE_STRING, NONE),
	END,
};

static const struct ua_field history_read[] = {
	SHOW("details", EXTENSION_OBJECT),
	ENUM("timestamps", ua_names_timestamps, NONE),
	SHOW("release", BOOLEAN),
	ITEMS("nodes", history_node),
	END,
};

static const struct ua_field history_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	PLAIN("continuation", BYTE_STRING, NONE),
	SHOW("details", EXTENSION_OBJECT),
	END,
};

static const struct ua_field history[] = {
	ITEMS("results", history_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field write_value[] = {
	ROLE("node_id", NODE_ID, NODE),
	ROLE("attribute", UINT32, ATTRIBUTE),
	PLAIN("index_range", STRING, NONE),
	ROLE("value", DATA_VALUE, VALUE),
	END,
};
static const struct ua_field write[] = {ITEMS("nodes", write_value), END};

static const struct ua_field history_update[] = {OBJECT_ITEMS("nodes"), END};

static const struct ua_field update_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	LIST("statuses", STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};
static const struct ua_field history_updated[] = {
	ITEMS("results", update_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field method[] = {
	ROLE("node_id", NODE_ID, NODE),
	ROLE("method", NODE_ID, METHOD),
	ARGUMENTS("input"),
	END,
};
static const struct ua_field call[] = {ITEMS("nodes", method), END};

static const struct ua_field method_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	LIST("statuses", STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	ARGUMENTS("output"),
	END,
};
static const struct ua_field called[] = {
	ITEMS("results", method_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

/* ---- monitored items and subscriptions ---- */

#define SUBSCRIPTION ROLE("subscription", UINT32, SUBSCRIPTION)

static const struct ua_field monitoring[] = {
	ROLE("client_handle", UINT32, HANDLE),
	SHOW("sampling_interval_ms", DOUBLE),
	SHOW("filter", EXTENSION_OBJECT),
	SHOW("queue_size", UINT32),
	READ(BOOLEAN),
	END,
};

static const struct ua_field monitored_item[] = {
	PART(ua_read_value),
	ENUM("monitoring", names_monitoring, NONE),
	PART(monitoring),
	END,
};

static const struct ua_field create_items[] = {
	SUBSCRIPTION,
	ENUM("timestamps", ua_names_timestamps, NONE),
	ITEMS("nodes", monitored_item),
	END,
};

static const struct ua_field created_item[] = {
	ROLE("status", STATUS_CODE, STATUS),
	ROLE("monitored_item", UINT32, MONITORED),
	SHOW("sampling_interval_ms", DOUBLE),
	SHOW("queue_size", UINT32),
	SHOW("filter", EXTENSION_OBJECT),
	END,
};
static const struct ua_field items_created[] = {
	ITEMS("results", created_item),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field modify_item[] = {
	ROLE("monitored_item", UINT32, MONITORED),
	PART(monitoring),
	END,
};
static const struct ua_field modify_items[] = {
	SUBSCRIPTION,
	ENUM("timestamps", ua_names_timestamps, NONE),
	ITEMS("nodes", modify_item),
	END,
};

static const struct ua_field modified_item[] = {
	ROLE("status", STATUS_CODE, STATUS),
	SHOW("sampling_interval_ms", DOUBLE),
	SHOW("queue_size", UINT32),
	SHOW("filter", EXTENSION_OBJECT),
	END,
};
static const struct ua_field items_modified[] = {
	ITEMS("results", modified_item),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field set_mode[] = {
	SUBSCRIPTION,
	ENUM("monitoring", names_monitoring, NONE),
	LIST("monitored_items", UINT32),
	END,
};

static const struct ua_field set_triggering[] = {
	SUBSCRIPTION,
	SHOW("triggering_item", UINT32),
	LIST("links_added", UINT32),
	LIST("links_removed", UINT32),
	END,
};

static const struct ua_field triggering_set[] = {
	STATUSES("statuses"),
	READ_LIST(DIAGNOSTIC_INFO),
	STATUSES("removed_statuses"),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field delete_items[] = {
	SUBSCRIPTION,
	LIST("monitored_items", UINT32),
	END,
};

static const struct ua_field create_subscription[] = {
	SHOW("publishing_interval_ms", DOUBLE),
	SHOW("lifetime_count", UINT32),
	SHOW("keep_alive_count", UINT32),
	SHOW("max_notifications", UINT32),
	SHOW("publishing", BOOLEAN),
	SHOW("priority", BYTE),
	END,
};

static const struct ua_field subscription_created[] = {
	SUBSCRIPTION,
	SHOW("publishing_interval_ms", DOUBLE),
	SHOW("lifetime_count", UINT32),
	SHOW("keep_alive_count", UINT32),
	END,
};

static const struct ua_field modify_subscription[] = {
	SUBSCRIPTION,
	SHOW("publishing_interval_ms", DOUBLE),
	SHOW("lifetime_count", UINT32),
	SHOW("keep_alive_count", UINT32),
	SHOW("max_notifications", UINT32),
	SHOW("priority", BYTE),
	END,
};

static const struct ua_field subscription_modified[] = {
	SHOW("publishing_interval_ms", DOUBLE),
	SHOW("lifetime_count", UINT32),
	SHOW("keep_alive_count", UINT32),
	END,
};

static const struct ua_field set_publishing[] = {
	SHOW("publishing", BOOLEAN),
	LIST("subscriptions", UINT32),
	END,
};

static const struct ua_field acknowledgement[] = {
	SHOW("subscription", UINT32),
	SHOW("notification_sequence", UINT32),
	END,
};
static const struct ua_field publish[] = {GROUPS("acknowledgements", acknowledgement), END};

static const struct ua_field published[] = {
	SUBSCRIPTION,
	LIST("available", UINT32),
	SHOW("more_notifications", BOOLEAN),
	PART(ua_notification),
	LIST("statuses", STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field republish[] = {
	SUBSCRIPTION,
	SHOW("notification_sequence", UINT32),
	END,
};

static const struct ua_field transfer[] = {
	LIST("subscriptions", UINT32),
	SHOW("initial_values", BOOLEAN),
	END,
};

static const struct ua_field transfer_result[] = {
	ROLE("status", STATUS_CODE, STATUS),
	LIST("available", UINT32),
	END,
};
static const struct ua_field transferred[] = {
	ITEMS("results", transfer_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field subscription_list[] = {LIST("subscriptions", UINT32), END};

const struct ua_service ua_services[] = {
	{"service_fault", 0, 397, BT_ACT_OTHER, false, nothing, nothing},
	{"find_servers", 422, 425, BT_ACT_IDENTIFY, false, find_servers, servers},
	{"find_servers_on_network", 12208, 12209, BT_ACT_IDENTIFY, false, find_on_network,
	 servers_on_network},
	{"get_endpoints", 428, 431, BT_ACT_IDENTIFY, false, get_endpoints, endpoints},
	{"register_server", 437, 440, BT_ACT_CONFIGURE, false, register_server, nothing},
	{"register_server_2", 12211, 12212, BT_ACT_CONFIGURE, false, register_server_2, statuses},
	{"open_secure_channel", 446, 449, BT_ACT_AUTHENTICATE, false, open_channel, channel_opened},
	{"close_secure_channel", 452, 455, BT_ACT_AUTHENTICATE, false, nothing, nothing},
	{"create_session", 461, 464, BT_ACT_AUTHENTICATE, false, create_session, session_created},
	{"activate_session", 467, 470, BT_ACT_AUTHENTICATE, false, activate_session,
	 session_activated},
	{"close_session", 473, 476, BT_ACT_AUTHENTICATE, false, close_session, nothing},
	{"cancel", 479, 482, BT_ACT_OTHER, false, cancel, cancelled},
	{"add_nodes", 488, 491, BT_ACT_CONFIGURE, true, add_nodes, nodes_added},
	{"add_references", 494, 497, BT_ACT_CONFIGURE, true, add_references, statuses},
	{"delete_nodes", 500, 503, BT_ACT_CONFIGURE, true, delete_nodes, statuses},
	{"delete_references", 506, 509, BT_ACT_CONFIGURE, true, delete_references, statuses},
	{"browse", 527, 530, BT_ACT_IDENTIFY, true, browse, browsed},
	{"browse_next", 533, 536, BT_ACT_IDENTIFY, false, browse_next, browsed},
	{"translate_browse_paths", 554, 557, BT_ACT_IDENTIFY, true, translate, translated},
	{"register_nodes", 560, 563, BT_ACT_IDENTIFY, true, node_list, node_list},
	{"unregister_nodes", 566, 569, BT_ACT_IDENTIFY, true, node_list, nothing},
	{"query_first", 615, 618, BT_ACT_READ, true, query_first, query_answer},
	{"query_next", 621, 624, BT_ACT_READ, false, query_next, query_more},
	{"read", 631, 634, BT_ACT_READ, true, read, values},
	{"history_read", 664, 667, BT_ACT_READ, true, history_read, history},
	{"write", 673, 676, BT_ACT_WRITE, true, write, statuses},
	{"history_update", 700, 703, BT_ACT_WRITE, true, history_update, history_updated},
	{"call", 712, 715, BT_ACT_CONTROL, true, call, called},
	{"create_monitored_items", 751, 754, BT_ACT_SUBSCRIBE, true, create_items, items_created},
	{"modify_monitored_items", 763, 766, BT_ACT_SUBSCRIBE, false, modify_items,
	 items_modified},
	{"set_monitoring_mode", 769, 772, BT_ACT_SUBSCRIBE, false, set_mode, statuses},
	{"set_triggering", 775, 778, BT_ACT_SUBSCRIBE, false, set_triggering, triggering_set},
	{"delete_monitored_items", 781, 784, BT_ACT_SUBSCRIBE, false, delete_items, statuses},
	{"create_subscription", 787, 790, BT_ACT_SUBSCRIBE, false, create_subscription,
	 subscription_created},
	{"modify_subscription", 793, 796, BT_ACT_SUBSCRIBE, false, modify_subscription,
	 subscription_modified},
	{"set_publishing_mode", 799, 802, BT_ACT_SUBSCRIBE, false, set_publishing, statuses},
	{"publish", 826, 829, BT_ACT_REPORT, true, publish, published},
	{"republish", 832, 835, BT_ACT_REPORT, true, republish, ua_notification},
	{"transfer_subscriptions", 841, 844, BT_ACT_SUBSCRIBE, false, transfer, transferred},
	{"delete_subscriptions", 847, 850, BT_ACT_SUBSCRIBE, false, subscription_list, statuses},
};
const size_t ua_service_count = sizeof(ua_services) / sizeof(ua_services[0]);

const struct ua_service *ua_service(uint32_t type, bool *answer)
{
	for (size_t i = 0; type && i < ua_service_count; i++) {
		if (type != ua_services[i].request && type != ua_services[i].response)
			continue;
		*answer = type == ua_services[i].response;
		return &ua_services[i];
	}
	return NULL;
}
