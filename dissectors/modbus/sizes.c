/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a message is that has no header to say so: on a serial line silence ends a message, and over
 * TCP there is no silence. The layouts of Modbus Application Protocol V1.1b3 say it, for a request
 * and for an answer; which of the two it is, the checksum shows.
 */
#include "modbus.h"

enum counted {
	COUNT_NONE, /* `head` bytes are all */
	COUNT_BYTE, /* the last byte of the head says how many follow */
	COUNT_WORD, /* its last two do */
	COUNT_FREE, /* nothing does */
};

struct layout {
	uint8_t head, counted;
};

static const struct layout requests[] = {
	[FORM_OPAQUE] = {0, COUNT_FREE},
	[FORM_READ_BITS] = {4, COUNT_NONE},
	[FORM_READ_WORDS] = {4, COUNT_NONE},
	[FORM_WRITE_COIL] = {4, COUNT_NONE},
	[FORM_WRITE_WORD] = {4, COUNT_NONE},
	[FORM_WRITE_BITS] = {5, COUNT_BYTE},
	[FORM_WRITE_WORDS] = {5, COUNT_BYTE},
	[FORM_MASK_WRITE] = {6, COUNT_NONE},
	[FORM_READ_WRITE] = {9, COUNT_BYTE},
	[FORM_EXCEPTION_STATUS] = {0, COUNT_NONE},
	[FORM_DIAGNOSTICS] = {4, COUNT_NONE},
	[FORM_EVENT_COUNTER] = {0, COUNT_NONE},
	[FORM_EVENT_LOG] = {0, COUNT_NONE},
	[FORM_SERVER_ID] = {0, COUNT_NONE},
	[FORM_READ_FILE] = {1, COUNT_BYTE},
	[FORM_WRITE_FILE] = {1, COUNT_BYTE},
	[FORM_FIFO] = {2, COUNT_NONE},
	[FORM_ENCAPSULATED] = {3, COUNT_NONE},
	[FORM_UMAS] = {0, COUNT_FREE},
};

static const struct layout answers[] = {
	[FORM_OPAQUE] = {0, COUNT_FREE},
	[FORM_READ_BITS] = {1, COUNT_BYTE},
	[FORM_READ_WORDS] = {1, COUNT_BYTE},
	[FORM_WRITE_COIL] = {4, COUNT_NONE},
	[FORM_WRITE_WORD] = {4, COUNT_NONE},
	[FORM_WRITE_BITS] = {4, COUNT_NONE},
	[FORM_WRITE_WORDS] = {4, COUNT_NONE},
	[FORM_MASK_WRITE] = {6, COUNT_NONE},
	[FORM_READ_WRITE] = {1, COUNT_BYTE},
	[FORM_EXCEPTION_STATUS] = {1, COUNT_NONE},
	[FORM_DIAGNOSTICS] = {4, COUNT_NONE},
	[FORM_EVENT_COUNTER] = {4, COUNT_NONE},
	[FORM_EVENT_LOG] = {1, COUNT_BYTE},
	[FORM_SERVER_ID] = {1, COUNT_BYTE},
	[FORM_READ_FILE] = {1, COUNT_BYTE},
	[FORM_WRITE_FILE] = {1, COUNT_BYTE},
	[FORM_FIFO] = {2, COUNT_WORD},
	[FORM_ENCAPSULATED] = {6, COUNT_NONE},
	[FORM_UMAS] = {0, COUNT_FREE},
};

/* 43/14: a head whose last byte counts objects, each of which counts its bytes. */
static uint32_t size_of_objects(struct bt_cursor data)
{
	struct bt_cursor at = data;
	uint32_t size = answers[FORM_ENCAPSULATED].head;
	uint8_t objects;

	cur_skip(&at, size - 1);
	objects = cur_u8(&at);
	while (cur_ok(&at) && objects--) {
		cur_skip(&at, 1);
		size += 2;
		if (cur_left(&at)) {
			uint8_t length = cur_u8(&at);

			cur_skip(&at, length);
			size += length;
		} else {
			cur_skip(&at, 1);
		}
	}
	return size;
}

uint32_t modbus_size(uint8_t raw, struct bt_cursor data, bool request)
{
	const struct modbus_function *function = modbus_function(raw);
	const struct layout *layout = &(request ? requests : answers)[function->form];
	struct bt_cursor count = data;

	if (raw & EXCEPTION_BIT)
		return 1;
	if (function->form == FORM_DIAGNOSTICS && cur_left(&data) >= 2 && cur_u16be(&data) == 0)
		return SIZE_FREE; /* data of any length, to be sent back */
	if (function->form == FORM_ENCAPSULATED) {
		struct bt_cursor type = count;

		if (cur_left(&type) && cur_u8(&type) != 14)
			return SIZE_FREE;
		return request ? layout->head : size_of_objects(count);
	}
	switch (layout->counted) {
	case COUNT_BYTE:
		cur_skip(&count, layout->head - 1U);
		return layout->head + (uint32_t)cur_u8(&count);
	case COUNT_WORD:
		cur_skip(&count, layout->head - 2U);
		return layout->head + (uint32_t)cur_u16be(&count);
	case COUNT_FREE: return SIZE_FREE;
	default: return layout->head;
	}
}
