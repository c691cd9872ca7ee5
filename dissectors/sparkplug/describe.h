/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the "sparkplug" object within bounds: a payload may be as long as it likes, a line may
 * not.
 */
#ifndef DISSECTORS_SPARKPLUG_DESCRIBE_H
#define DISSECTORS_SPARKPLUG_DESCRIBE_H

#include "private.h"

enum {
	SHOWN_MAX = 64,         /* metrics */
	ELEMENTS_MAX = 64,      /* of an array, cells of a data set */
	TEXT_BYTES_MAX = 256,   /* of one text */
	PAGE_BYTES_MAX = 20480, /* when so much is written, what has not begun is left out */
};

struct sparkplug_page {
	struct bt_record *rec;
	size_t start;
};

static inline bool sparkplug_full(const struct sparkplug_page *page)
{
	return page->rec->len - page->start > PAGE_BYTES_MAX;
}

void sparkplug_put_text(struct sparkplug_page *page, const char *name, struct bt_cursor text);
void sparkplug_put_value(struct sparkplug_page *page, uint32_t type,
			 const struct sparkplug_value *value);
/* Both write nothing where the message has none. */
void sparkplug_put_metadata(struct sparkplug_page *page, struct bt_cursor metadata);
void sparkplug_put_properties(struct sparkplug_page *page, struct bt_cursor properties);

#endif
