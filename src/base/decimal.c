/* SPDX-License-Identifier: Apache-2.0
 *
 * Measured values are nearly all between a ten-thousandth and some millions. There 128 bits hold the number
 * times any power of ten that is needed, so its digits are exact without printf's long division.
 */
#include "decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "digits.h"

enum {
	DIGITS_TRIED = 15, /* always survive the way into a double and back */
	DIGITS_ENOUGH = 17, /* tell any two doubles apart */
	POWERS = 20,
};

static const uint64_t power_of_ten[POWERS] = {
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	10000000000,
	100000000000,
	1000000000000,
	10000000000000,
	100000000000000,
	1000000000000000,
	10000000000000000,
	100000000000000000,
	1000000000000000000,
	10000000000000000000u,
};

/* Within it nothing below overflows, and no exponent is shown. */
static bool is_usual(double size)
{
	return size == 0 || (size >= 1e-4 && size < 1e14);
}

/* Decimal places that show so many digits of it. */
static unsigned places_for(double size, unsigned digits)
{
	if (size >= 1)
		return digits - digits_count((uint64_t)size);
	if (size == 0)
		return digits - 1;
	return digits + (size < 0.1) + (size < 0.01) + (size < 0.001);
}

/* size * 10^places, rounded to the nearest, from the middle to the even one. */
static uint64_t scaled(double size, unsigned places)
{
	int exponent;
	uint64_t mantissa = (uint64_t)ldexp(frexp(size, &exponent), 53), whole;
	int shift = 53 - exponent; /* size = mantissa / 2^shift; 6 to 66 of a usual one */
	__extension__ unsigned __int128 product = mantissa, rest, half = 1;

	if (places >= POWERS) {
		product *= power_of_ten[places - (POWERS - 1)];
		places = POWERS - 1;
	}
	product *= power_of_ten[places];
	whole = (uint64_t)(product >> shift);
	rest = product - ((product >> shift) << shift);
	half <<= shift - 1;
	return whole + (rest > half || (rest == half && whole & 1));
}

static size_t put_places(char *text, uint64_t number, unsigned places)
{
	unsigned length;

	for (unsigned zeros = 8; zeros; zeros /= 2) {
		if (places >= zeros && number % power_of_ten[zeros] == 0) {
			number /= power_of_ten[zeros];
			places -= zeros;
		}
	}
	if (places >= POWERS) { /* less than 1/1000 */
		text[0] = '0';
		text[1] = '.';
		digits_put(text + 2, places, number);
		return places + 2;
	}
	length = digits_count(number / power_of_ten[places]);
	digits_put(text, length, number / power_of_ten[places]);
	if (!places)
		return length;
	text[length] = '.';
	digits_put(text + length + 1, places, number % power_of_ten[places]);
	return length + 1 + places;
}

static size_t put_usual(char *text, double size)
{
	unsigned places = places_for(size, DIGITS_TRIED);
	uint64_t number = scaled(size, places);

	/* Both are exact, so the quotient is what reading the text would yield. */
	if ((double)number / (double)power_of_ten[places] != size) {
		places = places_for(size, DIGITS_ENOUGH);
		number = scaled(size, places);
	}
	return put_places(text, number, places);
}

size_t decimal_put(char text[DECIMAL_TEXT], double value)
{
	size_t sign = signbit(value) != 0;
	int length;

	text[0] = '-';
	if (is_usual(fabs(value)))
		return sign + put_usual(text + sign, fabs(value));
	length = snprintf(text, DECIMAL_TEXT, "%.*g", DIGITS_TRIED, value);
	if (strtod(text, NULL) != value)
		length = snprintf(text, DECIMAL_TEXT, "%.*g", DIGITS_ENOUGH, value);
	return (size_t)length;
}
