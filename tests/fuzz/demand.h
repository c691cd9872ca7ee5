/* SPDX-License-Identifier: Apache-2.0
 *
 * What a fuzzer holds to be true whatever the input: says what was not, and ends the program, in every build.
 */
#ifndef TESTS_FUZZ_DEMAND_H
#define TESTS_FUZZ_DEMAND_H

#include <stdio.h>
#include <stdlib.h>

#define DEMAND(what)                                            \
	do {                                                    \
		if (!(what)) {                                  \
			fprintf(stderr, "broken: %s\n", #what); \
			abort();                                \
		}                                               \
	} while (0)

#endif
