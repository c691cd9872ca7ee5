/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern.h"

#include <string.h>

/* Where the rest does not fit, the last `*` takes one byte more: nothing before it need be tried again,
 * so a name and a pattern cost their product at most. */
bool pattern_fits(const char *pattern, struct bt_cursor name)
{
	struct bt_cursor after_star = name;
	const char *star = NULL;

	while (cur_left(&name)) {
		struct bt_cursor next = name;
		uint8_t byte = cur_u8(&next);

		if (*pattern == '*') {
			star = ++pattern;
			after_star = name;
		} else if (*pattern && (*pattern == '?' || (uint8_t)*pattern == byte)) {
			pattern++;
			name = next;
		} else if (star) {
			cur_skip(&after_star, 1);
			name = after_star;
			pattern = star;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}
