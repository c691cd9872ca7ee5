/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging what a known function touches: the numbers and names of each space, and what is written
 * there. An operation touches many things at once: what is new of one space and act is one finding,
 * which tells the first of them and counts the others.
 */
#include <inttypes.h>

#include "judge.h"
#include "hash.h"
#include "limits.h"
#include "text.h"

static void say_others(struct finding *finding, unsigned others)
{
	if (others)
		text_add(finding->seen, sizeof(finding->seen), " (and %u more like it)", others);
}

/* ---- numbers and names ---- */

static bool is_known(const struct judging *j, struct function *function,
		     const struct bt_access *access)
{
	const struct object *object = know_find_object(function, access->act, access->space);
	uint8_t room[NAME_BYTES];

	if (!object)
		return j->pair->incomplete;
	if (is_named(access))
		return object_has_name(object, name_key(access->name, room));
	return ranges_have(&object->ranges, range_of(access->first, access->count));
}

static uint64_t hash_name(struct bt_cursor name)
{
	size_t size = cur_left(&name);

	return hash_keyed(cur_claim(&name, size), size);
}

/* A sweep through a space is a few alerts: the first few things have one each, the others share one. */
static void name_object(struct judging *j, struct finding *finding, const struct object *object,
			const struct bt_access *access)
{
	uint64_t number = access->first;
	bool first_time;

	text_add(finding->object, sizeof(finding->object), "%s", access->space);
	if (!object)
		return;
	if (is_named(access)) {
		if (named_has(&j->learn->named, NAMED_THINGS, object, hash_name(access->name),
			      &first_time)) {
			text_add(finding->object, sizeof(finding->object), " ");
			explain_name(finding->object, sizeof(finding->object), access->name);
		}
		return;
	}
	number = ranges_first_missing(&object->ranges, range_of(access->first, access->count));
	if (named_has(&j->learn->named, NAMED_THINGS, object, number, &first_time))
		text_add(finding->object, sizeof(finding->object), " %" PRIu64, number);
}

static void report_access(struct judging *j, struct function *function,
			  const struct bt_access *access, unsigned others)
{
	const struct object *object = know_find_object(function, access->act, access->space);
	struct finding *finding =
		judging_begin(j, is_named(access) ? NEW_NAME : NEW_RANGE, access->act);

	if (!finding)
		return;
	name_object(j, finding, object, access);
	explain_actor(finding->seen, sizeof(finding->seen), j->op);
	explain_done(finding->seen, sizeof(finding->seen), j->op, access);
	say_others(finding, others);
	if (!object)
		explain_objects(finding->expected, sizeof(finding->expected), function);
	else if (is_named(access))
		explain_names(finding->expected, sizeof(finding->expected), object, access->name,
			      j->op->by_server);
	else
		explain_range(finding->expected, sizeof(finding->expected), object,
			      range_of(access->first, access->count), j->op->by_server);
}

/* Of the accesses in `bits`, those that do the same in the same space as the first. */
static uint64_t like_the_first(const struct bt_operation *op, uint64_t bits)
{
	const struct bt_access *first = &op->accesses[__builtin_ctzll(bits)];
	uint64_t alike = 0;

	for (uint64_t left = bits; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		const struct bt_access *access = &op->accesses[i];

		if (access->act == first->act && access->space == first->space &&
		    is_named(access) == is_named(first))
			alike |= UINT64_C(1) << i;
	}
	return alike;
}

/* ---- values ---- */

static void report_value(struct judging *j, const struct bt_access *access,
			 const struct written_key *key, const struct profile *profile, double value,
			 uint32_t others)
{
	struct finding *finding = judging_begin(j, NEW_VALUE, access->act);
	char number[TEXT_NUMBER];

	if (!finding)
		return;
	if (profile->count < PROFILE_FEW)
		finding->severity = 2;
	explain_place(finding->object, sizeof(finding->object), key);
	explain_actor(finding->seen, sizeof(finding->seen), j->op);
	text_add(finding->seen, sizeof(finding->seen), "wrote %s to ", text_number(number, value));
	explain_place(finding->seen, sizeof(finding->seen), key);
	explain_unit(finding->seen, sizeof(finding->seen), j->op->unit);
	say_others(finding, others);
	profile_explain(profile, value, finding->expected, sizeof(finding->expected));
}

/* One finding for an access, for the first number that is off; the others are counted in it. */
static void judge_written(struct judging *j, const struct unit *unit, const struct bt_access *access,
			  uint32_t *left)
{
	uint8_t room[NAME_BYTES];
	struct written_key key = {.unit = unit,
				  .space = know_find_string(j->learn->learned, access->space),
				  .name = name_key(access->name, room)};
	uint32_t count = numbers_of(access, left), off_index = 0, others = 0;
	const struct written *off = NULL;

	for (uint32_t i = 0; key.space && i < count; i++) {
		const struct written *written;

		key.number = access->first + i;
		written = know_find_written(j->learn->learned, &key);
		if (!written || profile_allows(&written->profile, bt_value(&access->values, i)))
			continue;
		if (off) {
			others++;
			continue;
		}
		off = written;
		off_index = i;
	}
	if (!off)
		return;
	key.number = off->number;
	report_value(j, access, &key, &off->profile, bt_value(&access->values, off_index), others);
}

unsigned judge_values(struct learn *learn, const struct unit *unit,
		      const struct bt_operation *op, struct finding *findings, unsigned max)
{
	struct judging j = {.learn = learn, .op = op, .findings = findings, .max = max};
	uint32_t left = LEARN_NUMBERS_PER_OPERATION_MAX;

	for (unsigned i = 0, count = accesses_of(op); i < count; i++)
		if (writes_numbers(&op->accesses[i]))
			judge_written(&j, unit, &op->accesses[i], &left);
	return j.count;
}

/* ---- all of it ---- */

void judge_accesses(struct judging *j, const struct unit *unit, struct function *function)
{
	const struct bt_operation *op = j->op;
	uint32_t left = LEARN_NUMBERS_PER_OPERATION_MAX;
	uint64_t unknown = 0, written = 0;

	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (touches(access) && !is_known(j, function, access))
			unknown |= UINT64_C(1) << i;
		else if (writes_numbers(access))
			written |= UINT64_C(1) << i;
	}
	while (unknown) {
		uint64_t alike = like_the_first(op, unknown);

		report_access(j, function, &op->accesses[__builtin_ctzll(unknown)],
			      (unsigned)__builtin_popcountll(alike) - 1);
		unknown &= ~alike;
	}
	for (; written; written &= written - 1)
		judge_written(j, unit, &op->accesses[__builtin_ctzll(written)], &left);
}
