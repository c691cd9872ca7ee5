/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule, as read. Texts are views of its YAML document, which lives as long as the rules do.
 */
#ifndef DETECT_RULE_H
#define DETECT_RULE_H

#include "rules.h"
#include "yaml.h"

/* A number, a range of numbers, or a name. */
struct rule_item {
	const char *name; /* NULL: first .. last */
	uint32_t first, last;
};

struct rule_set { /* count 0: anything. Of patterns and words: each item is a `name` */
	struct rule_item *items;
	size_t count;
	bool has_names;
};

/* What must be true of an operation, must not be, or is not asked for. */
enum rule_flag {
	RULE_EITHER,
	RULE_ONLY,
	RULE_NEVER,
};

struct rule {
	const char *name, *title, *why;
	const char *expected; /* "" none given */
	uint8_t severity;
	char technique[2][8];
	bool enabled;

	const char *protocol; /* NULL: any */
	uint32_t acts;        /* bits of enum bt_act; all: any */
	uint32_t results;     /* bits of enum bt_result */
	struct rule_set function, subfunction, unit, error;
	struct rule_set space, named, number; /* of one and the same access */
	enum rule_flag broadcast, by_server;
};

/* Reads one entry of `rules:`. False: `err` is set, `rule` is untouched. */
bool rule_read(const struct yaml *doc, const struct yaml_node *node, struct rule *rule,
	       struct error *err);
void rule_finish(struct rule *rule);

bool rule_matches(const struct rule *rule, const struct bt_operation *op);
void rule_find(const struct rule *rule, const struct bt_operation *op, struct finding *finding);

#endif
