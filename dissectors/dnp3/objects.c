/* SPDX-License-Identifier: Apache-2.0
 *
 * Every object as data (IEEE 1815-2012, annex A): a layout is a list of parts, an object a group, a
 * variation and a layout. walk.c reads them, accesses.c and describe.c look at what was read; none
 * of them knows an object by its number, but for what the standard treats apart.
 *
 * Names of parts are the keys of events, Suricata's where it has them.
 */
#include "dnp3.h"

#define VALID                                                                  \
	{"online", 1}, {"restart", 1}, {"comm_lost", 1}, {"remote_forced", 1}, \
	{                                                                      \
		"local_forced", 1                                              \
	}

const struct dnp3_bit_layout dnp3_bit_layouts[SET_COUNT] = {
	[SET_BINARY] = {{VALID, {"chatter_filter", 1}, {"reserved", 1}, {"state", 1}}, 7, 1},
	[SET_DOUBLE] = {{VALID, {"chatter_filter", 1}, {"state", 2}}, 6, 2},
	[SET_OUTPUT] = {{VALID, {"reserved0", 1}, {"reserved1", 1}, {"state", 1}}, 7, 1},
	[SET_COUNTER] = {{VALID, {"rollover", 1}, {"discontinuity", 1}, {"reserved0", 1}}, 0, 0},
	[SET_ANALOG] = {{VALID, {"over_range", 1}, {"reference_err", 1}, {"reserved0", 1}}, 0, 0},
	[SET_STATUS] = {{{"status_code", 7}, {"reserved", 1}}, 0, 0},
	[SET_COMMAND] = {{{"status_code", 7}, {"commanded_state", 1}}, 7, 1},
	[SET_CROB] = {{{"op_type", 4}, {"qu", 1}, {"cr", 1}, {"tcc", 2}}, 0, 8},
	[SET_SECURITY] = {{VALID, {"reserved0", 1}, {"discontinuity", 1}, {"reserved1", 1}}, 0, 0},
	[SET_OVERFLOW] = {{{"fill_percentage", 7}, {"overflow_state", 1}}, 0, 0},
	[SET_CHARACTERISTICS] = {{{"rd", 1},
				  {"wr", 1},
				  {"st", 1},
				  {"ev", 1},
				  {"df", 1},
				  {"padding0", 1},
				  {"padding1", 1},
				  {"padding2", 1}},
				 0,
				 0},
};

#define LAYOUT(layout, ...) static const struct dnp3_part layout[] = {__VA_ARGS__, {0}}
#define FLAGS(set_)                                               \
	{                                                         \
		.name = "flags", .kind = PART_BITS, .set = (set_) \
	}
#define STATE(set_)                                                                 \
	{                                                                           \
		.name = "flags", .kind = PART_BITS, .set = (set_), .use = USE_VALUE \
	}
#define STATUS                                                                           \
	{                                                                                \
		.name = "flags", .kind = PART_BITS, .set = SET_STATUS, .use = USE_STATUS \
	}
#define VALUE(name_, kind_)                                        \
	{                                                          \
		.name = (name_), .kind = (kind_), .use = USE_VALUE \
	}
#define PART(name_, kind_)                       \
	{                                        \
		.name = (name_), .kind = (kind_) \
	}
#define DIGITS(octets)                                                               \
	{                                                                            \
		.name = "value", .kind = PART_BCD, .set = (octets), .use = USE_VALUE \
	}
#define TIME PART("timestamp", PART_TIME)

/* Binary points. */
LAYOUT(binary, STATE(SET_BINARY));
LAYOUT(binary_time, STATE(SET_BINARY), TIME);
LAYOUT(binary_relative, STATE(SET_BINARY), PART("timestamp", PART_U16));
LAYOUT(double_bit, STATE(SET_DOUBLE));
LAYOUT(double_bit_time, STATE(SET_DOUBLE), TIME);
LAYOUT(double_bit_relative, STATE(SET_DOUBLE), PART("relative_time_ms", PART_U16));
LAYOUT(output, STATE(SET_OUTPUT));
LAYOUT(output_time, STATE(SET_OUTPUT), TIME);
LAYOUT(crob, {.name = "control", .kind = PART_BITS, .set = SET_CROB, .use = USE_VALUE},
       PART("count", PART_U8), PART("ontime", PART_U32), PART("offtime", PART_U32), STATUS);
