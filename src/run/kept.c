/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"

#include <string.h>

#include "learned.h"
#include "limits.h"
#include "parcel.h"

enum {
	PEERS_BYTES = 2 * 17,
};

/* ---- keys ---- */

struct bt_cursor kept_key(uint64_t number, uint8_t room[8])
{
	for (unsigned i = 0; i < 8; i++)
		room[i] = (uint8_t)(number >> (56 - 8 * i));
	return cur_of(room, 8);
}

static uint8_t *put_addr(uint8_t *at, const struct bt_addr *addr)
{
	*at++ = addr->family;
	memcpy(at, addr->bytes, sizeof(addr->bytes));
	return at + sizeof(addr->bytes);
}

static bool take_addr(struct bt_cursor *key, struct bt_addr *addr)
{
	addr->family = cur_u8(key);
	cur_copy(key, addr->bytes, sizeof(addr->bytes));
	return cur_ok(key) && addr->family != BT_ADDR_NONE && addr->family <= BT_ADDR_IPV6;
}

/* ---- records ---- */

static struct parcel *begin(struct keep *keep, struct parcel *parcel)
{
	parcel_pack(parcel, keep->room, sizeof(keep->room));
	return parcel;
}

static bool put(struct keep *keep, enum state_table table, struct bt_cursor key,
		const struct parcel *parcel)
{
	return parcel_done(parcel) &&
	       state_put(keep->state, table, key, cur_of(keep->room, parcel->used));
}

bool kept_put_alert(struct keep *keep, const struct alert *alert)
{
	struct parcel parcel;
	uint8_t key[8];

	alert_pack(alert, begin(keep, &parcel));
	return put(keep, STATE_ALERTS, kept_key(alert_number(alert), key), &parcel);
}

void kept_put_device(struct keep *keep, const struct asset *asset)
{
	uint8_t key[1 + sizeof(asset->addr.bytes)];
	struct parcel parcel;

	put_addr(key, &asset->addr);
	asset_pack(asset, begin(keep, &parcel));
	put(keep, STATE_DEVICES, cur_of(key, sizeof(key)), &parcel);
	if (asset_pack_station(asset, begin(keep, &parcel)))
		put(keep, STATE_STATIONS, cur_of(asset->mac, sizeof(asset->mac)), &parcel);
	if (keep->learns)
		learned_put_device(keep->state, asset);
}

bool kept_put_peers(struct keep *keep)
{
	struct bt_addr peers[2];
	uint8_t key[PEERS_BYTES];
	struct parcel parcel;

	if (!assets_take_unsaved_peers(keep->assets, peers, begin(keep, &parcel)))
		return false;
	put_addr(put_addr(key, &peers[0]), &peers[1]);
	put(keep, STATE_PEERS, cur_of(key, sizeof(key)), &parcel);
	return true;
}

static void parcel_clock(struct parcel *parcel, struct keep_clock *clock)
{
	parcel_i64(parcel, &clock->first_ns);
	parcel_i64(parcel, &clock->last_ns);
	parcel_u64(parcel, &clock->number);
}

/* Neither goes back, whatever the clock on the wall does. */
void kept_put_clock(struct keep *keep, const struct keep_clock *now)
{
	struct parcel parcel;

	if (!keep->clock.first_ns)
		keep->clock.first_ns = now->first_ns;
	if (now->last_ns > keep->clock.last_ns)
		keep->clock.last_ns = now->last_ns;
	if (now->number > keep->clock.number)
		keep->clock.number = now->number;
	if (!keep->clock.first_ns)
		return; /* no packet yet */
	parcel_clock(begin(keep, &parcel), &keep->clock);
	put(keep, STATE_CLOCK, cur_of("now", 3), &parcel);
}

/* ---- after a restart ---- */

/* Keys are as long as we make them: what is under another would be found, and never dropped. */
static bool is_end(const struct bt_cursor *key)
{
	return cur_ok(key) && !cur_left(key);
}

static void unreadable(struct keep *keep, enum state_table table, struct bt_cursor key)
{
	keep->unreadable++;
	state_drop(keep->state, table, key);
}

static bool take_clock(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct keep_clock clock = {0};
	struct parcel parcel;

	if (!cur_equal(key, cur_of("now", 3)))
		return true;
	parcel_unpack(&parcel, value);
	parcel_clock(&parcel, &clock);
	if (parcel_done(&parcel) && clock.first_ns >= 0 && clock.last_ns >= 0)
		*(struct keep_clock *)owner = clock;
	return true;
}

static bool take_alert(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct keep *keep = owner;
	struct bt_cursor at = key;
	uint64_t identity = cur_u64be(&at);
	struct parcel parcel;

	parcel_unpack(&parcel, value);
	if (!is_end(&at) || !alerts_unpack(keep->alerts, identity, &parcel))
		unreadable(keep, STATE_ALERTS, key);
	return true;
}

static bool take_device(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct keep *keep = owner;
	struct bt_cursor at = key;
	struct parcel parcel;
	struct bt_addr addr;

	parcel_unpack(&parcel, value);
	if (!take_addr(&at, &addr) || !is_end(&at) || !assets_unpack(keep->assets, &addr, &parcel))
		unreadable(keep, STATE_DEVICES, key);
	return true;
}

static bool take_station(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct keep *keep = owner;
	struct parcel parcel;

	parcel_unpack(&parcel, value);
	if (cur_left(&key) != 6 || !assets_unpack_station(keep->assets, key.ptr, &parcel))
		unreadable(keep, STATE_STATIONS, key);
	return true;
}

static bool take_peers(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct keep *keep = owner;
	struct bt_cursor at = key;
	struct bt_addr peers[2];
	struct parcel parcel;

	parcel_unpack(&parcel, value);
	if (!take_addr(&at, &peers[0]) || !take_addr(&at, &peers[1]) || !is_end(&at) ||
	    !assets_unpack_peers(keep->assets, peers, &parcel))
		unreadable(keep, STATE_PEERS, key);
	return true;
}

bool kept_read_clock(struct state *state, struct keep_clock *clock, struct error *err)
{
	*clock = (struct keep_clock){0};
	return state_each(state, STATE_CLOCK, take_clock, clock, err);
}

bool kept_read(struct keep *keep, struct error *err)
{
	static const struct {
		enum state_table table;
		state_take *take;
	} tables[] = {{STATE_ALERTS, take_alert},
		      {STATE_DEVICES, take_device},
		      {STATE_STATIONS, take_station},
		      {STATE_PEERS, take_peers}};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (!state_each(keep->state, tables[i].table, tables[i].take, keep, err))
			return false;
	}
	alerts_unpacked(keep->alerts);
	assets_unpacked(keep->assets);
	return true;
}
