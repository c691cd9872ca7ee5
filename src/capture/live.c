/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "fanout.h"
#include "limits.h"
#include "linktype.h"
#include "nic.h"

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
	bool is_early; /* nothing has come since all workers have their rings */
	bool is_gone;  /* the interface is no more */
	struct live_counts counts;
};

/* Aligned: no two workers write to one cache line. */
struct worker_end {
	_Alignas(64) struct ring_end rings[LIVE_INTERFACES_MAX];
	struct pollfd polled[LIVE_INTERFACES_MAX];
	char problem[200];
};

struct live {
	unsigned count, workers; /* interfaces; ends of each */
	struct nic nics[LIVE_INTERFACES_MAX];
	int64_t since_ns; /* when the last ring was ready */
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

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return SECONDS(now.tv_sec) + now.tv_nsec;
}

/* All workers' rings on one interface. */
static bool open_rings(struct live *live, unsigned interface, const struct live_options *options,
		       struct error *err)
{
	int group = FANOUT_NEW;

	for (unsigned worker = 0; worker < live->workers; worker++) {
		struct worker_end *end = &live->ends[worker];
		struct ring_end *ring = &end->rings[interface];

		ring->interface = interface;
		ring->is_early = true;
		if (!open_ring(ring, options, &group, err))
			return false;
		end->polled[interface] = (struct pollfd){pcap_get_selectable_fd(ring->pcap), POLLIN, 0};
	}
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
	live->workers = options->workers;
	while (live->count < options->count) {
		unsigned interface = live->count++;

		nic_open(&live->nics[interface], options->interfaces[interface].name);
		if (!open_rings(live, interface, options, err)) {
			live_close(live);
			return NULL;
		}
	}
	live->since_ns = wall_ns();
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
	for (unsigned i = 0; i < live->count; i++)
		nic_close(&live->nics[i]);
	free(live);
}

/* ---- reading ---- */

struct taker {
	const struct live *live;
	struct ring_end *ring;
	void (*take)(void *owner, struct frame *frame);
	void *owner;
};

/* Until the last worker had joined the others, the kernel gave packets to the wrong one or to two. A
 * clock that is set back meanwhile does not make the sensor deaf. */
static bool is_too_early(const struct live *live, struct ring_end *ring, int64_t time_ns)
{
	ring->is_early = ring->is_early && time_ns < live->since_ns &&
			 live->since_ns - time_ns < SECONDS(1);
	return ring->is_early;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	const struct taker *taker = (const struct taker *)(void *)user;
	struct frame frame = {
		.data = bytes,
		.captured = header->caplen,
		.wire = header->len < header->caplen ? header->caplen : header->len,
		/* the precision asked for: tv_usec has nanoseconds */
		.time_ns = SECONDS(header->ts.tv_sec) + header->ts.tv_usec,
		.interface = taker->ring->interface,
		.link = taker->ring->link,
	};

	if (!is_too_early(taker->live, taker->ring, frame.time_ns))
		taker->take(taker->owner, &frame);
}

/* The others are still listened to. */
static void lose(struct live *live, struct worker_end *end, struct ring_end *ring)
{
	ring->is_gone = true;
	end->polled[ring->interface].fd = -1;
	snprintf(end->problem, sizeof(end->problem), "interface %s: %s",
		 live->nics[ring->interface].name, pcap_geterr(ring->pcap));
}

static int take_all(struct live *live, struct worker_end *end,
		    void (*take)(void *owner, struct frame *frame), void *owner)
{
	int taken = 0;
	unsigned left = 0;

	for (unsigned i = 0; i < live->count; i++) {
		struct taker taker = {live, &end->rings[i], take, owner};
		int count;

		if (taker.ring->is_gone)
			continue;
		count = pcap_dispatch(taker.ring->pcap, BATCH_MAX, on_packet, (u_char *)&taker);
		if (count < 0)
			lose(live, end, taker.ring);
		else
			taken += count;
		left += count >= 0;
	}
	return left ? taken : -1;
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

unsigned live_interfaces(const struct live *live)
{
	return live->count;
}

/* Not with pcap_stats(): that reads files in /sys besides, and this is asked before every look. The
 * kernel begins at zero again each time. */
struct live_counts live_count(struct live *live, unsigned worker, unsigned interface)
{
	struct ring_end *ring = &live->ends[worker].rings[interface];
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(pcap_fileno(ring->pcap), SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) {
		ring->counts.received += stats.tp_packets - stats.tp_drops;
		ring->counts.dropped += stats.tp_drops;
	}
	return ring->counts;
}

struct live_state live_state(const struct live *live, unsigned worker, unsigned interface)
{
	const struct ring_end *ring = &live->ends[worker].rings[interface];
	const struct nic *nic = &live->nics[interface];

	return (struct live_state){
		.name = nic->name,
		.is_up = !ring->is_gone && nic_is_up(nic, pcap_fileno(ring->pcap)),
		.missed = nic_missed(nic),
	};
}
