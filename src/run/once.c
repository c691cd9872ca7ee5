/* SPDX-License-Identifier: Apache-2.0 */
#include "once.h"

/* A clock that was set back makes everything due. */
static bool is_due(const struct once_told *told, int64_t now_ns)
{
	return now_ns < told->time_ns ||
	       (uint64_t)now_ns - (uint64_t)told->time_ns >= (uint64_t)ONCE_AGAIN_NS;
}

bool once_pass(struct once *once, uint64_t what, int64_t now_ns)
{
	struct once_told *set = once->sets[what % ONCE_SETS], *place = &set[0];

	for (unsigned way = 0; way < ONCE_WAYS; way++) {
		if (set[way].what == what) {
			place = &set[way];
			if (!is_due(place, now_ns))
				return false;
			break;
		}
		if (set[way].time_ns < place->time_ns)
			place = &set[way];
	}
	*place = (struct once_told){what, now_ns};
	return true;
}
