/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "fanout.h"
#include "limits.h"
#include "linktype.h"

enum {
	BLOCK_MS = 10,   /* after which the kernel hands over a block that is not full */
	BATCH_MAX = 512, /* frames of one interface before the next has its turn */
	FILTER_OPTIMIZED = 1,
};

/* One worker's ring on one interface. */
struct ring_end {
	pcap_t *pcap;
	unsigned interface;
	int link;
	void (*take)(void *owner, struct frame *frame);
	void *owner;
};

/* Aligned: no two workers write to one cache line. */
struct worker_end {
	_Alignas(64) struct ring_end rings[LIVE_INTERFACES_MAX];
	struct pollfd polled[LIVE_INTERFACES_MAX];
	char problem[200];
};

struct live {
	unsigned count, workers; /* interfaces; ends of each */
	struct worker_end ends[];
};

/* ---- opening ---- */

static bool refuse(struct error *err, const char *interface, const char *why)
{
	return error_set(err, "interface %s: %s", interface, why);
}

static bool refuse_activation(struct error *err, const char *interface, pcap_t *pcap, int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return refuse(err, interface, "there is none of that name (ip link shows them)");
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return refuse(err, interface,
			      "no permission to capture: needs CAP_NET_RAW (run as root or as the service)");
	case PCAP_ERROR_IFACE_NOT_UP:
		return refuse(err, interface, "it is down (ip link set it up)");
	default: return refuse(err, interface, *pcap_geterr(pcap) ? pcap_geterr(pcap) : pcap_statustostr(status));
	}
}

static bool set_up(pcap_t *pcap, const struct live_interface *wanted)
{
	return pcap_set_snaplen(pcap, (int)(wanted->snap_bytes ? wanted->snap_bytes : LIVE_SNAP_BYTES)) == 0 &&
	       pcap_set_promisc(pcap, 1) == 0 && pcap_set_timeout(pcap, BLOCK_MS) == 0 &&
	       pcap_set_buffer_size(pcap, (int)(wanted->ring_bytes ? wanted->ring_bytes : LIVE_RING_BYTES)) == 0;
}

static bool set_filter(pcap_t *pcap, const char *filter)
{
	struct bpf_program code;
	bool fine;

	if (pcap_compile(pcap, &code, filter, FILTER_OPTIMIZED, PCAP_NETMASK_UNKNOWN) < 0)
		return false;
	fine = pcap_setfilter(pcap, &code) == 0;
	pcap_freecode(&code);
	return fine;
}

static bool open_ring(struct ring_end *end, const struct live_options *options, int *group,
		      struct error *err)
{
	const struct live_interface *wanted = &options->interfaces[end->interface];
	const char *interface = wanted->name;
	char text[PCAP_ERRBUF_SIZE];
	int status;

	end->pcap = pcap_create(interface, text);
	if (!end->pcap)
		return refuse(err, interface, text);
	if (!set_up(end->pcap, wanted))
		return refuse(err, interface, "libpcap takes none of its settings");
	pcap_set_tstamp_precision(end->pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(end->pcap);
	if (status < 0)
		return refuse_activation(err, interface, end->pcap, status);
	end->link = pcap_datalink(end->pcap);
	if (options->supported && !options->supported(end->link)) {
		struct error why;

		linktype_refuse(&why, end->link, options->supported);
		return refuse(err, interface, why.text);
	}
	if (wanted->filter && !set_filter(end->pcap, wanted->filter))
		return refuse(err, interface, pcap_geterr(end->pcap));
	if (options->workers > 1 && !fanout_join(pcap_fileno(end->pcap), group))
		return refuse(err, interface, strerror(errno));
	if (pcap_setnonblock(end->pcap, 1, text) < 0)
		return refuse(err, interface, text);
	return true;
}

struct live *live_open(const struct live_options *options, struct error *err)
{
	struct live *live = NULL;

	if (posix_memalign((void **)&live, 64, sizeof(*live) + options->workers * sizeof(live->ends[0]))) {
		error_set(err, "no memory");
		return NULL;
	}
	memset(live, 0, sizeof(*live) + options->workers * sizeof(live->ends[0]));
	live->count = options->count;
	live->workers = options->workers;
	for (unsigned i = 0; i < live->count; i++) {
		int group = FANOUT_NEW;

		for (unsigned worker = 0; worker < live->workers; worker++) {
			struct worker_end *end = &live->ends[worker];

			end->rings[i].interface = i;
			if (!open_ring(&end->rings[i], options, &group, err)) {
				live_close(live);
				return NULL;
			}
			end->polled[i] = (struct pollfd){pcap_get_selectable_fd(end->rings[i].pcap), POLLIN, 0};
		}
	}
	return live;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	for (unsigned worker = 0; worker < live->workers; worker++) {
		for (unsigned i = 0; i < live->count; i++) {
			if (live->ends[worker].rings[i].pcap)
				pcap_close(live->ends[worker].rings[i].pcap);
		}
	}
	free(live);
}

/* ---- reading ---- */

static void on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	const struct ring_end *end = (const struct ring_end *)(void *)user;
	struct frame frame = {
		.data = bytes,
		.captured = header->caplen,
		.wire = header->len < header->caplen ? header->caplen : header->len,
		/* the precision asked for: tv_usec has nanoseconds */
		.time_ns = SECONDS(header->ts.tv_sec) + header->ts.tv_usec,
		.interface = end->interface,
		.link = end->link,
	};

	end->take(end->owner, &frame);
}

static int fail(struct worker_end *end, const struct ring_end *ring)
{
	strncpy(end->problem, pcap_geterr(ring->pcap), sizeof(end->problem) - 1);
	return -1;
}

static int take_all(struct live *live, struct worker_end *end,
		    void (*take)(void *owner, struct frame *frame), void *owner)
{
	int taken = 0;

	for (unsigned i = 0; i < live->count; i++) {
		struct ring_end *ring = &end->rings[i];
		int count;

		ring->take = take;
		ring->owner = owner;
		count = pcap_dispatch(ring->pcap, BATCH_MAX, on_packet, (u_char *)ring);
		if (count < 0)
			return fail(end, ring);
		taken += count;
	}
	return taken;
}

int live_look(struct live *live, unsigned worker, int wait_ms,
	      void (*take)(void *owner, struct frame *frame), void *owner)
{
	struct worker_end *end = &live->ends[worker];
	int taken = take_all(live, end, take, owner);

	if (taken || wait_ms == 0)
		return taken;
	if (poll(end->polled, live->count, wait_ms) <= 0)
		return 0;
	return take_all(live, end, take, owner);
}

const char *live_problem(const struct live *live, unsigned worker)
{
	return live->ends[worker].problem;
}

struct live_counts live_count(struct live *live, unsigned worker)
{
	struct live_counts counts = {0};

	for (unsigned i = 0; i < live->count; i++) {
		struct pcap_stat stat;

		if (pcap_stats(live->ends[worker].rings[i].pcap, &stat) < 0)
			continue;
		counts.received += stat.ps_recv;
		counts.dropped += stat.ps_drop;
	}
	return counts;
}
