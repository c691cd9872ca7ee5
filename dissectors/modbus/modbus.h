/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the Modbus dissector share. Specifications: Modbus Application Protocol V1.1b3,
 * Modbus Messaging on TCP/IP V1.0b, Modbus over Serial Line V1.02; PI-MBUS-300 for the old function
 * codes; UMAS (function 90, the engineering protocol of Schneider's controllers) from captures and
 * published research.
 *
 *	 transaction  protocol = 0  length   unit  function  data
 *	+-----------+-------------+--------+------+---------+---------------+
 *	|  2 bytes  |   2 bytes   | 2 bytes|  1   |    1    | length - 2    |
 *	+-----------+-------------+--------+------+---------+---------------+
 *
 * The two serial modes have no header, but a checksum behind; rtu.c and ascii.c put the header in front
 * that the message would have over TCP, so everything else knows one form only.
 */
#ifndef DISSECTORS_MODBUS_H
#define DISSECTORS_MODBUS_H

#include "bittern/digest.h"
#include "bittern/dissector.h"

enum {
	MBAP_BYTES = 6,     /* what the length field does not count */
	ADU_MIN = 8,        /* header, unit and function */
	LENGTH_MAX = 254,   /* of the length field, by the specification */
	MESSAGE_MAX = 2048, /* UMAS has been seen beyond the specification */
	CRC_BYTES = 2,      /* of RTU; gateways from a serial line forget to cut them off */
	CRC_BEGIN = 0xffff,
	SERIAL_MAX = 254,   /* unit, function and data on a serial line */
	EXCEPTION_BIT = 0x80,
	ACCESSES_MAX = 37, /* sub-requests that fit in a byte count of 255, and one */
};

/* How messages are told apart. */
enum modbus_mode {
	MODE_TCP,
	MODE_RTU,
	MODE_ASCII,
};

/* One message, or as much of it as there is: `data` may hold less than `size` bytes. */
struct modbus_adu {
	uint16_t transaction, protocol, length;
	uint8_t unit;
	uint8_t raw;      /* the function byte as it is on the wire */
	uint8_t function; /* without the exception bit */
	bool exception;
	const struct modbus_function *means;
	uint32_t size; /* bytes of data after the function byte that the header promises */
	struct bt_cursor data;
};

/* The layout of a function's data. */
enum modbus_form {
	FORM_OPAQUE,
	FORM_READ_BITS,
	FORM_READ_WORDS,
	FORM_WRITE_COIL,
	FORM_WRITE_WORD,
	FORM_WRITE_BITS,
	FORM_WRITE_WORDS,
	FORM_MASK_WRITE,
	FORM_READ_WRITE,
	FORM_EXCEPTION_STATUS,
	FORM_DIAGNOSTICS,
	FORM_EVENT_COUNTER,
	FORM_EVENT_LOG,
	FORM_SERVER_ID,
	FORM_READ_FILE,
	FORM_WRITE_FILE,
	FORM_FIFO,
	FORM_ENCAPSULATED,
	FORM_UMAS,
};

enum modbus_class {
	CLASS_UNDEFINED, /* the specification gives the number to nobody */
	CLASS_PUBLIC,
	CLASS_USER,
	CLASS_RESERVED, /* companies' old and proprietary functions */
};

struct modbus_function {
	const char *name;        /* ours */
	const char *eve;         /* Suricata's; NULL: "Unknown" */
	const char *access_type; /* Suricata's; NULL: "NONE" */
	const char *space;       /* address space of its (first) access; NULL: none */
	uint8_t form, class, act;
};

struct modbus_subfunction {
	uint16_t code;
	const char *name; /* ours */
	const char *eve;  /* Suricata's */
	uint8_t act;
};

/* What is wrong with a message taken as a request, or as an answer. */
enum modbus_fault {
	FAULT_PROTOCOL = 1 << 0,
	FAULT_OVERSIZE = 1 << 1,
	FAULT_LENGTH = 1 << 2,     /* not the length the function has */
	FAULT_BYTE_COUNT = 1 << 3, /* an inner count contradicts the length */
	FAULT_QUANTITY = 1 << 4,
	FAULT_RANGE = 1 << 5, /* beyond address 65535 */
	FAULT_COIL = 1 << 6,
	FAULT_VALUE = 1 << 7, /* a field has a value the specification does not know */
	FAULT_FILE = 1 << 8,
	FAULT_EXCEPTION = 1 << 9,
	FAULT_RESERVED = 1 << 10,
	FAULT_UNDEFINED = 1 << 11,
	FAULT_TRAILING = 1 << 12, /* all there, and bytes after it */
	FAULT_VAGUE = 1 << 13,    /* no fault: nothing in it could be checked */
};

/* Which side could have sent a message. */
enum modbus_shape {
	SHAPE_REQUEST = 1 << 0,
	SHAPE_ANSWER = 1 << 1,
	SHAPE_VAGUE = 1 << 2, /* it could be anything */
};

/* Both messages of an operation, for describe(). */
struct modbus_detail {
	const struct modbus_adu *request, *answer; /* NULL: not seen */
	uint64_t id;                               /* counts the flow's operations from 1 */
	const uint8_t *block_hash; /* of the request's block when `request` holds less; or NULL */
	enum modbus_mode mode;
	const struct umas_session *umas; /* NULL: no function 90, or no memory */
};

enum {
	UMAS_OWNER_MAX = 32,
};

/* What is known of the programming session of a flow. */
struct umas_session {
	uint8_t key; /* that the reservation gave; 0: none is held */
	uint8_t owner_length;
	char owner[UMAS_OWNER_MAX];
	/* the program that goes over, in either direction */
	uint8_t direction; /* the function that began it; 0: none did */
	bool complete;     /* no block is missing so far */
	bool ended;
	uint16_t last_block;
	uint8_t last_hash[BT_SHA256_BYTES]; /* of that block; zeros: it was not all seen */
	uint32_t blocks;
	uint64_t bytes;
	uint8_t hash[BT_SHA256_BYTES]; /* see umas_follow() */
};

/* What few flows have: a tap of the line itself, or somebody who programs. */
struct modbus_seldom {
	uint8_t last_echo[BT_SHA256_BYTES]; /* shared line: of what an answer would repeat of the request */
	uint8_t long_hash[BT_SHA256_BYTES]; /* the newest block that is longer than what is kept of a request */
	uint64_t long_key;
	bool long_known;
	struct umas_session umas;
};

struct modbus_state {
	uint64_t operations;
	uint64_t last_key; /* of the newest request ... */
	int64_t last_ns;
	bool waiting;         /* ... while its answer has not come */
	bool ids_change;      /* its transaction id is not that of the request before */
	bool sides_confirmed; /* a message came that only the side it came from could send */
	uint8_t mode;         /* enum modbus_mode */
	bool asked;           /* a request was seen */
	/* serial modes only */
	bool doubtful;    /* requests went unanswered: which answer is whose is not certain any more */
	bool shared_line; /* requests and answers come the same way: a tap of the line itself */
	uint8_t last_function;
	struct modbus_seldom *seldom; /* NULL: nothing of it so far */
};

/* functions.c */
extern const struct modbus_function modbus_functions[EXCEPTION_BIT]; /* of those with a name */
const struct modbus_function *modbus_unnamed(uint8_t function);
static inline const struct modbus_function *modbus_function(uint8_t function)
{
	const struct modbus_function *found = &modbus_functions[function & ~EXCEPTION_BIT];

	return found->name ? found : modbus_unnamed(function);
}

/* False: not even a header. Three times a message, and shorter than the call of it. */
static inline __attribute__((always_inline)) bool
modbus_read(struct bt_cursor message, struct modbus_adu *adu)
{
	uint64_t header = cur_u64be(&message);

	adu->transaction = (uint16_t)(header >> 48);
	adu->protocol = (uint16_t)(header >> 32);
	adu->length = (uint16_t)(header >> 16);
	adu->unit = (uint8_t)(header >> 8);
	adu->raw = (uint8_t)header;
	adu->function = adu->raw & ~EXCEPTION_BIT;
	adu->exception = adu->raw & EXCEPTION_BIT;
	adu->means = modbus_function(adu->function);
	if (!cur_ok(&message) || adu->length < ADU_MIN - MBAP_BYTES)
		return false;
	adu->size = adu->length - (ADU_MIN - MBAP_BYTES);
	adu->data = cur_take_upto(&message, adu->size);
	return true;
}

/* mbap.c */
uint16_t modbus_crc_add(uint16_t crc, uint8_t byte); /* from CRC_BEGIN on, byte by byte */
uint16_t modbus_crc(struct bt_cursor bytes);
enum bt_match modbus_header_match(struct bt_cursor head, bool hinted); /* of the bytes alone */
enum bt_match modbus_probe(struct bt_cursor head, bool hinted);
struct bt_frame modbus_frame(struct bt_cursor head, enum bt_dir dir, enum bt_sync sync);

/* Puts the header in front of unit, function and data, SERIAL_MAX bytes of them at most. */
struct modbus_wrapped {
	uint8_t bytes[MBAP_BYTES + SERIAL_MAX];
};
struct bt_cursor modbus_wrap(struct bt_cursor body, struct modbus_wrapped *room);

/* modbus.c */
enum bt_verdict modbus_take(struct bt_context *ctx, struct bt_cursor message,
			    enum modbus_mode mode);
void modbus_unanswered(struct bt_context *ctx, const struct bt_request *asked);
void modbus_skipped(struct bt_context *ctx, struct bt_cursor bytes);
void modbus_gap(struct bt_context *ctx);
#define ANSWER_WAIT_NS (10LL * 1000 * 1000 * 1000)
extern const struct bt_dissector dissector_modbus;

/* rtu.c, sizes.c */
enum bt_match modbus_rtu_match(struct bt_cursor head); /* of the bytes alone */
enum {
	SIZE_FREE = UINT32_MAX >> 1,
};
/* Bytes of data behind the function byte `raw`, by its layout as one side would send it; at least so
 * many and more than there are, where the count is not there yet. SIZE_FREE: the layout does not say. */
uint32_t modbus_size(uint8_t raw, struct bt_cursor data, bool request);

/* functions.c */
const struct modbus_subfunction *modbus_diagnostic(uint16_t code);  /* NULL: reserved */
const struct modbus_subfunction *modbus_encapsulated(uint8_t type); /* NULL: reserved */
const struct modbus_subfunction *modbus_exception(uint8_t code);    /* NULL: unknown */
const char *modbus_category(const struct modbus_adu *adu);          /* Suricata's */
/* The sub-function number of the message; 0 where there is none. */
uint16_t modbus_subfunction(const struct modbus_adu *adu);

/* faults.c */
unsigned modbus_faults(const struct modbus_adu *adu, bool request);
unsigned
modbus_shape(const struct modbus_adu *adu); /* bits of enum modbus_shape; 0: neither fits */
extern const struct bt_violation *const modbus_violations[];
extern const struct bt_violation modbus_echo_mismatch, modbus_response_mismatch,
	modbus_function_mismatch, modbus_unsolicited_response, modbus_wrong_direction,
	modbus_transaction_reused, modbus_crc_trailer, modbus_stray_bytes, modbus_bad_checksum;
void modbus_report_faults(struct bt_context *ctx, const struct modbus_adu *adu, unsigned faults);
/* NULL: the answer fits the request. */
const struct bt_violation *modbus_mismatch(const struct modbus_adu *request,
					   const struct modbus_adu *answer);

/* accesses.c */
struct modbus_file_part {
	uint8_t type;
	uint16_t file, record, words; /* file and record: of requests; words: wanted or there */
	struct bt_cursor data;
};
bool modbus_file_wanted(struct bt_cursor *parts, struct modbus_file_part *part); /* FC 20 request */
bool modbus_file_answered(struct bt_cursor *parts,
			  struct modbus_file_part *part);                         /* FC 20 answer */
bool modbus_file_written(struct bt_cursor *parts, struct modbus_file_part *part); /* FC 21, both */
struct bt_cursor modbus_counted(const struct modbus_adu *adu); /* data behind its byte count */
struct umas_room;
unsigned modbus_accesses(const struct modbus_adu *request, const struct modbus_adu *answer,
			 struct bt_access accesses[ACCESSES_MAX], struct umas_room *room);

/* identity.c */
/* May an answer say who the device is? */
static inline bool modbus_introduces(const struct modbus_function *function)
{
	return function->form == FORM_SERVER_ID || function->form == FORM_ENCAPSULATED ||
	       function->form == FORM_UMAS;
}
void modbus_identify(struct bt_context *ctx, const struct modbus_adu *request,
		     const struct modbus_adu *answer);
struct modbus_server_id {
	bool has_run;
	bool run;
	struct bt_cursor id, text;
};
void modbus_server_id(const struct modbus_adu *answer, struct modbus_server_id *id);
const char *modbus_object_name(uint8_t object);

/* describe.c, fields.c */
void modbus_describe(const struct bt_operation *op, struct bt_record *rec);
extern const struct bt_field modbus_fields[];
void modbus_put_data(struct bt_record *rec, struct bt_cursor bytes);
void modbus_put_hash(struct bt_record *rec, struct bt_cursor bytes);

/* features.c */
bool modbus_feature(size_t index, struct bt_feature *feature, char text[BT_FEATURE_TEXT]);

#endif
