/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML documents as a tree of nodes that know their line: the only place that knows libyaml.
 *
 * Bounded: at most 64 MiB of text, 4 million nodes, 32 levels; anchors, aliases, tags, duplicate keys
 * and a second document are refused. Every refusal is one line "FILE:LINE: what; what would be
 * right". Everything in a tree lives until yaml_free().
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

enum {
	YAML_BYTES_MAX = 64 << 20,
	YAML_NODES_MAX = 4 << 20,
	YAML_DEPTH_MAX = 32,
};

enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_node {
	enum yaml_kind kind;
	unsigned line;     /* 1 ... */
	const char *key;   /* in a map: its name; else NULL */
	const char *text;  /* scalar: as written, unquoted, no NUL inside; NULL otherwise */
	struct yaml_node *first, *next; /* children; siblings */
	size_t count;      /* children */
};

struct yaml;

/* `name` is what errors call it. An empty document is an empty map. */
struct yaml *yaml_parse(const char *name, const char *text, size_t size, struct error *err);
struct yaml *yaml_load(const char *path, struct error *err);
void yaml_destroy(struct yaml *doc);
/* Inline, because a symbol of this name would replace libyaml's own yaml_free(). */
static inline void yaml_free(struct yaml *doc)
{
	yaml_destroy(doc);
}
const struct yaml_node *yaml_root(const struct yaml *doc); /* never NULL */
const char *yaml_name(const struct yaml *doc);

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL: not there */

/* Typed readers: false and "FILE:LINE: ..." when the node is missing, of another kind or out of
 * range. `parent` is where a missing key is reported. Numbers are decimal or 0x hexadecimal. */
bool yaml_text(const struct yaml *doc, const struct yaml_node *parent, const char *key,
	       const char **value, struct error *err);
bool yaml_uint(const struct yaml *doc, const struct yaml_node *parent, const char *key, uint64_t max,
	       uint64_t *value, struct error *err);
bool yaml_list(const struct yaml *doc, const struct yaml_node *parent, const char *key,
	       const struct yaml_node **list, struct error *err);
/* The same of a node in hand (an element of a list). */
bool yaml_text_of(const struct yaml *doc, const struct yaml_node *node, const char **value,
		  struct error *err);
bool yaml_uint_of(const struct yaml *doc, const struct yaml_node *node, uint64_t max,
		  uint64_t *value, struct error *err);
/* Is it a map? Refuses with "LINE: `what` must be a map of keys and values". */
bool yaml_map_of(const struct yaml *doc, const struct yaml_node *node, const char *what,
		 struct error *err);
/* Refuses what is not a map, and keys that are not in the NULL-terminated list, naming the nearest
 * right one. */
bool yaml_only(const struct yaml *doc, const struct yaml_node *map, const char *const *keys,
	       struct error *err);
/* "FILE:LINE: " + message; always false. */
bool yaml_fail(const struct yaml *doc, const struct yaml_node *node, struct error *err,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Writes a scalar so that it reads back as the same text: plain where it is safe and could not be
 * taken for a number, a date or a boolean, else quoted. Bytes that are not UTF-8, which YAML cannot
 * hold, become the text "\xNN". */
void yaml_write_text(FILE *out, const char *text);

#endif
