/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#define RESUME_NS SECONDS(20) /* the last number was noted some seconds before the end */
#define RESUME_MAX UINT64_C(4000000000000000) /* microseconds: later than the year 2096 nothing was */

void clock_start(struct clock *clock, int64_t wall_ns, int64_t steady_ns)
{
	*clock = (struct clock){
		.wall_ns = wall_ns,
		.steady_ns = steady_ns,
		.offset_ns = wall_ns - steady_ns,
		.first_ns = wall_ns - steady_ns,
	};
}

void clock_resume(struct clock *clock, uint64_t last)
{
	int64_t back_ns = last < RESUME_MAX ? (int64_t)last * 1000 - clock_steady(clock) : -1;

	if (back_ns >= 0)
		clock->first_ns += back_ns + RESUME_NS;
}

int64_t clock_show(struct clock *clock, int64_t wall_ns, int64_t steady_ns)
{
	int64_t step = wall_ns - steady_ns - clock->offset_ns;

	clock->wall_ns = wall_ns;
	clock->steady_ns = steady_ns;
	clock->offset_ns += step;
	if (step < CLOCK_STEP_NS && step > -CLOCK_STEP_NS)
		return 0;
	clock->steps++;
	clock->step_ns = step;
	return step;
}

int64_t clock_steady(const struct clock *clock)
{
	return clock->steady_ns + clock->first_ns;
}

/* What came before the clock was set and is looked at only now would lie ahead of now; or, where it was
 * set from 1970 to this year, before all time. */
uint64_t clock_number(const struct clock *clock, int64_t time_ns)
{
	int64_t now = clock_steady(clock), steady = time_ns - clock->offset_ns + clock->first_ns;

	if (steady < 0)
		return 0;
	return (uint64_t)(steady < now + CLOCK_AHEAD_NS ? steady : now) / 1000;
}
