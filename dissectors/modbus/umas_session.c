/* SPDX-License-Identifier: Apache-2.0
 *
 * UMAS over several messages: who holds the reservation, which program goes over, and what the
 * controller says of itself.
 *
 * The hash of a program is a chain: SHA-256 over the hash so far (zeros at first) and the SHA-256 of the
 * next block. The same program in the same blocks has the same hash, whoever transfers it.
 */
#include <stdio.h>

#include "umas.h"

struct bt_cursor umas_text(struct bt_cursor *at)
{
	struct bt_cursor text = cur_take(at, cur_u8(at));
	struct bt_cursor look = text, whole = text;
	size_t length = 0;

	while (cur_left(&look)) {
		uint8_t byte = cur_u8(&look);

		if (byte == 0 && cur_left(&look) == 0)
			break; /* names end with a zero that is counted */
		if (byte < ' ')
			return cur_of(NULL, 0);
		length++;
	}
	return cur_take(&whole, length);
}

bool umas_taking(const struct modbus_adu *request, struct umas_taking *taking)
{
	struct bt_cursor at = umas_body(request);

	taking->client = cur_u32le(&at);
	taking->owner = umas_text(&at);
	return cur_ok(&at);
}

static void take(struct umas_session *session, const struct modbus_adu *request,
		 const struct modbus_adu *answer)
{
	struct bt_cursor said = umas_body(answer);
	struct umas_taking taking;
	size_t length;

	session->key = cur_u8(&said);
	session->owner_length = 0;
	if (!umas_taking(request, &taking))
		return;
	length = cur_left(&taking.owner) < UMAS_OWNER_MAX ? cur_left(&taking.owner) : UMAS_OWNER_MAX;
	session->owner_length = (uint8_t)length;
	cur_copy(&taking.owner, session->owner, length);
}

static void begin_program(struct umas_session *session, uint8_t code)
{
	session->direction = code;
	session->complete = true;
	session->ended = false;
	session->last_block = 0;
	session->blocks = 0;
	session->bytes = 0;
	memset(session->hash, 0, sizeof(session->hash));
}

/* `block_hash`: where the message that carried the block is not there whole; or NULL. */
static void add_block(struct umas_session *session, uint16_t number,
		      const struct umas_transfer *carried, const uint8_t *block_hash)
{
	uint8_t chain[2 * BT_SHA256_BYTES], *hash = chain + BT_SHA256_BYTES;
	bool again = session->blocks && number == session->last_block;

	memcpy(chain, session->hash, BT_SHA256_BYTES);
	memset(hash, 0, BT_SHA256_BYTES);
	if (cur_left(&carried->data) == carried->size)
		bt_sha256(carried->data, hash);
	else if (block_hash)
		memcpy(hash, block_hash, BT_SHA256_BYTES);
	else
		session->complete = false;
	if (again) { /* with other content the hash is nobody's any more */
		session->complete &= memcmp(hash, session->last_hash, BT_SHA256_BYTES) == 0;
		return;
	}
	session->complete &= number == (uint16_t)(session->last_block + 1);
	session->last_block = number;
	memcpy(session->last_hash, hash, BT_SHA256_BYTES);
	session->blocks++;
	session->bytes += carried->size;
	if (session->complete)
		bt_sha256(cur_of(chain, sizeof(chain)), session->hash);
}

/* The end says how many blocks there were. */
static void end_program(struct umas_session *session, const struct modbus_adu *request)
{
	struct bt_cursor at = umas_body(request);

	cur_skip(&at, 2);
	session->complete &= cur_u16le(&at) == session->last_block && cur_ok(&at);
	session->ended = true;
}

