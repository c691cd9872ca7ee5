/* SPDX-License-Identifier: Apache-2.0
 *
 * The input is a capture file's content. Every frame must lie inside it, numbers must count, and
 * what ends the reading must be said in at most one way. The first byte after the content's end is
 * not ours: the input stands in a block of exactly its size.
 */
#include <stdlib.h>
#include <string.h>

#include "capture_memory.h"

#define REQUIRE(condition)        \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

static bool all(int dlt)
{
	return true;
}

/* Refuses something, so that refusals are walked too. */
static bool some(int dlt)
{
	return dlt < 100;
}

static void read_it(const uint8_t *data, size_t size, const char *filter,
		    bool (*supported)(int dlt))
{
	struct error err = {.text = ""};
	struct capture *capture = capture_open_memory(data, size, filter, supported, &err);
	struct capture_reader *reader;
	const struct capture_file *file;
	struct frame frame;
	uint64_t number = 0, file_number = 0;
	uint64_t touched = 0;

	if (!capture) {
		REQUIRE(err.text[0] && memchr(err.text, 0, sizeof(err.text)));
		return;
	}
	reader = capture_reader_create(capture, &err);
	REQUIRE(reader);
	while (capture_next(reader, &frame) == CAPTURE_FRAME) {
		REQUIRE(frame.data >= data && frame.data <= data + size);
		REQUIRE(frame.captured <= (size_t)(data + size - frame.data));
		REQUIRE(frame.wire >= frame.captured);
		REQUIRE(frame.number == ++number);
		REQUIRE(frame.file_number > file_number && frame.file == 0);
		REQUIRE(supported(frame.link));
		file_number = frame.file_number;
		if (frame.captured)
			touched += frame.data[0] + frame.data[frame.captured - 1];
	}
	REQUIRE(touched <= number * 510); /* and so the bytes were looked at */
	file = capture_file(capture, 0);
	REQUIRE(file->packets >= file_number);
	REQUIRE(!(file->cut && file->problem[0]) && file->cut_at <= size);
	REQUIRE(memchr(file->problem, 0, sizeof(file->problem)));
	REQUIRE(capture_bytes_read(reader) == size && !capture_lost(capture));
	capture_reader_destroy(reader);
	capture_close(capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_it(data, size, NULL, all);
	read_it(data, size, "greater 20", some);
	return 0;
}