LAYOUT(command, STATE(SET_COMMAND));
LAYOUT(command_time, STATE(SET_COMMAND), TIME);

/* Counters. */
LAYOUT(counter32, FLAGS(SET_COUNTER), VALUE("count", PART_U32));
LAYOUT(counter16, FLAGS(SET_COUNTER), VALUE("count", PART_U16));
LAYOUT(counter32_time, FLAGS(SET_COUNTER), VALUE("count", PART_U32), TIME);
LAYOUT(counter16_time, FLAGS(SET_COUNTER), VALUE("count", PART_U16), TIME);
LAYOUT(count32, VALUE("count", PART_U32));
LAYOUT(count16, VALUE("count", PART_U16));

/* Analog points. */
LAYOUT(analog_s32, FLAGS(SET_ANALOG), VALUE("value", PART_S32));
LAYOUT(analog_s16, FLAGS(SET_ANALOG), VALUE("value", PART_S16));
LAYOUT(analog_f32, FLAGS(SET_ANALOG), VALUE("value", PART_F32));
LAYOUT(analog_f64, FLAGS(SET_ANALOG), VALUE("value", PART_F64));
LAYOUT(analog_s32_time, FLAGS(SET_ANALOG), VALUE("value", PART_S32), TIME);
LAYOUT(analog_s16_time, FLAGS(SET_ANALOG), VALUE("value", PART_S16), TIME);
LAYOUT(analog_f32_time, FLAGS(SET_ANALOG), VALUE("value", PART_F32), TIME);
LAYOUT(analog_f64_time, FLAGS(SET_ANALOG), VALUE("value", PART_F64), TIME);
LAYOUT(value_s32, VALUE("value", PART_S32));
LAYOUT(value_s16, VALUE("value", PART_S16));
LAYOUT(deadband16, VALUE("deadband_value", PART_U16));
LAYOUT(deadband32, VALUE("deadband_value", PART_U32));
LAYOUT(deadband_f32, VALUE("deadband_value", PART_F32));
#define CONTROL_STATUS                                                       \
	{                                                                    \
		.name = "control_status", .kind = PART_U8, .use = USE_STATUS \
	}
LAYOUT(setpoint_s32, VALUE("value", PART_S32), CONTROL_STATUS);
LAYOUT(setpoint_s16, VALUE("value", PART_S16), CONTROL_STATUS);
LAYOUT(setpoint_f32, VALUE("value", PART_F32), CONTROL_STATUS);
LAYOUT(setpoint_f64, VALUE("value", PART_F64), CONTROL_STATUS);
#define COMMANDED(kind_) FLAGS(SET_STATUS), VALUE("commanded_value", kind_)
LAYOUT(commanded_s32, COMMANDED(PART_S32));
LAYOUT(commanded_s16, COMMANDED(PART_S16));
LAYOUT(commanded_f32, COMMANDED(PART_F32));
LAYOUT(commanded_f64, COMMANDED(PART_F64));
LAYOUT(commanded_s32_time, COMMANDED(PART_S32), TIME);
LAYOUT(commanded_s16_time, COMMANDED(PART_S16), TIME);
LAYOUT(commanded_f32_time, COMMANDED(PART_F32), TIME);
LAYOUT(commanded_f64_time, COMMANDED(PART_F64), TIME);

/* Time. */
LAYOUT(time, TIME);
LAYOUT(time_interval, TIME, PART("interval", PART_U32));
LAYOUT(time_indexed, TIME, PART("interval_count", PART_U32), PART("interval_units", PART_U8));
LAYOUT(delay_coarse, PART("delay_secs", PART_U16));
LAYOUT(delay_fine, PART("delay_ms", PART_U16));

