/* SPDX-License-Identifier: Apache-2.0
 *
 * Stateless detection rules: data (rules/ *.yaml, built into the program; more with --rules), never
 * code. rules/README.md gives the whole language on a page. A rule matches one operation by protocol,
 * act, function, sub-function, unit, objects, result, error and broadcast, and says severity, technique
 * and why it matters. Read only after loading; shared by all workers.
 */
#ifndef DETECT_RULES_H
#define DETECT_RULES_H

#include "bittern/operation.h"
#include "error.h"
#include "finding.h"

struct rules;

enum {
	RULES_MAX = 1024,         /* switched off ones too */
	RULES_PROTOCOLS_MAX = 32, /* named by rules */
	RULES_ITEMS_MAX = 64,     /* in one list of a rule */
	RULES_TEXT_MAX = 255,     /* bytes of a space or of a pattern for names */
};

/* The built-in rules plus the files named (a directory: all its *.yaml, by name). A rule of the same
 * name replaces the earlier one; `enabled: false` switches it off. NULL: `err` has FILE:LINE. */
struct rules *rules_load(const char *const *paths, size_t count, struct error *err);
/* One document and nothing built in. */
struct rules *rules_parse(const char *name, const char *text, size_t size, struct error *err);
/* Findings of rules_parse()d rules point into them (`why`), those of rules_load()ed ones do not. */
void rules_free(struct rules *rules);
size_t rules_count(const struct rules *rules); /* that are switched on */

/* A rule as it can be shown: by position, in order of name; NULL past the end. */
struct rule_summary {
	const char *name, *title, *why, *protocol; /* protocol NULL: any */
	uint8_t severity;
	char technique[2][8];
};
bool rules_at(const struct rules *rules, size_t index, struct rule_summary *summary);

/* The rules that can concern a protocol (a dissector's name; NULL: one that no rule names): looked up once, not
 * for each operation. They live as long as the rules. */
struct rules_of;
const struct rules_of *rules_of(const struct rules *rules, const char *protocol);

/* Fills up to `max` findings (source, name, title, severity, technique, unit, object, seen,
 * expected, why; the caller knows the rest) and returns how many. An operation that no rule can
 * concern costs one table look-up. */
unsigned rules_match(const struct rules_of *table, const struct bt_operation *op,
		     struct finding *findings, unsigned max);

#endif
