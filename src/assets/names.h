/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts that come back again and again (vendors, networks, service labels), kept once each. A text
 * lives as long as the `names`. Bounded: past the cap a new text becomes "" and is counted.
 */
#ifndef ASSETS_NAMES_H
#define ASSETS_NAMES_H

#include "map.h"

struct names {
	struct map map;
	struct names_chunk *chunks; /* newest first */
	size_t cap;                 /* texts at most */
	uint64_t dropped;
};

void names_init(struct names *names, size_t cap);
void names_finish(struct names *names);
/* The kept copy of `text` (`len` bytes without a NUL, at most NAMES_TEXT_MAX: longer is cut). */
const char *names_keep(struct names *names, const char *text, size_t len);

enum {
	NAMES_TEXT_MAX = 255,
};

#endif
