/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#include <stdlib.h>

struct places {
	size_t count;
	struct place list[]; /* sorted by number */
};

static int by_number(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return one->number < other->number ? -1 : one->number > other->number;
}

/* All packet numbers of all alerts, sorted, once each. */
static struct places *wanted(struct alerts *alerts)
{
	size_t alert_count, count = 0, kept = 0;
	const struct alert *const *list = alerts_list(alerts, &alert_count);
	struct places *places =
		calloc(1, sizeof(*places) + alert_count * ALERT_EVIDENCE * sizeof(places->list[0]));

	if (!places)
		return NULL;
	for (size_t i = 0; i < alert_count; i++) {
		for (unsigned k = 0; k < list[i]->packet_count; k++)
			places->list[count++].number = list[i]->packets[k];
	}
	qsort(places->list, count, sizeof(places->list[0]), by_number);
	for (size_t i = 0; i < count; i++) {
		if (!kept || places->list[kept - 1].number != places->list[i].number)
			places->list[kept++] = places->list[i];
	}
	places->count = kept;
	return places;
}

struct places *places_find(struct capture *capture, bool filtered, struct alerts *alerts)
{
	struct places *places;
	struct capture_reader *reader;
	struct frame frame;
	size_t at = 0;

	if (capture_is_stream(capture) || (capture_file_count(capture) == 1 && !filtered))
		return NULL;
	places = wanted(alerts);
	reader = places && places->count ? capture_reader_create(capture, NULL) : NULL;
	while (reader && at < places->count && capture_next(reader, &frame) == CAPTURE_FRAME) {
		if (frame.number != places->list[at].number)
			continue;
		places->list[at].path = capture_file(capture, frame.file)->path;
		places->list[at].file_number = frame.file_number;
		at++;
	}
	capture_reader_destroy(reader);
	return places;
}

void places_free(struct places *places)
{
	free(places);
}

const struct place *places_of(const struct places *places, uint64_t number)
{
	struct place key = {.number = number};
	const struct place *place;

	if (!places)
		return NULL;
	place = bsearch(&key, places->list, places->count, sizeof(key), by_number);
	return place && place->path ? place : NULL;
}
