/* SPDX-License-Identifier: Apache-2.0
 *
 * The least a program can do with a capture through libpcap: look at every packet's header and
 * first byte. What tools/bench measures others against. Prints packets and captured bytes.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	if (argc != 2) {
		fprintf(stderr, "usage: pcap-loop CAPTURE\n");
		return 2;
	}
	pcap_t *capture = pcap_open_offline(argv[1], error);
	if (!capture) {
		fprintf(stderr, "pcap-loop: %s\n", error);
		return 3;
	}

	uint64_t packets = 0, bytes = 0, sum = 0;
	struct pcap_pkthdr *header;
	const u_char *data;
	int got;
	while ((got = pcap_next_ex(capture, &header, &data)) == 1) {
		packets++;
		bytes += header->caplen;
		sum += header->caplen ? data[0] : 0; /* so that the bytes are wanted */
	}
	if (got == PCAP_ERROR)
		fprintf(stderr, "pcap-loop: %s: %s\n", argv[1], pcap_geterr(capture));
	pcap_close(capture);
	printf("%" PRIu64 " packets %" PRIu64 " bytes (%" PRIx64 ")\n", packets, bytes, sum);
	return got == PCAP_ERROR ? 3 : 0;
}
