/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading end: asks a sensor for its metrics, and finds numbers in the text.
 */
#ifndef METRICS_SCRAPE_H
#define METRICS_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "address.h"

#define SCRAPE_UPTIME "bittern_uptime_seconds" /* grows whenever a sensor has counted anew */

enum {
	SCRAPE_LABELS_MAX = 4,
};

struct scrape_label {
	const char *key, *value;
};

struct scrape_sample {
	const char *name;
	struct scrape_label labels[SCRAPE_LABELS_MAX];
	unsigned label_count;
	double value;
};

struct scrape {
	char *text; /* which names and labels stand in */
	struct scrape_sample *samples;
	size_t count;
};

/* Asks the sensor that listens there, and waits some seconds for the answer. False: `err` says what
 * came of it. */
bool scrape_fetch(const struct metrics_address *address, struct scrape *scrape, struct error *err);
/* Text format 0.0.4, strictly: a name that has no # TYPE or two, a line that is none, is refused.
 * Takes `text` (heap, NUL-terminated) over, also when it fails. */
bool scrape_parse(char *text, struct scrape *scrape, struct error *err);
void scrape_finish(struct scrape *scrape);

/* The next sample of that name after `last` (NULL: the first); NULL: there is none. */
const struct scrape_sample *scrape_next(const struct scrape *scrape, const char *name,
					const struct scrape_sample *last);
const char *scrape_label(const struct scrape_sample *sample, const char *key); /* "": it has none */
double scrape_sum(const struct scrape *scrape, const char *name); /* of all samples; 0: none */
/* The one with this label; 0: none. */
double scrape_value(const struct scrape *scrape, const char *name, const char *key,
		    const char *value);

#endif
