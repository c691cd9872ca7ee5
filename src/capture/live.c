/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "fanout.h"
#include "interface.h"
#include "limits.h"
#include "nic.h"
#include "stamps.h"
#include "tap.h"

#define NIC_EVERY_NS MILLISECONDS(100) /* between two looks at what became of the interfaces */
/* So long after its end a block has been handed over, if the machine is not very busy. */
#define BLOCK_NS MILLISECONDS(10 * TAP_BLOCK_MS)
/* An adapter whose clock is further away does not have the time. */
#define STAMP_AWAY_NS SECONDS(5)

enum {
	ETHERNET_BYTES = 14, /* of a frame's header */
};

/* One worker's ring on one interface. */
struct listening {
	struct tap first;  /* of a group with the other workers', where there are others, */
	struct tap spare;  /* and what takes its place when another device comes; fd -1: there are none */
	struct tap *tap;   /* of these, the one that listens */
	struct frame like; /* what all its frames have in common */
	bool is_early;     /* nothing has come since all workers have their rings */
	unsigned device;   /* of those that have had the interface's name: 1, 2 ... */
	uint32_t left;     /* blocks that may hold what came before the end */
	struct live_counts counts;
};

/* Aligned: no two workers write to one cache line. */
struct worker_end {
	_Alignas(64) struct listening on[LIVE_INTERFACES_MAX];
	struct pollfd polled[LIVE_INTERFACES_MAX];
	int64_t end_ns; /* CLOCK_MONOTONIC; what came later is of after the end; 0: not asked for */
	int64_t wall_ns;
};

struct live {
	unsigned count, workers; /* interfaces; ends of each */
	struct nic nics[LIVE_INTERFACES_MAX];
	int64_t nics_due_ns; /* of the first worker, who looks at them for all */
	int64_t since_ns; /* when the last ring was ready */
	struct worker_end ends[];
};

static int64_t clock_ns(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return SECONDS(now.tv_sec) + now.tv_nsec;
}

/* ---- opening ---- */

struct opening {
	struct live_interface wanted; /* with all that it left open */
	struct interface interface;
	struct nic *nic;
	unsigned number, worker, workers;
	int group;
};

static bool refuse(const struct opening *opening, struct error *err)
{
	return error_set(err, "interface %s: %s", opening->wanted.name, strerror(errno));
}

static struct tap_options tap_options(const struct opening *opening, struct sock_filter *filter,
				      unsigned length)
{
	return (struct tap_options){
		.filter = {(unsigned short)length, filter},
		.ring_bytes = opening->wanted.ring_bytes,
		.snap_bytes = opening->wanted.snap_bytes,
		.stamped_by_adapter = opening->wanted.stamped_by_adapter,
		.is_loopback = opening->nic->kind == ARPHRD_LOOPBACK,
	};
}

static bool open_first(struct tap *tap, const struct opening *opening)
{
	const struct interface *interface = &opening->interface;
	struct tap_options options = tap_options(opening, interface->filter, interface->filter_length);

	return tap_open(tap, &options);
}

/* It shares with its fellows by its filter: a group would bind it to one device for ever. */
static bool open_spare(struct tap *tap, const struct opening *opening)
{
	const struct interface *interface = &opening->interface;
	struct sock_filter filter[BPF_MAXINSNS];
	struct tap_options options =
		tap_options(opening, filter, FANOUT_SHARE_LENGTH + interface->filter_length);

	fanout_share(filter, opening->worker, opening->workers,
		     interface->link == DLT_EN10MB ? ETHERNET_BYTES : 0);
	memcpy(filter + FANOUT_SHARE_LENGTH, interface->filter,
	       interface->filter_length * sizeof(filter[0]));
	return tap_open(tap, &options);
}

static bool open_ring(struct listening *on, struct opening *opening, struct error *err)
{
	on->like = (struct frame){.interface = opening->number, .link = opening->interface.link};
	on->is_early = true;
	on->device = 1;
	on->tap = &on->first;
	if (!open_first(&on->first, opening))
		return refuse(opening, err);
	if (!tap_listen(&on->first, atomic_load(&opening->nic->index)))
		return refuse(opening, err);
	if (opening->workers == 1)
		return true;
	return (fanout_join(on->first.fd, &opening->group) && open_spare(&on->spare, opening)) ||
	       refuse(opening, err);
}

static struct live_interface complete(const struct live_interface *asked)
{
	struct live_interface wanted = *asked;

