/* SPDX-License-Identifier: Apache-2.0
 *
 * Who made the network card: the IEEE's registries of MAC prefixes (MA-L, MA-M, MA-S, IAB).
 */
#ifndef ASSETS_OUI_H
#define ASSETS_OUI_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct oui;

/* `path`: a file as the IEEE publishes it, or a folder with several; checked now, read at first
 * need. NULL: Debian's ieee-data where it is installed. Behind either stands the built-in list. */
struct oui *oui_create(const char *path, struct error *err);
void oui_destroy(struct oui *oui);

/* The registered owner of the longest known prefix, "" where there is none: unknown, registered as
 * private, locally administered, or a group address. Lives as long as `oui`. */
const char *oui_vendor(struct oui *oui, const uint8_t mac[6]);

size_t oui_count(struct oui *oui);     /* prefixes known */
uint64_t oui_damaged(struct oui *oui); /* lines of the files that could not be understood */

/* The built-in list. */
struct oui_known {
	uint32_t prefix; /* 24 bits */
	const char *vendor;
};
extern const struct oui_known oui_builtin[];
extern const size_t oui_builtin_count;

#endif
