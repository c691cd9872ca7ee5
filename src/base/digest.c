/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

/* OpenSSL's way to a hash looks the algorithm up under a lock and allocates: thousands of instructions, and
 * most of what is hashed is short. Its old functions only hash. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

void bt_sha256(struct bt_cursor bytes, uint8_t hash[BT_SHA256_BYTES])
{
	SHA256_CTX sha;

	SHA256_Init(&sha);
	SHA256_Update(&sha, bytes.ptr, bytes.left);
	SHA256_Final(hash, &sha);
}

void digest_sha1_base64(const void *bytes, size_t size, char text[DIGEST_SHA1_BASE64])
{
	unsigned char hash[SHA_DIGEST_LENGTH];
	SHA_CTX sha;

	SHA1_Init(&sha);
	SHA1_Update(&sha, bytes, size);
	SHA1_Final(hash, &sha);
	EVP_EncodeBlock((unsigned char *)text, hash, sizeof(hash));
}

void digest_warm_up(void)
{
	unsigned char hash[EVP_MAX_MD_SIZE];

	EVP_Digest("", 0, hash, NULL, EVP_sha1(), NULL);
}
