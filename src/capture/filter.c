/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiled programs are a list that only grows: readers walk it without a lock, and take one
 * only for a link type that nobody has met before.
 */
#include "filter.h"

#include <pcap/pcap.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "linktype.h"

enum {
	FILTER_SNAP_BYTES = 256 << 10,
};

struct program {
	struct program *next;
	int link;
	struct bpf_program code;
};

struct filter {
	struct program *_Atomic programs;
	pthread_mutex_t compiling;
	char expression[];
};

struct filter *filter_create(const char *expression)
{
	size_t size = strlen(expression) + 1;
	struct filter *filter = calloc(1, sizeof(*filter) + size);

	if (!filter)
		return NULL;
	pthread_mutex_init(&filter->compiling, NULL);
	memcpy(filter->expression, expression, size);
	return filter;
}

void filter_destroy(struct filter *filter)
{
	struct program *program, *next;

	if (!filter)
		return;
	for (program = filter->programs; program; program = next) {
		next = program->next;
		pcap_freecode(&program->code);
		free(program);
	}
	pthread_mutex_destroy(&filter->compiling);
	free(filter);
}

static struct program *find(const struct filter *filter, int link)
{
	struct program *program = atomic_load_explicit(&filter->programs, memory_order_acquire);

	while (program && program->link != link)
		program = program->next;
	return program;
}

static struct program *compile(struct filter *filter, int link, struct error *err)
{
	struct program *program = calloc(1, sizeof(*program));
	pcap_t *dead = pcap_open_dead(link, FILTER_SNAP_BYTES);
	char name[64];

	if (!program || !dead) {
		error_set(err, "no memory");
	} else if (pcap_compile(dead, &program->code, filter->expression, 1, PCAP_NETMASK_UNKNOWN) <
		   0) {
		linktype_name(name, sizeof(name), link);
		error_set(err, "filter \"%s\" on link type %s: %s", filter->expression, name,
			  pcap_geterr(dead));
	} else {
		pcap_close(dead);
		program->link = link;
		return program;
	}
	if (dead)
		pcap_close(dead);
	free(program);
	return NULL;
}

static struct program *program_for(struct filter *filter, int link, struct error *err)
{
	struct program *program = find(filter, link);

	if (program)
		return program;
	pthread_mutex_lock(&filter->compiling);
	program = find(filter, link);
	if (!program) {
		program = compile(filter, link, err);
		if (program) {
			program->next = filter->programs;
			atomic_store_explicit(&filter->programs, program, memory_order_release);
		}
	}
	pthread_mutex_unlock(&filter->compiling);
	return program;
}

enum filter_verdict filter_judge(struct filter *filter, const struct frame *frame,
				 struct error *err)
{
	const struct program *program = program_for(filter, frame->link, err);
	struct pcap_pkthdr header = {.caplen = frame->captured, .len = frame->wire};

	if (!program)
		return FILTER_BAD;
	return pcap_offline_filter(&program->code, &header, frame->data) ? FILTER_PASS
									 : FILTER_DROP;
}

bool filter_check(struct filter *filter, int link, struct error *err)
{
	return program_for(filter, link, err);
}
