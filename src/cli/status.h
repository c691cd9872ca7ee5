/* SPDX-License-Identifier: Apache-2.0
 *
 * How a running sensor does, from its metrics at two moments.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdint.h>
#include <stdio.h>

#include "scrape.h"

enum {
	TROUBLES_MAX = 24,
	TROUBLE_TEXT = 160,
};

struct status {
	const char *address;
	struct scrape before, now;
	double seconds; /* between them, as the sensor counts; 0: it has not counted anew */
	char troubles[TROUBLES_MAX][TROUBLE_TEXT];
	unsigned trouble_count; /* 0: all is well */
};

/* Finds the troubles. */
void status_judge(struct status *status);
double status_rate(const struct status *status, const char *name, const char *key,
		   const char *value);
double status_lost(const struct scrape *scrape, const char *interface); /* packets, whichever way */
const char *status_mode(const struct status *status); /* as answered: "learning", ... */
/* Within what can be shown, whatever was answered. */
uint64_t status_whole(double number);
int64_t status_ns(double seconds);

void status_print(FILE *out, const struct status *status);
/* False: no memory. */
bool status_document(FILE *out, const struct status *status);

#endif
