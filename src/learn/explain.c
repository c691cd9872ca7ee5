/* SPDX-License-Identifier: Apache-2.0
 *
 * What was seen and what was learned, in a line a person can check. Lists come out sorted: the tree
 * is kept in the order of learning, and that must not show.
 */
#include <inttypes.h>
#include <string.h>

#include "shard.h"
#include "text.h"

enum {
	LISTED = 6, /* of a list; then "and N more" */
};

void explain_unit(char *text, size_t cap, uint32_t unit)
{
	if (unit != BT_NO_UNIT)
		text_add(text, cap, " of unit %" PRIu32, unit);
}

void explain_actor(char *text, size_t cap, const struct bt_operation *op)
{
	if (op->by_server)
		text_add(text, cap, "the server ");
}

void explain_done(char *text, size_t cap, const struct bt_operation *op,
		  const struct bt_access *access)
{
	if (access && access->space)
		explain_deed(text, cap, access);
	else
		text_add(text, cap, "used %s", op->name ? op->name : "an unnamed function");
	explain_unit(text, cap, op->unit);
	if (op->result == BT_RESULT_REFUSED)
		text_add(text, cap, " (refused: %s)",
			 op->error_name ? op->error_name : "error without a name");
}

/* The smallest few of many items, in order. */
struct list {
	const void *item[LISTED];
	unsigned count, more;
};

typedef int compare_items(const void *a, const void *b);

static void list_add(struct list *list, const void *item, compare_items *compare)
{
	unsigned at = 0;

	while (at < list->count && compare(list->item[at], item) <= 0)
		at++;
	if (list->count == LISTED)
		list->more++;
	else
		list->count++;
	if (at == LISTED)
		return;
	memmove(list->item + at + 1, list->item + at,
		(list->count - 1 - at) * sizeof(list->item[0]));
	list->item[at] = item;
}

static void add_comma(char *text, size_t cap, unsigned i)
{
	text_add(text, cap, "%s", i ? ", " : " ");
}

static void list_end(const struct list *list, char *text, size_t cap)
{
	if (!list->count)
		text_add(text, cap, " none");
	if (list->more)
		text_add(text, cap, " and %u more", list->more);
}

static int compare_units(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

void explain_units(char *text, size_t cap, const struct learn_pair *pair)
{
	struct list list = {0};

	for (uint32_t i = 0; i < unit_count(pair); i++)
		list_add(&list, unit_at(pair, i), compare_units);
	text_add(text, cap, "units of this pair:");
	for (unsigned i = 0; i < list.count; i++) {
		const struct unit *unit = list.item[i];

		add_comma(text, cap, i);
		if (unit->number == BT_NO_UNIT)
			text_add(text, cap, "none");
		else
			text_add(text, cap, "%" PRIu32, unit->number);
	}
	list_end(&list, text, cap);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->number != y->number)
		return x->number > y->number ? 1 : -1;
	return (x->sub > y->sub) - (x->sub < y->sub);
}

void explain_functions(char *text, size_t cap, const struct unit *unit, bool by_server)
{
	struct list list = {0};

	for (uint32_t i = 0; i < function_count(unit); i++)
		if (function_at(unit, i)->by_server == by_server)
			list_add(&list, function_at(unit, i), compare_functions);
	text_add(text, cap, "this %s", by_server ? "server sends" : "pair uses");
	for (unsigned i = 0; i < list.count; i++) {
		add_comma(text, cap, i);
		text_add(text, cap, "%s", ((const struct function *)list.item[i])->name);
	}
	list_end(&list, text, cap);
	explain_unit(text, cap, unit->number);
}

static int compare_services(const void *a, const void *b)
{
	const struct learn_pair *x = a, *y = b;

	if (x->service.transport != y->service.transport)
		return x->service.transport - y->service.transport;
	if (x->service.number != y->service.number)
		return x->service.number > y->service.number ? 1 : -1;
	return strcmp(x->protocol ? x->protocol : "", y->protocol ? y->protocol : "");
}

void explain_services(char *text, size_t cap, const struct hosts *hosts)
{
	struct list list = {0};
	char service[SERVICE_TEXT];

	for (const struct learn_pair *pair = hosts->services; pair; pair = pair->next)
		if (pair->learned)
			list_add(&list, pair, compare_services);
	text_add(text, cap, "services of this pair:");
	for (unsigned i = 0; i < list.count; i++) {
		const struct learn_pair *pair = list.item[i];

		add_comma(text, cap, i);
		text_add(text, cap, "%s%s%s", service_text(service, pair->service),
			 pair->protocol ? " " : "", pair->protocol ? pair->protocol : "");
	}
	list_end(&list, text, cap);
}

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int order = strcmp(x->space, y->space);

	return order ? order : (int)x->ranges.act - (int)y->ranges.act;
}

void explain_objects(char *text, size_t cap, const struct function *function)
{
	struct list list = {0};

	for (const struct object *object = function_objects(function); object; object = object->next)
		list_add(&list, object, compare_objects);
	text_add(text, cap, "%s accesses", function->name);
	for (unsigned i = 0; i < list.count; i++) {
		const struct object *object = list.item[i];

		add_comma(text, cap, i);
		text_add(text, cap, "%s (%s)", object->space, bt_act_name(object->ranges.act));
	}
	list_end(&list, text, cap);
}

void explain_errors(char *text, size_t cap, const struct function *function)
{
	if (!function->error_count) {
		text_add(text, cap, "%s was never refused", function->name);
		return;
	}
	text_add(text, cap, "errors of %s:", function->name);
	for (unsigned i = 0; i < function->error_count; i++) {
		add_comma(text, cap, i);
		text_add(text, cap, "%" PRIu32, function->errors[i]);
	}
}

void explain_role(char *text, size_t cap, const struct role *role)
{
	unsigned shown = role->peer_count < PEERS_MAX ? role->peer_count : (unsigned)PEERS_MAX;
	char addr[TEXT_ADDR];

	text_add(text, cap, "%s clients of this device:", role->protocol);
	for (unsigned i = 0; i < shown; i++) {
		add_comma(text, cap, i);
		text_add(text, cap, "%s", text_addr(addr, &role->peers[i]));
	}
	if (role->peer_count > shown)
		text_add(text, cap, " and %u more", role->peer_count - shown);
}
