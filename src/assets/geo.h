/* SPDX-License-Identifier: Apache-2.0
 *
 * Country and network of public addresses, from MaxMind database files (.mmdb) that the user has:
 * databases of countries, cities or autonomous systems, from whoever makes them.
 */
#ifndef ASSETS_GEO_H
#define ASSETS_GEO_H

#include <stddef.h>

#include "bittern/flow.h"
#include "error.h"

enum {
	GEO_COUNTRY = 4,  /* "DE" */
	GEO_NETWORK = 96, /* "AS64500 Example Net" */
};

struct geo;

/* NULL: `err` says which file and why. No paths make a geo that knows nothing. */
struct geo *geo_create(const char *const *paths, size_t count, struct error *err);
void geo_destroy(struct geo *geo);

/* Fills in what the files know, "" otherwise; the first file that knows wins. A damaged entry is
 * the same as none. */
void geo_find(const struct geo *geo, const struct bt_addr *addr, char country[GEO_COUNTRY],
	      char network[GEO_NETWORK]);

#endif
