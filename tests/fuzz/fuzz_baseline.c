/* SPDX-License-Identifier: Apache-2.0
 *
 * A baseline from anybody: it is refused with one line, or what is written of it reads back to the
 * same bytes. Then a shard that has it is told operations made of the same bytes: names that are in it
 * by chance or mutation, and any numbers; it judges, learns, and what it gives back is a document again.
 */
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct baseline *site, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out || !baseline_write(site, out) || fclose(out) != 0)
		abort();
	return text;
}

/* Reads back to the same bytes: the document of it. */
static struct baseline *again(const struct baseline *site)
{
	size_t first_size, second_size;
	char *first = written(site, &first_size), *second;
	struct error err = {0};
	struct baseline *read = baseline_parse("again", first, first_size, &err);

	if (!read)
		abort();
	second = written(read, &second_size);
	if (first_size != second_size || memcmp(first, second, first_size) != 0)
		abort();
	free(first);
	free(second);
	return read;
}

static unsigned one_shard(const struct bt_addr *a, const struct bt_addr *b)
{
	return 0;
}

/* ---- operations ---- */

/* One access: what it is in a byte, then a name of up to 63 bytes or of 300, then numbers. */
static struct bt_access access_of(struct bt_cursor *bytes, double numbers[4])
{
	static const char *const spaces[] = {"word", "topic", "node", NULL};
	uint8_t kind = cur_u8(bytes), size = cur_u8(bytes);
	struct bt_access access = {
		.act = (enum bt_act)(kind % BT_ACT_COUNT),
		.space = spaces[kind >> 6],
		.first = size,
		.count = kind & 1,
		.name = cur_take_upto(bytes, size & 0x40 ? 300 : size & 0x3f),
	};

	for (unsigned i = 0; i < 4; i++)
		cur_copy(bytes, &numbers[i], sizeof(numbers[i]));
	access.values = bt_numbers(numbers, size % 5);
	return access;
}

static void operate(struct learn *learn, struct learn_pair *pair, struct bt_cursor bytes)
{
	struct finding findings[4];

	while (cur_left(&bytes)) {
		double numbers[3][4];
		struct bt_access accesses[3];
		uint8_t what = cur_u8(&bytes), function = cur_u8(&bytes);
		struct bt_operation op = {.unit = what & 8 ? BT_NO_UNIT : 1,
					  .function = function % 8, .name = "set",
					  .by_server = what & 16, .result = what & 3, .error = 2,
					  .accesses = accesses, .access_count = what >> 5};

		if (op.access_count > 3)
			op.access_count = 3;
		for (unsigned i = 0; i < op.access_count; i++) {
			accesses[i] = access_of(&bytes, numbers[i]);
			if (accesses[i].act > op.act)
				op.act = accesses[i].act;
		}
		for (unsigned n = learn_operation(learn, pair, NULL, &op, findings, 4); n--;)
			if (!findings[n].name[0] || !findings[n].seen[0] || !findings[n].expected[0])
				abort();
	}
}

static void live(const struct baseline *site, struct bt_cursor bytes)
{
	struct learn *learn = learn_create(site, 1, one_shard, LEARN_JUDGE);
	struct bt_flow flow = {.client_port = 50123, .server_port = 502, .ip_proto = 6,
			       .transport = BT_OVER_TCP, .server_proven = true};
	struct baseline *all = baseline_create();
	struct learn_pair *pair;
	struct finding finding;
	bool found;

	if (!learn || !all || !text_parse_addr("10.0.0.5", &flow.client) ||
	    !text_parse_addr("10.0.0.10", &flow.server))
		abort();
	pair = learn_protocol(learn, &flow, "plcnet", 1000000, &finding, &found);
	operate(learn, pair, bytes);
	learn_destroy(learn);
	learn = learn_create(site, 1, one_shard, LEARN_LEARN);
	if (!learn)
		abort();
	pair = learn_protocol(learn, &flow, "plcnet", 1000000, &finding, &found);
	operate(learn, pair, bytes);
	operate(learn, pair, bytes);
	learn_set_mode(learn, LEARN_JUDGE);
	operate(learn, pair, bytes);
	learn_export(learn, all);
	baseline_destroy(again(all));
	learn_destroy(learn);
	baseline_destroy(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {0};
	struct baseline *site = baseline_parse("fuzz", (const char *)data, size, &err), *same;

	if (!site) {
		if (!err.text[0] || strchr(err.text, '\n'))
			abort();
		return 0;
	}
	same = again(site);
	live(same, cur_of(data, size));
	baseline_destroy(same);
	baseline_destroy(site);
	return 0;
}
