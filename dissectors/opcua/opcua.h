/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the OPC UA dissector share. Specifications: OPC 10000-6 (UA binary encoding, secure
 * conversation, TCP), OPC 10000-4 (services), OPC 10000-7 (security policies).
 *
 *	 type    letter  size    channel  token   sequence  request  service   header and body
 *	+-------+-------+-------+--------+-------+---------+--------+---------+-----------------+
 *	| "MSG" | C F A |   4   |   4    |   4   |    4    |   4    | NodeId  |                 |
 *	+-------+-------+-------+--------+-------+---------+--------+---------+-----------------+
 *	                                         \_ encrypted or signed as the channel demands _/
 *
 * Services and structures are tables of fields (services*.c, structures.c); one walker (walk.c) reads
 * them all and tells a visitor what it finds. Visitors fill an operation (collect.c) and hear
 * who speaks (identity.c); what writes JSON (describe.c) goes by the same tables itself.
 */
#ifndef DISSECTORS_OPCUA_H
#define DISSECTORS_OPCUA_H

#include "bittern/certificate.h"
#include "bittern/digest.h"
#include "bittern/dissector.h"
#include "bittern/memory.h"

enum {
	CHUNK_HEADER = 8,
	CHUNK_KEPT = 128 << 10,   /* of one chunk; the rest is passed over */
	CHUNK_SANE = 16 << 20,    /* nobody negotiates more */
	BUFFER_LEAST = 8192,      /* nor less: OPC 10000-6, 7.1.2.3 */
	MESSAGE_KEPT = 128 << 10, /* of one message of several chunks */
	NESTING_MAX = 100,        /* what decoders must bear (OPC 10000-6, 5.1.5) */
	NODE_TEXT = 256,
	HANDLES_MAX = 4096,       /* monitored items of a connection whose nodes are known */
};

/* ---- built-in types (types.c) ---- */

enum ua_type { /* 1 to 25 as on the wire */
	UA_NULL,
	UA_BOOLEAN,
	UA_SBYTE,
	UA_BYTE,
	UA_INT16,
	UA_UINT16,
	UA_INT32,
	UA_UINT32,
	UA_INT64,
	UA_UINT64,
	UA_FLOAT,
	UA_DOUBLE,
	UA_STRING,
	UA_DATE_TIME,
	UA_GUID,
	UA_BYTE_STRING,
	UA_XML_ELEMENT,
	UA_NODE_ID,
	UA_EXPANDED_NODE_ID,
	UA_STATUS_CODE,
	UA_QUALIFIED_NAME,
	UA_LOCALIZED_TEXT,
	UA_EXTENSION_OBJECT,
	UA_DATA_VALUE,
	UA_VARIANT,
	UA_DIAGNOSTIC_INFO,
	UA_TYPES,
	UA_STRUCTURE = 32, /* of the tables */
	UA_ENUMERATION,
	UA_FIELD_TYPES,
};

enum ua_identifier {
	ID_NUMERIC,
	ID_STRING,
	ID_GUID,
	ID_OPAQUE,
};

struct ua_node {
	uint8_t kind; /* enum ua_identifier */
	bool flagged; /* as only an ExpandedNodeId may be, and this is none */
	uint16_t space;
	uint32_t number;
	uint32_t server;
	struct bt_cursor id;  /* string, GUID, opaque */
	struct bt_cursor uri; /* of the name space, instead of `space` */
};

struct ua_variant {
	uint8_t type;
	bool is_array;
	uint32_t count;
	struct bt_cursor elements;
	struct bt_cursor dimensions; /* one Int32 each */
};

/* One value that was read; which members are filled follows from `type`. */
struct ua_value {
	uint8_t type;
	bool null;              /* a string that is not even empty */
	uint64_t number;        /* unsigned, Boolean, StatusCode; an array's count */
	int64_t integer;        /* signed, DateTime */
	double real;            /* every numeric type */
	struct bt_cursor bytes; /* strings, Guid; a LocalizedText's text, a QualifiedName's name */
	bool has_value, has_status, has_source_time, has_server_time; /* DataValue */
	uint32_t status;
	int64_t source_time, server_time;
	/* large, and so not set for other types than these */
	struct ua_node node;       /* node ids; an ExtensionObject's type */
	struct ua_variant variant; /* Variant, DataValue */
};

