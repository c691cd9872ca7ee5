/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the built-in types as members of a record (put.c).
 */
#ifndef DISSECTORS_OPCUA_PUT_H
#define DISSECTORS_OPCUA_PUT_H

#include "opcua.h"

void ua_put_text(struct bt_record *rec, struct bt_name name, struct bt_cursor text);
void ua_put_time(struct bt_record *rec, struct bt_name name, int64_t time);
void ua_put_node(struct bt_record *rec, struct bt_name name, const struct ua_node *node);
/* What is no container. */
void ua_put_scalar(struct bt_record *rec, struct bt_name name, const struct ua_value *value);
/* A Variant or DataValue: members of their own. */
void ua_put_value(struct bt_record *rec, const struct ua_value *value);
void ua_put_certificate(struct bt_record *rec, struct bt_name name, struct bt_cursor der);
/* The hash of an authentication token. */
void ua_put_session(struct bt_record *rec, struct bt_name name, const struct ua_node *token);

static inline void ua_put_word(struct bt_record *rec, struct bt_name name, const char *word)
{
	bt_member_text(rec, name, word, strlen(word));
}

#endif
