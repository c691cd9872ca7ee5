/* SPDX-License-Identifier: Apache-2.0
 *
 * Nodes, browsing and queries (OPC 10000-4, 5.8 to 5.10).
 */
#include "fields.h"

static const char *const names_direction[] = {"forward", "inverse", "both", NULL};

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

static const struct ua_service services[] = {
	{"add_nodes", 488, 491, BT_ACT_CONFIGURE, true, add_nodes, nodes_added},
	{"add_references", 494, 497, BT_ACT_CONFIGURE, true, add_references, ua_statuses},
	{"delete_nodes", 500, 503, BT_ACT_CONFIGURE, true, delete_nodes, ua_statuses},
	{"delete_references", 506, 509, BT_ACT_CONFIGURE, true, delete_references, ua_statuses},
	{"browse", 527, 530, BT_ACT_IDENTIFY, true, browse, browsed},
	{"browse_next", 533, 536, BT_ACT_IDENTIFY, false, browse_next, browsed},
	{"translate_browse_paths", 554, 557, BT_ACT_IDENTIFY, true, translate, translated},
	{"register_nodes", 560, 563, BT_ACT_IDENTIFY, true, node_list, node_list},
	{"unregister_nodes", 566, 569, BT_ACT_IDENTIFY, true, node_list, ua_nothing},
	{"query_first", 615, 618, BT_ACT_READ, true, query_first, query_answer},
	{"query_next", 621, 624, BT_ACT_READ, false, query_next, query_more},
};

const struct ua_service_set ua_node_services = {services, sizeof(services) / sizeof(services[0])};
