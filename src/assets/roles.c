/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device is, judged by what it does: the acts it asked for and answered in OT protocols, its
 * units, its MAC. A role is a function of those counts, so its reason can be told at any time.
 */
#include "inventory.h"

#include <string.h>

#include "text.h"

enum {
	POLLS_MIN = 10,     /* fewer reads are a look, not polling */
	CONFIGURES_MIN = 5, /* fewer: a master that starts sets the clock, switches reports on */
};

/* ---- judging ---- */

static uint64_t polls_of(const struct asset_side *side)
{
	return side->acts[BT_ACT_READ] + side->acts[BT_ACT_SUBSCRIBE] + side->acts[BT_ACT_REPORT];
}

static uint64_t writes_of(const struct asset_side *side)
{
	return side->acts[BT_ACT_WRITE] + side->acts[BT_ACT_CONTROL];
}

/* More of what changes or studies the device itself than of what the process needs, or of what cannot
 * be read: an encrypted session begins with a question too. */
static bool is_upkeep(const struct asset_side *side)
{
	uint64_t identified = side->acts[BT_ACT_IDENTIFY];
	uint64_t configured = side->acts[BT_ACT_CONFIGURE];

	return identified + configured > polls_of(side) + side->acts[BT_ACT_OTHER] &&
	       (identified > 0 || configured >= CONFIGURES_MIN);
}

/* Through a broker devices say what they measure and programs listen: neither studies the other. */
static unsigned roles_by_broker(const struct asset_side *asks)
{
	if (asks->acts[BT_ACT_PUBLISH])
		return ASSET_PUBLISHER;
	return asks->acts[BT_ACT_SUBSCRIBE] ? ASSET_SUBSCRIBER : 0;
}

static unsigned roles_of_client(const struct asset_side *asks)
{
	uint64_t polls = polls_of(asks), writes = writes_of(asks);
	bool programs = asks->acts[BT_ACT_PROGRAM] > 0;
	unsigned roles = roles_by_broker(asks);

	if (asks->operations > asks->acts[BT_ACT_REPORT])
		roles |= ASSET_CLIENT;
	if (polls >= POLLS_MIN && writes)
		roles |= ASSET_HMI;
	if (polls >= POLLS_MIN && asks->peers_read >= 2 && !writes && !programs &&
	    !asks->acts[BT_ACT_CONFIGURE] && !asks->acts[BT_ACT_PUBLISH])
		roles |= ASSET_HISTORIAN;
	if (programs ||
	    (is_upkeep(asks) && !(roles & (ASSET_HMI | ASSET_PUBLISHER | ASSET_SUBSCRIBER))))
		roles |= ASSET_ENGINEERING;
	if (roles & (ASSET_HMI | ASSET_HISTORIAN | ASSET_ENGINEERING)) /* these say more */
		roles &= ~(unsigned)ASSET_SUBSCRIBER;
	return roles;
}

static bool is_broker(const struct asset_side *answers)
{
	return answers->acts[BT_ACT_PUBLISH] &&
	       (answers->acts[BT_ACT_REPORT] || answers->acts[BT_ACT_SUBSCRIBE]);
}

static unsigned roles_of_server(const struct asset_side *answers)
{
	uint64_t values = answers->acts[BT_ACT_READ];
	unsigned roles = 0;

	if (answers->operations > answers->unanswered)
		roles |= ASSET_SERVER;
	if (is_broker(answers))
		roles |= ASSET_BROKER; /* what it reports and takes is others' */
	else
		values += answers->acts[BT_ACT_REPORT] + writes_of(answers);
	if (values > answers->refused + answers->unanswered)
		roles |= ASSET_CONTROLLER;
	return roles;
}

/* Units 0 and 255 are how many clients address a device itself, so they make no gateway; and the
 * number of a client is its own. */
static bool is_station_behind(const struct asset_unit *unit)
{
	return *unit->name || (unit->serves && unit->unit != 0 && unit->unit != 255);
}

/* Of the protocol in which it answers for most units. */
static unsigned units_behind(const struct asset *asset, const char **protocol)
{
	unsigned most = 0;

	for (unsigned i = 0; i < asset->unit_count; i++) {
		unsigned count = 0;

		for (unsigned j = i; j < asset->unit_count; j++)
			count += is_station_behind(&asset->units[j]) &&
				 strcmp(asset->units[i].protocol, asset->units[j].protocol) == 0;
		if (count > most) {
			most = count;
			*protocol = asset->units[i].protocol;
		}
	}
	return most;
}

