/* SPDX-License-Identifier: Apache-2.0
 *
 * What of the standard is decoded, out of the tables that decode it.
 */
#include <stdio.h>

#include "dnp3.h"

static const struct {
	uint8_t prefix, range;
	const char *name;
} qualifiers[] = {
	{PREFIX_NONE, RANGE_START_STOP8, "8-bit start and stop"},
	{PREFIX_NONE, RANGE_START_STOP16, "16-bit start and stop"},
	{PREFIX_NONE, RANGE_START_STOP32, "32-bit start and stop"},
	{PREFIX_NONE, RANGE_VIRTUAL8, "8-bit virtual addresses"},
	{PREFIX_NONE, RANGE_VIRTUAL16, "16-bit virtual addresses"},
	{PREFIX_NONE, RANGE_VIRTUAL32, "32-bit virtual addresses"},
	{PREFIX_NONE, RANGE_ALL, "all points"},
	{PREFIX_NONE, RANGE_COUNT8, "8-bit count"},
	{PREFIX_NONE, RANGE_COUNT16, "16-bit count"},
	{PREFIX_NONE, RANGE_COUNT32, "32-bit count"},
	{PREFIX_INDEX8, RANGE_COUNT8, "8-bit count, 8-bit indices"},
	{PREFIX_INDEX16, RANGE_COUNT16, "16-bit count, 16-bit indices"},
	{PREFIX_INDEX32, RANGE_COUNT32, "32-bit count, 32-bit indices"},
	{PREFIX_INDEX16, RANGE_COUNT8, "8-bit count, 16-bit indices"},
	{PREFIX_SIZE8, RANGE_VARIABLE, "free format, 8-bit sizes"},
	{PREFIX_SIZE16, RANGE_VARIABLE, "free format, 16-bit sizes"},
	{PREFIX_SIZE32, RANGE_VARIABLE, "free format, 32-bit sizes"},
};

static bool function_feature(size_t index, struct bt_feature *feature, char *text)
{
	const struct dnp3_function *function = dnp3_function_number(index);

	if (!function)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "%u", function->code);
	*feature = (struct bt_feature){"function code", text, function->name, true, NULL};
	return true;
}

static bool link_feature(size_t index, struct bt_feature *feature, char *text)
{
	for (unsigned control = 0; control < 32; control++) {
		uint8_t prm = control < 16 ? LINK_PRM : 0;
		const struct dnp3_link_name *name =
			dnp3_link_name((uint8_t)(prm | (control & LINK_FUNCTION)));

		if (!name || index--)
			continue;
		snprintf(text, BT_FEATURE_TEXT, "%s %u", prm ? "PRM" : "SEC",
			 control & LINK_FUNCTION);
		*feature = (struct bt_feature){"link function", text, name->name, true, NULL};
		return true;
	}
	return false;
}

static bool qualifier_feature(size_t index, struct bt_feature *feature, char *text)
{
	if (index >= sizeof(qualifiers) / sizeof(qualifiers[0]))
		return false;
	snprintf(text, BT_FEATURE_TEXT, "0x%X%X", qualifiers[index].prefix,
		 qualifiers[index].range);
	*feature = (struct bt_feature){"qualifier", text, qualifiers[index].name, true, NULL};
	return true;
}

static bool object_feature(size_t index, struct bt_feature *feature, char *text)
{
	const struct dnp3_object *object = dnp3_object_number(index);

	if (!object)
		return false;
	if (object->variation)
		snprintf(text, BT_FEATURE_TEXT, "g%uv%u", object->group, object->variation);
	else
		snprintf(text, BT_FEATURE_TEXT, "g%u, any", object->group);
	*feature = (struct bt_feature){"object", text, dnp3_group(object->group)->name, true, NULL};
	return true;
}

static bool missing_feature(size_t index, struct bt_feature *feature, char *text)
{
	const struct dnp3_group *group;

	for (unsigned number = 0; number <= UINT8_MAX; number++) {
		group = dnp3_group((uint8_t)number);
		if (!group || !group->why_not || index--)
			continue;
		snprintf(text, BT_FEATURE_TEXT, "g%u", group->group);
		*feature = (struct bt_feature){"object", text, group->name, false, group->why_not};
		return true;
	}
	return false;
}

static bool attribute_feature(size_t index, struct bt_feature *feature, char *text)
{
	const struct dnp3_attribute *attribute = dnp3_attribute_number(index);

	if (!attribute)
		return false;
	snprintf(text, BT_FEATURE_TEXT, "g0v%u", attribute->variation);
	*feature = (struct bt_feature){"device attribute", text, attribute->name, true, NULL};
	return true;
}

bool dnp3_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT])
{
	static bool (*const kinds[])(size_t, struct bt_feature *, char *) = {
		function_feature, link_feature,    qualifier_feature,
		object_feature,   missing_feature, attribute_feature,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t count = 0;

		if (kinds[i](index, feature, text))
			return true;
		while (kinds[i](count, feature, text))
			count++;
		index -= count;
	}
	return false;
}
