/* SPDX-License-Identifier: Apache-2.0
 *
 * The structures that travel inside services or extension objects (OPC 10000-4, clause 7; OPC 10000-11
 * for history), in the order of their binary encoding. A field without a key is read and not shown.
 */
#include "fields.h"

const char *const ua_names_mode[] = {"invalid", "none", "sign", "sign_and_encrypt", NULL};
const char *const ua_names_timestamps[] = {"source", "server", "both", "neither", "invalid", NULL};
const char *const ua_names_application[] = {"server", "client", "client_and_server",
					    "discovery_server", NULL};
static const char *const names_token[] = {"anonymous", "user_name", "certificate", "issued", NULL};
static const char *const names_trigger[] = {"status", "status_value", "status_value_timestamp", NULL};
static const char *const names_deadband[] = {"none", "absolute", "percent", NULL};
static const char *const names_update[] = {"invalid", "insert", "replace", "update", "remove", NULL};
static const char *const names_state[] = {"running",  "failed",   "no_configuration",
					  "suspended", "shutdown", "test",
					  "communication_fault", "unknown", NULL};
static const char *const names_operator[] = {
	"equals", "is_null", "greater_than", "less_than", "greater_than_or_equal",
	"less_than_or_equal", "like", "not", "between", "in_list", "and", "or", "cast", "in_view",
	"of_type", "related_to", "bitwise_and", "bitwise_or", NULL};

const struct ua_field ua_application[] = {
	PLAIN("application_uri", STRING, APPLICATION_URI),
	PLAIN("product_uri", STRING, PRODUCT_URI),
	PLAIN("application_name", LOCALIZED_TEXT, APPLICATION),
	ENUM("application_type", ua_names_application, NONE),
	PLAIN("gateway_uri", STRING, NONE),
	PLAIN("discovery_profile", STRING, NONE),
	LIST("discovery_urls", STRING),
	END,
};

static const struct ua_field token_policy[] = {
	SHOW("policy_id", STRING),
	ENUM("kind", names_token, NONE),
	PLAIN("issued_type", STRING, NONE),
	PLAIN("issuer_url", STRING, NONE),
	PLAIN("security_policy", STRING, NONE),
	END,
};

const struct ua_field ua_endpoint[] = {
	SHOW("endpoint_url", STRING),
	PART(ua_application),
	ROLE("certificate", BYTE_STRING, CERTIFICATE),
	ENUM("security_mode", ua_names_mode, NONE),
	SHOW("security_policy", STRING),
	GROUPS("user_tokens", token_policy),
	PLAIN("transport_profile", STRING, NONE),
	SHOW("security_level", BYTE),
	END,
};

const struct ua_field ua_read_value[] = {
	ROLE("node_id", NODE_ID, NODE),
	ROLE("attribute", UINT32, ATTRIBUTE),
	PLAIN("index_range", STRING, NONE),
	READ(QUALIFIED_NAME),
	END,
};

static const struct ua_field filter_element[] = {
	ENUM("operator", names_operator, NONE),
	OBJECTS("operands"),
	END,
};

const struct ua_field ua_content_filter[] = {
	GROUPS("where", filter_element),
	END,
};

