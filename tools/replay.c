/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends the first packets of a capture to an interface again and again, at a steady rate: the sender of
 * tools/bench-live and tools/soak, where tcpreplay is too slow to show a limit. Packets stand in
 * memory and go out in batches, past the queueing discipline (PACKET_QDISC_BYPASS).
 *
 * Prints packets sent and the seconds it took; it stops when its time is up, also where it cannot keep the rate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum {
	BATCH = 32,
	FRAME_MAX = 1514,
};

static struct iovec *frames;
static size_t frame_count;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	exit(1);
}

static void load(const char *path, size_t most)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *capture = pcap_open_offline(path, error);

	if (!capture)
		die("capture", error);
	frames = calloc(most, sizeof(*frames));
	if (!frames)
		die("memory", strerror(errno));
	while (frame_count < most && pcap_next_ex(capture, &header, &data) == 1) {
		struct iovec *frame = &frames[frame_count++];

		frame->iov_len = header->caplen < FRAME_MAX ? header->caplen : FRAME_MAX;
		frame->iov_base = malloc(frame->iov_len);
		if (!frame->iov_base)
			die("memory", strerror(errno));
		memcpy(frame->iov_base, data, frame->iov_len);
	}
	pcap_close(capture);
	if (!frame_count)
		die(path, "no packets");
}

static int open_wire(const char *interface)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	const int bypass = 1;
	int wire = socket(AF_PACKET, SOCK_RAW, 0); /* protocol 0: it receives nothing */

	if (!to.sll_ifindex || wire < 0 || bind(wire, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(wire, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof(bypass)))
		die(interface, strerror(errno));
	return wire;
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Waits awake: who sleeps is late. Long waits leave the core to others. */
static void wait_until(uint64_t due_ns)
{
	uint64_t now_ns;

	while ((now_ns = clock_ns()) < due_ns) {
		if (due_ns - now_ns > 200000) {
			const struct timespec nap = {.tv_nsec = 100000};

			nanosleep(&nap, NULL);
		}
	}
}

static size_t send_batch(int wire, size_t at)
{
	struct mmsghdr messages[BATCH] = {0};
	unsigned count = 0;
	int sent;

	for (; count < BATCH && at + count < frame_count; count++) {
		messages[count].msg_hdr.msg_iov = &frames[at + count];
		messages[count].msg_hdr.msg_iovlen = 1;
	}
	do
		sent = sendmmsg(wire, messages, count, 0);
	while (sent < 0 && (errno == ENOBUFS || errno == EINTR || errno == EAGAIN));
	if (sent < 0)
		die("send", strerror(errno));
	return (size_t)sent;
}

int main(int argc, char **argv)
{
	if (argc != 6 || atof(argv[3]) <= 0 || atof(argv[4]) <= 0 || atoll(argv[5]) <= 0) {
		fprintf(stderr, "usage: replay INTERFACE CAPTURE PACKETS_PER_SECOND SECONDS FIRST_PACKETS\n");
		return 2;
	}
	load(argv[2], (size_t)atoll(argv[5]));

	int wire = open_wire(argv[1]);
	double rate = atof(argv[3]);
	uint64_t sent = 0, begin_ns = clock_ns(), end_ns = begin_ns + (uint64_t)(atof(argv[4]) * 1e9);
	size_t at = 0;

	while (clock_ns() < end_ns) {
		size_t now = send_batch(wire, at);

		sent += now;
		at = (at + now) % frame_count;
		wait_until(begin_ns + (uint64_t)((double)sent * 1e9 / rate));
	}
	printf("%" PRIu64 " packets in %.3f s\n", sent, (double)(clock_ns() - begin_ns) / 1e9);
	return 0;
}
