/* SPDX-License-Identifier: Apache-2.0
 *
 * Times of arrival from the adapter's own clock, where it has one for every frame.
 */
#ifndef CAPTURE_STAMPS_H
#define CAPTURE_STAMPS_H

#include <stdbool.h>

#include "error.h"

/* The adapter stamps all that comes from now on. False: it cannot, or must be told by somebody who may. */
bool stamps_start(const char *interface, struct error *err);

#endif
