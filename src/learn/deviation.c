/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways to leave the baseline: name, title, severity and ATT&CK for ICS technique of each.
 */
#include <string.h>

#include "shard.h"
#include "text.h"

struct kind {
	const char *name, *title;
	uint8_t severity;
	const char *technique[2];
	bool needs_whole;
};

static const struct kind kinds[] = {
	[NEW_PAIR] = {"baseline.new_pair", "Two devices talk that never did", 2, {"T0886", ""}, false},
	[NEW_CLIENT] = {"baseline.new_client", "A new client of an industrial device", 4,
			{"T0848", "T0846"}, false},
	[ROLE_FLIP] = {"baseline.role_flip", "A device has changed sides between client and server", 4,
		       {"T0848", "T0884"}, false},
	[OTHER_PROTOCOL] = {"baseline.protocol", "A known service speaks another protocol", 3,
			    {"T0885", ""}, false},
	[NEW_UNIT] = {"baseline.new_unit", "A unit is addressed that never was", 3, {"T0846", ""},
		      false},
	[NEW_FUNCTION] = {"baseline.new_function", "A function is used that never was", 2,
			  {"T0888", ""}, false},
	[NEW_WRITE] = {"baseline.new_write", "Commands from a station that never gave any", 4,
		       {"T0855", "T0836"}, false},
	[NEW_RANGE] = {"baseline.new_range", "Access outside the learned ranges", 2,
		       {"T0861", "T0801"}, false},
	[NEW_NAME] = {"baseline.new_name", "A named thing is accessed that never was", 2,
		      {"T0861", "T0801"}, false},
	[NEW_VALUE] = {"baseline.value", "A written value is outside what is normal", 4,
		       {"T0836", ""}, false},
	[NEW_ERROR] = {"baseline.new_error", "A device refuses with an error it never gave", 2,
		       {"T0888", ""}, true},
};

/* What a server does unasked, where that has another title. */
static const char *const server_titles[] = {
	[NEW_UNIT] = "A unit speaks that never did",
	[NEW_FUNCTION] = "A server does by itself what it never did",
	[NEW_WRITE] = "Commands from a server that never gave any",
	[NEW_ERROR] = NULL,
};

/* Severity and techniques by what was done, where the kind alone does not tell. */
struct by_act {
	uint8_t severity;
	const char *technique[2];
};

static const struct by_act functions[BT_ACT_COUNT] = {
	[BT_ACT_OTHER] = {2, {"T0888", ""}},
	[BT_ACT_SESSION] = {0, {"T0888", ""}},
	[BT_ACT_REPORT] = {2, {"T0801", ""}},
	[BT_ACT_READ] = {2, {"T0801", "T0802"}},
	[BT_ACT_SUBSCRIBE] = {2, {"T0801", "T0802"}},
	[BT_ACT_IDENTIFY] = {2, {"T0888", ""}},
	[BT_ACT_AUTHENTICATE] = {2, {"T0859", ""}},
	[BT_ACT_PUBLISH] = {3, {"T0855", ""}},
	[BT_ACT_WRITE] = {4, {"T0855", "T0836"}},
	[BT_ACT_CONTROL] = {5, {"T0855", "T0858"}},
	[BT_ACT_CONFIGURE] = {5, {"T0836", "T0855"}},
	[BT_ACT_PROGRAM] = {5, {"T0843", "T0845"}},
};

/* What a server reports is its own choice, and often the rare event that it was built for: told, but
 * never an alert. Who made it so has a finding where it was done. */
static const struct by_act objects[BT_ACT_COUNT] = {
	[BT_ACT_SESSION] = {0, {"T0888", ""}},
	[BT_ACT_REPORT] = {0, {"T0801", ""}},
	[BT_ACT_PUBLISH] = {3, {"T0855", ""}},
	[BT_ACT_WRITE] = {4, {"T0836", ""}},
	[BT_ACT_CONTROL] = {5, {"T0836", "T0855"}},
	[BT_ACT_CONFIGURE] = {5, {"T0836", ""}},
	[BT_ACT_PROGRAM] = {5, {"T0836", ""}},
};

static void set_by_act(struct finding *finding, enum deviation kind, enum bt_act act)
{
	bool is_object = kind == NEW_RANGE || kind == NEW_NAME;
	const struct by_act *by;

	if (act >= BT_ACT_COUNT)
		act = BT_ACT_OTHER;
	by = is_object ? &objects[act] : &functions[act];
	if (!by->technique[0])
		return;
	finding->severity = by->severity;
	for (unsigned i = 0; i < 2; i++)
		memcpy(finding->technique[i], by->technique[i], strlen(by->technique[i]) + 1);
}

void deviation_begin(struct finding *finding, enum deviation kind, enum bt_act act, bool by_server)
{
	const struct kind *is = &kinds[kind];

	finding->source = FINDING_FROM_BASELINE;
	finding->name[0] = finding->title[0] = 0;
	finding->object[0] = finding->seen[0] = finding->expected[0] = 0;
	text_add(finding->name, sizeof(finding->name), "%s", is->name);
	text_add(finding->title, sizeof(finding->title), "%s",
		 by_server && server_titles[kind] ? server_titles[kind] : is->title);
	finding->severity = is->severity;
	finding->needs_whole = is->needs_whole;
	finding->unit = BT_NO_UNIT;
	for (unsigned i = 0; i < 2; i++)
		memcpy(finding->technique[i], is->technique[i], strlen(is->technique[i]) + 1);
	if (kind == NEW_FUNCTION || kind == NEW_WRITE || kind == NEW_RANGE || kind == NEW_NAME)
		set_by_act(finding, kind, act);
}
