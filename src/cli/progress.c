/* SPDX-License-Identifier: Apache-2.0
 *
 * One line that is rewritten while a long input is read, on a terminal only.
 */
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "text.h"

#define SHOW_AFTER_SECONDS 1.0 /* what is done by then needs no progress */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void show(void *owner, uint64_t bytes, uint64_t packets)
{
	struct progress *progress = owner;
	double elapsed = now() - progress->started;
	char done[TEXT_BYTES], total[TEXT_BYTES], rate[TEXT_TIME], left[TEXT_TIME];
	double share = progress->total_bytes ? (double)bytes / (double)progress->total_bytes : 0;

	if (elapsed < SHOW_AFTER_SECONDS)
		return;
	fprintf(stderr, "\r\033[K%s", text_bytes(done, bytes));
	if (progress->total_bytes)
		fprintf(stderr, " of %s (%.0f %%)", text_bytes(total, progress->total_bytes), share * 100);
	fprintf(stderr, ", %s packets/s", text_count(rate, (uint64_t)((double)packets / elapsed)));
	if (share > 0.01)
		fprintf(stderr, ", %s left",
			text_duration(left, (int64_t)(elapsed * (1 - share) / share * 1e9)));
	fflush(stderr);
	progress->shown = true;
}

void progress_start(struct progress *progress, struct run_options *run, uint64_t total_bytes)
{
	*progress = (struct progress){.total_bytes = total_bytes, .started = now()};
	if (!isatty(STDERR_FILENO))
		return;
	run->progress = show;
	run->progress_owner = progress;
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}