/* ---- tables ---- */

enum ua_flag {
	UA_ARRAY = 1 << 0,
	UA_ITEM = 1 << 1,  /* each element is one thing that the operation touches */
	UA_FLAT = 1 << 2,  /* JSON: elements of one shown field each, written as plain values */
	UA_PLAIN = 1 << 3, /* an empty string or null node id is worth no member */
};

/* What a field means to operation and inventory. */
enum ua_role {
	ROLE_NONE,
	ROLE_NODE,
	ROLE_ATTRIBUTE,
	ROLE_VALUE,
	ROLE_STATUS,
	ROLE_HANDLE,
	ROLE_MONITORED, /* monitored item id */
	ROLE_SUBSCRIPTION,
	ROLE_METHOD,
	ROLE_RESULT, /* of the whole service */
	ROLE_SESSION, /* authentication token: a secret, shown as a hash */
	ROLE_PASSWORD,
	ROLE_PASSWORD_ALGORITHM,
	ROLE_TOKEN,
	ROLE_IDENTITY, /* from here on: what somebody says of himself, in bytes */
	ROLE_APPLICATION_URI = ROLE_IDENTITY,
	ROLE_PRODUCT_URI,
	ROLE_APPLICATION,
	ROLE_SESSION_NAME,
	ROLE_CERTIFICATE,
	ROLE_USER,
	ROLE_MANUFACTURER,
	ROLE_PRODUCT,
	ROLE_SOFTWARE,
	ROLE_BUILD,
	ROLE_COUNT,
};

#define UA_IDENTITY_ROLES ((1u << ROLE_COUNT) - (1u << ROLE_IDENTITY))

struct ua_field {
	const char *key; /* JSON; NULL: not shown */
	uint8_t type, flags, role;
	uint8_t key_length;
	const struct ua_field *of;      /* UA_STRUCTURE */
	const char *const *names;       /* UA_ENUMERATION: from 0, ends with NULL */
};

/* Node ids of the requests' binary encodings of the services that are more than their table. */
enum {
	SERVICE_FAULT = 397, /* a response */
	SERVICE_FIND_SERVERS = 422,
	SERVICE_GET_ENDPOINTS = 428,
	SERVICE_REGISTER_SERVER = 437,
	SERVICE_OPEN_CHANNEL = 446,
	SERVICE_CLOSE_CHANNEL = 452,
	SERVICE_CREATE_SESSION = 461,
	SERVICE_ACTIVATE_SESSION = 467,
	SERVICE_READ = 631,
	SERVICE_WRITE = 673,
	SERVICE_CALL = 712,
	SERVICE_CREATE_ITEMS = 751,
	SERVICE_MODIFY_ITEMS = 763,
	SERVICE_REGISTER_SERVER_2 = 12211,
};

struct ua_service {
	const char *name;
	uint16_t request, response; /* node ids of their binary encodings; response 0: none */
	uint8_t act;
	bool touches; /* the items it asks for are objects of the operation */
	const struct ua_field *asks, *answers;
};

struct ua_service_set {
	const struct ua_service *services;
	size_t count;
};

struct ua_structure {
	uint16_t id; /* node id of its binary encoding */
	const char *name;
	const char *slot; /* key of the fields it may stand in; NULL: only a value of a node */
	const struct ua_field *fields;
};

extern const struct ua_field ua_request_header[], ua_response_header[];
extern const struct ua_field ua_statuses[]; /* for each item that was asked for */
extern const struct ua_field ua_nothing[];
extern const struct ua_service_set ua_session_services, ua_node_services, ua_value_services,
	ua_subscription_services;
