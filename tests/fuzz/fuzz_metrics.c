/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes over the metrics' sockets, at either end: any bytes are a request that is answered or
 * one that goes on, and a page of metrics that is read or refused with a line. The request is read
 * as it would come, byte by byte: nothing is said of it before the last byte that counts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"
#include "scrape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const uint8_t *data, size_t size)
{
	enum request_status first = REQUEST_MORE;
	bool head = false;

	if (size > REQUEST_BYTES_MAX)
		size = REQUEST_BYTES_MAX;
	for (size_t come = 0; come <= size && first == REQUEST_MORE; come++)
		first = request_read(cur_of(data, come), &head);
	if (first == REQUEST_MORE && size == REQUEST_BYTES_MAX)
		abort(); /* it would never end */
	if (!*request_reason(first) || request_read(cur_of(data, size), &head) != first)
		abort(); /* what follows a request does not change it */
}

static void show(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct error err = {""};
	struct scrape scrape;

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!scrape_parse(text, &scrape, &err)) {
		if (!*err.text || scrape.text)
			abort(); /* a refusal says why, and leaves nothing */
		return;
	}
	for (size_t i = 0; i < scrape.count; i++) {
		if (!*scrape.samples[i].name || !scrape_next(&scrape, scrape.samples[i].name, NULL))
			abort();
	}
	scrape_finish(&scrape);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ask(data, size);
	show(data, size);
	return 0;
}
