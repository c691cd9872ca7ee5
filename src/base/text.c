/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bittern/calendar.h"
#include "digits.h"

#define NS_PER_SECOND INT64_C(1000000000)

size_t text_add(char *text, size_t cap, const char *format, ...)
{
	size_t len = strnlen(text, cap);
	va_list args;

	if (len >= cap)
		return len;
	va_start(args, format);
	vsnprintf(text + len, cap - len, format, args);
	va_end(args);
	return len + strlen(text + len);
}

/* Of a well-formed character of `length` bytes. */
static uint32_t code_point(const uint8_t *at, size_t length)
{
	uint32_t code = at[0] & (0xff >> (length + 1));

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (at[i] & 0x3f);
	return code;
}

/* Characters that steer whoever shows them instead of being shown: C1 controls (terminals obey U+009B
 * like ESC [), marks and overrides of direction, line separators, what has no width, tags. */
static bool is_invisible(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {{0x80, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},
		      {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
		      {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

size_t text_utf8_length(const uint8_t *at, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t length;

	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (length > left)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return is_invisible(code_point(at, length)) ? 0 : length;
}

/* Copies what stands at the beginning and is printable ASCII; returns how much that was. */
static size_t copy_plain(char *to, const uint8_t *from, size_t size)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	size_t at = 0;
	uint64_t word;

	for (; at + sizeof(word) <= size; at += sizeof(word)) {
		memcpy(&word, from + at, sizeof(word));
		if (((word - ones * 0x20) | (word + ones) | word) & tops)
			break; /* one of the eight is not */
		memcpy(to + at, &word, sizeof(word));
	}
	for (; at < size && from[at] >= 0x20 && from[at] < 0x7f; at++)
		to[at] = (char)from[at];
	return at;
}

void text_printable(char *text, size_t cap, struct bt_cursor bytes)
{
	size_t size = cur_left(&bytes), len = 0, at = 0;
	const uint8_t *from = cur_claim(&bytes, size);

	if (cap == 0)
		return;
	while (size && (from[size - 1] == '\0' || from[size - 1] == ' '))
		size--;
	while (at < size) {
		size_t left = size - at, room = cap - 1 - len;
		size_t plain = copy_plain(text + len, from + at, left < room ? left : room), take, need;

		len += plain;
		at += plain;
		if (at == size)
			break;
		take = text_utf8_length(from + at, size - at);
		need = take ? take : 4;
		if (len + need >= cap)
			break;
		if (take)
			memcpy(text + len, from + at, take);
		else
			snprintf(text + len, cap - len, "\\x%02x", from[at]);
		len += need;
		at += take ? take : 1;
	}
	text[len] = '\0';
}

const char *text_mac(char text[TEXT_ADDR], const uint8_t mac[6])
{
	for (int i = 0; i < 6; i++) {
		digits_put_byte(text + 3 * i, mac[i]);
		text[3 * i + 2] = ':';
	}
	text[17] = '\0';
	return text;
}

static char *put_octet(char *at, uint8_t octet)
{
	unsigned count = digits_count(octet);

	digits_put(at, count, octet);
	return at + count;
}

const char *text_addr(char text[TEXT_ADDR], const struct bt_addr *addr)
{
	char *at = text;

	switch (addr->family) {
	case BT_ADDR_IPV4:
		for (int i = 0; i < 4; i++) {
			at = put_octet(at, addr->bytes[i]);
			*at++ = '.';
		}
		at[-1] = '\0';
		return text;
	case BT_ADDR_IPV6:
		inet_ntop(AF_INET6, addr->bytes, text, TEXT_ADDR);
		return text;
	case BT_ADDR_MAC:
		return text_mac(text, addr->bytes);
	default:
		text[0] = '\0';
		return text;
	}
}

bool text_parse_addr(const char *text, struct bt_addr *addr)
{
	struct bt_addr parsed = {0};
	unsigned mac[6];
	int end = 0;

	if (inet_pton(AF_INET, text, parsed.bytes) == 1) {
		parsed.family = BT_ADDR_IPV4;
	} else if (inet_pton(AF_INET6, text, parsed.bytes) == 1) {
		parsed.family = BT_ADDR_IPV6;
	} else if (strlen(text) == 17 &&
		   sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &mac[0], &mac[1], &mac[2], &mac[3],
			  &mac[4], &mac[5], &end) == 6 &&
		   end == 17) {
		memset(parsed.bytes, 0, sizeof(parsed.bytes));
		parsed.family = BT_ADDR_MAC;
		for (int i = 0; i < 6; i++)
			parsed.bytes[i] = (uint8_t)mac[i];
	} else {
		return false;
	}
	*addr = parsed;
	return true;
}

/* Days since 1970-01-01 -> year, month, day (proleptic Gregorian; Howard Hinnant's arithmetic on
 * eras of 400 years, which needs neither tables nor loops). */
static void civil_date(int64_t days, int *year, int *month, int *day)
{
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t of_era = shifted - era * 146097;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t index = (5 * of_year + 2) / 153;

	*day = (int)(of_year - (153 * index + 2) / 5 + 1);
	*month = (int)(index < 10 ? index + 3 : index - 9);
	*year = (int)(years + era * 400 + (*month <= 2));
}

/* Out of line: most seconds are known. */
static void __attribute__((noinline)) put_second(char text[BT_CALENDAR], int64_t seconds)
{
	unsigned of_day = (unsigned)((seconds % 86400 + 86400) % 86400);
	int year, month, day;

	civil_date((seconds - of_day) / 86400, &year, &month, &day);
	memcpy(text, "0000-00-00T00:00:00.000000", BT_CALENDAR);
	digits_put(text, 4, (unsigned)year);
	digits_put(text + 5, 2, (unsigned)month);
	digits_put(text + 8, 2, (unsigned)day);
	digits_put(text + 11, 2, of_day / 3600);
	digits_put(text + 14, 2, of_day / 60 % 60);
	digits_put(text + 17, 2, of_day % 60);
}

enum {
	SECONDS_KNOWN = 32,
};

/* Most events share their second with the one before, and so do the times of which they tell. */
struct second {
	int64_t seconds;
	char text[BT_CALENDAR]; /* "": none yet */
};

void bt_calendar(char text[BT_CALENDAR], int64_t seconds, uint32_t microseconds)
{
	static _Thread_local struct second lately[SECONDS_KNOWN];
	struct second *known = &lately[(uint64_t)seconds % SECONDS_KNOWN];

	if (known->seconds != seconds || !known->text[0]) {
		put_second(known->text, seconds);
		known->seconds = seconds;
	}
	memcpy(text, known->text, BT_CALENDAR);
	digits_put_pair(text + 20, microseconds / 10000);
	digits_put_pair(text + 22, microseconds / 100 % 100);
	digits_put_pair(text + 24, microseconds % 100);
}

void text_put_time(char text[TEXT_TIME_LENGTH], int64_t time_ns)
{
	int64_t seconds = time_ns / NS_PER_SECOND;
	int32_t rest = (int32_t)(time_ns % NS_PER_SECOND);

	if (rest < 0) {
		rest += NS_PER_SECOND;
		seconds--;
	}
	bt_calendar(text, seconds, (uint32_t)rest / 1000);
	memcpy(text + BT_CALENDAR, "+0000", TEXT_TIME_LENGTH - BT_CALENDAR);
}

const char *text_time(char text[TEXT_TIME], int64_t time_ns)
{
	text_put_time(text, time_ns);
	text[TEXT_TIME_LENGTH] = '\0';
	return text;
}

bool text_parse_time(const char *text, int64_t *time_ns)
{
	struct tm when = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &when);
	int64_t fraction = 0, scale = NS_PER_SECOND;

	if (!rest)
		return false;
	if (*rest == '.') {
		for (rest++; isdigit((unsigned char)*rest) && scale > 1; rest++) {
			scale /= 10;
			fraction += (*rest - '0') * scale;
		}
	}
	if (strcmp(rest, "Z") && strcmp(rest, "+0000"))
		return false;
	*time_ns = (int64_t)timegm(&when) * NS_PER_SECOND + fraction;
	return true;
}

bool text_parse_duration(const char *text, int64_t *ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {{"ms", 1000000},
		     {"s", NS_PER_SECOND},
		     {"m", 60 * NS_PER_SECOND},
		     {"h", 3600 * NS_PER_SECOND},
		     {"d", 86400 * NS_PER_SECOND}};
	char *end;
	long long count;

	if (!isdigit((unsigned char)text[0]))
		return false;
	count = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0 && count > 0 && count <= INT64_MAX / units[i].ns) {
			*ns = count * units[i].ns;
			return true;
		}
	}
	return false;
}