const struct ua_service *ua_service_at(size_t index);             /* NULL: past the last */
const struct ua_service *ua_service(uint32_t type, bool *answer); /* NULL: unknown */
extern const struct ua_structure ua_structures[];
extern const size_t ua_structure_count;
const struct ua_structure *ua_structure(const struct ua_node *type); /* NULL: unknown */
const char *ua_status_name(uint32_t status);
const char *ua_attribute_name(uint32_t attribute); /* NULL: unknown */
const char *ua_type_name(uint8_t type);
const char *ua_known_node(const struct ua_node *node); /* NULL: no name worth telling */

/* structures.c, used by the services */
extern const struct ua_field ua_application[], ua_endpoint[], ua_read_value[], ua_content_filter[],
	ua_content_result[], ua_notification[], ua_relative_path[];
extern const char *const ua_names_mode[], *const ua_names_timestamps[],
	*const ua_names_application[];

/* ---- the walker (walk.c, types.c) ---- */

enum ua_event {
	UA_SAYS_VALUE,
	UA_SAYS_ELEMENT, /* an item that is a structure or an object begins; no value */
	UA_SAYS_ELEMENT_END,
};

enum ua_trouble {
	UA_MALFORMED = 1 << 0,
	UA_TOO_DEEP = 1 << 1,
	UA_FLAGGED = 1 << 2, /* a node id; no reason to stop */
};

typedef void ua_visit(void *visitor, enum ua_event event, const struct ua_field *field,
		      const struct ua_value *value);

/* Takes a value that it would be told of from the bytes by itself, where that is easy. False: it did not,
 * and `at` has not moved. */
typedef bool ua_take(void *visitor, const struct ua_field *field, struct bt_cursor *at);

struct ua_walk {
	struct bt_cursor at;
	uint8_t depth;
	uint8_t trouble; /* bits of enum ua_trouble */
	/* Bits of enum ua_role: the values that the visitor is told of, besides elements that are items. */
	uint32_t roles;
	ua_visit *visit; /* NULL: only look whether all is well */
	ua_take *take;   /* NULL: it takes nothing */
	void *visitor;
};

void ua_walk(struct ua_walk *walk, const struct ua_field *fields);
/* Its steps, for who goes by himself (describe.c): past one field; how many elements an array has that begins
 * here (none, too, where it cannot have them); past some of them; an object, and the structure in it
 * whose fields are to be read (NULL: none) from value->bytes. */
void ua_walk_field(struct ua_walk *walk, const struct ua_field *field);
uint32_t ua_walk_count(struct ua_walk *walk);
void ua_walk_elements(struct ua_walk *walk, const struct ua_field *field, uint32_t count);
const struct ua_structure *ua_read_object(struct ua_walk *walk, const struct ua_field *field,
					  struct ua_value *value);
void ua_read(struct ua_walk *walk, uint8_t type, struct ua_value *value);
bool ua_read_node(struct bt_cursor *at, bool expanded, struct ua_node *node);
/* A DataValue that is one number, as most are; its times are passed. False: it is another, or is not all
 * there; nobody knows where `at` is then. */
bool ua_read_simple(struct bt_cursor *at, struct ua_variant *number, bool *has_status,
		    uint32_t *status);
bool ua_is_of_specification(const struct ua_node *node); /* its number is one of OPC 10000-6 */
void ua_pass_odd(struct ua_walk *walk, uint8_t type);
void ua_pass_array(struct ua_walk *walk, uint8_t type, uint32_t count);

/* Nothing to stop at so far, and bytes were there. */
static inline bool ua_go(const struct ua_walk *walk)
{
	return cur_ok(&walk->at) && !(walk->trouble & (unsigned)~UA_FLAGGED);
}

static inline struct bt_cursor ua_read_string(struct bt_cursor *at, bool *null)
{
	int32_t length = (int32_t)cur_u32le(at);

	*null = length < 0;
	return cur_take(at, length < 0 ? 0 : (size_t)length);
}

