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
	WORDS = 32, /* hashed at once */
};

/* Static strings are compared by address: another copy of the same word is only a second entry. */
uint64_t known_hash(const struct learn_pair *pair, const struct bt_operation *op, bool *named)
{
	uint64_t words[WORDS], hash;
	size_t n = 3;

	words[0] = (uintptr_t)pair;
	words[1] = (uint64_t)op->unit << 32 | op->function;
	words[2] = (uint64_t)op->subfunction << 32 | (uint32_t)op->by_server << 31 | op->act;
	*named = false;
	if (op->result == BT_RESULT_REFUSED)
		words[n++] = UINT64_C(1) << 32 | op->error;
	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (is_named(access)) {
			*named = true;
			continue;
		}
		if (n + 3 > WORDS) {
			words[0] = hash_words(words, n);
			n = 1;
		}
		words[n++] = (uintptr_t)access->space;
		words[n++] = access->first;
		words[n++] = (uint64_t)access->count << 32 | access->act;
	}
	/* nearly all polls touch one range: the same hash, unrolled */
	hash = n == 6 ? hash_words(words, 6) : hash_words(words, n);
	return hash ? hash : 1;
}

uint64_t known_name(const struct bt_access *access)
{
	struct bt_cursor name = access->name;
	size_t size = cur_left(&name);

	return hash_keyed(cur_claim(&name, size), size);
}

uint64_t known_name_hash(const struct function *function, const struct bt_access *access, uint64_t name)
{
	const uint64_t words[] = {(uintptr_t)function, (uintptr_t)access->space, access->act, name};
	uint64_t hash = hash_words(words, sizeof(words) / sizeof(words[0]));

	return hash ? hash : 1;
}

uint64_t known_whole_hash(uint64_t hash, const struct bt_operation *op, const uint64_t *names)
{
	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (is_named(access))
			hash = hash_words((const uint64_t[]){hash, (uintptr_t)access->space,
							     access->act, names[i]}, 4);
	}
	return hash ? hash : 1;
}

static void place(struct known *known, struct known_slot slot)
{
	for (size_t i = 0; i < KNOWN_PROBES; i++) {
		struct known_slot *at = &known->slots[(slot.hash + i) & known->mask];

		if (at->hash == slot.hash)
			return;
		if (!at->hash) {
			*at = slot;
			known->count++;
			return;
		}
	}
	known->slots[slot.hash & known->mask] = slot;
}

static bool grow(struct known *known)
{
	size_t slots = known->slots ? (known->mask + 1) * 2 : FIRST_SLOTS;
	struct known bigger = {.mask = slots - 1};

	bigger.slots = calloc(slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; known->slots && i <= known->mask; i++)
		if (known->slots[i].hash)
			place(&bigger, known->slots[i]);
	free(known->slots);
	*known = bigger;
	return true;
}

void known_remember(struct known *known, uint64_t hash, struct function *function)
{
	bool full = !known->slots || known->count * 2 > known->mask;

	if (full && (!known->slots || known->mask + 1 < 2 * (size_t)LEARN_KNOWN_MAX))
		full = !grow(known);
	if (known->slots && !full)
		place(known, (struct known_slot){hash, function});
	else if (known->slots)
		known->slots[hash & known->mask] = (struct known_slot){hash, function};
}

void known_finish(struct known *known)
{
	free(known->slots);
	*known = (struct known){0};
}
