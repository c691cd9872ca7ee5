/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <sys/random.h>

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Where getrandom() has nothing to give, a fixed key still hashes well; it is only predictable. */
uint64_t hash_secret[3] = {0x6269747465726e21, 0xa0761d6478bd642f, 0xe7037ed1a0b428db};

void hash_init(void)
{
	uint64_t drawn[3];

	if (getrandom(drawn, sizeof(drawn), GRND_NONBLOCK) == sizeof(drawn))
		memcpy(hash_secret, drawn, sizeof(drawn));
}

static uint64_t word(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t half_word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The last 16 bytes, or all where there are fewer: read twice rather than one by one. */
static uint64_t add_last(uint64_t hash, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;

	if (size >= 16)
		return hash_add(hash, word(end - 16), word(end - 8));
	if (size >= 8)
		return hash_add(hash, word(bytes), word(end - 8));
	if (size >= 4)
		return hash_add(hash, half_word(bytes), half_word(end - 4));
	if (size > 0)
		return hash_add(hash, bytes[0], (uint64_t)bytes[size / 2] << 8 | end[-1]);
	return hash;
}

/* As hash_words(). The longer ones on two ways, each with a secret of its own, which meet in the end. */
uint64_t hash_keyed(const void *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = at + size;
	uint64_t hash = hash_begin(), other = hash_secret[2];

	for (; end - at > 32; at += 32) {
		hash = hash_add(hash, word(at), word(at + 8));
		other = hash_fold(word(at + 16) ^ hash_secret[2], word(at + 24) ^ other);
	}
	if (end - at > 16)
		hash = hash_add(hash, word(at), word(at + 8));
	return hash_end(add_last(hash ^ other, bytes, size), size);
}

uint64_t hash_stable(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}

uint64_t hash_stable_mix(uint64_t hash, const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, hash);
}
