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

static bool is_band(const struct profile *profile)
{
	return profile->distinct == 0 || profile->distinct >= PROFILE_BAND_FROM;
}

bool profile_allows(const struct profile *profile, int64_t value)
{
	int64_t slack;

	if (value >= -PROFILE_VALUE_MAX && value <= PROFILE_VALUE_MAX && is_band(profile)) {
		/* a band seen through a sample is a little narrower than the real one */
		slack = (profile->max - profile->min) / 10;
		return value >= profile->min - slack && value <= profile->max + slack;
	}
	return set_has(profile, value);
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
