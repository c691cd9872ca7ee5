/* SPDX-License-Identifier: Apache-2.0
 *
 * One shard's knowledge at work: where it comes from and goes to, and which pair a flow belongs to.
 * What is done by the pairs is in learn_operation.c.
 */
#include "learn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shard.h"

static void adopt(struct learn *learn, uint64_t numbers,
		  unsigned (*shard_of)(const struct bt_addr *a, const struct bt_addr *b))
{
	const struct knowledge *site = baseline_knowledge(learn->site);

	learn->know.incomplete = site->incomplete;
	for (const struct hosts *hosts = site->first; hosts; hosts = hosts->next)
		if (numbers >> shard_of(&hosts->client, &hosts->server) & 1)
			know_merge(&learn->know, hosts);
}

/* What is there now came from the document: no flow of these is taken back. */
static void mark_loaded(struct knowledge *know)
{
	for (struct hosts *hosts = know->first; hosts; hosts = hosts->next)
		for (struct learn_pair *pair = hosts->services; pair; pair = pair->next)
			pair->loaded = pair->seen.count;
}

static void count_services(struct learn_counts *counts, const struct hosts *hosts)
{
	for (const struct learn_pair *pair = hosts->services; pair; pair = pair->next) {
		counts->pairs++;
		for (uint32_t i = 0; i < unit_count(pair); i++) {
			const struct unit *unit = unit_at(pair, i);

			counts->entries += function_count(unit);
			for (const struct written *w = unit->values; w; w = w->next)
				counts->values++;
		}
	}
}

/* What its pairs have in the document takes room from those that it will meet. */
static void share(struct learn *learn, uint64_t numbers,
		  unsigned (*shard_of)(const struct bt_addr *a, const struct bt_addr *b))
{
	size_t both = 0;

	for (const struct hosts *hosts = learn->learned->first; hosts; hosts = hosts->next) {
		if (!(numbers >> shard_of(&hosts->client, &hosts->server) & 1))
			continue;
		count_services(&learn->of_site, hosts);
		both++;
	}
	know_take_room(&learn->know, both, learn->of_site.pairs);
}

struct learn *learn_create(const struct baseline *site, uint64_t numbers,
			   unsigned (*shard_of)(const struct bt_addr *a, const struct bt_addr *b),
			   enum learn_mode mode)
{
	struct learn *learn = calloc(1, sizeof(*learn));

	if (!learn)
		return NULL;
	learn->mode = mode;
	learn->site = site;
	learn->stranger.hosts = &learn->nobody;
	learn->learned = &learn->know;
	know_init(&learn->know, 1);
	if (site && mode == LEARN_JUDGE) {
		learn->learned = baseline_knowledge(site);
		share(learn, numbers, shard_of);
	} else if (site) {
		adopt(learn, numbers, shard_of);
		mark_loaded(&learn->know);
	}
	return learn;
}

void learn_destroy(struct learn *learn)
{
	if (!learn)
		return;
	known_finish(&learn->known);
	know_finish(&learn->know);
	named_finish(&learn->named);
	free(learn);
}

void learn_set_mode(struct learn *learn, enum learn_mode mode)
{
	assert(mode != LEARN_LEARN || learn->learned == &learn->know);
	learn->mode = mode;
}

bool learn_export(const struct learn *learn, struct baseline *site)
{
	struct knowledge *to = baseline_knowledge_mutable(site);
	bool ok = true;

	to->incomplete |= learn->know.incomplete;
	for (const struct hosts *hosts = learn->know.first; hosts; hosts = hosts->next)
		ok &= know_merge(to, hosts);
	return ok;
}

void learn_count(const struct learn *learn, struct learn_counts *counts)
{
	counts->pairs += learn->of_site.pairs + learn->know.pair_pool.used;
	counts->entries += learn->of_site.entries + learn->know.function_pool.used;
	counts->values += learn->of_site.values + learn->know.written_pool.used;
	counts->known += learn->known.count;
	counts->dropped += learn->know.dropped;
	counts->judged += learn->judged;
	counts->deviating += learn->deviating;
}

const struct role *learn_role(const struct learn *learn, const struct bt_addr *addr,
			      const char *protocol, bool serves)
{
	const struct role *role = NULL;

	if (learn->site)
		role = know_find_role(baseline_knowledge(learn->site), addr, protocol, serves);
	return role ? role : know_find_role(&learn->know, addr, protocol, serves);
}

const struct role *learn_server(const struct learn *learn, const struct bt_addr *addr,
				struct service service)
{
	const struct role *role = NULL;

	if (learn->site)
		role = know_find_server(baseline_knowledge(learn->site), addr, service);
	return role ? role : know_find_server(&learn->know, addr, service);
}

