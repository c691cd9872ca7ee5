/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT over WebSocket (RFC 6455; MQTT 5.0 section 6): an HTTP upgrade with subprotocol "mqtt" or
 * "mqttv3.1", then frames whose payloads, one behind the other, are the stream that TCP would carry.
 * Frames and packets share no borders, so what is left of a packet is held until the next frame.
 *
 *	 fin rsv opcode  mask  length (7, 16 or 64 bits)  masking key   payload
 *	+---------------+-----+--------------------------+-------------+---------+
 *	| 1   3    4    |  1  | 7, 7 + 16 or 7 + 64 bits |  0 or 4 B   |         |
 *	+---------------+-----+--------------------------+-------------+---------+
 *
 * Clients mask and servers do not, which tells the sides wherever the connection is met.
 */
#include "mqtt.h"

enum {
	HTTP_MAX = 8 << 10,  /* bytes of a request or answer with its header lines */
	LOOK_MAX = 512,      /* bytes of a payload that are looked at to recognise it */
	ROOM_MIN = 256,
	ROOM_KEPT = 4 << 10, /* what an idle direction may hold on to */
	FRAME_MAX = 1 << 30, /* more is nobody's frame */
	CONTROL_MAX = 125,
};

enum opcode {
	OPCODE_CONTINUATION,
	OPCODE_TEXT,
	OPCODE_BINARY,
	OPCODE_CLOSE = 8,
	OPCODE_PING,
	OPCODE_PONG,
};

/* The packets of one direction. */
struct half {
	uint8_t *held; /* a packet that is not complete */
	uint32_t size, room;
	uint32_t skip; /* bytes to come of a packet that is long enough */
	bool lost;     /* nobody knows where the next packet begins */
	bool compressed; /* the message that the frames continue */
};

struct websocket {
	struct mqtt_state mqtt; /* first: the state that mqtt_dissect() knows */
	struct half halves[2];
	bool upgraded;
	bool unreadable_told;
};

struct ws_header {
	bool fin, masked;
	uint8_t reserved, opcode;
	uint8_t size; /* of the header */
	uint64_t length;
	uint8_t key[4];
};

static bool read_header(struct bt_cursor head, struct ws_header *header)
{
	size_t there = cur_left(&head);
	uint8_t first = cur_u8(&head), second = cur_u8(&head);

	*header = (struct ws_header){
		.fin = first & 0x80,
		.reserved = first >> 4 & 7,
		.opcode = first & 15,
		.masked = second & 0x80,
		.length = second & 0x7f,
	};
	if (header->length == 126)
		header->length = cur_u16be(&head);
	else if (header->length == 127)
		header->length = cur_u64be(&head);
	if (header->masked)
		cur_copy(&head, header->key, sizeof(header->key));
	header->size = (uint8_t)(there - cur_left(&head));
	return cur_ok(&head);
}

static bool is_legal(const struct ws_header *header)
{
	if (header->opcode >= OPCODE_CLOSE)
		return header->opcode <= OPCODE_PONG && header->fin && header->length <= CONTROL_MAX &&
		       !header->reserved;
	return header->opcode <= OPCODE_BINARY && header->length <= FRAME_MAX &&
	       !(header->reserved & 3); /* the third bit: compressed */
}

static void unmask(const struct ws_header *header, size_t phase, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; header->masked && i < size; i++)
		bytes[i] ^= header->key[(phase + i) & 3];
}

static bool is_http(struct bt_cursor head)
{
	return mqtt_begins(head, "GET ") || mqtt_begins(head, "HTTP/1.");
}

static uint8_t lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

/* Bytes before and with `text` (in lower case); 0: it is not in it. */
static size_t find(struct bt_cursor in, const char *text)
{
	size_t size = strlen(text), all = cur_left(&in);

	for (; cur_left(&in) >= size; cur_skip(&in, 1)) {
		struct bt_cursor at = in;
		size_t same = 0;

		while (same < size && lower(cur_u8(&at)) == (uint8_t)text[same])
			same++;
		if (same == size)
			return all - cur_left(&at);
	}
	return 0;
}

