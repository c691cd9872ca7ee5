/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading rules, and the index that makes not matching cheap.
 *
 * Per protocol that any rule names there is a table of 256 buckets by the low bits of function
 * numbers. A bucket lists the rules that can concern its functions and has, per result, the union of
 * their acts as bits: for nearly every operation of nearly every network that one load and test
 * is the whole cost. Rules without function numbers are in all buckets, rules without a protocol
 * in all tables; table 0 is for the protocols that no rule names.
 */
#include "rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builtin.h"
#include "rule.h"
#include "why.h"

enum {
	FUNCTION_SLOTS = 256, /* a power of two */
	RESULTS = BT_RESULT_UNSOLICITED + 1,
	FILES_MAX = 4096, /* of a directory */
};

struct bucket {
	uint32_t first; /* in the table's list */
	uint16_t count;
	uint16_t acts[RESULTS]; /* bits of enum bt_act */
};

_Static_assert(BT_ACT_COUNT <= 16, "the acts of a bucket are 16 bits");

/* A rule in a bucket, with what rules it out most often. */
struct candidate {
	const struct rule *rule;
	uint16_t acts[RESULTS]; /* as in struct bucket */
	char letter;            /* the first of the only function name that it asks for; 0: any */
};

struct rules_of {
	const char *protocol; /* NULL: table 0 */
	struct bucket buckets[FUNCTION_SLOTS];
	struct candidate *list;
};

struct rules {
	struct rule *rules; /* in order of name once loaded */
	size_t count, room;
	struct yaml **docs; /* own the rules' texts */
	size_t doc_count;
	struct rules_of *tables;
	size_t table_count;
};

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->count; i++)
		rule_finish(&rules->rules[i]);
	for (size_t i = 0; i < rules->table_count; i++)
		free(rules->tables[i].list);
	for (size_t i = 0; i < rules->doc_count; i++)
		yaml_free(rules->docs[i]);
	free(rules->tables);
	free(rules->rules);
	free(rules->docs);
	free(rules);
}

size_t rules_count(const struct rules *rules)
{
	return rules->count;
}

bool rules_at(const struct rules *rules, size_t index, struct rule_summary *summary)
{
	const struct rule *rule;

	if (index >= rules->count)
		return false;
	rule = &rules->rules[index];
	*summary = (struct rule_summary){
		.name = rule->name,
		.title = rule->title,
		.why = rule->why,
		.protocol = rule->protocol,
		.severity = rule->severity,
	};
	memcpy(summary->technique, rule->technique, sizeof(summary->technique));
	return true;
}

/* ---- reading ---- */

static struct rule *find_rule(struct rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (strcmp(rules->rules[i].name, name) == 0)
			return &rules->rules[i];
	}
	return NULL;
}

/* Takes over `rule`: in place of one of the same name from an earlier document, else as another. */
static bool put_rule(struct rules *rules, size_t before, struct rule *rule, const struct yaml *doc,
		     const struct yaml_node *node, struct error *err)
{
	struct rule *known = find_rule(rules, rule->name);

	if (known && (size_t)(known - rules->rules) >= before)
		return yaml_fail(doc, node, err, "a second rule `%s` in one file", rule->name);
	if (known) {
		rule_finish(known);
		*known = *rule;
		return true;
	}
	if (!rule->title) /* a name alone: another than was meant would go on raising alerts */
		return yaml_fail(doc, node, err, "there is no rule `%s` to switch off (docs/alerts.md has their names)",
				 rule->name);
	if (rules->count == RULES_MAX)
		return yaml_fail(doc, node, err, "more than %d rules", RULES_MAX);
	if (rules->count == rules->room) {
		size_t room = rules->room ? rules->room * 2 : 64;
		struct rule *more = realloc(rules->rules, room * sizeof(*more));

		if (!more)
			return error_set(err, "no memory for rules");
		rules->rules = more;
		rules->room = room;
	}
	rules->rules[rules->count++] = *rule;
	return true;
}

static bool keep_document(struct rules *rules, struct yaml *doc, struct error *err)
{
	struct yaml **more = realloc(rules->docs, (rules->doc_count + 1) * sizeof(*more));

	if (!more) {
		yaml_free(doc);
		return error_set(err, "no memory for rules");
	}
	rules->docs = more;
	rules->docs[rules->doc_count++] = doc;
	return true;
}

