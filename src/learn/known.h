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

struct learn_pair;

struct known {
	uint64_t *hashes; /* 0: free */
	size_t mask, count;
};

/* Of all but the names; *named: there are some. */
uint64_t known_hash(const struct learn_pair *pair, const struct bt_operation *op, bool *named);
/* Of a name and what is done to it by whom. */
uint64_t known_name_hash(const struct learn_pair *pair, const struct bt_operation *op,
			 const struct bt_access *access, uint64_t name);
/* Of all of it: `hash` and the names. names[i] becomes the hash of the bytes that name access i; of one that
 * goes by number nothing is written. */
uint64_t known_whole_hash(uint64_t hash, const struct bt_operation *op, uint64_t *names);
/* At LEARN_KNOWN_MAX an older one makes room; without memory nothing is remembered. */
void known_remember(struct known *known, uint64_t hash);
void known_finish(struct known *known);

enum {
	KNOWN_PROBES = 8,
};

static inline bool known_has(const struct known *known, uint64_t hash)
{
	for (size_t i = 0; known->hashes && i < KNOWN_PROBES; i++) {
		uint64_t at = known->hashes[(hash + i) & known->mask];

		if (at == hash)
			return true;
		if (!at)
			return false;
	}
	return false;
}

#endif
