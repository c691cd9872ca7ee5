/* SPDX-License-Identifier: Apache-2.0
 *
 * Simple on purpose: an operator must be able to read, doubt and edit it. Sets and bands do not
 * depend on the order in which the values came.
 */
#include "profile.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "text.h"

static void set_insert(struct profile *profile, double value)
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

static bool set_has(const struct profile *profile, double value)
{
	for (unsigned i = 0; i < profile->distinct; i++)
		if (profile->set[i] == value)
			return true;
	return false;
}

bool profile_add(struct profile *profile, double value, uint64_t count)
{
	bool outside = value < profile->min || value > profile->max;

	if (!isfinite(value))
		return false;
	value += 0.0; /* no -0 */
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

void profile_widen(struct profile *profile, double min, double max)
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

static bool is_whole(double value)
{
	return value < -0x1p53 || value > 0x1p53 || (double)(int64_t)value == value;
}

/* A band seen through a sample is narrower than the real one: the fewer writes, the more. What ends in
 * a broken number is no range that somebody chose but the noise of something measured or computed:
 * its next extreme is always to come, and comes later and later. */
static double slack_of(const struct profile *profile)
{
	bool broken = !is_whole(profile->min) || !is_whole(profile->max);
	uint64_t many = broken ? PROFILE_MANY_BROKEN : PROFILE_MANY;
	double span = profile->max - profile->min;

	if (profile->count && profile->count < many)
		return span / 2;
	if (broken && profile->count && profile->count < PROFILE_MOST_BROKEN)
		return span / 4;
	return span / 10;
}

bool profile_allows(const struct profile *profile, double value)
{
	double slack;

	if (!isfinite(value))
		return true;
	if (!is_band(profile))
		return set_has(profile, value);
	slack = slack_of(profile);
	return value >= profile->min - slack && value <= profile->max + slack;
}

static void explain_band(const struct profile *profile, double value, char *text, size_t cap)
{
	double nearest = value < profile->min ? profile->min : profile->max;
	char min[TEXT_NUMBER], max[TEXT_NUMBER], end[TEXT_NUMBER];

	text_add(text, cap, "%s to %s in %" PRIu64 " write%s%s; nearest %s",
		 text_number(min, profile->min), text_number(max, profile->max), profile->count,
		 profile->count == 1 ? "" : "s", profile->count < PROFILE_FEW ? " (few seen)" : "",
		 text_number(end, nearest));
}

void profile_explain(const struct profile *profile, double value, char *text, size_t cap)
{
	char number[TEXT_NUMBER];

	if (is_band(profile)) {
		explain_band(profile, value, text, cap);
		return;
	}
	text_add(text, cap, "%s", profile->distinct == 1 ? "always" : "one of");
	for (unsigned i = 0; i < profile->distinct; i++)
		text_add(text, cap, "%s %s", i ? "," : "", text_number(number, profile->set[i]));
	text_add(text, cap, " in %" PRIu64 " write%s%s", profile->count,
		 profile->count == 1 ? "" : "s", profile->count < PROFILE_FEW ? " (few seen)" : "");
}
