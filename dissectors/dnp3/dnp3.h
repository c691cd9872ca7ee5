/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the DNP3 dissector share. Specification: IEEE 1815-2012.
 *
 *	 05 64  length  control  destination  source   crc    user data in blocks of 16, a crc each
 *	+------+-------+--------+------------+--------+------+--------------------+------+---
 *	|  2   |   1   |   1    |  2, little |   2    |  2   |      1 .. 16       |  2   | ...
 *	+------+-------+--------+------------+--------+------+--------------------+------+---
 *
 * Without the crcs the user data are a segment: one octet of transport (FIN, FIR, sequence), then
 * part of a fragment. A fragment is one message of the application layer:
 *
 *	 control  function   IIN (of answers)   object header, objects, object header, objects ...
 *	+--------+--------+---------------------+----------------------------------------------
 *	|   1    |   1    |          2          |  group, variation, qualifier, range, data
 *	+--------+--------+---------------------+----------------------------------------------
 *
 * Where a message is handed on or kept, its link control, destination and source stand before the
 * fragment (the envelope); a link frame without user data is an envelope alone.
 */
#ifndef DISSECTORS_DNP3_H
#define DISSECTORS_DNP3_H

#include "bittern/dissector.h"
#include "bittern/memory.h"

enum {
	LINK_HEADER_BYTES = 10,
	LINK_BLOCK_BYTES = 16,
	LINK_CRC_BYTES = 2,
	LINK_LENGTH_MIN = 5,  /* control and the two addresses */
	LINK_FRAME_MAX = 292, /* a length of 255 and its crcs */
	LINK_USER_MAX = 250,
	BANNER_MAX = 256,
	ENVELOPE_BYTES = 5,
	FRAGMENT_USUAL = 2048, /* by the specification, unless agreed otherwise */
	FRAGMENT_MAX = 64 << 10,
	PAIRS_MAX = 256, /* of addresses behind one socket */
	ADDRESS_RESERVED = 0xfff0,
	ADDRESS_SELF = 0xfffc,
	ADDRESS_BROADCAST = 0xfffd, /* and the two above it */
};

/* ---- link.c: frames ---- */

enum dnp3_link_control {
	LINK_DIR = 0x80, /* from the master */
	LINK_PRM = 0x40, /* asks; else answers on the link layer */
	LINK_FCB = 0x20,
	LINK_FCV = 0x10, /* of an answer: DFC */
	LINK_FUNCTION = 0x0f,
};

enum dnp3_link_function { /* with LINK_PRM */
			  LINK_RESET = 0,
			  LINK_TEST = 2,
			  LINK_CONFIRMED_DATA = 3,
			  LINK_UNCONFIRMED_DATA = 4,
			  LINK_REQUEST_STATUS = 9,
};

/* What is wrong with a frame. */
enum dnp3_link_fault {
	LINK_BAD_HEADER_CRC = 1 << 0,
	LINK_BAD_BLOCK_CRC = 1 << 1,
	LINK_BAD_FUNCTION = 1 << 2,
	LINK_BAD_CONTROL = 1 << 3, /* FCV does not fit the function */
	LINK_NO_DATA = 1 << 4,     /* of a function that carries some */
	LINK_STRAY_DATA = 1 << 5,  /* of a function that carries none: nobody reads them */
	LINK_BAD_ADDRESS = 1 << 6, /* reserved, or sent from all stations */
};

/* A frame, its user data gathered behind an envelope. */
struct dnp3_segment {
	uint8_t control, transport;
	uint16_t destination, source;
	bool has_data;   /* transport octet and what follows */
	unsigned faults; /* bits of enum dnp3_link_fault */
	uint32_t size;   /* of `bytes`, envelope included */
	uint8_t bytes[ENVELOPE_BYTES + LINK_USER_MAX];
};

struct dnp3_link_name {
	const char *name;
	bool frame_count; /* FCV has to be set */
	bool has_data;
};

uint16_t dnp3_crc(struct bt_cursor bytes);
bool dnp3_gather(struct bt_cursor frame, struct dnp3_segment *segment);
size_t dnp3_banner(struct bt_cursor head); /* bytes of a server's greeting; 0: it is none */
enum bt_match dnp3_probe(struct bt_cursor head, bool hinted);
struct bt_frame dnp3_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);
const struct dnp3_link_name *dnp3_link_name(uint8_t control); /* NULL: unknown function */
/* Who sent this frame? The function of a fragment that begins in it, else the DIR bit; there are
 * outstations that answer with the master's. */
bool dnp3_from_master(uint8_t control, uint8_t transport, struct bt_cursor fragment);

