/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to break Sparkplug B. Most are severity 0: publishers that know the topics but not the
 * rules are common, a broker that is too busy drops what is sent with QoS 0, and one that is bridged
 * to another speaks there for edge nodes that were born long before.
 */
#include "private.h"

const struct bt_violation sparkplug_bad_topic = {
	.name = "sparkplug.bad_topic",
	.title = "Topic in Sparkplug's name space that Sparkplug does not have",
};
const struct bt_violation sparkplug_bad_payload = {
	.name = "sparkplug.bad_payload",
	.title = "Sparkplug payload that cannot be read",
	.severity = 1,
	.technique = "T0814",
};
const struct bt_violation sparkplug_bad_metric = {
	.name = "sparkplug.bad_metric",
	.title = "Sparkplug metric whose value does not fit its type",
};
const struct bt_violation sparkplug_nesting = {
	.name = "sparkplug.nesting",
	.title = "Sparkplug templates nested deeper than any real one",
	.severity = 2,
	.technique = "T0814",
};
const struct bt_violation sparkplug_seq_gap = {
	.name = "sparkplug.seq_gap",
	.title = "Sparkplug sequence number out of order",
	.needs_whole = true,
};
const struct bt_violation sparkplug_unborn = {
	.name = "sparkplug.unborn",
	.title = "Sparkplug message for an edge node that was not born on this connection",
	.needs_whole = true,
};
const struct bt_violation sparkplug_bd_seq_mismatch = {
	.name = "sparkplug.bd_seq_mismatch",
	.title = "Sparkplug death that belongs to another birth",
	.needs_whole = true,
};
const struct bt_violation sparkplug_unknown_alias = {
	.name = "sparkplug.unknown_alias",
	.title = "Sparkplug metric with an alias that no birth gave",
	.needs_whole = true,
};
const struct bt_violation sparkplug_delivery = {
	.name = "sparkplug.delivery",
	.title = "Sparkplug message retained, or with a QoS that Sparkplug does not use",
};

const struct bt_violation *const sparkplug_violations[] = {
	&sparkplug_bad_topic,       &sparkplug_bad_payload,
	&sparkplug_bad_metric,      &sparkplug_nesting,
	&sparkplug_seq_gap,         &sparkplug_unborn,
	&sparkplug_bd_seq_mismatch, &sparkplug_unknown_alias,
	&sparkplug_delivery,        NULL,
};
