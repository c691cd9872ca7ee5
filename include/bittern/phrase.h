/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of a record that are the same again and again (what a function is called and what sort it is,
 * the bits of a point's quality): written once, then copied as text.
 *
 *	static _Thread_local struct bt_phrase phrases[BT_PHRASES];
 *	struct bt_phrase *phrase = bt_phrase(phrases, what, key);
 *	size_t from = rec->len;
 *
 *	if (bt_put_phrase(rec, phrase))
 *		return;
 *	... bt_put_string(rec, ...) ...
 *	bt_keep_phrase(phrase, rec, from);
 *
 * A pure memory of few places: the record is the same with or without it.
 */
#ifndef BITTERN_PHRASE_H
#define BITTERN_PHRASE_H

#include "bittern/record.h"

enum {
	BT_PHRASE_BITS = 6,
	BT_PHRASES = 1 << BT_PHRASE_BITS,
	BT_PHRASE_TEXT = 230,
};

struct bt_phrase {
	const void *what;
	uint64_t key;
	uint16_t length; /* 0: not written yet */
	char text[BT_PHRASE_TEXT];
};

/* Its place. The text is made of what stands at `what` (static) and of `key`, and of nothing else. */
static inline struct bt_phrase *bt_phrase(struct bt_phrase phrases[BT_PHRASES], const void *what,
					  uint64_t key)
{
	uint64_t mixed = (key ^ (uintptr_t)what) * UINT64_C(0x9e3779b97f4a7c15);
	struct bt_phrase *phrase = &phrases[mixed >> (64 - BT_PHRASE_BITS)];

	if (phrase->what != what || phrase->key != key) {
		phrase->what = what;
		phrase->key = key;
		phrase->length = 0;
	}
	return phrase;
}

/* False: it has to be written. */
static inline bool bt_put_phrase(struct bt_record *rec, const struct bt_phrase *phrase)
{
	if (!phrase->length)
		return false;
	bt_put_raw(rec, NULL, phrase->text, phrase->length);
	return true;
}

/* What was written since rec->len was `from`. What is too long is written anew each time. */
static inline void bt_keep_phrase(struct bt_phrase *phrase, const struct bt_record *rec, size_t from)
{
	size_t comma = from < rec->len && rec->at[from] == ',', length = rec->len - from - comma;

	if (rec->cut || length > BT_PHRASE_TEXT)
		return;
	memcpy(phrase->text, rec->at + from + comma, length);
	phrase->length = (uint16_t)length;
}

#endif