/* Takes over `doc`, which may be NULL: then `err` is already set. */
static bool add_document(struct rules *rules, struct yaml *doc, struct error *err)
{
	static const char *const keys[] = {"rules", NULL};
	const struct yaml_node *list;
	size_t before = rules->count;

	if (!doc || !keep_document(rules, doc, err))
		return false;
	if (!yaml_only(doc, yaml_root(doc), keys, err) ||
	    !yaml_list(doc, yaml_root(doc), "rules", &list, err))
		return false;
	for (const struct yaml_node *node = list->first; node; node = node->next) {
		struct rule rule;

		if (!rule_read(doc, node, &rule, err))
			return false;
		if (!put_rule(rules, before, &rule, doc, node, err)) {
			rule_finish(&rule);
			return false;
		}
	}
	return true;
}

static int is_yaml(const struct dirent *file)
{
	size_t length = strlen(file->d_name);

	return file->d_name[0] != '.' && length > 5 &&
	       strcmp(file->d_name + length - 5, ".yaml") == 0;
}

/* Not alphasort(): the order must not depend on the locale. */
static int by_file_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_directory(struct rules *rules, const char *path, struct error *err)
{
	struct dirent **files;
	int count = scandir(path, &files, is_yaml, by_file_name);
	bool ok = true;

	if (count < 0)
		return error_set(err, "%s: cannot be read: %s", path, strerror(errno));
	if (count == 0)
		ok = error_set(err, "%s: no rules in it (*.yaml)", path);
	if (count > FILES_MAX)
		ok = error_set(err, "%s: more than %d rule files", path, FILES_MAX);
	for (int i = 0; i < count; i++) {
		char file[4096];
		int length = snprintf(file, sizeof(file), "%s/%s", path, files[i]->d_name);

		if (ok && (length < 0 || (size_t)length >= sizeof(file)))
			ok = error_set(err, "%s: the path is too long", path);
		if (ok)
			ok = add_document(rules, yaml_load(file, err), err);
		free(files[i]);
	}
	free(files);
	return ok;
}

static bool add_path(struct rules *rules, const char *path, struct error *err)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return error_set(err, "%s: cannot be read: %s", path, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return add_directory(rules, path, err);
	return add_document(rules, yaml_load(path, err), err);
}

/* ---- the index ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool has_table(const struct rules *rules, const char *protocol)
{
	for (size_t i = 0; i < rules->table_count; i++) {
		if (same_text(rules->tables[i].protocol, protocol))
			return true;
	}
	return false;
}

/* The acts that it asks of an operation that ended so. */
static uint16_t acts_for(const struct rule *rule, enum bt_result result)
{
	if (!(rule->results >> result & 1) || (rule->error.count && result != BT_RESULT_REFUSED))
		return 0;
	return (uint16_t)rule->acts;
}

static bool rule_in_slot(const struct rule *rule, unsigned slot)
{
	const struct rule_set *set = &rule->function;

	if (set->count == 0 || set->has_names)
		return true;
	for (size_t i = 0; i < set->count; i++) {
		uint32_t first = set->items[i].first, more = set->items[i].last - first;

		if (((slot - first) & (FUNCTION_SLOTS - 1)) <= more)
			return true;
	}
	return false;
}

static char letter_of(const struct rule_set *function)
{
	return function->count == 1 && function->has_names ? *function->items[0].name : '\0';
}

static struct candidate candidate_of(const struct rule *rule)
{
	struct candidate candidate = {.rule = rule, .letter = letter_of(&rule->function)};

	for (unsigned result = 0; result < RESULTS; result++)
		candidate.acts[result] = acts_for(rule, result);
	return candidate;
}

/* Two passes over the same rules: the first, without a list yet, only counts. */
static size_t fill_table(const struct rules *rules, struct rules_of *table)
{
	size_t used = 0;

	for (unsigned slot = 0; slot < FUNCTION_SLOTS; slot++) {
		struct bucket *bucket = &table->buckets[slot];

		*bucket = (struct bucket){.first = (uint32_t)used};
		for (size_t i = 0; i < rules->count; i++) {
			const struct rule *rule = &rules->rules[i];

			if (rule->protocol && !same_text(rule->protocol, table->protocol))
				continue;
			if (!rule_in_slot(rule, slot))
				continue;
			if (table->list)
				table->list[used] = candidate_of(rule);
			used++;
			bucket->count++;
			for (unsigned result = 0; result < RESULTS; result++)
				bucket->acts[result] |= acts_for(rule, result);
		}
	}
	return used;
}

