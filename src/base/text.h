/* SPDX-License-Identifier: Apache-2.0
 *
 * Text in fixed memory, and the shapes bittern prints: addresses, times, byte counts.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bittern/cursor.h"
#include "bittern/flow.h"

enum {
	TEXT_ADDR = 48,  /* longest address text and its NUL */
	TEXT_TIME = 40,
	TEXT_TIME_LENGTH = 31,
	TEXT_BYTES = 16,
	TEXT_NUMBER = 32,
};

/* Appends to `text` (size `cap`, always NUL-terminated); what does not fit is cut. Returns the new
 * length. */
size_t text_add(char *text, size_t cap, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Length of the UTF-8 sequence at `at` (at least one byte left), 0 when it is broken (RFC 3629: no
 * overlong forms, no surrogates, nothing above U+10FFFF) or of a character that is not shown but
 * obeyed (controls, direction, no width): who writes it on the wire writes to somebody's terminal. */
size_t text_utf8_length(const uint8_t *at, size_t left);
/* Copies wire bytes as printable text: valid UTF-8 stays, controls and broken bytes become \xNN;
 * trailing NULs and spaces are dropped. Always NUL-terminated. */
void text_printable(char *text, size_t cap, struct bt_cursor bytes);

const char *text_addr(char text[TEXT_ADDR], const struct bt_addr *addr); /* returns `text` */
bool text_parse_addr(const char *text, struct bt_addr *addr); /* IPv4, IPv6, MAC with colons */
const char *text_mac(char text[TEXT_ADDR], const uint8_t mac[6]);
/* 2026-11-21T23:56:00.123456+0000, as EVE writes it; and the reverse (UTC "Z" or +0000 only). */
const char *text_time(char text[TEXT_TIME], int64_t time_ns);
void text_put_time(char text[TEXT_TIME_LENGTH], int64_t time_ns); /* the same without a NUL */
bool text_parse_time(const char *text, int64_t *time_ns);
/* "10s", "10m", "6h", "2d", "500ms" -> ns. */
bool text_parse_duration(const char *text, int64_t *ns);
const char *text_duration(char text[TEXT_TIME], int64_t ns); /* "1h 02m", "35.2 s", "740 ms" */
const char *text_bytes(char text[TEXT_BYTES], uint64_t bytes); /* "1.2 GiB" */
const char *text_count(char text[TEXT_TIME], uint64_t count); /* "1,234,567" */
/* "500", "21.3": as few digits as tell it from its neighbours, those of 32 bits where it fits in them. */
const char *text_number(char text[TEXT_NUMBER], double number);
const char *text_number_exact(char text[TEXT_NUMBER], double number); /* reads back as the same */

/* Smaller, equal or greater than zero; IPv4 before IPv6 before MAC, each in numeric order. */
int addr_compare(const struct bt_addr *a, const struct bt_addr *b);
bool addr_equal(const struct bt_addr *a, const struct bt_addr *b);
bool addr_is_multicast(const struct bt_addr *addr); /* broadcast too */
bool addr_is_private(const struct bt_addr *addr);   /* RFC 1918, link-local, ULA, loopback, CGNAT, MAC */

#endif