/* Files. Offsets count from the object's start and always point to what follows the fixed parts. */
#define FILE_STATUS                                                       \
	{                                                                 \
		.name = "status_code", .kind = PART_U8, .use = USE_STATUS \
	}
#define FILE_NAME                                                      \
	{                                                              \
		.name = "filename", .kind = PART_TEXT, .use = USE_NAME \
	}
LAYOUT(file_identifier, PART("filename_size", PART_LENGTH16), PART("filetype_code", PART_U8),
       PART("attribute_code", PART_U8), PART("start_record", PART_U16),
       PART("end_record", PART_U16), PART("file_size", PART_U32),
       PART("created_timestamp", PART_TIME), PART("permission", PART_U16),
       PART("file_id", PART_U32), PART("owner_id", PART_U32), PART("group_id", PART_U32),
       PART("file_function_code", PART_U8), FILE_STATUS, FILE_NAME,
       PART("data_size", PART_LENGTH16), {.name = "data", .kind = PART_BYTES, .use = USE_DATA});
LAYOUT(file_authentication, PART("username_offset", PART_U16), PART("username_size", PART_LENGTH16),
       PART("password_offset", PART_U16), PART("password_size", PART_LENGTH16),
       PART("authentication_key", PART_U32), PART("username", PART_TEXT),
       PART("password", PART_SECRET));
LAYOUT(file_command, PART("filename_offset", PART_U16), PART("filename_size", PART_LENGTH16),
       PART("created", PART_TIME), PART("permissions", PART_U16),
       PART("authentication_key", PART_U32), PART("file_size", PART_U32),
       PART("operational_mode", PART_U16), PART("maximum_block_size", PART_U16),
       PART("request_id", PART_U16), FILE_NAME);
LAYOUT(file_status, PART("file_handle", PART_U32), PART("file_size", PART_U32),
       PART("maximum_block_size", PART_U16), PART("request_id", PART_U16), FILE_STATUS,
       PART("optional_text", PART_REST_TEXT));
LAYOUT(file_transport, PART("file_handle", PART_U32), PART("block_number", PART_U32),
       {.name = "file_data", .kind = PART_REST, .use = USE_DATA});
LAYOUT(file_transport_status, PART("file_handle", PART_U32), PART("block_number", PART_U32),
       FILE_STATUS, PART("optional_text", PART_REST_TEXT));
LAYOUT(file_descriptor, PART("filename_offset", PART_U16), PART("filename_size", PART_LENGTH16),
       PART("file_type", PART_U16), PART("file_size", PART_U32),
       PART("created_timestamp", PART_TIME), PART("permissions", PART_U16),
       PART("request_id", PART_U16), FILE_NAME);
LAYOUT(file_specification, {.name = "file_specification", .kind = PART_REST_TEXT, .use = USE_NAME});

/* Devices, data sets, applications. */
LAYOUT(attribute, PART("attribute", PART_ATTRIBUTE));
LAYOUT(buffer_fill, FLAGS(SET_OVERFLOW), PART("group", PART_U8), PART("variation", PART_U8));
LAYOUT(opaque, PART("data", PART_REST));
LAYOUT(private_object, PART("vendor_code", PART_U32), PART("object_id", PART_U16),
       PART("length", PART_LENGTH16), PART("data_objects", PART_BYTES));
LAYOUT(private_descriptor, PART("vendor_code", PART_U32), PART("object_id", PART_U16),
       PART("data_objects", PART_REST));
LAYOUT(characteristics, FLAGS(SET_CHARACTERISTICS));
LAYOUT(application, {.name = "application", .kind = PART_REST_TEXT, .use = USE_NAME});
LAYOUT(activation, PART("time_delay", PART_U32), PART("count", PART_U8), PART("data", PART_REST));
LAYOUT(bcd_small, DIGITS(2));
LAYOUT(bcd_medium, DIGITS(4));
LAYOUT(bcd_large, DIGITS(8));
LAYOUT(octet, VALUE("value", PART_U8));
LAYOUT(octets, PART("data", PART_VARIATION));

