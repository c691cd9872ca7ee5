/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict where the standard is: a token, one space, a target, one space, a version; headers with a
 * name and a colon right behind it; no control characters. Who asks otherwise has something else in
 * mind.
 */
#include "request.h"

#define PAGE "/metrics"

static bool is(struct bt_cursor text, const char *wanted)
{
	return cur_equal(text, cur_of(wanted, strlen(wanted)));
}

/* The same in letters of either size; `wanted` has small ones. */
static bool is_name(struct bt_cursor text, const char *wanted)
{
	bool same = cur_left(&text) == strlen(wanted);

	while (same && cur_left(&text))
		same = (cur_u8(&text) | 0x20) == (uint8_t)*wanted++;
	return same;
}

/* How many bytes come before the next `end`; all, where there is none. */
static size_t until(struct bt_cursor text, uint8_t end)
{
	size_t count = 0;

	while (cur_left(&text) && cur_u8(&text) != end)
		count++;
	return count;
}

/* The bytes up to `end`, which is passed over too. False: there is none. */
static bool take_to(struct bt_cursor *from, uint8_t end, struct bt_cursor *part)
{
	*part = cur_take(from, until(*from, end));
	return cur_skip(from, 1);
}

static bool take_line(struct bt_cursor *from, struct bt_cursor *line)
{
	struct bt_cursor last;

	if (!take_to(from, '\n', line))
		return false;
	last = *line;
	cur_skip(&last, cur_left(line) - 1);
	if (cur_u8(&last) == '\r')
		*line = cur_take(line, cur_left(line) - 1);
	return true;
}

static bool is_visible(struct bt_cursor text, const char *also)
{
	while (cur_left(&text)) {
		uint8_t byte = cur_u8(&text);

		if ((byte < 0x21 || byte == 0x7f) && !(byte && strchr(also, byte)))
			return false;
	}
	return true;
}

static bool is_token(struct bt_cursor text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	bool all = cur_left(&text) > 0;

	while (all && cur_left(&text)) {
		uint8_t byte = cur_u8(&text);

		all = (byte >= '0' && byte <= '9') ||
		      ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
		      (byte && strchr(others, byte));
	}
	return all;
}

/* Is it whole: up to an empty line? */
static bool is_whole(struct bt_cursor bytes)
{
	struct bt_cursor line;

	while (take_line(&bytes, &line)) {
		if (!cur_left(&line))
			return true;
	}
	return false;
}

/* "GET http://localhost:9474/metrics" is what a proxy would be asked. */
static bool is_page(struct bt_cursor target)
{
	static const char scheme[] = "http://";
	struct bt_cursor begin = target;

	if (is(cur_take_upto(&begin, strlen(scheme)), scheme)) {
		target = begin;
		cur_skip(&target, until(target, '/'));
	}
	return is(cur_take(&target, until(target, '?')), PAGE);
}

static enum request_status read_version(struct bt_cursor text, bool *needs_host)
{
	bool is_http;

	*needs_host = is(text, "HTTP/1.1");
	if (*needs_host || is(text, "HTTP/1.0"))
		return REQUEST_OK;
	is_http = cur_left(&text) == 8 && is(cur_take_upto(&text, 5), "HTTP/");
	return is_http && cur_u8(&text) >= '2' ? REQUEST_NO_VERSION : REQUEST_BAD;
}

/* Are all as they should be, and is there one `Host`, if one is needed? */
static bool read_headers(struct bt_cursor bytes, bool needs_host)
{
	struct bt_cursor line, name;
	unsigned hosts = 0;

	while (take_line(&bytes, &line) && cur_left(&line)) {
		if (!take_to(&line, ':', &name) || !is_token(name) || !is_visible(line, " \t"))
			return false;
		hosts += is_name(name, "host");
	}
	return needs_host ? hosts == 1 : hosts <= 1;
}

enum request_status request_read(struct bt_cursor bytes, bool *head)
{
	struct bt_cursor line, method, target;
	enum request_status status;
	bool needs_host;

	if (!is_whole(bytes))
		return cur_left(&bytes) < REQUEST_BYTES_MAX ? REQUEST_MORE : REQUEST_TOO_LONG;
	take_line(&bytes, &line);
	if (!take_to(&line, ' ', &method) || !is_token(method) || !take_to(&line, ' ', &target) ||
	    !cur_left(&target) || !is_visible(target, ""))
		return REQUEST_BAD;
	status = read_version(line, &needs_host);
	if (status != REQUEST_OK)
		return status;
	if (!read_headers(bytes, needs_host))
		return REQUEST_BAD;
	*head = is(method, "HEAD");
	if (!is_page(target))
		return REQUEST_NOT_FOUND;
	return *head || is(method, "GET") ? REQUEST_OK : REQUEST_NO_METHOD;
}

const char *request_reason(enum request_status status)
{
	switch (status) {
	case REQUEST_OK: return "OK";
	case REQUEST_NOT_FOUND: return "Not Found";
	case REQUEST_NO_METHOD: return "Method Not Allowed";
	case REQUEST_TOO_LONG: return "Request Header Fields Too Large";
	case REQUEST_NO_VERSION: return "HTTP Version Not Supported";
	default: return "Bad Request";
	}
}
