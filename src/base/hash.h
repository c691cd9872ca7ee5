/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing. Two kinds, never mixed:
 *   hash_keyed   for tables: keyed with a secret drawn at start, so that nobody on the wire can
 *                choose colliding keys. Must never influence an output. hash_words() is the same
 *                for keys in whole words, which every packet has: a few instructions, in line.
 *   hash_stable  for identities and shards (xxHash): the same on every machine and in every run.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_keyed(const void *bytes, size_t size);
static inline uint64_t hash_words(const uint64_t *words, size_t count);
uint64_t hash_stable(const void *bytes, size_t size);
uint64_t hash_stable_mix(uint64_t hash, const void *bytes, size_t size); /* continues a stable hash */

/* Draws the secret. Called once from main before any table exists; without it the secret is fixed
 * (tests, fuzzers). */
void hash_init(void);

extern uint64_t hash_secret[3];

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* wyhash's way (https://github.com/wangyi-fudan/wyhash), with secrets that are ours alone. In steps, for
 * who has no array of words: from hash_begin() on two words at a time, and at the end how many. */
static inline uint64_t hash_begin(void)
{
	return hash_secret[0];
}

static inline uint64_t hash_add(uint64_t hash, uint64_t a, uint64_t b)
{
	return hash_fold(a ^ hash_secret[1], b ^ hash);
}

static inline uint64_t hash_end(uint64_t hash, size_t count)
{
	return hash_fold(hash ^ hash_secret[2], hash_secret[1] ^ count);
}

static inline uint64_t hash_words(const uint64_t *words, size_t count)
{
	uint64_t hash = hash_begin();
	size_t i = 0;

	for (; i + 2 <= count; i += 2)
		hash = hash_add(hash, words[i], words[i + 1]);
	if (i < count)
		hash = hash_add(hash, words[i], 0);
	return hash_end(hash, count);
}

#endif
