/* SPDX-License-Identifier: Apache-2.0
 *
 * The way from those who put to the thread that writes: two batches of bytes. One is filled while the
 * other is written; they change places when it is in the file. A second thread takes SQLite's log over into
 * the database: it alone waits until the disk has all, which may take it seconds.
 */
#include "state.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "limits.h"
#include "store.h"

#define GATHER_NS MILLISECONDS(250) /* so long a transaction is waited for, unless it is wanted soon */
#define RETRY_NS  SECONDS(1)

struct batch {
	uint8_t *bytes;
	size_t used, cap;
};

struct state {
	struct store *store;
	pthread_mutex_t lock; /* of all but the store */
	pthread_cond_t wake, clean;
	pthread_mutex_t writing; /* of the store */
	pthread_t writer, cleaner;
	unsigned started; /* threads */
	bool hurried, ending, is_over; /* is_over: the writer has ended */
	bool wants_cleaning;
	struct batch inbox, outgoing;
	uint64_t number;       /* of the batch that is being filled */
	_Atomic uint64_t kept; /* of the newest that is in the file */
	struct state_counts counts;
};

/* ---- life ---- */

static struct state *state_create(struct store *store, struct error *err)
{
	struct state *state = store ? calloc(1, sizeof(*state)) : NULL;
	pthread_condattr_t steady;

	if (store && !state) {
		error_set(err, "not enough memory");
		store_close(store);
	}
	if (!state)
		return NULL;
	state->store = store;
	state->number = 1;
	pthread_mutex_init(&state->lock, NULL);
	pthread_mutex_init(&state->writing, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&state->wake, &steady);
	pthread_cond_init(&state->clean, NULL);
	pthread_condattr_destroy(&steady);
	return state;
}

struct state *state_open(const char *path, struct error *told, struct error *err)
{
	return state_create(store_open(path, told, err), err);
}

struct state *state_open_to_read(const char *path, struct error *err)
{
	return state_create(store_open_to_read(path, err), err);
}

bool state_check(const char *path, struct error *err)
{
	return store_check(path, err);
}

void state_close(struct state *state)
{
	if (!state)
		return;
	pthread_mutex_lock(&state->lock);
	state->ending = true;
	pthread_cond_broadcast(&state->wake);
	pthread_mutex_unlock(&state->lock);
	if (state->started > 0)
		pthread_join(state->writer, NULL);
	if (state->started > 1)
		pthread_join(state->cleaner, NULL);
	store_close(state->store);
	free(state->inbox.bytes);
	free(state->outgoing.bytes);
	pthread_cond_destroy(&state->clean);
	pthread_cond_destroy(&state->wake);
	pthread_mutex_destroy(&state->writing);
	pthread_mutex_destroy(&state->lock);
	free(state);
}

bool state_each(struct state *state, enum state_table table, state_take *take, void *owner,
		struct error *err)
{
	bool done;

	pthread_mutex_lock(&state->writing);
	done = store_each(state->store, table, take, owner, err);
	pthread_mutex_unlock(&state->writing);
	return done;
}

/* ---- putting ---- */

/* One that is larger than all that may be held finds room when nothing else is. */
static uint8_t *room_in(struct batch *batch, size_t size)
{
	size_t cap = batch->cap ? batch->cap : KIB(64);
	uint8_t *bytes = batch->bytes;

	if (batch->used && size > STATE_HELD_BYTES - batch->used)
		return NULL;
	while (cap < batch->used + size)
		cap *= 2;
	if (cap > batch->cap) {
		bytes = realloc(batch->bytes, cap);
		if (!bytes)
			return NULL;
		batch->bytes = bytes;
		batch->cap = cap;
	}
	bytes += batch->used;
	batch->used += size;
	return bytes;
}

static void append(uint8_t **at, const void *bytes, size_t size)
{
	if (size)
		memcpy(*at, bytes, size);
	*at += size;
}

static bool add(struct state *state, const struct change *change, struct bt_cursor key,
		struct bt_cursor value)
{
	bool fits = cur_left(&key) <= STATE_KEY_MAX && cur_left(&value) <= STATE_VALUE_MAX;
	size_t size = sizeof(*change) + cur_left(&key) + cur_left(&value);
	uint8_t *at;

	pthread_mutex_lock(&state->lock);
	at = fits ? room_in(&state->inbox, size) : NULL;
	if (at) {
		append(&at, change, sizeof(*change));
		append(&at, key.ptr, cur_left(&key));
		append(&at, value.ptr, cur_left(&value));
		if (state->inbox.used == size) /* the first: somebody waits for it */
			pthread_cond_broadcast(&state->wake);
	} else {
		state->counts.refused++;
	}
	pthread_mutex_unlock(&state->lock);
	return at != NULL;
}

