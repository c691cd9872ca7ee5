/* SPDX-License-Identifier: Apache-2.0
 *
 * The clocks of the machine, outside the traffic: how long something takes or may wait is told by the
 * one that nobody sets.
 */
#ifndef BASE_STEADY_H
#define BASE_STEADY_H

#include <stdint.h>
#include <time.h>

#include "limits.h"

static inline int64_t read_clock(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return SECONDS(now.tv_sec) + now.tv_nsec;
}

static inline int64_t steady_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* Likewise, and goes on while the machine sleeps: for what lasts days. */
static inline int64_t boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

#endif
