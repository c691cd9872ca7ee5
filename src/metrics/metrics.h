/* SPDX-License-Identifier: Apache-2.0
 *
 * The metrics that a sensor serves, in Prometheus' text format 0.0.4 ("exposition formats" in its
 * documentation). One table in metrics.c says all of them; docs/metrics.md is printed from it.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdio.h>

#include "board.h"

/* The process that serves them. */
struct metrics_process {
	const char *version;
	double start_s; /* since 1970 */
	double cpu_s;
	uint64_t resident_bytes;
};

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_text(FILE *out, const struct metrics_process *process,
		  const struct metrics_snapshot *snapshot);
void metrics_help(FILE *out); /* the table of docs/metrics.md */

#endif
