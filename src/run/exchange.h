/* SPDX-License-Identifier: Apache-2.0
 *
 * What a live run judges by and logs, exchanged while it runs (SIGHUP).
 *
 * One thread offers new terms. Each worker takes them between two looks at the interfaces, the reporter
 * between two pieces of news; nobody waits for anybody, so for a moment some judge by the old ones.
 * When all have taken them, nobody looks at the old ones any more and they may be freed.
 */
#ifndef RUN_EXCHANGE_H
#define RUN_EXCHANGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "learn.h"
#include "limits.h"

struct baseline;
struct rules;
struct shard;
struct shard_setup;

struct terms {
	enum learn_mode mode;
	const struct baseline *site; /* judge by it, or go on learning from it; or NULL */
	const struct rules *rules;
	bool log_flows;
	uint64_t log_protocols; /* bit i: operations of roster[i] */
};

struct exchange {
	unsigned workers;
	_Atomic(const struct terms *) offered;         /* NULL: those that the run began with */
	_Atomic(const struct terms *) taken[WORKERS_MAX + 1]; /* by each worker; [workers]: the reporter */
	atomic_int output;                             /* see exchange_output() */
	atomic_bool ends_learning; /* see exchange_end_learning() */
	atomic_uint settled;       /* how many have put what they had left */
};

void exchange_init(struct exchange *exchange, unsigned workers);
void exchange_offer(struct exchange *exchange, const struct terms *terms); /* only once settled */
bool exchange_settled(const struct exchange *exchange); /* all have taken what was offered last */
/* Events go to this descriptor from now on; the reporter closes the one before. Any thread. */
void exchange_output(struct exchange *exchange, int fd);

/* All stop learning, and put what is not yet in the state file; over: all have (run/learned.h). */
void exchange_end_learning(struct exchange *exchange);
bool exchange_learning_is_over(const struct exchange *exchange);
/* For workers and the reporter: is it to end? `exchange` may be NULL. They have put all. */
bool exchange_ends_learning(const struct exchange *exchange);
void exchange_has_put(struct exchange *exchange);

/* For a worker: gives its shards what is offered and not yet taken. Without the memory for it, the next
 * call tries again. `exchange` may be NULL. */
void exchange_work(struct exchange *exchange, unsigned worker, struct shard_setup *setup,
		   struct shard *const *shards);
/* For the reporter: the same of what it judges by; its new descriptor, or -1. */
void exchange_report(struct exchange *exchange, const struct baseline **site);
int exchange_take_output(struct exchange *exchange);

#endif
