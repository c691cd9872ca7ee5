/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files that read the document share. All return false with `err` set where they refuse.
 */
#ifndef LEARN_DOCUMENT_READ_H
#define LEARN_DOCUMENT_READ_H

#include "document.h"
#include "yaml.h"

struct reader {
	const struct yaml *doc;
	struct error *err;
	struct baseline *site;
	struct knowledge *know;
};

bool refuse_full(const struct reader *r, const struct yaml_node *node, const char *what);
bool refuse_twice(const struct reader *r, const struct yaml_node *node, const char *what);

/* Optional scalars: absent leaves the value as it is. */
bool opt_uint(const struct reader *r, const struct yaml_node *map, const char *key, uint64_t max,
	      uint64_t *value);
bool read_seen(const struct reader *r, const struct yaml_node *map, struct seen *seen);

/* A word that learning could have met: short. */
bool read_word(const struct reader *r, const struct yaml_node *map, const char *key,
	       const char **word);
bool read_act(const struct reader *r, const struct yaml_node *map, enum bt_act *act);

/* Each element of an optional list of maps, to `each` with `parent`. */
typedef bool read_element(const struct reader *r, const struct yaml_node *node, void *parent);
bool read_each(const struct reader *r, const struct yaml_node *map, const char *key,
	       read_element *each, void *parent);

/* baseline_read_unit.c; `parent` is the pair. */
bool read_unit(const struct reader *r, const struct yaml_node *node, void *parent);

#endif
