/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to run/keep.c: the records themselves, written and read back. Keys are numbers, the highest byte
 * first, and addresses, the family first.
 */
#ifndef RUN_KEPT_H
#define RUN_KEPT_H

#include "keep.h"

struct bt_cursor kept_key(uint64_t number, uint8_t room[8]);

/* False: there is no room for it now. */
bool kept_put_alert(struct keep *keep, const struct alert *alert);
void kept_put_device(struct keep *keep, const struct asset *asset);
bool kept_put_peers(struct keep *keep); /* the next of those that changed; false: there are none */
void kept_put_clock(struct keep *keep, const struct keep_clock *now);

bool kept_read_clock(struct state *state, struct keep_clock *clock, struct error *err);
/* Alerts and inventory. What makes no sense is dropped and counted. False: `err`. */
bool kept_read(struct keep *keep, struct error *err);

#endif