/* Secure authentication. */
LAYOUT(challenge, PART("csq", PART_U32), PART("usr", PART_U16), PART("mal", PART_U8),
       PART("reason", PART_U8), PART("challenge_data", PART_REST));
LAYOUT(reply, PART("csq", PART_U32), PART("usr", PART_U16), PART("mac_value", PART_REST));
LAYOUT(aggressive, PART("csq", PART_U32), PART("user_number", PART_U16));
LAYOUT(key_status_request, PART("user_number", PART_U16));
LAYOUT(key_status, PART("ksq", PART_U32), PART("user_number", PART_U16),
       PART("key_wrap_alg", PART_U8), PART("key_status", PART_U8), PART("mal", PART_U8),
       PART("challenge_data_len", PART_LENGTH16), PART("challenge_data", PART_BYTES),
       PART("mac_value", PART_REST));
LAYOUT(key_change, PART("ksq", PART_U32), PART("usr", PART_U16),
       PART("wrapped_key_data", PART_REST));
LAYOUT(security_error, PART("sequence_number", PART_U32), PART("usr", PART_U16),
       PART("association_id", PART_U16), {.name = "error_code", .kind = PART_U8, .use = USE_STATUS},
       PART("time_of_error", PART_TIME), PART("error_text", PART_REST_TEXT));
LAYOUT(certificate, PART("key_change_method", PART_U8), PART("certificate_type", PART_U8),
       PART("certificate", PART_REST));
LAYOUT(mac, PART("mac_value", PART_REST));
LAYOUT(user_status, PART("key_change_method", PART_U8), PART("operation", PART_U8),
       PART("scs", PART_U32), PART("user_role", PART_U16),
       PART("user_role_expiry_interval", PART_U16), PART("username_len", PART_LENGTH16),
       PART("user_public_key_len", PART_LENGTH16), PART("certification_data_len", PART_LENGTH16),
       {.name = "username", .kind = PART_TEXT, .use = USE_NAME},
       PART("user_public_key", PART_BYTES), PART("certification_data", PART_BYTES));
LAYOUT(update_request, PART("key_change_method", PART_U8), PART("username_len", PART_LENGTH16),
       PART("master_challenge_data_len", PART_LENGTH16),
       {.name = "username", .kind = PART_TEXT, .use = USE_NAME},
       PART("master_challenge_data", PART_BYTES));
LAYOUT(update_reply, PART("ksq", PART_U32), PART("user_number", PART_U16),
       PART("challenge_data_len", PART_LENGTH16), PART("challenge_data", PART_BYTES));
LAYOUT(update_key, PART("ksq", PART_U32), PART("user_number", PART_U16),
       PART("encrypted_update_key_len", PART_LENGTH16),
       PART("encrypted_update_key_data", PART_BYTES));
LAYOUT(signature, PART("digital_signature", PART_REST));
LAYOUT(security_statistic, FLAGS(SET_SECURITY), PART("association_id", PART_U16),
       VALUE("count_value", PART_U32));
LAYOUT(security_statistic_time, FLAGS(SET_SECURITY), PART("association_id", PART_U16),
       VALUE("count_value", PART_U32), TIME);

enum {
	ANY = 0, /* as `variation`: all of the group are laid out so */
};

/* By group, each variation in the place of its number: each header of each message asks for its object. */
/* clang-format off */
#define OBJECTS(group, ...) static const struct dnp3_object of_##group[] = {__VA_ARGS__}

OBJECTS(0, {0, ANY, 0, attribute});
OBJECTS(1, {1, 1, 1, NULL}, {1, 2, 0, binary});
OBJECTS(2, {2, 1, 0, binary}, {2, 2, 0, binary_time}, {2, 3, 0, binary_relative});
OBJECTS(3, {3, 1, 2, NULL}, {3, 2, 0, double_bit});
OBJECTS(4, {4, 1, 0, double_bit}, {4, 2, 0, double_bit_time}, {4, 3, 0, double_bit_relative});
OBJECTS(10, {10, 1, 1, NULL}, {10, 2, 0, output});
OBJECTS(11, {11, 1, 0, output}, {11, 2, 0, output_time});
OBJECTS(12, {12, 1, 0, crob}, {12, 2, 0, crob}, {12, 3, 1, NULL});
OBJECTS(13, {13, 1, 0, command}, {13, 2, 0, command_time});
OBJECTS(20, {20, 1, 0, counter32}, {20, 2, 0, counter16}, {20, 3, 0, counter32},
	{20, 4, 0, counter16}, {20, 5, 0, count32}, {20, 6, 0, count16}, {20, 7, 0, count32},
	{20, 8, 0, count16});
