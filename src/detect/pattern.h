/* SPDX-License-Identifier: Apache-2.0
 *
 * Patterns for names that came over a wire: `*` stands for any bytes, `?` for one.
 */
#ifndef DETECT_PATTERN_H
#define DETECT_PATTERN_H

#include "bittern/cursor.h"

bool pattern_fits(const char *pattern, struct bt_cursor name);

#endif
