/* SPDX-License-Identifier: Apache-2.0
 *
 * Who acted comes first. News is told from the one who did something to the one it was done to; mostly
 * that is the flow's client, but a server that speaks unasked (bt_operation's `by_server`) is the
 * source of what it says.
 */
#ifndef NEWS_SIDES_H
#define NEWS_SIDES_H

#include "bittern/flow.h"

/* Turns both round: the server becomes the source. Both are copies, for one piece of news. */
void sides_reverse(struct bt_flow *flow, uint8_t mac[2][6]);

#endif
