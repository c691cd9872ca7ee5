/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <stdlib.h>
#include <unistd.h>

#include "shard.h"

void exchange_init(struct exchange *exchange, unsigned workers)
{
	exchange->workers = workers;
	atomic_init(&exchange->offered, NULL);
	for (unsigned i = 0; i <= workers; i++)
		atomic_init(&exchange->taken[i], NULL);
	atomic_init(&exchange->output, -1);
	atomic_init(&exchange->ends_learning, false);
	atomic_init(&exchange->settled, 0);
}

void exchange_end_learning(struct exchange *exchange)
{
	atomic_store_explicit(&exchange->ends_learning, true, memory_order_release);
}

bool exchange_learning_is_over(const struct exchange *exchange)
{
	return atomic_load_explicit(&exchange->settled, memory_order_acquire) == exchange->workers + 1;
}

bool exchange_ends_learning(const struct exchange *exchange)
{
	return exchange && atomic_load_explicit(&exchange->ends_learning, memory_order_acquire);
}

void exchange_has_put(struct exchange *exchange)
{
	atomic_fetch_add_explicit(&exchange->settled, 1, memory_order_release);
}

void exchange_offer(struct exchange *exchange, const struct terms *terms)
{
	atomic_store_explicit(&exchange->offered, terms, memory_order_release);
}

bool exchange_settled(const struct exchange *exchange)
{
	const struct terms *offered = atomic_load_explicit(&exchange->offered, memory_order_relaxed);

	for (unsigned i = 0; i <= exchange->workers; i++) {
		if (atomic_load_explicit(&exchange->taken[i], memory_order_acquire) != offered)
			return false;
	}
	return true;
}

void exchange_output(struct exchange *exchange, int fd)
{
	int before = atomic_exchange(&exchange->output, fd);

	if (before >= 0) /* nobody took it */
		close(before);
}

/* What is offered to `who` and new to it, or NULL. */
static const struct terms *offered_to(struct exchange *exchange, unsigned who)
{
	const struct terms *offered;

	offered = atomic_load_explicit(&exchange->offered, memory_order_acquire);
	return offered == atomic_load_explicit(&exchange->taken[who], memory_order_relaxed) ? NULL : offered;
}

static void took(struct exchange *exchange, unsigned who, const struct terms *terms)
{
	atomic_store_explicit(&exchange->taken[who], terms, memory_order_release);
}

/* All shards of a worker change over, or none does. */
static bool judge_by(struct shard_setup *setup, struct shard *const *shards, const struct terms *terms)
{
	struct flow **room = malloc(setup->flows_max * sizeof(struct flow *));
	struct shard_setup next = *setup;
	struct learn *learns[SHARD_COUNT] = {NULL};
	bool enough = room != NULL;

	next.site = terms->site;
	next.mode = terms->mode;
	for (unsigned i = 0; i < SHARD_COUNT && enough; i++) {
		learns[i] = shards[i] ? shard_learn(shards[i], &next) : NULL;
		enough = learns[i] || !shards[i];
	}
	if (enough)
		*setup = next;
	for (unsigned i = 0; i < SHARD_COUNT; i++) {
		if (enough && shards[i])
			shard_judge_by(shards[i], learns[i], room);
		else
			learn_destroy(learns[i]);
	}
	free(room);
	return enough;
}

void exchange_work(struct exchange *exchange, unsigned worker, struct shard_setup *setup,
		   struct shard *const *shards)
{
	const struct terms *terms = exchange ? offered_to(exchange, worker) : NULL;

	if (!terms || (terms->site != setup->site && !judge_by(setup, shards, terms)))
		return;
	shard_setup_rules(setup, terms->rules);
	setup->log_flows = terms->log_flows;
	setup->log_protocols = terms->log_protocols;
	took(exchange, worker, terms);
}

void exchange_report(struct exchange *exchange, const struct baseline **site)
{
	const struct terms *terms = exchange ? offered_to(exchange, exchange->workers) : NULL;

	if (!terms)
		return;
	*site = terms->mode == LEARN_JUDGE ? terms->site : NULL;
	took(exchange, exchange->workers, terms);
}

int exchange_take_output(struct exchange *exchange)
{
	return exchange ? atomic_exchange(&exchange->output, -1) : -1;
}
