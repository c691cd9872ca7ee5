/* SPDX-License-Identifier: Apache-2.0
 *
 * What capture.c and reader.c share: the capture itself.
 */
#ifndef CAPTURE_SET_H
#define CAPTURE_SET_H

#include <stdatomic.h>

#include "capture.h"
#include "filter.h"
#include "member.h"

struct capture {
	struct member *members;
	size_t count;
	struct filter *filter; /* NULL: every frame */
	bool (*supported)(int dlt);
	uint64_t bytes;
	bool stream;
	atomic_uint readers;      /* alive now */
	atomic_bool stream_taken; /* the one reader of a stream was created */
	void *_Atomic lost;       /* struct member that shrank; NULL: none */
};

static inline bool set_lost(const struct capture *capture)
{
	return atomic_load_explicit(&capture->lost, memory_order_relaxed);
}

#endif
