/* SPDX-License-Identifier: Apache-2.0 */
#include "damper.h"

#include <stdlib.h>

enum {
	PLACES = 256, /* a power of two */
	WHOLE = 4,    /* findings of an identity that are sent whole: alerts keep that much evidence */
};

struct place {
	uint64_t identity;
	uint64_t first_packet;
	uint64_t count; /* in all */
	struct news_repeat unsent;
	uint8_t severity; /* of what was sent whole: what is worse is sent whole too */
	bool listed;
};

struct damper {
	struct place places[PLACES];
	unsigned dirty[PLACES]; /* places with something unsent */
	size_t dirty_count;
};

struct damper *damper_create(void)
{
	return calloc(1, sizeof(struct damper));
}

void damper_destroy(struct damper *damper)
{
	free(damper);
}

static void send(struct place *place, struct news_writer *news)
{
	if (place->unsent.count)
		news_post(news, NEWS_REPEAT, &place->unsent, sizeof(place->unsent));
	place->unsent.count = 0;
	place->unsent.seen = 0;
}

bool damper_pass(struct damper *damper, struct news_writer *news, uint64_t identity,
		 const struct finding *finding)
{
	unsigned index = (unsigned)identity & (PLACES - 1);
	struct place *place = &damper->places[index];

	if (place->identity != identity || !place->count) {
		bool listed = place->listed;

		send(place, news);
		*place = (struct place){
			.identity = identity, .first_packet = finding->packet, .listed = listed};
	}
	if (++place->count <= WHOLE || finding->severity > place->severity) {
		place->severity = finding->severity;
		return true;
	}
	place->unsent.identity = identity;
	place->unsent.count++;
	place->unsent.last_ns = finding->time_ns;
	place->unsent.packet = finding->packet;
	place->unsent.seen |= finding->flow.seen;
	if (!place->listed) {
		place->listed = true;
		damper->dirty[damper->dirty_count++] = index;
	}
	return false;
}

size_t damper_due(struct damper *damper, struct damper_due *due, size_t cap)
{
	size_t count = 0;

	while (count < cap && damper->dirty_count) {
		unsigned index = damper->dirty[--damper->dirty_count];
		struct place *place = &damper->places[index];

		place->listed = false;
		if (place->unsent.count)
			due[count++] = (struct damper_due){damper, place->first_packet, index};
	}
	return count;
}

void damper_report(const struct damper_due *due, struct news_writer *news)
{
	send(&due->damper->places[due->place], news);
}
