/* SPDX-License-Identifier: Apache-2.0
 *
 * Stateless detection rules: data (rules/ *.yaml, built into the program; more with --rules), never
 * code. rules/README.md gives the whole language on a page. A rule matches one operation by protocol,
 * act, function, sub-function, unit, result, broadcast, and says severity, technique and why it
 * matters. Read only after loading; shared by all workers.
 */
#ifndef DETECT_RULES_H
#define DETECT_RULES_H

#include "bittern/operation.h"
#include "error.h"
#include "finding.h"

struct rules;

/* The built-in rules plus the files named (a directory: all its *.yaml). A rule of the same name
 * replaces the earlier one; `enabled: false` switches it off. NULL: `err` has FILE:LINE. */
struct rules *rules_load(const char *const *paths, size_t count, struct error *err);
struct rules *rules_parse(const char *name, const char *text, size_t size, struct error *err);
void rules_free(struct rules *rules);
size_t rules_count(const struct rules *rules);

/* Fills up to `max` findings (name, title, severity, technique, unit, object, seen, expected).
 * An operation that no rule can concern costs one table look-up. */
unsigned rules_match(const struct rules *rules, const char *protocol, const struct bt_operation *op,
		     struct finding *findings, unsigned max);

#endif
