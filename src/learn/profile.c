/* SPDX-License-Identifier: Apache-2.0
 *
 * Simple on purpose: an operator must be able to read, doubt and edit it. Sets and bands do not
 * depend on the order in which the values came.
 */
#include "profile.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"

static void set_insert(struct profile *profile, int64_t value)
{
	unsigned at = 0;

	while (at < profile->distinct && profile->set[at] < value)
		at++;
	if (profile->distinct == PROFILE_SET_MAX) {
		profile->distinct = 0;
		return;
	}
	memmove(profile->set + at + 1, profile->set + at,
		(profile->distinct - at) * sizeof(profile->set[0]));
	profile->set[at] = value;
	profile->distinct++;
}

static bool set_has(const struct profile *profile, int64_t value)
{
	for (unsigned i = 0; i < profile->distinct; i++)
		if (profile->set[i] == value)
			return true;
	return false;
}

bool profile_add(struct profile *profile, int64_t value, uint64_t count)
{
	bool outside = value < profile->min || value > profile->max;

	profile->count += count;
	if (!profile->used) {
		profile->used = true;
		profile->min = profile->max = value;
		set_insert(profile, value);
		return true;
	}
	if (value < profile->min)
		profile->min = value;
	if (value > profile->max)
		profile->max = value;
	if (!profile->distinct)
		return outside;
	if (set_has(profile, value))
		return false;
	set_insert(profile, value);
	return true;
}

void profile_widen(struct profile *profile, int64_t min, int64_t max)
{
	if (!profile->used || min < profile->min)
		profile->min = min;
	if (!profile->used || max > profile->max)
		profile->max = max;
	profile->distinct = 0;
	profile->used = true;
}

/* Few values that keep coming back are an enumeration. Few values of as few writes are a sample of
 * something continuous, unless a person wrote them down (then there is no count). */
static bool is_band(const struct profile *profile)
{
	if (profile->distinct == 0 || profile->distinct >= PROFILE_BAND_FROM)
		return true;
	return profile->distinct > 1 && profile->count &&
	       profile->count < (uint64_t)PROFILE_REPEATS * profile->distinct;
}

/* A band seen through a sample is narrower than the real one: the fewer writes, the more. */
static int64_t slack_of(const struct profile *profile)
{
	bool sparse = profile->count && profile->count < PROFILE_MANY;

	return (profile->max - profile->min) / (sparse ? 2 : 10);
}

bool profile_allows(const struct profile *profile, int64_t value)
{
	int64_t slack;

	if (!is_band(profile))
		return set_has(profile, value);
	slack = slack_of(profile);
	return value >= profile->min - slack && value <= profile->max + slack;
}

void profile_explain(const struct profile *profile, int64_t value, char *text, size_t cap)
{
	const char *plural = profile->count == 1 ? "" : "s";
	const char *caution = profile->count < PROFILE_FEW ? " (few seen)" : "";
	uint64_t count = profile->count;

	if (is_band(profile)) {
		text_add(text, cap,
			 "%" PRId64 " to %" PRId64 " in %" PRIu64 " write%s%s; nearest %" PRId64,
			 profile->min, profile->max, count, plural, caution,
			 value < profile->min ? profile->min : profile->max);
		return;
	}
	if (profile->distinct == 1) {
		text_add(text, cap, "always %" PRId64 " in %" PRIu64 " write%s%s", profile->set[0],
			 count, plural, caution);
		return;
	}
	text_add(text, cap, "one of");
	for (unsigned i = 0; i < profile->distinct; i++)
		text_add(text, cap, "%s %" PRId64, i ? "," : "", profile->set[i]);
	text_add(text, cap, " in %" PRIu64 " write%s%s", count, plural, caution);
}
