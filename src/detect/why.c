/* SPDX-License-Identifier: Apache-2.0 */
#include "why.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	struct kept *next;
	char text[];
};

static struct kept *all;

const char *why_keep(const char *text)
{
	size_t size = strlen(text) + 1;
	struct kept *kept = all;

	while (kept && strcmp(kept->text, text) != 0)
		kept = kept->next;
	if (kept)
		return kept->text;
	kept = malloc(sizeof(*kept) + size);
	if (!kept)
		return NULL;
	memcpy(kept->text, text, size);
	kept->next = all;
	all = kept;
	return kept->text;
}
