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

uint64_t hash_keyed(const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, hash_secret[0]);
}

uint64_t hash_stable(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}

uint64_t hash_stable_mix(uint64_t hash, const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, hash);
}
