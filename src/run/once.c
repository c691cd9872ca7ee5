/* SPDX-License-Identifier: Apache-2.0 */
#include "once.h"

bool once_told(struct once *once, uint64_t what, int64_t now_ns, int64_t *told_ns)
{
	struct once_entry *set = once->sets[what % ONCE_SETS], *place = &set[0];

	for (unsigned way = 0; way < ONCE_WAYS; way++) {
		if (set[way].what == what) {
			place = &set[way];
			*told_ns = place->time_ns;
			if (once_is_fresh(place->time_ns, now_ns))
				return true;
			break;
		}
		if (set[way].time_ns < place->time_ns)
			place = &set[way];
	}
	*place = (struct once_entry){what, now_ns};
	*told_ns = now_ns;
	return false;
}
