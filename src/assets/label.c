/* SPDX-License-Identifier: Apache-2.0
 *
 * What to call a device and its roles.
 */
#include "assets.h"

#include <string.h>

#include "text.h"

struct role {
	unsigned bit; /* of enum asset_role */
	const char *text;
};

/* The one that says most comes first; the last two say nothing beside any other. */
static const struct role roles[] = {
	{ASSET_CONTROLLER, "controller"},
	{ASSET_ENGINEERING, "engineering station"},
	{ASSET_HMI, "HMI"},
	{ASSET_HISTORIAN, "historian"},
	{ASSET_BROKER, "broker"},
	{ASSET_GATEWAY, "gateway"},
	{ASSET_PUBLISHER, "publisher"},
	{ASSET_SUBSCRIBER, "subscriber"},
	{ASSET_ROUTER, "router"},
	{ASSET_SERVER, "server"},
	{ASSET_CLIENT, "client"},
};

const char *asset_role_name(unsigned bit)
{
	static const char *const names[ASSET_ROLE_COUNT] = {
		"client",      "server", "controller", "gateway", "hmi",       "historian",
		"engineering", "router", "external",   "broker",  "publisher", "subscriber",
	};

	return bit < ASSET_ROLE_COUNT ? names[bit] : "device";
}

void asset_role_text(unsigned bits, char *text, size_t cap)
{
	const char *separator = "";

	if (cap == 0)
		return;
	text[0] = '\0';
	if (bits & ~(unsigned)(ASSET_CLIENT | ASSET_SERVER | ASSET_EXTERNAL))
		bits &= ~(unsigned)(ASSET_CLIENT | ASSET_SERVER);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (!(bits & roles[i].bit))
			continue;
		text_add(text, cap, "%s%s", separator, roles[i].text);
		separator = *separator ? ", " : " (";
	}
	if (!*separator) {
		text_add(text, cap, "%s", bits & ASSET_EXTERNAL ? "external device" : "device");
		return;
	}
	if (bits & ASSET_EXTERNAL) {
		text_add(text, cap, "%sexternal", separator);
		separator = ", ";
	}
	if (strcmp(separator, ", ") == 0)
		text_add(text, cap, ")");
}

static bool is_own(const struct asset_attribute *attribute)
{
	return attribute->unit == BT_NO_UNIT && !*attribute->station;
}

/* Stations behind a gateway or a broker speak for themselves. */
static bool speaks_for_device(const struct asset *asset, const struct asset_attribute *attribute)
{
	return is_own(attribute) || !(asset->roles & (ASSET_GATEWAY | ASSET_BROKER));
}

const char *asset_value(const struct asset *asset, enum bt_identity what)
{
	const struct asset_attribute *best = NULL;

	for (unsigned i = 0; i < asset->attribute_count; i++) {
		const struct asset_attribute *at = &asset->attributes[i];

		if (at->what != what || !speaks_for_device(asset, at))
			continue;
		if (!best || is_own(at) > is_own(best) ||
		    (is_own(at) == is_own(best) && at->last_ns >= best->last_ns))
			best = at;
	}
	return best ? best->value : NULL;
}

void asset_unit_text(const struct asset_unit *unit, char *text, size_t cap)
{
	if (cap == 0)
		return;
	text[0] = '\0';
	if (*unit->name)
		text_add(text, cap, "%s", unit->name);
	else
		text_add(text, cap, "%u", unit->unit);
}

void asset_label(const struct asset *asset, char *text, size_t cap)
{
	static const enum bt_identity names[] = {
		BT_ID_NAME, BT_ID_MODEL, BT_ID_PRODUCT, BT_ID_APPLICATION, BT_ID_CLIENT,
	};
	char addr[TEXT_ADDR];

	if (cap == 0)
		return;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = asset_value(asset, names[i]);

		if (value) {
			text_add(text, cap, "%s", value);
			return;
		}
	}
	asset_role_text(asset->roles, text, cap);
	text_add(text, cap, " %s", text_addr(addr, &asset->addr));
}
