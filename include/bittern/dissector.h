/* SPDX-License-Identifier: Apache-2.0
 *
 * A dissector answers three questions: is it you? how long is this message? what does it say?
 *
 * It never sees a stream, half a message or two: the engine (src/proto) cuts whole messages out of
 * reassembled streams and datagrams, owns all state, and resynchronises after a gap. A dissector is
 * static and const; dissectors/meson.build lists them and nothing else needs to know.
 *
 * docs/adding-a-dissector.md walks through one.
 */
#ifndef BITTERN_DISSECTOR_H
#define BITTERN_DISSECTOR_H

#include "bittern/cursor.h"
#include "bittern/flow.h"
#include "bittern/operation.h"
#include "bittern/record.h"

enum bt_carrier {
	BT_CARRIER_TCP = 1 << 0,
	BT_CARRIER_UDP = 1 << 1,
	BT_CARRIER_LINK = 1 << 2,
};

/* The answer to "is it you?", from the first bytes of one direction. */
enum bt_match {
	BT_MATCH_NO,
	BT_MATCH_MORE,     /* too few bytes to tell */
	BT_MATCH_WEAK,     /* looks like it; believed on a hinted port, elsewhere a second one is wanted */
	BT_MATCH_REQUEST,  /* it is, and this side asks: it is the client */
	BT_MATCH_RESPONSE, /* it is, and this side answers: it is the server */
	BT_MATCH_EITHER,   /* it is; which side this is cannot be told */
};

/* The answer to "how long is this message?"
 *
 * A message may be longer than anybody would want to keep (256 MiB of MQTT): WHOLE with the `length` of
 * its beginning, and how many bytes `beyond` it belong to it too; they are passed over unread. */
enum bt_frame_kind {
	BT_FRAME_WHOLE,   /* the first `length` bytes are one message (length > 0) */
	BT_FRAME_PARTIAL, /* not all there; `length` is the total needed to say more, or more than left */
	BT_FRAME_BAD,     /* no message begins here: the engine looks for the next place one could */
};

struct bt_frame {
	enum bt_frame_kind kind;
	uint32_t length;
	uint32_t beyond;
};

/* What is known of the place where a message may begin. */
enum bt_sync {
	BT_IN_SYNC,         /* behind another message, or where the stream began */
	BT_LOST_AT_SEGMENT, /* what came before was lost; a segment begins here, as messages mostly do */
	BT_LOST,            /* what came before was lost */
};

enum bt_verdict {
	BT_DISSECTED, /* understood, or at least accounted for; a violation may have been reported */
	BT_NOT_MINE,  /* this is not the protocol after all; many of them in a row end the claim */
};

/* A way to break the protocol. Static, one each, listed in the dissector so that docs can name it. */
struct bt_violation {
	const char *name;      /* "modbus.length_mismatch": stable, part of the alert's identity */
	const char *title;     /* one line for a person, in the user's words */
	uint8_t severity;      /* 0: an anomaly event only, never an alert; 1 info .. 5 critical */
	const char *technique; /* ATT&CK for ICS id, or NULL */
	bool needs_whole;      /* could be an effect of loss: dropped on a flow not seen whole */
};

enum bt_identity {
	BT_ID_VENDOR,
	BT_ID_PRODUCT, /* product code, order number */
	BT_ID_MODEL,
	BT_ID_NAME, /* product or device name */
	BT_ID_FIRMWARE,
	BT_ID_HARDWARE,
	BT_ID_SERIAL,
	BT_ID_URL,
	BT_ID_APPLICATION, /* what the user calls the application or project */
	BT_ID_URI,         /* the application's or product's URI */
	BT_ID_LOCATION,
	BT_ID_CERTIFICATE, /* "CN=..., SHA-1 thumbprint ..." */
	BT_ID_CLIENT,      /* how it names itself to servers: MQTT client id, session name */
	BT_ID_USER,        /* on whose behalf */
	BT_ID_OTHER,
	BT_ID_COUNT,
};

enum bt_field_type {
	BT_FIELD_OBJECT,
	BT_FIELD_ARRAY,
	BT_FIELD_UINT,
	BT_FIELD_INT,
	BT_FIELD_NUMBER,
	BT_FIELD_BOOL,
	BT_FIELD_STRING,
};

/* One key of the JSON that describe() writes, as a path from the protocol's object:
 * "request.read.address". The JSON Schema and docs/events.md are generated from these, and a test
 * refuses a key that is not in the list. Ends with a zero entry. */
struct bt_field {
	const char *path;
	enum bt_field_type type;
	const char *help;
};

/* A request that waits for its answer. `bytes` is a copy: all of it up to BT_REQUEST_BYTES, and up to
 * BT_REQUEST_BYTES_MAX while the shard has memory for it. */
enum {
	BT_REQUEST_BYTES = 264,
	BT_REQUEST_BYTES_MAX = 16384,
};

struct bt_request {
	uint64_t key;    /* the dissector's: what the answer will bring back, e.g. transaction and unit */
	uint64_t packet; /* that carried its last byte */
	int64_t time_ns;
	uint32_t length; /* of the whole request; bytes.left is smaller when it was longer than the cap */
	struct bt_cursor bytes;
};

/* What the engine lends for the time of one call. */
struct bt_context {
	const struct bt_flow *flow;
	void *state; /* state_size bytes of the dissector's own, zeroed at the flow's first message */
	enum bt_dir dir;
	uint64_t packet; /* that completed the message */
	int64_t time_ns;
	struct bt_engine *engine;
};

