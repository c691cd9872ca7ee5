/* SPDX-License-Identifier: Apache-2.0
 *
 * The rule files of rules/, put into the program as bytes by rules/embed.py.
 */
#ifndef DETECT_BUILTIN_H
#define DETECT_BUILTIN_H

#include <stddef.h>

struct rules_builtin {
	const char *name; /* "rules/modbus.yaml" */
	const char *text;
	size_t size;
};

extern const struct rules_builtin rules_builtin[]; /* ends with name NULL */

#endif
