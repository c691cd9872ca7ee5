/* SPDX-License-Identifier: Apache-2.0
 *
 * On the wire, packets carry the time of the clock on the wall, and somebody may set that clock. Two
 * things must not follow: the order of the news (the fellows' news would wait until the clock is where
 * it was) and what is measured in seconds. So both clocks are looked at, and what counts steadily is
 * the time of the wall as if it had never been set since the start.
 *
 * A pure function of what it is shown.
 */
#ifndef RUN_CLOCK_H
#define RUN_CLOCK_H

#include <stdint.h>

#include "limits.h"

#define CLOCK_STEP_NS MILLISECONDS(500) /* less is no step: NTP does that all day */
#define CLOCK_AHEAD_NS SECONDS(1)

struct clock {
	int64_t wall_ns, steady_ns;  /* now */
	int64_t offset_ns; /* by how much the wall is ahead */
	int64_t first_ns;  /* was ahead at the start; as if it had never been set back before that */
	uint64_t steps;              /* how often it was set */
	int64_t step_ns;             /* by how much the last time; below zero: back */
};

void clock_start(struct clock *clock, int64_t wall_ns, int64_t steady_ns);
/* Before a restart numbers had come up to `last`: they go on behind it, and at the pace of time, also when
 * the wall's clock was set back meanwhile. */
void clock_resume(struct clock *clock, uint64_t last);
/* Time has passed. By how much the wall's clock was set meanwhile; 0: it was not. */
int64_t clock_show(struct clock *clock, int64_t wall_ns, int64_t steady_ns);
/* What the wall's clock would say if it had never been set. */
int64_t clock_steady(const struct clock *clock);
/* Microseconds since 1970 for what happened at `time_ns` of the wall's clock, likewise; never later
 * than a second after the clock was looked at. */
uint64_t clock_number(const struct clock *clock, int64_t time_ns);

#endif
