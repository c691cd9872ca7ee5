/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder in which a file is, and whose it is.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* "." when `path` names none. False: it does not fit. */
bool folder_of(const char *path, char *folder, size_t cap);

/* What root made belongs to whom its folder does: the next run may be started as that user. Only for a
 * file that is new. */
void folder_takes(const char *path, int fd);

#endif