extern const uint8_t ua_sizes[UA_FIELD_TYPES]; /* bytes of every value of the type; 0: they differ */

static inline bool ua_pass_string(struct bt_cursor *at)
{
	int32_t length = (int32_t)cur_u32le(at);

	return cur_skip(at, length < 0 ? 0 : (size_t)length);
}

/* Past a node id. False: it is not all there, or has more than a NodeId may have. */
static inline bool ua_pass_node(struct bt_cursor *at)
{
	switch (cur_u8(at)) { /* its encoding: see ua_read_node() */
	case 0: return cur_skip(at, 1);
	case 1: return cur_skip(at, 3);
	case 2: return cur_skip(at, 6);
	case 3:
	case 5: cur_skip(at, 2); return ua_pass_string(at);
	case 4: return cur_skip(at, 18);
	default: return false;
	}
}

/* ua_read() without keeping the value. */
static inline void ua_pass(struct ua_walk *walk, uint8_t type)
{
	if (ua_sizes[type])
		cur_skip(&walk->at, ua_sizes[type]);
	else if (type == UA_STRING || type == UA_BYTE_STRING)
		ua_pass_string(&walk->at);
	else
		ua_pass_odd(walk, type);
}

/* Element number `index` onwards: reads one scalar of the variant's elements. */
bool ua_next(struct bt_cursor *elements, uint8_t type, struct ua_value *value);
/* The same of a number, and only that. */
double ua_next_number(struct bt_cursor *elements, uint8_t type);
static inline bool ua_is_number(uint8_t type)
{
	return type >= UA_BOOLEAN && type <= UA_DOUBLE;
}

/* ---- text (text.c) ---- */

size_t ua_node_text(const struct ua_node *node, char text[NODE_TEXT]); /* without NUL */
bool ua_time_text(int64_t time, char text[32]); /* false: null or out of range */

/* ---- messages (chunk.c) ---- */

enum ua_kind {
	KIND_HELLO,
	KIND_ACKNOWLEDGE,
	KIND_ERROR,
	KIND_REVERSE_HELLO,
	KIND_OPEN,
	KIND_MESSAGE,
	KIND_CLOSE,
	KIND_COUNT,
};

enum ua_mode {
	MODE_UNKNOWN,
	MODE_NONE,
	MODE_SIGN,
	MODE_SEALED, /* sign and encrypt */
};

struct ua_policy {
	const char *name; /* what stands behind the '#' of its URI */
	uint8_t signature; /* bytes at the end of a signed chunk */
	bool deprecated;
};

struct ua_message {
	uint8_t kind; /* enum ua_kind */
	char letter;  /* 'C', 'F', 'A'; 'R': put together from several chunks */
	uint32_t size, chunks; /* on the wire */
	uint32_t channel, token, sequence, request;
	bool has_sequence; /* it could be read */
	struct bt_cursor policy, certificate, thumbprint; /* OPN: of sender, of receiver's certificate */
	uint32_t type;                    /* service's node id; 0: it could not be read */
	const struct ua_service *service; /* NULL: sealed or unknown */
	bool answer;                      /* `type` is the response's */
	bool cut;                         /* only the beginning is here */
	struct bt_cursor body;            /* what follows the service's id, or the connection message */
};

const char *ua_kind_name(uint8_t kind);
const struct ua_policy *ua_policy(struct bt_cursor uri); /* NULL: unknown */
extern const struct ua_policy ua_policies[];
extern const size_t ua_policy_count;
/* Everything but the signature. `clear`: the policy is known to be None. False: no message at all. */
bool ua_message_read(struct bt_cursor bytes, bool clear, struct ua_message *message);
enum bt_match ua_probe(struct bt_cursor head, bool hinted);
struct bt_frame ua_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);

/* ---- the connection (channel.c) ---- */

struct ua_partial { /* a message whose last chunk has not come */
	uint8_t *bytes; /* as ua_message_read() wants it: letter 'R', number of chunks, body */
	uint32_t used, cap;
	uint32_t request, sequence, chunks, wire;
	bool busy, cut;
};