static bool build_table(const struct rules *rules, struct rules_of *table, struct error *err)
{
	size_t used = fill_table(rules, table);

	table->list = calloc(used ? used : 1, sizeof(*table->list));
	if (!table->list)
		return error_set(err, "no memory for rules");
	fill_table(rules, table);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->name, ((const struct rule *)b)->name);
}

static void drop_disabled(struct rules *rules)
{
	size_t kept = 0;

	for (size_t i = 0; i < rules->count; i++) {
		if (rules->rules[i].enabled)
			rules->rules[kept++] = rules->rules[i];
		else
			rule_finish(&rules->rules[i]);
	}
	rules->count = kept;
}

static bool build_index(struct rules *rules, struct error *err)
{
	drop_disabled(rules);
	if (rules->count)
		qsort(rules->rules, rules->count, sizeof(rules->rules[0]), by_name);
	rules->tables = calloc(1 + RULES_PROTOCOLS_MAX, sizeof(rules->tables[0]));
	if (!rules->tables)
		return error_set(err, "no memory for rules");
	rules->table_count = 1;
	for (size_t i = 0; i < rules->count; i++) {
		if (has_table(rules, rules->rules[i].protocol))
			continue;
		if (rules->table_count == 1 + RULES_PROTOCOLS_MAX)
			return error_set(err, "rules name more than %d protocols", RULES_PROTOCOLS_MAX);
		rules->tables[rules->table_count++].protocol = rules->rules[i].protocol;
	}
	for (size_t i = 0; i < rules->table_count; i++) {
		if (!build_table(rules, &rules->tables[i], err))
			return false;
	}
	return true;
}

static struct rules *finish_loading(struct rules *rules, bool ok, struct error *err)
{
	if (ok && build_index(rules, err))
		return rules;
	rules_free(rules);
	return NULL;
}

struct rules *rules_parse(const char *name, const char *text, size_t size, struct error *err)
{
	struct rules *rules = calloc(1, sizeof(*rules));

	if (!rules) {
		error_set(err, "no memory for rules");
		return NULL;
	}
	return finish_loading(rules, add_document(rules, yaml_parse(name, text, size, err), err), err);
}

static bool keep_reasons(struct rules *rules, struct error *err)
{
	for (size_t i = 0; i < rules->count; i++) {
		struct rule *rule = &rules->rules[i];

		if (!rule->why)
			continue; /* switched off: it says nothing */
		rule->why = why_keep(rule->why);
		if (!rule->why)
			return error_set(err, "no memory for rules");
	}
	return true;
}

struct rules *rules_load(const char *const *paths, size_t count, struct error *err)
{
	struct rules *rules = calloc(1, sizeof(*rules));
	bool ok = rules != NULL;

	if (!rules) {
		error_set(err, "no memory for rules");
		return NULL;
	}
	for (const struct rules_builtin *file = rules_builtin; ok && file->name; file++)
		ok = add_document(rules, yaml_parse(file->name, file->text, file->size, err), err);
	for (size_t i = 0; ok && i < count; i++)
		ok = add_path(rules, paths[i], err);
	return finish_loading(rules, ok && keep_reasons(rules, err), err);
}

/* ---- matching ---- */

const struct rules_of *rules_of(const struct rules *rules, const char *protocol)
{
	for (size_t i = 1; protocol && i < rules->table_count; i++) {
		if (strcmp(rules->tables[i].protocol, protocol) == 0)
			return &rules->tables[i];
	}
	return &rules->tables[0];
}

unsigned rules_match(const struct rules_of *table, const struct bt_operation *op,
		     struct finding *findings, unsigned max)
{
	const struct bucket *bucket = &table->buckets[op->function & (FUNCTION_SLOTS - 1)];
	unsigned result = op->result % RESULTS, act = op->act & 15, found = 0;
	char letter = op->name ? *op->name : '\0';

	if (!(bucket->acts[result] >> act & 1))
		return 0;
	for (unsigned i = 0; i < bucket->count && found < max; i++) {
		const struct candidate *candidate = &table->list[bucket->first + i];

		if (!(candidate->acts[result] >> act & 1) ||
		    (candidate->letter && candidate->letter != letter))
			continue;
		if (rule_matches(candidate->rule, op))
			rule_find(candidate->rule, op, &findings[found++]);
	}
	return found;
}