static inline bool dnp3_is_broadcast(uint16_t address)
{
	return address >= ADDRESS_BROADCAST;
}

enum dnp3_transport {
	TRANSPORT_FIN = 0x80,
	TRANSPORT_FIR = 0x40,
	TRANSPORT_SEQUENCE = 0x3f,
};

/* ---- functions.c: what a message asks or answers ---- */

enum dnp3_function_code {
	FC_CONFIRM = 0,
	FC_READ = 1,
	FC_WRITE = 2,
	FC_SELECT = 3,
	FC_OPERATE = 4,
	FC_DIRECT_OPERATE = 5,
	FC_DIRECT_OPERATE_NR = 6,
	FC_FREEZE_AT_TIME = 11,
	FC_FREEZE_AT_TIME_NR = 12,
	FC_AUTHENTICATE_FILE = 29,
	FC_AUTHENTICATE = 32,
	FC_AUTHENTICATE_NO_ACK = 33,
	FC_RESPONSE = 129,
	FC_UNSOLICITED = 130,
	FC_AUTHENTICATE_RESPONSE = 131,
	FC_ANSWERS = 128, /* and above: from the outstation, with IIN */
	FC_LINK = 256,    /* operations of the link layer: this and the function */
	FC_LINK_ANSWER = 272,
};

enum dnp3_trait {
	HAS_OBJECTS = 1 << 0, /* its object headers are followed by objects */
	NO_ANSWER = 1 << 1,
	TOUCHES = 1 << 2, /* what it names is an access of that act */
};

struct dnp3_function {
	uint8_t code;
	uint8_t act, traits;
	const char *name; /* as in Suricata's rules */
};

enum dnp3_app_control {
	APP_FIR = 0x80,
	APP_FIN = 0x40,
	APP_CON = 0x20,
	APP_UNS = 0x10,
	APP_SEQUENCE = 0x0f,
};

struct dnp3_message {
	uint8_t link_control;
	uint16_t destination, source;
	bool link_only; /* nothing below is there */
	uint8_t control, function;
	bool is_answer; /* IIN is there */
	uint16_t iin;   /* IIN1 in the high byte */
	uint8_t holds;  /* bits of enum dnp3_holds: what it may hold; until looked over, anything */
	struct bt_cursor objects;
};

enum dnp3_holds {
	HOLDS_ATTRIBUTES = 1 << 0,     /* group 0 */
	HOLDS_STATUS = 1 << 1,         /* objects that say how it went */
	HOLDS_AUTHENTICATION = 1 << 2, /* group 120, which says that too */
	HOLDS_ANYTHING = HOLDS_ATTRIBUTES | HOLDS_STATUS | HOLDS_AUTHENTICATION,
};

/* False: a fragment without even its header. */
bool dnp3_read(struct bt_cursor enveloped, struct dnp3_message *message);
const struct dnp3_function *dnp3_function(uint8_t code);             /* NULL: undefined */
const struct dnp3_function *dnp3_function_number(size_t index);      /* NULL: past the last */
const char *dnp3_authentication_name(uint8_t variation, uint8_t fc); /* of g120 */
bool dnp3_is_authentication(uint8_t function);
/* The variation of the message's first object of group 120 that is not there to protect a request,
 * and, unless NULL, the object; 0: it has none. */
uint8_t dnp3_authentication_of(const struct dnp3_message *message, struct bt_cursor *object);

/* ---- status.c: how an outstation says no ---- */

enum dnp3_refusal_kind { /* of an error's number; a control block's status stands alone */
			 REFUSED_IIN = 0x100, /* and the bit of IIN2 */
			 REFUSED_FILE = 0x200,
			 REFUSED_SECURITY = 0x300,
};

struct dnp3_refusal {
	uint32_t error;
	const char *name;
};

const char *dnp3_indication(unsigned bit); /* of 16, IIN2.0 first */
const char *dnp3_control_status(uint8_t status);
const char *dnp3_file_status(uint8_t status);
const char *dnp3_security_error(uint8_t error);
/* The first thing in an answer that says so. */
bool dnp3_refused(const struct dnp3_message *answer, struct dnp3_refusal *refusal);

/* ---- objects.c: how objects are laid out; walk.c: reading them ---- */

