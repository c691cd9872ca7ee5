/* SPDX-License-Identifier: Apache-2.0
 *
 * libpcap knows how the LINKTYPE_ values of files map to the DLT_ values of this system, but offers
 * no function for it: so it is shown the header of an empty capture and asked what it makes of it.
 */
#include "linktype.h"

#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum {
	REMEMBERED = 1024,         /* link types, all of today's and some */
	LINKTYPE_MASK = 0x3ffffff, /* above: length of the frame check sequence */
	DLT_LISTED_MAX = 512,
};

static int ask_libpcap(uint32_t linktype)
{
	struct pcap_file_header header = {
		.magic = 0xa1b2c3d4,
		.version_major = 2,
		.version_minor = 4,
		.snaplen = 65535,
		.linktype = linktype,
	};
	char why[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(&header, sizeof(header), "rb");
	pcap_t *pcap = file ? pcap_fopen_offline(file, why) : NULL;
	int dlt = pcap ? pcap_datalink(pcap) : (int)linktype;

	if (pcap)
		pcap_close(pcap); /* and with it the file */
	else if (file)
		fclose(file);
	return dlt;
}

int linktype_to_dlt(uint32_t field)
{
	static atomic_int answers[REMEMBERED]; /* DLT + 1; 0: not asked yet */
	uint32_t linktype = field & LINKTYPE_MASK;
	int answer;

	if (linktype >= REMEMBERED)
		return ask_libpcap(linktype);
	answer = atomic_load_explicit(&answers[linktype], memory_order_relaxed);
	if (!answer) {
		answer = ask_libpcap(linktype) + 1;
		atomic_store_explicit(&answers[linktype], answer, memory_order_relaxed);
	}
	return answer - 1;
}

void linktype_name(char *text, size_t size, int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	if (name)
		snprintf(text, size, "%s (%d)", name, dlt);
	else if (dlt >= DLT_USER0 && dlt <= DLT_USER15) /* libpcap has no names for these */
		snprintf(text, size, "USER%d (%d)", dlt - DLT_USER0, dlt);
	else
		snprintf(text, size, "%d", dlt);
}

bool linktype_refuse(struct error *err, int dlt, bool (*supported)(int dlt))
{
	char name[64], known[256] = "";

	linktype_name(name, sizeof(name), dlt);
	for (int i = 0; i < DLT_LISTED_MAX; i++) {
		const char *good = supported(i) ? pcap_datalink_val_to_name(i) : NULL;

		if (good && strlen(known) + strlen(good) + 3 < sizeof(known))
			text_add(known, sizeof(known), "%s%s", known[0] ? ", " : "", good);
	}
	return error_set(err, "link type %s is not supported; supported: %s", name, known);
}
