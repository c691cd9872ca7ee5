/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml's events -> a tree of nodes. The document may come from anybody: its size, the number of
 * nodes and the depth are bounded, and the features that let a short text mean a huge or surprising
 * one (aliases, tags, duplicate keys) are refused.
 *
 * YAML 1.1 as libyaml reads it; all scalars stay text, so "no" is never false by accident.
 */
#include "yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "text.h"

enum {
	CHUNK_BYTES = 64 << 10,
};

/* Nodes and texts are cut from chunks, so that a big tree is freed by a short walk. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct yaml {
	char *name;
	struct chunk *chunks;
	struct yaml_node *root;
	size_t nodes;
};

/* Where the parser is: the open lists and maps, and in a map the key that waits for its value. */
struct builder {
	struct yaml *doc;
	struct error *err;
	unsigned depth;
	struct {
		struct yaml_node *node, *last;
		const char *key;
		unsigned key_line;
	} open[YAML_DEPTH_MAX];
};

static void *doc_alloc(struct yaml *doc, size_t size)
{
	struct chunk *chunk = doc->chunks;
	void *at;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || size > chunk->size - chunk->used) {
		size_t room = size > CHUNK_BYTES ? size : (size_t)CHUNK_BYTES;

		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		*chunk = (struct chunk){.next = doc->chunks, .size = room};
		doc->chunks = chunk;
	}
	at = chunk->bytes + chunk->used;
	chunk->used += size;
	return at;
}

static bool fail_at(const struct builder *b, size_t line, const char *what)
{
	return error_set(b->err, "%s:%zu: %s", b->doc->name, line, what);
}

static const char *copy_scalar(struct builder *b, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	char *text;

	if (memchr(value, 0, size)) {
		fail_at(b, event->start_mark.line + 1, "a text with a NUL in it; remove it");
		return NULL;
	}
	text = doc_alloc(b->doc, size + 1);
	if (!text) {
		error_set(b->err, "%s: out of memory", b->doc->name);
		return NULL;
	}
	memcpy(text, value, size);
	text[size] = 0;
	return text;
}

/* A node at the place where the parser is: the root, an element, or the value of the waiting key. */
static struct yaml_node *add_node(struct builder *b, enum yaml_kind kind, size_t line)
{
	struct yaml_node *node;

	if (b->doc->nodes++ >= YAML_NODES_MAX) {
		fail_at(b, line, "too many entries; split the document");
		return NULL;
	}
	node = doc_alloc(b->doc, sizeof(*node));
	if (!node) {
		error_set(b->err, "%s: out of memory", b->doc->name);
		return NULL;
	}
	*node = (struct yaml_node){.kind = kind, .line = (unsigned)line};
	if (!b->depth) {
		b->doc->root = node;
		return node;
	}
	node->key = b->open[b->depth - 1].key;
	if (node->key)
		node->line = b->open[b->depth - 1].key_line;
	b->open[b->depth - 1].key = NULL;
	if (b->open[b->depth - 1].last)
		b->open[b->depth - 1].last->next = node;
	else
		b->open[b->depth - 1].node->first = node;
	b->open[b->depth - 1].last = node;
	b->open[b->depth - 1].node->count++;
	return node;
}

static bool key_is_due(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1].node->kind == YAML_MAP &&
	       !b->open[b->depth - 1].key;
}

static bool on_scalar(struct builder *b, const yaml_event_t *event)
{
	size_t line = event->start_mark.line + 1;
	const char *text;
	struct yaml_node *node;

	text = copy_scalar(b, event);
	if (!text)
		return false;
	if (key_is_due(b)) {
		b->open[b->depth - 1].key = text;
		b->open[b->depth - 1].key_line = (unsigned)line;
		return true;
	}
	node = add_node(b, YAML_SCALAR, line);
	if (node)
		node->text = text;
	return node != NULL;
}

static bool on_start(struct builder *b, enum yaml_kind kind, size_t line)
{
	struct yaml_node *node;

	if (key_is_due(b))
		return fail_at(b, line, "a list or map as a key; keys are plain texts");
	if (b->depth == YAML_DEPTH_MAX)
		return fail_at(b, line, "nested too deeply; at most 32 levels");
	node = add_node(b, kind, line);
	if (!node)
		return false;
	memset(&b->open[b->depth], 0, sizeof(b->open[0]));
	b->open[b->depth++].node = node;
	return true;
}

