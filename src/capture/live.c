/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "fanout.h"
#include "limits.h"
#include "listening.h"
#include "stamps.h"
#include "steady.h"

#define NICS_EVERY_NS MILLISECONDS(100) /* between two looks at what became of the interfaces */
/* So long after a frame came its block has been handed over, if the machine is not very busy. */
#define BLOCK_NS MILLISECONDS(10 * TAP_BLOCK_MS)
/* An adapter whose clock is further away does not have the time. */
#define STAMP_AWAY_NS SECONDS(5)

/* Aligned: no two workers write to one cache line. */
struct worker_end {
	_Alignas(64) struct listening on[LIVE_INTERFACES_MAX];
	struct pollfd polled[LIVE_INTERFACES_MAX];
	bool is_early[LIVE_INTERFACES_MAX]; /* nothing has come since all workers have their rings */
	bool is_finishing;
	int64_t finish_ns; /* CLOCK_MONOTONIC: what came later is not wanted */
	int64_t wall_ns;   /* at this look */
};

struct live {
	unsigned count, workers; /* interfaces; ends of each */
	struct nic nics[LIVE_INTERFACES_MAX];
	int64_t nics_due_ns; /* of the first worker, who looks at them for all */
	int64_t since_ns;    /* when the last ring was ready */
	struct worker_end ends[];
};

/* ---- opening ---- */

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
static bool open_rings(struct live *live, struct listening_setup *setup, struct error *err)
{
	for (setup->worker = 0; setup->worker < live->workers; setup->worker++) {
		struct worker_end *end = &live->ends[setup->worker];

		end->is_early[setup->number] = true;
		if (!listening_open(&end->on[setup->number], setup, err))
			return false;
	}
	return true;
}

static bool open_interface(struct live *live, unsigned number, const struct live_options *options,
			   struct error *err)
{
	struct listening_setup setup = {
		.wanted = complete(&options->interfaces[number]),
		.nic = &live->nics[number],
		.number = number,
		.workers = live->workers,
		.group = FANOUT_NEW,
	};
	bool done;

	live->count++;
	nic_open(&live->nics[number], setup.wanted.name);
	done = interface_open(&setup.interface, &setup.wanted, nic_is_loopback(setup.nic),
			      options->supported, err) &&
	       (!setup.wanted.stamped_by_adapter || stamps_start(setup.wanted.name, err)) &&
	       open_rings(live, &setup, err);
	interface_close(&setup.interface);
	return done;
}

struct live *live_open(const struct live_options *options, struct error *err)
{
	size_t size = sizeof(struct live) + options->workers * sizeof(struct worker_end);
	struct live *live = NULL;

	if (posix_memalign((void **)&live, 64, size)) {
		error_set(err, "no memory");
		return NULL;
	}
	memset(live, 0, size);
	live->workers = options->workers;
	for (unsigned i = 0; i < options->count; i++) {
		if (!open_interface(live, i, options, err)) {
			live_close(live);
			return NULL;
		}
	}
	live->since_ns = read_clock(CLOCK_REALTIME);
	return live;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	for (unsigned worker = 0; worker < live->workers; worker++) {
		for (unsigned i = 0; i < live->count; i++)
			listening_close(&live->ends[worker].on[i]);
	}
	for (unsigned i = 0; i < live->count; i++)
		nic_close(&live->nics[i]);
	free(live);
}

/* ---- reading ---- */

struct taker {
	const struct live *live;
	struct worker_end *end;
	void (*take)(void *owner, struct frame *frame);
	void *owner;
};

/* Until the last worker had joined the others, the kernel gave packets to the wrong one or to two. A
 * clock that is set back meanwhile does not make the sensor deaf. */
static bool is_too_early(const struct live *live, bool *is_early, int64_t time_ns)
{
	*is_early = *is_early && time_ns < live->since_ns && live->since_ns - time_ns < SECONDS(1);
	return *is_early;
}

static void on_frame(void *owner, struct frame *frame, bool stamped_by_adapter)
{
	struct taker *taker = owner;
	struct worker_end *end = taker->end;
	int64_t away_ns = stamped_by_adapter ? frame->time_ns - end->wall_ns : 0;

	if (away_ns > STAMP_AWAY_NS || away_ns < -STAMP_AWAY_NS)
		frame->time_ns = end->wall_ns;
	if (!is_too_early(taker->live, &end->is_early[frame->interface], frame->time_ns))
		taker->take(taker->owner, frame);
}

static int take_all(struct live *live, struct worker_end *end,
		    void (*take)(void *owner, struct frame *frame), void *owner)
{
	struct taker taker = {live, end, take, owner};
	bool is_settled = !end->is_finishing || steady_ns() - end->finish_ns > BLOCK_NS;
	bool is_over = end->is_finishing;
	unsigned taken = 0;

	end->wall_ns = read_clock(CLOCK_REALTIME);
	for (unsigned i = 0; i < live->count; i++) {
		listening_take(&end->on[i], on_frame, &taker, is_settled, &taken);
		is_over = is_over && !end->on[i].left;
	}
	return is_over && !taken ? -1 : (int)taken;
}

/* An interface that went down leaves an error on its socket, which poll() would tell again and again. */
static void wait_for_frames(struct worker_end *end, unsigned count, int wait_ms)
{
	for (unsigned i = 0; i < count; i++)
		end->polled[i] = (struct pollfd){end->on[i].tap->fd, POLLIN, 0};
	if (poll(end->polled, count, wait_ms) <= 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		int error;
		socklen_t size = sizeof(error);

		if (end->polled[i].revents & POLLERR)
			getsockopt(end->polled[i].fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
}

/* The first worker asks for all of them what became of the interfaces. */
static void look_at_nics(struct live *live)
{
	int64_t now_ns = steady_ns();

	if (now_ns < live->nics_due_ns)
		return;
	live->nics_due_ns = now_ns + NICS_EVERY_NS;
	for (unsigned i = 0; i < live->count; i++)
		nic_look(&live->nics[i], live->ends[0].on[i].tap->fd);
}

int live_look(struct live *live, unsigned worker, int wait_ms,
	      void (*take)(void *owner, struct frame *frame), void *owner)
{
	struct worker_end *end = &live->ends[worker];
	int taken;

	if (worker == 0)
		look_at_nics(live);
	for (unsigned i = 0; !end->is_finishing && i < live->count; i++)
		listening_follow(&end->on[i], &live->nics[i]);
	taken = take_all(live, end, take, owner);
	if (taken || wait_ms == 0)
		return taken;
	wait_for_frames(end, live->count, wait_ms);
	return take_all(live, end, take, owner);
}

void live_finish(struct live *live, unsigned worker)
{
	struct worker_end *end = &live->ends[worker];

	end->is_finishing = true;
	end->finish_ns = steady_ns();
	for (unsigned i = 0; i < live->count; i++)
		listening_end(&end->on[i]);
}

/* ---- counts ---- */

unsigned live_interfaces(const struct live *live)
{
	return live->count;
}

struct live_counts live_count(struct live *live, unsigned worker, unsigned interface)
{
	struct listening *on = &live->ends[worker].on[interface];

	listening_count(on);
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
