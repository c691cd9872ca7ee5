/* SPDX-License-Identifier: Apache-2.0
 *
 * Monitored items, subscriptions and what they report (OPC 10000-4, 5.13 and 5.14).
 */
#include "fields.h"

static const char *const names_monitoring[] = {"disabled", "sampling", "reporting", NULL};

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

static const struct ua_service services[] = {
	{"create_monitored_items", 751, 754, BT_ACT_SUBSCRIBE, true, create_items, items_created},
	{"modify_monitored_items", 763, 766, BT_ACT_SUBSCRIBE, false, modify_items,
	 items_modified},
	{"set_monitoring_mode", 769, 772, BT_ACT_SUBSCRIBE, false, set_mode, ua_statuses},
	{"set_triggering", 775, 778, BT_ACT_SUBSCRIBE, false, set_triggering, triggering_set},
	{"delete_monitored_items", 781, 784, BT_ACT_SUBSCRIBE, false, delete_items, ua_statuses},
	{"create_subscription", 787, 790, BT_ACT_SUBSCRIBE, false, create_subscription,
	 subscription_created},
	{"modify_subscription", 793, 796, BT_ACT_SUBSCRIBE, false, modify_subscription,
	 subscription_modified},
	{"set_publishing_mode", 799, 802, BT_ACT_SUBSCRIBE, false, set_publishing, ua_statuses},
	{"publish", 826, 829, BT_ACT_REPORT, false, publish, published},
	{"republish", 832, 835, BT_ACT_REPORT, false, republish, ua_notification},
	{"transfer_subscriptions", 841, 844, BT_ACT_SUBSCRIBE, false, transfer, transferred},
	{"delete_subscriptions", 847, 850, BT_ACT_SUBSCRIBE, false, subscription_list, ua_statuses},
};

const struct ua_service_set ua_subscription_services = {services, sizeof(services) / sizeof(services[0])};
