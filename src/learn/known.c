/* SPDX-License-Identifier: Apache-2.0
 *
 * A cache, not a set: losing an entry costs time and changes no answer.
 */
#include "known.h"

#include <stdlib.h>

#include "hash.h"
#include "limits.h"
#include "shard.h"

enum {
	FIRST_SLOTS = 256,
};

/* Static strings are compared by address: another copy of the same word is only a second entry. */
uint64_t known_hash(const struct learn_pair *pair, const struct bt_operation *op, bool *named)
{
	uint64_t error = op->result == BT_RESULT_REFUSED ? UINT64_C(1) << 32 | op->error : 0;
	uint64_t hash = hash_add(hash_begin(), (uintptr_t)pair, (uint64_t)op->unit << 32 | op->function);
	unsigned numbered = 0;

	hash = hash_add(hash, (uint64_t)op->subfunction << 32 | (uint32_t)op->by_server << 31 | op->act,
			error);
	*named = false;
	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (is_named(access)) {
			*named = true;
			continue;
		}
		hash = hash_add(hash, (uintptr_t)access->space, access->first);
		hash = hash_add(hash, (uint64_t)access->count << 32 | access->act, ++numbered);
	}
	hash = hash_end(hash, numbered);
	return hash ? hash : 1;
}

static uint64_t name_of(const struct bt_access *access)
{
	struct bt_cursor name = access->name;
	size_t size = cur_left(&name);

	return hash_keyed(cur_claim(&name, size), size);
}

uint64_t known_name_hash(const struct learn_pair *pair, const struct bt_operation *op,
			 const struct bt_access *access, uint64_t name)
{
	const uint64_t words[] = {(uintptr_t)pair, (uint64_t)op->unit << 32 | op->function,
				  (uint64_t)op->subfunction << 32 | access->act,
				  (uintptr_t)access->space, name};
	uint64_t hash = hash_words(words, sizeof(words) / sizeof(words[0]));

	return hash ? hash : 1;
}

uint64_t known_whole_hash(uint64_t hash, const struct bt_operation *op, uint64_t *names)
{
	uint64_t things = 0;

	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (!is_named(access))
			continue;
		names[i] = name_of(access);
		hash = hash_add(hash, (uintptr_t)access->space, names[i]);
		hash = hash_add(hash, access->act, ++things);
	}
	hash = hash_end(hash, things);
	return hash ? hash : 1;
}

static void place(struct known *known, uint64_t hash)
{
	for (size_t i = 0; i < KNOWN_PROBES; i++) {
		uint64_t *at = &known->hashes[(hash + i) & known->mask];

		if (*at == hash)
			return;
		if (!*at) {
			*at = hash;
			known->count++;
			return;
		}
	}
	known->hashes[hash & known->mask] = hash;
}

static bool grow(struct known *known)
{
	size_t slots = known->hashes ? (known->mask + 1) * 2 : FIRST_SLOTS;
	struct known bigger = {.mask = slots - 1};

	bigger.hashes = calloc(slots, sizeof(*bigger.hashes));
	if (!bigger.hashes)
		return false;
	for (size_t i = 0; known->hashes && i <= known->mask; i++)
		if (known->hashes[i])
			place(&bigger, known->hashes[i]);
	free(known->hashes);
	*known = bigger;
	return true;
}

void known_remember(struct known *known, uint64_t hash)
{
	bool full = !known->hashes || known->count * 2 > known->mask;

	if (full && (!known->hashes || known->mask + 1 < 2 * (size_t)LEARN_KNOWN_MAX))
		full = !grow(known);
	if (known->hashes && !full)
		place(known, hash);
	else if (known->hashes)
		known->hashes[hash & known->mask] = hash;
}

void known_finish(struct known *known)
{
	free(known->hashes);
	*known = (struct known){0};
}