/* The value of a header line, up to the line's end. */
static struct bt_cursor header_line(struct bt_cursor head, const char *name)
{
	struct bt_cursor value = head;
	size_t at = find(head, name);

	if (!at)
		return cur_of(NULL, 0);
	cur_skip(&value, at);
	at = find(value, "\r\n");
	return at ? cur_take(&value, at - 2) : value;
}

static enum bt_match probe_http(struct bt_cursor head)
{
	struct bt_cursor line = header_line(head, "\r\nsec-websocket-protocol:");
	bool request = mqtt_begins(head, "GET ");

	if (find(line, "mqtt"))
		return request ? BT_MATCH_REQUEST : BT_MATCH_RESPONSE;
	return find(head, "\r\n\r\n") || cur_left(&head) > HTTP_MAX ? BT_MATCH_NO : BT_MATCH_MORE;
}

/* What the payload of a binary frame looks like. */
static enum bt_match look_inside(struct bt_cursor head, const struct ws_header *header)
{
	uint8_t bytes[LOOK_MAX];
	struct bt_cursor payload;

	if (header->opcode != OPCODE_BINARY || header->reserved)
		return BT_MATCH_NO;
	cur_skip(&head, header->size);
	payload = cur_take_upto(&head, header->length < LOOK_MAX ? (size_t)header->length : LOOK_MAX);
	if (!cur_left(&payload))
		return header->length ? BT_MATCH_MORE : BT_MATCH_NO;
	head = payload;
	cur_copy(&head, bytes, cur_left(&payload));
	unmask(header, 0, bytes, cur_left(&payload));
	return mqtt_probe(cur_of(bytes, cur_left(&payload)), true);
}

static enum bt_match probe(struct bt_cursor head, bool hinted)
{
	struct ws_header header;
	enum bt_match match;

	if (is_http(head))
		return probe_http(head);
	if (!read_header(head, &header) || !is_legal(&header))
		return BT_MATCH_NO;
	match = look_inside(head, &header);
	if (match == BT_MATCH_NO || match == BT_MATCH_MORE)
		return BT_MATCH_NO;
	if (match == BT_MATCH_WEAK)
		return hinted ? BT_MATCH_WEAK : BT_MATCH_NO;
	return header.masked ? BT_MATCH_REQUEST : BT_MATCH_RESPONSE;
}

static struct bt_frame frame_http(struct bt_cursor head)
{
	struct bt_cursor at = head, look = cur_take_upto(&at, HTTP_MAX);
	size_t end = find(look, "\r\n\r\n");

	if (end)
		return (struct bt_frame){.kind = BT_FRAME_WHOLE, .length = (uint32_t)end};
	if (cur_left(&look) == HTTP_MAX)
		return (struct bt_frame){.kind = BT_FRAME_BAD};
	return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = (uint32_t)cur_left(&head) + 1};
}

/* Where the place is lost only a frame whose payload begins with a packet is one. Browsers send a packet
 * in several frames, of which the first holds one byte: little proof, but a frame that ends where the
 * bytes do. */
static bool believable(struct bt_cursor head, const struct ws_header *header, enum bt_sync sync)
{
	uint64_t there = cur_left(&head) - header->size;
	bool at_segment = sync == BT_LOST_AT_SEGMENT;

	switch (look_inside(head, header)) {
	case BT_MATCH_NO: return false;
	case BT_MATCH_MORE:
		return there == header->length ||
		       (at_segment && there < header->length && header->length <= CONTROL_MAX);
	case BT_MATCH_WEAK: return at_segment || there == header->length;
	default: return true;
	}
}

static struct bt_frame frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync)
{
	struct ws_header header;
	uint64_t total, kept;

