/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking what a dissector said in the laboratory, with Check: for unit tests (the fuzzers have none).
 */
#ifndef TESTS_SUPPORT_LAB_CHECK_H
#define TESTS_SUPPORT_LAB_CHECK_H

#include <check.h>
#include <stdlib.h>

#include "lab.h"

static inline const struct lab_operation *lab_last(const struct bt_engine *lab)
{
	ck_assert_uint_gt(lab->operation_count, 0);
	return &lab->operations[(lab->operation_count - 1) % LAB_OPERATIONS];
}

/* What describe() wrote, parsed; every key must be in its protocol's list. A new reference. */
static inline json_t *lab_document(const struct bt_engine *lab, const struct lab_operation *operation)
{
	const struct bt_dissector *protocol = operation->op.protocol;
	json_error_t error;
	json_t *root = json_loads(operation->json, 0, &error);
	const char *unlisted;

	ck_assert_msg(root, "%s: %.900s", error.text, operation->json);
	if (!protocol)
		protocol = bt_protocol(lab->dissector);
	unlisted = lab_unlisted(root, protocol->fields);
	ck_assert_msg(!unlisted, "%s is not listed", unlisted);
	return root;
}

/* Follows "response.read.values.0"; NULL: not there. */
static inline json_t *lab_member(json_t *at, const char *path)
{
	char part[64];

	while (at && *path) {
		size_t size = strcspn(path, ".");

		ck_assert_uint_lt(size, sizeof(part));
		memcpy(part, path, size);
		part[size] = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part))
				       : json_object_get(at, part);
		path += size + (path[size] == '.');
	}
	return at;
}

#endif
