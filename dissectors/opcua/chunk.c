/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks: what they look like, how long they are, and what their headers say (OPC 10000-6, 6.7.2
 * and 7.1.2). A sealed chunk shows its channel and token, and nothing else.
 */
#include "opcua.h"

enum {
	HELLO_MAX = 32 + 4096,     /* with the longest URL there may be */
	TEXT_SLACK = 8192,         /* what real ones exceed it by */
	PROBE_BYTES = 32,
};

#define LETTERS(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (c))

static const struct {
	const char *letters, *name;
	uint32_t least, most;
} kinds[KIND_COUNT] = {
	[KIND_HELLO] = {"HEL", "HEL", 32, HELLO_MAX + TEXT_SLACK},
	[KIND_ACKNOWLEDGE] = {"ACK", "ACK", 28, 28},
	[KIND_ERROR] = {"ERR", "ERR", 16, 16 + TEXT_SLACK},
	[KIND_REVERSE_HELLO] = {"RHE", "RHE", 16, 16 + 2 * TEXT_SLACK},
	[KIND_OPEN] = {"OPN", "OPN", 24, CHUNK_SANE},
	[KIND_MESSAGE] = {"MSG", "MSG", 24, CHUNK_SANE},
	[KIND_CLOSE] = {"CLO", "CLO", 24, CHUNK_SANE},
};

const struct ua_policy ua_policies[] = {
	{"None", 0, false},
	{"Basic128Rsa15", 20, true},
	{"Basic256", 20, true},
	{"Basic256Sha256", 32, false},
	{"Aes128_Sha256_RsaOaep", 32, false},
	{"Aes256_Sha256_RsaPss", 32, false},
	{"ECC_nistP256", 32, false},
	{"ECC_nistP384", 48, false},
	{"ECC_brainpoolP256r1", 32, false},
	{"ECC_brainpoolP384r1", 48, false},
	{"ECC_curve25519", 16, false},
	{"ECC_curve448", 16, false},
};
const size_t ua_policy_count = sizeof(ua_policies) / sizeof(ua_policies[0]);

static const char policy_root[] = "http://opcfoundation.org/UA/SecurityPolicy#";

const char *ua_kind_name(uint8_t kind)
{
	return kinds[kind].name;
}

const struct ua_policy *ua_policy(struct bt_cursor uri)
{
	struct bt_cursor root = cur_take_upto(&uri, sizeof(policy_root) - 1);

	if (!cur_equal(root, cur_of(policy_root, sizeof(policy_root) - 1)))
		return NULL;
	for (size_t i = 0; i < ua_policy_count; i++) {
		if (cur_equal(uri, cur_of(ua_policies[i].name, strlen(ua_policies[i].name))))
			return &ua_policies[i];
	}
	return NULL;
}

/* KIND_COUNT: no message begins so. */
static inline uint8_t kind_of(uint32_t letters)
{
	if (letters == LETTERS('M', 'S', 'G')) /* as nearly all do */
		return KIND_MESSAGE;
	switch (letters) {
	case LETTERS('H', 'E', 'L'): return KIND_HELLO;
	case LETTERS('A', 'C', 'K'): return KIND_ACKNOWLEDGE;
	case LETTERS('E', 'R', 'R'): return KIND_ERROR;
	case LETTERS('R', 'H', 'E'): return KIND_REVERSE_HELLO;
	case LETTERS('O', 'P', 'N'): return KIND_OPEN;
	case LETTERS('C', 'L', 'O'): return KIND_CLOSE;
	default: return KIND_COUNT;
	}
}

static bool letter_fits(uint8_t kind, uint8_t letter)
{
	return letter == 'F' || (kind == KIND_MESSAGE && (letter == 'C' || letter == 'A'));
}

/* Requests and responses begin with a header that chance does not make, whatever stands in it.
 * `part`: it need not be all here. */
static bool header_is_plausible(struct bt_cursor at, bool answer, bool part)
{
	struct ua_walk walk = {.at = at};

	ua_walk(&walk, answer ? ua_response_header : ua_request_header);
	return cur_ok(&walk.at) ? ua_go(&walk) : part;
}