	(void)dir;
	if (sync != BT_LOST && is_http(head))
		return frame_http(head);
	if (!read_header(head, &header))
		return (struct bt_frame){
			.kind = sync == BT_LOST ? BT_FRAME_BAD : BT_FRAME_PARTIAL,
			.length = (uint32_t)cur_left(&head) + 1};
	if (!is_legal(&header) || (sync != BT_IN_SYNC && !believable(head, &header, sync)))
		return (struct bt_frame){.kind = BT_FRAME_BAD};
	total = header.size + header.length;
	kept = total < HEAD_MAX ? total : HEAD_MAX;
	if (cur_left(&head) < kept)
		return (struct bt_frame){.kind = BT_FRAME_PARTIAL, .length = (uint32_t)kept};
	return (struct bt_frame){BT_FRAME_WHOLE, (uint32_t)kept, (uint32_t)(total - kept)};
}

static void lose_place(struct half *half)
{
	half->size = half->skip = 0;
	half->lost = true;
}

static bool make_room(struct bt_context *ctx, struct half *half, size_t more)
{
	size_t room = half->room ? half->room : ROOM_MIN;
	void *held;

	while (room < half->size + more)
		room *= 2;
	if (room == half->room)
		return true;
	held = bt_resize(ctx, half->held, room);
	if (!held)
		return false;
	half->held = held;
	half->room = (uint32_t)room;
	return true;
}

static void drop_room(struct bt_context *ctx, struct half *half)
{
	if (half->size || half->room <= ROOM_KEPT)
		return;
	bt_free(ctx, half->held);
	half->held = NULL;
	half->room = 0;
}

/* At most `size` bytes; returns how many there were. */
static uint32_t pass_over(struct bt_cursor *bytes, uint32_t size)
{
	struct bt_cursor passed = cur_take_upto(bytes, size);

	return (uint32_t)cur_left(&passed);
}

/* The packets that are complete. What is none may have one behind it. */
static void read_packets(struct bt_context *ctx, struct half *half)
{
	struct bt_cursor rest = cur_of(half->held, half->size);
	enum bt_sync sync = half->lost ? BT_LOST_AT_SEGMENT : BT_IN_SYNC;
	uint32_t at;

	while (cur_left(&rest)) {
		struct bt_frame packet = mqtt_frame(rest, ctx->dir, sync);

		if (packet.kind == BT_FRAME_PARTIAL)
			break;
		if (packet.kind == BT_FRAME_BAD) {
			if (!half->lost)
				bt_break(ctx, &mqtt_stray_bytes, "%zu bytes of a WebSocket frame",
					 cur_left(&rest));
			half->lost = true;
			sync = BT_LOST;
			cur_skip(&rest, 1);
			continue;
		}
		half->lost = false;
		sync = BT_IN_SYNC;
		mqtt_dissect(ctx, cur_take(&rest, packet.length));
		half->skip = packet.beyond;
		half->skip -= pass_over(&rest, half->skip);
	}
	at = half->size - (uint32_t)cur_left(&rest);
	half->size = (uint32_t)cur_left(&rest);
	if (at && half->size)
		memmove(half->held, half->held + at, half->size);
}

/* The end of the frame is not kept: what is there of the packet in it is all that will be. */
static void read_beginning(struct bt_context *ctx, struct half *half, uint64_t missing)
{
	struct mqtt_header header;
	uint64_t total;

	if (half->skip || !half->size) {
		half->lost |= missing > half->skip;
		half->skip -= missing < half->skip ? (uint32_t)missing : half->skip;
		return;
	}
	if (half->lost || mqtt_header(cur_of(half->held, half->size), &header) != HEADER_WHOLE) {
		lose_place(half);
		return;
	}
	if (half->size <= HEAD_MAX / 2) /* else MQTT tells what is missed */
		bt_break(ctx, &mqtt_websocket_unreadable, "a packet behind %u bytes of a frame",
			 HEAD_MAX - half->size);
	total = header.size + (uint64_t)header.remaining - half->size;
	mqtt_dissect(ctx, cur_of(half->held, half->size));
	half->size = 0;
	half->lost = missing > total;
	half->skip = half->lost ? 0 : (uint32_t)(total - missing);
}

