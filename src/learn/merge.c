/* SPDX-License-Identifier: Apache-2.0
 *
 * One tree into another: a shard takes its pairs from the document, and gives back what it learned.
 * Counts add up, ranges, names and values unite; the order of merging leaves no trace.
 */
#include <string.h>

#include "knowledge.h"

static void merge_seen(struct seen *to, const struct seen *from)
{
	seen_add(to, from->count, from->first_ns, from->last_ns);
}

static void merge_profile(struct profile *to, const struct profile *from)
{
	for (unsigned i = 0; i < from->distinct; i++)
		profile_add(to, from->set[i], 0);
	if (!from->distinct)
		profile_widen(to, from->min, from->max);
	to->count += from->count;
}

static bool merge_names(struct knowledge *know, struct object *to, const struct object *from)
{
	const struct nameset *names = from->names;
	bool ok = true;

	if (!names)
		return true;
	if (names->any)
		ok &= object_allow_any_name(know, to);
	for (uint32_t i = 0; i < names->count; i++) {
		const struct nameset_entry *entry = &names->at[i];

		ok &= object_add_name(know, to, name_bytes(entry->name), entry->again, 0) !=
		      RANGES_FULL;
	}
	if (to->names && to->names->growths < names->growths)
		to->names->growths = names->growths;
	return ok;
}

static bool merge_objects(struct knowledge *know, struct unit *unit, struct function *to,
			  const struct function *from)
{
	bool ok = true;

	for (const struct object *object = function_objects(from); object; object = object->next) {
		struct object *made = know_add_object(know, unit, to, object->ranges.act,
						      object->space);

		if (!made) {
			ok = false;
			continue;
		}
		made->ranges.any |= object->ranges.any;
		for (uint32_t i = 0; i < object->ranges.count; i++)
			ok &= ranges_add(&made->ranges, ranges_at(&object->ranges, i),
					 &know->range_budget) != RANGES_FULL;
		ok &= merge_names(know, made, object);
	}
	return ok;
}

static bool merge_function(struct knowledge *know, struct unit *to, const struct function *from)
{
	struct function *made = know_add_function(know, to, from->number, from->sub, from->act,
						  from->name, from->by_server);

	if (!made)
		return false;
	merge_seen(&made->seen, &from->seen);
	made->any_error |= from->any_error;
	for (unsigned i = 0; i < from->error_count; i++)
		function_add_error(made, from->errors[i]);
	return merge_objects(know, to, made, from);
}

static bool merge_unit(struct knowledge *know, struct learn_pair *to, const struct unit *from)
{
	struct unit *made = know_add_unit(know, to, from->number);
	bool ok = made != NULL;

	if (!made)
		return false;
	for (uint32_t i = 0; i < function_count(from); i++)
		ok &= merge_function(know, made, function_at(from, i));
	for (const struct written *value = from->values; value; value = value->next) {
		const struct written_key key = {
			.unit = made,
			.space = know_string(know, value->space),
			.name = value->name ? name_bytes(value->name) : cur_of(NULL, 0),
			.number = value->number,
		};
		struct written *written = key.space ? know_add_written(know, made, &key) : NULL;

		ok &= written != NULL;
		if (written)
			merge_profile(&written->profile, &value->profile);
	}
	return ok;
}

static bool merge_pair(struct knowledge *know, struct hosts *hosts, const struct learn_pair *pair)
{
	struct learn_pair *made = know_add_pair(know, hosts, pair->service, pair->protocol, true);
	bool ok = true;

	if (!made)
		return false;
	made->incomplete |= pair->incomplete;
	merge_seen(&made->seen, &pair->seen);
	for (uint32_t i = 0; i < unit_count(pair); i++)
		ok &= merge_unit(know, made, unit_at(pair, i));
	return ok;
}

bool know_merge(struct knowledge *to, const struct hosts *hosts)
{
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
			ok &= merge_pair(to, made, pair);
	return ok;
}
