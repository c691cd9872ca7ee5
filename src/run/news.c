/* SPDX-License-Identifier: Apache-2.0 */
#include "news.h"

enum {
	CACHE_LINE = 64,
	LINE_USUAL = 1536, /* bytes */
};

static void *reserve(struct news_writer *writer, size_t size)
{
	void *at = ring_reserve(writer->ring, size);

	if (at)
		return at;
	writer->waits++;
	return ring_reserve_wait(writer->ring, size);
}

void news_post(struct news_writer *writer, enum news_kind kind, const void *body, size_t size)
{
	struct news head = {writer->packet, writer->origin, kind, (uint32_t)size};
	char *at = reserve(writer, sizeof(head) + size);

	if (!at)
		return;
	memcpy(at, &head, sizeof(head));
	memcpy(at + sizeof(head), body, size);
	ring_commit(writer->ring, sizeof(head) + size);
}

bool news_line_begin(struct news_writer *writer, struct bt_record *rec)
{
	char *at = reserve(writer, RECORD_BYTES_MAX);

	if (!at)
		return false;
	/* Where the reporter read last time: the processor gets it back while the line's head is made. */
	for (size_t ahead = 0; ahead < LINE_USUAL; ahead += CACHE_LINE)
		__builtin_prefetch(at + ahead, 1);
	*rec = (struct bt_record){
		.at = at + sizeof(struct news),
		.cap = RECORD_BYTES_MAX - sizeof(struct news) - 1,
	};
	return true;
}

bool news_line_end(struct news_writer *writer, struct bt_record *rec)
{
	struct news head = {writer->packet, writer->origin, NEWS_LINE, (uint32_t)rec->len + 1};

	if (rec->cut) {
		ring_commit(writer->ring, 0);
		return false;
	}
	memcpy(rec->at - sizeof(head), &head, sizeof(head));
	rec->at[rec->len] = '\n';
	ring_commit(writer->ring, sizeof(head) + rec->len + 1);
	return true;
}
