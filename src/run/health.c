/* SPDX-License-Identifier: Apache-2.0 */
#include "health.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alert.h"
#include "text.h"

#define WINDOW_NS SECONDS(60)     /* over which shares are reckoned */
#define TELL_AGAIN_NS SECONDS(60) /* while it lasts */
#define SILENT_NS SECONDS(60)     /* so long nothing comes from an interface that is up */

enum {
	LOW = 2,
	MEDIUM = 3,
	HIGH = 4,
	MUCH_LOST = 100, /* frames, and one in so many: then loss is more than a hiccup */
	ONE_WAY_MIN = 100, /* TCP packets that say something, at least */
	ONE_WAY_SHARE = 10, /* one in so many of them */
};

/* Each looks at one thing and says how bad it is; 0: well. What was seen goes into `seen`. */
typedef uint8_t look(const struct health *health, const struct eve_stats *stats, unsigned interface,
		     char seen[FINDING_LINE]);

static look no_traffic, packets_lost, interface_down, one_way, clock_jump;

static const struct {
	const char *name, *title, *expected;
	look *look;
	bool of_interface;
	int64_t well_ns; /* so long it must have been well to be over */
} conditions[HEALTH_COUNT] = {
	[HEALTH_NO_TRAFFIC] = {"health.no_traffic", "No traffic on a sensor interface",
			       "frames: a mirror port of a living network is never silent for a minute",
			       no_traffic, true, SECONDS(60)},
	[HEALTH_PACKETS_LOST] = {"health.packets_lost", "The sensor lost packets",
				 "every frame of the mirror port looked at", packets_lost, true,
				 SECONDS(600)},
	[HEALTH_INTERFACE_DOWN] = {"health.interface_down", "A sensor interface is down",
				   "the interface up, with a cable that carries", interface_down, true,
				   SECONDS(60)},
	[HEALTH_ONE_WAY] = {"health.one_way", "The sensor sees one direction of conversations only",
			    "both directions of each TCP connection", one_way, false, SECONDS(60)},
	[HEALTH_CLOCK_JUMP] = {"health.clock_jump", "The sensor's clock was set",
			       "a clock that runs evenly (NTP moves it by less than half a second)",
			       clock_jump, false, SECONDS(600)},
};

static int64_t silence(const struct health *health, unsigned interface)
{
	return health->steady_ns - health->interfaces[interface].spoke_ns;
}

static int in_seconds(int64_t ns)
{
	return (int)(ns / SECONDS(1));
}

static uint8_t no_traffic(const struct health *health, const struct eve_stats *stats,
			  unsigned interface, char seen[FINDING_LINE])
{
	const struct eve_interface *is = &stats->interfaces[interface];

	if (!is->is_up || silence(health, interface) < SILENT_NS)
		return 0;
	snprintf(seen, FINDING_LINE, "%s is up, and no frame came for %d s", is->name,
		 in_seconds(silence(health, interface)));
	return HIGH;
}

static uint64_t lost(const struct eve_interface *is)
{
	return is->dropped + is->missed;
}

static uint8_t packets_lost(const struct health *health, const struct eve_stats *stats,
			    unsigned interface, char seen[FINDING_LINE])
{
	const struct health_interface *was = &health->interfaces[interface];
	const struct eve_interface *is = &stats->interfaces[interface];
	uint64_t missing = lost(is) - was->window_lost;
	uint64_t all = is->packets - was->window_packets + missing;

	if (lost(is) == was->lost)
		return 0;
	snprintf(seen, FINDING_LINE,
		 "%" PRIu64 " of %" PRIu64 " frames on %s in %d s were lost (since the start: %" PRIu64
		 " came faster than they were read, %" PRIu64 " the adapter could not hand over)",
		 missing, all, is->name, in_seconds(health->steady_ns - health->window_ns) + 1,
		 is->dropped, is->missed);
	return missing >= MUCH_LOST && missing >= all / MUCH_LOST ? MEDIUM : LOW;
}

static uint8_t interface_down(const struct health *health, const struct eve_stats *stats,
			      unsigned interface, char seen[FINDING_LINE])
{
	const struct eve_interface *is = &stats->interfaces[interface];

	if (is->is_up)
		return 0;
	snprintf(seen, FINDING_LINE, "%s %s", is->name,
		 is->is_removed ? "was removed or renamed, and is waited for"
				: "is down or has no carrier");
	return HIGH;
}

static uint8_t one_way(const struct health *health, const struct eve_stats *stats, unsigned interface,
		       char seen[FINDING_LINE])
{
	if (!health->was_one_way)
		return 0;
	snprintf(seen, FINDING_LINE,
		 "TCP connections that go on for long show one direction only: %" PRIu64 " of %" PRIu64
		 " of their packets since the start",
		 stats->one_way_packets, stats->tcp_packets);
	return MEDIUM;
}

static uint8_t clock_jump(const struct health *health, const struct eve_stats *stats,
			  unsigned interface, char seen[FINDING_LINE])
{
	if (stats->clock_steps == health->clock_steps)
		return 0;
	snprintf(seen, FINDING_LINE, "the clock was set %s by %.3f s",
		 stats->clock_step_ns < 0 ? "back" : "forward",
		 (double)(stats->clock_step_ns < 0 ? -stats->clock_step_ns : stats->clock_step_ns) / 1e9);
	return LOW;
}

