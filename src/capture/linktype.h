/* SPDX-License-Identifier: Apache-2.0
 *
 * Link types: the numbers in files (LINKTYPE_), the numbers in programs (DLT_), and their names.
 */
#ifndef CAPTURE_LINKTYPE_H
#define CAPTURE_LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* The DLT_ value of a link type field as it stands in a file; the frame check sequence's length in
 * its upper bits is masked. Any thread. */
int linktype_to_dlt(uint32_t field);

/* "IEEE802_11_RADIO (127)" */
void linktype_name(char *text, size_t size, int dlt);

/* False, and the error names the link type and those that would be right. */
bool linktype_refuse(struct error *err, int dlt, bool (*supported)(int dlt));

#endif
