/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the one vocabulary, as outputs and rules write them.
 */
#include "bittern/dissector.h"
#include "bittern/operation.h"
#include "sighting.h"

const char *bt_act_name(enum bt_act act)
{
	static const char *const names[BT_ACT_COUNT] = {
		[BT_ACT_OTHER] = "other",
		[BT_ACT_SESSION] = "session",
		[BT_ACT_REPORT] = "report",
		[BT_ACT_READ] = "read",
		[BT_ACT_SUBSCRIBE] = "subscribe",
		[BT_ACT_IDENTIFY] = "identify",
		[BT_ACT_AUTHENTICATE] = "authenticate",
		[BT_ACT_PUBLISH] = "publish",
		[BT_ACT_WRITE] = "write",
		[BT_ACT_CONTROL] = "control",
		[BT_ACT_CONFIGURE] = "configure",
		[BT_ACT_PROGRAM] = "program",
	};

	return (unsigned)act < BT_ACT_COUNT ? names[act] : "other";
}

const char *bt_result_name(enum bt_result result)
{
	switch (result) {
	case BT_RESULT_OK: return "ok";
	case BT_RESULT_REFUSED: return "refused";
	case BT_RESULT_UNANSWERED: return "unanswered";
	case BT_RESULT_UNSOLICITED: return "unsolicited";
	}
	return "ok";
}

const char *bt_identity_name(enum bt_identity what)
{
	static const char *const names[BT_ID_COUNT] = {
		[BT_ID_VENDOR] = "vendor",
		[BT_ID_PRODUCT] = "product",
		[BT_ID_MODEL] = "model",
		[BT_ID_NAME] = "name",
		[BT_ID_FIRMWARE] = "firmware",
		[BT_ID_HARDWARE] = "hardware",
		[BT_ID_SERIAL] = "serial",
		[BT_ID_URL] = "url",
		[BT_ID_APPLICATION] = "application",
		[BT_ID_URI] = "uri",
		[BT_ID_LOCATION] = "location",
		[BT_ID_CERTIFICATE] = "certificate",
		[BT_ID_CLIENT] = "client_id",
		[BT_ID_USER] = "user",
		[BT_ID_OTHER] = "other",
	};

	return (unsigned)what < BT_ID_COUNT ? names[what] : "other";
}
