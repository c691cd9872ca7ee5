/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait for their answers: a bounded store for one shard. Each request stands in two
 * lists, its flow's (oldest first) and one of its protocol's (in packet order, so that what is overdue
 * stands in front): that of the usual wait or that of the patient ones.
 */
#ifndef PROTO_PENDING_H
#define PROTO_PENDING_H

#include "bittern/dissector.h"
#include "flow.h"
#include "pool.h"
#include "roster.h"

struct engine_flow;

struct pending {
	struct bt_request request; /* request.bytes points at `bytes` */
	struct flow *flow;
	struct pending *newer;     /* in the flow */
	struct pending *before, *after; /* of the protocol */
	bool patient;
	uint8_t *big; /* a request longer than `bytes`: the flow's memory */
	uint8_t bytes[BT_REQUEST_BYTES];
};

struct pending_list {
	struct pending *first, *last;
};

struct pending_store {
	struct pool pool;
	struct pending_list lists[ROSTER_MAX][2]; /* by dissector and patience: each waits its time */
	uint64_t asked; /* bit i: roster[i] ever asked for anything to wait */
};

void pending_init(struct pending_store *store);
void pending_finish(struct pending_store *store);
/* NULL at the cap. `big`: memory for a copy that does not fit, it goes with the flow; or NULL. */
struct pending *pending_add(struct pending_store *store, struct flow *flow, struct engine_flow *app,
			    const struct bt_request *request, bool patient, uint8_t *big);
/* Takes it out of both lists; its memory stays valid until pending_free(). */
void pending_unlink(struct pending_store *store, struct engine_flow *app, struct pending *pending);
void pending_free(struct pending_store *store, struct pending *pending);

#endif
