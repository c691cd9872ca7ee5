/* SPDX-License-Identifier: Apache-2.0
 *
 * The one probe: operations that were found known before, by a keyed hash of everything that was
 * compared then. In steady state nothing else of the baseline is touched.
 *
 * Named things have a probe each: what a subscriber is told in one message is any few of what it may
 * be told, and seldom the same few twice.
 *
 * Only the 64-bit hash is compared: the key is secret, so nobody on the wire can aim for a collision,
 * and one by chance needs some billions of different operations.
 */
#ifndef LEARN_KNOWN_H
#define LEARN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bittern/operation.h"

struct function;
struct learn_pair;

struct known_slot {
	uint64_t hash; /* 0: empty */
	struct function *function;
};

struct known {
	struct known_slot *slots;
	size_t mask, count;
};

/* Of all but the names; *named: there are some. */
uint64_t known_hash(const struct learn_pair *pair, const struct bt_operation *op, bool *named);
uint64_t known_name(const struct bt_access *access); /* of the name's bytes alone */
uint64_t known_name_hash(const struct function *function, const struct bt_access *access, uint64_t name);
/* Of all of it: `hash` and the names, of which `names` has those of named accesses. */
uint64_t known_whole_hash(uint64_t hash, const struct bt_operation *op, const uint64_t *names);
/* At LEARN_KNOWN_MAX an older one makes room; without memory nothing is remembered. */
void known_remember(struct known *known, uint64_t hash, struct function *function);
void known_finish(struct known *known);

enum {
	KNOWN_PROBES = 8,
};

static inline struct function *known_find(const struct known *known, uint64_t hash)
{
	if (!known->slots)
		return NULL;
	for (size_t i = 0; i < KNOWN_PROBES; i++) {
		const struct known_slot *slot = &known->slots[(hash + i) & known->mask];

		if (slot->hash == hash)
			return slot->function;
		if (!slot->hash)
			return NULL;
	}
	return NULL;
}

#endif
