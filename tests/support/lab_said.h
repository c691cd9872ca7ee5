/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests with one laboratory, called `lab`: what the operation it heard of last looks like. A path is one of
 * lab_member(). Every key must be in the list of its protocol.
 */
#ifndef TESTS_SUPPORT_LAB_SAID_H
#define TESTS_SUPPORT_LAB_SAID_H

#include <math.h>

#include "lab_check.h"

static struct bt_engine lab;

static inline const struct lab_operation *last(void)
{
	return lab_last(&lab);
}

static inline json_t *document(void) /* a new reference */
{
	return lab_document(&lab, last());
}

static inline void expect_text(const char *path, const char *text)
{
	json_t *root = document();
	const char *found = json_string_value(lab_member(root, path));

	ck_assert_msg(found && strcmp(found, text) == 0, "%s is %s in %s", path, found, last()->json);
	json_decref(root);
}

/* Whole ones are to be written as such. */
static inline void expect_number(const char *path, double number)
{
	json_t *root = document(), *found = lab_member(root, path);
	bool fits = number == floor(number) ? json_is_integer(found) : json_is_real(found);

	ck_assert_msg(fits && fabs(json_number_value(found) - number) < 1e-6, "%s in %s", path, last()->json);
	json_decref(root);
}

static inline void expect_true(const char *path)
{
	json_t *root = document();

	ck_assert_msg(json_is_true(lab_member(root, path)), "%s in %s", path, last()->json);
	json_decref(root);
}

static inline void expect_absent(const char *path)
{
	json_t *root = document();

	ck_assert_msg(!lab_member(root, path), "%s in %s", path, last()->json);
	json_decref(root);
}

#endif
