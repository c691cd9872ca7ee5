/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests and fuzzers: a capture whose one file is in memory and not on disk.
 */
#ifndef CAPTURE_MEMORY_H
#define CAPTURE_MEMORY_H

#include "capture.h"

/* `bytes` stay the caller's and outlive the capture. Otherwise like capture_open(). */
struct capture *capture_open_memory(const void *bytes, size_t size, const char *filter,
				    bool (*supported)(int dlt), struct error *err);

#endif
