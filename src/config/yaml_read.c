/* SPDX-License-Identifier: Apache-2.0
 *
 * Typed reading of a YAML tree. Each refusal says where, what and what would be right.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "yaml.h"

enum {
	SHOWN = 48, /* of a user's text in an error */
};

bool yaml_fail(const struct yaml *doc, const struct yaml_node *node, struct error *err,
	       const char *format, ...)
{
	char what[400];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return error_set(err, "%.100s:%u: %s", yaml_name(doc), node->line, what);
}

static const char *shown(char buffer[SHOWN], const char *text)
{
	text_printable(buffer, SHOWN, cur_of(text, strlen(text)));
	return buffer;
}

static const char *kind_name(enum yaml_kind kind)
{
	switch (kind) {
	case YAML_SCALAR: return "a single value";
	case YAML_LIST: return "a list";
	case YAML_MAP: return "a map";
	}
	return "something";
}

/* How errors call a node: by its key, else by its place. */
static const char *called(const struct yaml_node *node, char buffer[SHOWN])
{
	return node->key ? shown(buffer, node->key) : "the entry";
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *node = map->first; node; node = node->next)
		if (strcmp(node->key, key) == 0)
			return node;
	return NULL;
}

static const struct yaml_node *wanted(const struct yaml *doc, const struct yaml_node *parent,
				      const char *key, struct error *err)
{
	const struct yaml_node *node = yaml_get(parent, key);

	if (!node)
		yaml_fail(doc, parent, err, "\"%s\" is missing here", key);
	return node;
}

bool yaml_text_of(const struct yaml *doc, const struct yaml_node *node, const char **value,
		  struct error *err)
{
	char name[SHOWN];

	if (node->kind != YAML_SCALAR)
		return yaml_fail(doc, node, err, "%s is %s; it must be a single value",
				 called(node, name), kind_name(node->kind));
	*value = node->text;
	return true;
}

bool yaml_text(const struct yaml *doc, const struct yaml_node *parent, const char *key,
	       const char **value, struct error *err)
{
	const struct yaml_node *node = wanted(doc, parent, key, err);

	return node && yaml_text_of(doc, node, value, err);
}

/* Digits only: no sign, no blanks, no octal by a leading zero. */
static bool parse_uint(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	if (!*digits || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") !=
				strlen(digits))
		return false;
	if (!hex && digits[0] == '0' && digits[1])
		return false;
	errno = 0;
	*value = strtoull(digits, &end, hex ? 16 : 10);
	return !errno;
}

bool yaml_uint_of(const struct yaml *doc, const struct yaml_node *node, uint64_t max,
		  uint64_t *value, struct error *err)
{
	char name[SHOWN], text[SHOWN];
	uint64_t number;

	if (node->kind != YAML_SCALAR || !parse_uint(node->text, &number) || number > max)
		return yaml_fail(doc, node, err, "%s is %s; it must be a number from 0 to %llu",
				 called(node, name),
				 node->text && *node->text ? shown(text, node->text) :
				 node->text ? "empty" : kind_name(node->kind),
				 (unsigned long long)max);
	*value = number;
	return true;
}

bool yaml_uint(const struct yaml *doc, const struct yaml_node *parent, const char *key, uint64_t max,
	       uint64_t *value, struct error *err)
{
	const struct yaml_node *node = wanted(doc, parent, key, err);

	return node && yaml_uint_of(doc, node, max, value, err);
}

bool yaml_list(const struct yaml *doc, const struct yaml_node *parent, const char *key,
	       const struct yaml_node **list, struct error *err)
{
	const struct yaml_node *node = wanted(doc, parent, key, err);

	if (!node)
		return false;
	if (node->kind != YAML_LIST)
		return yaml_fail(doc, node, err, "\"%s\" is %s; it must be a list ([] for none)", key,
				 kind_name(node->kind));
	*list = node;
	return true;
}

bool yaml_map_of(const struct yaml *doc, const struct yaml_node *node, const char *what,
		 struct error *err)
{
	return node->kind == YAML_MAP ||
	       yaml_fail(doc, node, err, "%s is %s; it must be a map of keys and values", what,
			 kind_name(node->kind));
}

/* Levenshtein distance of two short words; what is longer than SHOWN is cut. */
static unsigned distance(const char *a, const char *b)
{
	size_t la = strnlen(a, SHOWN - 1), lb = strnlen(b, SHOWN - 1);
	unsigned row[SHOWN];

	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static bool refuse_key(const struct yaml *doc, const struct yaml_node *node,
		       const char *const *keys, struct error *err)
{
	const char *nearest = keys[0];
	char name[SHOWN], all[240] = "";
	size_t len = 0;

	for (size_t i = 0; keys[i]; i++) {
		if (distance(node->key, keys[i]) < distance(node->key, nearest))
			nearest = keys[i];
		len = text_add(all, sizeof(all), "%s%s", len ? ", " : "", keys[i]);
	}
	if (nearest && distance(node->key, nearest) <= 3)
		return yaml_fail(doc, node, err, "\"%s\" is not known here; did you mean \"%s\"?",
				 shown(name, node->key), nearest);
	return yaml_fail(doc, node, err, "\"%s\" is not known here; known: %s",
			 shown(name, node->key), all);
}

bool yaml_only(const struct yaml *doc, const struct yaml_node *map, const char *const *keys,
	       struct error *err)
{
	char name[SHOWN];

	if (!yaml_map_of(doc, map, called(map, name), err))
		return false;
	for (const struct yaml_node *node = map->first; node; node = node->next) {
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], node->key) != 0)
			i++;
		if (!keys[i])
			return refuse_key(doc, node, keys, err);
	}
	return true;
}