/* A channel is opened by a message of its own kind, which carries nothing else. */
static bool belongs(const struct ua_service *service, uint8_t kind)
{
	switch (service->request) {
	case 0: return kind != KIND_CLOSE; /* a fault */
	case SERVICE_OPEN_CHANNEL: return kind == KIND_OPEN;
	case SERVICE_CLOSE_CHANNEL: return kind != KIND_OPEN;
	default: return kind == KIND_MESSAGE;
	}
}

/* The service's id; 0 where none stands there. Nearly all are written in two bytes, of name space 0. */
static uint32_t read_type(struct bt_cursor *at)
{
	struct bt_cursor usual = *at;
	struct ua_node type;

	if (cur_u16be(&usual) == 0x0100 && cur_left(&usual) >= 2) {
		type.number = cur_u16le(&usual);
		*at = usual;
		return type.number;
	}
	if (!ua_read_node(at, false, &type) || type.kind != ID_NUMERIC || type.space)
		return 0;
	return type.number;
}

/* Sequence number, request id, and the service; `clear`: it cannot be sealed; `part`: there is more of
 * it elsewhere. */
static inline void read_sequence(struct bt_cursor at, bool clear, bool part,
				 struct ua_message *message)
{
	message->sequence = cur_u32le(&at);
	message->request = cur_u32le(&at);
	if (message->letter == 'R')
		message->chunks = cur_u32le(&at);
	message->body = at;
	message->type = read_type(&message->body);
	message->service = ua_service(message->type, &message->answer);
	if (message->service &&
	    (!belongs(message->service, message->kind) ||
	     (!clear && !header_is_plausible(message->body, message->answer, part))))
		message->service = NULL;
	message->has_sequence = clear || message->service;
	if (!message->has_sequence) /* sealed: these were any bytes */
		message->type = message->sequence = message->request = 0;
	if (!message->type) {
		message->answer = false;
		message->body = at;
	}
}

static bool read_open(struct bt_cursor *at, struct ua_message *message)
{
	bool null;

	message->policy = ua_read_string(at, &null);
	message->certificate = ua_read_string(at, &null);
	message->thumbprint = ua_read_string(at, &null);
	return cur_ok(at);
}

bool ua_message_read(struct bt_cursor bytes, bool clear, struct ua_message *message)
{
	struct bt_cursor at = bytes;
	bool part;

	*message = (struct ua_message){.kind = kind_of(cur_u24be(&at)), .chunks = 1};
	if (message->kind == KIND_COUNT)
		return false;
	message->letter = (char)cur_u8(&at);
	message->size = cur_u32le(&at);
	message->body = at;
	part = message->letter == 'C' || cur_left(&bytes) < message->size;
	if (message->kind < KIND_OPEN)
		return cur_ok(&at);
	message->channel = cur_u32le(&at);
	if (message->kind == KIND_OPEN) {
		if (!read_open(&at, message))
			return false;
		clear = ua_policy(message->policy) == ua_policies; /* else it should be sealed */
	} else {
		message->token = cur_u32le(&at);
	}
	if (message->letter != 'A')
		read_sequence(at, clear, part, message);
	else
		message->body = at;
	return cur_ok(&at);
}

/* Of connection messages: does the content behind the header fit the size? */
static bool text_fits(uint8_t kind, struct bt_cursor at, uint32_t size)
{
	size_t left = cur_left(&at);
	uint32_t length;

	cur_skip(&at, kind == KIND_HELLO ? 20 : kind == KIND_ERROR ? 4 : 0);
	length = cur_u32le(&at);
	if (!cur_ok(&at))
		return CHUNK_HEADER + left < PROBE_BYTES; /* not all there yet */
	if (length == UINT32_MAX)
		length = 0;
	switch (kind) {
	case KIND_HELLO: return size == 32 + (uint64_t)length;
	case KIND_ERROR: return size == 16 + (uint64_t)length;
	case KIND_REVERSE_HELLO: return size >= 16 + (uint64_t)length;
	default: return true;
	}
}

