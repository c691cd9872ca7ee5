/* SPDX-License-Identifier: Apache-2.0
 *
 * Cryptographic hashes, by OpenSSL's libcrypto: the only place that knows it.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "bittern/digest.h"

enum {
	DIGEST_SHA1_BASE64 = 29, /* characters and NUL */
};

void digest_sha1_base64(const void *bytes, size_t size, char text[DIGEST_SHA1_BASE64]);

/* libcrypto opens its configuration when a certificate is first looked at: it does so now. */
void digest_warm_up(void);

#endif
