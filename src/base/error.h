/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of explanation on its way up. Lower layers say what, where and what would be right;
 * only main, cli, run and config show it to a person.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error {
	char text[512];
};

/* Sets the text and returns false, so that a failing function can `return error_set(...)`.
 * `err` may be NULL. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