static void feed(struct bt_context *ctx, const struct ws_header *header, struct bt_cursor payload)
{
	struct websocket *state = ctx->state;
	struct half *half = &state->halves[ctx->dir];
	uint64_t missing = header->length - cur_left(&payload);
	uint32_t phase = pass_over(&payload, half->skip);
	size_t size;

	half->skip -= phase;
	size = cur_left(&payload);
	if (!make_room(ctx, half, size)) {
		lose_place(half);
		return;
	}
	cur_copy(&payload, half->held + half->size, size);
	unmask(header, phase, half->held + half->size, size);
	half->size += (uint32_t)size;
	read_packets(ctx, half);
	if (missing)
		read_beginning(ctx, half, missing);
	if (missing && half->lost)
		bt_break(ctx, &mqtt_websocket_unreadable, "the last of a frame of %llu bytes",
			 (unsigned long long)header->length);
	drop_room(ctx, half);
}

static void check_mask(struct bt_context *ctx, const struct ws_header *header)
{
	struct websocket *state = ctx->state;
	struct half half = state->halves[0];
	enum bt_dir before = ctx->dir;

	if (header->masked == (ctx->dir == BT_TO_SERVER))
		return;
	bt_swap_sides(ctx);
	if (ctx->dir == before) {
		bt_break(ctx, &mqtt_websocket_frame, header->masked ? "a server that masks"
								    : "a client that does not mask");
		return;
	}
	state->halves[0] = state->halves[1];
	state->halves[1] = half;
}

static enum bt_verdict dissect(struct bt_context *ctx, struct bt_cursor message)
{
	struct websocket *state = ctx->state;
	struct ws_header header;
	struct half *half;

	if (is_http(message)) {
		state->upgraded |= mqtt_begins(message, "HTTP/1.1 101");
		return BT_DISSECTED;
	}
	if (!read_header(message, &header))
		return BT_NOT_MINE;
	check_mask(ctx, &header);
	if (header.opcode >= OPCODE_CLOSE)
		return BT_DISSECTED;
	half = &state->halves[ctx->dir];
	if (header.opcode != OPCODE_CONTINUATION)
		half->compressed = header.reserved;
	if (header.reserved || half->compressed) {
		if (!state->unreadable_told)
			bt_break(ctx, &mqtt_websocket_unreadable, "reserved bits %u", header.reserved);
		state->unreadable_told = true;
		lose_place(half);
		return BT_DISSECTED;
	}
	if (header.opcode == OPCODE_TEXT)
		bt_break(ctx, &mqtt_websocket_frame, "a text frame");
	cur_skip(&message, header.size);
	feed(ctx, &header, message);
	return BT_DISSECTED;
}

/* The body of an HTTP answer that refuses is no news. */
static void skipped(struct bt_context *ctx, struct bt_cursor bytes)
{
	struct websocket *state = ctx->state;

	lose_place(&state->halves[ctx->dir]);
	if (state->upgraded)
		bt_break(ctx, &mqtt_websocket_frame, "%zu bytes that are no frame", cur_left(&bytes));
}

static void gap(struct bt_context *ctx)
{
	struct websocket *state = ctx->state;

	lose_place(&state->halves[ctx->dir]);
	mqtt_gap(ctx);
}

static const uint16_t ports[] = {9001, 8083, 8080, 80, 0};

const struct bt_dissector dissector_mqtt_websocket = {
	.name = "mqtt_websocket",
	.title = "MQTT over WebSocket",
	.of = &dissector_mqtt,
	.carriers = BT_CARRIER_TCP,
	.ports = ports,
	.ports_shared = true,
	.state_size = sizeof(struct websocket),
	.max_message = HEAD_MAX,
	.max_beyond = FRAME_MAX,
	.answer_wait_ns = MQTT_ANSWER_WAIT_NS,
	.probe = probe,
	.frame = frame,
	.dissect = dissect,
	.unanswered = mqtt_unanswered,
	.skipped = skipped,
	.gap = gap,
};