	if (!wanted.ring_bytes)
		wanted.ring_bytes = LIVE_RING_BYTES;
	if (!wanted.snap_bytes)
		wanted.snap_bytes = LIVE_SNAP_BYTES;
	return wanted;
}

/* All workers' rings on one interface. */
static bool open_rings(struct live *live, struct opening *opening, struct error *err)
{
	for (unsigned worker = 0; worker < live->workers; worker++) {
		struct worker_end *end = &live->ends[worker];
		struct listening *on = &end->on[opening->number];

		opening->worker = worker;
		if (!open_ring(on, opening, err))
			return false;
		end->polled[opening->number] = (struct pollfd){on->tap->fd, POLLIN, 0};
	}
	return true;
}

static bool open_interface(struct live *live, unsigned number, const struct live_options *options,
			   struct error *err)
{
	struct opening opening = {
		.wanted = complete(&options->interfaces[number]),
		.nic = &live->nics[number],
		.number = number,
		.workers = options->workers,
		.group = FANOUT_NEW,
	};
	bool done;

	done = interface_open(&opening.interface, &opening.wanted, options->supported, err) &&
	       (!opening.wanted.stamped_by_adapter || stamps_start(opening.wanted.name, err));
	if (done) {
		nic_open(opening.nic, opening.wanted.name);
		live->count++;
		done = open_rings(live, &opening, err);
	}
	interface_close(&opening.interface);
	return done;
}

static struct live *create(unsigned workers)
{
	size_t size = sizeof(struct live) + workers * sizeof(struct worker_end);
	struct live *live;

	if (posix_memalign((void **)&live, 64, size))
		return NULL;
	memset(live, 0, size);
	live->workers = workers;
	for (unsigned worker = 0; worker < workers; worker++) {
		for (unsigned i = 0; i < LIVE_INTERFACES_MAX; i++)
			live->ends[worker].on[i].first.fd = live->ends[worker].on[i].spare.fd = -1;
	}
	return live;
}

struct live *live_open(const struct live_options *options, struct error *err)
{
	struct live *live = create(options->workers);

	if (!live) {
		error_set(err, "no memory");
		return NULL;
	}
	for (unsigned i = 0; i < options->count; i++) {
		if (!open_interface(live, i, options, err)) {
			live_close(live);
			return NULL;
		}
	}
	live->since_ns = clock_ns(CLOCK_REALTIME);
	return live;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	for (unsigned worker = 0; worker < live->workers; worker++) {
		for (unsigned i = 0; i < live->count; i++) {
			tap_close(&live->ends[worker].on[i].first);
			tap_close(&live->ends[worker].on[i].spare);
		}
	}
	for (unsigned i = 0; i < live->count; i++)
		nic_close(&live->nics[i]);
	free(live);
}

/* ---- interfaces that come and go ---- */