void umas_follow(struct umas_session *session, const struct modbus_adu *request,
		 const struct modbus_adu *answer, const uint8_t *block_hash)
{
	uint8_t code = umas_code(request);
	struct umas_transfer asked, said;

	if (session->ended) /* it was told with the end */
		session->direction = 0;
	if (umas_code(answer) != UMAS_OK)
		return;
	switch (code) {
	case UMAS_TAKE: take(session, request, answer); break;
	case UMAS_RELEASE: session->key = session->owner_length = 0; break;
	case UMAS_INIT_UPLOAD:
	case UMAS_INIT_DOWNLOAD: begin_program(session, code); break;
	case UMAS_UPLOAD_BLOCK:
		if (session->direction == UMAS_INIT_UPLOAD && umas_transfer(code, request, true, &asked))
			add_block(session, asked.block, &asked, block_hash);
		break;
	case UMAS_DOWNLOAD_BLOCK:
		if (session->direction == UMAS_INIT_DOWNLOAD &&
		    umas_transfer(code, request, true, &asked) &&
		    umas_transfer(code, answer, false, &said))
			add_block(session, asked.block, &said, NULL);
		break;
	case UMAS_END_UPLOAD:
	case UMAS_END_DOWNLOAD: end_program(session, request); break;
	default: break;
	}
}

/* 2 bytes, hardware id, 2 bytes, firmware (minor in BCD, major), 4 bytes, hardware version, 6 bytes,
 * model */
bool umas_controller(struct bt_cursor at, struct umas_controller *controller)
{
	cur_skip(&at, 2);
	controller->hardware_id = cur_u32le(&at);
	cur_skip(&at, 2);
	controller->minor = cur_u8(&at);
	controller->major = cur_u8(&at);
	cur_skip(&at, 4);
	controller->hardware = cur_u16le(&at);
	cur_skip(&at, 6);
	controller->model = umas_text(&at);
	return cur_ok(&at) && cur_left(&controller->model);
}

/* Day of the week, second, minute, hour, day, month, year. */
static struct umas_time time_at(struct bt_cursor *at)
{
	struct umas_time time = {0};

	cur_skip(at, 1);
	time.second = cur_u8(at);
	time.minute = cur_u8(at);
	time.hour = cur_u8(at);
	time.day = cur_u8(at);
	time.month = cur_u8(at);
	time.year = cur_u16le(at);
	return time;
}

/* 18 bytes, two times, version, the project's name, and nothing more */
bool umas_project(struct bt_cursor at, struct umas_project *project)
{
	cur_skip(&at, 18);
	project->times[0] = time_at(&at);
	project->times[1] = time_at(&at);
	project->version = cur_u32le(&at);
	project->name = umas_text(&at);
	return cur_ok(&at) && cur_left(&at) == 0 && cur_left(&project->name);
}

static void say(struct bt_context *ctx, enum bt_identity what, struct bt_cursor text)
{
	if (cur_left(&text))
		bt_identity(ctx, bt_server(BT_NO_UNIT), what, text, "Modbus UMAS");
}

static void identify_controller(struct bt_context *ctx, struct bt_cursor at)
{
	struct umas_controller controller;
	char text[16];
	int length;

	if (!umas_controller(at, &controller))
		return;
	say(ctx, BT_ID_MODEL, controller.model);
	length = snprintf(text, sizeof(text), "%x.%02x", controller.major, controller.minor);
	say(ctx, BT_ID_FIRMWARE, cur_of(text, (size_t)length));
	length = snprintf(text, sizeof(text), "%u", controller.hardware);
	if (controller.hardware)
		say(ctx, BT_ID_HARDWARE, cur_of(text, (size_t)length));
}

/* 12 bytes, the name that the controller has on its network */
static void identify_host(struct bt_context *ctx, struct bt_cursor at)
{
	struct bt_cursor name;

	cur_skip(&at, 12);
	name = umas_text(&at);
	if (cur_ok(&at))
		say(ctx, BT_ID_NAME, name);
}

void umas_identify(struct bt_context *ctx, const struct modbus_adu *request,
		   const struct modbus_adu *answer)
{
	struct umas_project project;
	struct umas_taking taking;

	if (umas_code(answer) != UMAS_OK)
		return;
	switch (umas_code(request)) {
	case UMAS_INIT_COMM: identify_host(ctx, umas_body(answer)); break;
	case UMAS_READ_ID: identify_controller(ctx, umas_body(answer)); break;
	case UMAS_READ_PROJECT:
		if (umas_project(umas_body(answer), &project))
			say(ctx, BT_ID_APPLICATION, project.name);
		break;
	case UMAS_TAKE:
		if (umas_taking(request, &taking) && cur_left(&taking.owner))
			bt_identity(ctx, bt_client(), BT_ID_CLIENT, taking.owner,
				    "Modbus UMAS reservation");
		break;
	default: break;
	}
}
