/* SPDX-License-Identifier: Apache-2.0
 *
 * Where to find the packets that prove an alert: their file, and their number there as Wireshark
 * counts. Events carry numbers of the timeline; with several files or a filter these are not the
 * numbers of any file, so the timeline is walked once more (headers only) to look them up.
 */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "alert.h"
#include "capture.h"

struct places;

/* NULL: the numbers are those of the one file already, or the capture cannot be read twice. */
struct places *places_find(struct capture *capture, bool filtered, struct alerts *alerts);
void places_free(struct places *places);

struct place {
	uint64_t number; /* in the timeline */
	const char *path;
	uint64_t file_number;
};
const struct place *places_of(const struct places *places, uint64_t number); /* or NULL */

#endif
