/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts share that read UMAS, function 90 of Modbus. See umas.c.
 */
#ifndef DISSECTORS_MODBUS_UMAS_H
#define DISSECTORS_MODBUS_UMAS_H

#include "modbus.h"

enum {
	UMAS_INIT_COMM = 0x01,
	UMAS_READ_ID = 0x02,
	UMAS_READ_PROJECT = 0x03,
	UMAS_READ_STATUS = 0x04,
	UMAS_TAKE = 0x10,
	UMAS_RELEASE = 0x11,
	UMAS_READ_MEMORY = 0x20,
	UMAS_WRITE_MEMORY = 0x21,
	UMAS_READ_VARIABLES = 0x22,
	UMAS_WRITE_VARIABLES = 0x23,
	UMAS_READ_POINTS = 0x24,
	UMAS_READ_DICTIONARY = 0x26,
	UMAS_INIT_UPLOAD = 0x30,
	UMAS_UPLOAD_BLOCK = 0x31,
	UMAS_END_UPLOAD = 0x32,
	UMAS_INIT_DOWNLOAD = 0x33,
	UMAS_DOWNLOAD_BLOCK = 0x34,
	UMAS_END_DOWNLOAD = 0x35,
	UMAS_ERROR = 0xfd,
	UMAS_OK = 0xfe,
	UMAS_NUMBERS_MAX = 256,
};

/* Values of variables while an operation is told. */
struct umas_room {
	unsigned used;
	double numbers[UMAS_NUMBERS_MAX];
};

struct umas_transfer {
	bool has_block;
	uint16_t block;
	uint32_t offset; /* memory only */
	bool has_size;
	uint16_t size;
	struct bt_cursor data; /* empty where the message carries none */
};

struct umas_variable {
	uint16_t block;
	uint32_t offset;
	uint8_t size;          /* bytes of one */
	uint16_t count;        /* 1, or the length of an array */
	struct bt_cursor data; /* of a write */
};

/* A memory bit (%M) or word (%MW), by the name that its address has in Modbus. */
struct umas_point {
	const char *space;
	uint16_t address;
	uint8_t size; /* bytes of its value */
};

/* umas.c */
const struct modbus_subfunction *umas_function(uint8_t code); /* NULL: unknown */
bool umas_layout_known(uint8_t code); /* else the name is all that is known of it */
uint8_t umas_code(const struct modbus_adu *adu);              /* second byte */
struct bt_cursor umas_body(const struct modbus_adu *adu);
bool umas_transfer(uint8_t code, const struct modbus_adu *adu, bool request,
		   struct umas_transfer *transfer);
bool umas_variables(struct bt_cursor *at, unsigned *count);
bool umas_variable(struct bt_cursor *at, bool write, struct umas_variable *variable);
bool umas_points(struct bt_cursor *at, unsigned *count);
bool umas_point(struct bt_cursor *at, struct umas_point *point);
unsigned umas_accesses(const struct modbus_adu *request, const struct modbus_adu *answer,
		       struct bt_access accesses[ACCESSES_MAX], struct umas_room *room);

/* umas_session.c */
struct bt_cursor umas_text(struct bt_cursor *at); /* behind a byte of length; not readable: empty */
struct umas_taking {
	uint32_t client;
	struct bt_cursor owner;
};
bool umas_taking(const struct modbus_adu *request, struct umas_taking *taking);
/* Of an operation that was done: keeps up who programs, and what. */
void umas_follow(struct umas_session *session, const struct modbus_adu *request,
		 const struct modbus_adu *answer, const uint8_t *block_hash);
void umas_identify(struct bt_context *ctx, const struct modbus_adu *request,
		   const struct modbus_adu *answer);
struct umas_controller {
	uint32_t hardware_id;
	uint16_t hardware;
	uint8_t major, minor;
	struct bt_cursor model;
};
bool umas_controller(struct bt_cursor at, struct umas_controller *controller);
struct umas_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second;
};
struct umas_project {
	struct umas_time times[2]; /* created, changed */
	uint32_t version;
	struct bt_cursor name;
};
bool umas_project(struct bt_cursor at, struct umas_project *project);

/* umas_describe.c */
void umas_describe(struct bt_record *rec, const struct modbus_adu *adu, bool request,
		   const struct modbus_detail *detail);

#endif
