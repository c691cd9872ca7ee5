/* SPDX-License-Identifier: Apache-2.0 */
#include "learned.h"

#include <stdlib.h>

#include "parcel.h"

static bool put(struct state *state, const struct piece *piece, const char *text, size_t size)
{
	struct bt_cursor key = cur_of(piece->key, piece->key_size);

	return size ? state_put(state, STATE_LEARNED, key, cur_of(text, size))
		    : state_drop(state, STATE_LEARNED, key);
}

/* The next piece; false: there is none, or no memory to write it. */
static bool put_next(struct state *state, struct learn *learn)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct piece piece;
	bool taken;

	if (!out)
		return false;
	taken = learn_take_unsaved(learn, &piece, out);
	if (fclose(out) == 0 && taken)
		put(state, &piece, text, size);
	free(text);
	return taken;
}

bool learned_put(struct state *state, struct learn *learn, bool (*spent)(void *owner), void *owner)
{
	struct piece piece;

	while (!spent(owner)) {
		if (put_next(state, learn))
			continue;
		piece_incomplete(&piece);
		return learn_is_complete(learn) || put(state, &piece, "1", 1);
	}
	return false;
}

void learned_put_device(struct state *state, const struct asset *asset)
{
	char label[96], *text = NULL;
	struct piece piece;
	size_t size = 0;
	FILE *out;

	piece_device(&piece, &asset->addr);
	if (asset->absorbed) {
		put(state, &piece, NULL, 0);
		return;
	}
	out = open_memstream(&text, &size);
	if (!out)
		return;
	asset_label(asset, label, sizeof(label));
	piece_write_device(&asset->addr, asset->has_mac ? asset->mac : NULL, label, out);
	if (fclose(out) == 0)
		put(state, &piece, text, size);
	free(text);
}

/* ---- when ---- */

static const char clock_key[] = "learning";

static bool take_began(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct parcel parcel;
	int64_t began_ns = 0;

	if (!cur_equal(key, cur_of(clock_key, sizeof(clock_key) - 1)))
		return true;
	parcel_unpack(&parcel, value);
	parcel_i64(&parcel, &began_ns);
	if (parcel_done(&parcel))
		*(int64_t *)owner = began_ns;
	return false;
}

bool learned_began(struct state *state, int64_t now_ns, int64_t *began_ns, struct error *err)
{
	struct parcel parcel;
	uint8_t room[16];

	*began_ns = 0;
	if (!state_each(state, STATE_CLOCK, take_began, began_ns, err))
		return false;
	if (*began_ns || !now_ns)
		return true;
	*began_ns = now_ns;
	parcel_pack(&parcel, room, sizeof(room));
	parcel_i64(&parcel, began_ns);
	return state_put(state, STATE_CLOCK, cur_of(clock_key, sizeof(clock_key) - 1),
			 cur_of(room, parcel.used)) ||
	       error_set(err, "not enough memory");
}

/* ---- all of it ---- */

struct loading {
	struct state *state;
	struct pieces *pieces;
	uint64_t bad;
	bool failed;
};

static bool take_piece(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct loading *loading = owner;

	loading->failed = !pieces_add(loading->pieces, key, value);
	return !loading->failed;
}

static void on_bad(void *owner, struct bt_cursor key)
{
	struct loading *loading = owner;

	loading->bad++;
	state_drop(loading->state, STATE_LEARNED, key);
}

struct baseline *learned_load(struct state *state, int64_t to_ns, uint64_t *bad, struct error *err)
{
	struct baseline_source source = {.to_ns = to_ns};
	struct baseline *site = baseline_create();
	struct loading loading = {.state = state, .pieces = site ? pieces_create(site) : NULL};
	bool loaded = false;

	if (loading.pieces) {
		pieces_on_bad(loading.pieces, on_bad, &loading);
		loaded = state_each(state, STATE_LEARNED, take_piece, &loading, err) &&
			 learned_began(state, 0, &source.from_ns, err);
		pieces_finish(loading.pieces);
	}
	if (!loading.pieces || loading.failed)
		loaded = error_set(err, "not enough memory for what was learned");
	if (!loaded) {
		baseline_destroy(site);
		return NULL;
	}
	baseline_set_source(site, &source);
	*bad = loading.bad;
	return site;
}