/* The kernel begins at zero again each time. */
static void count(struct listening *on)
{
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(on->tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
		return;
	on->counts.received += stats.tp_packets - stats.tp_drops;
	on->counts.dropped += stats.tp_drops;
}

static bool listen_again(struct listening *on, int index, struct pollfd *polled)
{
	if (tap_listens(on->tap, index))
		return true; /* it had another name for a while */
	if (on->tap == &on->spare || on->spare.fd < 0)
		return tap_listen(on->tap, index);
	if (!tap_listen(&on->spare, index))
		return false;
	count(on);
	tap_rest(&on->first);
	on->tap = &on->spare;
	polled->fd = on->tap->fd;
	return true;
}

/* Where another device has the name now, it is that one which is listened to. What was in the ring has
 * been taken out by then, for between two devices there is a while with none (nic.h). What cannot be
 * done now is tried again at the next look. */
static void follow(const struct nic *nic, struct listening *on, struct pollfd *polled)
{
	unsigned devices = atomic_load(&nic->devices);
	int index = atomic_load(&nic->index);

	if (on->device != devices && index && listen_again(on, index, polled))
		on->device = devices;
}

/* The first worker asks for all of them. */
static void look_at_nics(struct live *live)
{
	int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (now_ns < live->nics_due_ns)
		return;
	live->nics_due_ns = now_ns + NIC_EVERY_NS;
	for (unsigned i = 0; i < live->count; i++)
		nic_look(&live->nics[i], live->ends[0].on[i].tap->fd);
}

/* ---- reading ---- */

struct taker {
	const struct live *live;
	struct worker_end *end;
	struct listening *on;
	void (*take)(void *owner, struct frame *frame);
	void *owner;
};

/* Until the last worker had joined the others, the kernel gave packets to the wrong one or to two. A
 * clock that is set back meanwhile does not make the sensor deaf. */
static bool is_too_early(const struct live *live, struct listening *on, int64_t time_ns)
{
	on->is_early = on->is_early && time_ns < live->since_ns && live->since_ns - time_ns < SECONDS(1);
	return on->is_early;
}

static void on_frame(void *owner, struct frame *frame, bool stamped_by_adapter)
{
	struct taker *taker = owner;
	int64_t away_ns = stamped_by_adapter ? frame->time_ns - taker->end->wall_ns : 0;

	if (away_ns > STAMP_AWAY_NS || away_ns < -STAMP_AWAY_NS)
		frame->time_ns = taker->end->wall_ns;
	if (!is_too_early(taker->live, taker->on, frame->time_ns))
		taker->take(taker->owner, frame);
}

/* Of one ring. False: all that came before the end has been taken out of it. */
static bool take_block(struct taker *taker, int64_t now_ns, unsigned *taken)
{
	struct worker_end *end = taker->end;
	struct listening *on = taker->on;

	if (end->end_ns && !on->left)
		return false;
	if (tap_take(on->tap, &on->like, on_frame, taker, taken))
		on->left -= end->end_ns != 0;
	else if (end->end_ns && now_ns - end->end_ns > BLOCK_NS)
		on->left = 0;
	return true;
}

static int take_all(struct live *live, unsigned worker,
		    void (*take)(void *owner, struct frame *frame), void *owner)
{
	struct worker_end *end = &live->ends[worker];
	int64_t now_ns = end->end_ns ? clock_ns(CLOCK_MONOTONIC) : 0;
	unsigned taken = 0;
	bool is_more = false;

	end->wall_ns = clock_ns(CLOCK_REALTIME);
	for (unsigned i = 0; i < live->count; i++) {
		struct taker taker = {live, end, &end->on[i], take, owner};

		is_more |= take_block(&taker, now_ns, &taken);
	}
	return is_more ? (int)taken : -1;
}

/* An interface that went down leaves an error on its socket, which poll() would tell again and again. */
static void wait_for_frames(struct worker_end *end, unsigned count, int wait_ms)
{
	if (poll(end->polled, count, wait_ms) <= 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		int error;
		socklen_t size = sizeof(error);

		if (end->polled[i].revents & POLLERR)
			getsockopt(end->polled[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
}

int live_look(struct live *live, unsigned worker, int wait_ms,
	      void (*take)(void *owner, struct frame *frame), void *owner)
{
	struct worker_end *end = &live->ends[worker];
	int taken;

	if (worker == 0)
		look_at_nics(live);
	for (unsigned i = 0; i < live->count; i++)
		follow(&live->nics[i], &end->on[i], &end->polled[i]);
	taken = take_all(live, worker, take, owner);
	if (taken || wait_ms == 0)
		return taken;
	wait_for_frames(end, live->count, wait_ms);
	return take_all(live, worker, take, owner);
}

/* What has come stands in the blocks that are handed over, as many as a ring has at most, and in the
 * one that the kernel is filling. */
void live_finish(struct live *live, unsigned worker)
{
	struct worker_end *end = &live->ends[worker];

	end->end_ns = clock_ns(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < live->count; i++)
		end->on[i].left = end->on[i].tap->block_count + 1;
}

/* ---- counts ---- */

unsigned live_interfaces(const struct live *live)
{
	return live->count;
}

struct live_counts live_count(struct live *live, unsigned worker, unsigned interface)
{
	struct listening *on = &live->ends[worker].on[interface];

	count(on);
	on->counts.returns = atomic_load_explicit(&live->nics[interface].returns, memory_order_relaxed);
	return on->counts;
}

struct live_state live_state(const struct live *live, unsigned worker, unsigned interface)
{
	const struct listening *on = &live->ends[worker].on[interface];
	const struct nic *nic = &live->nics[interface];

	return (struct live_state){
		.name = nic->name,
		.is_up = atomic_load(&nic->is_up) && on->device == atomic_load(&nic->devices),
		.is_removed = atomic_load(&nic->index) == 0,
		.missed = atomic_load(&nic->missed),
	};
}
