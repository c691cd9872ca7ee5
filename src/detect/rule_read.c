/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML -> rule. rules/README.md is the language; whatever is not in it is refused, with the line
 * and what would be right: a rule that is silently not what its author meant is worse than none.
 */
#include "rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const rule_keys[] = {
	"name", "title", "why", "expected", "severity", "techniques", "match", "enabled", NULL,
};
static const char *const match_keys[] = {
	"protocol", "act",    "function", "subfunction", "unit",      "space", "name",
	"number",   "result", "error",	  "broadcast",	 "by_server", NULL,
};

static bool read_bool(const struct yaml *doc, const struct yaml_node *map, const char *key,
		      bool *value, struct error *err)
{
	const char *text;

	if (!yaml_text(doc, map, key, &text, err))
		return false;
	if (strcmp(text, "true") == 0)
		*value = true;
	else if (strcmp(text, "false") == 0)
		*value = false;
	else
		return yaml_fail(doc, yaml_get(map, key), err, "`%s` must be true or false", key);
	return true;
}

static bool read_name(const struct yaml *doc, const struct yaml_node *map, const char **name,
		      struct error *err)
{
	const char *text;
	const struct finding *finding = NULL;

	if (!yaml_text(doc, map, "name", &text, err))
		return false;
	if (!islower((unsigned char)text[0]) || strlen(text) >= sizeof(finding->name) ||
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.")] != '\0')
		return yaml_fail(doc, yaml_get(map, "name"), err,
				 "a rule's name is up to %zu of a-z, 0-9, '_' and '.', such as "
				 "modbus.force_listen_only",
				 sizeof(finding->name) - 1);
	*name = text;
	return true;
}

/* A text that goes into a finding's line of `cap` bytes. */
static bool read_line(const struct yaml *doc, const struct yaml_node *map, const char *key, size_t cap,
		      const char **line, struct error *err)
{
	const char *text;

	if (!yaml_text(doc, map, key, &text, err))
		return false;
	if (!*text || strlen(text) >= cap || strpbrk(text, "\r\n"))
		return yaml_fail(doc, yaml_get(map, key), err,
				 "`%s` must be one line of 1 to %zu bytes", key, cap - 1);
	*line = text;
	return true;
}

static bool is_technique(const char *text)
{
	return strlen(text) == 5 && text[0] == 'T' && strspn(text + 1, "0123456789") == 4;
}

static bool read_techniques(const struct yaml *doc, const struct yaml_node *map, struct rule *rule,
			    struct error *err)
{
	const struct yaml_node *list;
	size_t count = 0;

	if (!yaml_get(map, "techniques"))
		return true;
	if (!yaml_list(doc, map, "techniques", &list, err))
		return false;
	if (list->count > 2)
		return yaml_fail(doc, list, err, "at most two techniques, the most telling ones");
	for (const struct yaml_node *item = list->first; item; item = item->next) {
		const char *text;

		if (!yaml_text_of(doc, item, &text, err))
			return false;
		if (!is_technique(text))
			return yaml_fail(doc, item, err,
					 "a technique is an ATT&CK for ICS id, such as T0814");
		memcpy(rule->technique[count++], text, 6);
	}
	return true;
}

/* Decimal or 0x hexadecimal, at `*at`, which moves on. A leading zero does not mean octal. */
static bool parse_number(const char **at, unsigned long long *number)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	*number = strtoull(*at, &end, strncmp(*at, "0x", 2) == 0 ? 16 : 10);
	*at = end;
	return *number <= UINT32_MAX;
}

/* "5", "0x41" or "65-72": false when it is none (then it may be a name). */
static bool parse_range(const char *text, struct rule_item *item)
{
	unsigned long long first, last;

	if (!parse_number(&text, &first))
		return false;
	last = first;
	if (*text == '-') {
		text++;
		if (!parse_number(&text, &last))
			return false;
	}
	if (*text || first > last)
		return false;
	*item = (struct rule_item){.first = (uint32_t)first, .last = (uint32_t)last};
	return true;
}

