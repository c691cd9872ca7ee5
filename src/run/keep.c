/* SPDX-License-Identifier: Apache-2.0 */
#include "keep.h"

#include <time.h>

#include "kept.h"
#include "limits.h"
#include "steady.h"

enum {
	ALERTS_A_SECOND = 64,
	DEVICES_A_SECOND = 256,
	PEERS_A_SECOND = 256,
};

#define HOLD_NS  MILLISECONDS(400) /* a line waits so long for its record, which takes some milliseconds */
#define LOOK_NS  SECONDS(1)
#define CLOCK_NS SECONDS(10)
#define SWEEP_NS SECONDS(60) /* between two passes over counters */
#define END_NS   SECONDS(10) /* at the end so long is waited for the disk */

/* At the cap of alerts: whoever made room is over as far as we know. */
static void on_forget(void *owner, uint64_t identity)
{
	struct keep *keep = owner;
	uint8_t key[8];

	state_drop(keep->state, STATE_ALERTS, kept_key(identity, key));
	state_drop(keep->state, STATE_UNTOLD, kept_key(identity, key));
}

bool keep_read_clock(struct state *state, struct keep_clock *clock, struct error *err)
{
	*clock = (struct keep_clock){0};
	return !state || kept_read_clock(state, clock, err);
}

bool keep_open(struct keep *keep, struct state *state, struct alerts *alerts, struct assets *assets,
	       struct error *err)
{
	keep->state = state;
	keep->alerts = alerts;
	keep->assets = assets;
	if (!state)
		return true;
	if (!kept_read_clock(state, &keep->clock, err) || !kept_read(keep, err))
		return false;
	keep->before = keep->clock;
	alerts_on_forget(alerts, on_forget, keep);
	if (keep->learns)
		assets_save_all(assets); /* what was known before it learned belongs to the site as well */
	return true;
}

struct untold {
	struct keep *keep;
	void (*tell)(void *owner, const struct alert *alert);
	void *owner;
};

static bool take_untold(void *owner, struct bt_cursor key, struct bt_cursor value)
{
	struct untold *untold = owner;
	struct bt_cursor at = key;
	const struct alert *alert = alerts_find(untold->keep->alerts, cur_u64be(&at));

	if (alert)
		untold->tell(untold->owner, alert);
	else
		state_drop(untold->keep->state, STATE_UNTOLD, key);
	return true;
}

bool keep_each_untold(struct keep *keep, void (*tell)(void *owner, const struct alert *alert),
		      void *owner, struct error *err)
{
	struct untold untold = {keep, tell, owner};

	return !keep->state || state_each(keep->state, STATE_UNTOLD, take_untold, &untold, err);
}

/* ---- alerts and the log ---- */

bool keep_telling(struct keep *keep, const struct alert *alert)
{
	uint8_t key[8];

	if (!keep->state)
		return true;
	if (keep->told_count == KEEP_TOLD_MAX)
		return false;
	if (!kept_put_alert(keep, alert))
		return true; /* no room: it is told all the same */
	state_put(keep->state, STATE_UNTOLD, kept_key(alert_number(alert), key), cur_of(NULL, 0));
	keep->mark = state_hurry(keep->state);
	if (!keep->told_count)
		keep->held_ns = steady_ns();
	keep->told[keep->told_count++] = alert_number(alert);
	return true;
}

bool keep_may_write(const struct keep *keep)
{
	return !keep->told_count || state_has(keep->state, keep->mark) ||
	       steady_ns() - keep->held_ns >= HOLD_NS;
}

static void note_told(struct keep *keep, uint64_t identity)
{
	uint8_t room[8];
	struct bt_cursor key = kept_key(identity, room);

	/* in this order: the other way round, a kill in between would leave what nobody drops */
	if (!alerts_open(keep->alerts, identity))
		state_drop(keep->state, STATE_ALERTS, key);
	state_drop(keep->state, STATE_UNTOLD, key);
}

void keep_is_told(struct keep *keep, const struct alert *alert)
{
	note_told(keep, alert_number(alert));
}

void keep_written(struct keep *keep)
{
	for (unsigned i = 0; i < keep->told_count; i++)
		note_told(keep, keep->told[i]);
	if (keep->told_count)
		state_hurry(keep->state);
	keep->told_count = 0;
}

void keep_unwritten(struct keep *keep, const struct alert *alert)
{
	if (!alert)
		keep->told_count = 0;
	else if (keep->told_count && keep->told[keep->told_count - 1] == alert_number(alert))
		keep->told_count--;
}

int64_t keep_began(const struct keep *keep, int64_t first_ns)
{
	const struct keep_clock *before = &keep->before;
	int64_t back_ns = before->last_ns > first_ns ? before->last_ns - first_ns : 0;

	return before->first_ns ? before->first_ns - back_ns : first_ns;
}

/* ---- what changed ---- */

static bool put_changed_alert(struct keep *keep)
{
	const struct alert *alert = alerts_take_changed(keep->alerts);

	if (alert)
		kept_put_alert(keep, alert);
	return alert != NULL;
}

static bool put_changed_device(struct keep *keep)
{
	const struct asset *asset = assets_take_unsaved(keep->assets);

	if (asset)
		kept_put_device(keep, asset);
	return asset != NULL;
}

/* Alerts before devices: a device that nobody expected is told of once, when it is new. False: there is
 * nothing more. */
static bool put_changes(struct keep *keep)
{
	static const struct {
		bool (*put)(struct keep *keep);
		unsigned at_once;
	} kinds[] = {{put_changed_alert, ALERTS_A_SECOND},
		     {put_changed_device, DEVICES_A_SECOND},
		     {kept_put_peers, PEERS_A_SECOND}};
	bool more = false;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		bool any = true;

		for (unsigned i = 0; i < kinds[k].at_once && any && state_has_room(keep->state); i++)
			any = kinds[k].put(keep);
		more |= any;
	}
	return more;
}

void keep_look(struct keep *keep, int64_t now_ns, const struct keep_clock *clock)
{
	if (!keep->state || now_ns < keep->look_due_ns || !state_has_room(keep->state))
		return;
	keep->look_due_ns = now_ns + LOOK_NS;
	if (now_ns >= keep->sweep_due_ns) {
		keep->sweep_due_ns = now_ns + SWEEP_NS;
		assets_sweep(keep->assets);
	}
	put_changes(keep);
	if (now_ns >= keep->clock_due_ns) {
		keep->clock_due_ns = now_ns + CLOCK_NS;
		kept_put_clock(keep, clock);
	}
}

bool keep_learned(struct keep *keep)
{
	if (put_changes(keep))
		return false;
	keep->learns = false;
	return true;
}

void keep_end(struct keep *keep, const struct keep_clock *clock)
{
	const struct timespec moment = {.tv_nsec = MILLISECONDS(5)};
	int64_t end_ns = steady_ns() + END_NS;

	if (!keep->state)
		return;
	assets_sweep(keep->assets);
	kept_put_clock(keep, clock);
	do {
		while (!state_has_room(keep->state) && steady_ns() < end_ns) {
			state_hurry(keep->state);
			nanosleep(&moment, NULL);
		}
	} while (put_changes(keep) && steady_ns() < end_ns);
}
