/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <stdlib.h>

struct evidence {
	size_t count;
	struct evidence_place places[]; /* sorted by number */
};

static int by_number(const void *a, const void *b)
{
	const struct evidence_place *one = a, *other = b;

	return one->number < other->number ? -1 : one->number > other->number;
}

/* All packet numbers of all alerts, sorted, once each. */
static struct evidence *wanted(struct alerts *alerts)
{
	size_t alert_count, count = 0, kept = 0;
	const struct alert *const *list = alerts_list(alerts, &alert_count);
	struct evidence *evidence =
		calloc(1, sizeof(*evidence) + alert_count * ALERT_EVIDENCE * sizeof(evidence->places[0]));

	if (!evidence)
		return NULL;
	for (size_t i = 0; i < alert_count; i++) {
		for (unsigned k = 0; k < list[i]->packet_count; k++)
			evidence->places[count++].number = list[i]->packets[k];
	}
	qsort(evidence->places, count, sizeof(evidence->places[0]), by_number);
	for (size_t i = 0; i < count; i++) {
		if (!kept || evidence->places[kept - 1].number != evidence->places[i].number)
			evidence->places[kept++] = evidence->places[i];
	}
	evidence->count = kept;
	return evidence;
}

struct evidence *evidence_find(struct capture *capture, bool filtered, struct alerts *alerts)
{
	struct evidence *evidence;
	struct capture_reader *reader;
	struct frame frame;
	size_t at = 0;

	if (capture_is_stream(capture) || (capture_file_count(capture) == 1 && !filtered))
		return NULL;
	evidence = wanted(alerts);
	reader = evidence && evidence->count ? capture_reader_create(capture, NULL) : NULL;
	while (reader && at < evidence->count && capture_next(reader, &frame) == CAPTURE_FRAME) {
		if (frame.number != evidence->places[at].number)
			continue;
		evidence->places[at].path = capture_file(capture, frame.file)->path;
		evidence->places[at].file_number = frame.file_number;
		at++;
	}
	capture_reader_destroy(reader);
	return evidence;
}

void evidence_free(struct evidence *evidence)
{
	free(evidence);
}

const struct evidence_place *evidence_of(const struct evidence *evidence, uint64_t number)
{
	struct evidence_place key = {.number = number};
	const struct evidence_place *place;

	if (!evidence)
		return NULL;
	place = bsearch(&key, evidence->places, evidence->count, sizeof(key), by_number);
	return place && place->path ? place : NULL;
}