/* ---- flows ---- */

/* The learned pair of a service; `protocol` NULL: whatever it speaks. */
static struct learn_pair *learned_pair(const struct knowledge *know, const struct hosts *hosts,
				       struct service service, const char *protocol)
{
	struct learn_pair *pair = protocol ? know_find_pair(know, hosts, service, protocol) :
					     know_find_service(know, hosts, service);

	while (pair && !pair->learned)
		pair = protocol ? NULL : pair->alike;
	return pair;
}

/* One way to look at the flow: by its port, and as one of the dynamic ports. */
static struct learn_pair *find_oriented(const struct knowledge *know, const struct bt_flow *flow,
					bool reversed, const char *protocol)
{
	const struct bt_addr *client = reversed ? &flow->server : &flow->client;
	const struct bt_addr *server = reversed ? &flow->client : &flow->server;
	const struct hosts *hosts = know_find_hosts(know, client, server);
	struct service service = service_of(flow, reversed, protocol);
	struct learn_pair *pair;

	if (!hosts)
		return NULL;
	pair = learned_pair(know, hosts, service, protocol);
	if (!pair && service_other(flow, reversed, &service))
		pair = learned_pair(know, hosts, service, protocol);
	return pair;
}

/* Before its content is known: the server of a learned pair opens a connection to its client, whichever
 * of the two looks like the server so far. */
static struct learn_pair *find_dialled(const struct knowledge *know, const struct bt_flow *flow)
{
	const struct hosts *hosts = know_find_hosts(know, &flow->server, &flow->client);
	struct service service = {flow->transport, SERVICE_DIALLED + flow->server_port};
	struct learn_pair *pair = hosts ? learned_pair(know, hosts, service, NULL) : NULL;

	if (pair)
		return pair;
	hosts = know_find_hosts(know, &flow->client, &flow->server);
	service.number = SERVICE_DIALLED + flow->client_port;
	return hosts ? learned_pair(know, hosts, service, NULL) : NULL;
}

/* Who serves may be a guess; then the known way to look at it is the right one. */
static struct learn_pair *find_learned(const struct knowledge *know, const struct bt_flow *flow,
				       const char *protocol)
{
	struct learn_pair *pair = find_oriented(know, flow, false, protocol);

	if (!pair && !flow->server_proven)
		pair = find_oriented(know, flow, true, protocol);
	if (!pair && !protocol)
		pair = find_dialled(know, flow);
	return pair;
}

static struct learn_pair *add_pair(struct learn *learn, const struct bt_flow *flow,
				   const char *protocol, bool learned)
{
	struct knowledge *know = &learn->know;
	struct hosts *hosts = know_add_hosts(know, &flow->client, &flow->server);
	const struct hosts *known = know_find_hosts(learn->learned, &flow->client, &flow->server);

	if (!hosts) {
		know->incomplete |= learned;
		return NULL;
	}
	hosts->incomplete |= known && known->incomplete;
	return know_add_pair(know, hosts, service_of(flow, false, protocol), protocol, learned);
}

/* While learning: the pair to count a flow on. A flow whose protocol is not known yet is counted as
 * such, even beside a learned protocol: learn_protocol() moves it, and the document drops what is
 * left where the protocol is known. */
static struct learn_pair *learn_pair_of(struct learn *learn, const struct bt_flow *flow,
					const char *protocol)
{
	struct learn_pair *pair = NULL;

	if (!flow->server_proven && !find_oriented(&learn->know, flow, false, protocol)) {
		struct learn_pair *other = find_oriented(&learn->know, flow, true, protocol);

		if (other && !(pair = know_find_pair(&learn->know, other->hosts, other->service,
						     protocol)))
			pair = know_add_pair(&learn->know, other->hosts, other->service, protocol,
					     true);
	}
	if (!pair)
		pair = add_pair(learn, flow, protocol, true);
	else
		know_learned(&learn->know, pair);
	return pair;
}

static bool has_met(const struct learn *learn, const struct bt_addr *client, const struct bt_addr *server)
{
	return know_find_hosts(learn->learned, client, server) ||
	       know_find_hosts(&learn->know, client, server);
}

static struct learn_pair *met_pair(struct learn *learn, const struct bt_flow *flow,
				   const char *protocol, struct finding *finding, bool *found)
{
	struct learn_pair *pair = find_learned(learn->learned, flow, protocol), *other;
	const struct hosts *hosts;

	if (pair)
		return pair;
	other = protocol ? find_learned(learn->learned, flow, NULL) : NULL;
	pair = add_pair(learn, flow, protocol, false);
	hosts = know_find_hosts(learn->learned, &flow->client, &flow->server);
	if (learn->learned->incomplete || (hosts && hosts->incomplete))
		return pair;
	/* an error message or an echo between two that talk anyway says nothing new */
	if (flow->transport == BT_OVER_ICMP && has_met(learn, &flow->client, &flow->server) &&
	    ((hosts && hosts->learned) || has_met(learn, &flow->server, &flow->client)))
		return pair;
	if (other)
		judge_protocol(other, protocol, finding);
	else
		judge_new_pair(learn, flow, hosts, protocol, finding);
	*found = true;
	return pair;
}