const char *text_duration(char text[TEXT_TIME], int64_t ns)
{
	int64_t seconds = ns / NS_PER_SECOND;

	if (ns < NS_PER_SECOND)
		snprintf(text, TEXT_TIME, "%lld ms", (long long)(ns / 1000000));
	else if (seconds < 120)
		snprintf(text, TEXT_TIME, "%.1f s", (double)ns / 1e9);
	else if (seconds < 7200)
		snprintf(text, TEXT_TIME, "%lldm %02llds", (long long)(seconds / 60),
			 (long long)(seconds % 60));
	else if (seconds < 2 * 86400)
		snprintf(text, TEXT_TIME, "%lldh %02lldm", (long long)(seconds / 3600),
			 (long long)(seconds / 60 % 60));
	else
		snprintf(text, TEXT_TIME, "%lldd %02lldh", (long long)(seconds / 86400),
			 (long long)(seconds / 3600 % 24));
	return text;
}

const char *text_bytes(char text[TEXT_BYTES], uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(text, TEXT_BYTES, "%u B", (unsigned)bytes);
		return text;
	}
	for (value /= 1024; value >= 1024 && unit < 4; unit++)
		value /= 1024;
	snprintf(text, TEXT_BYTES, "%.1f %s", value, units[unit]);
	return text;
}

