/* SPDX-License-Identifier: Apache-2.0
 *
 * The reporter: merges the workers' news into the one order of the capture, keeps inventory and
 * alerts, writes events.
 */
#ifndef RUN_REPORTER_H
#define RUN_REPORTER_H

#include "news.h"
#include "run.h"

struct reporter;

struct reporter *reporter_create(const struct run_options *options, const struct baseline *site,
				 struct ring *const *rings, unsigned ring_count, struct error *err);
/* Reads until all rings have ended. `idle` is called now and then (progress). */
void reporter_run(struct reporter *reporter, void (*idle)(void *owner), void *owner);
/* The last events: alerts that grew, devices that changed, stats. */
void reporter_end(struct reporter *reporter, struct eve_stats *stats);
/* Moves inventory and alerts into the result. False: events could not be written, see err. */
bool reporter_finish(struct reporter *reporter, struct run_result *result, struct error *err);

#endif
