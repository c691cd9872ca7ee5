/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a rule matters, in texts that stay: alerts point to them, and are open longer than the rules that
 * raised them when others take their place (SIGHUP). Only who writes rules makes this grow: a text that
 * was there before is not kept twice.
 */
#ifndef DETECT_WHY_H
#define DETECT_WHY_H

/* One thread at a time. NULL: no memory. */
const char *why_keep(const char *text);

#endif
