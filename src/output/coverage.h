/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/coverage.md: what each protocol's specification has and whether it is decoded, from the
 * tables of the dissectors that do the decoding, so that it cannot lie.
 */
#ifndef COVERAGE_H
#define COVERAGE_H

#include <stdio.h>

#include "bittern/dissector.h"

/* The page as Markdown. Roads of a protocol have no part of their own. */
void coverage_print(FILE *out, const struct bt_dissector *const *dissectors, size_t count);

#endif
