/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging what is done. From the unit down, the first level that is not known is reported and the
 * levels below it stay silent, except that a command is never silent. Where this program itself forgot
 * something at a cap, nothing is held against the network.
 */
#include <inttypes.h>
#include <string.h>

#include "shard.h"
#include "text.h"

enum {
	REFUSED_SEVERITY = 3,
};

struct judging {
	const struct learn *learn;
	struct learn_pair *pair;
	const struct bt_operation *op;
	struct finding *findings;
	unsigned count, max;
};

static struct finding *begin(struct judging *j, enum deviation kind, enum bt_act act)
{
	struct finding *finding;

	if (j->count == j->max)
		return NULL;
	finding = &j->findings[j->count++];
	deviation_begin(finding, kind, act);
	finding->unit = j->op->unit;
	/* What the device refused was tried and did nothing: what it obeyed must stand above it. */
	if (j->op->result == BT_RESULT_REFUSED && finding->severity > REFUSED_SEVERITY)
		finding->severity = REFUSED_SEVERITY;
	return finding;
}

/* The access that did most, or NULL. */
static const struct bt_access *main_access(const struct bt_operation *op)
{
	const struct bt_access *most = NULL;

	for (unsigned i = 0; i < op->access_count; i++)
		if (!most || op->accesses[i].act > most->act)
			most = &op->accesses[i];
	return most;
}

static void say_done(struct finding *finding, const struct bt_operation *op,
		     const struct bt_access *access)
{
	explain_done(finding->seen, sizeof(finding->seen), op, access);
}

/* ---- commands where none were given ---- */

/* One finding per unit and kind of command; of many units, one for the rest. */
static void judge_new_write(struct judging *j)
{
	const struct bt_operation *op = j->op;
	struct finding *finding = begin(j, NEW_WRITE, op->act);
	bool first_time;

	if (!finding)
		return;
	if (!named_has(&j->pair->named_commands, (uint64_t)op->act << 32 | op->unit, &first_time))
		finding->unit = BT_NO_UNIT;
	text_add(finding->object, sizeof(finding->object), "%s", bt_act_name(op->act));
	say_done(finding, op, main_access(op));
	text_add(finding->expected, sizeof(finding->expected), "%s",
		 j->pair->wrote ? "no command of this pair to this unit" :
				  "no command at all of this pair");
}

/* ---- units and functions ---- */

static void judge_new_unit(struct judging *j)
{
	const struct bt_operation *op = j->op;
	bool own, first_time;
	struct finding *finding;

	own = named_has(&j->pair->named_units, op->unit, &first_time);
	if (is_write_like(op->act)) {
		judge_new_write(j);
		if (!first_time)
			return;
	}
	finding = begin(j, NEW_UNIT, op->act);
	if (!finding)
		return;
	if (!own) {
		finding->unit = BT_NO_UNIT;
		text_add(finding->object, sizeof(finding->object), "other units");
	}
	say_done(finding, op, main_access(op));
	explain_units(finding->expected, sizeof(finding->expected), j->pair);
}

static void judge_new_function(struct judging *j, struct unit *unit)
{
	const struct bt_operation *op = j->op;
	const struct bt_access *access = main_access(op);
	struct finding *finding;
	bool first_time;

	if (is_write_like(op->act) && !j->pair->wrote) {
		judge_new_write(j);
		return;
	}
	finding = begin(j, NEW_FUNCTION, op->act);
	if (!finding)
		return;
	if (is_write_like(op->act) ||
	    named_has(&unit->named, (uint64_t)op->function << 32 | op->subfunction, &first_time))
		text_add(finding->object, sizeof(finding->object), "%s",
			 op->name ? op->name : "unnamed");
	else
		text_add(finding->object, sizeof(finding->object), "other functions");
	if (access && access->space)
		text_add(finding->seen, sizeof(finding->seen), "used %s: ",
			 op->name ? op->name : "unnamed");
	say_done(finding, op, access);
	explain_functions(finding->expected, sizeof(finding->expected), unit);
}

/* ---- numbers ---- */

static void judge_range(struct judging *j, struct function *function, const struct bt_access *access)
{
	struct object *object = know_find_object(function, access->act, access->space);
	struct range wanted = range_of(access->first, access->count);
	uint64_t number = access->first;
	struct finding *finding;
	bool first_time;

	if (object ? ranges_have(&object->ranges, wanted) : j->pair->incomplete)
		return;
	finding = begin(j, NEW_RANGE, access->act);
	if (!finding)
		return;
	if (object)
		number = ranges_first_missing(&object->ranges, wanted);
	if (object && named_has(&object->named, number, &first_time))
		text_add(finding->object, sizeof(finding->object), "%s %" PRIu64, access->space,
			 number);
	else
		text_add(finding->object, sizeof(finding->object), "%s", access->space);
	say_done(finding, j->op, access);
	if (object)
		explain_range(finding->expected, sizeof(finding->expected), object, wanted);
	else
		explain_objects(finding->expected, sizeof(finding->expected), function);
}

