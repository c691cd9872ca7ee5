/* SPDX-License-Identifier: Apache-2.0
 *
 * The document in pieces. Each is written by the same code as the whole and read by the same: pieces of
 * one kind one after the other are a document but for its first lines. They are read some hundred at
 * a time, and added to what is there; when one of those is wrong, each by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "shard.h"

enum {
	INCOMPLETE = 'c', /* in the order of the document */
	DEVICE = 'd',
	HOSTS = 'p',
	ADDR_BYTES = 17,
	TOGETHER_MAX = 256,         /* pieces */
	TOGETHER_BYTES = 256 << 10, /* or not many more bytes */
};

/* ---- out ---- */

static void add_addr(struct piece *piece, const struct bt_addr *addr)
{
	piece->key[piece->key_size++] = addr->family;
	memcpy(piece->key + piece->key_size, addr->bytes, sizeof(addr->bytes));
	piece->key_size += sizeof(addr->bytes);
}

static void begin(struct piece *piece, uint8_t kind)
{
	*piece = (struct piece){.key = {kind}, .key_size = 1};
}

void piece_device(struct piece *piece, const struct bt_addr *addr)
{
	_Static_assert(PIECE_KEY == 1 + 2 * ADDR_BYTES, "two addresses");
	begin(piece, DEVICE);
	add_addr(piece, addr);
}

void piece_write_device(const struct bt_addr *addr, const uint8_t mac[6], const char *label, FILE *out)
{
	struct device device = {.addr = *addr, .has_mac = mac != NULL};

	if (mac)
		memcpy(device.mac, mac, sizeof(device.mac));
	device_set_label(&device, label);
	document_write_device(out, &device);
}

void piece_incomplete(struct piece *piece, FILE *out)
{
	begin(piece, INCOMPLETE);
	fputs("complete: false\n", out);
}

static bool is_newly_incomplete(const struct learn *learn)
{
	return learn->know.incomplete && !learn->is_told_incomplete;
}

bool learn_has_unsaved(const struct learn *learn)
{
	return learn->unsaved || is_newly_incomplete(learn);
}

bool learn_unsaved(const struct learn *learn, struct piece *piece, FILE *out)
{
	const struct hosts *hosts = learn->unsaved;

	if (is_newly_incomplete(learn)) {
		piece_incomplete(piece, out);
		return true;
	}
	if (!hosts)
		return false;
	begin(piece, HOSTS);
	add_addr(piece, &hosts->client);
	add_addr(piece, &hosts->server);
	if (hosts->learned || hosts->incomplete)
		document_write_hosts(out, &learn->know, hosts);
	return true;
}

void learn_saved(struct learn *learn)
{
	struct hosts *hosts = learn->unsaved;

	if (is_newly_incomplete(learn)) {
		learn->is_told_incomplete = true;
		return;
	}
	learn->unsaved = hosts->next_unsaved;
	if (!learn->unsaved)
		learn->unsaved_end = NULL;
	hosts->unsaved = false;
}

/* ---- in ---- */

struct pieces {
	struct baseline *site;
	char kind;         /* of those that wait */
	unsigned count;
	struct {
		uint8_t key[PIECE_KEY];
		size_t key_size, at, size; /* where in `text` */
	} waiting[TOGETHER_MAX];
	char *text;
	size_t used, cap;
	void (*bad)(void *owner, struct bt_cursor key);
	void *owner;
};

struct pieces *pieces_create(struct baseline *site)
{
	struct pieces *pieces = calloc(1, sizeof(*pieces));

	if (pieces)
		pieces->site = site;
	return pieces;
}

void pieces_on_bad(struct pieces *pieces, void (*bad)(void *owner, struct bt_cursor key), void *owner)
{
	pieces->bad = bad;
	pieces->owner = owner;
}

static bool append(struct pieces *pieces, struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes), cap = pieces->cap ? pieces->cap : TOGETHER_BYTES;
	char *text;

	while (cap < pieces->used + size)
		cap *= 2;
	if (cap > pieces->cap) {
		text = realloc(pieces->text, cap);
		if (!text)
			return false;
		pieces->text = text;
		pieces->cap = cap;
	}
	cur_copy(&bytes, pieces->text + pieces->used, size);
	pieces->used += size;
	return true;
}

/* What another document knows, added. */
static void add_all(struct baseline *site, const struct baseline *from)
{
	const struct device *device;
	size_t at = 0;

	while ((device = map_next(&from->devices, &at)))
		baseline_add_device(site, &device->addr, device->has_mac ? device->mac : NULL,
				    device->label);
	for (const struct hosts *hosts = from->know.first; hosts; hosts = hosts->next)
		know_merge(&site->know, hosts);
}

/* Entries of one list, as a document of their own. */
static bool add_entries(struct pieces *pieces, const char *entries, size_t size)
{
	static const char devices[] = "version: 1\ndevices:\n", pairs[] = "version: 1\npairs:\n";
	const char *head = pieces->kind == DEVICE ? devices : pairs;
	size_t head_size = strlen(head);
	char *text = malloc(head_size + size);
	struct baseline *part;

	_Static_assert(DOCUMENT_VERSION == 1, "the head says it");
	if (!text)
		return false;
	memcpy(text, head, head_size);
	memcpy(text + head_size, entries, size);
	part = baseline_parse("state", text, head_size + size, NULL);
	free(text);
	if (!part)
		return false;
	add_all(pieces->site, part);
	baseline_destroy(part);
	return true;
}

static void take_waiting(struct pieces *pieces)
{
	if (pieces->count && !add_entries(pieces, pieces->text, pieces->used)) {
		for (unsigned i = 0; i < pieces->count; i++) {
			if (!add_entries(pieces, pieces->text + pieces->waiting[i].at,
					 pieces->waiting[i].size) &&
			    pieces->bad)
				pieces->bad(pieces->owner, cur_of(pieces->waiting[i].key,
								  pieces->waiting[i].key_size));
		}
	}
	pieces->count = 0;
	pieces->used = 0;
}

bool pieces_add(struct pieces *pieces, struct bt_cursor key, struct bt_cursor value)
{
	size_t key_size = cur_left(&key), at;
	struct bt_cursor rest = key;
	char kind = (char)cur_u8(&rest);
	unsigned i;

	if (kind == INCOMPLETE) {
		pieces->site->know.incomplete = true;
		return true;
	}
	if ((kind != DEVICE && kind != HOSTS) || key_size > PIECE_KEY || !cur_ok(&value)) {
		if (pieces->bad)
			pieces->bad(pieces->owner, key);
		return true;
	}
	if (kind != pieces->kind || pieces->count == TOGETHER_MAX || pieces->used >= TOGETHER_BYTES)
		take_waiting(pieces);
	pieces->kind = kind;
	at = pieces->used;
	if (!append(pieces, value))
		return false;
	i = pieces->count++;
	cur_copy(&key, pieces->waiting[i].key, key_size);
	pieces->waiting[i].key_size = key_size;
	pieces->waiting[i].at = at;
	pieces->waiting[i].size = pieces->used - at;
	return true;
}

void pieces_finish(struct pieces *pieces)
{
	if (!pieces)
		return;
	take_waiting(pieces);
	free(pieces->text);
	free(pieces);
}
