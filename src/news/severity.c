/* SPDX-License-Identifier: Apache-2.0
 *
 * The five severities, as rules are written and alerts are read.
 */
#include <string.h>

#include "finding.h"

enum {
	SEVERITY_MAX = 5,
};

static const char *const words[SEVERITY_MAX + 1] = {
	"none", "info", "low", "medium", "high", "critical",
};

const char *severity_name(unsigned severity)
{
	return words[severity <= SEVERITY_MAX ? severity : SEVERITY_MAX];
}

bool severity_parse(const char *name, unsigned *severity)
{
	for (unsigned i = 1; i <= SEVERITY_MAX; i++) {
		if (strcmp(name, words[i]) == 0) {
			*severity = i;
			return true;
		}
	}
	return false;
}
