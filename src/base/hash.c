/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <sys/random.h>

#include <xxhash.h>

/* Where getrandom() has nothing to give, a fixed key still hashes well; it is only predictable. */
static uint64_t secret = 0x6269747465726e21;

void hash_init(void)
{
	uint64_t drawn;

	if (getrandom(&drawn, sizeof(drawn), GRND_NONBLOCK) == sizeof(drawn))
		secret = drawn;
}

uint64_t hash_keyed(const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, secret);
}

uint64_t hash_stable(const void *bytes, size_t size)
{
	return XXH3_64bits(bytes, size);
}

uint64_t hash_stable_mix(uint64_t hash, const void *bytes, size_t size)
{
	return XXH3_64bits_withSeed(bytes, size, hash);
}