/* One thing that the protocol's specification has, and whether it is decoded: docs/coverage.md is made of
 * these. `decoded` must come from the table that does the decoding, so that it cannot lie. */
struct bt_feature {
	const char *kind;   /* "function code", "object", "service", "packet type" ... */
	const char *number; /* as the specification writes it: "90/41", "g12v1", "0x5A" */
	const char *name;
	bool decoded;
	const char *why_not; /* where it is not */
};

enum {
	BT_FEATURE_TEXT = 16,
};

struct bt_dissector {
	const char *name;  /* "modbus": the EVE event_type and app_proto, or the road */
	const char *title; /* "Modbus" */
	/* The same protocol on its usual road, whose fields, violations and describe serve this one too, and
	 * whose name its events bear: Modbus RTU over TCP is another dissector of Modbus, and its own name
	 * is told as the road. NULL: this is the usual road. */
	const struct bt_dissector *of;
	unsigned carriers; /* bits of enum bt_carrier; 0: speaks only inside another protocol */
	const uint16_t *ports; /* hints, never proof; ends with 0 */
	bool ports_shared;     /* others use them as well: other content there is no news */
	const struct bt_field *fields;
	const struct bt_violation *const *violations; /* ends with NULL */
	size_t state_size;
	uint32_t max_message;    /* bytes; a longer one is BT_FRAME_BAD */
	uint32_t max_beyond;     /* bytes that may follow these unread */
	int64_t answer_wait_ns;  /* a request unanswered for so long is reported unanswered */
	int64_t patience_ns;     /* the same for bt_ask_patiently() */
	bool either_opens;       /* a server may open the connection: content says which side serves */

	/* `hinted`: one of the ports is the flow's. Must not believe a port alone. */
	enum bt_match (*probe)(struct bt_cursor head, bool hinted);
	/* Called with all contiguous bytes there are (at least one). No state: the same bytes always
	 * give the same answer. Where the place is lost, be sure before saying WHOLE or PARTIAL. */
	struct bt_frame (*frame)(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);
	enum bt_verdict (*dissect)(struct bt_context *ctx, struct bt_cursor message);
	/* A request's answer did not come: emit the operation without it. */
	void (*unanswered)(struct bt_context *ctx, const struct bt_request *request);
	/* Bytes that belong to no message were passed over (direction ctx->dir). May be NULL. */
	void (*skipped)(struct bt_context *ctx, struct bt_cursor bytes);
	/* Bytes of direction ctx->dir were never captured. May be NULL. */
	void (*gap)(struct bt_context *ctx);
	/* Writes the members of the protocol's object for one operation. Called only for operations
	 * that are logged or alerted on. */
	void (*describe)(const struct bt_operation *op, struct bt_record *rec);
	/* Fills feature number `index`; false past the last. `text` is room for its `number`. */
	bool (*feature)(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);
};

/* The protocol that a dissector reads, whatever the road: its name is the one that users see. */
static inline const struct bt_dissector *bt_protocol(const struct bt_dissector *dissector)
{
	return dissector->of ? dissector->of : dissector;
}

/* ---- what a dissector may ask of the engine ---- */

/* One operation done. Everything in `op` may be a view. */
void bt_emit(struct bt_context *ctx, const struct bt_operation *op);

/* The protocol was broken; `detail` says how in one short line (copied, cut at 200 bytes). */
void bt_break(struct bt_context *ctx, const struct bt_violation *violation, const char *detail, ...)
	__attribute__((format(printf, 3, 4)));

/* Who on one side of the flow: the device itself, or a station behind it by number or by name. */
struct bt_station {
	bool client;           /* on the flow's client's side; else the server's */
	uint32_t unit;         /* unit id, outstation address; or BT_NO_UNIT */
	struct bt_cursor name; /* edge node, device; empty: it has none */
};

static inline struct bt_station bt_server(uint32_t unit)
{
	return (struct bt_station){.unit = unit};
}

static inline struct bt_station bt_client(void)
{
	return (struct bt_station){.client = true, .unit = BT_NO_UNIT};
}

/* A device says what it is. `source` is static and names the evidence: "Modbus 43/14". Each text may be
 * said as often as it comes: what was said before costs little and is no news. */
void bt_identity(struct bt_context *ctx, struct bt_station who, enum bt_identity what,
		 struct bt_cursor text, const char *source);
/* There is a station by that name (a number is seen from operations). */
void bt_station_seen(struct bt_context *ctx, struct bt_station who, const char *source);

/* Remembers a request until its answer comes. When its table is full the oldest is reported
 * unanswered first. */
void bt_ask(struct bt_context *ctx, uint64_t key, struct bt_cursor request);
/* The same for one whose answer comes when there is something to tell (OPC UA Publish). */
void bt_ask_patiently(struct bt_context *ctx, uint64_t key, struct bt_cursor request);

/* Finds and forgets the oldest request with this key. `request->bytes` is valid until the next
 * bt_ask() or bt_answer(). False: none is waiting. On a flow with gaps only the newest of several
 * equal keys is returned, the older are reported unanswered. */
bool bt_answer(struct bt_context *ctx, uint64_t key, struct bt_request *request);

/* The flow's client and server are the other way round than thought; effective at once, in ctx->dir
 * and ctx->flow too. No-op once proven by a handshake, unless `either_opens`. */
void bt_swap_sides(struct bt_context *ctx);

const char *bt_identity_name(enum bt_identity what); /* "vendor", "firmware", ... */

#endif
