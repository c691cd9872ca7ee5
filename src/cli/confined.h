/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run gives up before its first packet: all that it will not need (src/confine/confine.h).
 */
#ifndef CLI_CONFINED_H
#define CLI_CONFINED_H

#include "cli.h"

/* When all is open and no thread runs yet. Says on standard error what this system cannot do of it.
 * False: `err` says why the run must not begin. */
bool session_confine(const struct session *session, struct error *err);

#endif
