/* SPDX-License-Identifier: Apache-2.0
 *
 * One tree into another: a shard takes its pairs from the document, and gives back what it learned.
 * Counts add up, ranges, names and values unite; the order of merging leaves no trace.
 */
#include <string.h>

#include "knowledge.h"

struct merge {
	struct knowledge *to;
	bool fresh; /* only counts that did not come from the document */
};

static uint64_t counted(const struct merge *m, uint64_t count, uint64_t loaded)
{
	return m->fresh ? count - loaded : count;
}

static void merge_seen(const struct merge *m, struct seen *to, const struct seen *from)
{
	seen_add(to, counted(m, from->count, from->loaded), from->first_ns, from->last_ns);
}

static void merge_profile(const struct merge *m, struct profile *to, const struct profile *from)
{
	for (unsigned i = 0; i < from->distinct; i++)
		profile_add(to, from->set[i], 0);
	if (!from->distinct)
		profile_widen(to, from->min, from->max);
	to->count += counted(m, from->count, from->loaded);
}

static bool merge_names(const struct merge *m, struct object *to, const struct object *from)
{
	const struct nameset *names = from->names;
	bool ok = true;

	if (!names)
		return true;
	if (names->any)
		ok &= object_allow_any_name(m->to, to);
	for (uint32_t i = 0; i < names->count; i++) {
		const struct nameset_entry *entry = &names->at[i];

		ok &= object_add_name(m->to, to, name_bytes(entry->name), entry->again, 0) !=
		      RANGES_FULL;
	}
	if (to->names && to->names->growths < names->growths)
		to->names->growths = names->growths;
	return ok;
}

static bool merge_objects(const struct merge *m, struct function *to, const struct function *from)
{
	bool ok = true;

	for (const struct object *object = from->objects; object; object = object->next) {
		struct object *made = know_add_object(m->to, to, object->act, object->space);

		if (!made) {
			ok = false;
			continue;
		}
		made->ranges.any |= object->ranges.any;
		for (uint32_t i = 0; i < object->ranges.count; i++)
			ok &= ranges_add(&made->ranges, ranges_list(&object->ranges)[i],
					 &m->to->range_budget) != RANGES_FULL;
		ok &= merge_names(m, made, object);
	}
	return ok;
}

static bool merge_function(const struct merge *m, struct unit *to, const struct function *from)
{
	struct function *made = know_add_function(m->to, to, from->number, from->sub, from->act,
						  from->name, from->by_server);

	if (!made)
		return false;
	merge_seen(m, &made->seen, &from->seen);
	made->any_error |= from->any_error;
	for (unsigned i = 0; i < from->error_count; i++)
		function_add_error(made, from->errors[i]);
	return merge_objects(m, made, from);
}

static bool merge_unit(const struct merge *m, struct learn_pair *to, const struct unit *from)
{
	struct unit *made = know_add_unit(m->to, to, from->number);
	bool ok = made != NULL;

	if (!made)
		return false;
	for (const struct function *function = from->functions; function; function = function->next)
		ok &= merge_function(m, made, function);
	for (const struct written *value = from->values; value; value = value->next) {
		const struct written_key key = {
			.unit = made,
			.space = know_string(m->to, value->space),
			.name = value->name ? name_bytes(value->name) : cur_of(NULL, 0),
			.number = value->number,
		};
		struct written *written = key.space ? know_add_written(m->to, made, &key) : NULL;

		ok &= written != NULL;
		if (written)
			merge_profile(m, &written->profile, &value->profile);
	}
	return ok;
}

static bool merge_pair(const struct merge *m, struct hosts *hosts, const struct learn_pair *pair)
{
	struct learn_pair *made = know_add_pair(m->to, hosts, pair->service, pair->protocol, true);
	bool ok = true;

	if (!made)
		return false;
	made->incomplete |= pair->incomplete;
	merge_seen(m, &made->seen, &pair->seen);
	for (const struct unit *unit = pair->units; unit; unit = unit->next)
		ok &= merge_unit(m, made, unit);
	return ok;
}

bool know_merge(struct knowledge *to, const struct hosts *hosts, bool fresh)
{
	const struct merge m = {.to = to, .fresh = fresh};
	struct hosts *made;
	bool ok = true;

	if (!hosts->learned && !hosts->incomplete)
		return true;
	made = know_add_hosts(to, &hosts->client, &hosts->server);
	if (!made) {
		to->incomplete = true;
		return false;
	}
	made->incomplete |= hosts->incomplete;
	for (const struct learn_pair *pair = hosts->services; pair; pair = pair->next)
		if (pair->learned)
			ok &= merge_pair(&m, made, pair);
	return ok;
}
