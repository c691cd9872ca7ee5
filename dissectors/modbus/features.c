/* SPDX-License-Identifier: Apache-2.0
 *
 * What of Modbus is decoded, out of the tables that decode it.
 */
#include <stdio.h>

#include "umas.h"

enum {
	CODES = 256, /* of each kind */
};

/* The name of what has this code; NULL: nothing has. */
typedef const char *name_of(uint16_t code);

static const char *function_code(uint16_t code)
{
	const struct modbus_function *function = modbus_function((uint8_t)code);

	return code < EXCEPTION_BIT && function->class != CLASS_UNDEFINED ? function->name : NULL;
}

static const char *name_in(const struct modbus_subfunction *found)
{
	return found ? found->name : NULL;
}

static const char *diagnostic(uint16_t code)
{
	return name_in(modbus_diagnostic(code));
}

static const char *encapsulated(uint16_t code)
{
	return name_in(modbus_encapsulated((uint8_t)code));
}

static const char *exception(uint16_t code)
{
	return name_in(modbus_exception((uint8_t)code));
}

static const char *umas(uint16_t code)
{
	return name_in(umas_function((uint8_t)code));
}

static const struct {
	const char *kind, *prefix;
	name_of *name_of;
} kinds[] = {
	{"function code", "", function_code},
	{"diagnostics sub-function", "8/", diagnostic},
	{"encapsulated interface", "43/", encapsulated},
	{"exception", "", exception},
	{"UMAS function", "90/", umas},
};

bool modbus_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		for (uint16_t code = 0; code < CODES; code++) {
			const char *name = kinds[i].name_of(code), *why_not = NULL;

			if (!name || index--)
				continue;
			if (kinds[i].name_of == umas && !umas_layout_known((uint8_t)code))
				why_not = "its layout is not published";
			snprintf(text, BT_FEATURE_TEXT, "%s%u", kinds[i].prefix, code);
			*feature = (struct bt_feature){kinds[i].kind, text, name, !why_not, why_not};
			return true;
		}
	}
	return false;
}
