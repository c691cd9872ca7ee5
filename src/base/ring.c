/* SPDX-License-Identifier: Apache-2.0
 *
 * Layout: a record is a 16-byte head (its size) and its bytes, rounded up to 16; a record never
 * wraps: what is left at the end of the ring is passed over with a head that says SKIP. `head` and
 * `tail` count bytes ever written and read; each side keeps a copy of the other's to touch the
 * shared line only when it must.
 *
 * Sleeping is the slow path: a side that finds nothing to do raises its flag and waits, at most
 * 10 ms at a time, so that a wake-up that slips through costs 10 ms and never the program.
 */
#include "ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ALIGN = 16,
	CACHE_LINE = 64,
	WAIT_NS = 10000000,
};

#define SKIP UINT64_MAX

struct ring {
	char *bytes;
	size_t size;

	/* The writer's. */
	_Alignas(CACHE_LINE) uint64_t write_at, reserved_at, tail_seen;
	_Alignas(CACHE_LINE) _Atomic uint64_t head;
	_Atomic uint64_t mark;
	atomic_bool writer_closed;

	/* The reader's. */
	_Alignas(CACHE_LINE) uint64_t read_at, head_seen, mark_seen;
	_Alignas(CACHE_LINE) _Atomic uint64_t tail;
	atomic_bool reader_closed;

	_Alignas(CACHE_LINE) atomic_bool writer_sleeps;
	atomic_bool reader_sleeps;
	_Atomic uint64_t wanted; /* the mark that the reader sleeps for */
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

static size_t round_up(size_t size)
{
	return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Whoever sets the clock on the wall must not prolong a moment's sleep to hours. */
static void init_wake(pthread_cond_t *wake)
{
	pthread_condattr_t steady;

	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(wake, &steady);
	pthread_condattr_destroy(&steady);
}

struct ring *ring_create(size_t bytes)
{
	struct ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));

	if (!ring)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	ring->size = bytes;
	ring->bytes = aligned_alloc(CACHE_LINE, bytes);
	if (!ring->bytes) {
		free(ring);
		return NULL;
	}
	pthread_mutex_init(&ring->lock, NULL);
	init_wake(&ring->wake);
	return ring;
}

void ring_destroy(struct ring *ring)
{
	if (!ring)
		return;
	pthread_cond_destroy(&ring->wake);
	pthread_mutex_destroy(&ring->lock);
	free(ring->bytes);
	free(ring);
}

/* The fence pairs with the one in sleep_while(): either the sleeper sees what was just stored, or
 * this sees that it sleeps. */
static void wake_if(struct ring *ring, atomic_bool *sleeps)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(sleeps, memory_order_relaxed))
		return;
	pthread_mutex_lock(&ring->lock);
	pthread_cond_broadcast(&ring->wake);
	pthread_mutex_unlock(&ring->lock);
}

static void sleep_while(struct ring *ring, atomic_bool *sleeps, bool (*nothing)(struct ring *))
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += WAIT_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&ring->lock);
	atomic_store_explicit(sleeps, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (nothing(ring))
		pthread_cond_timedwait(&ring->wake, &ring->lock, &until);
	atomic_store_explicit(sleeps, false, memory_order_relaxed);
	pthread_mutex_unlock(&ring->lock);
}

static void set_head(struct ring *ring, uint64_t at, uint64_t size)
{
	memcpy(ring->bytes + (at & (ring->size - 1)), &size, sizeof(size));
}

static uint64_t get_head(const struct ring *ring, uint64_t at)
{
	uint64_t size;

	memcpy(&size, ring->bytes + (at & (ring->size - 1)), sizeof(size));
	return size;
}

static bool has_room(struct ring *ring, uint64_t end)
{
	if (end - ring->tail_seen <= ring->size)
		return true;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return end - ring->tail_seen <= ring->size;
}

/* Asked with the size of a full ring's worth in mind: the writer is woken once half is free, or it
 * would be woken for every record. */