enum dnp3_part_kind {
	PART_END,
	PART_BITS, /* one octet, cut up as `set` says */
	PART_U8,
	PART_U16,
	PART_U24,
	PART_U32,
	PART_S16,
	PART_S32,
	PART_F32,
	PART_F64,
	PART_BCD,      /* `set` octets of two digits, least significant first */
	PART_TIME,     /* milliseconds since 1970, 48 bits */
	PART_LENGTH16, /* of the next sized part that has none yet */
	PART_TEXT,     /* sized */
	PART_BYTES,    /* sized; written as hex */
	PART_SECRET,   /* sized; never written */
	PART_REST,     /* bytes up to the object's end */
	PART_REST_TEXT,
	PART_ATTRIBUTE, /* group 0: type, length, value */
	PART_VARIATION, /* as many octets as the variation's number says */
};

enum dnp3_use {
	USE_NOTHING,
	USE_VALUE,  /* the point's value */
	USE_STATUS, /* a control block's: not part of what is asked for */
	USE_NAME,   /* of what is touched: a file */
	USE_DATA,   /* bytes of a file: their hash is told */
};

struct dnp3_part {
	const char *name;
	uint8_t kind, set, use;
};

enum dnp3_bit_set {
	SET_BINARY,
	SET_DOUBLE,
	SET_OUTPUT,
	SET_COUNTER,
	SET_ANALOG,
	SET_STATUS,
	SET_COMMAND,
	SET_CROB,
	SET_SECURITY,
	SET_OVERFLOW,
	SET_CHARACTERISTICS,
	SET_COUNT,
};

struct dnp3_bits {
	const char *name; /* NULL: the set's end */
	uint8_t width;
};

struct dnp3_bit_layout {
	struct dnp3_bits bits[9];
	uint8_t value_shift, value_width; /* what of it is the point's value; width 0: none */
};

struct dnp3_object {
	uint8_t group, variation;
	uint8_t packed;                /* bits of each point, without an octet of their own; or 0 */
	const struct dnp3_part *parts; /* NULL with packed 0: no data */
};

struct dnp3_group {
	uint8_t group;
	const struct dnp3_object *objects; /* one for each variation from 1 on, or one for all */
	uint8_t object_count;
	const char *name;
	const char *space;           /* NULL: nothing addressable */
	uint8_t read_act, write_act; /* more than the function's own, or BT_ACT_OTHER */
	const char *why_not;         /* its objects are not decoded */
};

extern const struct dnp3_bit_layout dnp3_bit_layouts[SET_COUNT];
const struct dnp3_group *dnp3_group(uint8_t group); /* NULL: unknown */
/* NULL: unknown, or variation 0 of a group whose variations differ. */
const struct dnp3_object *dnp3_object(const struct dnp3_group *group, uint8_t variation);
const struct dnp3_object *dnp3_object_number(size_t index); /* NULL: past the last */

enum dnp3_fault {
	FAULT_HEADER = 1 << 0,    /* the message ends within an object header */
	FAULT_QUALIFIER = 1 << 1, /* a reserved one, or one that cannot go with the object */
	FAULT_RANGE = 1 << 2,     /* ends before it starts */
	FAULT_COUNT = 1 << 3,     /* more objects than bytes */
	FAULT_OBJECT = 1 << 4,    /* an object's inner lengths do not fit */
	FAULT_UNKNOWN = 1 << 5,   /* a group or variation that the tables do not have */
	FAULT_UNSIZED = 1 << 6,   /* and whose size cannot be known: the rest is not decoded */
};

enum dnp3_prefix {
	PREFIX_NONE,
	PREFIX_INDEX8,
	PREFIX_INDEX16,
	PREFIX_INDEX32,
	PREFIX_SIZE8,
	PREFIX_SIZE16,
	PREFIX_SIZE32,
};

enum dnp3_range {
	RANGE_START_STOP8,
	RANGE_START_STOP16,
	RANGE_START_STOP32,
	RANGE_VIRTUAL8,
	RANGE_VIRTUAL16,
	RANGE_VIRTUAL32,
	RANGE_ALL,
	RANGE_COUNT8,
	RANGE_COUNT16,
	RANGE_COUNT32,
	RANGE_VARIABLE = 11,
};

/* The objects of a message, header by header. */
struct dnp3_walk {
	struct bt_cursor at; /* when done: what could not be decoded */
	uint8_t function;
	bool brings; /* headers are followed by objects, as a rule */
	unsigned faults; /* bits of enum dnp3_fault */
	uint32_t headers, unknown;
	uint8_t unknown_group, unknown_variation; /* the first of them */
};

