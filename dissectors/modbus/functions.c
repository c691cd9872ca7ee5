/* SPDX-License-Identifier: Apache-2.0
 *
 * The function codes of Modbus and what each does, as tables. Names in snake_case are ours; the
 * others are Suricata's, so that whoever reads its events can read these.
 */
#include "umas.h"

#define READ_OF(table)       "READ | " table
#define WRITE_ONE_OF(table)  "WRITE | " table " | SINGLE | WRITE_SINGLE"
#define WRITE_MANY_OF(table) "WRITE | " table " | MULTIPLE | WRITE_MULTIPLE"

const struct modbus_function modbus_functions[EXCEPTION_BIT] = {
	[1] = {"read_coils", "RdCoils", READ_OF("COILS"), "coil", FORM_READ_BITS, CLASS_PUBLIC,
	       BT_ACT_READ},
	[2] = {"read_discrete_inputs", "RdDiscreteInputs", READ_OF("DISCRETES"), "discrete_input",
	       FORM_READ_BITS, CLASS_PUBLIC, BT_ACT_READ},
	[3] = {"read_holding_registers", "RdHoldRegs", READ_OF("HOLDING"), "holding_register",
	       FORM_READ_WORDS, CLASS_PUBLIC, BT_ACT_READ},
	[4] = {"read_input_registers", "RdInputRegs", READ_OF("INPUT"), "input_register",
	       FORM_READ_WORDS, CLASS_PUBLIC, BT_ACT_READ},
	[5] = {"write_single_coil", "WrSingleCoil", WRITE_ONE_OF("COILS"), "coil", FORM_WRITE_COIL,
	       CLASS_PUBLIC, BT_ACT_WRITE},
	[6] = {"write_single_register", "WrSingleReg", WRITE_ONE_OF("HOLDING"), "holding_register",
	       FORM_WRITE_WORD, CLASS_PUBLIC, BT_ACT_WRITE},
	[7] = {"read_exception_status", "RdExcStatus", NULL, NULL, FORM_EXCEPTION_STATUS,
	       CLASS_PUBLIC, BT_ACT_IDENTIFY},
	[8] = {"diagnostics", "Diagnostic", NULL, NULL, FORM_DIAGNOSTICS, CLASS_PUBLIC,
	       BT_ACT_IDENTIFY},
	[9] = {"program_484", "Program484", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
	       BT_ACT_PROGRAM},
	[10] = {"poll_484", "Poll484", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_PROGRAM},
	[11] = {"get_comm_event_counter", "GetCommEventCtr", NULL, NULL, FORM_EVENT_COUNTER,
		CLASS_PUBLIC, BT_ACT_IDENTIFY},
	[12] = {"get_comm_event_log", "GetCommEventLog", NULL, NULL, FORM_EVENT_LOG, CLASS_PUBLIC,
		BT_ACT_IDENTIFY},
	[13] = {"program_controller", "ProgramController", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		BT_ACT_PROGRAM},
	[14] = {"poll_controller", "PollController", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		BT_ACT_PROGRAM},
	[15] = {"write_multiple_coils", "WrMultCoils", WRITE_MANY_OF("COILS"), "coil",
		FORM_WRITE_BITS, CLASS_PUBLIC, BT_ACT_WRITE},
	[16] = {"write_multiple_registers", "WrMultRegs", WRITE_MANY_OF("HOLDING"),
		"holding_register", FORM_WRITE_WORDS, CLASS_PUBLIC, BT_ACT_WRITE},
	[17] = {"report_server_id", "ReportServerID", NULL, NULL, FORM_SERVER_ID, CLASS_PUBLIC,
		BT_ACT_IDENTIFY},
	[18] = {"program_884", "Program884", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		BT_ACT_PROGRAM},
	[19] = {"reset_comm_link", "ResetCommLink", NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		BT_ACT_CONTROL},
	[20] = {"read_file_record", "RdFileRec", NULL, "file_record", FORM_READ_FILE, CLASS_PUBLIC,
		BT_ACT_PROGRAM},
	[21] = {"write_file_record", "WrFileRec", NULL, "file_record", FORM_WRITE_FILE,
		CLASS_PUBLIC, BT_ACT_PROGRAM},
	[22] = {"mask_write_register", "MaskWrReg", "WRITE | HOLDING", "holding_register",
		FORM_MASK_WRITE, CLASS_PUBLIC, BT_ACT_WRITE},
	[23] = {"read_write_multiple_registers", "RdWrMultRegs",
		"READ | WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE", "holding_register",
		FORM_READ_WRITE, CLASS_PUBLIC, BT_ACT_WRITE},
	[24] = {"read_fifo_queue", "RdFIFOQueue", NULL, "fifo_queue", FORM_FIFO, CLASS_PUBLIC,
		BT_ACT_READ},
	[40] = {"program_concept", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_PROGRAM},
	[41] = {"reserved_41", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_OTHER},
	[42] = {"reserved_42", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_OTHER},
	[43] = {"encapsulated_interface", "MEI", NULL, NULL, FORM_ENCAPSULATED, CLASS_PUBLIC,
		BT_ACT_IDENTIFY},
	[90] = {"umas", NULL, NULL, NULL, FORM_UMAS, CLASS_PUBLIC, BT_ACT_OTHER},
	[91] = {"reserved_91", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_OTHER},
	[125] = {"firmware_replacement", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		 BT_ACT_PROGRAM},
	[126] = {"program_584_984", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED, BT_ACT_PROGRAM},
	[127] = {"report_local_address", NULL, NULL, NULL, FORM_OPAQUE, CLASS_RESERVED,
		 BT_ACT_IDENTIFY},
};

