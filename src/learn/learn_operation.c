/* SPDX-License-Identifier: Apache-2.0
 *
 * Is this operation known? The way of one that is, is short: one hash and a look at what the flow did
 * before, or one probe and one more for each name in it, and for written numbers their profiles.
 * Everything else is off that way.
 *
 * All of these compare nothing but 64 bits of a keyed hash (known.h): over the pair, what is done, and
 * each thing it is done to, so that what an enemy sends cannot be aimed at another's answer.
 */
#include <string.h>

#include "limits.h"
#include "shard.h"

enum {
	MEMO = sizeof(((struct learn_memo *)0)->known) / sizeof(uint64_t),
};

/* ---- learning ---- */

/* Values of one write into their profiles; true: something was new. */
static bool learn_access_values(struct learn *learn, struct unit *unit,
				const struct bt_access *access, uint32_t *left)
{
	uint8_t room[NAME_BYTES];
	struct written_key key = {.unit = unit,
				  .space = know_string(&learn->know, access->space),
				  .name = name_key(access->name, room)};
	uint32_t count = numbers_of(access, left);
	bool taught = false;

	for (uint32_t i = 0; key.space && i < count; i++) {
		struct written *written;

		key.number = access->first + i;
		written = know_add_written(&learn->know, unit, &key);
		if (written)
			taught |= profile_add(&written->profile, bt_value(&access->values, i), 1);
	}
	return taught;
}

static bool learn_values(struct learn *learn, struct unit *unit, const struct bt_operation *op)
{
	uint32_t left = LEARN_NUMBERS_PER_OPERATION_MAX;
	bool taught = false;

	for (unsigned i = 0, count = accesses_of(op); i < count; i++)
		if (writes_numbers(&op->accesses[i]))
			taught |= learn_access_values(learn, unit, &op->accesses[i], &left);
	return taught;
}

static enum ranges_added learn_object(struct learn *learn, struct object *object,
				      const struct bt_access *access)
{
	uint8_t room[NAME_BYTES];
	enum ranges_added added;

	if (is_named(access))
		return object_add_name(&learn->know, object, name_key(access->name, room), false,
				       learn->judged);
	added = ranges_add(&object->ranges, range_of(access->first, access->count),
			   &learn->know.range_budget);
	learn->know.dropped += added == RANGES_FULL;
	return added;
}

/* Bits of the accesses that taught something. *whole: there was room for all of it. */
static uint64_t learn_objects(struct learn *learn, struct unit *unit, struct function *function,
			      const struct bt_operation *op, bool *whole)
{
	uint64_t taught = 0;

	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];
		struct object *object;

		if (!touches(access))
			continue;
		object = know_add_object(&learn->know, unit, function, access->act, access->space);
		if (!object)
			*whole = false;
		else if (learn_object(learn, object, access) != RANGES_KNOWN)
			taught |= UINT64_C(1) << i;
	}
	return taught;
}

/* ---- what need not be looked up again ---- */

static bool names_known(const struct known *known, const struct learn_pair *pair,
			const struct bt_operation *op, const uint64_t *names)
{
	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];

		if (is_named(access) && !known_has(known, known_name_hash(pair, op, access, names[i])))
			return false;
	}
	return true;
}

/* A name that was used for the first time is looked up once more: the set counts those that were never
 * used again. Where names vary there is no end of them, and no sense in remembering any. */
static void remember(struct learn *learn, uint64_t hash, const struct learn_pair *pair,
		     struct function *function, const struct bt_operation *op, const uint64_t *names,
		     uint64_t first_times)
{
	known_remember(&learn->known, hash);
	for (unsigned i = 0, count = accesses_of(op); i < count; i++) {
		const struct bt_access *access = &op->accesses[i];
		const struct object *object;

		if (!is_named(access) || first_times >> i & 1)
			continue;
		object = know_find_object(function, access->act, access->space);
		if (object && !object_any_name(object))
			known_remember(&learn->known, known_name_hash(pair, op, access, names[i]));
	}
}

/* ---- the two ways ---- */

/* An operation that is not in the cache: makes room for it in the tree. */
static void learn_new(struct learn *learn, struct learn_pair *pair, const struct bt_operation *op,
		      uint64_t hash, const uint64_t *names)
{
	const char *name = op->name ? op->name : "unnamed";
	struct unit *unit = know_add_unit(&learn->know, pair, op->unit);
	uint64_t functions = learn->know.function_pool.used, first_times;
	struct function *function = NULL;
	bool whole = true, taught;

	if (unit)
		function = know_add_function(&learn->know, unit, op->function, op->subfunction,
					     op->act, name, op->by_server);
	if (!function) {
		learn->deviating++;
		note_learned(learn, pair->hosts); /* that it is not complete */
		return;
	}
	taught = learn->know.function_pool.used != functions;
	taught |= op->result == BT_RESULT_REFUSED && function_add_error(function, op->error);
	first_times = learn_objects(learn, unit, function, op, &whole);
	taught |= first_times != 0;
	taught |= learn_values(learn, unit, op);
	seen_add(&function->seen, 1, operation_time(op), operation_time(op));
	if (taught || is_due(&function->seen))
		note_learned(learn, pair->hosts);
	learn->deviating += taught;
	if (whole)
		remember(learn, hash, pair, function, op, names, first_times);
}