const char *text_count(char text[TEXT_TIME], uint64_t count)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static int family_rank(uint8_t family)
{
	return family == BT_ADDR_IPV4 ? 1 : family == BT_ADDR_IPV6 ? 2 : family == BT_ADDR_MAC ? 3 : 0;
}

/* Whole numbers up to 2^53 are themselves. */
static bool is_short_whole(double number)
{
	return number >= -0x1p53 && number <= 0x1p53 && (double)(int64_t)number == number;
}

const char *text_number_exact(char text[TEXT_NUMBER], double number)
{
	snprintf(text, TEXT_NUMBER, is_short_whole(number) ? "%.0f" : "%.15g", number);
	if (strtod(text, NULL) != number)
		snprintf(text, TEXT_NUMBER, "%.17g", number);
	return text;
}

/* What was sent as 32 bits is shown as it was meant: 21.3 and not 21.299999237060547. */
const char *text_number(char text[TEXT_NUMBER], double number)
{
	bool fits = number >= -FLT_MAX && number <= FLT_MAX && (double)(float)number == number;

	if (!fits || is_short_whole(number))
		return text_number_exact(text, number);
	for (int digits = FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
		snprintf(text, TEXT_NUMBER, "%.*g", digits, number);
		if (strtof(text, NULL) == (float)number)
			break;
	}
	return text;
}

int addr_compare(const struct bt_addr *a, const struct bt_addr *b)
{
	if (a->family != b->family)
		return family_rank(a->family) - family_rank(b->family);
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool addr_equal(const struct bt_addr *a, const struct bt_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool addr_is_multicast(const struct bt_addr *addr)
{
	const uint8_t *b = addr->bytes;

	switch (addr->family) {
	case BT_ADDR_IPV4: return b[0] >= 224; /* multicast, reserved and 255.255.255.255 */
	case BT_ADDR_IPV6: return b[0] == 0xff;
	case BT_ADDR_MAC: return b[0] & 1;
	default: return false;
	}
}

bool addr_is_private(const struct bt_addr *addr)
{
	const uint8_t *b = addr->bytes;

	switch (addr->family) {
	case BT_ADDR_IPV4:
		return b[0] == 10 || b[0] == 127 || b[0] == 0 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
		       (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
		       (b[0] == 100 && (b[1] & 0xc0) == 64);
	case BT_ADDR_IPV6:
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
		       (b[0] == 0 && b[15] <= 1);
	default:
		return true;
	}
}
