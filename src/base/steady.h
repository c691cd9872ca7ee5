/* SPDX-License-Identifier: Apache-2.0
 *
 * How long something takes or may wait, outside the traffic: by a clock that nobody sets.
 */
#ifndef BASE_STEADY_H
#define BASE_STEADY_H

#include <stdint.h>
#include <time.h>

#include "limits.h"

static inline int64_t steady_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return SECONDS(now.tv_sec) + now.tv_nsec;
}

#endif
