/* SPDX-License-Identifier: Apache-2.0
 *
 * A BPF expression over frames of any link type.
 *
 * It is compiled once per link type and for all readers: a name in it might resolve differently
 * the second time, and then two readers would not see the same frames.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "capture.h"
#include "error.h"

struct filter;

struct filter *filter_create(const char *expression); /* copied; NULL: no memory */
void filter_destroy(struct filter *filter);

enum filter_verdict {
	FILTER_PASS,
	FILTER_DROP,
	FILTER_BAD, /* the expression means nothing on this link type; `err` has libpcap's words */
};

/* Any thread. */
enum filter_verdict filter_judge(struct filter *filter, const struct frame *frame,
				 struct error *err);
/* Would it compile? */
bool filter_check(struct filter *filter, int link, struct error *err);

#endif
