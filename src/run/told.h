/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log ended with before this run. A kill between a line and the note in the state that it was
 * written leaves an alert marked as untold: the log itself knows better.
 */
#ifndef RUN_TOLD_H
#define RUN_TOLD_H

#include "alert.h"

struct told; /* the end of a log: as much as one run may have held back, and more */

struct told *told_read(const char *path); /* NULL: there is none, or it cannot be read: nothing is known */
void told_free(struct told *told);
/* Has it the line that was last written of this alert, whole? `told` may be NULL. */
bool told_has(const struct told *told, const struct alert *alert);

#endif
