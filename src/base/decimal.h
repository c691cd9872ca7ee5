/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers with a fraction as events show them.
 */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>

enum {
	DECIMAL_TEXT = 32,
};

/* As printf's %.15g writes a finite number, or %.17g where only that reads back as the same. Returns the
 * length; no NUL. */
size_t decimal_put(char text[DECIMAL_TEXT], double value);

#endif