OBJECTS(21, {21, 1, 0, counter32}, {21, 2, 0, counter16}, {21, 3, 0, counter32},
	{21, 4, 0, counter16}, {21, 5, 0, counter32_time}, {21, 6, 0, counter16_time},
	{21, 7, 0, counter32_time}, {21, 8, 0, counter16_time}, {21, 9, 0, count32},
	{21, 10, 0, count16}, {21, 11, 0, count32}, {21, 12, 0, count16});
OBJECTS(22, {22, 1, 0, counter32}, {22, 2, 0, counter16}, {22, 3, 0, counter32},
	{22, 4, 0, counter16}, {22, 5, 0, counter32_time}, {22, 6, 0, counter16_time},
	{22, 7, 0, counter32_time}, {22, 8, 0, counter16_time});
OBJECTS(23, {23, 1, 0, counter32}, {23, 2, 0, counter16}, {23, 3, 0, counter32},
	{23, 4, 0, counter16}, {23, 5, 0, counter32_time}, {23, 6, 0, counter16_time},
	{23, 7, 0, counter32_time}, {23, 8, 0, counter16_time});
OBJECTS(30, {30, 1, 0, analog_s32}, {30, 2, 0, analog_s16}, {30, 3, 0, value_s32},
	{30, 4, 0, value_s16}, {30, 5, 0, analog_f32}, {30, 6, 0, analog_f64});
OBJECTS(31, {31, 1, 0, analog_s32}, {31, 2, 0, analog_s16}, {31, 3, 0, analog_s32_time},
	{31, 4, 0, analog_s16_time}, {31, 5, 0, value_s32}, {31, 6, 0, value_s16},
	{31, 7, 0, analog_f32}, {31, 8, 0, analog_f64});
OBJECTS(32, {32, 1, 0, analog_s32}, {32, 2, 0, analog_s16}, {32, 3, 0, analog_s32_time},
	{32, 4, 0, analog_s16_time}, {32, 5, 0, analog_f32}, {32, 6, 0, analog_f64},
	{32, 7, 0, analog_f32_time}, {32, 8, 0, analog_f64_time});
OBJECTS(33, {33, 1, 0, analog_s32}, {33, 2, 0, analog_s16}, {33, 3, 0, analog_s32_time},
	{33, 4, 0, analog_s16_time}, {33, 5, 0, analog_f32}, {33, 6, 0, analog_f64},
	{33, 7, 0, analog_f32_time}, {33, 8, 0, analog_f64_time});
OBJECTS(34, {34, 1, 0, deadband16}, {34, 2, 0, deadband32}, {34, 3, 0, deadband_f32});
OBJECTS(40, {40, 1, 0, analog_s32}, {40, 2, 0, analog_s16}, {40, 3, 0, analog_f32},
	{40, 4, 0, analog_f64});
OBJECTS(41, {41, 1, 0, setpoint_s32}, {41, 2, 0, setpoint_s16}, {41, 3, 0, setpoint_f32},
	{41, 4, 0, setpoint_f64});
OBJECTS(42, {42, 1, 0, analog_s32}, {42, 2, 0, analog_s16}, {42, 3, 0, analog_s32_time},
	{42, 4, 0, analog_s16_time}, {42, 5, 0, analog_f32}, {42, 6, 0, analog_f64},
	{42, 7, 0, analog_f32_time}, {42, 8, 0, analog_f64_time});
