/* SPDX-License-Identifier: Apache-2.0
 *
 * What a file is, by its first bytes.
 */
#ifndef CAPTURE_SNIFF_H
#define CAPTURE_SNIFF_H

#include <stdbool.h>

#include "bittern/cursor.h"
#include "error.h"

enum {
	SNIFF_BYTES = 24, /* enough of a file to tell */
};

enum sniffed {
	SNIFF_OTHER, /* not a capture */
	SNIFF_PCAP,  /* the pcap that everybody writes */
	SNIFF_PCAPNG,
	SNIFF_LIBPCAP, /* a pcap of another kind: libpcap's to read */
};

enum sniffed sniff(struct bt_cursor head);
/* False, and the error says what the file begins with and what would be right. */
bool sniff_refuse(struct error *err, struct bt_cursor head);

#endif
