/* SPDX-License-Identifier: Apache-2.0
 *
 * A baseline from anybody: it is refused with one line, or what is written of it reads back to the
 * same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "learn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct baseline *site, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out || !baseline_write(site, out) || fclose(out) != 0)
		abort();
	return text;
}

static unsigned one_shard(const struct bt_addr *a, const struct bt_addr *b)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	struct baseline *site = baseline_parse("fuzz", (const char *)data, size, &err), *again, *all;
	size_t first_size, again_size;
	char *first, *second;
	struct learn *learn;

	if (!site) {
		if (!err.text[0] || strchr(err.text, '\n'))
			abort();
		return 0;
	}
	first = written(site, &first_size);
	again = baseline_parse("again", first, first_size, &err);
	if (!again)
		abort();
	second = written(again, &again_size);
	if (first_size != again_size || memcmp(first, second, first_size) != 0)
		abort();
	/* through a shard and back */
	learn = learn_create(again, 0, one_shard, LEARN_LEARN);
	all = baseline_create();
	if (!learn || !all)
		abort();
	learn_export(learn, all);
	free(second);
	second = written(all, &again_size);
	free(first);
	free(second);
	learn_destroy(learn);
	baseline_destroy(all);
	baseline_destroy(again);
	baseline_destroy(site);
	return 0;
}
