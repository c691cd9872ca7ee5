/* SPDX-License-Identifier: Apache-2.0
 *
 * Captures by content, not by name.
 *
 *   pcap    magic(4) major(2) minor(2) ...          draft-ietf-opsawg-pcap
 *   pcapng  0a0d0d0a length(4) byte-order-magic(4)  draft-ietf-opsawg-pcapng
 *
 * Other magics of pcap's family (patched kernels, old appliances) and versions other than 2.4 have
 * records of other shapes; libpcap knows them all.
 */
#include "sniff.h"

#include <ctype.h>
#include <stdio.h>

#include "text.h"

enum {
	PCAP_VERSION = 2 << 16 | 4,
};

static enum sniffed sniff_pcap(uint32_t magic, struct bt_cursor head, bool big)
{
	uint32_t major = big ? cur_u16be(&head) : cur_u16le(&head);
	uint32_t minor = big ? cur_u16be(&head) : cur_u16le(&head);

	switch (magic) {
	case 0xa1b2c3d4: /* microseconds */
	case 0xa1b23c4d: /* nanoseconds */
		/* Cut before its version it has no records whose shape could matter. */
		return !cur_ok(&head) || (major << 16 | minor) == PCAP_VERSION ? SNIFF_PCAP
									       : SNIFF_LIBPCAP;
	case 0xa1b2cd34: /* Kuznetzov's: interface, protocol and direction in each record */
	case 0xa1b234cd:
	case 0xa12b3c4d: return SNIFF_LIBPCAP;
	default: return SNIFF_OTHER;
	}
}

enum sniffed sniff(struct bt_cursor head)
{
	struct bt_cursor again = head;
	uint32_t little = cur_u32le(&head), big = cur_u32be(&again);
	enum sniffed kind;

	if (!cur_ok(&head))
		return SNIFF_OTHER;
	if (big == 0x0a0d0d0a) {
		cur_skip(&head, 4);
		big = cur_u32be(&head);
		return big == 0x1a2b3c4d || big == 0x4d3c2b1a ? SNIFF_PCAPNG : SNIFF_OTHER;
	}
	kind = sniff_pcap(little, head, false);
	return kind ? kind : sniff_pcap(big, again, true);
}

static const char *hint(struct bt_cursor head)
{
	switch (cur_u16be(&head)) {
	case 0x1f8b: return " (gzip: unpack it first)";
	case 0x28b5: return " (zstd: unpack it first)";
	case 0xfd37: return " (xz: unpack it first)";
	case 0x425a: return " (bzip2: unpack it first)";
	default: return "";
	}
}

bool sniff_refuse(struct error *err, struct bt_cursor head)
{
	struct bt_cursor shown = cur_take_upto(&head, 8), each = shown;
	char hex[32] = "", text[16] = "";

	if (cur_left(&shown) == 0)
		return error_set(err, "empty; pcap or pcapng expected");
	while (cur_left(&each)) {
		uint8_t byte = cur_u8(&each);

		text_add(hex, sizeof(hex), "%s%02x", hex[0] ? " " : "", byte);
		text_add(text, sizeof(text), "%c", byte < 0x80 && isprint(byte) ? byte : '.');
	}
	return error_set(err, "not a capture: begins with %s \"%s\"%s; pcap or pcapng expected", hex,
			 text, hint(shown));
}
