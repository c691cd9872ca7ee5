/* SPDX-License-Identifier: Apache-2.0
 *
 * Interned texts: one copy each in chunks that only grow, found again through a map.
 */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

enum {
	CHUNK_BYTES = 16 << 10,
};

struct names_chunk {
	struct names_chunk *next;
	size_t used;
	char bytes[CHUNK_BYTES];
};

static const char empty[] = ""; /* one address: texts are compared by theirs */

struct view {
	const char *text;
	size_t len;
};

static bool same_text(const void *item, const void *key)
{
	const char *text = item;
	const struct view *view = key;

	return strncmp(text, view->text, view->len) == 0 && text[view->len] == '\0';
}

void names_init(struct names *names, size_t cap)
{
	*names = (struct names){.cap = cap};
}

void names_finish(struct names *names)
{
	if (!names)
		return;
	map_finish(&names->map);
	while (names->chunks) {
		struct names_chunk *next = names->chunks->next;

		free(names->chunks);
		names->chunks = next;
	}
}

static char *room_for(struct names *names, size_t size)
{
	struct names_chunk *chunk = names->chunks;

	if (!chunk || size > CHUNK_BYTES - chunk->used) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = names->chunks;
		chunk->used = 0;
		names->chunks = chunk;
	}
	return chunk->bytes + chunk->used;
}

const char *names_keep(struct names *names, const char *text, size_t len)
{
	/* A NUL inside ends it: what is kept is a C string. */
	struct view view = {text, strnlen(text, len < NAMES_TEXT_MAX ? len : NAMES_TEXT_MAX)};
	uint64_t hash;
	char *kept;

	if (view.len == 0)
		return empty;
	hash = hash_keyed(view.text, view.len);
	kept = map_find(&names->map, hash, same_text, &view);
	if (kept)
		return kept;
	kept = names->map.count < names->cap ? room_for(names, view.len + 1) : NULL;
	if (!kept || !map_insert(&names->map, hash, kept)) {
		names->dropped++;
		return empty;
	}
	memcpy(kept, view.text, view.len);
	kept[view.len] = '\0';
	names->chunks->used += view.len + 1;
	return kept;
}
