/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of struct learn, and what its files share.
 */
#ifndef LEARN_SHARD_H
#define LEARN_SHARD_H

#include "knowledge.h"
#include "known.h"
#include "learn.h"
#include "named.h"

struct learn {
	enum learn_mode mode;
	const struct baseline *site; /* may be NULL */
	/* What is judged by: that of `site`, which all shards read and none changes; or what this one
	 * learned itself. */
	const struct knowledge *learned;
	struct learn_counts of_site; /* what is its own of that */
	struct knowledge know; /* what it learns, or meets while judging */
	struct named_table named;
	struct hosts *unsaved, **unsaved_end; /* of which something was learned, oldest first */
	bool is_told_incomplete;
	struct known known;
	uint64_t judged, deviating;
	/* While judging, what no room is left for: what it does is still judged. */
	struct hosts nobody;
	struct learn_pair stranger;
};

/* baseline.c */
const struct knowledge *baseline_knowledge(const struct baseline *site);
struct knowledge *baseline_knowledge_mutable(struct baseline *site);

/* Roles by what the document and the shard know together. */
const struct role *learn_role(const struct learn *learn, const struct bt_addr *addr,
			      const char *protocol, bool serves);
const struct role *learn_server(const struct learn *learn, const struct bt_addr *addr,
				struct service service);

/* Something was learned of two hosts. */
static inline void note_learned(struct learn *learn, struct hosts *hosts)
{
	if (hosts->unsaved || learn->mode != LEARN_LEARN)
		return;
	hosts->unsaved = true;
	hosts->next_unsaved = NULL;
	*(learn->unsaved_end ? learn->unsaved_end : &learn->unsaved) = hosts;
	learn->unsaved_end = &hosts->next_unsaved;
}

/* Of what is known already, only the count changes: now and then is enough. */
static inline bool is_due(const struct seen *seen)
{
	enum { COUNTS = 256 };

	return seen->count % COUNTS == 1;
}

static inline bool is_write_like(enum bt_act act)
{
	return act >= BT_ACT_WRITE;
}

/* Each access costs time: never more than the contract allows. */
static inline unsigned accesses_of(const struct bt_operation *op)
{
	return op->access_count < BT_ACCESSES_MAX ? op->access_count : (unsigned)BT_ACCESSES_MAX;
}

static inline bool is_named(const struct bt_access *access)
{
	return cur_left(&access->name) && access->space;
}

static inline bool touches(const struct bt_access *access)
{
	return access->space && (access->count || cur_left(&access->name));
}

/* Values that a profile can hold. */
static inline bool writes_numbers(const struct bt_access *access)
{
	return is_write_like(access->act) && touches(access) && access->values.count &&
	       (access->values.kind == BT_VALUES_BITS ||
		access->values.kind == BT_VALUES_U16BE ||
		access->values.kind == BT_VALUES_NUMBERS);
}

/* How many of them are looked at, while an operation may still have `*left` looked at. */
static inline uint32_t numbers_of(const struct bt_access *access, uint32_t *left)
{
	uint32_t count = access->values.count < *left ? access->values.count : *left;

	*left -= count;
	return count;
}

static inline int64_t operation_time(const struct bt_operation *op)
{
	return op->request_ns ? op->request_ns : op->answer_ns;
}

/* deviation.c: the kinds of finding */
enum deviation {
	NEW_PAIR,
	NEW_CLIENT,
	ROLE_FLIP,
	OTHER_PROTOCOL,
	NEW_UNIT,
	NEW_FUNCTION,
	NEW_WRITE,
	NEW_RANGE,
	NEW_NAME,
	NEW_VALUE,
	NEW_ERROR,
};

/* Sets name, title, severity, technique and empties the texts; touches nothing else. `act` chooses
 * the severity and techniques where they depend on what was done, `by_server` the title. */
void deviation_begin(struct finding *finding, enum deviation kind, enum bt_act act, bool by_server);

/* judge_flow.c. `hosts` and `protocol` may be NULL. */
void judge_new_pair(struct learn *learn, const struct bt_flow *flow, const struct hosts *hosts,
		    const char *protocol, struct finding *finding);
/* A client or server in a role it never had. False: nothing of the kind. */
bool judge_roles(const struct learn *learn, const struct bt_flow *flow, const char *protocol,
		 struct finding *finding);
void judge_protocol(const struct learn_pair *learned, const char *protocol, struct finding *finding);

/* judge_operation.c. `clean`: the function everything belongs to when nothing deviated, else NULL. */
unsigned judge_operation(struct learn *learn, struct learn_pair *pair, const struct bt_operation *op,
			 struct finding *findings, unsigned max, struct function **clean);
unsigned judge_values(struct learn *learn, const struct unit *unit,
		      const struct bt_operation *op, struct finding *findings, unsigned max);

/* explain.c: texts for a person; all append to `text`. */
/* "the server ", or nothing */
void explain_actor(char *text, size_t cap, const struct bt_operation *op);
void explain_done(char *text, size_t cap, const struct bt_operation *op,
		  const struct bt_access *access);
void explain_unit(char *text, size_t cap, uint32_t unit); /* " of unit 1", or nothing */
void explain_units(char *text, size_t cap, const struct learn_pair *pair);
void explain_functions(char *text, size_t cap, const struct unit *unit, bool by_server);
void explain_services(char *text, size_t cap, const struct hosts *hosts);
void explain_objects(char *text, size_t cap, const struct function *function);
void explain_errors(char *text, size_t cap, const struct function *function);
void explain_role(char *text, size_t cap, const struct role *role);

/* explain_object.c */
/* "wrote 5, 6 to word 40-41", "read word 7" */
void explain_deed(char *text, size_t cap, const struct bt_access *access);
void explain_name(char *text, size_t cap, struct bt_cursor name); /* printable; a long one abridged */
/* "word 40", "topic plant/a", "topic plant/a [2]" (the third value in it) */
void explain_place(char *text, size_t cap, const struct written_key *key);
void explain_range(char *text, size_t cap, const struct object *object, struct range wanted,
		   bool by_server);
void explain_names(char *text, size_t cap, const struct object *object, struct bt_cursor name,
		   bool by_server);

#endif
