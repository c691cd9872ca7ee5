/* SPDX-License-Identifier: Apache-2.0
 *
 * What values are written to one thing: always the same, one of a few, or within a band. Whole and
 * broken numbers alike; what is no number (NaN, infinity) is neither kept nor judged.
 */
#ifndef LEARN_PROFILE_H
#define LEARN_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROFILE_SET_MAX = 8,
	PROFILE_BAND_FROM = 4, /* so many different values are judged as a band ... */
	PROFILE_REPEATS = 3,   /* ... and fewer too, unless each came so often on average */
	PROFILE_FEW = 3,       /* fewer writes than this are weak evidence, and said to be */
	PROFILE_MANY = 10,     /* so many writes show most of a band ... */
	PROFILE_MANY_BROKEN = 1000,   /* ... of a measured or computed value so many, ... */
	PROFILE_MOST_BROKEN = 100000, /* ... and so many nearly all of it */
};

struct profile {
	uint64_t count;         /* writes */
	double min, max;
	bool used;              /* holds at least one value */
	uint8_t distinct;       /* values in `set`, sorted; 0: more than fit, only the band is known */
	double set[PROFILE_SET_MAX];
};

/* True when the value taught something. `count` writes of it are added; 0: none yet. */
bool profile_add(struct profile *profile, double value, uint64_t count);
/* Forgets the set: from now on a band. */
void profile_widen(struct profile *profile, double min, double max);
bool profile_allows(const struct profile *profile, double value);
/* "always 500 in 12 writes", "one of 0, 1, 2 in 40 writes", "10 to 900 in 73 writes; nearest 900". */
void profile_explain(const struct profile *profile, double value, char *text, size_t cap);

#endif
