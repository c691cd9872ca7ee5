/* SPDX-License-Identifier: Apache-2.0
 *
 * One Sparkplug message on its way to become an operation: what sparkplug.c, metrics.c and life.c
 * hand to each other.
 */
#ifndef DISSECTORS_SPARKPLUG_READING_H
#define DISSECTORS_SPARKPLUG_READING_H

#include "private.h"

enum {
	NAMES_BYTES = 16384, /* names of one message's accesses */
	NUMBERS_MAX = 512,   /* values of one message's accesses */
};

/* Commands that Sparkplug itself defines (section 6.4.20); harmless ones first. */
enum control {
	CONTROL_NONE,
	CONTROL_REBIRTH,
	CONTROL_REBOOT,
	CONTROL_NEXT_SERVER,
	CONTROL_COUNT,
};

/* The arrays are many bytes: what is before them is zeroed, and they are not. */
struct reading {
	struct bt_context *ctx;
	const struct sparkplug_message *message;
	struct sparkplug_topic topic;
	struct sparkplug_payload payload;
	struct sparkplug_host host;
	struct sparkplug_edge *edge; /* NULL: no memory, or none's */
	enum control control;
	enum bt_act act; /* the highest of a command's */
	bool has_bd_seq, odd_metric, unknown_alias;
	bool crowded; /* a metric found no room among the accesses */
	uint64_t bd_seq;
	size_t station_bytes; /* of `names`, where the station's name stands */
	unsigned access_count, number_count;
	size_t name_bytes;
	struct bt_access accesses[BT_ACCESSES_MAX];
	double numbers[NUMBERS_MAX];
	char names[NAMES_BYTES];
};

/* metrics.c */
enum bt_act sparkplug_act(const struct reading *reading); /* of a message without commands */
struct bt_station sparkplug_station(const struct reading *reading);
void sparkplug_name_station(struct reading *reading); /* the first name of all */
/* Turns metrics into accesses, and learns from births. */
void sparkplug_metrics(struct reading *reading);
/* The number that a birth shares with its death. */
bool sparkplug_bd_seq(const struct sparkplug_metric *metric, uint64_t *number);

/* life.c */
void sparkplug_check_life(struct reading *reading); /* needs an edge node */
void sparkplug_check_delivery(const struct reading *reading);

#endif
