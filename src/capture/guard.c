/* SPDX-License-Identifier: Apache-2.0
 *
 * The SIGBUS handler and its table of regions. The handler may run in any thread at any
 * instruction, so the table is a fixed array of atomics: no locks, no memory to free.
 */
#include "guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct region {
	atomic_bool taken;
	_Atomic uintptr_t start; /* 0: not guarded (yet, or any more) */
	_Atomic size_t size;
	void *_Atomic *_Atomic note;
	void *_Atomic who;
};

static struct region regions[GUARD_REGIONS_MAX];
static uintptr_t page_bytes; /* sysconf() is not for signal handlers */
static struct sigaction before;

static const struct region *region_of(uintptr_t address)
{
	for (int i = 0; i < GUARD_REGIONS_MAX; i++) {
		uintptr_t start = atomic_load(&regions[i].start);

		if (start && address >= start && address - start < atomic_load(&regions[i].size))
			return &regions[i];
	}
	return NULL;
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	int saved_errno = errno;
	uintptr_t address = (uintptr_t)info->si_addr;
	bool sent = info->si_code <= 0; /* by kill(2): si_addr means nothing */
	const struct region *region = sent ? NULL : region_of(address);
	void *page = (void *)(address & ~(page_bytes - 1));

	if (region && mmap(page, page_bytes, PROT_READ, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, -1,
			   0) != MAP_FAILED) {
		atomic_store(atomic_load(&region->note), atomic_load(&region->who));
	} else {
		/* Not ours. The fault repeats on return and meets whoever was there before us. */
		sigaction(number, &before, NULL);
		if (sent)
			raise(number);
	}
	errno = saved_errno;
}

static void install(void)
{
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};

	page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &before);
}

int guard_add(const void *start, size_t size, void *_Atomic *note, void *who)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
	for (int i = 0; i < GUARD_REGIONS_MAX; i++) {
		if (atomic_load_explicit(&regions[i].taken, memory_order_relaxed) ||
		    atomic_exchange(&regions[i].taken, true))
			continue;
		atomic_store(&regions[i].size, size);
		atomic_store(&regions[i].note, note);
		atomic_store(&regions[i].who, who);
		atomic_store(&regions[i].start, (uintptr_t)start);
		return i;
	}
	return -1;
}

void guard_remove(int slot)
{
	if (slot < 0)
		return;
	atomic_store(&regions[slot].start, 0);
	atomic_store(&regions[slot].taken, false);
}
