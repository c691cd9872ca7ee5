/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a rule concern an operation, and what is then said about it. Runs only for operations that
 * the index of rules.c could not rule out.
 */
#include "rule.h"

#include <stdio.h>
#include <string.h>

#include "pattern.h"
#include "text.h"

enum {
	NAME_SHOWN = 96, /* bytes */
};

static bool in_set(const struct rule_set *set, uint32_t number, const char *name)
{
	if (set->count == 0)
		return true;
	for (size_t i = 0; i < set->count; i++) {
		const struct rule_item *item = &set->items[i];

		if (item->name ? name && strcmp(item->name, name) == 0
			       : number >= item->first && number <= item->last)
			return true;
	}
	return false;
}

static bool any_fits(const struct rule_set *patterns, struct bt_cursor name)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (pattern_fits(patterns->items[i].name, name))
			return true;
	return false;
}

static bool any_touched(const struct rule_set *numbers, const struct bt_access *access)
{
	uint64_t more = access->count ? access->count - 1 : 0, last = access->first + more;

	if (last < access->first)
		last = UINT64_MAX;
	for (size_t i = 0; i < numbers->count; i++)
		if (access->first <= numbers->items[i].last && last >= numbers->items[i].first)
			return true;
	return false;
}

static bool concerns_access(const struct rule *rule, const struct bt_access *access)
{
	bool named = cur_left(&access->name);

	if (!access->space || (rule->space.count && !in_set(&rule->space, 0, access->space)))
		return false;
	if (rule->named.count && !(named && any_fits(&rule->named, access->name)))
		return false;
	return !rule->number.count || (!named && any_touched(&rule->number, access));
}

/* The access that a rule about objects found, else the one that made the operation what it is; NULL:
 * none. */
static const struct bt_access *main_access(const struct rule *rule, const struct bt_operation *op)
{
	bool objects = rule->space.count || rule->named.count || rule->number.count;

	for (unsigned i = 0; i < op->access_count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (objects ? concerns_access(rule, access) : access->act == op->act)
			return access;
	}
	return op->access_count && !objects ? &op->accesses[0] : NULL;
}

static bool flag_fits(enum rule_flag flag, bool is_so)
{
	return flag == RULE_EITHER || is_so == (flag == RULE_ONLY);
}

bool rule_matches(const struct rule *rule, const struct bt_operation *op)
{
	if (!(rule->acts >> (op->act & 31) & 1) || !(rule->results >> (op->result & 31) & 1))
		return false;
	if (!in_set(&rule->function, op->function, op->name))
		return false;
	if (!flag_fits(rule->broadcast, op->broadcast) || !flag_fits(rule->by_server, op->by_server))
		return false;
	if (rule->unit.count && (op->unit == BT_NO_UNIT || !in_set(&rule->unit, op->unit, NULL)))
		return false;
	if (rule->error.count && op->result != BT_RESULT_REFUSED)
		return false;
	if (!in_set(&rule->subfunction, op->subfunction, NULL) ||
	    !in_set(&rule->error, op->error, op->error_name))
		return false;
	return (!rule->space.count && !rule->named.count && !rule->number.count) ||
	       main_access(rule, op);
}

/* A long name by its beginning; what matters most of the line comes after it. */
static void add_name(struct bt_cursor name, struct finding *finding)
{
	size_t size = strlen(finding->seen), room = sizeof(finding->seen) - size;

	text_printable(finding->seen + size, room, cur_take_upto(&name, NAME_SHOWN));
	if (cur_left(&name))
		text_add(finding->seen, sizeof(finding->seen), "...");
}

static void add_access(const struct bt_access *access, struct finding *finding)
{
	char *line = finding->seen;
	size_t cap = sizeof(finding->seen);
	const struct bt_values *values = &access->values;
	char number[TEXT_NUMBER];

	text_add(line, cap, " on %s ", access->space);
	if (cur_left(&access->name))
		add_name(access->name, finding);
	else
		text_add(line, cap, "%llu", (unsigned long long)access->first);
	if (access->count > 1)
		text_add(line, cap, "-%llu",
			 (unsigned long long)(access->first + (uint64_t)access->count - 1));
	if (values->kind == BT_VALUES_BYTES && values->bytes.left)
		text_add(line, cap, ", %zu bytes", values->bytes.left);
	if (values->kind == BT_VALUES_NONE || values->kind == BT_VALUES_BYTES)
		return;
	for (uint32_t i = 0; i < values->count && i < 8; i++)
		text_add(line, cap, "%s%s", i ? ", " : " = ", text_number(number, bt_value(values, i)));
	if (values->count > 8)
		text_add(line, cap, ", ...");
}

/* "force_listen_only (function 8/4) to unit 1: ok" */
static void describe(const struct bt_operation *op, const struct bt_access *access,
		     struct finding *finding)
{
	char *line = finding->seen;
	size_t cap = sizeof(finding->seen);

	line[0] = '\0';
	text_add(line, cap, "%s%s (function %u", op->by_server ? "the server: " : "",
		 op->name ? op->name : "unnamed", op->function);
	if (op->subfunction)
		text_add(line, cap, "/%u", op->subfunction);
	text_add(line, cap, ")");
	if (access && access->space)
		add_access(access, finding);
	if (op->broadcast)
		text_add(line, cap, " to all units");
	else if (op->unit != BT_NO_UNIT)
		text_add(line, cap, " to unit %u", op->unit);
	text_add(line, cap, ": %s", bt_result_name(op->result));
	if (op->result == BT_RESULT_REFUSED && op->error_name)
		text_add(line, cap, " (%s)", op->error_name);
}

/* What it was done to: part of the alert's identity, so without addresses, values and functions. Many
 * operations that one rule finds between two devices are one alert with a count: a scan of ten
 * functions is not ten alerts. */
static const char *object_of(const struct bt_access *access)
{
	return access && access->space ? access->space : "";
}

static void copy(char *to, size_t cap, const char *text)
{
	to[0] = '\0';
	text_add(to, cap, "%s", text);
}

void rule_find(const struct rule *rule, const struct bt_operation *op, struct finding *finding)
{
	const struct bt_access *access = main_access(rule, op);

	finding->source = FINDING_FROM_RULE;
	copy(finding->name, sizeof(finding->name), rule->name);
	copy(finding->title, sizeof(finding->title), rule->title);
	copy(finding->expected, sizeof(finding->expected), rule->expected);
	copy(finding->object, sizeof(finding->object), object_of(access));
	finding->severity = rule->severity;
	memcpy(finding->technique, rule->technique, sizeof(finding->technique));
	finding->needs_whole = false;
	finding->unit = op->unit;
	finding->why = rule->why;
	describe(op, access, finding);
}
