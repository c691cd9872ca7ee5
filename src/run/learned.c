/* SPDX-License-Identifier: Apache-2.0 */
#include "learned.h"

#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "parcel.h"
#include "shard.h"
#include "steady.h"

static bool put(struct state *state, const struct piece *piece, const char *text, size_t size)
{
	struct bt_cursor key = cur_of(piece->key, piece->key_size);

	return size ? state_put(state, STATE_LEARNED, key, cur_of(text, size))
		    : state_drop(state, STATE_LEARNED, key);
}

/* What is too large for a record is not kept; that not all is known is, so that nobody is blamed for it. */
static bool put_incomplete(struct state *state)
{
	char text[64];
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct piece piece;
	long size;

	if (!out)
		return false;
	piece_incomplete(&piece, out);
	size = ftell(out);
	return fclose(out) == 0 && put(state, &piece, text, (size_t)size);
}

/* There is one. False: it cannot be put now. */
static bool put_next(struct state *state, struct learn *learn)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct piece piece;
	bool done;

	if (!out)
		return false;
	learn_unsaved(learn, &piece, out);
	done = fclose(out) == 0;
	if (done && size > STATE_VALUE_MAX) {
		done = put_incomplete(state);
		size = 0;
	}
	done = done && put(state, &piece, text, size);
	if (done)
		learn_saved(learn);
	free(text);
	return done;
}

bool learned_put(struct learned *learned, struct shard *const *shards, int64_t budget_ns)
{
	int64_t end_ns = steady_ns() + budget_ns;

	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		const struct shard *shard = shards[learned->next % SHARD_COUNT];

		while (shard && learn_has_unsaved(shard->learn)) {
			if (!state_has_room(learned->state) || steady_ns() >= end_ns ||
			    !put_next(learned->state, shard->learn))
				return false;
		}
		learned->next++;
	}
	return true;
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

static const char began_key[] = "learning", done_key[] = "learned";

struct wanted {
	const char *key;
	int64_t number; /* 0: it is not there */
};

static bool take_number(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct wanted *wanted = owner;
	struct parcel parcel;
	int64_t number = 0;

	if (!cur_equal(key, cur_of(wanted->key, strlen(wanted->key))))
		return true;
	parcel_unpack(&parcel, value);
	parcel_i64(&parcel, &number);
	if (parcel_done(&parcel) && number > 0)
		wanted->number = number;
	return false;
}

static bool get_number(struct state *state, const char *key, int64_t *number, struct error *err)
{
	struct wanted wanted = {.key = key};
	bool got = state_each(state, STATE_CLOCK, take_number, &wanted, err);

	*number = wanted.number;
	return got;
}

static bool put_number(struct state *state, const char *key, int64_t number)
{
	struct parcel parcel;
	uint8_t room[16];

	parcel_pack(&parcel, room, sizeof(room));
	parcel_i64(&parcel, &number);
	return state_put(state, STATE_CLOCK, cur_of(key, strlen(key)), cur_of(room, parcel.used));
}

bool learned_began(struct state *state, int64_t now_ns, int64_t *began_ns, struct error *err)
{
	if (!get_number(state, began_key, began_ns, err))
		return false;
	if (!now_ns || (*began_ns && *began_ns <= now_ns))
		return true;
	*began_ns = now_ns;
	return put_number(state, began_key, now_ns) || error_set(err, "not enough memory");
}

bool learned_done(struct state *state, int64_t *done_ns, struct error *err)
{
	return get_number(state, done_key, done_ns, err);
}

void learned_note_done(struct state *state, int64_t done_ns)
{
	put_number(state, done_key, done_ns); /* without room: the clock alone decides at the next start */
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

struct baseline *learned_load(struct state *state, int64_t began_ns, int64_t now_ns, uint64_t *bad,
			      struct error *err)
{
	const struct baseline_source source = {.from_ns = began_ns, .to_ns = now_ns};
	struct baseline *site = baseline_create();
	struct loading loading = {.state = state, .pieces = site ? pieces_create(site) : NULL};
	bool loaded = false;

	if (loading.pieces) {
		pieces_on_bad(loading.pieces, on_bad, &loading);
		loaded = state_each(state, STATE_LEARNED, take_piece, &loading, err);
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
