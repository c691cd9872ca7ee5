/* SPDX-License-Identifier: Apache-2.0 */
#include "named.h"

#include <stdlib.h>

#include "hash.h"

enum {
	NAMED_MAX = 8, /* of one kind */
};

struct named {
	const void *of;
	enum named_kind kind;
	unsigned count;
	uint64_t key[NAMED_MAX];
};

static bool same_list(const void *item, const void *key)
{
	const struct named *named = item, *wanted = key;

	return named->of == wanted->of && named->kind == wanted->kind;
}

static struct named *list_of(struct named_table *table, enum named_kind kind, const void *of)
{
	const uint64_t words[] = {(uintptr_t)of, kind};
	const struct named wanted = {.of = of, .kind = kind};
	uint64_t hash = hash_keyed(words, sizeof(words));
	struct named *named = map_find(&table->lists, hash, same_list, &wanted);

	if (named)
		return named;
	named = malloc(sizeof(*named));
	if (!named || !map_insert(&table->lists, hash, named)) {
		free(named);
		return NULL;
	}
	*named = wanted;
	return named;
}

bool named_has(struct named_table *table, enum named_kind kind, const void *of, uint64_t key,
	       bool *first_time)
{
	struct named *named = list_of(table, kind, of);

	*first_time = false;
	if (!named)
		return false;
	for (unsigned i = 0; i < named->count; i++)
		if (named->key[i] == key)
			return true;
	if (named->count == NAMED_MAX)
		return false;
	named->key[named->count++] = key;
	*first_time = true;
	return true;
}

void named_finish(struct named_table *table)
{
	struct named *named;
	size_t at = 0;

	while ((named = map_next(&table->lists, &at)))
		free(named);
	map_finish(&table->lists);
}
