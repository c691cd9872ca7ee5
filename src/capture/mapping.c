/* SPDX-License-Identifier: Apache-2.0
 *
 * Mapping, paging in and letting go. All advice to the kernel is only that: a kernel that knows
 * less of it is slower, never wrong.
 */
#include "mapping.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "guard.h"

static size_t window_bytes(const struct mapping *map, size_t start)
{
	return map->size - start < MAPPING_WINDOW ? map->size - start : MAPPING_WINDOW;
}

int mapping_open(struct mapping *map, int fd, size_t size, void *_Atomic *note, void *who)
{
	size_t windows = size / MAPPING_WINDOW + 1;
	struct mapping made = {.size = size};
	int failed = -ENOMEM;
	void *bytes = MAP_FAILED;

	made.passed = calloc(windows, sizeof(*made.passed));
	made.called = calloc(windows, sizeof(*made.called));
	if (!made.passed || !made.called)
		goto free_windows;
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		failed = -errno;
		goto free_windows;
	}
	made.guard = guard_add(bytes, size, note, who);
	if (made.guard < 0) {
		failed = -EMFILE;
		goto unmap;
	}
	made.bytes = bytes;
	madvise(bytes, size, MADV_SEQUENTIAL);
	*map = made;
	return 0;

unmap:
	munmap(bytes, size);
free_windows:
	free(made.passed);
	free(made.called);
	return failed;
}

void mapping_close(struct mapping *map)
{
	if (!map || map->guard < 0)
		return;
	guard_remove(map->guard);
	munmap((void *)(uintptr_t)map->bytes, map->size);
	free(map->passed);
	free(map->called);
}

void mapping_enter(struct mapping *map, size_t offset)
{
	size_t index = offset / MAPPING_WINDOW;
	size_t start = index * MAPPING_WINDOW;
	void *window = (void *)(uintptr_t)(map->bytes + start);

	if (map->guard < 0 || start >= map->size ||
	    atomic_exchange_explicit(&map->called[index], true, memory_order_relaxed))
		return;
#ifdef MADV_POPULATE_READ
	/* Not MADV_WILLNEED: it would fill the page cache with single pages, and then every later
	 * reading of the file takes twenty times the page faults (measured: 30 instead of 14 ns per
	 * frame). Reading on demand fills it with large ones. */
	madvise(window, window_bytes(map, start), MADV_POPULATE_READ);
#endif
}

void mapping_leave(struct mapping *map, size_t index, unsigned readers)
{
	size_t start = index * MAPPING_WINDOW;

	if (map->guard < 0 || start >= map->size)
		return;
	if (atomic_fetch_add_explicit(&map->passed[index], 1, memory_order_relaxed) + 1 >= readers)
		madvise((void *)(uintptr_t)(map->bytes + start), window_bytes(map, start),
			MADV_DONTNEED);
}