struct dnp3_header {
	uint8_t group, variation, qualifier, prefix, range;
	uint32_t start, stop;
	uint32_t count;                   /* as the header says; 0 for all */
	const struct dnp3_object *object; /* NULL: unknown, or any variation */
	const struct dnp3_group *kind;    /* NULL: unknown */
	bool has_objects;                 /* and not names alone */
	uint32_t points;                  /* that are there to be read */
	size_t each;                      /* bytes of each without a prefix; 0: they differ */
	const struct dnp3_part *value;    /* where they do not: the point's value, or NULL ... */
	size_t value_at;                  /* ... and so many bytes into the object */
	uint32_t number;                  /* of the next of them */
	struct bt_cursor body;
};

struct dnp3_point {
	uint32_t prefix; /* as it stands on the wire */
	uint32_t index;
	bool sized; /* `prefix` is a size */
	bool has_value;
	double value;
	struct bt_cursor data; /* the object; of packed points empty */
};

/* A part as read: `number` or `bytes`. */
struct dnp3_reading {
	double number;
	int64_t whole; /* the same, where it is a whole number */
	struct bt_cursor bytes;
};

struct dnp3_lengths { /* read and not yet spent, in order */
	uint16_t lengths[4];
	uint8_t read, spent;
};

struct dnp3_walk dnp3_walk(const struct dnp3_message *message);
bool dnp3_next_header(struct dnp3_walk *walk, struct dnp3_header *header);
bool dnp3_next_point(struct dnp3_header *header, struct dnp3_point *point);
bool dnp3_read_part(const struct dnp3_part *part, struct bt_cursor *at,
		    struct dnp3_lengths *lengths, uint8_t variation, struct dnp3_reading *reading);
/* The first part put to this use; false: the point has none. */
bool dnp3_part_for(const struct dnp3_header *header, const struct dnp3_point *point,
		   enum dnp3_use use, struct dnp3_reading *reading);
bool dnp3_is_whole(enum dnp3_part_kind kind); /* its numbers have no fraction */

/* ---- identity.c: group 0 ---- */

enum dnp3_attribute_type {
	ATTRIBUTE_TEXT = 1,
	ATTRIBUTE_UINT,
	ATTRIBUTE_INT,
	ATTRIBUTE_FLOAT,
	ATTRIBUTE_OCTETS,
	ATTRIBUTE_BITS,
	ATTRIBUTE_TIME,
	ATTRIBUTE_LIST = 254,
	ATTRIBUTE_LONG_LIST = 255,
};

struct dnp3_attribute {
	uint8_t variation;
	uint8_t identity; /* enum bt_identity, or BT_ID_COUNT: says nothing of who it is */
	const char *name;
};

const struct dnp3_attribute *dnp3_attribute(uint8_t variation);   /* NULL: no name */
const struct dnp3_attribute *dnp3_attribute_number(size_t index); /* NULL: past the last */
void dnp3_identify(struct bt_context *ctx, uint16_t outstation, const struct dnp3_message *answer);

/* ---- accesses.c ---- */

enum {
	NUMBERS_MAX = 2048,
};

struct dnp3_accesses {
	struct bt_access list[BT_ACCESSES_MAX];
	double numbers[NUMBERS_MAX];
	unsigned count;
	uint32_t numbers_used;
	/* Called when there is no room for more: makes some. NULL: what is too much is left out. */
	void (*full)(struct dnp3_accesses *accesses);
};

/* What a message touches. `act`: of its function. */
void dnp3_accesses(struct dnp3_accesses *accesses, const struct dnp3_message *message,
		   enum bt_act act, bool classes_only);

/* ---- pairs.c: what is remembered of two addresses ---- */

struct dnp3_assembly {
	uint8_t *bytes; /* envelope and what has come of the fragment */
	uint32_t size, room;
	uint8_t last;  /* sequence number of the last segment */
	bool open;     /* begun and not ended */
	bool given_up; /* too long: what goes on with it is no news */
};

/* A copy that is kept of a message's objects. */
struct dnp3_copy {
	uint8_t *bytes;
	uint32_t size, room;
};

struct dnp3_select {
	bool known, refused, interrupted, no_memory;
	uint8_t sequence;
	int64_t time_ns;
	struct dnp3_copy message;
};

struct dnp3_pair {
	uint16_t master, outstation;
	uint32_t turn; /* when it was last used */
	/* of the master, of the outstation; and of frames that their receiver may throw away */
	struct dnp3_assembly assemblies[2], dubious[2];
	struct dnp3_select select;
	struct dnp3_copy operated; /* the last request, an operate, which may be repeated */
	struct dnp3_copy told;     /* the last unsolicited response */
	struct {
		uint64_t packet; /* 0: none */
		int64_t time_ns;
	} confirmed[2]; /* data that want an ACK, the master's and the outstation's */
	bool more_due;  /* the answer's next fragment ... */
	uint8_t more_sequence;
	uint8_t asked_function; /* ... belongs to this request */
	uint64_t asked_packet;
	int64_t asked_ns;
	bool repeated; /* the request of this sequence number came before */
	uint8_t repeated_sequence;
	bool answered; /* the request of this sequence number, last of all */
	uint8_t answered_sequence;
	uint32_t answers; /* counted */
	struct {
		int64_t time_ns;
		uint32_t answers;  /* that had come by then */
	} asked[APP_SEQUENCE + 1]; /* the newest request of each sequence number */
	bool challenged;
	uint32_t challenge_sequence;
};

