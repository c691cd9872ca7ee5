/* SPDX-License-Identifier: Apache-2.0
 *
 * What births say of the device. Sparkplug reserves "Properties/" for it and shows some names in
 * its examples; makers have their own, so the last part of the name is compared, without case.
 */
#include "private.h"

static const char *const places[] = {
	"properties", "node properties", "device properties", "node info", "device info", "info",
	"node",       "device",
};

static const struct {
	const char *name;
	enum bt_identity what;
} names[] = {
	{"hardware make", BT_ID_VENDOR},
	{"make", BT_ID_VENDOR},
	{"manufacturer", BT_ID_VENDOR},
	{"vendor", BT_ID_VENDOR},
	{"vendor name", BT_ID_VENDOR},
	{"hardware model", BT_ID_MODEL},
	{"model", BT_ID_MODEL},
	{"model name", BT_ID_MODEL},
	{"product", BT_ID_NAME},
	{"product name", BT_ID_NAME},
	{"product code", BT_ID_PRODUCT},
	{"part number", BT_ID_PRODUCT},
	{"fw", BT_ID_FIRMWARE},
	{"fw version", BT_ID_FIRMWARE},
	{"firmware", BT_ID_FIRMWARE},
	{"firmware version", BT_ID_FIRMWARE},
	{"software version", BT_ID_FIRMWARE},
	{"hw", BT_ID_HARDWARE},
	{"hw version", BT_ID_HARDWARE},
	{"hardware version", BT_ID_HARDWARE},
	{"serial", BT_ID_SERIAL},
	{"serial number", BT_ID_SERIAL},
	{"location", BT_ID_LOCATION},
	{"os", BT_ID_OTHER},
	{"os version", BT_ID_OTHER},
};

/* Without case; '_' and '-' stand for blanks. */
static bool is_like(struct bt_cursor text, const char *word)
{
	if (cur_left(&text) != strlen(word))
		return false;
	for (; *word; word++) {
		uint8_t c = cur_u8(&text);

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c == '_' || c == '-')
			c = ' ';
		if (c != (uint8_t)*word)
			return false;
	}
	return true;
}

void sparkplug_identify(struct bt_context *ctx, struct bt_station who,
			const struct sparkplug_metric *metric)
{
	struct bt_cursor name = metric->name, look = name, place;
	size_t size = 0;

	while (cur_left(&look) && cur_u8(&look) != '/')
		size++;
	if (size == cur_left(&name) || cur_left(&metric->value.bytes) == 0)
		return;
	place = cur_take(&name, size);
	cur_skip(&name, 1);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!is_like(place, places[i]))
			continue;
		for (size_t at = 0; at < sizeof(names) / sizeof(names[0]); at++) {
			if (is_like(name, names[at].name))
				bt_identity(ctx, who, names[at].what, metric->value.bytes,
					    "Sparkplug B birth");
		}
	}
}
