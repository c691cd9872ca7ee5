/* SPDX-License-Identifier: Apache-2.0
 *
 * Sparkplug's topics (Sparkplug 3.0.0, chapter 4). STATE is written in two ways: "STATE/host" with
 * the text ONLINE or OFFLINE before 3.0, "spBv1.0/STATE/host" with JSON since.
 */
#include "private.h"

const char *const sparkplug_kinds[KIND_COUNT] = {
	[NBIRTH] = "NBIRTH", [NDEATH] = "NDEATH", [DBIRTH] = "DBIRTH",
	[DDEATH] = "DDEATH", [NDATA] = "NDATA",   [DDATA] = "DDATA",
	[NCMD] = "NCMD",     [DCMD] = "DCMD",     [STATE] = "STATE",
};

static bool is(struct bt_cursor text, const char *word)
{
	return cur_equal(text, cur_of(word, strlen(word)));
}

/* Up to the next '/', which is passed over; false: there is no more level. */
static bool next_level(struct bt_cursor *text, bool *more, struct bt_cursor *level)
{
	struct bt_cursor look = *text;
	size_t size = 0;

	if (!*more)
		return false;
	while (cur_left(&look) && cur_u8(&look) != '/')
		size++;
	*level = cur_take(text, size);
	*more = cur_left(text) > 0;
	cur_take_upto(text, 1);
	return true;
}

/* Every message's topic is asked: most are refused by their first letter. */
static bool may_be_ours(struct bt_cursor text)
{
	uint8_t first = cur_u8(&text);

	return first == 's' || first == 'S';
}

static enum topic_verdict state_topic(struct bt_cursor *text, bool more,
				      struct sparkplug_topic *topic)
{
	topic->kind = STATE;
	if (!next_level(text, &more, &topic->host) || more || cur_left(&topic->host) == 0)
		return TOPIC_BAD;
	return TOPIC_GOOD;
}

enum topic_verdict sparkplug_topic(struct bt_cursor text, struct sparkplug_topic *topic)
{
	struct bt_cursor kind, last;
	bool more = cur_left(&text) > 0, devices, behind;
	int found;

	if (!may_be_ours(text))
		return TOPIC_FOREIGN;
	*topic = (struct sparkplug_topic){0};
	if (!next_level(&text, &more, &topic->name_space))
		return TOPIC_FOREIGN;
	if (is(topic->name_space, "STATE"))
		return state_topic(&text, more, topic) == TOPIC_GOOD ? TOPIC_GOOD : TOPIC_FOREIGN;
	if (!is(topic->name_space, "spBv1.0"))
		return TOPIC_FOREIGN;
	if (!next_level(&text, &more, &topic->group))
		return TOPIC_BAD;
	if (is(topic->group, "STATE"))
		return state_topic(&text, more, topic);
	if (!next_level(&text, &more, &kind) || !next_level(&text, &more, &topic->node) ||
	    cur_left(&topic->group) == 0 || cur_left(&topic->node) == 0)
		return TOPIC_BAD;
	for (found = NBIRTH; found < STATE && !is(kind, sparkplug_kinds[found]); found++)
		;
	if (found == STATE)
		return TOPIC_BAD;
	topic->kind = (enum sparkplug_kind)found;
	devices = sparkplug_kinds[found][0] == 'D'; /* else the node's own */
	behind = next_level(&text, &more, &last);
	if (devices && behind)
		topic->device = last;
	if (!more && behind == devices && devices == (cur_left(&topic->device) > 0))
		return TOPIC_GOOD;
	return sparkplug_is_command(topic->kind) ? TOPIC_ODD : TOPIC_BAD;
}