static bool all_known(const struct function *function, const struct bt_access *access)
{
	const struct object *object = know_find_object(function, access->act, access->space);

	return object && ranges_have(&object->ranges, range_of(access->first, access->count));
}

/* ---- values ---- */

static void report_value(struct judging *j, const struct bt_access *access,
			 const struct written *written, uint32_t index, uint32_t others)
{
	int64_t value = (int64_t)bt_value(&access->values, index);
	struct finding *finding = begin(j, NEW_VALUE, access->act);

	if (!finding)
		return;
	if (written->profile.count < PROFILE_FEW)
		finding->severity = 2;
	text_add(finding->object, sizeof(finding->object), "%s %" PRIu64, access->space,
		 written->number);
	text_add(finding->seen, sizeof(finding->seen), "wrote %" PRId64 " to %s %" PRIu64, value,
		 access->space, written->number);
	explain_unit(finding->seen, sizeof(finding->seen), j->op->unit);
	if (others)
		text_add(finding->seen, sizeof(finding->seen), " (and %" PRIu32 " more like it)",
			 others);
	profile_explain(&written->profile, value, finding->expected, sizeof(finding->expected));
}

/* One finding for an access, for the first number that is off; the others are counted in it. */
static void judge_written(struct judging *j, const struct unit *unit, const struct bt_access *access)
{
	const char *space = know_find_string(&j->learn->know, access->space);
	const struct written *off = NULL;
	uint32_t off_index = 0, others = 0;

	if (!space)
		return;
	for (uint32_t i = 0; i < access->values.count; i++) {
		const struct written *written = know_find_written(&j->learn->know, unit, space,
								  access->first + i);

		if (!written || profile_allows(&written->profile, (int64_t)bt_value(&access->values, i)))
			continue;
		if (off) {
			others++;
			continue;
		}
		off = written;
		off_index = i;
	}
	if (off)
		report_value(j, access, off, off_index, others);
}

unsigned judge_values(const struct learn *learn, const struct unit *unit,
		      const struct bt_operation *op, struct finding *findings, unsigned max)
{
	struct judging j = {.learn = learn, .op = op, .findings = findings, .max = max};

	for (unsigned i = 0; i < op->access_count; i++)
		if (writes_numbers(&op->accesses[i]))
			judge_written(&j, unit, &op->accesses[i]);
	return j.count;
}

/* ---- errors ---- */

static void judge_error(struct judging *j, const struct function *function)
{
	const struct bt_operation *op = j->op;
	struct finding *finding = begin(j, NEW_ERROR, op->act);
	const char *name = op->error_name;

	if (!finding)
		return;
	text_add(finding->object, sizeof(finding->object), "%s ", function->name);
	if (name)
		text_add(finding->object, sizeof(finding->object), "%s", name);
	else
		text_add(finding->object, sizeof(finding->object), "error %" PRIu32, op->error);
	say_done(finding, op, main_access(op));
	explain_errors(finding->expected, sizeof(finding->expected), function);
}

/* ---- all of it ---- */

/* An answer whose request was not seen does not always say which sub-function it answers. */
static bool answers_known(const struct unit *unit, const struct bt_operation *op)
{
	if (op->result != BT_RESULT_UNSOLICITED || op->subfunction)
		return false;
	for (const struct function *at = unit->functions; at; at = at->next)
		if (at->number == op->function)
			return true;
	return false;
}

static void judge_known_function(struct judging *j, struct function *function)
{
	const struct bt_operation *op = j->op;

	for (unsigned i = 0; i < op->access_count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (!access->space || !access->count)
			continue;
		judge_range(j, function, access);
		if (writes_numbers(access) && all_known(function, access))
			judge_written(j, function->unit, access);
	}
	/* an error that answers a new request is the answer to that, not another event */
	if (!j->count && op->result == BT_RESULT_REFUSED && !function_has_error(function, op->error))
		judge_error(j, function);
}

unsigned judge_operation(struct learn *learn, struct learn_pair *pair, const struct bt_operation *op,
			 struct finding *findings, unsigned max, struct function **clean)
{
	struct judging j = {
		.learn = learn, .pair = pair, .op = op, .findings = findings, .max = max};
	struct unit *unit = NULL;
	struct function *function = NULL;

	*clean = NULL;
	if (pair->learned)
		unit = know_find_unit(&learn->know, pair, op->unit);
	if (unit)
		function = know_find_function(&learn->know, unit, op->function, op->subfunction);
	if (function) {
		judge_known_function(&j, function);
		*clean = j.count ? NULL : function;
	} else if (pair->incomplete || pair->hosts->incomplete || learn->know.incomplete) {
		return 0;
	} else if (unit) {
		if (!answers_known(unit, op))
			judge_new_function(&j, unit);
	} else if (pair->learned) {
		judge_new_unit(&j);
	} else if (is_write_like(op->act)) {
		judge_new_write(&j);
	}
	return j.count;
}
