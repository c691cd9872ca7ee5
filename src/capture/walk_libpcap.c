/* SPDX-License-Identifier: Apache-2.0
 *
 * What cannot be mapped, or what only libpcap knows how to read: standard input, FIFOs, devices,
 * pcap files of patched kernels. A frame lives until the next call.
 */
#include <pcap/pcap.h>
#include <string.h>

#include "walk.h"

/* libpcap tells a file that ends in a record from a broken one only by its words. */
static bool ended(struct walk *walk, const char *why)
{
	if (strncmp(why, "truncated", strlen("truncated")) == 0)
		return walk_cut(walk, 0);
	return walk_broken(walk, walk->offset, "%s", why);
}

/* libpcap takes a pcap's seconds for signed ones, wrong from 2038 on; a pcapng's it gets right. */
static int64_t seconds_of(pcap_t *pcap, int64_t seconds)
{
	return pcap_major_version(pcap) == PCAP_VERSION_MAJOR ? (uint32_t)seconds : seconds;
}

bool walk_libpcap(struct walk *walk, struct frame *frame)
{
	pcap_t *pcap = walk->member->stream;
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int got = pcap_next_ex(pcap, &header, &data);

	if (got == PCAP_ERROR_BREAK)
		return false;
	if (got != 1)
		return ended(walk, pcap_geterr(pcap));
	if (header->caplen > FRAME_BYTES_MAX)
		return walk_broken(walk, walk->offset,
				   "a record claims %u captured bytes, more than any frame has",
				   header->caplen);
	frame->link = pcap_datalink(pcap);
	if (walk->end.packets == 0 && !walk->supported(frame->link))
		return walk_refuse(walk, walk->offset, frame->link);
	/* Nanoseconds: that is what the handle was opened for. */
	frame->time_ns = walk_time(
		walk_sum(walk_seconds(seconds_of(pcap, header->ts.tv_sec)), header->ts.tv_usec));
	frame->data = data;
	frame->captured = header->caplen;
	frame->wire = header->len;
	frame->interface = 0;
	walk->offset += header->caplen;
	return true;
}
