/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a finding matters, for those that do not say it themselves: the deviations from the baseline,
 * by name, and protocol violations in general. Rules bring their own sentence.
 */
#include <string.h>

#include "alert.h"

static const struct {
	const char *name, *why;
} known[] = {
	{"baseline.new_device",
	 "A device that was not there while the site was learned has no known purpose on it."},
	{"baseline.new_pair",
	 "Two devices that never spoke to each other do now: a new connection is how an intruder, a "
	 "wrong cable or a forgotten laptop first shows."},
	{"baseline.new_client",
	 "Control protocols ask for no password: whoever can reach a controller can command it, and this "
	 "one never did before."},
	{"baseline.role_flip",
	 "A device that always answered now asks (or the other way round): controllers seldom begin "
	 "conversations unless they are misused to reach others."},
	{"baseline.protocol",
	 "A port that always spoke one protocol speaks another: a tunnel, a proxy or a replaced service."},
	{"baseline.new_unit",
	 "A unit behind this device was never addressed from here: somebody looks around, or the wiring "
	 "behind a gateway changed."},
	{"baseline.new_function",
	 "This pair never used this function; a poll loop does not invent new requests."},
	{"baseline.new_write",
	 "This pair only ever read here; a write changes the process."},
	{"baseline.new_range",
	 "Addresses outside those that this pair uses: enumeration, or a command to something it never "
	 "commanded."},
	{"baseline.new_name",
	 "This pair never had to do with it: somebody looks around, or speaks where it never spoke."},
	{"baseline.value",
	 "A written value outside what was ever written here can drive the process where it was never "
	 "meant to be."},
	{"baseline.new_error",
	 "The server refuses in a way it never did: somebody asks for what does not exist or is not "
	 "allowed, or the device is in trouble."},
	{"health.no_traffic",
	 "A sensor that sees nothing protects nothing: what happens on that network now is in no event."},
	{"health.packets_lost",
	 "What was in the lost packets nobody knows. Flows that were under way count as incomplete from then "
	 "on, so less is said of them."},
	{"health.interface_down",
	 "A sensor that sees nothing protects nothing; whoever wants to work unseen unplugs it first."},
	{"health.one_way",
	 "Requests without their answers (or the other way round) hide what was refused and what came back: "
	 "the mirror port or TAP shows half of the network."},
	{"health.clock_jump",
	 "The times of events before and after it do not fit together, and those of other systems do not fit "
	 "either."},
};

const char *finding_why(const struct finding *finding)
{
	/* The baseline sets none; what stands there is of whoever used the memory before. */
	if (finding->why && finding->source != FINDING_FROM_BASELINE)
		return finding->why;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(finding->name, known[i].name) == 0)
			return known[i].why;
	}
	switch (finding->source) {
	case FINDING_FROM_BASELINE:
		return "It differs from what was learned of this site.";
	case FINDING_FROM_SENSOR:
		return "The sensor sees less than it should.";
	case FINDING_FROM_RULE:
		return "A detection rule of this site asks for it.";
	default:
		return "A message that breaks its protocol is a defect, a probe or an attack on the receiver's "
		       "parser.";
	}
}
