/* SPDX-License-Identifier: Apache-2.0
 *
 * All dissectors there are, in the order of dissectors/meson.build (from which roster.c is made).
 */
#ifndef PROTO_ROSTER_H
#define PROTO_ROSTER_H

#include "bittern/dissector.h"

enum {
	ROSTER_MAX = 64, /* one bit each in a uint64_t */
};

extern const struct bt_dissector *const roster[];
extern const size_t roster_count;

/* A protocol by its name, never one of its roads; NULL: none. */
const struct bt_dissector *roster_find(const char *name);

#endif
