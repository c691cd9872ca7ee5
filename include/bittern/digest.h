/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash of bytes that are too many to show: program blocks, files.
 */
#ifndef BITTERN_DIGEST_H
#define BITTERN_DIGEST_H

#include "bittern/cursor.h"

enum {
	BT_SHA256_BYTES = 32,
};

void bt_sha256(struct bt_cursor bytes, uint8_t hash[BT_SHA256_BYTES]);

#endif
