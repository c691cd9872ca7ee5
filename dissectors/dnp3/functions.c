/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of the application layer (IEEE 1815-2012, 4.2.2 and 4.4), what an object of group
 * 120 (secure authentication, clause 7) makes of the message that carries it, and a message's
 * header.
 */
#include "dnp3.h"

static const struct dnp3_function functions[] = {
	{FC_CONFIRM, BT_ACT_SESSION, NO_ANSWER, "confirm"},
	{FC_READ, BT_ACT_READ, TOUCHES, "read"},
	{FC_WRITE, BT_ACT_WRITE, HAS_OBJECTS | TOUCHES, "write"},
	{FC_SELECT, BT_ACT_CONTROL, HAS_OBJECTS | TOUCHES, "select"},
	{FC_OPERATE, BT_ACT_CONTROL, HAS_OBJECTS | TOUCHES, "operate"},
	{FC_DIRECT_OPERATE, BT_ACT_CONTROL, HAS_OBJECTS | TOUCHES, "direct_operate"},
	{FC_DIRECT_OPERATE_NR, BT_ACT_CONTROL, HAS_OBJECTS | TOUCHES | NO_ANSWER,
	 "direct_operate_nr"},
	{7, BT_ACT_CONTROL, TOUCHES, "immed_freeze"},
	{8, BT_ACT_CONTROL, TOUCHES | NO_ANSWER, "immed_freeze_nr"},
	{9, BT_ACT_CONTROL, TOUCHES, "freeze_clear"},
	{10, BT_ACT_CONTROL, TOUCHES | NO_ANSWER, "freeze_clear_nr"},
	{FC_FREEZE_AT_TIME, BT_ACT_CONTROL, TOUCHES, "freeze_at_time"},
	{FC_FREEZE_AT_TIME_NR, BT_ACT_CONTROL, TOUCHES | NO_ANSWER, "freeze_at_time_nr"},
	{13, BT_ACT_CONTROL, 0, "cold_restart"},
	{14, BT_ACT_CONTROL, 0, "warm_restart"},
	{15, BT_ACT_CONFIGURE, TOUCHES, "initialize_data"},
	{16, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "initialize_appl"},
	{17, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "start_appl"},
	{18, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "stop_appl"},
	{19, BT_ACT_CONFIGURE, TOUCHES, "save_config"},
	{20, BT_ACT_CONFIGURE, TOUCHES, "enable_unsolicited"},
	{21, BT_ACT_CONFIGURE, TOUCHES, "disable_unsolicited"},
	{22, BT_ACT_CONFIGURE, TOUCHES, "assign_class"},
	{23, BT_ACT_OTHER, 0, "delay_measure"},
	{24, BT_ACT_OTHER, 0, "record_current_time"},
	{25, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "open_file"},
	{26, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "close_file"},
	{27, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "delete_file"},
	{28, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "get_file_info"},
	{FC_AUTHENTICATE_FILE, BT_ACT_AUTHENTICATE, HAS_OBJECTS, "authenticate_file"},
	{30, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "abort_file"},
	{31, BT_ACT_PROGRAM, HAS_OBJECTS | TOUCHES, "activate_config"},
	{FC_AUTHENTICATE, BT_ACT_AUTHENTICATE, HAS_OBJECTS, "authenticate_req"},
	{FC_AUTHENTICATE_NO_ACK, BT_ACT_AUTHENTICATE, HAS_OBJECTS | NO_ANSWER, "authenticate_err"},
	{FC_RESPONSE, BT_ACT_OTHER, HAS_OBJECTS | TOUCHES, "response"},
	{FC_UNSOLICITED, BT_ACT_REPORT, HAS_OBJECTS | TOUCHES, "unsolicited_response"},
	{FC_AUTHENTICATE_RESPONSE, BT_ACT_AUTHENTICATE, HAS_OBJECTS, "authenticate_resp"},
};

enum {
	FUNCTIONS = sizeof(functions) / sizeof(functions[0]),
	REQUESTS = FUNCTIONS - 3, /* numbered without a hole */
};

const struct dnp3_function *dnp3_function_number(size_t index)
{
	return index < FUNCTIONS ? &functions[index] : NULL;
}

const struct dnp3_function *dnp3_function(uint8_t code)
{
	if (code < REQUESTS)
		return &functions[code];
	if (code >= FC_RESPONSE && code <= FC_AUTHENTICATE_RESPONSE)
		return &functions[REQUESTS + code - FC_RESPONSE];
	return NULL;
}

bool dnp3_read(struct bt_cursor enveloped, struct dnp3_message *message)
{
	*message = (struct dnp3_message){.link_control = cur_u8(&enveloped)};
	message->destination = cur_u16le(&enveloped);
	message->source = cur_u16le(&enveloped);
	message->link_only = cur_left(&enveloped) == 0;
	if (message->link_only)
		return cur_ok(&enveloped);
	message->control = cur_u8(&enveloped);
	message->function = cur_u8(&enveloped);
	message->is_answer = message->function >= FC_ANSWERS;
	if (message->is_answer)
		message->iin = cur_u16be(&enveloped);
	message->objects = enveloped;
	message->holds = HOLDS_ANYTHING;
	return cur_ok(&enveloped);
}

const char *dnp3_authentication_name(uint8_t variation, uint8_t fc)
{
	static const char *const names[] = {
		[1] = "authentication_challenge",
		[2] = "authentication_reply",
		[4] = "session_key_status_request",
		[5] = "session_key_status",
		[6] = "session_key_change",
		[7] = "authentication_error",
		[8] = "user_certificate",
		[10] = "user_status_change",
		[11] = "update_key_change_request",
		[12] = "update_key_change_reply",
		[13] = "update_key_change",
		[14] = "update_key_change_signature",
		[15] = "update_key_change_confirmation",
	};

	if (variation < sizeof(names) / sizeof(names[0]) && names[variation])
		return names[variation];
	return dnp3_function(fc)->name;
}

uint8_t dnp3_authentication_of(const struct dnp3_message *message, struct bt_cursor *object)
{
	struct dnp3_walk walk = dnp3_walk(message);
	struct dnp3_header header;
	struct dnp3_point point;

	if (!(message->holds & HOLDS_AUTHENTICATION))
		return 0;
	while (dnp3_next_header(&walk, &header)) {
		if (header.group != 120 || header.variation == 3 || header.variation == 9)
			continue;
		if (object && dnp3_next_point(&header, &point))
			*object = point.data;
		return header.variation;
	}
	return 0;
}

bool dnp3_is_authentication(uint8_t function)
{
	return function == FC_AUTHENTICATE || function == FC_AUTHENTICATE_NO_ACK ||
	       function == FC_AUTHENTICATE_RESPONSE;
}
