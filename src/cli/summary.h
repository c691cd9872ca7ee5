/* SPDX-License-Identifier: Apache-2.0
 *
 * The summary's parts, one file each.
 */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "cli.h"

enum {
	SUMMARY_ROWS = 40, /* of a table; the rest is counted, --json has all */
	SUMMARY_MORE = 96,
};

/* "  ... and 12 more (--json lists all)" or nothing. */
const char *summary_more(size_t shown, size_t all, char text[SUMMARY_MORE]);
void summary_alerts(FILE *out, const struct run_result *result, const struct session *session);

#endif