OBJECTS(43, {43, 1, 0, commanded_s32}, {43, 2, 0, commanded_s16},
	{43, 3, 0, commanded_s32_time}, {43, 4, 0, commanded_s16_time},
	{43, 5, 0, commanded_f32}, {43, 6, 0, commanded_f64}, {43, 7, 0, commanded_f32_time},
	{43, 8, 0, commanded_f64_time});
OBJECTS(50, {50, 1, 0, time}, {50, 2, 0, time_interval}, {50, 3, 0, time},
	{50, 4, 0, time_indexed});
OBJECTS(51, {51, 1, 0, time}, {51, 2, 0, time});
OBJECTS(52, {52, 1, 0, delay_coarse}, {52, 2, 0, delay_fine});
OBJECTS(60, {60, 1, 0, NULL}, {60, 2, 0, NULL}, {60, 3, 0, NULL}, {60, 4, 0, NULL});
OBJECTS(70, {70, 1, 0, file_identifier}, {70, 2, 0, file_authentication},
	{70, 3, 0, file_command}, {70, 4, 0, file_status}, {70, 5, 0, file_transport},
	{70, 6, 0, file_transport_status}, {70, 7, 0, file_descriptor},
	{70, 8, 0, file_specification});
OBJECTS(80, {80, 1, 1, NULL});
OBJECTS(81, {81, 1, 0, buffer_fill});
OBJECTS(82, {82, 1, 0, opaque});
OBJECTS(83, {83, 1, 0, private_object}, {83, 2, 0, private_descriptor});
OBJECTS(85, {85, 1, 0, opaque});
OBJECTS(86, {86, 1, 0, opaque}, {86, 2, 0, characteristics}, {86, 3, 0, opaque});
OBJECTS(87, {87, 1, 0, opaque});
OBJECTS(88, {88, 1, 0, opaque});
OBJECTS(90, {90, 1, 0, application});
OBJECTS(91, {91, 1, 0, activation});
OBJECTS(101, {101, 1, 0, bcd_small}, {101, 2, 0, bcd_medium}, {101, 3, 0, bcd_large});
OBJECTS(102, {102, 1, 0, octet});
OBJECTS(110, {110, ANY, 0, octets});
OBJECTS(111, {111, ANY, 0, octets});
OBJECTS(112, {112, ANY, 0, octets});
OBJECTS(113, {113, ANY, 0, octets});
OBJECTS(114, {114, 1, 0, opaque});
OBJECTS(115, {115, 1, 0, opaque});
OBJECTS(120, {120, 1, 0, challenge}, {120, 2, 0, reply}, {120, 3, 0, aggressive},
	{120, 4, 0, key_status_request}, {120, 5, 0, key_status}, {120, 6, 0, key_change},
	{120, 7, 0, security_error}, {120, 8, 0, certificate}, {120, 9, 0, mac},
	{120, 10, 0, user_status}, {120, 11, 0, update_request}, {120, 12, 0, update_reply},
	{120, 13, 0, update_key}, {120, 14, 0, signature}, {120, 15, 0, mac});
OBJECTS(121, {121, 1, 0, security_statistic});
OBJECTS(122, {122, 1, 0, security_statistic}, {122, 2, 0, security_statistic_time});
/* clang-format on */

#define SAME    BT_ACT_OTHER, BT_ACT_OTHER, NULL
#define FILES   BT_ACT_PROGRAM, BT_ACT_PROGRAM, NULL
#define SETTING BT_ACT_OTHER, BT_ACT_CONFIGURE, NULL

#define GROUP(number, ...) [number] = {number, of_##number, COUNT(of_##number), __VA_ARGS__}
#define COUNT(array)       (sizeof(array) / sizeof((array)[0]))