static bool any_numbers_written(const struct bt_operation *op)
{
	for (unsigned i = 0, count = accesses_of(op); i < count; i++)
		if (writes_numbers(&op->accesses[i]))
			return true;
	return false;
}

static void teach_again(struct learn *learn, struct unit *unit, const struct bt_operation *op)
{
	struct function *function = know_find_function(unit, op->function, op->subfunction);
	bool taught = is_write_like(op->act) && learn_values(learn, unit, op);

	if (function)
		seen_add(&function->seen, 1, operation_time(op), operation_time(op));
	if (taught || (function && is_due(&function->seen)))
		note_learned(learn, unit->pair->hosts);
	learn->deviating += taught;
}

/* What it does was seen before; only written numbers may still be news. */
static unsigned known_again(struct learn *learn, struct learn_pair *pair,
			    const struct bt_operation *op, struct finding *findings, unsigned max)
{
	bool judges = learn->mode == LEARN_JUDGE;
	struct unit *unit;
	unsigned n = 0;

	/* nobody asks for the count while judging, and the function's memory is cold */
	if (judges && (!is_write_like(op->act) || !any_numbers_written(op)))
		return 0;
	unit = know_find_unit(pair, op->unit);
	if (unit && judges)
		n = judge_values(learn, unit, op, findings, max);
	else if (unit)
		teach_again(learn, unit, op);
	learn->deviating += n != 0;
	return n;
}

/* Where the baseline is locked, what was known once stays known; only written numbers may be news. */
static bool is_memorable(const struct learn *learn, const struct bt_operation *op)
{
	return learn->mode == LEARN_JUDGE && !(is_write_like(op->act) && any_numbers_written(op));
}

static bool in_memo(const struct learn_memo *memo, uint64_t whole)
{
	bool found = false;

	for (unsigned i = 0; i < MEMO; i++)
		found |= memo->known[i] == whole;
	return found;
}

/* Any of them makes room: a loop of no more than these is known by them all in the end, a longer one by
 * some of them. */
static void note_known(const struct learn *learn, struct learn_memo *memo, uint64_t whole)
{
	memo->known[learn->judged % MEMO] = whole;
}

/* An operation, and what it is looked up by. */
struct asked {
	struct learn_pair *pair;
	const struct bt_operation *op;
	struct learn_memo *memo; /* NULL: it is not memorable */
	uint64_t hash, whole;    /* of all but the names; with them */
	const uint64_t *names;   /* of the accesses that are named; NULL: none is */
};

/* The long way. It stands apart so that the short one needs no room on the stack. */
static __attribute__((noinline)) unsigned not_known(struct learn *learn, const struct asked *asked,
						    struct finding *findings, unsigned max)
{
	const struct bt_operation *op = asked->op;
	struct function *function;
	unsigned n;

	if (learn->mode == LEARN_LEARN) {
		know_learned(&learn->know, asked->pair);
		learn_new(learn, asked->pair, op, asked->hash, asked->names);
		return 0;
	}
	n = judge_operation(learn, asked->pair, op, findings, max, &function);
	if (n) {
		learn->deviating++;
	} else if (function) {
		remember(learn, asked->hash, asked->pair, function, op, asked->names, 0);
		if (asked->memo)
			note_known(learn, asked->memo, asked->whole);
	}
	return n;
}

static inline unsigned answer(struct learn *learn, const struct asked *asked,
			      struct finding *findings, unsigned max)
{
	const struct bt_operation *op = asked->op;

	if (asked->memo && in_memo(asked->memo, asked->whole))
		return 0;
	if (!known_has(&learn->known, asked->hash) ||
	    (asked->names && !names_known(&learn->known, asked->pair, op, asked->names)))
		return not_known(learn, asked, findings, max);
	if (asked->memo)
		note_known(learn, asked->memo, asked->whole);
	return known_again(learn, asked->pair, op, findings, max);
}

/* Apart for the same reason. */
static __attribute__((noinline)) unsigned answer_named(struct learn *learn, struct asked *asked,
						       struct finding *findings, unsigned max)
{
	uint64_t names[BT_ACCESSES_MAX];

	asked->names = names;
	asked->whole = known_whole_hash(asked->hash, asked->op, names);
	return answer(learn, asked, findings, max);
}

unsigned learn_operation(struct learn *learn, struct learn_pair *pair, struct learn_memo *memo,
			 const struct bt_operation *op, struct finding *findings, unsigned max)
{
	struct asked asked = {.pair = pair, .op = op};
	bool named;

	if (!pair || learn->mode == LEARN_WATCH)
		return 0;
	learn->judged++;
	asked.memo = is_memorable(learn, op) ? memo : NULL;
	asked.hash = asked.whole = known_hash(pair, op, &named);
	return named ? answer_named(learn, &asked, findings, max) : answer(learn, &asked, findings, max);
}
