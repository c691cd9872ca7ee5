/* SPDX-License-Identifier: Apache-2.0
 *
 * The words in which the tables of fields are written (structures.c, services*.c).
 */
#ifndef DISSECTORS_OPCUA_FIELDS_H
#define DISSECTORS_OPCUA_FIELDS_H

#include "opcua.h"

#define KEY(name) .key = (name), .key_length = sizeof(name) - 1
#define SHOW(name, what) {KEY(name), .type = UA_##what}
#define ROLE(name, what, as) {KEY(name), .type = UA_##what, .role = ROLE_##as}
/* Not shown where it is empty. */
#define PLAIN(name, what, as) \
	{KEY(name), .type = UA_##what, .role = ROLE_##as, .flags = UA_PLAIN}
#define ENUM(name, words, as) \
	{KEY(name), .type = UA_ENUMERATION, .role = ROLE_##as, .names = (words)}
#define READ(what) {.type = UA_##what}
#define HEAR(what, as) {.type = UA_##what, .role = ROLE_##as}
#define READ_LIST(what) {.type = UA_##what, .flags = UA_ARRAY}
#define LIST(name, what) {KEY(name), .type = UA_##what, .flags = UA_ARRAY}
/* Elements that are what the operation touches, or what became of it. */
#define NODES(name) \
	{KEY(name), .type = UA_NODE_ID, .flags = UA_ARRAY | UA_ITEM, .role = ROLE_NODE}
#define STATUSES(name) \
	{KEY(name), .type = UA_STATUS_CODE, .flags = UA_ARRAY | UA_ITEM, .role = ROLE_STATUS}
#define RESULTS(name) \
	{KEY(name), .type = UA_DATA_VALUE, .flags = UA_ARRAY | UA_ITEM, .role = ROLE_VALUE}
#define ITEMS(name, fields) \
	{KEY(name), .type = UA_STRUCTURE, .flags = UA_ARRAY | UA_ITEM, .of = (fields)}
#define OBJECT_ITEMS(name) \
	{KEY(name), .type = UA_EXTENSION_OBJECT, .flags = UA_ARRAY | UA_ITEM}
/* Values of one item. */
#define VALUES(name) \
	{KEY(name), .type = UA_DATA_VALUE, .flags = UA_ARRAY, .role = ROLE_VALUE}
#define ARGUMENTS(name) \
	{KEY(name), .type = UA_VARIANT, .flags = UA_ARRAY, .role = ROLE_VALUE}
#define GROUPS(name, fields) \
	{KEY(name), .type = UA_STRUCTURE, .flags = UA_ARRAY, .of = (fields)}
#define FLAT(name, fields) \
	{KEY(name), .type = UA_STRUCTURE, .flags = UA_ARRAY | UA_FLAT, .of = (fields)}
#define OBJECTS(name) {KEY(name), .type = UA_EXTENSION_OBJECT, .flags = UA_ARRAY}
#define PART(fields) {.type = UA_STRUCTURE, .of = (fields)}
#define END {.type = UA_NULL}

#endif