static bool read_item(const struct yaml *doc, const struct yaml_node *node, bool names,
		      struct rule_set *set, struct error *err)
{
	struct rule_item item = {0};
	const char *text;

	if (!yaml_text_of(doc, node, &text, err))
		return false;
	if (!parse_range(text, &item)) {
		if (!names || !islower((unsigned char)*text))
			return yaml_fail(doc, node, err, "`%s` is no number and no range such as 65-72%s",
					 text, names ? ", and no name such as write_file_record" : "");
		item.name = text;
		set->has_names = true;
	}
	set->items[set->count++] = item;
	return true;
}

/* A pattern or a word. */
static bool read_text(const struct yaml *doc, const struct yaml_node *node, struct rule_set *set,
		      struct error *err)
{
	const char *text;

	if (!yaml_text_of(doc, node, &text, err))
		return false;
	if (!*text || strlen(text) > RULES_TEXT_MAX)
		return yaml_fail(doc, node, err, "a text of 1 to %d bytes is needed here",
				 RULES_TEXT_MAX);
	set->items[set->count++] = (struct rule_item){.name = text};
	return true;
}

static bool read_number(const struct yaml *doc, const struct yaml_node *node, struct rule_set *set,
			struct error *err)
{
	return read_item(doc, node, false, set, err);
}

static bool read_number_or_name(const struct yaml *doc, const struct yaml_node *node,
				struct rule_set *set, struct error *err)
{
	return read_item(doc, node, true, set, err);
}

typedef bool read_one(const struct yaml *doc, const struct yaml_node *node, struct rule_set *set,
		      struct error *err);

/* One item or a list of them. */
static bool read_set(const struct yaml *doc, const struct yaml_node *map, const char *key,
		     read_one *read, struct rule_set *set, struct error *err)
{
	const struct yaml_node *node = yaml_get(map, key);

	if (!node)
		return true;
	if (node->kind == YAML_LIST && (node->count == 0 || node->count > RULES_ITEMS_MAX))
		return yaml_fail(doc, node, err, "`%s` must have 1 to %d items", key, RULES_ITEMS_MAX);
	set->items = calloc(node->kind == YAML_LIST ? node->count : 1, sizeof(*set->items));
	if (!set->items)
		return error_set(err, "no memory for rules");
	if (node->kind != YAML_LIST)
		return read(doc, node, set, err);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (!read(doc, item, set, err))
			return false;
	}
	return true;
}

static bool read_flag(const struct yaml *doc, const struct yaml_node *map, const char *key,
		      enum rule_flag *flag, struct error *err)
{
	bool only = false;

	if (!yaml_get(map, key))
		return true;
	if (!read_bool(doc, map, key, &only, err))
		return false;
	*flag = only ? RULE_ONLY : RULE_NEVER;
	return true;
}

static const char *act_word(unsigned index)
{
	return index < BT_ACT_COUNT ? bt_act_name((enum bt_act)index) : NULL;
}

static const char *result_word(unsigned index)
{
	return index <= BT_RESULT_UNSOLICITED ? bt_result_name((enum bt_result)index) : NULL;
}

static bool read_word(const struct yaml *doc, const struct yaml_node *node, const char *key,
		      const char *(*word)(unsigned), uint32_t *bits, struct error *err)
{
	const char *text;

	if (!yaml_text_of(doc, node, &text, err))
		return false;
	for (unsigned i = 0; word(i); i++) {
		if (strcmp(text, word(i)) == 0) {
			*bits |= UINT32_C(1) << i;
			return true;
		}
	}
	return yaml_fail(doc, node, err, "`%s` is no %s; rules/README.md lists them", text, key);
}