enum {
	PARTIALS = 4, /* messages whose chunks may come interleaved, per direction */
};

struct ua_direction {
	bool has_sequence;
	uint32_t sequence;
	uint32_t chunk_max;                   /* negotiated; 0: not seen */
	uint32_t sealed_chunks, sealed_bytes; /* of a sealed message that is not complete */
	uint32_t next;                        /* partial that gives way */
	struct ua_partial partials[PARTIALS];
};

struct opcua_state {
	bool sides_known; /* a message came that only the side it came from could send */
	bool hello_waits; /* HEL was not answered yet */
	bool open_waits;  /* nor was OPN */
	uint64_t open_key;
	const struct ua_policy *policy; /* NULL: OPN was not seen, or the policy is unknown */
	uint8_t mode;      /* enum ua_mode */
	uint8_t signature; /* bytes; learned where the policy is not known */
	uint32_t channel, token, token_before; /* 0: not seen */
	struct ua_direction directions[2];
	struct bt_table handles;   /* subscription << 32 | client handle -> node id's text */
	struct bt_table monitored; /* subscription << 32 | monitored item -> client handle */
};

/* Takes a chunk that was read: checks it against the channel, cuts its signature off, puts messages of
 * several chunks together. True: *message is complete, and *bytes is what bt_ask() may keep of it. */
bool ua_channel_take(struct bt_context *ctx, struct bt_cursor *bytes, struct ua_message *message);
bool ua_channel_clear(const struct opcua_state *state); /* nothing on it can be sealed */
void ua_channel_policy(struct bt_context *ctx, const struct ua_message *message); /* of OPN */
void ua_channel_opened(struct bt_context *ctx, const struct ua_message *message, uint32_t token);
void ua_channel_acknowledged(struct bt_context *ctx, const struct ua_message *message);
void ua_channel_gap(struct bt_context *ctx);

/* ---- what is in a message (collect.c) ---- */

enum {
	NUMBERS_PER_ITEM = 64,
	NUMBERS_MAX = 1024, /* when so many are kept, further items keep one each */
	NUMBERS_ROOM = NUMBERS_MAX + BT_ACCESSES_MAX + 1,
};

struct ua_item {
	struct ua_node node, method;
	bool has_node, has_method, has_status, has_handle;
	uint32_t attribute; /* 0: none told */
	uint32_t status, handle, monitored;
	uint32_t first_number, numbers; /* in ua_content.numbers */
	struct bt_cursor opaque;        /* a value that is no number */
	struct ua_variant value;        /* the first one */
};

/* How a message was read to its end. */
struct ua_end {
	size_t left;     /* bytes behind the last field */
	uint8_t trouble; /* bits of enum ua_trouble */
};

struct ua_content {
	/* told of every item, also of those that are not kept; NULL: nobody asks */
	void (*each)(struct ua_content *content, const struct ua_item *item);
	/* told when `items` is full, and may forget them (ua_forget_items); NULL: the rest is not kept */
	void (*full)(struct ua_content *content);
	void *asker;
	struct ua_heard *heard; /* NULL: nobody listens to what it says of its sender */
	uint32_t skip; /* so many items are counted and not kept */

	uint32_t item_count; /* all there are */
	uint32_t kept;       /* of them in `items` */
	uint32_t bad_items;  /* with a bad status */
	uint32_t first_bad;
	uint32_t subscription, result, token;
	bool has_result, has_password;
	struct bt_cursor password_algorithm;
	struct ua_end end;
	uint8_t inside;   /* items that are open */
	uint32_t number_count;

	struct ua_item items[BT_ACCESSES_MAX + 1]; /* behind those kept: the one being read */
	double numbers[NUMBERS_ROOM];
};

/* Nobody asks, nothing is there. */
void ua_prepare(struct ua_content *content, void *asker);
/* Fills `content`; the caller's are the members before `item_count`. */
void ua_collect(const struct ua_message *message, struct ua_content *content);
/* Of a request with a service: only whether all is well. */
struct ua_end ua_look_over(const struct ua_message *request);
void ua_forget_items(struct ua_content *content);