static const struct ua_field filter_element_result[] = {
	SHOW("status", STATUS_CODE),
	READ_LIST(STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

const struct ua_field ua_content_result[] = {
	GROUPS("where", filter_element_result),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

const struct ua_field ua_notification[] = {
	SHOW("notification_sequence", UINT32),
	SHOW("publish_time", DATE_TIME),
	OBJECTS("notifications"),
	END,
};

static const struct ua_field anonymous_token[] = {
	SHOW("policy_id", STRING),
	END,
};

static const struct ua_field user_name_token[] = {
	SHOW("policy_id", STRING),
	ROLE("user", STRING, USER),
	HEAR(BYTE_STRING, PASSWORD),
	ROLE("password_algorithm", STRING, PASSWORD_ALGORITHM),
	END,
};

static const struct ua_field certificate_token[] = {
	SHOW("policy_id", STRING),
	ROLE("user_certificate", BYTE_STRING, NONE),
	END,
};

static const struct ua_field issued_token[] = {
	SHOW("policy_id", STRING),
	READ(BYTE_STRING), /* a secret */
	SHOW("password_algorithm", STRING),
	END,
};

static const struct ua_field data_change_filter[] = {
	ENUM("trigger", names_trigger, NONE),
	ENUM("deadband_type", names_deadband, NONE),
	SHOW("deadband", DOUBLE),
	END,
};

static const struct ua_field simple_operand[] = {
	SHOW("type_definition", NODE_ID),
	LIST("browse_path", QUALIFIED_NAME),
	SHOW("operand_attribute", UINT32),
	PLAIN("operand_range", STRING, NONE),
	END,
};

static const struct ua_field event_filter[] = {
	GROUPS("select", simple_operand),
	PART(ua_content_filter),
	END,
};

static const struct ua_field aggregate_configuration[] = {
	READ(BOOLEAN), READ(BOOLEAN), READ(BYTE), READ(BYTE), READ(BOOLEAN), END,
};

static const struct ua_field aggregate_filter[] = {
	SHOW("start_time", DATE_TIME),
	SHOW("aggregate", NODE_ID),
	SHOW("processing_interval_ms", DOUBLE),
	PART(aggregate_configuration),
	END,
};

static const struct ua_field event_filter_result[] = {
	READ_LIST(STATUS_CODE),
	READ_LIST(DIAGNOSTIC_INFO),
	PART(ua_content_result),
	END,
};

static const struct ua_field aggregate_filter_result[] = {
	SHOW("start_time", DATE_TIME),
	SHOW("processing_interval_ms", DOUBLE),
	PART(aggregate_configuration),
	END,
};

static const struct ua_field element_operand[] = {
	SHOW("element", UINT32),
	END,
};

static const struct ua_field literal_operand[] = {
	SHOW("literal", VARIANT),
	END,
};

static const struct ua_field path_element[] = {
	READ(NODE_ID),
	READ(BOOLEAN),
	READ(BOOLEAN),
	SHOW("target", QUALIFIED_NAME),
	END,
};

const struct ua_field ua_relative_path[] = {
	FLAT("path", path_element),
	END,
};

static const struct ua_field attribute_operand[] = {
	SHOW("type_definition", NODE_ID),
	PLAIN("alias", STRING, NONE),
	PART(ua_relative_path),
	SHOW("operand_attribute", UINT32),
	PLAIN("operand_range", STRING, NONE),
	END,
};

static const struct ua_field changed_value[] = {
	ROLE("client_handle", UINT32, HANDLE),
	ROLE("value", DATA_VALUE, VALUE),
	END,
};

static const struct ua_field data_change[] = {
	ITEMS("items", changed_value),
	READ_LIST(DIAGNOSTIC_INFO),
	END,
};

static const struct ua_field event_fields[] = {
	ROLE("client_handle", UINT32, HANDLE),
	LIST("event_fields", VARIANT),
	END,
};

static const struct ua_field events[] = {
	ITEMS("items", event_fields),
	END,
};

static const struct ua_field status_change[] = {
	SHOW("status", STATUS_CODE),
	READ(DIAGNOSTIC_INFO),
	END,
};

/* ---- history ---- */

static const struct ua_field read_events[] = {
	SHOW("values_per_node", UINT32),
	SHOW("start_time", DATE_TIME),
	SHOW("end_time", DATE_TIME),
	PART(event_filter),
	END,
};

static const struct ua_field read_raw[] = {
	SHOW("modified", BOOLEAN),
	SHOW("start_time", DATE_TIME),
	SHOW("end_time", DATE_TIME),
	SHOW("values_per_node", UINT32),
	READ(BOOLEAN),
	END,
};

static const struct ua_field read_processed[] = {
	SHOW("start_time", DATE_TIME),
	SHOW("end_time", DATE_TIME),
	SHOW("processing_interval_ms", DOUBLE),
	LIST("aggregates", NODE_ID),
	PART(aggregate_configuration),
	END,
};

static const struct ua_field read_at_time[] = {
	LIST("times", DATE_TIME),
	READ(BOOLEAN),
	END,
};

static const struct ua_field history_data[] = {
	VALUES("history"),
	END,
};

static const struct ua_field modification[] = {
	SHOW("modification_time", DATE_TIME),
	ENUM("update", names_update, NONE),
	SHOW("user", STRING),
	END,
};

static const struct ua_field history_modified[] = {
	VALUES("history"),
	GROUPS("modifications", modification),
	END,
};

static const struct ua_field history_event_fields[] = {
	LIST("event_fields", VARIANT),
	END,
};

static const struct ua_field history_event[] = {
	GROUPS("events", history_event_fields),
	END,
};

static const struct ua_field update_data[] = {
	ROLE("node_id", NODE_ID, NODE),
	ENUM("update", names_update, NONE),
	VALUES("history"),
	END,
};

static const struct ua_field update_event[] = {
	ROLE("node_id", NODE_ID, NODE),
	ENUM("update", names_update, NONE),
	PART(event_filter),
	GROUPS("events", history_event_fields),
	END,
};

static const struct ua_field delete_raw[] = {
	ROLE("node_id", NODE_ID, NODE),
	SHOW("modified", BOOLEAN),
	SHOW("start_time", DATE_TIME),
	SHOW("end_time", DATE_TIME),
	END,
};

static const struct ua_field delete_at_time[] = {
	ROLE("node_id", NODE_ID, NODE),
	LIST("times", DATE_TIME),
	END,
};

static const struct ua_field delete_event[] = {
	ROLE("node_id", NODE_ID, NODE),
	READ_LIST(BYTE_STRING),
	END,
};

/* ---- attributes of nodes that are added ---- */

#define NODE_ATTRIBUTES \
	READ(UINT32), SHOW("display_name", LOCALIZED_TEXT), READ(LOCALIZED_TEXT), READ(UINT32), \
		READ(UINT32)

static const struct ua_field node_attributes[] = {NODE_ATTRIBUTES, END};
static const struct ua_field object_attributes[] = {NODE_ATTRIBUTES, READ(BYTE), END};
static const struct ua_field method_attributes[] = {NODE_ATTRIBUTES, READ(BOOLEAN), READ(BOOLEAN),
						    END};
static const struct ua_field type_attributes[] = {NODE_ATTRIBUTES, READ(BOOLEAN), END};
static const struct ua_field view_attributes[] = {NODE_ATTRIBUTES, READ(BOOLEAN), READ(BYTE), END};
static const struct ua_field reference_attributes[] = {NODE_ATTRIBUTES, READ(BOOLEAN),
						       READ(BOOLEAN), READ(LOCALIZED_TEXT), END};

static const struct ua_field variable_attributes[] = {
	NODE_ATTRIBUTES,
	ROLE("value", VARIANT, VALUE),
	SHOW("data_type", NODE_ID),
	READ(INT32),
	READ_LIST(UINT32),
	READ(BYTE),
	READ(BYTE),
	READ(DOUBLE),
	READ(BOOLEAN),
	END,
};

static const struct ua_field variable_type_attributes[] = {
	NODE_ATTRIBUTES,
	ROLE("value", VARIANT, VALUE),
	SHOW("data_type", NODE_ID),
	READ(INT32),
	READ_LIST(UINT32),
	READ(BOOLEAN),
	END,
};

/* ---- values that tell who a server is ---- */

static const struct ua_field build_info[] = {
	ROLE("product_uri", STRING, PRODUCT_URI),
	ROLE("manufacturer", STRING, MANUFACTURER),
	ROLE("product", STRING, PRODUCT),
	ROLE("software_version", STRING, SOFTWARE),
	ROLE("build_number", STRING, BUILD),
	SHOW("build_date", DATE_TIME),
	END,
};

static const struct ua_field server_status[] = {
	SHOW("start_time", DATE_TIME),
	SHOW("current_time", DATE_TIME),
	ENUM("state", names_state, NONE),
	PART(build_info),
	READ(UINT32),
	READ(LOCALIZED_TEXT),
	END,
};

static const struct ua_field mdns[] = {
	SHOW("mdns_name", STRING),
	LIST("capabilities", STRING),
	END,
};

/* In order of their ids: ua_structure() searches by halves. */
const struct ua_structure ua_structures[] = {
	{321, "anonymous", "user_token", anonymous_token},
	{324, "user_name", "user_token", user_name_token},
	{327, "certificate", "user_token", certificate_token},
	{340, "build_info", NULL, build_info},
	{351, "node_attributes", "attributes", node_attributes},
	{354, "object_attributes", "attributes", object_attributes},
	{357, "variable_attributes", "attributes", variable_attributes},
	{360, "method_attributes", "attributes", method_attributes},
	{363, "object_type_attributes", "attributes", type_attributes},
	{366, "variable_type_attributes", "attributes", variable_type_attributes},
	{369, "reference_type_attributes", "attributes", reference_attributes},
	{372, "data_type_attributes", "attributes", type_attributes},
	{375, "view_attributes", "attributes", view_attributes},
	{594, "element_operand", "operands", element_operand},
	{597, "literal_operand", "operands", literal_operand},
	{600, "attribute_operand", "operands", attribute_operand},
	{603, "simple_attribute_operand", "operands", simple_operand},
	{646, "read_event_details", "details", read_events},
	{649, "read_raw_modified_details", "details", read_raw},
	{652, "read_processed_details", "details", read_processed},
	{655, "read_at_time_details", "details", read_at_time},
	{658, "history_data", "details", history_data},
	{661, "history_event", "details", history_event},
	{682, "update_data_details", "nodes", update_data},
	{685, "update_event_details", "nodes", update_event},
	{688, "delete_raw_modified_details", "nodes", delete_raw},
	{691, "delete_at_time_details", "nodes", delete_at_time},
	{694, "delete_event_details", "nodes", delete_event},
	{724, "data_change_filter", "filter", data_change_filter},
	{727, "event_filter", "filter", event_filter},
	{730, "aggregate_filter", "filter", aggregate_filter},
	{736, "event_filter_result", "filter", event_filter_result},
	{739, "aggregate_filter_result", "filter", aggregate_filter_result},
	{811, "data_change_notification", "notifications", data_change},
	{820, "status_change_notification", "notifications", status_change},
	{864, "server_status", NULL, server_status},
	{916, "event_notification_list", "notifications", events},
	{940, "issued", "user_token", issued_token},
	{11227, "history_modified_data", "details", history_modified},
	{11300, "update_structure_data_details", "nodes", update_data},
	{12901, "mdns_discovery_configuration", "configurations", mdns},
};
const size_t ua_structure_count = sizeof(ua_structures) / sizeof(ua_structures[0]);

const struct ua_structure *ua_structure(const struct ua_node *type)
{
	size_t low = 0, high = ua_structure_count;

	if (!ua_is_of_specification(type) || !type->number)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ua_structures[middle].id < type->number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ua_structure_count && ua_structures[low].id == type->number ?
		       &ua_structures[low] :
		       NULL;
}
