/* SPDX-License-Identifier: Apache-2.0
 *
 * Every key of the "dnp3" object: the schema and docs/events.md are made of these. Requests and
 * answers have the same shape; the points' keys are the parts of objects.c.
 */
#include "dnp3.h"

#define POINT(side) side ".application.objects.points."
#define MESSAGE(side, title) \
	{side, BT_FIELD_OBJECT, title}, \
	{side ".type", BT_FIELD_STRING, \
	 "request, response, unsolicited_response; link: a frame of the link layer alone"}, \
	{side ".control", BT_FIELD_OBJECT, "control octet of the link layer"}, \
	{side ".control.dir", BT_FIELD_BOOL, "from the master"}, \
	{side ".control.pri", BT_FIELD_BOOL, "asks on the link layer; else answers"}, \
	{side ".control.fcb", BT_FIELD_BOOL, "frame count bit"}, \
	{side ".control.fcv", BT_FIELD_BOOL, \
	 "frame count valid; of an answer: data flow control"}, \
	{side ".control.function_code", BT_FIELD_UINT, "link function"}, \
	{side ".control.function", BT_FIELD_STRING, "link function"}, \
	{side ".src", BT_FIELD_UINT, "link address of the sender"}, \
	{side ".dst", BT_FIELD_UINT, "link address of the receiver"}, \
	{side ".application", BT_FIELD_OBJECT, "application layer"}, \
	{side ".application.control", BT_FIELD_OBJECT, "application control octet"}, \
	{side ".application.control.fir", BT_FIELD_BOOL, "first fragment"}, \
	{side ".application.control.fin", BT_FIELD_BOOL, "final fragment"}, \
	{side ".application.control.con", BT_FIELD_BOOL, "wants to be confirmed"}, \
	{side ".application.control.uns", BT_FIELD_BOOL, "unsolicited, or confirms it"}, \
	{side ".application.control.sequence", BT_FIELD_UINT, "sequence number"}, \
	{side ".application.function_code", BT_FIELD_UINT, "function"}, \
	{side ".application.function", BT_FIELD_STRING, "function"}, \
	{side ".application.complete", BT_FIELD_BOOL, "all objects were decoded"}, \
	{side ".application.more_objects", BT_FIELD_UINT, "object headers that are not shown"}, \
	{side ".application.undecoded", BT_FIELD_STRING, \
	 "what could not be decoded, hexadecimal, the first 256 bytes"}, \
	{side ".application.undecoded_bytes", BT_FIELD_UINT, \
	 "how many bytes could not be decoded"}, \
	{side ".application.objects", BT_FIELD_ARRAY, "object headers"}, \
	{side ".application.objects.group", BT_FIELD_UINT, "object group"}, \
	{side ".application.objects.variation", BT_FIELD_UINT, "object variation; 0: any"}, \
	{side ".application.objects.name", BT_FIELD_STRING, "object group"}, \
	{side ".application.objects.qualifier", BT_FIELD_UINT, "qualifier octet"}, \
	{side ".application.objects.prefix_code", BT_FIELD_UINT, \
	 "what stands in front of each object: 1-3 index, 4-6 size"}, \
	{side ".application.objects.range_code", BT_FIELD_UINT, "how the range is told"}, \
	{side ".application.objects.start", BT_FIELD_UINT, "first point"}, \
	{side ".application.objects.stop", BT_FIELD_UINT, "last point"}, \
	{side ".application.objects.count", BT_FIELD_UINT, \
	 "how many points; 0 where all are meant"}, \
	{side ".application.objects.more", BT_FIELD_UINT, "points that are not shown"}, \
	{side ".application.objects.points", BT_FIELD_ARRAY, "points"}, \
	{POINT(side) "prefix", BT_FIELD_UINT, "index or size in front of the object, as sent"}, \
	{POINT(side) "index", BT_FIELD_UINT, "point number"}, \
	{POINT(side) "size", BT_FIELD_UINT, "bytes of an object that says its size"}, \
	{POINT(side) "state", BT_FIELD_UINT, "binary and double-bit points"}, \
	{POINT(side) "point", BT_FIELD_UINT, "g12v3: the point is part of the pattern"}, \
	{POINT(side) "online", BT_FIELD_UINT, "flag: the value is good"}, \
	{POINT(side) "restart", BT_FIELD_UINT, "flag: not read since the restart"}, \
	{POINT(side) "comm_lost", BT_FIELD_UINT, \
	 "flag: no communication with where it comes from"}, \
	{POINT(side) "remote_forced", BT_FIELD_UINT, "flag: value set by another device"}, \
	{POINT(side) "local_forced", BT_FIELD_UINT, "flag: value set by an operator here"}, \
	{POINT(side) "chatter_filter", BT_FIELD_UINT, "flag: changes too often and is held"}, \
	{POINT(side) "rollover", BT_FIELD_UINT, "flag: the counter passed its end"}, \
	{POINT(side) "discontinuity", BT_FIELD_UINT, \
	 "flag: the counter is not comparable with before"}, \
	{POINT(side) "over_range", BT_FIELD_UINT, "flag: beyond what can be measured or sent"}, \
	{POINT(side) "reference_err", BT_FIELD_UINT, \
	 "flag: the reference of the converter is not right"}, \
	{POINT(side) "reserved", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "reserved0", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "reserved1", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "value", BT_FIELD_INT, "analog value or attribute, a whole number"}, \
	{POINT(side) "value", BT_FIELD_NUMBER, "analog value or attribute, floating point"}, \
	{POINT(side) "count", BT_FIELD_INT, "counter; of a control block how often"}, \
	{POINT(side) "timestamp", BT_FIELD_INT, \
	 "milliseconds since 1970; of relative events since the time before them"}, \
	{POINT(side) "relative_time_ms", BT_FIELD_INT, \
	 "milliseconds since the time before the event"}, \
	{POINT(side) "deadband_value", BT_FIELD_INT, "dead-band"}, \
	{POINT(side) "deadband_value", BT_FIELD_NUMBER, "dead-band, floating point"}, \
	{POINT(side) "op_type", BT_FIELD_UINT, "control block: operation"}, \
	{POINT(side) "op_type_name", BT_FIELD_STRING, \
	 "control block: nul, pulse_on, pulse_off, latch_on, latch_off"}, \
	{POINT(side) "qu", BT_FIELD_UINT, "control block: queue (obsolete)"}, \
	{POINT(side) "cr", BT_FIELD_UINT, "control block: clear what is running"}, \
	{POINT(side) "tcc", BT_FIELD_UINT, "control block: trip or close"}, \
	{POINT(side) "tcc_name", BT_FIELD_STRING, "control block: nul, close, trip"}, \
	{POINT(side) "ontime", BT_FIELD_INT, "control block: milliseconds on"}, \
	{POINT(side) "offtime", BT_FIELD_INT, "control block: milliseconds off"}, \
	{POINT(side) "status_code", BT_FIELD_UINT, "status of a command or file"}, \
	{POINT(side) "status", BT_FIELD_STRING, "status of a command or file"}, \
	{POINT(side) "control_status", BT_FIELD_INT, "analog output: status"}, \
	{POINT(side) "commanded_state", BT_FIELD_UINT, \
	 "binary output command event: what was commanded"}, \
	{POINT(side) "commanded_value", BT_FIELD_INT, \
	 "analog output command event: what was commanded"}, \
	{POINT(side) "commanded_value", BT_FIELD_NUMBER, \
	 "analog output command event: what was commanded, floating point"}, \
	{POINT(side) "interval", BT_FIELD_INT, "milliseconds between freezes"}, \
	{POINT(side) "interval_count", BT_FIELD_INT, "how many units"}, \
	{POINT(side) "interval_units", BT_FIELD_INT, "unit of the interval"}, \
	{POINT(side) "delay_secs", BT_FIELD_INT, "delay in seconds"}, \
	{POINT(side) "delay_ms", BT_FIELD_INT, "delay in milliseconds"}, \
	{POINT(side) "filename_size", BT_FIELD_INT, "bytes of the name"}, \
	{POINT(side) "filename_offset", BT_FIELD_INT, "where the name stands"}, \
	{POINT(side) "filename", BT_FIELD_STRING, "file or folder"}, \
	{POINT(side) "file_specification", BT_FIELD_STRING, "file or folder"}, \
	{POINT(side) "filetype_code", BT_FIELD_INT, "kind of file"}, \
	{POINT(side) "file_type", BT_FIELD_INT, "0 folder, 1 file"}, \
	{POINT(side) "attribute_code", BT_FIELD_INT, "attributes of the file"}, \
	{POINT(side) "start_record", BT_FIELD_INT, "first record"}, \
	{POINT(side) "end_record", BT_FIELD_INT, "last record"}, \
	{POINT(side) "file_size", BT_FIELD_INT, "bytes of the file"}, \
	{POINT(side) "created_timestamp", BT_FIELD_INT, "milliseconds since 1970"}, \
	{POINT(side) "created", BT_FIELD_INT, "milliseconds since 1970"}, \
	{POINT(side) "permission", BT_FIELD_INT, "permission bits"}, \
	{POINT(side) "permissions", BT_FIELD_INT, "permission bits"}, \
	{POINT(side) "file_id", BT_FIELD_INT, "number of the file"}, \
	{POINT(side) "owner_id", BT_FIELD_INT, "owner"}, \
	{POINT(side) "group_id", BT_FIELD_INT, "group"}, \
	{POINT(side) "file_function_code", BT_FIELD_INT, "what is done to the file"}, \
	{POINT(side) "file_handle", BT_FIELD_INT, "handle of the open file"}, \
	{POINT(side) "operational_mode", BT_FIELD_INT, "1 read, 2 write, 3 append"}, \
	{POINT(side) "maximum_block_size", BT_FIELD_INT, "bytes of a block"}, \
	{POINT(side) "request_id", BT_FIELD_INT, "number of the request"}, \
	{POINT(side) "block_number", BT_FIELD_INT, "block; the highest bit marks the last"}, \
	{POINT(side) "data_size", BT_FIELD_INT, "bytes of data"}, \
	{POINT(side) "data_bytes", BT_FIELD_UINT, "bytes carried"}, \
	{POINT(side) "sha256", BT_FIELD_STRING, "hash of the bytes carried"}, \
	{POINT(side) "optional_text", BT_FIELD_STRING, "what the outstation says to it"}, \
	{POINT(side) "username_offset", BT_FIELD_INT, "where the user's name stands"}, \
	{POINT(side) "username_size", BT_FIELD_INT, "bytes of the user's name"}, \
	{POINT(side) "password_offset", BT_FIELD_INT, "where the password stands"}, \
	{POINT(side) "password_size", BT_FIELD_INT, \
	 "bytes of the password, which is never shown"}, \
	{POINT(side) "authentication_key", BT_FIELD_INT, "key of the file authentication"}, \
	{POINT(side) "username", BT_FIELD_STRING, "user"}, \
	{POINT(side) "attribute", BT_FIELD_STRING, "group 0: which"}, \
	{POINT(side) "data_type", BT_FIELD_UINT, \
	 "group 0: 1 text, 2 unsigned, 3 signed, 4 float, 5 octets, 6 bits, 7 time, 254 list"}, \
	{POINT(side) "text", BT_FIELD_STRING, "group 0: a text"}, \
	{POINT(side) "data", BT_FIELD_STRING, "opaque bytes, hexadecimal, the first 256"}, \
	{POINT(side) "fill_percentage", BT_FIELD_UINT, "how full the event buffer is"}, \
	{POINT(side) "overflow_state", BT_FIELD_UINT, "the event buffer overflowed"}, \
	{POINT(side) "group", BT_FIELD_INT, "object group"}, \
	{POINT(side) "variation", BT_FIELD_INT, "object variation"}, \
	{POINT(side) "vendor_code", BT_FIELD_INT, "whose private object it is"}, \
	{POINT(side) "object_id", BT_FIELD_INT, "which private object"}, \
	{POINT(side) "length", BT_FIELD_INT, "bytes of the private object"}, \
	{POINT(side) "data_objects", BT_FIELD_STRING, "private object, hexadecimal"}, \
	{POINT(side) "rd", BT_FIELD_UINT, "data set can be read"}, \
	{POINT(side) "wr", BT_FIELD_UINT, "data set can be written"}, \
	{POINT(side) "st", BT_FIELD_UINT, "outstation has a static data set"}, \
	{POINT(side) "ev", BT_FIELD_UINT, "outstation has data set events"}, \
	{POINT(side) "df", BT_FIELD_UINT, "data set is defined by the master"}, \
	{POINT(side) "padding0", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "padding1", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "padding2", BT_FIELD_UINT, "reserved bit"}, \
	{POINT(side) "application", BT_FIELD_STRING, "application"}, \
	{POINT(side) "time_delay", BT_FIELD_INT, "milliseconds until it is active"}, \
	{POINT(side) "csq", BT_FIELD_INT, "challenge sequence number"}, \
	{POINT(side) "ksq", BT_FIELD_INT, "key change sequence number"}, \
	{POINT(side) "usr", BT_FIELD_INT, "user number"}, \
	{POINT(side) "user_number", BT_FIELD_INT, "user number"}, \
	{POINT(side) "mal", BT_FIELD_INT, "algorithm of the authentication code"}, \
	{POINT(side) "reason", BT_FIELD_INT, "why it challenges"}, \
	{POINT(side) "challenge_data", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "challenge_data_len", BT_FIELD_INT, "bytes of the challenge"}, \
	{POINT(side) "mac_value", BT_FIELD_STRING, "authentication code, hexadecimal"}, \
	{POINT(side) "key_wrap_alg", BT_FIELD_INT, "algorithm of the key wrap"}, \
	{POINT(side) "key_status", BT_FIELD_INT, \
	 "1 ok, 2 not initialised, 3 communication failed, 4 authentication failed"}, \
	{POINT(side) "wrapped_key_data", BT_FIELD_STRING, "encrypted keys, hexadecimal"}, \
	{POINT(side) "sequence_number", BT_FIELD_INT, "of the message that the error is about"}, \
	{POINT(side) "association_id", BT_FIELD_INT, "which master and outstation"}, \
	{POINT(side) "error_code", BT_FIELD_INT, "authentication error"}, \
	{POINT(side) "error", BT_FIELD_STRING, "authentication error"}, \
	{POINT(side) "time_of_error", BT_FIELD_INT, "milliseconds since 1970"}, \
	{POINT(side) "error_text", BT_FIELD_STRING, "what the outstation says to it"}, \
	{POINT(side) "key_change_method", BT_FIELD_INT, "how keys are changed"}, \
	{POINT(side) "certificate_type", BT_FIELD_INT, "kind of certificate"}, \
	{POINT(side) "certificate", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "operation", BT_FIELD_INT, "user status: 1 add, 2 delete, 3 change"}, \
	{POINT(side) "scs", BT_FIELD_INT, "status change sequence number"}, \
	{POINT(side) "user_role", BT_FIELD_INT, "role"}, \
	{POINT(side) "user_role_expiry_interval", BT_FIELD_INT, "days"}, \
	{POINT(side) "username_len", BT_FIELD_INT, "bytes of the user's name"}, \
	{POINT(side) "user_public_key_len", BT_FIELD_INT, "bytes of the key"}, \
	{POINT(side) "user_public_key", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "certification_data_len", BT_FIELD_INT, "bytes of the certification"}, \
	{POINT(side) "certification_data", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "master_challenge_data_len", BT_FIELD_INT, "bytes of the challenge"}, \
	{POINT(side) "master_challenge_data", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "encrypted_update_key_len", BT_FIELD_INT, "bytes of the key"}, \
	{POINT(side) "encrypted_update_key_data", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "digital_signature", BT_FIELD_STRING, "hexadecimal"}, \
	{POINT(side) "count_value", BT_FIELD_INT, "security statistic"}

const struct bt_field dnp3_fields[] = {
	{"id", BT_FIELD_UINT, "counts the operations of the flow, from 1"},
	{"function", BT_FIELD_STRING,
	 "function of the request, or what the link layer was asked"},
	{"result", BT_FIELD_STRING, "ok, refused, unanswered, unsolicited"},
	{"error", BT_FIELD_STRING,
	 "why it was refused: internal indication, or status of the command, file or authentication"},
	{"latency_us", BT_FIELD_UINT, "microseconds from request to answer"},
	{"broadcast", BT_FIELD_BOOL, "addressed to all outstations"},
	{"continued", BT_FIELD_BOOL, "a further fragment of an answer"},
	{"retransmission", BT_FIELD_BOOL, "the same message as before"},
	MESSAGE("request", "what was asked"),
	MESSAGE("response", "what was answered, or told unasked"),
	{"response.iin", BT_FIELD_OBJECT, "internal indications"},
	{"response.iin.indicators", BT_FIELD_ARRAY,
	 "those that are set, as Suricata names them"},
	{0},
};
