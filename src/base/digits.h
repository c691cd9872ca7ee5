/* SPDX-License-Identifier: Apache-2.0
 *
 * Digits of numbers, two at a time: events are made of little else.
 */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

extern const char digits_decimal[200]; /* "00" to "99" */
extern const char digits_hex[512];     /* "00" to "ff" */

static inline unsigned digits_count(uint64_t value)
{
	unsigned count = 1;

	if (value < 10) /* most are */
		return 1;
	for (; value >= 10000; value /= 10000)
		count += 4;
	return count + (value >= 10) + (value >= 100) + (value >= 1000);
}

static inline void digits_put_pair(char *at, unsigned value) /* < 100 */
{
	memcpy(at, digits_decimal + 2 * value, 2);
}

static inline void digits_put_byte(char *at, uint8_t byte)
{
	memcpy(at, digits_hex + 2 * byte, 2);
}

/* `count` digits: all that `value` has, or zeros before them. */
static inline void digits_put(char *at, unsigned count, uint64_t value)
{
	uint32_t rest;

	if (count == 1) {
		*at = (char)('0' + value % 10);
		return;
	}
	for (; value > UINT32_MAX && count >= 2; value /= 100)
		digits_put_pair(at + (count -= 2), (unsigned)(value % 100));
	rest = (uint32_t)value; /* its divisions are faster */
	for (; count >= 2; rest /= 100)
		digits_put_pair(at + (count -= 2), rest % 100);
	if (count)
		*at = (char)('0' + rest % 10);
}

#endif