/* By number. Events share the space of the points they tell of. */
static const struct dnp3_group groups[] = {
	GROUP(0, "device_attribute", "device_attribute", BT_ACT_IDENTIFY, BT_ACT_CONFIGURE, NULL),
	GROUP(1, "binary_input", "binary_input", SAME),
	GROUP(2, "binary_input_event", "binary_input", SAME),
	GROUP(3, "double_bit_input", "double_bit_input", SAME),
	GROUP(4, "double_bit_input_event", "double_bit_input", SAME),
	GROUP(10, "binary_output", "binary_output", SAME),
	GROUP(11, "binary_output_event", "binary_output", SAME),
	GROUP(12, "crob", "crob", SAME),
	GROUP(13, "binary_output_command_event", "crob", SAME),
	GROUP(20, "counter", "counter", SAME),
	GROUP(21, "frozen_counter", "frozen_counter", SAME),
	GROUP(22, "counter_event", "counter", SAME),
	GROUP(23, "frozen_counter_event", "frozen_counter", SAME),
	GROUP(30, "analog_input", "analog_input", SAME),
	GROUP(31, "frozen_analog_input", "frozen_analog_input", SAME),
	GROUP(32, "analog_input_event", "analog_input", SAME),
	GROUP(33, "frozen_analog_input_event", "frozen_analog_input", SAME),
	GROUP(34, "analog_input_deadband", "analog_input_deadband", SETTING),
	GROUP(40, "analog_output_status", "analog_output_status", SAME),
	GROUP(41, "analog_output", "analog_output", SAME),
	GROUP(42, "analog_output_event", "analog_output_status", SAME),
	GROUP(43, "analog_output_command_event", "analog_output", SAME),
	GROUP(50, "time_and_date", "time_and_date", SETTING),
	GROUP(51, "time_and_date_cto", NULL, SAME),
	GROUP(52, "time_delay", NULL, SAME),
	GROUP(60, "class", "class", SAME),
	GROUP(70, "file", "file", FILES),
	GROUP(80, "internal_indication", "internal_indication", SETTING),
	GROUP(81, "buffer_fill", "buffer_fill", SAME),
	GROUP(82, "device_profile", "device_profile", BT_ACT_IDENTIFY, BT_ACT_CONFIGURE, NULL),
	GROUP(83, "private_registration", "private_registration", SAME),
	GROUP(85, "data_set_prototype", "data_set_prototype", SETTING),
	GROUP(86, "data_set_descriptor", "data_set_descriptor", SETTING),
	GROUP(87, "data_set", "data_set", SAME),
	GROUP(88, "data_set_event", "data_set", SAME),
	GROUP(90, "application", "application", FILES),
	GROUP(91, "activation_status", NULL, SAME),
	[100] = {100, NULL, 0, "floating_point", NULL, BT_ACT_OTHER, BT_ACT_OTHER,
		 "withdrawn before the standard; its layout is not published"},
	GROUP(101, "bcd", "bcd", SAME),
	GROUP(102, "unsigned_integer", "unsigned_integer", SAME),
	GROUP(110, "octet_string", "octet_string", SAME),
	GROUP(111, "octet_string_event", "octet_string", SAME),
	GROUP(112, "virtual_terminal_output", "virtual_terminal", SAME),
	GROUP(113, "virtual_terminal_event", "virtual_terminal", SAME),
	GROUP(114, "extended_octet_string", "octet_string", SAME),
	GROUP(115, "extended_octet_string_event", "octet_string", SAME),
	GROUP(120, "authentication", NULL, SAME),
	GROUP(121, "security_statistic", "security_statistic", SAME),
	GROUP(122, "security_statistic_event", "security_statistic", SAME),
};

const struct dnp3_object *dnp3_object_number(size_t index)
{
	for (size_t group = 0; group < COUNT(groups); group++) {
		if (index < groups[group].object_count)
			return &groups[group].objects[index];
		index -= groups[group].object_count;
	}
	return NULL;
}

const struct dnp3_object *dnp3_object(const struct dnp3_group *group, uint8_t variation)
{
	if (group->object_count && group->objects->variation == ANY)
		return group->objects;
	return variation && variation <= group->object_count ? &group->objects[variation - 1]
							     : NULL;
}

const struct dnp3_group *dnp3_group(uint8_t group)
{
	return group < COUNT(groups) && groups[group].name ? &groups[group] : NULL;
}
