/* SPDX-License-Identifier: Apache-2.0
 *
 * Points in time as people write them, without printf: every event has some.
 */
#ifndef BITTERN_CALENDAR_H
#define BITTERN_CALENDAR_H

#include <stdint.h>

enum {
	BT_CALENDAR = 26, /* characters of 2026-11-21T23:56:00.123456 */
};

/* Of seconds since 1970 (UTC) in the years 0 to 9999, and microseconds < 1,000,000. Writes no NUL. */
void bt_calendar(char text[BT_CALENDAR], int64_t seconds, uint32_t microseconds);

#endif