/* NULL: it answered for none. */
static const struct asset_unit *first_served(const struct asset *asset)
{
	for (unsigned i = 0; i < asset->unit_count; i++) {
		if (asset->units[i].serves)
			return &asset->units[i];
	}
	return NULL;
}

static bool is_router(const struct asset *asset)
{
	return asset->station && asset->station->router && fusion_owner(asset->station) == asset;
}

static bool is_external(const struct asset *asset)
{
	return !addr_is_private(&asset->addr) && !asset->mac_claimed;
}

void roles_judge(struct assets *assets, struct asset *asset)
{
	const char *protocol;
	unsigned roles = 0;

	if (asset->behaviour) {
		roles |= roles_of_client(&asset->behaviour->asks);
		roles |= roles_of_server(&asset->behaviour->answers);
	}
	if (first_served(asset))
		roles |= ASSET_SERVER;
	/* What is said through a broker is said of stations elsewhere. */
	if (units_behind(asset, &protocol) >= 2 && !(roles & ASSET_BROKER))
		roles |= ASSET_GATEWAY;
	if (is_router(asset))
		roles |= ASSET_ROUTER;
	if (is_external(asset))
		roles |= ASSET_EXTERNAL;
	if (roles == asset->roles)
		return;
	asset->roles = roles;
	asset_mark_changed(assets, asset);
}

/* ---- reasons ---- */

struct writer {
	char *text;
	size_t cap;
};

static void add_count(struct writer *out, uint64_t count, const char *noun)
{
	char number[TEXT_TIME];

	text_add(out->text, out->cap, "%s %s%s", text_count(number, count), noun,
		 count == 1 ? "" : "s");
}

/* ", 20 writes", where there are any; `separator` becomes ", ". */
static void add_some(struct writer *out, const char **separator, uint64_t count, const char *noun)
{
	if (!count)
		return;
	text_add(out->text, out->cap, "%s", *separator);
	add_count(out, count, noun);
	*separator = ", ";
}

static bool named_before(const struct asset *asset, unsigned at)
{
	for (unsigned i = 0; i < at; i++) {
		const struct asset_service *service = &asset->services[i];

		if (service->serves == asset->services[at].serves && service->protocol &&
		    strcmp(service->protocol, asset->services[at].protocol) == 0)
			return true;
	}
	return false;
}

/* " by modbus, dnp3" */
static void add_protocols(struct writer *out, const struct asset *asset, bool serves)
{
	const char *separator = " by ";

	for (unsigned i = 0; i < asset->service_count; i++) {
		const struct asset_service *service = &asset->services[i];

		if (service->serves != serves || !service->protocol || !service->operations ||
		    named_before(asset, i))
			continue;
		text_add(out->text, out->cap, "%s%s", separator, service->protocol);
		separator = ", ";
	}
}

/* "read and wrote 3 devices by modbus" */
static void add_deed(struct writer *out, const struct asset *asset, const char *verb,
		     uint32_t devices)
{
	text_add(out->text, out->cap, "%s ", verb);
	add_count(out, devices, "device");
	add_protocols(out, asset, false);
}

static void explain_values(struct writer *out, const struct asset_side *side)
{
	const char *separator = ": ";

	add_some(out, &separator, side->acts[BT_ACT_READ], "read");
	add_some(out, &separator, side->acts[BT_ACT_SUBSCRIBE], "subscription");
	add_some(out, &separator, side->acts[BT_ACT_REPORT], "report");
	add_some(out, &separator, side->acts[BT_ACT_WRITE], "write");
	add_some(out, &separator, side->acts[BT_ACT_CONTROL], "control action");
}

static void explain_engineering(struct writer *out, const struct asset *asset)
{
	const struct asset_side *asks = &asset->behaviour->asks;
	const char *separator = ": ";

	add_deed(out, asset,
		 asks->acts[BT_ACT_PROGRAM]     ? "programmed"
		 : asks->acts[BT_ACT_CONFIGURE] ? "configured"
						: "identified without polling",
		 asks->peers);
	add_some(out, &separator, asks->acts[BT_ACT_PROGRAM], "program act");
	add_some(out, &separator, asks->acts[BT_ACT_CONFIGURE], "configuration act");
	add_some(out, &separator, asks->acts[BT_ACT_IDENTIFY], "identification");
}