/* Of secure messages: a channel has a number, a policy a name. */
static inline bool secure_fits(uint8_t kind, struct bt_cursor at, uint32_t size)
{
	uint32_t channel = cur_u32le(&at), length = cur_u32le(&at);
	struct bt_cursor uri;

	if (!cur_ok(&at))
		return true;
	if (kind != KIND_OPEN)
		return channel != 0;
	uri = cur_take_upto(&at, 7);
	return length >= 7 && length <= 255 && length < size &&
	       cur_equal(uri, cur_of("http://", cur_left(&uri)));
}

/* `at`: behind the header. */
static inline bool begins_message(struct bt_cursor at, uint8_t kind, uint32_t size)
{
	if (size < kinds[kind].least || size > kinds[kind].most)
		return false;
	return kind < KIND_OPEN ? text_fits(kind, at, size) : secure_fits(kind, at, size);
}

/* Is what is here the beginning of a chunk's first bytes? */
static bool may_begin(struct bt_cursor head)
{
	for (uint8_t kind = 0; kind < KIND_COUNT; kind++) {
		struct bt_cursor here = head;

		here = cur_take_upto(&here, 3);
		if (cur_equal(here, cur_of(kinds[kind].letters, cur_left(&here))))
			return true;
	}
	return false;
}

static struct bt_frame whole(uint32_t size)
{
	struct bt_frame frame = {BT_FRAME_WHOLE, size, 0};

	if (size > CHUNK_KEPT) {
		frame.length = CHUNK_KEPT;
		frame.beyond = size - CHUNK_KEPT;
	}
	return frame;
}

/* Behind a place that was lost the next message must begin well, too. */
static bool next_fits(struct bt_cursor head, uint32_t size)
{
	if (cur_left(&head) <= size)
		return true;
	cur_skip(&head, size);
	return may_begin(head);
}

struct bt_frame ua_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	const struct bt_frame bad = {BT_FRAME_BAD, 0, 0};
	struct bt_cursor at = head;
	struct bt_frame frame;
	uint8_t kind, letter;
	uint32_t size;

	if (cur_left(&head) < CHUNK_HEADER) {
		if (sync == BT_LOST || !may_begin(head))
			return bad;
		return (struct bt_frame){BT_FRAME_PARTIAL, CHUNK_HEADER, 0};
	}
	kind = kind_of(cur_u24be(&at));
	letter = cur_u8(&at);
	size = cur_u32le(&at);
	if (kind == KIND_COUNT || !letter_fits(kind, letter) || !begins_message(at, kind, size))
		return bad;
	if (sync != BT_IN_SYNC && (size > CHUNK_KEPT || !next_fits(head, size)))
		return bad;
	frame = whole(size);
	if (cur_left(&head) < frame.length)
		frame.kind = BT_FRAME_PARTIAL;
	return frame;
}

enum bt_match ua_probe(struct bt_cursor head, bool hinted)
{
	struct bt_frame frame = ua_frame(head, BT_TO_SERVER, BT_IN_SYNC);
	struct ua_message message;

	if (frame.kind == BT_FRAME_BAD)
		return BT_MATCH_NO;
	if (cur_left(&head) < PROBE_BYTES && frame.kind == BT_FRAME_PARTIAL)
		return BT_MATCH_MORE;
	if (!ua_message_read(head, false, &message))
		return message.kind == KIND_OPEN ? BT_MATCH_WEAK : BT_MATCH_NO;
	switch (message.kind) {
	case KIND_HELLO: return BT_MATCH_REQUEST;
	case KIND_ACKNOWLEDGE:
	case KIND_ERROR:
	case KIND_REVERSE_HELLO: return BT_MATCH_RESPONSE;
	case KIND_OPEN:
		if (!ua_policy(message.policy))
			return BT_MATCH_WEAK;
		break;
	case KIND_CLOSE: return message.service ? BT_MATCH_REQUEST : BT_MATCH_WEAK;
	default: break;
	}
	if (message.service)
		return message.answer ? BT_MATCH_RESPONSE : BT_MATCH_REQUEST;
	return message.kind == KIND_OPEN ? BT_MATCH_EITHER : BT_MATCH_WEAK;
}
