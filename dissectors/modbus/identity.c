/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device says about itself: 43/14 read device identification, 17 report server id.
 *
 * 43/14 may spread its objects over several answers (more follows); each object is whole in one of
 * them, so every answer tells its part and nothing has to be kept between them.
 */
#include "umas.h"

enum {
	OBJECT_PRIVATE = 0x80,
	TEXT_MIN = 3, /* shorter ones are numbers that happen to be letters */
};

static const struct {
	const char *name;
	enum bt_identity what;
} objects[] = {
	{"vendor_name", BT_ID_VENDOR},
	{"product_code", BT_ID_PRODUCT},
	{"major_minor_revision", BT_ID_FIRMWARE},
	{"vendor_url", BT_ID_URL},
	{"product_name", BT_ID_NAME},
	{"model_name", BT_ID_MODEL},
	{"user_application_name", BT_ID_APPLICATION},
};

const char *modbus_object_name(uint8_t object)
{
	if (object < sizeof(objects) / sizeof(objects[0]))
		return objects[object].name;
	return object < OBJECT_PRIVATE ? "reserved" : "private";
}

/* 0 and 255 name the device that answers on the network, not a station behind it. */
static uint32_t station_of(const struct modbus_adu *adu)
{
	return adu->unit == 0 || adu->unit == 255 ? BT_NO_UNIT : adu->unit;
}

static bool is_text(struct bt_cursor bytes)
{
	if (cur_left(&bytes) < TEXT_MIN)
		return false;
	while (cur_left(&bytes)) {
		uint8_t byte = cur_u8(&bytes);

		if (byte < ' ' || byte == 0x7f)
			return false;
	}
	return true;
}

static void identify_objects(struct bt_context *ctx, const struct modbus_adu *answer)
{
	struct bt_cursor at = answer->data;
	unsigned count;

	cur_skip(&at, 5); /* type, code, conformity, more follows, next object */
	count = cur_u8(&at);
	while (count-- && cur_ok(&at)) {
		uint8_t object = cur_u8(&at);
		struct bt_cursor text = cur_take(&at, cur_u8(&at));

		if (!cur_ok(&at) || cur_left(&text) == 0)
			continue;
		if (object < sizeof(objects) / sizeof(objects[0]))
			bt_identity(ctx, bt_server(station_of(answer)), objects[object].what, text,
				    "Modbus 43/14");
		else if (object >= OBJECT_PRIVATE && is_text(text))
			bt_identity(ctx, bt_server(station_of(answer)), BT_ID_OTHER, text, "Modbus 43/14");
	}
}

static bool is_run_indicator(uint8_t byte)
{
	return byte == 0x00 || byte == 0xff;
}

/* The specification leaves the lengths to the vendor. Two layouts are common: one byte of id, the
 * run indicator, text; and text with the run indicator at its end. */
void modbus_server_id(const struct modbus_adu *answer, struct modbus_server_id *id)
{
	struct bt_cursor bytes = modbus_counted(answer), at = bytes;
	uint8_t run;

	*id = (struct modbus_server_id){.id = bytes};
	cur_skip(&at, 1);
	run = cur_u8(&at);
	if (cur_ok(&at) && is_run_indicator(run)) {
		id->id = cur_take(&bytes, 1);
		id->text = at;
	} else if (cur_left(&bytes)) {
		at = bytes;
		id->text = cur_take(&at, cur_left(&bytes) - 1);
		run = cur_u8(&at);
		if (!is_run_indicator(run)) {
			id->text = bytes;
			return;
		}
		id->id = id->text;
	} else {
		return;
	}
	id->has_run = true;
	id->run = run == 0xff;
}

void modbus_identify(struct bt_context *ctx, const struct modbus_adu *request,
		     const struct modbus_adu *answer)
{
	struct modbus_server_id id;

	if (answer->exception)
		return;
	switch (answer->means->form) {
	case FORM_ENCAPSULATED:
		if (modbus_subfunction(answer) == 14)
			identify_objects(ctx, answer);
		break;
	case FORM_SERVER_ID:
		modbus_server_id(answer, &id);
		if (is_text(id.text))
			bt_identity(ctx, bt_server(station_of(answer)), BT_ID_NAME, id.text, "Modbus 17");
		break;
	case FORM_UMAS:
		if (request)
			umas_identify(ctx, request, answer);
		break;
	default: break;
	}
}