static int by_key_then_line(const void *a, const void *b)
{
	const struct yaml_node *const *x = a, *const *y = b;
	int order = strcmp((*x)->key, (*y)->key);

	return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

/* Two values for one key: which one is meant is anybody's guess, so neither is believed. */
static bool keys_differ(struct builder *b, const struct yaml_node *map)
{
	const struct yaml_node **sorted;
	bool ok = true;
	size_t n = 0;

	if (map->count < 2)
		return true;
	sorted = malloc(map->count * sizeof(*sorted));
	if (!sorted)
		return error_set(b->err, "%s: out of memory", b->doc->name);
	for (const struct yaml_node *node = map->first; node; node = node->next)
		sorted[n++] = node;
	qsort(sorted, n, sizeof(*sorted), by_key_then_line);
	for (size_t i = 1; ok && i < n; i++) {
		char key[48];

		if (strcmp(sorted[i - 1]->key, sorted[i]->key) != 0)
			continue;
		text_printable(key, sizeof(key), cur_of(sorted[i]->key, strlen(sorted[i]->key)));
		ok = yaml_fail(b->doc, sorted[i], b->err,
			       "\"%s\" is already set in line %u; keep one of them", key,
			       sorted[i - 1]->line);
	}
	free(sorted);
	return ok;
}

static bool on_end(struct builder *b)
{
	struct yaml_node *node = b->open[--b->depth].node;

	return node->kind != YAML_MAP || keys_differ(b, node);
}

static bool has_frills(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static bool on_event(struct builder *b, const yaml_event_t *event)
{
	size_t line = event->start_mark.line + 1;

	if (has_frills(event))
		return fail_at(b, line, "anchors, aliases and tags are not allowed; write it out");
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return !b->doc->root || fail_at(b, line, "a second document; one per file");
	case YAML_SCALAR_EVENT: return on_scalar(b, event);
	case YAML_SEQUENCE_START_EVENT: return on_start(b, YAML_LIST, line);
	case YAML_MAPPING_START_EVENT: return on_start(b, YAML_MAP, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_end(b);
	default: return true;
	}
}

static bool refuse_text(const struct builder *b, const yaml_parser_t *parser)
{
	size_t line = parser->problem_mark.line;
	const char *problem = parser->problem ? parser->problem : "not YAML";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(b->err, "%s: out of memory", b->doc->name);
	if (parser->error == YAML_READER_ERROR)
		return error_set(b->err, "%s:%zu: %s at byte %zu; the file must be UTF-8 text",
				 b->doc->name, parser->mark.line + 1, problem,
				 parser->problem_offset);
	return error_set(b->err, "%s:%zu: %s%s%s", b->doc->name, line + 1, problem,
			 parser->context ? " " : "", parser->context ? parser->context : "");
}

static bool build(struct builder *b, const char *text, size_t size)
{
	yaml_parser_t parser;
	bool ok, end = false;

	if (!yaml_parser_initialize(&parser))
		return error_set(b->err, "%s: out of memory", b->doc->name);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	do {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			ok = refuse_text(b, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		ok = on_event(b, &event);
		yaml_event_delete(&event);
	} while (ok && !end);
	yaml_parser_delete(&parser);
	if (ok && (!b->doc->root || (b->doc->root->text && !*b->doc->root->text))) {
		b->doc->root = NULL;
		b->depth = 0;
		return add_node(b, YAML_MAP, 1) != NULL;
	}
	return ok;
}

struct yaml *yaml_parse(const char *name, const char *text, size_t size, struct error *err)
{
	struct yaml *doc = calloc(1, sizeof(*doc));
	struct builder b = {.doc = doc, .err = err};

	if (!doc || !(doc->name = strdup(name))) {
		error_set(err, "%s: out of memory", name);
		free(doc);
		return NULL;
	}
	if (size > YAML_BYTES_MAX) {
		error_set(err, "%s: larger than 64 MiB; split it", name);
		yaml_free(doc);
		return NULL;
	}
	if (!build(&b, text, size)) {
		yaml_free(doc);
		return NULL;
	}
	return doc;
}

/* The whole file, whatever it is (a pipe too), up to one byte more than is allowed. */
static char *read_all(FILE *in, size_t *size)
{
	size_t cap = 0, got;
	char *text = NULL;

	*size = 0;
	do {
		if (cap - *size < 4096) {
			char *more = realloc(text, cap = cap ? cap * 2 : 16384);

			if (!more) {
				free(text);
				errno = ENOMEM;
				return NULL;
			}
			text = more;
		}
		got = fread(text + *size, 1, cap - *size, in);
		*size += got;
	} while (got && *size <= YAML_BYTES_MAX);
	if (ferror(in)) {
		free(text);
		return NULL;
	}
	return text;
}

struct yaml *yaml_load(const char *path, struct error *err)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	struct yaml *doc;

	if (in)
		text = read_all(in, &size);
	if (!text)
		error_set(err, "%s: cannot be read: %s", path, strerror(errno));
	if (in)
		fclose(in);
	if (!text)
		return NULL;
	doc = yaml_parse(path, text, size, err);
	free(text);
	return doc;
}

void yaml_destroy(struct yaml *doc)
{
	if (!doc)
		return;
	while (doc->chunks) {
		struct chunk *next = doc->chunks->next;

		free(doc->chunks);
		doc->chunks = next;
	}
	free(doc->name);
	free(doc);
}

const struct yaml_node *yaml_root(const struct yaml *doc)
{
	return doc->root;
}

const char *yaml_name(const struct yaml *doc)
{
	return doc->name;
}
