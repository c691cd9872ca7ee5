/* SPDX-License-Identifier: Apache-2.0
 *
 * In place of store.c where there is no SQLite: a state that is asked for is refused, in one line.
 */
#include "store.h"

static bool refuse(const char *path, struct error *err)
{
	return error_set(err, "state %s: this bittern was built without SQLite and keeps none", path);
}

struct store *store_open(const char *path, struct error *told, struct error *err)
{
	told->text[0] = '\0';
	refuse(path, err);
	return NULL;
}

struct store *store_open_to_read(const char *path, struct error *err)
{
	refuse(path, err);
	return NULL;
}

bool store_check(const char *path, struct error *err)
{
	return refuse(path, err);
}

void store_close(struct store *store)
{
}

bool store_each(struct store *store, enum state_table table, state_take *take, void *owner,
		struct error *err)
{
	return error_set(err, "built without SQLite");
}

int store_write(struct store *store, const uint8_t *batch, size_t size)
{
	return 0;
}

void store_clean(struct store *store)
{
}

bool store_wants_cleaning(const struct store *store)
{
	return false;
}
