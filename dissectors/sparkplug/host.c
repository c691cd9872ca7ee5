/* SPDX-License-Identifier: Apache-2.0
 *
 * What a host application says of itself in STATE: {"online":true,"timestamp":1668114759262} since
 * Sparkplug 3.0, ONLINE or OFFLINE before. Not a reader of JSON: it finds two members and leaves
 * the rest alone.
 */
#include "private.h"

enum {
	STATE_BYTES_MAX = 512, /* more than any host says */
};

static bool starts(struct bt_cursor *at, const char *word)
{
	struct bt_cursor look = *at;

	if (!cur_equal(cur_take_upto(&look, strlen(word)), cur_of(word, strlen(word))))
		return false;
	*at = look;
	return true;
}

static void skip_blanks(struct bt_cursor *at)
{
	while (starts(at, " ") || starts(at, "\t") || starts(at, "\r") || starts(at, "\n"))
		;
}

/* Behind `"name" :`. */
static bool find_member(struct bt_cursor text, const char *name, struct bt_cursor *value)
{
	for (; cur_left(&text); cur_skip(&text, 1)) {
		*value = text;
		if (!starts(value, name))
			continue;
		skip_blanks(value);
		if (!starts(value, ":"))
			continue;
		skip_blanks(value);
		return true;
	}
	return false;
}

static bool digits(struct bt_cursor at, uint64_t *number)
{
	unsigned count = 0;

	*number = 0;
	for (; cur_left(&at) && count < 19; count++) {
		uint8_t digit = (uint8_t)(cur_u8(&at) - '0');

		if (digit > 9)
			break;
		*number = *number * 10 + digit;
	}
	return count > 0;
}

void sparkplug_host(struct bt_cursor payload, struct sparkplug_host *host)
{
	struct bt_cursor text = cur_take_upto(&payload, STATE_BYTES_MAX), value;

	*host = (struct sparkplug_host){0};
	if (cur_equal(text, cur_of("ONLINE", 6)) || cur_equal(text, cur_of("OFFLINE", 7))) {
		host->known = true;
		host->online = cur_left(&text) == 6;
		return;
	}
	skip_blanks(&text);
	if (!starts(&text, "{") || !find_member(text, "\"online\"", &value))
		return;
	host->online = starts(&value, "true");
	host->known = host->online || starts(&value, "false");
	if (find_member(text, "\"timestamp\"", &value))
		host->has_timestamp = digits(value, &host->timestamp);
}
