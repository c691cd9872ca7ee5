/* SPDX-License-Identifier: Apache-2.0
 *
 * A state file from anybody: records, each a byte for what it is, two for its size, and its bytes, of which the
 * first are the key. Whatever is believed of them must be harmless: one line each without a control character in
 * the log, and packed again it is what was unpacked.
 *
 * Nobody guesses the identity of an alert, so one kind of record is an alert as the sensor would have raised it,
 * but for its texts: what the log takes over as it is.
 */
#include <string.h>

#include "alert.h"
#include "assets.h"
#include "demand.h"
#include "eve.h"
#include "learn.h"
#include "limits.h"
#include "parcel.h"

enum {
	DEVICE,
	STATION,
	PEERS,
	ALERT,
	RAISED,
	PIECE,
	KINDS,
	PARCEL_MAX = 64 << 10,
	LINE_MAX = 1 << 20, /* no line is cut here */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is read of one file, in the order of its keys or not. */
struct site {
	struct assets *assets;
	struct alerts *alerts;
	struct baseline *baseline;
	struct pieces *pieces;
};

/* Few different ones, so that records meet. */
static struct bt_addr take_addr(struct bt_cursor *bytes)
{
	uint8_t which = cur_u8(bytes);
	struct bt_addr addr = {.family = which & 8 ? BT_ADDR_MAC : which & 16 ? BT_ADDR_IPV6 : BT_ADDR_IPV4};

	memcpy(addr.bytes, "\x0a\0\0", 4);
	addr.bytes[which & 8 ? 5 : 3] = which & 7;
	return addr;
}

static void take_text(struct bt_cursor *bytes, char *text, size_t cap)
{
	struct bt_cursor view = cur_take_upto(bytes, cur_u8(bytes) % cap);

	for (size_t at = 0; cur_left(&view); at++)
		text[at] = (char)cur_u8(&view);
}

static void take_raised(struct site *site, struct bt_cursor bytes)
{
	static uint8_t room[PARCEL_MAX];
	struct finding finding = {.source = cur_u8(&bytes) & 3, .severity = 1 + cur_u8(&bytes) % 5, .unit = 1};
	struct alerts *alerts = alerts_create();
	char protocol[32] = "";
	struct parcel parcel;
	const struct alert *alert;

	finding.flow.client = take_addr(&bytes);
	finding.flow.server = take_addr(&bytes);
	finding.flow.id = cur_u8(&bytes);
	take_text(&bytes, protocol, sizeof(protocol));
	take_text(&bytes, finding.name, sizeof(finding.name));
	take_text(&bytes, finding.object, sizeof(finding.object));
	take_text(&bytes, finding.technique[0], sizeof(finding.technique[0]));
	finding.protocol = protocol;
	finding.detail_len = (uint32_t)(cur_left(&bytes) < FINDING_DETAIL ? cur_left(&bytes) : FINDING_DETAIL);
	cur_copy(&bytes, finding.detail, finding.detail_len);
	alert = alerts_raise(alerts, &finding);
	DEMAND(alert);
	parcel_pack(&parcel, room, sizeof(room));
	alert_pack(alert, &parcel);
	DEMAND(parcel_done(&parcel));
	parcel_unpack(&parcel, cur_of(room, parcel.used));
	alerts_unpack(site->alerts, alert_number(alert), &parcel);
	alerts_destroy(alerts);
}

static void take(struct site *site, unsigned kind, struct bt_cursor bytes)
{
	struct bt_addr peers[2];
	struct bt_cursor key;
	struct parcel parcel;

	switch (kind) {
	case DEVICE:
		peers[0] = take_addr(&bytes);
		parcel_unpack(&parcel, bytes);
		assets_unpack(site->assets, &peers[0], &parcel);
		break;
	case STATION:
		peers[0] = take_addr(&bytes);
		parcel_unpack(&parcel, bytes);
		assets_unpack_station(site->assets, peers[0].bytes, &parcel);
		break;
	case PEERS:
		peers[0] = take_addr(&bytes);
		peers[1] = take_addr(&bytes);
		parcel_unpack(&parcel, bytes);
		assets_unpack_peers(site->assets, peers, &parcel);
		break;
	case ALERT: {
		uint64_t identity = cur_u64be(&bytes);

		parcel_unpack(&parcel, bytes);
		alerts_unpack(site->alerts, identity, &parcel);
		break;
	}
	case RAISED: take_raised(site, bytes); break;
	case PIECE:
		key = cur_take_upto(&bytes, cur_u8(&bytes) % (PIECE_KEY + 2));
		DEMAND(pieces_add(site->pieces, key, bytes));
		break;
	}
}

/* ---- what came of it ---- */

static void look_at_line(const struct bt_record *rec)
{
	DEMAND(!rec->cut && rec->len && rec->at[0] == '{' && rec->at[rec->len - 1] == '}');
	for (size_t i = 0; i < rec->len; i++)
		DEMAND((uint8_t)rec->at[i] >= 0x20);
}

static struct bt_record line(void)
{
	static char room[LINE_MAX];

	return (struct bt_record){.at = room, .cap = sizeof(room)};
}

static void look_at_alerts(struct site *site)
{
	const struct alert *const *alerts;
	size_t count;

	alerts_unpacked(site->alerts);
	alerts = alerts_list(site->alerts, &count);
	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &alerts[i]->finding;
		struct bt_record rec = line();

		eve_alert(&rec, alerts[i], assets_find(site->assets, &finding->flow.client),
			  assets_find(site->assets, &finding->flow.server));
		look_at_line(&rec);
		alerts_raise(site->alerts, finding);
	}
	alerts_set_back(site->alerts, 0);
	while (alerts_close_due(site->alerts, INT64_MAX))
		;
}

static void look_at_device(const struct asset *asset)
{
	static uint8_t first[PARCEL_MAX], second[PARCEL_MAX];
	struct assets *others = assets_create(NULL, NULL);
	struct parcel parcel, again;
	struct bt_record rec = line();

	eve_asset(&rec, asset, 0);
	look_at_line(&rec);
	parcel_pack(&parcel, first, sizeof(first));
	asset_pack(asset, &parcel);
	if (parcel_done(&parcel)) {
		size_t used = parcel.used, count;
		const struct asset *const *list;

		parcel_unpack(&parcel, cur_of(first, used));
		DEMAND(assets_unpack(others, &asset->addr, &parcel));
		list = assets_list(others, &count);
		DEMAND(count == 1);
		parcel_pack(&again, second, sizeof(second));
		asset_pack(list[0], &again);
		DEMAND(again.used == used && memcmp(first, second, used) == 0);
	}
	assets_destroy(others);
}

static void look_at_assets(struct site *site)
{
	const struct asset *const *list;
	size_t count;

	assets_unpacked(site->assets);
	list = assets_list(site->assets, &count);
	for (size_t i = 0; i < count; i++) {
		if (!list[i]->absorbed)
			look_at_device(list[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bt_cursor at = cur_of(data, size);
	struct site site = {.assets = assets_create(NULL, NULL), .alerts = alerts_create(),
			    .baseline = baseline_create()};

	site.pieces = site.baseline ? pieces_create(site.baseline) : NULL;
	DEMAND(site.assets && site.alerts && site.pieces);
	while (cur_left(&at)) {
		unsigned kind = cur_u8(&at) % KINDS;

		take(&site, kind, cur_take_upto(&at, cur_u16be(&at)));
	}
	pieces_finish(site.pieces);
	look_at_assets(&site);
	look_at_alerts(&site);
	baseline_destroy(site.baseline);
	alerts_destroy(site.alerts);
	assets_destroy(site.assets);
	return 0;
}
