/* SPDX-License-Identifier: Apache-2.0
 *
 * The sensor about itself: what it could not see, as alerts. Runs in the reporter, once a second, on the
 * workers' counts added up. Each condition is one alert as long as it lasts (told again once a minute,
 * so that its count is minutes), and is closed when it has been well for a while: whatever goes up
 * and down all day is not a flood. The thresholds are in health.c, docs/alerts.md explains them.
 *
 * Durations are measured on a clock that nobody sets (run/clock.h).
 */
#ifndef RUN_HEALTH_H
#define RUN_HEALTH_H

#include "board.h"
#include "eve.h"
#include "finding.h"

enum health_kind {
	HEALTH_NO_TRAFFIC, /* the first three: of each interface */
	HEALTH_PACKETS_LOST,
	HEALTH_INTERFACE_DOWN,
	HEALTH_ONE_WAY,
	HEALTH_CLOCK_JUMP,
	HEALTH_COUNT,
};

struct health_condition {
	bool is_open;
	uint8_t severity;       /* as told */
	int64_t bad_ns, told_ns; /* when it was bad, was told of, for the last time */
	uint64_t identity;      /* of its alert */
};

struct health_interface {
	uint64_t packets, lost; /* so far */
	uint64_t window_packets, window_lost; /* when the window began */
	int64_t spoke_ns; /* when its last frame came */
};

struct health {
	void (*raise)(void *owner, const struct finding *finding);
	void (*close)(void *owner, uint64_t identity); /* alert_identity() of what was raised */
	void *owner;

	int64_t now_ns, steady_ns; /* packet time, for the alerts; the other for durations */
	int64_t window_ns;         /* when it began; 0: nothing was looked at before */
	struct health_interface interfaces[INTERFACES_MAX];
	uint64_t tcp_packets, one_way_packets; /* when the window began */
	bool was_one_way; /* in the window before */
	uint64_t clock_steps;
	struct health_condition conditions[HEALTH_COUNT][INTERFACES_MAX];
	struct finding finding; /* scratch */
};

/* `stats`: of all workers. Fills in for how long each interface has been silent. */
void health_look(struct health *health, struct eve_stats *stats, int64_t now_ns, int64_t steady_ns);
/* The last alone, as of the last look. */
void health_silence(const struct health *health, struct eve_stats *stats);
/* Each condition, and whether its alert is open. How many. */
unsigned health_list(const struct health *health, const struct eve_stats *stats,
		     struct metrics_condition list[METRICS_CONDITIONS_MAX]);

#endif