/* Anybody can fill the table with pairs that were never learned: the next one is a stranger, and gets
 * no other treatment for it. Where something learned was forgotten it could be that: NULL. */
static struct learn_pair *stranger(struct learn *learn, const struct bt_flow *flow)
{
	const struct hosts *hosts = know_find_hosts(learn->learned, &flow->client, &flow->server);

	return learn->learned->incomplete || (hosts && hosts->incomplete) ? NULL : &learn->stranger;
}

/* What is judged by belongs to all shards, and nobody asks for its counts. */
static void count_flow(struct learn *learn, struct learn_pair *pair, int64_t now_ns)
{
	if (!pair || learn->mode == LEARN_JUDGE)
		return;
	seen_add(&pair->seen, 1, now_ns, now_ns);
	if (is_due(&pair->seen))
		note_learned(learn, pair->hosts);
}

struct learn_pair *learn_flow(struct learn *learn, const struct bt_flow *flow, const char *protocol,
			      int64_t now_ns, struct finding *finding, bool *found)
{
	struct learn_pair *pair;

	*found = false;
	pair = learn->mode == LEARN_JUDGE ? met_pair(learn, flow, protocol, finding, found) :
					    learn_pair_of(learn, flow, protocol);
	if (!pair && learn->mode == LEARN_JUDGE)
		pair = stranger(learn, flow);
	count_flow(learn, pair, now_ns);
	return pair;
}

/* Nothing is left of what was learned of it. */
static void unlearn_pair(struct learn_pair *pair)
{
	pair->learned = pair->hosts->learned = false;
	pair->seen = (struct seen){0};
	pair->loaded = 0;
	for (const struct learn_pair *other = pair->hosts->services; other; other = other->next)
		pair->hosts->learned |= other->learned;
}

/* Takes the flow back from the pair it was counted on before its protocol was known. */
static void uncount_flow(struct learn *learn, const struct bt_flow *flow)
{
	for (unsigned reversed = 0; reversed < 2; reversed++) {
		const struct bt_addr *client = reversed ? &flow->server : &flow->client;
		const struct bt_addr *server = reversed ? &flow->client : &flow->server;
		const struct hosts *hosts = know_find_hosts(&learn->know, client, server);
		struct service service = service_of(flow, reversed, NULL);
		struct learn_pair *pair;

		if (!hosts)
			continue;
		pair = know_find_pair(&learn->know, hosts, service, NULL);
		if ((!pair || pair->seen.count == pair->loaded) &&
		    service_other(flow, reversed, &service))
			pair = know_find_pair(&learn->know, hosts, service, NULL);
		if (!pair || pair->seen.count == pair->loaded)
			continue;
		if (--pair->seen.count == 0 && !pair->units)
			unlearn_pair(pair);
		note_learned(learn, pair->hosts);
		return;
	}
}

/* While judging: the pair speaks a protocol that was not learned for it. */
static struct learn_pair *met_protocol(struct learn *learn, const struct bt_flow *flow,
				       const char *protocol, struct finding *finding, bool *found)
{
	struct learn_pair *pair = find_learned(learn->learned, flow, protocol), *other;

	if (pair)
		return pair;
	other = find_learned(learn->learned, flow, NULL);
	pair = add_pair(learn, flow, protocol, false);
	if (learn->learned->incomplete || (pair && pair->hosts->incomplete))
		return pair;
	if (other) {
		judge_protocol(other, protocol, finding);
		*found = true;
	} else {
		/* that the pair is new was said when it began; only a role is worth another word */
		*found = judge_roles(learn, flow, protocol, finding);
	}
	return pair;
}

struct learn_pair *learn_protocol(struct learn *learn, const struct bt_flow *flow,
				  const char *protocol, int64_t now_ns, struct finding *finding,
				  bool *found)
{
	struct learn_pair *pair;

	*found = false;
	if (learn->mode == LEARN_JUDGE) {
		pair = met_protocol(learn, flow, protocol, finding, found);
	} else {
		uncount_flow(learn, flow);
		pair = learn_pair_of(learn, flow, protocol);
	}
	if (!pair && learn->mode == LEARN_JUDGE)
		pair = stranger(learn, flow);
	count_flow(learn, pair, now_ns);
	return pair;
}