/* One word or a list of words, as bits by their position; absent: all bits. */
static bool read_words(const struct yaml *doc, const struct yaml_node *map, const char *key,
		       const char *(*word)(unsigned), uint32_t *bits, struct error *err)
{
	const struct yaml_node *node = yaml_get(map, key);

	*bits = node ? 0 : UINT32_MAX;
	if (!node || node->kind != YAML_LIST)
		return !node || read_word(doc, node, key, word, bits, err);
	if (node->count == 0)
		return yaml_fail(doc, node, err, "`%s` is empty: such a rule never matches", key);
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (!read_word(doc, item, key, word, bits, err))
			return false;
	}
	return true;
}

static bool read_match(const struct yaml *doc, const struct yaml_node *node, struct rule *rule,
		       struct error *err)
{
	const struct yaml_node *match = yaml_get(node, "match");

	if (!match)
		return yaml_fail(doc, node, err, "a rule needs `match`");
	if (!yaml_only(doc, match, match_keys, err))
		return false;
	if (match->count == 0)
		return yaml_fail(doc, match, err, "`match` is empty: such a rule matches everything");
	if (yaml_get(match, "protocol") && !yaml_text(doc, match, "protocol", &rule->protocol, err))
		return false;
	return read_words(doc, match, "act", act_word, &rule->acts, err) &&
	       read_words(doc, match, "result", result_word, &rule->results, err) &&
	       read_set(doc, match, "function", read_number_or_name, &rule->function, err) &&
	       read_set(doc, match, "subfunction", read_number, &rule->subfunction, err) &&
	       read_set(doc, match, "unit", read_number, &rule->unit, err) &&
	       read_set(doc, match, "error", read_number_or_name, &rule->error, err) &&
	       read_set(doc, match, "space", read_text, &rule->space, err) &&
	       read_set(doc, match, "name", read_text, &rule->named, err) &&
	       read_set(doc, match, "number", read_number, &rule->number, err) &&
	       read_flag(doc, match, "broadcast", &rule->broadcast, err) &&
	       read_flag(doc, match, "by_server", &rule->by_server, err);
}

static bool read_severity(const struct yaml *doc, const struct yaml_node *node, struct rule *rule,
			  struct error *err)
{
	const char *text;
	unsigned severity;

	if (!yaml_text(doc, node, "severity", &text, err))
		return false;
	if (!severity_parse(text, &severity))
		return yaml_fail(doc, yaml_get(node, "severity"), err,
				 "`severity` is one of info, low, medium, high, critical");
	rule->severity = (uint8_t)severity;
	return true;
}

static bool read_body(const struct yaml *doc, const struct yaml_node *node, struct rule *rule,
		      struct error *err)
{
	const struct finding *finding = NULL;

	rule->expected = "";
	if (yaml_get(node, "expected") &&
	    !read_line(doc, node, "expected", sizeof(finding->expected), &rule->expected, err))
		return false;
	return read_line(doc, node, "title", sizeof(finding->title), &rule->title, err) &&
	       read_line(doc, node, "why", 1024, &rule->why, err) &&
	       read_severity(doc, node, rule, err) && read_techniques(doc, node, rule, err) &&
	       read_match(doc, node, rule, err);
}

bool rule_read(const struct yaml *doc, const struct yaml_node *node, struct rule *rule,
	       struct error *err)
{
	struct rule read = {.enabled = true};

	if (!yaml_only(doc, node, rule_keys, err) || !read_name(doc, node, &read.name, err))
		return false;
	if (yaml_get(node, "enabled") && !read_bool(doc, node, "enabled", &read.enabled, err))
		return false;
	/* To switch a rule off its name is enough. */
	if ((read.enabled || node->count > 2) && !read_body(doc, node, &read, err)) {
		rule_finish(&read);
		return false;
	}
	*rule = read;
	return true;
}

void rule_finish(struct rule *rule)
{
	free(rule->function.items);
	free(rule->subfunction.items);
	free(rule->unit.items);
	free(rule->error.items);
	free(rule->space.items);
	free(rule->named.items);
	free(rule->number.items);
}
