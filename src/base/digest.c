/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <openssl/evp.h>

/* libcrypto refuses a hash only without memory or where policy forbids it: then there is none, and
 * zeros say so. */
void bt_sha256(struct bt_cursor bytes, uint8_t hash[BT_SHA256_BYTES])
{
	if (!EVP_Digest(bytes.ptr, bytes.left, hash, NULL, EVP_sha256(), NULL))
		memset(hash, 0, BT_SHA256_BYTES);
}

void digest_sha1_base64(const void *bytes, size_t size, char text[DIGEST_SHA1_BASE64])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned length;

	text[0] = '\0';
	if (EVP_Digest(bytes, size, hash, &length, EVP_sha1(), NULL))
		EVP_EncodeBlock((unsigned char *)text, hash, (int)length);
}