/* ---- what an operation touches (accesses.c) ---- */

enum {
	NAMES_BYTES = BT_ACCESSES_MAX * NODE_TEXT,
	UA_ATTRIBUTE_VALUE = 13,
};

/* Everything that an operation points to, until it was emitted. Large, and so not zeroed as a whole. */
struct ua_workshop {
	struct ua_content asked, answered;
	struct bt_access accesses[BT_ACCESSES_MAX];
	unsigned access_count;
	char names[NAMES_BYTES];
	size_t names_used;
};

void ua_touch_asked(struct ua_workshop *shop, const struct ua_service *service);
void ua_touch_notified(struct ua_workshop *shop, const struct opcua_state *state);
/* Of each item that is asked to be monitored, or to be monitored otherwise; `asker` is the context. */
void ua_keep_handle(struct ua_content *content, const struct ua_item *item);
void ua_rename_handle(struct ua_content *content, const struct ua_item *item);
void ua_keep_monitored(struct bt_context *ctx, const struct ua_workshop *shop);

/* ---- inventory (identity.c) ---- */

enum {
	HEARD_MAX = 64,       /* texts that one message says of its sender; the rest is not heard */
	CERTIFICATES_MAX = 8, /* of them; reading one takes longer than all the rest */
};

/* What was heard in a message, until its operation was emitted: views of it. Not zeroed. */
struct ua_heard {
	struct bt_station who;
	const char *source; /* how it came */
	unsigned count, certificates;
	struct bt_cursor certificate; /* the last one: endpoints repeat it */
	struct {
		uint8_t role;
		struct bt_cursor text;
	} texts[HEARD_MAX];
};

/* False: nothing is to be heard in the message. */
bool ua_listen(struct ua_heard *heard, const struct ua_message *message);
void ua_hear(struct ua_heard *heard, uint8_t role, struct bt_cursor text);
void ua_identify(struct bt_context *ctx, const struct ua_heard *heard);
void ua_identify_read(struct bt_context *ctx, const struct ua_node *node,
		      const struct ua_variant *value);
void ua_certificate(struct bt_context *ctx, struct bt_cursor der, bool client);

/* ---- operations (operation.c), describe.c, fields.c, violations.c ---- */

struct opcua_detail {
	const struct ua_message *request, *answer; /* NULL: not seen */
	const struct opcua_state *state;
};

void ua_ask(struct bt_context *ctx, const struct ua_message *message, struct bt_cursor bytes);
void ua_answer(struct bt_context *ctx, const struct ua_message *message);
void ua_unanswered(struct bt_context *ctx, const struct bt_request *request);
/* An operation of one message alone. */
void ua_tell(struct bt_context *ctx, const struct ua_message *message);
/* Of one that only the other side could send: it asks for nothing and answers nothing. */
void ua_tell_misdirected(struct bt_context *ctx, const struct ua_message *message);

void opcua_describe(const struct bt_operation *op, struct bt_record *rec);
bool opcua_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);
extern const struct bt_field opcua_fields[];
extern const struct bt_violation *const opcua_violations[];
extern const struct bt_violation opcua_malformed, opcua_nesting, opcua_trailing_bytes,
	opcua_command_cut, opcua_unfinished_chunks, opcua_unknown_service, opcua_wrong_direction, opcua_unsolicited_response,
	opcua_response_mismatch, opcua_sequence_gap, opcua_sequence_replay, opcua_unknown_channel,
	opcua_unknown_token, opcua_oversize_chunk, opcua_chunk_limit, opcua_chunk_abort,
	opcua_deprecated_policy, opcua_unknown_policy, opcua_clear_password,
	opcua_certificate_expired, opcua_certificate_weak, opcua_bad_certificate, opcua_stray_bytes,
	opcua_bad_hello;

#endif
