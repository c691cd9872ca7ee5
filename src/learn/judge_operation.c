/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging what is done. From the unit down, the first level that is not known is reported and the
 * levels below it stay silent, except that a command is never silent. Where this program itself forgot
 * something at a cap, nothing is held against the network.
 */
#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "text.h"

enum {
	REFUSED_SEVERITY = 3,
};

struct finding *judging_begin(struct judging *j, enum deviation kind, enum bt_act act)
{
	struct finding *finding;

	if (j->count == j->max)
		return NULL;
	finding = &j->findings[j->count++];
	deviation_begin(finding, kind, act, j->op->by_server);
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

	for (unsigned i = 0, count = accesses_of(op); i < count; i++)
		if (!most || op->accesses[i].act > most->act)
			most = &op->accesses[i];
	return most;
}

static void say_done(struct finding *finding, const struct bt_operation *op,
		     const struct bt_access *access)
{
	explain_actor(finding->seen, sizeof(finding->seen), op);
	explain_done(finding->seen, sizeof(finding->seen), op, access);
}

/* ---- commands where none were given ---- */

static bool given_before(const struct judging *j)
{
	return j->pair->wrote[j->op->by_server];
}

/* One finding per unit and kind of command; of many units, one for the rest. */
static void judge_new_write(struct judging *j)
{
	const struct bt_operation *op = j->op;
	struct finding *finding = judging_begin(j, NEW_WRITE, op->act);
	bool first_time;

	if (!finding)
		return;
	if (!named_has(&j->learn->named, NAMED_COMMANDS, j->pair,
		       (uint64_t)op->by_server << 63 | (uint64_t)op->act << 32 | op->unit, &first_time))
		finding->unit = BT_NO_UNIT;
	text_add(finding->object, sizeof(finding->object), "%s", bt_act_name(op->act));
	say_done(finding, op, main_access(op));
	text_add(finding->expected, sizeof(finding->expected), "%s of this %s%s",
		 given_before(j) ? "no command" : "no command at all",
		 op->by_server ? "server" : "pair", given_before(j) ? " to this unit" : "");
}

/* ---- units and functions ---- */

static void judge_new_unit(struct judging *j)
{
	const struct bt_operation *op = j->op;
	bool own, first_time;
	struct finding *finding;

	own = named_has(&j->learn->named, NAMED_UNITS, j->pair, op->unit, &first_time);
	if (is_write_like(op->act)) {
		judge_new_write(j);
		if (!first_time)
			return;
	}
	finding = judging_begin(j, NEW_UNIT, op->act);
	if (!finding)
		return;
	if (!own) {
		finding->unit = BT_NO_UNIT;
		text_add(finding->object, sizeof(finding->object), "other units");
	}
	say_done(finding, op, main_access(op));
	explain_units(finding->expected, sizeof(finding->expected), j->pair);
}

static void judge_new_function(struct judging *j, const struct unit *unit)
{
	const struct bt_operation *op = j->op;
	const struct bt_access *access = main_access(op);
	struct finding *finding;
	bool first_time;

	if (is_write_like(op->act) && !given_before(j)) {
		judge_new_write(j);
		return;
	}
	finding = judging_begin(j, NEW_FUNCTION, op->act);
	if (!finding)
		return;
	if (op->act == BT_ACT_REPORT && op->by_server)
		finding->severity = 0; /* what it reports is its own choice */
	if (is_write_like(op->act) ||
	    named_has(&j->learn->named, NAMED_FUNCTIONS, unit,
		      (uint64_t)op->function << 32 | op->subfunction, &first_time))
		text_add(finding->object, sizeof(finding->object), "%s",
			 op->name ? op->name : "unnamed");
	else
		text_add(finding->object, sizeof(finding->object), "other functions");
	explain_actor(finding->seen, sizeof(finding->seen), op);
	if (access && access->space)
		text_add(finding->seen, sizeof(finding->seen), "used %s: ",
			 op->name ? op->name : "unnamed");
	explain_done(finding->seen, sizeof(finding->seen), op, access);
	explain_functions(finding->expected, sizeof(finding->expected), unit, op->by_server);
}

/* ---- errors ---- */

static void judge_error(struct judging *j, const struct function *function)
{
	const struct bt_operation *op = j->op;
	struct finding *finding = judging_begin(j, NEW_ERROR, op->act);
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

/* An answer whose request was not seen does not always say which sub-function it answers, or even
 * which function: then it says nothing. */
static bool answers_known(const struct unit *unit, const struct bt_operation *op)
{
	if (op->result != BT_RESULT_UNSOLICITED || op->subfunction)
		return false;
	if (op->act <= BT_ACT_SESSION && !op->access_count)
		return true;
	for (uint32_t i = 0; i < function_count(unit); i++)
		if (function_at(unit, i)->number == op->function)
			return true;
	return false;
}

static void judge_known_function(struct judging *j, const struct unit *unit,
				 struct function *function)
{
	const struct bt_operation *op = j->op;

	judge_accesses(j, unit, function);
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
		unit = know_find_unit(pair, op->unit);
	if (unit)
		function = know_find_function(unit, op->function, op->subfunction);
	if (function) {
		judge_known_function(&j, unit, function);
		*clean = j.count ? NULL : function;
	} else if (pair->incomplete || pair->hosts->incomplete || learn->learned->incomplete) {
		return 0;
	} else if (unit) {
		if (!answers_known(unit, op))
			judge_new_function(&j, unit);
	} else if (pair->learned) {
		judge_new_unit(&j);
	} else if (is_write_like(op->act) && !op->by_server) {
		/* a new client has its finding; what its server then says, it says because of it */
		judge_new_write(&j);
	}
	return j.count;
}