static void explain_server(struct writer *out, const struct asset *asset)
{
	const struct asset_side *answers = asset->behaviour ? &asset->behaviour->answers : NULL;
	const struct asset_unit *unit = first_served(asset);
	char name[SIGHTING_STATION];

	/* A unit that answered is known before the totals of its flow are. */
	if (unit && (!answers || answers->operations == 0)) {
		asset_unit_text(unit, name, sizeof(name));
		text_add(out->text, out->cap, "answered for unit %s by %s", name, unit->protocol);
		return;
	}
	text_add(out->text, out->cap, "%s", answers->peers ? "answered " : "published to a group");
	if (answers->peers)
		add_count(out, answers->peers, "client");
	add_protocols(out, asset, answers->peers > 0);
	text_add(out->text, out->cap, ": ");
	add_count(out, answers->operations, "operation");
}

static void explain_gateway(struct writer *out, const struct asset *asset)
{
	const char *protocol = "", *separator = ": ";
	unsigned behind = units_behind(asset, &protocol);
	char name[SIGHTING_STATION];

	text_add(out->text, out->cap, first_served(asset) ? "answered for " : "spoke for ");
	add_count(out, behind, "unit");
	if (protocol[0])
		text_add(out->text, out->cap, " by %s", protocol);
	for (unsigned i = 0; i < asset->unit_count; i++) {
		const struct asset_unit *unit = &asset->units[i];

		if (!is_station_behind(unit) || strcmp(unit->protocol, protocol) != 0)
			continue;
		asset_unit_text(unit, name, sizeof(name));
		text_add(out->text, out->cap, "%s%s", separator, name);
		separator = ", ";
	}
}

static void explain_broker(struct writer *out, const struct asset *asset)
{
	const struct asset_side *answers = &asset->behaviour->answers;
	const char *separator = ": ";

	text_add(out->text, out->cap, "passed on what was published by ");
	add_count(out, answers->peers, "client");
	add_protocols(out, asset, true);
	add_some(out, &separator, answers->acts[BT_ACT_PUBLISH], "publication");
	add_some(out, &separator, answers->acts[BT_ACT_SUBSCRIBE], "subscription");
	add_some(out, &separator, answers->acts[BT_ACT_REPORT], "report");
}

static void explain_publisher(struct writer *out, const struct asset *asset)
{
	const struct asset_side *asks = &asset->behaviour->asks;
	const char *separator = ": ";

	add_deed(out, asset, "published through", asks->peers);
	add_some(out, &separator, asks->acts[BT_ACT_PUBLISH], "publication");
}

static void explain_router(struct writer *out, const struct asset *asset)
{
	const struct asset_station *station = asset->station;
	char addr[TEXT_ADDR];

	text_add(out->text, out->cap, "%s sends for", text_mac(addr, station->mac));
	if (station->far) {
		text_add(out->text, out->cap, " public %s", text_addr(addr, &station->far->addr));
		return;
	}
	for (unsigned i = 0; i < ROUTER_OTHERS; i++)
		text_add(out->text, out->cap, "%s%s", i ? ", " : " ",
			 text_addr(addr, &station->others[i]->addr));
	text_add(out->text, out->cap, " and claims none of them");
}

void asset_role_reason(const struct asset *asset, unsigned bit, char *text, size_t cap)
{
	struct writer out = {text, cap};
	const struct asset_side *asks = asset->behaviour ? &asset->behaviour->asks : NULL;

	if (cap == 0)
		return;
	text[0] = '\0';
	if (bit >= ASSET_ROLE_COUNT || !(asset->roles & 1u << bit))
		return;
	switch (1u << bit) {
	case ASSET_CLIENT:
		add_deed(&out, asset, "asked", asks->peers);
		text_add(text, cap, ": ");
		add_count(&out, asks->operations, "operation");
		break;
	case ASSET_SERVER: explain_server(&out, asset); break;
	case ASSET_CONTROLLER:
		text_add(text, cap, "served process values");
		add_protocols(&out, asset, asset->behaviour->answers.peers > 0);
		explain_values(&out, &asset->behaviour->answers);
		break;
	case ASSET_GATEWAY: explain_gateway(&out, asset); break;
	case ASSET_HMI:
		add_deed(&out, asset, "read and wrote", asks->peers);
		explain_values(&out, asks);
		break;
	case ASSET_HISTORIAN:
		add_deed(&out, asset, "only read", asks->peers_read);
		explain_values(&out, asks);
		break;
	case ASSET_ENGINEERING: explain_engineering(&out, asset); break;
	case ASSET_ROUTER: explain_router(&out, asset); break;
	case ASSET_BROKER: explain_broker(&out, asset); break;
	case ASSET_PUBLISHER: explain_publisher(&out, asset); break;
	case ASSET_SUBSCRIBER:
		add_deed(&out, asset, "subscribed at", asks->peers);
		explain_values(&out, asks);
		break;
	case ASSET_EXTERNAL: text_add(text, cap, "a public address that nobody here claims"); break;
	}
}