static bool still_full(struct ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	return ring->write_at - tail > ring->size / 2 && !atomic_load(&ring->reader_closed);
}

/* Likewise: a reader that is woken for little is woken often. */
static bool is_little(struct ring *ring)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	return head - atomic_load_explicit(&ring->tail, memory_order_relaxed) < ring->size / 4 &&
	       atomic_load_explicit(&ring->mark, memory_order_acquire) <
		       atomic_load_explicit(&ring->wanted, memory_order_relaxed) &&
	       !atomic_load(&ring->writer_closed);
}

void *ring_reserve(struct ring *ring, size_t size)
{
	size_t need = ALIGN + round_up(size);
	size_t to_end = ring->size - (ring->write_at & (ring->size - 1));
	uint64_t at = ring->write_at + (need > to_end ? to_end : 0);

	if (!has_room(ring, at + need))
		return NULL;
	ring->reserved_at = at;
	return ring->bytes + (at & (ring->size - 1)) + ALIGN;
}

void *ring_reserve_wait(struct ring *ring, size_t size)
{
	void *at;

	while (!(at = ring_reserve(ring, size))) {
		if (atomic_load(&ring->reader_closed))
			return NULL;
		wake_if(ring, &ring->reader_sleeps);
		sleep_while(ring, &ring->writer_sleeps, still_full);
	}
	return at;
}

void ring_commit(struct ring *ring, size_t size)
{
	if (size == 0)
		return;
	if (ring->reserved_at != ring->write_at)
		set_head(ring, ring->write_at, SKIP);
	set_head(ring, ring->reserved_at, size);
	ring->write_at = ring->reserved_at + ALIGN + round_up(size);
	atomic_store_explicit(&ring->head, ring->write_at, memory_order_release);
}

void ring_publish(struct ring *ring, uint64_t mark)
{
	atomic_store_explicit(&ring->mark, mark, memory_order_release);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ring->reader_sleeps, memory_order_relaxed) && !is_little(ring))
		wake_if(ring, &ring->reader_sleeps);
}

bool ring_abandoned(struct ring *ring)
{
	return atomic_load_explicit(&ring->reader_closed, memory_order_relaxed);
}

void ring_close_writer(struct ring *ring)
{
	atomic_store(&ring->writer_closed, true);
	wake_if(ring, &ring->reader_sleeps);
}

uint64_t ring_mark(struct ring *ring)
{
	ring->mark_seen = atomic_load_explicit(&ring->mark, memory_order_acquire);
	return ring->mark_seen;
}

const void *ring_front(struct ring *ring, size_t *size)
{
	uint64_t length;

	for (;;) {
		if (ring->read_at == ring->head_seen) {
			ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
			if (ring->read_at == ring->head_seen)
				return NULL;
		}
		length = get_head(ring, ring->read_at);
		if (length != SKIP)
			break;
		ring->read_at += ring->size - (ring->read_at & (ring->size - 1));
	}
	*size = length;
	return ring->bytes + (ring->read_at & (ring->size - 1)) + ALIGN;
}

void ring_pop(struct ring *ring)
{
	ring->read_at += ALIGN + round_up(get_head(ring, ring->read_at));
	atomic_store_explicit(&ring->tail, ring->read_at, memory_order_release);
	if (ring->head_seen - ring->read_at <= ring->size / 2)
		wake_if(ring, &ring->writer_sleeps);
}

bool ring_ended(struct ring *ring)
{
	return atomic_load(&ring->writer_closed) &&
	       ring->read_at == atomic_load_explicit(&ring->head, memory_order_acquire);
}

void ring_wait(struct ring *ring, uint64_t wanted)
{
	atomic_store_explicit(&ring->wanted, wanted, memory_order_relaxed);
	sleep_while(ring, &ring->reader_sleeps, is_little);
}

void ring_close_reader(struct ring *ring)
{
	atomic_store(&ring->reader_closed, true);
	wake_if(ring, &ring->writer_sleeps);
}
