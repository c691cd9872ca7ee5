/* SPDX-License-Identifier: Apache-2.0
 *
 * What all walks share: how they begin, how they end, and how the pages turn.
 */
#include "walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "linktype.h"

enum {
	PCAP_HEADER = 24,
	/* Many files offer a frame long before it is their turn: only one that is read further has
	 * its window paged in. */
	FIRST_PAGES = 64 << 10,
};

/* Of a file that was refused when it was opened. */
static bool walk_nothing(struct walk *walk, struct frame *frame)
{
	return false;
}

void walk_init(struct walk *walk, struct member *member, bool (*supported)(int dlt))
{
	*walk = (struct walk){
		.member = member,
		.supported = supported,
		.next = walk_libpcap,
		.window_end = FIRST_PAGES,
		.refused = WALK_NONE_REFUSED,
		.end = member->opened,
	};
	if (*member->opened.problem)
		walk->next = walk_nothing;
	if (*member->opened.problem || member->stream)
		return;
	walk->next = walk_pcapng;
	if (member->kind == SNIFF_PCAP) {
		walk->next = walk_pcap;
		walk->offset = member->map.size < PCAP_HEADER ? 0 : PCAP_HEADER;
		walk->link = linktype_to_dlt(member->linktype);
	}
}

void walk_finish(struct walk *walk)
{
	free(walk->interfaces);
	walk->interfaces = NULL;
}

static void leave_before(struct walk *walk, size_t window, unsigned readers)
{
	for (; walk->left_windows < window; walk->left_windows++)
		mapping_leave(&walk->member->map, walk->left_windows, readers);
}

void walk_turn_page(struct walk *walk, unsigned readers)
{
	size_t window = walk->offset / MAPPING_WINDOW;

	if (walk->member->stream)
		return;
	leave_before(walk, window, readers);
	walk->window_end = (window + 1) * MAPPING_WINDOW;
	mapping_enter(&walk->member->map, walk->offset);
}

void walk_leave(struct walk *walk, unsigned readers)
{
	if (!walk->member->stream)
		leave_before(walk, walk->member->map.size / MAPPING_WINDOW + 1, readers);
}

bool walk_cut(struct walk *walk, uint64_t at)
{
	walk->end.cut = true;
	walk->end.cut_at = at;
	return false;
}

bool walk_broken(struct walk *walk, uint64_t at, const char *format, ...)
{
	char *text = walk->end.problem;
	size_t size = sizeof(walk->end.problem);
	va_list args;
	int used;

	va_start(args, format);
	used = vsnprintf(text, size, format, args);
	va_end(args);
	if (used >= 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ", at byte %llu",
			 (unsigned long long)at);
	return false;
}

bool walk_refuse(struct walk *walk, uint64_t at, int dlt)
{
	char name[64];

	linktype_name(name, sizeof(name), dlt);
	walk->refused = dlt;
	return walk_broken(walk, at, "link type %s is not supported", name);
}
