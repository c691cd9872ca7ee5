/* SPDX-License-Identifier: Apache-2.0
 *
 * Values, history and methods (OPC 10000-4, 5.11 and 5.12).
 */
#include "fields.h"

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

static const struct ua_service services[] = {
	{"read", 631, 634, BT_ACT_READ, true, read, values},
	{"history_read", 664, 667, BT_ACT_READ, true, history_read, history},
	{"write", 673, 676, BT_ACT_WRITE, true, write, ua_statuses},
	{"history_update", 700, 703, BT_ACT_WRITE, true, history_update, history_updated},
	{"call", 712, 715, BT_ACT_CONTROL, true, call, called},
};

const struct ua_service_set ua_value_services = {services, sizeof(services) / sizeof(services[0])};