/* ---- one condition ---- */

static void tell(struct health *health, enum health_kind kind, struct health_condition *condition,
		 uint8_t severity, const char *object)
{
	struct finding *finding = &health->finding;

	finding->source = FINDING_FROM_SENSOR;
	finding->severity = severity;
	finding->unit = BT_NO_UNIT;
	finding->time_ns = health->now_ns;
	snprintf(finding->name, sizeof(finding->name), "%s", conditions[kind].name);
	snprintf(finding->title, sizeof(finding->title), "%s", conditions[kind].title);
	snprintf(finding->expected, sizeof(finding->expected), "%s", conditions[kind].expected);
	snprintf(finding->object, sizeof(finding->object), "%s", object);
	condition->identity = alert_identity(finding);
	if (!condition->is_open || severity > condition->severity)
		condition->severity = severity;
	condition->is_open = true;
	condition->told_ns = health->steady_ns;
	health->raise(health->owner, finding);
}

static void look_at(struct health *health, const struct eve_stats *stats, enum health_kind kind,
		    unsigned interface)
{
	struct health_condition *condition = &health->conditions[kind][interface];
	uint8_t severity;

	memset(&health->finding, 0, offsetof(struct finding, detail));
	severity = conditions[kind].look(health, stats, interface, health->finding.seen);
	if (severity) {
		condition->bad_ns = health->steady_ns;
		if (!condition->is_open || severity > condition->severity ||
		    health->steady_ns - condition->told_ns >= TELL_AGAIN_NS)
			tell(health, kind, condition, severity,
			     conditions[kind].of_interface ? stats->interfaces[interface].name : "");
	} else if (condition->is_open &&
		   health->steady_ns - condition->bad_ns >= conditions[kind].well_ns) {
		condition->is_open = false;
		health->close(health->owner, condition->identity);
	}
}

/* ---- what it was, for the next time ---- */

static void hear(struct health *health, const struct eve_stats *stats)
{
	bool is_first = !health->window_ns;

	if (is_first)
		health->window_ns = health->steady_ns;
	for (unsigned i = 0; i < stats->interface_count; i++) {
		struct health_interface *was = &health->interfaces[i];

		if (is_first || stats->interfaces[i].packets != was->packets)
			was->spoke_ns = health->steady_ns;
	}
}

static void begin_window(struct health *health, const struct eve_stats *stats)
{
	uint64_t packets = stats->tcp_packets - health->tcp_packets;
	uint64_t alone = stats->one_way_packets - health->one_way_packets;

	health->was_one_way = packets >= ONE_WAY_MIN && alone >= packets / ONE_WAY_SHARE;
	health->tcp_packets = stats->tcp_packets;
	health->one_way_packets = stats->one_way_packets;
	health->window_ns = health->steady_ns;
	for (unsigned i = 0; i < stats->interface_count; i++) {
		health->interfaces[i].window_packets = stats->interfaces[i].packets;
		health->interfaces[i].window_lost = lost(&stats->interfaces[i]);
	}
}

static void remember(struct health *health, const struct eve_stats *stats)
{
	health->clock_steps = stats->clock_steps;
	for (unsigned i = 0; i < stats->interface_count; i++) {
		health->interfaces[i].packets = stats->interfaces[i].packets;
		health->interfaces[i].lost = lost(&stats->interfaces[i]);
	}
	if (health->steady_ns - health->window_ns >= WINDOW_NS)
		begin_window(health, stats);
}

void health_silence(const struct health *health, struct eve_stats *stats)
{
	for (unsigned i = 0; i < stats->interface_count; i++)
		stats->interfaces[i].silent_ns = silence(health, i);
}

void health_look(struct health *health, struct eve_stats *stats, int64_t now_ns, int64_t steady_ns)
{
	health->now_ns = now_ns;
	health->steady_ns = steady_ns;
	hear(health, stats);
	for (unsigned kind = 0; kind < HEALTH_COUNT; kind++) {
		unsigned count = conditions[kind].of_interface ? stats->interface_count : 1;

		for (unsigned i = 0; i < count; i++)
			look_at(health, stats, kind, i);
	}
	health_silence(health, stats);
	remember(health, stats);
}

unsigned health_list(const struct health *health, const struct eve_stats *stats,
		     struct metrics_condition list[METRICS_CONDITIONS_MAX])
{
	unsigned listed = 0;

	_Static_assert(HEALTH_COUNT * INTERFACES_MAX <= METRICS_CONDITIONS_MAX, "there is room for all");
	for (unsigned kind = 0; kind < HEALTH_COUNT; kind++) {
		bool of_interface = conditions[kind].of_interface;

		for (unsigned i = 0; i < (of_interface ? stats->interface_count : 1); i++)
			list[listed++] = (struct metrics_condition){
				.name = strchr(conditions[kind].name, '.') + 1,
				.interface = of_interface ? stats->interfaces[i].name : "",
				.is_open = health->conditions[kind][i].is_open,
			};
	}
	return listed;
}