bool state_put(struct state *state, enum state_table table, struct bt_cursor key,
	       struct bt_cursor value)
{
	const struct change change = {
		.table = table,
		.key_size = (uint32_t)cur_left(&key),
		.value_size = (uint32_t)cur_left(&value),
	};

	return add(state, &change, key, value);
}

bool state_drop(struct state *state, enum state_table table, struct bt_cursor key)
{
	const struct change change = {
		.table = table,
		.key_size = (uint32_t)cur_left(&key),
		.drop = true,
	};

	return add(state, &change, key, cur_of(NULL, 0));
}

bool state_has_room(struct state *state)
{
	bool has_room;

	pthread_mutex_lock(&state->lock);
	has_room = state->inbox.used <= STATE_HELD_BYTES / 2;
	pthread_mutex_unlock(&state->lock);
	return has_room;
}

uint64_t state_hurry(struct state *state)
{
	uint64_t mark;

	pthread_mutex_lock(&state->lock);
	/* Nothing was put since the last batch: that one is meant. */
	mark = state->inbox.used ? state->number : state->number - 1;
	state->hurried = state->inbox.used != 0;
	pthread_cond_broadcast(&state->wake);
	pthread_mutex_unlock(&state->lock);
	return mark;
}

bool state_has(const struct state *state, uint64_t mark)
{
	return atomic_load_explicit(&state->kept, memory_order_acquire) >= mark;
}

void state_count(struct state *state, struct state_counts *counts)
{
	pthread_mutex_lock(&state->lock);
	*counts = state->counts;
	pthread_mutex_unlock(&state->lock);
}

/* ---- writing ---- */

/* So long, or until somebody is in a hurry, where that helps; with the lock. */
static void wait_for(struct state *state, int64_t wait_ns, bool may_hurry)
{
	struct timespec end;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &end);
	ns = end.tv_nsec + wait_ns;
	end.tv_sec += ns / SECONDS(1);
	end.tv_nsec = ns % SECONDS(1);
	while (!(may_hurry && state->hurried) && !state->ending) {
		if (pthread_cond_timedwait(&state->wake, &state->lock, &end) != 0)
			return;
	}
}

/* The inbox becomes the batch that is written. Its number; 0: it is over. */
static uint64_t take_inbox(struct state *state)
{
	struct batch written = state->outgoing;

	while (!state->inbox.used && !state->ending)
		pthread_cond_wait(&state->wake, &state->lock);
	if (!state->inbox.used)
		return 0;
	wait_for(state, GATHER_NS, true);
	written.used = 0;
	state->outgoing = state->inbox;
	state->inbox = written;
	state->hurried = false;
	return state->number++;
}

/* True: it is in the file. Without the lock. */
static bool write_batch(struct state *state)
{
	bool wants_cleaning;
	int error;

	pthread_mutex_lock(&state->writing);
	error = store_write(state->store, state->outgoing.bytes, state->outgoing.used);
	wants_cleaning = store_wants_cleaning(state->store);
	pthread_mutex_unlock(&state->writing);
	pthread_mutex_lock(&state->lock);
	state->counts.trouble = error;
	state->counts.failures += error != 0;
	state->wants_cleaning |= wants_cleaning;
	if (wants_cleaning)
		pthread_cond_signal(&state->clean);
	pthread_mutex_unlock(&state->lock);
	return !error;
}

static void *write_all(void *argument)
{
	struct state *state = argument;
	uint64_t number;

	pthread_mutex_lock(&state->lock);
	while ((number = take_inbox(state))) {
		bool written;

		do {
			pthread_mutex_unlock(&state->lock);
			written = write_batch(state);
			pthread_mutex_lock(&state->lock);
			if (!written)
				wait_for(state, RETRY_NS, false);
		} while (!written && !state->ending);
		if (!written)
			break;
		atomic_store_explicit(&state->kept, number, memory_order_release);
	}
	state->is_over = true;
	pthread_cond_signal(&state->clean);
	pthread_mutex_unlock(&state->lock);
	return NULL;
}

static void *clean_all(void *argument)
{
	struct state *state = argument;

	pthread_mutex_lock(&state->lock);
	while (!state->is_over) {
		if (!state->wants_cleaning) {
			pthread_cond_wait(&state->clean, &state->lock);
			continue;
		}
		state->wants_cleaning = false;
		pthread_mutex_unlock(&state->lock);
		store_clean(state->store);
		pthread_mutex_lock(&state->lock);
	}
	pthread_mutex_unlock(&state->lock);
	return NULL;
}

static bool start(struct state *state, pthread_t *thread, void *(*run)(void *argument), struct error *err)
{
	int error = pthread_create(thread, NULL, run, state);

	if (error)
		return error_set(err, "cannot start a thread: %s", strerror(error));
	state->started++;
	return true;
}

bool state_start(struct state *state, struct error *err)
{
	return start(state, &state->writer, write_all, err) && start(state, &state->cleaner, clean_all, err);
}
