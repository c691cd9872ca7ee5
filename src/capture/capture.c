/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and closing a capture. What can be known to be wrong is known here, before the analysis
 * begins: missing files, other files, link types nobody decodes, filters that mean nothing.
 */
#include "capture.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture_memory.h"
#include "find.h"
#include "linktype.h"
#include "set.h"
#include "walk.h"

enum {
	PEEK_FRAMES = 16, /* of each file, to find unsupported link types before the start */
};

static bool any_link(int dlt)
{
	return true;
}

static struct capture *create(const char *filter, bool (*supported)(int dlt), struct error *err)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (!capture) {
		error_set(err, "no memory");
		return NULL;
	}
	capture->supported = supported ? supported : any_link;
	if (filter) {
		capture->filter = filter_create(filter);
		if (!capture->filter) {
			free(capture);
			error_set(err, "no memory");
			return NULL;
		}
	}
	return capture;
}

static bool refuse(struct error *err, const char *path, const struct error *why)
{
	return error_set(err, "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path, why->text);
}

/* Streams cannot be looked at twice, but libpcap knows their one link type from the start. */
static bool peek_stream(struct capture *capture, struct member *member, struct error *why)
{
	int link = pcap_datalink(member->stream);

	if (!capture->supported(link))
		return linktype_refuse(why, link, capture->supported);
	return !capture->filter || filter_check(capture->filter, link, why);
}

static bool peek_mapped(struct capture *capture, struct member *member, struct error *why)
{
	struct walk walk;
	struct frame frame;
	bool fine = true;

	walk_init(&walk, member, capture->supported);
	while (fine && walk.end.packets < PEEK_FRAMES && walk_next(&walk, &frame))
		if (capture->filter)
			fine = filter_check(capture->filter, frame.link, why);
	if (fine && walk.refused != WALK_NONE_REFUSED)
		fine = linktype_refuse(why, walk.refused, capture->supported);
	walk_finish(&walk);
	return fine;
}

/* Why a member cannot be analysed from its beginning on; false: it cannot. */
static bool peek_member(struct capture *capture, struct member *member, struct error *why)
{
	if (*member->opened.problem)
		return error_set(why, "%s", member->opened.problem);
	return (member->stream ? peek_stream : peek_mapped)(capture, member, why);
}

/* A file that was named must be right; among those of a directory one is enough, and the others' walks
 * will say what is wrong with them. */
static bool peek(struct capture *capture, struct error *err)
{
	bool unknown = false, any = false;

	/* Even a capture without a frame must not hide a mistyped filter. */
	if (capture->filter && !filter_check(capture->filter, DLT_EN10MB, err))
		return false;
	for (size_t i = 0; i < capture->count; i++) {
		struct member *member = &capture->members[i];
		struct error why;

		if (peek_member(capture, member, &why))
			any = true;
		else if (member->named || (!any && i + 1 == capture->count))
			return refuse(err, member->path, &why);
		if (*member->opened.problem)
			continue;
		capture->stream = capture->stream || member->stream;
		capture->bytes += member->opened.size;
		unknown = unknown || member->opened.size == 0;
	}
	if (unknown)
		capture->bytes = 0;
	if (set_lost(capture)) {
		const struct member *lost = atomic_load(&capture->lost);

		return error_set(err, "%s shrank while it was opened", lost->path);
	}
	return true;
}

static bool open_found(struct capture *capture, struct found *found, struct error *err)
{
	capture->members = calloc(found->count, sizeof(*capture->members));
	if (!capture->members)
		return error_set(err, "no memory");
	for (size_t i = 0; i < found->count; i++) {
		struct member *member = &capture->members[i];
		struct found_file *file = &found->files[i];
		struct error why;
		bool fine = !file->failed;

		member->index = (uint32_t)i;
		member->named = file->named;
		if (!fine)
			error_set(&why, "cannot be read: %s", strerror(file->failed));
		else
			fine = member_open(member, file->path, &capture->lost, &why);
		if (!fine && member->named)
			return refuse(err, file->path, &why);
		if (!fine)
			member_refuse(member, file->path, &why);
		file->path = NULL; /* the member's now */
		capture->count++;
	}
	return peek(capture, err);
}

struct capture *capture_open(const char *const *paths, size_t count, const char *filter,
			     bool (*supported)(int dlt), struct error *err)
{
	struct capture *capture;
	struct found found;
	bool fine;

	if (count == 0) {
		error_set(err, "no capture named: a file, a directory, or - for standard input");
		return NULL;
	}
	if (!find_captures(&found, paths, count, err))
		return NULL;
	capture = create(filter, supported, err);
	fine = capture && open_found(capture, &found, err);
	found_finish(&found);
	if (fine)
		return capture;
	capture_close(capture);
	return NULL;
}

struct capture *capture_open_memory(const void *bytes, size_t size, const char *filter,
				    bool (*supported)(int dlt), struct error *err)
{
	struct capture *capture = create(filter, supported, err);

	if (!capture)
		return NULL;
	capture->members = calloc(1, sizeof(*capture->members));
	if (!capture->members) {
		error_set(err, "no memory");
	} else if (member_open_memory(capture->members, bytes, size, err)) {
		capture->members->named = true;
		capture->count = 1;
		if (peek(capture, err))
			return capture;
	}
	capture_close(capture);
	return NULL;
}

bool capture_filter_check(const char *expression, struct error *err)
{
	struct filter *filter = filter_create(expression);
	bool fine = filter ? filter_check(filter, DLT_EN10MB, err) : error_set(err, "no memory");

	filter_destroy(filter);
	return fine;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	for (size_t i = 0; i < capture->count; i++)
		member_close(&capture->members[i]);
	free(capture->members);
	filter_destroy(capture->filter);
	free(capture);
}

bool capture_is_stream(const struct capture *capture)
{
	return capture->stream;
}

uint64_t capture_bytes(const struct capture *capture)
{
	return capture->bytes;
}

size_t capture_file_count(const struct capture *capture)
{
	return capture->count;
}

const struct capture_file *capture_file(const struct capture *capture, size_t index)
{
	return index < capture->count ? member_now(&capture->members[index]) : NULL;
}

bool capture_lost(const struct capture *capture)
{
	return set_lost(capture);
}

const char *capture_lost_path(const struct capture *capture)
{
	const struct member *lost = atomic_load(&capture->lost);

	return lost ? lost->path : NULL;
}
