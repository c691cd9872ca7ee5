/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing (xxHash). Two kinds, never mixed:
 *   hash_keyed   for tables: keyed with a secret drawn at start, so that nobody on the wire can
 *                choose colliding keys. Must never influence an output.
 *   hash_stable  for identities and shards: the same on every machine and in every run.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_keyed(const void *bytes, size_t size);
uint64_t hash_stable(const void *bytes, size_t size);
uint64_t hash_stable_mix(uint64_t hash, const void *bytes, size_t size); /* continues a stable hash */

/* Draws the secret. Called once from main before any table exists; without it the secret is fixed
 * (tests, fuzzers). */
void hash_init(void);

#endif