static const struct modbus_function user_defined = {
	"user_defined", NULL, NULL, NULL, FORM_OPAQUE, CLASS_USER, BT_ACT_OTHER,
};
static const struct modbus_function undefined = {
	"undefined", NULL, NULL, NULL, FORM_OPAQUE, CLASS_UNDEFINED, BT_ACT_OTHER,
};

const struct modbus_function *modbus_unnamed(uint8_t function)
{
	if ((function >= 65 && function <= 72) || (function >= 100 && function <= 110))
		return &user_defined;
	return &undefined;
}

static const struct modbus_subfunction diagnostics[] = {
	{0, "diagnostics_return_query_data", "RetQueryData", BT_ACT_IDENTIFY},
	{1, "diagnostics_restart_communications", "RestartCommOpt", BT_ACT_CONTROL},
	{2, "diagnostics_return_diagnostic_register", "RetDiagReg", BT_ACT_IDENTIFY},
	{3, "diagnostics_change_ascii_delimiter", "ChangeInputDelimiter", BT_ACT_CONFIGURE},
	{4, "diagnostics_force_listen_only", "ForceListenOnlyMode", BT_ACT_CONTROL},
	{10, "diagnostics_clear_counters", "ClearCtrDiagReg", BT_ACT_CONFIGURE},
	{11, "diagnostics_bus_message_count", "RetBusMsgCount", BT_ACT_IDENTIFY},
	{12, "diagnostics_bus_error_count", "RetBusCommErrCount", BT_ACT_IDENTIFY},
	{13, "diagnostics_bus_exception_count", "RetBusExcErrCount", BT_ACT_IDENTIFY},
	{14, "diagnostics_server_message_count", "RetServerMsgCount", BT_ACT_IDENTIFY},
	{15, "diagnostics_server_no_response_count", "RetServerNoRespCount", BT_ACT_IDENTIFY},
	{16, "diagnostics_server_nak_count", "RetServerNAKCount", BT_ACT_IDENTIFY},
	{17, "diagnostics_server_busy_count", "RetServerBusyCount", BT_ACT_IDENTIFY},
	{18, "diagnostics_bus_overrun_count", "RetBusCharOverrunCount", BT_ACT_IDENTIFY},
	{19, "diagnostics_overrun_error_count", "RetOverrunErrCount", BT_ACT_IDENTIFY},
	{20, "diagnostics_clear_overrun_counter", "ClearOverrunCounterFlag", BT_ACT_CONFIGURE},
	{21, "diagnostics_modbus_plus_statistics", "GetClearPlusStats", BT_ACT_CONFIGURE},
	{0},
};

static const struct modbus_subfunction encapsulated[] = {
	{13, "canopen_general_reference", "CANOpenGenRefReqResp", BT_ACT_OTHER},
	{14, "read_device_identification", "RdDevId", BT_ACT_IDENTIFY},
	{0},
};

static const struct modbus_subfunction exceptions[] = {
	{1, "illegal_function", "IllegalFunction", 0},
	{2, "illegal_data_address", "IllegalDataAddr", 0},
	{3, "illegal_data_value", "IllegalDataValue", 0},
	{4, "server_device_failure", "ServerDeviceFail", 0},
	{5, "acknowledge", "Ack", 0},
	{6, "server_device_busy", "ServerDeviceBusy", 0},
	{7, "negative_acknowledge", "NegAck", 0},
	{8, "memory_parity_error", "MemParityErr", 0},
	{10, "gateway_path_unavailable", "GatewayPathUnavailable", 0},
	{11, "gateway_target_failed_to_respond", "GatewayTargetFailToResp", 0},
	{0},
};

static const struct modbus_subfunction *lookup(const struct modbus_subfunction *table,
					       uint16_t code)
{
	for (; table->name; table++) {
		if (table->code == code)
			return table;
	}
	return NULL;
}

const struct modbus_subfunction *modbus_diagnostic(uint16_t code)
{
	return lookup(diagnostics, code);
}

const struct modbus_subfunction *modbus_encapsulated(uint8_t type)
{
	return lookup(encapsulated, type);
}

const struct modbus_subfunction *modbus_exception(uint8_t code)
{
	return lookup(exceptions, code);
}

uint16_t modbus_subfunction(const struct modbus_adu *adu)
{
	struct bt_cursor data = adu->data;

	if (adu->exception)
		return 0;
	switch (adu->means->form) {
	case FORM_DIAGNOSTICS: return cur_u16be(&data);
	case FORM_ENCAPSULATED: return cur_u8(&data);
	case FORM_UMAS: return umas_code(adu);
	default: return 0;
	}
}

const char *modbus_category(const struct modbus_adu *adu)
{
	uint8_t code = adu->function;

	if (code == 8 || code == 43) {
		if (adu->exception)
			return "NONE";
		if (code == 8)
			return modbus_diagnostic(modbus_subfunction(adu)) ? "PUBLIC_ASSIGNED"
									  : "RESERVED";
		return modbus_encapsulated((uint8_t)modbus_subfunction(adu)) ? "PUBLIC_ASSIGNED"
									     : "RESERVED";
	}
	if (modbus_function(code)->eve)
		return "PUBLIC_ASSIGNED";
	if (adu->exception || code == 0)
		return "NONE";
	switch (modbus_function(code)->class) {
	case CLASS_USER: return "USER_DEFINED";
	case CLASS_UNDEFINED: return "PUBLIC_UNASSIGNED";
	default: break;
	}
	/* Suricata gives 40 to the public and 90 to the reserved ones */
	return code == 40 ? "PUBLIC_UNASSIGNED" : "RESERVED";
}