struct dnp3_state {
	uint64_t operations;
	bool sides_known;
	uint32_t turn;
	uint32_t pair_count, pair_room;
	struct dnp3_pair *pairs;
	struct dnp3_pair spare; /* where there is no memory for more */
};

/* The pair lives until the next call of dnp3_pair(). */
struct dnp3_pair *dnp3_known_pair(struct dnp3_state *state, uint16_t master, uint16_t outstation);
struct dnp3_pair *dnp3_pair(struct bt_context *ctx, uint16_t master, uint16_t outstation);
bool dnp3_keep(struct bt_context *ctx, struct dnp3_copy *copy, struct bt_cursor bytes);
struct bt_cursor dnp3_kept(const struct dnp3_copy *copy);
/* Adds a segment; true when a fragment is whole: *fragment, envelope included, until the next. */
bool dnp3_assemble(struct bt_context *ctx, struct dnp3_pair *pair,
		   const struct dnp3_segment *segment, struct bt_cursor *fragment);

/* ---- control.c: select, operate, and what comes back ---- */

void dnp3_take_control(struct bt_context *ctx, struct dnp3_pair *pair,
		       const struct dnp3_message *request, struct bt_cursor enveloped);
/* `request` must be whole. */
void dnp3_check_control(struct bt_context *ctx, struct dnp3_pair *pair,
			const struct dnp3_message *request, const struct dnp3_message *answer,
			bool refused);

/* ---- violations.c ---- */

extern const struct bt_violation *const dnp3_violations[];
extern const struct bt_violation dnp3_banner_seen, dnp3_wrong_direction, dnp3_short_fragment,
	dnp3_too_long, dnp3_lost_segment, dnp3_undefined_function, dnp3_unasked_response,
	dnp3_operate_without_select, dnp3_operate_differs, dnp3_operate_sequence, dnp3_operate_late,
	dnp3_operate_refused, dnp3_echo_mismatch, dnp3_reply_unasked, dnp3_stray_bytes;
void dnp3_report_link(struct bt_context *ctx, const struct dnp3_segment *segment);
/* Looks the message over: its faults, and what it holds. */
void dnp3_report_objects(struct bt_context *ctx, struct dnp3_message *message);

/* ---- emit.c: one operation out ---- */

/* What an operation is made of. */
struct dnp3_done {
	uint16_t unit;
	const struct dnp3_message *request, *answer; /* NULL: not seen */
	uint64_t request_packet;                     /* 0: not seen */
	int64_t request_ns;
	const struct dnp3_function *function; /* what was asked for */
	bool refused;                         /* by the answer, with this: */
	struct dnp3_refusal refusal;
	bool told; /* an answer that nobody had to ask for */
	bool by_server, continued, retransmission, request_cut;
};

void dnp3_answer_with(struct dnp3_done *done, const struct dnp3_message *answer);
/* `unanswered`: its result where there is no answer. */
void dnp3_emit(struct bt_context *ctx, const struct dnp3_done *done, enum bt_result unanswered);
void dnp3_emit_link(struct bt_context *ctx, const struct dnp3_done *done, enum bt_result result);

/* ---- operations.c, describe.c, fields.c, features.c ---- */

/* Both messages of an operation, for describe(). */
struct dnp3_detail {
	const struct dnp3_message *request, *answer; /* NULL: not seen */
	uint64_t id;                                 /* counts the flow's operations from 1 */
	bool continued;                              /* a further fragment of an answer */
	bool retransmission;                         /* of what came before */
	bool request_cut;                            /* more of it was sent than was kept */
};

void dnp3_take_fragment(struct bt_context *ctx, struct dnp3_pair *pair, struct bt_cursor enveloped);
void dnp3_take_link_frame(struct bt_context *ctx, struct dnp3_pair *pair,
			  struct bt_cursor envelope);
void dnp3_unanswered(struct bt_context *ctx, const struct bt_request *asked);
void dnp3_describe(const struct bt_operation *op, struct bt_record *rec);
bool dnp3_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);
extern const struct bt_field dnp3_fields[];

#endif
